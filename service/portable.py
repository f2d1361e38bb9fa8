"""Rows as they leave the store and come back: plain JSON values, each checked against its column on the way in.

Nothing here knows a table by name but the few that are derived: a table added to the schema is carried as it is.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from sqlalchemy import JSON, Column, Float, Integer, LargeBinary, Table

from domain.label import Label, parse_label
from index.store import schema as s

T = TypeVar("T")
Row = dict[str, Any]
Coder = Callable[[Any], Any]

DERIVED = {"changes": "the sequence of changes is each store's own and is begun anew where the rows are imported"}
"""Tables that are not carried, and why."""
_OF_STORE = ("store", "due")
"""Keys of ``meta``, up to their first point, that tell of one store and mean nothing in another."""
_WIDEST = 2**63


def tables() -> list[Table]:
    """The tables that are carried, each after those it refers to."""
    carried = [table for table in s.metadata.sorted_tables if table.name not in DERIVED]
    # Some name a passage without a declared key: these come last, and after them those that refer to them.
    late: set[str] = set()
    for table in carried:
        if "passage_id" in table.c or any(key.column.table.name in late for key in table.foreign_keys):
            late.add(table.name)
    return sorted(carried, key=lambda table: table.name in late)


def of_store(key: str) -> bool:
    """Whether a key of ``meta`` tells of this very store."""
    return key.partition(".")[0] in _OF_STORE


def surrogate(table: Table) -> Column[Any] | None:
    """The whole number that names a table's rows in one store alone; None where rows are named by what they say."""
    keys = list(table.primary_key.columns)
    only = keys[0] if len(keys) == 1 else None
    return only if only is not None and only.name == "id" and isinstance(only.type, Integer) else None


# --- out


def outward(table: Table) -> Callable[[Mapping[str, Any]], Row]:
    """What makes a row of the table plain: times as ISO 8601, labels in words, bytes in base64."""
    ways = [(column.name, _out(column)) for column in table.columns]

    def plain(row: Mapping[str, Any]) -> Row:
        return {name: None if row[name] is None else way(row[name]) for name, way in ways}

    return plain


def _out(column: Column[Any]) -> Coder:
    kind = column.type
    if isinstance(kind, s.Instant):
        return lambda value: value.isoformat().replace("+00:00", "Z")
    if isinstance(kind, s.Day):
        return lambda value: value.isoformat()
    if isinstance(kind, LargeBinary):
        return lambda value: base64.b64encode(value).decode("ascii")
    if isinstance(kind, Float):
        return lambda value: value if math.isfinite(value) else repr(value)
    if column.name == "label":
        return lambda value: Label(value).text
    return lambda value: value


# --- in


def inward(table: Table) -> Callable[[Mapping[str, Any]], Row]:
    """What makes a plain row one that the store takes.

    A column that an older export lacks has its default. The function raises ValueError, naming the column, for a value
    that the column cannot hold and for a column that there is none of.
    """
    columns = {column.name: (column, _in(column)) for column in table.columns}

    def taken(plain: Mapping[str, Any]) -> Row:
        if not isinstance(plain, Mapping):
            raise ValueError("is no object")
        if unknown := sorted(set(plain) - set(columns)):
            raise ValueError(f"has a column {unknown[0][:60]!r} that this Vedette does not know")
        row: Row = {}
        for name, (column, way) in columns.items():
            value = plain[name] if name in plain else default_of(column)
            if value is None:
                # A JSON column keeps JSON's own null where it may not be empty.
                if not column.nullable and not isinstance(column.type, JSON):
                    raise ValueError(f"{name} is missing")
                row[name] = None
                continue
            try:
                row[name] = way(value)
            except (ValueError, TypeError, OverflowError) as error:
                raise ValueError(f"{name}: {error}") from error
        return row

    return taken


def default_of(column: Column[Any]) -> Any:
    """What a column holds where nothing is said; None where it has no default."""
    made: Any = column.default
    if made is not None and made.is_scalar:
        return made.arg
    if made is not None and made.is_callable:
        return made.arg(None)
    told: Any = column.server_default
    if told is None:
        return None
    text = str(told.arg)
    return text if column.type.python_type is str else json.loads(text)


def _in(column: Column[Any]) -> Coder:
    kind = column.type
    if isinstance(kind, s.Instant):
        return _instant
    if isinstance(kind, s.Day):
        return _day
    if isinstance(kind, LargeBinary):
        return _bytes
    if isinstance(kind, JSON):
        return _json
    if isinstance(kind, Float):
        return _number
    if column.name == "label":
        return _label
    return _whole if isinstance(kind, Integer) else _text


def _instant(value: Any) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC)


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(_text(value))


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else base64.b64decode(_text(value), validate=True)


def _json(value: Any) -> Any:
    json.dumps(value, ensure_ascii=False).encode("utf-8")  # what cannot be written again is not taken
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not (isinstance(value, int | float) or value in ("inf", "-inf")):
        raise ValueError("is no number")
    return float(value)


def _label(value: Any) -> int:
    return int(Label(value)) if isinstance(value, int) else int(parse_label(_text(value)))


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("is no whole number")
    if not -_WIDEST <= value < _WIDEST:
        raise ValueError("is too large a number")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("is no text")
    value.encode("utf-8")
    return value


# --- in lots


def lots(rows: Iterable[T], *, most: int = 500, heavy: int = 16 << 20, weigh: Callable[[T], int]) -> Iterator[list[T]]:
    """The rows in lots of at most ``most``, each ended once it weighs ``heavy`` or more: what is held at once."""
    lot: list[T] = []
    weight = 0
    for row in rows:
        lot.append(row)
        weight += weigh(row)
        if len(lot) >= most or weight >= heavy:
            yield lot
            lot, weight = [], 0
    if lot:
        yield lot


def weight_of(row: Mapping[str, Any]) -> int:
    """About how many bytes a row holds."""
    return sum(len(value) if isinstance(value, str | bytes) else 40 for value in row.values())
