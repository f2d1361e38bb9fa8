"""A row in every table, whatever tables there are; and all rows of a home, to be compared."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Connection, Float, Integer, LargeBinary, Table, func, insert, select, true

from domain.alert import Watchlist
from domain.desk import Desk
from domain.ids import document_id
from domain.jsonable import plain
from index.store import schema as s
from service.portable import DERIVED, default_of, of_store
from service.wiring import Home

WHEN = datetime(2014, 5, 3, 12, 30, 0, 250, tzinfo=UTC)


def dump(home: Home, *, but: tuple[str, ...] = ()) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, by primary key; but for what tells of one store alone."""
    with home.read() as c:
        return {
            table.name: [
                tuple(row)
                for row in c.execute(select(table).order_by(*table.primary_key.columns))
                if table is not s.meta or not of_store(row.key)
            ]
            for table in s.metadata.sorted_tables
            if table.name not in but
        }


def differences(a: dict[str, list[Any]], b: dict[str, list[Any]]) -> dict[str, tuple[list[Any], list[Any]]]:
    """By table, rows that only one of two homes has."""
    found = {}
    for name in a.keys() | b.keys():
        one, other = a.get(name, []), b.get(name, [])
        if one != other:
            found[name] = ([x for x in one if x not in other], [x for x in other if x not in one])
    return found


def fill_empty_tables(home: Home) -> list[str]:
    """One row in each table that has none; gives their names."""
    made = []
    with home.write() as c:
        for table in s.metadata.sorted_tables:
            own = ~table.c.key.startswith("store") if table is s.meta else true()
            if table.name not in DERIVED and not c.scalar(select(func.count()).select_from(table).where(own)):
                c.execute(insert(table).values(**_row(c, table)))
                made.append(table.name)
    return made


_VALID: dict[str, dict[str, Any]] = {
    "alerts": {"state": "open", "body": {"title": "t", "observed": 1, "expected": 0.5, "peak": 1, "signals": [],
                                         "health": []}},
    "watchlists": {"name": "rig", "definition": plain(Watchlist(name="rig", words=("oil rig",)))},
    "meta": {"key": "mark"},
    "desks": {"definition": {key: value for key, value in plain(Desk(name="x")).items() if key != "name"}},
    "entity_decisions": {"what": "merge", "entity_id": "iso:VN", "body": {"into": "iso:CN"}},
    "entity_links": {"how": "operator"},
    "outgoing": {"state": "sent", "body": {"open": {"a1": 3}}},
}  # fmt: skip


def _row(c: Connection, table: Table) -> dict[str, Any]:
    row = {column.name: _value(c, column) for column in table.columns}
    if "series" in row:
        row["series"] = "country:VN"
    if "passage_id" in row:
        row["passage_id"] = c.scalar(select(s.passages.c.id).limit(1))
    if table is s.carried:
        name = c.scalar(select(s.sources.c.name).where(s.sources.c.id == row["source_id"])) or ""
        row |= {"kind": "report", "copy_id": document_id(source=name, key=row["key"]), "superseded": None}
    return row | _VALID.get(table.name, {})


def _value(c: Connection, column: Column[Any]) -> Any:
    for key in column.foreign_keys:
        return c.scalar(select(key.column).limit(1))
    kind = column.type
    if isinstance(kind, s.Instant):
        return WHEN
    if isinstance(kind, s.Day):
        return date(2014, 5, 3)
    if isinstance(kind, LargeBinary):
        return bytes(range(256))
    if isinstance(kind, JSON):
        return default_of(column) or {"a": ["ă", 1, None]}
    if isinstance(kind, Float):
        return 0.5
    if isinstance(kind, Integer):
        return 1
    if column.name == "url":
        return "https://example.org/a"
    return f'{column.name} = ă\t"x"\n2'
