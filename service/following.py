"""What to follow, from what an operator names: a feed, a page with feeds, a sitemap, a folder, a mailbox, a list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from domain.errors import BlockedError, FetchError, InputError, ParseError
from domain.label import Label
from domain.protocols import Fetcher, Response
from domain.source import Source
from domain.time import now
from index.store import sources
from index.store.schema import AnyRow
from ingest import readers
from ingest.dedup import canonical_url
from ingest.discover import NamedFeed, guessed_feeds, named_feeds
from ingest.fetch import HttpFetcher, check_url
from ingest.imap_settings import mailbox_settings
from ingest.opml import read_opml, write_opml
from ingest.sitemaps import read_sitemap
from service.reading import is_url
from service.taking import KINDS
from service.wiring import Home

TRIED = 5
"""So many of the feeds that a page names are tried until one is a feed."""

_GDELT = re.compile(r"/(?:lastupdate|masterfilelist)(?:-translation)?\.txt$", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be followed, what else the address offers, and what is to be known of it."""

    source: Source
    others: tuple[NamedFeed, ...] = ()
    note: str | None = None


def look_at(home: Home, target: str, source: Source) -> Found:
    """What stands behind an address, a folder or a mailbox, ready to be followed.

    ``source`` is what the operator says of it: an empty name means the usual one, an empty kind one that is to be told
    from what is there. An address that cannot be reached now is followed as a feed, with a note.

    Raises:
        InputError: it is nothing that can be followed; the message says what it is.
    """
    if source.kind and source.kind not in (*KINDS, *readers.READERS):
        raise InputError(f"unknown kind {source.kind!r}; known: {', '.join(KINDS)}", item=target, stage="sources")
    if target.lower().startswith(("imap://", "imaps://")):
        mailbox = mailbox_settings(target, source.settings.get("imap"))
        name = source.name or f"{mailbox.user} {mailbox.folder}"
        return Found(replace(source, name=name, kind="imap", url=mailbox.address))
    if not is_url(target):
        return _folder(target, source)
    try:
        check_url(target)
    except BlockedError as error:
        raise InputError(error.reason, item=canonical_url(target) or "", stage="sources") from error
    if _GDELT.search(target) or source.kind == "gdelt":
        return Found(replace(source, name=source.name or target, kind="gdelt", url=target))
    if source.kind:
        return Found(_of_kind(source, source.kind, target))
    allowed = (*home.settings.ingest.allow_hosts, *(source.settings.get("allow_hosts") or ()))
    with HttpFetcher(allow_hosts=allowed, user_agent=home.settings.ingest.user_agent) as fetcher:
        return _address(fetcher, target, source)


def _folder(target: str, source: Source) -> Found:
    folder = Path(target).expanduser()
    if folder.is_file():
        raise InputError("is a file: follow its folder, or take it in with `vedette ingest`", item=target)
    if not folder.is_dir():
        raise InputError("is no address, no mailbox and no folder", item=target, stage="sources")
    folder = folder.resolve()
    if source.kind not in ("", "folder"):
        source = replace(source, settings={**source.settings, "kind": source.kind})
    return Found(replace(source, name=source.name or folder.name or str(folder), kind="folder", url=str(folder)))


def _of_kind(source: Source, kind: str, url: str) -> Source:
    """The source at an address; what is neither a feed nor a sitemap is read as its kind whenever it changes."""
    settings = source.settings if kind in KINDS else {**source.settings, "kind": kind}
    return replace(source, name=source.name or url, kind=kind if kind in KINDS else "feed", url=url, settings=settings)


def _address(fetcher: Fetcher, url: str, source: Source) -> Found:
    try:
        response = fetcher.get(url)
    except FetchError as error:
        note = f"could not be looked at now ({error.reason}): followed as a feed"
        return Found(_of_kind(source, "feed", url), note=note)
    kind = _kind(url, response)
    if kind == "sitemap":
        return _sitemap(url, response, source)
    if kind == "opml":
        raise InputError("is a list of feeds: `vedette sources import` follows them", item=url, stage="sources")
    if kind == "html":
        return _page(fetcher, url, response, source)
    if kind == readers.UNKNOWN:
        raise InputError("is nothing that can be read", item=url, stage="sources")
    return Found(_of_kind(source, kind, url))


def _kind(url: str, response: Response) -> str:
    kind = readers.detect_kind(url, response.body[:4096], response.headers.get("content-type"))
    # A page under the name or the type of a feed is called a feed, so that its reader can say what is wrong with it.
    if kind == "feed" and response.body[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")[:15].lower().startswith(
        (b"<!doctype html", b"<html")
    ):
        return "html"
    return kind


def _sitemap(url: str, response: Response, source: Source) -> Found:
    try:
        found = read_sitemap(response.body, item=url)
    except ParseError as error:
        raise InputError(error.reason, item=url, stage="sources") from error
    if found.children:
        some = ", ".join(found.children[:5])
        reason = f"is an index of {len(found.children)} sitemaps: follow one of them ({some} ...)"
        raise InputError(reason, item=url, stage="sources")
    return Found(_of_kind(source, "sitemap", url))


def _page(fetcher: Fetcher, url: str, response: Response, source: Source) -> Found:
    charset = _CHARSET.search(response.headers.get("content-type", ""))
    try:
        named = named_feeds(response.body, url=response.url, charset=charset[1] if charset else None)
    except ParseError as error:
        raise InputError(error.reason, item=url, stage="sources") from error
    candidates = [feed for feed in named if not feed.comments] or list(named)
    for feed in [*candidates[:TRIED], *([] if named else guessed_feeds(response.url)[:TRIED])]:
        try:
            answer = fetcher.get(feed.url)
        except FetchError:
            continue
        if _kind(feed.url, answer) == "feed":
            others = tuple(one for one in named if one.url != feed.url)
            return Found(_of_kind(source, "feed", feed.url), others, f"is a page: its feed {feed.url} is followed")
    reason = "is a page that names no feed" if not named else "is a page, and none of the feeds it names can be read"
    raise InputError(reason, item=url, stage="sources")


@dataclass(frozen=True, slots=True)
class Added:
    """What came of following several sources: those followed now, and those that were followed already."""

    followed: tuple[str, ...]
    already: tuple[str, ...]


def add(home: Home, wanted: Iterable[Source]) -> Added:
    """Follow sources; one whose address is followed already stays as it is, under the name that it has there.

    A name that another source has already gets the address beside it: two sources must not become one.
    """
    followed: list[str] = []
    already: list[str] = []
    with home.write() as c:
        rows = {row.name: row for row in sources.listed(c)}
        places = {_place(row.url): row.name for row in rows.values() if row.followed and row.url}
        for source in wanted:
            place = _place(source.url or "")
            if places.get(place, source.name) != source.name:
                already.append(places[place])
                continue
            name = _free(source, rows)
            again = name in rows and bool(rows[name].followed) and rows[name].url == source.url
            sources.follow(c, replace(source, name=name), at=now())
            (already if again else followed).append(name)
            places[place] = name
            rows = {row.name: row for row in sources.listed(c)} if name not in rows else rows
    return Added(tuple(followed), tuple(already))


def _place(url: str) -> str:
    """An address in the spelling by which two are known to be one."""
    return canonical_url(url) or url


def _free(source: Source, rows: Mapping[str, AnyRow]) -> str:
    held = rows.get(source.name)
    if held is None or held.url in (None, source.url) or not held.followed:
        return source.name
    return f"{source.name} ({source.url})"


def imported(path: Path) -> list[Source]:
    """The feeds of an OPML file.

    Raises:
        InputError: it cannot be opened, or is no OPML.
    """
    try:
        return read_opml(path.read_bytes(), item=str(path))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", item=str(path), stage="sources") from error
    except ParseError as error:
        raise InputError(error.reason, item=str(path), stage="sources") from error


def exported(home: Home, *, title: str = "Vedette") -> tuple[bytes, int]:
    """The followed feeds that the reader may know of as OPML, and how many they are; folders and mailboxes stay."""
    with home.read() as c:
        rows = sources.listed(c, followed=True, clearance=home.settings.reader.clearance)
    kept = [source_of(row) for row in rows if row.kind in ("feed", "sitemap") and row.url and row.retired is None]
    return write_opml(kept, title=title), len(kept)


def source_of(row: AnyRow) -> Source:
    """The source that a row describes."""
    return Source(name=row.name, kind=row.kind, url=row.url, lang=row.lang, country=row.country,
                  reliability=row.reliability, region=row.region, category=row.category,
                  settings=dict(row.settings or {}), label=Label(row.label))  # fmt: skip


def told(settings: Sequence[str], *, item: str) -> dict[str, Any]:
    """Settings written as ``key=value``, for a mailbox: numbers and lists (with commas) as what they are.

    Raises:
        InputError: one is not written so.
    """
    found: dict[str, Any] = {}
    for one in settings:
        key, mark, value = one.partition("=")
        if not mark or not key.strip():
            raise InputError(f"{one!r} is not written as key=value", item=item, stage="sources")
        plural = key.strip() in ("plain_hosts", "allow_hosts")
        found[key.strip()] = (
            [part.strip() for part in value.split(",") if part.strip()] if plural
            else int(value) if value.strip().isdigit() else value.strip()
        )  # fmt: skip
    return found


__all__ = ["Added", "Found", "add", "exported", "imported", "look_at", "source_of", "told"]
