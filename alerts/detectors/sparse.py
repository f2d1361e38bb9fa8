"""Tests for series that are nearly always zero: sums over some days, and how soon after each other events came.

Method. The long-run daily rate has a Gamma prior, so that a series of zeros has one too, and the number of events of
some days follows the Gamma-Poisson predictive law, widened by the dispersion (see ``alerts.detectors.counts`` for the
sources). Two kinds of windows are tested: of fixed length, and back to the k-th last event: that k events came within
d days is as likely as that d days hold at least k, which for a Poisson process is the Erlang law of the waiting time
(D. R. Cox and P. A. W. Lewis, The statistical analysis of series of events, 1966). The smallest p-value is multiplied
by the number of tests (Bonferroni).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.special import betainc

from alerts.detectors.baseline import Prior, baseline, capped
from alerts.detectors.windows import LEAST_P, Array, Measured, frame, judge_by_windows, measured
from domain.alert import Series, Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparse:
    """How unlikely the last days' events are at the long-run rate, for series with an event a week or fewer.

    ``p_value`` is corrected for the tests and ``score`` is its negative decimal logarithm: 3 means one day in a
    thousand. The documents read are the offset. It fires when the p-value is under ``alpha``, the last seven days
    hold at least ``minimum`` events, and the day itself is more than one deviation up.

    The days of the baseline are capped (``baseline.capped``), so that one burst does not hide the next for months.

    Attributes:
        baseline: days of which the long-run rate is taken. gap: days between it and the day judged; no test reaches
            further back. least: the fewest baseline days read.
        windows: lengths in days of the sums tested. events: the k of the waiting times tested.
        prior: of the long-run rate, see ``Prior``.

    >>> from datetime import date
    >>> from domain.alert import Series, SeriesKey
    >>> counts = (0,) * 88 + (1, 0, 2, 0, 3)
    >>> series = Series(key=SeriesKey("dyad", ("CN", "VN")), first=date(2014, 2, 1), counts=counts, exposure=(40,) * 93)
    >>> [(signal.fired, round(signal.score, 1)) for signal in Sparse().judge(series, first=90, last=93)]
    [(True, 2.4), (False, 2.3), (True, 3.5)]
    """

    baseline: int = 91
    gap: int = 13
    least: int = 21
    windows: tuple[int, ...] = (1, 3, 7)
    events: tuple[int, ...] = (3, 5)
    alpha: float = 0.005
    minimum: int = 3
    prior: Prior = field(default_factory=lambda: Prior(shape=0.5, days=4.0))

    def __post_init__(self) -> None:
        if not 2 <= self.least <= self.baseline:
            raise ValueError(f"sparse: least must be from 2 to baseline={self.baseline} days")
        if not self.windows or min(self.windows) < 1 or max(self.windows) > self.gap + 1:
            raise ValueError(f"sparse: windows {self.windows} must be from 1 to gap + 1 = {self.gap + 1} days")
        if (self.events and min(self.events) < 1) or not 0 < self.alpha < 1:
            raise ValueError("sparse: events must be from 1 on and alpha in (0, 1)")

    @property
    def name(self) -> str:
        """``sparse``."""
        return "sparse"

    @property
    def history(self) -> int:
        """The baseline, the gap and the day."""
        return self.baseline + self.gap + 1

    def measure(self, counts: Array, exposure: Array, *, weekday: npt.ArrayLike | None = None) -> Measured:
        """One measurement a row (``WindowDetector``)."""
        days = frame(counts, exposure, history=self.history)
        usual = baseline(capped(days, until=self.baseline), until=self.baseline, prior=self.prior)
        # Column d - 1: the last d days.
        held = np.cumsum(days.counts[:, : self.baseline - 1 : -1], axis=1)
        expected = np.cumsum(usual.expected[:, : self.baseline - 1 : -1], axis=1)

        def chance(at_least: Array, mean: Array) -> Array:
            safe = np.where(mean > 0, mean, 1.0)
            variance = usual.dispersion * (safe + safe**2 / usual.shape)
            size = safe**2 / (variance - safe)
            p = betainc(np.maximum(at_least, 1.0), size, 1.0 - safe / variance)
            return np.where((at_least > 0) & (mean > 0), p, 1.0)

        tests = [chance(held[:, length - 1], expected[:, length - 1]) for length in self.windows]
        rows = np.arange(len(held))
        for k in self.events:
            reached = held >= k
            back = np.where(reached.any(axis=1), reached.argmax(axis=1), 0)
            tests.append(np.where(reached.any(axis=1), chance(np.full(len(held), float(k)), expected[rows, back]), 1.0))
        p = np.clip(np.min(tests, axis=0) * len(tests), LEAST_P, 1.0)
        week = held[:, min(6, self.gap)]
        mean = usual.expected[:, -1]
        spread = np.sqrt(usual.dispersion * mean)
        fired = (p < self.alpha) & (week >= self.minimum) & (days.last > mean + spread)
        return measured(
            days,
            enough=usual.days >= self.least,
            score=np.abs(-np.log10(p)),
            expected=mean,
            spread=spread,
            p_value=p,
            fired=fired,
        )

    def judge(self, series: Series, *, first: int, last: int) -> tuple[Signal, ...]:
        """One signal a day that has its baseline (``Detector``)."""
        return judge_by_windows(self, series, first=first, last=last)
