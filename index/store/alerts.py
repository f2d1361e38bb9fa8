"""Alerts, mutes, suppressions and watchlists in the store.

What an alert was when it was raised is kept as it was; its evidence is kept by reference, so that a document that is
deleted or relabelled is gone from every alert at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from domain.alert import Alert, Evidence, Mute, SeriesKey, Watchlist, parse_series
from domain.errors import NotFoundError
from domain.jsonable import health_from, plain, signal_from, watchlist_from
from domain.label import Label
from domain.time import end_of
from index.store import schema as s
from index.store.documents import passage_rows
from index.store.schema import AnyRow
from index.store.stories import stories_of


def save_alert(c: Connection, alert: Alert) -> None:
    """Store an alert as it stands; its evidence is added to what it has, never taken away."""
    body = {"title": alert.title, "observed": alert.observed, "expected": alert.expected, "peak": alert.peak,
            "signals": [plain(x) for x in alert.signals], "health": [plain(x) for x in alert.health],
            "explanation": plain(dict(alert.explanation))}  # fmt: skip
    values = {"last": alert.last, "state": alert.state, "score": alert.score, "label": int(alert.label), "body": body}
    c.execute(
        upsert(s.alerts).values(id=alert.id, series=str(alert.key), opened=alert.opened, **values)
        .on_conflict_do_update(index_elements=["id"], set_=values)
    )  # fmt: skip
    add_evidence(c, alert.id, alert.evidence)


def save_day(c: Connection, alert_id: str, *, day: date, observed: int, score: float) -> None:
    """Keep what an episode was on a day; the day's last word holds."""
    values = {"observed": observed, "score": score}
    c.execute(
        upsert(s.alert_days).values(alert_id=alert_id, day=day, **values)
        .on_conflict_do_update(index_elements=["alert_id", "day"], set_=values)
    )  # fmt: skip


def add_evidence(c: Connection, alert_id: str, evidence: Sequence[Evidence]) -> None:
    """Add documents behind an alert, after those it has."""
    t = s.alert_documents.c
    held = set(c.scalars(select(t.document_id).where(t.alert_id == alert_id)))
    rows = [{"alert_id": alert_id, "document_id": e.document_id, "passage_id": e.passage_id, "rank": len(held) + i}
            for i, e in enumerate(x for x in evidence if x.document_id not in held)]  # fmt: skip
    if rows:
        c.execute(upsert(s.alert_documents).on_conflict_do_nothing(), rows)


def _evidence(
    c: Connection, ids: Sequence[str], *, clearance: Label, as_of: datetime | None
) -> dict[str, list[Evidence]]:
    """Evidence by alert: of passages known by then, of documents whose version in force then may be seen."""
    t, v = s.alert_documents.c, s.versions.c
    rows = c.execute(
        select(t.alert_id, t.passage_id).where(t.alert_id.in_(list(ids))).order_by(t.alert_id, t.rank)
    ).all()  # fmt: skip
    shown = passage_rows(c, [r.passage_id for r in rows])
    known: set[int] = set()
    closed: set[str] = set()
    documents = sorted({r.document_id for r in shown.values()})
    query = select(v.id, v.document_id, v.known, v.superseded, v.label)
    for start in range(0, len(documents), 5000):
        for one in c.execute(query.where(v.document_id.in_(documents[start : start + 5000]))):
            if as_of is not None and one.known >= as_of:
                continue
            known.add(one.id)
            in_force = one.superseded is None or (as_of is not None and one.superseded >= as_of)
            if in_force and one.label > clearance:
                closed.add(one.document_id)
    found: dict[str, list[Evidence]] = {one: [] for one in ids}
    told = stories_of(c, sorted({p.version_id for p in shown.values()}), clearance=int(clearance), as_of=as_of)
    for row in rows:
        p = shown.get(row.passage_id)
        if p is None or p.label > clearance or p.version_id not in known or p.document_id in closed:
            continue
        found[row.alert_id].append(Evidence(
            document_id=p.document_id, passage_id=p.id, title=p.title, source=p.source, lang=p.lang,
            published=p.published, text=p.text, label=Label(p.label), story_id=told.get(p.version_id),
        ))  # fmt: skip
    return found


def load_alerts(
    c: Connection, *, clearance: Label = Label.TOP_SECRET, as_of: date | None = None, state: str | None = None,
    ids: Sequence[str] | None = None, since: date | None = None,
) -> list[Alert]:  # fmt: skip
    """Alerts that a reader may see, newest first, with the evidence that reader may see.

    With ``as_of``, those opened by the end of that day, with the evidence known by then.
    """
    a = s.alerts.c
    query = select(s.alerts).where(a.label <= int(clearance)).order_by(a.opened.desc(), a.score.desc(), a.id)
    if as_of is not None:
        query = query.where(a.opened <= as_of)
    if since is not None:
        query = query.where(a.last >= since)
    if state is not None:
        query = query.where(a.state == state)
    if ids is not None:
        query = query.where(a.id.in_(list(ids)))
    rows = c.execute(query).all()
    until = None if as_of is None else end_of(as_of)
    evidence = _evidence(c, [r.id for r in rows], clearance=clearance, as_of=until)
    found = [_alert(row, tuple(evidence[row.id])) for row in rows]
    return found if as_of is None else _as_they_stood(c, found, as_of)


def _as_they_stood(c: Connection, found: list[Alert], as_of: date) -> list[Alert]:
    """The alerts with last day, peak and score as of the end of a day; acknowledged later is not acknowledged yet."""
    d = s.alert_days.c
    query = select(d.alert_id, func.max(d.day), func.max(d.observed), func.max(d.score)).group_by(d.alert_id)
    then = {row[0]: row for row in c.execute(query.where(d.day <= as_of))}
    out = []
    for alert in found:
        _, last, peak, score = then.get(alert.id, (alert.id, alert.opened, alert.observed, alert.score))
        alert = replace(_before_escalating(alert, as_of), last=last, peak=peak, score=score)
        if alert.acknowledged is not None and alert.acknowledged >= end_of(as_of):
            alert = replace(alert, acknowledged=None, acknowledged_by=None, note=None)
        out.append(alert)
    return out


def _before_escalating(alert: Alert, as_of: date) -> Alert:
    """The alert with the severity that it had at the end of a day."""
    steps = list(alert.explanation.get("escalations", ()))
    then = [step for step in steps if date.fromisoformat(step["day"]) <= as_of]
    if len(then) == len(steps):
        return alert
    told = {**alert.explanation, "escalations": then, "severity": steps[len(then)]["from"]}
    if not then:
        del told["escalations"]
    return replace(alert, explanation=told)


def _alert(row: AnyRow, evidence: tuple[Evidence, ...]) -> Alert:
    body: dict[str, Any] = row.body
    return Alert(
        id=row.id, key=parse_series(row.series), title=body["title"], opened=row.opened, last=row.last, state=row.state,
        score=row.score, observed=body["observed"], expected=body["expected"], peak=body["peak"],
        signals=tuple(signal_from(x) for x in body["signals"]), evidence=evidence,
        health=tuple(health_from(x) for x in body["health"]), label=Label(row.label), acknowledged=row.acknowledged,
        acknowledged_by=row.acknowledged_by, note=row.note, explanation=body.get("explanation") or {},
    )  # fmt: skip


def acknowledge(c: Connection, alert_id: str, *, at: datetime, by: str, note: str | None = None) -> None:
    """Note that somebody has taken an alert in.

    Raises:
        NotFoundError: there is no such alert.
    """
    done = c.execute(
        update(s.alerts).where(s.alerts.c.id == alert_id).values(acknowledged=at, acknowledged_by=by, note=note)
    )
    if not done.rowcount:
        raise NotFoundError("no such alert", item=alert_id, stage="alerts")
    c.execute(insert(s.audit).values(at=at, action="acknowledge", subject=alert_id, detail=by))


def mute(c: Connection, one: Mute, *, at: datetime) -> None:
    """Mute a series, or change the mute that it has."""
    values = {"until": one.until, "reason": one.reason, "at": at}
    c.execute(
        upsert(s.mutes)
        .values(series=str(one.key), **values)
        .on_conflict_do_update(index_elements=["series"], set_=values)
    )
    c.execute(insert(s.audit).values(at=at, action="mute", subject=str(one.key), detail=one.reason))


def unmute(c: Connection, series: str, *, at: datetime) -> bool:
    """Lift a mute; whether there was one."""
    done = c.execute(delete(s.mutes).where(s.mutes.c.series == series)).rowcount > 0
    if done:
        c.execute(insert(s.audit).values(at=at, action="unmute", subject=series, detail=""))
    return done


def mutes(c: Connection, *, made_before: datetime | None = None) -> list[Mute]:
    """The mutes, or those made before an instant."""
    query = select(s.mutes).order_by(s.mutes.c.series)
    if made_before is not None:
        query = query.where(s.mutes.c.at < made_before)
    return [Mute(key=parse_series(r.series), until=r.until, reason=r.reason) for r in c.execute(query)]


def suppress(c: Connection, series: str, *, day: date, reason: str) -> None:
    """Keep why something that fired was not raised."""
    c.execute(
        upsert(s.suppressions).values(series=series, day=day, reason=reason)
        .on_conflict_do_update(index_elements=["series", "day"], set_={"reason": reason})
    )  # fmt: skip


def suppressed(
    c: Connection, *, since: date | None = None, as_of: date | None = None, clearance: Label = Label.TOP_SECRET,
    limit: int = 200,
) -> list[AnyRow]:  # fmt: skip
    """What fired and was not raised, newest first, with the reason; nothing that was fired from above the clearance.

    Which papers and events are behind it is not kept, so that one above it in the series within a fortnight hides it.
    """
    t, v, k = s.suppressions.c, s.versions.c, s.version_series.c
    query = select(s.suppressions).order_by(t.day.desc(), t.series).limit(limit)
    if since is not None:
        query = query.where(t.day >= since)
    if as_of is not None:
        query = query.where(t.day <= as_of)
    if clearance < Label.TOP_SECRET:
        above = select(k.series, v.at).join(s.versions, v.id == k.version_id).where(v.label > int(clearance))
        days: dict[str, list[date]] = defaultdict(list)
        for series, at in c.execute(above):
            days[series].append(at.date())
        e = s.events.c
        coded = select(e.source_country, e.target_country, e.day, e.known).where(e.label > int(clearance)).distinct()
        for one, other, day, known in c.execute(coded):
            if one and other:
                days[str(SeriesKey("dyad", tuple(sorted((one, other)))))].append(max(day, known.date()))
        found = c.execute(query.limit(None))
        shown = (row for row in found if not any(0 <= (row.day - day).days < 14 for day in days[row.series]))
        return list(islice(shown, limit))
    return list(c.execute(query))


def save_watchlist(c: Connection, one: Watchlist) -> None:
    """Store a watchlist; a changed one forgets its matches, which the next scan makes anew."""
    old = c.execute(select(s.watchlists).where(s.watchlists.c.name == one.name)).first()
    body = plain(one)
    if old is not None and old.definition == body:
        return
    revision = 1 if old is None else old.revision + 1
    values = {"definition": body, "revision": revision}
    c.execute(
        upsert(s.watchlists).values(name=one.name, **values).on_conflict_do_update(index_elements=["name"], set_=values)
    )
    c.execute(delete(s.watchlist_matches).where(s.watchlist_matches.c.name == one.name))
    c.execute(delete(s.version_series).where(s.version_series.c.series == f"watchlist:{one.name}"))


def drop_watchlist(c: Connection, name: str) -> None:
    """Delete a watchlist; the alerts it raised stay.

    Raises:
        NotFoundError: there is none of this name.
    """
    if not c.execute(delete(s.watchlists).where(s.watchlists.c.name == name)).rowcount:
        raise NotFoundError("no such watchlist", item=name, stage="alerts")
    c.execute(delete(s.version_series).where(s.version_series.c.series == f"watchlist:{name}"))


def watchlists(c: Connection) -> list[Watchlist]:
    """All watchlists by name."""
    rows = c.execute(select(s.watchlists).order_by(s.watchlists.c.name)).all()
    return [watchlist_from(r.definition) for r in rows]


def save_match(c: Connection, name: str, *, version: int, passage: int, why: str) -> None:
    """Keep that a version matches a watchlist, by which passage and why."""
    c.execute(
        upsert(s.watchlist_matches).values(name=name, version_id=version, passage_id=passage, why=why)
        .on_conflict_do_update(index_elements=["name", "version_id"], set_={"passage_id": passage, "why": why})
    )  # fmt: skip
    c.execute(upsert(s.version_series).values(version_id=version, series=f"watchlist:{name}").on_conflict_do_nothing())


def matches(c: Connection, name: str, versions: Sequence[int]) -> dict[int, tuple[int, str]]:
    """For each of the versions that matches the watchlist: the passage and why."""
    t = s.watchlist_matches.c
    query = select(t.version_id, t.passage_id, t.why).where(t.name == name, t.version_id.in_(list(versions)))
    return {r.version_id: (r.passage_id, r.why) for r in c.execute(query)}
