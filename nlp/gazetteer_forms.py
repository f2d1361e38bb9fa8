"""Spellings of entities as the gazetteer finds them: in which languages, case and endings each may stand."""

from __future__ import annotations

import re
from typing import NamedTuple

from nlp import gazetteer_rules as rules

# Languages with a table of nationalities of their own: English ones are not expected in them.
_OWN_DEMONYMS = frozenset(["en", "fr", "de", "es", "pt", "it", "nl", "ru", "uk", "pl", "cs", "ar", "zh", "ja", "ko"])
# Languages whose names of places change with the case, and that have spellings of their own for most.
INFLECTED = frozenset(["ru", "uk", "pl", "cs", "sk", "sl", "hr", "bs", "sr", "be", "hu", "el", "ro"])
PLAIN = frozenset(["und", "en", "vi", "fr", "de", "es", "pt", "it", "nl", "id", "ms", "sv", "da", "no", "fi", "tr"])
# Languages in which every country and most cities have names in the gazetteer; ``*`` stands for all others.
_KNOWN_ONES = frozenset(["vi", "en", "fr", "de", "es", "pt", "it", "nl", "ru", "pl", "zh"])
OTHERS = "*"
# Acronyms that are words when everything is in capitals.
_SPOKEN = frozenset({"NATO", "OTAN", "OPEC", "APEC", "OPEP"})
# First words of names of states that are also written small: "les îles Salomon".
_COMMON_FIRST = re.compile(
    r"(?:[ÎI]les?|Islas?|Ilhas?|Isole|Wysp(?:y|ach|om)?|Остров(?:а|ов|ах|ам|у)|R[ée]p[úu]bli(?:que|ca|ka|ki)|"
    r"Республик[аие]|Королевство|Royaume|Reino|Quần|Đảo|Vương|Cộng|Émirats|Emiratos|Emirados|Emirat(?:y|ów)|Países|"
    r"Pays|Islands) "
)


class Form(NamedTuple):
    """A spelling of an entity's name; ``langs`` is None where every language may use it.

    ``*`` among ``langs`` stands for the languages that the gazetteer does not know well.
    """

    text: str
    entity: int
    gate: str
    langs: frozenset[str] | None
    group: str
    codes: tuple[str, ...]
    weight: float


class Hit(NamedTuple):
    """Where a spelling stands in the folded text."""

    start: int
    end: int
    form: Form


class Seen(NamedTuple):
    """A text and what it names: the countries, whether one of the United States, where its hits begin."""

    plain: str
    lang: str | None
    named: frozenset[str]
    states: bool
    starts: frozenset[int]


def language_fits(form: Form, lang: str | None) -> bool:
    """Whether a spelling may be used in a text of the language; None where that is not known."""
    langs = form.langs
    if langs is None or (lang is not None and lang in langs):
        return True
    if OTHERS in langs:
        return lang not in _KNOWN_ONES
    if form.group == "block":
        return lang is None
    if form.gate == "d":
        if lang is None:
            return len(form.text) > 5
        return "en" in langs and lang not in _OWN_DEMONYMS and len(form.text) > 5
    if lang is None:
        far = form.text[0] > "\u2e80" if form.group == "compound" else "Ѐ" <= form.text[0] <= "ӿ"
        return far or ("en" in langs and len(form.text) > 2)
    return False


def takes_ending(form: Form, letters: int) -> bool:
    """Whether a German ending of so many letters may follow: the genitive's one, or a city's adjective's two."""
    if form.gate or not form.text[0].isupper():
        return False
    # A small town's name with an ending is oftener another name ("Davie", "Davies").
    large = form.group == "place" and form.weight >= 500_000
    return large or (letters == 1 and (form.group == "country" or form.weight == 0))


def case_fits(surface: str, name: str, plain: str, start: int, end: int) -> bool:
    """Whether ``surface`` is ``name`` in another permitted case: ALL CAPITALS, or an opening capital."""
    if not surface.isupper():
        if name.isupper():
            # "Asean", "Nato"; but "Plan" is no fleet.
            return (len(name) > 4 or name in _SPOKEN) and surface[0].isupper() and surface[1:].islower()
        if " " in name or "-" in name:
            return surface[0].isupper() or name[0].islower() or _COMMON_FIRST.match(name) is not None
        return surface[1:] == name[1:] and surface[0].isupper() and name[0].islower()
    if name[0].islower() and len(name) < 4:
        return False
    return len(name) > 3 or rules.all_capitals(plain, start, end)
