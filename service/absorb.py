"""An import into a store that holds things: what was read elsewhere is taken in as if it had been read here.

The rows are first brought, checked, into a store of their own. Then each document's sightings are recorded again, with
what was understood of it, by the same rules as an ingest: nothing is doubled, histories are merged, exact copies are
carried, labels never fall. Everything else follows by its identity.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, union, update

from domain.document import Analysis, Document, DocumentKind, Language, Passage, Span
from domain.entity import EntityKind, Mention
from domain.event import Event
from domain.label import Label
from index import near
from index.store import events as event_store
from index.store import schema as s
from index.store.history import Sighting
from index.store.identity import Ready, record
from index.store.placing import raise_label, sightings
from index.store.schema import AnyRow
from service.fill import contradictions
from service.merge_rows import IdMap, Work, generic, or_held, refusing, renamed
from service.portable import Row, tables

REPLAYED = frozenset({
    "documents", "versions", "passages", "vectors", "entities", "mentions", "version_countries", "version_series",
    "sightings", "carried", "signatures", "bands", "near",
})  # fmt: skip
"""Tables that follow from recording the documents again."""
NOT_TAKEN = frozenset({"meta", "watchlist_matches", "embeddings"})
"""Marks hold for the store they were made in; matches are made anew against the watchlists as they are here;
how far vectors are is told by those that are here."""
GROUPED = frozenset({"stories", "story_documents", "story_changes"})
"""What comes in joins the stories that are here, as it would have on being read here."""
_LOT = 50
_EVENT = [one.name for one in fields(Event) if one.name != "label"]


def absorb(work: Work, staged: Connection, *, encoder: str) -> None:
    """Take what is staged into the store; ``encoder`` is the one whose vectors are looked for first.

    Raises:
        InputError: a row contradicts what is held.
    """
    generic(work, s.sources)
    for lot in _lots(staged):
        for told in _understood(staged, lot, encoder):
            _record(work.c, staged, told)
        work.did(len(lot), "documents")
    _find_again(work, staged)
    for table in tables():
        if table.name in REPLAYED | NOT_TAKEN | GROUPED or table is s.sources:
            continue
        with contradictions(work, table):
            if table is s.events:
                _events(work, table)
            elif table is s.event_aliases:
                _aliases(work, table)
            else:
                generic(work, table)
    _decided(work, staged)
    _carry_labels(work.c)


def _decided(work: Work, staged: Connection) -> None:
    """The entities that decisions speak of, whether or not a document names them."""
    d, t, e = s.entity_decisions.c, s.entity_links.c, s.entities.c
    told = (d.entity_id, d.body["into"].as_string(), d.body["other"].as_string(), t.entity_id, t.into_id)
    spoken = union(*(select(column).where(column.is_not(None)) for column in told))
    rows = [dict(row) for row in staged.execute(select(s.entities).where(e.id.in_(spoken))).mappings()]
    if rows:
        work.c.execute(or_held(s.entities), rows)


# --- what is staged


@dataclass(frozen=True, slots=True)
class _Told:
    """A version with what was understood of it, and every document that said so: its own, and those it carries."""

    row: AnyRow
    ready: Ready
    documents: tuple[Document, ...]
    countries: tuple[Row, ...]
    others: tuple[tuple[int, str, bytes, bytes | None], ...]


def _lots(staged: Connection) -> Iterator[list[AnyRow]]:
    v, d = s.versions.c, s.documents.c
    query = (
        select(s.versions, d.key, d.external_id, d.url, d.item, d.kind, s.sources.c.name.label("source"))
        .select_from(s.versions.join(s.documents).join(s.sources)).order_by(v.id).limit(_LOT)
    )  # fmt: skip
    last = 0
    while rows := staged.execute(query.where(v.id > last)).all():
        yield list(rows)
        last = rows[-1].id


def _understood(staged: Connection, rows: Sequence[AnyRow], encoder: str) -> Iterator[_Told]:
    ids = [row.id for row in rows]
    p, x, m, e = s.passages.c, s.vectors.c, s.mentions.c, s.entities.c
    passages = _grouped(staged, select(s.passages).where(p.version_id.in_(ids)).order_by(p.version_id, p.n))
    named = select(m.version_id, m.start, m.end, m.surface, m.method, m.in_title, e.id, e.kind, e.name, e.country,
                   e.lat, e.lon)  # fmt: skip
    # As it was read: the splits that came along are applied anew with those that are here.
    named = named.join(s.entities, e.id == func.coalesce(m.was, m.entity_id))
    mentions = _grouped(staged, named.where(m.version_id.in_(ids)).order_by(m.id))
    vectors = _grouped(staged, select(p.version_id, p.n, x.encoder, x.vector, x.parts)
                       .select_from(s.vectors.join(s.passages))
                       .where(p.version_id.in_(ids)).order_by(p.version_id, x.encoder, p.n))  # fmt: skip
    series, countries, signed, marks = (
        _grouped(staged, select(t).where(t.c.version_id.in_(ids)).order_by(*t.primary_key.columns))
        for t in (s.version_series, s.version_countries, s.signatures, s.bands)
    )
    copies = _grouped(staged, select(s.carried, s.sources.c.name.label("source"))
                      .join(s.sources, s.sources.c.id == s.carried.c.source_id)
                      .where(s.carried.c.version_id.in_(ids)).order_by(s.carried.c.id))  # fmt: skip
    for row in rows:
        every: dict[str, list[AnyRow]] = defaultdict(list)
        for one in vectors[row.id]:
            every[one.encoder].append(one)
        whole = [name for name, found in every.items() if len(found) == len(passages[row.id])]
        chosen = encoder if encoder in whole else next(iter(whole), "")
        spans = tuple(Span(a, b) for a, b in row.sentences)
        analysis = Analysis(
            language=Language(row.lang, row.lang_confidence), sentences=spans,
            passages=tuple(Passage(one.n, one.start, one.end, one.text) for one in passages[row.id]),
            mentions=tuple(_mention(one) for one in mentions[row.id] if not one.in_title),
            title_mentions=tuple(_mention(one) for one in mentions[row.id] if one.in_title),
            vectors=tuple(one.vector for one in every.get(chosen, ())),
            parts=tuple(one.parts or b"" for one in every.get(chosen, ())), encoder=chosen,
        )  # fmt: skip
        signature = next(iter(signed[row.id]), None)
        sketch = near.sketch(row.title, row.text, spans) if signature is None else near.Sketch(
            signature.minhash, signature.shingles, tuple(one.hash for one in marks[row.id]))  # fmt: skip
        # Watchlists are matched here, against those that are here.
        counted = tuple(one.series for one in series[row.id] if not one.series.startswith("watchlist:"))
        ready = Ready(analysis=analysis, series=counted, sketch=sketch,
                      agency=None if signature is None else signature.agency)  # fmt: skip
        own = _document(row, row, id=row.document_id, label=row.label, known=row.known)
        carried = [_document(row, one, id=one.copy_id, label=one.label, known=one.known) for one in copies[row.id]]
        rest = tuple((one.n, one.encoder, one.vector, one.parts) for one in vectors[row.id] if one.encoder != chosen)
        yield _Told(row, ready, (own, *carried), tuple(dict(one._mapping) for one in countries[row.id]), rest)


def _grouped(staged: Connection, query: Any) -> Mapping[int, list[AnyRow]]:
    found: dict[int, list[AnyRow]] = defaultdict(list)
    for row in staged.execute(query):
        found[row.version_id].append(row)
    return found


def _mention(row: AnyRow) -> Mention:
    return Mention(start=row.start, end=row.end, surface=row.surface, entity_id=row.id, kind=EntityKind(row.kind),
                   name=row.name, method=row.method, countries=(row.country,) if row.country else (),
                   lat=row.lat, lon=row.lon)  # fmt: skip


def _document(text: AnyRow, told: AnyRow, *, id: str, label: int, known: datetime) -> Document:
    """The document that said a text: where it was read from ``told``, what it said from ``text``."""
    values: dict[str, Any] = {
        "source": told.source, "title": text.title, "text": text.text, "item": told.item, "known": known,
        "known_basis": told.known_basis, "published": told.published, "url": told.url,
        "external_id": told.external_id, "kind": DocumentKind(told.kind), "label": Label(label), "meta": told.meta,
    }  # fmt: skip
    document = Document(**values, html=text.html or "")
    # Its key is what it is; it is made of these by a rule that may have been another when it was read.
    return document if document.id == id else Document(**{**values, "external_id": told.key}, html=text.html or "")


# --- recorded again


def _record(c: Connection, staged: Connection, told: _Told) -> None:
    t = s.sightings.c
    for document in told.documents:
        query = select(t.known).where(t.document_id == document.id, t.content_hash == told.row.content_hash)
        for known in list(staged.scalars(query.order_by(t.known, t.n))) or [document.known]:
            one = Sighting(known, document.content_hash)
            if not news(sightings(c, document.id), one):
                _keep_strict(c, document)
                continue
            done = record(c, replace(document, known=known), told.ready)
            if done.version is not None:
                _complete(c, done.version, told)


def news(seen: Sequence[Sighting], one: Sighting) -> bool:
    """Whether a sighting says more than those around it: that the document said this for longer, or at all."""
    if one in seen:
        return False
    before = [x for x in seen if x.known <= one.known][-1:]
    after = [x for x in seen if x.known >= one.known][:1]
    return not (before and after and before[0].content == one.content == after[0].content)


def _keep_strict(c: Connection, document: Document) -> None:
    """Labels never fall: what is held under a laxer one takes that of what comes in."""
    v, k = s.versions.c, s.carried.c
    same = (v.content_hash == document.content_hash, v.label < int(document.label))
    laxer = c.scalar(select(func.min(v.known)).where(v.document_id == document.id, *same))
    copy = (
        select(func.min(k.known)).join(s.versions, v.id == k.version_id)
        .where(k.copy_id == document.id, v.content_hash == document.content_hash, k.label < int(document.label))
    )  # fmt: skip
    since = laxer if laxer is not None else c.scalar(copy)
    if since is not None:
        raise_label(c, document.id, document.label, since=since)


def _complete(c: Connection, version: int, told: _Told) -> None:
    """What a version has beyond its analysis: countries counted by words that name two, vectors by other encoders."""
    k, p = s.version_countries, s.passages.c
    c.execute(delete(k).where(k.c.version_id == version))
    if told.countries:
        c.execute(insert(k), [{**row, "version_id": version} for row in told.countries])
    if told.others:
        ids = dict(c.execute(select(p.n, p.id).where(p.version_id == version)).all())
        c.execute(insert(s.vectors), [{"passage_id": ids[n], "encoder": encoder, "vector": vector, "parts": parts}
                                      for n, encoder, vector, parts in told.others if n in ids])  # fmt: skip


def _find_again(work: Work, staged: Connection) -> None:
    """Where everything that was staged is now: versions, their passages, and documents that others carry."""
    versions, passages = IdMap(), IdMap()
    v, p, k = s.versions.c, s.passages.c, s.carried.c
    own = select(v.id, v.document_id, v.known)
    carried = own.join(s.carried, v.id == k.version_id)
    for lot in _lots(staged):
        there = _grouped(staged, select(p.id, p.n, p.version_id).where(p.version_id.in_([row.id for row in lot])))
        for row in lot:
            same = v.content_hash == row.content_hash
            held = (
                work.c.execute(own.where(v.document_id == row.document_id, same)).all()
                or work.c.execute(carried.where(k.copy_id == row.document_id, same)).all()
                or work.c.execute(own.where(v.document_id == row.document_id).order_by(v.n.desc()).limit(1)).all()
            )
            found = min(held, key=lambda one: (abs(one.known - row.known), one.id))
            if found.document_id != row.document_id:
                work.documents[row.document_id] = found.document_id
            versions.add(row.id, found.id)
            ids = dict(work.c.execute(select(p.n, p.id).where(p.version_id == found.id)).all())
            for one in there[row.id]:
                passages.add(one.id, ids.get(one.n) or min(ids.values(), default=0))
    work.maps |= {"versions": versions, "passages": passages}


# --- what rests on documents


def _events(work: Work, table: Table) -> None:
    """As an ingest takes them: changed rows are revised with their history, a report told twice is one event."""
    for lot in work.lots(table):
        as_is, told = [], []
        for at, row in lot:
            with refusing(at):
                renamed(work, table, row)
                event = Event(**{name: row[name] for name in _EVENT}, label=Label(row["label"]))
                if row["superseded"] is None and event.id == row["id"]:
                    told.append(event)
                else:
                    as_is.append(row)
        if as_is:
            work.c.execute(or_held(table), as_is)
        event_store.save_events(work.c, told)


def _aliases(work: Work, table: Table) -> None:
    """An event that is folded into another here takes its own aliases with it."""
    t, e = table.c, s.events.c
    for lot in work.lots(table):
        rows = [row for _, row in lot]
        kept = _kept(work.c, {row["id"] for row in rows} | {row["event_id"] for row in rows})
        held = set(work.c.scalars(select(e.id).where(e.id.in_([row["id"] for row in rows]))))
        fresh = [{**row, "event_id": kept.get(row["event_id"], row["event_id"])} for row in rows
                 if row["id"] not in kept and row["id"] not in held]  # fmt: skip
        if fresh:
            work.c.execute(or_held(table), fresh)
    m = s.event_mentions.c
    into = select(t.event_id).where(t.id == m.event_id).scalar_subquery()
    work.c.execute(update(s.event_mentions).where(m.event_id.in_(select(t.id))).values(event_id=into))


def _kept(c: Connection, ids: Iterable[str]) -> dict[str, str]:
    t = s.event_aliases.c
    return dict(c.execute(select(t.id, t.event_id).where(t.id.in_(sorted(ids)))).all())


def _carry_labels(c: Connection) -> None:
    """What came in may rest on documents that are held under a stricter label."""
    v, e, a, x = s.versions.c, s.events.c, s.alerts.c, s.alert_documents.c
    own = select(func.max(v.label)).where(v.document_id == e.document_id).scalar_subquery()
    c.execute(update(s.events).where(e.document_id.is_not(None), e.label < own).values(label=own))
    behind = (
        select(func.max(v.label)).join(s.alert_documents, x.document_id == v.document_id)
        .where(x.alert_id == a.id).scalar_subquery()
    )  # fmt: skip
    c.execute(update(s.alerts).where(a.label < behind).values(label=behind))
