"""One version into the store with all that was understood of it, or a copy of one that is there: rows, no decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, func, insert, literal, or_, select, text, update
from sqlalchemy.dialects.sqlite import insert as upsert

from domain.document import Analysis, Document
from domain.label import Label
from domain.text import fold, titled
from domain.time import now
from index.store import copies, splits
from index.store import schema as s
from index.words import search_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A document but for what it says: who it is, where it was read, what its source says of it."""

    id: str
    source_id: int
    key: str
    external_id: str | None
    url: str | None
    item: str
    kind: str
    published: datetime | None
    known_basis: str
    meta: Mapping[str, Any]


def origin_of(c: Connection, document: Document) -> Origin:
    """The origin of a document that was read; its source is made when new."""
    return Origin(
        id=document.id, source_id=source_id(c, document.source, kind=document.kind.value), key=document.key,
        external_id=document.external_id, url=document.url, item=document.item, kind=document.kind.value,
        published=document.published, known_basis=document.known_basis, meta=dict(document.meta),
    )  # fmt: skip


def source_id(c: Connection, name: str, *, kind: str = "file", lang: str | None = None) -> int:
    """The row of the source with this name, made when new."""
    found = c.scalar(select(s.sources.c.id).where(s.sources.c.name == name))
    if found is not None:
        return int(found)
    key = c.execute(insert(s.sources).values(name=name, kind=kind, lang=lang, added=now())).inserted_primary_key
    assert key is not None
    return int(key[0])


def countries_of(analysis: Analysis) -> list[tuple[str, int]]:
    """(ISO code, mentions) of the countries a document names, title first, in the order of their first appearance."""
    ordered = [*analysis.title_mentions, *sorted(analysis.mentions, key=lambda m: m.start)]
    return list(Counter(code for m in ordered for code in m.countries).items())


def add_document(c: Connection, origin: Origin, *, known: datetime) -> bool:
    """Make the document's row, or bring its first known time forward; whether it is new."""
    row = {"source_id": origin.source_id, "key": origin.key, "external_id": origin.external_id, "url": origin.url,
           "item": origin.item, "kind": origin.kind, "first_known": known}  # fmt: skip
    done = c.execute(upsert(s.documents).values(id=origin.id, **row).on_conflict_do_nothing())
    if done.rowcount:
        return True
    d = s.documents.c
    c.execute(update(s.documents).where(d.id == origin.id, d.first_known > known).values(first_known=known))
    return False


def add_version(
    c: Connection, document: Document, analysis: Analysis, *, known: datetime, superseded: datetime | None, label: int,
    series: Iterable[str] = (),
) -> int:  # fmt: skip
    """Store a version with its passages, words, vectors and mentions at its place in the history; gives its id."""
    version = _insert(c, {
        "document_id": document.id, "title": document.title, "text": document.text,
        "html": getattr(document, "html", "") or None, "content_hash": document.content_hash,
        "lang": analysis.language.code, "lang_confidence": analysis.language.confidence,
        "published": document.published, "at": document.published or known, "known": known,
        "known_basis": document.known_basis, "superseded": superseded, "label": label,
        "sentences": [[x.start, x.end] for x in analysis.sentences], "meta": dict(document.meta),
    })  # fmt: skip
    rows = [{"version_id": version, "n": p.n, "start": p.start, "end": p.end, "text": p.text}
            for p in analysis.passages]  # fmt: skip
    ids = _add_passages(c, document.title, rows)
    if analysis.vectors:
        parts = analysis.parts or (b"",) * len(ids)
        c.execute(insert(s.vectors), [{"passage_id": i, "encoder": analysis.encoder, "vector": v, "parts": part or None}
                                      for i, v, part in zip(ids, analysis.vectors, parts, strict=True)])  # fmt: skip
    _add_mentions(c, version, splits.split(c, document, analysis, label=Label(label)), read=analysis)
    if named := [{"version_id": version, "series": key} for key in sorted(set(series))]:
        c.execute(insert(s.version_series), named)
    return version


def _insert(c: Connection, values: dict[str, Any]) -> int:
    """The version's row, numbered by its place among those of its document."""
    v = s.versions.c
    own = v.document_id == values["document_id"]
    # Of one instant, those that were never in force come first.
    known = values["known"]
    earlier = or_(v.known < known, and_(v.known == known, v.superseded == known))
    before, last = c.execute(select(func.max(case((earlier, v.n))), func.max(v.n)).where(own)).one()
    before = before or 0
    if last is not None and last > before:
        # By way of negative numbers: each is unique at every step.
        c.execute(update(s.versions).where(own, v.n > before).values(n=-v.n - 1))
        c.execute(update(s.versions).where(own, v.n < 0).values(n=-v.n))
    key = c.execute(insert(s.versions).values(n=before + 1, **values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def _add_passages(c: Connection, title: str, rows: list[dict[str, Any]]) -> list[int]:
    """Store the passages of one version; their words go beside them and their ids into the sequence of changes."""
    if not rows:
        return []
    # The writer is alone, so that the ids to come are known: all rows go in at once.
    last = int(c.exec_driver_sql("SELECT max(seq) FROM sqlite_sequence WHERE name = 'passages'").scalar() or 0)
    words = []
    for i, row in enumerate(rows):
        written = search_words(titled(title, row["text"]) if i == 0 else row["text"])
        row["id"], row["words"] = last + 1 + i, len(written)
        joined = " ".join(written)
        words.append((row["id"], joined, fold(joined)))
    c.execute(insert(s.passages), rows)
    c.execute(insert(s.changes), [{"op": "add", "passage_id": row["id"]} for row in rows])
    c.exec_driver_sql("INSERT INTO passage_words(rowid, written, folded) VALUES (?, ?, ?)", words)
    return [row["id"] for row in rows]


def _add_mentions(c: Connection, version: int, analysis: Analysis, *, read: Analysis) -> None:
    """``read``: before splits, whose entities have to be there should one be undone."""
    every = [*((m, 1) for m in analysis.title_mentions), *((m, 0) for m in analysis.mentions)]
    if not every:
        return
    seen = {m.entity_id: m for m in (*read.title_mentions, *read.mentions, *(m for m, _ in every))}
    c.execute(
        upsert(s.entities).on_conflict_do_nothing(),
        [{"id": m.entity_id, "kind": m.kind.value, "name": m.name, "country": m.countries[0] if m.countries else None,
          "lat": m.lat, "lon": m.lon} for m in seen.values()],
    )  # fmt: skip
    _name_by_laxest(c, version, {one: m.name for one, m in seen.items() if one.startswith("name:")})
    c.execute(
        insert(s.mentions),
        [{"version_id": version, "entity_id": m.entity_id, "start": m.start, "end": m.end, "surface": m.surface,
          "method": m.method, "in_title": in_title, "was": m.was} for m, in_title in every],
    )  # fmt: skip
    if countries := countries_of(analysis):
        c.execute(
            insert(s.version_countries),
            [{"version_id": version, "country": code, "mentions": k, "n": n} for n, (code, k) in enumerate(countries)],
        )


def _name_by_laxest(c: Connection, version: int, names: Mapping[str, str]) -> None:
    """Have what only stricter documents named until now be called as this version, not stored yet, writes it.

    One name in two spellings or scripts is one entity: its readers may see none that only stricter documents have.
    """
    if not names:
        return
    e, m, v = s.entities.c, s.mentions.c, s.versions.c
    label = c.scalars(select(v.label).where(v.id == version)).one()
    for row in c.execute(select(e.id, e.name).where(e.id.in_(sorted(names)))).all():
        if row.name == names[row.id]:
            continue
        # What an entity was read as before a split has no index: it is looked at last, and seldom.
        query = select(m.id).select_from(s.mentions.join(s.versions)).where(v.label <= label).limit(1)
        if all(c.scalar(query.where(column == row.id)) is None for column in (m.entity_id, m.was)):
            c.execute(update(s.entities).where(e.id == row.id).values(name=names[row.id]))


_ALIKE = {
    "mentions": ("entity_id", "start", "end", "surface", "method", "in_title", "was"),
    "version_countries": ("country", "mentions", "n"),
    "version_series": ("series",),
}
"""What a copy of a version has as the version has it."""


def copy_version(
    c: Connection, version: int, origin: Origin | None, *, known: datetime, superseded: datetime | None, label: int
) -> int:
    """Store what a version says once more: for another time of the same document, or for one that it carried.

    Nothing is analysed again.
    """
    old = c.execute(select(s.versions).where(s.versions.c.id == version)).one()
    values = {name: getattr(old, name) for name in ("document_id", "title", "text", "html", "content_hash", "lang",
              "lang_confidence", "published", "known_basis", "sentences", "meta")}  # fmt: skip
    if origin is not None:
        values |= {"document_id": origin.id, "published": origin.published, "known_basis": origin.known_basis,
                   "meta": dict(origin.meta)}  # fmt: skip
    at = values["published"] or known
    new = _insert(c, {**values, "at": at, "known": known, "superseded": superseded, "label": label})
    p = s.passages.c
    passages = c.execute(select(p.id, p.n, p.start, p.end, p.text).where(p.version_id == version).order_by(p.n)).all()
    rows = [{"version_id": new, "n": x.n, "start": x.start, "end": x.end, "text": x.text} for x in passages]
    ids = list(zip(_add_passages(c, old.title, rows), (x.id for x in passages), strict=True))
    if ids:
        c.exec_driver_sql("INSERT INTO vectors(passage_id, encoder, vector, parts) "
                          "SELECT ?, encoder, vector, parts FROM vectors WHERE passage_id = ?", ids)  # fmt: skip
        c.exec_driver_sql("INSERT INTO watchlist_matches(name, version_id, passage_id, why) SELECT name, ?, ?, why "
                          "FROM watchlist_matches WHERE version_id = ? AND passage_id = ?",
                          [(new, mine, version, theirs) for mine, theirs in ids])  # fmt: skip
    for table, columns in _ALIKE.items():
        named = ", ".join(f'"{name}"' for name in columns)
        c.exec_driver_sql(f"INSERT INTO {table}(version_id, {named}) SELECT ?, {named} FROM {table} "  # noqa: S608
                          "WHERE version_id = ?", (new, version))  # fmt: skip
    copies.keep_alike(c, new, like=version)
    return new


def touch_passages(c: Connection, versions: Iterable[int]) -> None:
    """Note in the sequence that versions were given other times or another label: derived indexes read them anew."""
    p = s.passages.c
    for version in versions:
        c.execute(insert(s.changes).from_select(
            ["op", "passage_id"], select(literal("touch"), p.id).where(p.version_id == version).order_by(p.n)
        ))  # fmt: skip


def forget_passages(c: Connection, passages: Iterable[int]) -> int:
    """Take passages out of the words and note in the sequence that they go; their rows go with their version."""
    ids = list(passages)
    if ids:
        c.execute(insert(s.changes), [{"op": "remove", "passage_id": one} for one in ids])
        c.execute(text("DELETE FROM passage_words WHERE rowid = :r"), [{"r": one} for one in ids])
    return len(ids)
