"""Other ways to write what a query says: the names of a thing in other languages, and numbers in other digits.

A document that holds another name counts as holding every word of the query's own, once (the synonym operator of
Turtle and Croft's inference networks, 1991): rarity is that of all the names together, and nothing is counted twice.
Only precise names are taken: a short one counts in its own language alone, and the shortest ones not at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.text import fold, is_unspaced
from index.stopwords import STOPWORDS
from index.words import parts, search_words

MOST = 400
"""So many other names of one thing are looked up; the rest is left out, in the order given."""
_NUMBER = re.compile(r"(?<![\w.,])\d{1,15}(?:[.,'’\u00a0\u202f\u066c ]\d{3}(?!\d))*")
_FREE, _LEAST, _LEAST_SIGNS = 6, 3, 2
# Digits that people write in: ASCII is what is found in any language's texts.
_DIGITS = {
    "ar": 0x660, "fa": 0x6F0, "ur": 0x6F0, "ps": 0x6F0, "ckb": 0x660, "ku": 0x660, "hi": 0x966, "mr": 0x966,
    "ne": 0x966, "bn": 0x9E6, "as": 0x9E6, "th": 0xE50, "lo": 0xED0, "my": 0x1040, "km": 0x17E0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Alternatives:
    """A stretch of a query, as it stands there, and other names of the same thing: (language or empty, name)."""

    surface: str
    names: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Folded words to be found as neighbours; in documents of one language alone, where ``lang`` is not empty."""

    folded: str
    lang: str = ""


def folded_parts(text: str) -> list[str]:
    """The folded parts of a text's words, as they are stored."""
    return [key for word in search_words(text) for part in parts(word) if (key := fold(part).strip())]


def phrases(names: Iterable[tuple[str, str]]) -> tuple[Phrase, ...]:
    """What is looked up for these names: each once, imprecise ones left out."""
    out: dict[Phrase, None] = {}
    for lang, name in names:
        found = folded_parts(name)
        joined = " ".join(found)
        letters = sum(map(len, found))
        if not found or joined in STOPWORDS or letters < (_LEAST_SIGNS if is_unspaced(name) else _LEAST):
            continue
        # An acronym of three letters is one thing in its own language and another elsewhere.
        free = letters >= _FREE or (is_unspaced(name) and letters > _LEAST_SIGNS)
        out[Phrase(joined, "" if free or lang == "und" else lang)] = None
    # What counts everywhere need not be looked up for one language too.
    free_ones = {one.folded for one in out if not one.lang}
    return tuple(one for one in out if not one.lang or one.folded not in free_ones)[:MOST]


def number_phrases(digits: Sequence[str]) -> tuple[Phrase, ...]:
    """Other ways to write a number given by the runs of digits between its separators.

    1,000,000 and 1.000.000 and 1 000 000 are one phrase of three parts already; beside it stands the number written
    without separators, and each in the digits of languages that have their own. Groups that are not of three digits
    (fractions, dates) have no form without separators.
    """
    plain = ["".join(str(unicodedata.decimal(ch)) for ch in part) for part in digits]
    forms = [plain]
    if len(plain) > 1 and len(plain[0]) < 4 and all(len(part) == 3 for part in plain[1:]):
        forms.append(["".join(plain)])
    elif len(plain) == 1 and len(plain[0]) > 3 and plain[0][0] != "0":
        head = len(plain[0]) % 3 or 3
        forms.append([plain[0][:head], *(plain[0][i : i + 3] for i in range(head, len(plain[0]), 3))])
    out: dict[Phrase, None] = {}
    for form in forms:
        joined = " ".join(form)
        out[Phrase(joined)] = None
        for lang, zero in _DIGITS.items():
            out[Phrase("".join(chr(zero + ord(ch) - 0x30) if ch.isdigit() else ch for ch in joined), lang)] = None
    out.pop(Phrase(" ".join(digits)), None)
    return tuple(out)


def numbers(query: str) -> list[tuple[str, ...]]:
    """The numbers in a query, each as the runs of digits between its separators, as they are stored."""
    found = [tuple(fold(part) for part in re.split(r"\D", match.group())) for match in _NUMBER.finditer(query)]
    return list(dict.fromkeys(found))
