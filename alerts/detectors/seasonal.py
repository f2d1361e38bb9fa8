"""A robust seasonal z-score: a day against the same weekday of the weeks before, grown to the present level.

Source: the median and the median absolute deviation as in P. J. Rousseeuw and C. Croux, Alternatives to the median
absolute deviation, Journal of the American Statistical Association 88, 1993; the growth is the median of the pairwise
slopes of the weeks' logarithms (H. Theil 1950; P. K. Sen, Journal of the American Statistical Association 63, 1968).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from alerts.detectors.baseline import Prior, baseline, capped
from alerts.detectors.windows import Array, Flags, Frame, Measured, frame, judge_by_windows, measured
from domain.alert import Series, Signal

_TO_DEVIATION = 1.4826
_LEAST_WEEK = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Seasonal:
    """How many robust standard deviations a day's count is above the median of the same weekdays before it.

    ``score`` is that number (it can be negative); there is no p-value. Each of the weekdays is brought to the day's
    exposure and grown by the trend of the weeks. The deviation is the median absolute one, and at least that of
    counts at the usual rate (its days capped) with the least dispersion of the prior: a few equal days know no
    deviation. It fires when the score is above ``threshold`` and the count at least ``minimum``.

    Attributes:
        weeks: how many weeks the baseline has. least: the fewest of their days of the same weekday that were read.
        growth: the most the trend may be, as a logarithm a week. ballast: documents added to each week before the
            logarithm is taken. prior: of the usual rate, see ``Prior``. floor: the least deviation.

    >>> from datetime import date
    >>> from domain.alert import Series, SeriesKey
    >>> counts = (9, 4, 4, 5, 4, 1, 1) * 8 + (9, 9)  # Every Monday has nine; on a Tuesday nine are strange.
    >>> series = Series(key=SeriesKey("dyad", ("CN", "VN")), first=date(2014, 4, 7), counts=counts, exposure=(40,) * 58)
    >>> [(signal.expected, round(signal.score, 1)) for signal in Seasonal().judge(series, first=56, last=58)]
    [(9.0, 0.0), (4.0, 1.5)]
    """

    weeks: int = 8
    least: int = 4
    growth: float = 0.05
    ballast: float = 5.0
    floor: float = 0.5
    threshold: float = 3.0
    minimum: int = 3
    prior: Prior = field(default_factory=lambda: Prior(dispersion=3.0))

    def __post_init__(self) -> None:
        if not 2 <= self.least <= self.weeks:
            raise ValueError(f"seasonal: least must be from 2 to weeks={self.weeks}")
        if self.growth < 0 or self.floor <= 0 or self.ballast <= 0:
            raise ValueError("seasonal: growth must be at least 0, floor and ballast above 0")

    @property
    def name(self) -> str:
        """``seasonal``."""
        return "seasonal"

    @property
    def gap(self) -> int:
        """None: the trend is taken from the weeks up to the day before."""
        return 0

    @property
    def history(self) -> int:
        """The weeks and the day."""
        return 7 * self.weeks + 1

    def measure(self, counts: Array, exposure: Array, *, weekday: npt.ArrayLike | None = None) -> Measured:
        """One measurement a row (``WindowDetector``)."""
        days = frame(counts, exposure, history=self.history)
        usual = baseline(capped(days, until=self.history - 1), until=self.history - 1, prior=self.prior)
        same = slice(0, -1, 7)
        inside = days.read[:, same]
        ago = np.arange(self.weeks, 0, -1)
        today = usual.share[:, -1]
        share = np.where(inside, usual.share[:, same], 1.0)
        grown = days.counts[:, same] / share * np.exp(self._trend(days, usual.share)[:, None] * ago)
        like = grown * today[:, None]
        n = inside.sum(axis=1)
        expected = _median(like, inside)
        apart = _TO_DEVIATION * _median(np.abs(like - expected[:, None]), inside)
        chance = np.sqrt(self.prior.dispersion * usual.rate * today)
        spread = np.maximum(np.maximum(apart, chance), self.floor)
        score = (days.last - expected) / spread
        fired = (score > self.threshold) & (days.last >= self.minimum)
        return measured(days, enough=n >= self.least, score=score, expected=expected, spread=spread, fired=fired)

    def judge(self, series: Series, *, first: int, last: int) -> tuple[Signal, ...]:
        """One signal a day that has its baseline (``Detector``)."""
        return judge_by_windows(self, series, first=first, last=last)

    def _trend(self, days: Frame, share: Array) -> Array:
        """The growth of a week's count per exposure, as a logarithm a week; 0 where too few days were read."""
        shape = (len(share), self.weeks, 7)
        week = days.counts[:, :-1].reshape(shape).sum(axis=2)
        read = share[:, :-1].reshape(shape).sum(axis=2)
        known = days.read[:, :-1].reshape(shape).sum(axis=2) >= _LEAST_WEEK
        level = np.log(week / np.where(known, read, 1.0) * 7.0 + self.ballast)
        one, other = np.triu_indices(self.weeks, 1)
        slopes = (level[:, other] - level[:, one]) / (other - one)
        return np.clip(_median(slopes, known[:, one] & known[:, other]), -self.growth, self.growth)


def _median(values: Array, inside: Flags) -> Array:
    """Each row's median of the values inside; 0 for a row with none."""
    n = inside.sum(axis=1)
    ordered = np.sort(np.where(inside, values, np.inf), axis=1)
    rows = np.arange(len(values))
    low, high = ordered[rows, np.maximum(n - 1, 0) // 2], ordered[rows, np.minimum(n // 2, values.shape[1] - 1)]
    return np.where(n > 0, (np.where(n > 0, low, 0.0) + np.where(n > 0, high, 0.0)) / 2.0, 0.0)
