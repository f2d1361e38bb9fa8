"""Language identification measured on texts whose language is known, by language and by length."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from domain.protocols import LanguageIdentifier
from evaluation.rows import BadLine, read_rows, text_of, word_of
from models.langid import primary

LENGTHS = ((20, "up to 20"), (60, "20 to 60"), (200, "60 to 200"), (None, "over 200"))
"""Bounds in characters, each the last of its band, and how the bands are called."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and its language; ``group`` is the name it is counted under, the language as the file writes it."""

    text: str
    lang: str
    group: str


@dataclass(slots=True)
class Tally:
    """Of texts how many were told rightly, and what the others were taken for."""

    n: int = 0
    right: int = 0
    taken_for: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        """The share that was told rightly; 0 of none."""
        return self.right / self.n if self.n else 0.0

    def add(self, told: str, right: bool) -> None:
        """Count one text."""
        self.n += 1
        self.right += right
        if not right:
            self.taken_for[told] += 1

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"n": self.n, "accuracy": self.share, "taken_for": dict(self.taken_for.most_common())}


@dataclass(frozen=True, slots=True)
class Told:
    """What was measured: over all, by language, by length, by both."""

    all: Tally
    by_lang: dict[str, Tally]
    by_length: dict[str, Tally]
    by_both: dict[tuple[str, str], Tally]

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        lengths: dict[str, dict[str, Any]] = defaultdict(dict)
        for (lang, length), tally in self.by_both.items():
            lengths[lang][length] = tally.plain()
        return {
            "all": self.all.plain(),
            "by_lang": {lang: {**tally.plain(), "by_length": lengths[lang]} for lang, tally in self.by_lang.items()},
            "by_length": {length: tally.plain() for length, tally in self.by_length.items()},
        }


def read_labelled(path: Path) -> tuple[list[Labelled], list[BadLine]]:
    """Texts from JSONL, ``{"text":.., "lang":..}`` a line, or from a table of tabs: the language, a tab, the text.

    A language may carry more than its code (``vi-plain``): the code is what is compared, the whole is what it is
    counted under. ``und`` says that nobody could tell.

    Raises:
        InputError: the file cannot be read, or no line of it can be used.
    """
    split = _split if path.suffix.lower() in (".tsv", ".txt", ".tab") else None
    return read_rows(path, _labelled, what="texts with their language", split=split)


def _split(line: str) -> dict[str, Any]:
    lang, tab, text = line.partition("\t")
    if not tab:
        raise ValueError("has no tab between language and text")
    return {"lang": lang.strip(), "text": text}


def _labelled(row: dict[str, Any], n: int) -> Labelled:
    group = word_of(row, "lang")
    code = "und" if group.lower() == "und" else primary(group)
    if code is None:
        raise ValueError(f"{group!r} is no language")
    return Labelled(text_of(row, "text"), code, group)


def length_of(text: str) -> str:
    """The band of lengths a text is in."""
    return next(name for most, name in LENGTHS if most is None or len(text) <= most)


def measure(
    identifier: LanguageIdentifier, labelled: Sequence[Labelled], *, progress: Callable[[int, str], None] | None = None
) -> Told:
    """Identify each text, without a word on where it comes from, and compare."""
    total = Tally()
    by_lang: dict[str, Tally] = defaultdict(Tally)
    by_length: dict[str, Tally] = {name: Tally() for _, name in LENGTHS}
    by_both: dict[tuple[str, str], Tally] = defaultdict(Tally)
    for n, one in enumerate(labelled, 1):
        told = identifier.identify(one.text).code
        length = length_of(one.text)
        for tally in (total, by_lang[one.group], by_length[length], by_both[one.group, length]):
            tally.add(told, told == one.lang)
        if progress is not None and n % 100 == 0:
            progress(n, one.group)
    lengths = {name: tally for name, tally in by_length.items() if tally.n}
    return Told(total, dict(sorted(by_lang.items())), lengths, dict(by_both))
