"""Which short runs of words are translated by which, counted from aligned sentences.

A pair of phrases is counted where no link leads out of it (Koehn, Och and Marcu 2003, "Statistical Phrase-Based
Translation").
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from models.language.alignment import Links, Words

LONGEST, LONGEST_OTHER = 4, 5
_DISCOUNT, _UNSEEN = 0.3, 0.5
_BACK = 0.5
"""What the chance of the way back is worth beside that of the way there."""


def phrase_pairs(left: Words, right: Words, links: Links) -> Iterator[tuple[str, str]]:
    """The pairs of phrases of one pair of sentences, words parted by a space."""
    rights: dict[int, list[int]] = defaultdict(list)
    lefts: dict[int, list[int]] = defaultdict(list)
    for x, y in links:
        rights[x].append(y)
        lefts[y].append(x)
    for begin in range(len(left)):
        if begin not in rights:
            continue
        low, high = min(rights[begin]), max(rights[begin])
        for end in range(begin, min(len(left), begin + LONGEST)):
            if end not in rights:
                continue
            low, high = min(low, *rights[end]), max(high, *rights[end])
            if high - low >= LONGEST_OTHER:
                break
            if all(begin <= x <= end for y in range(low, high + 1) for x in lefts.get(y, ())):
                yield " ".join(left[begin : end + 1]), " ".join(right[low : high + 1])


def table(
    found: Iterable[tuple[str, str]], *, spelling: Mapping[str, str], least: int = 2
) -> dict[str, tuple[str, float]]:
    """For each phrase its one translation and the logarithm of how sure it is.

    Args:
        spelling: how a word of the other language is mostly written (names have capitals).
        least: a phrase of several words must have been met so often.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    back: Counter[str] = Counter()
    for phrase, other in found:
        counts[phrase][other] += 1
        back[other] += 1
    chosen: dict[str, tuple[str, float]] = {}
    for phrase, others in counts.items():
        total = sum(others.values())
        if " " in phrase and total < least:
            continue

        def worth(item: tuple[str, int], total: int = total) -> tuple[float, str]:
            there = math.log((item[1] - _DISCOUNT) / (total + _UNSEEN))
            return there + _BACK * math.log((item[1] - _DISCOUNT) / (back[item[0]] + _UNSEEN)), item[0]

        other, count = max(others.items(), key=worth)
        sure = math.log((count - _DISCOUNT) / (total + _UNSEEN))
        chosen[phrase] = (" ".join(spelling.get(word, word) for word in other.split()), sure)
    return chosen


def spellings(texts: Iterable[Sequence[str]]) -> dict[str, str]:
    """How each word is mostly written, where it is not first in its sentence; only those not written small."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for written in texts:
        for word in written[1:]:
            counts[word.lower()][word] += 1
    most = {small: max(others.items(), key=lambda item: (item[1], item[0]))[0] for small, others in counts.items()}
    return {small: written for small, written in most.items() if small != written}
