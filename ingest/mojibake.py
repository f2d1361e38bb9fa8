"""Text that was read in the wrong encoding somewhere on its way here, put right where that is certain.

UTF-8 taken for a one-byte code ("Viá»‡t Nam", "Р’СЊРµС‚РЅР°Рј") leaves sequences that hardly occur otherwise; they are
turned back where nearly every letter beyond ASCII is in one. Vietnamese in the codes of its old fonts, and as it was
typed without marks, is told by its syllables (``models.langid_fonts``, ``models.langid_typed``). What is not certain
stays as it is.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from models.langid_fonts import unfonted
from models.langid_typed import written_out

_SAMPLE = 5_000
_CODES = ("cp1252", "cp1251", "cp1250", "cp1258")
# UTF-8 in bytes seen as the characters of those numbers; what is no byte is U+FFFF.
_SEQUENCE = re.compile("[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile("[^\x00-\x7f]")
# Characters gained by one sequence alone say nothing; some letters may have been damaged on the way.
_LEAST, _SHARE = 2, 0.93
_TIMES = 3
_SHORT = 300


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
    for way in (unfonted, written_out):
        done = way(text)
        if done is not None:
            text, name = done
            notes.append(f"Vietnamese in {name}, written in Unicode")
            break
    return text, "; ".join(dict.fromkeys(notes)) or None


def repaired_together(title: str, text: str) -> tuple[str, str, str | None]:
    """A document's title and text put right as ``repaired`` does; a short text is judged with its title."""
    body, note = repaired(text)
    if note is None and len(text) > _SHORT:
        return title, text, None
    both, also = repaired(f"{title}\n{text}") if "\n" not in title else (title, None)
    if also is None:
        return title, body, note
    head, _, rest = both.partition("\n")
    return head, rest, also


def _unread(text: str) -> tuple[str, str] | None:
    sample = text[:_SAMPLE]
    high = len(_HIGH.findall(sample))
    if high < 2 * _LEAST - 1:
        return None
    best: tuple[int, str] | None = None
    for code in _CODES:
        found = _SEQUENCE.findall(sample.translate(_bytes_of(code)))
        inside = sum(map(len, found))
        if inside - len(found) < _LEAST or inside < _SHARE * high or (best is not None and inside <= best[0]):
            continue
        letters = "".join(one.encode("latin-1").decode("utf-8", "replace") for one in found)
        if sum(map(_usual, letters)) >= 0.9 * len(letters):
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


def _usual(letter: str) -> bool:
    """Letters, their marks, and the signs of print: what a sequence that was not there by chance turns into."""
    return unicodedata.category(letter)[0] in "LMPZ" or letter in "°€£©®™№" or ord(letter) > 0xFFFF
