"""``vedette backtest``: a table of events replayed as of each day, the alerts measured beside naive baselines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from alerts.onsets import AHEAD, APART, PAST
from alerts.panel import EventColumns, Floats, Ints
from alerts.ranking.ranker import Ranker
from evaluation import resampling
from evaluation.baselines import BASELINES, DRAWS, random_by_volume
from evaluation.onset_scores import (
    AFTER,
    Figures,
    Matched,
    Scores,
    Truth,
    average,
    figures,
    keep,
    match,
    room,
    truth,
)
from evaluation.raising import Candidates, raised, squashed
from evaluation.replay import DayRanked, Tell, replay

OURS = "vedette"
FOLLOWED = "vedette_followed"
"""As raised for a desk that follows only the dyads that are scored, as the baselines do."""
BUDGETS = (0.25, 0.5, 1.0, 2.0)
AVERAGED = (0.25, 0.5, 1.0)
"""The budgets over which F1 is averaged to be set beside EARS C2's."""
EARLIER = 98
"""Days before the first scored one that are ranked too: the first threshold needs a past."""
LEARNED = 14
"""Days at the beginning of a table on which nothing is ranked."""
EDGES = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
BEST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A dyad in question on a day: what ``--alerts-out`` writes. ``budgets`` are those at which it was raised."""

    date: date
    dyad: tuple[str, str]
    score: float
    probability: float
    budgets: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """The figures as they are kept (``body``, plain JSON) and what they were made from."""

    body: Mapping[str, Any]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Replayed:
    """Everything ranked, a row a dyad and day in the order of days; ``names`` by the number of the dyad."""

    day: Ints
    dyad: Ints
    odds: Floats
    probability: Floats
    chance: Floats
    names: tuple[tuple[str, str], ...]


def backtest(
    events: EventColumns, ranker: Ranker, *, name: str, first: date | None = None, last: date | None = None,
    budgets: Sequence[float] = BUDGETS, notes: Sequence[str] = (), tell: Tell | None = None,
) -> Backtest:  # fmt: skip
    """Replay a table and measure the alerts.

    Args:
        name: of the table, for errors and for those who read the figures. first, last: the days scored, included; the
            history before is used. notes: on the table, kept with the figures.

    Raises:
        InputError: the table is too short, or the days lie outside what it can score.
    """
    came = truth(
        events, begin=None if first is None else first.toordinal(), end=None if last is None else last.toordinal() + 1,
        item=name,
    )  # fmt: skip
    budgets = tuple(sorted(set(budgets)))
    begin = came.first + came.begin
    start = max(came.first + LEARNED, begin - EARLIER)
    until = came.first + came.days - 1 if last is None else last.toordinal()
    all_ = _joined(replay(events, ranker, first=start, last=until, tell=tell))
    ours = _scored(all_, came)
    live = {b: _raised_of(all_, b, begin, slice(None)) for b in budgets}
    body = _body(came, all_, ours, live, budgets) | {
        "name": name, "events": len(events), "notes": [*notes, *_taught(name, ranker), *_empty(came)],
        "ranker": {"trained": ranker.facts.get("trained"), "tables": ranker.facts.get("tables", {})},
    }  # fmt: skip
    return Backtest(body=body, lines=_lines(all_, live, begin))


def _taught(name: str, ranker: Ranker) -> list[str]:
    """A ranker that has learned from the table itself knows its answers."""
    stem = name.split(".")[0]
    key = next((k for k, table in ranker.facts.get("tables", {}).items() if table == stem), None)
    if key is None:
        return []
    outside = ranker.facts.get("out_of_sample", {}).get(key)
    told = f"; out of sample its F1 was {outside['ratio']} times that of EARS C2" if outside else ""
    return [f"the ranker has learned from a table of this name: the figures of Vedette here are too good{told}"]


def _empty(came: Truth) -> list[str]:
    if not came.dyads:
        return ["no two countries have the 12 hostile events that a scored dyad has"]
    return [] if len(came.onset_day) else ["no onset begins on the days scored: recall and F1 say nothing"]


def _joined(days: Iterable[DayRanked]) -> _Replayed:
    numbers: dict[tuple[str, str], int] = {}
    day: list[int] = []
    dyad: list[int] = []
    found: list[tuple[float, float, float]] = []
    for one in days:
        # Numbered as they come, so that nothing later decides between equals.
        for pair, *values in sorted(
            zip(one.dyads, one.odds.tolist(), one.probability.tolist(), one.chance.tolist(), strict=True)
        ):
            day.append(one.day)
            dyad.append(numbers.setdefault(pair, len(numbers)))
            found.append((round(values[0], 6), round(values[1], 6), values[2]))
    values_of = np.array(found, dtype=np.float64).reshape(-1, 3)
    return _Replayed(
        day=np.array(day, dtype=np.int64), dyad=np.array(dyad, dtype=np.int64), odds=values_of[:, 0],
        probability=values_of[:, 1], chance=values_of[:, 2], names=tuple(numbers),
    )  # fmt: skip


def _scored(all_: _Replayed, came: Truth) -> Scores:
    """As the benchmark sees them; a dyad that is not scored has the number -1."""
    at = {label: i for i, label in enumerate(came.dyads)}
    row = np.array([at.get("|".join(pair), -1) for pair in all_.names] or [-1], dtype=np.int64)
    return Scores(dyad=row[all_.dyad] if len(all_.dyad) else all_.dyad, day=all_.day - came.first, score=all_.odds)


def _body(
    came: Truth, all_: _Replayed, ours: Scores, live: Mapping[float, Ints], budgets: Sequence[float]
) -> dict[str, Any]:
    methods = {OURS: ours.where(ours.dyad >= 0)} | {name: make(came) for name, make in BASELINES.items()}
    most = max(budgets)
    kept = {name: [keep(found, came, most)] for name, found in methods.items()}
    kept["random"] = [keep(random_by_volume(came, seed=seed), came, most) for seed in range(DRAWS)]
    by = resampling.draws(came)
    ranked: dict[str, dict[str, Any]] = {}
    f1: dict[str, list[Floats]] = {}
    for budget in budgets:
        n = room(came, budget)
        row: dict[str, Any] = {}
        for name, sets in kept.items():
            row[name], drawn = _row([match(one.where(np.arange(min(n, len(one.day)))), came) for one in sets], came, by)
            if budget in AVERAGED:
                f1.setdefault(name, []).append(drawn.f1)
        ranked[f"{budget:g}"] = row
    policy: dict[str, dict[str, Any]] = {}
    begin = came.first + came.begin
    followed = np.flatnonzero(ours.dyad >= 0)
    raised_days = {
        OURS: {b: ours.where(rows) for b, rows in live.items()},
        FOLLOWED: {b: ours.where(followed[_raised_of(all_, b, begin, followed)]) for b in budgets},
    }
    for name in BASELINES:
        raised_days[name] = _raised(methods[name], came, budgets)
    for budget in budgets:
        policy[f"{budget:g}"] = {
            name: _row([match(_inside(found[budget], came), came)], came, by)[0] for name, found in raised_days.items()
        }
    alerts_a_day = {f"{b:g}": np.bincount(_inside(raised_days[OURS][b], came).day - came.begin, minlength=came.span)
                    for b in budgets}  # fmt: skip
    onsets_a_day = np.bincount(came.onset_day - came.begin, minlength=came.span)
    return {
        "span": [str(date.fromordinal(came.first + d)) for d in (came.begin, came.end - 1)],
        "days": came.span, "dyads": len(came.dyads), "onsets": len(came.onset_day),
        "budgets": ranked, "raised": policy, "ratio": _ratio(ranked, f1, budgets),
        "bootstrap": {"block": "weeks", "draws": resampling.DRAWS, "level": resampling.LEVEL},
        **_reliability(all_, ours, came),
        "daily": [
            {"day": str(date.fromordinal(came.first + came.begin + i)), "onsets": int(onsets_a_day[i])}
            | {f"raised at {b}": int(n[i]) for b, n in alerts_a_day.items()}
            for i in range(came.span)
        ],
        "monthly": _monthly(raised_days[OURS], came, budgets),
        "best": _best(kept[OURS][0], came),
    }  # fmt: skip


def _raised_of(all_: _Replayed, budget: float, begin: int, rows: Ints | slice) -> Ints:
    given = Candidates(day=all_.day[rows], dyad=all_.dyad[rows], probability=all_.chance[rows])
    return np.array(raised(given, budget=budget, since=begin), dtype=np.int64)


def _row(sets: Sequence[Matched], came: Truth, by: Ints) -> tuple[dict[str, Any], resampling.Drawn]:
    """The figures of a method at a budget, with the intervals of precision, recall and F1."""
    several: list[Figures] = [figures(one, came) for one in sets]
    row: dict[str, Any] = asdict(several[0] if len(several) == 1 else average(several))
    drawn = resampling.drawn(sets, came, by)
    for name in ("precision", "recall", "f1"):
        row[f"{name}_low"], row[f"{name}_high"] = resampling.interval(getattr(drawn, name))
    return row, drawn


def _raised(found: Scores, came: Truth, budgets: Sequence[float]) -> dict[float, Scores]:
    """A baseline's alerts under the same control of the budget."""
    order = np.lexsort((found.dyad, found.day))
    found = found.where(order[found.score[order] > 0])
    given = Candidates(day=found.day + came.first, dyad=found.dyad, probability=squashed(found.score))
    since = came.first + came.begin
    return {b: found.where(np.array(raised(given, budget=b, since=since), dtype=np.int64)) for b in budgets}


def _inside(found: Scores, came: Truth) -> Scores:
    return found.where((found.day >= came.begin) & (found.day < came.end))


def _ratio(ranked: Mapping[str, Any], f1: Mapping[str, list[Floats]], budgets: Sequence[float]) -> dict[str, Any]:
    """Vedette's F1 over EARS C2's, averaged over the budgets up to 1 a day, by the same draws."""
    used = [b for b in AVERAGED if b in budgets]
    if not used:
        return {}
    ours, c2 = (float(np.mean([ranked[f"{b:g}"][name]["f1"] for b in used])) for name in (OURS, "ears_c2"))
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = resampling.interval(np.mean(f1[OURS], axis=0) / np.mean(f1["ears_c2"], axis=0))
    return {"over": "ears_c2", "budgets": used, "f1": round(ours, 4), "reference": round(c2, 4),
            "value": round(ours / c2, 3) if c2 else None, "low": low, "high": high}  # fmt: skip


def _reliability(all_: _Replayed, ours: Scores, came: Truth) -> dict[str, Any]:
    """Of the dyads in question that are scored: the probability said, and how often an onset was near."""
    use = (ours.dyad >= 0) & (ours.day >= came.begin) & (ours.day < came.end)
    p = all_.probability[use]
    y = match(ours.where(use), came).hit
    if not len(p):
        return {"reliability": [], "brier": None, "brier_climatology": None, "cases": 0}
    which = np.clip(np.searchsorted(EDGES, p, side="right") - 1, 0, len(EDGES) - 2)
    bins = []
    for k in np.unique(which).tolist():
        rows: npt.NDArray[np.bool_] = which == k
        mean, came_true = (round(float(values[rows].mean()), 4) for values in (p, y))
        bins.append({"low": EDGES[k], "high": EDGES[k + 1], "n": int(rows.sum()), "mean_probability": mean,
                     "share": came_true})  # fmt: skip
    return {
        "reliability": bins, "cases": len(p), "brier": round(float(((p - y) ** 2).mean()), 5),
        "brier_climatology": round(float(y.mean() * (1 - y.mean())), 5),
    }  # fmt: skip


def _monthly(found: Mapping[float, Scores], came: Truth, budgets: Sequence[float]) -> dict[str, Any]:
    """Alerts as raised and how many were right, onsets and how many were warned of, by month, at about one a day."""
    budget = min(budgets, key=lambda b: (abs(b - 1), b))
    one = match(_inside(found[budget], came), came)

    def months(days: Ints) -> Counter[str]:
        return Counter(str(date.fromordinal(came.first + d))[:7] for d in days.tolist())

    day, warned = one.alerts.day, ~np.isnan(one.lead)
    told = {"alerts": months(day), "right": months(day[one.hit]), "onsets": months(came.onset_day),
            "warned": months(came.onset_day[warned])}  # fmt: skip
    span = sorted({str(date.fromordinal(came.first + d))[:7] for d in range(came.begin, came.end)})
    return {"budget": budget, "months": [{"month": m} | {k: n[m] for k, n in told.items()} for m in span]}


def _best(kept: Scores, came: Truth) -> list[dict[str, Any]]:
    """The best-scored alerts, with the onset that each was near and the hostile events of the 7 days from it."""
    one = match(kept.where(np.arange(min(BEST, len(kept.day)))), came)
    total = np.concatenate([np.zeros((len(came.counts), 1), np.int64), np.cumsum(came.counts, axis=1)], axis=1)
    rows = []
    for i, (dyad, day) in enumerate(zip(one.alerts.dyad.tolist(), one.alerts.day.tolist(), strict=True)):
        onset = int(came.onset_day[one.onset[i]]) if one.onset[i] >= 0 else None
        before = total[dyad, day] - total[dyad, max(0, day - PAST)]
        past = came.onset_day[(came.onset_dyad == dyad) & (came.onset_day < day - AFTER)]
        goes_on = len(past) > 0 and day - int(past[-1]) <= APART
        rows.append({
            "date": str(date.fromordinal(came.first + day)), "dyad": came.dyads[dyad].split("|"),
            "score": round(float(one.alerts.score[i]), 3),
            "onset": None if onset is None else str(date.fromordinal(came.first + onset)),
            "lead": None if onset is None else onset - day,
            "goes_on": str(date.fromordinal(came.first + int(past[-1]))) if goes_on else None,
            "week": int(total[dyad, min(day + AHEAD, came.days)] - total[dyad, day]),
            "usual": round(float(before) / max(min(day, PAST), 1) * 7, 2),
        })  # fmt: skip
    return rows


def _lines(all_: _Replayed, live: Mapping[float, Ints], begin: int) -> tuple[Line, ...]:
    at: dict[int, list[float]] = {}
    for budget, rows in live.items():
        for i in rows.tolist():
            at.setdefault(i, []).append(budget)
    return tuple(
        Line(
            date=date.fromordinal(day), dyad=all_.names[dyad], score=odds, probability=p,
            budgets=tuple(at.get(i, ())),
        )
        for i, (day, dyad, odds, p) in enumerate(
            zip(all_.day.tolist(), all_.dyad.tolist(), all_.odds.tolist(), all_.probability.tolist(), strict=True)
        )
        if day >= begin
    )  # fmt: skip


def write_lines(lines: Iterable[Line], path: Path) -> int:
    """Write alert lines as JSON lines, whole or not at all; gives how many."""
    made = path.with_name(path.name + ".part")
    n = 0
    try:
        with made.open("w", encoding="utf-8") as file:
            for one in lines:
                body = asdict(one) | {"date": one.date.isoformat()}
                file.write(json.dumps(body, ensure_ascii=False) + "\n")
                n += 1
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)
    return n


__all__ = ["BUDGETS", "FOLLOWED", "OURS", "Backtest", "Line", "backtest", "write_lines"]
