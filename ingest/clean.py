"""What every text goes through before it is stored, and what is taken out only where it is shown or matched."""

from __future__ import annotations

import re
import unicodedata

_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_GAPS = re.compile(r"\n{3,}")

_ITEM = re.compile(r"\s*(?:\(?\d{1,3}[.)]\s|\(?[A-Za-z][.)]\s|[-*•–—]{1,2}\s)")
_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")


def clean(text: str) -> str:
    """The text as it is stored: NFC, line feeds only, no NUL or other control characters, no half characters.

    Zero-width and direction controls stay: they may be part of a word or of the evidence
    (``domain.text.strip_invisible`` takes them out for display and search).
    """
    text = _CONTROLS.sub("", _BREAKS.sub("\n", text)).lstrip("\ufeff")
    text = _SURROGATES.sub("\ufffd", text)
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def tidy(text: str) -> str:
    """Cleaned text without blanks at line ends and without more than one empty line in a row."""
    return _GAPS.sub("\n\n", "\n".join(line.rstrip() for line in clean(text).split("\n"))).strip()


def one_line(text: str, *, limit: int = 500) -> str:
    """Cleaned text on one line with single spaces, cut to ``limit`` characters: a title or a name."""
    line = " ".join(clean(text).split(maxsplit=limit))  # so many words are longer than the limit
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def unwrap(text: str) -> str:
    """Text whose lines were broken to a width, with each paragraph on one line again.

    A line that begins a list item or a numbered paragraph stays on its own; so does one after a line that ended
    well short of the text's usual width. A word cut by a hyphen at the line's end is joined.
    """
    lines = clean(text).split("\n")
    lengths = sorted(len(line) for line in lines if line.strip())
    usual = lengths[int(len(lengths) * 0.75)] if lengths else 0
    out: list[str] = []
    open_line = False
    for raw in lines:
        line = raw.strip()
        if not line:
            out.append("")
            open_line = False
            continue
        if open_line and not _ITEM.match(raw):
            out[-1] = _join(out[-1], line)
        else:
            out.append(line)
        open_line = len(raw.rstrip()) >= usual * 0.6
    return _GAPS.sub("\n\n", "\n".join(out)).strip()


def _join(left: str, right: str) -> str:
    if left.endswith("\u00ad"):
        return left[:-1] + right
    if left.endswith("-") and left[-2:-1].isalpha() and right[:1].islower():
        return left[:-1] + right
    if _WIDE.match(left[-1:]) and _WIDE.match(right[:1]):
        return left + right
    return f"{left} {right}"
