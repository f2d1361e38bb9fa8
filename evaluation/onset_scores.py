"""How right alerts on dyads are: matched with onsets of sustained hostility, kept within budgets of alerts a day.

What an onset is stands in ``alerts.onsets``. An alert on day a matches an onset on day t when a lies from 7 days
before t to 1 day after it; its lead is t - a. Scored are the dyads with at least 12 hostile events in the table, on
its days after the first 28 and before the last 7. Of alerts with scores the best are kept, up to the budget times the
days scored, at most one a dyad in any 7 days: a threshold that only hindsight knows, the same for every method.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alerts.onsets import WARM, panel_onsets
from alerts.panel import EventColumns, Floats, Ints, panel
from alerts.ranking.examples import SCORED
from domain.errors import InputError

TAIL, COOL, BEFORE, AFTER = 7, 7, 7, 1
YEAR = 365.25


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Truth:
    """What came, known only afterwards: alerts are judged by it, never made from it.

    Attributes:
        dyads: the scored ones as ``A|B``, sorted. counts: their hostile events, dyads x days.
        first: ordinal of the table's first day. begin, end: the offsets scored, half-open.
        onset_dyad, onset_day: the onsets in that span, as a row and an offset.
        exposure: events told on each day, of all.
    """

    dyads: tuple[str, ...]
    counts: Ints
    first: int
    begin: int
    end: int
    onset_dyad: Ints
    onset_day: Ints
    exposure: Ints

    @property
    def days(self) -> int:
        """Of the table."""
        return int(self.counts.shape[1])

    @property
    def span(self) -> int:
        """Days scored."""
        return self.end - self.begin

    @property
    def dyad_years(self) -> float:
        """Years scored, over all dyads."""
        return len(self.dyads) * self.span / YEAR


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Scores:
    """Scored dyad-days: which dyad (row of the truth), which day (offset), how strongly."""

    dyad: Ints
    day: Ints
    score: Floats

    def where(self, keep: npt.NDArray[np.bool_] | Ints) -> Scores:
        """Only some, or in another order."""
        return Scores(dyad=self.dyad[keep], day=self.day[keep], score=self.score[keep])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Matched:
    """Alerts beside onsets: for each alert the onset it matches (-1: none), for each onset its lead (NaN: missed)."""

    alerts: Scores
    onset: Ints
    lead: Floats

    @property
    def hit(self) -> npt.NDArray[np.bool_]:
        """Which alerts were right."""
        return self.onset >= 0


def truth(events: EventColumns, *, begin: int | None = None, end: int | None = None, item: str = "") -> Truth:
    """What came of the dyads of a table; ``begin`` and ``end`` are ordinal days, half-open, by default all that can be.

    Raises:
        InputError: the table has no events between countries, is too short, or the days lie outside what it can score.
    """
    between = (events.source != events.target) & (events.source >= 0) & (events.target >= 0)
    if not between.any():
        raise InputError("no event between two countries", item=item, stage="backtest")
    low, high = int(events.day[between].min()), int(events.day[between].max())
    days = high - low + 1
    if days <= WARM + TAIL:
        reason = f"{days} days are too few: {WARM} are learned from, the last {TAIL} cannot be judged"
        raise InputError(reason, item=item, stage="backtest")
    start = WARM if begin is None else max(WARM, begin - low)
    stop = days - TAIL if end is None else min(days - TAIL, end - low)
    if begin is not None and not low <= begin <= high - TAIL:
        raise _outside("--from", begin, low, high, item)
    if end is not None and not low + WARM < end <= high + 1:
        raise _outside("--to", end - 1, low, high, item)
    if start >= stop:
        raise InputError("no day is left to score between --from and --to", item=item, stage="backtest")
    made = panel(events, first=low, last=high)
    rows = np.flatnonzero(made.totals() >= SCORED)
    labels = ["|".join(made.subject(int(i))) for i in rows]
    order = np.array(sorted(range(len(rows)), key=labels.__getitem__), dtype=np.int64)
    at = np.full(len(made), -1, dtype=np.int64)
    at[rows[order]] = np.arange(len(rows))
    series, day = panel_onsets(made)
    # The benchmark leaves out the day before the last seven, though it could be judged.
    inside = (at[series] >= 0) & (day >= start) & (day < stop)
    counts = np.zeros((len(rows), days), dtype=np.int64)
    owner = at[made.series_of_cell]
    cells = owner >= 0
    counts[owner[cells], made.day[cells]] = made.values[cells, 0].astype(np.int64)
    return Truth(
        dyads=tuple(labels[i] for i in order), counts=counts, first=low, begin=start, end=stop,
        onset_dyad=at[series[inside]], onset_day=day[inside], exposure=made.exposure,
    )  # fmt: skip


def _outside(name: str, day: int, low: int, high: int, item: str) -> InputError:
    from datetime import date

    said, first, last = (date.fromordinal(d) for d in (day, low, high))
    reason = f"{name} {said} is outside what can be scored: the events run from {first} to {last}"
    return InputError(reason, item=item, stage="backtest")


def room(came: Truth, budget: float) -> int:
    """Alerts that a budget a day has room for over the days scored."""
    return int(budget * came.span)


def keep(found: Scores, came: Truth, budget: float) -> Scores:
    """The best-scored up to the budget, best first; of equal ones the earlier, then by the dyad's name.

    What a smaller budget keeps is the beginning of what a larger one does.
    """
    inside = np.flatnonzero((found.day >= came.begin) & (found.day < came.end))
    order = inside[np.lexsort((found.dyad[inside], found.day[inside], -found.score[inside]))]
    most = room(came, budget)
    kept: list[int] = []
    used: dict[int, list[int]] = {}
    dyads, days = found.dyad.tolist(), found.day.tolist()
    for i in order.tolist():
        if len(kept) == most:
            break
        before = used.setdefault(dyads[i], [])
        if any(abs(days[i] - d) < COOL for d in before):
            continue
        before.append(days[i])
        kept.append(i)
    return found.where(np.array(kept, dtype=np.int64))


def match(alerts: Scores, came: Truth) -> Matched:
    """Which alerts were right, and with what lead each onset was warned of (the longest, where several did)."""
    by: dict[int, list[tuple[int, int]]] = {}
    for n, (dyad, t) in enumerate(zip(came.onset_dyad.tolist(), came.onset_day.tolist(), strict=True)):
        by.setdefault(dyad, []).append((n, t))
    onset = np.full(len(alerts.day), -1, dtype=np.int64)
    lead = np.full(len(came.onset_day), np.nan)
    for i, (dyad, day) in enumerate(zip(alerts.dyad.tolist(), alerts.day.tolist(), strict=True)):
        for n, t in by.get(dyad, ()):
            if -AFTER <= t - day <= BEFORE:
                onset[i] = n
                lead[n] = np.fmax(lead[n], t - day)
    return Matched(alerts=alerts, onset=onset, lead=lead)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How right alerts were. Shares are rounded to 4 digits, leads (days) to 2; a lead is None where none was hit."""

    alerts: float
    precision: float
    recall: float
    f1: float
    mean_lead: float | None
    median_lead: float | None
    false_per_dyad_year: float


def figures(one: Matched, came: Truth) -> Figures:
    """Precision, recall, F1, lead, false alarms a dyad-year."""
    n, hits = len(one.onset), int(one.hit.sum())
    leads = one.lead[~np.isnan(one.lead)]
    precision, recall = hits / max(1, n), len(leads) / max(1, len(one.lead))
    return Figures(
        alerts=n, precision=round(precision, 4), recall=round(recall, 4), f1=round(_f1(precision, recall), 4),
        mean_lead=round(float(leads.mean()), 2) if len(leads) else None,
        median_lead=round(float(np.median(leads)), 2) if len(leads) else None,
        false_per_dyad_year=round((n - hits) / max(came.dyad_years, 1e-9), 4),
    )  # fmt: skip


def average(several: Sequence[Figures]) -> Figures:
    """The mean of each figure; of leads, over those that have one."""

    def mean(name: str, digits: int) -> float | None:
        values = [v for one in several if (v := getattr(one, name)) is not None]
        return round(float(np.mean(values)), digits) if values else None

    return Figures(
        alerts=mean("alerts", 2) or 0, precision=mean("precision", 4) or 0.0, recall=mean("recall", 4) or 0.0,
        f1=mean("f1", 4) or 0.0, mean_lead=mean("mean_lead", 2), median_lead=mean("median_lead", 2),
        false_per_dyad_year=mean("false_per_dyad_year", 4) or 0.0,
    )  # fmt: skip


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / max(1e-9, precision + recall)
