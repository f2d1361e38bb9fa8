"""Forecasts as they were made, and what came of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from domain.alert import SeriesKey, parse_series
from domain.forecast import HORIZONS, JUDGED_AFTER, WHATS, Estimate
from domain.label import Label
from index.store import schema as s
from index.store.schema import AnyRow


def save(c: Connection, estimates: Iterable[Estimate], *, label: Label, replace: bool = False) -> None:
    """Store forecasts.

    What a day's forecast was stays as it was. Only with ``replace`` (the day is not over) one that has not been scored
    gives way to a newer one of the same day.
    """
    rows = [{
        "series": str(e.series), "made": e.made, "horizon": e.horizon, "what": e.what, "method": e.method,
        "body": _body(e), "label": int(label),
    } for e in estimates]  # fmt: skip
    if not rows:
        return
    query = upsert(s.forecasts)
    one = ["series", "made", "horizon", "what", "method"]
    if replace:
        query = query.on_conflict_do_update(
            index_elements=one, set_={"body": query.excluded.body, "label": query.excluded.label},
            where=s.forecasts.c.scored.is_(None),
        )  # fmt: skip
    else:
        query = query.on_conflict_do_nothing(index_elements=one)
    c.execute(query, rows)


def due(c: Connection, day: date, *, clearance: Label = Label.TOP_SECRET) -> list[AnyRow]:
    """Forecasts that have no score yet and whose last deciding day is over at the end of ``day``, oldest first."""
    f = s.forecasts.c
    query = select(s.forecasts).where(f.scored.is_(None), f.label <= int(clearance), or_(*_over(day)))
    return list(c.execute(query.order_by(f.made, f.id)))


def _over(day: date) -> list[ColumnElement[bool]]:
    """Whose last deciding day is over at the end of a day."""
    f = s.forecasts.c
    waits = {(h, what): h + (JUDGED_AFTER if what == "onset" else 0) for h in HORIZONS for what in WHATS}
    return [and_(f.horizon == h, f.what == what, f.made <= day - timedelta(days=wait))
            for (h, what), wait in waits.items()]  # fmt: skip


def put_scores(c: Connection, rows: Iterable[Mapping[str, Any]], *, at: datetime) -> None:
    """Keep what came of forecasts: rows of ``id``, ``outcome``, ``scores`` and ``label``.

    Without an outcome a forecast can never be scored, and its ``scores`` say why. One that has been scored stays so.
    """
    held = [{"row": r["id"], "outcome": r["outcome"], "scores": dict(r["scores"]), "label": r["label"], "scored": at}
            for r in rows]  # fmt: skip
    if held:
        t = s.forecasts
        c.execute(update(t).where(t.c.id == bindparam("row"), t.c.scored.is_(None)), held)


def scored(c: Connection, *, kind: str, as_of: date, clearance: Label = Label.TOP_SECRET) -> list[AnyRow]:
    """Series, made, horizon, what, method, outcome and scores of what came by the end of ``as_of`` for a kind."""
    f = s.forecasts.c
    query = select(f.series, f.made, f.horizon, f.what, f.method, f.outcome, f.scores).where(
        f.outcome.is_not(None), f.label <= int(clearance), f.series.startswith(f"{kind}:"), or_(*_over(as_of))
    )
    return list(c.execute(query))


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
