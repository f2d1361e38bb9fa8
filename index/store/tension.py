"""Coded events of a country or a pair by day and side, as of a day: for pages that show how relations run."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Select, case, cast, func, select, union_all

from domain.alert import SeriesKey
from domain.document import Filters
from domain.label import Label
from domain.time import end_of, start_of
from index.filters import visible
from index.store import schema as s
from index.store.ledgers import DONE, about, ordinal
from index.store.schema import AnyRow

FIRST_HOSTILE = 9
"""CAMEO roots from here on are conflict (quad classes 3 and 4), those below cooperation (1 and 2)."""


@dataclass(frozen=True, slots=True)
class EventDay:
    """One day of a country or a pair.

    Attributes:
        hostile, cooperative: events told as done. goldstein: the sum of their Goldstein values, over ``valued`` events.
        read: the exposure: events of all countries told of that day, and documents of that day that were coded.
    """

    day: date
    hostile: int
    cooperative: int
    goldstein: float
    valued: int
    read: int


def _stood(as_of: date, since: date, clearance: Label) -> list[ColumnElement[bool]]:
    """Events that happened from ``since`` to ``as_of``, and were known and not yet replaced by its end."""
    e = s.events.c
    end = end_of(as_of)
    return [e.label <= int(clearance), e.modality == DONE, e.day >= since, e.day <= as_of, e.known < end,
            e.superseded.is_(None) | (e.superseded >= end)]  # fmt: skip


def _hostile() -> ColumnElement[int]:
    root = cast(func.substr(s.events.c.cameo, 1, 2), Integer)
    return case((root >= FIRST_HOSTILE, 1), else_=0)


def event_days(
    c: Connection, key: SeriesKey, *, since: date, as_of: date, clearance: Label = Label.TOP_SECRET
) -> list[EventDay]:
    """The days from ``since`` to ``as_of`` of which anything was read, in order.

    Raises:
        ValueError: the key is neither a country nor a pair.
    """
    e = s.events.c
    stood = _stood(as_of, since, clearance)
    every = Counter({day: int(n) for day, n in c.execute(select(e.day, func.count()).where(*stood).group_by(e.day))})
    every.update(_coded(c, since=since, as_of=as_of, clearance=clearance))
    side = _hostile()
    query = (
        select(e.day, side, func.count(), func.coalesce(func.sum(e.goldstein), 0.0), func.count(e.goldstein))
        .where(about(c, key), *stood).group_by(e.day, side)
    )  # fmt: skip
    found: dict[date, list[float]] = defaultdict(lambda: [0, 0, 0.0, 0])
    for day, hostile, n, goldstein, valued in c.execute(query):
        found[day][0 if hostile else 1] += n
        found[day][2] += goldstein
        found[day][3] += valued
    return [
        EventDay(day, int(found[day][0]), int(found[day][1]), float(found[day][2]), int(found[day][3]), n)
        for day, n in sorted(every.items())
    ]


def _coded(c: Connection, *, since: date, as_of: date, clearance: Label) -> dict[date, int]:
    """Documents a day that were read for events, whether they told of any."""
    v = s.versions.c
    day = ordinal(v.at)
    seen = Filters(since=start_of(since), until=end_of(as_of), as_of=end_of(as_of), clearance=clearance)
    query = select(day, func.count()).where(v.id.in_(select(s.codings.c.version_id)), *visible(seen)).group_by(day)
    return {date.fromordinal(n): int(k) for n, k in c.execute(query)}


def events_of(
    c: Connection, key: SeriesKey, *, since: date, as_of: date, clearance: Label = Label.TOP_SECRET,
    limit: int | None = None,
) -> list[AnyRow]:  # fmt: skip
    """The events of a country or a pair, newest first, of one day the strongest first."""
    e = s.events.c
    columns = (e.id, e.day, e.known, e.source_actor, e.target_actor, e.source_country, e.target_country, e.cameo,
               e.goldstein, e.origin, e.document_id, e.url, e.mentions, e.label, e.confidence)  # fmt: skip
    query = select(*columns).where(about(c, key), *_stood(as_of, since, clearance))
    query = query.order_by(e.day.desc(), func.abs(func.coalesce(e.goldstein, 0)).desc(), e.id)
    return list(c.execute(query if limit is None else query.limit(limit)))


def codes_by_day(
    c: Connection, key: SeriesKey, *, since: date, as_of: date, clearance: Label = Label.TOP_SECRET
) -> list[tuple[date, str, int, float | None]]:
    """(day, CAMEO code, events, their mean Goldstein value) of a country or a pair."""
    e = s.events.c
    query = (
        select(e.day, e.cameo, func.count(), func.avg(e.goldstein))
        .where(about(c, key), *_stood(as_of, since, clearance)).group_by(e.day, e.cameo).order_by(e.day, e.cameo)
    )  # fmt: skip
    return [(day, code, int(n), mean) for day, code, n, mean in c.execute(query)]


def busiest_countries(
    c: Connection, *, since: date, as_of: date, clearance: Label = Label.TOP_SECRET
) -> list[tuple[str, int, int]]:
    """(country, hostile events, cooperative events), those with most hostile ones first."""
    e = s.events.c
    stood = _stood(as_of, since, clearance)
    side = _hostile().label("side")

    def half(column: ColumnElement[Any], *more: ColumnElement[bool]) -> Select[Any]:
        return select(column.label("country"), side).where(column.is_not(None), *more, *stood)

    # An event within one country counts for it once.
    told = union_all(
        half(e.source_country),
        half(e.target_country, e.source_country.is_(None) | (e.source_country != e.target_country)),
    ).subquery()
    hostile = func.sum(told.c.side)
    query = select(told.c.country, hostile, func.count()).group_by(told.c.country)
    return [(code, int(h), int(n) - int(h)) for code, h, n in c.execute(query.order_by(hostile.desc(), told.c.country))]


def busiest_pairs(
    c: Connection, *, since: date, as_of: date, clearance: Label = Label.TOP_SECRET, country: str | None = None
) -> list[tuple[str, str, int, int]]:
    """(country, country, hostile events, cooperative events) of pairs of two countries, most hostile first."""
    e = s.events.c
    low, high = func.min(e.source_country, e.target_country), func.max(e.source_country, e.target_country)
    hostile = func.sum(_hostile())
    query = (
        select(low, high, hostile, func.count())
        .where(e.source_country != e.target_country, *_stood(as_of, since, clearance)).group_by(low, high)
        .order_by(hostile.desc(), func.count().desc(), low, high)
    )  # fmt: skip
    if country is not None:
        query = query.where((e.source_country == country) | (e.target_country == country))
    return [(a, b, int(h), int(n) - int(h)) for a, b, h, n in c.execute(query)]
