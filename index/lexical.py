"""Search by words: BM25 over the passages a reader may see, with the postings taken from FTS5.

FTS5 ranks over all that it holds; a hidden or deleted text would then change the ranks of the others. So it is asked
only which passages hold a word, and document frequencies, lengths and scores are counted here over the allowed ones.

A query is broken into *units*: words, and in scripts written without spaces pairs of adjacent characters. Neighbouring
units are looked for as phrases too and add a little. BM25 is Robertson and Zaragoza's (2009, "The Probabilistic
Relevance Framework"); how often a document uses a word is counted in passages, which measured no worse than counting
every use (``benchmarks/cloze.py``) and lets a phrase cost as little as a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, func, select, text

from domain.document import Filters, Span
from domain.protocols import Ids
from domain.text import fold, is_unspaced
from index.filters import visible
from index.stopwords import STOPWORDS
from index.store import schema as s
from index.words import part_spans, parts, search_words

Floats = npt.NDArray[np.float64]

MAX_UNITS = 256
"""A longer query is read up to here: what matters is said by then."""
TYPED_WORDS = 10
"""Up to so many words a query was typed, and its quotes and dashes are meant; a longer one is pasted text."""

_QUOTED = re.compile(r'"([^"]*)"')
_EXCLUDED = re.compile(r"(?<!\S)[-−](?=\w)(\S+)")


@dataclass(frozen=True, slots=True)
class Unit:
    """A word or a run of characters that is looked up as one; words within are parted by one space."""

    written: str
    folded: str

    @property
    def plain(self) -> bool:
        """Whether folding changes nothing, so that there is nothing to prefer."""
        return unicodedata.normalize("NFC", self.written).casefold() == self.folded


@dataclass(frozen=True, slots=True)
class Parsed:
    """A query as it will be looked up.

    Attributes:
        units: what is looked for, each once, in the order given. pairs: neighbouring units as phrases.
        phrases: what a document must hold. excluded: what it must not.
    """

    units: tuple[Unit, ...]
    pairs: tuple[Unit, ...]
    phrases: tuple[Unit, ...] = ()
    excluded: tuple[Unit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bm25:
    """The parameters, measured by ``benchmarks/cloze.py`` on its development queries.

    Attributes:
        k1, b: for whole documents, counted in passages. passage_k1, passage_b: for single passages.
        passage: weight of a document's best passage beside the whole of it.
        pair: weight of neighbouring words found as neighbours.
        written: share of a unit's weight kept for texts that have it with the same diacritics.
    """

    k1: float = 2.0
    b: float = 1.0
    passage_k1: float = 1.2
    passage_b: float = 0.75
    passage: float = 0.4
    pair: float = 0.25
    written: float = 0.6


@dataclass(frozen=True, slots=True)
class Scope:
    """The passages that may be seen, ascending by id, and the document version (by position) each belongs to."""

    ids: Ids
    owner: npt.NDArray[np.int64]
    lengths: Floats
    documents: int

    def slots(self, ids: Ids) -> npt.NDArray[np.int64]:
        """Positions of those of the ids that are in scope."""
        if not len(self.ids) or not len(ids):
            return np.empty(0, np.int64)
        at = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        found: npt.NDArray[np.int64] = at[self.ids[at] == ids]
        return found

    def passages_of(self, documents: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Positions of all passages of the documents at these positions."""
        wanted = np.zeros(self.documents, np.bool_)
        wanted[documents] = True
        return np.flatnonzero(wanted[self.owner]) if len(self.owner) else np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Scores:
    """Share of the query's information found, at least 0; about 1 when all its words stand in a usual text."""

    documents: Floats
    passages: Floats


def scope(c: Connection, filters: Filters) -> Scope:
    """The passages that the filters allow: one version a document, so that a version is a document."""
    p = s.passages.c
    # One aggregated row is read about five times as fast as a row a passage.
    row = c.execute(
        select(func.group_concat(p.id), func.group_concat(p.version_id), func.group_concat(p.words))
        .select_from(s.passages.join(s.versions)).where(*visible(filters))
    ).one()  # fmt: skip
    ids, owner, lengths = (_numbers(value) for value in row)
    order = np.argsort(ids)
    return _scope(ids[order], owner[order], lengths[order].astype(np.float64))


def _scope(ids: Ids, owner: npt.NDArray[np.int64], lengths: Floats) -> Scope:
    known, position = np.unique(owner, return_inverse=True)
    return Scope(ids, position.astype(np.int64).reshape(-1), lengths, len(known))


def _numbers(joined: str | None) -> npt.NDArray[np.int64]:
    return np.fromstring(joined, np.int64, sep=",") if joined else np.empty(0, np.int64)


class Postings:
    """Which passages hold a unit, asked of FTS5 once a unit for as long as this object lives (one search)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[str, str], Ids] = {}

    def find(self, column: str, unit: str) -> Ids:
        """Ids of the passages, hidden ones too, whose ``written`` or ``folded`` words hold the unit in order."""
        key = (column, unit)
        if key not in self._known:
            quoted = unit.replace('"', " ")
            joined = self._connection.scalar(
                text("SELECT group_concat(rowid) FROM passage_words WHERE passage_words MATCH :match"),
                {"match": f'{column} : "{quoted}"'},
            )
            self._known[key] = _numbers(joined)
        return self._known[key]


def parse(query: str) -> Parsed:
    """Break a query into what is looked up. Nothing in it can be FTS5 syntax; no query is refused.

    In a query of at most ``TYPED_WORDS`` words, ``"..."`` must stand in the document as it is, and ``-word`` must not.
    """
    phrases: list[Unit] = []
    excluded: list[Unit] = []
    if len(search_words(query)) <= TYPED_WORDS:
        for found in _EXCLUDED.findall(query):
            if out := _parts(found):
                excluded.append(_join(out))
        rest = _EXCLUDED.sub(" ", query)
        if _parts(rest):
            phrases = [_join(inner) for inner in map(_parts, _QUOTED.findall(rest)) if inner]
            query = rest
        else:  # nothing but exclusions: they are the words looked for
            excluded = []
    units: list[Unit] = []
    pairs: list[Unit] = []
    for run in _runs(_parts(query)):
        if is_unspaced(run[0].written):
            units += _grams(run, 2) if len(run) > 1 else run
            pairs += _grams(run, 3)
        else:
            units += run
            pairs += _grams(run, 2)
    return Parsed(_once(units), _once(pairs), tuple(phrases), tuple(excluded))


def _once(units: Sequence[Unit]) -> tuple[Unit, ...]:
    return tuple(dict.fromkeys(units))[:MAX_UNITS]


def _parts(value: str) -> list[Unit]:
    return [
        Unit(part, folded) for word in search_words(value) for part in parts(word) if (folded := fold(part).strip())
    ]


def _join(parts: Sequence[Unit]) -> Unit:
    return Unit(" ".join(p.written for p in parts), " ".join(p.folded for p in parts))


def _runs(parts: Sequence[Unit]) -> list[list[Unit]]:
    """Neighbours of the same kind of script."""
    runs: list[list[Unit]] = []
    for part in parts:
        if runs and is_unspaced(runs[-1][-1].written) == is_unspaced(part.written):
            runs[-1].append(part)
        else:
            runs.append([part])
    return runs


def _grams(run: Sequence[Unit], n: int) -> list[Unit]:
    return [_join(run[i : i + n]) for i in range(len(run) - n + 1)]


def admissible(scope: Scope, postings: Postings, parsed: Parsed) -> npt.NDArray[np.bool_]:
    """Which documents hold every phrase the query insists on (in one passage) and no word that it excludes."""
    good = np.ones(scope.documents, np.bool_)
    for unit in parsed.phrases:
        holds = np.zeros(scope.documents, np.bool_)
        holds[scope.owner[scope.slots(postings.find("folded", unit.folded))]] = True
        good &= holds
    for unit in parsed.excluded:
        good[scope.owner[scope.slots(postings.find("folded", unit.folded))]] = False
    return good


def score(scope: Scope, postings: Postings, parsed: Parsed, parameters: Bm25 = Bm25()) -> Scores:
    """BM25 of every document and passage in scope, over the information that the query's units carry in it."""
    out = Scores(np.zeros(scope.documents), np.zeros(len(scope.ids)))
    if not len(scope.ids) or not parsed.units:
        return out
    p = parameters
    sizes = np.bincount(scope.owner, scope.lengths, scope.documents)
    document_norm = p.k1 * (1 - p.b + p.b * sizes / max(sizes.mean(), 1.0))
    passage_norm = p.passage_k1 * (1 - p.passage_b + p.passage_b * scope.lengths / max(scope.lengths.mean(), 1.0))
    total = 0.0

    def add(column: str, unit: str, weight: float, *, alone: bool) -> float:
        slots = scope.slots(postings.find(column, unit))
        uses = np.bincount(scope.owner[slots], minlength=scope.documents)
        held = np.flatnonzero(uses)
        rarity = _idf(scope.documents, len(held))
        tf = uses[held]
        out.documents[held] += weight * rarity * tf * (p.k1 + 1) / (tf + document_norm[held])
        if alone:
            rare = _idf(len(scope.ids), len(slots))
            out.passages[slots] += weight * rare * (p.passage_k1 + 1) / (1 + passage_norm[slots])
        return weight * rarity

    for unit in parsed.units:
        share = 0.0 if unit.plain else p.written
        total += add("folded", unit.folded, 1 - share, alone=True)
        if share:
            total += add("written", unit.written, share, alone=True)
    for pair in parsed.pairs:
        add("folded", pair.folded, p.pair, alone=False)
    best = np.zeros(scope.documents)
    np.maximum.at(best, scope.owner, out.passages)
    total = max(total, 1e-9)
    return Scores((out.documents + p.passage * best) / total, out.passages / total)


def _idf(n: int, df: int) -> float:
    return float(np.log1p((n - df + 0.5) / (df + 0.5)))


def marks(passage: str, query: str) -> tuple[Span, ...]:
    """Where words of the query stand in a passage, folded alike, for showing; ascending and apart.

    Words so common that they say nothing are marked only when the query has no others. In scripts without spaces the
    marked runs are two characters or longer, unless the query has one character alone.
    """
    parsed = parse(query)
    wanted = {u.folded for u in parsed.units}
    telling = {w for w in wanted if w not in STOPWORDS}
    wanted = telling or wanted
    found: list[tuple[int, int]] = []
    before: tuple[int, int, str] | None = None
    for start, end in part_spans(passage):
        key = fold(passage[start:end])
        if key in wanted:
            found.append((start, end))
        if is_unspaced(passage[start:end]):
            if before and before[1] == start and f"{before[2]} {key}" in wanted:
                found.append((before[0], end))
            before = (start, end, key)
        else:
            before = None
    return _merged(sorted(found))


def _merged(found: Sequence[tuple[int, int]]) -> tuple[Span, ...]:
    out: list[Span] = []
    for start, end in found:
        if out and start < out[-1].end:
            out[-1] = Span(out[-1].start, max(end, out[-1].end))
        else:
            out.append(Span(start, end))
    return tuple(out)
