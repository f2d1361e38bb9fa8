"""Vectors by slot: exact where little is allowed, nearly so where much is, whatever part they lie in."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from domain.protocols import Vectors
from index import columns as cols
from index import rows
from index.files import Mapped
from index.rows import Part, Rows, part_of
from tests.fakes import held

D = 16


def codes(n: int, seed: int = 0) -> Vectors:
    found = np.random.default_rng(seed).normal(size=(n, D))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype("<f2")


def made(data: Vectors, held_: np.ndarray, *bounds: int) -> Rows:  # type: ignore[type-arg]
    ends = [0, *bounds, len(data)]
    return Rows(D, tuple(
        part_of(data[a:b].view(np.uint8).reshape(b - a, 2 * D), held_[a:b], begin=a, dimension=D)
        for a, b in pairwise(ends)
    ))  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 80), k=st.integers(1, 90), seed=st.integers(0, 999), at=st.integers(0, 80),
       share=st.floats(0, 1))  # fmt: skip
def test_the_nearest_are_those_that_looking_at_each_finds(n: int, k: int, seed: int, at: int, share: float) -> None:
    rng, data = np.random.default_rng(seed), codes(n, seed)
    present, allowed = rng.random(n) < 0.9, rng.random(n) < share
    found = made(data, present, min(at, n))
    queries = codes(3, seed + 1).astype(np.float32)
    for query, (slots, scores) in zip(queries, found.nearest(queries, k=k, allowed=allowed), strict=True):
        plainly = data.astype(np.float32) @ query
        good = np.flatnonzero(present & allowed)
        best = good[np.argsort(-plainly[good], kind="stable")[:k]]
        assert len(slots) == len(best)
        assert scores == pytest.approx(plainly[best], abs=1e-5)
        assert set(slots.tolist()) <= set(good.tolist())
        each = found.cosines(query, np.arange(n, dtype=np.int32))
        assert np.isnan(each).tolist() == (~present).tolist()
        assert each[present] == pytest.approx(plainly[present], abs=1e-5)


def test_equals_come_by_slot_and_nothing_finds_nothing() -> None:
    data = np.repeat(codes(1), 7, axis=0)
    found = made(data, np.ones(7, np.bool_), 4)
    ((slots, _),) = found.nearest(data[:1].astype(np.float32), k=5, allowed=np.ones(7, np.bool_))
    assert slots.tolist() == [0, 1, 2, 3, 4]
    ((none, scores),) = found.nearest(data[:1].astype(np.float32), k=5, allowed=np.zeros(7, np.bool_))
    assert (len(none), len(scores)) == (0, 0)
    assert found.nearest(np.zeros((0, D), np.float32), k=5, allowed=np.ones(7, np.bool_)) == []
    assert len(Rows(D, ())) == 0


def filled(c: Connection, n: int) -> cols.Columns:
    for i in range(n):
        held.keep(c, f"d{i}", f"report {i} of {i * i}", f"ship {i}", with_vectors=i % 7 != 3)
    return cols.grown(c, cols.empty())


def test_what_is_written_is_found_again_with_the_bits_that_pick_from_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "EXACT", 100)
    monkeypatch.setattr(rows, "PICKED", 90)
    engine = held.empty(tmp_path)
    with engine.begin() as c:
        columns = filled(c, 150)
        seals = rows.write_rows(c, columns, tmp_path, encoder=held.ENCODER, dimension=held.DIMENSION)
        read = rows.read(c, columns, 0, len(columns), encoder=held.ENCODER, dimension=held.DIMENSION)
    assert rows.BITS in seals
    plain = part_of(*read, begin=0, dimension=held.DIMENSION)
    part = rows.opened({n: Mapped(tmp_path / n, s) for n, s in seals.items()}, dimension=held.DIMENSION)
    assert part.bits is not None
    queries = held.vectors(["report 7 of 49", "ship 31", "a ship's report"])
    everything, few = np.ones(len(columns), np.bool_), np.zeros(len(columns), np.bool_)
    few[::5] = True

    def answers(one: Part, allowed: cols.Mask) -> list[list[int]]:
        return [slots.tolist() for slots, _ in one.nearest(queries, k=5, allowed=allowed)]

    assert answers(part, few) == answers(plain, few)
    for (slots, scores), (_, best) in zip(part.nearest(queries, k=5, allowed=everything),
                                          plain.nearest(queries, k=5, allowed=everything), strict=True):  # fmt: skip
        assert scores == pytest.approx(plain.cosines(queries[0], slots)) or len(slots) == 5
        assert scores[0] == pytest.approx(best[0], abs=1e-4)
        assert part.held[slots].all()


def test_picking_by_bits_finds_nearly_all_of_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "EXACT", 1_000)
    monkeypatch.setattr(rows, "PICKED", 400)
    rng = np.random.default_rng(4)
    topics = rng.normal(size=(40, 64))
    data = (topics[rng.integers(0, 40, 6_000)] + rng.normal(size=(6_000, 64))).astype(np.float32)
    data = (data / np.linalg.norm(data, axis=1, keepdims=True)).astype("<f2")
    exact = part_of(data.view(np.uint8).reshape(6_000, 128), np.ones(6_000, np.bool_), begin=0, dimension=64)
    quick = part_of(data.view(np.uint8).reshape(6_000, 128), np.ones(6_000, np.bool_), begin=0, dimension=64)
    quick.bits = rows.faiss.deserialize_index(rows._bits(exact, 64))
    queries = (data[::200].astype(np.float32) + 0.05 * rng.normal(size=(30, 64))).astype(np.float32)
    allowed = rng.random(6_000) < 0.6
    both = zip(
        quick.nearest(queries, k=10, allowed=allowed), exact.nearest(queries, k=10, allowed=allowed), strict=True
    )
    shares = [len(set(a.tolist()) & set(b.tolist())) / 10 for (a, _), (b, _) in both]
    assert np.mean(shares) > 0.98
