"""Examples to learn from: every dyad in question on every day of a table, what was seen and what came.

The seen part is made by the very windows that a scan makes; only the answers look ahead.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from alerts.onsets import AHEAD, panel_onsets
from alerts.panel import EventColumns, Floats, Ints, panel
from alerts.ranking.features import DETECTED, LEFT_OUT, Features, detected, facts, rises
from alerts.ranking.structural import AHEAD_DAYS
from alerts.ranking.window import window

LEAD = 1
"""An alert is right for learning from so many days before an onset to one after it; a longer lead is mostly luck."""
WARM = 20
SCORED = 12
"""Hostile events that a dyad has in a table to be among those that the benchmark scores."""


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """One row a dyad and day.

    Attributes:
        day: offset in the table. series: row of the dyad panel. total: hostile events of the dyad in the whole table.
        rises, facts, detected: features. more: hostile events in the next six days. onset: whether one began on the
        day before, the day itself, or begins on the next. week: whether one begins within 7 days (or began yesterday).
        judged: whether enough of the table lies before and after for the answers to be known.
    """

    name: str
    day: Ints
    series: Ints
    total: Floats
    rises: Features
    facts: Features
    detected: Features
    more: Floats
    onset: npt.NDArray[np.bool_]
    week: npt.NDArray[np.bool_]
    judged: npt.NDArray[np.bool_]
    days: int

    def __len__(self) -> int:
        return len(self.day)

    def where(self, keep: npt.NDArray[np.bool_]) -> Examples:
        """Only some rows."""

        def cut(features: Features) -> Features:
            return {name: values[keep] for name, values in features.items()}

        return replace(
            self, day=self.day[keep], series=self.series[keep], total=self.total[keep], rises=cut(self.rises),
            facts=cut(self.facts), detected=cut(self.detected), more=self.more[keep], onset=self.onset[keep],
            week=self.week[keep], judged=self.judged[keep],
        )  # fmt: skip


def examples(events: EventColumns, *, name: str) -> Examples:
    """All examples of a table."""
    dyads, countries = panel(events), panel(events, kind="country")
    series, start = panel_onsets(dyads, warm=0)
    began: dict[int, list[int]] = {}
    for i, t in zip(series.tolist(), start.tolist(), strict=True):
        began.setdefault(i, []).append(t)
    totals, running = dyads.totals(), dyads.cumulative()
    parts: list[tuple[Ints, Ints, Features, Features, Features]] = []
    for offset in range(dyads.days):
        w = window(dyads, countries, dyads.first + offset)
        if len(w):
            f = rises(w)
            found = detected(w, names=(*DETECTED, *LEFT_OUT))
            parts.append((np.full(len(w), offset, np.int64), w.rows, f, facts(f), found))
    day = np.concatenate([p[0] for p in parts])
    rows = np.concatenate([p[1] for p in parts])
    joined = [
        {key: np.concatenate([one[key] for one in group]) for key in group[0]}
        for group in ([p[2] for p in parts], [p[3] for p in parts], [p[4] for p in parts])
    ]
    more = dyads.between(rows, day + 1, day + 1 + AHEAD_DAYS, running=running)[:, 0]

    def near(ahead: int) -> npt.NDArray[np.bool_]:
        places = zip(rows.tolist(), day.tolist(), strict=True)
        return np.array([any(-1 <= t - d <= ahead for t in began.get(i, ())) for i, d in places], dtype=bool)

    return Examples(
        name=name, day=day, series=rows, total=totals[rows], rises=joined[0], facts=joined[1], detected=joined[2],
        more=more, onset=near(LEAD), week=near(AHEAD), judged=(day >= WARM) & (day < dyads.days - 2 * AHEAD),
        days=dyads.days,
    )  # fmt: skip


def thinned(events: EventColumns, *, share: float, seed: int) -> EventColumns:
    """A random share of the events: the same world seen by fewer sources."""
    return events.where(np.random.default_rng(seed).random(len(events)) < share)
