"""The outbox: what has to leave the house, put in with what it tells of, claimed before it leaves, marked when it has.

A line that is claimed and not marked when nobody sends is one that a crash overtook: it may have left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from domain.alert import Alert
from domain.desk import EVERYTHING, Outgoing
from domain.errors import InputError, NotFoundError
from domain.label import Label
from index.store import schema as s
from index.store.schema import AnyRow

_PENDING = ("waiting", "claimed", "uncertain", "failed", "withheld")
_FINAL = ("sent", "dropped")


def post(
    c: Connection, alert: Alert, *, channel: str, at: datetime, desk: str = EVERYTHING, kind: str = "alert",
    once_more: str = "", dropped: str | None = None,
) -> None:  # fmt: skip
    """Put an alert into the outbox of a desk's channel, once.

    ``once_more`` tells a second message on one alert from the first (an escalation: the day of it). One that was
    withdrawn before it left waits again when the alert is raised again. ``dropped`` says why it is not to leave at all.
    """
    key = "/".join((kind, alert.id, *([once_more] if once_more else []), desk, channel))
    put(c, key=key, kind=kind, alert_id=alert.id, desk=desk, channel=channel, body={}, label=alert.label, at=at,
        dropped=dropped)  # fmt: skip


def put(
    c: Connection, *, key: str, kind: str, desk: str, channel: str, body: dict[str, Any], label: Label, at: datetime,
    alert_id: str | None = None, dropped: str | None = None,
) -> None:  # fmt: skip
    """Put a line into the outbox; one of the same key that has left, or may have, stays as it is."""
    t = s.outgoing.c
    back = case((t.state == "withdrawn", "waiting"), else_=t.state)
    c.execute(
        upsert(s.outgoing).values(key=key, kind=kind, alert_id=alert_id, desk=desk, channel=channel, body=body,
                                  label=int(label), created=at, state="dropped" if dropped else "waiting",
                                  error=dropped)
        .on_conflict_do_update(index_elements=["key"], set_={"state": back})
    )  # fmt: skip


def waiting(c: Connection, *, at: datetime, after: int = 0, limit: int = 500) -> list[Outgoing]:
    """What is to be tried now, oldest first; of the lines numbered higher than ``after``."""
    t = s.outgoing.c
    due = or_(t.next_try.is_(None), t.next_try <= at)
    query = select(s.outgoing).where(t.state == "waiting", t.id > after, due).order_by(t.id).limit(limit)
    return [_line(row) for row in c.execute(query)]


def listed(
    c: Connection, *, desk: str | None = None, states: Sequence[str] | None = _PENDING,
    clearance: Label = Label.TOP_SECRET, limit: int = 200,
) -> list[Outgoing]:  # fmt: skip
    """Lines of the outbox, the newest first; of every state with None."""
    t = s.outgoing.c
    query = select(s.outgoing).where(t.label <= int(clearance)).order_by(t.id.desc()).limit(limit)
    if states is not None:
        query = query.where(t.state.in_(list(states)))
    if desk is not None:
        query = query.where(t.desk == desk)
    return [_line(row) for row in c.execute(query)]


def line(c: Connection, row_id: int) -> Outgoing:
    """A line by its number.

    Raises:
        NotFoundError: there is none.
    """
    row = c.execute(select(s.outgoing).where(s.outgoing.c.id == row_id)).first()
    if row is None:
        raise NotFoundError("no such line in the outbox", item=str(row_id), stage="delivery")
    return _line(row)


def last_digest(c: Connection, desk: str) -> Outgoing | None:
    """The newest digest put in for a desk, by whatever channel."""
    t = s.outgoing.c
    query = select(s.outgoing).where(t.kind == "digest", t.desk == desk).order_by(t.id.desc()).limit(1)
    row = c.execute(query).first()
    return None if row is None else _line(row)


def claim(c: Connection, row_id: int, *, at: datetime) -> bool:
    """Take a waiting line to send it; false where somebody else has it, or it waits no more."""
    t = s.outgoing.c
    taken = update(s.outgoing).where(t.id == row_id, t.state == "waiting")
    return c.execute(taken.values(state="claimed", claimed=at, tries=t.tries + 1)).rowcount > 0


def sent(c: Connection, ids: int | Iterable[int], *, at: datetime, note: str | None = None) -> None:
    """Note that lines have left."""
    for row_id in [ids] if isinstance(ids, int) else ids:
        _set(c, row_id, state="sent", sent=at, next_try=None, error=note)


def again(c: Connection, row_id: int, *, next_try: datetime | None, error: str) -> None:
    """A try that surely did not leave: it is to be tried again from then on."""
    _set(c, row_id, state="waiting", claimed=None, next_try=next_try, error=error)


def settle(c: Connection, row_id: int, state: str, *, error: str) -> None:
    """What became of a line that did not leave, and why."""
    _set(c, row_id, state=state, next_try=None, error=error)


def put_off(c: Connection, ids: Iterable[int], *, until: datetime) -> None:
    """Leave lines alone until then, without counting it as a try."""
    t = s.outgoing.c
    for row_id in ids:
        c.execute(update(s.outgoing).where(t.id == row_id, t.state == "waiting").values(next_try=until))


def overtaken(c: Connection) -> list[Outgoing]:
    """Lines that were claimed and never marked. To be asked by the only sender there is."""
    return [_line(row) for row in c.execute(select(s.outgoing).where(s.outgoing.c.state == "claimed"))]


def decide(c: Connection, row_id: int, *, resend: bool, by: str) -> None:
    """An operator's word on a line that did not leave, or may have: send it (once more), or drop it.

    Raises:
        NotFoundError: there is no such line. InputError: it has left, or was dropped, or is being sent.
    """
    one = line(c, row_id)
    if one.state in (*_FINAL, "claimed"):
        raise InputError(f"it is {one.state}", item=str(row_id), stage="delivery")
    if resend:
        _set(c, row_id, state="waiting", claimed=None, next_try=None, tries=0, error=f"to be sent by order of {by}")
    else:
        _set(c, row_id, state="dropped", next_try=None, error=f"dropped by {by}")


def forget_desk(c: Connection, desk: str, *, channel: str | None = None) -> int:
    """Drop what waits for a desk or one of its channels that is no more; gives how many."""
    t = s.outgoing.c
    gone = update(s.outgoing).where(t.desk == desk, t.state.in_(("waiting", "failed", "withheld")))
    if channel is not None:
        gone = gone.where(t.channel == channel)
    return c.execute(gone.values(state="dropped", next_try=None, error="its channel was removed")).rowcount


def _set(c: Connection, row_id: int, **values: Any) -> None:
    c.execute(update(s.outgoing).where(s.outgoing.c.id == row_id).values(**values))


def _line(row: AnyRow) -> Outgoing:
    return Outgoing(**{**row._mapping, "label": Label(row.label)})
