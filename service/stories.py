"""Stories of what is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from domain.document import Filters
from domain.story import Story
from index.store.copies import groups
from index.store.papers import Held, held
from index.stories import Telling, document_vector, group
from service.search import seen_by
from service.wiring import Home


def stories(home: Home, *, filters: Filters | None = None) -> tuple[Story, ...]:
    """The stories that the documents shown by the filters tell, oldest first."""
    encoder = home.encoder
    with home.read() as c:
        found = held(c, seen_by(home, filters or Filters()), encoder=encoder.id, dimension=encoder.dimension)
    return grouped(home, found)


def grouped(home: Home, found: Sequence[Held]) -> tuple[Story, ...]:
    """The stories of documents that are read already; what repeats one report counts as one source."""
    if not found:
        return ()
    with home.read() as c:
        reports = groups(c, [h.row.id for h in found])
    tellings = [
        Telling(id=h.row.document_id, title=h.row.title, source=h.row.source, lang=h.row.lang, at=h.row.at,
                text=h.row.text, external_id=h.row.external_id, entities=h.entities, countries=h.countries,
                report=reports.get(h.row.id))
        for h in found
    ]  # fmt: skip
    return group(tellings, np.stack([document_vector(h.vectors) for h in found]))


def story_of(home: Home, document: str, *, as_of: datetime | None = None, days: int = 10) -> Story | None:
    """The story that a document is part of, from the documents of the days around it; None when it is not shown."""
    encoder = home.encoder
    seen = seen_by(home, Filters(as_of=as_of))
    with home.read() as c:
        own = held(c, seen, encoder=encoder.id, dimension=encoder.dimension, documents=[document])
        if not own:
            return None
        around = timedelta(days=days)
        near = replace(seen, since=own[0].row.at - around, until=own[0].row.at + around)
        found = held(c, near, encoder=encoder.id, dimension=encoder.dimension)
    return next((story for story in grouped(home, found) if document in story.document_ids), None)
