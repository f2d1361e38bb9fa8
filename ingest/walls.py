"""Pages that stand before an article, and the lines on an article's page that are no part of it.

Consent, log-in, payment, robot checks, errors: each says so in a handful of phrases, in the languages of the bundled
feeds. A phrase alone proves nothing (articles are written about captchas too): it counts on a short text, or at the
very beginning, or together with others.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from domain.text import UNSPACED, count_words, fold

_DATA = Path(__file__).parent / "data" / "notices.toml"

_ASKING = ("asks for consent", "is behind a paywall", "asks to log in", "needs JavaScript")
_SHORT = 220  # words of a page that is short enough to be none but the wall
_BEGINNING = 600
_LINE = 40
_ASIDE = 14
_POINTER_LINE = 30
_TAIL = re.compile(r"[\s:：>»›→…\-–—|.!]+$")


def wall_of(text: str, *, title: str = "") -> str:
    """What stands between the reader and the article, such as ``asks for consent``; empty when this seems to be one.

    The fewer words a page has, the fewer phrases prove it; one in the title or the first lines counts more.
    """
    length = count_words(text)
    folded, heading = fold(text[:20_000]), fold(title) if len(title) < 80 else ""
    best, most = "", 0.0
    opening = folded[:_BEGINNING]
    for name, phrases in _walls().items():
        within, in_title = _said(phrases, folded), bool(heading and _said(phrases, heading))
        if not within and not in_title:
            continue
        score = len(within) + 2.0 * in_title + (0.5 if _said(within, opening) else 0.0)
        needed = 1.0 if length < _SHORT / 4 else 2.0 if length < _SHORT else 5.0
        if score >= needed and score > most:
            best, most = name, score
    return best


def is_notice(line: str) -> bool:
    """Whether a line at an article's edge asks its reader for consent, money, a password or another browser."""
    text = fold(_TAIL.sub("", line.strip()))
    length = count_words(text)
    if not text or length > _LINE:
        return False
    asked = (phrase for name in _ASKING for phrase in _said(_walls()[name], text))
    return any(length <= _ASIDE or 3 * len(phrase) >= len(text) for phrase in asked)


def is_pointer(line: str) -> bool:
    """Whether a line points to other articles or asks to share this one: its phrase alone, or before a colon."""
    text = fold(_TAIL.sub("", line.strip()))
    if not text or count_words(text) > _POINTER_LINE:
        return False
    head = re.split(r"[:：>»|]", text, maxsplit=1)
    return head[0].strip() in _pointers()


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return tomllib.loads(_DATA.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _walls() -> dict[str, tuple[str, ...]]:
    return {name: tuple(fold(phrase) for phrase in phrases) for name, phrases in _data()["walls"].items()}


@lru_cache(maxsize=1)
def _pointers() -> frozenset[str]:
    return frozenset(fold(phrase) for phrase in _data()["pointers"])


def _said(phrases: Iterable[str], text: str) -> list[str]:
    """Those of the folded phrases that stand in the folded text, where the script has spaces at a word's beginning."""
    return [phrase for phrase in phrases if phrase in text and _begins_a_word(phrase, text)]


def _begins_a_word(phrase: str, text: str) -> bool:
    if UNSPACED.match(phrase) or phrase[0] >= "\uac00":  # Hangul, whose particles join words
        return True
    at = text.find(phrase)
    while at > 0 and text[at - 1].isalpha():
        at = text.find(phrase, at + 1)
    return at >= 0
