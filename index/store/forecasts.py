"""Forecasts as they were made, and what came of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from domain.alert import SeriesKey, parse_series
from domain.forecast import HORIZONS, JUDGED_AFTER, WHATS, Estimate
from domain.label import Label
from index.store import schema as s
from index.store.schema import AnyRow


def save(c: Connection, estimates: Iterable[Estimate], *, label: Label, replace: bool = False) -> int:
    """Store forecasts; gives how many are new or newer.

    What a day's forecast was stays as it was. Only with ``replace`` (the day is not over) one that has not been scored
    gives way to a newer one of the same day.
    """
    rows = [{
        "series": str(e.series), "made": e.made, "horizon": e.horizon, "what": e.what, "method": e.method,
        "body": _body(e), "label": int(label),
    } for e in estimates]  # fmt: skip
    if not rows:
        return 0
    query = upsert(s.forecasts)
    one = ["series", "made", "horizon", "what", "method"]
    if replace:
        query = query.on_conflict_do_update(
            index_elements=one, set_={"body": query.excluded.body, "label": query.excluded.label},
            where=s.forecasts.c.scored.is_(None),
        )  # fmt: skip
    else:
        query = query.on_conflict_do_nothing(index_elements=one)
    return sum(c.execute(query.values(row)).rowcount for row in rows)


def due(c: Connection, day: date, *, clearance: Label = Label.TOP_SECRET) -> list[AnyRow]:
    """Forecasts that have no score yet and whose last deciding day is over at the end of ``day``, oldest first."""
    f = s.forecasts.c
    over: list[ColumnElement[bool]] = []
    for horizon in HORIZONS:
        for what in WHATS:
            wait = horizon + (JUDGED_AFTER if what == "onset" else 0)
            over.append(and_(f.horizon == horizon, f.what == what, f.made <= day - timedelta(days=wait)))
    query = select(s.forecasts).where(f.scored.is_(None), f.label <= int(clearance), or_(*over))
    return list(c.execute(query.order_by(f.made, f.id)))


def put_score(
    c: Connection, forecast: int, *, outcome: float | None, scores: Mapping[str, Any], at: datetime, label: Label
) -> None:
    """Keep what came of a forecast; without an outcome it can never be scored, and ``scores`` says why.

    Its label is raised to that of what the outcome was counted from.
    """
    held = c.scalar(select(s.forecasts.c.label).where(s.forecasts.c.id == forecast))
    c.execute(update(s.forecasts).where(s.forecasts.c.id == forecast).values(
        outcome=outcome, scores=dict(scores), scored=at, label=max(int(label), int(held or 0))))  # fmt: skip


def scored(c: Connection, *, kind: str, clearance: Label = Label.TOP_SECRET, since: date | None = None) -> list[AnyRow]:
    """Series, made, horizon, what, method and scores of what was scored for series of a kind."""
    f = s.forecasts.c
    query = select(f.series, f.made, f.horizon, f.what, f.method, f.scores).where(
        f.outcome.is_not(None), f.label <= int(clearance), f.series.startswith(f"{kind}:")
    )
    return list(c.execute(query if since is None else query.where(f.made >= since)))


def of_series(
    c: Connection, key: SeriesKey, *, clearance: Label = Label.TOP_SECRET, as_of: date | None = None, limit: int = 1000
) -> list[tuple[Estimate, float | None, Mapping[str, Any] | None]]:
    """The forecasts made of a series with their outcome and scores, newest first."""
    f = s.forecasts.c
    query = select(s.forecasts).where(f.series == str(key), f.label <= int(clearance))
    if as_of is not None:
        query = query.where(f.made <= as_of)
    rows = c.execute(query.order_by(f.made.desc(), f.horizon, f.id).limit(limit))
    return [(estimate_of(row), row.outcome, row.scores) for row in rows]


def estimate_of(row: AnyRow) -> Estimate:
    """The forecast that a row holds."""
    body = dict(row.body)
    intervals = {float(level): (int(low), int(high)) for level, (low, high) in body.pop("intervals", {}).items()}
    return Estimate(series=parse_series(row.series), made=row.made, horizon=row.horizon, what=row.what,
                    method=row.method, intervals=intervals, **body)  # fmt: skip


def _body(e: Estimate) -> dict[str, Any]:
    if e.probability is not None:
        return {"probability": round(e.probability, 6)}
    return {"mean": round(e.mean or 0.0, 4), "dispersion": round(e.dispersion or 0.0, 5),
            "intervals": {str(level): list(ends) for level, ends in e.intervals.items()}}  # fmt: skip
