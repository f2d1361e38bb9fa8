"""Search by words: BM25 over the passages a reader may see, with the postings taken from FTS5.

FTS5 ranks over all that it holds; a hidden or deleted text would then change the ranks of the others. So it says only
which passages hold a word (``index.postings``), and document frequencies, lengths and scores are counted here over the
allowed ones.

A query is broken into *units*: words, and in scripts written without spaces pairs of adjacent characters. Neighbouring
units are looked for as phrases too and add a little. BM25 is Robertson and Zaragoza's (2009, "The Probabilistic
Relevance Framework"); how often a document uses a word is counted in passages, which measured no worse than counting
every use (``benchmarks/cloze.py``) and lets a phrase cost as little as a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from domain.document import Span
from domain.text import fold, is_unspaced
from index.expansion import Alternatives, Phrase, folded_parts, number_phrases, numbers, phrases
from index.expansion_alike import LIKE, LIKE_WORD, told
from index.postings import PREFIX, Postings
from index.scope import Scope
from index.stopwords import STOPWORDS
from index.words import part_spans, parts, search_words

MAX_UNITS = 256
"""A longer query is read up to here: what matters is said by then."""
TYPED_WORDS = 10
"""Up to so many words a query was typed, and its quotes and dashes are meant; a longer one is pasted text."""

# Horn, hook above and dot below: letters of Vietnamese and of no other language with many readers here.
_VIETNAMESE = re.compile("[\u031b\u0309\u0323]")
_STACKING = ("\u17d2", "\u1039")
_HANGUL = re.compile("[\uac00-\ud7a3]+")  # Korean words carry their particles: a word is the beginning of others
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
        others: for units and pairs that are part of a name, the other names; what holds one holds them.
        sounding: words that those of other languages may sound like, and how like they must be. named: those of them
            that may be names; in a language of short words, others sound like everything.
    """

    units: tuple[Unit, ...]
    pairs: tuple[Unit, ...]
    phrases: tuple[Unit, ...] = ()
    excluded: tuple[Unit, ...] = ()
    others: Mapping[Unit, tuple[Phrase, ...]] = field(default_factory=dict)
    sounding: Mapping[Unit, float] = field(default_factory=dict)
    named: frozenset[Unit] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bm25:
    """The parameters, measured by ``benchmarks/cloze.py`` on its development queries.

    Attributes:
        k1, b: for whole documents, counted in passages. passage_k1, passage_b: for single passages.
        floor: a text shorter than this share of the mean length counts as so long; a title alone is no proof.
        passage: weight of a document's best passage beside the whole of it.
        pair: weight of neighbouring words found as neighbours.
        written: share of a unit's weight kept for texts that have it with the same diacritics.
        alike: share of a unit's weight for texts in another language that have a word which sounds like it.
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
    alike: float = 0.8
    borrowed: float = 10.0
    familiar: float = 0.2


def parse(query: str, alternatives: Sequence[Alternatives] = ()) -> Parsed:
    """Break a query into what is looked up. Nothing in it can be FTS5 syntax; no query is refused.

    ``alternatives`` are other names of things that the query names: stretches of it, written as they are there.

    In a query of at most ``TYPED_WORDS`` words, ``"..."`` must stand in the document as it is, and ``-word`` must not.
    """
    insisted: list[Unit] = []
    excluded: list[Unit] = []
    if len(search_words(query)) <= TYPED_WORDS:
        for found in _EXCLUDED.findall(query):
            if out := _parts(found):
                excluded.append(_join(out))
        rest = _EXCLUDED.sub(" ", query)
        if _parts(rest):
            insisted = [_join(inner) for inner in map(_parts, _QUOTED.findall(rest)) if inner]
            query = rest
        else:  # nothing but exclusions: they are the words looked for
            excluded = []
    units: list[Unit] = []
    pairs: list[Unit] = []
    every = _parts(query)
    for run in _runs(every):
        if is_unspaced(run[0].written):
            whole = _clusters(run)
            units += _grams(whole, 2) if len(whole) > 1 else whole
            pairs += _grams(whole, 3)
        else:
            units += run
            # Two words that both say nothing are slow to look up as a phrase and worth nothing.
            says = [u.folded not in STOPWORDS for u in run]
            pairs += [pair for i, pair in enumerate(_grams(run, 2)) if says[i] or says[i + 1]]
    found, joined = _once(units), _once(pairs)
    named_so = [(folded_parts(one.surface), phrases(one.names)) for one in alternatives]
    named_so += [(list(digits), number_phrases(digits)) for digits in numbers(query)]
    named_so += [([u.folded], (Phrase(f"{u.folded}{PREFIX}", "ko"),)) for u in found if _HANGUL.fullmatch(u.folded)]
    others = _others([u.folded for u in every], {*found, *joined}, named_so) if named_so else {}
    sounding, named = _sounding(query, found)
    return Parsed(found, joined, tuple(insisted), tuple(excluded), others, sounding, named)


def _sounding(query: str, units: Sequence[Unit]) -> tuple[dict[Unit, float], frozenset[Unit]]:
    """Units that words of other languages may sound like, with the least likeness; and those that may be names."""
    # A capital at the beginning of a question says nothing only where the others have none.
    capital = {key for word in search_words(query) if _may_be_name(word) for key in folded_parts(word)}
    short_words = language(query) == "vi"
    out: dict[Unit, float] = {}
    for unit in units:
        name = unit.folded in capital
        if told(unit.folded) and unit.folded not in STOPWORDS and (name or not short_words):
            out[unit] = LIKE if name else LIKE_WORD
    return out, frozenset(unit for unit in out if unit.folded in capital)


def _may_be_name(word: str) -> bool:
    """Whether a word has a capital, or is in a script that has none."""
    return word[0].isupper() or word[0].upper() == word[0].lower()


def language(query: str) -> str:
    """``vi`` where the letters of a query are Vietnamese beyond doubt, else empty."""
    return "vi" if _VIETNAMESE.search(unicodedata.normalize("NFD", query)) else ""


def _others(
    every: Sequence[str], wanted: set[Unit], named_so: Sequence[tuple[Sequence[str], tuple[Phrase, ...]]]
) -> dict[Unit, tuple[Phrase, ...]]:
    """Other names by the units and pairs that lie within a named stretch of the query's parts."""
    by_name: dict[str, list[Unit]] = {}
    for unit in wanted:
        by_name.setdefault(unit.folded, []).append(unit)
    out: dict[Unit, dict[Phrase, None]] = {}
    for surface, named in named_so:
        stands = any(every[i : i + len(surface)] == surface for i in range(len(every) - len(surface) + 1))
        if not surface or not stands or not named:
            continue
        spelled = " ".join(surface)
        for size in (1, 2, 3):
            for i in range(len(surface) - size + 1):
                for unit in by_name.get(" ".join(surface[i : i + size]), ()):
                    mine = (other for other in named if other.folded != spelled)
                    out.setdefault(unit, {}).update(dict.fromkeys(mine))
    return {unit: tuple(found) for unit, found in out.items() if found}


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


def _clusters(run: Sequence[Unit]) -> list[Unit]:
    """Characters of an unspaced script with the signs that stand on them: a vowel sign alone says nothing."""
    out: list[list[Unit]] = []
    for part in run:
        # What follows the sign that stacks Khmer and Burmese consonants is stacked, and no character of its own.
        stacked = bool(out) and out[-1][-1].written in _STACKING
        if out and (stacked or unicodedata.category(part.written[0]).startswith("M")):
            out[-1].append(part)
        else:
            out.append([part])
    return [_join(parts) for parts in out]


def _grams(run: Sequence[Unit], n: int) -> list[Unit]:
    return [_join(run[i : i + n]) for i in range(len(run) - n + 1)]


def admissible(scope: Scope, postings: Postings, parsed: Parsed) -> npt.NDArray[np.bool_]:
    """Which documents hold every phrase the query insists on (in one passage) and no word that it excludes."""
    good = np.ones(scope.documents, np.bool_)
    for unit in parsed.phrases:
        holds = np.zeros(scope.documents, np.bool_)
        holds[scope.owner[scope.within(postings.find("folded", unit.folded))]] = True
        good &= holds
    for unit in parsed.excluded:
        good[scope.owner[scope.within(postings.find("folded", unit.folded))]] = False
    return good


def marks(passage: str, query: str) -> tuple[Span, ...]:
    """Where words of the query stand in a passage, folded alike, for showing; ascending and apart.

    Words so common that they say nothing are marked only when the query has no others. In scripts without spaces the
    marked runs are two characters or longer, unless the query has one character alone.
    """
    return marks_of(passage, telling(parse(query)))


def telling(parsed: Parsed) -> frozenset[str]:
    """The folded units that are worth marking: those that are not common, or all where all are; and other names."""
    wanted = frozenset(u.folded for u in parsed.units)
    others = frozenset(one.folded for names in parsed.others.values() for one in names)
    return ((wanted - STOPWORDS) or wanted) | others


def marks_of(passage: str, wanted: frozenset[str]) -> tuple[Span, ...]:
    """As ``marks``, for a query whose telling units are known."""
    begun = _by_first(wanted)
    words = [(start, end, _folded(passage[start:end])) for start, end in part_spans(passage)]
    found: list[tuple[int, int]] = []
    for i, (start, end, key) in enumerate(words):
        if _HANGUL.match(key) and len(key) == end - start:
            found += [(start, start + n) for n in range(1, len(key)) if f"{key[:n]}{PREFIX}" in wanted]
        for rest in begun.get(key, ()):
            after = words[i + 1 : i + 1 + len(rest)]
            if tuple(word for _, _, word in after) != rest:
                continue
            # Characters of an unspaced script are neighbours only where nothing is between them.
            if not rest or not is_unspaced(passage[start]) or after[-1][1] - start == end - start + _length(after):
                found.append((start, after[-1][1] if after else end))
    return _merged(sorted(found))


def _length(words: Sequence[tuple[int, int, str]]) -> int:
    return sum(end - start for start, end, _ in words)


@lru_cache(maxsize=64)
def _by_first(wanted: frozenset[str]) -> dict[str, list[tuple[str, ...]]]:
    """What is to be marked by its first part: the parts that must follow."""
    out: dict[str, list[tuple[str, ...]]] = {}
    for one in wanted:
        first, *rest = one.split(" ")
        out.setdefault(first, []).append(tuple(rest))
    return out


_folded = lru_cache(maxsize=1 << 16)(fold)
"""Most words of a passage are among the commonest: folding them again for every hit would take as long as scoring."""


def _merged(found: Sequence[tuple[int, int]]) -> tuple[Span, ...]:
    out: list[Span] = []
    for start, end in found:
        if out and start < out[-1].end:
            out[-1] = Span(out[-1].start, max(end, out[-1].end))
        else:
            out.append(Span(start, end))
    return tuple(out)
