"""The languages of a text that mixes them, stretch by stretch."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from domain.protocols import LanguageIdentifier

# A sentence, a line, or the piece of one that its script parts from what is beside it.
_PIECE = re.compile(r"[^\n.!?。！？។။]+[.!?。！？។။]*[\s\"'»”’)]*|[\n.!?。！？។။]+\s*")
# Letters below which a piece says too little by itself, and the confidence below which it is taken for its neighbour's.
_LEAST, _SURE = 24, 0.6
_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """Code points ``start <= i < end`` of a text, all in one language (``und`` where that cannot be told)."""

    start: int
    end: int
    lang: str


def stretches(identifier: LanguageIdentifier, text: str, *, hint: str | None = None) -> list[Stretch]:
    """The text's stretches in order; together they cover it. In very long texts pieces grow: the work is bounded.

    A piece of less than a sentence goes with the one before it, and so does one that could be in several languages.
    """
    least = max(_LEAST, len(text) // _MOST)
    found: list[Stretch] = []
    start = at = 0
    for piece in _PIECE.finditer(text):
        at = piece.end()
        if _weight(text[start:at]) < least and at < len(text):
            continue
        told = identifier.identify(text[start:at], hint=hint)
        code = told.code
        if found and (code == "und" or told.confidence < _SURE):
            code = found[-1].lang
        found.append(Stretch(start, at, code))
        start = at
    if start < len(text):
        found.append(Stretch(start, len(text), found[-1].lang if found else identifier.identify(text, hint=hint).code))
    if len(found) > 1 and found[0].lang == "und":
        found[0] = Stretch(0, found[0].end, found[1].lang)
    joined: list[Stretch] = []
    for one in found:
        if joined and joined[-1].lang == one.lang:
            joined[-1] = Stretch(joined[-1].start, one.end, one.lang)
        else:
            joined.append(one)
    return joined


def _weight(piece: str) -> int:
    """Letters; one of a script without spaces says as much as four."""
    return sum(4 if c > "\u2e80" else 1 for c in piece if c.isalpha())


def shares(text: str, parts: list[Stretch]) -> dict[str, float]:
    """The share of the text's letters in each language, the largest first."""
    letters = Counter[str]()
    for part in parts:
        letters[part.lang] += sum(map(str.isalpha, text[part.start : part.end]))
    total = letters.total()
    return {lang: n / total for lang, n in letters.most_common() if n} if total else {}
