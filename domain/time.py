"""Time: aware UTC instants, half-open windows, and the end of an ``as of`` day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

EARLIEST = datetime(1500, 1, 1, tzinfo=UTC)
"""Nothing in a ministry's holdings is taken to be published before this day."""


def now() -> datetime:
    """The present instant, aware, in UTC, to the microsecond."""
    return datetime.now(UTC)


def to_utc(moment: datetime) -> datetime:
    """The same instant in UTC; a naive one is taken to be UTC already."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def start_of(day: date) -> datetime:
    """Midnight UTC with which the day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def end_of(day: date) -> datetime:
    """Midnight UTC that ends the day: the first instant no longer in it."""
    return start_of(day) + timedelta(days=1)


def parse_day(text: str) -> date:
    """A calendar day from ``YYYY-MM-DD``, or from an ISO 8601 instant (its UTC day).

    Raises:
        ValueError: it is neither.
    """
    text = text.strip()
    try:
        return date.fromisoformat(text)
    except ValueError:
        return parse_instant(text).date()


def parse_instant(text: str) -> datetime:
    """An aware UTC instant from ISO 8601 text; a day alone means its beginning.

    Raises:
        ValueError: the text is not ISO 8601.
    """
    try:
        return to_utc(datetime.fromisoformat(text.strip()))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"not an ISO 8601 date: {text!r}") from error


def plausible(moment: datetime, *, known: datetime, slack: timedelta = timedelta(days=2)) -> bool:
    """Whether a publication time can be right: not before 1500 and not more than ``slack`` after we knew it."""
    return EARLIEST <= moment <= known + slack


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open span of time, ``since <= t < until``; None leaves that side open."""

    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        if self.since is not None and self.until is not None and self.since > self.until:
            raise ValueError(f"window ends before it begins: {self.since} > {self.until}")

    def __contains__(self, moment: datetime) -> bool:
        return (self.since is None or moment >= self.since) and (self.until is None or moment < self.until)


def days_in(since: date, until: date) -> list[date]:
    """Every day of the half-open span ``[since, until)``."""
    return [since + timedelta(days=i) for i in range((until - since).days)]
