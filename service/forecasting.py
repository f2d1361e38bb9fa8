"""Forecasts of the store's series: made, kept as they were made, scored when their day comes, shown with their skill.

The watch calls ``forecast_followed`` and ``score_due`` once a day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from alerts.forecast import SILENT, Known, busiest, known, outlooks
from alerts.forecasting.counts import crps, log_score
from alerts.forecasting.model import Model, load_model
from alerts.forecasting.scores import best_of, brier, log_loss, skill, skill_interval, weeks
from alerts.forecasting.targets import LEAST
from alerts.onsets import WARM, panel_onsets
from alerts.panel import Ints, panel
from alerts.precedents import precedents as find_precedents
from domain.alert import SeriesKey
from domain.errors import InputError, VedetteError
from domain.event_columns import EventColumns
from domain.forecast import HORIZONS, JUDGED_AFTER, NAIVE, WHATS, Estimate, Outlook, Skill, What
from domain.label import Label
from domain.precedent import Precedents
from domain.time import now
from index.store import event_series
from index.store import forecasts as store
from index.store.desks import desks as all_desks
from index.store.schema import AnyRow
from models.registry import checked_folder
from service.logging import get_logger
from service.wiring import Home

log = get_logger(__name__)

MODEL = "forecast"
PAST_DAYS = 3 * 365
"""Of the events that a forecast is made from."""
GRACE = 2
"""Days after the last deciding one before a forecast is scored: news comes late."""
GAPS = 0.5
"""A forecast is not scored where of more than this share of its days nothing at all was told."""
FEW = 200
"""With fewer scored forecasts of such series, or fewer than ``BLOCKS`` blocks of time, their skill is not yet known."""
BLOCKS = 6
ONSETS = 10
"""With fewer onsets among them the skill of their probabilities is not yet known."""
DYADS, COUNTRIES = 50, 30
"""Where no desk names what it follows, the busiest series are forecast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What came of scoring: forecasts scored, given up for want of news, and still waiting for their day's news."""

    scored: int = 0
    void: int = 0
    waiting: int = 0


@cache
def _loaded(folder: Path) -> Model:
    return load_model(folder)


def shipped() -> Model:
    """The model that comes with Vedette, its files checked.

    Raises:
        ModelError: it is missing, or is not the one its manifest describes.
    """
    return _loaded(checked_folder(MODEL))


def day_of(home: Home, as_of: date | None) -> tuple[date, EventColumns]:
    """The day of which a forecast is made, and the events it can be made from.

    Without a day it is today; where the events end a week or more before that, the last day they tell of.
    """
    clearance = home.settings.reader.clearance
    chosen = as_of or now().date()
    with home.read() as c:
        events = event_series.load(c, as_of=chosen, since=chosen - timedelta(days=PAST_DAYS), clearance=clearance)
        if as_of is None and (not len(events) or int(events.day.max()) <= chosen.toordinal() - SILENT):
            events = event_series.load(c, as_of=chosen, clearance=clearance)
            if len(events):
                chosen = date.fromordinal(int(events.day.max()))
                events = events.since((chosen - timedelta(days=PAST_DAYS)).toordinal())
    return chosen, events


def forecast(
    home: Home, key: SeriesKey, *, as_of: date | None = None, horizons: Sequence[int] = HORIZONS, keep: bool = True
) -> Outlook:
    """What is expected of a dyad or a country, with the naive forecasts beside and the skill so far of such forecasts.

    Kept as it was made (``keep``), where this home can be written now.

    Raises:
        InputError: the series is neither a dyad's nor a country's.
    """
    return forecast_many(home, [key], as_of=as_of, horizons=horizons, keep=keep)[0]


def forecast_many(
    home: Home, keys: Sequence[SeriesKey] | None = None, *, as_of: date | None = None,
    horizons: Sequence[int] = HORIZONS, keep: bool = True,
) -> list[Outlook]:  # fmt: skip
    """The same of several series, or of all that are followed (see ``followed``); the events are read once."""
    day, events = day_of(home, as_of)
    told = known(events, day)
    chosen = followed(home, told) if keys is None else list(keys)
    for key in chosen:
        if key.kind not in ("dyad", "country"):
            raise InputError("forecasts are of countries and of pairs of countries", item=str(key), stage="forecast")
    model = shipped()
    made = outlooks(told, model, chosen, horizons=horizons)
    if keep:
        _keep(home, made, day)
    skills = {kind: measured(home, kind, as_of=day, model=model) for kind in {key.kind for key in chosen}}
    return [_worded(replace(one, skills=_shown(skills[one.series.kind], horizons)), as_of) for one in made]


def forecast_followed(home: Home, *, as_of: date | None = None) -> int:
    """Make and keep the forecasts of all followed series; gives how many series."""
    return len(forecast_many(home, as_of=as_of))


def followed(home: Home, told: Known) -> list[SeriesKey]:
    """The countries and dyads that desks name, then the busiest series."""
    with home.read() as c:
        found = all_desks(c)
    named = [SeriesKey("dyad", pair) for desk in found for pair in desk.dyads]
    named += [SeriesKey("country", (code,)) for desk in found for code in desk.countries]
    return list(dict.fromkeys([*named, *busiest(told, dyads=DYADS, countries=COUNTRIES)]))


def _keep(home: Home, made: Iterable[Outlook], day: date) -> None:
    by_label: dict[Label, list[Estimate]] = defaultdict(list)
    for one in made:
        by_label[one.label] += one.estimates
    if home.reads_only or not any(by_label.values()):
        return
    try:
        with home.write() as c:
            for label, estimates in by_label.items():
                store.save(c, estimates, label=label, replace=day >= now().date())
    except VedetteError as error:
        # A forecast that is shown counts for more than one that is kept: the watch makes the day's own.
        log.warning("the forecasts could not be kept: %s", error)


def score_due(home: Home, *, as_of: date | None = None) -> Scored:
    """Score every forecast whose day has come by the end of ``as_of`` (today unless given).

    A forecast waits until events are told of its last deciding day; where of most of its days nothing was told at all
    it is given up. Scores: brier and log of a probability, crps and log of a count.
    """
    day = as_of or now().date()
    clearance = home.settings.reader.clearance
    with home.read() as c:
        rows = store.due(c, day - timedelta(days=GRACE), clearance=clearance)
        if not rows:
            return Scored()
        first = min(row.made for row in rows) - timedelta(days=PAST_DAYS)
        events = event_series.load(c, as_of=day, since=first, clearance=clearance)
    if not len(events):
        return Scored(waiting=len(rows))
    results = list(_outcomes(events, rows, day))
    label = Label(int(events.label.max()))
    moment = now()
    scores = _scores([(row, outcome) for row, outcome, _ in results if outcome is not None])
    rows_of = [{
        "id": row.id, "outcome": outcome, "scores": {"void": reason} if outcome is None else scores[row.id],
        "label": max(int(label), row.label),
    } for row, outcome, reason in results]  # fmt: skip
    with home.write() as c:
        store.put_scores(c, rows_of, at=moment)
    void = sum(outcome is None for _, outcome, _ in results)
    return Scored(scored=len(results) - void, void=void, waiting=len(rows) - len(results))


def _outcomes(events: EventColumns, rows: Sequence[AnyRow], day: date) -> Iterable[tuple[AnyRow, float | None, str]]:
    last = int(events.day.max())
    for kind in ("dyad", "country"):
        mine = [row for row in rows if row.series.startswith(f"{kind}:")]
        made = panel(events, kind="dyad" if kind == "dyad" else "country", last=day.toordinal())
        owner, at = panel_onsets(made)
        running = made.cumulative()
        places: dict[str, int | None] = {}
        for row in mine:
            start, width = row.made.toordinal() + 1 - made.first, row.horizon
            if row.made.toordinal() + width + (JUDGED_AFTER if row.what == "onset" else 0) > last:
                continue
            blank = float((made.exposure[max(start, 0) : start + width] == 0).mean()) if start + width > 0 else 1.0
            if blank > GAPS:
                yield row, None, f"nothing was told of {blank:.0%} of its days"
                continue
            if row.series not in places:
                places[row.series] = made.find(*row.series.partition(":")[2].split("-"))
            place = places[row.series]
            if place is None:
                yield row, 0.0, ""
            elif row.what == "onset":
                yield row, float(bool(((owner == place) & (at >= start) & (at < start + width)).any())), ""
            else:
                sums = made.between(_one(place), _one(start), _one(start + width), running=running)
                yield row, float(sums[0, 0 if row.what == "hostile" else 1]), ""


def _one(value: int) -> Ints:
    return np.array([value], dtype=np.int64)


def _scores(done: Sequence[tuple[AnyRow, float]]) -> dict[int, dict[str, float]]:
    """The scores of forecasts by their id."""
    found: dict[int, dict[str, float]] = {}
    onsets = [(row.id, row.body["probability"], y) for row, y in done if row.what == "onset"]
    if onsets:
        ids, p, y = zip(*onsets, strict=True)
        for key, one, other in zip(ids, brier(p, y), log_loss(p, y), strict=True):
            found[key] = {"brier": round(float(one), 8), "log": round(float(other), 6)}
    counts = [(row.id, row.body["mean"], row.body["dispersion"], y) for row, y in done if row.what != "onset"]
    if counts:
        ids, mean, spread, y = zip(*counts, strict=True)
        for key, one, other in zip(ids, crps(y, mean, spread), log_score(y, mean, spread), strict=True):
            found[key] = {"crps": round(float(one), 6), "log": round(float(other), 6)}
    return found


def measured(home: Home, kind: str, *, as_of: date | None = None, model: Model | None = None) -> list[Skill]:
    """How much better the model was than the best naive forecast, for series of a kind: each thing and horizon.

    From the forecasts scored here whose day came by ``as_of``, where there are enough; else as it was measured when
    the model was made.
    """
    model, clearance = model or shipped(), home.settings.reader.clearance
    with home.read() as c:
        rows = store.scored(c, kind=kind, as_of=as_of or now().date(), clearance=clearance)
    held: dict[tuple[str, int], dict[tuple[str, date], dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    onsets: dict[int, int] = defaultdict(int)
    for row in rows:
        value = row.scores.get("brier" if row.what == "onset" else "crps")
        if value is not None:
            held[row.what, row.horizon][row.series, row.made][row.method] = float(value)
            onsets[row.horizon] += row.what == "onset" and row.method == "model" and row.outcome > 0
    for horizon in HORIZONS:
        if onsets[horizon] < ONSETS:
            held.pop(("onset", horizon), None)
    found = [
        _here(kind, what, h, held[what, h]) or _estimated(kind, what, h, model) for h in HORIZONS for what in WHATS
    ]
    return [one for one in found if one is not None]


def _here(kind: str, what: What, horizon: int, held: Mapping[tuple[str, date], Mapping[str, float]]) -> Skill | None:
    """From what was scored here, if it is enough; only days on which all methods said something are compared."""
    whole = {place: by for place, by in held.items() if "model" in by and all(method in by for method in NAIVE)}
    block = weeks(np.array([made.toordinal() for _, made in whole], dtype=np.int64), width=max(7, horizon))
    if len(whole) < FEW or len(np.unique(block)) < BLOCKS:
        return None
    scores: dict[str, list[float]] = {m: [by[m] for by in whole.values()] for m in ("model", *NAIVE)}
    best = best_of({method: scores[method] for method in NAIVE})
    low, high = skill_interval(scores["model"], scores[best], block)
    return Skill(
        kind=kind, what=what, horizon=horizon, n=len(whole), basis="here", score=float(np.mean(scores["model"])),
        naive=float(np.mean(scores[best])), best=best, value=skill(scores["model"], scores[best]),  # type: ignore[arg-type]
        low=low, high=high,
    )  # fmt: skip


def _estimated(kind: str, what: What, horizon: int, model: Model) -> Skill | None:
    told: Mapping[str, Any] | None = model.facts.get("skill", {}).get(kind, {}).get(f"{what}_{horizon}")
    if told is None:
        return None
    return Skill(kind=kind, what=what, horizon=horizon, basis="estimated", **told)


def _shown(skills: Sequence[Skill], horizons: Sequence[int]) -> tuple[Skill, ...]:
    return tuple(one for one in skills if one.horizon in horizons)


def _worded(one: Outlook, asked: date | None) -> Outlook:
    """The outlook with what its reader has to be told."""
    notes = []
    if one.told_until is None:
        return replace(one, notes=("no coded events are known by this day: nothing can be forecast",))
    silent = (one.as_of - one.told_until).days
    if asked is None and one.as_of < now().date() - timedelta(days=SILENT - 1):
        notes.append(f"no event is told after {one.told_until}: this is the forecast of that day")
    elif silent >= SILENT:
        notes.append(f"no event is told after {one.told_until}: silence is not calm, so there is climatology alone")
    elif silent >= 2:
        notes.append(f"no event is told after {one.told_until}: the last {silent} days may be missing, not calm")
    if not one.events:
        notes.append("nothing was ever told of this series: there is nothing to forecast from")
    elif one.history_days <= WARM:
        notes.append(f"the events go back {one.history_days} days only: climatology alone")
    elif not one.enough and silent < SILENT:
        notes.append(f"fewer than {LEAST} hostile events in a year: too little for the model, climatology alone")
    if one.under_way >= 1:
        notes.append("an onset is under way already; the probability is of a further one")
    for told in one.skills if one.enough else ():
        if told.value <= 0:
            notes.append(f"{_name(told)}: the model has no skill over {told.best} ({_range(told)})")
        elif not told.proven:
            notes.append(f"{_name(told)}: that the model beats {told.best} is not certain ({_range(told)})")
    return replace(one, notes=tuple(notes))


def _name(told: Skill) -> str:
    what = "onset" if told.what == "onset" else f"{told.what} events"
    return f"{what} in {told.horizon} days"


def _range(told: Skill) -> str:
    return f"skill {told.value:+.3f}, {told.low:+.3f} to {told.high:+.3f}"


def past_forecasts(
    home: Home, key: SeriesKey, *, as_of: date | None = None, limit: int = 1000
) -> list[tuple[Estimate, float | None, Mapping[str, Any] | None]]:
    """The forecasts made of a series, newest first, with what came and their scores."""
    with home.read() as c:
        clearance = home.settings.reader.clearance
        return store.of_series(c, key.bare, clearance=clearance, as_of=as_of, limit=limit)


def precedents(
    home: Home, key: SeriesKey, *, as_of: date | None = None, onset: date | None = None, most: int = 3
) -> Precedents:
    """The past episodes of any dyad (or country) most like that of the series, and what followed them.

    ``onset`` is the first day of the episode, an alert's ``opened`` or earlier; all events of the store that were known
    by ``as_of`` are searched.

    Raises:
        InputError: the series is neither a dyad's nor a country's, or the onset lies after the day.
    """
    clearance = home.settings.reader.clearance
    day = as_of or now().date()
    with home.read() as c:
        events = event_series.load(c, as_of=day, clearance=clearance)
    if as_of is None and len(events):
        # An episode of now is looked at on the last day that is told of.
        day = min(day, date.fromordinal(int(events.day.max())))
    try:
        return find_precedents(events, key.bare, as_of=day, onset=onset, most=most)
    except ValueError as error:
        raise InputError(str(error), item=str(key), stage="precedents") from error
