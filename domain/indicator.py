"""Scenarios: what an analyst watches for, as weighted indicators on a board."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from domain.alert import SeriesKey, parse_series

Scale: TypeAlias = Literal["deviation", "percentile"]
SCALES: tuple[Scale, ...] = ("deviation", "percentile")
MOST_INDICATORS = 20
MOST_WEIGHT = 100.0
LONGEST_WINDOW = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One series of a scenario; a watchlist is a series too.

    Attributes:
        weight: its share in the scenario's level. A negative one counts when the series falls: less cooperation, or an
            intensity (the sum of Goldstein values) that sinks.
    """

    series: SeriesKey
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A future to watch for, with the series that would move if it came.

    Attributes:
        scale: how a value becomes a level from 0 to 100: by its robust deviation from its own past year, where the
            usual is 0, or by its percentile among that year's values, where the usual is 50.
        window: days that a value is taken over, the day itself last.
    """

    name: str
    title: str = ""
    indicators: tuple[Indicator, ...] = ()
    scale: Scale = "deviation"
    window: int = 7


def natural_weight(key: SeriesKey) -> float:
    """The sign with which a series speaks for trouble.

    >>> natural_weight(SeriesKey("dyad", ("CN", "VN"), "intensity"))
    -1.0
    """
    return -1.0 if key.measure in ("cooperative", "intensity") else 1.0


def parse_indicator(text: str) -> Indicator:
    """An indicator from ``SERIES`` or ``SERIES=WEIGHT``; without a weight it has its natural one.

    Raises:
        ValueError: it names no series, or the weight is no number.

    >>> parse_indicator("dyad:CN-VN/hostile=2.5").weight
    2.5
    """
    name, found, weight = text.strip().rpartition("=")
    if not found:
        name = weight
    key = parse_series(name.strip())
    return Indicator(series=key, weight=float(weight) if found else natural_weight(key))


def scenario_from(body: Mapping[str, Any]) -> Scenario:
    """The scenario that ``plain`` wrote.

    Raises:
        ValueError: it wrote no such thing.
    """
    try:
        found = tuple(
            Indicator(series=parse_series(x["series"]), weight=float(x["weight"])) for x in body["indicators"]
        )
        made = Scenario(
            name=str(body["name"]), title=str(body["title"]), indicators=found, scale=body["scale"],
            window=int(body["window"]),
        )  # fmt: skip
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a scenario: {error}") from error
    if made.scale not in SCALES:
        raise ValueError(f"not a scenario: unknown scale {made.scale!r}")
    return made
