"""Documents grouped all at once: what the stream makes of them in order of time."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Sequence

import numpy as np

from domain.protocols import Vectors
from domain.story import Story
from domain.text import fold, words
from index.stories.stream import Stream
from index.stories.telling import READ, Floats, Telling
from index.stories.terms import Terms

_SHINGLE = 3
_COPY = 0.7
_SKETCH = 16
_LOOKED = 200
SWEEP = 256
"""After so many documents what is out of the window is forgotten."""


def group(
    tellings: Sequence[Telling], vectors: Vectors, *, terms: Terms | None = None, as_given: bool = False
) -> tuple[Story, ...]:
    """The stories that the documents tell, oldest first; the same input in any order gives the same stories.

    Each is taken in order of time (or ``as_given``, as if they had come in that order), as ``Stream`` does. A copy,
    exact or near, joins the story of what it copies and counts as no further source.

    Args:
        vectors: one row a telling, as ``document_vector`` gives.

    Raises:
        ValueError: the rows do not match the tellings, or two tellings have one id.
    """
    if len(vectors) != len(tellings):
        raise ValueError(f"{len(tellings)} documents but {len(vectors)} vectors")
    if len({t.id for t in tellings}) != len(tellings):
        raise ValueError("a document is given twice")
    if not tellings:
        return ()
    by_time = sorted(range(len(tellings)), key=lambda i: (tellings[i].at, tellings[i].id))
    order = list(range(len(tellings))) if as_given else by_time
    told = [tellings[i] for i in order]
    held = np.asarray(vectors, dtype=np.float32)[order]
    stream = Stream(held.shape[1], terms=terms)
    copies = Copies(told)
    members: dict[str, list[int]] = {}
    row_of = {telling.id: row for row, telling in enumerate(told)}
    copied: set[str] = set()
    for row, telling in enumerate(told):
        same = copies.of(row, lambda r: told[r].id in stream.story_of)
        placed = stream.take(telling, held[row], copies=() if same is None else (told[same].id,))
        members.setdefault(placed.story, []).append(row)
        if placed.copy:
            copied.add(telling.id)
        if placed.split is not None:
            away = [row_of[one] for one in placed.split.documents]
            members[placed.split.new] = sorted(away)
            members[placed.split.story] = [r for r in members[placed.split.story] if r not in set(away)]
        for merge in placed.merges:
            members[merge.into] = sorted([*members[merge.into], *members.pop(merge.other)])
        if row % SWEEP == 0 and not as_given:
            stream.drop(telling.at - stream.terms.window, telling.at + stream.terms.window)
    found = [_story(name, rows, told, held, copied) for name, rows in members.items()]
    return tuple(sorted(found, key=lambda one: (one.first, one.id)))


def _story(name: str, rows: Sequence[int], told: Sequence[Telling], held: Floats, copied: Collection[str]) -> Story:
    own = [told[r] for r in rows]
    best = [own[i] for i in central(held[list(rows)], [one.id in copied for one in own])]
    return Story(
        id=name, title=best[0].title, document_ids=tuple(one.id for one in best),
        external_ids=tuple(one.external_id for one in best), languages=tuple(sorted({one.lang for one in own})),
        sources=tuple(dict.fromkeys(one.source for one in best if one.id not in copied)),
        first=min(one.at for one in own), last=max(one.at for one in own),
    )  # fmt: skip


def central(vectors: Vectors, copies: Sequence[bool]) -> list[int]:
    """The order of a story's documents, given in order of time: originals first, the nearest to their middle before."""
    held = np.asarray(vectors, np.float64)
    originals = [i for i, copy in enumerate(copies) if not copy] or list(range(len(copies)))
    middle = held[originals].mean(axis=0)
    near = np.round(np.einsum("ij,j->i", held, middle), 5)
    return sorted(range(len(held)), key=lambda i: (copies[i], -near[i], i))


class Copies:
    """Finds the earlier document that one repeats word for word, or nearly so, or of which it is known to be a part.

    Likeness is the share of three-word runs in common (resemblance, Broder 1997), computed only for documents that
    share one of the 16 runs with the smallest hashes: two that resemble each other by 0.7 miss all of those only when
    nothing but chance lets them (well under one in a million).
    """

    def __init__(self, told: Sequence[Telling]) -> None:
        self._told = told
        self._prints: dict[int, frozenset[int]] = {}
        self._by_run: dict[tuple[str, int], list[int]] = {}
        self._by_report: dict[int, list[int]] = {}

    def of(self, row: int, alive: Callable[[int], bool]) -> int | None:
        """The first document that is still ``alive`` and that this one repeats, or None; call it in order."""
        lang, report = self._told[row].lang, self._told[row].report
        same = [] if report is None else self._by_report.setdefault(report, [])
        repeated = next((r for r in same if alive(r)), None)
        same.append(row)
        mine = self._prints[row] = _runs(self._told[row].text[:READ])
        sketch = [(lang, run) for run in sorted(mine)[:_SKETCH]]
        candidates = sorted({r for key in sketch for r in self._by_run.get(key, ())[:_LOOKED] if alive(r)})
        for key in sketch:
            self._by_run.setdefault(key, []).append(row)
        for other in candidates:
            theirs = self._prints[other]
            common = len(mine & theirs)
            if common >= _COPY * (len(mine) + len(theirs) - common):
                return other if repeated is None else min(other, repeated)
        return repeated


def _runs(text: str) -> frozenset[int]:
    """Hashes of the three-word runs of a text, the same in every process."""
    tokens = words(fold(text))
    runs = (" ".join(tokens[i : i + _SHINGLE]) for i in range(len(tokens) - _SHINGLE + 1))
    return frozenset(zlib.crc32(run.encode("utf-8", "surrogatepass")) for run in runs)
