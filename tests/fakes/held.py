"""A small store with real tables, real words and vectors that are counts of words: no model, yet likeness."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, Engine

from domain.document import Analysis, Document, Language, Passage
from domain.entity import EntityKind, Mention
from domain.label import Label
from domain.protocols import Vectors
from domain.text import fold, words
from index.store import documents
from index.store.engine import open_engine

DIMENSION = 64
ENCODER = "counted words"
DAY = datetime(2014, 5, 1, tzinfo=UTC)


def vector(text: str) -> Vectors:
    """The folded words of a text, each hashed to a place, at length 1."""
    row = np.zeros(DIMENSION, np.float32)
    row[0] = 0.1
    for word in words(text):
        row[hashlib.blake2b(fold(word).encode("utf-8", "replace"), digest_size=2).digest()[0] % DIMENSION] += 1
    return row / np.float32(np.linalg.norm(row))


def vectors(texts: Sequence[str]) -> Vectors:
    """One row a text."""
    return np.vstack([vector(text) for text in texts]) if texts else np.zeros((0, DIMENSION), np.float32)


def empty(folder: Path) -> Engine:
    """A store with nothing in it."""
    return open_engine(folder / "vedette.db")


def keep(
    c: Connection, name: str, *passages: str, title: str = "", lang: str = "en", label: Label = Label.OPEN,
    known: datetime = DAY, source: str = "post", countries: Sequence[str] = (), with_vectors: bool = True,
) -> Document:  # fmt: skip
    """Store a document of these passages; a second call with the same name stores its next version."""
    text = "\n".join(passages)
    document = Document(
        source=source, title=title, text=text, item=name, external_id=name, known=known, published=known, label=label
    )
    found, start = [], 0
    for n, passage in enumerate(passages):
        found.append(Passage(n, start, start + len(passage), passage))
        start += len(passage) + 1
    mentions = tuple(
        Mention(start=0, end=1, surface=text[:1], entity_id=f"country:{code}", name=code, kind=EntityKind.COUNTRY,
                countries=(code,), method="test") for code in countries
    )  # fmt: skip
    rows = tuple(vector(passage).astype("<f2").tobytes() for passage in passages) if with_vectors else ()
    documents.save(c, document, Analysis(
        language=Language(lang, 1.0), sentences=(), passages=tuple(found), mentions=mentions, vectors=rows,
        encoder=ENCODER,
    ))  # fmt: skip
    return document
