"""The words that tell an act: a small lexicon by language, as patterns over a sentence."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from domain.plover import TYPES, Plover

DATA = Path(__file__).parent / "data" / "events"
_UNSPACED = frozenset(["zh", "ja", "th"])
_WORD = re.compile(r"[\w'’-]+")
_LETTERS = re.compile(r"\w+")
_KEY = 4
_GAP = r"(?:[^\w.;:!?]+[\w'’-]+){0,8}?[^\w.;:!?]+"
_GAP_UNSPACED = r"[^。；！？]{0,10}?"


@dataclass(frozen=True, slots=True)
class Trigger:
    """A stretch of a sentence that tells an act of a type; ``weak`` words count only where the meaning agrees.

    ``end`` is the end of its first word, ``stop`` of its last: who did it to whom may stand between. ``size`` is the
    number of words the entry has: a longer one knows more.
    """

    start: int
    end: int
    stop: int
    plover: Plover
    cameo: str
    weak: bool
    size: int


@dataclass(frozen=True, slots=True)
class _Entry:
    plover: Plover | None
    """None: it only looks like an act."""

    cameo: str
    weak: bool
    size: int


@dataclass(frozen=True, slots=True)
class _Match:
    start: int
    end: int
    stop: int
    entry: _Entry


def languages() -> frozenset[str]:
    """The languages that the lexicon has."""
    return frozenset(_lexicon())


def triggers(text: str, *, lang: str) -> tuple[Trigger, ...]:
    """The words of a sentence that tell acts, in order; of those that overlap only the longest, in every type it has.

    Nothing in a language that the lexicon lacks.
    """
    compiled = _compiled(lang)
    if compiled is None:
        return ()
    found: list[_Match] = []
    if lang in _UNSPACED:
        for pattern, entries in compiled[""]:
            found += [
                t
                for m in pattern.finditer(text)
                for t in _told(m.start(), min(m.end(), m.start() + 2), m.end(), entries)
            ]
    else:
        for word in _WORD.finditer(text):
            start = word.start()
            lower = word.group()[:_KEY].lower()
            for size in range(1, len(lower) + 1):
                for pattern, entries in compiled.get(lower[:size], ()):
                    if (match := pattern.match(text, start)) is not None:
                        found += _told(start, word.end(), match.end(), entries)
    return tuple(_longest(found))


def _told(start: int, end: int, stop: int, entries: list[_Entry]) -> Iterator[_Match]:
    return (_Match(start, end, stop, e) for e in entries)


def _longest(found: list[_Match]) -> Iterator[Trigger]:
    taken: list[tuple[int, int]] = []
    kept: list[Trigger] = []
    for one in sorted(found, key=lambda m: (-m.entry.size, m.start - m.stop, m.start)):
        span = (one.start, one.stop)
        if span not in taken and any(one.start < b and a < one.stop for a, b in taken):
            continue
        taken.append(span)
        e = one.entry
        if e.plover is not None:
            kept.append(Trigger(one.start, one.end, one.stop, e.plover, e.cameo, e.weak, e.size))
    yield from sorted(kept, key=lambda t: (t.start, t.stop, TYPES.index(t.plover)))


@functools.cache
def _lexicon() -> dict[str, dict[str, list[_Entry]]]:
    """By language: the entry as written, without its mark, and all it may mean."""
    raw = tomllib.loads((DATA / "lexicon.toml").read_text("utf-8"))
    out: dict[str, dict[str, list[_Entry]]] = {}
    for lang, kinds in raw.items():
        words = out.setdefault(lang, {})
        for kind, listed in kinds.items():
            name, _, code = kind.partition("/")
            plover = None if name == "NONE" else TYPES[TYPES.index(name)]
            for word in listed.split():
                bare = word.replace("?", "")
                size = len(re.split(r"[_~]|\.\{", bare)) if lang not in _UNSPACED else 1 + len(bare) // 3
                entry = _Entry(plover, code, "?" in word, size)
                held = words.setdefault(bare, [])
                if all(e.plover != plover for e in held):
                    held.append(entry)
    return out


@functools.cache
def _compiled(lang: str) -> dict[str, list[tuple[re.Pattern[str], list[_Entry]]]] | None:
    """Patterns by the first letters they begin with, so that few of them are tried at a word."""
    lexicon = _lexicon().get(lang)
    if lexicon is None:
        return None
    out: dict[str, list[tuple[re.Pattern[str], list[_Entry]]]] = {}
    for word, entries in lexicon.items():
        if lang in _UNSPACED:
            out.setdefault("", []).append((re.compile(word.replace("~", _GAP_UNSPACED)), entries))
            continue
        parts = re.split(r"([*_~])", word)
        body = "".join({"*": r"\w*", "_": r"\s+", "~": _GAP}.get(part) or re.escape(part) for part in parts)
        key = (_LETTERS.match(parts[0]) or _LETTERS.match("x"))[0][:_KEY].lower()  # type: ignore[index]
        out.setdefault(key, []).append((re.compile(rf"{body}(?!\w)", re.IGNORECASE), entries))
    return out
