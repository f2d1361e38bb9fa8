"""When a source is asked again, and when no more: pure deciders over what it said and how it went.

What they follow: RFC 9111 (freshness 4.2, Age 5.1, Cache-Control 5.2.2, Expires 5.3), RFC 9110 (validators 8.8, 301
15.4.2, 308 15.4.9, 410 15.5.11, Retry-After 10.2.3), RFC 6585 (429), RSS 2.0 (ttl, skipHours, skipDays) and its
syndication module. What a publisher asks is kept within what the operator allows: no header stops a source from ever
being read again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import blake2b

from domain.source import Check
from domain.time import to_utc

GONE_LIKE = frozenset({401, 403, 404, 451})
"""Answers that mean "not here, or not for you": they retire a source only after a long time."""
GONE_CHECKS = 5
"""So many of them in a row at least, however far apart."""
UNREACHED = timedelta(hours=2)
"""The longest patience with a host that cannot be reached at all: that may be our own network, and costs it nothing."""
LEARNT_FROM = 24
"""The latest checks that a source's pace is learnt from."""

_DIRECTIVE = re.compile(r"([\w-]+)\s*(?:=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s,;]*)))?")
_LONGEST = timedelta(days=3650)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What the operator allows.

    Attributes:
        least, most: the shortest and the longest time between two checks that went well.
        first: the time between two checks while nothing is learnt yet.
        gone: for how long a source may be refused or not found before it is retired.
        jitter: up to this share is added to a time, so that sources drift apart.
    """

    least: timedelta = timedelta(minutes=10)
    first: timedelta = timedelta(hours=1)
    most: timedelta = timedelta(hours=24)
    gone: timedelta = timedelta(days=30)
    jitter: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a feed asks of its readers in its own text; hours and days (Monday is 0) are in UTC."""

    ttl: timedelta | None = None
    period: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Decision:
    """When to ask again, how long that is from now, and why then; ``retired`` says why it is asked no more."""

    at: datetime
    interval: timedelta
    reason: str
    retired: str | None = None


def next_check(
    now: datetime,
    *,
    facts: Asked,
    headers: Mapping[str, str],
    history: Sequence[Check],
    settings: Pace,
    seed: str = "",
) -> Decision:
    """When a source is to be asked again after the check that stands first in its history (newest first).

    ``headers`` are those of that check's answer (lower-case names). ``seed`` makes one source's jitter another than the
    next one's; the same arguments always give the same decision.
    """
    if not history:
        return Decision(now, timedelta(0), "never asked")
    last = history[0]
    if last.outcome == "failed":
        return _after_failure(now, headers=headers, history=history, settings=settings, seed=seed)
    interval, reason = learnt(history, now=now, settings=settings)
    for asked, why in (
        (facts.ttl, "the feed's ttl"),
        (facts.period, "the feed's update period"),
        (freshness(headers, now=now), "the answer stays fresh so long"),
        (retry_after(headers, now=now), "Retry-After"),
    ):
        if asked is not None and asked > interval:
            interval, reason = asked, why
    interval = _within(_spread(_within(interval, settings), settings.jitter, f"{seed}|{last.at.isoformat()}"), settings)
    at = after_skips(now + interval, hours=facts.skip_hours, days=facts.skip_days)
    if at > now + interval:
        at, reason = min(at, now + settings.most), "the feed's hours or days to skip"
    return Decision(at, at - now, reason)


def _after_failure(
    now: datetime, *, headers: Mapping[str, str], history: Sequence[Check], settings: Pace, seed: str
) -> Decision:
    last, row = history[0], _failed_row(history)
    if last.status == 410:
        return Decision(now, timedelta(0), "gone", retired="the server says it is gone for good (410)")
    refused = [check for check in row if check.status in GONE_LIKE]
    if last.status in GONE_LIKE and len(refused) >= GONE_CHECKS and now - refused[-1].at >= settings.gone:
        days = (now - refused[-1].at).days
        return Decision(now, timedelta(0), "gone", retired=f"answered {last.status} for {days} days")
    wait = retry_after(headers, now=now)
    # Asked to slow down without a word on how long, one starts higher up the same stairs.
    steps = len(row) - 1 + (2 if wait is None and last.status in (429, 503) else 0)
    longest = settings.most if last.status is not None else max(min(UNREACHED, settings.most), settings.least)
    interval = min(settings.least * 2 ** min(steps, 30), longest)
    interval = _spread(interval, max(settings.jitter, 0.25), f"{seed}|{last.at.isoformat()}")
    reason = f"failed {len(row)} times in a row" if len(row) > 1 else "failed"
    if wait is not None and wait > interval:
        # Not before what else waits for this host, and not at the same moment.
        interval, reason = _spread(wait, settings.jitter, f"{seed}|{last.at.isoformat()}"), "Retry-After"
    interval = _within(interval, settings)
    return Decision(now + interval, interval, reason)


def _failed_row(history: Sequence[Check]) -> list[Check]:
    row: list[Check] = []
    for check in history:
        if check.outcome != "failed":
            break
        row.append(check)
    return row


def learnt(history: Sequence[Check], *, now: datetime, settings: Pace) -> tuple[timedelta, str]:
    """The time between checks at which about every second one finds something new, as the latest ones suggest.

    It at most doubles from one check to the next, so that a few quiet checks do not lose a source for a day.
    """
    good = [check for check in history if check.outcome != "failed"][:LEARNT_FROM]
    if len(good) < 3:
        return settings.first, "little is known of its habits"
    span = max(now - good[-1].at, settings.least)
    changed = sum(check.changed for check in good[:-1])
    latest = max(good[0].at - good[1].at, settings.least)
    interval = min(span / (2 * changed + 1), 2 * latest)
    return interval, f"{changed} of its last {len(good) - 1} checks brought something new"


def freshness(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """How long an answer stays fresh by its own headers; None where they do not say (RFC 9111, 4.2.1)."""
    directives: dict[str, str] = {}
    for found in _DIRECTIVE.finditer(headers.get("cache-control", "")[:1000]):
        directives.setdefault(found[1].lower(), found[2] if found[2] is not None else found[3] or "")
    if directives.keys() & {"no-cache", "no-store"}:
        return None
    if "max-age" in directives:
        # A value that is no number makes the answer stale (4.2.1).
        lifetime = _seconds(directives["max-age"]) or timedelta(0)
    elif "expires" in headers:
        expires = _http_date(headers["expires"])
        lifetime = expires - (_http_date(headers.get("date", "")) or now) if expires is not None else timedelta(0)
    else:
        return None
    return max(lifetime - (_seconds(headers.get("age", "")) or timedelta(0)), timedelta(0))


def retry_after(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """How long the server asks to be left alone, in seconds or up to a date; None where it does not (RFC 9110)."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    if (span := _seconds(text)) is not None:
        return span
    until = _http_date(text)
    return max(until - now, timedelta(0)) if until is not None else None


def validators(headers: Mapping[str, str], *, now: datetime) -> tuple[str | None, str | None]:
    """The ETag and Last-Modified to ask with the next time (RFC 9110, 8.8).

    A time of change in the very second of the answer is left: what changes later in that second would never be seen
    (8.8.2.2).
    """
    etag, modified = headers.get("etag") or None, headers.get("last-modified") or None
    changed = _http_date(modified) if modified else None
    if changed is None or (_http_date(headers.get("date", "")) or now) - changed < timedelta(seconds=1):
        modified = None
    return etag, modified


def after_skips(at: datetime, *, hours: frozenset[int], days: frozenset[int]) -> datetime:
    """The first moment from ``at`` on that lies in no hour or day to be skipped; ``at`` where every one is."""
    if not hours and not days:
        return at
    moment = at
    for _ in range(24 * 8):
        if moment.hour not in hours and moment.weekday() not in days:
            return moment
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return at


def horizon(now: datetime, *, most: timedelta) -> datetime:
    """The latest moment that a check can have been set for; one beyond it was set by a clock that was wrong."""
    return now + most + timedelta(minutes=5)


def spread_over(n: int, *, within: timedelta, seed: str) -> list[timedelta]:
    """Delays for n checks that are all overdue at once, evenly over a time, each a little off its place."""
    step = within / max(n, 1)
    return [step * (i + _chance(f"{seed}|{i}")) for i in range(n)]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a source is read: its address, the one it seems to have moved to, the one it had before."""

    url: str
    moving_to: str | None = None
    moved_from: str | None = None


def settle(here: Address, *, target: str | None, good: bool) -> Address:
    """The address after a reading that a chain of permanent redirects took to ``target`` (None: no such chain).

    A move is believed when two good readings in a row were sent to the same place. A reading that failed, as when a
    captive portal sends everything to its log-in page, moves nothing and forgets nothing.
    """
    if not good:
        return here
    if target is None or target == here.url:
        return Address(here.url, None, here.moved_from)
    if target != here.moving_to:
        return Address(here.url, target, here.moved_from)
    return Address(target, None, here.url)


def _within(interval: timedelta, settings: Pace) -> timedelta:
    return min(max(interval, settings.least), settings.most)


def _spread(interval: timedelta, share: float, seed: str) -> timedelta:
    return interval * (1 + share * _chance(seed))


def _chance(seed: str) -> float:
    """A number in [0, 1) that looks random and is the same for the same seed."""
    return int.from_bytes(blake2b(seed.encode("utf-8", "replace"), digest_size=6).digest(), "big") / 2**48


def _seconds(text: str) -> timedelta | None:
    text = text.strip()
    if not text.isascii() or not text.isdigit():
        return None
    return min(timedelta(seconds=int(text[:12])), _LONGEST)


def _http_date(text: str) -> datetime | None:
    try:
        return to_utc(parsedate_to_datetime(text.strip()[:80])).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
