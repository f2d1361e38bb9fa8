"""What changed between two versions of a text: sentences that came, went or were changed, the changed words marked."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.document import Filters, Span
from domain.errors import InputError, NotFoundError
from domain.text import spans
from index.store.copies import carried_by
from index.store.documents import Shown
from index.store.schema import AnyRow
from service.search import show
from service.wiring import Home

Kind = Literal["same", "added", "removed", "changed"]
_ALIKE = 0.5
"""Two sentences of a changed stretch are versions of each other when so much of their words is the same."""
_REACH = 30
"""A sentence is looked for among so many: what moved farther counts as gone there and come here."""
_FIRST_WORDS = 400
"""A longer sentence (a list, a table) is compared by its first words alone: the comparison takes time squared."""


@dataclass(frozen=True, slots=True)
class Change:
    """A sentence of the older text beside one of the newer; the marks are the words that differ."""

    kind: Kind
    old: str = ""
    new: str = ""
    old_marks: tuple[Span, ...] = ()
    new_marks: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What changed from one version of a document to another; ``title`` is None where the titles are the same."""

    document_id: str
    old: int
    new: int
    old_known: datetime
    new_known: datetime
    title: Change | None
    changes: tuple[Change, ...]


def look_up(home: Home, document: str, *, as_of: datetime | None = None) -> Shown:
    """A document as ``service.search.show`` gives it; for one that another carries word for word, that one.

    Raises:
        NotFoundError: there is none that may be seen.
    """
    try:
        return show(home, document, as_of=as_of)
    except NotFoundError:
        clearance = home.settings.reader.clearance
        with home.read() as c:
            holders = carried_by(c, document, Filters(as_of=as_of, clearance=clearance))
        for holder in holders:
            with suppress(NotFoundError):
                return show(home, holder, as_of=as_of)
        raise


def difference(shown: Shown, old: int | None = None, new: int | None = None) -> Difference:
    """The difference of two versions by number: of the newest from the one before it, unless they are named.

    Raises:
        InputError: the document has no two versions (that may be seen), or none of that number.
    """
    by_number = {row.n: row for row in shown.versions}
    numbers = sorted(by_number)
    for n in (old, new):
        if n is not None and n not in by_number:
            known = ", ".join(map(str, numbers))
            raise InputError(f"there is no version {n} to be seen; there are {known}", item=shown.id, stage="store")
    newer = numbers[-1] if new is None else new
    before = [n for n in numbers if n < newer]
    if old is None and not before:
        raise InputError("there is one version only, so that nothing can have changed", item=shown.id, stage="store")
    a, b = by_number[before[-1] if old is None else old], by_number[newer]
    title = None if a.title == b.title else _changed(a.title, b.title)
    return Difference(document_id=shown.id, old=a.n, new=b.n, old_known=a.known, new_known=b.known, title=title,
                      changes=compare(_sentences(a), _sentences(b)))  # fmt: skip


def _sentences(version: AnyRow) -> list[str]:
    """The sentences of a version, and what stands between them, without white space around."""
    found, at = [], 0
    for start, end in version.sentences:
        found += [version.text[at:start], version.text[start:end]]
        at = end
    found.append(version.text[at:])
    return [" ".join(part.split()) for part in found if part.strip()]


def compare(old: Sequence[str], new: Sequence[str]) -> tuple[Change, ...]:
    """The sentences of two texts side by side, in the order of the newer."""
    out: list[Change] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            out += [Change("same", one, one) for one in new[c:d]]
        else:
            out += _stretch(old[a:b], new[c:d])
    return tuple(out)


def _stretch(old: Sequence[str], new: Sequence[str]) -> list[Change]:
    """Pair the sentences of a stretch that differs: each with the next that it resembles, none across another pair."""
    out: list[Change] = []
    i = 0
    for sentence in new:
        near = range(i, min(len(old), i + _REACH))
        found = next((j for j in near if _ratio(old[j], sentence) >= _ALIKE), None)
        if found is None:
            out.append(Change("added", new=sentence))
            continue
        out += [Change("removed", old=gone) for gone in old[i:found]]
        out.append(_changed(old[found], sentence))
        i = found + 1
    return out + [Change("removed", old=gone) for gone in old[i:]]


def _ratio(a: str, b: str) -> float:
    matcher = difflib.SequenceMatcher(None, _words(a), _words(b), autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE else 0.0


def _words(text: str) -> list[str]:
    return [text[a:b] for a, b in spans(text)][:_FIRST_WORDS]


def _changed(old: str, new: str) -> Change:
    a, b = _tokens(old), _tokens(new)
    matcher = difflib.SequenceMatcher(None, [old[s.start : s.end] for s in a], [new[s.start : s.end] for s in b],
                                      autojunk=False)  # fmt: skip
    gone: list[Span] = []
    came: list[Span] = []
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind != "equal":
            gone += [Span(a[i].start, a[j - 1].end)] if j > i else []
            came += [Span(b[k].start, b[m - 1].end)] if m > k else []
    return Change("changed", old, new, tuple(gone), tuple(came))


_MARK = re.compile(r"[^\w\s]")


def _tokens(text: str) -> list[Span]:
    """Words and, between them, punctuation marks: a comma that came is a change too."""
    found, at = [], 0
    for start, end in [*spans(text), (len(text), len(text))]:
        found += [Span(at + m.start(), at + m.end()) for m in _MARK.finditer(text[at:start])]
        if start < end:
            found.append(Span(start, end))
        at = end
    return found[: 4 * _FIRST_WORDS]
