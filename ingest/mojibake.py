"""Text that was read in the wrong encoding somewhere on its way here, put right where that is certain.

UTF-8 taken for a one-byte code ("Viá»‡t Nam", "Р’СЊРµС‚РЅР°Рј") leaves sequences that hardly occur otherwise; they are
turned back where nearly every letter beyond ASCII is in one. Vietnamese in the codes of its old fonts, and as it was
typed without marks, is told by its syllables (``models.langid_fonts``, ``models.langid_typed``). What is not certain
stays as it is, with a note.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from models.langid_fonts import unfonted
from models.langid_typed import written_out
from models.langid_vi import vietnamese, well_formed

_SAMPLE = 5_000
_CODES = ("cp1252", "cp1251", "cp1250", "cp1258")
# UTF-8 in bytes seen as the characters of those numbers; what is no byte is U+FFFF.
_SEQUENCE = re.compile("[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
# First bytes whose second one is gone, or is a plain blank now.
_LOST = re.compile("\xc3(?= )|\xc4(?![\x80-\xbf])")
_HIGH = re.compile("[^\x00-\x7f]")
# Characters gained by one sequence alone say nothing; some letters may have been damaged on the way.
_LEAST, _SHARE = 2, 0.93
_TIMES = 3
_SHORT = 300
# What is left of "Đ" and "à" where programs dropped or changed their second byte: no letters of Vietnamese.
# A syllable has seven letters at most.
_BLANK = re.compile(r"([^\W\d_]{0,7})Ã[ \xa0]([^\W\d_]{0,7})")
_ENDINGS = frozenset(("n", "ng", "nh", "m", "p", "t", "c", "ch", "i", "o", "u", "y"))
_WINDOW = 250


class _Table(dict[int, int]):
    """Characters to the bytes that they stand for in a code; what stands for none becomes U+FFFF."""

    def __missing__(self, key: int) -> int:
        return 0xFFFF


@cache
def _bytes_of(code: str) -> _Table:
    table = _Table(zip(range(0x80), range(0x80), strict=True))
    for byte in range(0x80, 0x100):
        try:
            table[ord(bytes([byte]).decode(code))] = byte
        except UnicodeDecodeError:
            table[byte] = byte
    if code == "cp1252":
        table.update({byte: byte for byte in range(0x80, 0xA0)})  # programs that take it for ISO 8859-1
    return table


def repaired(text: str) -> tuple[str, str | None]:
    """The text, put right where it certainly was read wrongly, and then a note that says what was done."""
    notes: list[str] = []
    for _ in range(_TIMES):
        found = _unread(text)
        if found is None:
            break
        text, code = found
        notes.append(f"UTF-8 that had been read as {code}, put right")
    if notes and vietnamese(text[:_SAMPLE]) > 0.95:
        text = _BLANK.sub(_joined, text.replace("Ä", "Đ"))
    for way in (unfonted, written_out):
        done = way(text)
        if done is not None:
            text, name = done
            notes.append(f"Vietnamese in {name}, written in Unicode")
            break
    if not notes and (doubt := _suspected(text)) is not None:
        notes.append(f"looks as if it had been read in the wrong encoding ({doubt}); kept as it is")
    return text, "; ".join(dict.fromkeys(notes)) or None


def repaired_together(title: str, text: str) -> tuple[str, str, str | None]:
    """A document's title and text put right as ``repaired`` does; a short text is judged with its title."""
    body, note = repaired(text)
    if body == text and len(text) > _SHORT:
        return title, text, note
    both, also = repaired(f"{title}\n{text}") if "\n" not in title else (title, None)
    if also is None or both == f"{title}\n{text}":
        return title, body, note
    head, _, rest = both.partition("\n")
    return head, rest, also


def _joined(found: re.Match[str]) -> str:
    """A letter à whose second byte, a blank that does not break, was made a plain blank on the way."""
    before, after = found.groups()
    whole = f"{before}à{after}"
    return whole if not after or (after in _ENDINGS and well_formed(whole)) else f"{before}à {after}"


def _suspected(text: str) -> str | None:
    """What a text seems to have gone through, where that is likely and not certain."""
    sample = text[:_SAMPLE]
    high = len(_HIGH.findall(sample))
    found = _SEQUENCE.findall(_near(sample).translate(_bytes_of("cp1252")))
    letters = "".join(one.encode("latin-1").decode("utf-8", "replace") for one in found)
    if found and sum(map(len, found)) >= 0.5 * high and all(map(_usual, letters)):
        return "UTF-8 as cp1252"
    doubted = unfonted(sample, certain=False)
    return None if doubted is None else f"Vietnamese in {doubted[1]}"


def _unread(text: str) -> tuple[str, str] | None:
    sample = text[:_SAMPLE]
    high = len(_HIGH.findall(sample))
    if high < 2 * _LEAST - 1:
        return None
    best: tuple[int, str] | None = None
    near = _near(sample)
    least = 0.5 * len(_HIGH.findall(near))
    for code in _CODES:
        if sum(map(len, _SEQUENCE.findall(near.translate(_bytes_of(code))))) < least:
            continue
        found = _SEQUENCE.findall(sample.translate(_bytes_of(code)))
        inside = sum(map(len, found))
        gained = inside - len(found)
        inside += len(_LOST.findall(sample.translate(_bytes_of(code))))
        if gained < _LEAST or inside < _SHARE * high or (best is not None and inside <= best[0]):
            continue
        letters = "".join(one.encode("latin-1").decode("utf-8", "replace") for one in found)
        if code == "cp1252" or sum(map(_usual, letters)) >= 0.9 * len(letters):
            best = inside, code
    if best is None:
        return None
    parts: list[str] = []
    at = 0
    for one in _SEQUENCE.finditer(text.translate(_bytes_of(best[1]))):
        try:
            letter = one[0].encode("latin-1").decode("utf-8")
        except UnicodeDecodeError:
            continue
        parts += (text[at : one.start()], letter)
        at = one.end()
    return "".join((*parts, text[at:])), best[1]


def _near(sample: str) -> str:
    """What stands about the first letters beyond ASCII: enough to see that most texts are as they should be."""
    first = _HIGH.search(sample)
    return sample[first.start() : first.start() + _WINDOW] if first else ""


def _usual(letter: str) -> bool:
    """Letters, their marks, and the signs of print: what a sequence that was not there by chance turns into."""
    return unicodedata.category(letter)[0] in "LMPZ" or letter in "°€£©®™№" or ord(letter) > 0xFFFF
