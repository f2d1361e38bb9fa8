"""The audit: what was deleted, relabelled, exported, imported, backed up, purged; by whom it was acknowledged."""

from __future__ import annotations

from sqlalchemy import literal, select

from domain.label import Label
from index.store import schema as s
from index.store.schema import AnyRow
from service.wiring import Home


def lines(home: Home, *, action: str | None = None, limit: int = 200) -> list[AnyRow]:
    """Lines of the audit, newest first; of documents and alerts held, only those that this reader may see."""
    t, v, a = s.audit.c, s.versions.c, s.alerts.c
    query = select(t.at, t.action, t.subject, t.detail).order_by(t.id.desc()).limit(limit)
    if action is not None:
        query = query.where(t.action == action)
    clearance = home.settings.reader.clearance
    if clearance < Label.TOP_SECRET:
        closed = select(v.document_id).where(v.superseded.is_(None), v.label > int(clearance))
        d = s.entity_decisions.c
        decided = select(literal("decision ").concat(d.id)).where(d.label > int(clearance))
        query = query.where(t.subject.not_in(closed), t.subject.not_in(decided),
                            t.subject.not_in(select(a.id).where(a.label > int(clearance))))  # fmt: skip
    with home.read() as c:
        return list(c.execute(query))
