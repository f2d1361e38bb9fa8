from __future__ import annotations

import pytest

from models.language import diacritics
from models.language.diacritics import Diacritics
from models.language.part import load
from models.language.pieces import bare, written
from models.registry import checked_folder

SENTENCES = [
    "Tình hình Biển Đông căng thẳng", "Tàu vào Biển Đông", "Thị trường biến động mạnh", "Giá biến động mạnh",
    "Giá vàng biến động", "Giá dầu biến động nhẹ",
]  # fmt: skip


@pytest.fixture(scope="module")
def small() -> Diacritics:
    return diacritics.learn(written(one) for one in SENTENCES)


def test_a_capital_tells_a_name(small: Diacritics) -> None:
    assert small.restored("Tau vao Bien Dong") == "Tàu vào Biển Đông"
    assert small.restored("gia bien dong manh") == "giá biến động mạnh"


def test_marks_that_are_there_stay_and_strange_words_too(small: Diacritics) -> None:
    assert small.restored("Biển Dong, Gazprom!") == "Biển Đông, Gazprom!"
    assert small.restored("") == ""
    assert small.restored("BIEN DONG") == "BIẾN ĐỘNG"


def test_a_language_without_marks_has_no_model() -> None:
    assert not diacritics.learn([["the", "sea"]])
    assert Diacritics({}, {}, {}, {}).restored("Bien") == "Bien"


def test_it_comes_back_from_its_arrays(small: Diacritics) -> None:
    again = diacritics.from_arrays(small.arrays(), item="x")
    assert again.restored("Tau vao Bien Dong") == "Tàu vào Biển Đông"


@pytest.mark.parametrize(
    "text",
    [
        "Bộ Ngoại giao phản đối Trung Quốc", "tình hình Biển Đông", "quan hệ Việt Nam với Trung Quốc",
        "Giàn khoan Hải Dương 981", "Thủ tướng thăm Pháp", "cảnh sát biển Việt Nam",
    ],
)  # fmt: skip
def test_the_vietnamese_part_puts_marks_back(text: str) -> None:
    assert load(checked_folder("language-vi")).read(bare(text)) == text
