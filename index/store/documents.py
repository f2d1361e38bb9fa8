"""Documents in the store: saved in one transaction with all that was understood of them, shown, deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, update

from domain.document import Analysis, Document, Filters, Span
from domain.errors import NotFoundError
from domain.ids import document_id
from domain.label import Label
from domain.time import now
from index.store import schema as s
from index.store.copies import Copy, group_of
from index.store.history import Sighting
from index.store.identities import Named, shown_as
from index.store.identity import sight
from index.store.placing import drop, pieces, sightings
from index.store.schema import AnyRow
from index.store.writing import (
    add_document,
    add_version,
    countries_of,
    forget_passages,
    origin_of,
    source_id,
    touch_passages,
)


def save(
    c: Connection, document: Document, analysis: Analysis, *, series: Iterable[str] = ()
) -> tuple[Literal["new", "updated"], int]:
    """Store a document and its analysis as its newest version; gives what it was and the version's id.

    For filling a store with what is known to be new: nothing is compared with what is held, no copy is looked for
    (``index.store.identity.record`` does that). ``series`` names the daily series that it counts in.
    """
    v = s.versions.c
    current = (v.document_id == document.id, v.superseded.is_(None))
    before = c.execute(select(v.id, v.known, v.label).where(*current)).first()
    known = document.known if before is None else max(document.known, before.known)
    label = document.label if before is None else max(document.label, before.label)
    sight(c, document.id, Sighting(known, document.content_hash), sightings(c, document.id))
    if before is not None:
        c.execute(update(s.versions).where(*current).values(superseded=known))
        touch_passages(c, [before.id])
    add_document(c, origin_of(c, document), known=known)
    version = add_version(c, document, analysis, known=known, superseded=None, label=int(label), series=series)
    return ("new" if before is None else "updated"), version


def find(
    c: Connection, *, document: str | None = None, external_id: str | None = None, clearance: Label = Label.TOP_SECRET
) -> list[str]:
    """Ids of the documents named by id or by external id; several sources may use one external id.

    Raises:
        NotFoundError: there is none, or none that a reader with this clearance may see.
    """
    d, v = s.documents.c, s.versions.c
    where = d.id == document if document is not None else d.external_id == external_id
    seen = select(v.document_id).where(v.superseded.is_(None), v.label <= int(clearance))
    found = [str(x) for x in c.scalars(select(d.id).where(where, d.id.in_(seen)).order_by(d.id))]
    if not found:
        raise NotFoundError("no such document", item=document or external_id or "", stage="store")
    return found


def remove(c: Connection, ids: Sequence[str], *, why: str = "") -> int:
    """Delete documents with all their versions, words, vectors, mentions and evidence rows; gives how many passages.

    Deletions are noted in the sequence, so that derived indexes follow, and in the audit.
    """
    gone = 0
    for one in ids:
        rows = c.scalars(select(s.passages.c.id).join(s.versions).where(s.versions.c.document_id == one)).all()
        gone += forget_passages(c, rows)
        _unsee(c, one)
        c.execute(delete(s.documents).where(s.documents.c.id == one))
        c.execute(insert(s.audit).values(at=now(), action="delete", subject=one, detail=why))
    return gone


def _unsee(c: Connection, document: str) -> None:
    """Forget that a document was read, and that what it carries was: either is new when it is read again."""
    t, k, v = s.sightings.c, s.carried.c, s.versions.c
    for piece in pieces(c, document):
        if piece.kind == "carried":
            drop(c, piece)
    c.execute(delete(s.sightings).where(t.document_id == document))
    query = (
        select(k.copy_id, k.known, k.superseded, v.content_hash)
        .select_from(s.carried.join(s.versions, v.id == k.version_id)).where(v.document_id == document)
    )  # fmt: skip
    for row in c.execute(query).all():
        within = t.known >= row.known
        if row.superseded is not None:
            within &= or_(t.known < row.superseded, t.known == row.known)
        c.execute(delete(s.sightings).where(
            t.document_id == row.copy_id, t.content_hash == row.content_hash, within
        ))  # fmt: skip


def passage_rows(c: Connection, ids: Sequence[int]) -> dict[int, AnyRow]:
    """What an answer shows of each passage: its text, its document, its source."""
    p, v, d = s.passages.c, s.versions.c, s.documents.c
    query = (
        select(
            p.id, p.text, p.n, p.start, p.version_id, d.id.label("document_id"), d.external_id, d.url,
            v.title, v.lang, v.published, v.at, v.label, s.sources.c.name.label("source"),
        )
        .select_from(s.passages.join(s.versions).join(s.documents).join(s.sources))
        .where(p.id.in_(bindparam("ids", expanding=True)))
    )  # fmt: skip
    found: dict[int, AnyRow] = {}
    for start in range(0, len(ids), 5000):
        for row in c.execute(query, {"ids": [int(i) for i in ids[start : start + 5000]]}):
            found[row.id] = row
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One document as it is shown: its versions with the newest last, the newest version's passages and mentions.

    ``copies`` are who else carries what it says.
    """

    id: str
    external_id: str | None
    source: str
    kind: str
    url: str | None
    item: str
    versions: tuple[AnyRow, ...]
    passages: tuple[AnyRow, ...]
    mentions: tuple[Named, ...]
    countries: tuple[tuple[str, int], ...]
    sentences: tuple[Span, ...]
    copies: tuple[Copy, ...] = ()


def show(c: Connection, document: str, *, as_of: datetime | None = None, clearance: Label = Label.TOP_SECRET) -> Shown:
    """A document with its versions known before ``as_of``, as a reader with this clearance may see it.

    Raises:
        NotFoundError: there is none, or none that was known or may be seen.
    """
    d, v = s.documents.c, s.versions.c
    row = c.execute(
        select(s.documents, s.sources.c.name.label("source")).join(s.sources).where(d.id == document)
    ).first()
    where = [v.document_id == document]
    if as_of is not None:
        where.append(v.known < as_of)
    versions = c.execute(select(s.versions).where(*where).order_by(v.n)).all()
    if row is None or not versions or versions[-1].label > clearance:
        raise NotFoundError("no such document", item=document, stage="store")
    versions = [version for version in versions if version.label <= clearance]
    newest = versions[-1]
    passages = c.execute(select(s.passages).where(s.passages.c.version_id == newest.id).order_by(s.passages.c.n)).all()
    m, e = s.mentions.c, s.entities.c
    mentions = c.execute(
        select(m.start, m.end, m.surface, m.method, m.was, e.id, e.kind, e.name, e.country, e.lat, e.lon)
        .select_from(s.mentions.join(s.entities)).where(m.version_id == newest.id, m.in_title == 0)
        .order_by(m.start)
    ).all()  # fmt: skip
    k = s.version_countries.c
    countries = c.execute(
        select(k.country, k.mentions).where(k.version_id == newest.id).order_by(k.mentions.desc(), k.country)
    ).all()
    return Shown(
        id=row.id, external_id=row.external_id, source=row.source, kind=row.kind, url=row.url, item=row.item,
        versions=tuple(versions), passages=tuple(passages), mentions=shown_as(c, mentions, clearance=clearance),
        countries=tuple((r.country, r.mentions) for r in countries),
        sentences=tuple(Span(a, b) for a, b in newest.sentences),
        copies=tuple(group_of(c, row.id, Filters(as_of=as_of, clearance=clearance))),
    )  # fmt: skip


def counts(c: Connection) -> dict[str, int]:
    """How many documents, versions, passages, mentions, events and failures are held."""
    tables = ("documents", "versions", "passages", "mentions", "events", "failures", "sources")
    return {t: int(c.scalar(select(func.count()).select_from(s.metadata.tables[t])) or 0) for t in tables}


__all__ = [
    "Shown", "countries_of", "counts", "document_id", "find", "passage_rows", "remove", "save", "show", "source_id",
]  # fmt: skip
