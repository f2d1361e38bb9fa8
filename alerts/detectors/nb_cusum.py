"""Negative binomial CUSUM: evidence that the rate has risen by a factor, summed day by day since it last was none.

Source: M. Höhle and M. Paul, Count data regression charts for the monitoring of surveillance time series,
Computational Statistics & Data Analysis 52, 2008. Their regression for the level in control is here a shrunken rate
with the number of documents read as the offset (``alerts.detectors.baseline``).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from alerts.detectors.baseline import Prior, baseline
from alerts.detectors.windows import Array, Measured, frame, judge_by_windows, measured
from domain.alert import Series, Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class NbCusum:
    """CUSUM of the log likelihood ratio of a risen rate against the usual one, under negative binomial counts.

    ``score`` is the sum on the day in natural logarithms (0 or more): 5 says the days since it last was 0 are e^5
    times as likely under the risen rate. After an alarm the sum starts again from 0. It fires when the sum is above
    ``threshold``, the last three days hold at least ``minimum`` documents and the day itself speaks for the rise.

    Attributes:
        baseline: days from which the level in control is taken. run: days over which the sum is taken after them;
            the days of a rise are in no baseline until so many have passed. least: the fewest baseline days read.
        factor, rise: the risen rate is ``factor`` times the usual one and ``rise`` documents a day.
        prior: of the usual rate, see ``Prior``.

    >>> from datetime import date
    >>> from domain.alert import Series, SeriesKey
    >>> counts = (0, 0, 1, 0) * 9 + (2, 3, 4)
    >>> series = Series(key=SeriesKey("dyad", ("CN", "VN")), first=date(2014, 4, 1), counts=counts, exposure=(40,) * 39)
    >>> [(signal.fired, round(signal.score, 1)) for signal in NbCusum().judge(series, first=36, last=39)]
    [(False, 1.2), (False, 3.0), (True, 5.8)]
    """

    baseline: int = 42
    run: int = 7
    least: int = 14
    factor: float = 2.0
    rise: float = 1.0
    threshold: float = 5.0
    minimum: int = 3
    prior: Prior = field(default_factory=Prior)

    def __post_init__(self) -> None:
        if not 2 <= self.least <= self.baseline or self.run < 1:
            raise ValueError(f"nb_cusum: least must be from 2 to baseline={self.baseline} days and run at least 1")
        if self.factor <= 1 or self.rise < 0 or self.threshold <= 0:
            raise ValueError("nb_cusum: factor must be above 1, rise at least 0 and threshold above 0")

    @property
    def name(self) -> str:
        """``nb_cusum``."""
        return "nb_cusum"

    @property
    def gap(self) -> int:
        """The days of the run before the day judged."""
        return self.run - 1

    @property
    def history(self) -> int:
        """The baseline and the run."""
        return self.baseline + self.run

    def measure(self, counts: Array, exposure: Array, *, weekday: npt.ArrayLike | None = None) -> Measured:
        """One measurement a row (``WindowDetector``)."""
        days = frame(counts, exposure, history=self.history)
        usual = baseline(days, until=self.baseline, prior=self.prior)
        share, y = usual.share[:, self.baseline :], days.counts[:, self.baseline :]
        low = usual.expected[:, self.baseline :]
        high = self.factor * low + self.rise * share
        alpha = ((usual.dispersion - 1.0) / usual.rate)[:, None]
        # Of log f(y; high) / f(y; low) of the negative binomial with variance mean + alpha mean^2.
        growth = np.log1p(alpha * high) - np.log1p(alpha * low)
        ratio = np.divide(high, low, out=np.ones_like(low), where=low > 0)
        spare = np.divide(growth, alpha, out=high - low, where=alpha > 0)
        gain = np.where(days.read[:, self.baseline :], y * (np.log(ratio) - growth) - spare, 0.0)
        total = np.zeros(len(y))
        for t in range(self.run):
            total = np.maximum(np.where(total > self.threshold, 0.0, total) + gain[:, t], 0.0)
        expected = low[:, -1]
        spread = np.sqrt(expected * usual.dispersion)
        recent = days.counts[:, -3:].sum(axis=1)
        fired = (total > self.threshold) & (recent >= self.minimum) & (gain[:, -1] > 0)
        return measured(
            days, enough=usual.days >= self.least, score=total, expected=expected, spread=spread, fired=fired
        )

    def judge(self, series: Series, *, first: int, last: int) -> tuple[Signal, ...]:
        """One signal a day that has its baseline (``Detector``)."""
        return judge_by_windows(self, series, first=first, last=last)
