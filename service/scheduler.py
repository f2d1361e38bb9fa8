"""``vedette watch``: the followed sources read when they are due, alerts scanned, the index saved; until it is stopped.

APScheduler keeps the beat. What is due stands in the store, so that a restart goes on where it was; whatever analyses
or stores is done here, in the one thread that called, so that a stop ends after the batch that is under way.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from domain.errors import BusyError, InputError, StoreError, VedetteError
from domain.time import now, parse_instant
from index.store import schema as s
from index.store import sources
from ingest.politeness import horizon, spread_over
from service import delivering, embedding, forecasting, scan, suggesting
from service.logging import get_logger
from service.pipeline import Summary
from service.rounds import Noted, Readers, check, store
from service.wiring import Home

log = get_logger(__name__)
HEARTBEAT = "watch"
"""The key in the table ``meta``."""
TICK = 5.0
"""Seconds between two looks at what is due."""
BEAT = 60.0
"""Seconds between two heartbeats."""
STALE = timedelta(minutes=5)
"""A heartbeat older than this is no sign of life: a large batch on a slow machine takes minutes."""
JUMP = 60.0
"""Seconds by which the clock may drift from the one that never jumps before it counts as having jumped."""
EMBED, STRETCH = 10.0, 2.0
"""Seconds between two looks at whether another encoder is wanted, and of making its vectors between two lots."""
LINK = 3600.0
"""Seconds between two looks at whether entities that have come are ones that are known, in another script."""
TOLD = 10
"""Lines of news a minute; more are counted."""
_PATIENCE = (5.0, 300.0)
"""Seconds to wait after the store refused: at first, and at most."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The last sign of life of a ``watch``: since when it ran, its process, what it had done, what is next.

    ``alive`` says whether it still runs; ``next_check`` is None where a source waits for its first one.
    """

    at: datetime
    started: datetime
    pid: int
    state: str
    checks: int
    failed: int
    new: int
    next_check: datetime | None
    trouble: str | None
    alive: bool = False


def heartbeat(home: Home) -> Heartbeat | None:
    """The last sign of life of a ``watch`` on this home; None where there was none yet."""
    with home.read() as c:
        text = c.scalar(select(s.meta.c.value).where(s.meta.c.key == HEARTBEAT))
    if text is None:
        return None
    body = json.loads(text)
    for name in ("at", "started", "next_check"):
        body[name] = parse_instant(body[name]) if body[name] else None
    held = _held(home.path / "watch.lock")
    fresh = body["state"] == "running" and now() - body["at"] < STALE
    return Heartbeat(**body, alive=fresh if held is None else held)


def _held(path: Path) -> bool | None:
    """Whether a process holds the lock; None where that cannot be told."""
    try:
        with path.open("r") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    except OSError:
        return None
    return False


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Be the only ``watch`` on a home folder; the lock dies with the process.

    Raises:
        BusyError: another one runs. StoreError: the folder cannot be written.
    """
    try:
        handle = (home / "watch.lock").open("a+")
    except OSError as error:
        raise StoreError(f"the folder cannot be written: {error.strerror}", item=str(home), stage="watch") from error
    with handle:
        until = time.monotonic() + 1.0
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > until:  # `doctor` looks at the lock for an instant
                    handle.seek(0)
                    other = handle.read(20).strip() or "unknown"
                    reason = f"another `vedette watch` (process {other}) runs on this home folder"
                    raise BusyError(reason, item=str(home), stage="watch") from error
                time.sleep(0.1)
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield


@dataclass
class _Watch:
    """What a running watch has done and has to do; only its own thread touches it, but for ``wanted``."""

    home: Home
    stop: threading.Event
    started: datetime = field(default_factory=now)
    wanted: set[str] = field(default_factory=set)
    guard: threading.Lock = field(default_factory=threading.Lock)
    checks: int = 0
    failed: int = 0
    new: int = 0
    trouble: str | None = None
    patience: float = _PATIENCE[0]
    unscanned: bool = False
    unsaved: bool = False
    scanned: date | None = None
    minute: Counter[str] = field(default_factory=Counter)
    told: int = 0
    deliver: Callable[[], None] | None = None
    """Wakes whoever empties the outbox; None where this very thread has to."""

    def want(self, what: str) -> None:
        """Called by the clock: this is to be done."""
        with self.guard:
            self.wanted.add(what)

    def take(self, what: str) -> bool:
        """Whether this is to be done; it is then taken to be under way."""
        with self.guard:
            wanted = what in self.wanted
            self.wanted.discard(what)
            return wanted

    def tell(self, noted: Noted) -> None:
        """Count a check, and say what is new about its source, unless too much is said already."""
        if noted.check is None:
            self.minute["put off"] += 1
            return
        self.checks += 1
        self.minute[noted.check.outcome] += 1
        self.failed += noted.check.outcome == "failed"
        self.new += noted.check.new
        self.minute["new"] += noted.check.new
        self.minute["updated"] += noted.check.updated
        if noted.check.changed:
            self.unscanned = self.unsaved = True
        if noted.news is not None:
            self.told += 1
            if self.told <= TOLD:
                log.info("source=%s news=%s", json.dumps(noted.source, ensure_ascii=False),
                         json.dumps(noted.news, ensure_ascii=False))  # fmt: skip


def watch(home: Home, *, stop: threading.Event, ready: Callable[[], None] | None = None) -> Summary:
    """Read the followed sources as they fall due, until ``stop`` is set; gives what came in.

    A source that fails, a locked or full database and a clock that jumps end nothing: they are told and waited out.

    Raises:
        BusyError: another watch runs on this home. StoreError: the home cannot be used at the start.
    """
    with only_one(home.path):
        state, total = _Watch(home, stop), Summary()
        _resume(home)
        _beat(state, "running")
        clock = _clock(state)
        log.info("event=started pid=%d followed=%d", os.getpid(), _followed(home))
        if ready is not None:
            ready()
        try:
            with Readers(home, stop) as readers, delivering.running(home, stop=stop) as state.deliver:
                _loop(state, readers, clock, total)
        finally:
            clock.shutdown(wait=False)
            with suppress(VedetteError):
                _minute(state)
                if state.unsaved:
                    home.save_index()
                _beat(state, "stopped")
            total.seconds = (now() - state.started).total_seconds()
            log.info("event=stopped checks=%d failed=%d new=%d", state.checks, state.failed, state.new)
        return total


def once(home: Home, *, stop: threading.Event) -> Summary:
    """Read everything that is due now, scan, and end.

    Raises:
        BusyError: another watch runs on this home. StoreError: the database refuses.
    """
    with only_one(home.path):
        state = _Watch(home, stop)
        _beat(state, "running")
        try:
            with home.read() as c:
                rows = sources.due(c, at=now(), horizon=_horizon(home))
            total = check(home, rows, stop=stop, tell=state.tell)
            if not stop.is_set():
                state.unscanned = bool(total.new or total.updated)
                _link(home)
                _scan(state)
                delivering.deliver(home)
                _trim(home)
        finally:
            with suppress(VedetteError):
                _beat(state, "stopped")
        return total


def _clock(state: _Watch) -> Any:
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    settings = state.home.settings.watch
    # However late the machine comes to it (asleep, or busy), a job is run once and not dropped.
    clock = BackgroundScheduler(
        timezone=UTC, executors={"default": ThreadPoolExecutor(1)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )  # fmt: skip
    jobs = {"due": TICK, "beat": BEAT, "embed": EMBED, "link": LINK, "catch-up": 86400.0,
            "save": 60 * settings.save_minutes, "trim": 86400.0, "scan": 60 * settings.scan_minutes}  # fmt: skip
    for what, seconds in jobs.items():
        if seconds > 0:
            clock.add_job(state.want, "interval", seconds=seconds, args=[what], id=what)
    state.wanted |= {"due", "trim", "embed", "catch-up", "link"}
    clock.start()
    return clock


def _loop(state: _Watch, readers: Readers, clock: Any, total: Summary) -> None:
    home, drift = state.home, time.time() - time.monotonic()
    while not state.stop.is_set():
        jumped = time.time() - time.monotonic() - drift
        if abs(jumped) > JUMP:
            drift += jumped
            log.warning("event=clock-jumped seconds=%.0f", jumped)
            for job in clock.get_jobs():
                job.modify(next_run_time=datetime.now(UTC))
            state.want("resume")
        lot = readers.lot(wait=0.5)
        try:
            if state.take("resume"):
                _resume(home)
            if state.take("due"):
                with home.read() as c:
                    readers.add(sources.due(c, at=now(), horizon=_horizon(home)))
            if lot:
                done = Summary()
                store(home, lot, done, stop=state.stop, tell=state.tell)
                done.failures.clear()  # they are kept in the store: a service must not gather them
                total.add(done)
            # Only what the store took shows that it takes again.
            if (_chores(state) or lot) and state.trouble is not None:
                log.info("event=recovered from=%s", json.dumps(state.trouble, ensure_ascii=False))
                state.trouble, state.patience = None, _PATIENCE[0]
        except VedetteError as error:
            # A lock that another process holds, a full disk: what was not noted is read again.
            if state.trouble != error.reason:
                log.error("event=trouble reason=%s", json.dumps(error.reason, ensure_ascii=False))
            state.trouble = error.reason
            state.want("due")
            state.stop.wait(state.patience)
            state.patience = min(2 * state.patience, _PATIENCE[1])
        finally:
            readers.done(lot)


def _chores(state: _Watch) -> bool:
    """What is to be done from time to time; whether anything was written."""
    beat = state.take("beat")
    if beat:
        _minute(state)
        _beat(state, "running")
    if state.take("link"):
        _link(state.home)  # before a scan, which codes what it concerns
    if state.take("scan"):
        _scan(state)
    if state.take("save") and state.unsaved:
        state.home.save_index()
        state.unsaved = False
    if state.take("trim"):
        _trim(state.home)
    _embed(state)
    return beat


def _embed(state: _Watch) -> None:
    """A stretch of making vectors, where some are lacking: by the encoder in use, then by the one that is wanted."""
    if state.take("catch-up") and not embedding.catch_up_some(state.home, seconds=STRETCH, stop=state.stop.is_set):
        state.want("catch-up")
    if state.take("embed") and embedding.step(state.home, seconds=STRETCH, stop=state.stop.is_set):
        state.want("embed")


def _minute(state: _Watch) -> None:
    """One line for all that was done since the last one; none where nothing was."""
    if state.minute:
        log.info("event=checked %s", " ".join(f"{k.replace(' ', '-')}={n}" for k, n in state.minute.items() if n))
    if state.told > TOLD:
        log.info("event=more-news sources=%d see=`vedette sources health`", state.told - TOLD)
    state.minute.clear()
    state.told = 0


def _scan(state: _Watch) -> None:
    """Scan for alerts when something came in, and once a day in any case: an episode ends by nothing coming in."""
    today = now().date()
    if not state.unscanned and state.scanned == today:
        return
    try:
        raised = scan.scan(state.home, send=state.deliver is None)
    except InputError as error:
        if state.scanned != today:
            log.warning("event=no-scan reason=%s", json.dumps(error.reason, ensure_ascii=False))
    else:
        if raised:
            log.info("event=alerts raised=%d", len(raised))
        if state.deliver is not None:
            state.deliver()
    if state.scanned != today:
        _forecast(state)
    state.unscanned, state.scanned = False, today


def _forecast(state: _Watch) -> None:
    """Once a day: score the forecasts whose day has come, and make those of what is followed."""
    try:
        scored = forecasting.score_due(state.home)
        made = forecasting.forecast_followed(state.home)
    except VedetteError as error:
        log.warning("event=no-forecast reason=%s", json.dumps(str(error), ensure_ascii=False))
        return
    if made or scored.scored:
        log.info("event=forecasts made=%d scored=%d", made, scored.scored)


def _resume(home: Home) -> None:
    """Spread what is overdue over some minutes, so that a long stop does not end in a rush."""
    at = now()
    with home.write() as c:
        rows = [row for row in sources.due(c, at=at, horizon=_horizon(home)) if row.next_check is not None]
        late = [row for row in rows if row.kind not in ("folder", "gdelt")]
        if len(late) <= home.settings.watch.workers:
            delays = [timedelta(0)] * len(late)
        else:
            within = timedelta(minutes=home.settings.watch.spread_minutes)
            delays = spread_over(len(late), within=within, seed=at.isoformat())
        sources.put_off(c, ((row.id, at + delay) for row, delay in zip(late, delays, strict=True)))


def _link(home: Home) -> None:
    """Entities that have come, linked to what they certainly are in another script."""
    if made := suggesting.link_new(home):
        log.info("event=entities-linked links=%d", len(made))


def _trim(home: Home) -> None:
    with home.write() as c:
        gone = sources.trim(c, before=now() - timedelta(days=home.settings.watch.keep_days))
    if gone:
        log.info("event=trimmed checks=%d", gone)


def _horizon(home: Home) -> datetime:
    most = timedelta(hours=home.settings.watch.most_hours)
    return horizon(now(), most=most)


def _followed(home: Home) -> int:
    with home.read() as c:
        return sum(row.retired is None for row in sources.listed(c, followed=True))


def _beat(state: _Watch, how: str) -> None:
    with state.home.write() as c:
        _write(c, {
            "at": now().isoformat(), "started": state.started.isoformat(), "pid": os.getpid(), "state": how,
            "checks": state.checks, "failed": state.failed, "new": state.new, "trouble": state.trouble,
            "next_check": None if (due := sources.next_due(c)) is None else due.isoformat(),
        })  # fmt: skip


def _write(c: Connection, body: dict[str, Any]) -> None:
    text = json.dumps(body)
    c.execute(upsert(s.meta).values(key=HEARTBEAT, value=text)
              .on_conflict_do_update(index_elements=["key"], set_={"value": text}))  # fmt: skip


__all__ = ["Heartbeat", "heartbeat", "once", "only_one", "watch"]
