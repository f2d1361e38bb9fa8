"""From filters to the passages they allow, exactly: what search, series and briefings see is decided here alone."""

from __future__ import annotations

import numpy as np
from sqlalchemy import ColumnElement, Connection, exists, or_, select

from domain.document import Filters
from domain.protocols import Ids
from index.store import schema as s


def visible(filters: Filters) -> list[ColumnElement[bool]]:
    """Conditions on ``versions`` for the version in force that is dated, labelled and named so."""
    v = s.versions.c
    where: list[ColumnElement[bool]] = [v.label <= int(filters.clearance)]
    if filters.as_of is None:
        where.append(v.superseded.is_(None))
    else:
        where += [v.known < filters.as_of, or_(v.superseded.is_(None), v.superseded >= filters.as_of)]
    if filters.since is not None:
        where.append(v.at >= filters.since)
    if filters.until is not None:
        where.append(v.at < filters.until)
    if filters.langs:
        where.append(v.lang.in_(sorted(filters.langs)))
    if filters.countries:
        k = s.version_countries.c
        where.append(exists().where(k.version_id == v.id, k.country.in_(sorted(filters.countries))))
    if filters.sources:
        named = select(s.documents.c.id).join(s.sources).where(s.sources.c.name.in_(sorted(filters.sources)))
        where.append(v.document_id.in_(named))
    return where


def allowed_passages(c: Connection, filters: Filters) -> Ids:
    """Ids of the passages that the filters allow, ascending, as int64."""
    query = select(s.passages.c.id).join(s.versions).where(*visible(filters)).order_by(s.passages.c.id)
    return np.fromiter((row[0] for row in c.execute(query)), dtype=np.int64)
