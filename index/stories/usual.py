"""What is usual among the documents taken in last: the mean of each language, how rare each name is.

It is taken anew at fixed steps of their number, so that a stream made again from what is kept goes on exactly as
one that was never broken off.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterable

import numpy as np

from index.stories.telling import Floats

RECENT = 1024
"""So many documents, the last ones, say what is usual."""
STEP = 128
_SHRINK_LANGUAGE, _SHRINK_ALL = 5.0, 10.0
_NAME_PRIOR = 20.0


class Usual:
    """What is usual; few documents move it little."""

    def __init__(self, dimension: int) -> None:
        self._d = dimension
        self._recent: deque[tuple[int, str, Floats, frozenset[str]]] = deque()
        self._mean: dict[str, Floats] = {}
        self._mean_all: Floats = np.zeros(dimension, np.float32)
        self.rarity: dict[str, float] = {}

    def add(self, n: int, lang: str, vector: Floats, said: frozenset[str]) -> bool:
        """Count a document, the ``n``-th; whether what is usual was taken anew."""
        self._recent.append((n, lang, vector, said))
        if _steps(n):
            self._take(n)
            return True
        return False

    def restore(self, recent: Iterable[tuple[int, str, Floats, frozenset[str]]], n: int) -> None:
        """Take up the documents taken in last, by number, oldest first, of which the last was the ``n``-th."""
        self._recent = deque(recent)
        self._take(next((step for step in range(n, 0, -1) if _steps(step)), 0))

    def _take(self, n: int) -> None:
        while self._recent and self._recent[0][0] <= n - RECENT:
            self._recent.popleft()
        some = [one for one in self._recent if one[0] <= n]
        vectors = np.array([vector for _, _, vector, _ in some], np.float64).reshape(len(some), self._d)
        spoken = np.array([lang for _, lang, _, _ in some])
        told = vectors.any(axis=1)
        total = vectors.sum(axis=0) / (int(told.sum()) + _SHRINK_ALL)
        self._mean_all = total.astype(np.float32)
        self._mean = {}
        for lang in sorted(set(spoken.tolist())):
            own = vectors[told & (spoken == lang)]
            mean = (own.sum(axis=0) + _SHRINK_LANGUAGE * total) / (len(own) + _SHRINK_LANGUAGE)
            self._mean[lang] = mean.astype(np.float32)
        counts = Counter(name for _, _, _, said in some for name in said)
        base = math.log(len(some) + _NAME_PRIOR)
        self.rarity = {name: math.log((len(some) + _NAME_PRIOR) / k) / base for name, k in counts.items()}

    def centred(self, vector: Floats, lang: str) -> Floats:
        """A vector less its language's mean, of length 1: what is left is the matter rather than the language."""
        if not vector.any():
            return vector
        out = vector - self._mean.get(lang, self._mean_all)
        return np.asarray(out / max(float(np.linalg.norm(out)), 1e-12), np.float32)

    def weight(self, said: Iterable[str]) -> float:
        """The rarity of names together, always summed in the same order."""
        rarity = self.rarity
        return sum([rarity.get(name, 1.0) for name in sorted(said)])


def _steps(n: int) -> bool:
    """Whether what is usual is taken anew at the document of this number: more often while there are few."""
    return n < 64 or (n < 1024 and n % 16 == 0) or n % STEP == 0
