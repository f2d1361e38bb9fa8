"""What the early-warning views read, kept under a ``Scope`` like all else that views read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from statistics import fmean, pstdev
from typing import Any

import streamlit as st
from sqlalchemy import select

from alerts.detectors.counts import CountTest
from alerts.series import build, country, dyad
from domain.alert import Alert, SeriesKey, parse_series
from domain.indicator import Scenario
from domain.label import Label
from domain.story import Story
from domain.time import days_in, start_of
from index.store import alerts as alert_store
from index.store import events as event_store
from index.store import papers, tension
from index.store import schema as s
from index.store.schema import AnyRow
from index.store.tension import EventDay
from interfaces.dashboard import data
from interfaces.dashboard.data import Scope, SeriesDay, alerts, opened
from service import indicators, stories
from service.indicators import Board

MOST_PAPERS = 300
"""The newest documents that the stories of a country or a pair are looked for among."""
RECENT = 30
_HISTORY = 70
_LEAST = 14


def _since(scope: Scope, days: int) -> date:
    return scope.day - timedelta(days=days - 1)


@st.cache_data(show_spinner=False, max_entries=256)
def event_days(scope: Scope, key: str, *, days: int) -> list[EventDay]:
    """The coded events of a country or a pair by day, up to the reference day; days without any exposure are left
    out."""
    with opened(scope.home).read() as c:
        return tension.event_days(
            c, parse_series(key), since=_since(scope, days), as_of=scope.day, clearance=Label(scope.clearance)
        )


@st.cache_data(show_spinner=False, max_entries=128)
def events_of(scope: Scope, key: str, *, days: int, limit: int) -> list[AnyRow]:
    """The newest events of a country or a pair."""
    with opened(scope.home).read() as c:
        return tension.events_of(
            c, parse_series(key), since=_since(scope, days), as_of=scope.day, clearance=Label(scope.clearance),
            limit=limit,
        )  # fmt: skip


@st.cache_data(show_spinner=False, max_entries=128)
def codes_by_day(scope: Scope, key: str, *, days: int) -> list[tuple[date, str, int, float | None]]:
    """(day, CAMEO code, events, mean Goldstein value) of a country or a pair."""
    with opened(scope.home).read() as c:
        return tension.codes_by_day(
            c, parse_series(key), since=_since(scope, days), as_of=scope.day, clearance=Label(scope.clearance)
        )


@st.cache_data(show_spinner=False, max_entries=64)
def busiest_countries(scope: Scope) -> list[tuple[str, int, int]]:
    """(country, hostile, cooperative) events of the last 30 days, most hostile first."""
    with opened(scope.home).read() as c:
        return tension.busiest_countries(
            c, since=_since(scope, RECENT), as_of=scope.day, clearance=Label(scope.clearance)
        )


@st.cache_data(show_spinner=False, max_entries=128)
def busiest_pairs(scope: Scope, country: str | None = None) -> list[tuple[str, str, int, int]]:
    """(country, country, hostile, cooperative) events of the last 30 days, most hostile first."""
    with opened(scope.home).read() as c:
        return tension.busiest_pairs(
            c, since=_since(scope, RECENT), as_of=scope.day, clearance=Label(scope.clearance), country=country
        )


@dataclass(frozen=True, slots=True)
class Watched:
    """A series with its baseline by day, and the days of which nothing was read."""

    days: list[SeriesDay]
    blind: list[date]


@st.cache_data(show_spinner=False, max_entries=128)
def watched(scope: Scope, key: str, *, days: int = 120) -> Watched:
    """A series of documents or events up to the reference day, with what the weeks before make likely of each day.

    Counts are judged by the count test; an intensity by the mean and two standard deviations of eight weeks before,
    the last one left out.

    Raises:
        ValueError: the key names no series.
    """
    series = parse_series(key)
    if series.measure == "documents":
        found = data.series(scope, key, days=days)
        read = data.read_days(scope, days=days)
        return Watched(found, [d.day for d in found if d.day not in read])
    since, first = _since(scope, days + _HISTORY), _since(scope, days)
    told = event_days(scope, str(series.bare), days=days + _HISTORY)
    if not told:
        return Watched([], [])
    by = {d.day: d for d in told}
    since = max(since, told[0].day)
    span = days_in(max(first, since), scope.day + timedelta(days=1))
    blind = [day for day in span if day not in by]
    if series.measure == "intensity":
        values = {d.day: d.goldstein for d in told}
        return Watched([_by_mean(values, day) for day in span], blind)
    counts = {d.day: d.hostile if series.measure == "hostile" else d.cooperative for d in told}
    made = build(series, counts, {d.day: d.read for d in told}, first=since, last=scope.day + timedelta(days=1))
    test = CountTest(alpha=opened(scope.home).settings.alerts.alpha)
    judged = {signal.day: signal for signal in test.judge(made, first=0, last=len(made.counts))}
    found = []
    for day in span:
        signal = judged.get(day)
        upper = None if signal is None else signal.expected + 2 * signal.spread
        found.append(SeriesDay(day, counts.get(day, 0), None if signal is None else signal.expected, upper))
    return Watched(found, blind)


def _by_mean(values: Mapping[date, float], day: date) -> SeriesDay:
    past = [values[d] for i in range(8, 64) if (d := day - timedelta(days=i)) in values]
    if len(past) < _LEAST:
        return SeriesDay(day, round(values.get(day, 0.0), 2), None, None)
    mean = fmean(past)
    return SeriesDay(day, round(values.get(day, 0.0), 2), mean, mean + 2 * pstdev(past))


@st.cache_data(show_spinner=False, max_entries=128)
def explanation(scope: Scope, alert_id: str) -> dict[str, Any]:
    """What was kept with an alert of why it was raised; empty where nothing was, or this reader may not see it."""
    a = s.alerts.c
    query = select(a.body).where(a.id == alert_id, a.label <= scope.clearance, a.opened <= scope.day)
    with opened(scope.home).read() as c:
        body = c.scalar(query)
    found = body.get("explanation") if isinstance(body, dict) else None
    if not isinstance(found, dict):
        return {}
    told = dict(found)
    if isinstance(later := told.get("escalations"), list):
        # How grave it became is not known before it did.
        day = scope.day.isoformat()
        told["escalations"] = [x for x in later if isinstance(x, dict) and str(x.get("day", "9")) <= day]
    return told


@st.cache_data(show_spinner=False, max_entries=64)
def stories_of(scope: Scope, key: str, *, days: int) -> list[Story]:
    """The stories that the documents of a series tell, the newest first.

    Raises:
        ModelError: the encoder cannot be used.
    """
    home = opened(scope.home)
    seen = replace(scope.filters(), since=start_of(_since(scope, days)))
    with home.read() as c:
        until = scope.day + timedelta(days=1)
        rows = event_store.documents_of(c, key, since=_since(scope, days), until=until, filters=seen)
        newest = [row.document_id for row in sorted(rows, key=lambda r: r.at)[-MOST_PAPERS:]]
        if not newest:
            return []
        encoder = home.encoder
        found = papers.held(c, seen, encoder=encoder.id, dimension=encoder.dimension, documents=newest)
    return sorted(stories.grouped(home, found), key=lambda one: (one.last, len(one.document_ids)), reverse=True)


def alerts_of(scope: Scope, key: SeriesKey) -> list[Alert]:
    """The alerts raised by the day about a pair, or about a country and any pair with it."""
    found = alerts(scope)
    if key.kind == "country":
        return [a for a in found if key.subject[0] in a.key.subject and a.key.kind in ("country", "dyad", "directed")]
    return [a for a in found if a.key.kind in ("dyad", "directed") and sorted(a.key.subject) == sorted(key.subject)]


@st.cache_data(show_spinner=False, max_entries=64)
def scenarios(scope: Scope) -> list[tuple[Scenario, int]]:
    """All scenarios by name, with their revisions."""
    return indicators.listed(opened(scope.home))


@st.cache_data(show_spinner=False, max_entries=64)
def watchlists(scope: Scope) -> list[str]:
    """The names of the watchlists."""
    with opened(scope.home).read() as c:
        return [one.name for one in alert_store.watchlists(c)]


@st.cache_data(show_spinner=False, max_entries=64)
def board(scope: Scope, scenario: Scenario, *, days: int) -> Board:
    """A scenario's board, each day as known at its end.

    Raises:
        InputError: the scenario cannot be read: a watchlist that it follows is gone ...
    """
    return indicators.draw(
        opened(scope.home), scenario, as_of=scope.day, days=days, clearance=Label(scope.clearance)
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Backtested:
    """A stored backtest."""

    id: int
    name: str
    at: datetime
    body: dict[str, Any]


@st.cache_data(show_spinner=False, max_entries=16)
def backtests(scope: Scope) -> list[Backtested]:
    """The stored backtests, the newest first; they are about the engine, whatever the day."""
    b = s.backtests.c
    with opened(scope.home).read() as c:
        rows = c.execute(select(b.id, b.name, b.at, b.body).order_by(b.at.desc(), b.id.desc()))
        return [Backtested(r.id, r.name, r.at, r.body if isinstance(r.body, dict) else {}) for r in rows]


def key_of(code: str, other: str = "") -> SeriesKey:
    """The series of a country, or of a pair.

    Raises:
        ValueError: the codes are no country's, or the same.
    """
    return dyad(code, other) if other else country(code)
