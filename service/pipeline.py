"""The way of a document: read, compared with what is held, understood, stored with all of it in one transaction.

A batch is stored whole or not at all, and the derived index follows the store's sequence: a kill at any moment and a
second run leave what an uninterrupted run leaves.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from alerts.series import keys_of
from domain.document import Analysis, Document
from domain.errors import InputError, VedetteError
from domain.event import Coded
from domain.label import Label
from domain.protocols import Reading
from domain.source import Failure, Stage
from domain.time import now
from index.store import documents as docs
from index.store import events as event_store
from index.store import sources
from service import reading, watch
from service.logging import get_logger
from service.reading import Incoming, Options, is_url, options_from, unusable
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


def ingest(
    home: Home, inputs: Sequence[str], *, options: Options | None = None, progress: Progress | None = None
) -> Summary:
    """Take in paths, folders, addresses and OPML lists; gives what became of their items.

    Raises:
        InputError: an input does not exist at all.
    """
    for one in inputs:
        if not is_url(one) and (reason := unusable(one)):
            raise InputError(reason, item=one[:200], stage="fetch")
    options = options or Options()
    return run(home, (r for one in inputs for r in reading.readings(home, one, options)), progress=progress)


def ingest_documents(home: Home, documents: Iterable[Document], *, progress: Progress | None = None) -> Summary:
    """Take in documents that are made already; the demo does so day by day."""
    stream = (Incoming(d.item, Reading(d)) for d in documents)
    return run(home, stream, progress=progress)


def follow(home: Home, followed: Sequence[str], *, progress: Progress | None = None) -> Summary:
    """Read the followed sources with these names (all of them when none is given), each under its own name.

    Raises:
        NotFoundError: no source of one of these names is followed.
    """
    return run(home, reading.followed(home, followed), progress=progress)


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
        if not is_url(origin) and (reason := unusable(origin)):
            total.failed += 1
            total.failures.append({"item": origin, "stage": "fetch", "error": reason})
            continue
        done = ingest(home, [origin], options=options, progress=progress)
        for name in ("new", "updated", "duplicate", "failed", "events"):
            setattr(total, name, getattr(total, name) + getattr(done, name))
        total.failures += done.failures
    total.seconds = time.monotonic() - started
    return total


def run(home: Home, stream: Iterable[Incoming], *, progress: Progress | None = None) -> Summary:
    """Take in all that the stream reads; gives what became of it. The stream is consumed as it is stored."""
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
        self.documents: list[tuple[Incoming, Document]] = []
        self.again: list[Document] = []
        """Of the batch, what is held already and carries a label, which may be stricter than the one held."""
        self.events: list[Coded] = []
        self.origins: dict[str, None] = {}
        self.done = 0
        self.stored = False

    def take(self, read: Incoming) -> None:
        self.origins[_storable(read.origin)] = None
        item = read.reading.item
        if isinstance(item, Failure):
            self._failed(read, item)
        elif isinstance(item, Coded):
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

    def _fresh(self, batch: Sequence[tuple[Incoming, Document]]) -> list[tuple[Incoming, Document]]:
        """Those of the batch that are not held, nor said twice within it."""
        found: list[tuple[Incoming, Document]] = []
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

    def _failed(self, read: Incoming, failure: Failure, c: Connection | None = None) -> None:
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
