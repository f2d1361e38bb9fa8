"""The vector index: FAISS, flat and exact, derived from the store, checked before it is believed.

On disk it is two files: ``vectors.faiss`` and ``vectors.json``, a manifest with the SHA-256 of the first, the count,
the encoder and the store's sequence number. A file that does not fit its manifest is rebuilt from the store, never
used.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from sqlalchemy import Connection, delete, func, insert, select

from domain.protocols import Ids, Vectors
from index.store import schema as s

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the index file must be to be believed."""

    format: int
    encoder: str
    dimension: int
    count: int
    sequence: int
    sha256: str


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

    def to_bytes(self) -> bytes:
        """The index as FAISS serialises it."""
        return bytes(faiss.serialize_index(self._index))

    @classmethod
    def from_bytes(cls, data: bytes, *, dimension: int) -> FlatIndex:
        """The index that ``to_bytes`` wrote.

        Raises:
            ValueError: the bytes are no such index or have another dimension.
        """
        try:
            index = faiss.deserialize_index(np.frombuffer(data, np.uint8))
        except RuntimeError as error:
            raise ValueError(f"not a FAISS index: {error}") from error
        if index.d != dimension:
            raise ValueError(f"dimension {index.d}, expected {dimension}")
        made = cls(dimension)
        made._index = index
        return made


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


def write(index: FlatIndex, folder: Path, *, encoder: str, sequence: int) -> Manifest:
    """Put the index and its manifest on disk so that a kill at any moment leaves a pair that fits or is rebuilt."""
    folder.mkdir(parents=True, exist_ok=True)
    data = index.to_bytes()
    manifest = Manifest(FORMAT, encoder, index.dimension, len(index), sequence, hashlib.sha256(data).hexdigest())
    _replace(folder / "vectors.faiss", data)
    _replace(folder / "vectors.json", json.dumps(asdict(manifest), indent=1).encode())
    return manifest


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_suffix(path.suffix + ".tmp")
    with temporary.open("wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read(folder: Path, *, encoder: str, dimension: int) -> tuple[FlatIndex, Manifest] | str:
    """The index on disk with its manifest, or in words why it cannot be believed."""
    try:
        manifest = Manifest(**json.loads((folder / "vectors.json").read_text("utf-8")))
        data = (folder / "vectors.faiss").read_bytes()
    except FileNotFoundError:
        return "there is no index file"
    except (OSError, ValueError, TypeError) as error:
        return f"its manifest cannot be read ({error})"
    if manifest.format != FORMAT:
        return f"it has format {manifest.format}"
    if manifest.encoder != encoder or manifest.dimension != dimension:
        return f"it was made by the encoder {manifest.encoder}"
    if hashlib.sha256(data).hexdigest() != manifest.sha256:
        return "its checksum is wrong"
    try:
        index = FlatIndex.from_bytes(data, dimension=dimension)
    except ValueError as error:
        return str(error)
    return (index, manifest) if len(index) == manifest.count else "it holds another number of vectors"


def changed_since(c: Connection, seq: int, *, until: int) -> tuple[Ids, Ids]:
    """Ids of the passages added and of those removed after sequence number ``seq``, up to ``until``."""
    t = s.changes.c
    added: dict[int, None] = {}
    removed: dict[int, None] = {}
    for op, passage in c.execute(select(t.op, t.passage_id).where(t.seq > seq, t.seq <= until).order_by(t.seq)):
        if op == "add":
            added[passage] = None
        else:
            added.pop(passage, None)
            removed[passage] = None
    return np.fromiter(added, np.int64, len(added)), np.fromiter(removed, np.int64, len(removed))


def store_vectors(c: Connection, ids: Ids, vectors: Vectors, *, encoder: str) -> None:
    """Keep vectors of passages by another encoder beside those that are there."""
    c.execute(delete(s.vectors).where(s.vectors.c.encoder == encoder, s.vectors.c.passage_id.in_(ids.tolist())))
    rows = [{"passage_id": int(i), "encoder": encoder, "vector": v.astype("<f2").tobytes()}
            for i, v in zip(ids, vectors, strict=True)]  # fmt: skip
    if rows:
        c.execute(insert(s.vectors), rows)


def as_ids(values: Sequence[int]) -> Ids:
    """Passage ids as the index takes them."""
    return np.asarray(values, dtype=np.int64)
