"""What the view of a document reads beside the document, cached like all else that views read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import streamlit as st
from sqlalchemy import func, select

from domain.document import Filters
from domain.label import Label
from domain.story import Story
from domain.time import end_of
from index.filters import visible
from index.store import schema as s
from index.store.schema import AnyRow
from interfaces.dashboard.data import Line, Scope, document, opened
from service import search, stories, versions
from service.versions import Difference

STORY_DAYS = 10
MOST_AT_ONCE = 1500
"""With more documents around it, a story is looked for only when it is asked for: that takes seconds then."""


@dataclass(frozen=True, slots=True)
class Told:
    """A story with its documents as lines of a list, oldest first."""

    story: Story
    lines: list[Line]


@st.cache_data(show_spinner=False, max_entries=64)
def difference(scope: Scope, which: str, old: int, new: int) -> Difference:
    """What changed between two versions of a document, by number, sentence by sentence."""
    return versions.difference(document(scope, which), old, new)


@st.cache_data(show_spinner=False, max_entries=64)
def events(scope: Scope, which: str) -> list[AnyRow]:
    """The events coded from a document (by its own id), as known by the day."""
    return search.events_of(opened(scope.home), which, as_of=end_of(scope.day))


@st.cache_data(show_spinner=False, max_entries=64)
def around(scope: Scope, which: str) -> int:
    """How many documents were published in the days around one: what its story is looked for among."""
    v = s.versions.c
    with opened(scope.home).read() as c:
        seen = Filters(as_of=end_of(scope.day), clearance=Label(scope.clearance))
        at = c.scalar(select(v.at).where(v.document_id == which, *visible(seen)))
        if at is None:
            return 0
        span = timedelta(days=STORY_DAYS)
        seen = Filters(as_of=seen.as_of, clearance=seen.clearance, since=at - span, until=at + span)
        return int(c.scalar(select(func.count()).select_from(s.versions).where(*visible(seen))) or 0)


@st.cache_data(show_spinner=False, max_entries=64)
def story(scope: Scope, which: str) -> Told | None:
    """The story that a document is part of, as known by the day; None where it is told nowhere else."""
    home = opened(scope.home)
    found = stories.story_of(home, which, as_of=end_of(scope.day))
    if found is None or len(found.document_ids) < 2:
        return None
    v, d = s.versions.c, s.documents.c
    seen = Filters(as_of=end_of(scope.day), clearance=Label(scope.clearance))
    query = (
        select(d.id, v.title, s.sources.c.name, v.lang, v.at, v.label)
        .select_from(s.versions.join(s.documents).join(s.sources))
        .where(d.id.in_(found.document_ids), *visible(seen))
        .order_by(v.at, v.id)
    )
    with home.read() as c:
        return Told(found, [Line(*row[:5], Label(row[5])) for row in c.execute(query)])
