"""The splitter on what has no bounds."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.document import Passage
from nlp.chunks import split_long
from nlp.segment import weight


@given(st.lists(st.sampled_from(["word ", "again, ", "x; ", "\n", "long" * 30, " ", "北京", "日 "]), max_size=400))
@settings(max_examples=50, deadline=None)
def test_pieces_hold_everything(parts: list[str]) -> None:
    text = "".join(parts)
    last = 0
    for start, end in split_long(text, words=20, weight=weight):
        assert last <= start < end
        assert not text[last:start].strip()
        last = end
    assert not text[last:].strip()


def test_pieces_are_passages_of_their_text() -> None:
    text = "ship " * 500
    for n, (start, end) in enumerate(split_long(text, words=150, weight=weight)):
        assert weight(Passage(n=n, start=start, end=end, text=text[start:end]).text) <= 150
