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
_CELLS = 1_000_000
Flags = npt.NDArray[np.bool_]


def ears_c2(came: Truth) -> Scores:
    """EARS C2 as the benchmark has it: 7 days of baseline, 2 of gap, the deviation taken as at least 0.5."""

    def scores(counts: Ints) -> tuple[Floats, Flags]:
        z = np.zeros(counts.shape)
        if counts.shape[1] > 9:
            base = np.lib.stride_tricks.sliding_window_view(counts, 7, axis=1)[:, : counts.shape[1] - 9]
            z[:, 9:] = (counts[:, 9:] - base.mean(axis=2)) / np.maximum(base.std(axis=2, ddof=1), 0.5)
        return z, z > 0

    return _by_rows(came, scores)


def no_change(came: Truth) -> Scores:
    """The last 7 days go on: how much of an onset they would be, by what the 56 days before them made usual."""
    end = np.arange(1, came.days + 1)
    start = np.maximum(end - AHEAD, 0)
    before = np.maximum(start - PAST, 0)

    def scores(counts: Ints) -> tuple[Floats, Flags]:
        total = np.concatenate([np.zeros((len(counts), 1)), np.cumsum(counts, axis=1)], axis=1)
        seen = total[:, end] - total[:, start]
        return seen / needed(total[:, start] - total[:, before], start - before), seen > 0

    return _by_rows(came, scores)


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


def _by_rows(came: Truth, scores: Callable[[Ints], tuple[Floats, Flags]]) -> Scores:
    """Some dyads at a time, so that memory does not grow with dyads and days."""
    step = max(1, _CELLS // max(came.days, 1))
    parts = []
    for a in range(0, len(came.counts), step):
        score, use = scores(came.counts[a : a + step])
        dyad, day = np.nonzero(use)
        parts.append((dyad + a, day, score[dyad, day]))
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return Scores(dyad=none, day=none, score=np.zeros(0))
    rows, days, values = (np.concatenate([p[n] for p in parts]) for n in range(3))
    return Scores(dyad=rows.astype(np.int64), day=days.astype(np.int64), score=values.astype(np.float64))
