"""Vectors in one array whose places are given again: what a stream holds grows with its window, not with its age."""

from __future__ import annotations

import numpy as np

from index.stories.telling import Floats


class Rows:
    """Vectors in one array, their places given again when they are free."""

    def __init__(self, dimension: int) -> None:
        self.rows: Floats = np.zeros((64, dimension), np.float32)
        self._free: list[int] = []
        self._used = 0

    def put(self, vector: Floats) -> int:
        """Keep a vector; gives its place."""
        slot = self._free.pop() if self._free else self._used
        self._used += slot == self._used
        self.at(slot, vector)
        return slot

    def at(self, slot: int, vector: Floats) -> None:
        """Keep a vector at a place."""
        while slot >= len(self.rows):
            self.rows = np.concatenate([self.rows, np.zeros_like(self.rows)])
        self.rows[slot] = vector

    def free(self, slot: int) -> None:
        """Give a place back."""
        self.rows[slot] = 0.0
        self._free.append(slot)
