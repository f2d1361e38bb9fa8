"""Passages and their sentences to vectors as they are stored.

A passage is one row of float16, little-endian. Its sentences are rows of eight bits a number beside it: what asks for
one fact is nearer to the sentence that tells it than to the mean of seven (measured: docs/search.md).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

from domain.document import Passage, Span
from domain.protocols import Encoder, Vectors
from domain.text import count_words, titled

STORED = np.dtype("<f2")
LEAST_WORDS = 4
"""Shorter sentences are joined to their neighbours: "He agreed." is near to everything."""


def passage_texts(title: str, passages: Sequence[Passage], *, title_first: bool = True) -> list[str]:
    """What is embedded for each passage: its text, the first one's after the title unless it begins with it."""
    texts = [passage.text for passage in passages]
    if title_first and texts:
        texts[0] = titled(" ".join(title.split()), texts[0])
    return texts


def part_texts(title: str, passage: Passage, sentences: Sequence[Span], *, title_first: bool = True) -> list[str]:
    """What is embedded beside a passage: its sentences one by one, and before the first passage's the title.

    Nothing where that is one text only: the passage's own row says it.

    Args:
        sentences: those of the document, by their places in its text.

    >>> spans = [Span(0, 11), Span(12, 70)]
    >>> whole = Passage(0, 0, 70, "He refused. The envoy left the talks in Hanoi on Monday without a word")
    >>> part_texts("Talks break off", whole, spans)
    ['Talks break off', 'He refused. The envoy left the talks in Hanoi on Monday without a word']
    """
    parts: list[Span] = []
    open_ = False
    for one in sentences[bisect_left(sentences, passage.start, key=lambda span: span.start) :]:
        if one.end > passage.end:
            break
        if open_:
            parts[-1] = Span(parts[-1].start, one.end)
        else:
            parts.append(one)
        open_ = count_words(passage.text[parts[-1].start - passage.start : parts[-1].end - passage.start]) < LEAST_WORDS
    if open_ and len(parts) > 1:
        last = parts.pop()
        parts[-1] = Span(parts[-1].start, last.end)
    texts = [passage.text[one.start - passage.start : one.end - passage.start] for one in parts]
    title = " ".join(title.split())
    if title_first and passage.n == 0 and title and not " ".join(passage.text.split()).startswith(title):
        texts.insert(0, title)
    return texts if len(texts) > 1 else []


def embed(encoder: Encoder, texts: Sequence[str]) -> tuple[bytes, ...]:
    """The stored form of each text's vector, in order."""
    return pack(encoder.encode(texts, query=False)) if texts else ()


def pack(vectors: Vectors) -> tuple[bytes, ...]:
    """Rows as float16 bytes; the cosine of a row with what ``unpack`` gives is above 0.99999."""
    return tuple(row.tobytes() for row in np.ascontiguousarray(vectors, dtype=STORED))


def pack_parts(vectors: Vectors) -> bytes:
    """Rows as eight bits a number, the largest of each row 127; their direction is kept to a cosine of 0.999."""
    rows = np.asarray(vectors, np.float32)
    most = np.abs(rows).max(axis=1, keepdims=True, initial=0.0)
    scaled: Vectors = np.divide(rows * 127, most, out=np.zeros_like(rows), where=most > 0)
    return np.round(scaled).astype(np.int8).tobytes()


def unpack(rows: Sequence[bytes], *, dimension: int) -> Vectors:
    """The stored rows as float32, of length 1 again.

    Raises:
        ValueError: a row has another dimension.
    """
    for row in rows:
        if len(row) != dimension * STORED.itemsize:
            raise ValueError(f"a vector of {len(row)} bytes does not have {dimension} dimensions")
    found = np.frombuffer(b"".join(rows), dtype=STORED).reshape(len(rows), dimension).astype(np.float32)
    norms = np.linalg.norm(found, axis=1, keepdims=True)
    scaled: Vectors = np.divide(found, norms, out=found, where=norms > 0)
    return scaled
