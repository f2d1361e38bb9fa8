"""EARS C2, the plain baseline that every other detector is measured against.

Source: L. Hutwagner and others, The bioterrorism preparedness and response Early Aberration Reporting System (EARS),
Journal of Urban Health 80, 2003. The deviation is taken as at least 0.5, since a week of zeros has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from domain.alert import Series, Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class EarsC2:
    """How many standard deviations of the week before last a day's count is above its mean.

    ``score`` is that number (it can be negative); there is no p-value, and exposure is not looked at. It fires when
    the score is above ``threshold`` and the count is at least ``minimum``: against a week of zeros two documents
    alone would be four deviations.

    Attributes:
        baseline: days of the baseline. gap: days between it and the day judged. floor: the least deviation.

    >>> from datetime import date
    >>> from domain.alert import Series, SeriesKey
    >>> counts = (0, 1, 0, 0, 1, 0, 0, 1, 0, 5)
    >>> series = Series(key=SeriesKey("dyad", ("CN", "VN")), first=date(2014, 5, 1), counts=counts, exposure=(40,) * 10)
    >>> signal = EarsC2().judge(series, first=9, last=10)[0]
    >>> signal.fired, round(signal.score, 2), round(signal.expected, 2)
    (True, 9.43, 0.29)
    """

    baseline: int = 7
    gap: int = 2
    floor: float = 0.5
    threshold: float = 3.0
    minimum: int = 3

    def __post_init__(self) -> None:
        if self.baseline < 2 or self.gap < 0 or self.floor <= 0:
            raise ValueError("ears_c2: baseline must be at least 2 days, gap at least 0 and floor above 0")

    @property
    def name(self) -> str:
        """``ears_c2``."""
        return "ears_c2"

    def judge(self, series: Series, *, first: int, last: int) -> tuple[Signal, ...]:
        """One signal for each day of the positions ``[first, last)`` that has a whole baseline before it."""
        counts = np.asarray(series.counts, dtype=np.float64)
        signals = []
        for t in range(max(first, self.baseline + self.gap), min(last, len(counts))):
            base = counts[t - self.gap - self.baseline : t - self.gap]
            expected, spread = float(base.mean()), max(float(base.std(ddof=1)), self.floor)
            score = (series.counts[t] - expected) / spread
            until = series.day(t) - timedelta(days=self.gap)
            signals.append(
                Signal(
                    key=series.key,
                    day=series.day(t),
                    detector=self.name,
                    observed=series.counts[t],
                    expected=expected,
                    spread=spread,
                    score=score,
                    p_value=None,
                    fired=score > self.threshold and series.counts[t] >= self.minimum,
                    window=(until - timedelta(days=self.baseline), until),
                )
            )
        return tuple(signals)
