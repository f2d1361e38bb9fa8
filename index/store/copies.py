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

from sqlalchemy import ColumnElement, Connection, bindparam, exists, func, insert, or_, select, type_coerce

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


def keep(c: Connection, version: int, sketch: Sketch, *, agency: str | None, title: str, text: str) -> None:
    """Keep a version's sketch and link it with what it resembles."""
    c.execute(insert(s.signatures).values(
        version_id=version, minhash=sketch.minhash, shingles=sketch.shingles, agency=agency
    ))  # fmt: skip
    c.exec_driver_sql("INSERT INTO bands(hash, version_id) VALUES (?, ?)", [(m, version) for m in sketch.marks])
    _link(c, version, sketch, agency=agency, title=title, text=text)


def keep_alike(c: Connection, version: int, *, like: int) -> None:
    """Keep for a version the sketch of one that says the same, and link it with what it resembles."""
    g = s.signatures.c
    query = select(s.signatures, s.versions.c.title, s.versions.c.text).join(s.versions)
    held = c.execute(query.where(g.version_id == like)).first()
    if held is not None:
        marks = tuple(c.scalars(select(s.bands.c.hash).where(s.bands.c.version_id == like)))
        keep(c, version, Sketch(held.minhash, held.shingles, marks), agency=held.agency, title=held.title,
             text=held.text)  # fmt: skip


def _link(c: Connection, version: int, sketch: Sketch, *, agency: str | None, title: str, text: str) -> None:
    """Link a version with what it resembles most among the other documents."""
    ids = _candidates(c, sketch.marks, without=version)
    if not ids:
        return
    v, d = s.versions.c, s.documents.c
    mine = c.execute(
        select(v.document_id, d.source_id).select_from(s.versions.join(s.documents)).where(v.id == version)
    ).one()  # fmt: skip
    others = [row for row in c.execute(_SIGNED, {"ids": ids}) if row.document_id != mine.document_id]
    similar = near.similarities(sketch.minhash, [row.minhash for row in others])
    likely: list[tuple[float, AnyRow]] = []
    for row, alike in zip(others, similar.tolist(), strict=True):
        share = near.share_of(alike, sketch.shingles, row.shingles)
        # Where the texts differ in length the estimate is coarse: what may pass is counted below.
        slack = _SLACK * max(sketch.shingles, row.shingles) / min(sketch.shingles, row.shingles)
        how = near.judge(
            alike + _SLACK, min(1.0, share + slack), **_terms(sketch.shingles, agency, mine.source_id, row)
        )
        if how is not None:
            likely.append((share, row))
    likely.sort(key=lambda one: (-one[0], one[1].id))
    closest = [row for _, row in likely[: 2 * LINKS]]
    if not closest:
        return
    query = select(v.id, v.title, v.text).where(v.id.in_([x.id for x in closest]))
    own = near.shingles(title, text)
    theirs = {row.id: near.shingles(row.title, row.text) for row in c.execute(query)}
    found: list[dict[str, Any]] = []
    for row in closest:
        alike, share = near.exact(own, theirs[row.id])
        how = near.judge(alike, share, **_terms(sketch.shingles, agency, mine.source_id, row))
        if how is not None:
            found.append({"version_id": version, "other_id": row.id, "similarity": round(alike, 4),
                          "share": round(share, 4), "how": how})  # fmt: skip
    found.sort(key=lambda link: (-link["share"], -link["similarity"], link["other_id"]))
    if found:
        c.execute(insert(s.near), found[:LINKS])


_SIGNED = (
    select(s.signatures.c.minhash, s.signatures.c.shingles, s.signatures.c.agency, s.versions.c.id,
           s.versions.c.document_id, s.documents.c.source_id)
    .select_from(s.signatures.join(s.versions).join(s.documents))
    .where(s.versions.c.id.in_(bindparam("ids", expanding=True))).order_by(s.versions.c.id)
)  # fmt: skip


def _terms(own: int, agency: str | None, source: int, row: AnyRow) -> dict[str, Any]:
    return {"shorter": min(own, row.shingles), "same_source": row.source_id == source,
            "same_agency": agency is not None and agency == row.agency}  # fmt: skip


def _candidates(c: Connection, marks: Collection[int], *, without: int) -> list[int]:
    """The other versions that share most marks, the newest of equals."""
    counts = Counter(row[0] for row in c.exec_driver_sql(_lookup(len(marks)), tuple(marks)))
    del counts[without]
    best = sorted(counts.items(), key=lambda one: (-one[1], -one[0]))
    return [version for version, _ in best[:CANDIDATES]]


@lru_cache(maxsize=64)
def _lookup(n: int) -> str:
    one = f"SELECT * FROM (SELECT version_id FROM bands WHERE hash = ? ORDER BY version_id DESC LIMIT {PER_MARK})"  # noqa: S608
    return " UNION ALL ".join([one] * n) if n else "SELECT 0 WHERE 0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Another telling of a document's text, held (``document_id`` is its own) or carried word for word.

    ``how`` is ``exact`` (carried), ``wire`` or ``near``; the likeness is with the document that was asked about, None
    where only others of the group link the two. ``until`` is when a copy of an older version, or of what the document
    says no more, was changed or became a document of its own.
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
    until: datetime | None = None


def group_of(c: Connection, document: str, filters: Filters) -> list[Copy]:
    """Who else carries what the document says, as the filters' reader may see it: in order of time."""
    v, d, k = s.versions.c, s.documents.c, s.carried.c
    seen = Filters(as_of=filters.as_of, clearance=filters.clearance)
    start = list(c.scalars(select(v.id).where(v.document_id == document, *visible(seen))))
    if not start:
        return []
    source = c.scalar(select(d.source_id).where(d.id == document))
    links = {row.other: row for row in _links(c, start, seen)}
    members = _connected(c, start, seen)
    # A copy that was carried before it became a document is known from then on.
    since = select(func.min(k.known)).where(k.copy_id == d.id, k.label <= int(seen.clearance)).scalar_subquery()
    query = (
        select(v.id, d.id.label("document_id"), d.external_id, d.source_id, v.title, d.url, v.published, v.known,
               v.label, s.sources.c.name.label("source"), type_coerce(since, s.Instant()).label("since"))
        .select_from(s.versions.join(s.documents).join(s.sources))
        .where(v.id.in_([one for one in members if one not in start]))
    )  # fmt: skip
    found: list[Copy] = []
    for row in c.execute(query):
        link = links.get(row.id)
        found.append(Copy(
            source=row.source, document_id=row.document_id, external_id=row.external_id, title=row.title, url=row.url,
            published=row.published, known=min(row.known, row.since or row.known), label=Label(row.label),
            how=link.how if link is not None else "near" if row.source_id == source else "wire",
            similarity=None if link is None else link.similarity, share=None if link is None else link.share,
        ))  # fmt: skip
    told = {one.document_id for one in found}
    known = [] if seen.as_of is None else [v.known < seen.as_of]
    older = c.scalars(select(v.id).where(v.document_id == document, v.label <= int(seen.clearance), *known))
    found += [one for one in _carriers(c, {*members, *older}, seen) if one.document_id not in told]
    return sorted(found, key=lambda one: (one.known, one.source, one.document_id or "", one.url or ""))


def carried_by(c: Connection, name: str, seen: Filters) -> list[str]:
    """Ids of the documents that carry, word for word, one of this id or external id."""
    k = s.carried.c
    named = or_(k.copy_id == name, k.external_id == name)
    return list(c.scalars(select(k.document_id).where(named, *_in_force(seen), ~_closed(seen)).order_by(k.id)))


def _in_force(seen: Filters) -> list[ColumnElement[bool]]:
    k = s.carried.c
    where = [k.label <= int(seen.clearance)]
    if seen.as_of is None:
        return [*where, k.superseded.is_(None)]
    return [*where, k.known < seen.as_of, or_(k.superseded.is_(None), k.superseded >= seen.as_of)]


def _carriers(c: Connection, versions: Iterable[int], seen: Filters) -> list[Copy]:
    """The copies that these versions carry, or carried once: each once, from when to when."""
    k, d = s.carried.c, s.documents.c
    own = select(d.id).where(d.id == k.copy_id).scalar_subquery()
    query = (
        select(s.carried, s.versions.c.title, s.sources.c.name.label("source"), own.label("own"))
        .select_from(s.carried.join(s.versions, s.versions.c.id == k.version_id)
                     .join(s.sources, s.sources.c.id == k.source_id))
        .where(k.version_id.in_(list(versions)), k.label <= int(seen.clearance), ~_closed(seen))
        .order_by(k.copy_id, k.known)
    )  # fmt: skip
    if seen.as_of is not None:
        query = query.where(k.known < seen.as_of)
    found: dict[str, Copy] = {}
    for row in c.execute(query):
        over = row.superseded is not None and (seen.as_of is None or row.superseded < seen.as_of)
        before = found.get(row.copy_id)
        found[row.copy_id] = Copy(
            source=row.source, document_id=row.own, external_id=row.external_id, title=row.title, url=row.url,
            published=row.published, known=row.known if before is None else before.known, how="exact", similarity=1.0,
            share=1.0, label=Label(row.label), until=row.superseded if over else None,
        )  # fmt: skip
    return list(found.values())


def _closed(seen: Filters) -> ColumnElement[bool]:
    """Whether a copy has become a document that the reader may not see: closed with all that it said before."""
    later, k = s.versions.alias(), s.carried.c
    where = [later.c.document_id == k.copy_id, later.c.label > int(seen.clearance)]
    if seen.as_of is None:
        where.append(later.c.superseded.is_(None))
    else:
        where += [later.c.known < seen.as_of, or_(later.c.superseded.is_(None), later.c.superseded >= seen.as_of)]
    return exists().where(*where)


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
