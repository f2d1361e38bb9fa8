"""When an article was published, where its feed, its page and its address each have a say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import unquote, urlsplit

from domain.time import plausible
from ingest.dates import parse_date

Origin = Literal["feed", "page", "url"]

AGREE = timedelta(hours=36)
"""Two dates this close are one: a day is told in the outlet's zone, and pages are revised on the day."""

EVERGREEN = timedelta(days=365)
"""A page that claims to be older than its feed's entry by more is a page that is kept and announced anew."""

AHEAD = timedelta(hours=26)
"""How far ahead of the reading a date may be and still be a right one in a wrong zone."""

_NUMBERS = re.compile(r"(?<!\d)(19[89]\d|20\d\d)[/\-_.]?(0[1-9]|1[0-2])[/\-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")
_LOOSE = re.compile(r"(?:^|/)(19[89]\d|20\d\d)[/\-](\d{1,2})[/\-](\d{1,2})(?=[/\-_.]|$)")
_NAMED = re.compile(r"(?:^|/)(19[89]\d|20\d\d)/([a-z]{3})/(\d{1,2})(?=/|$)", re.IGNORECASE)
_MONTHS = {"janfebmaraprmayjunjulaugsepoctnovdec"[at : at + 3]: at // 3 + 1 for at in range(0, 36, 3)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The publication time that was settled on, who said it, and what contradicts it or was changed (one line each)."""

    moment: datetime | None
    origin: Origin | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Said:
    moment: datetime
    origin: Origin
    by: str
    day_only: bool

    def differs(self, other: _Said) -> timedelta:
        return abs(self.moment - other.moment)


def settle(
    *, feed: datetime | None, page: Sequence[tuple[str, str]] = (), url: str | None = None, read_at: datetime
) -> Published:
    """One publication time out of several.

    ``page`` holds what the page prints, by where it stands, the most trustworthy first (``PageFacts.dates``). In order:

    1. Nothing ahead of ``read_at`` is believed. A date less than 26 hours ahead is in a wrong zone and counts as the
       moment of reading. One further ahead, or before 1500, is left out. Either is noted.
    2. The feed's date, unless the page and the address agree on an earlier day (more than 36 hours, less than a year):
       then the feed announced it late, and the page's date holds. Where feed and page agree and one of them tells the
       day alone, the one with the hour holds.
    3. The page's date, the first that is plausible; then the day in the address.

    A page's date more than a year older than the feed's is that of a page kept and announced anew: noted, not
    believed. So is every other contradiction of more than 36 hours.
    """
    notes: list[str] = []
    said = {one.origin: one for one in _said(feed, page, url, read_at, notes)}
    told, shown, placed = said.get("feed"), said.get("page"), said.get("url")
    best = told or shown or placed
    if told and shown:
        best = _feed_or_page(told, shown, placed)
    if best is None:
        return Published(moment=None, notes=tuple(notes))
    notes += [f"{one.by} says {_stamp(one)}" for one in (told, shown, placed) if one and _contradicts(one, best)]
    return Published(moment=best.moment, origin=best.origin, notes=tuple(notes))


def url_day(url: str | None) -> datetime | None:
    """The day that an address carries in its path (``/2014/05/04/``, ``-20140504-``), as midnight UTC."""
    try:
        path = unquote(urlsplit(url or "").path)
    except ValueError:
        return None
    for pattern in (_LOOSE, _NAMED, _NUMBERS):
        for found in pattern.finditer(path[:500]):
            month = _MONTHS.get(found[2].lower()) if pattern is _NAMED else int(found[2])
            try:
                return datetime(int(found[1]), month or 0, int(found[3]), tzinfo=UTC)
            except ValueError:
                continue
    return None


def _said(
    feed: datetime | None, page: Sequence[tuple[str, str]], url: str | None, read_at: datetime, notes: list[str]
) -> Iterator[_Said]:
    """What can be right of all that is said, one of each origin, none ahead of the reading."""
    if feed is not None and (said := _believed(feed, "feed", "the feed", read_at, notes)):
        yield said
    for name, printed in page:
        by = f"the page ({name})"
        moment = parse_date(printed, near=read_at)
        if moment is None:
            notes.append(f"{by} says {printed[:60]!r}, which is no date")
        elif said := _believed(moment, "page", by, read_at, notes):
            yield said
            break
    day = url_day(url)
    if day is not None and day <= read_at and plausible(day, known=read_at):
        yield _Said(day, "url", "the address", True)


def _believed(moment: datetime, origin: Origin, by: str, read_at: datetime, notes: list[str]) -> _Said | None:
    said = _Said(moment, origin, by, _is_day(moment))
    if moment <= read_at and plausible(moment, known=read_at):
        return said
    notes.append(f"{by} says {_stamp(said)}, which cannot be when it was read at {read_at:%Y-%m-%d %H:%M}")
    return _Said(read_at, origin, by, True) if read_at < moment <= read_at + AHEAD else None


def _feed_or_page(told: _Said, shown: _Said, placed: _Said | None) -> _Said:
    if told.differs(shown) <= AGREE:
        return shown if told.day_only and not shown.day_only else told
    late = AGREE < told.moment - shown.moment <= EVERGREEN
    return shown if late and placed is not None and placed.differs(shown) <= AGREE else told


def _contradicts(one: _Said, best: _Said) -> bool:
    return one is not best and one.differs(best) > AGREE


def _is_day(moment: datetime) -> bool:
    return (moment.hour, moment.minute, moment.second) == (0, 0, 0)


def _stamp(one: _Said) -> str:
    return f"{one.moment:%Y-%m-%d}" if one.day_only else f"{one.moment:%Y-%m-%d %H:%M}"
