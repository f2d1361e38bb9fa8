"""Checks of followed sources: asked in several threads, stored in one, and noted once they are stored."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

from sqlalchemy import Connection

from domain.errors import FetchError, StoreError
from domain.source import Check, Stage
from domain.time import now
from index.store import sources
from index.store.health import remembered
from index.store.schema import AnyRow
from ingest.politeness import Address, Decision, Pace, next_check, settle
from service import folders, pipeline
from service.hosts import PATIENCE, host_of
from service.lists import STEP
from service.logging import get_logger
from service.pipeline import Outcome, Progress, Summary
from service.reading import Incoming, is_url
from service.taking import Taken, Taker
from service.wiring import Home

log = get_logger(__name__)
LOT = 4
"""So many batches of documents are gathered from several sources before they are stored."""
HISTORY = 60
"""The latest checks that the next one is decided from."""
SOON = timedelta(seconds=1)


class Readers:
    """Threads that ask sources; one host is never asked by two of them.

    What they bring waits in a bounded queue, so that a slow store slows the reading and memory stays small.
    """

    def __init__(self, home: Home, stop: threading.Event, *, full: bool = False, workers: int | None = None) -> None:
        self._stop = stop
        self._taker = Taker(home, stop, full=full)
        self._workers = workers or home.settings.watch.workers
        self._lot = LOT * home.settings.ingest.batch
        self._waiting: dict[str, deque[AnyRow]] = {}
        """By host; those at the front were asked the longest ago."""
        self._asking: set[str] = set()
        self._flying: set[int] = set()
        self._ready: queue.Queue[Taken] = queue.Queue(maxsize=2 * self._workers)
        self._change = threading.Condition()
        self._closed = False
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Readers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._change:
            self._closed = True
            self._change.notify_all()
        for thread in self._threads:
            # One that waits for a server ends within the time of a fetch, and nobody waits for what it brings.
            thread.join(timeout=0.5)

    def add(self, rows: Sequence[AnyRow]) -> int:
        """Ask these sources, but for those that are being asked; gives how many."""
        with self._change:
            fresh = [row for row in rows if row.id not in self._flying]
            for row in fresh:
                self._flying.add(row.id)
                self._waiting.setdefault(place_of(row), deque()).append(row)
            while len(self._threads) < min(self._workers, len(self._flying)):
                thread = threading.Thread(target=self._work, name=f"reader-{len(self._threads)}", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._change.notify_all()
        return len(fresh)

    @property
    def idle(self) -> bool:
        """Whether nothing is being asked, and nothing waits to be taken."""
        with self._change:
            return not self._flying

    def lot(self, *, wait: float) -> list[Taken]:
        """What several sources brought, at most ``wait`` seconds from now; empty where there is nothing yet."""
        found: list[Taken] = []
        items = 0
        while items < self._lot:
            try:
                one = self._ready.get(timeout=wait if not found else 0.02)
            except queue.Empty:
                break
            found.append(one)
            items += len(one.items)
        return found

    def done(self, lot: Sequence[Taken]) -> None:
        """These are stored and noted, or given up: they may be asked again."""
        with self._change:
            self._flying -= {one.row.id for one in lot}

    def _work(self) -> None:
        while (found := self._next()) is not None:
            place, row = found
            try:
                taken = self._taker.take(row)
                while not self._closed:
                    try:
                        self._ready.put(taken, timeout=0.5)
                        break
                    except queue.Full:
                        continue
            finally:
                with self._change:
                    self._asking.discard(place)
                    self._change.notify_all()

    def _next(self) -> tuple[str, AnyRow] | None:
        """The source to ask next: of those whose hosts may be asked now, the one that waits the longest."""
        with self._change:
            while not self._closed and not self._stop.is_set():
                soon = 0.5
                for place, rows in self._waiting.items():
                    if place in self._asking:
                        continue
                    wait = self._taker.turns.ready_in(rows[0].url) if is_url(rows[0].url) else 0.0
                    if 0 < wait <= PATIENCE:  # one that is to be left alone for longer is put off at once
                        soon = min(soon, wait)
                        continue
                    row = rows.popleft()
                    del self._waiting[place]
                    if rows:
                        self._waiting[place] = rows  # its next turn comes after the others'
                    self._asking.add(place)
                    return place, row
                self._change.wait(timeout=max(soon, 0.01))
        return None


def place_of(row: AnyRow) -> str:
    """What is asked one thing at a time: a host, or a folder."""
    return f"folder {row.url}" if row.kind == "folder" else host_of(row.url)


def read_now(
    home: Home, names: Sequence[str] = (), *, full: bool = False, progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Summary:  # fmt: skip
    """Check the followed sources with these names (all of them when none is given), due or not.

    ``full`` reads everything again, whatever is remembered of the sources' last answers.

    Raises:
        NotFoundError: no source of one of these names is followed. StoreError: the database refuses.
    """
    with home.read() as c:
        rows = sources.named(c, names, clearance=home.settings.reader.clearance)
    return check(home, [row for row in rows if names or row.retired is None], full=full, progress=progress, stop=stop)


def check(
    home: Home, rows: Sequence[AnyRow], *, full: bool = False, progress: Progress | None = None,
    stop: threading.Event | None = None, tell: Callable[[Noted], None] | None = None,
) -> Summary:  # fmt: skip
    """Check these sources, each until it has nothing more to give; gives what became of their items."""
    stop = stop or threading.Event()
    begun, total = now(), Summary()
    with Readers(home, stop, full=full) as readers:
        readers.add(rows)
        while not readers.idle and not stop.is_set():
            lot = readers.lot(wait=0.2)
            again = store(home, lot, total, stop=stop, progress=progress, tell=tell)
            readers.done(lot)
            for one in lot:
                if one.outcome is None:
                    log.warning("source %s was put off: %s", one.row.name, one.reason)
            if again:
                with home.read() as c:
                    fresh = {row.id: row for row in sources.listed(c, followed=True)}
                readers.add([fresh[one.row.id] for one in again if one.row.id in fresh])
    total.stopped |= stop.is_set()
    total.seconds = (now() - begun).total_seconds()
    return total


@dataclass(frozen=True, slots=True)
class Noted:
    """One check that was noted: the source, how it went (None: it was put off), when it will be asked again, what is
    worth telling."""

    source: str
    check: Check | None
    at: datetime
    news: str | None = None


def store(
    home: Home, lot: Sequence[Taken], total: Summary, *, stop: threading.Event,
    progress: Progress | None = None, tell: Callable[[Noted], None] | None = None,
) -> list[Taken]:  # fmt: skip
    """Take in what a lot of sources brought, and note each check whose items are all stored.

    Gives those that have more to be read at once. What was not stored is as if it had never been asked for.

    Raises:
        StoreError: the database refuses; what was not noted is read again.
    """
    again: list[Taken] = []
    coded = [one for one in lot if one.row.kind == "gdelt"]  # their events are counted by the lot
    for part in ([one for one in lot if one.row.kind != "gdelt"], *([one] for one in coded)):
        if part and not stop.is_set():
            again += _store(home, part, total, stop=stop, progress=progress, tell=tell)
    return again


def _store(
    home: Home, part: Sequence[Taken], total: Summary, *, stop: threading.Event, progress: Progress | None,
    tell: Callable[[Noted], None] | None,
) -> list[Taken]:  # fmt: skip
    whole: list[Taken] = [one for one in part if not one.items]
    summary = Summary()
    if len(whole) < len(part):
        stream = _stream([one for one in part if one.items], whole, stop)
        try:
            summary = pipeline.run(home, stream, progress=progress, stop=stop.is_set)
        except StoreError:
            raise
        except Exception as error:
            if len(part) > 1:
                # One of them is not to be had: the others must not suffer for it.
                return [
                    more for one in part
                    for more in _store(home, [one], total, stop=stop, progress=progress, tell=tell)
                ]  # fmt: skip
            log.exception("source %s", part[0].row.name)
            part[0].failed(FetchError(f"could not be taken in: {type(error).__name__}: {error}", item=part[0].row.url))
            whole = [part[0]]
    total.add(summary)
    outcomes = dict(summary.by_source)
    if summary.events and part[0].row.kind == "gdelt":
        name = part[0].row.name
        outcomes[name] = outcomes.get(name, Outcome()) + Outcome(new=summary.events)
    with home.write() as c:
        for one in whole:
            noted = note(home, c, one, outcomes.get(one.row.name, Outcome()))
            if tell is not None:
                tell(noted)
    return [one for one in whole if one.more]


def _stream(lot: Sequence[Taken], whole: list[Taken], stop: threading.Event) -> Iterator[Incoming]:
    """The items of a lot; those whose every item went into the store's hands are added to ``whole``."""
    for one in lot:
        if stop.is_set():
            return
        yield from one.items
        whole.append(one)


def note(home: Home, c: Connection, taken: Taken, outcome: Outcome) -> Noted:
    """Keep how a check went, what is to be remembered of the source, and when to ask again."""
    row, moment = taken.row, now()
    if taken.outcome is None:
        at = min(moment + timedelta(seconds=max(taken.wait, 1.0)), moment + pace_of(home, row).most)
        sources.put_off(c, [(row.id, at)])
        return Noted(row.name, None, at)
    done = Check(
        at=taken.at, outcome=taken.outcome, status=taken.status, items=len(taken.items), new=outcome.new,
        updated=outcome.updated, duplicate=outcome.duplicate, failed=outcome.failed,
        newest=_newest(taken.newest, outcome.newest), seconds=round(taken.seconds, 3), layout=taken.layout,
        reason=taken.reason,
    )  # fmt: skip
    past = [_check_of(r) for r in sources.history(c, row.id, limit=HISTORY)]
    decision = decided(home, taken, [done, *past], moment)
    changes: dict[str, Any] = dict(taken.changes)
    news = None
    if decision.retired:
        changes |= {"retired": moment, "retired_reason": decision.retired, "next_check": None}
        news = f"retired: {decision.retired}"
    else:
        changes |= {"next_check": decision.at, "interval": max(1, round(decision.interval.total_seconds()))}
        if row.retired is not None and taken.outcome != "failed":
            changes |= {"retired": None, "retired_reason": None}  # asked for by name, and there again
        news = _moved(c, row, taken, changes, moment)
    if taken.layout:
        hints = changes.get("hints") or dict(row.hints)
        changes["hints"] = {**hints, "layouts": remembered(row.hints.get("layouts") or {}, taken.layout, at=taken.at)}
    sources.note_check(c, row.id, done, changes)
    if taken.files or taken.gone:
        folders.remember(c, row.id, taken.files, taken.gone, at=moment)
    if taken.outcome != "failed":
        # The source itself answered; what failed within it waits for a reading that brings it.
        sources.resolve_failure(c, item=row.url, stages=(Stage.FETCH, Stage.PARSE))
    if news is None:
        news = _turn(row, done)
    return Noted(row.name, done, decision.at, news)


def decided(home: Home, taken: Taken, history: Sequence[Check], moment: datetime) -> Decision:
    """When a source is asked again: what is local or has a beat of its own at its own pace, the rest politely."""
    pace = pace_of(home, taken.row, failed=taken.outcome == "failed")
    if taken.outcome != "failed" and (taken.more or taken.wait):
        wait = timedelta(seconds=taken.wait) if taken.wait else SOON
        return Decision(moment + wait, wait, "there is more to be read")
    return next_check(moment, facts=taken.asked, headers=taken.headers, history=history, settings=pace,
                      seed=taken.row.name)  # fmt: skip


def pace_of(home: Home, row: AnyRow, *, failed: bool = False) -> Pace:
    """The pace that a source may be asked at; what has a beat of its own loses it while it fails."""
    watch = home.settings.watch
    least, first = timedelta(minutes=watch.least_minutes), timedelta(minutes=watch.first_minutes)
    most, gone = timedelta(hours=watch.most_hours), timedelta(days=watch.gone_days)
    if row.kind == "folder":
        look = timedelta(seconds=watch.folder_seconds)
        return Pace(least=look, first=look, most=look, gone=gone)
    if row.kind == "gdelt" and not failed:
        return Pace(least=STEP, first=STEP, most=STEP, gone=gone, jitter=0.0)
    if row.kind == "imap" and not failed:
        return Pace(least=least, first=least, most=max(least, first), gone=gone)
    return Pace(least=least, first=first, most=most, gone=gone)


def _moved(c: Connection, row: AnyRow, taken: Taken, changes: dict[str, Any], moment: datetime) -> str | None:
    """What a permanent redirect changes for the source; gives what is worth telling."""
    if row.kind not in ("feed", "sitemap"):
        return None
    here = Address(row.url, row.moving_to, row.moved_from)
    there = settle(here, target=taken.moved_to, good=taken.outcome in ("read", "unchanged", "empty"))
    if there == here:
        return None
    changes |= {"moving_to": there.moving_to}
    if there.url == here.url:
        return None
    other = sources.at_address(c, there.url)
    if other is not None and other.id != row.id:
        reason = f"moved to {there.url}, which is followed as {other.name}"
        changes |= {"retired": moment, "retired_reason": reason, "next_check": None}
        return f"retired: {reason}"
    changes |= {"url": there.url, "moved_from": there.moved_from}
    return f"moved from {there.moved_from} to {there.url}"


def _turn(row: AnyRow, done: Check) -> str | None:
    """What is worth a line of its own: a source that begins to fail, and one that has recovered."""
    if done.outcome == "failed":
        return f"failing: {done.reason}" if not row.failures else None
    return f"recovered after {row.failures} failures" if row.failures else None


def _check_of(row: AnyRow) -> Check:
    return Check(at=row.at, outcome=row.outcome, status=row.status, new=row.new, updated=row.updated)


def _newest(*moments: datetime | None) -> datetime | None:
    return max((m for m in moments if m is not None), default=None)
