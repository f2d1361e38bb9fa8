"""Scenarios joined to the store: kept, and their boards read as of a day."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from alerts.indicators import PAST, BoardDay, Reading, board, level, readings
from domain.alert import SeriesKey
from domain.document import Filters
from domain.errors import InputError
from domain.indicator import LONGEST_WINDOW, MOST_INDICATORS, MOST_WEIGHT, SCALES, Indicator, Scenario
from domain.label import Label
from domain.plover import TYPES
from domain.source import SourceHealth
from domain.time import end_of, now
from index.filters import visible
from index.store import alerts as alert_store
from index.store import ledgers
from index.store import scenarios as store
from index.store import schema as s
from index.store.health import health
from index.store.identities import members
from index.store.ledgers import Change
from service.names import country_names
from service.wiring import Home

SOURCE_DAYS = 90
"""A source is behind a series when it brought a document of it within so many days."""
MOST_DAYS = 730
_SHORT, _LONG = 80, 300


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """An indicator as it stands on the board's day.

    Attributes:
        readings: by day, oldest first. level: 0 to 100 on the last day, None for a gap.
        sources: those behind the series; for coded events the tables and coders they come from, without a health.
        newest: the newest day of which anything was read at all.
    """

    indicator: Indicator
    readings: tuple[Reading, ...]
    level: float | None
    sources: tuple[SourceHealth, ...]
    origins: tuple[str, ...]
    newest: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A scenario with its level by day."""

    scenario: Scenario
    revision: int
    days: tuple[BoardDay, ...]
    states: tuple[State, ...]


def add(home: Home, one: Scenario, *, revision: int | None = None) -> int:
    """Store a scenario or change the one of this name; gives its revision (see ``store.save``).

    Raises:
        InputError: the scenario means nothing, follows what cannot be counted, or was changed by somebody since.
    """
    with home.write() as c:
        check(c, one)
        return store.save(c, one, at=now(), revision=revision)


def remove(home: Home, name: str) -> None:
    """Delete a scenario.

    Raises:
        NotFoundError: there is none of this name.
    """
    with home.write() as c:
        store.drop(c, name, at=now())


def listed(home: Home) -> list[tuple[Scenario, int]]:
    """All scenarios by name, with their revisions."""
    with home.read() as c:
        return store.listed(c)


def check(c: Connection, one: Scenario) -> None:
    """Whether a scenario can be read.

    Raises:
        InputError: it cannot; the reason says what is wrong with which of its indicators.
    """

    def refuse(reason: str, item: str = one.name) -> InputError:
        return InputError(reason, item=item, stage="scenarios")

    if not one.name.strip() or len(one.name) > _SHORT or len(one.title) > _LONG:
        raise refuse(f"a scenario needs a name of at most {_SHORT} and a title of at most {_LONG} characters")
    if not 1 <= len(one.indicators) <= MOST_INDICATORS:
        raise refuse(f"a scenario needs 1 to {MOST_INDICATORS} indicators, not {len(one.indicators)}")
    if one.scale not in SCALES:
        raise refuse(f"unknown scale {one.scale!r}; known: {', '.join(SCALES)}")
    if not 1 <= one.window <= LONGEST_WINDOW:
        raise refuse(f"a window of {one.window} days is not between 1 and {LONGEST_WINDOW}")
    watchlists = {w.name for w in alert_store.watchlists(c)}
    told: set[SeriesKey] = set()
    for each in one.indicators:
        key, weight = each.series, each.weight
        if not math.isfinite(weight) or not 0 < abs(weight) <= MOST_WEIGHT:
            raise refuse(
                f"a weight of {weight} is not between -{MOST_WEIGHT:.0f} and {MOST_WEIGHT:.0f}, or 0", str(key)
            )
        if key in told:
            raise refuse("it stands twice among the indicators", str(key))
        told.add(key)
        if key.kind in ("country", "dyad", "directed"):
            for code in key.subject:
                if code not in country_names():
                    raise refuse(f"no country has the code {code!r}", str(key))
            if len(set(key.subject)) < len(key.subject):
                raise refuse("a pair needs two countries", str(key))
        if key.kind == "watchlist" and key.subject[0] not in watchlists:
            raise refuse("there is no such watchlist", str(key))
        if key.measure == "documents" and key.kind == "directed":
            raise refuse("documents tell no direction; add /hostile, /cooperative or /intensity", str(key))
        if key.kind == "type" and key.subject[0] not in TYPES:
            raise refuse(f"no such type; known: {', '.join(TYPES)}", str(key))
        if key.measure != "documents" and key.kind not in ("country", "dyad", "directed"):
            raise refuse(f"of a {key.kind} there is one count only; leave out /{key.measure}", str(key))


def read(home: Home, name: str, *, as_of: date, days: int = 120, clearance: Label | None = None) -> Board:
    """A scenario's board for the days up to ``as_of``, each day as known at its end, with today's weights.

    Raises:
        NotFoundError: there is no such scenario. InputError: it asks for too many days.
    """
    with home.read() as c:
        scenario, revision = store.one(c, name)
    made = draw(home, scenario, as_of=as_of, days=days, clearance=clearance)
    return replace(made, revision=revision)


def draw(home: Home, scenario: Scenario, *, as_of: date, days: int = 120, clearance: Label | None = None) -> Board:
    """The board of a scenario that need not be stored.

    Raises:
        InputError: it means nothing, or asks for too many days.
    """
    if not 1 <= days <= MOST_DAYS:
        raise InputError(f"{days} days are not between 1 and {MOST_DAYS}", item=scenario.name, stage="scenarios")
    cleared = home.settings.reader.clearance if clearance is None else clearance
    first = as_of - timedelta(days=days - 1)
    since, until = first - timedelta(days=PAST + scenario.window), as_of + timedelta(days=1)
    states = []
    with home.read() as c:
        known = {h.source: h for h in health(c, at=min(end_of(as_of), now()), filters=_seen(as_of, cleared))}
        exposures: dict[bool, list[Change]] = {}
        for one in scenario.indicators:
            key = one.series
            events = ledgers.of_events(key)
            if events not in exposures:
                exposures[events] = _exposure(events)(c, since=since, until=until, clearance=cleared)
            changes = ledgers.changes(c, key, since=since, until=until, clearance=cleared)
            found = readings(key, changes, exposures[events], first=first, last=as_of, window=scenario.window)
            behind = found[-1].behind
            states.append(State(
                indicator=one, readings=tuple(found), level=level(found[-1], one, scale=scenario.scale),
                sources=() if events else tuple(known[x] for x in _sources(c, key, as_of, cleared) if x in known),
                origins=_origins(c, key, as_of, cleared) if events else (),
                newest=None if behind is None else as_of - timedelta(days=behind),
            ))  # fmt: skip
    return Board(
        scenario=scenario, revision=0, days=tuple(board(scenario, [x.readings for x in states])), states=tuple(states)
    )


def _exposure(events: bool) -> Callable[..., list[Change]]:
    return ledgers.event_exposure if events else ledgers.document_exposure


def _seen(day: date, clearance: Label) -> Filters:
    return Filters(as_of=end_of(day), until=end_of(day), clearance=clearance)


def _sources(c: Connection, key: SeriesKey, day: date, clearance: Label) -> list[str]:
    """The sources of the series' documents, those with most first."""
    v, d, k, m = s.versions.c, s.documents.c, s.version_series.c, s.mentions.c
    since = end_of(day) - timedelta(days=SOURCE_DAYS)
    mine = (
        select(m.version_id).where(m.entity_id.in_(members(c, key.subject[:1], clearance=clearance)[key.subject[0]]))
        if key.kind == "entity"
        else select(k.version_id).where(k.series == str(key))
    )  # fmt: skip
    n = func.count()
    query = (
        select(s.sources.c.name).select_from(s.versions.join(s.documents, d.id == v.document_id).join(s.sources))
        .where(v.id.in_(mine), *visible(replace(_seen(day, clearance), since=since)))
        .group_by(s.sources.c.name).order_by(n.desc(), s.sources.c.name)
    )  # fmt: skip
    return list(c.scalars(query))


def _origins(c: Connection, key: SeriesKey, day: date, clearance: Label) -> tuple[str, ...]:
    """The tables and coders that told the series' events of late, those with most first."""
    e = s.events.c
    n = func.count()
    query = (
        select(e.origin).where(ledgers.about(c, key), e.modality == ledgers.DONE, e.label <= int(clearance))
        .where(e.day > day - timedelta(days=SOURCE_DAYS), e.day <= day, e.known < end_of(day))
        .where(e.superseded.is_(None) | (e.superseded >= end_of(day))).group_by(e.origin).order_by(n.desc(), e.origin)
    )  # fmt: skip
    return tuple(c.scalars(query))
