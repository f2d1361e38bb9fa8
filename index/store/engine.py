"""Opening the database: SQLite through SQLAlchemy, migrated by Alembic, one writer at a time.

The SQLite that a system ships may carry the WAL-reset bug, so the ``pysqlite3`` build is used and asserted.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError

from domain.errors import BusyError, StoreError

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "0005"
"""The newest revision; a test holds it against the scripts."""
SAFE_SQLITE = (3, 51, 3)
"""The first release without the WAL-reset corruption bug."""


def _pragmas(connection: Any, _record: Any) -> None:
    # The driver's own way begins a transaction at the first change only, so that reads would see the store change
    # under them and a migration would be stored by halves: SQLAlchemy says when one begins.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=20000",
        "cache_size=-64000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


@contextmanager
def refusals(path: Path) -> Iterator[None]:
    """Say what the database refuses (a full disk, a read-only folder, damage) in Vedette's words.

    Raises:
        StoreError: the database refused or is damaged.
    """
    try:
        yield
    except DBAPIError as error:
        # A broken rule of the schema is a mistake of ours and keeps its traceback.
        if type(error.orig) not in (sqlite.OperationalError, sqlite.DatabaseError):
            raise
        raise StoreError(f"the database refused: {error.orig}", item=str(path), stage="store") from error


def open_engine(path: Path) -> Engine:
    """An engine on the database file, its schema brought up to date first.

    Raises:
        StoreError: the SQLite library is one that can corrupt a WAL database, the file is no database, or it was
            written by a newer Vedette.
    """
    if sqlite.sqlite_version_info < SAFE_SQLITE:
        raise StoreError(f"SQLite {sqlite.sqlite_version} can corrupt a WAL database; need 3.51.3", stage="store")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"no folder can be made there: {error.strerror}"
        raise StoreError(reason, item=str(path.parent), stage="store") from error
    engine = create_engine(f"sqlite+pysqlite:///{path}", module=sqlite)
    event.listen(engine, "connect", _pragmas)
    event.listen(engine, "begin", _begin)
    try:
        migrate(engine, home=path.parent)
    except StoreError:
        raise
    except Exception as error:
        reason = str(error.orig if isinstance(error, DBAPIError) else error)
        raise StoreError(f"cannot be opened: {reason}", item=str(path), stage="store") from error
    return engine


def migrate(engine: Engine, *, home: Path) -> None:
    """Bring the schema to the newest revision, whole or not at all; a second call changes nothing.

    Raises:
        StoreError: the database's revision is unknown here, so a newer Vedette wrote it.
    """
    if _revision(engine) == HEAD:
        return
    from alembic import command  # slow to import, and seldom needed
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    with writer_lock(home):
        # Asked again: another process may have been faster.
        revision = _revision(engine)
        if revision is not None and revision not in known:
            raise StoreError(f"the database has revision {revision}, which this Vedette does not know", stage="store")
        if revision != HEAD:
            with engine.begin() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return found


@contextmanager
def writer_lock(home: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the home folder as its only writer; the lock dies with the process.

    Raises:
        BusyError: another process holds it and ``wait`` is false. StoreError: the folder cannot be written.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        opened = (home / "writer.lock").open("a+")
    except OSError as error:
        raise StoreError(f"the folder cannot be written: {error.strerror}", item=str(home), stage="store") from error
    with opened as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise BusyError("another process is writing to this home folder", item=str(home), stage="store") from error
        handle.seek(0)
        handle.truncate()
        handle.write(str(os.getpid()))
        handle.flush()
        yield
