"""Scenarios in the store. Every change counts the revision up; what was before is kept in the audit."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from domain.errors import InputError, NotFoundError, StoreError
from domain.indicator import Scenario, scenario_from
from domain.jsonable import plain
from index.store import schema as s

Kept = tuple[Scenario, int]
"""A scenario with its revision."""


def save(c: Connection, one: Scenario, *, at: datetime, revision: int | None = None) -> int:
    """Store a scenario, or change the one of its name; gives its revision, which stays where nothing changed.

    ``revision`` is that which the change was made to: 0 for a scenario that should be new, None for whatever it is.

    Raises:
        InputError: somebody has changed it since.
    """
    old = c.execute(select(s.scenarios).where(s.scenarios.c.name == one.name)).first()
    held = 0 if old is None else int(old.revision)
    if revision is not None and revision != held:
        reason = f"it was changed since: it is at revision {held}, the change was made to revision {revision}"
        raise InputError(reason, item=one.name, stage="scenarios")
    body = plain(one)
    if old is not None and old.definition == body:
        return held
    values = {"definition": body, "revision": held + 1}
    c.execute(
        upsert(s.scenarios).values(name=one.name, **values).on_conflict_do_update(index_elements=["name"], set_=values)
    )
    _note(c, "scenario", one.name, {"revision": held + 1, "definition": body}, at)
    return held + 1


def drop(c: Connection, name: str, *, at: datetime) -> None:
    """Delete a scenario.

    Raises:
        NotFoundError: there is none of this name.
    """
    if not c.execute(delete(s.scenarios).where(s.scenarios.c.name == name)).rowcount:
        raise NotFoundError("no such scenario", item=name, stage="scenarios")
    _note(c, "scenario removed", name, {}, at)


def one(c: Connection, name: str) -> Kept:
    """A scenario by its name.

    Raises:
        NotFoundError: there is none of this name. StoreError: what is stored of it cannot be read.
    """
    row = c.execute(select(s.scenarios).where(s.scenarios.c.name == name)).first()
    if row is None:
        raise NotFoundError("no such scenario", item=name, stage="scenarios")
    try:
        return scenario_from(row.definition), int(row.revision)
    except ValueError as error:
        raise StoreError(str(error), item=name, stage="scenarios") from error


def listed(c: Connection) -> list[Kept]:
    """All scenarios by name; one that cannot be read stops none of the others, and is left out."""
    found: list[Kept] = []
    for row in c.execute(select(s.scenarios).order_by(s.scenarios.c.name)):
        with suppress(ValueError):
            found.append((scenario_from(row.definition), int(row.revision)))
    return found


def _note(c: Connection, action: str, name: str, detail: dict[str, Any], at: datetime) -> None:
    said = json.dumps(detail, ensure_ascii=False) if detail else ""
    c.execute(insert(s.audit).values(at=at, action=action, subject=name, detail=said))
