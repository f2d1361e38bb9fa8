"""What one reader may see at one moment, numbered from nought: search counts, weighs and ranks within it alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from domain.protocols import Ids
from index.columns import Columns, Mask, Slots

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]
KEPT = 4_000_000
"""So many positions of words are kept with a scope, for the next question within it."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Where a unit stands in a scope: positions of passages, of the documents they belong to (each once), and how many
    passages of each document."""

    passages: Slots
    documents: Slots
    uses: Slots


class Scope:
    """What may be seen.

    Attributes:
        ids: of the passages, ascending. owner: the document each belongs to, by position, ascending; one version a
            document, so that a version is a document. starts: each document's first passage.
        lengths: of passages, in words. language: of each document, as a number below ``languages``.
        slots: of the passages in the columns that this was taken from.
    """

    def __init__(self, columns: Columns, slots: Slots) -> None:
        version = columns.version[slots]
        first = np.ones(len(slots), np.bool_)
        first[1:] = version[1:] != version[:-1]
        self.slots = slots
        self.ids: Ids = columns.ids[slots]
        self.starts: Positions = np.flatnonzero(first)
        self.owner: Slots = np.cumsum(first, dtype=np.int32) - np.int32(1)
        self.lengths: Floats = columns.words[slots].astype(np.float64)
        spoken = columns.lang[version[self.starts]]
        # By name: the numbers that languages have in the columns tell of documents that are not in scope.
        named = sorted(np.flatnonzero(np.bincount(spoken, minlength=1)).tolist(), key=lambda i: columns.langs[i])
        number = np.zeros(len(columns.langs) + 1, np.int32)
        number[named] = np.arange(len(named))
        self.language: Slots = number[spoken] if len(spoken) else np.empty(0, np.int32)
        self.languages = len(named) if len(spoken) else 0
        self._place: Slots | None = None
        if len(slots) < len(columns):
            self._place = np.full(len(columns), -1, np.int32)
            self._place[slots] = np.arange(len(slots), dtype=np.int32)
        self.mask: Mask = np.zeros(len(columns), np.bool_)
        self.mask[slots] = True
        self._found: dict[tuple[str, str], Found] = {}
        self._size = 0
        self._kept: dict[Hashable, Any] = {}
        self._lock = threading.Lock()

    @classmethod
    def of(cls, columns: Columns, shown: Mask) -> Scope:
        """The passages of the versions that are shown."""
        return cls(columns, np.flatnonzero(shown[columns.version]).astype(np.int32))

    @property
    def documents(self) -> int:
        """How many documents there are."""
        return len(self.starts)

    def within(self, slots: Slots) -> Slots:
        """Positions of those of the slots (ascending) that are in scope."""
        if self._place is None:
            return slots
        at = self._place[slots]
        inside: Slots = at[at >= 0]
        return inside

    def found(self, key: tuple[str, str], slots: Callable[[], Slots]) -> Found:
        """Where a unit stands here, from the slots that hold it; kept, where it is not too much."""
        known = self._found.get(key)
        if known is not None:
            return known
        passages = self.within(slots())
        owner = self.owner[passages]
        first = np.ones(len(owner), np.bool_)
        first[1:] = owner[1:] != owner[:-1]
        starts = np.flatnonzero(first)
        uses = np.diff(np.append(starts, len(owner))).astype(np.int32)
        made = Found(passages, owner[starts], uses)
        size = len(passages) + 2 * len(starts) + 64
        with self._lock:
            if self._size + size <= KEPT:
                self._found[key] = made
                self._size += size
        return made

    def kept(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What ``make`` gives, made once a scope."""
        with self._lock:
            if key in self._kept:
                return self._kept[key]
        made = make()
        with self._lock:
            return self._kept.setdefault(key, made)

    def passages_of(self, documents: Positions) -> Positions:
        """Positions of all passages of these documents (ascending positions), document by document."""
        if not len(documents):
            return np.empty(0, np.int64)
        ends = np.append(self.starts, len(self.ids))
        begins, counts = self.starts[documents], ends[documents + 1] - self.starts[documents]
        before = np.cumsum(counts) - counts
        found: Positions = np.arange(int(counts.sum()), dtype=np.int64) + np.repeat(begins - before, counts)
        return found
