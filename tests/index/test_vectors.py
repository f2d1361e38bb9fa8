"""Vectors in the store, the sequence of changes, the plain index made from them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, insert

from domain.label import Label
from index import vectors
from index.store import documents
from index.store import schema as s
from index.vectors import FlatIndex
from tests.fakes import held


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = held.empty(tmp_path)
    with engine.begin() as c:
        held.keep(c, "one", "a rig was seen", "ships went out")
        held.keep(c, "two", "the minister spoke", label=Label.SECRET)
        held.keep(c, "three", "no vector for this one", with_vectors=False)
    return engine


def test_a_rebuilt_index_holds_every_stored_vector(engine: Engine) -> None:
    with engine.connect() as c:
        index = vectors.rebuild(c, encoder=held.ENCODER, dimension=held.DIMENSION)
        keys, rows = vectors.stored_vectors(c, encoder=held.ENCODER, dimension=held.DIMENSION)
    assert len(index) == 3
    assert np.allclose(index.vectors(keys), rows)
    assert np.allclose(rows[0], held.vector("a rig was seen"), atol=1e-3)


def test_only_the_vectors_asked_for_come(engine: Engine) -> None:
    with engine.connect() as c:
        keys, _ = vectors.stored_vectors(c, encoder=held.ENCODER, dimension=held.DIMENSION)
        some, rows = vectors.stored_vectors(c, encoder=held.ENCODER, dimension=held.DIMENSION, ids=keys[1:])
        none, no_rows = vectors.stored_vectors(c, encoder="another", dimension=held.DIMENSION)
    assert some.tolist() == keys[1:].tolist()
    assert rows.shape == (2, held.DIMENSION)
    assert (len(none), no_rows.shape) == (0, (0, held.DIMENSION))


def test_an_unknown_id_has_a_row_of_zeros() -> None:
    index = FlatIndex(4)
    assert index.vectors(np.array([7])).tolist() == [[0, 0, 0, 0]]


def test_changes_are_what_happened_since(engine: Engine) -> None:
    with engine.begin() as c:
        before = vectors.sequence(c)
        held.keep(c, "four", "a new text")
        documents.remove(c, documents.find(c, external_id="one"))
        short_lived = held.keep(c, "five", "gone again at once")
        documents.remove(c, [short_lived.id])
        after = vectors.sequence(c)
        added, removed = vectors.changed_since(c, before, until=after)
        nothing = vectors.changed_since(c, after, until=after)
        live = set(c.scalars(s.passages.select().with_only_columns(s.passages.c.id)).all())
    assert len(added) == 1
    assert set(added.tolist()) <= live
    assert len(removed) == 3
    assert not set(removed.tolist()) & live
    assert [len(x) for x in nothing] == [0, 0]


def test_an_index_brought_up_equals_one_rebuilt(engine: Engine) -> None:
    where = {"encoder": held.ENCODER, "dimension": held.DIMENSION}
    with engine.begin() as c:
        index, before = vectors.rebuild(c, encoder=held.ENCODER, dimension=held.DIMENSION), vectors.sequence(c)
        held.keep(c, "four", "a new text")
        documents.remove(c, documents.find(c, external_id="one"))
        added, removed = vectors.changed_since(c, before, until=vectors.sequence(c))
        index.remove(removed)
        index.add(*vectors.stored_vectors(c, encoder=where["encoder"], dimension=held.DIMENSION, ids=added))
        fresh = vectors.rebuild(c, encoder=held.ENCODER, dimension=held.DIMENSION)
    query = held.vectors(["a new text", "the minister"])
    assert index.search(query, k=10) == fresh.search(query, k=10)


def test_vectors_of_another_encoder_are_kept_beside_and_replaced(engine: Engine) -> None:
    with engine.begin() as c:
        keys, _ = vectors.stored_vectors(c, encoder=held.ENCODER, dimension=held.DIMENSION)
        for value in (0.25, 0.5):
            vectors.store_vectors(c, keys[:2], np.full((2, 3), value, np.float32), encoder="other")
        ids, rows = vectors.stored_vectors(c, encoder="other", dimension=3)
        assert (ids.tolist(), rows.tolist()) == (keys[:2].tolist(), [[0.5] * 3] * 2)
        assert len(vectors.stored_vectors(c, encoder=held.ENCODER, dimension=held.DIMENSION)[0]) == 3


def test_the_sequence_of_an_empty_store_is_zero(tmp_path: Path) -> None:
    with held.empty(tmp_path / "new").begin() as c:
        assert vectors.sequence(c) == 0
        assert len(vectors.rebuild(c, encoder="e", dimension=3)) == 0
        c.execute(insert(s.changes).values(op="add", passage_id=1))
        assert vectors.sequence(c) == 1
