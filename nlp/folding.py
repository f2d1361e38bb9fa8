"""Text folded for the gazetteer, position by position, and the edges of words in any script."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

# Signs written in several ways; each is one character for one, so that positions stay.
_SIGNS = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "ʼ": "'",
        "`": "'",
        "´": "'",
        "‐": "-",
        "‑": "-",
        "–": "-",
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
        "\n": " ",
        "\t": " ",
        "\r": " ",
        "ё": "е",
        "Ё": "Е",
        "・": "・",
    }
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Characters that print nothing and may stand inside a name.
_INVISIBLE = "\u200b\u200c\u200d\u2060\u00ad\ufeff\u200e\u200f"
_HAS_INVISIBLE = re.compile(f"[{_INVISIBLE}]")
# Beyond ASCII, letters that are their own NFC and one character in lower case: most names need nothing else.
_NEEDS_FOLDING = re.compile(
    "[^ -&(-_a-~À-ÖØ-įıĵ-ňŊ-ſẠ-ỹА-ЯЂ-ИК-йа-яђ-џ\u4e00-\u9fff\u30a1-\u30fa\u30fc\uac00-\ud7a3\u0e01-\u0e5b]|ё|Ё"
)
_DROP = {ord(c): None for c in _INVISIBLE}


@dataclass(frozen=True, slots=True)
class Folded:
    """``plain`` has signs unified and is NFC, ``lower`` is its lower case; both have the same positions.

    ``starts`` and ``ends`` lead back to the text that was folded; None where positions are the same there.
    """

    plain: str
    lower: str
    starts: tuple[int, ...] | None = None
    ends: tuple[int, ...] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the text that was folded."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def _lower(plain: str) -> str:
    lower = plain.lower()
    if len(lower) == len(plain):
        return lower
    # A few letters grow in lower case ("İ"); those keep their first part.
    return "".join(c.lower()[0] for c in plain)


def fold_key(name: str) -> str:
    """A name as it is looked for in ``Folded.lower``."""
    if not _NEEDS_FOLDING.search(name):
        return name.lower()
    return _lower(unicodedata.normalize("NFC", name).translate(_SIGNS).translate(_DROP))


def fold(text: str) -> Folded:
    """Fold a text for matching. Any text is accepted."""
    if unicodedata.is_normalized("NFC", text) and not _HAS_INVISIBLE.search(text):
        plain = text.translate(_SIGNS)
        return Folded(plain, _lower(plain))
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def take(start: int, end: int) -> None:
        """Fold a stretch: sign by sign where that keeps the count, else as one piece."""
        piece = unicodedata.normalize("NFC", text[start:end]).translate(_SIGNS)
        if len(piece) == end - start and not _HAS_INVISIBLE.search(piece):
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
        else:
            piece = piece.translate(_DROP)
            starts.extend([start] * len(piece))
            ends.extend([end] * len(piece))
        parts.append(piece)

    at = 0
    for found in _clusters().finditer(text):
        start, end = found.span()
        _take_plain(take, text, at, start)
        take(start, end)
        at = end
    _take_plain(take, text, at, len(text))
    plain = "".join(parts)
    return Folded(plain, _lower(plain), tuple(starts), tuple(ends))


def _take_plain(take: Callable[[int, int], None], text: str, start: int, end: int) -> None:
    """A stretch without combining signs; the few that change length all the same go one by one."""
    if start == end:
        return
    if len(unicodedata.normalize("NFC", text[start:end])) == end - start:
        take(start, end)
    else:
        for at in range(start, end):
            take(at, at + 1)


@functools.cache
def _clusters() -> re.Pattern[str]:
    """A sign with the combining ones that follow it, or an invisible one by itself."""
    joining = "".join(chr(c) for c in range(0x300, 0x1E950) if unicodedata.combining(chr(c)))
    return re.compile(f"(?s:.)[{re.escape(joining)}\u1160-\u11ff]+|[{_INVISIBLE}]")


# --- edges --------------------------------------------------------------------------------------------------------

_NONE, _WORD, _FREE, _KATAKANA, _HANGUL, _SEMITIC = range(6)
_FREE_BLOCKS = (
    (0x0E00, 0x0EFF),
    (0x0F00, 0x109F),
    (0x1780, 0x17FF),
    (0x2E80, 0x2FDF),
    (0x3005, 0x3007),
    (0x3041, 0x309F),
    (0x3400, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
_classes: dict[str, int] = {}
_ARABIC_CLITIC = re.compile(r"(?<![\u0590-\u06ff])(?:[وف]?[بلكس]?(?:ال)?|[وف]?لل?)$")
_HEBREW_CLITIC = re.compile(r"(?<![\u0590-\u06ff])[והבלמשכ]{1,3}$")
# What may follow a Korean name within the word: particles and the commonest suffixes.
_KOREAN_AFTER = frozenset("은는을를의에로으와과도만군측산계발행형제보까처쪽이가라령내민대정당언외국")
_KOREAN_NOT_AFTER = re.compile(r"이상|이하|가격|적|주의|도적|민족주의|어")
# Languages that put endings straight on a name.
_SUFFIXED = _words(
    """
    hu fi et tr az kk ky uz tk mn eu ka lt lv ug tt ba sw zu ta te ml kn mr ne bn
    """
)
_MAX_SUFFIX = 6


def _class_of(char: str) -> int:
    known = _classes.get(char)
    if known is not None:
        return known
    code = ord(char)
    category = unicodedata.category(char)
    if category[0] not in "LMN" and code != 0x30FC:
        found = _NONE
    elif any(low <= code <= high for low, high in _FREE_BLOCKS):
        found = _FREE
    elif 0x30A1 <= code <= 0x30FF or 0x31F0 <= code <= 0x31FF:
        found = _KATAKANA
    elif 0xAC00 <= code <= 0xD7A3:
        found = _HANGUL
    elif 0x0590 <= code <= 0x06FF or 0x0750 <= code <= 0x077F:
        found = _SEMITIC
    else:
        found = _WORD
    _classes[char] = found
    return found


def left_edge(lower: str, start: int) -> bool:
    """Whether a name may begin at ``start``."""
    if start == 0:
        return True
    own = _class_of(lower[start])
    if own in (_FREE, _NONE) or _class_of(lower[start - 1]) != own:
        return True
    if own == _SEMITIC:
        head = lower[max(0, start - 6) : start]
        clitic = _HEBREW_CLITIC if lower[start] <= "\u05ff" else _ARABIC_CLITIC
        found = clitic.search(head)
        return bool(found and found.group())
    return False


def takes_suffixes(lang: str | None) -> bool:
    """Whether the language puts case endings straight on a name."""
    return lang in _SUFFIXED


def right_edge(lower: str, start: int, end: int, lang: str | None) -> int:
    """Where a name that was found to end at ``end`` really ends, its case ending included; -1 where it does not."""
    if end >= len(lower):
        return end
    own = _class_of(lower[end - 1])
    if own in (_FREE, _NONE) or _class_of(lower[end]) != own:
        return end
    if own == _HANGUL:
        if lower[end] in _KOREAN_AFTER and not _KOREAN_NOT_AFTER.match(lower, end):
            return end
        return end if end - start > 3 else -1
    if own == _WORD and lang in _SUFFIXED and end - start > 3:
        stop = end
        while stop < len(lower) and stop - end <= _MAX_SUFFIX and _class_of(lower[stop]) == own:
            stop += 1
        return stop if stop - end <= _MAX_SUFFIX else -1
    return -1
