"""A reading taken into the store: what it is to what is held, and what of the store it changes.

Each document has a history of its own, made from its sightings (``index.store.history``): whatever order the readings
come in, the same is in force at every time. A text that another document says already is not held twice but *carried*
(``index.store.placing``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, insert, update

from domain.document import Analysis, Document
from domain.label import Label
from index.near import Sketch
from index.store import copies
from index.store import schema as s
from index.store.history import END, Piece, Plan, Run, Sighting, plan, runs
from index.store.placing import (
    bound,
    carrier,
    cover,
    drop,
    is_held,
    lend,
    pieces,
    place,
    raise_label,
    release,
    settle,
    sightings,
    trim,
    version_of,
)
from index.store.writing import Origin, add_version, copy_version, origin_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What was made of a document before it is stored: it takes most of the time and needs no lock."""

    analysis: Analysis
    series: tuple[str, ...] = ()
    sketch: Sketch | None = None
    agency: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a reading was; ``unready`` means that it has to be analysed first, and that nothing was changed.

    ``version`` is the version that was stored from it, if one was.
    """

    what: Literal["new", "updated", "duplicate", "unready"]
    version: int | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    """A reading beside what is held: None for ``todo`` where it says nothing that was not known."""

    one: Sighting
    seen: tuple[Sighting, ...]
    held: tuple[Piece, ...]
    todo: Plan | None


def predicted(c: Connection, document: Document, *, replayed: bool = False) -> bool:
    """Whether the document would have to be analysed to be taken in; changes nothing."""
    case = _case(c, document, replayed=replayed)
    return case.todo is not None and not _possible(c, document, case)


def record(c: Connection, document: Document, ready: Ready | None = None, *, replayed: bool = False) -> Recorded:
    """Take a reading in; the caller holds the transaction.

    ``replayed`` says that its ``known`` is but the moment at which a file that holds several was read: content that the
    document is known to have had is then nothing new, whenever it had it.
    """
    case = _case(c, document, replayed=replayed)
    if case.todo is None:
        return Recorded("updated" if raise_label(c, document.id, document.label) else "duplicate")
    if ready is None and not _possible(c, document, case):
        return Recorded("unready")
    sight(c, document.id, case.one, case.seen)
    _rebound(c, case.todo)
    what, stored = _fill(c, document, ready, case)
    _tidy(c, case.todo)
    if not any(gap.content == case.one.content for gap in case.todo.gaps):
        what = "updated" if raise_label(c, document.id, document.label) else "duplicate"
    return Recorded(what, stored)


def _case(c: Connection, document: Document, *, replayed: bool) -> _Case:
    seen, held = tuple(sightings(c, document.id)), tuple(pieces(c, document.id))
    one = Sighting(document.known, document.content_hash)
    if one in seen or (replayed and any(x.content == one.content for x in seen)):
        return _Case(one, seen, held, None)
    after = [x for x in seen if x.known <= one.known] + [one] + [x for x in seen if x.known > one.known]
    return _Case(one, seen, held, plan(held, runs(after)))


def _possible(c: Connection, document: Document, case: _Case) -> bool:
    """Whether the gaps can be filled from what is held."""
    assert case.todo is not None
    gaps = [gap for gap in case.todo.gaps if gap.content == case.one.content]
    if not gaps or any(p.kind == "version" and p.content == case.one.content for p in case.held):
        return True
    if is_held(c, document.id):
        return False
    return all(cover(c, document.id, gap, _label(document, gap, case)) is not None for gap in gaps)


def _label(document: Document, gap: Run, case: _Case) -> int:
    """A version is never less strict than the one it takes the place of: no reading opens what was closed."""
    before = [p.label for p in case.held if p.known <= gap.known]
    return max(int(document.label), before[-1] if before else 0)


def sight(c: Connection, document: str, one: Sighting, seen: Sequence[Sighting]) -> None:
    """Note a sighting. What is read every hour is not noted every hour: of one day's alike the last is kept."""
    t = s.sightings.c
    if seen:
        settle(c, document)
    alike = len(seen) > 1 and all(x.content == one.content for x in seen[-2:]) and seen[-1].known < one.known
    if alike and seen[-1].known.date() == one.known.date():
        last = (t.document_id == document, t.known == seen[-1].known, t.content_hash == one.content)
        c.execute(update(s.sightings).where(*last).values(known=one.known))
        return
    n = sum(x.known == one.known for x in seen)
    c.execute(insert(s.sightings).values(document_id=document, known=one.known, content_hash=one.content, n=n))


def _rebound(c: Connection, todo: Plan) -> None:
    for piece, known, until in todo.reshaped:
        if piece.kind == "version":
            bound(c, piece.id, known, until)
        else:
            trim(c, piece.id, known, until)


def _tidy(c: Connection, todo: Plan) -> None:
    """See to the copies that versions with narrower bounds spoke for, and take away what has no run."""
    for piece, known, until in todo.reshaped:
        if known <= piece.known and until >= piece.until:
            continue
        if piece.kind == "version":
            release(c, piece.id)
        else:
            lend(c, version_of(c, piece))
    for piece in todo.gone:
        drop(c, piece)


def _fill(
    c: Connection, document: Document, ready: Ready | None, case: _Case
) -> tuple[Literal["new", "updated", "duplicate"], int | None]:
    """Put into the gaps what belongs there: from the reading, or from what is held."""
    assert case.todo is not None
    was_held, stored = is_held(c, document.id), None
    origin = origin_of(c, document) if case.todo.gaps else None
    for gap in case.todo.gaps:
        assert origin is not None
        if gap.content == case.one.content:
            stored = _from_reading(c, document, ready, case, gap, origin) or stored
        else:
            _from_held(c, case, gap, origin)
    if not is_held(c, document.id):
        return "duplicate", None
    return ("updated" if was_held else "new"), stored


def _from_reading(
    c: Connection, document: Document, ready: Ready | None, case: _Case, gap: Run, origin: Origin
) -> int | None:
    label = _label(document, gap, case)
    until = None if gap.until >= END else gap.until

    def store() -> int:
        if ready is None:
            same = next(p for p in case.held if p.kind == "version" and p.content == gap.content)
            return copy_version(c, same.id, origin, known=gap.known, superseded=until, label=label)
        version = add_version(c, document, ready.analysis, known=gap.known, superseded=until, label=label,
                              series=ready.series)  # fmt: skip
        if ready.sketch is not None:
            copies.keep(c, version, ready.sketch, agency=ready.agency, title=document.title, text=document.text)
        return version

    stored = place(c, origin, gap, label, store)
    if gap.until < END:
        raise_label(c, document.id, Label(label), since=gap.known)
    return stored if ready is not None else None


def _from_held(c: Connection, case: _Case, gap: Run, origin: Origin) -> None:
    """What was in force before the reading and was seen again after it: the other half of what the reading parts."""
    parted = next(p for p in reversed(case.held) if p.content == gap.content and p.known <= gap.known)
    own = parted.kind == "version"
    about = origin if own else carrier(c, parted.id)
    until = None if gap.until >= END else gap.until

    def store() -> int:
        held = version_of(c, parted)
        return copy_version(c, held, None if own else about, known=gap.known, superseded=until, label=parted.label)

    place(c, about, gap, parted.label, store)


__all__ = ["Ready", "Recorded", "predicted", "record", "sight"]
