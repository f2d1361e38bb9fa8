"""What the database is told outside any transaction: checkpoints and rebuilding."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine


@contextmanager
def bare(engine: Engine) -> Iterator[Any]:
    """The driver's own connection, in no transaction: pragmas and VACUUM are refused within one."""
    pooled = engine.raw_connection()
    try:
        yield pooled.driver_connection
    finally:
        pooled.close()


def checkpoint(engine: Engine) -> bool:
    """Bring the write-ahead log into the database and empty it; false where a reader still needs it."""
    with bare(engine) as connection:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy
