"""Sources and failed items: who is followed, when each is asked again, and what waits to be tried again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, delete, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from domain.errors import NotFoundError
from domain.label import Label
from domain.source import Check, Failure, Source, Stage
from index.store import schema as s
from index.store.documents import source_id
from index.store.health import health, hidden
from index.store.schema import AnyRow

_WITHIN = re.compile(r"[#!:]")
"""What stands between a file and an item in it, in an item's name."""


def follow(c: Connection, source: Source, *, at: datetime) -> int:
    """Add a source that is to be read regularly, or bring what is known of it up to date; gives its number.

    What is not said of a source that is known stays as it was. Another address is another beginning: what was
    remembered of the old one's answers is forgotten. A label is raised, never lowered. A retired one is asked again.
    """
    t = s.sources.c
    values: dict[str, Any] = {"kind": source.kind, "url": source.url, "followed": 1}
    told = {"lang": source.lang, "country": source.country, "region": source.region, "category": source.category,
            "settings": dict(source.settings)}  # fmt: skip
    values |= {key: value for key, value in told.items() if value}
    if source.reliability != "F":
        values["reliability"] = source.reliability
    before = c.execute(select(t.id, t.url, t.label).where(t.name == source.name)).first()
    if before is None:
        made = c.execute(insert(s.sources).values(name=source.name, added=at, label=int(source.label), **values))
        assert made.inserted_primary_key is not None
        return int(made.inserted_primary_key[0])
    values |= {"retired": None, "retired_reason": None, "label": max(int(source.label), before.label)}
    if before.url != source.url:
        values |= {"etag": None, "last_modified": None, "moving_to": None, "moved_from": None, "next_check": None,
                   "interval": None, "hints": {}, "state": {}}  # fmt: skip
        c.execute(delete(s.watched_files).where(s.watched_files.c.source_id == before.id))
    c.execute(update(s.sources).where(t.id == before.id).values(**values))
    return int(before.id)


def unfollow(c: Connection, name: str) -> None:
    """Stop reading a source; its documents stay.

    Raises:
        NotFoundError: no source has this name.
    """
    done = c.execute(update(s.sources).where(s.sources.c.name == name).values(followed=0, next_check=None))
    if not done.rowcount:
        raise NotFoundError("no such source", item=name, stage="store")


def listed(c: Connection, *, followed: bool | None = None, clearance: Label = Label.TOP_SECRET) -> list[AnyRow]:
    """All sources by name, or only those that are (not) followed; none of which the reader may not know."""
    query = select(s.sources).order_by(s.sources.c.name)
    if followed is not None:
        query = query.where(s.sources.c.followed == int(followed))
    gone = hidden(c, clearance=clearance)
    return [row for row in c.execute(query) if row.id not in gone]


def due(c: Connection, *, at: datetime, horizon: datetime, limit: int | None = None) -> list[AnyRow]:
    """The followed sources that are to be asked by now, the longest overdue first.

    One whose next check lies beyond the horizon is due as well: a clock that was wrong set it.
    """
    t = s.sources.c
    query = select(s.sources).where(
        t.followed == 1, t.retired.is_(None), t.url.is_not(None),
        or_(t.next_check.is_(None), t.next_check <= at, t.next_check > horizon),
    ).order_by(case((t.next_check.is_(None), 1), else_=0), t.next_check, t.id)  # fmt: skip
    return list(c.execute(query.limit(limit)))


def next_due(c: Connection) -> datetime | None:
    """When the next followed source is to be asked; None where none is followed."""
    t = s.sources.c
    query = select(t.next_check).where(t.followed == 1, t.retired.is_(None), t.url.is_not(None))
    found: datetime | None = c.scalar(query.order_by(t.next_check.is_not(None), t.next_check).limit(1))
    return found


def put_off(c: Connection, checks: Iterable[tuple[int, datetime]]) -> None:
    """Ask these sources at other times."""
    for one, at in checks:
        c.execute(update(s.sources).where(s.sources.c.id == one).values(next_check=at))


def note_check(c: Connection, source: int, check: Check, changes: Mapping[str, Any]) -> None:
    """Keep how a check of a source went, with what changes for the source by it (columns of its row)."""
    t = s.sources.c
    c.execute(insert(s.readings).values(
        source_id=source, at=check.at, outcome=check.outcome, status=check.status, items=check.items, new=check.new,
        updated=check.updated, duplicate=check.duplicate, failed=check.failed, newest=check.newest,
        seconds=check.seconds, layout=check.layout, reason=check.reason,
    ))  # fmt: skip
    values: dict[str, Any] = {"last_attempt": check.at}
    if check.outcome == "failed":
        values |= {"failures": t.failures + 1, "last_error": check.reason}
    else:
        values |= {"failures": 0, "last_error": None, "last_success": check.at}
    c.execute(update(s.sources).where(t.id == source).values(**values, **changes))


def history(c: Connection, source: int, *, limit: int = 60) -> list[AnyRow]:
    """The latest checks of a source, newest first."""
    r = s.readings.c
    query = select(s.readings).where(r.source_id == source).order_by(r.at.desc(), r.id.desc())
    return list(c.execute(query.limit(limit)))


def trim(c: Connection, *, before: datetime, keep: int = 60) -> int:
    """Forget the checks made before a moment, but for each source's latest few; gives how many."""
    r = s.readings
    older = r.alias()
    nth = (
        select(older.c.at).where(older.c.source_id == r.c.source_id).order_by(older.c.at.desc()).limit(1).offset(keep)
        .scalar_subquery()
    )  # fmt: skip
    return c.execute(delete(r).where(r.c.at < before, r.c.at <= nth)).rowcount


def retry_retired(c: Connection, names: Sequence[str]) -> int:
    """Ask retired sources again (all, when none is named); gives how many.

    Raises:
        NotFoundError: no retired source has one of these names.
    """
    t = s.sources.c
    held = set(c.scalars(select(t.name).where(t.retired.is_not(None))))
    for name in names:
        if name not in held:
            raise NotFoundError("no retired source has this name", item=name, stage="store")
    where = [t.retired.is_not(None), *([t.name.in_(names)] if names else [])]
    again = {"retired": None, "retired_reason": None, "next_check": None, "failures": 0, "last_error": None}
    return c.execute(update(s.sources).where(*where).values(**again, followed=1)).rowcount


def named(c: Connection, names: Sequence[str], *, clearance: Label = Label.TOP_SECRET) -> list[AnyRow]:
    """The followed sources with these names (all when none is given) that the reader may know.

    Raises:
        NotFoundError: no source of one of these names is followed.
    """
    rows = [row for row in listed(c, followed=True, clearance=clearance) if row.url]
    held = {row.name for row in rows}
    for name in names:
        if name not in held:
            raise NotFoundError("no source of this name is followed", item=name, stage="fetch")
    return [row for row in rows if not names or row.name in names]


def at_address(c: Connection, url: str) -> AnyRow | None:
    """The followed source that is read at an address."""
    t = s.sources.c
    return c.execute(select(s.sources).where(t.url == url, t.followed == 1).limit(1)).first()


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


def failures(c: Connection, *, clearance: Label = Label.TOP_SECRET) -> list[AnyRow]:
    """The items that failed and have not succeeded since, newest first.

    A reader is told of none that was read under a label above the clearance, of a source that the reader may not
    know, or of a file that holds something above it.
    """
    t = s.failures.c
    rows = list(c.execute(select(s.failures).order_by(t.last_at.desc(), t.item)))
    if clearance >= Label.TOP_SECRET or not rows:
        return rows
    gone = hidden(c, clearance=clearance)
    names = {row.name for row in c.execute(select(s.sources.c.id, s.sources.c.name)) if row.id in gone}
    closed = _closed_places(c, {row.origin for row in rows} | {row.item for row in rows}, clearance)
    return [
        row for row in rows
        if int((row.options or {}).get("label") or 0) <= clearance
        and not {row.source, (row.options or {}).get("source")} & names and not {row.item, row.origin} & closed
    ]  # fmt: skip


def _closed_places(c: Connection, places: set[str], clearance: Label) -> set[str]:
    """Those of some files and addresses that documents above the clearance were read from."""
    v, d = s.versions.c, s.documents.c
    above = select(d.item).join(s.versions, v.document_id == d.id).where(v.label > int(clearance)).distinct()
    found: set[str] = set()
    for item in c.scalars(above):
        ends = [len(item), *(mark.start() for mark in _WITHIN.finditer(item))]
        found |= {place for end in ends if (place := item[:end]) in places}
    return found


def resolve_failures(c: Connection, *, origin: str, before: datetime) -> int:
    """Forget the failures of an origin that was read again and did not fail there since ``before``."""
    t = s.failures.c
    return c.execute(delete(s.failures).where(t.origin == origin, t.last_at < before)).rowcount


def resolve_failure(c: Connection, *, item: str, stages: Sequence[Stage]) -> int:
    """Forget that an item failed at these stages: it did not this time."""
    t = s.failures.c
    return c.execute(delete(s.failures).where(t.item == item, t.stage.in_([stage.value for stage in stages]))).rowcount


def note(c: Connection, *, at: datetime, action: str, subject: str, detail: str = "") -> None:
    """A line in the audit."""
    c.execute(insert(s.audit).values(at=at, action=action, subject=subject, detail=detail))


__all__ = [
    "at_address", "due", "failed", "failures", "follow", "health", "hidden", "history", "keep_failure", "listed",
    "named", "next_due", "note", "note_check", "put_off", "resolve_failure", "resolve_failures", "retry_retired",
    "succeeded", "trim", "unfollow",
]  # fmt: skip
