"""From what an operator names (paths, folders, addresses, lists, followed sources) to a stream of what was read there.

Nothing is decided or stored here but how the reading of a source went: ``service.pipeline`` takes the stream.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from domain.errors import FetchError, ItemError, NotFoundError, ParseError, VedetteError
from domain.label import Label
from domain.protocols import Reading, ReadOptions
from domain.source import Failure, Source, Stage
from domain.time import now
from index.store import sources
from ingest import readers
from ingest.fetch import HttpFetcher
from ingest.files import walk
from ingest.opml import read_opml
from service.wiring import Home


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How inputs are to be taken in.

    ``kind`` forces a reader; ``known`` says whether dated items count as known from their publication on (archive),
    from now on (now), or as fits the input: feeds from the network now, everything else as an archive (auto).
    """

    kind: str | None = None
    source: str | None = None
    label: Label | None = None
    allow_hosts: tuple[str, ...] = ()
    known: Literal["auto", "published", "now"] = "auto"

    def plain(self) -> dict[str, Any]:
        """As it is kept with a failure, to try again alike."""
        return {"kind": self.kind, "source": self.source, "label": None if self.label is None else int(self.label),
                "allow_hosts": list(self.allow_hosts), "known": self.known}  # fmt: skip


def options_from(kept: dict[str, Any]) -> Options:
    """The options that ``Options.plain`` wrote."""
    label = kept.get("label")
    return Options(kind=kept.get("kind"), source=kept.get("source"), label=None if label is None else Label(label),
                   allow_hosts=tuple(kept.get("allow_hosts", ())), known=kept.get("known", "auto"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Incoming:
    """One reading, with the input (path or address) it came from and the options that this input is read with."""

    origin: str
    reading: Reading
    options: Options = Options()


def unusable(path: str) -> str | None:
    """Why there is nothing to be read at a path; None where there is something."""
    try:
        return None if Path(path).exists() else "no such file or folder"
    except OSError as error:  # a folder above it is closed, or the name is too long for any file
        return f"cannot be looked at: {error.strerror}"


def is_url(text: str) -> bool:
    """Whether an input is an address rather than a path."""
    return text.lower().startswith(("http://", "https://"))


def followed(home: Home, names: Sequence[str]) -> Iterator[Incoming]:
    """Everything that the followed sources with these names hold (all of them when none is given), lazily.

    Raises:
        NotFoundError: no source of one of these names is followed (raised at the call, not while iterating).
    """
    with home.read() as c:
        rows = [r for r in sources.listed(c, followed=True) if r.url and (not names or r.name in names)]
    for name in names:
        if all(name != row.name for row in rows):
            raise NotFoundError("no source of this name is followed", item=name, stage="fetch")
    return (r for row in rows for r in readings(home, row.url, Options(source=row.name)))


def readings(home: Home, one: str, options: Options) -> Iterator[Incoming]:
    """Everything that one input holds, lazily; what cannot be had is a failure."""
    if is_url(one):
        yield from _from_url(home, one, options)
        return
    # One file is one document whatever the folder it is named from.
    for entry in walk(Path(one).absolute()):
        if isinstance(entry, Failure):
            yield Incoming(entry.item, Reading(entry), options)
            continue
        try:
            data = _file_bytes(entry, limit=home.settings.ingest.max_bytes)
        except (OSError, ItemError) as error:
            reason = error.reason if isinstance(error, VedetteError) else (error.strerror or str(error))
            yield Incoming(str(entry), Reading(Failure(item=str(entry), stage=Stage.FETCH, error=reason)), options)
            continue
        yield from _parsed(home, data, item=str(entry), options=options, archive=options.known != "now")


def _file_bytes(path: Path, *, limit: int) -> bytes:
    if path.stat().st_size > limit:
        raise FetchError(f"larger than {limit} bytes (ingest.max_bytes)", item=str(path), stage="fetch")
    return path.read_bytes()


def _from_url(home: Home, url: str, options: Options) -> Iterator[Incoming]:
    settings = home.settings.ingest
    fetcher = HttpFetcher(allow_hosts=(*settings.allow_hosts, *options.allow_hosts), user_agent=settings.user_agent)
    try:
        response = fetcher.get(url)
        if response.status >= 400:
            raise FetchError(f"the server answered {response.status}", item=url, stage="fetch")
    except FetchError as error:
        _was_read(home, url, options, error=error.reason)
        failure = Failure(item=url, stage=Stage.FETCH, error=error.reason, source=options.source or "")
        yield Incoming(url, Reading(failure), options)
        return
    kind = response.headers.get("content-type", "")
    good, wrong = 0, ""
    for read in _parsed(
        home, response.body, item=url, options=options, archive=options.known == "published", served=kind
    ):
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
    home: Home, data: bytes, *, item: str, options: Options, archive: bool, served: str = ""
) -> Iterator[Incoming]:
    kind = options.kind or readers.detect_kind(item, data[:4096], served)
    if kind == "opml":
        yield from _followed(home, data, item=item, options=options)
        return
    read = ReadOptions(read_at=now(), archive=archive, source=options.source, label=options.label)
    try:
        for reading in readers.read(data, kind=kind, item=item, options=read):
            yield Incoming(item, reading, options)
    except ParseError as error:
        failure = Failure(item=error.item or item, stage=Stage.PARSE, error=error.reason)
        yield Incoming(item, Reading(failure), options)


def _followed(home: Home, data: bytes, *, item: str, options: Options) -> Iterator[Incoming]:
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
            yield from _from_url(home, source.url, replace(options, source=source.name, kind=None))
