"""How well search finds a known document: the cloze test and its measures.

A cloze query is a sentence taken out of a document before it is stored; asked as it stood, the document it came from
should come first. It needs no judgements, measures words and meaning alike, and can be made from any collection.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from domain.document import Document, Span

Part = Literal["dev", "test"]
LEAST_WORDS, MOST_WORDS = 12, 40


@dataclass(frozen=True, slots=True)
class Cloze:
    """A sentence and the document (by its id) it was taken out of; ``dev`` is for tuning, ``test`` for measuring."""

    document_id: str
    query: str
    part: Part


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with the bounds between which it lies in 95 of 100 resamplings of the queries."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Quality:
    """Of n queries: the share answered first, the share among the first ten, the mean of 1/rank within those."""

    n: int
    first: Interval
    ten: Interval
    mrr: Interval


def _number(*parts: str) -> int:
    return int.from_bytes(hashlib.blake2b("\x1f".join(parts).encode("utf-8", "replace"), digest_size=8).digest(), "big")


def part_of(document_id: str, *, seed: str) -> Part:
    """Which set a document's query belongs to: decided by its id alone, so that the two never mix."""
    return "test" if _number(seed, "part", document_id) % 2 else "dev"


def cloze(
    documents: Iterable[Document], *, sentences: Callable[[str], Sequence[Span]], each: int = 400, seed: str = "cloze"
) -> tuple[list[Document], list[Cloze]]:
    """The documents with one sentence taken out of ``each`` of the dev and as many of the test set, and the queries.

    The sentence has 12 to 40 words and lies in the middle half of its text. Documents and sentences are chosen by
    hashes: the order of the documents does not matter, and a document more or less hardly changes the others.
    """
    held = list(documents)
    order = sorted(range(len(held)), key=lambda i: _number(seed, "document", held[i].id))
    queries: list[Cloze] = []
    wanted: dict[Part, int] = {"dev": each, "test": each}
    for i in order:
        document = held[i]
        part = part_of(document.id, seed=seed)
        if not wanted[part]:
            continue
        size = len(document.text)
        fit = [
            span
            for span in sentences(document.text)
            if span.start >= size / 4
            and span.end <= 3 * size / 4
            and LEAST_WORDS <= len(document.text[span.start : span.end].split()) <= MOST_WORDS
        ]
        if not fit:
            continue
        chosen = min(fit, key=lambda span: _number(seed, "sentence", document.id, str(span.start)))
        query = " ".join(document.text[chosen.start : chosen.end].split())
        queries.append(Cloze(document.id, query, part))
        held[i] = replace(document, text=document.text[: chosen.start] + document.text[chosen.end :])
        wanted[part] -= 1
    return held, queries


def rank(found: Sequence[str], right: str) -> int:
    """The place, from 1, at which the right document stands; 0 when it is not there."""
    return found.index(right) + 1 if right in found else 0


def quality(ranks: Sequence[int], *, samples: int = 2000, seed: int = 0) -> Quality:
    """Measures of ranks as ``rank`` gives them, with bootstrap intervals over the queries.

    Raises:
        ValueError: there are no ranks.
    """
    if not len(ranks):
        raise ValueError("no ranks to measure")
    places = np.asarray(ranks, np.float64)
    found = (places > 0) & (places <= 10)
    reciprocal = np.where(found, 1 / np.maximum(places, 1), 0.0)
    measures = (np.asarray(places == 1, np.float64), np.asarray(found, np.float64), reciprocal)
    first, ten, mrr = (interval(values, samples=samples, seed=seed) for values in measures)
    return Quality(len(places), first, ten, mrr)


def interval(values: npt.NDArray[np.float64], *, samples: int = 2000, seed: int = 0) -> Interval:
    """The mean and the 2.5th and 97.5th percentile of means of resampled values (Efron 1979)."""
    drawn = np.random.default_rng(seed).integers(0, len(values), (samples, len(values)))
    means = values[drawn].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return Interval(float(values.mean()), float(low), float(high))


def gain(better: Sequence[int], worse: Sequence[int], *, within: int, samples: int = 2000, seed: int = 0) -> Interval:
    """How much larger the share found within the first places is, over the same queries, with its interval.

    Raises:
        ValueError: the two are not over the same number of queries, or there are none.
    """
    if len(better) != len(worse) or not len(better):
        raise ValueError(f"{len(better)} ranks against {len(worse)}")
    hits = [(np.asarray(r) > 0) & (np.asarray(r) <= within) for r in (better, worse)]
    return interval(hits[0].astype(np.float64) - hits[1], samples=samples, seed=seed)
