"""BM25 over a scope, by whole documents and by single passages, counting no more than the best answers need.

BM25 is Robertson and Zaragoza's (2009, "The Probabilistic Relevance Framework"), with rarity and usual length counted
among the documents of one language. How often each word occurs must be counted in any case. What it adds to each
document need not: a word that stands nearly everywhere adds next to nothing, yet to a million passages. So the rare
units are added first, and the common ones only to those documents that could still come among the best with all that
the common ones can add (the bound of Turtle and Flood's MaxScore, 1995). What is left out is out for certain: the best
documents and their scores are those of the full sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from index.columns import Slots
from index.expansion import Phrase
from index.expansion_alike import BESIDE, MOST, alike, key, spelling
from index.lexical import Bm25, Parsed, Unit
from index.postings import Postings
from index.scope import Floats, Found, Positions, Scope

Mask = npt.NDArray[np.bool_]
COMMON, COMMON_SHARE = 20_000, 1 / 12
"""A unit that stands in more passages than this, and in more than this share of those in scope, is common: adding it to
all of them takes longer than to ask whether it must be."""
SHORT_WORDS = frozenset({"vi"})
"""Languages written in syllables: words of others sound like theirs by chance, unless they are names."""
_KNOWN = 0.1
"""A language knows a word where it is used this share as often as in the language that uses it most."""
_LONG = 4_096
"""Passages are shorter than this; where one is not, tables by length would be too large."""


@dataclass(frozen=True, slots=True, eq=False)
class _Unit:
    """A unit looked up: where it stands, and by language what it adds to a document, and to a passage (pairs: None).

    ``only`` is the language of all that hold it, where that is one.
    """

    found: Found
    only: int | None
    rarity: Floats
    passage_rarity: Floats | None


@dataclass(frozen=True, slots=True, eq=False)
class _Norms:
    """What lengths do in a scope: to the scores of documents (a norm) and passages (a factor); how many of either
    there are by language, and the language of each passage."""

    documents: Floats
    passages: Floats
    per_document: Positions
    per_passage: Positions
    spoken: Slots


class Scores:
    """What the words of one query say of the documents and passages in scope.

    A document's score is the share of the query's information that is found in it, at least 0; about 1 when all its
    words stand in a text of usual length.

    Attributes:
        readable: by language, 0 to 1: how usual the query's words are in it. Where it is near 0 the query is in
            another language, and that a document lacks its words says nothing.
    """

    def __init__(self, scope: Scope, postings: Postings, parsed: Parsed, parameters: Bm25) -> None:
        self._scope, self._p = scope, parameters
        self._documents, self._passages = np.zeros(scope.documents), np.zeros(len(scope))
        self._best = np.zeros(scope.documents)
        """The score of each document's best passage."""
        self._waiting: list[_Unit] = []
        self._whole = np.ones(scope.documents, np.bool_)
        """Which documents have everything counted."""
        self.readable: Floats = np.ones(max(scope.languages, 1))
        self._total: Floats = np.ones(max(scope.languages, 1))
        self._norms = _norms(scope, parameters)
        if scope.documents and parsed.units:
            units = self._units(postings, parsed)
            # The rare first; the order depends on nothing but the scope.
            units.sort(key=lambda unit: len(unit.found.passages))
            common = max(COMMON, COMMON_SHARE * len(scope))
            self._waiting = [unit for unit in units if len(unit.found.passages) > common]
            for unit in units[: len(units) - len(self._waiting)]:
                self._add(unit)
            if self._waiting:
                self._whole[:] = False

    def _units(self, postings: Postings, parsed: Parsed) -> list[_Unit]:
        """Everything that is looked up, with its rarity; notes the query's information and where it can be read."""
        p, n, scope = self._p, self._norms, self._scope
        total, usual = np.zeros(scope.languages), np.zeros(scope.languages)
        out: list[_Unit] = []

        def find(column: str, unit: str) -> Found:
            return scope.found((column, unit), lambda: postings.find(column, unit))

        def find_stored(unit: str) -> Found:
            return scope.found(("stored", unit), lambda: postings.find("folded", unit, stored=True))

        numbered = {name: i for i, name in enumerate(scope.langs)}
        elsewhere: dict[tuple[Phrase, ...], Slots] = {}
        heard: dict[Unit, Slots] = {}

        def other_passages(others: tuple[Phrase, ...]) -> Slots:
            if others not in elsewhere:
                lots = [np.empty(0, np.int32)]
                for other in others:
                    if other.lang and other.lang not in numbered:
                        continue
                    passages = find_stored(other.folded).passages
                    if other.lang and len(passages):
                        passages = passages[n.spoken[passages] == numbered[other.lang]]
                    lots.append(passages)
                elsewhere[others] = np.unique(np.concatenate(lots)).astype(np.int32)
            return elsewhere[others]

        def with_others(found: Found, others: tuple[Phrase, ...]) -> Found:
            added = other_passages(others)
            return scope.standing(np.union1d(found.passages, added).astype(np.int32)) if len(added) else found

        def sounding(unit: Unit, plain: Found) -> Slots:
            """Passages in languages that hardly know the word, with words that sound like it."""
            least = parsed.sounding.get(unit)
            if least is None:
                return np.empty(0, np.int32)
            if unit not in heard:
                held = np.bincount(scope.language[plain.documents], minlength=scope.languages) / n.per_document
                strange = held < _KNOWN * held.max() if held.any() else np.ones(scope.languages, np.bool_)
                if unit not in parsed.named:
                    strange &= np.array([lang not in SHORT_WORDS for lang in scope.langs])
                heard[unit] = self._sounding(postings, unit, least, strange) if strange.any() else np.empty(0, np.int32)
            return heard[unit]

        def look(column: str, unit: Unit, weight: float, *, alone: bool) -> None:
            plain = find(column, unit.folded if column == "folded" else unit.written)
            others = parsed.others.get(unit)
            found = with_others(plain, others) if others else plain
            like = sounding(unit, plain) if alone else found.passages[:0]
            heard_alone = np.setdiff1d(like, found.passages, assume_unique=True)
            every = scope.standing(np.union1d(found.passages, like).astype(np.int32)) if len(heard_alone) else found
            spoken = scope.language[every.documents]
            holders = np.bincount(spoken, minlength=scope.languages)
            rarity = weight * _rarity(n.per_document, holders, p.borrowed)
            among: Floats | None = None
            if alone:
                total[:] += rarity
                holding = np.bincount(spoken, every.uses, scope.languages)
                own = np.bincount(scope.language[plain.documents], plain.uses, scope.languages)
                usual[:] += weight * own / len(parsed.units)
                among = weight * _rarity(n.per_passage, holding, p.borrowed)
            named = np.flatnonzero(holders)
            only = int(named[0]) if len(named) == 1 else None
            if len(found.passages):
                out.append(_Unit(found, only, rarity, among))
            if len(heard_alone) and among is not None:
                out.append(_Unit(scope.standing(heard_alone), only, p.alike * rarity, p.alike * among))

        for unit in parsed.units:
            share = 0.0 if unit.plain else p.written
            look("folded", unit, 1 - share, alone=True)
            if share:
                look("written", unit, share, alone=True)
        for pair in parsed.pairs:
            look("folded", pair, p.pair, alone=False)
        usual = (usual + p.borrowed * usual.sum() / len(scope)) / (n.per_passage + p.borrowed)
        self.readable = usual / max(usual.max(), p.familiar)
        self._total = np.maximum(total, 1e-9)
        return out

    def _sounding(self, postings: Postings, unit: Unit, least: float, strange: Mask) -> Slots:
        """Passages in the strange languages that hold a word like a unit, as like as the likest of their language."""
        scope, spoken = self._scope, self._norms.spoken
        words = postings.sounding(key(spelling(unit.folded)))
        best, taken = np.zeros(scope.languages), np.zeros(scope.languages, np.int64)
        lots = [np.empty(0, np.int32)]
        for word, value in alike(unit.folded, words, least=least):
            open_ = strange & (value >= best - BESIDE) & (taken < MOST)
            if not open_.any():
                break
            passages = scope.found(("stored", word), partial(postings.find, "folded", word, stored=True)).passages
            passages = passages[open_[spoken[passages]]]
            if len(passages):
                here = np.unique(spoken[passages])
                best[here] = np.maximum(best[here], value)
                taken[here] += 1
                lots.append(passages)
        return np.unique(np.concatenate(lots)).astype(np.int32)

    def _add(self, unit: _Unit, among: Mask | None = None) -> None:
        """Add what a unit says to all documents that hold it, or to those ``among`` the marked."""
        p, n, spoken = self._p, self._norms, self._scope.language
        documents, uses, passages = unit.found.documents, unit.found.uses, unit.found.passages
        if among is not None:
            chosen = among[documents]
            documents, uses = documents[chosen], uses[chosen]
        rarity = unit.rarity[spoken[documents]] if unit.only is None else unit.rarity[unit.only]
        self._documents[documents] += rarity * uses * (p.k1 + 1) / (uses + n.documents[documents])
        if unit.passage_rarity is None:
            return
        if not len(documents):
            return
        if among is not None:
            passages = passages[among[self._scope.owner[passages]]]
        risen = self._passages[passages]
        among_all = unit.passage_rarity
        risen += (among_all[n.spoken[passages]] if unit.only is None else among_all[unit.only]) * n.passages[passages]
        self._passages[passages] = risen
        # A document's passages lie together, and none ever falls.
        ends = np.cumsum(uses)
        best = np.maximum.reduceat(risen, ends - uses)
        self._best[documents] = np.maximum(self._best[documents], best)

    def _standing(self) -> Floats:
        """Every document's score as far as it is counted."""
        if not len(self._documents):
            return self._documents
        return (self._documents + self._p.passage * self._best) / self._total[self._scope.language]

    def count(self, documents: Positions) -> None:
        """See to it that everything is counted for these documents."""
        missing = documents[~self._whole[documents]]
        if len(missing):
            marked = np.zeros(self._scope.documents, np.bool_)
            marked[missing] = True
            for unit in self._waiting:
                self._add(unit, marked)
            self._whole |= marked

    def everything(self) -> tuple[Floats, Floats]:
        """The scores of all documents and of all passages."""
        self.count(np.arange(self._scope.documents))
        return self._standing(), self._passages / self._total[self._norms.spoken]

    def best(self, k: int, good: Mask) -> Positions:
        """The k best of the good documents, best first, equals by position; only those that hold something."""
        standing = self._standing()
        while self._waiting and not self._whole.all():
            held = standing[(standing > 0) & good]
            if len(held) > k:
                least = float(np.partition(held, -k)[-k])
                open_ = np.flatnonzero((standing >= least - self._ceiling()[self._scope.language]) & good)
                if len(open_) <= max(4 * k, self._scope.documents // 4):
                    self.count(open_)
                    break
            # Too many could still be among the best: the least common of the common ones is added to all.
            self._add(self._waiting.pop(0), None if not self._whole.any() else ~self._whole)
            standing = self._standing()
        if not self._waiting:
            self._whole[:] = True
        else:
            standing = np.where(self._whole, self._standing(), 0.0)
        found = np.flatnonzero((standing > 0) & good)
        return found[top(standing[found], k)]

    def _ceiling(self) -> Floats:
        """By language, the most that what is waiting can add to a document's score."""
        p = self._p
        shortest = p.passage_k1 * (1 - p.passage_b + p.passage_b * p.floor)
        most = np.zeros(self._scope.languages)
        for unit in self._waiting:
            most += unit.rarity * (p.k1 + 1)
            if unit.passage_rarity is not None:
                most += p.passage * unit.passage_rarity * (p.passage_k1 + 1) / (1 + shortest)
        return most / self._total * (1 + 1e-9)

    def of(self, documents: Positions, passages: Positions) -> tuple[Floats, Floats]:
        """The scores of some documents (ascending) and of all their passages (as ``Scope.passages_of`` has them)."""
        self.count(documents)
        shares = self._passages[passages] / self._total[self._norms.spoken[passages]]
        whole = self._documents[documents] + self._p.passage * self._best[documents]
        return whole / self._total[self._scope.language[documents]], shares


def top(scores: Floats, k: int) -> Positions:
    """Positions of the k highest scores, highest first, equals by position."""
    if len(scores) > 4 * k:
        few = np.flatnonzero(scores >= np.partition(scores, -k)[-k])
        return few[np.argsort(-scores[few], kind="stable")[:k]]
    return np.argsort(-scores, kind="stable")[:k].astype(np.int64)


def _norms(scope: Scope, p: Bm25) -> _Norms:
    def make() -> _Norms:
        spoken = np.repeat(scope.language, scope.sizes)
        per_document = np.bincount(scope.language, minlength=scope.languages)
        per_passage = np.bincount(scope.language, scope.sizes, scope.languages).astype(np.int64)
        lengths = scope.lengths
        sizes = np.add.reduceat(lengths, scope.starts, dtype=np.int64) if scope.documents else np.empty(0, np.int64)
        words = np.bincount(scope.language, sizes, scope.languages)
        means = np.maximum(words / np.maximum(per_document, 1), 1.0)
        relative = np.maximum(sizes / means[scope.language], p.floor)
        documents = p.k1 * (1 - p.b + p.b * relative)
        means = np.maximum(words / np.maximum(per_passage, 1), 1.0)
        longest = int(lengths.max()) + 1 if len(lengths) else 1
        # Passages have few different lengths: the factor of each is worked out once, by language.
        each = np.arange(longest) / means[:, None] if longest <= _LONG else lengths / means[spoken]
        relative = np.maximum(each, p.floor)
        passages = (p.passage_k1 + 1) / (1 + p.passage_k1 * (1 - p.passage_b + p.passage_b * relative))
        if longest <= _LONG:
            passages = passages.ravel()[spoken * np.int32(longest) + lengths]
        return _Norms(documents, passages, per_document, per_passage, spoken)

    found: _Norms = scope.kept(p, make)
    return found


def _rarity(n: Positions, df: npt.NDArray[np.number], borrowed: float) -> Floats:
    """Inverse document frequency by language, each language taken with ``borrowed`` documents of the whole."""
    share = borrowed / n.sum()
    total, held = n * 1.0 + borrowed, df + share * df.sum()
    rarity: Floats = np.log1p((total - held + 0.5) / (held + 0.5))
    return rarity
