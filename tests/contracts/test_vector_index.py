"""What every VectorIndex must do, whatever is behind it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.protocols import Ids, VectorIndex, Vectors
from index.vectors import FlatIndex
from tests.fakes.brute_force import BruteForceIndex

DIMENSION = 8
Make = Callable[[int], VectorIndex]


@pytest.fixture(params=[FlatIndex, BruteForceIndex], ids=["faiss", "brute force"])
def make(request: pytest.FixtureRequest) -> Make:
    chosen: Make = request.param
    return chosen


def unit_rows(n: int, seed: int = 0) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(n, DIMENSION)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def ids(*values: int) -> Ids:
    return np.array(values, np.int64)


def test_it_is_a_vector_index(make: Make) -> None:
    assert isinstance(make(DIMENSION), VectorIndex)


def test_an_empty_index_finds_nothing(make: Make) -> None:
    index = make(DIMENSION)
    assert len(index) == 0
    assert index.search(unit_rows(2), k=3) == [[], []]


def test_no_queries_give_no_answers(make: Make) -> None:
    index = make(DIMENSION)
    index.add(ids(1), unit_rows(1))
    assert index.search(np.zeros((0, DIMENSION), np.float32), k=3) == []


def test_a_row_finds_itself_first_with_score_one(make: Make) -> None:
    index, rows = make(DIMENSION), unit_rows(20)
    index.add(np.arange(100, 120, dtype=np.int64), rows)
    for at, found in enumerate(index.search(rows, k=3)):
        assert found[0][0] == 100 + at
        assert found[0][1] == pytest.approx(1, abs=1e-5)
        assert len(found) == 3
        assert [x for _, x in found] == sorted((x for _, x in found), reverse=True)


def test_equal_rows_come_in_order_of_their_ids(make: Make) -> None:
    index, row = make(DIMENSION), unit_rows(1)
    index.add(ids(9, 3, 7), np.repeat(row, 3, axis=0))
    assert [one for one, _ in index.search(row, k=3)[0]] == [3, 7, 9]


def test_adding_an_id_again_replaces_its_row(make: Make) -> None:
    index, rows = make(DIMENSION), unit_rows(2)
    index.add(ids(5), rows[:1])
    index.add(ids(5), rows[1:])
    assert len(index) == 1
    assert index.search(rows[1:], k=2)[0] == [(5, pytest.approx(1, abs=1e-5))]


def test_removing_an_unknown_id_is_no_error(make: Make) -> None:
    index = make(DIMENSION)
    index.remove(ids(1))
    index.add(ids(1, 2), unit_rows(2))
    index.remove(ids(3, 1))
    assert len(index) == 1
    assert [one for one, _ in index.search(unit_rows(1), k=5)[0]] == [2]


def test_adding_and_removing_nothing_changes_nothing(make: Make) -> None:
    index = make(DIMENSION)
    index.add(ids(1), unit_rows(1))
    index.add(ids(), np.zeros((0, DIMENSION), np.float32))
    index.remove(ids())
    assert len(index) == 1


@pytest.mark.parametrize("k", [0, 1, 100])
def test_k_bounds_the_answer(make: Make, k: int) -> None:
    index = make(DIMENSION)
    index.add(ids(1, 2, 3), unit_rows(3))
    assert len(index.search(unit_rows(1), k=k)[0]) == min(k, 3)


def test_nothing_allowed_finds_nothing(make: Make) -> None:
    index = make(DIMENSION)
    index.add(ids(1, 2), unit_rows(2))
    assert index.search(unit_rows(1), k=2, allowed=ids()) == [[]]
    assert index.search(unit_rows(1), k=2, allowed=ids(8, 9)) == [[]]


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    held=st.sets(st.integers(0, 10**12), min_size=1, max_size=60),
    others=st.sets(st.integers(0, 10**12), max_size=10),
    k=st.integers(1, 70),
    data=st.data(),
)
def test_the_index_on_faiss_equals_brute_force_within_any_allowed_set(
    seed: int, held: set[int], others: set[int], k: int, data: st.DataObject
) -> None:
    allowed = data.draw(st.sets(st.sampled_from(sorted(held | others))))
    gone = data.draw(st.sets(st.sampled_from(sorted(held)), max_size=5))
    rows, keys = unit_rows(len(held), seed), np.array(sorted(held), np.int64)
    queries = unit_rows(3, seed + 1)
    answers = []
    for index in (FlatIndex(DIMENSION), BruteForceIndex(DIMENSION)):
        index.add(keys, rows)
        index.remove(np.array(sorted(gone), np.int64))
        answers.append(index.search(queries, k=k, allowed=np.array(sorted(allowed), np.int64)))
    for fast, slow in zip(*answers, strict=True):
        assert {one for one, _ in fast} <= allowed - gone
        assert [one for one, _ in fast] == [one for one, _ in slow]
        assert [x for _, x in fast] == pytest.approx([x for _, x in slow], abs=1e-5)
