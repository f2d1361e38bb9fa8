"""What the views read, cached.

Every answer is kept under a ``Scope``: the home folder, the state of its database, the reader's clearance and the day
as of which it is asked. Whoever may see less, or asks after something changed, never gets another's answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import streamlit as st
from sqlalchemy import BigInteger, ColumnElement, Connection, Select, func, select, type_coerce

from alerts.detectors.counts import CountTest
from alerts.series import build
from domain.alert import Alert, Mute, parse_series
from domain.briefing import Briefing
from domain.document import Filters, Hit
from domain.errors import NotFoundError
from domain.label import Label
from domain.source import HEALTH_STATES, SourceHealth
from domain.time import days_in, end_of, now, start_of
from index import vectors
from index.filters import visible
from index.store import alerts as alert_store
from index.store import schema as s
from index.store import sources as source_store
from index.store.documents import Shown
from service import brief, scan, search
from service.search import Mode, Query
from service.versions import look_up
from service.wiring import Home, open_home

_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Scope:
    """All that an answer depends on besides its arguments; part of every cache key.

    ``stamp`` changes with every commit to the database. ``day`` is the reference day: views see what was known and
    published by its end.
    """

    home: str
    stamp: tuple[int, ...]
    clearance: int
    day: date

    def filters(self) -> Filters:
        """What may be seen as of the day."""
        return Filters(as_of=end_of(self.day), until=end_of(self.day), clearance=Label(self.clearance))


@dataclass(frozen=True, slots=True)
class Held:
    """What the home holds, whatever the day: its first and newest day and the reader's clearance."""

    first: date | None
    newest: date


@dataclass(frozen=True, slots=True)
class Tally:
    """Documents by when they were published, up to the reference day."""

    day: int
    week: int
    week_before: int
    held: int
    languages: int


@dataclass(frozen=True, slots=True)
class Line:
    """A document in a list."""

    id: str
    title: str
    source: str
    lang: str
    at: datetime
    label: Label


@dataclass(frozen=True, slots=True)
class Facets:
    """What the filters of a search offer: values with the number of documents, most first."""

    langs: tuple[tuple[str, int], ...]
    countries: tuple[tuple[str, int], ...]
    sources: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """An item that failed, with what it was tried for."""

    item: str
    stage: str
    error: str
    source: str
    last: datetime
    tries: int


@dataclass(frozen=True, slots=True)
class SeriesDay:
    """One day of a series: the count, and what the count test expected of it, where it had enough history.

    ``upper`` is the expected count and two standard deviations.
    """

    day: date
    count: float
    expected: float | None
    upper: float | None


@dataclass(frozen=True, slots=True)
class Suppressed:
    """What fired and was not raised."""

    series: str
    day: date
    reason: str


@st.cache_resource(show_spinner=False)
def opened(path: str) -> Home:
    """The home folder, opened once for all sessions."""
    return open_home(Path(path))


def stamp(home: Home) -> tuple[int, ...]:
    """Something that differs after every commit: the index's sequence, the size and time of the database files."""
    with home.read() as c:
        found = [vectors.sequence(c)]
    for name in ("vedette.db", "vedette.db-wal"):
        try:
            stat = (home.path / name).stat()
        except FileNotFoundError:
            continue
        found += [stat.st_size, stat.st_mtime_ns]
    return tuple(found)


def scope_of(path: str, day: date | None = None) -> tuple[Scope, Held]:
    """The scope for a day (the newest held unless given), and what is held."""
    home = opened(path)
    base = Scope(home=path, stamp=stamp(home), clearance=int(home.settings.reader.clearance), day=now().date())
    span = held(base)
    return replace(base, day=span.newest if day is None else min(day, span.newest)), span


@st.cache_data(show_spinner=False, max_entries=64)
def held(scope: Scope) -> Held:
    """First and newest day on which something was published, happened, became known or was read from a followed
    source."""
    v, t, e = s.versions.c, s.sources.c, s.events.c
    with opened(scope.home).read() as c:
        low, high, known = c.execute(
            select(func.min(v.at), func.max(v.at), func.max(v.known)).where(v.label <= scope.clearance)
        ).one()
        told = select(func.min(e.day), func.max(e.known)).where(e.label <= scope.clearance)
        event_low, event_known = c.execute(told).one()
        gone = source_store.hidden(c, clearance=Label(scope.clearance))
        followed = (t.followed == 1, t.id.not_in(sorted(gone)))
        read = c.scalar(select(func.max(func.coalesce(t.last_attempt, t.added))).where(*followed))
    moments = [m for m in (high, known, read, event_known) if m is not None]
    today = now().date()
    lows = [d for d in (low.date() if low else None, event_low) if d is not None]
    return Held(first=min(lows, default=None), newest=min(max(moments).date(), today) if moments else today)


@st.cache_data(show_spinner=False, max_entries=64)
def tally(scope: Scope) -> Tally:
    """How many documents there are, of the day, of its week and of the week before."""
    v = s.versions.c
    day, week = start_of(scope.day), start_of(scope.day - timedelta(days=6))
    before = week - timedelta(days=7)
    n = func.count()
    counted = (
        n.filter(v.at >= day),
        n.filter(v.at >= week),
        n.filter(v.at >= before, v.at < week),
        n,
        func.count(func.distinct(v.lang)),
    )
    with opened(scope.home).read() as c:
        row = c.execute(select(*counted).where(*visible(scope.filters()))).one()
    return Tally(*(int(x) for x in row))


@st.cache_data(show_spinner=False, max_entries=64)
def by_day(scope: Scope, *, group: str, days: int, source: str = "") -> list[tuple[date, str, int]]:
    """Documents a day by ``language`` or ``source``, for so many days up to the reference day; all, or one source's."""
    v = s.versions.c
    what = s.sources.c.name if group == "source" else v.lang
    number = _day_number()
    since = start_of(scope.day - timedelta(days=days - 1))
    query = (
        select(number, what, func.count())
        .select_from(s.versions.join(s.documents).join(s.sources))
        .where(*visible(replace(scope.filters(), since=since, sources=frozenset([source] if source else ()))))
        .group_by(number, what)
    )
    with opened(scope.home).read() as c:
        return [(_date(n), name, k) for n, name, k in c.execute(query)]


def _day_number() -> ColumnElement[int]:
    return type_coerce(s.versions.c.at, BigInteger) // _DAY


def _date(number: int) -> date:
    return date(1970, 1, 1) + timedelta(days=int(number))


@st.cache_data(show_spinner=False, max_entries=64)
def newest(scope: Scope, *, limit: int = 12, source: str = "") -> list[Line]:
    """The documents published last, of one source or of all."""
    v, d = s.versions.c, s.documents.c
    query = (
        select(d.id, v.title, s.sources.c.name, v.lang, v.at, v.label)
        .select_from(s.versions.join(s.documents).join(s.sources))
        .where(*visible(replace(scope.filters(), sources=frozenset([source] if source else ()))))
        .order_by(v.at.desc(), v.id.desc())
        .limit(limit)
    )
    with opened(scope.home).read() as c:
        return [Line(*row[:5], Label(row[5])) for row in c.execute(query)]


@st.cache_data(show_spinner=False, max_entries=64)
def facets(scope: Scope) -> Facets:
    """Languages, countries and sources of what may be seen."""
    v, k = s.versions.c, s.version_countries.c
    where = visible(scope.filters())
    n = func.count().label("n")
    with opened(scope.home).read() as c:
        return Facets(
            langs=_pairs(c, select(v.lang, n).where(*where).group_by(v.lang).order_by(n.desc(), v.lang)),
            countries=_pairs(
                c,
                select(k.country, n)
                .join(s.versions, v.id == k.version_id)
                .where(*where)
                .group_by(k.country)
                .order_by(n.desc(), k.country),
            ),
            sources=_pairs(
                c,
                select(s.sources.c.name, n)
                .select_from(s.versions.join(s.documents).join(s.sources))
                .where(*where)
                .group_by(s.sources.c.name)
                .order_by(n.desc(), s.sources.c.name),
            ),
        )


def _pairs(c: Connection, query: Select[Any]) -> tuple[tuple[str, int], ...]:
    return tuple((str(a), int(b)) for a, b in c.execute(query))


def moment(scope: Scope) -> datetime:
    """When the health of sources is asked about: the end of the day, of today the present to five minutes.

    The end of a day that is not over would make every source hours more silent than it is.
    """
    step = timedelta(minutes=5)
    present = now()
    present += step - (present - start_of(present.date())) % step
    return min(end_of(scope.day), present)


def health(scope: Scope) -> list[SourceHealth]:
    """Every source as it stood at the end of the day, the worst first."""
    return _health(scope, moment(scope))


@st.cache_data(show_spinner=False, max_entries=64)
def _health(scope: Scope, at: datetime) -> list[SourceHealth]:
    with opened(scope.home).read() as c:
        found = source_store.health(c, at=at, filters=scope.filters())
    return sorted(found, key=lambda h: (HEALTH_STATES.index(h.state), h.source))


@st.cache_data(show_spinner=False, max_entries=16)
def failures(scope: Scope) -> list[Failed]:
    """The items that failed and have not succeeded since; they are about now, whatever the day."""
    with opened(scope.home).read() as c:
        return [
            Failed(r.item, r.stage, r.error, r.source, r.last_at, r.tries)
            for r in source_store.failures(c, clearance=scope.filters().clearance)
        ]


@st.cache_data(show_spinner=False, max_entries=64)
def alerts(scope: Scope) -> list[Alert]:
    """The alerts raised by the day: open ones first, the strangest on top; then the closed ones, newest first."""
    home = opened(scope.home)
    # What a desk decided is about now: it is shown, with its own date, whatever day the view is taken back to.
    decided = {a.id: a for a in scan.listed(home) if a.acknowledged}
    found = [
        replace(a, acknowledged=d.acknowledged, acknowledged_by=d.acknowledged_by, note=d.note)
        if (d := decided.get(a.id))
        else a
        for a in scan.listed(home, as_of=scope.day)
    ]
    return sorted(found, key=lambda a: (0, -a.score, a.id) if a.state == "open" else (1, -a.opened.toordinal(), a.id))


@st.cache_data(show_spinner=False, max_entries=64)
def suppressed(scope: Scope) -> list[Suppressed]:
    """What fired by the day and was not raised, with the reason, newest first."""
    rows = scan.suppressed(opened(scope.home), as_of=scope.day)
    return [Suppressed(r.series, r.day, r.reason) for r in rows]


@st.cache_data(show_spinner=False, max_entries=64)
def mutes(scope: Scope) -> list[Mute]:
    """The mutes in force or to come."""
    with opened(scope.home).read() as c:
        return alert_store.mutes(c)


@st.cache_data(show_spinner=False, max_entries=256)
def series(scope: Scope, key: str, *, days: int = 120) -> list[SeriesDay]:
    """A series by day up to the reference day, with what the count test expected of each day."""
    v, k = s.versions.c, s.version_series.c
    number = _day_number()
    home = opened(scope.home)
    first = scope.day - timedelta(days=days - 1)
    since = first - timedelta(days=45)  # history for the first days shown
    where = visible(replace(scope.filters(), since=start_of(since)))
    with home.read() as c:
        read = {_date(n): k_ for n, k_ in c.execute(select(number, func.count()).where(*where).group_by(number))}
        counted = select(number, func.count()).join(s.version_series, k.version_id == v.id)
        counts = {_date(n): k_ for n, k_ in c.execute(counted.where(*where, k.series == key).group_by(number))}
        oldest = c.scalar(select(func.min(v.at)).where(*visible(scope.filters())))
    since = max(since, oldest.date()) if oldest else first
    if since > scope.day:
        return []
    made = build(parse_series(key), counts, read, first=since, last=scope.day + timedelta(days=1))
    judged = CountTest(alpha=home.settings.alerts.alpha).judge(made, first=0, last=len(made.counts))
    by = {signal.day: signal for signal in judged}
    found = []
    for day in days_in(max(first, since), scope.day + timedelta(days=1)):
        signal = by.get(day)
        expected = signal.expected if signal else None
        upper = signal.expected + 2 * signal.spread if signal else None
        found.append(SeriesDay(day, counts.get(day, 0), expected, upper))
    return found


@st.cache_data(show_spinner=False, max_entries=64)
def read_days(scope: Scope, *, days: int) -> frozenset[date]:
    """The days of which any document was read, of so many up to the reference day."""
    since = start_of(scope.day - timedelta(days=days - 1))
    number = _day_number()
    query = select(number).where(*visible(replace(scope.filters(), since=since))).distinct()
    with opened(scope.home).read() as c:
        return frozenset(_date(n) for n in c.scalars(query))


@st.cache_data(show_spinner=False, max_entries=512)
def hits(
    scope: Scope,
    query: str,
    *,
    mode: Mode,
    k: int,
    langs: Sequence[str] = (),
    countries: Sequence[str] = (),
    sources: Sequence[str] = (),
    since: date | None = None,
    until: date | None = None,
) -> tuple[Hit, ...]:
    """The documents that answer a question, best first; ``until`` is the last day included.

    Raises:
        QueryError: the question is empty.
    """
    whole = scope.filters()
    filters = replace(
        whole,
        langs=frozenset(langs),
        countries=frozenset(countries),
        sources=frozenset(sources),
        since=start_of(since) if since else None,
        until=min(end_of(until), end_of(scope.day)) if until else whole.until,
    )
    return search.search(opened(scope.home), [Query("1", query)], k=k, mode=mode, filters=filters)[0].hits


@st.cache_data(show_spinner=False, max_entries=128)
def document(scope: Scope, which: str) -> Shown:
    """A document as of the day, by its id or external id; of one that is held as a copy, that which it copies.

    Raises:
        NotFoundError: there is none that was known and may be seen.
    """
    home, as_of, clearance = opened(scope.home), end_of(scope.day), Label(scope.clearance)
    try:
        return search.show(home, which, as_of=as_of, clearance=clearance)
    except NotFoundError:
        return search.show(home, look_up(home, which, as_of=as_of).id, as_of=as_of, clearance=clearance)


@st.cache_data(show_spinner=False, max_entries=32)
def briefing(scope: Scope, *, about: str, since: date, until: date, lang: str) -> Briefing:
    """The briefing on a subject for the days from ``since`` to ``until``, the last day included.

    Raises:
        InputError: the period ends before it begins, or there is no such language.
    """
    return brief.brief(
        opened(scope.home),
        about=about or None,
        since=since,
        until=until + timedelta(days=1),
        as_of=scope.day,
        lang=lang,
    )
