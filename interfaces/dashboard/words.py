"""Times, ages, numbers and languages in words, for people to read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache

from babel import Locale


@cache
def language_names(lang: str = "en") -> Mapping[str, str]:
    """Language code to name."""
    return dict(Locale.parse(lang).languages)


def language(code: str) -> str:
    """A language's name; ``und`` is the unknown one."""
    return "Unknown" if code == "und" else language_names().get(code, code)


def day(value: date) -> str:
    """A calendar day.

    >>> day(date(2014, 5, 6))
    '6 May 2014'
    """
    return f"{value.day} {value:%b %Y}"


def moment(value: datetime | None) -> str:
    """An instant to the minute (UTC); a day alone where the time of day is midnight to the second.

    >>> from datetime import UTC
    >>> moment(datetime(2014, 5, 6, 15, 20, tzinfo=UTC)), moment(None)
    ('6 May 2014, 15:20', 'undated')
    """
    if value is None:
        return "undated"
    if not (value.hour or value.minute or value.second):
        return day(value)
    return f"{day(value)}, {value:%H:%M}"


def age(span: timedelta | None) -> str:
    """How long, in the largest unit that says it.

    >>> [age(timedelta(hours=h)) for h in (0.5, 1, 30, 100, 2000)]
    ['under an hour', '1 hour', '30 hours', '4 days', '12 weeks']
    """
    if span is None:
        return "never"
    hours = span.total_seconds() / 3600
    if hours < 1:
        return "under an hour"
    if hours < 48:
        return many(round(hours), "hour")
    if hours < 24 * 21:
        return many(round(hours / 24), "day")
    if hours < 24 * 7 * 104:
        return many(round(hours / 24 / 7), "week")
    return many(round(hours / 24 / 365.25), "year")


def many(n: int, one: str, several: str | None = None) -> str:
    """A number with its noun.

    >>> many(1, "day"), many(1200, "report"), many(0, "country", "countries")
    ('1 day', '1,200 reports', '0 countries')
    """
    return f"{n:,} {one if n == 1 else several or one + 's'}"


def figure(value: float) -> str:
    """A mean or a score, as short as it can honestly be said.

    >>> [figure(v) for v in (0.017, 0.26, 3.0, 41.7)]
    ['0.02', '0.3', '3', '42']
    """
    if 0 < value < 0.1:
        return f"{value:.2f}" if value >= 0.005 else "under 0.01"
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.1f}".removesuffix(".0")
