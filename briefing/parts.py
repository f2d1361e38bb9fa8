"""The pieces of a briefing while it is made: citations are numbered only when all that is shown is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from briefing.select import Extract, Paper
from briefing.sentences import Candidate
from briefing.verify import faults, stands_in
from domain.briefing import Citation, SectionKind, Statement

_SAME_SENTENCE = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence before its citations are numbered; their ``n`` is not yet set."""

    text: str
    cites: tuple[Citation, ...]
    lang: str
    basis: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An item before its citations are numbered."""

    heading: str
    lines: tuple[Line, ...]
    when: datetime | None = None
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A section before its citations are numbered."""

    kind: SectionKind
    title: str
    entries: tuple[Entry, ...]
    notes: tuple[str, ...] = ()


def standing(candidate: Candidate, papers: Iterable[Paper]) -> tuple[Citation, ...]:
    """The passage the sentence was taken from, and passages of other documents of the story that hold it as well."""
    found = [cite(candidate.paper, candidate.passage)]
    for paper in papers:
        if len(found) > _SAME_SENTENCE:
            break
        if paper.id == candidate.paper.id or paper.lang != candidate.paper.lang:
            continue
        passage = next((p for p in paper.passages if stands_in(candidate.text, p.text)), None)
        if passage is not None:
            found.append(cite(paper, passage))
    return tuple(found)


def cite(paper: Paper, passage: Extract) -> Citation:
    """A citation of a passage, its number not yet set."""
    return Citation(
        n=0, document_id=paper.id, passage_id=passage.id, title=paper.title, source=paper.source, lang=paper.lang,
        published=paper.published, url=paper.url, label=paper.label, passage=passage.text,
    )  # fmt: skip


def key(citation: Citation) -> tuple[str, int]:
    """What tells cited passages apart."""
    return citation.document_id, citation.passage_id


def numbered(line: Line, listed: dict[tuple[str, int], Citation]) -> Statement | None:
    """The statement, its new citations listed; None, and nothing listed, where it cannot be proven."""
    ordered = {key(c): c for c in line.cites}
    fresh = {key: c for key, c in ordered.items() if key not in listed}
    numbers = {key: listed[key].n for key in ordered if key in listed}
    numbers.update({key: len(listed) + i for i, key in enumerate(fresh, 1)})
    cited = {numbers[key]: listed.get(key, replace(c, n=numbers[key])) for key, c in ordered.items()}
    statement = Statement(
        text=line.text, citations=tuple(sorted(numbers.values())), quoted=line.basis is None, lang=line.lang,
        basis=line.basis,
    )  # fmt: skip
    if faults(statement, cited):
        return None
    listed.update({key: replace(c, n=numbers[key]) for key, c in fresh.items()})
    return statement
