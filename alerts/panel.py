"""Daily counts of every dyad or every country at once, made from events by sorting: the cost grows with the events.

A panel is kept sparse (one cell a series and day on which something happened); arrays of days are made only for the
series and days that are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from alerts.tabular import read_table
from domain.event_columns import FOREVER, NOWHERE, EventColumns, columns

__all__ = ["FOREVER", "HOSTILE_ROOT", "MEASURES", "NOWHERE", "EventColumns", "Kind", "Panel", "columns", "panel",
           "read_table"]  # fmt: skip

Kind: TypeAlias = Literal["dyad", "country"]
Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
HOSTILE_ROOT = 10
"""CAMEO roots from this one on are hostile (demand, disapprove, reject, threaten ... mass violence)."""
COOPERATIVE_ROOTS = (1, 8)
"""Quad classes 1 and 2, verbal and material cooperation. Root 9 (investigate) is neither."""
MEASURES = ("hostile", "cooperative", "all", "intensity", "verbal", "protest", "coercion", "force", "forward")
"""The order of the last axis of ``Panel.values``: what is counted a day. After the sum of Goldstein values come the
parts of what is hostile (roots 10 to 13, 14, 15 to 17, 18 to 20), and what of it the first country did to the other."""


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Sparse daily counts of many series.

    Attributes:
        kind: of the series. names: as in the columns it was made from.
        members: one row a series: the indexes of its two countries (sorted), or its one country.
        first: ordinal day of offset 0. days: how many days it spans.
        start: the cells of series i are ``start[i]`` to ``start[i + 1]``; day: offset of each, rising within a series.
        values: a row a cell, a column a measure (``MEASURES``).
        exposure: events of any kind told on each day, also those of no series.
    """

    kind: Kind
    names: tuple[str, ...]
    members: npt.NDArray[np.int32]
    first: int
    days: int
    start: Ints
    day: Ints
    values: npt.NDArray[np.float32]
    exposure: Ints

    def __len__(self) -> int:
        return len(self.members)

    @property
    def last(self) -> int:
        """Ordinal of the last day."""
        return self.first + self.days - 1

    @property
    def series_of_cell(self) -> Ints:
        """The series of each cell."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.start))

    def subject(self, i: int) -> tuple[str, ...]:
        """The names of a series' countries, sorted."""
        return tuple(self.names[k] for k in self.members[i])

    def find(self, *subject: str) -> int | None:
        """The series of a country or of two in either order; None where nothing was told of it."""
        try:
            wanted = sorted(self.names.index(name) for name in subject)
        except ValueError:
            return None
        if len(wanted) != self.members.shape[1]:
            return None
        found = np.flatnonzero((self.members == np.array(wanted, dtype=np.int32)).all(axis=1))
        return int(found[0]) if len(found) else None

    def totals(self, measure: int = 0) -> Floats:
        """Over all days, a number a series."""
        sums = np.bincount(self.series_of_cell, weights=self.values[:, measure], minlength=len(self))
        return sums.astype(np.float64)

    def dense(self, rows: npt.ArrayLike, *, until: int | None = None, width: int | None = None) -> Floats:
        """Daily values of some series: rows x days x measures, of the ``width`` days up to ordinal ``until``, included.

        Days outside the panel are zeros. By default all days of the panel.
        """
        rows = np.asarray(rows, dtype=np.int64)
        end = self.last if until is None else until
        wide = self.days if width is None else width
        out = np.zeros((len(rows), wide, len(MEASURES)))
        low = end - wide + 1 - self.first
        for n, i in enumerate(rows):
            a, b = int(self.start[i]), int(self.start[i + 1])
            a, b = a + int(np.searchsorted(self.day[a:b], low)), a + int(np.searchsorted(self.day[a:b], low + wide))
            out[n, self.day[a:b] - low] = self.values[a:b]
        return out

    def cumulative(self) -> tuple[Ints, Floats]:
        """For ``between``: a sorted key a cell (series and day), and the running sums of the values before each."""
        key = self.series_of_cell * (self.days + 1) + self.day
        sums = np.zeros((len(key) + 1, len(MEASURES)))
        np.cumsum(self.values, axis=0, dtype=np.float64, out=sums[1:])
        return key, sums

    def between(self, series: Ints, low: Ints, high: Ints, *, running: tuple[Ints, Floats] | None = None) -> Floats:
        """Sums of each series over its offsets ``[low, high)``: a row a query, a column a measure."""
        key, sums = running if running is not None else self.cumulative()
        low, high = np.clip(low, 0, self.days), np.clip(high, 0, self.days)
        base = np.asarray(series, dtype=np.int64) * (self.days + 1)
        found: Floats = sums[np.searchsorted(key, base + high)] - sums[np.searchsorted(key, base + low)]
        return found


def panel(events: EventColumns, *, kind: Kind = "dyad", first: int | None = None, last: int | None = None) -> Panel:
    """The panel of all dyads (unordered pairs of different countries) or all countries that the events tell of.

    A country's series counts every event it takes part in once: within it, by it or to it. ``first`` and ``last`` are
    ordinal days, included; by default those of the events. Events outside them are left out.
    """
    low = first if first is not None else (int(events.day.min()) if len(events) else 1)
    high = last if last is not None else (int(events.day.max()) if len(events) else low)
    high = max(high, low - 1)
    days = high - low + 1
    inside = events if first is None and last is None else events.where((events.day >= low) & (events.day <= high))
    exposure = np.bincount(inside.day - low, minlength=days).astype(np.int64)[:days] if days else np.zeros(0, np.int64)
    a, b = inside.source.astype(np.int64), inside.target.astype(np.int64)
    size = max(len(events.names), 1)
    if kind == "dyad":
        keep = (a != b) & (a >= 0) & (b >= 0)
        owner = (np.minimum(a, b) * size + np.maximum(a, b))[keep]
        which = np.flatnonzero(keep)
    else:
        one, other = np.flatnonzero(a >= 0), np.flatnonzero((b >= 0) & (a != b))
        owner, which = np.concatenate([a[one], b[other]]), np.concatenate([one, other])
    ids, series = np.unique(owner, return_inverse=True)
    members = np.stack([ids // size, ids % size], axis=1) if kind == "dyad" else ids[:, None]
    cell, where = np.unique(series * max(days, 1) + (inside.day[which] - low), return_inverse=True)
    root = inside.root[which]
    values = np.zeros((len(cell), len(MEASURES)), dtype=np.float32)
    cooperative = (root >= COOPERATIVE_ROOTS[0]) & (root <= COOPERATIVE_ROOTS[1])
    hostile = root >= HOSTILE_ROOT
    weights = (
        hostile, cooperative, root > 0, np.nan_to_num(inside.goldstein[which]), hostile & (root <= 13), root == 14,
        (root >= 15) & (root <= 17), root >= 18, hostile & (a[which] <= b[which]),
    )  # fmt: skip
    for n, weight in enumerate(weights):
        values[:, n] = np.bincount(where, weights=weight.astype(np.float64), minlength=len(cell))
    owners, offsets = cell // max(days, 1), cell % max(days, 1)
    start = np.searchsorted(owners, np.arange(len(ids) + 1))
    return Panel(
        kind=kind, names=events.names, members=members.astype(np.int32), first=low, days=days,
        start=start.astype(np.int64), day=offsets.astype(np.int64), values=values, exposure=exposure,
    )  # fmt: skip
