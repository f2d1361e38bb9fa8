"""What is one story, and what becomes of a document that is put into one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is one story.

    Two documents score the cosine of their centred vectors, plus ``names`` times the share of names and numbers they
    have in common, minus ``per_day`` a day between them. The share is weighted by rarity, with ``few`` in the divisor,
    so that a name or two in common do not make a whole. Two that name nothing in common are never joined, unless one of
    them names nothing at all.

    Attributes:
        threshold: the least average score with which a document joins a story.
        weak: languages that the encoder knows badly. weak_threshold: the same as ``threshold`` between two languages
            of which one is weak.
        window: a story that heard nothing for this long is closed. longest: the longest a story may last.
        merge: two stories grow together when their documents score so much above the threshold on average, at
            ``merge_after`` documents in a row. split: one parts when its two halves score so much below it.
    """

    threshold: float = 0.30
    weak_threshold: float = 0.15
    weak: frozenset[str] = frozenset({"vi"})
    names: float = 1.2
    few: float = 0.5
    per_day: float = 0.30
    window: timedelta = timedelta(days=3)
    longest: timedelta = timedelta(days=10)
    merge: float = 0.10
    merge_after: int = 2
    split: float = 0.20


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """A story that grew together with an older one; its documents are in that one from now on."""

    into: str
    other: str
    score: float
    documents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A story that held two: the documents named are one of their own from now on."""

    story: str
    new: str
    documents: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What became of a document. ``touched``: the stories whose bounds or counts changed."""

    n: int
    story: str
    score: float | None
    copy: bool
    opened: bool
    merges: tuple[Merge, ...] = ()
    split: Split | None = None
    touched: frozenset[str] = frozenset()
