"""Mentions of several finders made one: each name once, linked to what is known, no two overlapping.

The gazetteer wins where both mark the same stretch. A longer name that holds a known person, body or place of its
own kind is that one ("President Xi Jinping"). A person called by one name is the one who was called by the full name
before. What nothing knows keeps its folded name as its identity.
"""

from __future__ import annotations

import bisect
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import replace
from typing import Protocol

from domain.entity import Entity, EntityKind, Mention
from domain.text import fold, words
from nlp.segment_rules import word_set
from nlp.stems import DECLINED, stem
from nlp.transliteration import key as transliteration_key
from nlp.transliteration import latin

_ORGANISATIONS = frozenset([EntityKind.ORGANISATION, EntityKind.BODY, EntityKind.OFFICE])
_PLACES = frozenset([EntityKind.PLACE, EntityKind.COUNTRY])
_TITLES = word_set(
    "mr mrs ms miss dr sir lord lady prof professor president premier prime minister secretary general ambassador "
    "senator governor king queen prince princess colonel major captain admiral marshal chairman foreign vice "
    "deputy chancellor monsieur madame mme m le la ministre herr frau senor senora don ong ba anh chi co bac dong "
    "chu tich thu tuong tong thong bi bo truong pho dai su bieu thuong trung ta giao tien si "
)
# Of persons from here the family name comes first and is what they are called by; Vietnamese go by the last.
_FAMILY_FIRST = frozenset(["CN", "TW", "HK", "KP", "KR"])
_CYRILLIC_OR_GREEK = re.compile(r"[\u0370-\u03ff\u0400-\u04ff\u1f00-\u1fff]")
# Russian and Ukrainian endings as English writes them.
_ENDS = {"skii": "sky", "tskii": "tsky", "aia": "aya", "ei": "ey"}
_LATIN_ENDS = re.compile(r"(?:t?skii|aia|ei)$")
_EDGE = re.compile(r"^[\s'’s.,–-]+|[\s.,–-]+$")


class PersonFinder(Protocol):
    """Knows persons by more than the names of a gazetteer."""

    def find(self, name: str, *, lang: str | None, countries: Set[str]) -> Entity | None:
        """The person a name means in a text that names ``countries``, or None."""
        ...


def link(
    text: str,
    known: Iterable[Mention],
    found: Iterable[Mention],
    *,
    persons: PersonFinder | None = None,
    lang: str | None = None,
) -> tuple[Mention, ...]:
    """Gazetteer mentions and recogniser mentions of one text as one sequence, sorted, without overlaps.

    Args:
        persons: knows persons by other spellings, initials and case forms than the gazetteer lists.
        lang: language of the text, ISO 639-1.
    """
    fixed = without_overlaps(known)
    kept: list[Mention] = []
    dropped: set[int] = set()
    for mention in without_overlaps(found):
        inside = [k for k in _overlapping(fixed, mention) if id(k) not in dropped]
        result = _a_person(mention, inside, persons, lang) or _against(mention, inside, text)
        if result is None:
            continue
        kept.append(result)
        # What the longer name took in is no mention of its own any more.
        dropped.update(id(k) for k in inside if result.start < k.end and k.start < result.end)
    rest = [mention for mention in fixed if id(mention) not in dropped]
    return tuple(without_overlaps([*rest, *_named(kept, rest, persons, lang)]))


def without_overlaps(mentions: Iterable[Mention]) -> list[Mention]:
    """The longest of mentions that overlap (the first of equals), in the order of the text."""
    kept: list[Mention] = []
    taken: set[int] = set()
    for mention in sorted(mentions, key=lambda m: (m.start - m.end, m.start)):
        stretch = range(mention.start, mention.end)
        if mention.end > mention.start and taken.isdisjoint(stretch):
            taken.update(stretch)
            kept.append(mention)
    return sorted(kept, key=lambda m: m.start)


def _overlapping(fixed: Sequence[Mention], mention: Mention) -> list[Mention]:
    at = bisect.bisect_left(fixed, mention.start, key=lambda m: m.end)
    found = []
    while at < len(fixed) and fixed[at].start < mention.end:
        if fixed[at].end > mention.start:
            found.append(fixed[at])
        at += 1
    return found


def _against(mention: Mention, inside: Sequence[Mention], text: str) -> Mention | None:
    """What a recogniser's mention becomes in view of the known ones it overlaps; None when they say it all."""
    if not inside:
        return mention
    same = [k for k in inside if _same_kind(mention.kind, k.kind)]
    contained = all(mention.start <= k.start and k.end <= mention.end for k in inside)
    if mention.kind is EntityKind.PERSON and len(inside) == 1 and same and not contained:
        # "President Xi" is known and "Xi Jinping" was found: one name from the first to the last of both.
        known = same[0]
        start, end = min(mention.start, known.start), max(mention.end, known.end)
        if (start, end) == (known.start, known.end):
            return None
        return _linked(replace(mention, start=start, end=end, surface=text[start:end]), known)
    if not contained or any(k.start == mention.start and k.end == mention.end for k in inside):
        return None
    if mention.kind is EntityKind.PERSON:
        if same:
            return _linked(mention, same[-1])
        return _without_edges(mention, inside)
    if mention.kind in _ORGANISATIONS:
        # A larger body's name may begin with a smaller one's; the last word says what it is ("UN Security Council").
        if same:
            return _linked(mention, max(same, key=lambda k: (k.end - k.start, k.start)))
        codes = tuple(dict.fromkeys(code for k in inside for code in k.countries))
        return replace(mention, countries=codes)
    # "Northern Vietnam", "the Gulf of Tonkin coast": the known place is the one with a code.
    return None


def _a_person(
    mention: Mention, inside: Sequence[Mention], persons: PersonFinder | None, lang: str | None
) -> Mention | None:
    """What was taken for a place and is a known person with the one name that is known: "Władimira Putina"."""
    if mention.kind is not EntityKind.PLACE or persons is None:
        return None
    known = next((k for k in inside if k.kind is EntityKind.PERSON and k.end == mention.end), None)
    if known is None or known.start <= mention.start:
        return None
    person = persons.find(mention.surface, lang=lang, countries=set(known.countries))
    return _linked(mention, known) if person is not None and person.id == known.entity_id else None


def _same_kind(kind: EntityKind, other: EntityKind) -> bool:
    return kind is other or any(kind in group and other in group for group in (_ORGANISATIONS, _PLACES))


def _linked(mention: Mention, known: Mention) -> Mention:
    method = known.method if mention.method in known.method.split("+") else f"{known.method}+{mention.method}"
    return replace(known, start=mention.start, end=mention.end, surface=mention.surface, method=method)


def _without_edges(mention: Mention, inside: Sequence[Mention]) -> Mention | None:
    """A person's name without a nationality before or after it ("Vietnam's Nguyen Van A")."""
    start, end = mention.start, mention.end
    for known in inside:
        if known.kind not in (EntityKind.COUNTRY, EntityKind.OFFICE, EntityKind.BODY):
            continue
        if known.start == start:
            start = known.end
        elif known.end == end:
            end = known.start
    surface = mention.surface[start - mention.start : end - mention.start]
    trimmed = _EDGE.sub("", surface)
    if (start, end) == (mention.start, mention.end):
        return mention
    if len(trimmed) < 2 or not trimmed[0].isupper():
        return None
    at = start + surface.index(trimmed)
    return replace(mention, start=at, end=at + len(trimmed), surface=trimmed, name=trimmed)


def _key(name: str) -> tuple[str, ...]:
    return tuple(words(fold(name)))


def _bare(key: tuple[str, ...]) -> tuple[str, ...]:
    """A person's name without what they are called before it."""
    at = 0
    while at < len(key) - 1 and key[at].rstrip(".") in _TITLES:
        at += 1
    return key[at:]


def name_id(kind: EntityKind, name: str) -> str:
    """The id of one that only a recogniser saw, of a kind: by the folded name, of persons in Latin letters.

    A person's name in Cyrillic or Greek letters and in the Latin ones that stand for them is one id: what the letters
    say is certain there. Other scripts keep their own.
    """
    key = _key(name)
    if kind is EntityKind.PERSON and _CYRILLIC_OR_GREEK.search(name):
        key = tuple(_LATIN_ENDS.sub(lambda m: _ENDS[m.group()], word) for word in words(latin(name)))
    return f"name:{kind.value}:{'-'.join(key)}"


def _named(
    mentions: Sequence[Mention], known: Sequence[Mention], persons: PersonFinder | None, lang: str | None
) -> list[Mention]:
    """Recogniser mentions with their identity: known persons by other or single names, else the folded name."""
    countries = {code for m in (*known, *mentions) for code in m.countries}
    free = [m for m in mentions if not m.entity_id]
    kinds: dict[tuple[str, ...], Counter[EntityKind]] = defaultdict(Counter)
    for mention in free:
        kinds[_key(mention.name)][mention.kind] += 1
    called: dict[str, list[Mention]] = defaultdict(list)
    for person in (*known, *(m for m in mentions if m.entity_id)):
        if person.kind is EntityKind.PERSON:
            _remember(called, person)
    result: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: m.start):
        if mention.entity_id:
            result.append(mention)
            continue
        key = _key(mention.name)
        counts = kinds[key]
        kind = max(counts, key=lambda k: (counts[k], k is mention.kind)) if len(counts) > 1 else mention.kind
        name = " ".join(mention.name.split())
        if kind is EntityKind.PERSON:
            key = _bare(key)
            name = " ".join(words(name)[-len(key) :]) if key else name
        if not key:
            continue
        if kind is EntityKind.PLACE and lang in DECLINED and persons is not None and 1 < len(key) < 4:
            # In a case form a person's name looks much like a place's.
            kind = EntityKind.PERSON if persons.find(name, lang=lang, countries=countries) is not None else kind
        if kind is EntityKind.PERSON:
            earlier = _earlier(called, key, name, mention.start, declined=lang in DECLINED)
            if earlier is not None:
                result.append(_linked(mention, earlier))
                continue
            listed = persons.find(name, lang=lang, countries=countries) if persons is not None else None
            if listed is not None:
                country = (listed.country,) if listed.country else ()
                entity = replace(mention, entity_id=listed.id, kind=kind, name=listed.name, countries=country,
                                 method=f"gazetteer+{mention.method}")  # fmt: skip
                result.append(entity)
                _remember(called, entity)
                continue
        entity = replace(mention, entity_id=name_id(kind, name), kind=kind, name=name)
        result.append(entity)
        if kind is EntityKind.PERSON:
            _remember(called, entity)
    return result


def _earlier(
    called: dict[str, list[Mention]], key: tuple[str, ...], name: str, start: int, *, declined: bool
) -> Mention | None:
    """The one person before ``start`` who is called so: by one name, or in another case by the whole."""
    filed = [key[0]] if len(key) == 1 else []
    if declined and not _too_short(key):
        filed.append(_stems(name))
    for one in filed:
        found = {person.entity_id: person for person in called.get(one, ()) if person.start < start}
        if len(found) == 1:
            return next(iter(found.values()))
    return None


def _too_short(key: tuple[str, ...]) -> bool:
    """Whether a name is too short for its case forms to be told from other names."""
    return len(key) == 1 and len(key[0]) < 4


def _stems(name: str) -> str:
    return "~" + " ".join(map(stem, transliteration_key(name).split()))


def _remember(called: dict[str, list[Mention]], person: Mention) -> None:
    """File a person under what they may be called by later: the one name, and the stems of the whole and of the one."""
    # The name as it is known and as it was written here, which may be in other letters.
    for name in {person.name, person.surface}:
        key = _bare(_key(name))
        if len(key) < 2:
            continue
        family_first = bool(_FAMILY_FIRST.intersection(person.countries))
        alone = key[0] if family_first else key[-1]
        called[alone].append(person)
        called[_stems(alone)].append(person)
        called[_stems(" ".join(words(name)[-len(key) :]))].append(person)
