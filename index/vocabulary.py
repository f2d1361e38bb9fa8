"""The words that texts are found by, by how they sound: what a word of another language or script may stand for.

The words of the inverted file lie in a sealed file beside it, in the order of their keys (``index.expansion_alike``);
those of the newest passages are kept in memory. They are words of all that is held: who searches looks for them within
his own scope, and finds nothing where none is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from index.expansion_alike import key, spelling, told
from index.files import Mapped, Seal, write

LATEST = 4_000
"""So many of the newest passages have their words looked at, where no file has them yet."""
FILES = ("sounds.bin", "sounds.txt")
_KEY = np.dtype([("key", "S8"), ("begin", "<i8"), ("end", "<i8")])


class Word(NamedTuple):
    """A folded word and its spelling in few Latin letters."""

    folded: str
    spelled: str


class Vocabulary:
    """The words of a file."""

    def __init__(self, files: dict[str, Mapped]) -> None:
        """Open it.

        Raises:
            DamagedError: its keys are not what was written.
        """
        self._keys = files["sounds.bin"].array(_KEY)
        self._text = files["sounds.txt"]

    def words(self, one: str) -> list[Word]:
        """The words with a key.

        Raises:
            DamagedError: they are not what was written.
        """
        at = int(np.searchsorted(self._keys["key"], one.encode()))
        if at == len(self._keys) or self._keys["key"][at] != one.encode():
            return []
        lines = bytes(self._text.bytes(int(self._keys["begin"][at]), int(self._keys["end"][at]))).decode("utf-8")
        return [Word(*line.split("\t")) for line in lines.splitlines()]


def write_vocabulary(words: Iterable[str], folder: Path) -> dict[str, Seal]:
    """Put the words that can sound like others into files; gives their seals.

    Raises:
        OSError: the disk is full or may not be written.
    """
    by_key: dict[str, list[str]] = {}
    for word in words:
        if told(word) and (one := key(spelled := spelling(word))):
            by_key.setdefault(one, []).append(f"{word}\t{spelled}\n")
    rows, lots, at = np.zeros(len(by_key), _KEY), [], 0
    for i, one in enumerate(sorted(by_key)):
        lot = "".join(sorted(by_key[one])).encode("utf-8")
        rows[i] = (one.encode(), at, at + len(lot))
        lots.append(lot)
        at += len(lot)
    return {"sounds.bin": write(folder / "sounds.bin", [rows.tobytes()]),
            "sounds.txt": write(folder / "sounds.txt", lots)}  # fmt: skip


class Newest:
    """The words of the newest passages, each passage read once; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, dict[Word, None]] = {}
        self._upto = 0

    @property
    def upto(self) -> int:
        """The highest passage id whose words are known."""
        return self._upto

    def add(self, words: Iterable[str], *, upto: int) -> None:
        """Note the words of the passages up to an id."""
        with self._lock:
            for word in words:
                if told(word) and (one := key(spelled := spelling(word))):
                    self._known.setdefault(one, {})[Word(word, spelled)] = None
            self._upto = max(self._upto, upto)

    def words(self, one: str) -> list[Word]:
        """The words with a key."""
        with self._lock:
            return list(self._known.get(one, ()))
