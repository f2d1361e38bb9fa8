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
from sqlalchemy import Engine, create_engine, event, inspect, text

from domain.errors import BusyError, StoreError

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "0001"
"""The newest revision; a test holds it against the scripts."""
SAFE_SQLITE = (3, 51, 3)
"""The first release without the WAL-reset corruption bug."""


def _pragmas(connection: Any, _record: Any) -> None:
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


def open_engine(path: Path) -> Engine:
    """An engine on the database file, its schema brought up to date first.

    Raises:
        StoreError: the SQLite library is one that can corrupt a WAL database, the file is no database, or it was
            written by a newer Vedette.
    """
    if sqlite.sqlite_version_info < SAFE_SQLITE:
        raise StoreError(f"SQLite {sqlite.sqlite_version} can corrupt a WAL database; need 3.51.3", stage="store")
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite+pysqlite:///{path}", module=sqlite)
    event.listen(engine, "connect", _pragmas)
    try:
        migrate(engine)
    except sqlite.DatabaseError as error:
        raise StoreError(f"not a usable database: {error}", item=str(path), stage="store") from error
    except Exception as error:
        if isinstance(error, StoreError):
            raise
        raise StoreError(f"cannot open: {error}", item=str(path), stage="store") from error
    return engine


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest revision; a second call changes nothing.

    Raises:
        StoreError: the database's revision is unknown here, so a newer Vedette wrote it.
    """
    with engine.connect() as connection:
        has_revision = inspect(connection).has_table("alembic_version")
        revision = connection.scalar(text("SELECT version_num FROM alembic_version")) if has_revision else None
    if revision == HEAD:
        return
    from alembic import command  # slow to import, and seldom needed
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise StoreError(f"the database has revision {revision}, which this Vedette does not know", stage="store")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def writer_lock(home: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the home folder as its only writer; the lock dies with the process.

    Raises:
        BusyError: another process holds it and ``wait`` is false.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / "writer.lock").open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise BusyError("another process is writing to this home folder", item=str(home), stage="store") from error
        handle.seek(0)
        handle.truncate()
        handle.write(str(os.getpid()))
        handle.flush()
        yield
