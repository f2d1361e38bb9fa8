"""Labels of tokens or words to names: by what stands before the label (BIO, BIOES, BILOU), or by neighbours alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from domain.entity import EntityKind

KINDS: Mapping[str, EntityKind] = {
    "person": EntityKind.PERSON, "place": EntityKind.PLACE, "organisation": EntityKind.ORGANISATION,
}  # fmt: skip
_USUAL = {
    **dict.fromkeys(["PER", "PERSON", "PERS", "PRS", "PS"], "person"),
    **dict.fromkeys(["LOC", "LOCATION", "GPE", "PLACE", "FAC", "FACILITY", "LC", "CITY", "COUNTRY"], "place"),
    **dict.fromkeys(["ORG", "ORGANIZATION", "ORGANISATION", "CORP", "OG", "GRP", "INSTITUTION"], "organisation"),
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A word or token with its label and how sure the model is of it."""

    start: int
    end: int
    label: str
    sure: float


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it was found: where, of which label, and how sure on the average."""

    start: int
    end: int
    label: str
    sure: float


def kind_of(label: str, labels: Mapping[str, str]) -> EntityKind | None:
    """What a label means: as the manifest says, else as labels of this name usually do; None: nothing of interest."""
    said = labels.get(label)
    return KINDS.get(_USUAL.get(label.upper(), "") if said is None else said)


def bare(label: str) -> tuple[str, str]:
    """A label without the letter for its place in a name, and that letter; ``O`` for what is in no name."""
    if label in ("O", ""):
        return "O", ""
    head, mark, rest = label.partition("-")
    if mark and head in ("B", "I", "E", "S", "L", "U", "M") and rest:
        return head, rest
    return "", label


def names(pieces: Iterable[Piece]) -> Iterator[Name]:
    """The names that labelled pieces make, in order.

    A name begins at B, S or U, or where the label changes; an I without a B before it begins one as well, for models
    say so of names that begin a window.
    """
    run: list[Piece] = []
    held = ""
    for piece in pieces:
        place, label = bare(piece.label)
        goes_on = bool(run) and label == held and place in ("I", "E", "L", "M", "")
        if run and not goes_on:
            yield _name(run, held)
            run = []
        if place != "O":
            run.append(piece)
            held = label
            if place in ("E", "L", "S", "U"):
                yield _name(run, held)
                run = []
    if run:
        yield _name(run, held)


def _name(run: list[Piece], label: str) -> Name:
    return Name(run[0].start, run[-1].end, label, sum(piece.sure for piece in run) / len(run))
