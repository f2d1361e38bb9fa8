"""LangChain's splitter for what has no sentence bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from domain.errors import ParseError

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
