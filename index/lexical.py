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
Positions = npt.NDArray[np.int64]

MAX_UNITS = 256
"""A longer query is read up to here: what matters is said by then."""
TYPED_WORDS = 10
"""Up to so many words a query was typed, and its quotes and dashes are meant; a longer one is pasted text."""

_QUOTED = re.compile(r'"([^"]*)"')
_EXCLUDED = re.compile(r"(?<!\S)[-−](?=\w)(\S+)")


@dataclass(frozen=True, slots=True)
class Unit:
    """A word or a run of characters looked up as one, in lower case; words within are parted by one space."""

    written: str
    folded: str

    @property
    def plain(self) -> bool:
        """Whether folding changes nothing, so that there is nothing to prefer."""
        return self.written == self.folded


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
        floor: a text shorter than this share of the mean length counts as so long; a title alone is no proof.
        passage: weight of a document's best passage beside the whole of it.
        pair: weight of neighbouring words found as neighbours.
        written: share of a unit's weight kept for texts that have it with the same diacritics.
        borrowed: rarity is counted among the documents of a language, together with so many of all languages.
        familiar: where a usual passage of a language holds this share of a query's words, the query is in it.
    """

    k1: float = 2.0
    b: float = 1.0
    passage_k1: float = 1.2
    passage_b: float = 0.75
    floor: float = 0.2
    passage: float = 0.3
    pair: float = 0.25
    written: float = 0.6
    borrowed: float = 10.0
    familiar: float = 0.2


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be seen.

    Attributes:
        ids: of the passages, ascending. owner: the document each belongs to, by position. lengths: in words.
        language: of each document, as a number below ``languages``.
    """

    ids: Ids
    owner: Positions
    lengths: Floats
    language: Positions
    languages: int

    @property
    def documents(self) -> int:
        """How many documents there are."""
        return len(self.language)

    def slots(self, ids: Ids) -> Positions:
        """Positions of those of the ids that are in scope."""
        if not len(self.ids) or not len(ids):
            return np.empty(0, np.int64)
        at = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        found: Positions = at[self.ids[at] == ids]
        return found

    def passages_of(self, documents: Positions) -> Positions:
        """Positions of all passages of the documents at these positions."""
        wanted = np.zeros(self.documents, np.bool_)
        wanted[documents] = True
        return np.flatnonzero(wanted[self.owner])


@dataclass(frozen=True, slots=True)
class Scores:
    """What the words say.

    Attributes:
        documents, passages: share of the query's information found, at least 0; about 1 when all its words stand in a
            text of usual length.
        readable: for each document 0 to 1: how usual the query's words are in its language. Where it is near 0 the
            query is in another language, and that the document lacks its words says nothing.
    """

    documents: Floats
    passages: Floats
    readable: Floats


def scope(c: Connection, filters: Filters) -> Scope:
    """The passages that the filters allow: one version a document, so that a version is a document."""
    p, v = s.passages.c, s.versions.c
    # One aggregated row is read about five times as fast as a row a passage.
    row = c.execute(
        select(func.group_concat(p.id), func.group_concat(p.version_id), func.group_concat(p.words))
        .select_from(s.passages.join(s.versions)).where(*visible(filters))
    ).one()  # fmt: skip
    ids, versions, lengths = (_numbers(value) for value in row)
    order = np.argsort(ids)
    known, owner = np.unique(versions[order], return_inverse=True)
    spoken = c.execute(select(func.group_concat(v.id), func.group_concat(v.lang)).where(*visible(filters))).one()
    codes: dict[str, int] = {}
    by_version = {
        version: codes.setdefault(lang, len(codes))
        for version, lang in zip(_numbers(spoken[0]).tolist(), (spoken[1] or "").split(","), strict=False)
    }
    return Scope(
        ids[order], owner.astype(np.int64).reshape(-1), lengths[order].astype(np.float64),
        np.fromiter((by_version[one] for one in known.tolist()), np.int64, len(known)), len(codes),
    )  # fmt: skip


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
            # Two words that both say nothing are slow to look up as a phrase and worth nothing.
            says = [u.folded not in STOPWORDS for u in run]
            pairs += [pair for i, pair in enumerate(_grams(run, 2)) if says[i] or says[i + 1]]
    return Parsed(_once(units), _once(pairs), tuple(phrases), tuple(excluded))


def _once(units: Sequence[Unit]) -> tuple[Unit, ...]:
    return tuple(dict.fromkeys(units))[:MAX_UNITS]


def _parts(value: str) -> list[Unit]:
    return [
        Unit(part.lower(), folded)
        for word in search_words(value)
        for part in parts(word)
        if (folded := fold(part).strip())
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
    """BM25 of every document and passage in scope, over the information that the query's units carry in it.

    Rarity and usual length are those among the documents of the same language: in a collection of many languages
    "de" would else be a rare word, and finding it in a French text would mean something.
    """
    documents, passages = np.zeros(scope.documents), np.zeros(len(scope.ids))
    if not len(scope.ids) or not parsed.units:
        return Scores(documents, passages, np.ones(scope.documents))
    p = parameters
    passage_language = scope.language[scope.owner]
    per_document = np.bincount(scope.language, minlength=scope.languages)
    per_passage = np.bincount(passage_language, minlength=scope.languages)
    sizes = np.bincount(scope.owner, scope.lengths, scope.documents).astype(np.float64)
    document_norm = p.k1 * (1 - p.b + p.b * _relative(sizes, scope.language, per_document, p.floor))
    passage_norm = p.passage_k1 * (
        1 - p.passage_b + p.passage_b * _relative(scope.lengths, passage_language, per_passage, p.floor)
    )
    total, usual = np.zeros(scope.languages), np.zeros(scope.languages)

    def add(column: str, unit: str, weight: float, *, alone: bool) -> None:
        slots = scope.slots(postings.find(column, unit))
        uses = np.bincount(scope.owner[slots], minlength=scope.documents)
        held = np.flatnonzero(uses)
        holders = np.bincount(scope.language[held], minlength=scope.languages)
        rarity = weight * _rarity(per_document, holders, p.borrowed)
        tf = uses[held]
        documents[held] += rarity[scope.language[held]] * tf * (p.k1 + 1) / (tf + document_norm[held])
        if not alone:
            return
        total[:] += rarity
        among = passage_language[slots]
        holding = np.bincount(among, minlength=scope.languages)
        usual[:] += weight * holding / len(parsed.units)
        rare = weight * _rarity(per_passage, holding, p.borrowed)
        passages[slots] += rare[among] * (p.passage_k1 + 1) / (1 + passage_norm[slots])

    for unit in parsed.units:
        share = 0.0 if unit.plain else p.written
        add("folded", unit.folded, 1 - share, alone=True)
        if share:
            add("written", unit.written, share, alone=True)
    for pair in parsed.pairs:
        add("folded", pair.folded, p.pair, alone=False)
    best = np.zeros(scope.documents)
    np.maximum.at(best, scope.owner, passages)
    usual = (usual + p.borrowed * usual.sum() / len(scope.ids)) / (per_passage + p.borrowed)
    readable = usual / max(usual.max(), p.familiar)
    total = np.maximum(total, 1e-9)
    return Scores(
        (documents + p.passage * best) / total[scope.language], passages / total[passage_language],
        readable[scope.language],
    )  # fmt: skip


def _relative(lengths: Floats, language: Positions, counts: Positions, floor: float) -> Floats:
    """Lengths over the mean length in their language."""
    means = np.bincount(language, lengths, len(counts)) / np.maximum(counts, 1)
    return np.maximum(lengths / np.maximum(means, 1.0)[language], floor)


def _rarity(n: Positions, df: Positions, borrowed: float) -> Floats:
    """Inverse document frequency by language, each language taken with ``borrowed`` documents of the whole."""
    share = borrowed / n.sum()
    total, held = n * 1.0 + borrowed, df + share * df.sum()
    rarity: Floats = np.log1p((total - held + 0.5) / (held + 0.5))
    return rarity


def marks(passage: str, query: str) -> tuple[Span, ...]:
    """Where words of the query stand in a passage, folded alike, for showing; ascending and apart.

    Words so common that they say nothing are marked only when the query has no others. In scripts without spaces the
    marked runs are two characters or longer, unless the query has one character alone.
    """
    return marks_of(passage, telling(parse(query)))


def telling(parsed: Parsed) -> frozenset[str]:
    """The folded units that are worth marking: those that are not common, or all where all are."""
    wanted = frozenset(u.folded for u in parsed.units)
    return (wanted - STOPWORDS) or wanted


def marks_of(passage: str, wanted: frozenset[str]) -> tuple[Span, ...]:
    """As ``marks``, for a query whose telling units are known."""
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
