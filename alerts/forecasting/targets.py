"""Which series can be forecast on a day, and what came of them afterwards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alerts.forecasting.features import Past
from alerts.onsets import AHEAD, WARM
from alerts.panel import Floats, Ints, Panel

LEAST = 5
"""Hostile events that a series must have had in the last 364 days for the model to say anything of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What came in the days ``(day, day + horizon]`` of each question.

    Attributes:
        events: hostile and cooperative ones, a column each. onset: 1 where one began, else 0.
        counted, judged: whether the panel holds all the days that decide the events, and the onset.
    """

    events: Floats
    onset: Floats
    counted: npt.NDArray[np.bool_]
    judged: npt.NDArray[np.bool_]


def questions(past: Past, days: Ints, *, least: int = LEAST) -> tuple[Ints, Ints]:
    """Series and day of every series with enough of a past on each of the day offsets."""
    made = past.made
    busy = np.flatnonzero(made.totals(0) >= least)
    fit = np.asarray(days, np.int64)
    fit = fit[(fit >= WARM) & (fit < made.days)]
    series, day = np.repeat(busy, len(fit)), np.tile(fit, len(busy))
    enough = made.between(series, day - 363, day + 1, running=past.running)[:, 0] >= least
    return series[enough], day[enough]


def outcome(past: Past, series: Ints, day: Ints, horizon: int) -> Outcome:
    """What came of each question, as far as the panel tells."""
    made = past.made
    found = made.between(series, day + 1, day + 1 + horizon, running=past.running)[:, :2]
    owner, at = past.onsets
    wide = made.days + 1
    key = owner * wide + at
    low = np.searchsorted(key, series * wide + np.minimum(day + 1, made.days))
    high = np.searchsorted(key, series * wide + np.minimum(day + 1 + horizon, made.days))
    return Outcome(
        events=found,
        onset=(high > low).astype(np.float64),
        counted=day + horizon < made.days,
        judged=day + horizon + AHEAD - 1 < made.days,
    )


def active_since(made: Panel, *, least: int = LEAST) -> Ints:
    """The offset of the day on which each series had had ``least`` hostile events; ``days`` where it never had."""
    hot = made.values[:, 0] > 0
    owner, day = made.series_of_cell[hot], made.day[hot]
    total = np.cumsum(made.values[hot, 0], dtype=np.float64)
    first = np.searchsorted(owner, np.arange(len(made)))
    before = np.concatenate([[0.0], total])[first]
    reached = total - before[owner] >= least
    out = np.full(len(made), made.days, dtype=np.int64)
    np.minimum.at(out, owner[reached], day[reached])
    return out
