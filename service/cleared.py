"""What of each table a reader may take out: an export holds what its reader could have been shown, and no trace more.

A row with a label needs a clearance for it, and a row that refers to another needs that one to be allowed. A table that
says nothing of labels, by itself or by what it refers to, leaves the house only with everything.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ColumnElement, Select, Table, or_, select, union

from domain.label import Label
from index.store import schema as s

UNLABELLED = ("watchlists", "mutes")
"""Tables without labels that are the reader's own."""
WITHHELD = {
    "readings": "how many items a source brought would tell of those above the clearance",
    "suppressions": "which papers are behind one is not kept",
    "watched_files": "names of files would tell of those above the clearance",
}
"""Tables that could be traced to labels and are withheld all the same, and why."""
BLANKED = {"sources": ("etag", "last_modified", "last_error", "state")}
"""Columns that are emptied: with its marks a source would count as read and never send what was held back."""


def withheld(table: Table, clearance: Label) -> str | None:
    """Why a reader may not take the table at all; None where it may be taken, as far as ``allowed`` goes."""
    if clearance is Label.TOP_SECRET:
        return None
    if table.name in WITHHELD:
        return WITHHELD[table.name]
    traced = (
        "label" in table.c
        or "level" in table.c
        or table.foreign_keys
        or table.name in ("sightings", "entities", *UNLABELLED)
    )
    return None if traced else "its rows carry no label"


def allowed(table: Table, clearance: Label) -> Select[Any]:
    """The table's rows that the clearance lets out, by primary key."""
    return select(table).where(*_conditions(table, clearance)).order_by(*table.primary_key.columns)


def _conditions(table: Table, clearance: Label) -> list[ColumnElement[bool]]:
    if clearance is Label.TOP_SECRET:
        return []
    if table is s.documents:
        return [s.documents.c.id.in_(_shown(clearance))]
    if table is s.sightings:
        copies = select(s.carried.c.copy_id).where(*_conditions(s.carried, clearance))
        return [s.sightings.c.document_id.in_(_shown(clearance).union(copies))]
    if table is s.entities:
        m, t, d = s.mentions.c, s.entity_links.c, s.entity_decisions.c
        seen = m.version_id.in_(_keys(s.versions.c.id, clearance))
        held = [select(m.entity_id).where(seen), select(m.was).where(seen, m.was.is_not(None))]
        held += [select(column).where(t.label <= int(clearance)) for column in (t.entity_id, t.into_id)]
        told = (d.entity_id, d.body["into"].as_string(), d.body["other"].as_string(), d.body["new"]["id"].as_string())
        held += [select(column).where(d.label <= int(clearance), column.is_not(None)) for column in told]
        return [s.entities.c.id.in_(union(*held))]
    if table is s.sources:
        return [s.sources.c.label <= int(clearance), _told_of(clearance)]
    where: list[ColumnElement[bool]] = []
    if "label" in table.c:
        where.append(table.c.label <= int(clearance))
    if "level" in table.c:  # of the stream of stories
        where.append(table.c.level <= int(clearance))
    for key in table.foreign_keys:
        inside = key.parent.in_(_keys(key.column, clearance))
        where.append(or_(key.parent.is_(None), inside) if key.parent.nullable else inside)
    return where


def _keys(column: Column[Any], clearance: Label) -> Select[Any]:
    return select(column).where(*_conditions(column.table, clearance))


def _shown(clearance: Label) -> Select[Any]:
    """Documents whose version in force may be seen: what is above the reader now is closed with its older versions."""
    v = s.versions.c
    return select(v.document_id).where(v.superseded.is_(None), v.label <= int(clearance))


def _told_of(clearance: Label) -> ColumnElement[bool]:
    """Sources that hold nothing, or something that the reader may see."""
    d, k, v = s.documents.c, s.carried.c, s.versions.c
    holding = select(d.source_id).union(select(k.source_id))
    of_documents = select(d.source_id).join(s.versions, v.document_id == d.id).where(d.id.in_(_shown(clearance)))
    copies = select(k.source_id).where(k.label <= int(clearance), k.document_id.in_(_shown(clearance)))
    key = s.sources.c.id
    return or_(key.not_in(holding), key.in_(of_documents.union(copies)))
