"""Whole documents from the store, with passages, vectors and names: what stories and briefings are made from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, select

from domain.document import Filters
from domain.protocols import Vectors
from index.filters import visible
from index.store import schema as s
from index.store.identities import resolver
from index.store.schema import AnyRow

CHUNK = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """One version shown: its row (document, source, texts), its passages, their vectors, and what it names.

    Entities that are one for the reader go by one id.
    """

    row: AnyRow
    passages: tuple[AnyRow, ...]
    vectors: Vectors
    entities: frozenset[str]
    countries: frozenset[str]


def held(
    c: Connection, filters: Filters, *, encoder: str, dimension: int, documents: Sequence[str] | None = None
) -> list[Held]:
    """Every document that the filters show, oldest first; a passage without a vector by this encoder has zeros."""
    v, d = s.versions.c, s.documents.c
    query = (
        select(v.id, d.id.label("document_id"), d.external_id, d.url, d.kind, v.title, v.text, v.lang, v.published,
               v.at, v.label, v.sentences, s.sources.c.name.label("source"))
        .select_from(s.versions.join(s.documents).join(s.sources)).where(*visible(filters)).order_by(v.at, v.id)
    )  # fmt: skip
    if documents is not None:
        query = query.where(d.id.in_(list(documents)))
    rows = c.execute(query).all()
    one = resolver(c, clearance=filters.clearance)
    found: list[Held] = []
    for start in range(0, len(rows), CHUNK):
        found += _complete(c, rows[start : start + CHUNK], encoder=encoder, dimension=dimension, one=one)
    return found


def _complete(
    c: Connection, rows: Sequence[AnyRow], *, encoder: str, dimension: int, one: Callable[[str], str]
) -> list[Held]:
    ids = [row.id for row in rows]
    p, x = s.passages.c, s.vectors.c
    joined = s.passages.outerjoin(s.vectors, (x.passage_id == p.id) & (x.encoder == encoder))
    passages: dict[int, list[AnyRow]] = defaultdict(list)
    query = select(p.id, p.version_id, p.n, p.start, p.end, p.text, x.vector).select_from(joined)
    for row in c.execute(query.where(p.version_id.in_(ids)).order_by(p.version_id, p.n)):
        passages[row.version_id].append(row)
    entities, countries = named_in(c, ids, one=one)
    return [
        Held(row, tuple(passages[row.id]), _matrix(passages[row.id], dimension), frozenset(entities[row.id]),
             frozenset(countries[row.id]))
        for row in rows
    ]  # fmt: skip


def _matrix(passages: Sequence[AnyRow], dimension: int) -> Vectors:
    out = np.zeros((len(passages), dimension), np.float32)
    for i, row in enumerate(passages):
        if row.vector is not None:
            out[i] = np.frombuffer(row.vector, "<f2")
    return out


def named_in(
    c: Connection, versions: Sequence[int], *, one: Callable[[str], str]
) -> tuple[dict[int, set[str]], dict[int, set[str]]]:
    """By version the entities that it names, as ``one`` says who they are, and the countries that it counts for.

    What was analysed before series were kept counts for every country that it names.
    """
    m, k, e = s.mentions.c, s.version_countries.c, s.version_series.c
    entities: dict[int, set[str]] = defaultdict(set)
    for version, entity in c.execute(select(m.version_id, m.entity_id).where(m.version_id.in_(versions)).distinct()):
        entities[version].add(one(entity))
    countries: dict[int, set[str]] = defaultdict(set)
    counted = select(e.version_id, e.series).where(e.version_id.in_(versions), e.series.startswith("country:"))
    for version, series in c.execute(counted):
        countries[version].add(series.removeprefix("country:"))
    for version, country in c.execute(select(k.version_id, k.country).where(k.version_id.in_(versions))):
        if version not in countries:
            countries[version].add(country)
    return entities, countries
