"""Coded events in the store, and the daily counts that series are made from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import combinations

from sqlalchemy import BigInteger, Connection, cast, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from domain.alert import SeriesKey
from domain.document import Filters
from domain.event import Event
from domain.label import Label
from domain.time import end_of, start_of
from index.filters import visible
from index.store import schema as s
from index.store.schema import AnyRow

DAY = 86_400_000_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()


def save_events(c: Connection, events: Sequence[Event]) -> int:
    """Store events; gives how many were new. One that is there already stays as it is."""
    if not events:
        return 0
    before = c.scalar(select(func.count()).select_from(s.events)) or 0
    rows = {e.id: {
        "id": e.id, "day": e.day, "known": e.known, "source_actor": e.source_actor, "target_actor": e.target_actor,
        "source_country": e.source_country, "target_country": e.target_country, "cameo": e.cameo,
        "goldstein": e.goldstein, "origin": e.origin, "document_id": e.document_id, "url": e.url,
        "mentions": e.mentions, "label": int(e.label)} for e in events}  # fmt: skip
    c.execute(upsert(s.events).on_conflict_do_nothing(), list(rows.values()))
    return int(c.scalar(select(func.count()).select_from(s.events)) or 0) - int(before)


def listed(
    c: Connection, *, country: str | None = None, dyad: tuple[str, str] | None = None, since: date | None = None,
    until: date | None = None, as_of: datetime | None = None, clearance: Label = Label.TOP_SECRET, limit: int = 100,
) -> list[AnyRow]:  # fmt: skip
    """Events of a country or of a dyad in either direction, newest first."""
    e = s.events.c
    query = select(s.events).where(e.label <= int(clearance)).order_by(e.day.desc(), e.id).limit(limit)
    if country:
        query = query.where((e.source_country == country) | (e.target_country == country))
    if dyad:
        a, b = dyad
        query = query.where(((e.source_country == a) & (e.target_country == b))
                            | ((e.source_country == b) & (e.target_country == a)))  # fmt: skip
    if since:
        query = query.where(e.day >= since)
    if until:
        query = query.where(e.day < until)
    if as_of:
        query = query.where(e.known < as_of)
    return list(c.execute(query))


def _day(number: int) -> date:
    return date.fromordinal(_EPOCH_DAY + number)


def exposure(c: Connection, filters: Filters) -> dict[date, int]:
    """How many documents were published each day, of those that the filters show."""
    day = s.versions.c.at.op("/")(DAY)
    rows = c.execute(select(cast(day, BigInteger), func.count()).where(*visible(filters)).group_by(day))
    return {_day(int(n)): int(k) for n, k in rows}


def country_days(c: Connection, filters: Filters) -> dict[int, tuple[date, tuple[str, ...]]]:
    """For each version shown: its day and the countries whose series it counts in."""
    v, k = s.versions.c, s.version_countries.c
    query = (
        select(v.id, v.at, k.country).join(s.version_countries, k.version_id == v.id)
        .where(*visible(filters), k.prominent == 1).order_by(v.id, k.country)
    )  # fmt: skip
    found: dict[int, tuple[date, tuple[str, ...]]] = {}
    for version, at, country in c.execute(query):
        day, countries = found.get(version, (at.astimezone(UTC).date(), ()))
        found[version] = (day, (*countries, country))
    return found


def counts_by_series(c: Connection, filters: Filters) -> dict[SeriesKey, dict[date, int]]:
    """Daily counts of every country, dyad and watchlist that anything shown counts in.

    The cost grows with the documents and the countries each names, not with the number of possible dyads.
    """
    found: dict[SeriesKey, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for day, countries in country_days(c, filters).values():
        for country in countries:
            found[SeriesKey("country", (country,))][day] += 1
        for pair in combinations(countries, 2):
            found[SeriesKey("dyad", pair)][day] += 1
    v, w = s.versions.c, s.watchlist_matches.c
    query = select(w.name, v.at).join(s.versions, w.version_id == v.id).where(*visible(filters))
    for name, at in c.execute(query):
        found[SeriesKey("watchlist", (name,))][at.astimezone(UTC).date()] += 1
    return {key: dict(days) for key, days in found.items()}


def documents_of(c: Connection, key: SeriesKey, *, since: date, until: date, filters: Filters) -> list[AnyRow]:
    """The documents that a series counts on the days ``[since, until)``: document, version, time, source, label."""
    v, d, k, w = s.versions.c, s.documents.c, s.version_countries.c, s.watchlist_matches.c
    query = (
        select(d.id.label("document_id"), v.id.label("version_id"), v.title, v.lang, v.at, v.published, v.label,
               s.sources.c.name.label("source"))
        .select_from(s.versions.join(s.documents).join(s.sources))
        .where(*visible(filters), v.at >= start_of(since), v.at < start_of(until)).order_by(v.at, v.id)
    )  # fmt: skip
    if key.kind == "watchlist":
        query = query.where(v.id.in_(select(w.version_id).where(w.name == key.subject[0])))
    else:
        for country in key.subject:
            query = query.where(v.id.in_(select(k.version_id).where(k.country == country, k.prominent == 1)))
    return list(c.execute(query))


def days_with_documents(c: Connection, filters: Filters) -> tuple[date, date] | None:
    """First and last day on which something shown was published."""
    row = c.execute(select(func.min(s.versions.c.at), func.max(s.versions.c.at)).where(*visible(filters))).one()
    if row[0] is None:
        return None
    return row[0].date(), row[1].date()


def as_of_day(day: date, *, clearance: Label = Label.TOP_SECRET) -> Filters:
    """Filters that see what was known, and published, by the end of a day."""
    return Filters(as_of=end_of(day), until=end_of(day), clearance=clearance)


def span(days: Iterable[date]) -> tuple[date, date]:
    """The half-open span that holds all the days."""
    ordered = sorted(days)
    return ordered[0], ordered[-1] + timedelta(days=1)
