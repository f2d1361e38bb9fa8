"""Search by meaning and by words together: candidates from both, scored on one scale, one hit a document.

Rank fusion loses what the scores say: on the cloze test it stays below its better part. Here the words give the share
of the query's information that a document holds, which is near nothing when the query is in another language than the
document, and meaning gives how far a document's nearest passage stands out from the others. Their weighted sum is
better than either (``benchmarks/cloze.py``), and where words find nothing, meaning alone decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from domain.document import Filters, Hit
from domain.errors import QueryError
from domain.label import Label
from domain.protocols import Ids, VectorIndex, Vectors
from index import lexical
from index.lexical import Bm25, Floats, Postings, Scope
from index.store.documents import passage_rows

Mode = Literal["hybrid", "dense", "lexical"]
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How meaning and words are put together; defaults measured by ``benchmarks/cloze.py`` on development queries.

    Attributes:
        meaning: what one standard deviation of cosine is worth, in shares of the query's words found.
        spread: the usual standard deviation of cosines between a query and passages: what is believed before any
            cosine of this query is seen. prior: how many cosines that belief is worth.
        sample: how many passages a query's own spread is taken from.
        nearest, matching: passages and documents taken as candidates from either side.
        words: the parameters of the lexical part.
    """

    meaning: float = 0.065
    spread: float = 0.082
    prior: int = 50
    sample: int = 500
    nearest: int = 400
    matching: int = 200
    words: Bm25 = field(default_factory=Bm25)


@dataclass(frozen=True, slots=True)
class Ranked:
    """One document found: its position in the scope, its best passage's position, its score."""

    document: int
    passage: int
    score: float


def search_many(
    connection: Connection, index: VectorIndex | None, queries: Sequence[str], query_vectors: Vectors, *, k: int,
    filters: Filters, mode: Mode = "hybrid", weights: Weights = Weights(),
) -> list[list[Hit]]:  # fmt: skip
    """Answer each query with up to k documents, best first, each shown by its best passage.

    Nothing outside the filters is found, counted or weighed. ``query_vectors`` has a row a query; in mode ``lexical``
    neither it nor the index is looked at. A score is comparable within one query only.

    Raises:
        QueryError: a query is blank, k is below 1, or the mode needs an index and there is none.
    """
    if k < 1:
        raise QueryError(f"k must be at least 1, got {k}", stage="search")
    if blank := [i for i, query in enumerate(queries) if not query.strip()]:
        raise QueryError(f"query {blank[0] + 1} of {len(queries)} is blank", stage="search")
    if mode != "lexical" and index is None:
        raise QueryError(f"mode {mode} needs a vector index", stage="search")
    if not queries:
        return []
    scope = lexical.scope(connection, filters)
    postings = Postings(connection)
    near = Nearness(index, scope, query_vectors, weights) if index is not None and mode != "lexical" else None
    ranked: list[list[Ranked]] = []
    for i, query in enumerate(queries):
        parsed = lexical.parse(query)
        good = lexical.admissible(scope, postings, parsed)
        words = None if mode == "dense" else lexical.score(scope, postings, parsed, weights.words)
        ranked.append(_rank(scope, near, i, words, good, k=k, weights=weights))
    return _hits(connection, scope, queries, ranked)


class Nearness:
    """Cosines of queries to the passages in scope, asked of the index as they are needed."""

    def __init__(self, index: VectorIndex, scope: Scope, queries: Vectors, weights: Weights) -> None:
        self._index = index
        self._scope = scope
        self._queries = queries
        self._nearest = index.search(queries, k=weights.nearest, allowed=scope.ids)
        every = scope.ids[:: max(1, len(scope.ids) // weights.sample)]
        sampled = index.search(queries, k=len(every), allowed=every) if len(every) else [[] for _ in queries]
        self._usual = [usual([cosine for _, cosine in row], weights) for row in sampled]

    def nearest(self, i: int) -> tuple[Positions, Floats]:
        """Positions and standardised cosines of query i's nearest passages."""
        return self._standard(i, self._nearest[i])

    def of(self, i: int, passages: Positions) -> tuple[Positions, Floats]:
        """Positions and standardised cosines of these passages, less those without a vector."""
        ids = self._scope.ids[passages]
        return self._standard(i, self._index.search(self._queries[i : i + 1], k=len(ids), allowed=ids)[0])

    def more(self, i: int, k: int) -> tuple[Positions, Floats]:
        """As ``nearest``, but k of them."""
        return self._standard(i, self._index.search(self._queries[i : i + 1], k=k, allowed=self._scope.ids)[0])

    def _standard(self, i: int, found: Sequence[tuple[int, float]]) -> tuple[Positions, Floats]:
        ids: Ids = np.fromiter((one for one, _ in found), np.int64, len(found))
        cosines = np.fromiter((cosine for _, cosine in found), np.float64, len(found))
        centre, spread = self._usual[i]
        return np.searchsorted(self._scope.ids, ids), (cosines - centre) / spread


def usual(cosines: Sequence[float], weights: Weights) -> tuple[float, float]:
    """Mean and standard deviation of a query's cosines, the latter drawn towards the usual where they are few."""
    if not cosines:
        return 0.0, weights.spread
    n = len(cosines)
    variance = (n * float(np.var(cosines)) + weights.prior * weights.spread**2) / (n + weights.prior)
    return float(np.mean(cosines)), max(variance**0.5, 1e-6)


def fuse(words: Floats, meaning: Floats, weights: Weights) -> Floats:
    """Scores from shares of the query's words and standardised cosines.

    What has no cosine (NaN) counts as one that stands out in nothing (0), and so never above a found likeness.
    """
    return words + weights.meaning * np.nan_to_num(meaning, nan=0.0, posinf=0.0, neginf=0.0)


def _rank(
    scope: Scope, near: Nearness | None, i: int, words: lexical.Scores | None, good: npt.NDArray[np.bool_], *, k: int,
    weights: Weights,
) -> list[Ranked]:  # fmt: skip
    """The best k admissible documents of query i: candidates from both sides, scored alike."""
    wanted = min(k, int(good.sum()))
    if not wanted:
        return []
    meaning = np.full(len(scope.ids), np.nan)
    chosen = np.zeros(scope.documents, np.bool_)
    if words is not None:
        found = np.flatnonzero((words.documents > 0) & good)
        limit = max(weights.matching, k) if near is not None else k
        chosen[found[_top(words.documents[found], limit)]] = True
    if near is not None:
        positions, values = near.nearest(i)
        asked = weights.nearest
        while True:
            meaning[positions] = values
            chosen[scope.owner[positions]] = True
            chosen &= good
            if chosen.sum() >= wanted or len(positions) < asked:
                break
            asked *= 4
            positions, values = near.more(i, asked)
        passages = scope.passages_of(np.flatnonzero(chosen))
        unknown = passages[np.isnan(meaning[passages])]
        if len(unknown):
            positions, values = near.of(i, unknown)
            meaning[positions] = values
    candidates = np.flatnonzero(chosen)
    if not len(candidates):
        return []
    passages = scope.passages_of(candidates)
    nearest = np.full(scope.documents, -np.inf)
    np.maximum.at(nearest, scope.owner[passages], np.nan_to_num(meaning[passages], nan=-np.inf))
    by_words = np.zeros(scope.documents) if words is None else words.documents
    scores = _combined(by_words[candidates], nearest[candidates], near, words, weights)
    by_passage = np.zeros(len(scope.ids)) if words is None else words.passages
    shown = _combined(by_passage[passages], meaning[passages], near, words, weights)
    # The best passage of each document: by score, then by position.
    order = np.lexsort((passages, -shown))
    best: dict[int, int] = {}
    for at in order:
        best.setdefault(int(scope.owner[passages[at]]), int(passages[at]))
    top = _top(scores, k)
    return [Ranked(int(candidates[at]), best[int(candidates[at])], float(scores[at])) for at in top]


def _combined(
    by_words: Floats, meaning: Floats, near: Nearness | None, words: lexical.Scores | None, weights: Weights
) -> Floats:
    if near is None:
        return by_words
    if words is None:
        return fuse(np.zeros_like(by_words), meaning, weights)
    return fuse(by_words, meaning, weights)


def _top(scores: Floats, k: int) -> Positions:
    """Positions of the k highest scores, highest first, equals by position."""
    return np.argsort(-scores, kind="stable")[:k].astype(np.int64)


def _hits(
    connection: Connection, scope: Scope, queries: Sequence[str], ranked: Sequence[Sequence[Ranked]]
) -> list[list[Hit]]:
    ids = sorted({int(scope.ids[r.passage]) for found in ranked for r in found})
    rows = passage_rows(connection, ids)
    answers: list[list[Hit]] = []
    for query, found in zip(queries, ranked, strict=True):
        hits: list[Hit] = []
        for r in found:
            row = rows[int(scope.ids[r.passage])]
            hits.append(Hit(
                document_id=row.document_id, external_id=row.external_id, passage_id=row.id, title=row.title,
                source=row.source, lang=row.lang, published=row.published, url=row.url, score=r.score, text=row.text,
                label=Label(row.label), marks=lexical.marks(row.text, query),
            ))  # fmt: skip
        answers.append(hits)
    return answers
