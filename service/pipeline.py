"""The way of a document: read, compared with what is held, understood, stored with all of it in one transaction.

A batch is stored whole or not at all, and the derived index follows the store's sequence: a kill at any moment and a
second run leave what an uninterrupted run leaves.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection

from alerts.series import keys_of
from domain.document import Analysis, Document
from domain.errors import FetchError, InputError, ItemError, NotFoundError, ParseError, VedetteError
from domain.event import Event
from domain.label import Label
from domain.protocols import Reading, ReadOptions
from domain.source import Failure, Source, Stage
from domain.time import now
from index.store import documents as docs
from index.store import events as event_store
from index.store import sources
from ingest import readers
from ingest.fetch import HttpFetcher
from ingest.files import walk
from ingest.opml import read_opml
from service import watch
from service.logging import get_logger
from service.wiring import Home

log = get_logger(__name__)
Progress = Callable[[int, str], None]
EVENT_BATCH = 5000


@dataclass(slots=True)
class Summary:
    """What an ingest did, in the words of the command contract; ``events`` counts new coded events."""

    new: int = 0
    updated: int = 0
    duplicate: int = 0
    failed: int = 0
    events: int = 0
    failures: list[dict[str, str]] = field(default_factory=list)
    seconds: float = 0.0

    def plain(self) -> dict[str, Any]:
        """As the contract prints it."""
        return {"new": self.new, "updated": self.updated, "duplicate": self.duplicate, "failed": self.failed,
                "events": self.events, "failures": self.failures, "seconds": round(self.seconds, 2)}  # fmt: skip


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
class _Read:
    """One reading, with the input (path or address) it came from and the options that this input is read with."""

    origin: str
    reading: Reading
    options: Options = Options()


def _unusable(path: str) -> str | None:
    """Why there is nothing to be read at a path; None where there is something."""
    try:
        return None if Path(path).exists() else "no such file or folder"
    except OSError as error:  # a folder above it is closed, or the name is too long for any file
        return f"cannot be looked at: {error.strerror}"


def is_url(text: str) -> bool:
    """Whether an input is an address rather than a path."""
    return text.lower().startswith(("http://", "https://"))


def ingest(
    home: Home, inputs: Sequence[str], *, options: Options | None = None, progress: Progress | None = None
) -> Summary:
    """Take in paths, folders, addresses and OPML lists; gives what became of their items.

    Raises:
        InputError: an input does not exist at all.
    """
    for one in inputs:
        if not is_url(one) and (reason := _unusable(one)):
            raise InputError(reason, item=one[:200], stage="fetch")
    options = options or Options()
    return _run(home, (r for one in inputs for r in _readings(home, one, options)), progress=progress)


def ingest_documents(home: Home, documents: Iterable[Document], *, progress: Progress | None = None) -> Summary:
    """Take in documents that are made already; the demo does so day by day."""
    stream = (_Read(d.item, Reading(d)) for d in documents)
    return _run(home, stream, progress=progress)


def follow(home: Home, followed: Sequence[str], *, progress: Progress | None = None) -> Summary:
    """Read the followed sources with these names (all of them when none is given), each under its own name.

    Raises:
        NotFoundError: no source of one of these names is followed.
    """
    with home.read() as c:
        rows = [r for r in sources.listed(c, followed=True) if r.url and (not followed or r.name in followed)]
    for name in followed:
        if all(name != row.name for row in rows):
            raise NotFoundError("no source of this name is followed", item=name, stage="fetch")
    stream = (r for row in rows for r in _readings(home, row.url, Options(source=row.name)))
    return _run(home, stream, progress=progress)


def retry(home: Home, *, progress: Progress | None = None) -> Summary:
    """Read again every input that has failed items, with the options it was read with."""
    with home.read() as c:
        # Newest first: of several failures of one input the newest has the options that hold.
        kept: dict[str, Options] = {}
        for row in sources.failures(c):
            kept.setdefault(row.origin, options_from(row.options))
    total = Summary()
    started = time.monotonic()
    for origin, options in kept.items():
        if not is_url(origin) and (reason := _unusable(origin)):
            total.failed += 1
            total.failures.append({"item": origin, "stage": "fetch", "error": reason})
            continue
        done = ingest(home, [origin], options=options, progress=progress)
        for name in ("new", "updated", "duplicate", "failed", "events"):
            setattr(total, name, getattr(total, name) + getattr(done, name))
        total.failures += done.failures
    total.seconds = time.monotonic() - started
    return total


# --- reading


def _readings(home: Home, one: str, options: Options) -> Iterator[_Read]:
    """Everything that one input holds, lazily; what cannot be had is a failure."""
    if is_url(one):
        yield from _from_url(home, one, options)
        return
    # One file is one document whatever the folder it is named from.
    for entry in walk(Path(one).absolute()):
        if isinstance(entry, Failure):
            yield _Read(entry.item, Reading(entry), options)
            continue
        try:
            data = _file_bytes(entry, limit=home.settings.ingest.max_bytes)
        except (OSError, ItemError) as error:
            reason = error.reason if isinstance(error, VedetteError) else (error.strerror or str(error))
            yield _Read(str(entry), Reading(Failure(item=str(entry), stage=Stage.FETCH, error=reason)), options)
            continue
        yield from _parsed(home, data, item=str(entry), options=options, archive=options.known != "now")


def _file_bytes(path: Path, *, limit: int) -> bytes:
    if path.stat().st_size > limit:
        raise FetchError(f"larger than {limit} bytes (ingest.max_bytes)", item=str(path), stage="fetch")
    return path.read_bytes()


def _from_url(home: Home, url: str, options: Options) -> Iterator[_Read]:
    settings = home.settings.ingest
    fetcher = HttpFetcher(allow_hosts=(*settings.allow_hosts, *options.allow_hosts), user_agent=settings.user_agent)
    try:
        response = fetcher.get(url)
        if response.status >= 400:
            raise FetchError(f"the server answered {response.status}", item=url, stage="fetch")
    except FetchError as error:
        _was_read(home, url, options, error=error.reason)
        failure = Failure(item=url, stage=Stage.FETCH, error=error.reason, source=options.source or "")
        yield _Read(url, Reading(failure), options)
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
) -> Iterator[_Read]:
    kind = options.kind or readers.detect_kind(item, data[:4096], served)
    if kind == "opml":
        yield from _followed(home, data, item=item, options=options)
        return
    read = ReadOptions(read_at=now(), archive=archive, source=options.source, label=options.label)
    try:
        for reading in readers.read(data, kind=kind, item=item, options=read):
            yield _Read(item, reading, options)
    except ParseError as error:
        failure = Failure(item=error.item or item, stage=Stage.PARSE, error=error.reason)
        yield _Read(item, Reading(failure), options)


def _followed(home: Home, data: bytes, *, item: str, options: Options) -> Iterator[_Read]:
    """Follow every feed of an OPML list, then read each."""
    try:
        listed: Sequence[Source] = read_opml(data, item=item)
    except ParseError as error:
        yield _Read(item, Reading(Failure(item=item, stage=Stage.PARSE, error=error.reason)), options)
        return
    with home.write() as c:
        for source in listed:
            sources.follow(c, source, at=now())
    for source in listed:
        if source.url:
            yield from _from_url(home, source.url, replace(options, source=source.name, kind=None))


# --- storing


def _run(home: Home, stream: Iterable[_Read], *, progress: Progress | None) -> Summary:
    started, begun = time.monotonic(), now()
    summary = Summary()
    state = _State(home, summary, progress)
    for read in stream:
        state.take(read)
    state.flush()
    with home.write() as c:
        for origin in state.origins:
            sources.resolve_failures(c, origin=origin, before=begun)
    if state.stored:
        home.save_index()
    summary.seconds = time.monotonic() - started
    return summary


class _State:
    """The batch that is being gathered, and what came of those before."""

    def __init__(self, home: Home, summary: Summary, progress: Progress | None) -> None:
        self.home, self.summary, self.progress = home, summary, progress
        self.documents: list[tuple[_Read, Document]] = []
        self.again: list[Document] = []
        """Of the batch, what is held already and carries a label, which may be stricter than the one held."""
        self.events: list[Event] = []
        self.origins: dict[str, None] = {}
        self.done = 0
        self.stored = False

    def take(self, read: _Read) -> None:
        self.origins[_storable(read.origin)] = None
        item = read.reading.item
        if isinstance(item, Failure):
            self._failed(read, item)
        elif isinstance(item, Event):
            self.events.append(item)
            if len(self.events) >= EVENT_BATCH:
                self._flush_events()
        else:
            self.documents.append((read, item))
            if len(self.documents) >= self.home.settings.ingest.batch:
                self._flush_documents()

    def flush(self) -> None:
        self._flush_documents()
        self._flush_events()

    def _flush_events(self) -> None:
        if not self.events:
            return
        with self.home.write() as c:
            new = event_store.save_events(c, self.events)
        self.summary.events += new
        self.summary.duplicate += len(self.events) - new
        self._tell(len(self.events), "events")
        self.events = []

    def _flush_documents(self) -> None:
        batch, self.documents = self.documents, []
        if not batch:
            return
        with self.home.writing():
            # Decided and stored under one lock, so that two ingests cannot both take a text for new.
            fresh = self._fresh(batch)
            results = list(self.home.pipeline.analyse_many([d for _, d in fresh])) if fresh else []
            with self.home.write() as c:
                for (read, document), result in zip(fresh, results, strict=True):
                    if isinstance(result, VedetteError):
                        failure = Failure(item=document.item, stage=Stage.ANALYSE, error=result.reason,
                                          source=document.source)  # fmt: skip
                        self._failed(read, failure, c)
                        continue
                    self._store(c, document, result)
                for document in self.again:
                    if docs.relabel(c, document):
                        self.summary.duplicate -= 1
                        self.summary.updated += 1
                for name in sorted({d.source for _, d in batch}):
                    sources.succeeded(c, name, at=now())
        self._tell(len(batch), batch[-1][1].source)

    def _fresh(self, batch: Sequence[tuple[_Read, Document]]) -> list[tuple[_Read, Document]]:
        """Those of the batch that are not held, nor said twice within it."""
        found: list[tuple[_Read, Document]] = []
        self.again = []
        hashes: dict[str, Label] = {}
        with self.home.read() as c:
            for read, document in batch:
                content = document.content_hash
                twice = content in hashes and hashes[content] <= document.label
                if twice or is_duplicate(c, document):
                    self.summary.duplicate += 1
                    if document.label > Label.OPEN:
                        self.again.append(document)
                    continue
                hashes[content] = document.label
                found.append((read, document))
        return found

    def _store(self, c: Connection, document: Document, analysis: Analysis) -> None:
        series = [str(key) for key in keys_of(docs.countries_of(analysis))]
        what, version = docs.save(c, document, analysis, series=series)
        watch.match_new(self.home, c, version, document, analysis)
        self.stored = True
        if what == "new":
            self.summary.new += 1
        else:
            self.summary.updated += 1

    def _failed(self, read: _Read, failure: Failure, c: Connection | None = None) -> None:
        failure = replace(failure, item=_storable(failure.item), error=_storable(failure.error))
        self.summary.failed += 1
        self.summary.failures.append({"item": failure.item, "stage": failure.stage.value, "error": failure.error})
        kept: dict[str, Any] = {"origin": _storable(read.origin), "options": read.options.plain(), "at": now()}
        if c is not None:
            sources.keep_failure(c, failure, **kept)
        else:
            with self.home.write() as own:
                sources.keep_failure(own, failure, **kept)

    def _tell(self, n: int, what: str) -> None:
        self.done += n
        if self.progress is not None:
            self.progress(self.done, what)


def _storable(text: str) -> str:
    """The text without lone surrogates, as which file names that are no UTF-8 come: no database takes them."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def is_duplicate(c: Connection, document: Document) -> bool:
    """Whether the content is held already, by this document or by another that the same readers may see.

    An archive that is read again may hold the older versions too: any of them counts. From a live source only the
    current version does: a text that was changed and is changed back has changed.
    """
    before = docs.stored(c, document)
    if before is None:
        return docs.copy_of(c, document) is not None
    if before.content_hash == document.content_hash:
        return True
    return document.known_basis == "published" and docs.has_version(c, document)
