"""Vietnamese in the bytes of its old fonts, seen as if it were Western European: told, and put right.

Before Unicode Vietnamese was written in fonts whose codes programs took for Western letters: TCVN3 (ABC) with a code a
letter, VNI-Windows with a letter and a code for its marks, windows-1258 with combining tones. Read as windows-1252,
"Việt Nam" is then "ViÖt Nam", "Vieät Nam" or "Viêòt Nam". The tables are those of the standards (TCVN 5712:1993, VNI,
Microsoft's code page 1258). A text is put right only where it is certain: nearly all its words with odd letters become
well-formed syllables with marks, hardly any are before, and the whole reads as Vietnamese.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import cache

from models.langid_vi import vietnamese, well_formed

_SAMPLE = 4_000
# Blanks, ASCII punctuation and figures; what else there is may be a letter of a font.
_WORD = re.compile(r"[^\s!-@\[-`{-~\u2013-\u201f\u2026]+")
_HIGH = re.compile("[\u0080-\u024f\u02c6\u02dc\u2013-\u203a\u20ac\u2122]")
_C1 = {c: bytes([c]).decode("cp1252") for c in range(0x80, 0xA0) if c not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}


@cache
def _tcvn3() -> dict[int, str]:
    table = dict(zip(range(0xA1, 0xAF), "ĂÂÊÔƠƯĐăâêôơưđ", strict=True))
    table.update(zip((0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBB, 0xBC, 0xBD, 0xBE, 0xC6), "àảãáạằẳẵắặ", strict=True))
    table.update(zip((0xC7, 0xC8, 0xC9, 0xCA, 0xCB, 0xCC, 0xCE, 0xCF, 0xD0, 0xD1), "ầẩẫấậèẻẽéẹ", strict=True))
    table.update(zip((0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xDC, 0xDD, 0xDE), "ềểễếệìỉĩíị", strict=True))
    table.update(zip((0xDF, 0xE1, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9), "òỏõóọồổỗốộ", strict=True))
    table.update(zip((0xEA, 0xEB, 0xEC, 0xED, 0xEE, 0xEF, 0xF1, 0xF2, 0xF3, 0xF4), "ờởỡớợùủũúụ", strict=True))
    table.update(zip((0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE), "ừửữứựỳỷỹýỵ", strict=True))
    return table


_TONE_OF = {"ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_HATTED = {"â": "", "á": "\u0301", "à": "\u0300", "å": "\u0309", "ã": "\u0303", "ä": "\u0323"}
_SHORT = {"ê": "", "é": "\u0301", "è": "\u0300", "ú": "\u0309", "ü": "\u0303", "ë": "\u0323"}
_VNI_ALONE = {"ñ": "đ", "ô": "ơ", "ö": "ư", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
_VNI = re.compile("([aeouyôö])([ùøûõïâáàåãäêéèúüë])|([ñôöæóòî])", re.IGNORECASE)


def _vni_letter(found: re.Match[str]) -> str:
    base, mark, alone = found.groups()
    if alone:
        letter = _VNI_ALONE[alone.lower()]
        return letter.upper() if alone.isupper() else letter
    small, sign = base.lower(), mark.lower()
    stem = {"ô": "ơ", "ö": "ư"}.get(small, small)
    if sign in _TONE_OF:
        made = stem + _TONE_OF[sign]
    elif sign in _HATTED and small in "aeo":
        made = stem + "\u0302" + _HATTED[sign]
    elif sign in _SHORT and small == "a":
        made = stem + "\u0306" + _SHORT[sign]
    else:
        return found[0]
    made = unicodedata.normalize("NFC", made)
    return made.upper() if base.isupper() else made


def _from_1258(text: str) -> str:
    data = bytearray()
    for c in text:
        try:
            data += c.encode("cp1252")
        except UnicodeEncodeError:
            data += b"?" if ord(c) > 0xFF else bytes([ord(c)])
    return unicodedata.normalize("NFC", data.decode("cp1258", "replace"))


FONTS: dict[str, Callable[[str], str]] = {
    "TCVN3": lambda text: text.translate(_tcvn3()),
    "VNI": lambda text: _VNI.sub(_vni_letter, text),
    "windows-1258": _from_1258,
}


def western(data: bytes) -> str:
    """Bytes as windows-1252 shows them; codes that it lacks as they are."""
    return data.decode("latin-1").translate(_C1)


def unfonted(text: str, *, certain: bool = True) -> tuple[str, str] | None:
    """The text in Unicode and the name of the font's code, where it is certainly Vietnamese in one; else None.

    Not ``certain``: one word is enough, where all else fits.
    """
    sample = text[:_SAMPLE]
    least = 2 if certain else 1
    if not _HIGH.search(sample):
        return None
    words = Counter(word for word in _WORD.findall(sample) if _HIGH.search(word))
    total = words.total()
    before = sum(n for word, n in words.items() if well_formed(word)) / max(total, 1)
    if len(words) < least or before > 0.6:
        return None
    best: tuple[float, str] = (0.0, "")
    for name, change in FONTS.items():
        made = {word: change(word) for word in words}
        good = {word for word, new in made.items() if well_formed(new) and not new.isascii()}
        share = sum(words[word] for word in good) / total
        if len({word for word in good if made[word] != word}) >= least and share > best[0]:
            best = (share, name)
    share, name = best
    if share < (0.85 if certain else 0.95) or share < before + 0.3:
        return None
    changed = FONTS[name](sample)
    if vietnamese(changed) < (0.95 if certain else 0.85) or vietnamese(sample) > 0.5:
        return None
    return FONTS[name](text), name
