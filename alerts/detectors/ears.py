"""EARS C1, C2 and C3; C2 is the plain baseline that every other detector is measured against.

Source: L. Hutwagner and others, The bioterrorism preparedness and response Early Aberration Reporting System (EARS),
Journal of Urban Health 80, 2003. The deviation is taken as at least 0.5, since a week of zeros has none. Exposure only
tells which days were read: a week with a day that was not is no baseline.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alerts.detectors.windows import Array, Flags, Frame, Measured, frame, judge_by_windows, measured
from domain.alert import Series, Signal


def _check(name: str, baseline: int, least: int, gap: int, floor: float) -> None:
    if not 2 <= least <= baseline or gap < 0 or floor <= 0:
        raise ValueError(f"{name}: least must be from 2 to baseline={baseline} days, gap at least 0 and floor above 0")


def _deviation(
    days: Frame, at: int, *, baseline: int, gap: int, least: int, floor: float
) -> tuple[Array, Array, Array, Flags]:
    """The deviation of column ``at`` from the baseline before it, its mean and spread, and whether both were read."""
    until = at - gap
    base, read = days.counts[:, until - baseline : until], days.read[:, until - baseline : until]
    n = read.sum(axis=1)
    mean = base.sum(axis=1) / np.maximum(n, 1)
    away = np.where(read, base - mean[:, None], 0.0)
    spread = np.maximum(np.sqrt((away * away).sum(axis=1) / np.maximum(n - 1, 1)), floor)
    return (days.counts[:, at] - mean) / spread, mean, spread, (n >= least) & days.read[:, at]


@dataclass(frozen=True, slots=True, kw_only=True)
class EarsC1:
    """How many standard deviations a day's count is above the mean of the week before.

    ``score`` is that number (it can be negative); there is no p-value, and exposure is no offset. It fires when the
    score is above ``threshold`` and the count is at least ``minimum``. Without a gap a slow start hides itself.

    Attributes:
        baseline: days of the baseline. least: how many of them must have been read. floor: the least deviation.

    >>> from datetime import date
    >>> from domain.alert import Series, SeriesKey
    >>> counts = (0, 1, 0, 0, 1, 0, 0, 1, 0, 5)
    >>> series = Series(key=SeriesKey("dyad", ("CN", "VN")), first=date(2014, 5, 1), counts=counts, exposure=(40,) * 10)
    >>> signal = EarsC1().judge(series, first=9, last=10)[0]
    >>> signal.fired, round(signal.score, 2), [day.day for day in signal.window]
    (True, 9.43, [3, 10])
    """

    baseline: int = 7
    least: int = 7
    floor: float = 0.5
    threshold: float = 3.0
    minimum: int = 3

    def __post_init__(self) -> None:
        _check(self.name, self.baseline, self.least, 0, self.floor)

    @property
    def name(self) -> str:
        """``ears_c1``."""
        return "ears_c1"

    @property
    def gap(self) -> int:
        """None: the baseline ends the day before."""
        return 0

    @property
    def history(self) -> int:
        """The baseline and the day."""
        return self.baseline + 1

    def measure(self, counts: Array, exposure: Array, *, weekday: npt.ArrayLike | None = None) -> Measured:
        """One measurement a row (``WindowDetector``)."""
        days = frame(counts, exposure, history=self.history)
        score, mean, spread, enough = _deviation(
            days, self.history - 1, baseline=self.baseline, gap=0, least=self.least, floor=self.floor
        )
        fired = (score > self.threshold) & (days.last >= self.minimum)
        return measured(days, enough=enough, score=score, expected=mean, spread=spread, fired=fired)

    def judge(self, series: Series, *, first: int, last: int) -> tuple[Signal, ...]:
        """One signal a day that has its baseline (``Detector``)."""
        return judge_by_windows(self, series, first=first, last=last)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarsC2:
    """How many standard deviations of the week before last a day's count is above its mean.

    ``score`` is that number (it can be negative); there is no p-value, and exposure is no offset. It fires when
    the score is above ``threshold`` and the count is at least ``minimum``: against a week of zeros two documents
    alone would be four deviations.

    Attributes:
        baseline: days of the baseline. least: how many of them must have been read. gap: days between it and the
            day judged. floor: the least deviation.

    >>> from datetime import date
    >>> from domain.alert import Series, SeriesKey
    >>> counts = (0, 1, 0, 0, 1, 0, 0, 1, 0, 5)
    >>> series = Series(key=SeriesKey("dyad", ("CN", "VN")), first=date(2014, 5, 1), counts=counts, exposure=(40,) * 10)
    >>> signal = EarsC2().judge(series, first=9, last=10)[0]
    >>> signal.fired, round(signal.score, 2), round(signal.expected, 2)
    (True, 9.43, 0.29)
    """

    baseline: int = 7
    least: int = 7
    gap: int = 2
    floor: float = 0.5
    threshold: float = 3.0
    minimum: int = 3

    def __post_init__(self) -> None:
        _check(self.name, self.baseline, self.least, self.gap, self.floor)

    @property
    def name(self) -> str:
        """``ears_c2``."""
        return "ears_c2"

    @property
    def history(self) -> int:
        """The baseline, the gap and the day."""
        return self.baseline + self.gap + 1

    def measure(self, counts: Array, exposure: Array, *, weekday: npt.ArrayLike | None = None) -> Measured:
        """One measurement a row (``WindowDetector``)."""
        days = frame(counts, exposure, history=self.history)
        score, mean, spread, enough = _deviation(
            days, self.history - 1, baseline=self.baseline, gap=self.gap, least=self.least, floor=self.floor
        )
        fired = (score > self.threshold) & (days.last >= self.minimum)
        return measured(days, enough=enough, score=score, expected=mean, spread=spread, fired=fired)

    def judge(self, series: Series, *, first: int, last: int) -> tuple[Signal, ...]:
        """One signal a day that has its baseline (``Detector``)."""
        return judge_by_windows(self, series, first=first, last=last)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarsC3:
    """What the last ``days`` days' C2 exceed one deviation by, summed: a rise that no single day shows.

    ``score`` is that sum (0 or more); there is no p-value, and exposure is no offset. A day before with no C2 of its
    own adds nothing. It fires when the score is above ``threshold``, the days summed hold at least ``minimum``
    documents, and the day judged is itself more than one deviation up: a burst that is over fires no more.

    Attributes:
        baseline: days of the baseline. least: how many of them must have been read. gap: days between it and the
            day it belongs to. floor: the least deviation. days: how many days are summed.

    >>> from datetime import date
    >>> from domain.alert import Series, SeriesKey
    >>> counts = (0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 1, 1)
    >>> series = Series(key=SeriesKey("dyad", ("CN", "VN")), first=date(2014, 5, 1), counts=counts, exposure=(40,) * 12)
    >>> signal = EarsC3(threshold=0.9).judge(series, first=11, last=12)[0]
    >>> signal.fired, round(signal.score, 2)
    (True, 0.93)
    """

    baseline: int = 7
    least: int = 7
    gap: int = 2
    floor: float = 0.5
    days: int = 3
    threshold: float = 2.0
    minimum: int = 3

    def __post_init__(self) -> None:
        _check(self.name, self.baseline, self.least, self.gap, self.floor)
        if not 1 <= self.days <= self.gap + 1:
            raise ValueError(f"ears_c3: days must be from 1 to gap + 1 = {self.gap + 1}")

    @property
    def name(self) -> str:
        """``ears_c3``."""
        return "ears_c3"

    @property
    def history(self) -> int:
        """The baseline, the gap and the days summed."""
        return self.baseline + self.gap + self.days

    def measure(self, counts: Array, exposure: Array, *, weekday: npt.ArrayLike | None = None) -> Measured:
        """One measurement a row (``WindowDetector``)."""
        days = frame(counts, exposure, history=self.history)
        total = np.zeros(len(days.counts))
        for at in range(self.history - self.days, self.history):
            score, mean, spread, enough = _deviation(
                days, at, baseline=self.baseline, gap=self.gap, least=self.least, floor=self.floor
            )
            total += np.where(enough, np.maximum(score - 1.0, 0.0), 0.0)
        recent = days.counts[:, -self.days :].sum(axis=1)
        fired = (total > self.threshold) & (recent >= self.minimum) & (score > 1.0)
        return measured(days, enough=enough, score=total, expected=mean, spread=spread, fired=fired)

    def judge(self, series: Series, *, first: int, last: int) -> tuple[Signal, ...]:
        """One signal a day that has its baseline (``Detector``)."""
        return judge_by_windows(self, series, first=first, last=last)
