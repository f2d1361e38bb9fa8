"""What the database is told outside any transaction: checkpoints and rebuilding."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine

PATIENCE_MS = 20_000
"""How long a checkpoint waits for readers of an older state."""


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
        usual = connection.execute("PRAGMA busy_timeout").fetchone()[0]
        connection.execute(f"PRAGMA busy_timeout={PATIENCE_MS}")
        try:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            connection.execute(f"PRAGMA busy_timeout={usual}")
    return not busy
