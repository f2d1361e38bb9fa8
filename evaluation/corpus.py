"""Retrieval measured on paragraphs of one's own: stored in a home made for it, asked by pair of languages.

Every language's paragraphs are a source of their own in that home, so that a pair is measured within the paragraphs
that the file says are in the language, whatever language identification makes of them.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from domain.document import Document, Filters
from evaluation.judged import Judged, Measured, Progress, measure_groups
from evaluation.rows import BadLine, read_rows, text_of, word_of
from service import pipeline
from service.config import Settings
from service.search import MODES, Mode
from service.wiring import open_home

_READ = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A text to be found: its id, the language the file says it is in, and what it says."""

    id: str
    lang: str
    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What one encoder reached: the measures, and of how many paragraphs a language each "first" is."""

    encoder: str
    of: dict[str, int]
    modes: Measured
    failures: tuple[BadLine, ...]


def read_corpus(path: Path) -> tuple[list[Paragraph], list[BadLine]]:
    """Paragraphs from JSONL: ``{"id":.., "lang":.., "text":..}`` a line. An id or a text given twice is a bad line.

    Raises:
        InputError: the file cannot be read, or no line of it can be used.
    """
    seen: dict[str, str] = {}

    def paragraph(row: dict[str, Any], n: int) -> Paragraph:
        name, lang, text = word_of(row, "id"), word_of(row, "lang").lower(), text_of(row, "text")
        if not name or not lang:
            raise ValueError("has no 'id' or no 'lang'")
        if name in seen:
            raise ValueError(f"its id {name!r} was given before")
        if (before := seen.get(f"\n{text}")) is not None:
            raise ValueError(f"its text is that of {before!r}")
        seen[name] = seen[f"\n{text}"] = name
        return Paragraph(name, lang, text)

    return read_rows(path, paragraph, what="paragraphs")


def answerable(
    paragraphs: Sequence[Paragraph], judged: Sequence[Judged], *, item: str
) -> tuple[list[Judged], list[BadLine]]:
    """The questions that have a language and an answer among the paragraphs; the others, with the reason."""
    known = {one.id for one in paragraphs}
    good: list[Judged] = []
    failures: list[BadLine] = []
    for one in judged:
        if not one.lang:
            failures.append(BadLine(item=f"{item}:{one.id}", error="has no 'lang'"))
        elif not one.relevant & known:
            failures.append(BadLine(item=f"{item}:{one.id}", error="none of its answers is in the corpus"))
        else:
            good.append(one)
    return good, failures


def measure_corpus(
    paragraphs: Sequence[Paragraph], judged: Sequence[Judged], *, settings: Settings, encoder: str | None = None,
    modes: Sequence[Mode] = MODES, together: bool = False, progress: Progress | None = None,
) -> Answered:  # fmt: skip
    """Store the paragraphs in a home of their own, by ``encoder`` (else the settings'), and ask the questions.

    Args:
        together: ask within the paragraphs of all languages together too.

    Raises:
        ModelError: there is no such encoder. ValueError: there are no questions.
    """
    models = replace(settings.models, encoder=encoder or settings.models.encoder, recognisers=False)
    own = replace(settings, models=models, alerts=replace(settings.alerts, delivery="none"))
    with tempfile.TemporaryDirectory(prefix="vedette-eval-") as folder:
        home = open_home(Path(folder) / "home", settings=own)
        try:
            name = home.encoder.id
            documents = [
                Document(source=f"paragraphs {one.lang}", external_id=one.id, title="", text=one.text, item=one.id,
                         known=_READ, known_basis="published", lang_hint=one.lang)
                for one in paragraphs
            ]  # fmt: skip
            stored = pipeline.ingest_documents(home, documents, progress=progress)
            failures = [BadLine(item=f["item"], error=f["error"]) for f in stored.failures]
            of = Counter(one.lang for one in paragraphs)
            groups = {
                lang: (
                    Filters(sources=frozenset((f"paragraphs {lang}",))),
                    [p.id for p in paragraphs if p.lang == lang],
                )
                for lang in sorted(of)
            }
            found = measure_groups(home, judged, whole=Filters() if together else None, groups=groups, modes=modes,
                                   progress=None if progress is None else _after(progress, len(documents)))  # fmt: skip
        finally:
            home.close()
    return Answered(name, dict(sorted(of.items())), found, tuple(failures))


def _after(progress: Progress, done: int) -> Progress:
    return lambda n, where: progress(done + n, where)
