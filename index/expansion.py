"""Other ways to write what a query says: the names of a thing in other languages, and numbers in other digits.

A document that holds another name counts as holding every word of the query's own, once (the synonym operator of
Turtle and Croft's inference networks, 1991): rarity is that of all the names together, and nothing is counted twice.
Only precise names are taken: a short one counts in its own language alone, and the shortest ones not at all.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.text import fold, is_unspaced
from index.stopwords import STOPWORDS
from index.words import parts, search_words

MOST = 400
"""So many other names of one thing are looked up; the rest is left out, in the order given."""
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


def number_phrases(digits: Sequence[str], langs: Iterable[str]) -> tuple[Phrase, ...]:
    """Other ways to write a number given by the runs of digits between its separators.

    1,000,000 and 1.000.000 and 1 000 000 are one phrase of three parts already; beside it stands the number written
    without separators, and both in the digits of these languages. Two groups of which the last has no three digits are
    a fraction or a date: those have no other form.
    """
    if not digits or not all(part.isdecimal() for part in digits):
        return ()
    plain = ["".join(str(unicodedata.decimal(ch)) for ch in part) for part in digits]
    forms = [plain]
    if len(plain) > 1 and len(plain[0]) < 4 and all(len(part) == 3 for part in plain[1:]):
        forms.append(["".join(plain)])
    elif len(plain) == 1 and len(plain[0]) > 3 and plain[0][0] != "0":
        whole = plain[0]
        head = len(whole) % 3 or 3
        forms.append([whole[:head], *(whole[i : i + 3] for i in range(head, len(whole), 3))])
    zeros = sorted({_DIGITS[lang] for lang in langs if lang in _DIGITS})
    out: dict[Phrase, None] = {}
    for form in forms:
        joined = " ".join(form)
        for zero in (0x30, *zeros):
            out[Phrase("".join(chr(zero + ord(ch) - 0x30) if ch.isdigit() else ch for ch in joined))] = None
    out.pop(Phrase(" ".join(digits)), None)
    return tuple(out)
