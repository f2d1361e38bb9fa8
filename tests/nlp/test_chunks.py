"""The LangChain seam: there and back without loss, and its splitter on what has no bounds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.documents import Document as Chunk

from domain.document import Document, Passage
from domain.errors import ParseError
from nlp.chunks import from_chunks, split_long, to_chunks
from nlp.segment import passages, sentences, weight

TEXT = "Tàu Trung Quốc rời vùng biển. " * 60


@pytest.fixture
def document() -> Document:
    return Document(source="post", title="Báo cáo", text=TEXT, item="a.txt", known=datetime(2014, 5, 2, tzinfo=UTC))


def test_there_and_back(document: Document) -> None:
    found = passages(TEXT, sentences(TEXT, lang="vi"))
    chunks = to_chunks(document, found)
    assert len(chunks) > 1
    assert all(isinstance(chunk, Chunk) for chunk in chunks)
    assert chunks[0].metadata["document_id"] == document.id
    assert chunks[0].metadata["label"] == "open"
    assert len({chunk.id for chunk in chunks}) == len(chunks)
    assert from_chunks(reversed(chunks)) == found


def test_a_chunk_from_nowhere_is_refused() -> None:
    with pytest.raises(ParseError, match="where it stood"):
        from_chunks([Chunk(page_content="text", metadata={"n": 0, "start": "3"})])


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
