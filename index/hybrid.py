"""Search by meaning and by words together: candidates from both, scored on one scale, one hit a document.

Rank fusion loses what the scores say: on the cloze test it stays below its better part. Here the words give the share
of the query's information that a document holds, which is near nothing when the query is in another language than the
document, and meaning gives how far a document's nearest passage stands out from the others. Their weighted sum is
better than either (``benchmarks/cloze.py``), and where words find nothing, meaning alone decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from domain.document import Filters, Hit
from domain.errors import QueryError
from domain.label import Label
from domain.protocols import Vectors
from index import lexical
from index.derived import Derived, derive
from index.expansion import Alternatives
from index.lexical import Bm25, language
from index.nearness import ById, BySlot, Searchable
from index.parts import nearest_parts
from index.scope import Floats, Positions, Scope
from index.scoring import Scores, top
from index.store.documents import passage_rows

Mode = Literal["hybrid", "dense", "lexical"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How meaning and words are put together; defaults measured by ``benchmarks/cloze.py`` and, between languages,
    by ``benchmarks/fusion.py --tune`` on development queries.

    Attributes:
        meaning: what one standard deviation of cosine is worth, in shares of the query's words found.
        across: how much more it is worth, as a share, for a document in a language the query is not in; between, by
            the square of how unusual the query's words are in the document's language, so that rare words of a
            language do not make it a foreign one. So much that of what says the same in five languages nine in ten
            come among the first ten, where words alone bring up what is in the query's. To know the query's language
            for certain measured no better.
        languages: what one is worth where the query shows itself to be in one of these languages, or the document is:
            those that the encoder reads badly.
        spread: the usual standard deviation of cosines between a query and passages: what is believed before any
            cosine of this query is seen. prior: how many cosines that belief is worth.
        sample: how many passages a query's own spread is taken from.
        nearest, matching: passages and documents taken as candidates from either side.
        read: of how many of a query's nearest passages the sentences are looked at one by one.
        words: the parameters of the lexical part.
    """

    meaning: float = 0.045
    across: float = 4.0
    languages: Mapping[str, float] = field(default_factory=dict)
    spread: float = 0.08
    prior: int = 50
    sample: int = 500
    nearest: int = 400
    matching: int = 200
    read: int = 100
    words: Bm25 = field(default_factory=Bm25)

    def worth(self, langs: Sequence[str], readable: Floats, *, asked: str = "") -> Floats:
        """By document language, what one standard deviation of cosine is worth to a query in the language ``asked``
        (empty: not known) that is as ``readable`` in each of them."""
        common = self.meaning * (1 + self.across * (1 - np.minimum(readable[: len(langs)], 1.0)) ** 2)
        own = [self.languages.get(asked, self.languages.get(lang, np.nan)) for lang in langs]
        return np.where(np.isnan(own), common, own)


UNREAD = 0.015
"""What meaning is worth in a language that the encoder does not read; measured on Khmer and Lao beside languages that
it reads (docs/languages.md), hardly different between 0.005 and 0.03."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """One document found: its best passage's position in the scope, and its score."""

    passage: int
    score: float


def search_many(
    connection: Connection, index: Derived | Searchable | None, queries: Sequence[str], query_vectors: Vectors, *,
    k: int, filters: Filters, mode: Mode = "hybrid", weights: Weights = Weights(),
    alternatives: Sequence[Sequence[Alternatives]] = (),
) -> list[list[Hit]]:  # fmt: skip
    """Answer each query with up to k documents, best first, each shown by its best passage.

    Nothing outside the filters is found, counted or weighed. ``query_vectors`` has a row a query; in mode ``lexical``
    neither it nor the vectors are looked at. ``index`` is all that was derived of the store; where it is no more than
    an index of vectors, or nothing, the rest is read from the store, which takes as long as the store is large. A score
    is comparable within one query only. ``alternatives``: for each query other names of what it names, or none at all.

    Raises:
        QueryError: a query is blank, k is below 1, or the mode needs an index and there is none.
        DamagedError: a derived file is not what was written; no answer is made from it.
    """
    if k < 1:
        raise QueryError(f"k must be at least 1, got {k}", stage="search")
    if blank := [i for i, query in enumerate(queries) if not query.strip()]:
        raise QueryError(f"query {blank[0] + 1} of {len(queries)} is blank", stage="search")
    if mode != "lexical" and index is None:
        raise QueryError(f"mode {mode} needs a vector index", stage="search")
    if not queries:
        return []
    derived = index if isinstance(index, Derived) else derive(connection)
    scope = derived.scope(connection, filters)
    postings = derived.postings(connection).confined(scope.slots)
    near: Nearness | None = None
    if mode != "lexical" and index is not None:
        rows = derived.rows
        among = ById(index, scope) if rows is None or index is not derived else BySlot(rows, scope)
        by = getattr(index, "encoder", "")
        near = Nearness(among, query_vectors, weights, parts=(connection, by) if by and weights.read else None)
    ranked: list[list[Ranked]] = []
    told: list[frozenset[str]] = []
    for i, query in enumerate(queries):
        parsed = lexical.parse(query, alternatives[i] if alternatives else ())
        told.append(lexical.telling(parsed))
        good = lexical.admissible(scope, postings, parsed)
        words = None if mode == "dense" else Scores(scope, postings, parsed, weights.words)
        worth = np.empty(0) if words is None else weights.worth(scope.langs, words.readable, asked=language(query))
        ranked.append(_rank(scope, near, i, words, good, k=k, worth=worth, weights=weights))
    return _hits(connection, scope, told, ranked)


class Nearness:
    """Cosines of queries to the passages in scope, asked for as they are needed.

    ``parts``: the store and the encoder by which sentences are looked at too.
    """

    def __init__(
        self, among: BySlot | ById, queries: Vectors, weights: Weights, *, parts: tuple[Connection, str] | None = None
    ) -> None:
        self._among, self._queries, self._parts = among, queries, parts
        self._nearest = among.nearest(queries, weights.nearest)
        every = np.arange(0, len(among.scope), max(1, len(among.scope) // weights.sample))
        self._every, self._weights = every, weights

    def usual(self, i: int) -> tuple[float, float]:
        """Mean and standard deviation of query i's cosines in the scope."""
        found = self._among.cosines(self._queries[i], self._every)
        return usual(found[~np.isnan(found)], self._weights)

    def nearest(self, i: int) -> tuple[Positions, Floats]:
        """Positions and cosines of query i's nearest passages."""
        return self._nearest[i]

    def more(self, i: int, k: int) -> tuple[Positions, Floats]:
        """As ``nearest``, but k of them."""
        return self._among.nearest(self._queries[i : i + 1], k)[0]

    def of(self, i: int, passages: Positions) -> Floats:
        """Cosines of query i to the passages at these positions; NaN where there is no vector."""
        return self._among.cosines(self._queries[i], passages)

    def read(self, i: int, passages: Positions, cosines: Floats) -> Floats:
        """The cosines, those of the nearest passages raised to that of their nearest sentence."""
        if self._parts is None:
            return cosines
        c, encoder = self._parts
        first = np.argsort(-np.nan_to_num(cosines, nan=-2.0), kind="stable")[: self._weights.read]
        near = nearest_parts(c, self._queries[i], self._among.scope.ids_of(passages[first]).tolist(), encoder=encoder)
        raised = cosines.copy()
        raised[first] = np.fmax(cosines[first], near)
        return raised


def usual(cosines: Sequence[float] | Floats, weights: Weights) -> tuple[float, float]:
    """Mean and standard deviation of a query's cosines, the latter drawn towards the usual where they are few."""
    if not len(cosines):
        return 0.0, weights.spread
    n = len(cosines)
    variance = (n * float(np.var(cosines)) + weights.prior * weights.spread**2) / (n + weights.prior)
    return float(np.mean(cosines)), max(variance**0.5, 1e-6)


def fuse(words: Floats, cosines: Floats, *, usual: tuple[float, float], meaning: Floats | float) -> Floats:
    """Scores from shares of the query's words and cosines: how far these stand out, in standard deviations, weighed.

    What has no cosine (NaN) counts as one that stands out in nothing.
    """
    centre, spread = usual
    return words + meaning * np.nan_to_num((cosines - centre) / spread, nan=0.0)


def reciprocal_ranks(rankings: Sequence[Sequence[int]], *, k: int = 60) -> list[tuple[int, float]]:
    """Plain rank fusion, the baseline: the sum of ``1 / (k + rank)`` (Cormack et al. 2009), best first."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, one in enumerate(ranking, start=1):
            scores[one] = scores.get(one, 0.0) + 1 / (k + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def _rank(
    scope: Scope, near: Nearness | None, i: int, words: Scores | None, good: npt.NDArray[np.bool_], *, k: int,
    worth: Floats, weights: Weights,
) -> list[Ranked]:  # fmt: skip
    """The best k admissible documents of query i: candidates from both sides, scored alike."""
    chosen = np.empty(0, np.int64)
    if words is not None:
        chosen = words.best(max(k, weights.matching), good)
    known, values = np.empty(0, np.int64), np.empty(0)
    if near is not None:
        wanted = min(k, int(good.sum()))
        depth = weights.nearest
        known, values = near.nearest(i)
        while True:
            found = np.union1d(chosen, scope.owner[known])
            found = found[good[found]]
            # Fewer than were asked for: there are no more.
            if len(found) >= wanted or len(known) < depth:
                break
            depth *= 4
            known, values = near.more(i, depth)
        chosen = found
    candidates = np.sort(chosen)
    if not len(candidates):
        return []
    passages = scope.passages_of(candidates)
    starts = np.searchsorted(scope.owner[passages], candidates)
    cosines = np.full(len(passages), np.nan)
    if near is not None:
        order = np.argsort(known)
        at = np.minimum(np.searchsorted(known[order], passages), max(len(known) - 1, 0))
        if len(known):
            seen = known[order][at] == passages
            cosines[seen] = values[order][at[seen]]
        unknown = np.flatnonzero(np.isnan(cosines))
        cosines[unknown] = near.of(i, passages[unknown])
        cosines = near.read(i, passages, cosines)
    nearest = np.fmax.reduceat(cosines, starts)
    if words is None:
        scores, shown = nearest, cosines
    else:
        scores, shown = words.of(candidates, passages)
        if near is not None:
            usual = near.usual(i)
            mine = worth[scope.language[candidates]]
            scores = fuse(scores, nearest, usual=usual, meaning=mine)
            shown = fuse(shown, cosines, usual=usual, meaning=np.repeat(mine, scope.sizes[candidates]))
    ends = np.append(starts[1:], len(passages))
    return [
        Ranked(int(passages[starts[at] + np.nanargmax(shown[starts[at] : ends[at]])]), float(scores[at]))
        for at in top(scores, k)
    ]


def _hits(
    connection: Connection, scope: Scope, told: Sequence[frozenset[str]], ranked: Sequence[Sequence[Ranked]]
) -> list[list[Hit]]:
    every = scope.ids
    ids = sorted({int(every[r.passage]) for found in ranked for r in found})
    rows = passage_rows(connection, ids)
    answers: list[list[Hit]] = []
    for wanted, found in zip(told, ranked, strict=True):
        hits: list[Hit] = []
        for r in found:
            row = rows[int(every[r.passage])]
            hits.append(Hit(
                document_id=row.document_id, external_id=row.external_id, passage_id=row.id, title=row.title,
                source=row.source, lang=row.lang, published=row.published, url=row.url, score=r.score, text=row.text,
                label=Label(row.label), marks=lexical.marks_of(row.text, wanted),
            ))  # fmt: skip
        answers.append(hits)
    return answers
