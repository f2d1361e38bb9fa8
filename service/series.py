"""A series by day as a reader sees it: what was counted and read, what that makes likely, and what is left of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from alerts.adjust import HISTORY, Adjusted, adjust
from domain.alert import SeriesKey
from domain.document import Filters
from domain.errors import InputError
from domain.indicator import Indicator, Scenario
from domain.label import Label
from domain.time import days_in, end_of, now, start_of
from index.filters import visible
from index.store import ledgers
from index.store import schema as s
from index.store.ledgers import Change
from service import indicators
from service.wiring import Home

USUAL_DAYS = 30
"""Days shown unless a span is given."""
MOST_DAYS = 3660


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A day of a series, with all that was read of it.

    Attributes:
        documents: those of the day that were read, in all. events: those told of the day as done, in all.
        sources: from how many sources the documents came, and the events that came without a document.
    """

    day: Adjusted
    documents: int
    events: int
    sources: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesView:
    """A series over the days ``[since, until)`` as of the end of a day.

    Attributes:
        unit: what is counted, ``documents`` or ``events``, and what the values are set against.
        reference: how many of them a day the adjusted values are brought to. newest: the last day of which anything
            was read by then. known: whether anything that the reader may see counts for the series at all, in the days
            shown and the year before.
    """

    key: SeriesKey
    since: date
    until: date
    as_of: date
    unit: str
    lines: tuple[Line, ...]
    reference: float | None
    newest: date | None
    known: bool


def view(
    home: Home, key: SeriesKey, *, since: date | None = None, until: date | None = None, as_of: date | None = None,
    clearance: Label | None = None,
) -> SeriesView:  # fmt: skip
    """A series as known by the end of ``as_of`` (today unless given) to a reader of this clearance (the home's).

    Unless given, the days end with ``as_of``; without that either, with today, or with the last day of which anything
    was read where that is more than ``USUAL_DAYS`` ago. Days after ``as_of`` are left out.

    Raises:
        InputError: the series means nothing, or the days are none, too many, or all to come.
    """
    cleared = home.settings.reader.clearance if clearance is None else clearance
    moment = as_of or now().date()
    with home.read() as c:
        _check(c, key)
        newest = _newest(c, moment, cleared)
        end = until or _end(moment, newest if as_of is None else None)
        if since is not None and since >= end:
            raise InputError(f"the days end ({end}) before they begin ({since})", item=str(key), stage="series")
        end = min(end, moment + timedelta(days=1))
        first = since or end - timedelta(days=USUAL_DAYS)
        if first >= end:
            raise InputError(f"all of the days come after {moment}", item=str(key), stage="series")
        if (end - first).days > MOST_DAYS:
            raise InputError(f"more than {MOST_DAYS} days", item=str(key), stage="series")
        return _view(c, key, first, end, moment, newest, cleared)


def _view(
    c: Connection, key: SeriesKey, first: date, end: date, as_of: date, newest: date | None, cleared: Label
) -> SeriesView:
    back = first - timedelta(days=HISTORY)
    documents = ledgers.document_exposure(c, since=back, until=end, clearance=cleared)
    events = ledgers.event_exposure(c, since=back, until=end, clearance=cleared)
    changes = ledgers.changes(c, key, since=back, until=end, clearance=cleared)
    # The sum of Goldstein values has a sign; its weekdays are those of the events behind it.
    activity = (
        ledgers.event_changes(c, key.bare, since=back, until=end, clearance=cleared)
        if key.measure == "intensity" else None
    )  # fmt: skip
    told = ledgers.of_events(key)
    made = adjust(
        key, changes, events if told else documents, first=first, last=end - timedelta(days=1), as_of=as_of,
        activity=activity,
    )  # fmt: skip
    read, coded = (_totals(x, as_of) for x in (documents, events))
    sources = _sources(c, since=first, until=end, as_of=as_of, clearance=cleared)
    lines = tuple(
        Line(day=one, documents=read.get(one.day, 0), events=coded.get(one.day, 0), sources=len(sources[one.day]))
        for one in made.days
    )
    return SeriesView(
        key=key, since=first, until=end, as_of=as_of, unit="events" if told else "documents", lines=lines,
        reference=made.reference, newest=newest, known=any(seen <= as_of for seen, _, _ in changes),
    )  # fmt: skip


def _check(c: Connection, key: SeriesKey) -> None:
    try:
        indicators.check(c, Scenario(name="series", indicators=(Indicator(series=key),)))
    except InputError as error:
        raise InputError(error.reason, item=error.item, stage="series") from error


def _end(as_of: date, newest: date | None) -> date:
    if newest is not None and newest < as_of - timedelta(days=USUAL_DAYS):
        return newest + timedelta(days=1)
    return as_of + timedelta(days=1)


def _newest(c: Connection, as_of: date, clearance: Label) -> date | None:
    v, e, end = s.versions.c, s.events.c, end_of(as_of)
    at = c.scalar(select(func.max(v.at)).where(v.label <= int(clearance), v.known < end, v.at < end))
    told = c.scalar(
        select(func.max(e.day))
        .where(e.label <= int(clearance), e.modality == ledgers.DONE, e.known < end, e.day <= as_of)
    )  # fmt: skip
    return max((day for day in (at and at.date(), told) if day is not None), default=None)


def _totals(changes: list[Change], as_of: date) -> dict[date, int]:
    found: dict[date, float] = defaultdict(float)
    for seen, day, amount in changes:
        if seen <= as_of:
            found[day] += amount
    return {day: round(amount) for day, amount in found.items()}


def _sources(c: Connection, *, since: date, until: date, as_of: date, clearance: Label) -> dict[date, set[str]]:
    """The sources of the documents of each day, and the tables of the events that have no document."""
    v, d, e, end = s.versions.c, s.documents.c, s.events.c, end_of(as_of)
    found: dict[date, set[str]] = {day: set() for day in days_in(since, until)}
    seen = Filters(since=start_of(since), until=start_of(until), as_of=end, clearance=clearance)
    for at, name in c.execute(
        select(v.at, s.sources.c.name).select_from(s.versions.join(s.documents, d.id == v.document_id).join(s.sources))
        .where(*visible(seen))
    ):  # fmt: skip
        found[at.date()].add(name)
    for day, origin in c.execute(
        select(e.day, e.origin).distinct()
        .where(e.document_id.is_(None), e.label <= int(clearance), e.modality == ledgers.DONE, e.day >= since)
        .where(e.day < until, e.known < end, e.superseded.is_(None) | (e.superseded >= end))
    ):  # fmt: skip
        found[day].add(origin)
    return found
