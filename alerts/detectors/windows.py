"""Windows of daily counts: what a detector judges on, and how a series is judged by it.

A detector has one primitive, ``measure``: rows of windows in, one measurement a row out, of each row's last day by the
days before it. What lies after the judged day is never handed to it, so it cannot look ahead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from domain.alert import Series, Signal

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

LEAST_P = 1e-300
"""No p-value is given as less: its logarithm stays finite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One value a row. A row that could not be judged has NaN everywhere and did not fire: it is unknown, not calm.

    Attributes:
        score: higher is stranger; a detector says in its docstring what it is.
        expected: the baseline's mean for the last day. spread: its standard deviation, above 0.
        p_value: chance of at least this much under the baseline, in (0, 1], where the detector has one.
        fired: whether the detector's own threshold was passed.
    """

    score: Array
    expected: Array
    spread: Array
    p_value: Array | None
    fired: Flags

    @property
    def judged(self) -> Flags:
        """The rows with enough history whose last day was read."""
        return ~np.isnan(self.score)


@runtime_checkable
class WindowDetector(Protocol):
    """A detector that judges the last column of each window on the columns before it."""

    @property
    def name(self) -> str:
        """As it is known in ``DETECTORS``."""
        ...

    @property
    def history(self) -> int:
        """Days of the window it looks at, the judged day included; older columns are not used."""
        ...

    @property
    def gap(self) -> int:
        """Days just before the judged day that are in no baseline."""
        ...

    @property
    def least(self) -> int:
        """The fewest days of the baseline that were read, to judge on."""
        ...

    def measure(self, counts: Array, exposure: Array, *, weekday: npt.ArrayLike | None = None) -> Measured:
        """One measurement a row of ``counts`` [n, w], by ``exposure`` [n, w] or [w]; w may be any number from 1 on.

        A day without exposure was not read: it is no history, and as the last day it is not judged. ``weekday`` is
        that of the last column, Monday 0, for all rows or for each; a detector with weekly strata needs it.

        Raises:
            ValueError: the shapes do not fit, or a value is negative or not finite.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Windows of exactly ``history`` columns: days that are missing on the left are days that were not read.

    ``counts`` and ``exposure`` are 0 where ``read`` is False.
    """

    counts: Array
    exposure: Array
    read: Flags

    @property
    def last(self) -> Array:
        """The counts of the judged day."""
        return self.counts[:, -1]


def frame(counts: npt.ArrayLike, exposure: npt.ArrayLike, *, history: int) -> Frame:
    """The last ``history`` columns, padded on the left, as floats.

    Raises:
        ValueError: the shapes do not fit, or a value is negative or not finite.
    """
    rows = np.asarray(counts, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] < 1:
        raise ValueError(f"windows: counts must have rows and columns, not the shape {rows.shape}")
    given = np.asarray(exposure, dtype=np.float64)
    if given.shape not in (rows.shape, rows.shape[1:]):
        raise ValueError(f"windows: exposure of shape {given.shape} for counts of shape {rows.shape}")
    for what, values in (("counts", rows), ("exposure", given)):
        if not np.isfinite(values).all() or (values < 0).any():
            raise ValueError(f"windows: {what} must be finite and not negative")
    n, taken = rows.shape[0], min(rows.shape[1], history)
    padded, weights = np.zeros((n, history)), np.zeros((n, history))
    padded[:, history - taken :] = rows[:, -taken:]
    weights[:, history - taken :] = given[..., -taken:]
    read = weights > 0
    return Frame(counts=np.where(read, padded, 0.0), exposure=weights, read=read)


def measured(
    frame: Frame,
    *,
    enough: Flags,
    score: Array,
    expected: Array,
    spread: Array,
    fired: Flags,
    p_value: Array | None = None,
) -> Measured:
    """The measurement, with NaN in the rows that have not ``enough`` baseline or whose last day was not read."""
    judged = enough & frame.read[:, -1]

    def kept(values: Array) -> Array:
        return np.where(judged, values, np.nan)

    return Measured(
        score=kept(score),
        expected=kept(expected),
        spread=kept(spread),
        p_value=None if p_value is None else kept(np.clip(p_value, LEAST_P, 1.0)),
        fired=fired & judged,
    )


def judge_by_windows(detector: WindowDetector, series: Series, *, first: int, last: int) -> tuple[Signal, ...]:
    """One signal for each day of the positions ``[first, last)`` that the detector can judge, by one call to it.

    A signal's window runs from the first day read within the detector's history to its gap.
    """
    at = np.arange(max(first, 0), min(last, len(series.counts)), dtype=np.int64)
    if not at.size:
        return ()
    until, history = int(at[-1]) + 1, detector.history
    before = np.zeros(history - 1)
    counts = np.concatenate([before, np.asarray(series.counts[:until], dtype=np.float64)])
    exposure = np.concatenate([before, np.asarray(series.exposure[:until], dtype=np.float64)])
    found = detector.measure(
        np.lib.stride_tricks.sliding_window_view(counts, history)[at],
        np.lib.stride_tricks.sliding_window_view(exposure, history)[at],
        weekday=(series.first.weekday() + at) % 7,
    )
    opened = next((i for i, n in enumerate(series.exposure) if n > 0), 0)
    signals = []
    for row in np.flatnonzero(found.judged).tolist():
        t = int(at[row])
        signals.append(
            Signal(
                key=series.key,
                day=series.day(t),
                detector=detector.name,
                observed=series.counts[t],
                expected=float(found.expected[row]),
                spread=float(found.spread[row]),
                score=float(found.score[row]),
                p_value=None if found.p_value is None else float(found.p_value[row]),
                fired=bool(found.fired[row]),
                window=(
                    series.day(max(t - history + 1, opened)),
                    series.day(t) - timedelta(days=detector.gap),
                ),
            )
        )
    return tuple(signals)
