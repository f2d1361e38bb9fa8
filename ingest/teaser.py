"""Whether a feed's entry is an article or only points to one."""

from __future__ import annotations

import re

from domain.document import Document
from domain.text import words

SHORT = 150
"""Words below which an entry is taken for a teaser."""
SHORT_CHARACTERS = 300
"""The same for scripts that put no spaces between words."""
CUT_SHORT = 400
"""Words below which an entry that ends as if it was cut off is taken for a teaser."""

_MORE = (
    "read more", "see more", "continue reading", "xem thêm", "đọc tiếp", "lire la suite", "weiterlesen", "mehr lesen",
    "leer más", "seguir leyendo", "ler mais", "leia mais", "czytaj więcej", "czytaj dalej", "читать далее", "подробнее",
    "leggi tutto", "続きを読む", "阅读全文", "더보기", "selengkapnya", "اقرأ المزيد",
)  # fmt: skip
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def is_teaser(document: Document) -> bool:
    """Whether the text of an entry is short, stands in for one, or breaks off."""
    if document.meta.get("text_from"):
        return True
    text = document.text.strip()
    if len(_UNSPACED.findall(text[:2000])) > len(text[:2000]) / 3:
        return len(text) < SHORT_CHARACTERS or (len(text) < 3 * SHORT_CHARACTERS and _breaks_off(text))
    said = len(words(text[: 40 * CUT_SHORT]))
    return said < SHORT or (said < CUT_SHORT and _breaks_off(text))


def _breaks_off(text: str) -> bool:
    end = text[-60:].rstrip(" \t\n>»])")
    return end.endswith(("...", "…")) or end.rstrip(".… ").casefold().endswith(_MORE)
