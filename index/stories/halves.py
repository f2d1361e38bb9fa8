"""A story parted in two, where it holds two."""

from __future__ import annotations

import numpy as np

from index.stories.telling import Floats


def halves(score: Floats) -> tuple[list[int], list[int]]:
    """The two groups that average-link clustering of a matrix of scores ends with."""
    groups = [[i] for i in range(len(score))]
    sums = score.astype(np.float64).copy()
    while len(groups) > 2:
        sizes = np.array([len(g) for g in groups], np.float64)
        mean = sums / np.outer(sizes, sizes)
        np.fill_diagonal(mean, -np.inf)
        a, b = sorted(divmod(int(np.argmax(mean)), len(groups)))
        sums[a] += sums[b]
        sums[:, a] += sums[:, b]
        sums = np.delete(np.delete(sums, b, 0), b, 1)
        groups[a] += groups.pop(b)
    return (groups[0], groups[1]) if len(groups) == 2 else (groups[0] if groups else [], [])
