"""BCubed against figures worked out by hand, and its laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.metrics import Score, bcubed


def test_worked_example() -> None:
    gold = {"a": 1, "b": 1, "c": 1, "d": 2, "e": 2}
    found = {"a": 1, "b": 1, "c": 2, "d": 2, "e": 3}
    score = bcubed(found, gold)
    assert score.precision == pytest.approx((1 + 1 + 1 / 2 + 1 / 2 + 1) / 5)
    assert score.recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 / 2 + 1 / 2) / 5)
    assert score.f1 == pytest.approx(2 * score.precision * score.recall / (score.precision + score.recall))


def test_counting_some_items_keeps_their_whole_groups() -> None:
    gold = {"a": 1, "b": 1, "c": 2}
    found = {"a": 1, "b": 1, "c": 1}
    assert bcubed(found, gold, items=["a"]).precision == pytest.approx(2 / 3)


def test_all_in_one_has_full_recall_and_all_apart_full_precision() -> None:
    gold = {str(i): i // 3 for i in range(9)}
    together = bcubed(dict.fromkeys(gold, 0), gold)
    apart = bcubed({i: i for i in gold}, gold)
    assert (together.recall, together.precision) == (1.0, pytest.approx(1 / 3))
    assert (apart.precision, apart.recall) == (1.0, pytest.approx(1 / 3))


def test_refusals() -> None:
    with pytest.raises(ValueError, match="'b'"):
        bcubed({"a": 1}, {"a": 1, "b": 1})
    with pytest.raises(ValueError, match="no items"):
        bcubed({}, {})
    assert Score(0.0, 0.0).f1 == 0.0


groupings = st.dictionaries(st.text(max_size=3), st.integers(0, 4), min_size=1, max_size=20)


@given(groupings, st.data())
def test_laws(gold: dict[str, int], data: st.DataObject) -> None:
    found = {k: data.draw(st.integers(0, 4)) for k in gold}
    one, other = bcubed(found, gold), bcubed(gold, found)
    assert one.precision == pytest.approx(other.recall)
    assert one.recall == pytest.approx(other.precision)
    assert 0 < one.f1 <= 1
    assert bcubed(gold, gold) == Score(1.0, 1.0)
