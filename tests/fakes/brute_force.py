"""A vector index that looks at every row: what the real one is compared with."""

from __future__ import annotations

import numpy as np

from domain.protocols import Ids, Vectors


class BruteForceIndex:
    """Rows in a dictionary, ranked by numpy."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._rows: dict[int, Vectors] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, ids: Ids, vectors: Vectors) -> None:
        for one, row in zip(ids.tolist(), vectors, strict=True):
            self._rows[one] = np.asarray(row, np.float32)

    def remove(self, ids: Ids) -> None:
        for one in ids.tolist():
            self._rows.pop(one, None)

    def search(self, queries: Vectors, *, k: int, allowed: Ids | None = None) -> list[list[tuple[int, float]]]:
        wanted = set(self._rows) if allowed is None else set(self._rows) & set(allowed.tolist())
        answers = []
        for query in queries:
            scored = [(one, float(self._rows[one] @ query)) for one in wanted]
            answers.append(sorted(scored, key=lambda hit: (-hit[1], hit[0]))[: max(k, 0)])
        return answers
