"""What stands behind an alert: the passages that show it best, and the sources as they stood."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, func, select

from domain.alert import Evidence, SeriesKey
from domain.document import Filters
from domain.label import Label
from domain.source import SourceHealth
from domain.time import end_of
from index.store import alerts as store
from index.store import events as event_store
from index.store import schema as s
from index.store.documents import passage_rows
from index.store.health import Book
from index.store.schema import AnyRow
from index.store.stories import stories_of


def health_of(book: Book, behind: set[str], day: date, label: Label) -> list[SourceHealth]:
    """The sources behind the alert, then those that were not to be heard: a silent source never reads as calm.

    As a reader sees them who is cleared for the alert and no more.
    """
    known = book.health(end_of(day), clearance=label)
    return [h for h in known if h.source in behind] + [
        h for h in known if h.source not in behind and h.state != "healthy"
    ]


def evidence_of(c: Connection, key: SeriesKey, *, since: date, seen: Filters, limit: int) -> list[Evidence]:
    """Of the documents seen and counted from the day ``since`` on, the passages that show it best.

    Stories take turns, one document of each first; within a turn sources and languages do, so that the first few come
    from different ones.
    """
    if not limit or seen.until is None:
        return []
    rows = event_store.documents_of(c, str(key), since=since, until=seen.until.date(), filters=seen)
    if not rows:
        return []
    versions = [row.version_id for row in rows]
    chosen = (
        {v: (p, 1) for v, (p, _) in store.matches(c, key.subject[0], versions).items()}
        if key.kind == "watchlist" else _best_passages(c, key, versions)
    )  # fmt: skip
    shown = passage_rows(c, [p for p, _ in chosen.values()])
    rows = sorted(rows, key=lambda r: (-chosen.get(r.version_id, (0, 0))[1], r.at, r.document_id))
    told = stories_of(c, versions, clearance=int(seen.clearance), as_of=seen.as_of)
    taken: dict[str, int] = defaultdict(int)
    turns: list[tuple[int, int, int, AnyRow]] = []
    for row in rows:
        story = told.get(row.version_id, row.document_id)
        turns.append((taken[story], taken[row.source] + taken[row.lang], len(turns), row))
        for one in (story, row.source, row.lang):
            taken[one] += 1
    found = []
    for *_, row in sorted(turns, key=lambda t: t[:3])[:limit]:
        passage = shown.get(chosen.get(row.version_id, (0, 0))[0])
        if passage is not None:
            found.append(Evidence(
                document_id=row.document_id, passage_id=passage.id, title=row.title, source=row.source, lang=row.lang,
                published=row.published, text=passage.text, label=Label(row.label),
                story_id=told.get(row.version_id)))  # fmt: skip
    return found


def _best_passages(c: Connection, key: SeriesKey, versions: Sequence[int]) -> dict[int, tuple[int, int]]:
    """For each version the passage that names the series' countries most (and all of them rather than one)."""
    p, m, e = s.passages.c, s.mentions.c, s.entities.c
    inside = (m.version_id == p.version_id) & (m.in_title == 0) & (m.start >= p.start) & (m.start < p.end)
    joined = s.passages.join(s.mentions, inside)
    query = (
        select(p.version_id, p.id, func.count(func.distinct(e.country)).label("both"), func.count().label("n"))
        .select_from(joined.join(s.entities, m.entity_id == e.id))
        .where(p.version_id.in_(list(versions)), e.country.in_(key.subject)).group_by(p.version_id, p.id)
    )  # fmt: skip
    best: dict[int, tuple[int, int]] = {}
    for row in c.execute(query):
        score = 1000 * row.both + row.n
        if score > best.get(row.version_id, (0, -1))[1]:
            best[row.version_id] = (row.id, score)
    missing = [v for v in versions if v not in best]
    for row in c.execute(select(p.version_id, func.min(p.id)).where(p.version_id.in_(missing)).group_by(p.version_id)):
        best[row[0]] = (row[1], 0)
    return best
