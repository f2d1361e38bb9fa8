"""How good probabilities and forecasts of counts are: proper scores, their parts, reliability, skill with intervals.

All scores are negatively oriented: lower is better. Single scores are in ``alerts.forecasting`` (the service scores
forecasts with them as their days come); here they are taken apart and compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alerts.forecasting.counts import crps, log_score
from alerts.forecasting.scores import best_of, brier, log_loss, skill, skill_interval, weeks
from alerts.panel import Floats

__all__ = ["Bin", "Compared", "Parts", "best_of", "brier", "compare", "crps", "crps_of_samples", "log_loss",
           "log_score", "murphy", "reliability", "skill", "skill_interval", "weeks"]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Forecasts of about one probability: how many, their mean probability, and how often it came."""

    low: float
    high: float
    n: int
    forecast: float
    came: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The Brier score taken apart (Murphy 1973): reliability - resolution + uncertainty (+ what binning leaves).

    ``reliability`` is lower, ``resolution`` higher for a better forecast; ``uncertainty`` belongs to what came.
    ``within`` is what is left because forecasts in one bin differ; it is 0 where each bin holds one probability.
    """

    brier: float
    reliability: float
    resolution: float
    uncertainty: float
    within: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One method's mean score beside a reference, its skill and the 95 % interval of that."""

    method: str
    score: float
    reference: str
    skill: float
    low: float
    high: float


def reliability(p: npt.ArrayLike, y: npt.ArrayLike, *, bins: int = 10, equal: bool = True) -> list[Bin]:
    """The reliability table: bins with equally many forecasts (``equal``), or of equal width; empty ones are left out.

    Forecasts of one probability are never parted, so that there may be fewer bins.
    """
    p, y = np.asarray(p, float), np.asarray(y, float)
    return [
        Bin(low=float(p[rows].min()), high=float(p[rows].max()), n=int(rows.sum()), forecast=float(p[rows].mean()),
            came=float(y[rows].mean()))
        for rows in _bins(p, bins, equal)
    ]  # fmt: skip


def murphy(p: npt.ArrayLike, y: npt.ArrayLike, *, bins: int = 10, equal: bool = True) -> Parts:
    """The parts of the Brier score.

    Raises:
        ValueError: there are no forecasts.
    """
    p, y = np.asarray(p, float), np.asarray(y, float)
    if not len(p):
        raise ValueError("no forecasts to score")
    base = float(y.mean())
    reliable = resolved = 0.0
    for rows in _bins(p, bins, equal):
        share = float(rows.mean())
        reliable += share * float((p[rows].mean() - y[rows].mean()) ** 2)
        resolved += share * float((y[rows].mean() - base) ** 2)
    total, unsure = float(brier(p, y).mean()), base * (1 - base)
    return Parts(brier=total, reliability=reliable, resolution=resolved, uncertainty=unsure,
                 within=total - (reliable - resolved + unsure))  # fmt: skip


def _bins(p: Floats, bins: int, equal: bool) -> list[npt.NDArray[np.bool_]]:
    if not len(p):
        return []
    inner = np.arange(1, bins) / bins
    edges = np.unique(np.quantile(p, inner)) if equal else inner
    which = np.searchsorted(edges, p, side="right")
    return [which == k for k in np.unique(which)]


def crps_of_samples(y: float, samples: npt.ArrayLike) -> float:
    """CRPS of the empirical distribution of the samples: E|X - y| - E|X - X'| / 2 (Gneiting and Raftery 2007).

    >>> crps_of_samples(3.0, [1.0, 1.0])
    2.0

    Raises:
        ValueError: there are no samples.
    """
    x = np.sort(np.asarray(samples, dtype=np.float64))
    n = len(x)
    if not n:
        raise ValueError("no samples to score")
    # The sum over all pairs of |x_i - x_j| from the ranks of the sorted samples.
    pairs = float(((2 * np.arange(1, n + 1) - n - 1) * x).sum())
    return float(np.abs(x - y).mean() - pairs / n**2)


def compare(
    scores: Mapping[str, npt.ArrayLike], week: npt.ArrayLike, *, reference: str | None = None,
    against: Sequence[str] = (),
) -> list[Compared]:  # fmt: skip
    """Each method beside a reference: the one named, or the best of ``against`` (of all, where none is given).

    Raises:
        ValueError: the reference is none of the methods.
    """
    chosen = reference or best_of({name: scores[name] for name in (against or scores)})
    if chosen not in scores:
        raise ValueError(f"no scores of {chosen!r}")
    out = []
    for name, values in scores.items():
        low, high = skill_interval(values, scores[chosen], week)
        out.append(Compared(method=name, score=float(np.asarray(values, float).mean()), reference=chosen,
                            skill=skill(values, scores[chosen]), low=low, high=high))  # fmt: skip
    return out
