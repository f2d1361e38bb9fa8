"""What the words of a text and their neighbourhoods say together, as a point of the encoder's space.

A linear map from the commonest words and pairs of neighbours, each by 1 + log of its count times its inverse document
frequency (Salton and Buckley 1988, "Term-Weighting Approaches in Automatic Text Retrieval"), the row of length 1. The
map is a ridge regression (``ridge``), kept in eight bits a number with a scale a row. Hashing all pairs into as many
columns again measured no better.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from domain.errors import ModelError
from domain.protocols import Vectors
from models.language.packing import pack, unpack

if TYPE_CHECKING:
    from scipy import sparse

Arrays = dict[str, npt.NDArray[np.generic]]
_LEAST = 3


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Which words and pairs of neighbours are seen: column and inverse document frequency of each."""

    known: Mapping[str, tuple[int, float]]

    def row(self, words: Sequence[str]) -> tuple[list[int], npt.NDArray[np.float32]]:
        """Columns and values of a text's words; of length 1 unless nothing is known."""
        columns: list[int] = []
        values: list[float] = []
        for one, count in Counter(_seen(words)).items():
            found = self.known.get(one)
            if found is not None:
                columns.append(found[0])
                values.append((1 + math.log(count)) * found[1])
        what = np.array(values, np.float32)
        length = float(np.linalg.norm(what))
        return columns, what / np.float32(length) if length else what

    def matrix(self, texts: Sequence[Sequence[str]]) -> sparse.csr_matrix:
        """A row a text."""
        from scipy import sparse

        rows = [self.row(words) for words in texts]
        ends = np.cumsum([0, *(len(columns) for columns, _ in rows)])
        columns = np.array([column for one, _ in rows for column in one], np.int32)
        values = np.concatenate([one for _, one in rows]) if rows else np.zeros(0, np.float32)
        return sparse.csr_matrix((values, columns, ends), shape=(len(texts), len(self.known)))


def _seen(words: Sequence[str]) -> Iterable[str]:
    return chain(words, (f"{a} {b}" for a, b in pairwise(words)))


def features(texts: Sequence[Sequence[str]], *, most: int) -> Features:
    """The commonest words and pairs of neighbours, those met fewer than three times left out."""
    counts: Counter[str] = Counter()
    texts_with: Counter[str] = Counter()
    for words in texts:
        here = Counter(_seen(words))
        counts.update(here)
        texts_with.update(here.keys())
    order = sorted((one for one, n in counts.items() if n >= _LEAST), key=lambda one: (-counts[one], one))
    return Features({
        one: (i, math.log((1 + len(texts)) / (1 + texts_with[one])) + 1) for i, one in enumerate(order[:most])
    })  # fmt: skip


class Bag:
    """Features with the map into the space."""

    def __init__(self, seen: Features, weights: npt.NDArray[np.int8], scales: npt.NDArray[np.float32]) -> None:
        self._seen, self._weights, self._scales = seen, weights, scales

    def encode(self, texts: Sequence[Sequence[str]]) -> Vectors:
        """A row a text, given as words; of length 1, or zeros where none of its words is known."""
        out = np.zeros((len(texts), self._weights.shape[1]), np.float32)
        for i, words in enumerate(texts):
            columns, values = self._seen.row(words)
            if columns:
                out[i] = (values * self._scales[columns]) @ self._weights[columns].astype(np.float32)
        lengths = np.linalg.norm(out, axis=1, keepdims=True)
        scaled: Vectors = np.divide(out, lengths, out=out, where=lengths > 0)
        return scaled

    @cached_property
    def rarity(self) -> dict[str, float]:
        """The inverse document frequency of what it knows."""
        return {one: worth for one, (_, worth) in self._seen.known.items()}

    def arrays(self) -> Arrays:
        """As arrays, for a safetensors file."""
        return {
            "bag.words": pack(list(self._seen.known)),
            "bag.rarity": np.array([worth for _, worth in self._seen.known.values()], np.float16),
            "bag.weights": self._weights,
            "bag.scales": self._scales.astype(np.float32),
        }


def quantised(seen: Features, weights: Vectors) -> Bag:
    """A bag from the map as it was fitted (columns of the features x dimensions), in eight bits a number."""
    scales = np.abs(weights).max(axis=1, initial=0.0) / 127
    safe = np.where(scales > 0, scales, 1.0)
    return Bag(seen, np.round(weights / safe[:, None]).astype(np.int8), scales.astype(np.float32))


def from_arrays(arrays: Mapping[str, npt.NDArray[np.generic]], *, item: str) -> Bag:
    """The bag again.

    Raises:
        ModelError: the arrays are damaged.
    """
    words = unpack(np.asarray(arrays["bag.words"], np.uint8), item=item)
    worth = np.asarray(arrays["bag.rarity"], np.float64).tolist()
    weights, scales = np.asarray(arrays["bag.weights"], np.int8), np.asarray(arrays["bag.scales"], np.float32)
    if not len(words) == len(worth) == len(weights) == len(scales):
        raise ModelError("its weights do not fit its words", item=item, stage="model")
    return Bag(
        Features({word: (i, one) for i, (word, one) in enumerate(zip(words, worth, strict=True))}), weights, scales
    )
