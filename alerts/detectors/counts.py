"""The count test: is today's count, or that of the last two or three days, more than the weeks before make likely?

Method. The baseline's daily rate has a Gamma prior; given the baseline's counts the number of the days tested follows
a negative binomial law, the Gamma-Poisson predictive distribution (Gelman and others, Bayesian Data Analysis, 3rd ed.
2013, section 2.6), which is proper for a baseline of zeros too. Its variance is raised by the dispersion of the
baseline, as in the quasi-Poisson tests of Farrington and others (J. R. Stat. Soc. A 159, 1996) and the negative
binomial quantile of Noufaily and others (Statistics in Medicine 32, 2013). The smallest one-sided p-value over the
windows is multiplied by their number (Bonferroni).

Exposure, the number of documents read, is the offset. A day's ratio to the baseline's mean is shrunk towards 1 by
adding ``ballast`` documents to both sides, because the daily number of a small corpus says little. A day on which
nothing was read is no history, and is not judged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betainc

from alerts.detectors.windows import LEAST_P, Array, Flags, Frame, Measured, frame, judge_by_windows, measured
from domain.alert import Series, Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The last ``days`` days up to a day: what was observed, what was expected, and how likely as much is by chance.

    ``p_value`` is that of this window alone, not corrected for the others.
    """

    days: int
    observed: int
    expected: float
    p_value: float


@dataclass(frozen=True, slots=True)
class _Tests:
    """One row a day tested, one column a window; ``enough`` where the baseline was read often enough."""

    observed: Array
    expected: Array
    spread: Array
    p: Array
    enough: Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class CountTest:
    """Negative binomial test of a day's count against the weeks before (see the module's text).

    A signal's ``observed`` and ``expected`` are the day's own. ``p_value`` is corrected for the windows, and ``score``
    is its negative decimal logarithm: 3 means one day in a thousand. It fires when, in a window with at least
    ``minimum`` documents, the corrected p-value is under ``alpha``; a day with no document never fires.

    Attributes:
        baseline: days of the baseline. gap: days left out between it and the day, so that a slow start does not
            hide itself; the longest window fits into the gap and the day. least: the fewest baseline days read.
        windows: lengths in days of the windows tested.
        prior_shape, prior_days: the Gamma prior: ``prior_shape`` documents seen in ``prior_days`` days.
        dispersion: the least ratio of variance to mean; one happening brings several reports, and quiet weeks
            cannot show how many.
        ballast: documents added to every day's exposure.

    >>> from datetime import date
    >>> from domain.alert import Series, SeriesKey
    >>> counts = (0, 0, 1, 0) * 9 + (0, 7)
    >>> series = Series(key=SeriesKey("dyad", ("CN", "VN")), first=date(2014, 4, 1), counts=counts, exposure=(40,) * 38)
    >>> signal = CountTest().judge(series, first=37, last=38)[0]
    >>> signal.fired, signal.observed, round(signal.expected, 2), str(signal.day)
    (True, 7, 0.26, '2014-05-08')
    """

    baseline: int = 28
    gap: int = 2
    least: int = 14
    windows: tuple[int, ...] = (1, 2, 3)
    alpha: float = 0.005
    minimum: int = 3
    prior_shape: float = 0.5
    prior_days: float = 1.0
    dispersion: float = 1.5
    ballast: float = 20.0

    def __post_init__(self) -> None:
        if not 2 <= self.least <= self.baseline:
            raise ValueError(f"counts: least={self.least} must be from 2 to baseline={self.baseline}")
        if not self.windows or min(self.windows) < 1 or max(self.windows) > self.gap + 1:
            raise ValueError(f"counts: windows {self.windows} must be from 1 to gap + 1 = {self.gap + 1} days")
        if not 0 < self.alpha < 1 or self.dispersion < 1 or min(self.prior_shape, self.prior_days, self.ballast) <= 0:
            raise ValueError("counts: alpha must be in (0, 1), dispersion at least 1, prior and ballast above 0")

    @property
    def name(self) -> str:
        """``counts``."""
        return "counts"

    @property
    def history(self) -> int:
        """The baseline, the gap and the day."""
        return self.baseline + self.gap + 1

    def measure(self, counts: Array, exposure: Array, *, weekday: npt.ArrayLike | None = None) -> Measured:
        """One measurement a row (``WindowDetector``)."""
        days = frame(counts, exposure, history=self.history)
        tests = self._test(days)
        corrected = np.minimum(1.0, tests.p * len(self.windows))
        fired = np.logical_or.reduce((corrected < self.alpha) & (tests.observed >= self.minimum), axis=1)
        column, scale = (self.windows.index(1), 1) if 1 in self.windows else (0, self.windows[0])
        p = np.maximum(corrected.min(axis=1), LEAST_P)
        return measured(
            days,
            enough=tests.enough,
            score=np.abs(-np.log10(p)),
            expected=tests.expected[:, column] / scale,
            spread=tests.spread[:, column] / scale,
            p_value=p,
            fired=fired & (days.last > 0),
        )

    def judge(self, series: Series, *, first: int, last: int) -> tuple[Signal, ...]:
        """One signal for each day of ``[first, last)`` that was read, with ``least`` baseline days read."""
        return judge_by_windows(self, series, first=first, last=last)

    def stretch(self, series: Series, position: int) -> Stretch | None:
        """The window that says most on a day: the least p-value among those with ``minimum`` documents, else among all.

        None when the day was not read or has not enough history.
        """
        if not 0 <= position < len(series.counts):
            return None
        span = slice(max(0, position + 1 - self.history), position + 1)
        days = frame([series.counts[span]], [series.exposure[span]], history=self.history)
        tests = self._test(days)
        if not (tests.enough[0] and days.read[0, -1]):
            return None
        best = min(
            range(len(self.windows)),
            key=lambda w: (tests.observed[0, w] < self.minimum, tests.p[0, w], self.windows[w]),
        )
        return Stretch(
            days=self.windows[best],
            observed=int(tests.observed[0, best]),
            expected=float(tests.expected[0, best]),
            p_value=max(float(tests.p[0, best]), LEAST_P),
        )

    def _test(self, days: Frame) -> _Tests:
        weight = np.where(days.read, days.exposure + self.ballast, 0.0)
        base, share, inside = (each[:, : self.baseline] for each in (days.counts, weight, days.read))
        read = inside.sum(axis=1)
        n = np.maximum(read, 1).astype(np.float64)
        usual = share.sum(axis=1) / n
        usual = np.where(usual > 0, usual, 1.0)

        # Exposure is relative to the baseline's mean, so that the baseline's own sum is its number of days.
        shape = self.prior_shape + base.sum(axis=1)
        rate = shape / (self.prior_days + n)
        mean = rate[:, None] * share / usual[:, None]
        squares = np.divide((base - mean) ** 2, mean, out=np.zeros_like(mean), where=inside & (mean > 0))
        dispersion = np.maximum(self.dispersion, squares.sum(axis=1) / np.maximum(n - 1, 1.0))

        def over(values: Array) -> Array:
            """The sums of the last days, one column a window."""
            return np.stack([values[:, -length:].sum(axis=1) for length in self.windows], axis=1)

        observed = over(days.counts)
        expected = rate[:, None] * over(weight) / usual[:, None]
        # A last day that was not read may expect nothing; it is not judged.
        expected = np.where(expected > 0, expected, 1.0)
        variance = dispersion[:, None] * (expected + expected**2 / shape[:, None])
        # P(Y >= y) of the negative binomial with this mean and variance is a regularised incomplete beta function.
        size = expected**2 / (variance - expected)
        p = np.where(observed > 0, betainc(np.maximum(observed, 1.0), size, 1.0 - expected / variance), 1.0)
        return _Tests(observed, expected, np.sqrt(variance), p, read >= self.least)
