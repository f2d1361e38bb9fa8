"""The marks that a writer left out, put back: people type "Bien Dong" and mean "Biển Đông".

The likeliest sequence of marked words under a bigram model with absolute discounting (Ney, Essen and Kneser 1994) is
found by dynamic programming (Viterbi 1967). Capitals within a sentence are a hint: "Dong" is rather "Đông" than "động".
A word that is marked already stays as it is.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from models.language.packing import Bytes, pack, unpack
from models.language.pieces import bare, word_spans

_DISCOUNT = 0.75
_NEVER = -16.0
_CANDIDATES = 8
_LEAST = 2
_START = ""

Arrays = dict[str, npt.NDArray[np.generic]]


class Diacritics:
    """A bigram model of a language's words.

    Args:
        words: each word's logarithm of its share, the commonest first.
        pairs: logarithm of the chance of a word after another, less what unseen ones take.
        rest: logarithm of what is left after a word for those never seen after it.
        capital: the share of a word's uses within sentences that have a capital.
    """

    def __init__(
        self, words: Mapping[str, float], pairs: Mapping[tuple[str, str], float], rest: Mapping[str, float],
        capital: Mapping[str, float],
    ) -> None:  # fmt: skip
        self._words, self._pairs, self._rest, self._capital = words, pairs, rest, capital
        self._marked: dict[str, list[str]] = defaultdict(list)
        for word in words:
            if len(held := self._marked[bare(word)]) < _CANDIDATES:
                held.append(word)

    def __bool__(self) -> bool:
        return bool(self._words)

    def restored(self, text: str) -> str:
        """The text with the marks that are likeliest; capitals stay."""
        spans = word_spans(text)
        if not spans or not self._words:
            return text
        paths: dict[str, tuple[float, str]] = {_START: (0.0, _START)}
        steps: list[dict[str, tuple[float, str]]] = []
        shown = [text[start:end] for start, end in spans]
        # Where nothing but the first word has one, or all have, capitals say nothing.
        telling = any(word[0].isupper() for word in shown[1:]) and not all(word[0].isupper() for word in shown)
        for n, word in enumerate(shown):
            small = word.lower()
            readings = (self._marked.get(small) if bare(small) == small else None) or [small]
            paths = {reading: self._best(paths, reading) for reading in readings}
            if telling and n and len(readings) > 1:
                paths = {
                    reading: (value + self._shape(reading, capital=word[0].isupper()), before)
                    for reading, (value, before) in paths.items()
                }
            steps.append(paths)
        out: list[str] = []
        tail = len(text)
        word = max(paths, key=lambda reading: paths[reading][0])
        for (start, end), step in zip(reversed(spans), reversed(steps), strict=True):
            out += [text[end:tail], _like(text[start:end], word)]
            tail, word = start, step[word][1]
        out.append(text[:tail])
        return "".join(reversed(out))

    def _best(self, paths: Mapping[str, tuple[float, str]], word: str) -> tuple[float, str]:
        share = self._words.get(word, _NEVER)
        found = (float("-inf"), _START)
        for before, (value, _) in paths.items():
            seen = self._pairs.get((before, word))
            value += seen if seen is not None else self._rest.get(before, 0.0) + share
            if value > found[0]:
                found = (value, before)
        return found

    def _shape(self, word: str, *, capital: bool) -> float:
        share = (self._capital.get(word, 0.0) + 0.02) / 1.04
        return math.log(share if capital else 1 - share)

    def arrays(self) -> Arrays:
        """As arrays, for a safetensors file."""
        number = {word: i for i, word in enumerate(self._words)}
        pairs = [(number.get(a, -1), number[b], value) for (a, b), value in sorted(self._pairs.items())]
        packed: Bytes = pack(list(self._words))
        return {
            "marks.words": packed,
            "marks.share": np.array(list(self._words.values()), np.float16),
            "marks.rest": np.array([self._rest.get(word, 0.0) for word in (_START, *self._words)], np.float16),
            "marks.capital": np.array([self._capital.get(word, 0.0) for word in self._words], np.float16),
            "marks.pairs": np.array([(a, b) for a, b, _ in pairs], np.int32).reshape(len(pairs), 2),
            "marks.chance": np.array([value for *_, value in pairs], np.float16),
        }  # fmt: skip


def _like(written: str, word: str) -> str:
    """The word with the capitals of what was written."""
    if written.lower() == word:
        return written
    if len(written) > 1 and written.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if written[:1].isupper() else word


def learn(sentences: Iterable[Sequence[str]]) -> Diacritics:
    """The model of a language's sentences, given as words as written; nothing where none is ever marked."""
    counts: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    within: Counter[str] = Counter()
    capitals: Counter[str] = Counter()
    for sentence in sentences:
        small = [word.lower() for word in sentence]
        counts.update(small)
        pairs.update(zip([_START, *small], small, strict=False))
        within.update(small[1:])
        capitals.update(word.lower() for word in sentence[1:] if word[0].isupper())
    if all(bare(word) == word for word in counts):
        return Diacritics({}, {}, {}, {})
    total = sum(counts.values())
    after: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for (before, _), count in pairs.items():
        after[before] += count
        kinds[before] += 1
    order = sorted(counts, key=lambda word: (-counts[word], word))
    return Diacritics(
        {word: math.log(counts[word] / total) for word in order},
        {pair: math.log((n - _DISCOUNT) / after[pair[0]]) for pair, n in pairs.items() if n >= _LEAST},
        {before: math.log(_DISCOUNT * kinds[before] / n) for before, n in after.items()},
        {word: n / within[word] for word, n in capitals.items()},
    )


def from_arrays(arrays: Mapping[str, npt.NDArray[np.generic]], *, item: str) -> Diacritics:
    """The model again.

    Raises:
        ModelError: the arrays are damaged.
    """
    words = unpack(np.asarray(arrays["marks.words"], np.uint8), item=item)
    share = np.asarray(arrays["marks.share"], np.float64).tolist()
    capital = np.asarray(arrays["marks.capital"], np.float64).tolist()
    rest = np.asarray(arrays["marks.rest"], np.float64).tolist()
    chance = np.asarray(arrays["marks.chance"], np.float64).tolist()
    named = [*words, _START]  # -1 is the start
    pairs = {
        (named[a], named[b]): value
        for (a, b), value in zip(np.asarray(arrays["marks.pairs"]).tolist(), chance, strict=True)
    }
    named_rest = dict(zip([_START, *words], rest, strict=True))
    return Diacritics(dict(zip(words, share, strict=True)), pairs, named_rest, dict(zip(words, capital, strict=True)))
