"""Known persons by names that the gazetteer does not list: other spellings, case forms, initials, the order turned.

Names meet on their transliteration key (``nlp.transliteration``). A full name that is the same key is the person; what
fits less well (initials, a case form, a near spelling, a family name alone) is so only where the text speaks of the
person's country or is in its language. Who could be two persons is none of them.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Set

from domain.entity import Entity, EntityKind
from nlp.stems import DECLINED, stem
from nlp.transliteration import certain, key, likeness

NEAR = 0.93
"""Likeness from which two full names are one, in a text that speaks of the person's country."""

# Countries whose persons a text in the language is about without naming them.
_HOME = {
    "vi": {"VN"}, "ru": {"RU"}, "uk": {"UA"}, "pl": {"PL"}, "de": {"DE", "AT", "CH"}, "fr": {"FR"}, "it": {"IT"},
    "es": {"ES", "MX", "AR", "CO", "CL", "PE", "VE", "CU"}, "pt": {"PT", "BR"}, "nl": {"NL"}, "zh": {"CN", "TW"},
    "ja": {"JP"}, "ko": {"KR", "KP"}, "en": {"US", "GB"},
}  # fmt: skip


class Persons:
    """Finds persons of a gazetteer by other spellings of their names; reads them when it is first asked."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        self._waiting: Iterable[Entity] = entities
        self._lock = threading.Lock()
        self._full: dict[tuple[str, ...], set[str]] = defaultdict(set)
        self._stems: dict[tuple[str, ...], set[str]] = defaultdict(set)
        self._joined: dict[str, set[str]] = defaultdict(set)
        self._alone: dict[str, set[str]] = defaultdict(set)
        self._by_word: dict[str, set[str]] = defaultdict(set)
        self._held: dict[str, Entity] = {}
        self._names: dict[str, set[str]] = defaultdict(set)

    def _read(self) -> None:
        with self._lock:
            for entity in self._waiting:
                if entity.kind is EntityKind.PERSON:
                    self._add(entity)
            self._waiting = ()

    def _add(self, entity: Entity) -> None:
        self._held[entity.id] = entity
        for name in {entity.name, *(name for names in entity.names.values() for name in names)}:
            if not certain(name):
                continue
            parts = key(name).split()
            if len(parts) > 1:
                self._full[tuple(sorted(parts))].add(entity.id)
                self._stems[tuple(sorted(map(stem, parts)))].add(entity.id)
                self._joined["".join(parts)].add(entity.id)
                self._names[entity.id].add(name)
                for part in parts:
                    self._by_word[part].add(entity.id)
            elif parts and len(parts[0]) > 3:
                self._alone[parts[0]].add(entity.id)
                self._alone[stem(parts[0])].add(entity.id)

    def find(self, name: str, *, lang: str | None, countries: Set[str]) -> Entity | None:
        """The person a name means in a text that names ``countries``; None where nobody does, or more than one."""
        if self._waiting:
            self._read()
        if not certain(name):
            return None
        parts = key(name).split()
        if not parts or len(parts) > 6:
            return None
        near = set(countries) | _HOME.get(lang or "", set())
        if len(parts) == 1:
            found = self._alone.get(parts[0]) or (self._alone.get(stem(parts[0])) if lang in DECLINED else None)
            return self._only(found, near)
        # "Xi Jin-ping": a syllable's hyphen parts nothing.
        found = self._full.get(tuple(sorted(parts))) or self._joined.get("".join(parts))
        if found:
            return self._only(found, None) or self._only(found, near)
        if lang in DECLINED and (found := self._stems.get(tuple(sorted(map(stem, parts))))):
            return self._only(found, near) or (self._only(found, None) if len(parts) > 1 else None)
        return self._nearly(name, parts, near, slavic=lang in DECLINED)

    def _only(self, ids: Set[str] | None, near: Set[str] | None) -> Entity | None:
        fitting = [self._held[one] for one in ids or () if near is None or self._held[one].country in near]
        return fitting[0] if len(fitting) == 1 else None

    def _nearly(self, name: str, parts: list[str], near: Set[str], *, slavic: bool) -> Entity | None:
        """By initials and near spellings: at least one word of the name is one of the person's."""
        tried = {one for part in parts if len(part) > 2 for one in self._by_word.get(part, ())}
        if slavic:
            tried |= {one for part in parts if len(part) > 3 for one in self._alone.get(stem(part), ())}
        best: list[tuple[float, str]] = []
        for one in tried:
            entity = self._held[one]
            if entity.country not in near:
                continue
            value = max((likeness(name, own, EntityKind.PERSON) for own in self._names[one]), default=0.0)
            least = 0.9 if any(len(part) == 1 for part in parts) else NEAR
            if value >= least:
                best.append((value, one))
        best.sort(reverse=True)
        if not best or (len(best) > 1 and best[0][0] - best[1][0] < 0.02):
            return None
        return self._held[best[0][1]]
