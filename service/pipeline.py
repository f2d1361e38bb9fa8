"""The way of a document: read, compared with what is held, understood, stored with all of it in one transaction.

Understanding takes most of the time and needs no lock. So a batch is decided twice: once to see what has to be
understood, and again under the writer's lock, where others may have been faster. It is stored whole or not at all, and
the derived index follows the store's sequence: a kill at any moment and a second run leave what an uninterrupted run
leaves.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from alerts.series import keys_of
from domain.document import Analysis, Document
from domain.errors import InputError, StoreError, VedetteError
from domain.event import Coded
from domain.protocols import Reading
from domain.source import Failure, Stage
from domain.time import now
from index.near import sketch
from index.store import events as event_store
from index.store import identity, sources, splits
from index.store.documents import countries_of
from index.store.identity import Ready, Recorded
from nlp.agencies import agency_of
from service import reading, story_placing, watch
from service.logging import get_logger
from service.reading import Incoming, Options, is_url, options_from, unusable
from service.wiring import Home

log = get_logger(__name__)
Progress = Callable[[int, str], None]
Stop = Callable[[], bool]
EVENT_BATCH = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of the items of one source; ``newest`` is the latest publication among all that were read."""

    items: int = 0
    new: int = 0
    updated: int = 0
    duplicate: int = 0
    failed: int = 0
    newest: datetime | None = None

    def __add__(self, other: Outcome) -> Outcome:
        times = [moment for moment in (self.newest, other.newest) if moment is not None]
        return Outcome(items=self.items + other.items, new=self.new + other.new, updated=self.updated + other.updated,
                       duplicate=self.duplicate + other.duplicate, failed=self.failed + other.failed,
                       newest=max(times, default=None))  # fmt: skip


@dataclass(slots=True)
class Summary:
    """What an ingest did, in the words of the command contract; ``events`` counts new coded events.

    Attributes:
        by_source: the same by the name of the source; failures without one are under the empty name.
        stopped: whether it was asked to stop before its inputs were read to their end.
    """

    new: int = 0
    updated: int = 0
    duplicate: int = 0
    failed: int = 0
    events: int = 0
    failures: list[dict[str, str]] = field(default_factory=list)
    seconds: float = 0.0
    by_source: dict[str, Outcome] = field(default_factory=dict)
    stopped: bool = False
    actors: dict[str, Any] | None = None
    """Of tables of events: how many actors they name, and the shares without a country before and after."""

    def plain(self) -> dict[str, Any]:
        """As the contract prints it."""
        found = {"new": self.new, "updated": self.updated, "duplicate": self.duplicate, "failed": self.failed,
                 "events": self.events, "failures": self.failures, "seconds": round(self.seconds, 2)}  # fmt: skip
        found |= {"actors": self.actors} if self.actors is not None else {}
        return found | {"stopped": True} if self.stopped else found

    def count(self, source: str, outcome: Outcome) -> None:
        """Add what became of some items of a source."""
        self.new += outcome.new
        self.updated += outcome.updated
        self.duplicate += outcome.duplicate
        self.failed += outcome.failed
        self.by_source[source] = self.by_source.get(source, Outcome()) + outcome

    def add(self, other: Summary) -> None:
        """Add what another ingest did."""
        for source, outcome in other.by_source.items():
            self.count(source, outcome)
        self.events += other.events
        self.failures += other.failures
        self.stopped |= other.stopped


def ingest(
    home: Home, inputs: Sequence[str], *, options: Options | None = None, progress: Progress | None = None,
    stop: Stop | None = None,
) -> Summary:  # fmt: skip
    """Take in paths, folders, addresses and OPML lists; gives what became of their items.

    Raises:
        InputError: an input does not exist at all.
    """
    for one in inputs:
        if not is_url(one) and (reason := unusable(one)):
            raise InputError(reason, item=one[:200], stage="fetch")
    options = options or Options()
    stream = (r for one in inputs for r in reading.readings(home, one, options))
    return run(home, stream, progress=progress, stop=stop)


def ingest_documents(home: Home, documents: Iterable[Document], *, progress: Progress | None = None) -> Summary:
    """Take in documents that are made already; the demo does so day by day."""
    stream = (Incoming(d.item, Reading(d)) for d in documents)
    return run(home, stream, progress=progress)


def retry(home: Home, *, progress: Progress | None = None, stop: Stop | None = None) -> Summary:
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
            total.count("", Outcome(items=1, failed=1))
            total.failures.append({"item": origin, "stage": "fetch", "error": reason})
            continue
        total.add(ingest(home, [origin], options=options, progress=progress, stop=stop))
        if total.stopped:
            break
    total.seconds = time.monotonic() - started
    return total


def run(
    home: Home, stream: Iterable[Incoming], *, progress: Progress | None = None, stop: Stop | None = None
) -> Summary:
    """Take in all that the stream reads; gives what became of it. The stream is consumed as it is stored.

    ``stop`` is asked between two items: what was read until then is stored, and the rest is left.

    Raises:
        StoreError: the database refuses, as for want of space; what had been stored before stays.
    """
    started, begun = time.monotonic(), now()
    state = _State(home, progress, begun)
    summary = state.summary
    try:
        for read in stream:
            state.take(read)
            if stop is not None and stop():
                summary.stopped = True
                break
        state.flush()
        if not summary.stopped:
            with home.write() as c:
                for origin in state.origins:
                    sources.resolve_failures(c, origin=origin, before=begun)
    except StoreError as error:
        kept = f"{summary.new} new, {summary.updated} updated and {summary.duplicate} duplicate documents"
        raise StoreError(f"{error.reason}; stored before that: {kept}", item=error.item, stage=error.stage) from error
    finally:
        close = getattr(stream, "close", None)
        if close is not None:
            close()
    if state.stored:
        home.save_index()
    story_placing.place(home, stop=stop)
    summary.seconds = time.monotonic() - started
    return summary


@dataclass(slots=True)
class _Item:
    """A document of the batch; ``ready`` once it is understood."""

    read: Incoming
    document: Document
    replayed: bool
    ready: Ready | None = None


class _State:
    """The batch that is being gathered, and what came of those before."""

    def __init__(self, home: Home, progress: Progress | None, begun: datetime) -> None:
        self.home, self.progress, self.begun = home, progress, begun
        self.summary = Summary()
        self.documents: list[_Item] = []
        self.events: list[Coded] = []
        self.origins: dict[str, None] = {}
        self.done = 0
        self.stored = False

    def take(self, read: Incoming) -> None:
        self.origins[_storable(read.origin)] = None
        item = read.reading.item
        if isinstance(item, Failure):
            with self.home.write() as c:
                told = _keep(c, read, item)
            self._failed([told])
        elif isinstance(item, Coded):
            self.events.append(item)
            if len(self.events) >= EVENT_BATCH:
                self._flush_events()
        else:
            self.documents.append(_Item(read, item, self._replayed(read, item)))
            if len(self.documents) >= self.home.settings.ingest.batch:
                self._flush_documents()

    def _replayed(self, read: Incoming, document: Document) -> bool:
        """Whether the time is but that of reading a file with several documents, such as an export.

        A file that is one document, and what comes from the network, may have been changed back to what it once was.
        """
        within = not is_url(read.origin) and document.item != read.origin and read.options.known != "now"
        return within and document.known_basis == "fetched" and document.known >= self.begun

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
        left: Sequence[_Item] = batch
        while left:
            failed = self._understand(left)
            left = self._store([item for item in left if id(item) not in failed], failed)
        if batch:
            self._tell(len(batch), batch[-1].document.source)

    def _understand(self, items: Sequence[_Item]) -> dict[int, tuple[_Item, VedetteError]]:
        """Analyse those that are not held, nor said twice within the batch; gives those that failed."""
        wanted: list[_Item] = []
        coming: set[str] = set()
        with self.home.read() as c:
            for item in items:
                content = item.document.content_hash
                # What is said twice may turn out to be a copy of what comes first: it is seen when that is stored.
                if item.ready is not None or content in coming:
                    continue
                if identity.predicted(c, item.document, replayed=item.replayed):
                    coming.add(content)
                    wanted.append(item)
        failed: dict[int, tuple[_Item, VedetteError]] = {}
        results = self.home.pipeline.analyse_many([item.document for item in wanted]) if wanted else ()
        for item, result in zip(wanted, results, strict=True):
            if isinstance(result, VedetteError):
                failed[id(item)] = (item, result)
            else:
                with self.home.read() as c:
                    item.ready = _ready(item.document, result, splits.split(c, item.document, result))
        return failed

    def _store(self, items: Sequence[_Item], failed: dict[int, tuple[_Item, VedetteError]]) -> list[_Item]:
        """Store what is ready, in one transaction; gives those that have to be understood after all."""
        outcomes: list[tuple[_Item, Outcome]] = []
        told: list[dict[str, str]] = []
        unready: list[_Item] = []
        waiting: set[str] = set()
        stored = False
        with self.home.write() as c:
            for item, error in failed.values():
                failure = Failure(item=item.document.item, stage=Stage.ANALYSE, error=error.reason,
                                  source=item.document.source)  # fmt: skip
                told.append(_keep(c, item.read, failure))
            for item in items:
                document = item.document
                # Readings of one document stay in order: of those of one instant the last one holds.
                done = Recorded("unready") if document.id in waiting else self._record(c, item)
                if done.what == "unready":
                    waiting.add(document.id)
                    unready.append(item)
                    continue
                outcomes.append((item, _outcome(document, done)))
                stored |= done.version is not None
            for name in sorted({item.document.source for item, _ in outcomes}):
                sources.succeeded(c, name, at=now())
        # Counted once it is stored for good.
        self.stored |= stored
        for item, outcome in outcomes:
            self.summary.count(item.document.source, outcome)
        self._failed(told)
        return unready

    def _record(self, c: Connection, item: _Item) -> Recorded:
        done = identity.record(c, item.document, item.ready, replayed=item.replayed)
        if done.version is not None and item.ready is not None:
            watch.match_new(self.home, c, done.version, item.document, item.ready.analysis)
        return done

    def _failed(self, told: Sequence[dict[str, str]]) -> None:
        for one in told:
            self.summary.count(one["source"], Outcome(items=1, failed=1))
            self.summary.failures.append({key: one[key] for key in ("item", "stage", "error")})

    def _tell(self, n: int, what: str) -> None:
        self.done += n
        if self.progress is not None:
            self.progress(self.done, what)


def _ready(document: Document, analysis: Analysis, split: Analysis) -> Ready:
    """All that is stored of a document but depends on nothing that is held; ``split`` is what counts for series."""
    author = document.meta.get("author", "")
    return Ready(
        analysis=analysis, series=tuple(str(key) for key in keys_of(countries_of(split))),
        sketch=sketch(document.title, document.text, analysis.sentences),
        agency=agency_of(document.text, author=author if isinstance(author, str) else ", ".join(author)),
    )  # fmt: skip


def _outcome(document: Document, done: Recorded) -> Outcome:
    return Outcome(items=1, new=int(done.what == "new"), updated=int(done.what == "updated"),
                   duplicate=int(done.what == "duplicate"), newest=document.published)  # fmt: skip


def _keep(c: Connection, read: Incoming, failure: Failure) -> dict[str, str]:
    """Keep a failure with what is needed to try again; gives it as it is told."""
    failure = replace(failure, item=_storable(failure.item), error=_storable(failure.error))
    sources.keep_failure(c, failure, origin=_storable(read.origin), options=read.options.plain(), at=now())
    return {"item": failure.item, "stage": failure.stage.value, "error": failure.error, "source": failure.source}


def _storable(text: str) -> str:
    """The text without lone surrogates, as which file names that are no UTF-8 come: no database takes them."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
