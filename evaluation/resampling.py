"""Intervals of a backtest's figures: the weeks of the span drawn anew, all methods by the same draws.

What happens in a week hangs together (one crisis gives onsets and alerts on several dyads), so weeks are drawn, not
alerts or dyads (block bootstrap: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, section 8.6). An alert
counts in its own week, an onset in its own. Which alerts were kept is not chosen anew in each draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alerts.panel import Floats, Ints
from evaluation.onset_scores import Matched, Truth

DRAWS = 500
LEVEL = 0.9
BLOCK = 7
SEED = 20140502


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Precision, recall and F1 in each draw; NaN in a draw without alerts (precision) or onsets (recall)."""

    precision: Floats
    recall: Floats
    f1: Floats


def draws(came: Truth, *, n: int = DRAWS, seed: int = SEED) -> Ints:
    """How often each week of the span is in each draw: draws x weeks."""
    weeks = -(-came.span // BLOCK)
    return np.random.default_rng(seed).multinomial(weeks, np.full(weeks, 1 / weeks), size=n).astype(np.int64)


def drawn(several: Sequence[Matched], came: Truth, by: Ints) -> Drawn:
    """The figures in each draw; of several sets of alerts (random ones) their mean."""
    parts = [_drawn(one, came, by) for one in several]
    return Drawn(
        precision=np.mean([p.precision for p in parts], axis=0), recall=np.mean([p.recall for p in parts], axis=0),
        f1=np.mean([p.f1 for p in parts], axis=0),
    )  # fmt: skip


def interval(values: Floats, *, level: float = LEVEL) -> tuple[float | None, float | None]:
    """Between which the share ``level`` of the draws lies; None where no draw has a value."""
    known = values[np.isfinite(values)]
    if not len(known):
        return None, None
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return round(float(low), 4), round(float(high), 4)


def _drawn(one: Matched, came: Truth, by: Ints) -> Drawn:
    weeks = by.shape[1]
    week = (one.alerts.day - came.begin) // BLOCK
    onset_week = (came.onset_day - came.begin) // BLOCK
    said = by @ np.bincount(week, minlength=weeks)
    right = by @ np.bincount(week[one.hit], minlength=weeks)
    were = by @ np.bincount(onset_week, minlength=weeks)
    warned = by @ np.bincount(onset_week[~np.isnan(one.lead)], minlength=weeks)
    with np.errstate(divide="ignore", invalid="ignore"):
        precision, recall = right / said, warned / were
    both = np.nan_to_num(precision) + np.nan_to_num(recall)
    f1 = np.where(both > 0, 2 * np.nan_to_num(precision) * np.nan_to_num(recall) / np.maximum(both, 1e-9), 0.0)
    return Drawn(precision=precision, recall=recall, f1=np.where(were > 0, f1, np.nan))
