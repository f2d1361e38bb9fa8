"""Vectors in the store, the sequence of its changes, and the plain vector index: FAISS, flat and exact, in memory.

Search at scale goes by slots (``index.rows``); ``FlatIndex`` is what it is compared with, and what serves a few
vectors by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import faiss
import numpy as np
from sqlalchemy import Connection, delete, func, insert, select

from domain.protocols import Ids, Vectors
from index.store import schema as s


class FlatIndex:
    """Exact inner-product search over unit vectors; a search confined to ``allowed`` looks only at those."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Add rows; an id it already has is replaced."""
        if len(ids):
            self.remove(ids)
            self._index.add_with_ids(np.ascontiguousarray(vectors, np.float32), np.ascontiguousarray(ids, np.int64))

    def remove(self, ids: Ids) -> None:
        """Remove ids; unknown ones are passed over."""
        if len(ids) and len(self):
            self._index.remove_ids(np.ascontiguousarray(ids, np.int64))

    def search(self, queries: Vectors, *, k: int, allowed: Ids | None = None) -> list[list[tuple[int, float]]]:
        """For each query row up to k (id, inner product), best first, ties by id."""
        if not len(self) or k < 1 or (allowed is not None and not len(allowed)):
            return [[] for _ in range(len(queries))]
        k = min(k, len(self) if allowed is None else len(allowed))
        queries = np.ascontiguousarray(queries, np.float32)
        if allowed is None:
            scores, ids = self._index.search(queries, k)
        else:
            # A batch selector hashes the set once; it is exact, and faster the smaller the set.
            chosen: Any = {"sel": faiss.IDSelectorBatch(np.ascontiguousarray(allowed, np.int64))}
            parameters = faiss.SearchParameters(**chosen)
            scores, ids = self._index.search(queries, k, params=parameters)
        return [
            sorted(
                ((int(i), float(x)) for i, x in zip(row_ids, row, strict=True) if i >= 0), key=lambda h: (-h[1], h[0])
            )
            for row_ids, row in zip(ids, scores, strict=True)
        ]

    def vectors(self, ids: Ids) -> Vectors:
        """The stored rows of these ids, in their order; an unknown id gives a row of zeros."""
        out = np.zeros((len(ids), self.dimension), np.float32)
        for i, one in enumerate(ids):
            try:
                out[i] = self._index.reconstruct(int(one))
            except RuntimeError:
                continue
        return out


def use_threads(n: int) -> None:
    """FAISS on n threads from now on, in this process."""
    faiss.omp_set_num_threads(n)


def sequence(c: Connection) -> int:
    """The store's sequence number: of the last change to any passage."""
    return int(c.scalar(select(func.max(s.changes.c.seq))) or 0)


def stored_vectors(c: Connection, *, encoder: str, dimension: int, ids: Ids | None = None) -> tuple[Ids, Vectors]:
    """Ids and float32 rows of the vectors in the store by this encoder, ascending by id."""
    t = s.vectors.c
    query = select(t.passage_id, t.vector).where(t.encoder == encoder).order_by(t.passage_id)
    if ids is not None:
        chunks = [ids[i : i + 5000].tolist() for i in range(0, len(ids), 5000)]
        rows = [r for part in chunks for r in c.execute(query.where(t.passage_id.in_(part)))]
    else:
        rows = list(c.execute(query))
    keys = np.fromiter((r[0] for r in rows), np.int64, len(rows))
    matrix = np.frombuffer(b"".join(r[1] for r in rows), "<f2").reshape(len(rows), dimension)
    return keys, matrix.astype(np.float32)


def rebuild(c: Connection, *, encoder: str, dimension: int) -> FlatIndex:
    """The whole index from the store."""
    index = FlatIndex(dimension)
    index.add(*stored_vectors(c, encoder=encoder, dimension=dimension))
    return index


def changed_since(c: Connection, seq: int, *, until: int) -> tuple[Ids, Ids]:
    """Passages changed in the store after sequence number ``seq``, up to ``until``: those that came or that are to be
    looked at anew, and those removed."""
    t = s.changes.c
    added: dict[int, None] = {}
    removed: dict[int, None] = {}
    for op, passage in c.execute(select(t.op, t.passage_id).where(t.seq > seq, t.seq <= until).order_by(t.seq)):
        if op == "remove":
            added.pop(passage, None)
            removed[passage] = None
        else:
            added[passage] = None
    return np.fromiter(added, np.int64, len(added)), np.fromiter(removed, np.int64, len(removed))


def touched_since(c: Connection, seq: int, *, until: int) -> Ids:
    """Passages whose version was given other times or another label after ``seq``, up to ``until``."""
    t = s.changes.c
    query = select(t.passage_id).where(t.seq > seq, t.seq <= until, t.op == "touch").distinct()
    return as_ids(list(c.scalars(query)))


def vectors_changed(c: Connection, seq: int, *, until: int) -> bool:
    """Whether passages got vectors other than those they came with, after ``seq``, up to ``until``."""
    t = s.changes.c
    query = select(t.seq).where(t.seq > seq, t.seq <= until, t.op == "vector").limit(1)
    return c.scalar(query) is not None


def store_vectors(
    c: Connection, ids: Ids, vectors: Vectors, *, encoder: str, parts: Sequence[bytes] = (), searched: bool = True
) -> None:
    """Keep vectors of passages by another encoder beside those that are there.

    ``parts`` are the rows of each passage's sentences as they are stored, empty where it has one only. ``searched``
    says that searches go by this encoder: what is derived has to be made anew.
    """
    c.execute(delete(s.vectors).where(s.vectors.c.encoder == encoder, s.vectors.c.passage_id.in_(ids.tolist())))
    rows = [{"passage_id": int(i), "encoder": encoder, "vector": v.astype("<f2").tobytes(), "parts": part or None}
            for i, v, part in zip(ids, vectors, parts or [b""] * len(ids), strict=True)]  # fmt: skip
    if rows:
        c.execute(insert(s.vectors), rows)
    if rows and searched:
        c.execute(insert(s.changes), [{"op": "vector", "passage_id": row["passage_id"]} for row in rows])


def as_ids(values: Sequence[int]) -> Ids:
    """Passage ids as the index takes them."""
    return np.asarray(values, dtype=np.int64)
