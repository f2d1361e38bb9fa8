"""A series without the weekday and without the growth of what is read: what is left when the world changes.

A day's value is set against how much was read of that day (the offset), against its weekday, and against the level of
the weeks before, each taken only from what was known before the day began. A day of which nothing was read is a gap.

Sources: the offset with a Gamma prior is the Poisson rate of Gelman and others, Bayesian Data Analysis, 3rd ed. 2013,
section 2.6; the median of means, for weekdays of sparse counts where a plain median would be 0, is surveyed by
G. Lugosi and S. Mendelson, Foundations of Computational Mathematics 19, 2019.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from alerts.detectors.baseline import capped
from alerts.detectors.windows import Frame
from domain.alert import SeriesKey

Changes = Iterable[tuple[date, date, float]]
"""(the day at whose end it shows, the day whose amount changes, by how much)"""
Floats = npt.NDArray[np.float64]
Flag = str

HISTORY = 364 + 28
"""Days before the first that the ledgers should reach back: a year of weekdays, each with its trailing mean."""
TRAIL = 28
"""Days that were read of which a level is taken: whole weeks, so that it has no weekday of its own."""
LEAST = 14
"""Fewer days read than this say nothing of what is usual."""
NOT_READ, SURGE, THIN, LATE, NO_PAST = "not read", "surge", "thin", "known late", "little past"
FAR = 3.0
"""So many times the usual, or one part in so many of it, is far from it, if it is ``NOTABLE`` documents or events."""
NOTABLE = 5.0
_BALLAST = 2.0  # documents or events at the usual rate that are added to a day: a small day says little
_SHAPE = 0.5  # counts seen before anything was read
_SHRINK = 20.0  # counts at factor 1 that are added to a weekday, times the ratio of variance to mean
_BLOCK = 5.0  # expected counts that make a block of days of one weekday
_WEEKS = 4  # fewer weeks know no weekday
_MOST = 4.0  # no weekday is more than so many times the usual, or less than one part in so many


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """A day of a series.

    Attributes:
        value: the count (or the sum of Goldstein values) as known by the view's end; None where nothing was read.
        read: what was read of the day, or told of it by all events. usual_read: of such a weekday, in the weeks before.
        weekday: factor of the weekday on the rate, 1 where none is known.
        expected: the level before the day, of as much reading and on such a weekday. adjusted: the value as it would
            be on a day of no weekday, with the reference exposure read; in the units of ``value``, comparable among
            the days of one view.
        flags: ``not read`` (a gap, not calm), ``surge`` and ``thin`` (much more, much less read than usual), ``known
            late`` (most of what was read became known after the day), ``little past`` (nothing to expect from).
    """

    day: date
    value: float | None
    read: float
    usual_read: float | None
    weekday: float
    expected: float | None
    adjusted: float | None
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Days of a series as of one of them or a later one.

    Attributes:
        reference: the exposure that the adjusted values are brought to: the mean of the four weeks that were read
            before the first day (or the first two of the view, where nothing is older). None where there is none.
    """

    days: tuple[Adjusted, ...]
    reference: float | None


def adjust(
    key: SeriesKey, changes: Changes, exposure: Changes, *, first: date, last: date, as_of: date | None = None,
    activity: Changes | None = None,
) -> View:  # fmt: skip
    """The days from ``first`` to ``last`` (included), as known by the end of ``as_of`` (``last`` unless given).

    The ledgers reach back ``HISTORY`` days before ``first``. What is expected of a day, and what its value is divided
    by but for its own exposure, rests on what was known before the day began: later knowledge changes only the
    day's own value and exposure. ``activity`` counts the events of a series whose amounts have a sign, for its
    weekdays; they are taken from ``changes`` itself where it is not given.

    Raises:
        ValueError: the span is empty or ends after ``as_of``.

    >>> from datetime import date, timedelta
    >>> days = [date(2014, 1, 1) + timedelta(days=i) for i in range(100)]
    >>> read = [(day, day, 40.0 if i < 90 else 80.0) for i, day in enumerate(days)]
    >>> told = [(day, day, 4.0 if i < 90 else 8.0) for i, day in enumerate(days)]
    >>> view = adjust(SeriesKey("dyad", ("CN", "VN")), told, read, first=days[80], last=days[99])
    >>> [(day.value, round(day.expected, 3), round(day.adjusted, 3)) for day in (view.days[0], view.days[-1])]
    [(4.0, 4.018, 4.001), (8.0, 8.027, 4.0)]
    """
    end = last if as_of is None else as_of
    if first > last or last > end:
        raise ValueError(f"{key}: no days from {first} to {last}, as of {end}")
    start = first - timedelta(days=HISTORY)
    size = (last - start).days + 1
    ledgers = [_Ledger(x, start, size, (end - start).days) for x in (changes, exposure, activity or ())]
    values, read = ledgers[0].whole, np.maximum(ledgers[1].whole, 0.0)
    # Of counts none is expected to be never told of again; of sums with a sign nothing is known before.
    shape = 0.0 if key.measure == "intensity" else _SHAPE
    reference: float | None = None
    days = []
    for t in range(HISTORY, size):
        v, e, a = (ledger.before(t)[-HISTORY:] for ledger in ledgers)
        e = np.maximum(e, 0.0)
        heard = np.flatnonzero(e > 0)[-TRAIL:]
        if reference is None and len(heard) >= LEAST:
            reference = float(e[heard].mean())
        # The past is whole weeks, so that its position 0 has the weekday of t itself.
        weekday = _weekdays(a if activity is not None else v, e)
        rate = (
            _rate(v[heard], (e * weekday[np.arange(HISTORY) % 7])[heard], shape=shape) if len(heard) >= LEAST else None
        )
        late = read[t] > 0 and ledgers[1].at_end(t) < read[t] / 2
        days.append(_day(
            start + timedelta(days=t), float(values[t]), float(read[t]), rate=rate, weekday=float(weekday[0]),
            reference=reference, usual=_usual_read(e), late=late,
        ))  # fmt: skip
    return View(days=tuple(days), reference=reference)


class _Ledger:
    """Amounts by day, as they became known. ``before(t)`` has to be asked in rising order."""

    def __init__(self, changes: Changes, start: date, size: int, end: int) -> None:
        told = (((seen - start).days, (day - start).days, amount) for seen, day, amount in changes)
        # What is told of a day before that day is over shows on it, not earlier.
        self._coming = sorted((max(seen, day), day, n) for seen, day, n in told if 0 <= day < size and seen <= end)
        self._at = 0
        self._now = np.zeros(size)
        self.whole: Floats = np.zeros(size)
        self._prompt = np.zeros(size)
        for shown, day, amount in self._coming:
            self.whole[day] += amount
            self._prompt[day] += amount if shown == day else 0.0

    def before(self, t: int) -> Floats:
        """The days before position t as they were known when it began."""
        while self._at < len(self._coming) and self._coming[self._at][0] < t:
            _, day, amount = self._coming[self._at]
            self._now[day] += amount
            self._at += 1
        return self._now[:t].copy()

    def at_end(self, t: int) -> float:
        """Of day t, what was known at its end."""
        return float(self._prompt[t])


def _day(
    day: date, value: float, read: float, *, rate: float | None, weekday: float, reference: float | None,
    usual: float | None, late: bool,
) -> Adjusted:  # fmt: skip
    if read <= 0:
        return Adjusted(day=day, value=None, read=0.0, usual_read=usual, weekday=weekday, expected=None, adjusted=None,
                        flags=(NOT_READ,))  # fmt: skip
    flags = []
    if usual is not None and read > FAR * usual and read - usual >= NOTABLE:
        flags.append(SURGE)
    if usual is not None and read < usual / FAR and usual - read >= NOTABLE:
        flags.append(THIN)
    if late:
        flags.append(LATE)
    offset = read * weekday
    if rate is None or reference is None:
        flags.append(NO_PAST)
        return Adjusted(day=day, value=value, read=read, usual_read=usual, weekday=weekday, expected=None,
                        adjusted=None, flags=tuple(flags))  # fmt: skip
    adjusted = reference * (value + _BALLAST * rate) / (offset + _BALLAST)
    return Adjusted(day=day, value=value, read=read, usual_read=usual, weekday=weekday, expected=rate * offset,
                    adjusted=adjusted, flags=tuple(flags))  # fmt: skip


def _rate(values: Floats, offset: Floats, *, shape: float) -> float:
    """What is told for each unit read, no single day counting for much more than the others."""
    row = Frame(counts=np.abs(values)[None], exposure=offset[None], read=np.ones((1, len(values)), bool))
    total = float((np.sign(values) * capped(row, until=len(values)).counts[0]).sum())
    return (total + shape) / float(offset.sum())


def _usual_read(read: Floats) -> float | None:
    """The median of the same weekdays of the last eight weeks that were read, or of the last four weeks' days."""
    same = read[-7::-7][:8]
    same = same[same > 0]
    heard = read[read > 0][-TRAIL:]
    if len(same) >= _WEEKS:
        return float(np.median(same))
    return float(np.median(heard)) if len(heard) >= 7 else None


def _weekdays(counts: Floats, read: Floats) -> Floats:
    """Factor of each position modulo 7 on the rate: their mean, weighted by what is expected of each, is 1."""
    size = len(counts)
    sums, exposed, heard = (
        np.concatenate([[0.0], np.cumsum(x)]) for x in (np.abs(counts), read, (read > 0).astype(np.float64))
    )
    at = np.arange(TRAIL, size)
    trailing, of, known = (x[at] - x[at - TRAIL] for x in (sums, exposed, heard))
    good = (read[TRAIL:] > 0) & (known >= LEAST) & (trailing > 0)
    at = at[good]
    expected = read[at] * trailing[good] / of[good]
    factors, weights = np.ones(7), np.zeros(7)
    for k in range(7):
        mine = at % 7 == k
        told, due = np.abs(counts)[at[mine]], expected[mine]
        n, total = len(due), float(due.sum())
        weights[k] = total
        if n < _WEEKS:
            continue
        blocks = min(max(int(total / _BLOCK), 1), n)
        cuts = np.arange(blocks) * n // blocks
        middle = float(np.median(np.add.reduceat(told, cuts) / np.add.reduceat(due, cuts)))
        # Where one happening brings many counts, as many say less.
        mean = due * max(middle, 1.0 / _MOST)
        spread = max(1.0, float(((told - mean) ** 2 / mean).mean()))
        factors[k] = np.clip(1.0 + (middle - 1.0) * total / (total + _SHRINK * spread), 1.0 / _MOST, _MOST)
    whole = float((factors * weights).sum() / weights.sum()) if weights.sum() > 0 else 1.0
    found: Floats = factors / whole
    return found
