"""What a step that was broken off still owes: noted with the step's own transaction, done by whoever comes next."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from index.store import schema as s

Debt = Literal["matches", "erasure", "splits"]


def owe(c: Connection, what: Debt) -> None:
    """Note that something is still to be done once this transaction is stored."""
    c.execute(upsert(s.meta).values(key=f"due.{what}", value="").on_conflict_do_nothing())


def owed(c: Connection, what: Debt) -> bool:
    """Whether it is still to be done."""
    return c.scalar(select(s.meta.c.key).where(s.meta.c.key == f"due.{what}")) is not None


def paid(c: Connection, what: Debt) -> None:
    """Note that it is done."""
    c.execute(delete(s.meta).where(s.meta.c.key == f"due.{what}"))
