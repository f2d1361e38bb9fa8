"""Proper scores of single forecasts, and how much better one set of them is than another; lower scores are better."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from alerts.panel import Floats, Ints

CERTAIN = 1e-3
"""In the logarithmic score a probability is taken to be so far from 0 and 1 at least: none may cost infinity."""
DRAWS = 1000


def brier(p: npt.ArrayLike, y: npt.ArrayLike) -> Floats:
    """The squared distance of the probability from what came (Brier 1950)."""
    return np.asarray((np.asarray(p, float) - np.asarray(y, float)) ** 2, dtype=np.float64)


def log_loss(p: npt.ArrayLike, y: npt.ArrayLike) -> Floats:
    """Minus the logarithm of the probability given to what came (Good 1952), kept ``CERTAIN`` from the ends."""
    q = np.clip(np.asarray(p, float), CERTAIN, 1 - CERTAIN)
    return np.asarray(-np.where(np.asarray(y, float) > 0, np.log(q), np.log1p(-q)), dtype=np.float64)


def skill(score: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """1 - mean score / mean reference: 1 is perfect, 0 no better than the reference; 0 where both are perfect.

    >>> skill([0.1, 0.3], [0.2, 0.6])
    0.5
    """
    top, below = _mean(score), _mean(reference)
    return 1 - top / below if below > 0 else (0.0 if top <= 0 else float("-inf"))


def skill_interval(
    score: npt.ArrayLike, reference: npt.ArrayLike, week: npt.ArrayLike, *, level: float = 0.95, draws: int = DRAWS,
    seed: int = 1,
) -> tuple[float, float]:  # fmt: skip
    """The interval of the skill when whole weeks of forecasts are drawn again and again (block bootstrap).

    Forecasts of one week tell much the same, whatever their series: so a week is drawn with all of them. ``week``
    numbers them. With fewer than two weeks nothing can be said: (-inf, 1).
    """
    blocks, which = np.unique(np.asarray(week), return_inverse=True)
    if len(blocks) < 2:
        return float("-inf"), 1.0
    top = np.bincount(which, weights=np.asarray(score, float))
    below = np.bincount(which, weights=np.asarray(reference, float))
    drawn = np.random.default_rng(seed).integers(0, len(blocks), size=(draws, len(blocks)))
    sums = below[drawn].sum(axis=1)
    values = 1 - top[drawn].sum(axis=1) / np.where(sums > 0, sums, np.inf)
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def weeks(day: Ints, *, width: int = 7) -> Ints:
    """The block of each day; ``width`` is at least the horizon where blocks must not share what they look ahead to."""
    return np.asarray(day, dtype=np.int64) // width


def best_of(scores: Mapping[str, npt.ArrayLike]) -> str:
    """The method with the lowest mean score; of equal ones the first.

    Raises:
        ValueError: there is none.
    """
    return min(scores, key=lambda name: _mean(scores[name]))


def _mean(values: npt.ArrayLike) -> float:
    return float(np.asarray(values, dtype=np.float64).mean())
