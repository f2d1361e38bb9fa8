"""Fitting the ranker (``benchmarks/train_ranker.py`` calls it on tables of events)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from alerts.panel import Floats
from alerts.ranking.examples import SCORED, Examples
from alerts.ranking.features import LEFT_OUT, Features
from alerts.ranking.ranker import Ranker, matrix
from alerts.ranking.structural import outlook

BLOCK, FOLDS = 45, 4
"""Days held out together, and in how many parts: the second stage learns from days that the first had not seen."""
PURGE = 7
FIRST: dict[str, Any] = {
    "objective": "poisson", "learning_rate": 0.05, "num_leaves": 15, "min_data_in_leaf": 100, "feature_fraction": 0.4,
    "bagging_fraction": 0.7, "bagging_freq": 1, "lambda_l2": 10.0, "verbose": -1, "num_threads": 1, "seed": 1,
    "deterministic": True, "force_row_wise": True,
}  # fmt: skip
SECOND: dict[str, Any] = {
    "objective": "binary", "learning_rate": 0.03, "num_leaves": 6, "min_data_in_leaf": 100, "feature_fraction": 0.25,
    "bagging_fraction": 0.6, "bagging_freq": 1, "lambda_l2": 20.0, "verbose": -1, "num_threads": 1,
    "deterministic": True, "force_row_wise": True,
}  # fmt: skip
FIRST_ROUNDS, SECOND_ROUNDS, SEEDS = 120, 250, 4
RISING = ("onset", "onset_today", "onset_yesterday", "onset_ahead", "lmean", "two_days", "today", "yesterday", "z28")
"""Features of which more can only raise the probability: what holds by meaning need not be learned from few onsets."""


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """Examples with their weight in learning."""

    examples: Examples
    weight: float = 1.0


def fit(lessons: Sequence[Lesson], *, without: Sequence[str] = (), scored: float = SCORED) -> Ranker:
    """The ranker learned from the judged examples of dyads with at least ``scored`` hostile events in their table.

    ``without`` names detectors or facts that it may not look at.
    """
    taught = [
        Lesson(one.examples.where(one.examples.judged & (one.examples.total >= scored)), one.weight) for one in lessons
    ]
    rising = tuple(sorted(taught[0].examples.rises))
    first, size = _first(taught, rising)
    held = [np.zeros(len(one.examples)) for one in taught]
    for fold in range(FOLDS):
        kept = [Lesson(x.examples.where(~_in_fold(x.examples, fold, purge=PURGE)), x.weight) for x in taught]
        booster, _ = _first(kept, rising)
        for one, mean in zip(taught, held, strict=True):
            inside = _in_fold(one.examples, fold, purge=0)
            if inside.any():
                mean[inside] = booster.predict(matrix(one.examples.where(inside).rises, rising), num_threads=1)
    tables = [_seen(one.examples, mean, size, without) for one, mean in zip(taught, held, strict=True)]
    names = tuple(tables[0])
    x = np.concatenate([matrix(t, names) for t in tables])
    y = np.concatenate([one.examples.onset for one in taught]).astype(np.float64)
    weight = _weights(taught)
    second = [_boost(SECOND | {"seed": seed, "monotone_constraints": [int(n in RISING) for n in names]}, x, y, weight,
                     SECOND_ROUNDS, names) for seed in range(SEEDS)]  # fmt: skip
    return Ranker(first=first, size=size, second=tuple(second), rising=rising, names=names)


def _seen(x: Examples, mean: Floats, size: float, without: Sequence[str]) -> Features:
    everything = {**outlook(x.rises, mean, size), **x.facts, **x.detected}
    return {name: values for name, values in everything.items() if name not in (*LEFT_OUT, *without)}


def _first(lessons: Sequence[Lesson], names: tuple[str, ...]) -> tuple[Any, float]:
    x = np.concatenate([matrix(one.examples.rises, names) for one in lessons])
    y = np.concatenate([one.examples.more for one in lessons])
    booster = _boost(FIRST, x, y, _weights(lessons), FIRST_ROUNDS, names)
    mean = booster.predict(x, num_threads=1)
    size = float(np.sum(mean**2) / max(float(np.sum((y - mean) ** 2 - mean)), 1e-6))
    return booster, size


def _boost(params: dict[str, Any], x: Floats, y: Floats, weight: Floats, rounds: int, names: Sequence[str]) -> Any:
    import lightgbm

    return lightgbm.train(params, lightgbm.Dataset(x, y, weight=weight, feature_name=list(names)), rounds)


def _weights(lessons: Sequence[Lesson]) -> Floats:
    return np.concatenate([np.full(len(one.examples), one.weight) for one in lessons])


def _in_fold(x: Examples, fold: int, *, purge: int) -> npt.NDArray[np.bool_]:
    """Whether a day lies in a block of the fold, or so near that its answer reaches into it."""
    found = np.zeros(len(x), dtype=bool)
    for start in range(fold * BLOCK, x.days, FOLDS * BLOCK):
        found |= (x.day >= start - purge) & (x.day < start + BLOCK + purge)
    return found
