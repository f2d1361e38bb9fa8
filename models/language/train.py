"""A language part from parallel text: the whole way, the same for every language.

The other side of each pair says where in the space the text belongs (its vector by the encoder, as in Reimers and
Gurevych 2020, "Making Monolingual Sentence Embeddings Multilingual using Knowledge Distillation"); the bag is fitted to
that. The gloss is read off the aligned words. A few documents are kept out of it all, and what the part finds in them
is measured beside what the encoder finds without it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domain.errors import InputError
from domain.protocols import Vectors
from domain.text import is_unspaced
from models.language import alignment, bag, diacritics, phrases, ridge
from models.language.corpus import Pair, held_out, paragraphs
from models.language.gloss import Gloss
from models.language.part import SHARE, Part
from models.language.pieces import bare, words, written
from models.language.signature import quiet_axes

Encode = Callable[[Sequence[str]], Vectors]
Progress = Callable[[str, int, int], None]
_OTHER = re.compile(r"\w+(?:['’]\w+)?")
_LEFT, _RIGHT = 80, 60
"""Longer sentences are not aligned: they take time and say little."""
_NAME = 0.0
_NAMED = 10
_LOT = 1024
_FEWEST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How often, of n texts kept out, the right one of the other side came first; in percent.

    Attributes:
        forth, back: asked in the language, and asked in the other. bare: asked in the language without its marks.
        before_forth, before_back: as the first two, by the encoder without the part.
    """

    n: int
    forth: float
    back: float
    bare: float
    before_forth: float
    before_back: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A part and what is to be said of it: pairs it learned from, its pivot language, and what it finds."""

    part: Part
    pairs: int
    pivot: str
    found: Found | None


def train(
    pairs: Sequence[Pair], *, lang: str, version: str, encode: Encode, names: Mapping[str, str] | None = None,
    columns: int = 24_000, kept_out: float = 0.01,
    progress: Progress = lambda what, done, total: None,
) -> Trained:  # fmt: skip
    """Make a part for a language.

    Args:
        encode: the encoder without any part. names: translations of names that the gloss should know.
        columns: of the bag; each takes as many bytes as the space has dimensions.
        kept_out: share of the documents that is kept for measuring.
        progress: called with the stage, and how much of it is done.

    Raises:
        InputError: there are too few pairs.
    """
    learned = [pair for pair in pairs if not held_out(pair, share=kept_out)]
    kept = [pair for pair in pairs if held_out(pair, share=kept_out)]
    if len(learned) < _FEWEST:
        raise InputError(
            f"{len(learned)} pairs are too few to learn from; {_FEWEST} is the least", item=lang, stage="train"
        )
    spaced = [pair for pair in learned if not is_unspaced(pair.other[:1])]
    pivot = Counter(pair.lang for pair in spaced or learned).most_common(1)[0][0]
    progress("aligning", 0, 1)
    glossed = _gloss([pair for pair in learned if pair.lang == pivot], names or {})
    # A foreign ministry's names are met more often than the pairs have them.
    sentences = [*dict.fromkeys(pair.text for pair in learned), *[name for name in names or {} for _ in range(_NAMED)]]
    marks = diacritics.learn(written(text) for text in sentences)
    texts = [*learned, *(run for run in paragraphs(pairs) if not held_out(run, share=kept_out))]
    targets = _encoded([pair.other for pair in texts], encode, progress)
    said = [words(pair.text) for pair in texts]
    seen = bag.features(said, most=columns)
    weights = ridge.fit(seen.matrix(said), targets, progress=lambda done: progress("fitting", done, 12))
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "gloss": glossed.packed(), **bag.quantised(seen, weights).arrays(), **marks.arrays(),
        "own.axes": quiet_axes(targets),
    }  # fmt: skip
    part = Part(lang, version, arrays, SHARE)
    return Trained(part=part, pairs=len(learned), pivot=pivot, found=measured(part, kept, encode=encode))


def measured(part: Part, kept: Sequence[Pair], *, encode: Encode, most: int = 240) -> Found | None:
    """What a part finds among pairs it has not learned from; None where they are too few to say anything."""
    some = list({pair.text: pair for pair in kept if len(words(pair.text)) > 4}.values())[:most]
    if len(some) < _FEWEST:
        return None
    own, other = [pair.text for pair in some], encode([pair.other for pair in some])
    now, plain, without = (
        part.encode(own, encode=encode),
        encode(own),
        part.encode([bare(t) for t in own], encode=encode),
    )

    def first(asked: Vectors, among: Vectors) -> float:
        return 100 * float(np.mean((asked @ among.T).argmax(axis=1) == np.arange(len(asked))))

    return Found(n=len(some), forth=first(now, other), back=first(other, now), bare=first(without, other),
                 before_forth=first(plain, other), before_back=first(other, plain))  # fmt: skip


def _gloss(pairs: Sequence[Pair], names: Mapping[str, str]) -> Gloss:
    fit: list[tuple[list[str], list[str]]] = []
    for pair in pairs:
        own, other = words(pair.text), _other(pair.other)
        if 0 < len(own) <= _LEFT and 0 < len(other) <= _RIGHT:
            fit.append((own, other))
    lowered = [[word.lower() for word in other] for _, other in fit]
    links = alignment.align([own for own, _ in fit], lowered)
    spelling = phrases.spellings(other for _, other in fit)
    counted = (
        pair
        for (own, _), other, one in zip(fit, lowered, links, strict=True)
        for pair in phrases.phrase_pairs(own, other, one)
    )
    table = phrases.table(counted, spelling=spelling)
    for name, translated in names.items():
        table.setdefault(" ".join(words(name)), (translated, _NAME))
    return Gloss(table)


def _other(text: str) -> list[str]:
    return [word for word in _OTHER.findall(text) if word] if not is_unspaced(text[:1]) else words(text)


def _encoded(texts: Sequence[str], encode: Encode, progress: Progress) -> Vectors:
    """Vectors of many texts, those of like length together: a lot takes as long as its longest."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    out: Vectors | None = None
    for begin in range(0, len(order), _LOT):
        some = order[begin : begin + _LOT]
        rows = encode([texts[i] for i in some])
        if out is None:
            out = np.zeros((len(texts), rows.shape[1]), np.float32)
        out[some] = rows
        progress("encoding", min(begin + _LOT, len(order)), len(order))
    assert out is not None
    return out
