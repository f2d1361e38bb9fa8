"""Coded events in the store, and the daily counts that series are made from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, func, literal, select, type_coerce

from domain.document import Filters
from domain.ids import event_id
from domain.label import Label
from domain.time import end_of, start_of
from index.filters import visible
from index.store import schema as s
from index.store.coded import save_coded as save_events
from index.store.schema import AnyRow

__all__ = ["article_days", "article_facts", "as_of_day", "by_ids", "days_with_documents", "documents_of", "exposure",
           "listed", "mentions_of", "of_document", "save_events", "series_days"]  # fmt: skip

DAY = 86_400_000_000
_ID = len(event_id(()))
"""Characters of an event's id; a superseded row has more, which come after it."""

_EPOCH_DAY = date(1970, 1, 1).toordinal()

# The ordinal of a version's day. Counted from year 1, because SQLite's division cuts towards zero, not down.
_ORDINAL = (type_coerce(s.versions.c.at, BigInteger) + literal(_EPOCH_DAY * DAY, BigInteger)).self_group() // literal(
    DAY, BigInteger
)


def listed(
    c: Connection, *, country: str | None = None, dyad: tuple[str, str] | None = None, since: date | None = None,
    until: date | None = None, as_of: datetime | None = None, clearance: Label = Label.TOP_SECRET, limit: int = 100,
) -> list[AnyRow]:  # fmt: skip
    """Events by a country, to it or in it, or of a dyad in either direction, newest first.

    ``mentions`` is what was known by then: the event's own count, and those that its table told later.
    """
    e = s.events.c
    query = _told(as_of=as_of, clearance=clearance).order_by(e.day.desc(), e.id).limit(limit)
    if country:
        query = query.where((e.source_country == country) | (e.target_country == country)
                            | (e.place_country == country))  # fmt: skip
    if dyad:
        a, b = dyad
        query = query.where(((e.source_country == a) & (e.target_country == b))
                            | ((e.source_country == b) & (e.target_country == a)))  # fmt: skip
    if since:
        query = query.where(e.day >= since)
    if until:
        query = query.where(e.day < until)
    return list(c.execute(query))


def _told(*, as_of: datetime | None, clearance: Label) -> Select[tuple[Any, ...]]:
    """Events as they stood before ``as_of``: known by then, not yet superseded, with their mentions counted by then."""
    e, m = s.events.c, s.event_mentions.c
    later = (
        select(func.count())
        .where(m.event_id == func.substr(e.id, 1, _ID), m.later == 1, m.label <= int(clearance))
        .correlate(s.events)
    )  # fmt: skip
    if as_of is not None:
        later = later.where(m.known < as_of)
    columns = [column for column in e if column.name not in ("mentions", "report", "superseded")]
    query = select(*columns, (e.mentions + later.scalar_subquery()).label("mentions")).where(e.label <= int(clearance))
    if as_of is None:
        return query.where(e.superseded.is_(None))
    return query.where(e.known < as_of, e.superseded.is_(None) | (e.superseded >= as_of))


def mentions_of(
    c: Connection, event: str, *, as_of: datetime | None = None, clearance: Label = Label.TOP_SECRET
) -> list[AnyRow]:
    """The articles that mention an event, as known before ``as_of``, in the order in which they were found."""
    m = s.event_mentions.c
    query = select(s.event_mentions).where(m.event_id == event, m.label <= int(clearance)).order_by(m.at, m.id)
    return list(c.execute(query if as_of is None else query.where(m.known < as_of)))


def article_facts(
    c: Connection, url: str, *, as_of: datetime | None = None, clearance: Label = Label.TOP_SECRET
) -> list[AnyRow]:
    """What tables of articles say of the article at a canonical address, oldest first."""
    g = s.gkg.c
    query = select(s.gkg).where(g.url == url, g.label <= int(clearance)).order_by(g.at, g.id)
    return list(c.execute(query if as_of is None else query.where(g.known < as_of)))


def article_days(
    c: Connection, *, country: str | None = None, theme: str | None = None, since: date | None = None,
    until: date | None = None, as_of: datetime | None = None, clearance: Label = Label.TOP_SECRET,
) -> dict[date, tuple[int, float | None]]:  # fmt: skip
    """For each day how many articles name the country and carry the theme, and their mean tone.

    The day is that on which the table told the article. One article under several records counts once.
    """
    g, k = s.gkg.c, s.gkg_countries.c
    day = (type_coerce(g.at, BigInteger) + literal(_EPOCH_DAY * DAY, BigInteger)).self_group() // literal(
        DAY, BigInteger
    )
    query = select(day, func.count(g.identifier.distinct()), func.avg(g.tone)).where(g.label <= int(clearance))
    if country is not None:
        query = query.where(g.id.in_(select(k.gkg_id).where(k.country == country)))
    if theme is not None:
        each = func.json_each(g.themes).table_valued("value")
        query = query.where(select(literal(1)).select_from(each).where(each.c.value == theme).exists())
    if since is not None:
        query = query.where(g.at >= start_of(since))
    if until is not None:
        query = query.where(g.at < start_of(until))
    if as_of is not None:
        query = query.where(g.known < as_of)
    return {date.fromordinal(n): (int(count), tone) for n, count, tone in c.execute(query.group_by(day))}


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


def by_ids(c: Connection, ids: Sequence[str], *, clearance: Label = Label.TOP_SECRET) -> list[AnyRow]:
    """Events of these ids that are still held and may be seen, by day."""
    e = s.events.c
    query = _told(as_of=None, clearance=clearance).where(e.id.in_(list(ids))).order_by(e.day, e.id)
    return list(c.execute(query))


def of_document(
    c: Connection, document: str, *, as_of: datetime | None = None, clearance: Label = Label.TOP_SECRET
) -> list[AnyRow]:
    """The events coded from a document that were known before ``as_of``, by day."""
    e = s.events.c
    query = _told(as_of=as_of, clearance=clearance).where(e.document_id == document).order_by(e.day, e.id)
    return list(c.execute(query))
