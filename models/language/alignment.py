"""Which word of one sentence stands for which of the other.

IBM model 1 with a prior for the diagonal (Brown et al. 1993, "The Mathematics of Statistical Machine Translation";
Dyer, Chahuneau and Smith 2013, "A Simple, Fast, and Effective Reparameterization of IBM Model 2"), in both directions;
the two are joined by growing from what they agree on (Koehn, Och and Marcu 2003, "Statistical Phrase-Based
Translation").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Words = Sequence[str]
Links = frozenset[tuple[int, int]]
_ROUNDS = 5
_STEEPNESS = 4.0
_NOTHING = 0.08
"""The share of words that stand for nothing on the other side."""
_NEIGHBOURS = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)]


def align(left: Sequence[Words], right: Sequence[Words]) -> list[Links]:
    """For each pair of sentences the linked positions (left, right).

    Raises:
        ValueError: the two are not as many, or a sentence is empty.
    """
    if len(left) != len(right):
        raise ValueError(f"{len(left)} sentences against {len(right)}")
    if not all(left) or not all(right):
        raise ValueError("a sentence has no words")
    if not left:
        return []
    a, b = _numbered(left), _numbered(right)
    forth, back = _choices(b, a), _choices(a, b)  # for each word of the left one of the right, and the other way round
    found: list[Links] = []
    for i in range(len(left)):
        one = {(x, int(y)) for x, y in enumerate(forth[i]) if y >= 0}
        other = {(int(x), y) for y, x in enumerate(back[i]) if x >= 0}
        found.append(_grown(one, other))
    return found


def _numbered(sentences: Sequence[Words]) -> list[npt.NDArray[np.int64]]:
    """Words as numbers from 1; 0 is nothing."""
    counts = Counter(word for sentence in sentences for word in sentence)
    number = {word: i for i, (word, _) in enumerate(counts.most_common(), start=1)}
    return [np.array([number[word] for word in sentence], np.int64) for sentence in sentences]


def _choices(
    source: Sequence[npt.NDArray[np.int64]], target: Sequence[npt.NDArray[np.int64]]
) -> list[npt.NDArray[np.int64]]:
    """For each target word the position of the source word that it stands for, -1 for none."""
    widest = 1 + max(int(t.max()) for t in target)
    keys, priors, widths = [], [], []
    for s, t in zip(source, target, strict=True):
        m, n = len(s), len(t)
        apart = np.abs((np.arange(n)[:, None] + 0.5) / n - (np.arange(m)[None, :] + 0.5) / m)
        near = np.exp(-_STEEPNESS * apart)
        near *= (1 - _NOTHING) / near.sum(axis=1, keepdims=True)
        priors.append(np.concatenate([np.full((n, 1), _NOTHING), near], axis=1).astype(np.float32).ravel())
        keys.append((np.concatenate([[0], s])[None, :] * widest + t[:, None]).ravel())
        widths.append(np.full(n, m + 1))
    prior, width = np.concatenate(priors), np.concatenate(widths)
    del priors
    pairs, cell = np.unique(np.concatenate(keys), return_inverse=True)
    del keys
    cell = cell.astype(np.int32)
    given = pairs // widest
    starts = np.concatenate([[0], np.cumsum(width)[:-1]])
    owner = np.repeat(np.arange(len(width), dtype=np.int32), width)
    chance = np.ones(len(pairs))
    for _ in range(_ROUNDS):
        weight = chance[cell] * prior
        weight /= np.add.reduceat(weight, starts)[owner]
        count = np.maximum(np.bincount(cell, weights=weight, minlength=len(pairs)), 1e-9)
        total = np.bincount(given, weights=count)
        chance = count / (total[given] + 0.05)
    weight = chance[cell] * prior
    best = np.flatnonzero(weight >= np.maximum.reduceat(weight, starts)[owner])
    _, first = np.unique(owner[best], return_index=True)
    choice = best[first] - starts - 1
    return np.split(choice, np.cumsum([len(t) for t in target])[:-1])


def _grown(one: set[tuple[int, int]], other: set[tuple[int, int]]) -> Links:
    """What both directions say, then neighbours that one says, then what is left without a link on both sides."""
    links, wider = one & other, sorted(one | other)
    left, right = {x for x, _ in links}, {y for _, y in links}

    def add(x: int, y: int) -> None:
        links.add((x, y))
        left.add(x)
        right.add(y)

    growing = True
    while growing:
        growing = False
        for x, y in wider:
            new = (x, y) not in links and (x not in left or y not in right)
            if new and any((x + dx, y + dy) in links for dx, dy in _NEIGHBOURS):
                add(x, y)
                growing = True
    for x, y in wider:
        if x not in left and y not in right:
            add(x, y)
    return frozenset(links)
