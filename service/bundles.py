"""Where imported rows come from: an export in JSON lines or in Parquet, or the database of a backup.

Whatever it is, it is not believed before it is checked: only files that the manifest and the schema name are read, each
row is checked against its table, and what is wrong is told with file and row.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import Connection, Table, select, text

from domain.errors import InputError
from index.store import schema as s
from index.store.engine import open_engine
from service.manifest import DELIVERED, Manifest, file_name, read_manifest
from service.portable import Row, inward, of_store

LONGEST = 256 << 20
"""Bytes of the longest line taken: several times what the longest text needs."""


class Bundle(Protocol):
    """Rows to be imported.

    ``rows`` gives a table's rows as the store takes them, each with where it stands, by ascending primary key;
    ``delivered`` the record of delivered alerts; ``sequences`` the last number that each counting table has given.
    Both iterators raise InputError at what cannot be taken.
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    def rows(self, table: Table) -> Iterator[tuple[str, Row]]: ...  # noqa: D102

    def delivered(self) -> Iterator[dict[str, Any]]: ...  # noqa: D102

    def sequences(self) -> Mapping[str, int]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Folder:
    """An export: a folder whose files fit its manifest."""

    path: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """As it is noted in the audit."""
        return str(self.path)

    def rows(self, table: Table) -> Iterator[tuple[str, Row]]:
        """A table's rows; none where the export does not hold the table."""
        name = file_name(table.name, self.manifest.encoding)
        if (said := self.manifest.files.get(name)) is None:
            return
        path = self.path / name
        if self.manifest.encoding == "parquet":
            from service.columns import read_parquet

            plain: Iterator[Any] = read_parquet(path, table)
        else:
            plain = _values(path)
        n = 0
        for at, row in _taken(plain, table, where=str(path)):
            n += 1
            yield at, row
        if n != said.rows:
            raise InputError(f"has {n} rows, its manifest says {said.rows}", item=str(path), stage="import")

    def delivered(self) -> Iterator[dict[str, Any]]:
        """The lines of the record."""
        if DELIVERED not in self.manifest.files:
            return
        path, n, values = self.path / DELIVERED, 0, _values(self.path / DELIVERED)
        while True:
            n += 1
            try:
                line = next(values)
                if not isinstance(line, dict) or not all(isinstance(line.get(k), str) for k in ("id", "date", "title")):
                    raise ValueError("is no line of a delivered alert")
            except StopIteration:
                return
            except ValueError as error:
                raise InputError(str(error), item=f"{path}:{n}", stage="import") from error
            yield line

    def sequences(self) -> Mapping[str, int]:
        """The last number that each counting table has given."""
        return self.manifest.sequences


@dataclass(frozen=True, slots=True)
class Backup:
    """The database of a backup, opened as a copy of its own."""

    path: Path
    connection: Connection

    @property
    def name(self) -> str:
        """As it is noted in the audit."""
        return str(self.path)

    def rows(self, table: Table) -> Iterator[tuple[str, Row]]:
        """A table's rows."""
        query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=64)
        plain = (dict(row) for row in self.connection.execute(query).mappings())
        if table is s.meta:
            plain = (row for row in plain if not of_store(row["key"]))
        yield from _taken(plain, table, where=f"{self.path}, {table.name}")

    def delivered(self) -> Iterator[dict[str, Any]]:
        """None: a backup is of the database alone."""
        yield from ()

    def sequences(self) -> Mapping[str, int]:
        """The last number that each counting table has given."""
        rows = self.connection.execute(text("SELECT name, seq FROM sqlite_sequence"))
        return {str(name): int(seq) for name, seq in rows}


@contextmanager
def opened_bundle(path: Path, *, beside: Path) -> Iterator[Bundle]:
    """The export or backup at a path, found whole; ``beside`` is a folder in which a backup may be copied to be read.

    Raises:
        InputError: it is none, is damaged, or a newer Vedette made it.
    """
    if path.is_dir():
        yield Folder(path, read_manifest(path))
    elif path.is_file():
        with _copied(path, beside) as connection:
            yield Backup(path, connection)
    else:
        raise InputError("no such export or backup", item=str(path), stage="import")


@contextmanager
def _copied(path: Path, beside: Path) -> Iterator[Connection]:
    """The database as a copy brought to the newest schema: the backup itself stays as it is."""
    beside.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="import-", dir=beside) as folder:
        copy = Path(folder) / "backup.db"
        shutil.copyfile(path, copy)
        if reason := unsound(copy):
            raise InputError(reason, item=str(path), stage="import")
        engine = open_engine(copy)
        try:
            with engine.connect() as connection, connection.begin():
                yield connection
        finally:
            engine.dispose()


def unsound(path: Path) -> str | None:
    """Why a file is no database that may be opened as a store; None where it is one, whole to the last page."""
    try:
        connection = sqlite.connect(f"file:{path}?mode=ro", uri=True)
        try:
            connection.execute("PRAGMA trusted_schema=OFF")
            strange = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchone()
            if strange is not None:
                return f"holds a trigger or view ({strange[0][:60]!r}), which no Vedette made"
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone() is None:
                return "is no database of Vedette"
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            return None if found == "ok" else f"is damaged: {found}"
        finally:
            connection.close()
    except sqlite.DatabaseError as error:
        return f"is no database, or damaged: {error}"


def _taken(plain: Iterator[Any], table: Table, *, where: str) -> Iterator[tuple[str, Row]]:
    take, n = inward(table), 0
    while True:
        n += 1
        try:
            row = take(next(plain))
        except StopIteration:
            return
        except ValueError as error:
            raise InputError(str(error)[:300], item=f"{where}:{n}", stage="import") from error
        yield f"{where}:{n}", row


def _values(path: Path) -> Iterator[Any]:
    """The JSON value of each line; ValueError where a line is none, or longer than any row."""
    with path.open("rb") as handle:
        while line := handle.readline(LONGEST + 1):
            if len(line) > LONGEST:
                raise ValueError(f"a line of more than {LONGEST} bytes")
            try:
                yield json.loads(line)
            except RecursionError as error:
                raise ValueError("nested too deeply") from error
