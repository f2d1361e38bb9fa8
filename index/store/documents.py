"""Documents in the store: saved in one transaction with all that was understood of them, shown, deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, bindparam, delete, func, insert, select, text, update
from sqlalchemy.dialects.sqlite import insert as upsert

from domain.document import Analysis, Document, Span
from domain.errors import NotFoundError
from domain.ids import document_id
from domain.label import Label
from domain.text import fold
from domain.time import now
from index.store import schema as s
from index.store.schema import AnyRow
from index.words import search_words


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store already holds under a document's identity."""

    content_hash: str
    n: int
    known: datetime
    label: Label


def source_id(c: Connection, name: str, *, kind: str = "file", lang: str | None = None) -> int:
    """The row of the source with this name, made when new."""
    found = c.scalar(select(s.sources.c.id).where(s.sources.c.name == name))
    if found is not None:
        return int(found)
    key = c.execute(insert(s.sources).values(name=name, kind=kind, lang=lang, added=now())).inserted_primary_key
    assert key is not None
    return int(key[0])


def stored(c: Connection, document: Document) -> Stored | None:
    """The current version under the document's identity, if there is one."""
    v = s.versions.c
    row = c.execute(
        select(v.content_hash, v.n, v.known, v.label).where(v.document_id == document.id, v.superseded.is_(None))
    ).first()
    return None if row is None else Stored(row.content_hash, row.n, row.known, Label(row.label))


def has_version(c: Connection, document: Document) -> bool:
    """Whether any version of the document says exactly this."""
    v = s.versions.c
    query = select(v.id).where(v.document_id == document.id, v.content_hash == document.content_hash)
    return c.scalar(query.limit(1)) is not None


def copy_of(c: Connection, document: Document) -> str | None:
    """The id of a document with exactly this content that whoever may see this one may see too."""
    v = s.versions.c
    found: str | None = c.scalar(
        select(v.document_id).where(v.content_hash == document.content_hash, v.superseded.is_(None),
                                    v.label <= int(document.label)).limit(1)
    )  # fmt: skip
    return found


def countries_of(analysis: Analysis) -> list[tuple[str, int]]:
    """(ISO code, mentions) of the countries a document names, title first, in the order of their first appearance."""
    ordered = [*analysis.title_mentions, *sorted(analysis.mentions, key=lambda m: m.start)]
    return list(Counter(code for m in ordered for code in m.countries).items())


def save(
    c: Connection, document: Document, analysis: Analysis, *, series: Iterable[str] = ()
) -> tuple[Literal["new", "updated"], int]:
    """Store a document and its analysis as its newest version; gives what it was and the version's id.

    ``series`` names the daily series that it counts in. The caller holds the transaction and has decided that the
    content is not what the current version says. A version is never less strict than the one it takes the place of:
    an update read without its label must not open what was closed.
    """
    source = source_id(c, document.source, kind=document.kind.value, lang=None)
    before = stored(c, document)
    known = document.known if before is None else max(document.known, before.known)
    label = document.label if before is None else max(document.label, before.label)
    if before is None:
        c.execute(insert(s.documents).values(
            id=document.id, source_id=source, key=document.key, external_id=document.external_id, url=document.url,
            item=document.item, kind=document.kind.value, first_known=known,
        ))  # fmt: skip
    else:
        v = s.versions.c
        c.execute(
            update(s.versions).where(v.document_id == document.id, v.superseded.is_(None)).values(superseded=known)
        )
    key = c.execute(insert(s.versions).values(
        document_id=document.id, n=1 if before is None else before.n + 1, title=document.title, text=document.text,
        content_hash=document.content_hash, lang=analysis.language.code, lang_confidence=analysis.language.confidence,
        published=document.published, at=document.published or known, known=known, known_basis=document.known_basis,
        label=int(label), sentences=[[x.start, x.end] for x in analysis.sentences], meta=dict(document.meta),
    )).inserted_primary_key  # fmt: skip
    assert key is not None
    version = int(key[0])
    _save_passages(c, version, document.title, analysis)
    _save_mentions(c, version, analysis)
    if rows := [{"version_id": version, "series": key} for key in sorted(set(series))]:
        c.execute(insert(s.version_series), rows)
    return ("new" if before is None else "updated"), version


def relabel(c: Connection, document: Document) -> bool:
    """Raise the label of a document held, with its events and the alerts it is evidence of, to the one given here.

    Never lowers one; whether anything was raised.
    """
    v, e, a, x = s.versions.c, s.events.c, s.alerts.c, s.alert_documents.c
    level = int(document.label)
    where = (v.document_id == document.id, v.label < level)
    if not c.execute(update(s.versions).where(*where).values(label=level)).rowcount:
        return False
    c.execute(update(s.events).where(e.document_id == document.id, e.label < level).values(label=level))
    behind = select(x.alert_id).where(x.document_id == document.id)
    c.execute(update(s.alerts).where(a.id.in_(behind), a.label < level).values(label=level))
    c.execute(insert(s.audit).values(at=now(), action="relabel", subject=document.id, detail=document.label.text))
    return True


def _save_passages(c: Connection, version: int, title: str, analysis: Analysis) -> None:
    for i, p in enumerate(analysis.passages):
        written = search_words(f"{title}\n{p.text}" if i == 0 else p.text)
        key = c.execute(insert(s.passages).values(
            version_id=version, n=p.n, start=p.start, end=p.end, text=p.text, words=len(written),
        )).inserted_primary_key  # fmt: skip
        assert key is not None
        c.execute(insert(s.changes).values(op="add", passage_id=key[0]))
        c.execute(
            text("INSERT INTO passage_words(rowid, written, folded) VALUES (:id, :written, :folded)"),
            {"id": key[0], "written": " ".join(written), "folded": " ".join(fold(w) for w in written)},
        )
        if analysis.vectors:
            c.execute(insert(s.vectors).values(passage_id=key[0], encoder=analysis.encoder, vector=analysis.vectors[i]))


def _save_mentions(c: Connection, version: int, analysis: Analysis) -> None:
    every = [*((m, 1) for m in analysis.title_mentions), *((m, 0) for m in analysis.mentions)]
    if not every:
        return
    seen = {m.entity_id: m for m, _ in every}
    c.execute(
        upsert(s.entities).on_conflict_do_nothing(),
        [{"id": m.entity_id, "kind": m.kind.value, "name": m.name, "country": m.countries[0] if m.countries else None,
          "lat": m.lat, "lon": m.lon} for m in seen.values()],
    )  # fmt: skip
    c.execute(
        insert(s.mentions),
        [{"version_id": version, "entity_id": m.entity_id, "start": m.start, "end": m.end, "surface": m.surface,
          "method": m.method, "in_title": in_title} for m, in_title in every],
    )  # fmt: skip
    if countries := countries_of(analysis):
        c.execute(
            insert(s.version_countries),
            [{"version_id": version, "country": code, "mentions": k, "n": n} for n, (code, k) in enumerate(countries)],
        )


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
        rows = c.scalars(
            select(s.passages.c.id).join(s.versions).where(s.versions.c.document_id == one)
        ).all()  # fmt: skip
        if rows:
            c.execute(insert(s.changes), [{"op": "remove", "passage_id": r} for r in rows])
            c.execute(text("DELETE FROM passage_words WHERE rowid = :r"), [{"r": r} for r in rows])
        c.execute(delete(s.documents).where(s.documents.c.id == one))
        c.execute(insert(s.audit).values(at=now(), action="delete", subject=one, detail=why))
        gone += len(rows)
    return gone


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
    """One document as it is shown: its versions with the newest last, the newest version's passages and mentions."""

    id: str
    external_id: str | None
    source: str
    kind: str
    url: str | None
    item: str
    versions: tuple[AnyRow, ...]
    passages: tuple[AnyRow, ...]
    mentions: tuple[AnyRow, ...]
    countries: tuple[tuple[str, int], ...]
    sentences: tuple[Span, ...]


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
        select(m.start, m.end, m.surface, m.method, e.id, e.kind, e.name, e.country, e.lat, e.lon)
        .select_from(s.mentions.join(s.entities)).where(m.version_id == newest.id, m.in_title == 0)
        .order_by(m.start)
    ).all()  # fmt: skip
    k = s.version_countries.c
    countries = c.execute(
        select(k.country, k.mentions).where(k.version_id == newest.id).order_by(k.mentions.desc(), k.country)
    ).all()
    return Shown(
        id=row.id, external_id=row.external_id, source=row.source, kind=row.kind, url=row.url, item=row.item,
        versions=tuple(versions), passages=tuple(passages), mentions=tuple(mentions),
        countries=tuple((r.country, r.mentions) for r in countries),
        sentences=tuple(Span(a, b) for a, b in newest.sentences),
    )  # fmt: skip


def counts(c: Connection) -> dict[str, int]:
    """How many documents, versions, passages, mentions, events and failures are held."""
    tables = ("documents", "versions", "passages", "mentions", "events", "failures", "sources")
    return {t: int(c.scalar(select(func.count()).select_from(s.metadata.tables[t])) or 0) for t in tables}


__all__ = [
    "Shown", "Stored", "copy_of", "countries_of", "counts", "document_id", "find", "has_version", "passage_rows",
    "relabel", "remove", "save", "show", "source_id", "stored",
]  # fmt: skip
