"""Opening a database that may only be read: a home on a read-only disk, or one that belongs to somebody else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import Connection, Engine, NullPool, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError

from domain.errors import StoreError
from index.store.engine import HEAD


def only_readable(path: Path) -> bool:
    """Whether there is a database file that this user may read, and it or its folder may not be written."""
    return path.is_file() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))


def open_reading(path: Path) -> Engine:
    """An engine that reads the database file and writes nothing beside it.

    Raises:
        StoreError: it cannot be read, or has another revision and would have to be written first.
    """
    engine = create_engine("sqlite+pysqlite://", creator=lambda: _connect(path), module=sqlite, poolclass=NullPool)
    event.listen(engine, "begin", _begin)
    try:
        with engine.connect() as connection:
            known = inspect(connection).has_table("alembic_version")
            revision = connection.scalar(text("SELECT version_num FROM alembic_version")) if known else None
    except (DBAPIError, sqlite.Error) as error:
        reason = str(error.orig if isinstance(error, DBAPIError) else error)
        raise StoreError(f"cannot be opened for reading: {reason}", item=str(path), stage="store") from error
    if revision != HEAD:
        raise StoreError("must first be opened by somebody who may write it: it has another revision of the tables",
                         item=str(path), stage="store")  # fmt: skip
    return engine


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _connect(path: Path) -> Any:
    """One connection. A database in WAL mode cannot be read without its shared memory, which a reader may not make: but
    where no log lies beside it nobody writes it and the file is all there is, so it can be read as unchanging."""
    log = path.with_name(path.name + "-wal")
    how = "mode=ro" if log.exists() else "mode=ro&immutable=1"
    connection = sqlite.connect(f"file:{quote(str(path))}?{how}", uri=True, check_same_thread=False)
    connection.isolation_level = None
    for pragma in ("query_only=ON", "busy_timeout=20000", "cache_size=-64000"):
        connection.execute(f"PRAGMA {pragma}")
    return connection
