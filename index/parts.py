"""How near a question comes to the nearest sentence of a passage.

A passage's vector is that of some hundred and fifty words, and a question is mostly about what one sentence tells. So
the passages that are nearest as wholes are looked at sentence by sentence, and each counts as near as its nearest part,
itself included (the maximum of Khattab and Zaharia 2020, "ColBERT", over sentences in place of words). What it brings
is measured by ``benchmarks/sentences.py``.
"""

from __future__ import annotations

import numpy as np
from sqlalchemy import Connection, func, select

from domain.protocols import Vectors
from index.scope import Floats
from index.store import schema as s


def nearest_parts(c: Connection, query: Vectors, ids: list[int], *, encoder: str) -> Floats:
    """Cosines of a question (a row of length 1) with the nearest sentence of each of these passages, in their order.

    NaN where a passage has no rows of sentences by this encoder: it is one sentence, or was stored without them.
    """
    t = s.vectors.c
    query_rows = select(t.passage_id, t.parts).where(
        t.passage_id.in_(ids), t.encoder == encoder, func.length(t.parts) > 0
    )
    found = {passage: _nearest(query, parts) for passage, parts in c.execute(query_rows)}
    return np.array([found.get(one, np.nan) for one in ids], np.float64)


def _nearest(query: Vectors, parts: bytes) -> float:
    rows = np.frombuffer(parts, np.int8).reshape(-1, len(query)).astype(np.float32)
    lengths = np.linalg.norm(rows, axis=1)
    return float(np.max(np.divide(rows @ query, lengths, out=np.zeros_like(lengths), where=lengths > 0)))
