"""What is taken out of a text, and what stays."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from domain.text import strip_invisible
from ingest.clean import clean, one_line, tidy, unwrap


def test_stored_text_is_composed_and_without_controls() -> None:
    assert clean("Vie\u0323\u0302t\x00 Nam\x07\r\nb\x85c\u2028d\ud800") == "Việt Nam\nb\nc\nd\ufffd"


def test_zero_width_and_direction_controls_stay_in_the_stored_text() -> None:
    text = "a\u200bb\u202ec\u2066d"
    assert clean(text) == text
    assert strip_invisible(text) == "abcd"


def test_joiners_that_spell_words_stay() -> None:
    assert strip_invisible("می\u200cخواهم") == "می\u200cخواهم"
    assert strip_invisible("क्\u200dष") == "क्\u200dष"
    assert strip_invisible("pass\u200cword\u200d") == "password"


def test_lines() -> None:
    assert tidy("  a  \n\n\n\n b\t\n") == "a\n\n b"
    assert one_line("a\n  b\t c") == "a b c"
    assert one_line("x" * 50, limit=10) == "x" * 9 + "…"


def test_broken_lines_are_joined_but_lists_and_paragraphs_are_not() -> None:
    text = (
        "1. The envoy arrived in the capital on Monday and was re-\nceived by the minister in the old palace.\n"
        "2. Talks were short.\n\nThe ambassador left the same evening for the coast."
    )
    assert unwrap(text).split("\n") == [
        "1. The envoy arrived in the capital on Monday and was received by the minister in the old palace.",
        "2. Talks were short.",
        "",
        "The ambassador left the same evening for the coast.",
    ]


def test_chinese_lines_are_joined_without_a_blank() -> None:
    assert unwrap("外交部发言人今天在北京举行的\n记者会上说") == "外交部发言人今天在北京举行的记者会上说"


@given(text=st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean(text)
    assert clean(once).removeprefix("\ufeff") == once.removeprefix("\ufeff")
    assert unicodedata.is_normalized("NFC", once)
    once.encode("utf-8")


@given(text=st.text(alphabet="ab1. \n-äВ北", max_size=200))
def test_unwrapping_loses_no_letter(text: str) -> None:
    def letters(s: str) -> str:
        return "".join(c for c in s if c not in " \n-")

    assert letters(unwrap(text)) == letters(clean(text))
