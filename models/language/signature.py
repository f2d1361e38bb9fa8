"""Which words a text has, put where it disturbs nobody: on the axes of the space that the encoder hardly uses.

The encoder's vectors have little length along their last principal axes (Pearson 1901); what is added there changes
next to nothing between languages, and lets texts of one language find each other by rare words and names as well. Each
word gets a few of these axes by its hash, with signs (sparse random projections: Achlioptas 2003), weighed by its
inverse document frequency.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from domain.protocols import Vectors

AXES = 64
_EACH = 6


def quiet_axes(vectors: Vectors, *, axes: int = AXES) -> Vectors:
    """The axes (columns, unit length) along which vectors have the least length."""
    _, found = np.linalg.eigh(np.asarray(vectors.T @ vectors, np.float64))
    quiet: Vectors = np.ascontiguousarray(found[:, :axes], np.float32)
    return quiet


def signatures(
    texts: Sequence[Sequence[str]], axes: Vectors, *, rarity: Mapping[str, float], unknown: float
) -> Vectors:
    """A row a text, given as words, along the axes; of length 1, or zeros for no words.

    Args:
        rarity: inverse document frequency by word. unknown: that of a word never met.
    """
    rows = np.zeros((len(texts), axes.shape[1]), np.float32)
    for row, words in zip(rows, texts, strict=True):
        for word, count in Counter(words).items():
            where, signs = _places(word, axes.shape[1])
            # Twice the same axis by chance: both count.
            np.add.at(row, where, signs * np.float32((1 + math.log(count)) * rarity.get(word, unknown)))
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    whole: Vectors = np.divide(rows, lengths, out=rows, where=lengths > 0) @ axes.T
    return whole


@lru_cache(maxsize=1 << 15)
def _places(word: str, axes: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    drawn = np.frombuffer(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=2 * _EACH).digest(), "<u2")
    return (drawn >> 1).astype(np.int64) % axes, np.where(drawn & 1, np.float32(1), np.float32(-1))
