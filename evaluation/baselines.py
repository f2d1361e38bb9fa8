"""What the engine's alerts are measured beside: simple methods that score each dyad and day by the days up to it.

All are given the dyads that are scored, which only hindsight knows: an advantage that the engine is not given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from alerts.detectors import make
from alerts.onsets import AHEAD, PAST, needed
from alerts.panel import Floats, Ints
from evaluation.onset_scores import Scores, Truth

DRAWS = 20
_ROWS = 4096


def ears_c2(came: Truth) -> Scores:
    """EARS C2 as the benchmark has it: 7 days of baseline, 2 of gap, the deviation taken as at least 0.5."""
    counts, n = came.counts, came.days
    z = np.zeros(counts.shape)
    if n > 9 and len(counts):
        base = np.lib.stride_tricks.sliding_window_view(counts, 7, axis=1)[:, : n - 9]
        z[:, 9:] = (counts[:, 9:] - base.mean(axis=2)) / np.maximum(base.std(axis=2, ddof=1), 0.5)
    return _of(z, z > 0)


def no_change(came: Truth) -> Scores:
    """The last 7 days go on: how much of an onset they would be, by what the 56 days before them made usual."""
    total = np.concatenate([np.zeros((len(came.counts), 1)), np.cumsum(came.counts, axis=1)], axis=1)
    end = np.arange(1, came.days + 1)
    start = np.maximum(end - AHEAD, 0)
    before = np.maximum(start - PAST, 0)
    seen = total[:, end] - total[:, start]
    return _of(seen / needed(total[:, start] - total[:, before], start - before), seen > 0)


def detector(name: str) -> Callable[[Truth], Scores]:
    """A detector's own score, on days with a hostile event that it can judge."""

    def scores(came: Truth) -> Scores:
        judge = make(name)
        width: int = judge.history  # type: ignore[attr-defined]
        dyad, day = np.nonzero(came.counts)
        counts = np.concatenate([np.zeros((len(came.counts), width - 1)), came.counts], axis=1)
        read = np.concatenate([np.zeros(width - 1), came.exposure])
        window = np.arange(width)
        score = np.full(len(day), np.nan)
        for a in range(0, len(day), _ROWS):
            rows, at = dyad[a : a + _ROWS, None], day[a : a + _ROWS, None] + window
            weekday = (came.first + day[a : a + _ROWS] - 1) % 7
            score[a : a + _ROWS] = judge.measure(counts[rows, at], read[at], weekday=weekday).score  # type: ignore[attr-defined]
        known = np.isfinite(score)
        return Scores(dyad=dyad[known].astype(np.int64), day=day[known].astype(np.int64), score=score[known])

    return scores


def random_by_volume(came: Truth, *, seed: int) -> Scores:
    """Dyad-days drawn in proportion to their hostile events (keys of Efraimidis and Spirakis 2006)."""
    dyad, day = np.nonzero(came.counts)
    keys = np.log(1 - np.random.default_rng(seed).random(len(day))) / came.counts[dyad, day]
    return Scores(dyad=dyad.astype(np.int64), day=day.astype(np.int64), score=keys)


BASELINES: Mapping[str, Callable[[Truth], Scores]] = MappingProxyType({
    "ears_c2": ears_c2, "nb_cusum": detector("nb_cusum"), "seasonal": detector("seasonal"), "no_change": no_change,
})  # fmt: skip
"""By the name under which their figures are kept; beside them stands ``random``, the mean of ``DRAWS`` draws."""


def _of(score: Floats, use: npt.NDArray[np.bool_]) -> Scores:
    dyad, day = np.nonzero(use)
    rows: Ints = dyad.astype(np.int64)
    return Scores(dyad=rows, day=day.astype(np.int64), score=score[dyad, day])
