"""GDELT 2.0's lists of files (``lastupdate.txt``, ``masterfilelist.txt``, and those of translated news).

A line is "size md5 address"; the addresses name tables of 15 minutes each.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from domain.errors import ItemError, ParseError
from domain.protocols import Fetcher, Reading, ReadOptions
from domain.source import Stage
from ingest.documents import failure, guarded
from ingest.packed import unpack
from ingest.rows import instant_of
from ingest.tables import read_events

Content = Literal["events", "mentions", "gkg"]
CONTENTS: tuple[Content, ...] = ("events", "mentions", "gkg")
"""In the order in which the tables of one quarter of an hour are read: mentions come after their events."""

_NAME = re.compile(r"^(\d{14})(\.translation)?\.(export|mentions|gkg)\.csv(?:\.zip|\.gz)?$", re.IGNORECASE)
_MD5 = re.compile(r"^[0-9a-f]{32}$", re.IGNORECASE)
_WORDS: dict[str, Content] = {"export": "events", "mentions": "mentions", "gkg": "gkg"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A file of a list: its address, what it must measure in bytes and in MD5, and what it holds."""

    url: str
    size: int
    md5: str
    at: datetime
    content: Content
    translated: bool


def looks_like_list(head: str) -> bool:
    """Whether text that begins so is one of GDELT's lists."""
    first = head.lstrip("\ufeff").partition("\n")[0].split()
    return (
        len(first) == 3
        and first[0].isdigit()
        and bool(_MD5.match(first[1]))
        and _NAME.match(_file(first[2])) is not None
    )


def read_list(data: bytes, *, item: str, options: ReadOptions) -> tuple[list[Listed], list[Reading]]:
    """The files of a list, oldest first and events before their mentions, and a failure for each line that is none.

    Raises:
        ParseError: no line names a file of GDELT 2.0.
    """
    found: dict[str, Listed] = {}
    wrong: list[Reading] = []
    for number, raw in enumerate(data.decode("utf-8", "replace").lstrip("\ufeff").split("\n"), start=1):
        if not raw.strip():
            continue
        try:
            one = _listed(raw)
        except ValueError as error:
            wrong.append(failure(f"{item}:{number}", f"broken line: {error}", options=options))
            continue
        found.setdefault(one.url, one)
    if not found:
        raise ParseError(
            "is no list of GDELT 2.0's files: size, MD5 and address on each line", item=item, stage="parse"
        )
    return sorted(found.values(), key=lambda f: (f.at, f.translated, CONTENTS.index(f.content))), wrong


def chosen(
    files: Iterable[Listed], *, since: datetime | None = None, until: datetime | None = None,
    contents: Collection[str] = CONTENTS,
) -> list[Listed]:  # fmt: skip
    """The files of ``[since, until)`` that hold one of the contents, in their order."""
    return [
        one
        for one in files
        if one.content in contents and (since is None or one.at >= since) and (until is None or one.at < until)
    ]


def fetch_listed(
    fetcher: Fetcher, files: Iterable[Listed], *, options: ReadOptions, through: tuple[type[ItemError], ...] = ()
) -> Iterator[Reading]:
    """The rows of the files, each fetched, measured and read in turn; one that cannot be had is a failure.

    A file that is not of the listed size and MD5 is not read: it is damaged, or not the one that the list means.

    Raises:
        ItemError: one of the kinds in ``through``: the fetcher's way to say that a file is to be asked for later.
    """
    for one in files:
        try:
            body = fetcher.get(one.url).body
        except through:
            raise
        except ItemError as error:
            yield failure(one.url, error.reason, options=options, stage=Stage.FETCH)
            continue
        if reason := mismatch(body, one):
            yield failure(one.url, reason, options=options, stage=Stage.FETCH)
            continue
        yield from guarded(_read, data=body, item=one.url, options=options)


def mismatch(body: bytes, listed: Listed) -> str | None:
    """Why these bytes are not the listed file; None when they are."""
    if len(body) != listed.size:
        return f"is {len(body)} bytes long, not {listed.size} as listed"
    if hashlib.md5(body, usedforsecurity=False).hexdigest() != listed.md5:
        return "has another MD5 than the listed one"
    return None


def _read(data: bytes, *, item: str, options: ReadOptions) -> Iterator[Reading]:
    return read_events(unpack(data, item=item), item=item, options=options)


def _listed(line: str) -> Listed:
    parts = line.split()
    if len(parts) != 3:
        raise ValueError(f"{len(parts)} words, not size, MD5 and address")
    size, md5, url = parts
    if not size.isascii() or not size.isdigit() or len(size) > 12:
        raise ValueError(f"no size: {size[:40]!r}")
    if not _MD5.match(md5):
        raise ValueError(f"no MD5: {md5[:40]!r}")
    name = _NAME.match(_file(url))
    if name is None or not url.lower().startswith(("http://", "https://")):
        raise ValueError(f"no address of a table: {url[:100]!r}")
    return Listed(url=url, size=int(size), md5=md5.lower(), at=instant_of(name[1]), content=_WORDS[name[3].lower()],
                  translated=name[2] is not None)  # fmt: skip


def _file(url: str) -> str:
    try:
        return urlsplit(url).path.rpartition("/")[2]
    except ValueError:
        return ""
