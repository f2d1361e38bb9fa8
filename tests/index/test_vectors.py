"""The index on disk is believed only when it fits; what the store says wins."""

from __future__ import annotations

import json
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


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    index = FlatIndex(3)
    index.add(np.array([4, 9]), np.eye(3, dtype=np.float32)[:2])
    made = vectors.write(index, tmp_path, encoder="e", sequence=12)
    found = vectors.read(tmp_path, encoder="e", dimension=3)
    assert not isinstance(found, str)
    again, manifest = found
    assert manifest == made
    assert manifest.sequence == 12
    assert again.search(np.eye(3, dtype=np.float32)[1:2], k=1) == [[(9, 1.0)]]
    assert not list(tmp_path.glob("*.tmp"))


def _written(folder: Path) -> None:
    index = FlatIndex(3)
    index.add(np.array([1]), np.eye(3, dtype=np.float32)[:1])
    vectors.write(index, folder, encoder="e", sequence=1)


def test_no_files_are_no_index(tmp_path: Path) -> None:
    assert "no index file" in str(vectors.read(tmp_path, encoder="e", dimension=3))


@pytest.mark.parametrize("damage", ["flip", "truncate", "empty"])
def test_a_damaged_file_is_not_believed(tmp_path: Path, damage: str) -> None:
    _written(tmp_path)
    path = tmp_path / "vectors.faiss"
    data = bytearray(path.read_bytes())
    if damage == "flip":
        data[len(data) // 2] ^= 1
    path.write_bytes(
        bytes(data) if damage == "flip" else bytes(data[: len(data) // 2]) if damage == "truncate" else b""
    )
    assert "checksum" in str(vectors.read(tmp_path, encoder="e", dimension=3))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', "\x00"])
def test_a_damaged_manifest_is_not_believed(tmp_path: Path, text: str) -> None:
    _written(tmp_path)
    (tmp_path / "vectors.json").write_text(text, "utf-8")
    assert "manifest" in str(vectors.read(tmp_path, encoder="e", dimension=3))


@pytest.mark.parametrize(("field", "value"), [("format", 99), ("encoder", "f"), ("dimension", 4), ("count", 2)])
def test_a_manifest_of_something_else_is_not_believed(tmp_path: Path, field: str, value: object) -> None:
    _written(tmp_path)
    path = tmp_path / "vectors.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), field: value}), "utf-8")
    assert isinstance(vectors.read(tmp_path, encoder="e", dimension=3), str)


def test_bytes_that_are_no_index_or_of_another_width_are_refused() -> None:
    index = FlatIndex(3)
    with pytest.raises(ValueError, match="not a FAISS index"):
        FlatIndex.from_bytes(b"nothing of the kind", dimension=3)
    with pytest.raises(ValueError, match="dimension 3, expected 5"):
        FlatIndex.from_bytes(index.to_bytes(), dimension=5)


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
