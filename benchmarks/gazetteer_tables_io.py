"""Reading the hand-written tables, and small tools for names."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


HERE = Path(__file__).parent
TABLES = HERE / "gazetteer_tables"
Row = dict[str, Any]
Names = dict[str, dict[str, None]]


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("’", "'").replace("\u200b", "")).strip()


def table(name: str) -> Iterator[str]:
    for line in (TABLES / name).read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.strip()


def add(names: Names, lang: str, values: Iterable[str]) -> None:
    for value in values:
        if value and value.strip():
            names.setdefault(lang, {})[nfc(value)] = None


def frozen(names: Names) -> dict[str, list[str]]:
    return {lang: sorted(values) for lang, values in sorted(names.items()) if values}


_SCRIPTS = (
    "LATIN",
    "CYRILLIC",
    "GREEK",
    "ARABIC",
    "HEBREW",
    "CJK",
    "HIRAGANA",
    "KATAKANA",
    "HANGUL",
    "THAI",
    "LAO",
    "KHMER",
    "MYANMAR",
    "DEVANAGARI",
    "BENGALI",
    "TAMIL",
    "TELUGU",
    "GEORGIAN",
    "ARMENIAN",
    "GUJARATI",
    "GURMUKHI",
    "KANNADA",
    "MALAYALAM",
    "SINHALA",
    "ETHIOPIC",
    "TIBETAN",
)


def script(text: str) -> str | None:
    """The script of the first letter, or None where letters of several alphabets mix."""
    found = {next((s for s in _SCRIPTS if unicodedata.name(c, "").startswith(s)), "?") for c in text if c.isalpha()}
    found -= {"HIRAGANA"} if "CJK" in found or "KATAKANA" in found else set()
    if found == {"CJK", "KATAKANA"}:
        return "CJK"
    return found.pop() if len(found) == 1 and "?" not in found else None
