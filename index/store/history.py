"""What a document said from when to when: decided from its sightings alone, whatever the order they came in.

A sighting is one reading: at this time the document said this. Runs are what follows from the sightings; pieces are
what the store holds of them. ``plan`` says what has to change in the pieces for the runs to be covered, no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

END = datetime.max.replace(tzinfo=UTC)
"""Stands for "until now": later than every time."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a document said when it was read: ``content`` is the hash of title and text."""

    known: datetime
    content: str


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of time, ``known <= t < until``, in which a document said one thing."""

    known: datetime
    until: datetime
    content: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A row of the store that covers a run or a part of one: a version of its own, or a copy carried by another."""

    kind: Literal["version", "carried"]
    id: int
    known: datetime
    until: datetime
    content: str
    label: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done: pieces to be given new bounds, pieces without a run, runs (or parts) without a piece."""

    reshaped: tuple[tuple[Piece, datetime, datetime], ...] = ()
    gone: tuple[Piece, ...] = ()
    gaps: tuple[Run, ...] = ()


def runs(sightings: Sequence[Sighting]) -> tuple[Run, ...]:
    """The runs of a document, oldest first; the sightings come in order of time, those of one instant as read.

    Of several contents at one instant all but the last are runs without length: in the history, never in force.
    """
    found: list[tuple[datetime, str]] = []
    for one in sightings:
        if not found or found[-1][1] != one.content:
            found.append((one.known, one.content))
    ends = [known for known, _ in found[1:]] + [END]
    return tuple(Run(known, until, content) for (known, content), until in zip(found, ends, strict=True))


def plan(pieces: Sequence[Piece], wanted: Sequence[Run]) -> Plan:
    """How the pieces (oldest first) come to cover the runs and nothing else.

    The first run's piece may begin before it: what was known earlier through a copy stays so.
    """
    held: dict[int, list[tuple[datetime, datetime, Piece]]] = {i: [] for i in range(len(wanted))}
    gone: list[Piece] = []
    for piece in pieces:
        i = _home(piece, wanted)
        if i is None:
            gone.append(piece)
            continue
        run = wanted[i]
        known = piece.known if i == 0 and not held[0] else max(piece.known, run.known)
        held[i].append((known, max(known, min(piece.until, run.until)), piece))
    reshaped: list[tuple[Piece, datetime, datetime]] = []
    gaps: list[Run] = []
    for i, run in enumerate(wanted):
        spans, own = _stretched(run, held[i])
        gaps += own
        reshaped += [(p, known, until) for known, until, p in spans if (known, until) != (p.known, p.until)]
    return Plan(tuple(reshaped), tuple(gone), tuple(gaps))


def _home(piece: Piece, wanted: Sequence[Run]) -> int | None:
    """The run of the same content in which the piece begins, or else that it overlaps most; the older of equals."""
    best: tuple[bool, float, int] | None = None
    for i, run in enumerate(wanted):
        overlap = (min(piece.until, run.until) - max(piece.known, run.known)).total_seconds()
        if run.content != piece.content or overlap < 0:
            continue
        begins = run.known <= piece.known < run.until or run.known == piece.known
        if best is None or (begins, overlap) > best[:2]:
            best = (begins, overlap, i)
    return None if best is None else best[2]


def _stretched(
    run: Run, held: Sequence[tuple[datetime, datetime, Piece]]
) -> tuple[list[tuple[datetime, datetime, Piece]], list[Run]]:
    """The pieces of one run, versions stretched over what lies open beside them, and the gaps that are left."""
    spans = sorted(held, key=lambda span: (span[0], span[1]))
    if not spans:
        return [], [run]
    out: list[tuple[datetime, datetime, Piece]] = []
    gaps: list[Run] = []
    at = run.known
    for known, until, piece in spans:
        if known > at:
            if piece.kind == "version":
                known = at
            elif out and out[-1][2].kind == "version":
                out[-1] = (out[-1][0], known, out[-1][2])
            else:
                gaps.append(Run(at, known, run.content))
        out.append((known, until, piece))
        at = max(at, until)
    if at < run.until:
        if out[-1][2].kind == "version" and out[-1][1] == at:
            out[-1] = (out[-1][0], run.until, out[-1][2])
        else:
            gaps.append(Run(at, run.until, run.content))
    return out, gaps
