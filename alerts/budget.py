"""A desk's budget: from how probable on an alert is raised, chosen on the past alone.

A desk says how many alerts a day it can read. What was in question on the days before is kept with its probability
(``Candidate``), so that it can be counted how many alerts any threshold would have raised. The threshold of a day is
the one that would have raised as many a day as are wanted now: the budget, and a part of what the last quarter has
left over or has taken too much. It is a controller with memory (proportional and integral, as in K. Astrom and
R. Murray, Feedback Systems, 2nd ed. 2021, chapter 11) on a quantile of the past.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

QUARTER = 91
"""Days over which a budget is kept."""
HORIZON = 7
"""Days within which what was left over or overdrawn is to be made good."""
LEAST_PAST = 14
"""With fewer days of candidates the threshold is the ``first`` one."""
FIRST = 0.3
APART = 7
"""Days within which a series' candidates are one episode, raised once."""
LOWEST = 0.02
"""Nothing less probable is raised, whatever room there is: a quiet quarter is no reason for noise."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A series that was in question on a day, with its probability."""

    series: Hashable
    day: date
    probability: float


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """Candidates made ready for counting: sorted by series and day."""

    series: npt.NDArray[np.int64]
    day: npt.NDArray[np.int64]
    probability: npt.NDArray[np.float64]

    def raised(self, threshold: float, *, since: int, until: int) -> int:
        """How many episodes the threshold would have raised in the ordinal days ``[since, until)``."""
        keep = (self.probability >= threshold) & (self.day < until)
        series, day = self.series[keep], self.day[keep]
        new = np.ones(len(day), dtype=bool)
        new[1:] = (series[1:] != series[:-1]) | (np.diff(day) > APART)
        return int((new & (day >= since)).sum())


def past_of(candidates: Iterable[Candidate]) -> Past:
    """Make candidates ready."""
    held = list(candidates)
    numbers: dict[Hashable, int] = {}
    series = np.array([numbers.setdefault(one.series, len(numbers)) for one in held], dtype=np.int64)
    day = np.array([one.day.toordinal() for one in held], dtype=np.int64)
    probability = np.array([one.probability for one in held], dtype=np.float64)
    order = np.lexsort((day, series))
    return Past(series=series[order], day=day[order], probability=probability[order])


def wanted(*, budget: float, day: date, since: date, raised: Iterable[date]) -> float:
    """Alerts a day to aim at now: the budget, and what a quarter has left over or overdrawn, spread over ``HORIZON``.

    ``since`` is the first day on which the budget held; ``raised`` the days of the alerts raised.

    >>> from datetime import timedelta
    >>> start, day = date(2014, 1, 1), date(2014, 1, 11)
    >>> wanted(budget=1.0, day=day, since=start, raised=[start] * 10)
    1.0
    >>> wanted(budget=1.0, day=day, since=start, raised=[]) > 1.5
    True
    """
    elapsed = min(QUARTER, max(0, (day - since).days))
    first = day.toordinal() - elapsed
    used = sum(first <= one.toordinal() < day.toordinal() for one in raised)
    return min(max(budget + (budget * elapsed - used) / HORIZON, 0.0), 4 * budget)


def threshold(
    past: Past, *, budget: float, day: date, since: date, raised: Sequence[date] = (), first: float = FIRST
) -> float:
    """The probability from which on an alert is raised on a day, by what was in question before it.

    1.1 (nothing) where the budget of the quarter is overdrawn; 0 where there is no budget, which means no limit.

    Args:
        past: candidates of days before ``day``; later ones are not looked at.
        since, raised: as in ``wanted``. first: the threshold while the past is too short.

    Raises:
        ValueError: the budget is negative or not finite.
    """
    if not 0 <= budget < math.inf:
        raise ValueError(f"a budget of {budget} alerts a day makes no sense")
    if budget == 0:
        return 0.0
    until = day.toordinal()
    known = past.day[past.day < until]
    if not len(known) or until - int(known.min()) < LEAST_PAST:
        return first
    begin = max(int(known.min()), until - QUARTER)
    aim = wanted(budget=budget, day=day, since=since, raised=raised)
    if aim <= 0:
        return 1.1
    room = aim * (until - begin)
    levels = np.unique(past.probability[(past.day >= begin) & (past.day < until)])
    low, high = 0, len(levels)  # levels[high:] raise no more than there is room for
    while low < high:
        middle = (low + high) // 2
        if past.raised(float(levels[middle]), since=begin, until=until) <= room:
            high = middle
        else:
            low = middle + 1
    if low == len(levels):
        return float(np.nextafter(levels[-1], 2.0))
    return max(float(levels[low]), LOWEST)


def at_most(budget: float) -> int | None:
    """How many alerts may be raised on one day: a bad day may bring several, and may not flood; None is no limit."""
    return None if budget == 0 else max(1, math.ceil(4 * budget))
