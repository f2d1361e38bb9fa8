"""The wording of an alert's title, in plain English."""

from __future__ import annotations

from collections.abc import Mapping

from alerts.scoring import Verdict
from domain.alert import SeriesKey


def subject(key: SeriesKey, *, names: Mapping[str, str] | None = None) -> str:
    """What a series is about, in words; a code without a name stands for itself.

    >>> subject(SeriesKey("dyad", ("CN", "VN")), names={"CN": "China", "VN": "Vietnam"})
    'China and Vietnam'
    >>> subject(SeriesKey("watchlist", ("rig",)))
    'Watchlist rig'
    """
    known = names or {}
    if key.kind == "watchlist":
        return f"Watchlist {key.subject[0]}"
    return " and ".join(known.get(code, code) for code in key.subject)


def quantity(value: float) -> str:
    """A number of reports expected, as short as it can honestly be said.

    >>> [quantity(v) for v in (0.017, 0.26, 1.0, 3.96, 41.7)]
    ['under 0.1', '0.3', '1', '4', '42']
    """
    if value < 0.05:
        return "under 0.1"
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}".removesuffix(".0")


def title(
    key: SeriesKey,
    *,
    observed: int,
    expected: float,
    days: int = 1,
    names: Mapping[str, str] | None = None,
    unit: tuple[str, str] = ("report", "reports"),
) -> str:
    """An alert's title: the subject, what was counted in the last days, and what the baseline made likely.

    ``unit`` is what is counted, singular and plural.

    >>> names = {"CN": "China", "VN": "Vietnam"}
    >>> title(SeriesKey("dyad", ("CN", "VN")), observed=7, expected=0.3, names=names)
    'China and Vietnam: 7 reports in a day against 0.3 expected'
    >>> title(SeriesKey("country", ("VN",)), observed=4, expected=0.02, days=3, names=names)
    'Vietnam: 4 reports in 3 days against under 0.1 expected'
    """
    span = "a day" if days == 1 else f"{days} days"
    what = unit[0] if observed == 1 else unit[1]
    return f"{subject(key, names=names)}: {observed} {what} in {span} against {quantity(expected)} expected"


def title_of(verdict: Verdict, *, names: Mapping[str, str] | None = None) -> str:
    """The title of the alert that a verdict raises, told by the days that say most."""
    seen = verdict.stretch
    if seen is None:
        return title(verdict.key, observed=verdict.observed, expected=verdict.expected, names=names)
    return title(verdict.key, observed=seen.observed, expected=seen.expected, days=seen.days, names=names)
