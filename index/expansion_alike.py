"""Words of other languages that sound like a word of the query: names in another script, and words of one origin.

Both are brought to Latin letters (anyascii) and to few spellings; a coarse key of the first three consonants, in
classes, finds what may be meant among all words held, and how like they are (rapidfuzz's indel ratio of the spellings,
and of their classes) decides. Keys of sounds go back to Russell's Soundex (1918); this one is coarser at the front, as
one sound is written in more ways across scripts than within one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from anyascii import anyascii
from rapidfuzz import fuzz, process

from domain.text import UNSPACED, fold

LEAST = 4
"""Shorter words are like too many others."""
LIKE = 0.8
"""From this likeness on, 0 to 1, two names may be one; measured by ``benchmarks/fusion.py``."""
LIKE_WORD = 0.85
"""The same for other words."""
BESIDE = 0.08
"""A word is left out where another is by so much more like."""
MOST = 12
"""So many words of one language are taken for a word of the query."""
_TAIL, _LONGEST = 3, 32
_CLOSE = 25  # below the least likeness by so many hundredths, spellings need not be compared by their sounds
_SPELLINGS = tuple(
    (re.compile(one), other)
    for one, other in (
        (r"'|`", ""), (r"(?<=[aeiou])gh", ""), (r"tsch|tch|cz|dzh|dj", "ch"), (r"sch|sz|sh", "sh"), (r"zh", "j"),
        (r"kh|ch(?=[lr])", "h"), (r"ph", "f"), (r"th", "t"), (r"ck|q[u]?(?=[aeiou])|q", "k"), (r"x", "ks"),
        (r"c(?=[eiy])", "s"), (r"c(?!h)", "k"), (r"w", "v"), (r"ou|oo", "u"), (r"ee|ie(?=[^aeiou]|$)", "i"),
        (r"j(?=[aou])|(?<=[aou])j", "y"), (r"ya", "ia"), (r"yu", "iu"), (r"yo", "io"), (r"ye", "e"), (r"y", "i"),
        (r"(.)\1+", r"\1"), (r"(?<=[^aeiou])e$", ""), (r"(?<=.)h(?=[^aeiou]|$)", ""),
    )
)  # fmt: skip
_CLASSES = str.maketrans("bcdefghjkmoqvwxyz", "pstifkksknukffkis")


@lru_cache(maxsize=1 << 16)
def spelling(word: str) -> str:
    """A folded word in few Latin letters; empty where it has no sound that is told by its letters."""
    if UNSPACED.search(word):
        return ""
    plain = word if word.isascii() else fold(anyascii(word))
    if not plain.isascii() or not (plain := re.sub(r"[^a-z'`]", "", plain)):
        return ""
    for one, other in _SPELLINGS:
        plain = one.sub(other, plain)
    return plain


def sounds(spelled: str) -> str:
    """A spelling with letters of one class made one."""
    joined = spelled.replace("sh", "s").replace("ch", "s").translate(_CLASSES)
    return re.sub(r"(.)\1+", r"\1", joined)


def key(spelled: str) -> str:
    """The classes of a spelling's first three consonants, after ``a`` where it begins with a vowel; or empty."""
    classes = sounds(spelled)
    consonants = re.sub(r"[aiu]", "", classes)[:3]
    if len(consonants) < 2:
        return ""
    return ("a" if classes[0] in "aiu" else "") + consonants


def told(word: str) -> bool:
    """Whether a folded word can be told by its sound at all."""
    return LEAST <= len(word) <= _LONGEST and word.isalpha() and not UNSPACED.search(word)


def likeness(one: str, other: str) -> float:
    """How like two spellings are, 0 to 1; an ending that one has and the other has not counts little."""
    if len(one) > len(other):
        one, other = other, one
    whole = (fuzz.ratio(one, other) + fuzz.ratio(sounds(one), sounds(other))) / 200
    if len(one) < LEAST or not 0 < len(other) - len(one) <= _TAIL:
        return whole
    short = other[: len(one)]
    return max(whole, (fuzz.ratio(one, short) + fuzz.ratio(sounds(one), sounds(short))) / 200 - 0.04)


def alike(word: str, among: Sequence[tuple[str, str]], *, least: float = LIKE) -> list[tuple[str, float]]:
    """Those of some folded words, given with their spellings, that are like one: likest first, itself left out."""
    spelled = spelling(word)
    if not spelled or not among:
        return []
    near = process.cdist([spelled], [theirs for _, theirs in among], scorer=fuzz.ratio, dtype=np.uint8)[0]
    found = []
    for i in np.flatnonzero(near >= 100 * least - _CLOSE).tolist():
        other, theirs = among[i]
        if other != word and (value := likeness(spelled, theirs)) >= least:
            found.append((other, value))
    found.sort(key=lambda item: (-item[1], item[0]))
    return found
