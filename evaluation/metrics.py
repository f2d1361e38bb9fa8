"""Measures that say how good an answer is against a known one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and their harmonic mean, each 0 to 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 0 when both are 0."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total > 0 else 0.0


def bcubed(
    predicted: Mapping[str, Hashable],
    gold: Mapping[str, Hashable],
    *,
    items: Collection[str] | None = None,
) -> Score:
    """BCubed precision and recall of a grouping (Bagga and Baldwin 1998).

    For each item: which part of its predicted group is of its true group, and the other way round; then the means.

    Args:
        items: count only these items (their groups are still taken whole); by default all.

    Raises:
        ValueError: the two groupings are not over the same items, or nothing is to be counted.
    """
    if predicted.keys() != gold.keys():
        odd = sorted(predicted.keys() ^ gold.keys())
        raise ValueError(f"the groupings differ in {len(odd)} items, for instance {odd[0]!r}")
    counted = sorted(gold if items is None else set(items))
    if not counted:
        raise ValueError("no items to score")
    groups, classes = Counter(predicted.values()), Counter(gold.values())
    both = Counter((predicted[item], gold[item]) for item in gold)
    hits = [both[predicted[item], gold[item]] for item in counted]
    precision = sum(h / groups[predicted[i]] for h, i in zip(hits, counted, strict=True)) / len(counted)
    recall = sum(h / classes[gold[i]] for h, i in zip(hits, counted, strict=True)) / len(counted)
    return Score(precision, recall)
