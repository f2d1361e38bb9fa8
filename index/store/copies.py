"""Who else says it: near duplicates and wire copies found and linked, and the group that a document belongs to.

Candidates come from the marks of a text (``index.near``), a bounded number however many are held; each is judged by the
minima that are kept, and the few that pass are counted exactly. A group is what links connect among the versions that a
reader may see: nothing that is closed to a reader connects anything for that reader.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, insert, or_, select

from domain.document import Filters
from domain.label import Label
from index import near
from index.filters import visible
from index.near import Sketch
from index.store import schema as s
from index.store.schema import AnyRow

PER_MARK = 24
"""Of the versions with one mark the newest so many are looked at."""
CANDIDATES = 96
LINKS = 8
"""A version is linked with at most so many, the most alike: enough to hold a group together."""
_SLACK = 0.15
_LARGEST = 500


def keep(c: Connection, version: int, sketch: Sketch, *, agency: str | None, text: str) -> list[int]:
    """Keep a version's sketch and link it with what it resembles; gives the versions it was linked with."""
    linked = _likes(c, version, sketch, agency=agency, text=text)
    c.execute(insert(s.signatures).values(
        version_id=version, minhash=sketch.minhash, shingles=sketch.shingles, agency=agency
    ))  # fmt: skip
    c.exec_driver_sql("INSERT INTO bands(hash, version_id) VALUES (?, ?)", [(m, version) for m in sketch.marks])
    if linked:
        c.execute(insert(s.near), linked)
    return [row["other_id"] for row in linked]


def _likes(c: Connection, version: int, sketch: Sketch, *, agency: str | None, text: str) -> list[dict[str, Any]]:
    ids = _candidates(c, sketch.marks)
    if not ids:
        return []
    v, d = s.versions.c, s.documents.c
    own = c.execute(
        select(v.document_id, d.source_id).select_from(s.versions.join(s.documents)).where(v.id == version)
    ).one()  # fmt: skip
    rows = c.execute(_SIGNED, {"ids": ids}).all()
    others = [row for row in rows if row.document_id != own.document_id]
    similar = near.similarities(sketch.minhash, [row.minhash for row in others])
    likely: list[tuple[float, AnyRow]] = []
    for row, alike in zip(others, similar.tolist(), strict=True):
        share = near.share_of(alike, sketch.shingles, row.shingles)
        # Where the texts differ in length the estimate is coarse: what may pass is counted below.
        slack = _SLACK * max(sketch.shingles, row.shingles) / min(sketch.shingles, row.shingles)
        how = near.judge(alike + _SLACK, min(1.0, share + slack), **_terms(sketch.shingles, agency, own.source_id, row))
        if how is not None:
            likely.append((share, row))
    if not likely:
        return []
    likely.sort(key=lambda one: (-one[0], one[1].id))
    mine = near.shingles(text)
    found: list[dict[str, Any]] = []
    closest = [row.id for _, row in likely[: 2 * LINKS]]
    texts = {row.id: row.text for row in c.execute(select(v.id, v.text).where(v.id.in_(closest)))}
    for _, row in likely[: 2 * LINKS]:
        alike, share = near.exact(mine, near.shingles(texts[row.id]))
        how = near.judge(alike, share, **_terms(sketch.shingles, agency, own.source_id, row))
        if how is not None:
            found.append({"version_id": version, "other_id": row.id, "similarity": round(alike, 4),
                          "share": round(share, 4), "how": how})  # fmt: skip
    found.sort(key=lambda link: (-link["share"], -link["similarity"], link["other_id"]))
    return found[:LINKS]


_SIGNED = (
    select(s.signatures.c.minhash, s.signatures.c.shingles, s.signatures.c.agency, s.versions.c.id,
           s.versions.c.document_id, s.documents.c.source_id)
    .select_from(s.signatures.join(s.versions).join(s.documents))
    .where(s.versions.c.id.in_(bindparam("ids", expanding=True))).order_by(s.versions.c.id)
)  # fmt: skip


def _terms(own: int, agency: str | None, source: int, row: AnyRow) -> dict[str, Any]:
    return {"shorter": min(own, row.shingles), "same_source": row.source_id == source,
            "same_agency": agency is not None and agency == row.agency}  # fmt: skip


def _candidates(c: Connection, marks: Collection[int]) -> list[int]:
    """The versions that share most marks, the newest of equals."""
    counts: Counter[int] = Counter()
    for row in c.exec_driver_sql(_lookup(len(marks)), tuple(marks)):
        counts[row[0]] += 1
    best = sorted(counts.items(), key=lambda one: (-one[1], -one[0]))
    return [version for version, _ in best[:CANDIDATES]]


@lru_cache(maxsize=64)
def _lookup(n: int) -> str:
    one = f"SELECT * FROM (SELECT version_id FROM bands WHERE hash = ? ORDER BY version_id DESC LIMIT {PER_MARK})"  # noqa: S608
    return " UNION ALL ".join([one] * n) if n else "SELECT 0 WHERE 0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Another telling of a document's text, held (``document_id`` is its own) or carried word for word.

    ``how`` is ``exact``, ``near`` or ``wire``; the likeness is with the document that was asked about, None where only
    others of the group link the two.
    """

    source: str
    document_id: str | None
    external_id: str | None
    title: str
    url: str | None
    published: datetime | None
    known: datetime
    how: str
    similarity: float | None
    share: float | None
    label: Label


def group_of(c: Connection, document: str, filters: Filters) -> list[Copy]:
    """Who else carries what the document says, as the filters' reader may see it: in order of time."""
    v, d = s.versions.c, s.documents.c
    seen = Filters(as_of=filters.as_of, clearance=filters.clearance)
    start = list(c.scalars(select(v.id).where(v.document_id == document, *visible(seen))))
    links = {row.other: row for one in start for row in _links(c, [one], seen)}
    members = _connected(c, start, seen)
    query = (
        select(v.id, d.id.label("document_id"), d.external_id, v.title, d.url, v.published, v.known, v.label,
               s.sources.c.name.label("source"))
        .select_from(s.versions.join(s.documents).join(s.sources))
        .where(v.id.in_([one for one in members if one not in start]))
    )  # fmt: skip
    found = [_held(row, links.get(row.id)) for row in c.execute(query)]
    found += _carriers(c, members, seen)
    return sorted(found, key=lambda one: (one.known, one.source, one.document_id or "", one.url or ""))


def _held(row: AnyRow, link: AnyRow | None) -> Copy:
    how = "exact" if link is not None and link.similarity >= 1.0 else link.how if link is not None else "near"
    return Copy(source=row.source, document_id=row.document_id, external_id=row.external_id, title=row.title,
                url=row.url, published=row.published, known=row.known, how=how,
                similarity=link.similarity if link is not None else None,
                share=link.share if link is not None else None, label=Label(row.label))  # fmt: skip


def _carriers(c: Connection, versions: Iterable[int], seen: Filters) -> list[Copy]:
    k = s.carried.c
    where = [k.version_id.in_(list(versions)), k.label <= int(seen.clearance)]
    if seen.as_of is None:
        where.append(k.superseded.is_(None))
    else:
        where += [k.known < seen.as_of, or_(k.superseded.is_(None), k.superseded >= seen.as_of)]
    query = (
        select(s.carried, s.versions.c.title, s.sources.c.name.label("source"))
        .select_from(s.carried.join(s.versions, s.versions.c.id == k.version_id)
                     .join(s.sources, s.sources.c.id == k.source_id)).where(*where)
    )  # fmt: skip
    return [Copy(source=row.source, document_id=None, external_id=row.external_id, title=row.title, url=row.url,
                 published=row.published, known=row.known, how="exact", similarity=1.0, share=1.0,
                 label=Label(row.label)) for row in c.execute(query)]  # fmt: skip


def _links(c: Connection, versions: list[int], seen: Filters) -> list[AnyRow]:
    """The links of these versions with others that may be seen, as rows with ``own`` and ``other``."""
    n, v = s.near.c, s.versions.c
    found: list[AnyRow] = []
    for own, other in ((n.version_id, n.other_id), (n.other_id, n.version_id)):
        query = (
            select(own.label("own"), other.label("other"), n.similarity, n.share, n.how)
            .select_from(s.near.join(s.versions, v.id == other)).where(own.in_(versions), *visible(seen))
        )  # fmt: skip
        found += c.execute(query).all()
    return found


def _connected(c: Connection, start: list[int], seen: Filters) -> list[int]:
    """The versions that links connect with these, these among them; at most a few hundred."""
    found = dict.fromkeys(start)
    fringe = list(start)
    while fringe and len(found) < _LARGEST:
        reached = sorted({row.other for row in _links(c, fringe, seen)} - set(found))
        fringe = reached[: _LARGEST - len(found)]
        found |= dict.fromkeys(fringe)
    return list(found)


def groups(c: Connection, versions: Collection[int]) -> dict[int, int]:
    """Which of the versions are copies of each other by links among them: each to the smallest id of its group.

    A version without a copy among them is left out.
    """
    chosen = set(versions)
    n = s.near.c
    beside: dict[int, set[int]] = defaultdict(set)
    ordered = sorted(chosen)
    for start in range(0, len(ordered), 5000):
        part = ordered[start : start + 5000]
        for a, b in c.execute(select(n.version_id, n.other_id).where(n.version_id.in_(part))):
            if b in chosen:
                beside[a].add(b)
                beside[b].add(a)
    out: dict[int, int] = {}
    for one in sorted(beside):
        if one in out:
            continue
        fringe = [one]
        out[one] = one
        while fringe:
            for other in beside[fringe.pop()]:
                if other not in out:
                    out[other] = one
                    fringe.append(other)
    return out
