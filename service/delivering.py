"""The outbox emptied: each line claimed, sent and marked, by one sender at a time; none sent twice.

A line is claimed in a transaction of its own before anything leaves, and marked after. What a crash leaves claimed may
have left: where receivers can be trusted to drop a second copy (``resend_uncertain`` of the settings) it is sent again
under the same key, elsewhere it waits for an operator's word. The record and feeds are files that hold each alert once,
however often they are written, and are simply written again.
"""

from __future__ import annotations

import fcntl
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy import Connection, insert, select

from alerts.delivery.log import LogDelivery
from alerts.delivery.message import Message, alert_message, key_of
from alerts.delivery.outcome import NotSentError, RefusedError, UncertainError, backoff
from alerts.delivery.words import words_of
from domain.desk import Channel, Desk, Outgoing
from domain.errors import ItemError, StoreError, VedetteError
from domain.ids import digest as hashed
from domain.label import Label
from domain.time import now
from index.store import alerts as alert_store
from index.store import desks as store
from index.store import facts, outgoing
from index.store import schema as s
from service import digest, ways
from service.desks import LOCAL, channels_of, file_of
from service.logging import get_logger
from service.wiring import Home

log = get_logger(__name__)
PAUSE = 5.0
"""Seconds between two looks at the outbox."""
_LEFT = 10.0
Place: TypeAlias = "tuple[Desk, Channel]"


@dataclass(slots=True)
class Delivered:
    """What became of the lines that were tried; ``busy``: another process was sending."""

    sent: int = 0
    failed: int = 0
    withheld: int = 0
    uncertain: int = 0
    later: int = 0
    busy: bool = False


def deliver(
    home: Home, *, at: Callable[[], datetime] = now, local_only: bool = False, stop: threading.Event | None = None
) -> Delivered:
    """Put in the digests that are due and send what waits; one channel that fails stops no other.

    Raises:
        StoreError: the database refuses.
    """
    done = Delivered()
    if home.reads_only:
        return done
    if not local_only:
        digest.queue(home, at=at())
    with home.read() as c:
        if not outgoing.waiting(c, at=at(), limit=1) and not outgoing.overtaken(c):
            return done
    with _alone(home) as mine:
        if not mine:
            done.busy = True
            return done
        _overtaken(home)
        house, last = _house(home), 0
        while not (stop is not None and stop.is_set()):
            with home.read() as c:
                lot = outgoing.waiting(c, at=at(), after=last)
                places = {(one.name, x.name): (one, x) for one in store.desks(c) for x in channels_of(home, one)}
            if not lot:
                return done
            last = lot[-1].id
            if local_only:
                lot = [row for row in lot if (p := places.get((row.desk, row.channel))) and p[1].kind in LOCAL]
            _lot(home, lot, places, done, house=house, at=at, stop=stop)
    return done


def _house(home: Home) -> str:
    """The store's own id, made where it has none: two houses that raise the same alert send two messages."""
    with home.read() as c:
        found = facts.store_id(c)
    if found is None:
        with home.write() as c:
            found = facts.store_id(c)
            if found is None:
                found = secrets.token_hex(16)
                c.execute(insert(s.meta).values(key="store", value=found))
    return found


@contextmanager
def _alone(home: Home) -> Iterator[bool]:
    """Be the only sender on a home folder; the lock dies with the process."""
    try:
        handle = (home.path / "deliver.lock").open("a+")
    except OSError as error:
        raise StoreError(f"the folder cannot be written: {error.strerror}", item=str(home.path),
                         stage="delivery") from error  # fmt: skip
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _overtaken(home: Home) -> None:
    """Deal with the lines that a crash left claimed: whoever claimed them is no more, for we are alone."""
    with home.read() as c:
        rows = outgoing.overtaken(c)
    if not rows:
        return
    with home.write() as c:
        kinds = {(one.name, x.name): x.kind for one in store.desks(c) for x in channels_of(home, one)}
        for row in rows:
            if kinds.get((row.desk, row.channel)) in (*LOCAL, *home.settings.delivery.resend_uncertain):
                outgoing.again(c, row.id, next_try=None, error="a crash overtook it; sent again under the same key")
            else:
                outgoing.settle(c, row.id, "uncertain", error="a crash overtook it: it may have left")
                log.warning("message %d by %s of the desk %s may have left when a crash overtook it; "
                            "`vedette desks outbox`", row.id, row.channel, row.desk)  # fmt: skip


def _lot(
    home: Home, lot: Sequence[Outgoing], places: dict[tuple[str, str], Place], done: Delivered, *,
    house: str, at: Callable[[], datetime], stop: threading.Event | None,
) -> None:  # fmt: skip
    by_file: dict[tuple[str, str], list[Outgoing]] = {}
    resting: dict[str, datetime] = {}
    for i, row in enumerate(lot):
        if stop is not None and stop.is_set():
            return
        place = places.get((row.desk, row.channel))
        if place is None:
            with home.write() as c:
                outgoing.settle(c, row.id, "dropped", error="there is no such channel any more")
        elif place[1].kind in LOCAL:
            by_file.setdefault((row.desk, row.channel), []).append(row)
        elif (until := resting.get(ways.endpoint(home, *place))) is not None:
            with home.write() as c:
                outgoing.put_off(c, [row.id], until=until)
            done.later += 1
        else:
            rest = _one(home, row, place, done, house=house, at=at)
            if rest is not None:
                resting[ways.endpoint(home, *place)] = rest
        if i % 50 == 49:
            _files(home, by_file, places, done, at=at)
    _files(home, by_file, places, done, at=at)


# --- files: the record and feeds


def _files(
    home: Home, by_file: dict[tuple[str, str], list[Outgoing]], places: dict[tuple[str, str], Place], done: Delivered,
    *, at: Callable[[], datetime],
) -> None:  # fmt: skip
    for name, rows in by_file.items():
        one, channel = places[name]
        level = _level(home, one, channel)
        with home.read() as c:
            ids = [row.alert_id for row in rows if row.alert_id]
            labels = {i: Label(label) for part in store.parts(ids) for i, label in c.execute(
                select(s.alerts.c.id, s.alerts.c.label).where(s.alerts.c.id.in_(part)))}  # fmt: skip
            held = {x.id: x for part in store.parts(ids) for x in alert_store.load_alerts(c, ids=part, clearance=level)}
        gone = [row for row in rows if row.alert_id and row.alert_id not in labels]
        above = [row for row in rows if row.alert_id in labels and row.alert_id not in held]
        left, failure = [], ""
        record = LogDelivery(file_of(home, channel)) if channel.kind == "log" else None
        try:
            if record is None:
                ways.write_feed(home, one, channel, at=at())
            for row in rows:
                if row.alert_id in held and record is not None:
                    record.deliver(held[row.alert_id], day=held[row.alert_id].opened)
                if row.alert_id in held or row.kind == "digest":
                    left.append(row)
        except OSError as error:
            failure = error.strerror or str(error)
            log.warning("the file of %s of the desk %s cannot be written: %s", channel.name, one.name, failure)
        with home.write() as c:
            outgoing.sent(c, [row.id for row in left], at=at())
            _settle_unsendable(c, gone, above, level)
            for row in rows:
                if failure and row not in left and row not in gone and row not in above:
                    outgoing.again(c, row.id, next_try=None, error=failure)
        done.sent += len(left)
        done.withheld += len(above)
        done.later += len(rows) - len(left) - len(gone) - len(above)
    by_file.clear()


def _settle_unsendable(c: Connection, gone: Sequence[Outgoing], above: Sequence[Outgoing], level: Label) -> None:
    for row in gone:
        outgoing.settle(c, row.id, "withdrawn", error="its alert is no longer there")
    for row in above:
        outgoing.settle(c, row.id, "withheld", error=f"its label is above {level.text}")


def _level(home: Home, one: Desk, channel: Channel) -> Label:
    return min(channel.clearance, one.clearance, home.settings.reader.clearance)


# --- all that leaves the house


def _one(
    home: Home, row: Outgoing, place: Place, done: Delivered, *, house: str, at: Callable[[], datetime]
) -> datetime | None:
    """Send one line; gives until when its whole way out is to be left alone, if it is."""
    one, channel = place
    message = _message(home, row, place, done, house=house, at=at)
    if message is None:
        return None
    with home.write() as c:
        if not outgoing.claim(c, row.id, at=at()):
            return None
    tries = row.tries + 1
    rest: datetime | None = None
    try:
        note = ways.send(home, one, channel, message, at=at())
    except NotSentError as error:
        wait = max(backoff(tries, key=row.key), min(error.wait or timedelta(0), timedelta(days=1)))
        given_up = tries >= home.settings.delivery.tries
        with home.write() as c:
            if given_up:
                outgoing.settle(c, row.id, "failed", error=f"given up after {tries} tries: {error.reason}")
            else:
                outgoing.again(c, row.id, next_try=at() + wait, error=error.reason)
        done.failed += given_up
        done.later += not given_up
        rest = at() + wait if error.all_alike else None
        _told(row, error.reason)
    except UncertainError as error:
        again = channel.kind in home.settings.delivery.resend_uncertain and tries < home.settings.delivery.tries
        with home.write() as c:
            if again:
                outgoing.again(c, row.id, next_try=at() + backoff(tries, key=row.key), error=error.reason)
            else:
                outgoing.settle(c, row.id, "uncertain", error=error.reason)
        done.later += again
        done.uncertain += not again
        _told(row, error.reason)
    except (RefusedError, ItemError) as error:
        with home.write() as c:
            outgoing.settle(c, row.id, "failed", error=error.reason)
        done.failed += 1
        _told(row, error.reason)
    except Exception as error:  # whatever else goes wrong is this line's, and whether it left is not known
        with home.write() as c:
            outgoing.settle(c, row.id, "uncertain", error=f"went wrong ({type(error).__name__})")
        done.uncertain += 1
        _told(row, f"went wrong ({type(error).__name__})")
    else:
        with home.write() as c:
            outgoing.sent(c, row.id, at=at(), note=note)
        done.sent += 1
        if note:
            _told(row, note)
    return rest


def _told(row: Outgoing, reason: str) -> None:
    log.warning("message %d by %s of the desk %s: %s", row.id, row.channel, row.desk, reason)


def _message(
    home: Home, row: Outgoing, place: Place, done: Delivered, *, house: str, at: Callable[[], datetime]
) -> Message | None:
    """What a line says, as its channel may carry it; None where it says nothing that may leave."""
    one, channel = place
    level = _level(home, one, channel)
    with home.read() as c:
        key = key_of(house, row.key)
        if row.kind == "digest":
            return digest.written(home, c, row, one, channel, key=key, at=at())
        found = alert_store.load_alerts(c, ids=[str(row.alert_id)], clearance=level)
        if found:
            chance = store.probability(c, found[0])
            return alert_message(found[0], words_of(one.lang), key=key, kind=row.kind, probability=chance)
        there = c.scalar(select(s.alerts.c.id).where(s.alerts.c.id == row.alert_id)) is not None
    with home.write() as c:
        _settle_unsendable(c, [] if there else [row], [row] if there else [], level)
    done.withheld += there
    return None


# --- for operators and the watch


def try_channel(home: Home, name: str, channel: str) -> str:
    """Send a test message by a channel, past the outbox; gives what is to be known of it.

    Raises:
        ItemError: it did not leave, or may not have. NotFoundError: there is no such desk or channel.
    """
    one, found = ways.named(home, name, channel)
    at = now()
    return (
        ways.send(home, one, found, ways.trial(one, key=hashed(("test", one.name, channel, at.isoformat()))), at=at)
        or ""
    )


def outbox(home: Home, *, name: str | None = None, everything: bool = False) -> list[Outgoing]:
    """Lines of the outbox that have not left, or all; the newest first."""
    with home.read() as c:
        level = home.settings.reader.clearance
        if everything:
            return outgoing.listed(c, desk=name, states=None, clearance=level)
        return outgoing.listed(c, desk=name, clearance=level)


def decide(home: Home, row_id: int, *, resend: bool, by: str) -> Outgoing:
    """An operator's word on a line: send it (once more) with the next delivery, or drop it.

    Raises:
        NotFoundError: there is no such line. InputError: it has left, or is being sent.
    """
    with home.write() as c:
        outgoing.decide(c, row_id, resend=resend, by=by)
        return outgoing.line(c, row_id)


@contextmanager
def running(home: Home, *, stop: threading.Event) -> Iterator[Callable[[], None]]:
    """Deliver in a thread of its own, so that a slow server holds up nothing; gives what wakes it."""
    wake = threading.Event()
    over = threading.Event()

    def run() -> None:
        trouble = ""
        while not (over.is_set() or stop.is_set()):
            wake.clear()
            try:
                deliver(home, stop=stop)
                trouble = ""
            except VedetteError as error:
                if error.reason != trouble:
                    log.error("event=delivery-trouble reason=%s", error.reason)
                trouble = error.reason
            wake.wait(PAUSE)

    thread = threading.Thread(target=run, name="delivery", daemon=True)
    thread.start()
    try:
        yield wake.set
    finally:
        over.set()
        wake.set()
        thread.join(3 * home.settings.delivery.seconds + _LEFT)


__all__ = ["Delivered", "decide", "deliver", "outbox", "running", "try_channel"]
