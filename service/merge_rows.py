"""The rows of any table into a store that may hold some of them already.

What a row *is* decides whether it is held: its key where that says something, else what its table says is unique, else
all that it says. Numbers that a store gives itself are given anew where they are taken; the order they had stays. What
is held stays as it is, but labels are raised to the stricter of both.
"""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Connection, Table, UniqueConstraint, bindparam, func, insert, select, text, update
from sqlalchemy.dialects.sqlite import insert as upsert

from domain.errors import InputError
from index.store import schema as s
from service import checks
from service.bundles import Bundle
from service.portable import Row, lots, surrogate, weight_of

LAST = 2**62
"""No number that is carried is this great."""
Check = Callable[[Row], None]


class IdMap:
    """From the numbers rows had to those they have here: two columns, searched by halving (16 bytes a row)."""

    def __init__(self) -> None:
        self._old, self._new = array("q"), array("q")
        self._sorted = True

    def add(self, old: int, new: int) -> None:
        """Note a row.

        Raises:
            ValueError: its number is none that a store gives.
        """
        if not 1 <= old < LAST:
            raise ValueError(f"its id {old} is no number of a row")
        self._sorted = self._sorted and (not self._old or old > self._old[-1])
        self._old.append(old)
        self._new.append(new)

    def find(self, old: int) -> int:
        """The number here.

        Raises:
            ValueError: no row had this number, or two had one.
        """
        if not self._sorted:
            self._sort()
        at = bisect_left(self._old, old)
        if at == len(self._old) or self._old[at] != old:
            raise ValueError(f"it refers to the row {old}, which is not there")
        return self._new[at]

    def _sort(self) -> None:
        order = sorted(range(len(self._old)), key=self._old.__getitem__)
        self._old, self._new = (array("q", (column[i] for i in order)) for column in (self._old, self._new))
        if any(self._old[i] == self._old[i + 1] for i in range(len(self._old) - 1)):
            raise ValueError("two rows have one id")
        self._sorted = True


@dataclass
class Work:
    """An import under way.

    Attributes:
        whole: whether the store held nothing before, so that all is taken as it is.
        maps: by table, the numbers its rows have here. last: the greatest number each table has ever given.
        documents: those that are here under another id, as copies that another carries.
    """

    c: Connection
    bundle: Bundle
    whole: bool
    tell: Callable[[int, str], None] | None = None
    maps: dict[str, IdMap] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    documents: dict[str, str] = field(default_factory=dict)
    done: int = 0

    def begin(self, table: Table) -> None:
        """Make ready for a table's rows."""
        key = surrogate(table)
        if key is not None and table.name not in self.maps:
            held = int(self.c.scalar(select(func.max(key))) or 0)
            self.last[table.name] = max(held, given(self.c, table.name))
            self.maps[table.name] = IdMap()

    def number(self, table: Table, old: int) -> int:
        """The number a row gets: its own where it is free and keeps the order, else the next."""
        new = max(old, self.last[table.name] + 1)
        self.maps[table.name].add(old, new)
        self.last[table.name] = new
        return new

    def lots(self, table: Table) -> Iterator[list[tuple[str, Row]]]:
        """The table's rows, a few at a time."""
        for lot in lots(self.bundle.rows(table), most=400, heavy=8 << 20, weigh=lambda one: weight_of(one[1])):
            yield lot
            self.did(len(lot), table.name)

    def did(self, rows: int, what: str) -> None:
        """Tell whoever watches how far it is."""
        self.done += rows
        if self.tell is not None:
            self.tell(self.done, what)


def given(c: Connection, table: str) -> int:
    """The last number that a counting table has ever given."""
    return int(c.scalar(text("SELECT max(seq) FROM sqlite_sequence WHERE name = :t"), {"t": table}) or 0)


def generic(work: Work, table: Table, check: Check | None = None) -> None:
    """Any table: what it refers to is named as it is here, what is held is passed over, the rest is added."""
    work.begin(table)
    key = surrogate(table)
    check = check or checks.PLAIN.get(table.name)
    known = None if work.whole or key is None else _known(work, table)
    add = insert(table) if key is not None or work.whole else or_held(table)
    for lot in work.lots(table):
        rows = []
        for at, row in lot:
            with refusing(at):
                if check is not None:
                    check(row)
                renamed(work, table, row)
                if key is not None:
                    found = known(row) if known is not None else None
                    if found is not None:
                        work.maps[table.name].add(row["id"], found)
                        continue
                    row["id"] = work.number(table, row["id"])
            rows.append(row)
        if rows:
            work.c.execute(add, rows)


@contextmanager
def refusing(at: str) -> Iterator[None]:
    """Refuse an import for a row that is not made as it should be, by where it stands."""
    try:
        yield
    except (ValueError, KeyError, TypeError) as error:
        reason = str(error) if isinstance(error, ValueError) else f"is not made as it should be ({error!r})"
        raise InputError(reason[:300], item=at, stage="import") from error


def renamed(work: Work, table: Table, row: Row) -> None:
    """Name what a row refers to as it is named here.

    Raises:
        ValueError: it refers to what is not there.
    """
    for column, target in references(table):
        value = row[column]
        if value is not None:
            row[column] = work.documents.get(value, value) if target == "documents" else work.maps[target].find(value)


def references(table: Table) -> list[tuple[str, str]]:
    """Columns that name rows of other tables that may have other names here: declared keys, and passages by name."""
    keys = sorted(table.foreign_keys, key=lambda key: str(key.parent.name))
    found = [(str(key.parent.name), str(key.column.table.name)) for key in keys]
    found = [(column, to) for column, to in found if to == "documents" or surrogate(s.metadata.tables[to]) is not None]
    if "passage_id" in table.c and all(column != "passage_id" for column, _ in found):
        found.append(("passage_id", "passages"))
    return found


def or_held(table: Table) -> Any:
    """An insertion that leaves held rows as they are, but for a stricter label and an acknowledgement they lack."""
    made = upsert(table)
    changed: dict[str, Any] = {}
    if "label" in table.c:
        changed["label"] = func.max(table.c.label, made.excluded.label)
    if table is s.alerts:
        lacking = table.c.acknowledged.is_(None)
        for name in ("acknowledged", "acknowledged_by", "note"):
            changed[name] = func.iif(lacking, made.excluded[name], table.c[name])
    key = list(table.primary_key.columns)
    return made.on_conflict_do_update(index_elements=key, set_=changed) if changed else made.on_conflict_do_nothing()


# --- whether a numbered row is held


def _known(work: Work, table: Table) -> Callable[[Row], int | None]:
    unique = next((list(c.columns) for c in table.constraints if isinstance(c, UniqueConstraint)), None)
    return _by_unique(work, table, unique) if unique else _by_all(work, table)


def _by_unique(work: Work, table: Table, columns: list[Column[Any]]) -> Callable[[Row], int | None]:
    labelled = "label" in table.c
    shown = [table.c.id, table.c.label] if labelled else [table.c.id]
    query = select(*shown).where(*(c == bindparam(f"k_{c.name}") for c in columns))

    def find(row: Row) -> int | None:
        found = work.c.execute(query, {f"k_{c.name}": row[c.name] for c in columns}).first()
        if found is None:
            return None
        if labelled and found.label < row["label"]:
            work.c.execute(update(table).where(table.c.id == found.id).values(label=row["label"]))
        return int(found.id)

    return find


def _by_all(work: Work, table: Table) -> Callable[[Row], int | None]:
    """By all that a row says: digests of the rows held, in the database's own temporary file."""
    name = f"held_{table.name}"
    work.c.execute(text(f"DROP TABLE IF EXISTS temp.{name}"))
    work.c.execute(text(f"CREATE TEMP TABLE {name} (digest BLOB PRIMARY KEY, id INTEGER) WITHOUT ROWID"))
    put = text(f"INSERT OR IGNORE INTO temp.{name} VALUES (:digest, :id)")  # noqa: S608
    ask = text(f"SELECT id FROM temp.{name} WHERE digest = :digest")  # noqa: S608
    query = select(table).execution_options(yield_per=500)
    for lot in lots((dict(r) for r in work.c.execute(query).mappings()), weigh=weight_of):
        work.c.execute(put, [{"digest": _digest(table, row), "id": row["id"]} for row in lot])

    def find(row: Row) -> int | None:
        found = work.c.scalar(ask, {"digest": _digest(table, row)})
        return None if found is None else int(found)

    return find


def _digest(table: Table, row: Row) -> bytes:
    said = repr([row[column.name] for column in table.columns if column.name != "id"])
    return hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).digest()
