"""The seam to LangChain: passages as its documents and back, and its splitter for what has no sentence bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from domain.document import Document, Passage
from domain.errors import ParseError

if TYPE_CHECKING:
    from langchain_core.documents import Document as Chunk

# The splitter takes strings apart by characters where it finds no space: keep it from doing so with megabytes.
_UNBROKEN = 2_000


def split_long(text: str, *, words: float, weight: Callable[[str], float]) -> Iterator[tuple[int, int]]:
    """Bounds of pieces of at most ``words``, cut after lines, semicolons, commas or spaces, in that order of liking.

    The pieces hold every character that is not white space.
    """
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        separators=["\n", "; ", ", ", " "],
        chunk_size=int(words),
        chunk_overlap=0,
        length_function=lambda part: int(weight(part)) + 1,
        keep_separator="end",
        strip_whitespace=True,
    )
    at = 0
    for chunk in splitter.create_documents([text]):
        piece = chunk.page_content
        found = text.find(piece, at)
        if found < 0:
            raise ParseError("a long sentence could not be cut", item=text[:40], stage="analyse")
        at = found + len(piece)
        for start in range(found, at, _UNBROKEN):
            yield start, min(start + _UNBROKEN, at)


def to_chunks(document: Document, passages: Iterable[Passage]) -> list[Chunk]:
    """A document's passages as LangChain documents, with what is needed to cite them."""
    from langchain_core.documents import Document as Chunk

    return [
        Chunk(
            page_content=passage.text,
            id=f"{document.id}:{passage.n}",
            metadata={
                "document_id": document.id,
                "source": document.source,
                "title": document.title,
                "url": document.url,
                "label": document.label.text,
                "n": passage.n,
                "start": passage.start,
                "end": passage.end,
            },
        )
        for passage in passages
    ]


def from_chunks(chunks: Iterable[Chunk]) -> tuple[Passage, ...]:
    """The passages again, in the order of the text.

    Raises:
        ParseError: a chunk does not say where it stood.
    """
    found: list[Passage] = []
    for chunk in chunks:
        place = [chunk.metadata.get(key) for key in ("n", "start", "end")]
        n, start, end = (value if isinstance(value, int) else -1 for value in place)
        if min(n, start, end) < 0:
            raise ParseError("a chunk does not say where it stood", item=str(chunk.id), stage="analyse")
        found.append(Passage(n=n, start=start, end=end, text=chunk.page_content))
    return tuple(sorted(found, key=lambda passage: passage.start))
