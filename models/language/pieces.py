"""A text's pieces, as all of a language part sees them: words, or characters where words are not parted by spaces."""

from __future__ import annotations

import re
import unicodedata

from domain.text import UNSPACED

_UNSPACED = UNSPACED.pattern[1:-1]
_WORD = rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+"
_WORDS = re.compile(_WORD)
_PIECES = re.compile(rf"{_WORD}|[^\w\s]+")


def words(text: str) -> list[str]:
    """The words of a text in small letters, composed (NFC)."""
    return _WORDS.findall(unicodedata.normalize("NFC", text).lower())


def pieces(text: str) -> list[str]:
    """The words and the runs of signs between them, as written, composed (NFC).

    >>> pieces("Biển Đông: 12.5 km")
    ['Biển', 'Đông', ':', '12', '.', '5', 'km']
    """
    return _PIECES.findall(unicodedata.normalize("NFC", text))


def written(text: str) -> list[str]:
    """The words of a text as written, composed (NFC)."""
    return _WORDS.findall(unicodedata.normalize("NFC", text))


def word_spans(text: str) -> list[tuple[int, int]]:
    """Where the words stand in a composed text."""
    return [match.span() for match in _WORDS.finditer(text)]


def bare(text: str) -> str:
    """The text without accents and strokes, in the same letters and case otherwise.

    >>> bare("Biển Đông")
    'Bien Dong'
    """
    apart = unicodedata.normalize("NFD", text).replace("đ", "d").replace("Đ", "D")
    return unicodedata.normalize("NFC", "".join(c for c in apart if not 0x300 <= ord(c) <= 0x36F))
