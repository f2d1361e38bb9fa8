"""How near a question comes to the nearest sentence of a passage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection, Engine, update

from domain.document import Filters
from index import derived, hybrid
from index.parts import nearest_parts
from index.store import schema as s
from nlp.embed import pack_parts
from tests.fakes import held


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return held.empty(tmp_path)


def keep(c: Connection, name: str, text: str, *sentences: str) -> int:
    """A document of one passage, with rows of these sentences; gives the passage's id."""
    held.keep(c, name, text)
    passage = int(c.scalars(s.passages.select().with_only_columns(s.passages.c.id).order_by(s.passages.c.id.desc())
                            .limit(1)).one())  # fmt: skip
    if sentences:
        c.execute(update(s.vectors).where(s.vectors.c.passage_id == passage)
                  .values(parts=pack_parts(held.vectors(sentences))))  # fmt: skip
    return passage


def test_the_cosine_is_that_of_the_nearest_sentence(engine: Engine) -> None:
    asked = held.vector("ships left the port")
    with engine.begin() as c:
        one = keep(c, "one", "talks on rice and ships and oil", "rice was sold", "ships left the port", "oil was found")
        two = keep(c, "two", "rice was sold")
        found = nearest_parts(c, asked, [two, one, 99], encoder=held.ENCODER)
        assert found[1] == pytest.approx(1, abs=0.002)
        assert np.isnan(found[[0, 2]]).all()
        assert np.isnan(nearest_parts(c, asked, [one], encoder="another")).all()
        assert len(nearest_parts(c, asked, [], encoder=held.ENCODER)) == 0


def test_a_row_of_zeros_is_near_nothing(engine: Engine) -> None:
    with engine.begin() as c:
        one = keep(c, "one", "rice")
        rows = np.zeros((2, held.DIMENSION), np.float32)
        c.execute(update(s.vectors).where(s.vectors.c.passage_id == one).values(parts=pack_parts(rows)))
        assert nearest_parts(c, held.vector("rice"), [one], encoder=held.ENCODER).tolist() == [0]
        c.execute(update(s.vectors).where(s.vectors.c.passage_id == one).values(parts=b""))  # as an import may bring it
        assert np.isnan(nearest_parts(c, held.vector("rice"), [one], encoder=held.ENCODER)).all()


def test_a_passage_counts_as_near_as_its_nearest_sentence(tmp_path: Path, engine: Engine) -> None:
    """Only of the nearest are the sentences looked at; what has none counts as a whole."""
    with engine.begin() as c:
        keep(c, "far", "coal and steel and wheat and tea", "ships left the port", "tea")
        keep(c, "near", "ships of tea")
    files = tmp_path / "index"
    files.mkdir()
    with engine.begin() as c:
        index = derived.with_rows(c, derived.derive(c), encoder=held.ENCODER, dimension=held.DIMENSION)

        def first(**given: int) -> list[str | None]:
            (hits,) = hybrid.search_many(
                c, index, ["ships left the port"], held.vectors(["ships left the port"]), k=2, filters=Filters(),
                mode="dense", weights=hybrid.Weights(**given),
            )  # fmt: skip
            assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
            return [hit.external_id for hit in hits]

        assert first() == ["far", "near"]
        assert first(read=0) == ["near", "far"]
        assert first(read=1) == ["near", "far"]


def test_rows_keep_their_direction() -> None:
    rows = np.random.default_rng(1).normal(size=(200, 512)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    back = np.frombuffer(pack_parts(rows), np.int8).reshape(rows.shape).astype(np.float32)
    back /= np.linalg.norm(back, axis=1, keepdims=True)
    assert (rows * back).sum(axis=1).min() > 0.999
