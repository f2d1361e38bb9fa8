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
        slots: of the passages in the columns that this was taken from, ascending. mask: which slots those are.
        owner: the document that each passage belongs to, by position, ascending; one version a document, so that a
            version is a document. starts, sizes: of each document, its first passage and how many it has.
        language: of each document, as a number below ``languages``. langs: their names.
    """

    def __init__(self, columns: Columns, shown: Mask) -> None:
        """The passages of the versions that are shown."""
        self._columns = columns
        self.mask: Mask = shown[columns.version]
        self.slots: Slots = np.flatnonzero(self.mask).astype(np.int32)
        versions = np.flatnonzero(shown)
        sizes = columns.sizes[versions].astype(np.int64)
        self.starts: Positions = np.cumsum(sizes) - sizes
        self.sizes: Positions = sizes
        self.owner: Slots = np.repeat(np.arange(len(versions), dtype=np.int32), sizes)
        spoken = columns.lang[versions]
        # By name: the numbers that languages have in the columns tell of documents that are not in scope.
        named = sorted(np.flatnonzero(np.bincount(spoken, minlength=1)).tolist(), key=lambda i: columns.langs[i])
        number = np.zeros(len(columns.langs) + 1, np.int32)
        number[named] = np.arange(len(named))
        self.language: Slots = number[spoken] if len(spoken) else np.empty(0, np.int32)
        self.languages = len(named) if len(spoken) else 0
        self.langs: tuple[str, ...] = tuple(columns.langs[i] for i in named) if len(spoken) else ()
        self._place: Slots | None = None
        if len(self.slots) < len(columns):
            self._place = np.full(len(columns), -1, np.int32)
            self._place[self.slots] = np.arange(len(self.slots), dtype=np.int32)
        self._found: dict[tuple[str, str], Found] = {}
        self._size = 0
        self._kept: dict[Hashable, Any] = {}
        self._lock = threading.Lock()

    @property
    def ids(self) -> Ids:
        """Ids of the passages, ascending."""
        return self._columns.ids[self.slots]

    def ids_of(self, positions: Positions) -> Ids:
        """Ids of the passages at these positions only."""
        return self._columns.ids[self.slots[positions]]

    @property
    def lengths(self) -> Slots:
        """Lengths of the passages, in words."""
        return self._columns.words[self.slots]

    def __len__(self) -> int:
        return len(self.slots)

    @property
    def documents(self) -> int:
        """How many documents there are."""
        return len(self.starts)

    def within(self, slots: Slots) -> Slots:
        """Positions of those of the slots (ascending) that are in scope."""
        if self._place is None:
            return slots
        if 8 * len(self.slots) < len(slots):
            at = np.minimum(np.searchsorted(slots, self.slots), len(slots) - 1)
            return np.flatnonzero(slots[at] == self.slots).astype(np.int32)
        at = self._place[slots]
        inside: Slots = at[at >= 0]
        return inside

    def found(self, key: tuple[str, str], slots: Callable[[], Slots]) -> Found:
        """Where a unit stands here, from the slots that hold it; kept, where it is not too much."""
        known = self._found.get(key)
        if known is not None:
            return known
        made = self.standing(self.within(slots()))
        size = len(made.passages) + 2 * len(made.documents) + 64
        with self._lock:
            if self._size + size <= KEPT:
                self._found[key] = made
                self._size += size
        return made

    def standing(self, passages: Slots) -> Found:
        """What stands in these passages (positions, ascending)."""
        owner = self.owner[passages]
        first = np.ones(len(owner), np.bool_)
        first[1:] = owner[1:] != owner[:-1]
        starts = np.flatnonzero(first)
        uses = np.diff(np.append(starts, len(owner))).astype(np.int32)
        return Found(passages, owner[starts], uses)

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
        begins, counts = self.starts[documents], self.sizes[documents]
        before = np.cumsum(counts) - counts
        found: Positions = np.arange(int(counts.sum()), dtype=np.int64) + np.repeat(begins - before, counts)
        return found
