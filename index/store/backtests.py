"""Backtests in the store: figures that were measured once, each as it was printed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from index.store import schema as s


def save(c: Connection, *, name: str, body: Mapping[str, Any], at: datetime) -> int:
    """Keep a backtest of the table called ``name``; gives its number."""
    key = c.execute(insert(s.backtests).values(at=at, name=name, body=dict(body))).inserted_primary_key
    return int(key[0]) if key else 0
