"""The vectors of a scope, asked by position: from the rows of all slots, or from any index of passage ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from domain.protocols import Ids, Vectors
from index.rows import Rows
from index.scope import Floats, Positions, Scope


class Searchable(Protocol):
    """What can be asked for the nearest of some passages; every ``VectorIndex`` can."""

    def search(self, queries: Vectors, *, k: int, allowed: Ids | None = None) -> list[list[tuple[int, float]]]:
        """Up to k (id, inner product) a query, best first."""
        ...


class BySlot:
    """The rows of all slots, confined to a scope."""

    def __init__(self, rows: Rows, scope: Scope) -> None:
        self._rows, self.scope = rows, scope

    def nearest(self, queries: Vectors, k: int) -> list[tuple[Positions, Floats]]:
        """For each query positions and cosines of the k nearest passages in scope, nearest first."""
        found = self._rows.nearest(queries, k=k, allowed=self.scope.mask)
        return [(self.scope.within(slots).astype(np.int64), cosines) for slots, cosines in found]

    def cosines(self, query: Vectors, passages: Positions) -> Floats:
        """Cosines of a query to the passages at these positions; NaN where there is no vector."""
        return self._rows.cosines(query, self.scope.slots[passages])


class ById:
    """An index that knows passages by their ids, confined to a scope."""

    def __init__(self, index: Searchable, scope: Scope) -> None:
        self._index, self.scope, self._ids = index, scope, scope.ids

    def nearest(self, queries: Vectors, k: int) -> list[tuple[Positions, Floats]]:
        """As ``BySlot.nearest``."""
        return [self._positions(row) for row in self._index.search(queries, k=k, allowed=self._ids)]

    def cosines(self, query: Vectors, passages: Positions) -> Floats:
        """As ``BySlot.cosines``."""
        out = np.full(len(passages), np.nan)
        if len(passages):
            ids = self._ids[passages]
            (row,) = self._index.search(query.reshape(1, -1), k=len(ids), allowed=ids)
            found, cosines = self._positions(row)
            order = np.argsort(passages)
            out[order[np.searchsorted(passages[order], found)]] = cosines
        return out

    def _positions(self, found: Sequence[tuple[int, float]]) -> tuple[Positions, Floats]:
        ids: Ids = np.fromiter((one for one, _ in found), np.int64, len(found))
        return np.searchsorted(self._ids, ids), np.fromiter((x for _, x in found), np.float64, len(found))
