"""What a briefing is made from, and which of it matters for a subject and a period."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np
import numpy.typing as npt

from domain.alert import Alert, SeriesKey
from domain.document import Span
from domain.label import Label
from domain.protocols import Vectors
from domain.source import SourceHealth
from domain.story import Story

_NEAR_SUBJECT = 0.25
_RECENCY, _CLOSENESS = 0.5, 1.0


@dataclass(frozen=True, slots=True)
class Extract:
    """A passage as it is cited: its id in the store, its span in the document's text, and its own text."""

    id: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Paper:
    """A document as a briefing sees it.

    Attributes:
        vectors: one row a passage. sentence_vectors: one row a sentence, in the same space, where they were made; they
            let a sentence be told from its repeat in another language.
        countries: those prominent in it, ISO 3166-1 alpha-2. entities: canonical ids.
    """

    id: str
    title: str
    source: str
    lang: str
    published: datetime | None
    text: str
    sentences: tuple[Span, ...]
    passages: tuple[Extract, ...]
    vectors: Vectors
    external_id: str | None = None
    url: str | None = None
    label: Label = Label.OPEN
    countries: frozenset[str] = frozenset()
    entities: frozenset[str] = frozenset()
    sentence_vectors: Vectors | None = None

    def __post_init__(self) -> None:
        if len(self.vectors) != len(self.passages):
            raise ValueError(f"{self.id}: {len(self.passages)} passages but {len(self.vectors)} vectors")
        if self.sentence_vectors is not None and len(self.sentence_vectors) != len(self.sentences):
            raise ValueError(f"{self.id}: {len(self.sentences)} sentences but {len(self.sentence_vectors)} vectors")


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Daily counts of documents on one country or dyad.

    Attributes:
        now: a day of the period each. before: a day of the four weeks before it each.
        read_now, read_before: documents taken in on those days from all sources, the offset of the comparison.
        document_ids: the documents counted in the period.
    """

    key: SeriesKey
    now: tuple[int, ...]
    before: tuple[int, ...]
    read_now: tuple[int, ...]
    read_before: tuple[int, ...]
    document_ids: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.now) != len(self.read_now) or len(self.before) != len(self.read_before):
            raise ValueError(f"{self.key}: counts and reading cover different days")

    @property
    def total(self) -> int:
        """Documents counted in the period."""
        return sum(self.now)

    @property
    def expected(self) -> float | None:
        """What the weeks before lead to expect, for as much reading as there was; None when nothing was read then."""
        read = sum(self.read_before)
        return sum(self.before) / read * sum(self.read_now) if read else None

    @property
    def surprise(self) -> float:
        """(observed - expected) / sqrt(expected + 1): about a standard score of a Poisson count; 0 when unknown."""
        expected = self.expected
        return 0.0 if expected is None else (self.total - expected) / math.sqrt(expected + 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Subject:
    """What a briefing is about; without countries and vector it is about everything."""

    text: str = ""
    vector: npt.NDArray[np.float32] | None = None
    countries: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """All that a briefing is made from: nothing else is looked at, and nothing above the reader's clearance is in it.

    Attributes:
        since, until: the period, half-open. as_of: the moment whose knowledge was asked for. made: now.
        papers: the documents published in the period. stories: those that hold any of them.
        counts: figures now and for the four weeks before. health: the sources, as they stand at the end.
        languages: how many documents of the period are in each language. unsupported: languages in which the encoder
            cannot tell what a text means.
        read: documents taken in on each day of the period, from all sources; a day missing here is not judged.
    """

    since: datetime
    until: datetime
    made: datetime
    as_of: datetime | None = None
    subject: Subject = field(default_factory=Subject)
    papers: tuple[Paper, ...] = ()
    stories: tuple[Story, ...] = ()
    alerts: tuple[Alert, ...] = ()
    counts: tuple[Count, ...] = ()
    health: tuple[SourceHealth, ...] = ()
    languages: Mapping[str, int] = field(default_factory=dict)
    unsupported: frozenset[str] = frozenset()
    read: Mapping[date, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.since >= self.until:
            raise ValueError(f"the period ends before it begins: {self.since} >= {self.until}")
        if len({p.id for p in self.papers}) != len(self.papers):
            raise ValueError("a document is in the material twice")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Told:
    """A story with those of its documents that are in the material and on the subject, best first.

    ``sources`` are the independent ones: an outlet that only repeats another's text is not among them.
    """

    story: Story
    papers: tuple[Paper, ...]
    sources: tuple[str, ...]
    weight: float


def closeness(vectors: Vectors, subject: Subject) -> float:
    """Cosine of the nearest of these vectors to the subject, at least 0; 0 where either has none."""
    if subject.vector is None or len(vectors) == 0:
        return 0.0
    return max(0.0, float(np.max(np.asarray(vectors, dtype=np.float32) @ subject.vector)))


def relevant(paper: Paper, subject: Subject) -> bool:
    """Whether a document is on the subject: it names one of its countries, or else means something near to it."""
    if subject.countries:
        return bool(paper.countries & subject.countries)
    return subject.vector is None or closeness(paper.vectors, subject) >= _NEAR_SUBJECT


def concerns(key: SeriesKey, subject: Subject) -> bool:
    """Whether a series is on the subject; a watchlist always is, the desk having asked for it."""
    return key.kind == "watchlist" or not subject.countries or bool(subject.countries & set(key.subject))


def papers_on(material: Material) -> tuple[Paper, ...]:
    """The documents of the period on the subject, in the order given."""
    return tuple(p for p in material.papers if relevant(p, material.subject))


def alerts_on(material: Material) -> tuple[Alert, ...]:
    """The alerts that were open within the period and concern the subject, strongest first."""
    found = [
        a for a in material.alerts
        if a.opened < material.until.date() and a.last >= material.since.date() and concerns(a.key, material.subject)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda a: (-a.score, a.opened, a.id)))


def rank(material: Material) -> tuple[Told, ...]:
    """The stories on the subject, most important first.

    Weight: the binary logarithm of one more than the independent sources, half a point for the newest story of the
    period (less for older ones, in proportion), and up to one point for closeness to the subject. A document that is in
    no story counts as one of its own.
    """
    papers = {p.id: p for p in papers_on(material)}
    told = []
    grouped: set[str] = set()
    for story in material.stories:
        grouped.update(story.document_ids)
        if held := tuple(papers[i] for i in story.document_ids if i in papers):
            told.append(_told(story, held, material))
    told += [_told(_alone(p, material), (p,), material) for p in papers.values() if p.id not in grouped]
    return tuple(sorted(told, key=lambda t: (-round(t.weight, 6), t.story.first, t.story.id)))


def _told(story: Story, papers: tuple[Paper, ...], material: Material) -> Told:
    held = {p.source for p in papers}
    sources = tuple(s for s in story.sources if s in held) or (papers[0].source,)
    subject = material.subject
    newest = max((p.published for p in papers if p.published is not None), default=material.since)
    recency = (newest - material.since) / (material.until - material.since)
    near = max(closeness(p.vectors, subject) for p in papers)
    if subject.countries:
        named = frozenset[str]().union(*(p.countries for p in papers))
        near = (near + len(named & subject.countries) / len(subject.countries)) / 2
    weight = math.log2(1 + len(sources)) + _RECENCY * min(max(recency, 0.0), 1.0) + _CLOSENESS * near
    return Told(story=story, papers=papers, sources=sources, weight=weight)


def _alone(paper: Paper, material: Material) -> Story:
    at = paper.published or material.since
    return Story(
        id=paper.id, title=paper.title, document_ids=(paper.id,), external_ids=(paper.external_id,),
        languages=(paper.lang,), sources=(paper.source,), first=at, last=at,
    )  # fmt: skip
