"""Briefings: sentences that each cite the passages they stand in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.label import Label

SectionKind = Literal["happened", "changed", "alerts", "watch", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Where a sentence stands: ``text`` of passage ``passage_id`` of the document holds it word for word."""

    n: int
    document_id: str
    passage_id: int
    title: str
    source: str
    lang: str
    published: datetime | None
    url: str | None
    label: Label
    passage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One sentence of a briefing.

    ``quoted`` sentences stand word for word in each cited passage; the others are counts that Vedette computed and
    say so: they cite the passages counted, and ``basis`` names the computation.
    """

    text: str
    citations: tuple[int, ...]
    quoted: bool = True
    lang: str = "en"
    basis: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A story, a change or an alert within a section."""

    heading: str
    statements: tuple[Statement, ...]
    when: datetime | None = None
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of a briefing; ``note`` is shown where the section has nothing to say."""

    kind: SectionKind
    title: str
    items: tuple[Item, ...]
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Briefing:
    """A briefing for a subject and a half-open period, as of a moment, with the strictest label of its parts."""

    title: str
    about: str
    since: datetime
    until: datetime
    as_of: datetime | None
    made: datetime
    lang: str
    label: Label
    sections: tuple[Section, ...]
    citations: tuple[Citation, ...]
    documents: int
