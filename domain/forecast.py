"""Forecasts: what is expected of a series over the days to come, by the model and by the naive ones beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal, TypeAlias

from domain.alert import SeriesKey
from domain.label import Label

What: TypeAlias = Literal["onset", "hostile", "cooperative"]
Method: TypeAlias = Literal["model", "climatology", "persistence", "no-change"]
WHATS: tuple[What, ...] = ("onset", "hostile", "cooperative")
METHODS: tuple[Method, ...] = ("model", "climatology", "persistence", "no-change")
NAIVE: tuple[Method, ...] = METHODS[1:]
HORIZONS: tuple[int, ...] = (7, 30)
JUDGED_AFTER = 6
"""An onset is known at the end of the sixth day after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One method's forecast of one thing over the days ``(made, made + horizon]``.

    Attributes:
        probability: of at least one onset; None for counts.
        mean, dispersion: of the number of events, negative binomial (variance m + a * m * m); None for onsets.
        intervals: level (0.5, 0.8, 0.95) to the central interval of the number of events, both ends included.
    """

    series: SeriesKey
    made: date
    horizon: int
    what: What
    method: Method
    probability: float | None = None
    mean: float | None = None
    dispersion: float | None = None
    intervals: Mapping[float, tuple[int, int]] = field(default_factory=dict, hash=False)

    @property
    def due(self) -> date:
        """The last day that decides what came of it."""
        return self.made + timedelta(days=self.horizon + (JUDGED_AFTER if self.what == "onset" else 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """How much better the model was than the best naive forecast, on forecasts whose day has come.

    Attributes:
        kind: of the series: country or dyad. n: so many forecasts were scored. basis: ``here`` for those of this
            store; ``estimated`` where it has too few, for those of the tables the model was measured on.
        score: brier, or crps in events; of the model. naive: the best naive one's, and ``best`` which it was.
        value: 1 - score / naive; above zero the model is better. low, high: the 95 % interval, blocks of weeks drawn.
    """

    kind: str
    what: What
    horizon: int
    n: int
    basis: Literal["here", "estimated"]
    score: float
    naive: float
    best: Method
    value: float
    low: float
    high: float

    @property
    def proven(self) -> bool:
        """Whether the model is better beyond chance."""
        return self.low > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """All that is forecast of a series on a day, and what is to be said beside it.

    Attributes:
        told_until: the last day of which an event was told; None where none ever was.
        hostile, cooperative: events of the last 7 and 30 days, for comparison.
        under_way: how far an onset of the last week has come, 1 and more: it is one already.
        enough: whether the series has enough past for the model; otherwise there is climatology alone.
        notes: what the reader has to know: a short past, a silent store, a model without proven skill.
    """

    series: SeriesKey
    as_of: date
    told_until: date | None
    history_days: int
    events: int
    hostile: tuple[int, int]
    cooperative: tuple[int, int]
    under_way: float
    enough: bool
    estimates: tuple[Estimate, ...]
    skills: tuple[Skill, ...] = ()
    notes: tuple[str, ...] = ()
    label: Label = Label.OPEN

    def of(self, what: What, horizon: int, method: Method = "model") -> Estimate | None:
        """One of the estimates; None where the method has none."""
        found = (e for e in self.estimates if (e.what, e.horizon, e.method) == (what, horizon, method))
        return next(found, None)

    def skill(self, what: What, horizon: int) -> Skill | None:
        """The skill of the model on such series; None where nothing was measured."""
        return next((s for s in self.skills if (s.what, s.horizon) == (what, horizon)), None)
