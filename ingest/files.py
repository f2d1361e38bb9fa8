"""Files of one's own: plain text, Markdown and HTML, and the walk through a folder of files of any kind."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from domain.document import DocumentKind
from domain.errors import FetchError, ParseError
from domain.label import Label, parse_label
from domain.protocols import Reading, ReadOptions
from domain.source import Failure, Stage
from domain.time import now
from ingest.documents import make_document
from ingest.encoding import decode
from ingest.html import read_page
from ingest.markdown import read_markdown
from ingest.names import stem, title_of
from ingest.packed import LIMIT

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)


def read_text(data: bytes, *, item: str, options: ReadOptions) -> Iterator[Reading]:
    """A plain text file as one document; a short first line is its title."""
    content, note = decode(data, item=item)
    yield Reading(
        make_document(
            item=item, options=options, text=content, title=title_of(content, item), meta={"encoding": note or ""}
        )
    )


def read_markdown_file(data: bytes, *, item: str, options: ReadOptions) -> Iterator[Reading]:
    """A Markdown file as one document; title, date, language, source and label may stand in its front matter."""
    content, note = decode(data, item=item)
    marked = read_markdown(content)
    front = marked.front
    yield Reading(
        make_document(
            item=item,
            options=options,
            text=marked.text,
            title=marked.title or stem(item),
            source=front.get("source", ""),
            published=front.get("published") or front.get("date"),
            lang=front.get("lang") or front.get("language"),
            label=_label(front.get("label") or front.get("classification"), item),
            meta={"encoding": note or ""},
        )
    )


def read_html(data: bytes, *, item: str, options: ReadOptions) -> Iterator[Reading]:
    """An HTML page as one document: its main text without navigation."""
    declared = _META_CHARSET.search(data[:4096])
    content, note = decode(data, item=item, declared=declared[1].decode("ascii") if declared else None)
    page = read_page(content)
    address = item if item.startswith(("http://", "https://")) else None
    yield Reading(
        make_document(
            item=item,
            options=options,
            text=page.text,
            html=page.markup,
            title=page.title or stem(item),
            source=page.site,
            published=page.published,
            url=page.url if page.url and page.url.startswith("http") else address,
            lang=page.lang,
            kind=DocumentKind.PAGE,
            meta={"encoding": note or ""},
        )
    )


def walk(path: Path) -> Iterator[Path | Failure]:
    """Every file below a path in a stable order, and a failure for each folder or file that cannot be opened.

    Hidden files and folders are left out, links to folders are not followed. A path that is a file is its own walk.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        yield _unreadable(path, error)
        return
    if stat.S_ISREG(mode):
        yield path
    elif stat.S_ISDIR(mode):
        yield from _walk_folder(path)
    else:
        yield Failure(item=str(path), stage=Stage.FETCH, error="is neither a file nor a folder", at=now())


def load(path: Path, *, limit: int = LIMIT) -> bytes:
    """The bytes of a regular file.

    Raises:
        FetchError: it cannot be opened, is no regular file, or is larger than ``limit`` bytes.
    """
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as handle:
            info = os.fstat(handle.fileno())
            if not stat.S_ISREG(info.st_mode):
                raise FetchError("is no regular file", item=str(path), stage=Stage.FETCH)
            if info.st_size > limit:
                raise FetchError(f"is larger than {limit // 2**20} MiB", item=str(path), stage=Stage.FETCH)
            return handle.read(limit)
    except OSError as error:
        raise FetchError(_reason(error), item=str(path), stage=Stage.FETCH) from error


def _walk_folder(folder: Path) -> Iterator[Path | Failure]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        yield _unreadable(folder, error)
        return
    for entry in found:
        if entry.name.startswith("."):
            continue
        try:
            if entry.is_dir(follow_symlinks=False):
                yield from _walk_folder(Path(entry.path))
            elif entry.is_file():
                yield Path(entry.path)
            elif not entry.is_symlink():
                yield Failure(item=entry.path, stage=Stage.FETCH, error="is neither a file nor a folder", at=now())
            elif not Path(entry.path).exists():
                yield Failure(item=entry.path, stage=Stage.FETCH, error="is a link to nothing", at=now())
        except OSError as error:
            yield _unreadable(Path(entry.path), error)


def _unreadable(path: Path, error: OSError) -> Failure:
    return Failure(item=str(path), stage=Stage.FETCH, error=_reason(error), at=now())


def _reason(error: OSError) -> str:
    reasons: dict[type[OSError], str] = {
        FileNotFoundError: "does not exist",
        PermissionError: "no permission to read it",
    }
    return reasons.get(type(error), f"cannot be read: {error.strerror or error}")


def _label(text: str | None, item: str) -> Label:
    try:
        return parse_label(text)
    except ValueError as error:
        raise ParseError(str(error), item=item, stage="parse") from error
