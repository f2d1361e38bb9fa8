"""The daily digests: put into the outbox at each desk's hour, once a day, and written when they are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from alerts.delivery.digest import Day, digest_message, due
from alerts.delivery.message import Message
from alerts.delivery.words import words_of
from domain.alert import parse_series
from domain.desk import EVERYTHING, Channel, Desk, Filed, Outgoing
from domain.document import Filters
from domain.label import Label, strictest
from index.store import alerts as alert_store
from index.store import desks as store
from index.store import outgoing
from index.store.health import health
from service.desks import channels_of, desk, filed
from service.wiring import Home

_STUCK = ("failed", "uncertain")


def queue(home: Home, *, at: datetime) -> int:
    """Put in what digests are due; gives how many messages. A machine that was off puts in the newest one, once."""
    with home.read() as c:
        ripe = [one for one in store.desks(c) if _ripe(c, one, at)]
    if not ripe:
        return 0
    n = 0
    with home.write() as c:
        for one in ripe:
            moment = _ripe(c, one, at)  # asked again: another process may have been faster
            found = due(one, at=at)
            if moment is None or found is None:
                continue
            n += _put(home, c, one, day=found[1], at=at)
            store.digest_done(c, one.name, moment)
    return n


def _ripe(c: Connection, one: Desk, at: datetime) -> datetime | None:
    """When a digest was due that is not dealt with yet."""
    found = due(one, at=at.astimezone(UTC))
    done = None if found is None else store.digest_due(c, one.name)
    return found[0] if found is not None and done is not None and found[0] > done else None


def _put(home: Home, c: Connection, one: Desk, *, day: date, at: datetime) -> int:
    channels = [x for x in channels_of(home, one) if x.digest]
    if not channels:
        return 0
    told = filed(home, c, one, standing="open")
    body = _body(c, one, told, day=day)
    for channel in channels:
        outgoing.put(c, key=f"digest/{one.name}/{day}/{channel.name}", kind="digest", desk=one.name,
                     channel=channel.name, body=body, label=strictest(x.alert.label for x in told), at=at)  # fmt: skip
    return len(channels)


def _body(c: Connection, one: Desk, told: Sequence[Filed], *, day: date) -> dict[str, object]:
    """What a digest needs to know later on of how things stood: ids and counts, and nothing that a document says."""
    last = outgoing.last_digest(c, one.name)
    return {"day": day.isoformat(), "open": {x.alert.id: x.alert.peak for x in told},
            "before": None if last is None else last.body.get("open"),
            "since": None if last is None else last.body.get("day")}  # fmt: skip


def preview(home: Home, name: str, *, clearance: Label, at: datetime) -> Message:
    """The digest that a desk would be sent now by a channel of a clearance; nothing is put in.

    Raises:
        NotFoundError: no such desk.
    """
    one = desk(home, name)
    day = at.astimezone(ZoneInfo(one.timezone)).date()
    with home.read() as c:
        body = _body(c, one, filed(home, c, one, standing="open"), day=day)
        return _written(home, c, body, one, clearance, key="preview", at=at)


def written(
    home: Home, c: Connection, row: Outgoing, one: Desk, channel: Channel, *, key: str, at: datetime
) -> Message:
    """The digest of a line of the outbox, with no more than its channel may carry, as things stand now."""
    return _written(home, c, row.body, one, channel.clearance, key=key, at=at)


def _written(
    home: Home, c: Connection, body: Mapping[str, object], one: Desk, clearance: Label, *, key: str, at: datetime
) -> Message:
    day = date.fromisoformat(str(body["day"]))
    level = min(clearance, one.clearance, home.settings.reader.clearance)
    every = filed(home, c, one, standing="open")
    told = filed(home, c, one, standing="open", clearance=level)
    before = body.get("before")
    kept = before if isinstance(before, dict) else None
    gone = sorted(set(kept or {}) - {x.alert.id for x in every})
    over = [x for ids in store.parts(gone) for x in alert_store.load_alerts(c, clearance=level, ids=ids)]
    sources = health(c, at=at, filters=Filters(clearance=level))
    since = date.fromisoformat(str(body["since"])) if body.get("since") else day
    suppressed = alert_store.suppressed(c, since=since, clearance=level, limit=10_000)
    chances = {x.alert.id: store.probability(c, x.alert) for x in told}
    # A message that did not leave by a channel is not this channel's to tell of, but for how many there are.
    stuck = outgoing.listed(c, desk=one.name, states=_STUCK, clearance=level, limit=10_000)
    return digest_message(
        Day(
            desk=one, day=day, opened=told, chances={k: v for k, v in chances.items() if v is not None}, before=kept,
            over=over, sources=len(sources), silent=[x for x in sources if x.state != "healthy"],
            withheld=len(every) - len(told),
            suppressed=sum(one.name == EVERYTHING or one.follows(parse_series(x.series).bare) for x in suppressed),
            unsent=len(stuck),
        ),
        words_of(one.lang), key=key,
    )  # fmt: skip


__all__ = ["preview", "queue", "written"]
