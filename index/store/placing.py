"""Where a text is held for a time: carried by a version that says the same, or in a version of the document's own.

One rule holds at every moment: what is carried is in force, for the same readers, in the version that it refers to.
Whoever gives a version other bounds or another label calls ``release`` on it, and the copies that it no longer speaks
for find another version or become documents themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from domain.label import Label
from domain.time import now
from index.store import schema as s
from index.store.history import END, Piece, Run, Sighting
from index.store.schema import AnyRow
from index.store.writing import Origin, add_document, copy_version, forget_passages, touch_passages

DISTURBED = "alerts.disturbed"
"""In ``meta``: the earliest time whose past was changed without a new passage, for the next scan to go back to."""


def sightings(c: Connection, document: str) -> list[Sighting]:
    """Every sighting of a document, in order of time, those of one instant as they were read."""
    t, v = s.sightings.c, s.versions.c
    query = select(t.known, t.content_hash).where(t.document_id == document).order_by(t.known, t.n)
    found = [Sighting(*row) for row in c.execute(query)]
    if found:
        return found
    # Stored before sightings were kept, or brought in without them.
    query = select(v.known, v.content_hash).where(v.document_id == document).order_by(v.known, v.n)
    return [Sighting(*row) for row in c.execute(query)]


def settle(c: Connection, document: str) -> None:
    """Keep sightings that were only deduced so far: the versions they follow from may be given other bounds."""
    t = s.sightings.c
    if c.scalar(select(t.known).where(t.document_id == document).limit(1)) is None:
        rows = [{"document_id": document, "known": x.known, "content_hash": x.content, "n": i}
                for i, x in enumerate(sightings(c, document))]  # fmt: skip
        if rows:
            c.execute(insert(s.sightings), rows)


def pieces(c: Connection, document: str) -> list[Piece]:
    """What is held of a document, its own versions and what others carry of it, oldest first."""
    v, k = s.versions.c, s.carried.c
    own = select(v.id, v.n, v.known, v.superseded, v.content_hash, v.label).where(v.document_id == document)
    theirs = (
        select(k.id, k.known, k.superseded, v.content_hash, k.label)
        .select_from(s.carried.join(s.versions, v.id == k.version_id)).where(k.copy_id == document)
    )  # fmt: skip
    found = [(r.n, Piece("version", r.id, r.known, r.superseded or END, r.content_hash, r.label))
             for r in c.execute(own)]  # fmt: skip
    found += [(0, Piece("carried", r.id, r.known, r.superseded or END, r.content_hash, r.label))
              for r in c.execute(theirs)]  # fmt: skip
    return [piece for _, piece in sorted(found, key=lambda one: (one[1].known, one[1].until, one[0]))]


def is_held(c: Connection, document: str) -> bool:
    """Whether the document has versions of its own."""
    return c.scalar(select(s.documents.c.id).where(s.documents.c.id == document)) is not None


def version_of(c: Connection, piece: Piece) -> int:
    """The version that holds what the piece says."""
    if piece.kind == "version":
        return piece.id
    return int(c.execute(select(s.carried.c.version_id).where(s.carried.c.id == piece.id)).scalar_one())


def carrier(c: Connection, carried: int) -> Origin:
    """What is known of a copy's source."""
    return _origin(c.execute(select(s.carried).where(s.carried.c.id == carried)).one())


def _origin(row: AnyRow) -> Origin:
    return Origin(id=row.copy_id, source_id=row.source_id, key=row.key, external_id=row.external_id, url=row.url,
                  item=row.item, kind=row.kind, published=row.published, known_basis=row.known_basis,
                  meta=row.meta)  # fmt: skip


# --- carrying


@dataclass(frozen=True, slots=True)
class Cover:
    """A version that can speak for a copy; ``earlier`` says that it has to be taken as known before it was."""

    version: int
    earlier: bool


def cover(c: Connection, document: str, gap: Run, label: int, *, without: int | None = None) -> Cover | None:
    """A version of another document that says the same at every moment of the gap, to all who may see this one.

    Where there is none, one that came to say so later will do, provided that its document said nothing else before and
    that it has the same label: the text is then known from the gap's beginning.
    """
    v = s.versions.c
    rows = c.execute(
        select(v.id, v.document_id, v.known, v.superseded, v.label)
        .where(v.content_hash == gap.content, v.document_id != document, v.label <= label)
        .order_by(v.known, v.id)
    ).all()  # fmt: skip
    fit = [row for row in rows if row.id != without and (row.superseded or END) >= gap.until]
    for row in fit:
        if row.known <= gap.known:
            return Cover(row.id, earlier=False)
    for row in fit:
        if row.label == label and row.known <= gap.until:
            first = pieces(c, row.document_id)[0]
            if first.kind == "version" and first.id == row.id:
                return Cover(row.id, earlier=True)
    return None


def place(
    c: Connection, origin: Origin, gap: Run, label: int, store: Callable[[], int], *, without: int | None = None
) -> int | None:
    """Have a document say a text for a time; gives the version that ``store`` made for it, None where it is carried."""
    if not is_held(c, origin.id):
        found = cover(c, origin.id, gap, label, without=without)
        if found is not None:
            _carry(c, origin, found, gap, label)
            return None
    add_document(c, origin, known=gap.known)
    return store()


def _carry(c: Connection, origin: Origin, found: Cover, gap: Run, label: int) -> None:
    v, k = s.versions.c, s.carried.c
    holder = c.execute(select(v.document_id, v.superseded).where(v.id == found.version)).one()
    if found.earlier:
        settle(c, holder.document_id)
        bound(c, found.version, gap.known, holder.superseded or END)
    beside = c.execute(
        select(k.id, k.known, k.superseded)
        .where(k.copy_id == origin.id, k.version_id == found.version, k.label == label)
        .where((k.superseded == gap.known) | (k.known == _open(gap.until)))
    ).first()  # fmt: skip
    if beside is not None:
        known, until = min(beside.known, gap.known), max(beside.superseded or END, gap.until)
        c.execute(update(s.carried).where(k.id == beside.id).values(known=known, superseded=_open(until)))
        return
    c.execute(insert(s.carried).values(
        document_id=holder.document_id, version_id=found.version, copy_id=origin.id, source_id=origin.source_id,
        key=origin.key, external_id=origin.external_id, url=origin.url, item=origin.item, kind=origin.kind,
        published=origin.published, known=gap.known, known_basis=origin.known_basis, superseded=_open(gap.until),
        label=label, meta=dict(origin.meta),
    ))  # fmt: skip


def _open(until: datetime) -> datetime | None:
    return None if until >= END else until


# --- changing what is held


def bound(c: Connection, version: int, known: datetime, until: datetime) -> None:
    """Give a version other bounds; ``release`` has to follow where they are narrower."""
    v = s.versions.c
    row = c.execute(select(v.document_id, v.known, v.published).where(v.id == version)).one()
    values = {"known": known, "superseded": _open(until), "at": row.published or known}
    c.execute(update(s.versions).where(v.id == version).values(**values))
    touch_passages(c, [version])
    if known != row.known:
        d = s.documents.c
        first = select(v.known).where(v.document_id == row.document_id).order_by(v.known).limit(1).scalar_subquery()
        c.execute(update(s.documents).where(d.id == row.document_id).values(first_known=first))
        disturb(c, min(known, row.known))


def disturb(c: Connection, since: datetime) -> None:
    """Note that what was known at a time has changed in the store, so that alerts from then on are decided anew."""
    t = s.meta.c
    before = c.scalar(select(t.value).where(t.key == DISTURBED))
    value = since.isoformat()
    if before is None or datetime.fromisoformat(before) > since:
        c.execute(upsert(s.meta).values(key=DISTURBED, value=value)
                  .on_conflict_do_update(index_elements=["key"], set_={"value": value}))  # fmt: skip


def trim(c: Connection, carried: int, known: datetime, until: datetime) -> None:
    """Give a carried copy narrower bounds; ``lend`` has to follow for the version that carries it."""
    c.execute(update(s.carried).where(s.carried.c.id == carried).values(known=known, superseded=_open(until)))


def lend(c: Connection, version: int) -> None:
    """Have a version begin no earlier than its document first said so, or a copy that it carries for its readers."""
    v, k = s.versions.c, s.carried.c
    row = c.execute(select(v.document_id, v.known, v.superseded, v.label).where(v.id == version)).first()
    if row is None:
        return
    start = sightings(c, row.document_id)[0].known
    if row.known >= start:
        return
    copies = c.execute(
        select(k.known, k.superseded).where(k.version_id == version, k.label == row.label).order_by(k.known.desc())
    ).all()  # fmt: skip
    for one in copies:
        if one.known < start <= (one.superseded or END) and one.known != one.superseded:
            start = one.known
    if row.known < start:
        bound(c, version, start, row.superseded or END)
        release(c, version)


def drop(c: Connection, piece: Piece) -> None:
    """Take away a piece that nothing supports any more; the copies that a version spoke for are placed first."""
    if piece.kind == "carried":
        version = version_of(c, piece)
        c.execute(delete(s.carried).where(s.carried.c.id == piece.id))
        lend(c, version)
        return
    release(c, piece.id, gone=True)
    p = s.passages.c
    forget_passages(c, c.scalars(select(p.id).where(p.version_id == piece.id)).all())
    c.execute(delete(s.versions).where(s.versions.c.id == piece.id))
    disturb(c, piece.known)


def release(c: Connection, version: int, *, gone: bool = False) -> None:
    """Place anew what a version carries outside its bounds, or for readers who may no longer see it."""
    v, k = s.versions.c, s.carried.c
    row = c.execute(select(v.known, v.superseded, v.label, v.content_hash).where(v.id == version)).one()
    query = select(s.carried).where(k.version_id == version).order_by(k.label, k.known, k.copy_id, k.id)
    for one in c.execute(query).all():
        known, until = one.known, one.superseded or END
        a, b = max(known, row.known), min(until, row.superseded or END)
        if gone or row.label > one.label or a > b or (a == b and known < until):
            c.execute(delete(s.carried).where(k.id == one.id))
            parts = [(known, until)]
        else:
            parts = [span for span in ((known, a), (b, until)) if span[0] < span[1]]
            if parts:
                trim(c, one.id, a, b)
        for start, end in parts:
            store = partial(copy_version, c, version, _origin(one), known=start, superseded=_open(end), label=one.label)
            span = Run(start, end, row.content_hash)
            place(c, _origin(one), span, one.label, store, without=version if gone else None)
    if not gone:
        lend(c, version)


def raise_label(c: Connection, document: str, label: Label, *, since: datetime | None = None) -> bool:
    """Raise the label of what is held of a document, with its events and the alerts that it is evidence of.

    ``since`` spares what was known before. Never lowers one. Whether any version was raised: the copies it carried for
    those who may no longer see it are placed anew.
    """
    v, e, a, x, k = s.versions.c, s.events.c, s.alerts.c, s.alert_documents.c, s.carried.c
    level = int(label)
    if not level:
        return False
    copies = [k.copy_id == document, k.label < level]
    where = [v.document_id == document, v.label < level]
    if since is not None:
        copies.append(k.known >= since)
        where.append(v.known >= since)
    carrying = list(c.scalars(select(k.version_id).where(*copies)))
    if carrying:
        c.execute(update(s.carried).where(*copies).values(label=level))
        for version in carrying:
            lend(c, version)
    raised = list(c.scalars(select(v.id).where(*where).order_by(v.known, v.n)))
    if not raised:
        return False
    c.execute(update(s.versions).where(v.id.in_(raised)).values(label=level))
    touch_passages(c, raised)
    c.execute(update(s.events).where(e.document_id == document, e.label < level).values(label=level))
    behind = select(x.alert_id).where(x.document_id == document)
    c.execute(update(s.alerts).where(a.id.in_(behind), a.label < level).values(label=level))
    c.execute(insert(s.audit).values(at=now(), action="relabel", subject=document, detail=label.text))
    for version in raised:
        release(c, version)
    return True
