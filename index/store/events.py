"""Coded events in the store, and the daily counts that series are made from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import BigInteger, Connection, func, literal, select, type_coerce
from sqlalchemy.dialects.sqlite import insert as upsert

from domain.document import Filters
from domain.event import Event
from domain.label import Label
from domain.time import end_of, start_of
from index.filters import visible
from index.store import schema as s
from index.store.schema import AnyRow

DAY = 86_400_000_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()

# The ordinal of a version's day. Counted from year 1, because SQLite's division cuts towards zero, not down.
_ORDINAL = (type_coerce(s.versions.c.at, BigInteger) + literal(_EPOCH_DAY * DAY, BigInteger)).self_group() // literal(
    DAY, BigInteger
)


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


def exposure(c: Connection, filters: Filters) -> dict[date, int]:
    """How many documents were published each day, of those that the filters show."""
    rows = c.execute(select(_ORDINAL, func.count()).where(*visible(filters)).group_by(_ORDINAL))
    return {date.fromordinal(n): int(k) for n, k in rows}


def series_days(c: Connection, filters: Filters, *, series: Sequence[str] | None = None) -> list[tuple[str, str, date]]:
    """(document id, series, day) for every document shown and every series it counts in, or only these series.

    The cost grows with the documents and the countries each names, not with the number of possible dyads.
    """
    v, k = s.versions.c, s.version_series.c
    query = (
        select(v.document_id, k.series, _ORDINAL).join(s.version_series, k.version_id == v.id).where(*visible(filters))
    )
    if series is not None:
        query = query.where(k.series.in_(sorted(series)))
    return [(document, name, date.fromordinal(n)) for document, name, n in c.execute(query)]


def documents_of(c: Connection, series: str, *, since: date, until: date, filters: Filters) -> list[AnyRow]:
    """The documents that a series counts on the days ``[since, until)``: document, version, time, source, label."""
    v, d, k = s.versions.c, s.documents.c, s.version_series.c
    query = (
        select(d.id.label("document_id"), v.id.label("version_id"), v.title, v.lang, v.at, v.published, v.label,
               s.sources.c.name.label("source"))
        .select_from(s.versions.join(s.documents).join(s.sources).join(s.version_series, k.version_id == v.id))
        .where(*visible(filters), k.series == series, v.at >= start_of(since), v.at < start_of(until))
        .order_by(v.at, v.id)
    )  # fmt: skip
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


def of_document(
    c: Connection, document: str, *, as_of: datetime | None = None, clearance: Label = Label.TOP_SECRET
) -> list[AnyRow]:
    """The events coded from a document that were known before ``as_of``, by day."""
    e = s.events.c
    query = select(s.events).where(e.document_id == document, e.label <= int(clearance)).order_by(e.day, e.id)
    return list(c.execute(query if as_of is None else query.where(e.known < as_of)))
