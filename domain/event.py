"""Coded events: who did what to whom, when; and what tables of articles say beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, TypeAlias

from domain.ids import digest, event_id
from domain.label import Label

Modality: TypeAlias = Literal["done", "negated", "future", "hypothetical"]
MODALITIES: tuple[Modality, ...] = ("done", "negated", "future", "hypothetical")
_QUADS: tuple[int, ...] = (0, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One coded event (CAMEO: Gerner and others 2002; quad classes as in GDELT).

    Attributes:
        day: when it happened. known: when Vedette could first have known it.
        source_country, target_country: ISO 3166-1 alpha-2; None where the table names none that we know.
        cameo: two to four digits as text. goldstein: -10 (conflict) to 10 (cooperation) (Goldstein 1992).
        origin: the table or method it came from. document_id: the text it was coded from, if any.
        external_id: the row's own number in its table, with the table's name before it (``gdelt:1234``).
        mentions: in how many places it was mentioned when it was first told.
        place, place_country, lat, lon: where it happened; the country as ISO 3166-1 alpha-2, degrees of WGS 84.
        modality: whether it is told as done; only what is done is counted.
        confidence: of the coder, 0 to 1. passage_id: where in the document it is told.
        facts: what else the table says and no other field holds: fatalities, precision, notes ...; ``country_by`` and
            ``country_of`` (source, target, both) where a country was added to what the table says.
    """

    day: date
    known: datetime
    source_actor: str
    target_actor: str
    source_country: str | None
    target_country: str | None
    cameo: str
    goldstein: float | None
    origin: str
    document_id: str | None = None
    url: str | None = None
    mentions: int = 1
    label: Label = Label.OPEN
    external_id: str | None = None
    place: str = ""
    place_country: str | None = None
    lat: float | None = None
    lon: float | None = None
    facts: Mapping[str, str | float] = field(default_factory=dict, hash=False)
    modality: Modality = "done"
    confidence: float | None = None
    passage_id: int | None = None

    @property
    def id(self) -> str:
        """Computed from the row's number where it has one, else from what the event says: imported twice, it is one."""
        if self.external_id is not None:
            return numbered_event(self.external_id)
        added = self.facts.get("country_of")  # a country that the table does not say is no part of the row
        source = "" if added in ("source", "both") else self.source_country or ""
        target = "" if added in ("target", "both") else self.target_country or ""
        return event_id(
            (self.origin, self.day.isoformat(), self.source_actor, self.target_actor, source, target, self.cameo,
             self.document_id or self.url or "")
        )  # fmt: skip

    @property
    def report(self) -> str | None:
        """Equal for two rows that tell one report twice: same day, actors, code, place and address of the report.

        None without an address or a number: then nothing shows that two alike rows are not two events.
        """
        if self.external_id is None or self.url is None:
            return None
        return digest(
            ("report", self.external_id.partition(":")[0], self.day.isoformat(), self.source_actor, self.target_actor,
             self.source_country or "", self.target_country or "", self.cameo, self.place, self.url)
        )  # fmt: skip

    @property
    def root(self) -> int:
        """CAMEO root, 1 to 20."""
        return int(self.cameo[:2])

    @property
    def quad(self) -> Literal[0, 1, 2, 3, 4]:
        """1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict."""
        return _QUADS[self.root]  # type: ignore[return-value]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMention:
    """One place in one article that mentions an event.

    Attributes:
        event: the event's number with its table's name (``Event.external_id``).
        event_at: when the table first told the event. at: when it found this mention. known: when we knew it.
        identifier: the article's canonical address, or how a source without addresses is cited.
        kind: web, citation, core, dtic, jstor, or unknown. outlet: whose article it is.
        sentence: the sentence that tells it, from 1. confidence: of its extraction, 0 to 100.
        tone: of the article, -100 to 100. lang: of the article before translation (ISO 639).
    """

    event: str
    event_at: datetime
    at: datetime
    known: datetime
    kind: str
    outlet: str
    identifier: str
    sentence: int
    confidence: int
    tone: float | None = None
    lang: str | None = None
    label: Label = Label.OPEN

    @property
    def id(self) -> str:
        """From the event, the article and the sentence."""
        return "m" + digest(("mention", self.event, self.identifier, str(self.sentence)))

    @property
    def event_id(self) -> str:
        """The id of the event mentioned."""
        return numbered_event(self.event)

    @property
    def later(self) -> bool:
        """Whether it came after the event was first told, so that the event's own count does not hold it."""
        return self.at > self.event_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A place that an article names: its country as ISO 3166-1 alpha-2, degrees of WGS 84, how often it is named."""

    name: str
    country: str | None
    lat: float | None
    lon: float | None
    mentions: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleFacts:
    """What a table of articles (GDELT's Global Knowledge Graph) says of one, without its text.

    Attributes:
        record: the table's own name for the row. at: when the table told it. known: when we knew it.
        url: the article's canonical address, by which a document is joined; None for sources without addresses.
        published: as the article itself says, where the table tells. lang: before translation (ISO 639).
        themes: codes in the order of the table. tone: positive less negative words, in percent.
        quotations: (verb, quotation) pairs.
    """

    record: str
    at: datetime
    known: datetime
    outlet: str
    identifier: str
    url: str | None = None
    published: datetime | None = None
    title: str = ""
    lang: str | None = None
    themes: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    places: tuple[Located, ...] = ()
    quotations: tuple[tuple[str, str], ...] = ()
    tone: float | None = None
    positive: float | None = None
    negative: float | None = None
    words: int | None = None
    label: Label = Label.OPEN

    @property
    def countries(self) -> dict[str, int]:
        """How often each country is named, by itself or by a place in it."""
        counted: dict[str, int] = {}
        for place in self.places:
            if place.country:
                counted[place.country] = counted.get(place.country, 0) + place.mentions
        return counted


Coded: TypeAlias = Event | EventMention | ArticleFacts
"""Everything that a table of coded events and its companions hold."""


def numbered_event(external_id: str) -> str:
    """The id of the event with this number (``table:number``)."""
    return event_id(("numbered", external_id))
