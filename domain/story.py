"""Stories: documents about the same happening, across languages, and how each side tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from domain.label import Label

State = Literal["open", "closed", "merged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Documents taken to tell the same happening, best first; the title is the best document's.

    ``sources`` are the independent ones: an outlet that only repeats another's text is not among them.
    """

    id: str
    title: str
    document_ids: tuple[str, ...]
    external_ids: tuple[str | None, ...]
    languages: tuple[str, ...]
    sources: tuple[str, ...]
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryDocument:
    """A document of a story, as a line of a list; ``copy`` where it repeats a report that is there already."""

    document_id: str
    external_id: str | None
    title: str
    source: str
    country: str | None
    lang: str
    at: datetime
    label: Label
    copy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Words of a document with the passage that they stand in: what a statement on a story rests on."""

    document_id: str
    passage_id: int
    title: str
    source: str
    lang: str
    at: datetime
    text: str
    label: Label


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryDay:
    """A day of a story: how many documents (of them copies), and the sentence that told most that was new."""

    day: date
    documents: int
    copies: int
    new: Quote | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """A passage in which a side's account differs from the others'.

    Attributes:
        distance: how much nearer it is to its own side's other passages than to the nearest of another side, -2 to 2.
        figures: numbers that only this side gives. names: names that only this side gives.
    """

    quote: Quote
    distance: float
    figures: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How one side tells a story.

    Attributes:
        side: a country (ISO 3166-1 alpha-2), or a language where the outlets' country is not known.
        basis: by what a document was counted to the side: ``country`` of its outlet, or ``language``.
        documents: originals; a report that several carry counts once. contrasts: at most three, the most telling first.
    """

    side: str
    basis: Literal["country", "language"]
    documents: int
    sources: tuple[str, ...]
    contrasts: tuple[Contrast, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryChange:
    """A merge, a split or a move, by the machine (``by`` is None) or by an operator, with its reason and figures."""

    id: int
    at: datetime
    what: Literal["merged", "split", "moved"]
    story_id: str
    other_id: str
    document_id: str | None
    by: str | None
    reason: str
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryView:
    """A story as it is shown to one reader, at one time.

    Attributes:
        headline: title of its most central original, in the reader's language where there is one.
        languages, sources, outlet_countries, countries: how many originals each has, the most first; ``countries`` are
            those that the documents name.
        documents: all of them, oldest first. central: the ids of originals, the most central first.
    """

    id: str
    headline: str
    headline_lang: str
    state: State
    first: datetime
    last: datetime
    timeline: tuple[StoryDay, ...]
    languages: tuple[tuple[str, int], ...]
    sources: tuple[tuple[str, int], ...]
    outlet_countries: tuple[tuple[str, int], ...]
    countries: tuple[tuple[str, int], ...]
    documents: tuple[StoryDocument, ...]
    central: tuple[str, ...]
    accounts: tuple[Account, ...]
    changes: tuple[StoryChange, ...]
