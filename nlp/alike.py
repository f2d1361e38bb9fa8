"""Entities that are probably one: names that sound alike in two languages, in documents about the same things.

Names alone do not tell: two persons go by one name, and one person by many. So names propose, by a common
transliteration, and what stands around them disposes: the countries and known entities of the documents that have
them, and how near in time these are. Candidates are found by blocks of consonants, so that the work grows with the
names that sound alike and not with all pairs.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations

from rapidfuzz import fuzz

from domain.entity import EntityKind
from nlp.transliteration import certain, key, likeness

LEAST_LIKENESS = 0.65
"""Names less alike than this are never proposed."""
SURE_LIKENESS = 0.95
"""Names at least so alike (in letters that say how they sound) and alone in it may be linked without a person."""
BY_CONSONANTS = 0.82
"""So alike at most are two full names whose consonants agree, in scripts that differ."""
LEAST_SCORE = 0.6
NEAR_DAYS = 7
"""Documents further apart in time tell nothing of each other."""
LARGE_BLOCK = 60
_LOOKED_AT = 25
"""Documents of an entity that are compared, the newest."""
_SOFT = re.compile(r"[aeiouyhw]+")
_CLASSES = str.maketrans("bdgjzclv", "ptksskrf")
_GROUPS = {
    EntityKind.PERSON: "person", EntityKind.ORGANISATION: "body", EntityKind.BODY: "body", EntityKind.OFFICE: "body",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Paper:
    """A document that names an entity, as far as it tells who is meant: ``around`` are ids of what else it names."""

    id: int
    day: date
    lang: str
    around: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """An entity with the names it goes by and the documents that name it.

    ``fixed``: known to the gazetteer or added by a person; two such are never proposed as one. ``country``: whose it
    is.
    """

    id: str
    kind: EntityKind
    names: tuple[str, ...]
    country: str | None = None
    papers: tuple[Paper, ...] = ()
    fixed: bool = False

    @property
    def languages(self) -> frozenset[str]:
        """Languages of its documents."""
        return frozenset(paper.lang for paper in self.papers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two entities that are probably one.

    Attributes:
        one, other: ids; the second is the one to keep (fixed, or in more documents).
        names: the two names that are most alike. likeness: of these, 0 to 1. context: how much the documents are about
            the same, 0 to 1. papers: the two documents that are most so, where both have any.
        sure: whether they may be linked without a person.
    """

    one: str
    other: str
    names: tuple[str, str]
    likeness: float
    context: float
    score: float
    papers: tuple[int, int] | None
    sure: bool = False


def propose(
    profiles: Iterable[Profile], *, weight: Mapping[str, float], refused: frozenset[frozenset[str]] = frozenset()
) -> list[Pair]:
    """Pairs that are probably one, the most probable first.

    Args:
        weight: of what documents name, how telling it is (the rarer the more); what is not there counts 0.
        refused: pairs that a person said are two.
    """
    held = {one.id: one for one in profiles if one.kind in _GROUPS}
    found: list[Pair] = []
    for a, b in sorted(_candidates(held.values())):
        one, other = held[a], held[b]
        if (one.fixed and other.fixed) or frozenset((a, b)) in refused:
            continue
        pair = judged(one, other, weight=weight)
        if pair is not None:
            found.append(pair)
    return _told(sorted(found, key=lambda p: (-p.score, p.one, p.other)), held)


def judged(one: Profile, other: Profile, *, weight: Mapping[str, float]) -> Pair | None:
    """How probable it is that two entities are one; None where it is not worth a look."""
    kind = one.kind if one.kind is EntityKind.PERSON else EntityKind.ORGANISATION
    like, names = max(
        ((_alike(a, b, kind), (a, b)) for a in one.names for b in other.names), default=(0.0, ("", "")),
        key=lambda found: found[0],
    )  # fmt: skip
    if like < (LEAST_LIKENESS if script(names[0]) != script(names[1]) else 0.75):
        return None
    context, papers = _context(one, other, weight)
    apart = bool(one.papers) and bool(other.papers) and not one.languages & other.languages
    score = 0.65 * like + 0.3 * min(1.0, context * 1.5) + (0.05 if apart else 0.0)
    if score < LEAST_SCORE or (like < 0.9 and context < (0.3 if like <= BY_CONSONANTS else 0.2)):
        return None
    # The one to keep: what is known, else what more documents name.
    keep = (other.fixed, len(other.papers), other.id) >= (one.fixed, len(one.papers), one.id)
    first, second = (one, other) if keep else (other, one)
    told = papers if keep or papers is None else (papers[1], papers[0])
    return Pair(one=first.id, other=second.id, names=names if keep else (names[1], names[0]), likeness=round(like, 3),
                context=round(context, 3), score=round(score, 3), papers=told)  # fmt: skip


def _alike(a: str, b: str, kind: EntityKind) -> float:
    value = likeness(a, b, kind)
    one, two = key(a), key(b)
    # A name of one word is a family name or a given one: of whom, only the text around can tell.
    short = min(len(one.split()), len(two.split())) < 2
    if short:
        return value * 0.9 if min(len(one), len(two)) < 7 else value
    if kind is EntityKind.PERSON and value < BY_CONSONANTS and script(a) != script(b):
        # Vowels, and what English makes of its letters ("Джеймс", "James"), are lost on the way between two scripts.
        bones = ["".join(_consonants(word) for word in name.split()) for name in (one, two)]
        same = fuzz.ratio(*bones) / 100 if min(map(len, bones)) >= 4 else 0.0
        return max(value, BY_CONSONANTS * same) if same >= 0.8 else value
    return value


def script(name: str) -> str:
    """The script of a name's first letter: ``LATIN``, ``CYRILLIC``, ``CJK`` ..."""
    first = next((c for c in name if c.isalpha()), "")
    return unicodedata.name(first, "").partition(" ")[0] if first else ""


def _context(one: Profile, other: Profile, weight: Mapping[str, float]) -> tuple[float, tuple[int, int] | None]:
    """How much the documents of two entities are about the same; the two that are most."""
    if not one.papers or not other.papers:
        bare, told = (one, other) if not one.papers else (other, one)
        if bare.country is None or not told.papers:
            return 0.0, None
        named = sum(f"iso:{bare.country}" in paper.around for paper in told.papers)
        return 0.5 * named / len(told.papers), None
    best, papers = 0.0, None
    both = {one.id, other.id}
    for a in sorted(one.papers, key=lambda p: p.day, reverse=True)[:_LOOKED_AT]:
        for b in sorted(other.papers, key=lambda p: p.day, reverse=True)[:_LOOKED_AT]:
            gap = abs((a.day - b.day).days)
            if gap > NEAR_DAYS or a.id == b.id:
                continue
            shared = sum(weight.get(x, 0.0) for x in (a.around & b.around) - both)
            if not shared:
                continue
            all_a, all_b = (sum(weight.get(x, 0.0) for x in p.around - both) for p in (a, b))
            value = shared / math.sqrt(all_a * all_b) * (1 - gap / (2 * NEAR_DAYS))
            if value > best:
                best, papers = value, (a.id, b.id)
    return best, papers


def _told(pairs: Sequence[Pair], held: Mapping[str, Profile]) -> list[Pair]:
    """The pairs, those marked that are beyond doubt: full names that sound the same in two scripts whose letters say
    how they sound, about the same things, and neither has another that comes near."""
    rivals: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        if pair.likeness >= 0.9:
            rivals[pair.one].append(pair)
            rivals[pair.other].append(pair)
    found = []
    for pair in pairs:
        a, b = pair.names
        whole = min(len(key(x).split()) for x in (a, b)) >= 2 and min(len(key(x).replace(" ", "")) for x in (a, b)) >= 7
        alone = all(
            _same_person(pair, rival, held) for end in (pair.one, pair.other) for rival in rivals[end] if rival != pair
        )
        sure = (
            pair.likeness >= SURE_LIKENESS and whole and script(a) != script(b) and certain(a) and certain(b)
            and pair.context >= 0.15 and held[pair.one].kind is held[pair.other].kind and alone
        )  # fmt: skip
        found.append(replace(pair, sure=sure))
    return found


def _same_person(pair: Pair, rival: Pair, held: Mapping[str, Profile]) -> bool:
    """Whether a rival is another spelling of the same name: then there is no doubt who is meant."""
    names = {key(x) for x in (*pair.names, *rival.names)}
    first = min(names)
    return all(likeness(first, x, held[pair.one].kind) >= SURE_LIKENESS for x in names)


# --- candidates


def _candidates(profiles: Iterable[Profile]) -> set[tuple[str, str]]:
    """Pairs of ids that are worth a comparison: of one group of kinds, with two consonant skeletons in common or the
    whole one, or one that few have."""
    narrow: dict[str, set[str]] = defaultdict(set)
    wide: dict[str, set[str]] = defaultdict(set)
    for one in profiles:
        group = _GROUPS[one.kind]
        for name in one.names:
            parts = sorted({bone for word in key(name).split() if len(bone := _bones(word)) >= 1})
            for a, b in combinations(parts, 2):
                narrow[f"{group} {a} {b}"].add(one.id)
            if whole := _bones(key(name).replace(" ", "")):
                narrow[f"{group} {whole[:5]}"].add(one.id)
            for part in parts:
                if len(part) > 1:
                    wide[f"{group} {part}"].add(one.id)
    found: set[tuple[str, str]] = set()
    for block, limit in ((narrow, 10 * LARGE_BLOCK), (wide, LARGE_BLOCK)):
        for ids in block.values():
            if len(ids) <= limit:
                found |= {(a, b) for a, b in combinations(sorted(ids), 2)}
    return found


def _bones(word: str) -> str:
    """The first consonants of a word, those that languages confuse as one."""
    return _consonants(word)[:4] or word[:1]


def _consonants(word: str) -> str:
    return _SOFT.sub("", word.translate(_CLASSES))
