"""Domain values as plain JSON and back, for the columns that keep what was, whole."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from domain.alert import SeriesKey, Signal, Watchlist, parse_series
from domain.label import Label
from domain.source import SourceHealth


def plain(value: Any) -> Any:
    """Dataclasses, times, labels and tuples as JSON values; times as ISO 8601 with ``Z``, spans of time in seconds."""
    if isinstance(value, SeriesKey):
        return str(value)
    if isinstance(value, Label):
        return value.text
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in (sorted(value) if isinstance(value, set | frozenset) else value)]
    return value


def _instant(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _span(value: float | None) -> timedelta | None:
    return None if value is None else timedelta(seconds=value)


def signal_from(body: dict[str, Any]) -> Signal:
    """The signal that ``plain`` wrote."""
    first, last = body["window"]
    return Signal(**{
        **body, "key": parse_series(body["key"]), "day": date.fromisoformat(body["day"]),
        "window": (date.fromisoformat(first), date.fromisoformat(last)),
    })  # fmt: skip


def health_from(body: dict[str, Any]) -> SourceHealth:
    """The source health that ``plain`` wrote."""
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in body.items()}
    for name in ("newest", "last_success", "last_attempt", "next_check", "layout_changed", "retired"):
        values[name] = _instant(body.get(name))
    for name in ("content_age", "usual_gap", "quiet_after"):
        values[name] = _span(body.get(name))
    return SourceHealth(**values)


def watchlist_from(body: dict[str, Any]) -> Watchlist:
    """The watchlist that ``plain`` wrote."""
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in body.items()}
    return Watchlist(**values)
