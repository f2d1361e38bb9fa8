"""The baseline that detectors with an offset share: a shrunken daily rate, the share of each day, the dispersion.

The rate has a Gamma prior (Gelman and others, Bayesian Data Analysis, 3rd ed. 2013, section 2.6), so that a baseline
of zeros gives a rate above 0. A day's share is the number of documents read that day over the baseline's mean, both
with ``ballast`` documents added: the daily number of a small corpus says little, and is shrunk towards 1. The
dispersion is the ratio of variance to mean by Pearson's statistic, as in Farrington and others (J. R. Stat. Soc. A
159, 1996).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alerts.detectors.windows import Array, Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """``shape`` documents seen in ``days`` days before anything was read; ``ballast`` documents added to exposure.

    ``dispersion`` is the least ratio of variance to mean: one happening brings several reports.
    """

    shape: float = 0.5
    days: float = 1.0
    ballast: float = 20.0
    dispersion: float = 1.5

    def __post_init__(self) -> None:
        if min(self.shape, self.days, self.ballast) <= 0 or self.dispersion < 1:
            raise ValueError(f"prior: shape, days and ballast must be above 0, dispersion at least 1: {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The baseline of each row.

    Attributes:
        days: how many of its days were read.
        shape: the documents seen and the prior's; rate: the expected number on a day with the usual exposure.
        usual: that exposure, ballast included. share: of every column of the frame: its exposure over the usual one,
            0 where nothing was read.
        dispersion: variance over mean.
    """

    days: Array
    shape: Array
    rate: Array
    usual: Array
    share: Array
    dispersion: Array

    @property
    def expected(self) -> Array:
        """The expected number on every day of the frame."""
        return self.rate[:, None] * self.share


def baseline(days: Frame, *, until: int, prior: Prior) -> Baseline:
    """The baseline from the columns before ``until``."""
    counts, read = days.counts[:, :until], days.read[:, :until]
    weight = np.where(days.read, days.exposure + prior.ballast, 0.0)
    n = read.sum(axis=1).astype(np.float64)
    known = np.maximum(n, 1.0)
    usual = weight[:, :until].sum(axis=1) / known
    usual = np.where(usual > 0, usual, 1.0)
    share = weight / usual[:, None]
    # Shares are relative to the baseline's mean, so that over the baseline they sum to its days.
    shape = prior.shape + counts.sum(axis=1)
    rate = shape / (prior.days + n)
    mean = rate[:, None] * share[:, :until]
    squares = np.divide((counts - mean) ** 2, mean, out=np.zeros_like(mean), where=read)
    dispersion = np.maximum(prior.dispersion, squares.sum(axis=1) / np.maximum(known - 1.0, 1.0))
    return Baseline(days=n, shape=shape, rate=rate, usual=usual, share=share, dispersion=dispersion)


def capped(days: Frame, *, until: int) -> Frame:
    """The frame with no day before ``until`` above 3 events and 4 times the mean of the lower nine tenths of them.

    One burst then neither raises what is expected nor widens the law for as long as it is in the baseline.
    """
    base, read = days.counts[:, :until], days.read[:, :until]
    ordered = np.sort(np.where(read, base, np.inf), axis=1)
    kept = np.maximum((read.sum(axis=1) * 9) // 10, 1)
    low = (np.arange(until) < kept[:, None]) & np.isfinite(ordered)
    mean = np.where(low, ordered, 0.0).sum(axis=1) / kept
    counts = days.counts.copy()
    counts[:, :until] = np.minimum(base, 3.0 + 4.0 * mean[:, None])
    return Frame(counts=counts, exposure=days.exposure, read=days.read)
