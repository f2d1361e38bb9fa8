"""The negative-binomial distribution as forecasts of counts use it, and the proper scores of such forecasts.

A forecast is a mean m and a dispersion a: the variance is m + a * m * m. With a dispersion of 0 it is Poisson's.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import special, stats

Floats: TypeAlias = npt.NDArray[np.float64]
LEVELS = (0.5, 0.8, 0.95)
"""Of the intervals that are shown."""
_SMALLEST = 1e-6
"""Dispersions below this are Poisson's: the difference could not be seen, and the sums below lose their digits."""


def cdf(k: npt.ArrayLike, mean: npt.ArrayLike, dispersion: npt.ArrayLike) -> Floats:
    """Probability of at most ``k`` events."""
    k, m, a = _arrays(k, mean, dispersion)
    r = 1 / np.maximum(a, _SMALLEST)
    out = np.where(a < _SMALLEST, stats.poisson.cdf(k, m), stats.nbinom.cdf(k, r, 1 / (1 + m / r)))
    return np.asarray(out, dtype=np.float64)


def log_score(y: npt.ArrayLike, mean: npt.ArrayLike, dispersion: npt.ArrayLike) -> Floats:
    """Minus the logarithm of the probability of what came; lower is better."""
    y, m, a = _arrays(y, mean, dispersion)
    r = 1 / np.maximum(a, _SMALLEST)
    out = np.where(a < _SMALLEST, stats.poisson.logpmf(y, m), stats.nbinom.logpmf(y, r, 1 / (1 + m / r)))
    return np.asarray(-out, dtype=np.float64)


def quantile(level: float, mean: npt.ArrayLike, dispersion: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """The smallest count that is not exceeded with at least this probability."""
    _, m, a = _arrays(0, mean, dispersion)
    r = 1 / np.maximum(a, _SMALLEST)
    out = np.where(a < _SMALLEST, stats.poisson.ppf(level, m), stats.nbinom.ppf(level, r, 1 / (1 + m / r)))
    return np.asarray(np.maximum(out, 0), dtype=np.int64)


def interval(level: float, mean: npt.ArrayLike, dispersion: npt.ArrayLike) -> tuple[
    npt.NDArray[np.int64], npt.NDArray[np.int64]
]:  # fmt: skip
    """The central interval, both ends included, that holds the count with at least this probability."""
    return quantile((1 - level) / 2, mean, dispersion), quantile((1 + level) / 2, mean, dispersion)


def crps(y: npt.ArrayLike, mean: npt.ArrayLike, dispersion: npt.ArrayLike) -> Floats:
    """The continuous ranked probability score in closed form, in events; lower is better.

    Source: W. Wei and L. Held, Test 23, 2014 (Poisson and negative binomial); of a forecast that is certain it is the
    absolute error.
    """
    y, m, a = _arrays(y, mean, dispersion)
    out = _crps_poisson(y, m)
    wide = a >= _SMALLEST
    if wide.any():
        out[wide] = _crps_binomial(y[wide], m[wide], a[wide])
    return out


def _crps_poisson(y: Floats, m: Floats) -> Floats:
    known = (y - m) * (2 * stats.poisson.cdf(y, m) - 1) + 2 * m * stats.poisson.pmf(y, m)
    return np.asarray(known - m * (special.ive(0, 2 * m) + special.ive(1, 2 * m)), dtype=np.float64)


def _crps_binomial(y: Floats, m: Floats, a: Floats) -> Floats:
    r = 1 / a
    p = 1 / (1 + m * a)
    ratio = (1 - p) / p**2
    first = y * (2 * stats.nbinom.cdf(y, r, p) - 1)
    inner = p * (2 * stats.nbinom.cdf(y - 1, r + 1, p) - 1) + special.hyp2f1(r + 1, 0.5, 2.0, -4 * ratio)
    out = np.asarray(first - r * ratio * inner, dtype=np.float64)
    # The hypergeometric function gives up where the distribution is all but Poisson's or normal: there it is summed.
    for i in np.flatnonzero(~np.isfinite(out)):
        out[i] = _crps_summed(float(y[i]), float(m[i]), float(a[i]))
    return out


def _crps_summed(y: float, m: float, a: float) -> float:
    """The sum over k of (F(k) - [y <= k])**2, which the score is by definition."""
    reach = 40 * np.sqrt(m + a * m * m) + 40
    low, high = int(max(0, min(y, m - reach))), int(max(y, m + reach))
    k = np.arange(low, high + 1)
    return float(((cdf(k, m, a) - (k >= y)) ** 2).sum())


def fit_dispersion(y: npt.ArrayLike, mean: npt.ArrayLike) -> float:
    """The dispersion under which the counts are likeliest, between 0.001 and 20."""
    y, m, _ = _arrays(y, mean, 0.0)
    grid = np.geomspace(1e-3, 20.0, 60)
    cost = [float(log_score(y, m, a).mean()) for a in grid]
    return float(grid[int(np.argmin(cost))])


def _arrays(y: npt.ArrayLike, mean: npt.ArrayLike, dispersion: npt.ArrayLike) -> tuple[Floats, Floats, Floats]:
    one, two, three = np.broadcast_arrays(
        np.asarray(y, float), np.maximum(np.asarray(mean, float), 1e-9), np.asarray(dispersion, float)
    )
    return np.atleast_1d(one).copy(), np.atleast_1d(two).copy(), np.atleast_1d(three).copy()
