"""Vectors as they are stored."""

from __future__ import annotations

import numpy as np
import pytest

from domain.document import Passage
from models.registry import load_encoder
from nlp.embed import embed, pack, passage_texts, unpack


def passage(n: int, text: str) -> Passage:
    return Passage(n=n, start=n, end=n + len(text), text=text)


def test_the_title_goes_with_the_first_passage_only() -> None:
    two = [passage(0, "The rig moved."), passage(1, "It left.")]
    assert passage_texts("Rig  moves", two) == ["Rig moves\nThe rig moved.", "It left."]
    assert passage_texts("the RIG moved", two) == ["The rig moved.", "It left."]
    assert passage_texts("Rig moves", two, title_first=False) == ["The rig moved.", "It left."]
    assert passage_texts("", two)[0] == "The rig moved."
    assert passage_texts("Title", []) == []


def test_stored_rows_are_little_endian_halves_and_come_back() -> None:
    encoder = load_encoder()
    texts = ["Tàu rời cảng.", "The ship left the port.", ""]
    rows = embed(encoder, texts)
    assert [len(row) for row in rows] == [2 * encoder.dimension] * 3
    assert np.frombuffer(rows[0], dtype="<f2").shape == (encoder.dimension,)
    back = unpack(rows, dimension=encoder.dimension)
    assert (back * encoder.encode(texts)).sum(axis=1).min() > 0.99999
    assert np.allclose(np.linalg.norm(back, axis=1), 1)


def test_nothing_to_embed() -> None:
    assert embed(load_encoder(), []) == ()
    assert unpack([], dimension=4).shape == (0, 4)


def test_a_row_of_another_dimension_is_refused() -> None:
    with pytest.raises(ValueError, match="dimensions"):
        unpack(pack(np.ones((1, 3), dtype=np.float32)), dimension=4)
