"""Coded events beside the documents of a scan: what was known of them on each day, and what the ranker says of it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
from sqlalchemy import Connection, text

from alerts.panel import Panel, panel
from alerts.ranking.ranker import Ranker, load
from alerts.ranking.window import WIDTH
from alerts.warnings import Day, judge_day
from domain.event_columns import EventColumns
from domain.label import Label
from index.store import event_series

_DAY = 86_400_000_000
_EPOCH = date(1970, 1, 1).toordinal()


class EventSide:
    """The events of a home from a year before the first day scanned, day by day as they became known.

    A day is judged on panels made of ``EventColumns.until(day)`` alone: nothing later is in them.
    """

    def __init__(self, c: Connection, *, start: date, until: date, clearance: Label) -> None:
        since = start - timedelta(days=WIDTH + 7)
        self._events: EventColumns = event_series.load(c, as_of=until, since=since, clearance=clearance, replayed=True)
        heard = np.maximum(self._events.day, self._events.known)
        self._days: list[int] = np.unique(np.concatenate([heard, heard + 1])).tolist()
        self._ranker: Ranker | None = None

    def next_day(self, day: date) -> date | None:
        """The first day from this one on that events belong to; None where none does."""
        at = bisect_left(self._days, day.toordinal())
        return date.fromordinal(self._days[at]) if at < len(self._days) else None

    def judge(self, day: date, *, read: Mapping[date, int]) -> Day | None:
        """The dyads in question; None on a day without any event. ``read`` is how many documents were read a day."""
        if self.next_day(day) != day:
            return None
        if self._ranker is None:
            self._ranker = load()
        known = self._events.until(day.toordinal())
        if not len(known):
            return None
        dyads = _extended(panel(known, last=day.toordinal()), read)
        found = judge_day(dyads, panel(known, kind="country", last=day.toordinal()), day, ranker=self._ranker)
        return replace(found, told=known)


def _extended(made: Panel, read: Mapping[date, int]) -> Panel:
    """The panel with what was read added to the events told: a day that was read and told nothing was a quiet one."""
    exposure = made.exposure.copy()
    for day, n in read.items():
        at = day.toordinal() - made.first
        if 0 <= at < made.days:
            exposure[at] += n
    return replace(made, exposure=exposure)


def first_known(c: Connection, *, clearance: Label, after: int = -1) -> date | None:
    """The first day that an event stored after row ``after`` was known on; None where there is none."""
    found = c.execute(text(
        "SELECT min(known) FROM events WHERE rowid > :after AND label <= :label AND modality = 'done' "
        "AND superseded IS NULL"
    ), {"after": after, "label": int(clearance)}).scalar()  # fmt: skip
    return None if found is None else date.fromordinal(int(found) // _DAY + _EPOCH)


def newest_row(c: Connection) -> int:
    """The last row stored; 0 where there is none."""
    return int(c.execute(text("SELECT max(rowid) FROM events")).scalar() or 0)
