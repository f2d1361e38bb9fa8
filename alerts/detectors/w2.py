"""W2: the deviation of EARS C2 with weekdays and weekends compared each with their own kind, per document read.

Source: J. I. Tokars and others, Enhancing time-series detection algorithms for automated biosurveillance, Emerging
Infectious Diseases 15, 2009, who found a baseline of 28 days and rates instead of counts to do best. The least
deviation is 0.5 as in the other charts: theirs, 1, suits clinics with patients every day, not pairs of countries.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alerts.detectors.windows import Array, Flags, Measured, frame, judge_by_windows, measured
from domain.alert import Series, Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class W2:
    """How many standard deviations a day's count is above what days of its kind in the weeks before make expected.

    ``score`` is that number (it can be negative); there is no p-value. The expected count is the stratum's counts
    over the documents read on its days, times those read on the day; the deviation is that of the stratum's counts
    brought to the day's exposure. It fires when the score is above ``threshold`` and the count at least ``minimum``.

    Attributes:
        baseline: days of the baseline, of both kinds. gap: days between it and the day judged. least: the fewest
            baseline days read. alike: how many of them at least must be of the day's kind. floor: the least deviation.
        weekend: the weekdays (Monday 0) of the one stratum; the other days are the other.
        rate: whether the documents read are the offset. ballast: documents added to every day's exposure.

    >>> from datetime import date
    >>> from domain.alert import Series, SeriesKey
    >>> counts = (6, 7, 6, 7, 6, 0, 1) * 5 + (6, 7, 6, 7, 6, 6)  # The week begins on a Monday; at last a busy Saturday.
    >>> series = Series(key=SeriesKey("dyad", ("CN", "VN")), first=date(2014, 4, 7), counts=counts, exposure=(40,) * 41)
    >>> [(d.name, d.judge(series, first=40, last=41)[0].fired) for d in (W2(), W2(weekend=()))]
    [('w2', True), ('w2', False)]
    """

    baseline: int = 28
    gap: int = 2
    least: int = 14
    alike: int = 3
    floor: float = 0.5
    weekend: tuple[int, ...] = (5, 6)
    rate: bool = True
    ballast: float = 20.0
    threshold: float = 3.0
    minimum: int = 3

    def __post_init__(self) -> None:
        if not 2 <= self.alike <= self.least <= self.baseline or self.gap < 0:
            raise ValueError(f"w2: alike must be from 2 to least, least at most {self.baseline} days, gap at least 0")
        if self.floor <= 0 or self.ballast <= 0 or not set(self.weekend) <= set(range(7)):
            raise ValueError("w2: floor and ballast must be above 0 and weekend hold weekdays from 0 to 6")

    @property
    def name(self) -> str:
        """``w2``."""
        return "w2"

    @property
    def history(self) -> int:
        """The baseline, the gap and the day."""
        return self.baseline + self.gap + 1

    def measure(self, counts: Array, exposure: Array, *, weekday: npt.ArrayLike | None = None) -> Measured:
        """One measurement a row (``WindowDetector``); without ``weekday`` all days are of one kind."""
        days = frame(counts, exposure, history=self.history)
        base = days.counts[:, : self.baseline]
        weight = np.where(days.read, days.exposure + self.ballast if self.rate else 1.0, 0.0)
        inside = days.read[:, : self.baseline] & self._same(weekday, len(base))
        n = inside.sum(axis=1)
        enough = (days.read[:, : self.baseline].sum(axis=1) >= self.least) & (n >= self.alike)
        read = np.where(inside, weight[:, : self.baseline], 0.0)
        today = weight[:, -1]
        total = read.sum(axis=1)
        mean = np.where(inside, base, 0.0).sum(axis=1) / np.where(total > 0, total, 1.0) * today
        scaled = np.divide(base * today[:, None], read, out=np.zeros_like(base), where=inside)
        away = np.where(inside, scaled - mean[:, None], 0.0)
        spread = np.maximum(np.sqrt((away * away).sum(axis=1) / np.maximum(n - 1, 1)), self.floor)
        score = (days.last - mean) / spread
        fired = (score > self.threshold) & (days.last >= self.minimum)
        return measured(days, enough=enough, score=score, expected=mean, spread=spread, fired=fired)

    def judge(self, series: Series, *, first: int, last: int) -> tuple[Signal, ...]:
        """One signal a day that has its baseline (``Detector``)."""
        return judge_by_windows(self, series, first=first, last=last)

    def _same(self, weekday: npt.ArrayLike | None, n: int) -> Flags:
        """Which baseline columns are of the last day's kind: one row for each of ``n``, or one for all."""
        if weekday is None:
            return np.ones((1, self.baseline), dtype=np.bool_)
        last = np.atleast_1d(np.asarray(weekday, dtype=np.int64))
        if last.shape not in ((1,), (n,)):
            raise ValueError(f"w2: weekdays of shape {last.shape} for {n} rows")
        kind = np.isin(np.arange(7), self.weekend)
        column = (last[:, None] - (self.history - 1) + np.arange(self.baseline)) % 7
        return np.asarray(kind[column] == kind[last % 7][:, None], dtype=np.bool_)
