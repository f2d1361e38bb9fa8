"""What a forecast knows of a series at the end of a day: figures of its past alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alerts.onsets import AHEAD, PAST, WARM, needed, panel_onsets
from alerts.panel import Floats, Ints, Panel

WINDOWS = (1, 3, 7, 14, 28, 56, 112, 364)
"""Days over which events are summed, each ending with the day of the forecast."""
PRIOR_DAYS = 14.0
"""A base rate is drawn towards one event in so many days."""
BASES = (112, 364)
"""Days of the two base rates of a series, the recent one and the long one."""
NAMES = (
    *(f"hostile_{w}" for w in WINDOWS), *(f"cooperative_{w}" for w in WINDOWS), *(f"all_{w}" for w in (7, 28, 112)),
    *(f"intensity_{w}" for w in (7, 28, 112)), "base_hostile", "base_cooperative", "long_hostile", "long_cooperative",
    "trend_7", "trend_28", "cooperative_trend_7", "cooperative_trend_28", "active_28", "active_112", "spread_112",
    "quiet", "since_onset", "onsets_364", "rise", "rise_age", "level", "exposure_trend", "history",
    "one_hostile_7", "other_hostile_7", "one_hostile_trend", "other_hostile_trend", "one_all_28", "other_all_28",
    "country",
)  # fmt: skip
"""Of the columns of ``features``, in this order."""


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """A panel made ready for many questions about its past.

    Attributes:
        countries: the panel of countries of the same days; onsets: series and offset of each, as known at the end.
    """

    made: Panel
    countries: Panel
    running: tuple[Ints, Floats]
    country_running: tuple[Ints, Floats]
    squares: Floats
    row_of: Ints
    onsets: tuple[Ints, Ints]
    exposure: Floats


def past(made: Panel, countries: Panel) -> Past:
    """Running sums of a panel, and of the panel of countries beside it (``made`` itself where it is that).

    Raises:
        ValueError: the two panels are not of the same days and names.
    """
    if (made.first, made.days, made.names) != (countries.first, countries.days, countries.names):
        raise ValueError("the panel of countries is of other days or names")
    hostile = made.values[:, 0].astype(np.float64)
    squares = np.zeros((len(hostile) + 1, 2))
    np.cumsum(np.stack([hostile**2, hostile > 0], axis=1), axis=0, out=squares[1:])
    row_of = np.full(max(len(made.names), 1), -1, dtype=np.int64)
    row_of[countries.members[:, 0]] = np.arange(len(countries))
    return Past(
        made=made, countries=countries, running=made.cumulative(), country_running=countries.cumulative(),
        squares=squares, row_of=row_of, onsets=panel_onsets(made),
        exposure=np.concatenate([[0.0], np.cumsum(made.exposure, dtype=np.float64)]),
    )  # fmt: skip


def features(past: Past, series: Ints, day: Ints) -> Floats:
    """One row a question: what is known of a series at the end of the day offset; columns are ``NAMES``.

    Nothing after the day enters: an onset counts once its seven days are over.
    """
    made = past.made
    series, day = np.asarray(series, np.int64), np.asarray(day, np.int64)
    end = day + 1
    sums = {w: made.between(series, end - w, end, running=past.running) for w in WINDOWS}
    history = np.minimum(end, 364).astype(np.float64)
    columns: list[Floats] = [np.log1p(sums[w][:, 0]) for w in WINDOWS]
    columns += [np.log1p(sums[w][:, 1]) for w in WINDOWS]
    columns += [np.log1p(sums[w][:, 2]) for w in (7, 28, 112)]
    columns += [sums[w][:, 3] / (1 + sums[w][:, 2]) for w in (7, 28, 112)]
    base = base_rates(sums[BASES[0]][:, :2], end, BASES[0])
    long_base = base_rates(sums[BASES[1]][:, :2], end, BASES[1])
    columns += [np.log(base[:, 0]), np.log(base[:, 1]), np.log(long_base[:, 0]), np.log(long_base[:, 1])]
    for measure in (0, 1):
        columns += [np.log((sums[w][:, measure] + 0.5) / (w * base[:, measure] + 0.5)) for w in (7, 28)]
    columns += list(_spread(past, series, end))
    columns += list(_onsets(past, series, day))
    rise, age = _rise(past, series, day)
    columns += [rise, age, np.log(needed(sums[PAST][:, 0], np.minimum(end, PAST)))]
    told = past.exposure[end]
    short, long = told - past.exposure[np.maximum(end - 7, 0)], told - past.exposure[np.maximum(end - 56, 0)]
    columns += [np.log((short / np.minimum(end, 7) + 1) / (long / np.minimum(end, 56) + 1)), history]
    columns += list(_members(past, series, end))
    columns.append(np.full(len(series), float(made.kind == "country")))
    return np.stack(columns, axis=1)


def base_rates(sums: Floats, end: Ints, width: int) -> Floats:
    """Events a day by the last ``width`` days (or as many as there are), drawn towards one in ``PRIOR_DAYS`` days."""
    return np.asarray((sums + 1.0) / (np.minimum(end, width)[:, None] + PRIOR_DAYS), dtype=np.float64)


def _spread(past: Past, series: Ints, end: Ints) -> tuple[Floats, Floats, Floats, Floats]:
    """Share of active days in 28 and 112, variance over mean in 112, and days since the last hostile event."""
    key, _ = past.running
    base = series * (past.made.days + 1)
    upto = np.searchsorted(key, base + end)
    found = []
    for w in (28, 112):
        low = np.searchsorted(key, base + np.maximum(end - w, 0))
        found.append((past.squares[upto] - past.squares[low], np.minimum(end, w)))
    (short, n28), (long, n112) = found
    total = past.made.between(series, end - 112, end, running=past.running)[:, 0]
    mean = total / n112
    spread = np.log1p(np.maximum(long[:, 0] / n112 - mean**2, 0) / (mean + 0.05))
    hot = np.flatnonzero(past.made.values[:, 0] > 0)
    at = np.searchsorted(key[hot], base + end) - 1
    seen = (at >= 0) & (np.where(at >= 0, key[hot[np.maximum(at, 0)]] if len(hot) else -1, -1) >= base)
    quiet = np.where(seen, end - 1 - (key[hot[np.maximum(at, 0)]] - base if len(hot) else 0), 364)
    return short[:, 1] / n28, long[:, 1] / n112, spread, np.log1p(np.minimum(quiet, 364)).astype(np.float64)


def _onsets(past: Past, series: Ints, day: Ints) -> tuple[Floats, Floats]:
    """Days since the last onset that is over by the day (364 at most), and how many there were in 364 days."""
    owner, at = past.onsets
    wide = past.made.days + 1
    key = owner * wide + at
    judged = np.searchsorted(key, series * wide + np.maximum(day - AHEAD + 1, -1), side="right")
    judged = np.where(day - AHEAD + 1 < 0, np.searchsorted(key, series * wide), judged)
    low = np.searchsorted(key, series * wide + np.maximum(day - 364, 0))
    number = np.maximum(judged - low, 0)
    last = at[np.maximum(judged - 1, 0)] if len(at) else np.zeros(len(series), np.int64)
    since = np.where(number > 0, day - last, 364)
    return np.log1p(np.minimum(since, 364)).astype(np.float64), number.astype(np.float64)


def _rise(past: Past, series: Ints, day: Ints) -> tuple[Floats, Floats]:
    """How far an onset of the last 7 days has come (1 and more: it is under way), and how many days ago it began."""
    best, age = np.zeros(len(series)), np.full(len(series), float(AHEAD))
    for back in range(AHEAD):
        t = day - back
        low = np.maximum(t - PAST, 0)
        before = past.made.between(series, low, t, running=past.running)[:, 0]
        seen = past.made.between(series, t, day + 1, running=past.running)[:, 0]
        first = past.made.between(series, t, t + 1, running=past.running)[:, 0] > 0
        share = np.where(first & (t >= WARM), seen / needed(before, t - low), 0.0)
        better = share > best
        best, age = np.where(better, share, best), np.where(better, float(back), age)
    return best, age


def _members(past: Past, series: Ints, end: Ints) -> list[Floats]:
    """The same week in all that each of the countries takes part in, the busier one first."""
    members = past.made.members[series]
    rows = [past.row_of[members[:, k]] for k in range(members.shape[1])]
    sums = []
    for row in rows:
        s7, s28, s112 = (past.countries.between(row, end - w, end, running=past.country_running) for w in (7, 28, 112))
        trend = np.log((s7[:, 0] + 1) / (7 * base_rates(s112[:, :2], end, 112)[:, 0] + 1))
        sums.append((np.log1p(s7[:, 0]), trend, np.log1p(s28[:, 2])))
    if len(sums) == 1:
        sums.append(sums[0])
    first = sums[0][2] >= sums[1][2]
    return [np.where(first == (k == 0), sums[0][n], sums[1][n]) for n in range(3) for k in range(2)]
