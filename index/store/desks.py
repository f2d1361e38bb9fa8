"""Desks, what came to each of them, and what their officers said of it.

A verdict is only ever added: the last word of a desk on an alert holds, and none is lost, also when the alert is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from domain.alert import Alert
from domain.desk import EVERYTHING, Channel, Desk, Judgement
from domain.errors import NotFoundError
from domain.jsonable import plain
from domain.label import Label, parse_label
from index.store import schema as s
from index.store.schema import AnyRow

PART = 500


def save_desk(c: Connection, desk: Desk) -> None:
    """Store a desk; one of the same name is replaced."""
    body = plain(desk)
    body.pop("name")
    c.execute(
        upsert(s.desks).values(name=desk.name, definition=body)
        .on_conflict_do_update(index_elements=["name"], set_={"definition": body, "revision": s.desks.c.revision + 1})
    )  # fmt: skip


def budget_held(c: Connection, desk: str) -> date | None:
    """The day since which a desk has the budget that it has; None where it has always had it."""
    text = c.scalar(select(s.meta.c.value).where(s.meta.c.key == f"budget.{desk}"))
    return None if text is None else date.fromisoformat(text)


def hold_budget(c: Connection, desk: str, since: date | None) -> None:
    """Note since when a desk has its budget; None forgets it."""
    key = f"budget.{desk}"
    c.execute(delete(s.meta).where(s.meta.c.key == key))
    if since is not None:
        c.execute(insert(s.meta).values(key=key, value=since.isoformat()))


def drop_desk(c: Connection, name: str) -> None:
    """Delete a desk and its inbox; its verdicts stay.

    Raises:
        NotFoundError: there is none of this name.
    """
    if not c.execute(delete(s.desks).where(s.desks.c.name == name)).rowcount:
        raise NotFoundError("no such desk", item=name, stage="desks")
    c.execute(delete(s.desk_alerts).where(s.desk_alerts.c.desk == name))
    hold_budget(c, name, None)


def desks(c: Connection) -> list[Desk]:
    """All desks by name, the one that follows everything first; it is there without being stored."""
    rows = c.execute(select(s.desks).order_by(s.desks.c.name)).all()
    found = {row.name: desk_from(row.name, row.definition) for row in rows}
    everything = found.pop(EVERYTHING, Desk(name=EVERYTHING))
    return [everything, *found.values()]


def desk_from(name: str, body: dict[str, Any]) -> Desk:
    """The desk that was kept as ``body``.

    Raises:
        ValueError, KeyError, TypeError: it is no desk.
    """
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in body.items()}
    values["dyads"] = tuple((str(low), str(high)) for low, high in body.get("dyads", ()))
    values["clearance"] = parse_label(body["clearance"])
    values["channels"] = tuple(_channel(one) for one in body.get("channels", ()))
    return Desk(name=name, **values)


def _channel(body: dict[str, Any]) -> Channel:
    return Channel(**{**body, "clearance": parse_label(body["clearance"])})


# --- the inbox


def file(c: Connection, alert: Alert, desk: str, *, day: date, at: datetime) -> bool:
    """Put an alert into a desk's inbox, where it came on a day; whether it was not there yet."""
    values = {"alert_id": alert.id, "desk": desk, "day": day, "state": "new", "changed": at}
    return c.execute(upsert(s.desk_alerts).values(**values).on_conflict_do_nothing()).rowcount > 0


def filed(c: Connection, desk: str, *, only: str | None = None) -> dict[str, AnyRow]:
    """What lies in a desk's inbox, by alert; ``only`` one alert."""
    t = s.desk_alerts.c
    query = select(s.desk_alerts).where(t.desk == desk)
    return {row.alert_id: row for row in c.execute(query if only is None else query.where(t.alert_id == only))}


def probability(c: Connection, alert: Alert) -> float | None:
    """The probability that an alert was raised with, before what verdicts had taught; None where none was kept."""
    k = s.candidates.c
    found: float | None = c.scalar(
        select(k.probability).where(k.series == str(alert.key), k.day == alert.opened)
    )  # fmt: skip
    return found


def change(
    c: Connection, alert_id: str, desk: str, *, day: date, at: datetime, by: str, values: dict[str, Any],
    action: str = "", detail: str = "",
) -> None:  # fmt: skip
    """Change how an alert stands at a desk, which it is filed at where it was not; an ``action`` goes to the audit."""
    row = {"state": "new", **values, "changed": at, "by": by}
    c.execute(
        upsert(s.desk_alerts).values(alert_id=alert_id, desk=desk, day=day, **row)
        .on_conflict_do_update(index_elements=["alert_id", "desk"], set_={**values, "changed": at, "by": by})
    )  # fmt: skip
    if not action:
        return
    told = f"{by} at {desk}" + (f": {detail}" if detail else "")
    c.execute(insert(s.audit).values(at=at, action=action, subject=alert_id, detail=told))


def wake(c: Connection, alert_id: str, desk: str, *, at: datetime) -> None:
    """End a snooze."""
    t = s.desk_alerts.c
    snoozed = update(s.desk_alerts).where(t.alert_id == alert_id, t.desk == desk, t.state == "snoozed")
    c.execute(snoozed.values(state="new", snoozed_until=None, changed=at))


def touched(c: Connection) -> set[str]:
    """Alerts that an officer has done something about; a scan does not take these back."""
    t = s.desk_alerts.c
    handled = select(t.alert_id).where(t.by.is_not(None))
    return set(c.scalars(handled)) | set(c.scalars(select(s.verdicts.c.alert_id)))


# --- verdicts


def judge(c: Connection, one: Judgement, alert: Alert) -> None:
    """Keep a verdict beside all earlier ones, with the probability that the alert was raised with."""
    c.execute(insert(s.verdicts).values(
        alert_id=one.alert_id, desk=one.desk, series=str(alert.key), opened=alert.opened, right=int(one.right),
        probability=probability(c, alert), label=int(alert.label), at=one.at, by=one.by, note=one.note,
    ))  # fmt: skip


def judgements(
    c: Connection, *, clearance: Label = Label.TOP_SECRET, desk: str | None = None, last: bool = True
) -> list[tuple[Judgement, float | None]]:
    """Verdicts in the order they were given, each with the alert's probability; of one desk, where one is named.

    With ``last`` only the last word of each desk on each alert.
    """
    t = s.verdicts.c
    query = select(s.verdicts).where(t.label <= int(clearance)).order_by(t.id)
    if desk is not None:
        query = query.where(t.desk == desk)
    if last:
        query = query.where(t.id.in_(select(func.max(t.id)).group_by(t.alert_id, t.desk)))
    return [
        (Judgement(alert_id=r.alert_id, desk=r.desk, right=bool(r.right), at=r.at, by=r.by, note=r.note), r.probability)
        for r in c.execute(query)
    ]


# --- when a desk's last digest was due


def digest_due(c: Connection, desk: str) -> datetime | None:
    """The hour up to which a desk's digests are dealt with; None where none ever was."""
    text = c.scalar(select(s.meta.c.value).where(s.meta.c.key == f"digest.{desk}"))
    return None if text is None else datetime.fromisoformat(text)


def digest_done(c: Connection, desk: str, due: datetime | None) -> None:
    """Note that a desk's digests are dealt with up to an hour; None forgets it."""
    key = f"digest.{desk}"
    c.execute(delete(s.meta).where(s.meta.c.key == key))
    if due is not None:
        c.execute(insert(s.meta).values(key=key, value=due.isoformat()))


def parts(ids: Iterable[str]) -> Iterable[Sequence[str]]:
    """Ids in lots that a query can name."""
    every = sorted(set(ids))
    return (every[i : i + PART] for i in range(0, len(every), PART))


__all__ = [
    "budget_held", "change", "desk_from", "desks", "digest_done", "digest_due", "drop_desk", "file", "filed",
    "hold_budget", "judge", "judgements", "parts", "probability", "save_desk", "touched", "wake",
]  # fmt: skip
