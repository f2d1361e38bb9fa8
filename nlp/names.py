"""What a capitalised word looks like: of a person's name, of a place's, or ordinary.

A multinomial regression over hashed character n-grams, trained on lists of names and words and on no labelled text
(``benchmarks/train_name_words.py``), beside lists: given names, ordinary words in small letters with German nouns,
and the checksums of names of towns. All of it is read at its first use.
"""

from __future__ import annotations

import functools
import lzma
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

DATA = Path(__file__).parent / "data" / "names"
BUCKETS = 1 << 15


class Looks(NamedTuple):
    """Log-odds of a word against its being ordinary: as part of a person's name, of a place's."""

    person: float
    place: float


def buckets(word: str) -> tuple[int, ...]:
    """Where the character n-grams (1 to 5, ends marked) of a word lie in the table."""
    marked = f"<{word.lower()}>"
    size = len(marked)
    grams = {marked[i : i + n] for n in range(2, 6) for i in range(size - n + 1)} | {marked}
    return tuple(sorted(zlib.crc32(gram.encode()) % BUCKETS for gram in grams))


@functools.cache
def _table() -> np.ndarray:
    with np.load(DATA / "words.npz", allow_pickle=False) as held:
        weights: np.ndarray = held["weights"].astype(np.float32) * held["scale"]
    return weights


@functools.lru_cache(maxsize=50_000)
def looks(word: str) -> Looks:
    """How a word looks, by its letters alone."""
    person, place, ordinary = _table()[list(buckets(word))].sum(0).tolist()
    return Looks(person - ordinary, place - ordinary)


def town_code(name: str) -> int:
    """A town's name as it is kept: a checksum of 32 bits. Of a million other words about thirty have one too."""
    return zlib.crc32(name.casefold().encode())


@functools.cache
def _towns() -> np.ndarray:
    with np.load(DATA / "towns.npz", allow_pickle=False) as held:
        codes: np.ndarray = np.cumsum(held["gaps"], dtype=np.uint32)
    return codes


@functools.lru_cache(maxsize=50_000)
def is_town(name: str) -> bool:
    """Whether a town of Europe or America of 2,000 inhabitants and more is called so."""
    codes, code = _towns(), town_code(name)
    at = int(np.searchsorted(codes, np.uint32(code)))
    return at < len(codes) and int(codes[at]) == code


@functools.cache
def _list(name: str) -> frozenset[str]:
    return frozenset(lzma.decompress((DATA / name).read_bytes()).decode().splitlines())


def is_given(word: str) -> bool:
    """Whether a word is a given name of the lists, in its basic form."""
    return word in _list("given.txt.xz")


def is_ordinary(word: str) -> bool:
    """Whether a word is in the list of ordinary words: in small letters, or as a German noun."""
    common = _list("common.txt.xz")
    return word in common or word.lower() in common
