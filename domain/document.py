"""Documents: what was said, by whom, when it was published and when we knew it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, TypeAlias

from domain.entity import Mention
from domain.ids import content_hash, document_id
from domain.label import Label

Meta: TypeAlias = Mapping[str, str | list[str]]
KnownBasis = Literal["fetched", "published"]


class DocumentKind(StrEnum):
    """What sort of paper it is; it decides how it is shown, not how it is searched."""

    REPORT = "report"
    CABLE = "cable"
    PAPER = "paper"
    PAGE = "page"
    MAIL = "mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One text as it was taken in, before anything was understood of it.

    Attributes:
        source: name of the outlet, post, series or folder it came from.
        text: plain text, as written; offsets everywhere count its code points.
        html: the same text marked up, made harmless; empty where markup adds nothing. For showing only: it is neither
            searched nor part of the content hash.
        item: the address or path (and number) it was read from; names it in failures.
        known: when Vedette could first have known it (aware UTC).
        known_basis: ``fetched`` when ``known`` is the moment of reading, ``published`` when an archive is replayed.
        published: when its author published it, or None when it does not say.
        lang_hint: language its source claims (BCP 47), not yet believed.
        meta: what the format carries besides: from, to, place, references, classification as printed ...
    """

    source: str
    title: str
    text: str
    item: str
    known: datetime
    known_basis: KnownBasis = "fetched"
    published: datetime | None = None
    url: str | None = None
    external_id: str | None = None
    lang_hint: str | None = None
    kind: DocumentKind = DocumentKind.REPORT
    label: Label = Label.OPEN
    html: str = ""
    meta: Meta = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What names it within its source: its external id, else its URL, else where it was read."""
        return self.external_id or self.url or self.item

    @property
    def id(self) -> str:
        """Its identity, the same in every run."""
        return document_id(source=self.source, key=self.key)

    @property
    def content_hash(self) -> str:
        """The hash by which an exact duplicate is known."""
        return content_hash(title=self.title, text=self.text)


@dataclass(frozen=True, slots=True)
class Span:
    """Code points ``start <= i < end`` of a document's text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """About 150 words of a document on sentence bounds: the unit of search and citation."""

    n: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Language:
    """A language (ISO 639-1 where there is one, ``und`` when unknown) and how sure of it we are, 0 to 1."""

    code: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What was understood of one document.

    ``vectors`` are in passage order, one row each, and ``parts`` the rows of each one's sentences (empty where it has
    only one), both as they are stored. ``mentions`` count their offsets in the text, ``title_mentions`` in
    the title: many a feed names a country nowhere else.
    """

    language: Language
    sentences: tuple[Span, ...]
    passages: tuple[Passage, ...]
    mentions: tuple[Mention, ...]
    vectors: tuple[bytes, ...] = ()
    parts: tuple[bytes, ...] = ()
    encoder: str = ""
    notes: tuple[str, ...] = ()
    title_mentions: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One answer of a search: a passage of a document, as the command contract prints it.

    ``marks`` are the spans of ``text`` that hold words of the query.
    """

    document_id: str
    external_id: str | None
    passage_id: int
    title: str
    source: str
    lang: str
    published: datetime | None
    url: str | None
    score: float
    text: str
    label: Label = Label.OPEN
    marks: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a search, a series or a briefing is confined to; an empty field does not confine.

    Attributes:
        langs: ISO 639-1 codes. countries: ISO 3166-1 alpha-2 codes; a document must mention at least one.
        since, until: half-open on the publication time (on the known time where none is given).
        as_of: only what was known before this instant, in the version known then.
        clearance: nothing above this label is seen, counted or ranked.
    """

    langs: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    as_of: datetime | None = None
    clearance: Label = Label.TOP_SECRET
