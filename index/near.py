"""How alike two texts are: MinHash over runs of words, and by which marks alike ones are found again.

Runs of four words of the folded text (characters count as words in scripts without spaces) are hashed; datasketch makes
128 minima of them. 32 bands of four minima find what resembles by half or more; a copy that was cut to a third or less
is found by whole sentences that it has in common: the first two, and the four with the smallest hashes.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from domain.document import Span
from domain.text import fold, words

SHINGLE = 4
PERMUTATIONS = 128
ROWS = 4
LEAST = 8
"""Fewer different shingles than this say nothing about likeness."""
SHORT, LEAST_CUT = 60, 24
"""Of a text with fewer than SHORT the title is compared too: a teaser says little, and the same little of many things.
With fewer than LEAST_CUT a text is never called a part of another."""
NEAR, PART, PART_SHORT, CREDITED = 0.7, 0.7, 0.8, 0.4
_SENTENCE = 8
_FIRST, _SMALLEST = 2, 4
_CHUNK = 20_000
_LONGEST = 2_000_000
"""Of longer texts so many characters are compared: a book, but not a library in one file."""
_MASK = (1 << 47) - 1

How = Literal["near", "wire"]


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of a text to find its likes: minima (uint32, little endian), number of shingles, marks."""

    minhash: bytes
    shingles: int
    marks: tuple[int, ...]


def shingles(title: str, text: str) -> frozenset[int]:
    """Hashes of the four-word runs of a text, of a short one with its title; the same in every process."""
    tokens = words(fold(text[:_LONGEST]))
    if len(tokens) < SHORT + SHINGLE:
        tokens = words(fold(f"{title}\n{text}"))
    runs = (" ".join(tokens[i : i + SHINGLE]) for i in range(len(tokens) - SHINGLE + 1))
    return frozenset(zlib.crc32(run.encode("utf-8", "surrogatepass")) for run in runs)


def sketch(title: str, text: str, sentences: Sequence[Span] = ()) -> Sketch | None:
    """The sketch of a text; None where it is too short to be like another by anything but chance."""
    from datasketch import MinHash  # it brings half of SciPy: a search has no need of it

    found = shingles(title, text)
    if len(found) < LEAST:
        return None
    minima = MinHash(num_perm=PERMUTATIONS, hashfunc=int)
    hashes = sorted(found)
    for start in range(0, len(hashes), _CHUNK):  # one call makes a matrix of 128 columns
        minima.update_batch(hashes[start : start + _CHUNK])
    packed = np.asarray(minima.hashvalues, "<u4").tobytes()
    marks = [*_bands(packed), *_telling(text, sentences)]
    return Sketch(packed, len(found), tuple(sorted(set(marks))))


def _bands(packed: bytes) -> list[int]:
    width = 4 * ROWS
    return [_mark(b"b%d:" % i + packed[i : i + width]) for i in range(0, len(packed), width)]


def _telling(text: str, sentences: Sequence[Span]) -> list[int]:
    """Marks of whole sentences: the first two that are long enough, and those with the smallest hashes."""
    found = []
    for span in sentences:
        if span.start >= _LONGEST:
            break
        tokens = words(fold(text[span.start : span.end]))
        if len(tokens) >= _SENTENCE:
            found.append(_mark(b"s:" + " ".join(tokens).encode("utf-8", "surrogatepass")))
    return [*found[:_FIRST], *sorted(set(found))[:_SMALLEST]]


def _mark(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=6).digest()) & _MASK


def similarities(minhash: bytes, others: Sequence[bytes]) -> npt.NDArray[np.float64]:
    """Estimated Jaccard likeness of a text with each of others, from their minima; its standard error is under 0.05."""
    if not others:
        return np.zeros(0)
    own = np.frombuffer(minhash, "<u4")
    rows = np.frombuffer(b"".join(others), "<u4").reshape(len(others), -1)
    alike: npt.NDArray[np.float64] = (rows == own).mean(axis=1)
    return alike


def share_of(similarity: float, a: int, b: int) -> float:
    """The share of the shorter text that stands in the other, from their likeness and numbers of shingles."""
    return min(1.0, similarity * (a + b) / (1 + similarity) / max(1, min(a, b)))


def exact(a: frozenset[int], b: frozenset[int]) -> tuple[float, float]:
    """(Jaccard likeness, share of the shorter that stands in the other), counted."""
    common = len(a & b)
    return common / max(1, len(a | b)), common / max(1, min(len(a), len(b)))


def judge(similarity: float, share: float, *, shorter: int, same_source: bool, same_agency: bool) -> How | None:
    """What two texts are to each other; None where they only resemble by chance or subject.

    Across sources, one that is mostly the other's text is a wire copy, and with the same agency credited already when
    two fifths of it are. Within a source two that are nearly the same are near duplicates.
    """
    if same_source:
        return "near" if similarity >= NEAR else None
    if shorter < SHORT:
        part = share >= PART_SHORT and shorter >= LEAST_CUT
    else:
        part = share >= (CREDITED if same_agency else PART)
    return "wire" if part or similarity >= NEAR else None
