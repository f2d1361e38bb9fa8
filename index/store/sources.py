"""Sources and failed items: who is followed, how each is doing, and what waits to be tried again."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from domain.document import Filters
from domain.errors import NotFoundError
from domain.label import Label
from domain.source import Failure, HealthState, Source, SourceHealth
from index.filters import visible
from index.store import schema as s
from index.store.documents import source_id
from index.store.schema import AnyRow

QUIET_GAPS = 3
"""A source whose newest content is older than this many of its usual gaps is quiet, not healthy."""
LEAST_QUIET = timedelta(days=3)
RECENT = 60
"""How many of a source's latest publications its usual gap is taken from."""


def follow(c: Connection, source: Source, *, at: datetime) -> int:
    """Add a source that is to be read regularly, or bring what is known of it up to date."""
    values = {"kind": source.kind, "url": source.url, "lang": source.lang, "country": source.country,
              "reliability": source.reliability, "followed": 1}  # fmt: skip
    c.execute(
        upsert(s.sources).values(name=source.name, added=at, **values)
        .on_conflict_do_update(index_elements=["name"], set_=values)
    )  # fmt: skip
    return source_id(c, source.name)


def unfollow(c: Connection, name: str) -> None:
    """Stop reading a source; its documents stay.

    Raises:
        NotFoundError: no source has this name.
    """
    done = c.execute(update(s.sources).where(s.sources.c.name == name).values(followed=0))
    if not done.rowcount:
        raise NotFoundError("no such source", item=name, stage="store")


def listed(c: Connection, *, followed: bool | None = None, clearance: Label = Label.TOP_SECRET) -> list[AnyRow]:
    """All sources by name, or only those that are (not) followed; none of which every document is above clearance."""
    v, d = s.versions.c, s.documents.c
    query = select(s.sources).order_by(s.sources.c.name)
    if clearance < Label.TOP_SECRET:
        holding = select(d.source_id).join(s.versions, v.document_id == d.id)
        query = query.where(or_(
            s.sources.c.id.not_in(holding), s.sources.c.id.in_(holding.where(v.label <= int(clearance)))))  # fmt: skip
    if followed is not None:
        query = query.where(s.sources.c.followed == int(followed))
    return list(c.execute(query))


def succeeded(c: Connection, name: str, *, at: datetime, etag: str | None = None, modified: str | None = None) -> None:
    """Note a reading of the source that worked."""
    values: dict[str, Any] = {"last_attempt": at, "last_success": at, "failures": 0, "last_error": None}
    if etag or modified:
        values |= {"etag": etag, "last_modified": modified}
    c.execute(update(s.sources).where(s.sources.c.id == source_id(c, name)).values(**values))


def failed(c: Connection, name: str, *, at: datetime, error: str) -> None:
    """Note a reading of the source that failed as a whole."""
    t = s.sources.c
    c.execute(
        update(s.sources).where(t.id == source_id(c, name))
        .values(last_attempt=at, failures=t.failures + 1, last_error=error)
    )  # fmt: skip


def judge(
    *, documents: int, newest: datetime | None, gap: timedelta | None, failures: int, followed: bool, at: datetime
) -> HealthState:
    """A source's state: failing when the last readings failed, quiet when its content is old for its habits."""
    if failures:
        return "failing"
    if newest is None:
        return "never read" if followed or not documents else "quiet"
    allowed = max(LEAST_QUIET, QUIET_GAPS * gap) if gap is not None else 10 * LEAST_QUIET
    return "quiet" if at - newest > allowed else "healthy"


def health(c: Connection, *, at: datetime, filters: Filters | None = None) -> list[SourceHealth]:
    """Every source as it stood at a moment: counts and ages only from what was known and published by then."""
    v, d = s.versions.c, s.documents.c
    filters = filters or Filters(as_of=at)
    where = visible(filters)
    query = (
        select(d.source_id, v.at, func.count().over(partition_by=d.source_id).label("held"),
               func.row_number().over(partition_by=d.source_id, order_by=v.at.desc()).label("rank"))
        .select_from(s.versions.join(s.documents)).where(*where)
    ).subquery()  # fmt: skip
    times: dict[int, list[datetime]] = {}
    held: dict[int, int] = {}
    for row in c.execute(select(query).where(query.c.rank <= RECENT).order_by(query.c.source_id, query.c.rank)):
        times.setdefault(row.source_id, []).append(row.at)
        held[row.source_id] = row.held
    found = []
    for source in listed(c, clearance=filters.clearance):
        if source.added > at and source.id not in held:
            continue
        moments = times.get(source.id, [])
        gaps = [a - b for a, b in itertools.pairwise(moments)]
        usual = timedelta(seconds=median(g.total_seconds() for g in gaps)) if len(gaps) >= 4 else None
        newest = moments[0] if moments else None
        failures = source.failures if source.last_attempt is None or source.last_attempt <= at else 0
        state = judge(documents=held.get(source.id, 0), newest=newest, gap=usual, failures=failures,
                      followed=bool(source.followed), at=at)  # fmt: skip
        found.append(SourceHealth(
            source=source.name, state=state, documents=held.get(source.id, 0), newest=newest,
            content_age=at - newest if newest else None, usual_gap=usual,
            last_success=source.last_success if source.last_success and source.last_success <= at else None,
            failures=failures, last_error=source.last_error if failures else None,
        ))  # fmt: skip
    return found


def keep_failure(c: Connection, failure: Failure, *, origin: str, options: Mapping[str, Any], at: datetime) -> None:
    """Keep an item that failed, with what is needed to try it again; a repeated failure is counted.

    The newest reading's options hold: a label that the operator gave meanwhile must not be lost by a retry.
    """
    t = s.failures.c
    again = {"error": failure.error, "source": failure.source, "origin": origin, "options": dict(options),
             "last_at": at}  # fmt: skip
    c.execute(
        upsert(s.failures)
        .values(item=failure.item, stage=failure.stage.value, first_at=at, tries=1, **again)
        .on_conflict_do_update(index_elements=["item", "stage"], set_={**again, "tries": t.tries + 1})
    )  # fmt: skip


def failures(c: Connection) -> list[AnyRow]:
    """The items that failed and have not succeeded since, newest first."""
    return list(c.execute(select(s.failures).order_by(s.failures.c.last_at.desc(), s.failures.c.item)))


def resolve_failures(c: Connection, *, origin: str, before: datetime) -> int:
    """Forget the failures of an origin that was read again and did not fail there since ``before``."""
    t = s.failures.c
    return c.execute(delete(s.failures).where(t.origin == origin, t.last_at < before)).rowcount


def note(c: Connection, *, at: datetime, action: str, subject: str, detail: str = "") -> None:
    """A line in the audit."""
    c.execute(insert(s.audit).values(at=at, action=action, subject=subject, detail=detail))
