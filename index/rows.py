"""Vectors by slot: what is nearest, exactly where little is allowed, and nearly so where much is.

The vectors are those of the store, float16 as they lie there: FAISS multiplies them as they are, so that a million of
512 dimensions take 1 GB and not two. Up to ``EXACT`` allowed passages every one of them is looked at. Above, RaBitQ
(Gao and Long 2024: one bit a dimension, with a bound on its error) picks ``PICKED`` of them, and those are compared
exactly; so a score is always exact, and only a passage that one bit a dimension puts behind thousands of others can be
missed. Measured over a million clustered vectors (``benchmarks/bench_search.py``) it finds what the exact scan finds in
a quarter of its time. A graph (HNSW) would be faster still, but takes hours to build at this size on two cores, holds
every row in memory, and loses its way under filters; inverted lists miss more at equal speed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from domain.protocols import Ids, Vectors
from index.columns import Columns, Mask, Slots
from index.files import Bytes, DamagedError, Mapped, Seal, write
from index.store import facts

Floats = npt.NDArray[np.float64]
Near = list[tuple[Slots, Floats]]
"""For each query slots and inner products, best first, equals by slot."""

EXACT = 150_000
"""Up to so many allowed passages all are compared."""
PICKED = 4_000
"""So many are compared of those that the bits pick; for a deeper answer ten times its depth."""
SAMPLED = 100_000
_QUERY_BITS: dict[str, Any] = {"qb": 8}
_CHUNK = 20_000
FILES = ("vectors.faiss", "held.bin")
BITS = "bits.faiss"


def _flat(dimension: int) -> Any:
    return faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)


def _only(mask: Mask, *, bits: bool = False) -> Any:
    """Search parameters that confine a search to these places."""
    made: Any = faiss.IDSelectorBitmap
    chosen: dict[str, Any] = {"sel": made(np.packbits(mask, bitorder="little"))}
    return faiss.RaBitQSearchParameters(**chosen, **_QUERY_BITS) if bits else faiss.SearchParameters(**chosen)


class Part:
    """Vectors of neighbouring slots, from ``begin`` on; never changed."""

    def __init__(self, index: Any, codes: Bytes, held: Mask, *, begin: int, file: Mapped | None = None) -> None:
        self.begin, self.held = begin, held
        self.bits: Any = None
        self._index, self._codes, self._file = index, codes, file
        self.count = int(held.sum())

    def __len__(self) -> int:
        return len(self.held)

    def nearest(self, queries: Vectors, *, k: int, allowed: Mask) -> Near:
        """Of the allowed slots (by place in this part) those with the highest inner products."""
        self._check()
        allowed = allowed & self.held
        n = int(allowed.sum())
        if not n:
            return [(np.empty(0, np.int32), np.empty(0))] * len(queries)
        if n <= PICKED:
            # So few rows are copied faster than a selector walks past all others.
            return self._among(queries, np.flatnonzero(allowed), k=k)
        picked = max(PICKED, 10 * k)
        if self.bits is not None and n > EXACT and 2 * picked < n:
            _, found = self.bits.search(queries, picked, params=_only(allowed, bits=True))
            return [
                self._among(queries[i : i + 1], np.sort(row[row >= 0]), k=k)[0] for i, row in enumerate(found)
            ]  # fmt: skip
        chosen = None if n == len(self) else _only(allowed)
        scores, found = self._index.search(queries, min(k, n), params=chosen)
        return [self._ordered(row, score) for row, score in zip(found, scores, strict=True)]

    def _among(self, queries: Vectors, places: Ids, *, k: int) -> Near:
        few = _flat(self._index.d)
        few.add_sa_codes(self._codes[places])
        scores, found = few.search(queries, min(k, len(places)))
        return [self._ordered(places[row], score) for row, score in zip(found, scores, strict=True)]

    def _ordered(self, places: Ids, scores: Vectors) -> tuple[Slots, Floats]:
        good = places >= 0
        places, scores = places[good], scores[good]
        order = np.lexsort((places, -scores))
        return (self.begin + places[order]).astype(np.int32), scores[order].astype(np.float64)

    def cosines(self, query: Vectors, places: Ids) -> Floats:
        """The inner products of one query with the slots at these places; NaN where there is no vector."""
        self._check()
        out = np.full(len(places), np.nan)
        for start in range(0, len(places), _CHUNK):
            few = places[start : start + _CHUNK]
            if not len(few):
                continue
            index = _flat(self._index.d)
            index.add_sa_codes(self._codes[few])
            scores, found = index.search(query.reshape(1, -1), len(few))
            out[start + found[0][found[0] >= 0]] = scores[0][found[0] >= 0]
        out[~self.held[places]] = np.nan
        return out

    def codes(self) -> Bytes:
        """The vectors as they are stored."""
        self._check()
        return self._codes

    def _check(self) -> None:
        # Once, when a vector is first looked at: a search for words alone does not read them.
        if self._file is not None:
            self._file.bytes()


def part_of(codes: Bytes, held: Mask, *, begin: int, dimension: int) -> Part:
    """A part in memory, with a copy of the codes."""
    index = _flat(dimension)
    if len(codes):
        index.add_sa_codes(np.ascontiguousarray(codes))
        codes = faiss.rev_swig_ptr(index.codes.data(), codes.size).reshape(codes.shape)
    return Part(index, codes, held, begin=begin)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The vectors of all slots, in the parts they came in: the file's, and those that came later."""

    dimension: int
    parts: tuple[Part, ...]

    def __len__(self) -> int:
        return sum(part.count for part in self.parts)

    @property
    def slots(self) -> int:
        """How many slots there are, with a vector or without."""
        return sum(len(part) for part in self.parts)

    def nearest(self, queries: Vectors, *, k: int, allowed: Mask) -> Near:
        """For each query up to k of the allowed slots, best first; those without a vector are not found."""
        if k < 1 or not len(queries):
            return [(np.empty(0, np.int32), np.empty(0))] * len(queries)
        queries = np.ascontiguousarray(queries, np.float32)
        found = [part.nearest(queries, k=k, allowed=allowed[part.begin : part.begin + len(part)])
                 for part in self.parts]  # fmt: skip
        if len(found) == 1:
            return found[0]
        return [_merged([part[i] for part in found], k) for i in range(len(queries))]

    def cosines(self, query: Vectors, slots: Slots) -> Floats:
        """The inner products of one query with these slots; NaN where there is no vector."""
        query = np.ascontiguousarray(query, np.float32)
        out = np.full(len(slots), np.nan)
        for part in self.parts:
            inside = np.flatnonzero((slots >= part.begin) & (slots < part.begin + len(part)))
            if len(inside):
                out[inside] = part.cosines(query, slots[inside].astype(np.int64) - part.begin)
        return out


def _merged(found: list[tuple[Slots, Floats]], k: int) -> tuple[Slots, Floats]:
    if not found:
        return np.empty(0, np.int32), np.empty(0)
    slots, scores = (np.concatenate([one[i] for one in found]) for i in range(2))
    order = np.lexsort((slots, -scores))[:k]
    return slots[order], scores[order]


def grown(c: Connection, old: Rows, columns: Columns, *, encoder: str) -> Rows:
    """The vectors with those of the slots that came since."""
    begin = old.slots
    if begin == len(columns):
        return old
    codes, held = read(c, columns, begin, len(columns), encoder=encoder, dimension=old.dimension)
    parts = old.parts
    if len(parts) > 1 and len(parts[-1]) < _CHUNK:
        # What comes in small batches is put together: copying it again costs little as long as it is little.
        last, parts = parts[-1], parts[:-1]
        begin, codes, held = last.begin, np.concatenate([last.codes(), codes]), np.concatenate([last.held, held])
    return Rows(old.dimension, (*parts, part_of(codes, held, begin=begin, dimension=old.dimension)))


def read(c: Connection, columns: Columns, begin: int, end: int, *, encoder: str, dimension: int) -> tuple[Bytes, Mask]:
    """The store's vectors by this encoder for a range of slots, zeros where there is none, and where there is one."""
    codes, held = np.zeros((end - begin, 2 * dimension), np.uint8), np.zeros(end - begin, np.bool_)
    if begin < end:
        after, until = int(columns.ids[begin]) - 1, int(columns.ids[end - 1])
        for ids, rows in facts.vectors(c, encoder=encoder, width=2 * dimension, after=after, until=until):
            at = np.searchsorted(columns.ids, ids)
            good = (at < len(columns)) & (columns.ids[np.minimum(at, len(columns) - 1)] == ids)
            codes[at[good] - begin], held[at[good] - begin] = rows[good], True
    return codes, held


# --- on disk


def write_rows(c: Connection, columns: Columns, folder: Path, *, encoder: str, dimension: int) -> dict[str, Seal]:
    """Put the vectors of all slots into files, a stretch at a time; gives their seals.

    Raises:
        OSError: the disk is full or may not be written.
    """
    n, held = len(columns), np.zeros(len(columns), np.bool_)

    def stretches() -> Iterator[bytes]:
        yield _header(dimension, n)
        for start in range(0, n, _CHUNK):
            codes, here = read(c, columns, start, min(start + _CHUNK, n), encoder=encoder, dimension=dimension)
            held[start : start + len(here)] = here
            yield codes.tobytes()

    seals = {"vectors.faiss": write(folder / "vectors.faiss", stretches())}
    seals["held.bin"] = write(folder / "held.bin", [held.tobytes()])
    if held.sum() > EXACT:
        part = _mapped(Mapped(folder / "vectors.faiss", seals["vectors.faiss"]), held, dimension)
        seals[BITS] = write(folder / BITS, [_bits(part, dimension).tobytes()])
    return seals


def _header(dimension: int, n: int) -> bytes:
    """What FAISS writes before the vectors of such an index with n of them.

    It is taken from an index of one row, in which the count stands twice: eight bytes in, and before the vectors.
    """
    one = _flat(dimension)
    one.add_sa_codes(np.zeros((1, 2 * dimension), np.uint8))
    data = bytearray(faiss.serialize_index(one).tobytes()[: -2 * dimension])
    data[8:16] = n.to_bytes(8, "little")
    data[-8:] = (n * 2 * dimension).to_bytes(8, "little")
    return bytes(data)


def _bits(part: Part, dimension: int) -> Bytes:
    """The same vectors with one bit a dimension, as FAISS serialises them."""
    flat, codes, n = _flat(dimension), part.codes(), len(part)
    index = faiss.IndexRaBitQ(dimension, faiss.METRIC_INNER_PRODUCT)
    index.train(flat.sa_decode(np.ascontiguousarray(codes[:: max(1, n // SAMPLED)])))
    for start in range(0, n, _CHUNK):
        index.add(flat.sa_decode(np.ascontiguousarray(codes[start : start + _CHUNK])))
    data: Bytes = faiss.serialize_index(index)
    return data


def opened(files: dict[str, Mapped], *, dimension: int) -> Part:
    """The part that ``write_rows`` wrote, mapped into memory; the vectors are checked when they are first looked at.

    Raises:
        DamagedError: the files are not what was written.
    """
    held = files["held.bin"].array(np.bool_)
    part = _mapped(files["vectors.faiss"], held, dimension)
    if BITS in files:
        try:
            part.bits = faiss.deserialize_index(np.array(files[BITS].bytes()))
        except RuntimeError as error:
            raise DamagedError(f"{BITS} is no FAISS index") from error
        if part.bits.ntotal != len(held):
            raise DamagedError(f"{BITS} has {part.bits.ntotal} rows and not {len(held)}")
    return part


def _mapped(file: Mapped, held: Mask, dimension: int) -> Part:
    header = _header(dimension, len(held))
    if len(file) != len(header) + len(held) * 2 * dimension or file.bytes(0, len(header)).tobytes() != header:
        raise DamagedError(f"{file.path.name} has another shape")
    if not len(held):
        return part_of(np.empty((0, 2 * dimension), np.uint8), held, begin=0, dimension=dimension)
    try:
        index = faiss.read_index(str(file.path), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise DamagedError(f"{file.path.name} is no FAISS index") from error
    codes = file.unchecked()[len(header) :].reshape(len(held), 2 * dimension)
    return Part(index, codes, held, begin=0, file=file)
