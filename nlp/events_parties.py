"""Who a sentence names: its actors, and what the words right before each say that it is to an act.

A mention is an actor when it has a country or is a known body; mentions of one country that stand together are one
("French President Emmanuel Macron").
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.entity import EntityKind, Mention
from nlp.events_acts import DATA, Trigger
from nlp.events_grammar import Grammar

_AHEAD = 45
"""Characters before an actor that are read for what it is to the act."""

_SAYING_WHO = frozenset([EntityKind.PERSON, EntityKind.OFFICE, EntityKind.BODY])
_CALLED = re.compile(
    r"(?:giàn khoan|tàu|rig|platform|ship|vessel|plataforma|plateforme|Bohrinsel|платформ\w+|平台|President|Minister|"
    r"Mr\.?|General|Senator|Präsident|Präsidenten|président|presidente|Президент)\s*[“\"«']?\s*$"
)
# They speak for a body, whatever their passport says.
_FOR_BODIES = frozenset(
    [
        "Kofi Annan", "Ban Ki-moon", "António Guterres", "Antonio Guterres", "Boutros Boutros-Ghali",
        "Jens Stoltenberg", "Anders Fogh Rasmussen", "Catherine Ashton", "Federica Mogherini", "Josep Borrell",
        "Herman Van Rompuy", "José Manuel Barroso", "Jean-Claude Juncker", "Donald Tusk", "Ursula von der Leyen",
        "Charles Michel", "Christine Lagarde", "Tedros Adhanom Ghebreyesus", "Rafael Grossi", "Yukiya Amano",
        "Mohamed ElBaradei", "Lakhdar Brahimi", "Le Luong Minh", "Surin Pitsuwan", "Kaja Kallas",
    ]
)  # fmt: skip


@functools.cache
def seats() -> frozenset[str]:
    """Towns whose names stand for a government: the capitals, but for those that others meet in."""
    return frozenset((DATA / "seats.txt").read_text("utf-8").split("\n")) - {""}


@dataclass(frozen=True, slots=True)
class Actor:
    """An actor in a sentence: its stretch, name and countries (none for a body of many)."""

    start: int
    end: int
    name: str
    countries: tuple[str, ...]
    kind: EntityKind
    role: str = ""
    """What the words about it say: agent, against, place, teller, or nothing."""

    @property
    def key(self) -> str:
        """Two actors of one key are the same party."""
        return self.countries[0] if self.countries else self.name


def actors(text: str, mentions: Sequence[Mention], grammar: Grammar, acts: Sequence[Trigger]) -> tuple[Actor, ...]:
    """The actors of a sentence in order, those of one party that stand together as one."""
    found: list[Actor] = []
    for m in sorted(mentions, key=lambda m: m.start):
        if (not m.countries and m.kind is not EntityKind.BODY) or _no_actor(text, m):
            continue
        one = Actor(m.start, m.end, m.name, () if m.name in _FOR_BODIES else m.countries, m.kind)
        if found and _together(text, found[-1], one, acts):
            # The later one says more closely who it is: "Vietnam's foreign minister Pham Binh Minh".
            last = found[-1]
            closer = (
                one.kind in (EntityKind.PERSON, EntityKind.OFFICE, EntityKind.BODY) and one.countries == last.countries
            )
            better = one if closer else last
            found[-1] = replace(better, start=last.start, end=one.end)
            continue
        found.append(one)
    return tuple(replace(a, role=_role(text, a, grammar)) for a in found)


def _no_actor(text: str, mention: Mention) -> bool:
    """Whether it only sounds like an actor: a ship or a rig called after a place, a town that is a surname."""
    if mention.kind is not EntityKind.PLACE:
        return False
    before, after = text[max(0, mention.start - 24) : mention.start], text[mention.end : mention.end + 8]
    return _CALLED.search(before) is not None or re.match(r"\W{0,2}\d{3}", after) is not None


def _together(text: str, a: Actor, b: Actor, acts: Sequence[Trigger]) -> bool:
    gap = text[a.end : b.start]
    if a.kind is EntityKind.BODY and b.kind is EntityKind.PERSON and not b.countries:
        return len(gap) < 40 and not re.search(r"[,;:.]\s", gap)  # "U.N. Secretary-General Kofi Annan"
    if gap == " " and a.kind is b.kind is EntityKind.COUNTRY and text[b.start : b.end].endswith("s"):
        return a.countries != b.countries  # "Bosnian Serbs" are of Bosnia
    if a.countries != b.countries or not a.countries or b.start - a.end > 45:
        return False
    if re.search(r"[;:。，；!?]|\.\s", gap) or any(a.end <= t.start < b.start for t in acts):
        return False
    return b.kind in _SAYING_WHO or len(gap) < 3


def _role(text: str, actor: Actor, grammar: Grammar) -> str:
    before = text[max(0, actor.start - _AHEAD) : actor.start]
    after = text[actor.end : actor.end + 40]
    if grammar.told_by.search(before):
        return "teller"
    if actor.kind is EntityKind.PLACE and actor.name not in seats():
        return "against" if grammar.against.search(before) else "place"
    place = grammar.place.search(before)
    against = grammar.against.search(before)
    agent = grammar.agent.search(before)
    told = [(m.start(), name) for name, m in (("place", place), ("against", against), ("agent", agent)) if m]
    if told:
        return max(told)[1]
    if grammar.says.search(after) and re.search(r"[,，]\s*(?:\w+\s+){0,2}$", before):
        return "teller"
    return ""
