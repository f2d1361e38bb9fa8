"""Coded events as columns: what series, forecasts and precedents are counted from, many at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
NOWHERE = -1
"""The country index of an actor without a country."""
FOREVER = 2**31 - 1
"""In ``ended``: the row still stands."""


@dataclass(frozen=True, slots=True, eq=False)
class EventColumns:
    """Events, one an index in all columns, in any order.

    Attributes:
        day: ordinal days (``date.toordinal``) on which they happened. known: on which we first knew them.
        source, target: indexes into ``names``, or ``NOWHERE``. names: sorted country codes, or a table's own names.
        root: CAMEO roots 1 to 20, 0 where the code is unknown. goldstein: nan where unknown.
        ended: the ordinal day on which a newer row took its place; ``FOREVER`` while it stands.
        label: of each row (``domain.label.Label`` as integers).
        bad: (line, reason) of rows that could not be read, the first few; refused: how many there were in all.
    """

    day: Ints
    source: npt.NDArray[np.int32]
    target: npt.NDArray[np.int32]
    names: tuple[str, ...]
    root: npt.NDArray[np.int8]
    goldstein: npt.NDArray[np.float32]
    known: Ints
    ended: Ints
    label: npt.NDArray[np.int8]
    bad: tuple[tuple[int, str], ...] = field(default=())
    refused: int = 0

    def __len__(self) -> int:
        return len(self.day)

    def where(self, keep: npt.NDArray[np.bool_] | slice) -> EventColumns:
        """Only some of the rows."""
        return replace(
            self, day=self.day[keep], source=self.source[keep], target=self.target[keep], root=self.root[keep],
            goldstein=self.goldstein[keep], known=self.known[keep], ended=self.ended[keep], label=self.label[keep],
        )  # fmt: skip

    def until(self, day: int) -> EventColumns:
        """Only what had happened, was known and stood by the end of an ordinal day."""
        return self.where((self.day <= day) & (self.known <= day) & (self.ended > day))

    def since(self, day: int) -> EventColumns:
        """Only what happened on this ordinal day or later."""
        return self.where(self.day >= day)

    def number(self, name: str) -> int:
        """The index of a country; ``NOWHERE`` where no row has it."""
        at = int(np.searchsorted(np.array(self.names, dtype=object), name)) if self.names else 0
        return at if at < len(self.names) and self.names[at] == name else NOWHERE


def columns(
    *, day: npt.ArrayLike, source: npt.ArrayLike, target: npt.ArrayLike, names: tuple[str, ...], root: npt.ArrayLike,
    goldstein: npt.ArrayLike | None = None, known: npt.ArrayLike | None = None, ended: npt.ArrayLike | None = None,
    label: npt.ArrayLike | None = None, bad: tuple[tuple[int, str], ...] = (), refused: int = 0,
) -> EventColumns:  # fmt: skip
    """Columns of the right types; what is not given is as of rows known on their day that still stand.

    Raises:
        ValueError: the columns differ in length, or the names are not sorted.
    """
    days = np.asarray(day, dtype=np.int64)
    n = len(days)
    made = EventColumns(
        day=days,
        source=np.asarray(source, dtype=np.int32),
        target=np.asarray(target, dtype=np.int32),
        names=names,
        root=np.asarray(root, dtype=np.int8),
        goldstein=np.full(n, np.nan, np.float32) if goldstein is None else np.asarray(goldstein, dtype=np.float32),
        known=days if known is None else np.asarray(known, dtype=np.int64),
        ended=np.full(n, FOREVER, np.int64) if ended is None else np.asarray(ended, dtype=np.int64),
        label=np.zeros(n, np.int8) if label is None else np.asarray(label, dtype=np.int8),
        bad=bad,
        refused=refused,
    )
    lengths = {len(made.source), len(made.target), len(made.root), len(made.goldstein), len(made.known),
               len(made.ended), len(made.label), n}  # fmt: skip
    if len(lengths) != 1:
        raise ValueError(f"columns of different lengths: {sorted(lengths)}")
    if any(a >= b for a, b in pairwise(names)):
        raise ValueError("the names are not sorted and different")
    return made
