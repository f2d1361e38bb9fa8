"""EWMA chart on the square root of the counts: a smoothed rise above the level of the weeks before.

Source: S. W. Roberts, Control chart tests based on geometric moving averages, Technometrics 1, 1959; the square root
that makes the variance of a count the same at every level: F. J. Anscombe, Biometrika 35, 1948.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from alerts.detectors.baseline import Prior, baseline
from alerts.detectors.windows import Array, Measured, frame, judge_by_windows, measured
from domain.alert import Series, Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Ewma:
    """The exponentially weighted mean of how far the last days are above their expected counts, on Anscombe's scale.

    ``score`` is that mean in its own standard deviations (it can be negative); there is no p-value. The documents
    read are the offset. A day that was not read moves nothing. It fires when the score is above ``threshold``, the
    last three days hold at least ``minimum`` documents and the day itself is more than one deviation up: a burst that
    is over fires no more.

    Attributes:
        baseline: days from which the level and the deviation are taken. run: days that are smoothed after them.
        least: the fewest baseline days read. weight: of the newest day. prior: of the usual rate, see ``Prior``.

    >>> from datetime import date
    >>> from domain.alert import Series, SeriesKey
    >>> counts = (0, 0, 1, 0) * 9 + (2, 3, 4)
    >>> series = Series(key=SeriesKey("dyad", ("CN", "VN")), first=date(2014, 4, 1), counts=counts, exposure=(40,) * 39)
    >>> [(signal.fired, round(signal.score, 1)) for signal in Ewma().judge(series, first=36, last=39)]
    [(False, 1.3), (False, 2.4), (True, 3.4)]
    """

    baseline: int = 42
    run: int = 7
    least: int = 14
    weight: float = 0.6
    threshold: float = 3.0
    minimum: int = 3
    prior: Prior = field(default_factory=Prior)

    def __post_init__(self) -> None:
        if not 2 <= self.least <= self.baseline or self.run < 1:
            raise ValueError(f"ewma: least must be from 2 to baseline={self.baseline} days and run at least 1")
        if not 0 < self.weight <= 1:
            raise ValueError("ewma: weight must be above 0 and at most 1")

    @property
    def name(self) -> str:
        """``ewma``."""
        return "ewma"

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
        away = np.where(days.read, _stable(days.counts) - _stable(usual.expected), 0.0)
        base = away[:, : self.baseline]
        # On this scale a Poisson count has a deviation of 1, a rare one less: no baseline is taken as calmer.
        deviation = np.sqrt(np.maximum((base * base).sum(axis=1) / np.maximum(usual.days - 1.0, 1.0), 1.0))
        smoothed, left = np.zeros(len(base)), np.ones(len(base))
        for t in range(self.baseline, self.history):
            read = days.read[:, t]
            smoothed = np.where(read, (1.0 - self.weight) * smoothed + self.weight * away[:, t], smoothed)
            left = np.where(read, left * (1.0 - self.weight) ** 2, left)
        variance = self.weight / (2.0 - self.weight) * (1.0 - left)
        score = smoothed / (deviation * np.sqrt(np.maximum(variance, 1e-12)))
        expected = usual.expected[:, -1]
        recent = days.counts[:, -3:].sum(axis=1)
        fired = (score > self.threshold) & (recent >= self.minimum) & (away[:, -1] > deviation)
        spread = np.sqrt(expected * usual.dispersion)
        return measured(
            days, enough=usual.days >= self.least, score=score, expected=expected, spread=spread, fired=fired
        )

    def judge(self, series: Series, *, first: int, last: int) -> tuple[Signal, ...]:
        """One signal a day that has its baseline (``Detector``)."""
        return judge_by_windows(self, series, first=first, last=last)


def _stable(counts: Array) -> Array:
    """Anscombe's transform, scaled so that a Poisson count has a standard deviation of about 1."""
    return 2.0 * np.sqrt(counts + 0.375)
