"""Search measured on judged questions: each with the documents that answer it, overall and by pair of languages.

A pair is the language of a question with that of the documents that answer it. It is measured within the documents of
the one language, so that "first of N" means the same for every pair; the figures over all questions are measured within
everything that is held, as a reader asks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import or_, select

from domain.document import Filters
from domain.protocols import Encoder, Vectors
from evaluation.retrieval import Quality, quality
from evaluation.rows import BadLine, read_rows, text_of, word_of
from index.store import schema as s
from service.search import MODES, Mode, Query, search, seen_by
from service.wiring import Home

DEPTH = 10
_PIECE = 400
Progress = Callable[[int, str], None]
Measured = dict[Mode, dict[str, Quality]]
"""By mode: the quality over all questions (``""``), over those of a language (``vi``), of a pair (``vi>en``)."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A question, the external ids (or document ids) of its answers, and the language it is asked in."""

    id: str
    query: str
    relevant: frozenset[str]
    lang: str


def read_judged(path: Path) -> tuple[list[Judged], list[BadLine]]:
    """Questions from JSONL: ``{"id":.., "query":.., "relevant":[..], "lang":..}`` a line; id and lang may be left out.

    Raises:
        InputError: the file cannot be read, or no line of it can be used.
    """
    return read_rows(path, _judged, what="questions")


def _judged(row: dict[str, Any], n: int) -> Judged:
    relevant = row["relevant"]
    if not isinstance(relevant, list) or not relevant or not all(isinstance(x, str | int) for x in relevant):
        raise ValueError("'relevant' is no list of ids")
    ids = frozenset(map(str, relevant))
    return Judged(word_of(row, "id") or str(n), text_of(row, "query"), ids, word_of(row, "lang").lower())


def measure(
    home: Home, judged: Sequence[Judged], *, filters: Filters | None = None, modes: Sequence[Mode] = MODES,
    progress: Progress | None = None,
) -> Measured:  # fmt: skip
    """The questions asked of what a home holds.

    Raises:
        ValueError: there are no questions.
    """
    filters = seen_by(home, filters or Filters())
    langs = languages_of(home, {one for own in judged for one in own.relevant}, filters=filters)
    groups = {
        lang: (replace(filters, langs=frozenset((lang,))), [one for one, its in langs.items() if its == lang])
        for lang in sorted(set(langs.values()))
        if not filters.langs or lang in filters.langs
    }
    return measure_groups(home, judged, whole=filters, groups=groups, modes=modes, progress=progress)


def measure_groups(
    home: Home, judged: Sequence[Judged], *, whole: Filters | None,
    groups: Mapping[str, tuple[Filters, Collection[str]]], modes: Sequence[Mode] = MODES,
    progress: Progress | None = None,
) -> Measured:  # fmt: skip
    """Questions asked within everything, and within each group of documents those that have answers there.

    Args:
        whole: what all the questions are asked within; None leaves that out.
        groups: by language the filters that leave its documents alone, and the ids that are in it.
    """
    out: Measured = {}
    done = 0
    with remembering(home.encoder):
        for mode in modes:
            ranks: dict[str, list[int]] = defaultdict(list)

            def tell(n: int, where: str) -> None:
                nonlocal done
                done += n
                if progress is not None:
                    progress(done, where)

            if whole is not None:
                places = _places(home, judged, [own.relevant for own in judged], whole, mode, f"{mode}, all", tell)
                for own, place in zip(judged, places, strict=True):
                    ranks[""].append(place)
                    if own.lang:
                        ranks[own.lang].append(place)
            for lang, (filters, held) in groups.items():
                inside = [(own, own.relevant & frozenset(held)) for own in judged if own.lang]
                inside = [(own, ids) for own, ids in inside if ids]
                asked = [own for own, _ in inside]
                places = _places(home, asked, [ids for _, ids in inside], filters, mode, f"{mode}, {lang}", tell)
                for own, place in zip(asked, places, strict=True):
                    ranks[f"{own.lang}>{lang}"].append(place)
            out[mode] = {name: quality(found) for name, found in sorted(ranks.items())}
    return out


def _places(
    home: Home, judged: Sequence[Judged], relevant: Sequence[frozenset[str]], filters: Filters, mode: Mode,
    where: str, tell: Progress,
) -> list[int]:  # fmt: skip
    """The place of the first relevant document of each question; 0 where none is among the first ten."""
    found: list[int] = []
    for pairs in _pieces(zip(judged, relevant, strict=True), 100):
        queries = [Query(own.id, own.query) for own, _ in pairs]
        answers = search(home, queries, k=DEPTH, mode=mode, filters=filters)
        for (_, right), answer in zip(pairs, answers, strict=True):
            names = ({hit.external_id, hit.document_id} for hit in answer.hits)
            found.append(next((n for n, own in enumerate(names, 1) if own & right), 0))
        tell(len(pairs), where)
    return found


def languages_of(home: Home, ids: Iterable[str], *, filters: Filters) -> dict[str, str]:
    """The language of each document that is named, by id or external id, and may be seen."""
    d, v = s.documents.c, s.versions.c
    found: dict[str, str] = {}
    with home.read() as c:
        for piece in _pieces(sorted(ids), _PIECE):
            query = (
                select(d.id, d.external_id, v.lang)
                .join(s.versions, v.document_id == d.id)
                .where(or_(d.id.in_(piece), d.external_id.in_(piece)))
                .where(v.superseded.is_(None), v.label <= int(filters.clearance))
            )
            for row in c.execute(query):
                for name in (row.id, row.external_id):
                    if name in piece:
                        found[name] = row.lang
    return found


def _pieces(values: Iterable[Any], size: int) -> Iterator[list[Any]]:
    stream = iter(values)
    while piece := list(islice(stream, size)):
        yield piece


@contextmanager
def remembering(encoder: Encoder) -> Iterator[None]:
    """Within, the encoder encodes a question once: each is asked in several modes and of several languages."""
    plain, own = encoder.encode, vars(encoder)
    before = own.get("encode")
    known: dict[str, Vectors] = {}

    def encode(texts: Sequence[str], *, query: bool = False) -> Vectors:
        if not query or not texts:
            return plain(texts, query=query)
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known.update(zip(new, plain(new, query=True), strict=True))
        return np.stack([known[text] for text in texts])

    own["encode"] = encode
    try:
        yield
    finally:
        del own["encode"]
        if before is not None:
            own["encode"] = before
