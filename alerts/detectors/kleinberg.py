"""Bursts by Kleinberg's two-state automaton, followed online to the last day.

Source: J. Kleinberg, Bursty and hierarchical structure in streams, Data Mining and Knowledge Discovery 7, 2003 (KDD
2002), section 4: batches of which some documents are relevant. The usual rate is taken from the weeks before the run,
not from the whole stream, so that a burst is not its own background; both laws' log likelihood is divided by the
baseline's dispersion, since the reports of one happening are not independent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from alerts.detectors.baseline import Baseline, Prior, baseline
from alerts.detectors.windows import Array, Frame, Measured, frame, judge_by_windows, measured
from domain.alert import Series, Signal

Law = Literal["poisson", "binomial"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kleinberg:
    """The state of the automaton on the last day, and the weight with which it is in it.

    A day costs the negative log likelihood of its count under its state's rate, and a step up costs
    ``gamma * ln(run)``; a step down is free. ``score`` is by how much, in natural logarithms, the cheapest sequence
    of states that ends in a burst is cheaper than the cheapest that does not: above 0 the automaton is in a burst.
    (The saving of the whole burst so far would rank the long ones first, which are no news.) It fires when the score
    is above ``threshold``, the last three days hold at least ``minimum`` documents and the day itself speaks for the
    burst.

    Attributes:
        law: ``poisson`` counts with the documents read as the offset, for counts that documents do not bound, or
            ``binomial`` counts out of the documents read.
        baseline: days of which the usual rate is taken. run: days over which the automaton goes after them.
        least: the fewest baseline days read.
        factor, rise: the burst's rate is ``factor`` times the usual one and ``rise`` documents a day.
        prior: of the usual rate, see ``Prior``.

    >>> from datetime import date
    >>> from domain.alert import Series, SeriesKey
    >>> counts = (0, 0, 1, 0) * 9 + (2, 3, 4)
    >>> series = Series(key=SeriesKey("dyad", ("CN", "VN")), first=date(2014, 4, 1), counts=counts, exposure=(40,) * 39)
    >>> [(signal.fired, round(signal.score, 1)) for signal in Kleinberg().judge(series, first=36, last=39)]
    [(False, -1.5), (True, 1.3), (True, 4.1)]
    """

    law: Law = "poisson"
    baseline: int = 42
    run: int = 21
    least: int = 14
    factor: float = 2.0
    rise: float = 1.0
    gamma: float = 1.0
    threshold: float = 0.0
    minimum: int = 3
    prior: Prior = field(default_factory=Prior)

    def __post_init__(self) -> None:
        if self.law not in ("poisson", "binomial"):
            raise ValueError(f"kleinberg: no law {self.law!r}; known: poisson, binomial")
        if not 2 <= self.least <= self.baseline or self.run < 2:
            raise ValueError(f"kleinberg: least must be from 2 to baseline={self.baseline} days and run at least 2")
        if self.factor <= 1 or self.rise < 0 or self.gamma <= 0:
            raise ValueError("kleinberg: factor must be above 1, rise at least 0 and gamma above 0")

    @property
    def name(self) -> str:
        """``kleinberg``."""
        return "kleinberg"

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
        saves = self._saves(days, usual)
        step = self.gamma * float(np.log(self.run))
        # By how much it is cheaper to end in the burst state: to come there costs at most a step, to leave nothing.
        lead = np.full(len(saves), -step)
        for t in range(self.run):
            lead = np.where(days.read[:, self.baseline + t], np.clip(lead, -step, 0.0) + saves[:, t], lead)
        expected = usual.expected[:, -1]
        recent = days.counts[:, -3:].sum(axis=1)
        fired = (lead > self.threshold) & (recent >= self.minimum) & (saves[:, -1] > 0)
        spread = np.sqrt(expected * usual.dispersion)
        return measured(
            days, enough=usual.days >= self.least, score=lead, expected=expected, spread=spread, fired=fired
        )

    def judge(self, series: Series, *, first: int, last: int) -> tuple[Signal, ...]:
        """One signal a day that has its baseline (``Detector``)."""
        return judge_by_windows(self, series, first=first, last=last)

    def _saves(self, days: Frame, usual: Baseline) -> Array:
        """How much cheaper each day of the run is in the burst state; 0 where nothing was read."""
        y, read = days.counts[:, self.baseline :], days.read[:, self.baseline :]
        share = usual.share[:, self.baseline :]
        rate = usual.rate[:, None]
        raised = self.factor * rate + self.rise
        if self.law == "poisson":
            saves = y * np.log(raised / rate) - (raised - rate) * share
        else:
            # No state may be certain of a document, and a day has at least as many documents as were counted.
            low = np.minimum(rate / usual.usual[:, None], 0.5)
            high = np.minimum(raised / usual.usual[:, None], 0.5 + low / 2.0)
            out_of = np.maximum(share * usual.usual[:, None], y)
            saves = y * np.log(high / low) + (out_of - y) * (np.log1p(-high) - np.log1p(-low))
        return np.where(read, saves / usual.dispersion[:, None], 0.0)
