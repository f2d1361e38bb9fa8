"""Passages to vectors as they are stored: float16, little-endian, one row a passage."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from domain.document import Passage
from domain.protocols import Encoder, Vectors

STORED = np.dtype("<f2")


def passage_texts(title: str, passages: Sequence[Passage], *, title_first: bool = True) -> list[str]:
    """What is embedded for each passage: its text, the first one's after the title unless it begins with it."""
    texts = [passage.text for passage in passages]
    title = " ".join(title.split())
    if title_first and texts and title and not texts[0].lower().startswith(title.lower()):
        texts[0] = f"{title}\n{texts[0]}"
    return texts


def embed(encoder: Encoder, texts: Sequence[str]) -> tuple[bytes, ...]:
    """The stored form of each text's vector, in order."""
    return pack(encoder.encode(texts, query=False)) if texts else ()


def pack(vectors: Vectors) -> tuple[bytes, ...]:
    """Rows as float16 bytes; the cosine of a row with what ``unpack`` gives is above 0.99999."""
    return tuple(row.tobytes() for row in np.ascontiguousarray(vectors, dtype=STORED))


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
