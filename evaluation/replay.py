"""A table of events replayed day by day: each day is ranked by what was known by its end.

The looking ahead is cut off before anything is counted: a day's windows are made from a table that holds only rows
known by then (``known_by``), and the ranker is given nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from alerts.panel import HOSTILE_ROOT, EventColumns, Floats, panel
from alerts.ranking.ranker import Ranker, rank
from alerts.ranking.window import COUNTRY_WIDTH, WIDTH, Window, window

Flags = npt.NDArray[np.bool_]
Tell = Callable[[int, str], None]
_NONE = np.zeros(0)
_ROWS = ("day", "source", "target", "root", "goldstein", "known", "ended", "label")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DayRanked:
    """The dyads in question on a day, with the log odds they are ranked by.

    ``probability`` is calibrated for dyads that the benchmark scores, ``chance`` for any dyad.
    """

    day: int
    dyads: tuple[tuple[str, str], ...]
    odds: Floats
    probability: Floats
    chance: Floats


class Known:
    """Hands out what of a table was known by a day, at the cost of a cut: the rows are kept in the order of knowing."""

    def __init__(self, events: EventColumns) -> None:
        order = np.argsort(events.known, kind="stable")
        self._events = replace(events, **{name: getattr(events, name)[order] for name in _ROWS})
        # Rows of a plain table happen when they are known and stand for ever.
        self._plain = bool((events.day == events.known).all() and (events.ended > events.known.max(initial=0)).all())

    def by(self, day: int) -> EventColumns:
        """Only what had happened, was known and stood by the end of an ordinal day."""
        found = self._events.where(slice(int(np.searchsorted(self._events.known, day, side="right"))))
        return found if self._plain else found.until(day)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The window of a day, and the names of its dyads, a row each."""

    window: Window
    dyads: tuple[tuple[str, str], ...]


def seen(known: EventColumns, day: int) -> Seen | None:
    """The window of a day, from what was known by its end; None where no dyad is in question.

    Raises:
        ValueError: a row is from later.
    """
    if len(known) and (int(known.known.max()) > day or int(known.day.max()) > day):
        raise ValueError("rows from after the day are not to be seen")
    source, target, size = known.source.astype(np.int64), known.target.astype(np.int64), max(len(known.names), 1)
    pair = np.minimum(source, target) * size + np.maximum(source, target)
    between: Flags = (source != target) & (source >= 0) & (target >= 0)
    asked = np.unique(pair[between & (known.day >= day - 1) & (known.root >= HOSTILE_ROOT)])
    if not len(asked):
        return None
    first = int(known.day.min())
    told = np.bincount(known.day - first, minlength=day - first + 1)
    read = np.flatnonzero(told)
    # One day more than a window is wide, so that the day itself may be one on which nothing was told.
    start, near = (first + int(read[-min(len(read), width + 1)]) for width in (WIDTH, COUNTRY_WIDTH))
    near = min(near, day - 1)
    asked_of: Flags = between & (known.day >= start) & np.isin(pair, asked)
    dyads = panel(known.where(asked_of), first=start, last=day)
    hostile = known.where((known.day >= near) & (known.root >= HOSTILE_ROOT))
    countries = panel(hostile, kind="country", first=near, last=day)
    made = window(dyads, countries, day, exposure=told[start - first :].astype(np.float64))
    names = known.names
    return Seen(made, tuple((names[a], names[b]) for a, b in dyads.members[made.rows].tolist()))


def replay(
    events: EventColumns, ranker: Ranker, *, first: int, last: int, tell: Tell | None = None
) -> Iterator[DayRanked]:
    """Each ordinal day from ``first`` to ``last``, included, ranked as of its end."""
    known = Known(events)
    # For a hundred rows a team of threads costs a hundred times what it saves.
    threads = ThreadpoolController()
    for n, day in enumerate(range(first, last + 1)):
        with threads.limit(limits=1, user_api="openmp"):
            found = ranked(known.by(day), ranker, day)
        yield found
        if tell is not None:
            tell(n + 1, str(date.fromordinal(day)))


def ranked(known: EventColumns, ranker: Ranker, day: int) -> DayRanked:
    """One day, by what was known by its end."""
    one = seen(known, day)
    if one is None:
        return DayRanked(day=day, dyads=(), odds=_NONE, probability=_NONE, chance=_NONE)
    found = rank(ranker, one.window, population="scored")
    chance = ranker.probability(found.odds, found.rises["total"], population="all")
    return DayRanked(day=day, dyads=one.dyads, odds=found.odds, probability=found.probability, chance=chance)
