"""Bayesian online change-point detection on Gamma-Poisson segments: has the rate gone up within the last days?

Source: R. P. Adams and D. J. C. MacKay, Bayesian online changepoint detection, arXiv:0710.3742, 2007. The run length
is cut at the window. Counts and exposure are divided by the baseline's dispersion, which leaves the rates as they are
and widens the law; the segments' rates have a Gamma prior that is broad around the row's own level.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, gammaln, logsumexp

from alerts.detectors.baseline import Baseline, Prior, baseline
from alerts.detectors.windows import Array, Frame, Measured, frame, judge_by_windows, measured
from domain.alert import Series, Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Bocpd:
    """The log odds of a change to a higher rate within the last ``recent`` days against no change in them.

    ``score`` is the natural logarithm of these odds: the posterior weight of the runs that began on one of the days
    and whose rate is above that of before, over that of the older runs; on a usual day it is about -4, the logarithm
    of one in 60. A run begins on a day that was read. It fires when the score is above ``threshold``, the last three
    days hold at least ``minimum`` documents and the day itself is above what was expected.

    Attributes:
        baseline: days before the last ``recent`` ones. least: how many of them must have been read.
        step: the runs before the recent days begin on every so many days; more is faster.
        expect: the expected length of a run in days. shape: of the Gamma prior of a run's rate, at most 1. broad:
            that prior's mean is this many times the usual rate, and at least ``broad / 2`` documents a day.
        prior: of the usual rate, see ``Prior``.

    >>> from datetime import date
    >>> from domain.alert import Series, SeriesKey
    >>> counts = (0, 0, 1, 0) * 9 + (2, 6)
    >>> series = Series(key=SeriesKey("dyad", ("CN", "VN")), first=date(2014, 4, 1), counts=counts, exposure=(40,) * 38)
    >>> [(signal.fired, round(signal.score, 1)) for signal in Bocpd().judge(series, first=36, last=38)]
    [(False, -3.1), (True, 1.3)]
    """

    baseline: int = 56
    recent: int = 2
    step: int = 2
    least: int = 14
    expect: float = 60.0
    shape: float = 0.5
    broad: float = 2.0
    threshold: float = -1.0
    minimum: int = 3
    prior: Prior = field(default_factory=Prior)

    def __post_init__(self) -> None:
        if not 2 <= self.least <= self.baseline or self.recent < 1:
            raise ValueError(f"bocpd: least must be from 2 to baseline={self.baseline} days and recent at least 1")
        if self.step < 1 or self.baseline % self.step or self.expect <= self.step:
            raise ValueError("bocpd: baseline must be a number of steps, and a run be expected to last longer than one")
        if self.expect <= 1 or not 0 < self.shape <= 1 or self.broad < 2:
            raise ValueError("bocpd: expect must be above 1 day, shape above 0 and at most 1, broad at least 2")

    @property
    def name(self) -> str:
        """``bocpd``."""
        return "bocpd"

    @property
    def gap(self) -> int:
        """The recent days before the day judged."""
        return self.recent - 1

    @property
    def history(self) -> int:
        """The baseline and the recent days."""
        return self.baseline + self.recent

    def measure(self, counts: Array, exposure: Array, *, weekday: npt.ArrayLike | None = None) -> Measured:
        """One measurement a row (``WindowDetector``)."""
        days = frame(counts, exposure, history=self.history)
        usual = baseline(days, until=self.baseline, prior=self.prior)
        scale = usual.dispersion[:, None]
        y, share = days.counts / scale, usual.share / scale
        mean, variance = self._before_them(days, usual, y, share)

        # The rate before the recent days, as one Gamma law with the moments of the runs' mixture.
        shape, weight = mean**2 / variance, mean / variance
        seen, read = _before(y[:, self.baseline :]), _before(share[:, self.baseline :])
        old_shape, old_weight = shape[:, None] + seen, weight[:, None] + read
        old = gammaln(old_shape) - old_shape * np.log(old_weight)
        # One column a recent day: the days before it belong to the old run, those from it on to a new one.
        prior_weight = self.shape / (self.broad * np.maximum(mean, 0.5))[:, None]
        new_shape = self.shape + seen[:, -1:] - seen[:, :-1]
        new_weight = prior_weight + read[:, -1:] - read[:, :-1]
        new = gammaln(new_shape) - new_shape * np.log(new_weight)
        new += self.shape * np.log(prior_weight) - gammaln(self.shape)
        higher = betainc(
            old_shape[:, :-1], new_shape, np.clip(old_weight[:, :-1] / (old_weight[:, :-1] + new_weight), 0.0, 1.0)
        )
        began = np.where(days.read[:, self.baseline :], -np.log(self.expect - 1.0), -np.inf)
        changed = began + old[:, :-1] + new + np.log(np.maximum(higher, 1e-300))
        changed[:, 0] = np.maximum(changed[:, 0], -1e300)  # where nothing was read the logarithm of 0 is no number
        score = logsumexp(changed, axis=1) - old[:, -1]

        today = usual.share[:, -1]
        expected = mean * today
        spread = np.sqrt(usual.dispersion * expected + variance * today**2)
        near = days.counts[:, -3:].sum(axis=1)
        fired = (score > self.threshold) & (near >= self.minimum) & (days.last > expected)
        return measured(
            days, enough=usual.days >= self.least, score=score, expected=expected, spread=spread, fired=fired
        )

    def _before_them(self, days: Frame, usual: Baseline, y: Array, share: Array) -> tuple[Array, Array]:
        """Posterior mean and variance of the rate on the last day of the baseline, over all runs that may hold it."""
        weight = self.shape / (self.broad * np.maximum(usual.rate, 0.5))  # the Gamma prior's rate, in days
        width = self.baseline // self.step
        blocks = (len(y), width, self.step)
        until = self.baseline
        seen = _before(y[:, :until].reshape(blocks).sum(axis=2))
        read = _before(share[:, :until].reshape(blocks).sum(axis=2))
        known_days = days.read[:, :until].reshape(blocks).sum(axis=2).astype(np.float64)
        starts = np.log(known_days / self.expect, out=np.full(known_days.shape, -np.inf), where=known_days > 0)
        # The window begins with a run, read or not.
        starts[:, 0] = 0.0
        kept = _before(known_days * np.log1p(-1.0 / self.expect))
        first = self.shape * np.log(weight) - gammaln(self.shape)
        # begun: log probability of the days before a run, of its beginning and of its prior, up to what is the
        # same for all runs; a run's days follow from its sums alone.
        begun = np.zeros((len(y), width))
        known = np.zeros(len(y))
        for t in range(1, width + 1):
            begun[:, t - 1] = known + starts[:, t - 1] + first - kept[:, t]
            a = self.shape + seen[:, t, None] - seen[:, :t]
            b = weight[:, None] + read[:, t, None] - read[:, :t]
            runs = begun[:, :t] + kept[:, t, None] + gammaln(a) - a * np.log(b)
            most = runs.max(axis=1)
            odds = np.exp(runs - most[:, None])
            total = odds.sum(axis=1)
            known = most + np.log(total)
        odds /= total[:, None]
        mean = (odds * a / b).sum(axis=1)
        variance = (odds * a * (a + 1.0) / (b * b)).sum(axis=1) - mean * mean
        return mean, np.maximum(variance, 1e-12 * mean * mean)

    def judge(self, series: Series, *, first: int, last: int) -> tuple[Signal, ...]:
        """One signal a day that has its baseline (``Detector``)."""
        return judge_by_windows(self, series, first=first, last=last)


def _before(values: Array) -> Array:
    """Column t: the sum of the columns before t; one column more than given."""
    return np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
