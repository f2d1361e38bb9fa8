"""Series, signals, alerts and watchlists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from domain.label import Label
from domain.source import SourceHealth

SeriesKind = Literal["country", "dyad", "directed", "type", "entity", "watchlist"]
Measure = Literal["documents", "hostile", "cooperative", "intensity"]
AlertState = Literal["open", "closed"]
MEASURES: tuple[Measure, ...] = ("documents", "hostile", "cooperative", "intensity")


@dataclass(frozen=True, slots=True, order=True)
class SeriesKey:
    """Names a daily series: what it is about, and what of it is counted.

    Kinds: ``country:VN``, ``dyad:CN-VN`` (either direction, sorted codes), ``directed:CN-VN`` (by the first to the
    second), ``type:THREATEN`` (a PLOVER type), ``entity:body:asean`` and ``watchlist:rig``. Measures: ``documents``
    (not written), ``hostile`` and ``cooperative`` (coded events of quad classes 3 and 4, and 1 and 2), ``intensity``
    (the sum of their Goldstein values): ``dyad:CN-VN/hostile``.
    """

    kind: SeriesKind
    subject: tuple[str, ...]
    measure: Measure = "documents"

    def __str__(self) -> str:
        plain = f"{self.kind}:{'-'.join(self.subject)}"
        return plain if self.measure == "documents" else f"{plain}/{self.measure}"

    @property
    def bare(self) -> SeriesKey:
        """The same subject counted in documents: what an episode, a mute and a desk are about."""
        return SeriesKey(self.kind, self.subject)


def parse_series(text: str) -> SeriesKey:
    """The key that ``str(key)`` wrote.

    Raises:
        ValueError: the text names no series.
    """
    kind, _, rest = text.partition(":")
    measure: Measure = "documents"
    for one in MEASURES[1:]:
        if rest.endswith(f"/{one}"):
            measure, rest = one, rest.removesuffix(f"/{one}")
    if kind in ("country", "watchlist", "type", "entity") and rest:
        return SeriesKey(kind, (rest,), measure)  # type: ignore[arg-type]
    parts = rest.split("-")
    if kind == "dyad" and len(parts) == 2 and all(parts):
        return SeriesKey("dyad", tuple(sorted(parts)), measure)
    if kind == "directed" and len(parts) == 2 and all(parts):
        return SeriesKey("directed", tuple(parts), measure)
    raise ValueError(f"not a series: {text!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Daily counts of one subject, ``counts[i]`` on day ``first + i``, and how much was read that day.

    ``exposure[i]`` is the number of documents taken in that day from all sources: the offset against which the
    counts are judged, so that more reading does not look like more happening.
    """

    key: SeriesKey
    first: date
    counts: tuple[int, ...]
    exposure: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.counts) != len(self.exposure):
            raise ValueError(f"{self.key}: {len(self.counts)} counts but {len(self.exposure)} days of exposure")

    def day(self, i: int) -> date:
        """The calendar day of position i."""
        return self.first + timedelta(days=i)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A series that left its baseline on a day, as one detector sees it.

    Attributes:
        observed: the count. expected: the baseline's mean for that day. spread: its standard deviation.
        score: higher is stranger; a detector says in its docstring what it is. p_value: chance of at least this
            much under the baseline, where the detector has one.
        fired: whether the detector's own threshold was passed.
        window: the days the baseline was taken from, half-open.
    """

    key: SeriesKey
    day: date
    detector: str
    observed: int
    expected: float
    spread: float
    score: float
    p_value: float | None
    fired: bool
    window: tuple[date, date]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A document behind an alert, with the passage that shows it."""

    document_id: str
    passage_id: int
    title: str
    source: str
    lang: str
    published: datetime | None
    text: str
    label: Label = Label.OPEN
    story_id: str | None = field(default=None, compare=False)
    """The story that the document is in, as its reader sees it when it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One episode of a series away from its baseline: opened once, then continued, then closed.

    Attributes:
        opened: the day it was raised. last: the last day a signal kept it open.
        score: the strongest signal's; signals: the detectors' views on the day it was raised.
        health: the sources behind the counted documents, as they stood when it was raised.
        peak: the highest daily count of the episode so far.
        explanation: why it was raised, beyond the signals: ``probability``, ``severity``, ``counterfactual`` (what
            would have had to be different), ``drivers``, ``sources``, ``precedents``, ``escalations`` ...
    """

    id: str
    key: SeriesKey
    title: str
    opened: date
    last: date
    state: AlertState
    score: float
    observed: int
    expected: float
    peak: int
    signals: tuple[Signal, ...]
    evidence: tuple[Evidence, ...] = ()
    health: tuple[SourceHealth, ...] = ()
    label: Label = Label.OPEN
    acknowledged: datetime | None = None
    acknowledged_by: str | None = None
    note: str | None = None
    explanation: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """A series a desk does not want to hear of until an instant; None means until it is lifted."""

    key: SeriesKey
    until: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchlist:
    """What a desk follows: a document counts when it holds a word, names an entity, or means the sentence.

    Attributes:
        words: phrases, matched folded and whole. entities: canonical ids.
        sentence: matched by meaning; a passage counts from cosine ``threshold`` on.
        require: entities of which at least one must be named as well, to keep a broad sentence to its subject.
    """

    name: str
    words: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    sentence: str | None = None
    threshold: float = 0.55
    require: tuple[str, ...] = ()
