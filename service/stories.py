"""Stories of what is held, as one reader may see them, now or as of a moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import Connection, select

from domain.document import Filters
from domain.ids import digest
from domain.story import Story
from index.filters import visible
from index.store import schema as s
from index.store import stories as store
from index.store.papers import Held
from index.store.schema import AnyRow
from index.stories.group import central
from index.stories.telling import Floats, document_vector
from service import story_placing
from service.search import seen_by
from service.wiring import Home

LOT = 800


def stories(home: Home, *, filters: Filters | None = None) -> tuple[Story, ...]:
    """The stories that the documents shown by the filters tell, oldest first.

    Raises:
        StoreError: the database refuses or is damaged.
    """
    story_placing.brought_up(home)
    seen = seen_by(home, filters or Filters())
    with home.read() as c:
        return _stories(home, c, _rows(c, seen), seen)


def grouped(home: Home, found: Sequence[Held], *, as_of: datetime | None = None) -> tuple[Story, ...]:
    """The stories of documents that are read already; what repeats one report counts as one source."""
    if not found:
        return ()
    story_placing.brought_up(home)
    with home.read() as c:
        vectors = {h.row.id: document_vector(h.vectors) for h in found}
        return _stories(home, c, [h.row for h in found], seen_by(home, Filters(as_of=as_of)), vectors=vectors)


def story_of(home: Home, document: str, *, as_of: datetime | None = None) -> Story | None:
    """The story that a document is part of; None when it is not shown."""
    story_placing.brought_up(home)
    seen = seen_by(home, Filters(as_of=as_of))
    with home.read() as c:
        rows = _rows(c, seen, documents=[document])
        if not rows:
            return None
        name = members_of(c, seen).get(rows[0].id, (alone(document), False))[0]
        return next(iter(_stories(home, c, _rows_in(c, seen, name) or rows, seen)), None)


def languages_of(home: Home, *, filters: Filters | None = None) -> dict[str, str]:
    """The language of each document that the filters show."""
    with home.read() as c:
        return {row.document_id: row.lang for row in _rows(c, seen_by(home, filters or Filters()))}


# --- rows


def alone(document: str) -> str:
    """The id of a story that a document is in by itself."""
    return "s" + digest(("story", document))


def members_of(c: Connection, seen: Filters) -> dict[int, tuple[str, bool]]:
    """For each version its story in the stream of this reader, and whether it is a copy there."""
    level = store.level_for(c, int(seen.clearance))
    return {} if level is None else store.members(c, level, as_of=seen.as_of)


def _rows(c: Connection, seen: Filters, *, documents: Sequence[str] | None = None) -> list[AnyRow]:
    """The versions that the filters show, oldest first."""
    v, d = s.versions.c, s.documents.c
    query = (
        select(v.id, v.document_id, d.external_id, v.title, v.lang, v.at, v.label, s.sources.c.name.label("source"))
        .select_from(s.versions.join(s.documents).join(s.sources)).where(*visible(seen)).order_by(v.at, v.id)
    )  # fmt: skip
    return list(c.execute(query if documents is None else query.where(d.id.in_(list(documents)))))


def _rows_in(c: Connection, seen: Filters, name: str) -> list[AnyRow]:
    """The versions shown that are in a story."""
    inside = [version for version, (story, _) in members_of(c, seen).items() if story == name]
    t = s.versions.c
    ids = {one for i in range(0, len(inside), LOT) for one in c.scalars(
        select(t.document_id).where(t.id.in_(inside[i : i + LOT])))}  # fmt: skip
    return [row for row in _rows(c, seen, documents=sorted(ids)) if row.id in set(inside)]


def vectors_of(home: Home, c: Connection, versions: Sequence[int]) -> dict[int, Floats]:
    """A vector for each version; zeros where it has none by this encoder."""
    encoder = home.encoder
    p, x = s.passages.c, s.vectors.c
    found: dict[int, list[Floats]] = defaultdict(list)
    joined = s.passages.join(s.vectors, (x.passage_id == p.id) & (x.encoder == encoder.id))
    for i in range(0, len(versions), LOT):
        ids = versions[i : i + LOT]
        query = select(p.version_id, x.vector).select_from(joined)
        query = query.where(p.version_id.in_(ids), p.n < store.PASSAGES)
        for row in c.execute(query.order_by(p.version_id, p.n)):
            found[row.version_id].append(np.frombuffer(row.vector, "<f2").astype(np.float32))
    none = np.zeros(encoder.dimension, np.float32)
    return {one: document_vector(np.array(found[one])) if one in found else none for one in versions}


@dataclass(frozen=True, slots=True, eq=False)
class _Member:
    row: AnyRow
    copy: bool


def _stories(
    home: Home, c: Connection, rows: Sequence[AnyRow], seen: Filters, *, vectors: Mapping[int, Floats] | None = None
) -> tuple[Story, ...]:
    """The stories of these versions, made of these alone."""
    member = members_of(c, seen)
    inside: dict[str, list[_Member]] = defaultdict(list)
    for row in rows:
        name, copy = member.get(row.id, (alone(row.document_id), False))
        inside[name].append(_Member(row, copy))
    several = [one.row.id for held in inside.values() if len(held) > 1 for one in held]
    known = vectors if vectors is not None else vectors_of(home, c, several)
    found = [_story(name, held, known, lang=home.settings.briefing.lang) for name, held in inside.items()]
    return tuple(sorted(found, key=lambda one: (one.first, one.id)))


def _story(name: str, held: Sequence[_Member], vectors: Mapping[int, Floats], *, lang: str) -> Story:
    """One story; its title is that of its most central original in the language ``lang``, else in any."""
    order = [0] if len(held) == 1 else central(np.stack([vectors[one.row.id] for one in held]), _copies(held))
    best = [held[i] for i in order]
    copied = _copies(best)
    head = next((one for one, copy in zip(best, copied, strict=True) if one.row.lang == lang and not copy), best[0])
    return Story(
        id=name, title=head.row.title, document_ids=tuple(one.row.document_id for one in best),
        external_ids=tuple(one.row.external_id for one in best),
        languages=tuple(sorted({one.row.lang for one in best})),
        sources=tuple(dict.fromkeys(one.row.source for one, copy in zip(best, copied, strict=True) if not copy)),
        first=min(one.row.at for one in held), last=max(one.row.at for one in held),
    )  # fmt: skip


def _copies(held: Sequence[_Member]) -> list[bool]:
    """Which of a story's documents are copies of others shown; of copies whose original is not, the first stands."""
    flags = [one.copy for one in held]
    return flags if not all(flags) else [False, *flags[1:]]
