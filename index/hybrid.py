"""Search by meaning and by words together: candidates from both, scored on one scale, one hit a document.

Rank fusion loses what the scores say: on the cloze test it stays below its better part. Here the words give the share
of the query's information that a document holds, which is near nothing when the query is in another language than the
document, and meaning gives how far a document's nearest passage stands out from the others. Their weighted sum is
better than either (``benchmarks/cloze.py``), and where words find nothing, meaning alone decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
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
from index.lexical import Bm25, Floats, Positions, Postings, Scope
from index.store.documents import passage_rows

# Horn, hook above and dot below: letters of Vietnamese and of no other language with many readers here.
_VIETNAMESE = re.compile("[\u031b\u0309\u0323]")

Mode = Literal["hybrid", "dense", "lexical"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How meaning and words are put together; defaults measured by ``benchmarks/cloze.py`` on development queries.

    Attributes:
        meaning: what one standard deviation of cosine is worth, in shares of the query's words found.
        across: how much more it is worth, as a share, for a document in a language the query is not in; between, as
            far as the query's words are unusual in the document's language.
        languages: ``meaning`` where the query shows itself to be in one of these languages: those the default encoder
            reads badly.
        spread: the usual standard deviation of cosines between a query and passages: what is believed before any
            cosine of this query is seen. prior: how many cosines that belief is worth.
        sample: how many passages a query's own spread is taken from.
        nearest, matching: passages and documents taken as candidates from either side.
        words: the parameters of the lexical part.
    """

    meaning: float = 0.07
    across: float = 1.5
    languages: Mapping[str, float] = field(default_factory=lambda: {"vi": 0.03})
    spread: float = 0.08
    prior: int = 50
    sample: int = 500
    nearest: int = 400
    matching: int = 200
    words: Bm25 = field(default_factory=Bm25)


@dataclass(frozen=True, slots=True)
class Ranked:
    """One document found: its best passage's position in the scope, and its score."""

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
        meaning = weights.languages.get(language(query), weights.meaning)
        ranked.append(_rank(scope, near, i, words, good, k=k, meaning=meaning, weights=weights))
    return _hits(connection, scope, queries, ranked)


def language(query: str) -> str:
    """``vi`` where the letters of a query are Vietnamese beyond doubt, else empty."""
    return "vi" if _VIETNAMESE.search(unicodedata.normalize("NFD", query)) else ""


class Nearness:
    """Cosines of queries to the passages in scope, asked of the index as they are needed."""

    def __init__(self, index: VectorIndex, scope: Scope, queries: Vectors, weights: Weights) -> None:
        self._index = index
        self._scope = scope
        self._queries = queries
        self._nearest = index.search(queries, k=weights.nearest, allowed=scope.ids)
        every = scope.ids[:: max(1, len(scope.ids) // weights.sample)]
        sampled = index.search(queries, k=max(1, len(every)), allowed=every)
        self.usual = [usual([cosine for _, cosine in row], weights) for row in sampled]

    def nearest(self, i: int) -> tuple[Positions, Floats]:
        """Positions and cosines of query i's nearest passages."""
        return self._positions(self._nearest[i])

    def more(self, i: int, k: int) -> tuple[Positions, Floats]:
        """As ``nearest``, but k of them."""
        return self._positions(self._index.search(self._queries[i : i + 1], k=k, allowed=self._scope.ids)[0])

    def of(self, i: int, passages: Positions) -> tuple[Positions, Floats]:
        """Positions and cosines of these passages, less those without a vector."""
        ids = self._scope.ids[passages]
        return self._positions(self._index.search(self._queries[i : i + 1], k=len(ids), allowed=ids)[0])

    def _positions(self, found: Sequence[tuple[int, float]]) -> tuple[Positions, Floats]:
        ids: Ids = np.fromiter((one for one, _ in found), np.int64, len(found))
        return np.searchsorted(self._scope.ids, ids), np.fromiter((x for _, x in found), np.float64, len(found))


def usual(cosines: Sequence[float], weights: Weights) -> tuple[float, float]:
    """Mean and standard deviation of a query's cosines, the latter drawn towards the usual where they are few."""
    if not cosines:
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
    scope: Scope, near: Nearness | None, i: int, words: lexical.Scores | None, good: npt.NDArray[np.bool_], *, k: int,
    meaning: float, weights: Weights,
) -> list[Ranked]:  # fmt: skip
    """The best k admissible documents of query i: candidates from both sides, scored alike."""
    chosen = np.zeros(scope.documents, np.bool_)
    cosines = np.full(len(scope.ids), np.nan)
    if words is not None:
        found = np.flatnonzero((words.documents > 0) & good)
        chosen[found[_top(words.documents[found], max(k, weights.matching))]] = True
    if near is not None:
        wanted = min(k, int(good.sum()))
        depth = weights.nearest
        positions, values = near.nearest(i)
        while True:
            cosines[positions] = values
            chosen[scope.owner[positions]] = True
            chosen &= good
            # Fewer than were asked for: there are no more.
            if chosen.sum() >= wanted or len(positions) < depth:
                break
            depth *= 4
            positions, values = near.more(i, depth)
    candidates = np.flatnonzero(chosen)
    if not len(candidates):
        return []
    passages = scope.passages_of(candidates)
    if near is not None and len(unknown := passages[np.isnan(cosines[passages])]):
        positions, values = near.of(i, unknown)
        cosines[positions] = values
    # The candidates' passages lie together, so that a document's are one stretch after a stable sort by owner.
    passages = passages[np.argsort(scope.owner[passages], kind="stable")]
    starts = np.searchsorted(scope.owner[passages], candidates)
    nearest = np.fmax.reduceat(cosines[passages], starts)
    if near is None:
        assert words is not None
        scores, shown = words.documents[candidates], words.passages[passages]
    elif words is None:
        scores, shown = nearest, cosines[passages]
    else:
        usual = near.usual[i]
        worth = meaning * (1 + weights.across * (1 - words.readable))
        scores = fuse(words.documents[candidates], nearest, usual=usual, meaning=worth[candidates])
        shown = fuse(words.passages[passages], cosines[passages], usual=usual, meaning=meaning)
    ends = np.append(starts[1:], len(passages))
    return [
        Ranked(int(passages[starts[at] + np.nanargmax(shown[starts[at] : ends[at]])]), float(scores[at]))
        for at in _top(scores, k)
    ]


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
        wanted = lexical.telling(lexical.parse(query))
        for r in found:
            row = rows[int(scope.ids[r.passage])]
            hits.append(Hit(
                document_id=row.document_id, external_id=row.external_id, passage_id=row.id, title=row.title,
                source=row.source, lang=row.lang, published=row.published, url=row.url, score=r.score, text=row.text,
                label=Label(row.label), marks=lexical.marks_of(row.text, wanted),
            ))  # fmt: skip
        answers.append(hits)
    return answers
