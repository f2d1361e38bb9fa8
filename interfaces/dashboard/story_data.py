"""What the views of stories read, cached under the scope they are asked in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import streamlit as st
from sqlalchemy import select

from domain.document import Hit
from domain.label import Label, strictest
from domain.story import StoryView
from domain.text import fold
from domain.time import end_of, start_of
from index.filters import visible
from index.store import schema as s
from interfaces.dashboard.data import Scope, opened
from service import search, stories, story_view

FOUND = 60
"""Hits looked at for those within a story."""
_PIECE = 500
_COUNTRIES = 5


@dataclass(frozen=True, slots=True)
class StoryLine:
    """A story in a list: its headline in the reader's language where a document has it, and what it is made of.

    Attributes:
        documents: all of them; sources: those that tell it on their own account, a wire report counting once.
        countries: those named in most of its documents. days: documents by day.
    """

    id: str
    headline: str
    lang: str
    languages: tuple[str, ...]
    documents: int
    sources: tuple[str, ...]
    countries: tuple[str, ...]
    first: datetime
    last: datetime
    days: tuple[tuple[date, int], ...]
    label: Label


@dataclass(frozen=True, slots=True)
class _Row:
    title: str
    lang: str
    at: datetime
    label: Label


@st.cache_data(show_spinner="Reading the stories ...", max_entries=32)
def listed(scope: Scope, *, days: int | None, lang: str) -> list[StoryLine]:
    """Stories of more than one document in the days up to the reference day (None: of all), the latest first."""
    home = opened(scope.home)
    since = None if days is None else start_of(scope.day - timedelta(days=days - 1))
    seen = replace(scope.filters(), since=since)
    several = [one for one in stories.stories(home, filters=seen) if len(one.document_ids) > 1]
    rows, named = _read(scope, [which for one in several for which in one.document_ids])
    found = []
    for one in several:
        own = [rows[which] for which in one.document_ids if which in rows]
        if not own:
            continue
        head = next((row for row in own if row.lang == lang), own[0])
        countries = Counter(code for which in one.document_ids for code in named.get(which, ()))
        found.append(StoryLine(
            id=one.id, headline=head.title, lang=head.lang, languages=one.languages, documents=len(own),
            sources=one.sources, countries=tuple(code for code, _ in countries.most_common(_COUNTRIES)),
            first=one.first, last=one.last, days=tuple(sorted(Counter(row.at.date() for row in own).items())),
            label=strictest(row.label for row in own),
        ))  # fmt: skip
    return sorted(found, key=lambda line: (line.last, line.documents, line.id), reverse=True)


def _read(scope: Scope, ids: list[str]) -> tuple[dict[str, _Row], dict[str, list[str]]]:
    """The documents as they stood on the day, and the countries that each names."""
    v, n = s.versions.c, s.version_countries.c
    rows: dict[str, _Row] = {}
    named: dict[str, list[str]] = {}
    with opened(scope.home).read() as c:
        for i in range(0, len(ids), _PIECE):
            own = (v.document_id.in_(ids[i : i + _PIECE]), *visible(scope.filters()))
            for row in c.execute(select(v.document_id, v.title, v.lang, v.at, v.label).where(*own)):
                rows[row.document_id] = _Row(row.title, row.lang, row.at, Label(row.label))
            query = select(v.document_id, n.country).join(s.versions, v.id == n.version_id)
            for which, country in c.execute(query.where(*own).order_by(v.document_id, n.n)):
                named.setdefault(which, []).append(country)
    return rows, named


def containing(found: list[StoryLine], wanted: str, *, country: str) -> list[StoryLine]:
    """Those whose headline holds all words wanted, accents or not, and that name the country."""
    parts = fold(wanted).split()
    return [
        one
        for one in found
        if all(part in fold(one.headline) for part in parts) and (not country or country in one.countries)
    ]


@st.cache_data(show_spinner="Reading the story ...", max_entries=32)
def one(scope: Scope, which: str, *, lang: str) -> StoryView | None:
    """A story by its id or that of one of its documents, as known by the day; None where none is shown."""
    return story_view.story(opened(scope.home), which, lang=lang, as_of=end_of(scope.day))


@st.cache_data(show_spinner=False, max_entries=64)
def within(scope: Scope, told: StoryView, question: str) -> list[Hit]:
    """What answers a question among a story's documents, best first.

    Raises:
        QueryError: the question means nothing.
    """
    inside = {document.document_id for document in told.documents}
    filters = replace(
        scope.filters(), since=told.first, until=told.last + timedelta(microseconds=1),
        sources=frozenset(document.source for document in told.documents),
    )  # fmt: skip
    [answer] = search.search(opened(scope.home), [search.Query("within", question)], k=FOUND, filters=filters)
    return [hit for hit in answer.hits if hit.document_id in inside]


@st.cache_data(show_spinner=False, max_entries=32)
def reader_language(scope: Scope) -> str:
    """The language headlines are wanted in: that of briefings."""
    return opened(scope.home).settings.briefing.lang
