"""Bytes to text: what the file says of itself first, then UTF-8, then a guess that is reported as one."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from domain.errors import ParseError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 64 * 1024
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]")


def decode(data: bytes, *, item: str, declared: str | None = None) -> tuple[str, str | None]:
    """The text of the bytes, and a note on its encoding when it had to be guessed or repaired.

    Raises:
        ParseError: the bytes are not text in any encoding that can be told.
    """
    text, note = _decode(data, declared)
    if text is None or not text.strip():
        raise ParseError("is not text, or its encoding cannot be told", item=item, stage="parse")
    sample = text[:_SAMPLE]
    if len(_BINARY.findall(sample)) > max(2, 0.02 * len(sample)):
        raise ParseError("is not text: it holds binary data", item=item, stage="parse")
    return text, note


def _decode(data: bytes, declared: str | None) -> tuple[str | None, str | None]:
    for mark, name in _BOMS:
        if data.startswith(mark):
            marked = data.removeprefix(mark if name == "utf-8" else b"").decode(name, "replace")
            return marked, f"{name}, with unreadable characters" if "\ufffd" in marked else None
    if wide := _wide(data):  # zeros are valid UTF-8, so this comes first
        return data.decode(wide, "replace"), f"{wide} (guessed)"
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 3:
            return data[: error.start].decode("utf-8"), "utf-8, cut off in its last character"
    if declared and (told := _try(data, declared)) is not None:
        return told, None
    if _mostly_utf8(data):
        return data.decode("utf-8", "replace"), "utf-8, with unreadable characters"
    best = from_bytes(data[:_SAMPLE]).best()
    if best is None:
        return None, None
    return data.decode(best.encoding, "replace"), f"{best.encoding} (guessed)"


def _try(data: bytes, name: str) -> str | None:
    try:
        return data.decode(codecs.lookup(name.strip()).name)
    except (LookupError, UnicodeError, ValueError):
        return None


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of Western text is zero."""
    head = data[:_SAMPLE]
    if len(head) < 4 or head.count(0) < len(head) * 0.2:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > 10 * max(even, 1):
        return "utf-16-le"
    return "utf-16-be" if even > 10 * max(odd, 1) else None


def _mostly_utf8(data: bytes) -> bool:
    """Whether damaged characters are rare among whole ones of more than one byte."""
    text = data[:_SAMPLE].decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = sum(1 for c in text if c > "\x7f") - broken
    return whole > 10 * broken
