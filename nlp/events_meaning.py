"""Which type of act a clause means: how near it lies to sentences whose type is known, in the encoder's space.

The names of actors are taken out first, so that a clause about China is not drawn to sentences about China. A type's
nearness is the mean of the three nearest of its sentences: prototypes in the manner of Snell and others (2017), but of
the nearest few, because a type has several meanings. Three told the type of more development cases than one did.
"""

from __future__ import annotations

import functools
import io
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domain.ids import digest
from domain.plover import TYPES, Plover
from domain.protocols import Encoder, Vectors
from nlp.events_acts import DATA

NEAREST = 3
SHARP = 14.0
"""How steeply nearness becomes probability. Set by hand: the best type of a plain clause gets more than a half."""

_STORED = DATA / "prototypes.npz"


@dataclass(frozen=True, slots=True)
class Meaning:
    """Probabilities of the types of one clause, and of none of them."""

    types: dict[Plover, float]
    none: float

    @property
    def best(self) -> Plover:
        """The likeliest type."""
        return max(TYPES, key=lambda one: self.types[one])


class Meanings:
    """Judges clauses by their nearness to the bundled sentences.

    Args:
        encoder: its space; the sentences' places in that of the default encoder are bundled.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        labels, texts = _sentences()
        held = stored(encoder.id)
        self._rows: Vectors = encoder.encode(texts) if held is None else held
        self._columns = [np.flatnonzero(labels == i) for i in range(len(TYPES) + 1)]

    def judge(self, clauses: Sequence[str]) -> list[Meaning]:
        """The meaning of each clause, names taken out."""
        if not clauses:
            return []
        unique = list(dict.fromkeys(clauses))
        near = self._encoder.encode(unique) @ self._rows.T
        score = np.stack([np.sort(near[:, own], axis=1)[:, -NEAREST:].mean(axis=1) for own in self._columns], axis=1)
        raised = np.exp(SHARP * (score - score.max(axis=1, keepdims=True)))
        shares = raised / raised.sum(axis=1, keepdims=True)
        found = {
            text: Meaning({t: float(row[i]) for i, t in enumerate(TYPES)}, float(row[-1]))
            for text, row in zip(unique, shares, strict=True)
        }
        return [found[text] for text in clauses]


@functools.cache
def _sentences() -> tuple[npt.NDArray[np.int64], list[str]]:
    raw = tomllib.loads((DATA / "prototypes.toml").read_text("utf-8"))
    names = [*TYPES, "NONE"]
    labels = np.array([i for i, name in enumerate(names) for _ in raw[name]])
    return labels, [text for name in names for text in raw[name]]


def prototypes_id() -> str:
    """Changes whenever a sentence does."""
    labels, texts = _sentences()
    return digest([*texts, labels.tobytes().hex()], size=8)


def stored(encoder: str) -> Vectors | None:
    """The sentences' bundled vectors for this encoder; None where they are of another, or of other sentences."""
    if not _STORED.is_file():
        return None
    with np.load(io.BytesIO(_STORED.read_bytes()), allow_pickle=False) as held:
        if str(held["encoder"]) != encoder or str(held["sentences"]) != prototypes_id():
            return None
        rows: Vectors = held["rows"].astype(np.float32)
    return rows


def bundle(encoder: Encoder) -> None:
    """Write the vectors that are bundled; done by the project when a sentence changes."""
    rows = encoder.encode(_sentences()[1]).astype(np.float16)
    np.savez(_STORED, rows=rows, encoder=np.array(encoder.id), sentences=np.array(prototypes_id()))
