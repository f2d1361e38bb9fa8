from __future__ import annotations

import pytest

from domain.errors import ModelError
from models.language.packing import pack, unpack
from models.language.pieces import bare, pieces, words, written


def test_words_are_composed_and_small_and_signs_are_pieces() -> None:
    assert words("Bie\u0302\u0309n Đông") == ["biển", "đông"]
    assert written("Biển Đông!") == ["Biển", "Đông"]
    assert pieces("Giá: 1.000 đồng") == ["Giá", ":", "1", ".", "000", "đồng"]


def test_scripts_without_spaces_are_read_by_characters() -> None:
    assert words("ທະເລ") == list("ທະເລ")
    assert words("海 sea") == ["海", "sea"]


def test_bare_takes_marks_and_strokes_and_leaves_the_case() -> None:
    assert bare("Đường Ởn é") == "Duong On e"


def test_texts_are_packed_and_come_back() -> None:
    assert unpack(pack(["một", "", "hai ba"]), item="x") == ["một", "", "hai ba"]
    with pytest.raises(ValueError, match="line break"):
        pack(["a\nb"])
    broken = pack(["một hai"]).copy()
    broken[-9:] ^= 255
    with pytest.raises(ModelError, match="damaged"):
        unpack(broken, item="x")
