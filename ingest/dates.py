"""Dates of every sort, as feeds, files and cables print them, made aware UTC instants."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

from babel import Locale

from domain.time import plausible, to_utc

_LANGUAGES = ("en", "fr", "de", "es", "pt", "it", "nl", "ru", "uk", "pl", "id", "tr", "cs", "sv", "ro", "ar")
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 60, "cet": 60, "west": 60, "cest": 120, "eet": 120,
    "eest": 180, "msk": 180, "ict": 420, "wib": 420, "hkt": 480, "sgt": 480, "jst": 540, "kst": 540, "aest": 600,
    "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
}  # fmt: skip

_WORD = r"[^\W\d_]+"
_DTG = re.compile(r"\b(\d{2})(\d{2})(\d{2})\s*Z?\s*([A-Za-z]{3})[A-Za-z]*\s*(\d{4}|\d{2})\b")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?)?Z?$")
_EPOCH = re.compile(r"^(\d{10}|\d{13})(?:\.\d+)?$")
_CJK = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일号號]")
_VIETNAMESE = re.compile(r"(\d{1,2})\s+tháng\s+(\d{1,2})\s*(?:,|năm|/)?\s*(\d{4})", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_NUMBERS = re.compile(r"\b(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})\b")
_DAY_MONTH = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th|er|º|ª|\.)?[\s-]+(?:de\s+|of\s+)?({_WORD})\.?,?[\s-]+(?:de[l]?\s+)?(\d{{4}})\b"
)
_MONTH_DAY = re.compile(rf"\b({_WORD})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})\b")
_TIME = re.compile(r"(?<![\d:])(\d{1,2})[:.h](\d{2})(?:[:.](\d{2}))?(?:\.\d+)?\s*([ap])?\.?(m\b)?", re.IGNORECASE)
_YEAR_ZERO = re.compile(r"(?<![+\-\d:])0\d{3}\b")  # the standard library would read 0000 as 2000
_HOUR = re.compile(r"\b(\d{1,2})\s*([ap])\.?\s?m\b", re.IGNORECASE)
_OFFSET = re.compile(r"(?:\d|\s|GMT|UTC)([+-])(\d{2}):?(\d{2})\b(?!-)")
_ZONE = re.compile(r"[\s\d]([A-Za-z]{1,4})\s*\)?$")


def parse_date(text: str | None, *, near: datetime | None = None) -> datetime | None:
    """The instant a printed date means, in UTC; None when it is no date.

    ISO 8601, RFC 2822, military date-time groups, Unix seconds and milliseconds, ``20140502``, and dates written out in
    the larger languages. A date without a zone is taken as UTC; 03/04/2014 is the third of April (day first), unless
    only the other order is possible. ``near`` settles the century of a two-digit year: the latest that is not more than
    a year after it.
    """
    text = " ".join((text or "")[:200].split())
    if not text:
        return None
    for parse in (_iso, _rfc2822, lambda t: date_time_group(t, near=near), _spelled):
        try:
            moment = parse(text)
        except (ValueError, OverflowError, IndexError, TypeError):
            continue
        if moment is not None:
            return moment
    return None


def read_date(text: str | None, *, read_at: datetime) -> tuple[datetime | None, str | None]:
    """A publication time that can be right, and the date as printed when it cannot be used.

    Returns (instant, None), (None, "as printed") for one that is unreadable or implausible (year 0, before 1500, more
    than two days after ``read_at``), or (None, None) when there is none.
    """
    printed = " ".join((text or "").split())
    if not printed:
        return None, None
    moment = parse_date(printed, near=read_at)
    if moment is not None and plausible(moment, known=read_at):
        return moment, None
    return None, printed[:200]


def date_time_group(text: str, *, near: datetime | None = None) -> datetime | None:
    """The instant of a military date-time group such as ``050830Z MAY 14``; None when the text holds none.

    Raises:
        ValueError: it has the form of one, but there is no such day or hour.
    """
    found = _DTG.search(text)
    if not found:
        return None
    day, hour, minute, month_name, year_text = found.groups()
    month = _months().get(month_name.lower())
    if month is None:
        return None
    year = int(year_text)
    if len(year_text) == 2:
        latest = (near or datetime.now(UTC)).year + 1
        year += latest - latest % 100
        year -= 100 if year > latest else 0
    return datetime(year, month, int(day), int(hour), int(minute), tzinfo=UTC)


def _iso(text: str) -> datetime | None:
    if found := _EPOCH.match(text):
        seconds = int(found[1]) / (1000 if len(found[1]) == 13 else 1)
        return datetime.fromtimestamp(seconds, UTC)
    if found := _COMPACT.match(text):
        return datetime(*(int(part) for part in found.groups() if part), tzinfo=UTC)  # type: ignore[arg-type,misc]
    if len(text) < 8 or not text[:4].isdigit():
        return None
    return to_utc(datetime.fromisoformat(text.replace(" Z", "Z").replace(" UTC", "+00:00")))


def _rfc2822(text: str) -> datetime | None:
    if ":" not in text or not any(c.isalpha() for c in text) or _YEAR_ZERO.search(text):
        return None
    moment = parsedate_to_datetime(text)
    return to_utc(moment) if moment.year >= 1000 else None


def _spelled(text: str) -> datetime | None:
    for year, month, day, span in _days(text):
        clock = text[: span[0]] + " " + text[span[1] :]
        try:
            midnight = datetime(year, month, day, tzinfo=UTC)
        except ValueError:
            continue
        return midnight + _clock(clock) - _zone(clock)
    return None


def _days(text: str) -> Iterator[tuple[int, int, int, tuple[int, int]]]:
    for pattern in (_CJK, _YEAR_FIRST):
        if found := pattern.search(text):
            yield int(found[1]), int(found[2]), int(found[3]), found.span()
    if found := _VIETNAMESE.search(text):
        yield int(found[3]), int(found[2]), int(found[1]), found.span()
    for found in _DAY_MONTH.finditer(text):
        if month := _months().get(found[2].lower()):
            yield int(found[3]), month, int(found[1]), found.span()
    for found in _MONTH_DAY.finditer(text):
        if month := _months().get(found[1].lower()):
            yield int(found[3]), month, int(found[2]), found.span()
    if found := _NUMBERS.search(text):
        first, second = int(found[1]), int(found[2])
        day, month = (second, first) if second > 12 else (first, second)
        yield int(found[3]), month, day, found.span()


def _clock(text: str) -> timedelta:
    if found := _TIME.search(text):
        hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
        half = found[4] if found[5] else None
    elif found := _HOUR.search(text):
        hour, minute, second, half = int(found[1]), 0, 0, found[2]
    else:
        return timedelta(hours=12) if re.search(r"\bnoon\b", text, re.IGNORECASE) else timedelta()
    if half:
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    return timedelta(hours=hour, minutes=minute, seconds=second) if hour < 24 and minute < 60 else timedelta()


def _zone(text: str) -> timedelta:
    if found := _OFFSET.search(text):
        offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return -offset if found[1] == "-" else offset
    if (found := _ZONE.search(text)) and (minutes := _ZONES.get(found[1].lower())) is not None:
        return timedelta(minutes=minutes)
    return timedelta()


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    """Month names and their abbreviations (CLDR) in the larger languages, lower-case, without dots."""
    names: dict[str, int] = {}
    for language in _LANGUAGES:
        months = Locale.parse(language).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in months[context][width].items():
                    names.setdefault(name.lower().rstrip("."), number)
    names["sept"] = 9
    return names
