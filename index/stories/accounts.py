"""How each side tells a story, and what each day brought: sentences chosen by what sets them apart.

Sentences are compared in one space for all languages, each less the mean of its language, as it is outside the story:
what is left is what they say.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from index.stories.telling import Floats, digits

MOST = 3
"""Sentences that tell how one side tells it."""
_ON_TOPIC = 0.20
_FIGURE, _FIGURES = 0.15, 0.30
_NAME, _NAMES = 0.08, 0.16
_OWN = 0.15
_SAME = 0.75
_SHORT, _LONG = 24, 420
_NUMBERED = re.compile(r"^\s*\(?\d{1,3}[.)](?=\s)")
"""The number of a paragraph, which is none of the story's."""
_FIGURE_IN = re.compile(r"\d+(?:[.,\u00a0\u202f\u066b\u066c]\d+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of an original: where it stands, whose it is, what it names and which figures it gives."""

    document: str
    passage: int
    start: int
    end: int
    text: str
    lang: str
    side: str
    day: date
    first: bool = False
    figures: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A sentence (by its index) that sets its side apart: by how much, and the figures and names that only it gives."""

    index: int
    distance: float
    figures: tuple[str, ...]
    names: tuple[str, ...]


def figures(text: str) -> frozenset[str]:
    """The numbers of a sentence, without separators: they are the same in every language."""
    said = _NUMBERED.sub("", text)
    return frozenset(digits(m.group()) for m in _FIGURE_IN.finditer(said))


def centred(vectors: Floats, languages: Sequence[str], usual: Mapping[str, Floats]) -> Floats:
    """Vectors less the usual mean of their language, of length 1."""
    none = np.zeros(vectors.shape[1], np.float32)
    out = np.asarray(vectors, np.float32) - np.array([usual.get(lang, none) for lang in languages], np.float32).reshape(
        len(vectors), -1
    )
    length = np.linalg.norm(out, axis=1, keepdims=True)
    return np.asarray(out / np.maximum(length, 1e-9), np.float32)


def contrasts(said: Sequence[Sentence], vectors: Floats) -> dict[str, list[Chosen]]:
    """For each side the sentences that are on the story and furthest from what any other side says.

    A figure or a name that no other side gives counts for a sentence, and so does support by another document of its
    own side. Nothing where there is but one side.

    Args:
        vectors: one row a sentence, as ``centred`` gives.
    """
    sides = sorted({one.side for one in said})
    if len(sides) < 2:
        return {}
    topic = _topic(said, vectors)
    alike = vectors @ vectors.T
    mine = np.array([sides.index(one.side) for one in said])
    documents = np.array([one.document for one in said])
    given: dict[str, tuple[set[str], set[str]]] = {side: (set(), set()) for side in sides}
    for one in said:
        given[one.side][0].update(one.figures)
        given[one.side][1].update(one.names)
    out: dict[str, list[Chosen]] = {}
    for number, side in enumerate(sides):
        others = np.flatnonzero(mine != number)
        theirs = [given[other] for other in sides if other != side]
        ranked: list[tuple[float, Chosen]] = []
        for i in np.flatnonzero(mine == number).tolist():
            one = said[i]
            if topic[i] < _ON_TOPIC or not _SHORT <= _width(one.text) <= _LONG:
                continue
            nearest = float(alike[i, others].max())
            own = np.flatnonzero((mine == number) & (documents != one.document))
            support = float(alike[i, own].max()) if len(own) else 0.0
            only = sorted(one.figures - set().union(*(held[0] for held in theirs)))
            named = sorted(one.names - set().union(*(held[1] for held in theirs)))
            score = (1 - nearest) * float(topic[i]) + _OWN * max(0.0, support - nearest)
            score += min(_FIGURES, _FIGURE * len(only)) * float(topic[i]) + min(_NAMES, _NAME * len(named))
            chosen = Chosen(index=i, distance=round(support - nearest, 3), figures=tuple(only), names=tuple(named))
            ranked.append((score, chosen))
        ranked.sort(key=lambda found: (-found[0], found[1].index))
        out[side] = _unlike([chosen for _, chosen in ranked], alike)
    return out


def _unlike(ranked: Sequence[Chosen], alike: Floats) -> list[Chosen]:
    kept: list[Chosen] = []
    for one in ranked:
        if len(kept) < MOST and all(alike[one.index, other.index] < _SAME for other in kept):
            kept.append(one)
    return kept


def novel(said: Sequence[Sentence], vectors: Floats) -> dict[date, int]:
    """For each day the sentence that says most of the story that was not said on a day before; its index.

    On the first day the one that says most of it.
    """
    if not said:
        return {}
    topic = _topic(said, vectors)
    alike = vectors @ vectors.T
    by_day: dict[date, list[int]] = defaultdict(list)
    for i, one in enumerate(said):
        if _SHORT <= _width(one.text) <= _LONG:
            by_day[one.day].append(i)
    out: dict[date, int] = {}
    before: list[int] = []
    known: set[str] = set()
    for day in sorted(by_day):
        held = by_day[day]

        def worth(i: int, before: Sequence[int] = tuple(before), known: frozenset[str] = frozenset(known)) -> float:
            one = said[i]
            told = float(alike[i, list(before)].max()) if before else 0.0
            fresh = _FIGURE if before and one.figures - known else 0.0
            return float(topic[i]) * (1 - told + fresh) + (0.05 if one.first else 0.0)

        best = max(held, key=lambda i: (round(worth(i), 5), -i))
        if topic[best] > 0:
            out[day] = best
        before += held
        known |= {figure for i in held for figure in said[i].figures}
    return out


def _topic(said: Sequence[Sentence], vectors: Floats) -> Floats:
    """How near each sentence is to the middle of the story, each side counting alike."""
    sides = sorted({one.side for one in said})
    means = [vectors[[i for i, one in enumerate(said) if one.side == side]].mean(axis=0) for side in sides]
    middle = np.mean(means, axis=0)
    length = float(np.linalg.norm(middle))
    return np.asarray(vectors @ (middle / max(length, 1e-9)), np.float32)


def _width(text: str) -> int:
    """Characters, those of scripts without spaces counted double."""
    return len(text) + sum("\u2e80" <= c <= "\u9fff" or "\u3040" <= c <= "\u30ff" for c in text)
