"""From how much more is expected to the chance that it makes an onset: the part of the ranker that is not learned.

What will still come in the next six days follows a negative binomial law around the first stage's mean. With what has
come already, an onset that began today or yesterday needs a certain rest (``alerts.onsets``).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import betainc

from alerts.onsets import APART
from alerts.panel import Floats
from alerts.ranking.features import Features

AHEAD_DAYS = 6
_LEAST = 1e-3


def at_least(mean: npt.ArrayLike, size: float, count: npt.ArrayLike) -> Floats:
    """P(Y >= count) of a negative binomial law with this mean and size (variance mean + mean^2 / size).

    >>> float(at_least(3.0, 2.0, 0).round(2)), float(at_least(3.0, 2.0, 1).round(2))
    (1.0, 0.84)
    """
    mu, wanted = np.asarray(mean, float), np.asarray(count, float)
    chance = betainc(np.maximum(wanted, 1e-9), size, mu / (mu + size))
    return np.asarray(np.where(wanted > 0, chance, 1.0), dtype=np.float64)


def chances(f: Features, mean: Floats, size: float) -> tuple[Floats, Floats]:
    """The chance that an onset began today, and that one began yesterday, by what is expected in six days."""
    past = f["since_onset"]
    today = np.where((f["c0"] > 0) & (past > APART), at_least(mean, size, np.ceil(f["need"] - f["c0"])), 0.0)
    rest = np.ceil(f["need1"] - f["c0"] - f["c1"])
    before = np.where(
        (f["c1"] > 0) & (past > APART + 1), at_least(mean * (AHEAD_DAYS - 1) / AHEAD_DAYS, size, rest), 0.0
    )
    return np.where(past == 0, 1.0, today), np.where(past == 1, 1.0, before)


def logit(p: npt.ArrayLike) -> Floats:
    """Log odds, of probabilities kept a thousandth away from 0 and 1."""
    q = np.clip(np.asarray(p, float), _LEAST, 1 - _LEAST)
    return np.asarray(np.log(q / (1 - q)), dtype=np.float64)


def outlook(f: Features, mean: Floats, size: float) -> Features:
    """The first stage's answer as features of the second."""
    today, before = chances(f, mean, size)
    coming = at_least(mean * (AHEAD_DAYS + 1) / AHEAD_DAYS, size, np.ceil(f["need"]))
    return {"onset": logit(np.maximum(today, before)), "onset_today": logit(today), "onset_yesterday": logit(before),
            "onset_ahead": logit(coming), "lmean": np.log(mean + 0.05)}  # fmt: skip
