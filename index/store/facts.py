"""What the derived indexes are made from, read in bulk: no writing here.

One joined string a column is read about five times as fast as a row a passage.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import BigInteger, Connection, bindparam, case, func, select, text

from domain.protocols import Ids
from index.store import schema as s

NEVER = np.iinfo(np.int64).max
"""What ``superseded`` is of a version in force."""
CHUNK = 200_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: datetime) -> int:
    """An aware instant as the store keeps it: whole microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, eq=False)
class PassageFacts:
    """Passages by ascending id: the version each belongs to and its length in words."""

    ids: Ids
    version: Ids
    words: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class VersionFacts:
    """Versions by ascending id: instants in microseconds (``superseded`` NEVER while in force), label, source row."""

    ids: Ids
    at: Ids
    known: Ids
    superseded: Ids
    label: Ids
    source: Ids
    lang: tuple[str, ...]


def newest(c: Connection) -> int:
    """The highest passage id there is; 0 in an empty store."""
    return int(c.scalar(select(func.max(s.passages.c.id))) or 0)


def passages(c: Connection, *, after: int, until: int) -> PassageFacts:
    """Passages with ids above ``after`` up to ``until``."""
    p = s.passages.c
    found = [
        _columns(c, (p.id, p.version_id, p.words), s.passages, p.id > low, p.id <= min(low + CHUNK, until))
        for low in range(after, until, CHUNK)
    ]
    ids, version, words = (_joined([part[i] for part in found]) for i in range(3))
    order = np.argsort(ids, kind="stable")
    return PassageFacts(ids[order], version[order], words[order])


def versions(c: Connection, *, first: int, last: int) -> VersionFacts:
    """Versions with ids from ``first`` to ``last``."""
    v, d = s.versions.c, s.documents.c
    numbers = (v.id, v.at, v.known, func.ifnull(v.superseded, int(NEVER)), v.label, d.source_id)
    found, langs = [], list[str]()
    for low in range(first, last + 1, CHUNK):
        where = (v.id >= low, v.id <= min(low + CHUNK - 1, last))
        *parts, spoken = _columns(c, (*numbers, v.lang), s.versions.join(s.documents), *where)
        found.append(parts)
        langs += spoken
    columns = [_joined([part[i] for part in found]) for i in range(len(numbers))]
    order = np.argsort(columns[0], kind="stable")
    ids, at, known, superseded, label, source = (column[order] for column in columns)
    return VersionFacts(ids, at, known, superseded, label, source, tuple(langs[i] for i in order.tolist()))


def _columns(c: Connection, wanted: Sequence[Any], source: Any, *where: Any) -> list[Any]:
    """The wanted columns of the rows that fit, all in one order: arrays of numbers, and lists where they are text."""
    row = c.execute(select(*(func.group_concat(column) for column in wanted)).select_from(source).where(*where)).one()
    out: list[Any] = []
    for column, value in zip(wanted, row, strict=True):
        if column.type.python_type is str:
            out.append(value.split(",") if value else [])
        else:
            out.append(np.fromstring(value, np.int64, sep=",") if value else np.empty(0, np.int64))
    return out


def _joined(parts: Sequence[npt.NDArray[np.int64]]) -> npt.NDArray[np.int64]:
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def of_passages(c: Connection, ids: Ids) -> list[tuple[int, int, int, int, int]]:
    """(passage, at, known, superseded, label) as they are now, for the first passage of every version of every document
    that one of these passages belongs to."""
    p, v = s.passages.c, s.versions.c
    inner = select(v.document_id).join(s.passages).where(p.id.in_(bindparam("ids", expanding=True)))
    # As whole numbers: a joined string or ``ifnull`` gives instants back as they are stored.
    instants = (func.ifnull(x, int(NEVER), type_=BigInteger) for x in (v.at, v.known, v.superseded))
    query = (
        select(func.min(p.id), *instants, v.label).select_from(s.passages.join(s.versions))
        .where(v.document_id.in_(inner)).group_by(v.id)
    )  # fmt: skip
    found: list[tuple[int, int, int, int, int]] = []
    for start in range(0, len(ids), 5000):
        for row in c.execute(query, {"ids": ids[start : start + 5000].tolist()}):
            one, at, known, superseded, label = row
            found.append((int(one), int(at), int(known), int(superseded), int(label)))
    return found


def countries(c: Connection, *, first: int, last: int) -> list[tuple[int, str]]:
    """(version, country) of the versions with ids from ``first`` to ``last``, ordered."""
    k = s.version_countries.c
    query = select(k.version_id, k.country).where(k.version_id >= first, k.version_id <= last)
    return [(int(v), str(code)) for v, code in c.execute(query.order_by(k.version_id, k.country))]


def source_ids(c: Connection, names: Sequence[str]) -> list[int]:
    """Rows of the sources with these names."""
    return list(c.scalars(select(s.sources.c.id).where(s.sources.c.name.in_(names))))


def matching(c: Connection, column: str, unit: str, *, after: int = 0, until: int | None = None) -> Ids:
    """Ids of the passages above ``after`` up to ``until`` whose words in a column hold a unit, asked of FTS5; a
    star at its end stands for any ending of its last word."""
    quoted, prefix = unit.replace('"', " "), ""
    if len(unit) > 1 and unit[-1] == "*" and unit[-2].isalnum():
        quoted, prefix = quoted[:-1], " *"
    joined = c.scalar(
        text("SELECT group_concat(rowid) FROM passage_words WHERE passage_words MATCH :match "
             "AND rowid > :after AND rowid <= :until"),
        {"match": f'{column} : "{quoted}"{prefix}', "after": after, "until": NEVER if until is None else until},
    )  # fmt: skip
    return np.sort(np.fromstring(joined, np.int64, sep=",")) if joined else np.empty(0, np.int64)


def texts(c: Connection, *, after: int, until: int) -> list[str]:
    """Texts of the passages with ids above ``after`` up to ``until``, a document's first with its title."""
    p, v = s.passages.c, s.versions.c
    title = case((p.n == 0, v.title + "\n"), else_="")
    query = select(title + p.text).select_from(s.passages.join(s.versions)).where(p.id > after, p.id <= until)
    return list(c.scalars(query.order_by(p.id)))


def token_counts(c: Connection) -> tuple[Ids, npt.NDArray[np.int64]]:
    """How many tokens FTS5 counted in each passage, in the longer of its two columns; by ascending id."""
    ids, counts = array("q"), array("q")
    for one, sizes in c.execute(text("SELECT id, sz FROM passage_words_docsize")):
        value, longest = 0, 0
        for byte in sizes:  # SQLite's variable-length numbers: seven bits a byte, the last with its high bit clear
            value = (value << 7) | (byte & 0x7F)
            if byte < 0x80:
                longest, value = max(longest, value), 0
        ids.append(one)
        counts.append(longest)
    order = np.argsort(np.asarray(ids), kind="stable")
    return np.asarray(ids, np.int64)[order], np.asarray(counts, np.int64)[order]


def store_id(c: Connection) -> str | None:
    """The random id that this store was given once; None before that."""
    found: str | None = c.scalar(select(s.meta.c.value).where(s.meta.c.key == "store"))
    return found


def witnesses(c: Connection, *, upto: int | None = None, n: int = 32) -> dict[str, str]:
    """Contents of the newest passages (of those with an id up to ``upto``): what tells two histories of one store
    apart where a backup was put back. Passage ids are never given twice."""
    p, v = s.passages.c, s.versions.c
    query = select(p.id, p.start, v.content_hash, v.known).join(s.versions).order_by(p.id.desc()).limit(n)
    if upto is not None:
        query = query.where(p.id <= upto)
    return {str(row.id): f"{row.start} {row.content_hash} {row.known.isoformat()}" for row in c.execute(query)}


def vectors(
    c: Connection, *, encoder: str, width: int, after: int, until: int
) -> Iterator[tuple[Ids, npt.NDArray[np.uint8]]]:
    """Passage ids and vectors (``width`` bytes a row, as stored) by an encoder, a stretch at a time, ascending."""
    t = s.vectors.c
    query = select(t.passage_id, t.vector).where(t.encoder == encoder).order_by(t.passage_id)
    for low in range(after, until, 20_000):
        rows = c.execute(query.where(t.passage_id > low, t.passage_id <= min(low + 20_000, until))).all()
        fitting = [row for row in rows if len(row.vector) == width]
        if fitting:
            data = b"".join(row.vector for row in fitting)
            yield (
                np.fromiter((row.passage_id for row in fitting), np.int64, len(fitting)),
                np.frombuffer(data, np.uint8).reshape(len(fitting), width),
            )
