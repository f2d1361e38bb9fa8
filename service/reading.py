"""From what an operator names (paths, folders, addresses, lists) to a stream of what was read there.

Nothing is decided or stored here but how the reading of a source went: ``service.pipeline`` takes the stream.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from domain.errors import FetchError, ItemError, ParseError
from domain.label import Label
from domain.protocols import Reading, ReadOptions
from domain.source import Failure, Source, Stage
from domain.time import now
from index.store import sources
from ingest import readers
from ingest.fetch import HttpFetcher
from ingest.files import load, walk
from ingest.opml import read_opml
from ingest.robots import Robots
from service.articles import Linked, Mode, Pages, article_mode, with_articles
from service.hosts import PoliteFetcher, Turns
from service.wiring import Home


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How inputs are to be taken in.

    ``kind`` forces a reader; ``known`` says whether dated items count as known from their publication on (archive),
    from now on (now), or as fits the input: feeds from the network now, everything else as an archive (auto).
    ``mapping`` says which columns of a table mean what; ``articles`` whether the pages that entries link to are read
    (None: as configured).
    """

    kind: str | None = None
    source: str | None = None
    label: Label | None = None
    allow_hosts: tuple[str, ...] = ()
    known: Literal["auto", "published", "now"] = "auto"
    mapping: Mapping[str, Any] | None = None
    articles: Mode | None = None

    def plain(self) -> dict[str, Any]:
        """As it is kept with a failure, to try again alike."""
        return {"kind": self.kind, "source": self.source, "label": None if self.label is None else int(self.label),
                "allow_hosts": list(self.allow_hosts), "known": self.known,
                "mapping": None if self.mapping is None else dict(self.mapping), "articles": self.articles}  # fmt: skip


def options_from(kept: dict[str, Any]) -> Options:
    """The options that ``Options.plain`` wrote."""
    label = kept.get("label")
    return Options(kind=kept.get("kind"), source=kept.get("source"), label=None if label is None else Label(label),
                   allow_hosts=tuple(kept.get("allow_hosts", ())), known=kept.get("known", "auto"),
                   mapping=kept.get("mapping"), articles=kept.get("articles"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Incoming:
    """One reading, with the input (path or address) it came from and the options that this input is read with."""

    origin: str
    reading: Reading
    options: Options = Options()


def storable(text: str) -> str:
    """The text without lone surrogates, as which file names that are no UTF-8 come: no database takes them."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def unusable(path: str) -> str | None:
    """Why there is nothing to be read at a path; None where there is something."""
    if path.lower().startswith(("imap://", "imaps://")):
        return "is a mailbox: follow it with `vedette sources add`, and read it with `vedette sources read [--full]`"
    try:
        return None if Path(path).exists() else "no such file or folder"
    except OSError as error:  # a folder above it is closed, or the name is too long for any file
        return f"cannot be looked at: {error.strerror}"


def is_url(text: str) -> bool:
    """Whether an input is an address rather than a path."""
    return text.lower().startswith(("http://", "https://"))


def readings(home: Home, one: str, options: Options) -> Iterator[Incoming]:
    """Everything that one input holds, lazily; what cannot be had is a failure."""
    if is_url(one):
        yield from _from_url(home, one, options, _linked(home, options))
        return
    # One file is one document whatever the folder it is named from.
    for entry in walk(Path(os.path.abspath(one))):
        if isinstance(entry, Failure):
            yield Incoming(entry.item, Reading(entry), options)
        else:
            yield from file_readings(home, entry, options)


def file_readings(home: Home, path: Path, options: Options) -> Iterator[Incoming]:
    """Everything that one file holds, lazily; one that cannot be opened is a failure."""
    try:
        data = _file_bytes(path, limit=home.settings.ingest.max_bytes)
    except ItemError as error:
        failure = Failure(item=str(path), stage=Stage.FETCH, error=error.reason, source=options.source or "")
        yield Incoming(str(path), Reading(failure), options)
        return
    yield from _parsed(home, data, item=str(path), options=options, archive=options.known != "now")


def _file_bytes(path: Path, *, limit: int) -> bytes:
    with suppress(OSError):
        if path.stat().st_size > limit:
            raise FetchError(f"larger than {limit / 2**20:g} MiB (ingest.max_bytes)", item=str(path), stage=Stage.FETCH)
    return load(path, limit=limit)


def _linked(home: Home, options: Options) -> Linked:
    """What one input, and all that it leads to, is fetched with: a host gets its pauses whatever names it."""
    settings = home.settings.ingest
    allowed = (*settings.allow_hosts, *options.allow_hosts)
    turns = Turns(gap=home.settings.watch.gap_seconds, own=allowed)
    fetcher = PoliteFetcher(HttpFetcher(allow_hosts=allowed, user_agent=settings.user_agent), turns)
    return Linked(home, fetcher, turns, Robots(fetcher, user_agent=settings.user_agent), lambda: False)


def _from_url(home: Home, url: str, options: Options, linked: Linked) -> Iterator[Incoming]:
    try:
        response = linked.fetcher.get(url)
    except FetchError as error:
        _was_read(home, url, options, error=error.reason)
        failure = Failure(item=url, stage=Stage.FETCH, error=error.reason, source=options.source or "")
        yield Incoming(url, Reading(failure), options)
        return
    served = response.headers.get("content-type", "")
    good, wrong = 0, ""
    archive = options.known == "published"
    for read in _parsed(home, response.body, item=url, options=options, archive=archive, served=served, linked=linked):
        if isinstance(read.reading.item, Failure):
            wrong = wrong or read.reading.item.error
        else:
            good += 1
        yield read
    # A feed with a broken item is read; one of which nothing can be read fails, and an empty one is neither.
    _was_read(home, url, options, error=None if good else wrong or None)


def _was_read(home: Home, url: str, options: Options, *, error: str | None) -> None:
    """Note with the sources that have this address how its reading went."""
    with home.write() as c:
        for row in sources.listed(c):
            if row.url != url and row.name != options.source:
                continue
            if error is None:
                sources.succeeded(c, row.name, at=now())
            else:
                sources.failed(c, row.name, at=now(), error=error)


def _parsed(
    home: Home, data: bytes, *, item: str, options: Options, archive: bool, served: str = "",
    linked: Linked | None = None,
) -> Iterator[Incoming]:  # fmt: skip
    kind = options.kind or readers.detect_kind(item, data[:4096], served)
    if kind == "opml":
        linked = linked or _linked(home, options)
        yield from _followed(home, data, item=item, options=options, linked=linked)
        return
    read = ReadOptions(
        read_at=now(), archive=archive, source=options.source, label=options.label, mapping=options.mapping
    )
    found = readers.read(data, kind=kind, item=item, options=read, content_type=served or None)
    if linked is not None and kind in ("feed", "sitemap"):
        mode = options.articles or article_mode(home.settings.ingest.articles)
        found = with_articles(found, mode=mode, linked=linked, most=home.settings.watch.pages, pages=Pages())
    try:
        for reading in found:
            yield Incoming(item, reading, options)
    except ParseError as error:
        failure = Failure(item=error.item or item, stage=Stage.PARSE, error=error.reason)
        yield Incoming(item, Reading(failure), options)


def _followed(home: Home, data: bytes, *, item: str, options: Options, linked: Linked) -> Iterator[Incoming]:
    """Follow every feed of an OPML list, then read each."""
    try:
        listed: Sequence[Source] = read_opml(data, item=item)
    except ParseError as error:
        yield Incoming(item, Reading(Failure(item=item, stage=Stage.PARSE, error=error.reason)), options)
        return
    with home.write() as c:
        for source in listed:
            sources.follow(c, source, at=now())
    for source in listed:
        if source.url:
            yield from _from_url(home, source.url, replace(options, source=source.name, kind=None), linked)
