"""The level of a scenario over time: each indicator against its own past year, as of each day.

A value is the amount of the last days, judged against the values of the year before as they were known that day and by
how much was read: more reading is not more happening, and a day on which nothing was read is a gap, not a calm day.

The deviation is robust (median and median absolute deviation: F. R. Hampel, J. Am. Stat. Assoc. 69, 1974), and never
counted in less than the chance of counts makes of it, so that a sparse series does not leap at its first event.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from domain.alert import SeriesKey
from domain.indicator import Indicator, Scale, Scenario

Changes = Iterable[tuple[date, date, float]]
"""(the day at whose end it shows, the day whose amount changes, by how much)"""
Floats = npt.NDArray[np.float64]

PAST = 365
"""Days before a value that it is judged against."""
LEAST_PAST = 60
"""Fewer judged days than this in the past year say nothing of what is usual."""
FULL = 4.0
"""Robust standard deviations above the usual at which an indicator stands at 100."""
ONE_EVENT = 5.0
"""About the Goldstein value of one event, in either direction."""
NOT_READ, MOSTLY_NOT_READ, NO_PAST = "nothing was read", "most days were not read", "too little history"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An indicator on a day, as known at its end.

    Attributes:
        value: the amount of the window. usual: what its past year makes likely of as much reading. z: how many robust
            standard deviations it lies above that. rank: the share of the past year's values below it, 0 to 100.
        read: what was read in the window (documents, or events of all countries). behind: days since something was.
        gap: why there is no value; then the three are None.
    """

    day: date
    value: float | None
    usual: float | None
    z: float | None
    rank: float | None
    read: float
    behind: int | None
    gap: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardDay:
    """A scenario on a day.

    Attributes:
        level: 0 to 100, or None where less than half of the weight could be seen. parts: what each indicator adds to
            it, None for one that is not seen; they sum to the level. seen: the share of the weight that is.
    """

    day: date
    level: float | None
    parts: tuple[float | None, ...]
    seen: float


def readings(
    key: SeriesKey, changes: Changes, exposure: Changes, *, first: date, last: date, window: int = 7
) -> list[Reading]:
    """The series on every day from ``first`` to ``last`` (included), each as known at that day's end.

    ``changes`` and ``exposure`` are ledgers that reach back ``PAST`` and ``window`` days before ``first``. What shows
    only after a day, or tells of a later one, changes nothing about it.

    Raises:
        ValueError: the span is empty or the window is not positive.

    >>> from datetime import date, timedelta
    >>> days = [date(2014, 1, 1) + timedelta(days=i) for i in range(200)]
    >>> read = [(day, day, 20.0) for day in days]
    >>> told = [(day, day, 4.0) for day in days[-7:]]
    >>> [one] = readings(SeriesKey("dyad", ("CN", "VN")), told, read, first=days[-1], last=days[-1])
    >>> one.value, one.usual, one.z
    (28.0, 0.0, 28.0)
    """
    if first > last or window < 1:
        raise ValueError(f"{key}: no days from {first} to {last}, or no window of {window} days")
    start = first - timedelta(days=PAST + window)
    size = (last - start).days + 1
    counts, read = np.zeros(size), np.zeros(size)
    coming = _sorted(changes, start, size), _sorted(exposure, start, size)
    at = [0, 0]
    found = []
    for t in range((first - start).days, size):
        arrived = 0.0
        for which, (array, ledger) in enumerate(zip((counts, read), coming, strict=True)):
            i = at[which]
            while i < len(ledger) and ledger[i][0] <= t:
                seen, day, amount = ledger[i]
                array[day] += amount
                if which == 1 and seen == t:
                    arrived += max(amount, 0.0)
                i += 1
            at[which] = i
        found.append(_reading(key, counts[: t + 1], read[: t + 1], start, arrived=arrived, window=window))
    return found


def _sorted(changes: Changes, start: date, size: int) -> list[tuple[int, int, float]]:
    """Changes by the day they show on, as positions; days outside the span are left out."""
    told = (((seen - start).days, (day - start).days, amount) for seen, day, amount in changes)
    # What is told of a day before that day is over shows on it, not earlier.
    return sorted((max(seen, day), day, amount) for seen, day, amount in told if 0 <= day < size and seen < size)


def _reading(key: SeriesKey, counts: Floats, read: Floats, start: date, *, arrived: float, window: int) -> Reading:
    t = len(counts) - 1
    day = start + timedelta(days=t)
    heard = np.nonzero(read > 0)[0]
    behind = int(t - heard[-1]) if len(heard) else None

    def gap(why: str, total: float) -> Reading:
        return Reading(day=day, value=None, usual=None, z=None, rank=None, read=total, behind=behind, gap=why)

    sums, total, days = (_sums(x, window) for x in (counts, read, (read > 0).astype(float)))
    if arrived <= 0:
        return gap(NOT_READ, float(total[-1]))
    enough = days >= math.ceil(window / 2)
    if not enough[-1] or total[-1] <= 0:
        return gap(MOSTLY_NOT_READ, float(total[-1]))
    # The past year without the days of the window itself; sums[i] ends on day i + window - 1.
    since = max(0, len(sums) - 1 - PAST)
    past = np.zeros(len(sums), bool)
    past[since : max(since, len(sums) - window)] = True
    past &= enough
    if past.sum() < LEAST_PAST:
        return gap(NO_PAST, float(total[-1]))
    usual_read = float(np.median(total[past]))
    scaled = sums[past] * (usual_read / total[past])
    ratio = float(total[-1]) / usual_read
    value = float(sums[-1])
    usual, spread = _usual(key, scaled, ratio)
    now = value / ratio
    rank = 100.0 * float((scaled < now - 1e-9).mean() + 0.5 * (np.abs(scaled - now) <= 1e-9).mean())
    return Reading(
        day=day, value=value, usual=usual, z=(value - usual) / spread, rank=rank, read=float(total[-1]), behind=behind
    )


def _sums(values: Floats, window: int) -> Floats:
    ends = np.concatenate([[0.0], np.cumsum(values)])
    found: Floats = ends[window:] - ends[:-window]
    return found


def _usual(key: SeriesKey, scaled: Floats, ratio: float) -> tuple[float, float]:
    """What is usual of as much reading as there was, and the spread to count a deviation in."""
    middle = float(np.median(scaled))
    low, high = np.percentile(scaled, [25, 75])
    robust = max(1.4826 * float(np.median(np.abs(scaled - middle))), float(high - low) / 1.349) * ratio
    mean = float(np.abs(scaled).mean()) * ratio
    # Of counts the variance is at least the mean; of sums of Goldstein values as much again for each event's size.
    unit = ONE_EVENT if key.measure == "intensity" else 1.0
    return middle * ratio, max(robust, math.sqrt(unit * mean + unit * unit))


def level(reading: Reading, indicator: Indicator, *, scale: Scale = "deviation") -> float | None:
    """How far an indicator stands from 0 to 100; None for a gap. A negative weight counts the other direction."""
    if reading.z is None or reading.rank is None:
        return None
    up = indicator.weight > 0
    if scale == "percentile":
        return reading.rank if up else 100.0 - reading.rank
    return 100.0 * min(max(reading.z if up else -reading.z, 0.0), FULL) / FULL


def board(scenario: Scenario, found: Sequence[Sequence[Reading]]) -> list[BoardDay]:
    """The scenario's level by day from its indicators' readings, in its order and of the same days.

    Raises:
        ValueError: there are not as many rows of readings as indicators, or their days differ.
    """
    if len(found) != len(scenario.indicators):
        raise ValueError(f"{scenario.name}: {len(found)} rows of readings for {len(scenario.indicators)} indicators")
    weights = [abs(one.weight) for one in scenario.indicators]
    whole = sum(weights)
    days = []
    for row in zip(*found, strict=True):
        if len({reading.day for reading in row}) > 1:
            raise ValueError(f"{scenario.name}: the indicators' days differ")
        levels = [level(r, one, scale=scenario.scale) for r, one in zip(row, scenario.indicators, strict=True)]
        seen = sum(w for w, value in zip(weights, levels, strict=True) if value is not None)
        enough = whole > 0 and seen >= whole / 2
        parts = tuple(
            None if value is None or not enough else value * w / seen for w, value in zip(weights, levels, strict=True)
        )
        total = sum(part for part in parts if part is not None) if enough else None
        days.append(BoardDay(day=row[0].day, level=total, parts=parts, seen=seen / whole if whole else 0.0))
    return days
