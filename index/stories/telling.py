"""One document as grouping sees it: when it was said, in which language, what it names, what it means."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from domain.protocols import Vectors

Floats = npt.NDArray[np.float32]
READ = 20_000
"""Characters of a text in which numbers are looked for: a story is told at the beginning."""
NUMBERS = 60
_NUMBER = re.compile(r"\d(?:[\d.,\u00a0\u202f\u066b\u066c]*\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One document as grouping sees it.

    Attributes:
        at: when it was published, or else known (aware UTC).
        entities: canonical ids of what it names. countries: ISO 3166-1 alpha-2 codes.
        report: the report that it repeats, whatever is the same for all that do; None where it repeats none.
    """

    id: str
    title: str
    source: str
    lang: str
    at: datetime
    text: str = ""
    external_id: str | None = None
    entities: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    report: int | None = None


def document_vector(passages: Vectors) -> Floats:
    """A document's vector: the mean of its passages' vectors, of length 1; zeros where it has none."""
    if len(passages) == 0:
        return np.zeros(passages.shape[1] if passages.ndim == 2 else 0, dtype=np.float32)
    mean = np.asarray(passages, dtype=np.float32).mean(axis=0)
    length = float(np.linalg.norm(mean))
    return np.asarray(mean / length if length > 0 else mean, dtype=np.float32)


def numbers(text: str) -> list[str]:
    """Numbers of two digits or more, without their separators, in order: they are the same in every language."""
    return list(dict.fromkeys(digits(m.group()) for m in _NUMBER.finditer(text)))


def digits(written: str) -> str:
    """The digits of a number alone, whatever script and width they are written in: ٢٩ and ２９ are 29."""
    return "".join(str(unicodedata.decimal(c)) for c in written if c.isdecimal())


def names(telling: Telling) -> frozenset[str]:
    """What a document names: entities, countries and numbers, each kind with a mark of its own."""
    said = numbers(f"{telling.title} {telling.text[:READ]}")[:NUMBERS]
    return telling.entities | {f"iso:{c}" for c in telling.countries} | {f"#{n}" for n in said}
