"""Alerts as they would have been raised: each day's threshold is chosen on the days before it (``alerts.budget``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np

from alerts.budget import APART, QUARTER, Past, at_most, threshold
from alerts.panel import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Candidates:
    """What was in question, by day: ``day`` (ordinal, rising), a number for the dyad, a probability, any length.

    Day by day they are handed on in this order; a day's are judged by those of days before alone.
    """

    day: Ints
    dyad: Ints
    probability: Floats


def raised(given: Candidates, *, budget: float, since: int) -> list[int]:
    """The candidates that would have been raised from ordinal day ``since`` on, as positions.

    A dyad whose probability passed the threshold within the last 7 days is in an open episode and not raised anew. On
    one day no more are raised than four times the budget, the most probable first.
    """
    found: list[int] = []
    days: list[date] = []
    hot: dict[int, int] = {}
    most = at_most(budget)
    for day, rows in _by_day(given):
        if day < since:
            continue
        today = date.fromordinal(day)
        limit = threshold(_past(given, rows.start, day), budget=budget, day=today, since=date.fromordinal(since),
                          raised=days)  # fmt: skip
        room = len(given.day) if most is None else most
        at = np.arange(rows.start, rows.stop)
        for i in at[np.lexsort((given.dyad[at], -given.probability[at]))].tolist():
            if given.probability[i] < limit:
                break
            dyad = int(given.dyad[i])
            open_still = day - hot.get(dyad, -APART - 1) <= APART
            if not open_still and not room:
                continue
            if not open_still:
                room -= 1
                found.append(i)
                days.append(today)
            hot[dyad] = day
    return sorted(found)


def squashed(score: Floats) -> Floats:
    """Positive scores of any size as numbers between 0 and 1 in the same order, so that one controller serves all."""
    positive = np.maximum(score, 0.0)
    return np.asarray(positive / (1.0 + positive), dtype=np.float64)


def _by_day(given: Candidates) -> Iterator[tuple[int, slice]]:
    bounds = np.flatnonzero(np.diff(given.day)) + 1
    edges: Sequence[int] = [0, *bounds.tolist(), len(given.day)]
    for a, b in pairwise(edges):
        if b > a:
            yield int(given.day[a]), slice(a, b)


def _past(given: Candidates, stop: int, day: int) -> Past:
    """The candidates of the quarter before a day (and of the week before that, for episodes begun then)."""
    begin = int(np.searchsorted(given.day[:stop], day - QUARTER - APART))
    rows = np.arange(begin, stop)
    rows = rows[np.lexsort((given.day[rows], given.dyad[rows]))]
    return Past(series=given.dyad[rows], day=given.day[rows], probability=given.probability[rows])
