"""Vectors as they are stored."""

from __future__ import annotations

import numpy as np
import pytest

from domain.document import Passage, Span
from models.registry import load_encoder
from nlp import segment
from nlp.embed import embed, pack, pack_parts, part_texts, passage_texts, unpack


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


def test_sentences_are_parts_and_short_ones_join_their_neighbours() -> None:
    text = "The ship left the port of Hai Phong. He agreed. It carried nine hundred tons of rice to Manila. So it was."
    (whole,) = segment.passages(text, segment.sentences(text, lang="en"))
    parts = part_texts("Rice sails", whole, segment.sentences(text, lang="en"))
    assert parts == ["Rice sails", "The ship left the port of Hai Phong.",
                     "He agreed. It carried nine hundred tons of rice to Manila. So it was."]  # fmt: skip
    assert part_texts("The ship left", whole, segment.sentences(text, lang="en"))[0].startswith(
        "The ship left the port"
    )
    assert "Rice sails" not in part_texts("Rice sails", whole, segment.sentences(text), title_first=False)


def test_parts_are_those_of_the_passage_and_one_sentence_has_none() -> None:
    text = " ".join(f"Sentence number {n} tells of the harbour and what was seen of ships there." for n in range(40))
    spans = segment.sentences(text, lang="en")
    found = [part_texts("", one, spans) for one in segment.passages(text, spans)]
    assert len(found) > 1
    assert [part for some in found for part in some] == [text[span.start : span.end] for span in spans]
    assert part_texts("", Passage(0, 0, 22, "Only one sentence here"), [Span(0, 22)]) == []
    assert part_texts("", Passage(0, 5, 5, ""), []) == []


def test_no_rows_are_no_bytes() -> None:
    assert pack_parts(np.zeros((0, 4), np.float32)) == b""
