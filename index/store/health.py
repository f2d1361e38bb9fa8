"""How each source is doing, as of any moment and for any reader: judged from what was known then.

A ``Book`` reads once what any number of judgements need, as a scan of many days does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import BigInteger, ColumnElement, Connection, func, or_, select, type_coerce

from domain.document import Filters
from domain.label import Label
from domain.source import HealthState, SourceHealth
from index.filters import visible
from index.store import schema as s
from index.store.schema import AnyRow

QUIET_GAPS = 3
"""A source whose newest content is older than this many of its usual gaps is quiet, not healthy."""
LEAST_QUIET = timedelta(hours=1)
UNKNOWN_QUIET = timedelta(days=30)
"""Silence of a source of whose habits too little is known."""
WINDOW = timedelta(weeks=8)
"""Before its newest publication: what a source's habits are taken from."""
DUPLICATES = timedelta(days=14)
"""For so many days the texts count of which a source's share of duplicates is told."""
NEW_LAYOUT = timedelta(days=7)
"""For so long a changed layout is told; then it is how the source is."""
READINGS = 60
"""The latest readings of a source that its failures in a row are told from."""
KEPT_LAYOUTS = 20
LAYOUTS = 5
"""A layout is new only against at least so many readings before it."""
UNUSUAL = 0.05
"""Weekdays without a publication count as days of rest where chance would leave them empty more seldom than this."""

Micros = npt.NDArray[np.int64]
_DAY = 86_400_000_000
_MONDAY = 4 * _DAY
"""1970-01-05, the first Monday after the beginning of time."""
_FOREVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class _Held:
    """The versions of one source: when published, when known, when superseded, how labelled."""

    at: Micros
    known: Micros
    superseded: Micros
    label: Micros

    def seen(self, moment: int | None, clearance: Label) -> Micros:
        """The publications in force at a moment (None: now) that a reader may see, in order."""
        mask = self.label <= int(clearance)
        mask &= (self.superseded == _FOREVER) if moment is None else (self.known < moment) & (self.superseded >= moment)
        return np.sort(self.at[mask])


_NOTHING = _Held(*(np.zeros(0, np.int64) for _ in range(4)))


class Book:
    """All that the health of the sources is judged from, read once; good for as long as its connection is."""

    def __init__(self, c: Connection, *, where: Sequence[ColumnElement[bool]] = ()) -> None:
        self._c = c
        self._sources = tuple(c.execute(select(s.sources).order_by(s.sources.c.name)))
        self._held = _versions(c, where)
        self._told: dict[tuple[datetime, Label, bool, frozenset[int]], list[SourceHealth]] = {}

    def health(
        self, at: datetime, *, clearance: Label = Label.TOP_SECRET, as_of: bool = True,
        without: frozenset[int] = frozenset(),
    ) -> list[SourceHealth]:  # fmt: skip
        """Every source that the reader may know of, by name, as it stood at a moment.

        Without ``as_of`` what is in force today counts, whenever it became known. ``without`` leaves sources out.
        """
        key = (at, clearance, as_of, without)
        if key not in self._told:
            copies = _copies(self._c, at, clearance)
            rows = (row for row in self._sources if row.id not in without)
            found = (self._one(row, at, clearance, as_of, copies) for row in rows)
            self._told[key] = [one for one in found if one is not None]
        return list(self._told[key])

    def _one(
        self, source: AnyRow, at: datetime, clearance: Label, as_of: bool, copies: tuple[dict[int, int], dict[int, int]]
    ) -> SourceHealth | None:
        held = self._held.get(source.id, _NOTHING)
        if source.label > clearance or (len(held.label) and held.label.min() > clearance):
            return None
        moment = _micros(at)
        times = held.seen(moment if as_of else None, clearance)
        if source.added > at and not len(times):
            return None
        recent = int(np.searchsorted(times, moment) - np.searchsorted(times, _micros(at - DUPLICATES)))
        same, nearly = (counts.get(source.id, 0) for counts in copies)
        share = min(1.0, (same + nearly) / (recent + same)) if recent + same else None
        return _judged(source, times, self._readings(source, at), share, at)

    def _readings(self, source: AnyRow, at: datetime) -> Sequence[AnyRow]:
        """The latest readings up to a moment, newest first."""
        if source.last_attempt is None:
            return ()
        r = s.readings.c
        query = select(r.at, r.outcome, r.reason).where(r.source_id == source.id, r.at <= at)
        return self._c.execute(query.order_by(r.at.desc(), r.id.desc()).limit(READINGS)).all()


def health(c: Connection, *, at: datetime, filters: Filters | None = None) -> list[SourceHealth]:
    """Every source as it stood at a moment: counts and ages only from what was known and published by then."""
    filters = filters or Filters(as_of=at)
    gone = hidden(c, clearance=filters.clearance)
    book = Book(c, where=visible(filters))
    return book.health(at, clearance=filters.clearance, as_of=filters.as_of is not None, without=gone)


def hidden(c: Connection, *, clearance: Label) -> frozenset[int]:
    """The sources that a reader may not know of: labelled above the clearance, or with every document above it."""
    if clearance >= Label.TOP_SECRET:
        return frozenset()
    v, d, t = s.versions.c, s.documents.c, s.sources.c
    above = select(t.id).where(t.label > int(clearance))
    least = (
        select(d.source_id).select_from(s.versions.join(s.documents, v.document_id == d.id)).group_by(d.source_id)
        .having(func.min(v.label) > int(clearance))
    )  # fmt: skip
    return frozenset(c.scalars(above)) | frozenset(c.scalars(least))


def _versions(c: Connection, where: Sequence[ColumnElement[bool]]) -> dict[int, _Held]:
    v, d = s.versions.c, s.documents.c
    ends = func.coalesce(type_coerce(v.superseded, BigInteger), _FOREVER, type_=BigInteger)
    columns = (d.source_id, type_coerce(v.at, BigInteger), type_coerce(v.known, BigInteger), ends, v.label)
    query = select(*columns).select_from(s.versions.join(s.documents)).where(*where)
    # Whole numbers all: the driver's own rows, for there may be a million.
    rows = np.array(c.execute(query).cursor.fetchall(), np.int64).reshape(-1, 5)
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    ids, starts = np.unique(rows[:, 0], return_index=True)
    return {
        int(i): _Held(*np.ascontiguousarray(part[:, 1:].T))
        for i, part in zip(ids, np.split(rows, starts[1:]), strict=False)
    }


def _copies(c: Connection, at: datetime, clearance: Label) -> tuple[dict[int, int], dict[int, int]]:
    """For each source how many of its texts of the last days another had first: word for word (those are not held
    under its name), and nearly (those are). Copies of what the reader may not see are none."""
    k, low, since = s.carried.c, int(clearance), at - DUPLICATES
    same = (
        select(k.source_id, func.count()).where(k.known >= since, k.known < at, k.label <= low)
        .where(or_(k.superseded.is_(None), k.superseded >= at)).group_by(k.source_id)
    )  # fmt: skip
    v, o, near = s.versions, s.versions.alias(), s.near.c
    mine, theirs = s.documents, s.documents.alias()
    first = (o.c.known < v.c.known) | ((o.c.known == v.c.known) & (o.c.id < v.c.id))
    found: dict[int, set[str]] = defaultdict(set)
    for here, there in ((near.version_id, near.other_id), (near.other_id, near.version_id)):
        joined = (
            v.join(s.near, here == v.c.id).join(o, o.c.id == there).join(mine, mine.c.id == v.c.document_id)
            .join(theirs, (theirs.c.id == o.c.document_id) & (theirs.c.source_id != mine.c.source_id))
        )  # fmt: skip
        query = select(mine.c.source_id, mine.c.id).select_from(joined).distinct()
        then = [v.c.at >= since, v.c.at < at, v.c.known < at, o.c.known < at, v.c.label <= low, o.c.label <= low]
        for row in c.execute(query.where(*then, first, or_(v.c.superseded.is_(None), v.c.superseded >= at))):
            found[row[0]].add(row[1])
    return {row[0]: row[1] for row in c.execute(same)}, {one: len(ids) for one, ids in found.items()}


def _judged(
    source: AnyRow, times: Micros, readings: Sequence[AnyRow], duplicates: float | None, at: datetime
) -> SourceHealth:
    newest = _moment(int(times[-1])) if len(times) else None
    recent = times[times > times[-1] - _span(WINDOW)] if len(times) else times
    rest = resting(recent)
    gap = usual_gap(recent, rest=rest)
    every = timedelta(seconds=source.interval) if source.followed and source.interval else timedelta(0)
    quiet_after = (UNKNOWN_QUIET if gap is None else max(LEAST_QUIET, QUIET_GAPS * gap)) + every
    failed = _failures(source, readings, at)
    good = [row.at for row in readings if row.outcome != "failed"]
    success = _latest(good[0] if good else None, source.last_success, at)
    retired = source.retired if source.followed and source.retired and source.retired <= at else None
    changed = layout_change(source.hints.get("layouts") or {}, at=at)
    silence = _silence(int(times[-1]), _micros(at), rest) if newest else None
    state: HealthState
    if retired:
        state = "retired"
    elif failed[0]:
        state = "failing"
    elif changed:
        state = "changed layout"
    elif silence is None:
        state = (
            "quiet" if source.followed and success else "never read" if source.followed or not len(times) else "quiet"
        )
    else:
        state = "quiet" if silence > quiet_after else "healthy"
    note = source.retired_reason if retired else f"moved from {source.moved_from}" if source.moved_from else None
    return SourceHealth(
        source=source.name, state=state, documents=len(times), newest=newest,
        content_age=max(at - newest, timedelta(0)) if newest else None, usual_gap=gap, last_success=success,
        failures=failed[0], last_error=failed[1][0] if failed[1] else None, followed=bool(source.followed),
        last_attempt=_latest(readings[0].at if readings else None, source.last_attempt, at),
        next_check=source.next_check if source.followed and not retired else None, quiet_after=quiet_after,
        reasons=failed[1], weekdays=weekdays(recent), layout_changed=changed, retired=retired, note=note,
        duplicates=None if duplicates is None else round(duplicates, 4),
    )  # fmt: skip


def _silence(since: int, until: int, rest: frozenset[int]) -> timedelta:
    first, last = active(np.array([since, until], np.int64), rest).tolist()
    return timedelta(microseconds=last - first)


def _failures(source: AnyRow, readings: Sequence[AnyRow], at: datetime) -> tuple[int, tuple[str, ...]]:
    """Failed readings in a row up to a moment, and why, the latest reason first."""
    if not readings:
        if not source.failures or source.last_attempt is None or source.last_attempt > at:
            return 0, ()
        return source.failures, (source.last_error,) if source.last_error else ()
    row: list[Any] = []
    for reading in readings:
        if reading.outcome != "failed":
            break
        row.append(reading.reason or "")
    return len(row), tuple(dict.fromkeys(reason for reason in row if reason))[:5]


def _latest(first: datetime | None, second: datetime | None, at: datetime) -> datetime | None:
    return max((one for one in (first, second) if one is not None and one <= at), default=None)


def resting(times: Micros) -> frozenset[int]:
    """Weekdays (Monday is 0, in UTC) on which a source never publishes, where that can hardly be chance."""
    days = np.unique(times // _DAY)
    if len(days) < 4 or days[-1] - days[0] < 14:
        return frozenset()
    empty = frozenset(range(7)) - {int(d) for d in (days - _MONDAY // _DAY) % 7}
    return empty if empty and ((7 - len(empty)) / 7) ** len(days) < UNUSUAL else frozenset()


def active(moments: Micros, rest: frozenset[int]) -> Micros:
    """Microseconds from the first Monday of 1970 up to each moment, days of rest not counted."""
    weeks, inside = np.divmod(moments - _MONDAY, 7 * _DAY)
    day, part = np.divmod(inside, _DAY)
    works = np.array([d not in rest for d in range(7)], np.int64)
    before = np.concatenate([[0], np.cumsum(works)])
    found: Micros = (weeks * works.sum() + before[day]) * _DAY + works[day] * part
    return found


def usual_gap(times: Micros, *, rest: frozenset[int] = frozenset()) -> timedelta | None:
    """The gap that one is in at half of all moments; None with fewer than four gaps.

    Weighted by their length, for a source that publishes twenty texts by day and none by night is not silent at
    midnight.
    """
    gaps = np.sort(np.diff(np.unique(active(times, rest))))
    if len(gaps) < 4:
        return None
    total = np.cumsum(gaps)
    return timedelta(microseconds=int(gaps[np.searchsorted(total, total[-1] / 2)]))


def weekdays(times: Micros) -> tuple[float, ...]:
    """Documents a day that a source usually has, Monday first; empty with less than a week of publications."""
    if not len(times) or times[-1] - times[0] < 6 * _DAY:
        return ()
    days = times // _DAY
    span = np.arange(days[0], days[-1] + 1)
    shift = _MONDAY // _DAY
    have = np.bincount((days - shift) % 7, minlength=7)
    every = np.bincount((span - shift) % 7, minlength=7)
    return tuple(round(float(h) / max(int(e), 1), 2) for h, e in zip(have, every, strict=True))


def layout_change(layouts: Mapping[str, Any], *, at: datetime) -> datetime | None:
    """Since when a feed's entries are made of other elements than in all its readings before; None when they are not,
    or when that is no news any more. ``layouts`` is what ``remembered`` gave."""
    last = layouts.get("last")
    seen = {name: (datetime.fromisoformat(first), count) for name, (first, count) in layouts.get("seen", {}).items()}
    if last not in seen:
        return None
    first = seen[last][0]
    before = sum(count for moment, count in seen.values() if moment < first)
    return first if before >= LAYOUTS and timedelta(0) <= at - first <= NEW_LAYOUT else None


def remembered(layouts: Mapping[str, Any], layout: str, *, at: datetime) -> dict[str, Any]:
    """The layouts seen, with one more reading: when each was first seen and how often; the latest few are kept."""
    seen = {name: list(facts) for name, facts in layouts.get("seen", {}).items()}
    first, count = seen.pop(layout, [at.isoformat(), 0])
    seen[layout] = [first, count + 1]
    return {"last": layout, "seen": dict(list(seen.items())[-KEPT_LAYOUTS:])}


def _micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _moment(micros: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


def _span(span: timedelta) -> int:
    return span // timedelta(microseconds=1)
