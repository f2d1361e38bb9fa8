"""Folding and words: one rule for search keys, watchlist words and names.

What is stored and shown is never folded.
"""

from __future__ import annotations

import re
import unicodedata

# Letters whose stroke is no combining mark and so outlives decomposition.
_STROKES = str.maketrans({
    "đ": "d", "ð": "d", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t", "ё": "е", "ـ": None,
    "’": "'", "ʼ": "'",
})  # fmt: skip
# Marks that writers leave out at will: accents, Hebrew points, Arabic vowel signs. Those of Thai, Khmer or Hindi are
# letters of the word and stay.
_MARKS = re.compile(r"[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670]")

# Scripts written without spaces: each character is a word of its own, and adjacency makes the phrase.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
)
# Accents written apart, and the vowel signs of Hindi and its neighbours: parts of a word that \w leaves out.
_SIGNS = "".join(chr(c) for c in range(0x300, 0xE00) if unicodedata.category(chr(c)).startswith("M"))
_RUN = rf"[^\W_{_UNSPACED}]+(?:[{_SIGNS}]+[^\W_{_UNSPACED}]*)*"
_TOKEN = re.compile(rf"[{_UNSPACED}]|{_RUN}(?:['’.\-](?=\w){_RUN})*")
UNSPACED = re.compile(rf"[{_UNSPACED}]")

# Direction marks, zero-width characters and the like: kept in what is stored, stripped where text is shown or compared.
# Joiners spell words in Arabic and Indic scripts (and build emoji): there they stay.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
    "|(?<![\u0600-\u1cff])\u200c|(?<![\u0600-\u1cff\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])\u200d"
)


def strip_invisible(text: str) -> str:
    """The text without zero-width and direction-control characters."""
    return _INVISIBLE.sub("", text)


def titled(title: str, text: str) -> str:
    """A text after its title; alone where the title is no more than how the text begins, whole or cut short by "…"."""
    own = " ".join(title.split()).casefold()
    stem = own.removesuffix("…").rstrip()
    begin = " ".join(text[: 2 * len(title) + 100].split()).casefold()
    if not stem or (begin.startswith(stem) and (stem != own or not begin[len(stem) : len(stem) + 1].isalnum())):
        return text
    return f"{title}\n{text}"


def fold(text: str) -> str:
    """A search key: case, accents and invisible characters gone, đ as d, compatibility forms made plain.

    >>> fold("Giàn khoan HẢI DƯƠNG"), fold("Đông"), fold("Straße")
    ('gian khoan hai duong', 'dong', 'strasse')
    """
    text = unicodedata.normalize("NFKD", strip_invisible(text)).casefold()
    bare = _MARKS.sub("", unicodedata.normalize("NFD", text)).translate(_STROKES)
    return unicodedata.normalize("NFC", bare)


def words(text: str) -> list[str]:
    """The words of a text as written; a character of an unspaced script is a word of its own."""
    return [m.group() for m in _TOKEN.finditer(text)]


def spans(text: str) -> list[tuple[int, int]]:
    """Where the words of ``words`` stand."""
    return [m.span() for m in _TOKEN.finditer(text)]


def is_unspaced(word: str) -> bool:
    """Whether a word comes from a script written without spaces."""
    return bool(UNSPACED.match(word))


def count_words(text: str) -> float:
    """Length in words; two characters of an unspaced script weigh about as much as one word."""
    found = words(text)
    unspaced = sum(1 for w in found if is_unspaced(w))
    return len(found) - unspaced + unspaced / 2
