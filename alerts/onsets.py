"""Onsets of sustained hostility: the first day on which a series rises and stays far above its own past.

A day t with a hostile event is an onset when the 7 days from t hold at least 8 hostile events and at least 4 times the
series' own weekly mean over the 56 days before t (taken as at least 0.5), and t lies more than 14 days after the
series' last onset. Whether a day was an onset is therefore known at the end of the sixth day after it; ``under_way``
says on which days it is known already, or how far an onset has come, from the past alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alerts.panel import Ints, Panel

AHEAD = 7
"""Days from the onset on in which the events have to come."""
LEAST = 8
TIMES = 4.0
PAST = 56
LOWEST = 0.5
"""Events a week: a quieter past is taken as this."""
APART = 14
WARM = 28
"""Days at the beginning of a series on which nothing is called an onset: too little past."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise:
    """How far an onset has come by the end of a day, from what had happened by then.

    Attributes:
        start: the day of the possible onset, as an index. seen: hostile events since. needed: so many make an onset.
    """

    start: int
    seen: float
    needed: float

    @property
    def share(self) -> float:
        """Of what is needed; 1 and more: the onset is under way."""
        return self.seen / self.needed


def needed(before: npt.ArrayLike, days: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Hostile events in 7 days that make an onset, after ``before`` events in ``days`` days (at most 56).

    >>> float(needed(24, 56)), float(needed(0, 56))
    (12.0, 8.0)
    """
    weekly = np.maximum(np.asarray(before, float) / np.maximum(np.asarray(days, float), 1) * 7, LOWEST)
    return np.asarray(np.maximum(LEAST, TIMES * weekly), dtype=np.float64)


def onset_days(counts: npt.ArrayLike, *, warm: int = WARM) -> list[int]:
    """The onsets of one series of daily hostile events, as indexes. The last 6 days cannot be judged yet.

    >>> onset_days([0] * 30 + [3, 0, 4, 2] + [0] * 10)
    [30]
    """
    c = np.asarray(counts, dtype=np.float64)
    total = np.concatenate([[0.0], np.cumsum(c)])
    t = np.flatnonzero(c[: max(0, len(c) - AHEAD + 1)] > 0)
    start = np.maximum(0, t - PAST)
    enough = total[t + AHEAD] - total[t] >= needed(total[t] - total[start], t - start)
    return _apart(t[(t >= warm) & enough])


def under_way(counts: npt.ArrayLike, at: int) -> Rise:
    """The possible onset of the last 7 days that has come furthest by the end of day ``at``; uses nothing later.

    >>> under_way([0] * 30 + [3, 0, 4, 2], 33).share >= 1, under_way([0] * 30 + [3, 0, 4, 2], 32).seen
    (True, 7.0)
    """
    c = np.asarray(counts, dtype=np.float64)[: at + 1]
    total = np.concatenate([[0.0], np.cumsum(c)])
    t = np.arange(max(0, at - AHEAD + 1), at + 1)
    start = np.maximum(0, t - PAST)
    enough = needed(total[t] - total[start], t - start)
    seen = np.where(c[t] > 0, total[-1] - total[t], 0.0)
    best = int(np.argmax(seen / enough))
    return Rise(start=int(t[best]), seen=float(seen[best]), needed=float(enough[best]))


def panel_onsets(made: Panel, *, warm: int = WARM, measure: int = 0) -> tuple[Ints, Ints]:
    """The onsets of all series of a panel: the series and the day offset of each, sorted by both.

    The same as ``onset_days`` of each, at a cost that grows with the cells alone. Days of which fewer than 7 are told
    are not judged.
    """
    hot = np.flatnonzero(made.values[:, measure] > 0)
    series, t = made.series_of_cell[hot], made.day[hot]
    fits = (t >= warm) & (t + AHEAD <= made.days)
    series, t = series[fits], t[fits]
    running = made.cumulative()
    ahead = made.between(series, t, t + AHEAD, running=running)[:, measure]
    # Most cells are nowhere near: the past is summed only for those with enough events ahead.
    near = ahead >= LEAST
    series, t, ahead = series[near], t[near], ahead[near]
    start = np.maximum(0, t - PAST)
    enough = ahead >= needed(made.between(series, start, t, running=running)[:, measure], t - start)
    series, t = series[enough], t[enough]
    keep = np.zeros(len(t), dtype=bool)
    last, owner = -(10**9), -1
    for n, (i, day) in enumerate(zip(series.tolist(), t.tolist(), strict=True)):
        if i != owner or day - last > APART:
            keep[n], last, owner = True, day, i
    return series[keep], t[keep]


def _apart(days: Iterable[int]) -> list[int]:
    found: list[int] = []
    for day in days:
        if not found or day - found[-1] > APART:
            found.append(int(day))
    return found
