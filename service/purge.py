"""``vedette purge``: what was published before a day goes, with all that was made of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select

from domain.errors import InputError
from domain.label import Label
from domain.time import now, start_of
from index.store import schema as s
from index.store import sources
from index.store.placing import release
from service.erase import CHUNK, Erased, clear_traces, remove
from service.wiring import Home

Progress = Callable[[int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is to go: published (else known) last before a day, of one source or label where one is named.

    ``keep_evidence`` spares the documents behind open alerts.
    """

    before: date
    source: str | None = None
    label: Label | None = None
    keep_evidence: bool = False

    def plain(self) -> dict[str, Any]:
        """As it is printed and noted."""
        return {"before": self.before.isoformat(), "source": self.source,
                "label": None if self.label is None else self.label.text,
                "keep_evidence": self.keep_evidence}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """What goes under the terms: documents, copies of others' texts, and what is kept as evidence."""

    documents: tuple[str, ...]
    copies: tuple[str, ...]
    kept: tuple[str, ...]
    by_source: dict[str, int]
    oldest: datetime | None
    newest: datetime | None

    def plain(self) -> dict[str, Any]:
        """As it is printed."""
        return {"documents": len(self.documents), "copies": len(self.copies), "kept_as_evidence": len(self.kept),
                "by_source": self.by_source, "oldest": self.oldest, "newest": self.newest}  # fmt: skip


def plan(home: Home, terms: Terms) -> Purge:
    """What would go, of what this reader may see; changes nothing.

    Raises:
        InputError: there is no source of that name.
    """
    with home.read() as c:
        return _plan(c, terms, home.settings.reader.clearance)


def _plan(c: Connection, terms: Terms, clearance: Label) -> Purge:
    if terms.source is not None:
        known = {row.name for row in sources.listed(c, clearance=clearance)}
        if terms.source not in known:
            raise InputError("there is no source of this name", item=terms.source, stage="purge")
    v, d, k, n = s.versions.c, s.documents.c, s.carried.c, s.sources.c.name
    end = start_of(terms.before)
    own = (
        select(d.id, n.label("source"), func.max(v.at).label("at"), func.max(v.label).label("label"))
        .select_from(s.versions.join(s.documents).join(s.sources)).group_by(d.id, n)
    )  # fmt: skip
    copied = (
        select(k.copy_id.label("id"), n.label("source"), func.max(func.coalesce(k.published, k.known)).label("at"),
               func.max(k.label).label("label"))
        .select_from(s.carried.join(s.sources)).where(k.copy_id.not_in(select(d.id))).group_by(k.copy_id, n)
    )  # fmt: skip
    found: list[list[Any]] = []
    for query in (own, copied):
        rows = []
        for row in c.execute(query.order_by("id")):
            fits = terms.label is None or row.label == terms.label
            if row.at < end and row.label <= clearance and fits and terms.source in (None, row.source):
                rows.append(row)
        found.append(rows)
    x, a = s.alert_documents.c, s.alerts.c
    behind = select(x.document_id).join(s.alerts, a.id == x.alert_id).where(a.state == "open")
    spared = set(c.scalars(behind)) if terms.keep_evidence else set()
    going = [row for row in found[0] if row.id not in spared]
    times = [row.at for row in (*going, *found[1])]
    return Purge(
        documents=tuple(row.id for row in going), copies=tuple(row.id for row in found[1]),
        kept=tuple(row.id for row in found[0] if row.id in spared),
        by_source=dict(sorted(Counter(row.source for row in (*going, *found[1])).items())),
        oldest=min(times, default=None), newest=max(times, default=None),
    )  # fmt: skip


def purge(home: Home, terms: Terms, *, progress: Progress | None = None) -> tuple[Purge, Erased]:
    """Remove what goes under the terms, and all traces of it; gives what went.

    A document that says what a document of others says too leaves the text to those who may keep it. A kill at any
    moment leaves whole documents; another run removes the rest and clears the traces.

    Raises:
        InputError: there is no source of that name. StoreError: the database refuses.
    """
    done = Erased()
    with home.writing():
        going = plan(home, terms)
        with home.write() as c:
            _forget_copies(c, going.copies)
            done.failures += _failures(c, terms, home.settings.reader.clearance)
        for start in range(0, len(going.documents), CHUNK):
            lot = going.documents[start : start + CHUNK]
            with home.write() as c:
                _hand_over(c, lot)
                remove(c, lot, done, why=f"purged: before {terms.before}")
            if progress is not None:
                progress(start + len(lot), "documents")
        with home.write() as c:
            detail = {**terms.plain(), "documents": len(going.documents), "copies": len(going.copies),
                      "passages": done.passages, "kept_as_evidence": len(going.kept)}  # fmt: skip
            sources.note(c, at=now(), action="purge", subject=f"before {terms.before}", detail=json.dumps(detail))
        clear_traces(home, done)
    return going, done


def _forget_copies(c: Connection, copies: tuple[str, ...]) -> None:
    for start in range(0, len(copies), CHUNK):
        part = copies[start : start + CHUNK]
        c.execute(delete(s.carried).where(s.carried.c.copy_id.in_(part)))
        c.execute(delete(s.sightings).where(s.sightings.c.document_id.in_(part)))


def _hand_over(c: Connection, documents: tuple[str, ...]) -> None:
    """Have what these documents carry for others that stay carried by others, or stand by itself."""
    v, k = s.versions.c, s.carried.c
    carrying = select(v.id).where(v.document_id.in_(documents), v.id.in_(select(k.version_id)))
    for version in c.scalars(carrying.order_by(v.id)).all():
        release(c, version, gone=True)


def _failures(c: Connection, terms: Terms, clearance: Label) -> int:
    """Failed items carry no label: whoever may see all forgets those last tried before the day."""
    if clearance < Label.TOP_SECRET or terms.label is not None:
        return 0
    t = s.failures.c
    where = [t.last_at < start_of(terms.before)]
    if terms.source is not None:
        where.append(t.source == terms.source)
    return c.execute(delete(s.failures).where(*where)).rowcount


def told(going: Purge, done: Erased) -> dict[str, Any]:
    """A purge as it is printed."""
    return {**going.plain(), "erased": asdict(done)}
