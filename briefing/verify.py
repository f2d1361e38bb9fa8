"""The proof of a briefing: whatever it quotes stands where it says, and whatever it counts says how."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from domain.briefing import Briefing, Citation, Statement
from domain.label import strictest
from domain.text import is_unspaced

_COUNTED = re.compile(r"^counted=(\d+)(?:;|$)")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a briefing, and where."""

    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


def collapse(text: str) -> str:
    """The text with every run of white space as one space and none at the ends; nothing else changed."""
    return " ".join(text.split())


def counted(basis: str | None) -> int | None:
    """The figure a computed statement's basis begins with (``counted=12; ...``), or None."""
    found = _COUNTED.match(basis or "")
    return int(found.group(1)) if found else None


def stands_in(quote: str, passage: str) -> bool:
    """Whether the quote stands in the passage word for word, white space aside, cutting no word at its ends."""
    quote, passage = collapse(quote), collapse(passage)
    if not quote:
        return False
    start = passage.find(quote)
    while start >= 0:
        end = start + len(quote)
        if not _within_word(passage, start) and not _within_word(passage, end):
            return True
        start = passage.find(quote, start + 1)
    return False


def _within_word(text: str, at: int) -> bool:
    if at <= 0 or at >= len(text):
        return False
    before, after = text[at - 1], text[at]
    return before.isalnum() and after.isalnum() and not (is_unspaced(before) or is_unspaced(after))


def verify(briefing: Briefing) -> list[Problem]:
    """Everything wrong with the briefing; an empty list is the proof that it holds.

    A quoted statement cites at least one passage and stands word for word in each. A computed one has a basis that
    begins with the figure counted, shows that figure, cites no more passages than it counted, and cites none only when
    it counted nothing. Citations are numbered 1, 2, 3 ... without a gap, no passage is listed twice, each is used, and
    none is stricter than the briefing's label.
    """
    found: list[Problem] = []
    if [c.n for c in briefing.citations] != list(range(1, len(briefing.citations) + 1)):
        found.append(Problem("citations", f"not numbered 1 to {len(briefing.citations)} in order"))
    for (document, passage), times in Counter((c.document_id, c.passage_id) for c in briefing.citations).items():
        if times > 1:
            found.append(Problem("citations", f"passage {passage} of {document} is listed {times} times"))
    if strictest(c.label for c in briefing.citations) > briefing.label:
        found.append(Problem("label", "a cited passage is stricter than the briefing"))
    if briefing.since >= briefing.until:
        found.append(Problem("period", "it ends before it begins"))
    citations = {c.n: c for c in briefing.citations}
    used: set[int] = set()
    for section in briefing.sections:
        for i, item in enumerate(section.items, 1):
            for j, statement in enumerate(item.statements, 1):
                used.update(statement.citations)
                where = f"{section.kind}, item {i}, sentence {j}"
                found += [Problem(where, reason) for reason in faults(statement, citations)]
    found += [Problem(f"citation {n}", "nothing cites it") for n in sorted(citations.keys() - used)]
    return found


def faults(statement: Statement, citations: dict[int, Citation]) -> list[str]:
    """What is wrong with one statement, given the citations by number."""
    out = []
    if not collapse(statement.text):
        out.append("it says nothing")
    if len(set(statement.citations)) != len(statement.citations):
        out.append("it cites a passage twice")
    missing = [n for n in statement.citations if n not in citations]
    out += [f"it cites [{n}], which is not listed" for n in missing]
    cited = [citations[n] for n in statement.citations if n in citations]
    return out + (_quoted(statement, cited) if statement.quoted else _computed(statement))


def _quoted(statement: Statement, cited: list[Citation]) -> list[str]:
    out = [] if statement.citations else ["it quotes but cites nothing"]
    return out + [
        f"it does not stand word for word in [{c.n}]" for c in cited if not stands_in(statement.text, c.passage)
    ]


def _computed(statement: Statement) -> list[str]:
    figure = counted(statement.basis)
    if figure is None:
        return ["it is computed but its basis names no figure"]
    if figure == 0:
        return ["it counted nothing but cites passages"] if statement.citations else []
    out = []
    if not statement.citations:
        out.append(f"it counted {figure} but cites nothing")
    if len(set(statement.citations)) > figure:
        out.append(f"it counted {figure} but cites {len(set(statement.citations))}")
    if not re.search(rf"(?<!\d){figure}(?!\d)", statement.text):
        out.append(f"it does not show the figure counted, {figure}")
    return out
