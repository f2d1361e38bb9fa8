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


def ago(span: timedelta | None) -> str:
    """How long ago.

    >>> ago(timedelta(minutes=12)), ago(timedelta(hours=3)), ago(None)
    ('12 minutes ago', '3 hours ago', 'never')
    """
    if span is None:
        return "never"
    minutes = round(span.total_seconds() / 60)
    if minutes < 60:
        return "just now" if minutes < 1 else f"{many(minutes, 'minute')} ago"
    return f"{age(span)} ago"


def until(span: timedelta) -> str:
    """How far ahead; what should be past already is overdue.

    >>> [until(timedelta(minutes=m)) for m in (-9, 0.4, 25, 90, 3000)]
    ['overdue', 'now', 'in 25 minutes', 'in 2 hours', 'in 2 days']
    """
    minutes = span.total_seconds() / 60
    if minutes < -5:
        return "overdue"
    if minutes < 1:
        return "now"
    return f"in {many(round(minutes), 'minute')}" if minutes < 60 else f"in {age(span)}"


def share(value: float) -> str:
    """A share in per cent, never rounded to none or all of it.

    >>> [share(v) for v in (0.0, 0.002, 0.126, 0.999, 1.0)]
    ['0 %', 'under 1 %', '13 %', 'over 99 %', '100 %']
    """
    if 0 < value < 0.01:
        return "under 1 %"
    if 0.99 < value < 1:
        return "over 99 %"
    return f"{value:.0%}".replace("%", " %")


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


def plain(value: str) -> str:
    """A name for a label that is read as Markdown: what Markdown might take for its own is escaped.

    >>> plain("Côte d'Ivoire *x*")
    "Côte d'Ivoire \\\\*x\\\\*"
    """
    return "".join(f"\\{c}" if c in r"\`*_{}[]()<>#+-!|~$:&" else c for c in value)
