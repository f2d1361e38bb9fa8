"""Which language part a text belongs to: decided by the text alone, so that a query and a passage go the same way."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import TYPE_CHECKING

from models.langid_vi import vietnamese

if TYPE_CHECKING:
    from models.langid import LanguageDetector

_SURE = 0.5


def part_for(text: str, languages: Collection[str]) -> str | None:
    """The language among these that a text is in, or None.

    Vietnamese is told by its syllables in microseconds, with its marks or without; others by the language detector.
    """
    if "vi" in languages and vietnamese(text) >= _SURE:
        return "vi"
    if not set(languages) - {"vi"}:
        return None
    found = _detector().identify(text)
    return found.code if found.code in languages and found.code != "vi" else None


@cache
def _detector() -> LanguageDetector:
    from models.langid import LanguageDetector

    return LanguageDetector()
