"""What every encoder promises, whatever engine is behind it."""

from __future__ import annotations

import numpy as np
import pytest

from domain.protocols import Encoder
from models.encoder import UseEncoder
from models.registry import load_encoder

TEXTS = [
    "Chinese ships rammed a Vietnamese patrol boat near the Paracel Islands.",
    "Tàu Trung Quốc đâm tàu cảnh sát biển Việt Nam gần quần đảo Hoàng Sa.",
    "Les prix du café ont baissé au Brésil.",
    "",
    "   \n\t ",
    "😀😀",
    "\u200b\u202e",
    "ខ្ញុំស្រលាញ់ភាសាខ្មែរ",
    "word " * 3000,
    "x" * 50_000,
    "broken \ud800 surrogate",
]


@pytest.fixture(scope="module", params=["light", "module", "minilm"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    if request.param == "minilm":
        return load_encoder("minilm-l6")
    return load_encoder(route=request.param)


def test_is_an_encoder(encoder: Encoder) -> None:
    assert isinstance(encoder, Encoder)
    assert encoder.id
    assert encoder.dimension > 0


@pytest.mark.parametrize("query", [False, True])
def test_one_unit_row_a_text_in_order(encoder: Encoder, query: bool) -> None:
    rows = encoder.encode(TEXTS, query=query)
    assert rows.shape == (len(TEXTS), encoder.dimension)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)
    turned = encoder.encode(TEXTS[::-1], query=query)[::-1]
    assert np.abs(rows - turned).max() < 2e-3


def test_nothing_gives_no_rows(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_a_text_alone_and_in_a_lot_is_the_same(encoder: Encoder) -> None:
    lot = encoder.encode([*TEXTS[:3], *(f"sentence number {n}" for n in range(40))])
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS[:3]])
    assert (lot[:3] * alone).sum(axis=1).min() > 0.99999


def test_near_meanings_lie_nearer(encoder: Encoder) -> None:
    rows = encoder.encode(
        [TEXTS[0], "A patrol vessel of Vietnam was hit by Chinese vessels.", "Coffee prices fell in Brazil last week."]
    )
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.2


def test_the_two_routes_of_the_default_encoder_agree() -> None:
    light, module = load_encoder(route="light"), load_encoder(route="module")
    texts = [*TEXTS, *(f"{text} {n}" for n in range(30) for text in TEXTS[:3])]
    one, other = light.encode(texts), module.encode(texts)
    assert (one * other).sum(axis=1).min() > 0.99999
    assert light.id == module.id


def test_sentence_transformers_itself_gives_the_vectors() -> None:
    encoder = load_encoder()
    assert isinstance(encoder, UseEncoder)
    model = encoder.sentence_transformer()
    rows = model.encode(TEXTS[:3], show_progress_bar=False)
    assert model.get_embedding_dimension() == 512
    assert (rows * encoder.encode(TEXTS[:3], query=True)).sum(axis=1).min() > 0.99999
