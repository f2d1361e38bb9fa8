"""What was counted on which day, and since when that was known: daily counts as of any day, without reading ahead.

A ledger is a list of changes: at the end of one day, the amount of another changed. Summed over the changes seen by a
day's end it gives what was known then, whatever has become known, or was superseded, since.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Integer, cast, func, literal, select, type_coerce

from domain.alert import SeriesKey
from domain.event import Modality
from domain.label import Label
from domain.plover import plover_of
from index.store import schema as s
from index.store.identities import members

Change = tuple[date, date, float]
"""(the day at whose end it shows, the day whose amount changes, by how much)"""

DONE: Modality = "done"
_DAY = 86_400_000_000
_EPOCH = date(1970, 1, 1).toordinal()


def of_events(key: SeriesKey) -> bool:
    """Whether a series counts coded events, not documents."""
    return key.measure != "documents" or key.kind == "type"


def changes(c: Connection, key: SeriesKey, *, since: date, until: date, clearance: Label) -> list[Change]:
    """What a series is counted from, as it became known."""
    if of_events(key):
        return event_changes(c, key, since=since, until=until, clearance=clearance)
    if key.kind == "entity":
        return entity_changes(c, key.subject[0], since=since, until=until, clearance=clearance)
    return document_changes(c, str(key), since=since, until=until, clearance=clearance)


def ordinal(column: ColumnElement[Any]) -> ColumnElement[int]:
    """The ordinal of an instant's day."""
    # Counted from year 1, because SQLite's division cuts towards zero, not down.
    micros = type_coerce(column, BigInteger) + literal(_EPOCH * _DAY, BigInteger)
    return micros.self_group() // literal(_DAY, BigInteger)


def _side(roots: Sequence[int]) -> ColumnElement[bool]:
    root = cast(func.substr(s.events.c.cameo, 1, 2), Integer)
    return root.in_(list(roots))


def _quad(measure: str) -> tuple[int, ...]:
    """The CAMEO roots of a measure: the quad classes 1 and 2 are cooperation, 3 and 4 conflict."""
    return tuple(range(1, 9)) if measure == "cooperative" else tuple(range(9, 21))


def about(c: Connection, key: SeriesKey) -> ColumnElement[bool]:
    """The events that a country's, a dyad's, a directed or a type's series counts; those within one country count for
    it.

    Raises:
        ValueError: the key is of another kind.
    """
    e = s.events.c
    if key.kind == "country":
        return (e.source_country == key.subject[0]) | (e.target_country == key.subject[0])
    if key.kind in ("dyad", "directed"):
        a, b = key.subject
        there = (e.source_country == a) & (e.target_country == b)
        return there if key.kind == "directed" else there | ((e.source_country == b) & (e.target_country == a))
    if key.kind == "type":
        codes = c.scalars(select(e.cameo).distinct())
        return e.cameo.in_([code for code in codes if plover_of(code) == key.subject[0]])
    raise ValueError(f"events are not counted by {key.kind}")


def event_changes(c: Connection, key: SeriesKey, *, since: date, until: date, clearance: Label) -> list[Change]:
    """The ledger of a series of coded events that happened in ``[since, until)``; only what is told as done counts.

    Raises:
        ValueError: the series is not one of events.
    """
    e = s.events.c
    amount = func.sum(func.coalesce(e.goldstein, 0.0)) if key.measure == "intensity" else func.count()
    where = [about(c, key)]
    if key.measure in ("hostile", "cooperative"):
        where.append(_side(_quad(key.measure)))
    return _events(c, amount, where, since=since, until=until, clearance=clearance)


def event_exposure(c: Connection, *, since: date, until: date, clearance: Label) -> list[Change]:
    """The ledger of all coded events, and of the documents that were read for some: how much could be told of each day.

    A day whose papers were coded and told of nothing was read, and was quiet.
    """
    told = _events(c, func.count(), [], since=since, until=until, clearance=clearance)
    coded = s.versions.c.id.in_(select(s.codings.c.version_id))
    return told + _documents(c, [coded], since=since, until=until, clearance=clearance)


def _events(
    c: Connection, amount: ColumnElement[Any], where: Sequence[ColumnElement[bool]], *, since: date, until: date,
    clearance: Label,
) -> list[Change]:  # fmt: skip
    e = s.events.c
    held = [e.label <= int(clearance), e.modality == DONE, e.day >= since, e.day < until, *where]
    known, gone = ordinal(e.known), ordinal(e.superseded)
    came = select(known, e.day, amount).where(*held).group_by(known, e.day)
    went = select(gone, e.day, amount).where(*held, e.superseded.is_not(None)).group_by(gone, e.day)
    return [(date.fromordinal(n), day, float(k)) for n, day, k in c.execute(came)] + [
        (date.fromordinal(n), day, -float(k)) for n, day, k in c.execute(went)
    ]


def document_changes(c: Connection, series: str, *, since: date, until: date, clearance: Label) -> list[Change]:
    """The ledger of a series of documents published in ``[since, until)``."""
    k = s.version_series.c
    mine = select(k.version_id).where(k.series == series)
    return _documents(c, [s.versions.c.id.in_(mine)], since=since, until=until, clearance=clearance)


def entity_changes(c: Connection, entity: str, *, since: date, until: date, clearance: Label) -> list[Change]:
    """The ledger of the documents that name an entity, or one that is one with it for this reader."""
    m, group = s.mentions.c, members(c, [entity], clearance=clearance)[entity]
    mine = select(m.version_id).where(m.entity_id.in_(sorted(group)))
    return _documents(c, [s.versions.c.id.in_(mine)], since=since, until=until, clearance=clearance)


def document_exposure(c: Connection, *, since: date, until: date, clearance: Label) -> list[Change]:
    """The ledger of all documents: how much was read of each day."""
    return _documents(c, [], since=since, until=until, clearance=clearance)


def _documents(
    c: Connection, where: Sequence[ColumnElement[bool]], *, since: date, until: date, clearance: Label
) -> list[Change]:
    v = s.versions.c
    day, known, gone = ordinal(v.at), ordinal(v.known), ordinal(v.superseded)
    held = [v.label <= int(clearance), day >= since.toordinal(), day < until.toordinal(), *where]
    came = select(known, day, func.count()).where(*held).group_by(known, day)
    went = select(gone, day, func.count()).where(*held, v.superseded.is_not(None)).group_by(gone, day)
    return [(date.fromordinal(n), date.fromordinal(d), float(k)) for n, d, k in c.execute(came)] + [
        (date.fromordinal(n), date.fromordinal(d), -float(k)) for n, d, k in c.execute(went)
    ]
