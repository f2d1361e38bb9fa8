"""The country of an actor that a table of events names without one.

Asked in turn: a country in brackets; a known office-holder, institution or group of that name; a nationality or a
country in the name of an institution ("Yemeni Armed Forces", "Reserve Bank of India"). A person's name is compared
without accents, middle names and the ways of writing Cyrillic and Arabic sounds.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from domain.entity import Entity, EntityKind
from nlp.gazetteer import Gazetteer
from nlp.segment_rules import word_set

_BRACKETS = re.compile(r"\(([^()]+)\)\s*$")
_TITLES = word_set(
    "president prime minister king queen prince princess emperor pope sheikh sheik general gen mr mrs ms dr sir lord "
    "lady ayatollah imam mullah senator governor ambassador sultan emir archbishop cardinal colonel former deputy vice "
    "the al el bin ibn de la da dos abu von van"
)
_SOUNDS = (
    ("kh", "h"), ("gh", "g"), ("ph", "f"), ("tch", "ch"), ("tsch", "ch"), ("sch", "sh"), ("ck", "k"), ("q", "k"),
    ("x", "ks"), ("w", "v"), ("j", "y"), ("ou", "u"), ("oo", "u"), ("ee", "i"), ("iy", "i"), ("yy", "i"), ("ey", "e"),
    ("ay", "e"), ("ei", "e"), ("ai", "e"), ("ie", "e"), ("y", "i"), ("ll", "l"), ("z", "s"), ("c", "k"),
)  # fmt: skip
_NO_COUNTRY = re.compile(
    r"\b(?:international|united nations|european|african union|arab league|world|inter-american)\b", re.I
)
_INSTITUTION = re.compile(
    r"\b(?:army|navy|air force|armed forces|forces?|police|government|ministry|minister|department|court|bank|"
    r"parliament|"
    r"congress|senate|assembly|party|union|university|council|commission|agency|authority|guard|front|movement|army|"
    r"company|corporation|embassy|federation|association|committee|office|board|institute|times|news|television|radio|"
    r"airlines?|church|league|alliance|group|militia|rebels?|insurgents?|liberation|workers?|students?|citizens?|military|"
    r"defen[cs]e|national|royal|state|federal|central|people's|republic|democratic|oil|gas|railways?|exchange|service|lok|"
    r"reserve|supreme|high|hospital|organi[sz]ation|journalists?|media|intelligence|security)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Known:
    """A known actor; the years, where they are known, decide between two of one name."""

    country: str
    since: int
    until: int


@dataclass(slots=True)
class Actors:
    """Looks up the countries of actors; each name once.

    Args:
        gazetteer: where office-holders, institutions and groups are known.
    """

    gazetteer: Gazetteer
    _persons: dict[str, list[_Known]] | None = None
    _bodies: dict[str, list[_Known]] | None = None
    _seen: dict[str, str | None] = field(default_factory=dict)

    def country_of_actor(self, name: str, *, day: date | None = None) -> str | None:
        """The ISO 3166-1 alpha-2 code of the country that an actor of this name acts for; None where it is not known.

        ``day`` chooses between two of one name: the one whose years in office are nearer.
        """
        found = self._named(name, day)
        if found is not None:
            return found
        if name not in self._seen:
            self._seen[name] = self._by_words(name)
        return self._seen[name]

    def _named(self, name: str, day: date | None) -> str | None:
        if self._persons is None or self._bodies is None:
            self._load()
        assert self._persons is not None
        assert self._bodies is not None
        bare = _plain(_BRACKETS.sub("", name))
        for table, keys in ((self._bodies, [bare]), (self._persons, list(_person_keys(name)))):
            for key in keys:
                if known := table.get(key):
                    return _nearest(known, day)
        return None

    def _by_words(self, name: str) -> str | None:
        bracket = _BRACKETS.search(name)
        if bracket is not None:
            inside = self._countries(bracket.group(1))
            if len(inside) == 1:
                return inside.pop()
        if _NO_COUNTRY.search(name) or not _INSTITUTION.search(name):
            # A nationality alone is enough ("Iraqis"), a surname that is a town is not.
            only = [m for m in self.gazetteer.find(name, lang="en") if m.kind is EntityKind.COUNTRY]
            whole = [m for m in only if m.end - m.start >= len(name) - 2]
            return whole[0].countries[0] if whole and len(whole[0].countries) == 1 else None
        inside = self._countries(name)
        return inside.pop() if len(inside) == 1 else None

    def _countries(self, text: str) -> set[str]:
        """What countries a name of an institution speaks of: by themselves, else by its towns and places."""
        found = self.gazetteer.find(text, lang="en")
        own = {code for m in found if m.kind is not EntityKind.PLACE for code in m.countries}
        return own or {code for m in found for code in m.countries}

    def _load(self) -> None:
        persons: dict[str, list[_Known]] = {}
        bodies: dict[str, list[_Known]] = {}
        for entity in self.gazetteer.entities():
            if entity.country is None or entity.kind not in (EntityKind.PERSON, EntityKind.BODY, EntityKind.OFFICE):
                continue
            known = _Known(entity.country, *self._years(entity))
            for name in {entity.name, *(n for names in entity.names.values() for n in names)}:
                if entity.kind is not EntityKind.PERSON:
                    _file(bodies, _plain(name), known)
                else:
                    for key in _person_keys(name):
                        _file(persons, key, known)
        self._persons, self._bodies = persons, bodies

    def _years(self, entity: Entity) -> tuple[int, int]:
        offices = self.gazetteer.offices(entity.id)
        since = [int(o["since"][:4]) for o in offices if o.get("since")]
        until = [int(o["until"][:4]) for o in offices if o.get("until")]
        open_ = any(not o.get("until") for o in offices)
        return min(since, default=0), 9999 if open_ or not until else max(until)


def _file(table: dict[str, list[_Known]], key: str, known: _Known) -> None:
    held = table.setdefault(key, [])
    if known not in held:
        held.append(known)


def _nearest(known: list[_Known], day: date | None) -> str | None:
    """The country; of several that of the years nearest to the day, none where that does not decide."""
    if len({one.country for one in known}) == 1:
        return known[0].country
    if day is None:
        return None
    distance = [max(one.since - day.year, day.year - one.until, 0) for one in known]
    best = {one.country for one, far in zip(known, distance, strict=True) if far == min(distance)}
    return best.pop() if len(best) == 1 else None


@functools.lru_cache(maxsize=65536)
def _plain(name: str) -> str:
    bare = unicodedata.normalize("NFKD", name.replace("đ", "d").replace("Đ", "D").replace("ł", "l").replace("ı", "i"))
    letters = "".join(c for c in bare if not unicodedata.combining(c)).casefold().replace("’", "'")
    return " ".join(re.sub(r"[^\w' ]+", " ", letters).split())


def _person_keys(name: str) -> Iterator[str]:
    """Ways to look a person up, the strictest first: all words, first and last word, both by their sounds."""
    words = [w for w in _plain(name).replace("'", "").split() if w not in _TITLES]
    if len(words) < 2:
        yield _plain(name)  # "Pope Francis"
        return
    yield " ".join(words)
    if len(words[0]) > 1 and len(words[-1]) > 1:
        yield f"{words[0]} {words[-1]}"
        yield f"~{_sound(words[0])} {_sound(words[-1])}"
        joined = "".join(words)
        yield f"={_sound(joined)}"


def _sound(word: str) -> str:
    for written, heard in _SOUNDS:
        word = word.replace(written, heard)
    return re.sub(r"(.)\1+", r"\1", word)
