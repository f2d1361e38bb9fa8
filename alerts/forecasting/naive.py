"""The naive forecasts that a model has to beat: climatology, persistence, no change.

===========  ============================================  ===========================================================
method       events in the next h days                     probability of an onset in the next h days
===========  ============================================  ===========================================================
climatology  the series' own long-run rate                 its own long-run rate of onsets, drawn towards that of all
persistence  as many as in the last h days                 as often as after such a month: with an onset or without
no-change    the rate of the last 91 days goes on          none comes
===========  ============================================  ===========================================================

All use what was known on the day alone, and are given the same care with their spread as the model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from alerts.forecasting.features import Past
from alerts.forecasting.targets import active_since
from alerts.onsets import AHEAD, WARM
from alerts.panel import Floats, Ints

LEVEL_DAYS = 91
RECENT = 30
"""Days in which an onset makes the state ``after an onset`` of persistence."""
OWN_DAYS = 730.0
"""The series' own rate of onsets weighs as much as that of all after so many days."""
POOL_DAYS = 100_000.0
"""The rate of onsets in the tables the model was made from weighs as much as so many days of active series here."""


def counts(past: Past, series: Ints, day: Ints, horizon: int) -> dict[str, Floats]:
    """Expected hostile and cooperative events (a column each) by method."""
    end = day + 1

    def sums(width: int) -> Floats:
        return past.made.between(series, end - width, end, running=past.running)[:, :2]

    history = end.astype(np.float64)[:, None]
    return {
        "climatology": (sums(past.made.days) + 0.5) / history * horizon,
        "persistence": sums(horizon) + 0.5,
        "no-change": (sums(LEVEL_DAYS) + 0.5) / np.minimum(history, LEVEL_DAYS) * horizon,
    }


def pool_rates(past: Past, day: Ints, *, base: float) -> Floats:
    """Onsets a day of all active series of the panel as known by each day.

    Drawn towards ``base``, the rate in the tables that the model was made from, for a store that has seen little yet.
    """
    _, at, active = _counted(past)
    begun = np.sort(np.maximum(active, WARM))
    running = np.concatenate([[0], np.cumsum(begun)])
    known = _judged(day)
    n = np.searchsorted(begun, known)
    series_days = n * known - running[n]
    onsets = np.searchsorted(np.sort(at), known, side="right")
    return np.asarray((onsets + base * POOL_DAYS) / (series_days + POOL_DAYS), dtype=np.float64)


def onset_rates(past: Past, series: Ints, day: Ints, *, pool: Floats) -> Floats:
    """Onsets a day of each series as known by the day: its own, drawn towards those of all (``pool``)."""
    owner, at, active = _counted(past)
    known = _judged(day)
    wide = past.made.days + 1
    key = owner * wide + at
    own = np.searchsorted(key, series * wide + known, side="right") - np.searchsorted(key, series * wide)
    own_days = np.maximum(known - np.maximum(active[series], WARM), 0)
    return np.asarray((own + pool * OWN_DAYS) / (own_days + OWN_DAYS), dtype=np.float64)


def _counted(past: Past) -> tuple[Ints, Ints, Ints]:
    """Series and day of the onsets of active series, and since when each series is active."""
    active = active_since(past.made)
    owner, at = past.onsets
    # An onset with which a series only became active tells nothing of how often active ones have them.
    counted = at > active[owner]
    return owner[counted], at[counted], active


def _judged(day: Ints) -> Ints:
    """The last day of which it is known by the end of ``day`` whether it was an onset."""
    return np.maximum(day - AHEAD + 1, 0)


def after_onset(since: Floats, rise: Floats) -> Floats:
    """1 where an onset came in the last month or is under way, from the features ``since_onset`` and ``rise``."""
    return ((np.expm1(since) <= RECENT) | (rise >= 1)).astype(np.float64)


def onset_probabilities(
    rates: Floats, state: Floats, horizon: int, *, by_state: Sequence[float]
) -> Mapping[str, Floats]:
    """Probability of an onset in the next days by method; ``by_state``: how often one came, without and after one."""
    return {
        "climatology": -np.expm1(-rates * horizon),
        "persistence": np.where(state > 0, by_state[1], by_state[0]),
        "no-change": np.zeros(len(rates)),
    }
