"""Precedents: past episodes like one of now, and what came after them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain.alert import SeriesKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """What followed in the 30 days after the compared days of a past episode.

    Attributes:
        first, last: those days, both included.
        quads: events of quad class 1 to 4: verbal and material cooperation, verbal and material conflict.
        before: the same of the 30 days before the episode.
        peak: the most hostile events in any 7 of the days; week: those of the compared days' last 7.
        escalated: whether ``peak`` was above ``week``.
        quiet: the first day of 7 with no more hostile events than usual before the episode; None where it never came.
    """

    first: date
    last: date
    quads: tuple[int, int, int, int]
    before: tuple[int, int, int, int]
    peak: int
    week: int
    escalated: bool
    quiet: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedent:
    """A past episode and how like it is.

    Attributes:
        onset: its first day. age: so many days from the onset on were compared (the same as those of the episode now).
        likeness: 0 to 1, of all three. shape, kinds, level: their own likeness: of the course of the hostile events,
            of the root codes, and of how many events there were.
        hostile: its hostile events in the compared days. usual: its weekly mean before.
        roots: the three commonest CAMEO roots of the compared days with their share.
    """

    series: SeriesKey
    onset: date
    age: int
    likeness: float
    shape: float
    kinds: float
    level: float
    hostile: int
    usual: float
    roots: tuple[tuple[int, float], ...]
    aftermath: Aftermath


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedents:
    """The episode now, the most similar past ones, and among how many they were looked for.

    ``note`` says why there are none or few.
    """

    series: SeriesKey
    as_of: date
    onset: date
    age: int
    hostile: int
    usual: float
    searched: int
    found: tuple[Precedent, ...]
    note: str = ""
