"""What a reader may see of the sources: each with its health, its latest readings, and whether anybody reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from domain.document import Filters
from domain.errors import NotFoundError
from domain.label import Label
from domain.source import HEALTH_STATES, SourceHealth
from domain.time import now
from index.store import schema as s
from index.store import sources
from service.scheduler import STALE, heartbeat
from service.wiring import Home


@dataclass(frozen=True, slots=True, kw_only=True)
class Sourced:
    """A source and how it is doing; see ``domain.source.Source`` and ``SourceHealth``."""

    name: str
    kind: str
    url: str | None
    lang: str | None
    country: str | None
    region: str | None
    category: str | None
    reliability: str
    label: Label
    added: datetime
    moved_from: str | None
    health: SourceHealth


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One check of a source, as far as the reader may know how it went.

    How many items came tells of those above a clearance, so that whoever is not cleared for everything is told only
    that it answered or failed: the counts are None then, and so are its status, length and newest item where it
    answered.
    """

    at: datetime
    outcome: str
    status: int | None = None
    reason: str | None = None
    seconds: float | None = None
    newest: datetime | None = None
    items: int | None = None
    new: int | None = None
    updated: int | None = None
    duplicate: int | None = None
    failed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """Whether the followed sources are read by a ``watch``; ``checks``, ``failed`` and ``new`` are None where they
    would tell of what the reader may not see.

    ``late`` when it runs and has given no sign of life for longer than it ever should. ``followed`` counts the sources
    that wait for it.
    """

    followed: int
    alive: bool = False
    late: bool = False
    at: datetime | None = None
    started: datetime | None = None
    next_check: datetime | None = None
    trouble: str | None = None
    checks: int | None = None
    failed: int | None = None
    new: int | None = None


def overview(home: Home, *, at: datetime, clearance: Label | None = None) -> list[Sourced]:
    """Every source that the reader may know of, as it stood at a moment: those that most want looking at first."""
    cleared = _cleared(home, clearance)
    with home.read() as c:
        rows = {row.name: row for row in sources.listed(c, clearance=cleared)}
        told = sources.health(c, at=at, filters=Filters(as_of=at, until=at, clearance=cleared))
    found = [
        Sourced(
            name=one.source, kind=row.kind, url=row.url, lang=row.lang, country=row.country, region=row.region,
            category=row.category, reliability=row.reliability, label=Label(row.label), added=row.added,
            moved_from=row.moved_from, health=one,
        )
        for one in told if (row := rows.get(one.source)) is not None
    ]  # fmt: skip
    return sorted(found, key=lambda one: (HEALTH_STATES.index(one.health.state), one.name))


def readings(
    home: Home, name: str, *, until: datetime, clearance: Label | None = None, limit: int = 40
) -> list[Reading]:
    """The latest readings of a source before a moment, newest first.

    Raises:
        NotFoundError: there is no such source, or none that the reader may know of.
    """
    cleared = _cleared(home, clearance)
    r = s.readings.c
    with home.read() as c:
        number = next((row.id for row in sources.listed(c, clearance=cleared) if row.name == name), None)
        if number is None:
            raise NotFoundError("no such source", item=name, stage="sources")
        query = select(s.readings).where(r.source_id == number, r.at < until).order_by(r.at.desc(), r.id.desc())
        rows = c.execute(query.limit(limit)).all()
    whole = cleared >= Label.TOP_SECRET
    return [
        Reading(
            at=row.at, outcome=row.outcome, status=row.status, reason=row.reason, seconds=row.seconds,
            newest=row.newest, items=row.items, new=row.new, updated=row.updated, duplicate=row.duplicate,
            failed=row.failed,
        )
        if whole
        else Reading(at=row.at, outcome="failed", status=row.status, reason=row.reason)
        if row.outcome == "failed"
        else Reading(at=row.at, outcome="answered")
        for row in rows
    ]  # fmt: skip


def watching(home: Home, *, clearance: Label | None = None) -> Watching:
    """Whether a ``watch`` runs on this home, and what it does; about now."""
    cleared = _cleared(home, clearance)
    beat = heartbeat(home)
    with home.read() as c:
        known = sources.listed(c, followed=True, clearance=cleared)
    followed = sum(row.retired is None and row.url is not None for row in known)
    if beat is None:
        return Watching(followed=followed)
    whole = cleared >= Label.TOP_SECRET
    return Watching(
        followed=followed, alive=beat.alive, late=beat.alive and now() - beat.at > STALE, at=beat.at,
        started=beat.started, trouble=beat.trouble, next_check=beat.next_check if whole else None,
        checks=beat.checks if whole else None, failed=beat.failed if whole else None,
        new=beat.new if whole else None,
    )  # fmt: skip


def _cleared(home: Home, clearance: Label | None) -> Label:
    settings = home.settings.reader.clearance
    return settings if clearance is None else min(clearance, settings)


__all__ = ["Reading", "Sourced", "Watching", "overview", "readings", "watching"]
