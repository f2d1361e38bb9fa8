"""What the ranker sees of a day: windows of daily counts that end with it, of the dyads on which something happened.

A window is cut from panels up to its day and holds nothing later, so that no feature can look ahead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alerts.panel import MEASURES, Floats, Ints, Panel

WIDTH = 366
"""Days of a window, the judged day included."""
COUNTRY_WIDTH = 36
SURGE = 6.0
"""A day on which so many times the usual was told is a fault of the source or of the count, not the world's."""
COLUMN = {name: n for n, name in enumerate(MEASURES)}


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """The dyads in question on a day, each with its last days; the last column is the day.

    Attributes:
        day: ordinal. rows: the series of the dyad panel. dyads: n x WIDTH x measures.
        low, high: hostile events that the two countries took part in, n x COUNTRY_WIDTH each.
        exposure: events told a day, WIDTH. Days on which nothing was told are left out, and what is missing on the
            left is 0 there. told: how many days before the judged one something was told on, at most WIDTH - 1.
        divided: by how much the judged day's counts are divided, because far more than usual was told on it.
    """

    day: int
    rows: Ints
    dyads: Floats
    low: Floats
    high: Floats
    exposure: Floats
    told: int
    divided: float = 1.0

    def __len__(self) -> int:
        return len(self.rows)

    def measure(self, name: str) -> Floats:
        """One measure's counts, n x WIDTH."""
        found: Floats = self.dyads[:, :, COLUMN[name]]
        return found


def in_question(dyads: Panel, day: int) -> Ints:
    """The series with a hostile event on an ordinal day or the one before it."""
    offset = day - dyads.first
    near = (dyads.day == offset) | (dyads.day == offset - 1)
    cells = np.flatnonzero(near & (dyads.values[:, 0] > 0))
    found: Ints = np.unique(np.searchsorted(dyads.start, cells, side="right") - 1).astype(np.int64)
    return found


def window(
    dyads: Panel, countries: Panel, day: int, *, rows: npt.ArrayLike | None = None, exposure: Floats | None = None
) -> Window:
    """The window of an ordinal day; by default of the dyads ``in_question`` on it.

    Args:
        exposure: what was read on each day of the dyad panel, where that is not the number of events told.
    """
    chosen = in_question(dyads, day) if rows is None else np.asarray(rows, dtype=np.int64)
    offset = day - dyads.first
    read = np.asarray(dyads.exposure if exposure is None else exposure, dtype=np.float64)[: offset + 1]
    kept = np.flatnonzero(read > 0)
    if not len(kept) or kept[-1] != offset:
        # The judged day stays even where nothing was told: then nothing is in question either.
        kept = np.append(kept, offset)
    kept = kept[-WIDTH:]
    span = int(offset - kept[0]) + 1
    pick = kept - kept[0]
    scale = _scale(read[kept])
    values = np.zeros((len(chosen), WIDTH, len(MEASURES)))
    values[:, WIDTH - len(kept) :] = dyads.dense(chosen, until=day, width=span)[:, pick] / scale[:, None]
    told = np.zeros(WIDTH)
    told[WIDTH - len(kept) :] = read[kept] / scale
    near = pick[-COUNTRY_WIDTH:]
    sides = []
    for side in (0, 1):
        # The country panel may be numbered otherwise: countries are found by what they are called in both.
        who = _countries(dyads, countries, chosen, side)
        wide = int(near[-1] - near[0]) + 1
        part = countries.dense(who, until=day, width=wide)[:, near - near[0], 0] / scale[-len(near) :]
        padded = np.zeros((len(chosen), COUNTRY_WIDTH))
        padded[:, COUNTRY_WIDTH - len(near) :] = part
        sides.append(padded)
    return Window(
        day=day, rows=chosen, dyads=values, low=sides[0], high=sides[1], exposure=told, told=len(kept) - 1,
        divided=float(scale[-1]),
    )  # fmt: skip


def _scale(read: Floats) -> Floats:
    """By how much each day's counts are divided: 1, or what brings a surge of reading down to ``SURGE`` times usual."""
    usual = np.array([np.median(read[max(0, i - 28) : i]) if i >= 7 else np.inf for i in range(len(read))])
    found: Floats = np.maximum(1.0, read / np.maximum(SURGE * usual, 20.0))
    return found


def _countries(dyads: Panel, countries: Panel, rows: Ints, side: int) -> Ints:
    wanted = dyads.members[rows, side]
    if dyads.names == countries.names:
        held = countries.members[:, 0]
        return np.asarray(np.searchsorted(held, wanted), dtype=np.int64)
    at = {countries.names[m]: i for i, m in enumerate(countries.members[:, 0].tolist())}
    return np.array([at[dyads.names[m]] for m in wanted.tolist()], dtype=np.int64)
