"""Forecasts: what they are made of, what they may not see, and what they beat."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from alerts.forecast import Known, busiest, known, outlooks
from alerts.forecasting import fit, naive
from alerts.forecasting.features import NAMES, Past, features, past
from alerts.forecasting.model import Model, load_model, predict
from alerts.forecasting.targets import active_since, outcome, questions
from alerts.panel import EventColumns, columns, panel, read_table
from domain.alert import SeriesKey
from domain.errors import ModelError
from domain.forecast import METHODS
from models.registry import checked_folder

AB = SeriesKey("dyad", ("A", "B"))
FIRST = date(2020, 1, 1).toordinal()


def events_of(counts: dict[tuple[int, int], list[int]], *, root: int = 19, days: int | None = None) -> EventColumns:
    """Daily numbers of events of each pair of A to E, and one harmless event a day of others (D and E)."""
    day, a, b, roots = [], [], [], []
    for (one, other), daily in counts.items():
        for i, n in enumerate(daily):
            day += [FIRST + i] * n
            a += [one] * n
            b += [other] * n
            roots += [root] * n
    for i in range(days or max(len(daily) for daily in counts.values())):
        day.append(FIRST + i)
        a.append(3)
        b.append(4)
        roots.append(4)
    return columns(day=day, source=a, target=b, names=("A", "B", "C", "D", "E"), root=roots)


def past_of(events: EventColumns) -> Past:
    countries = panel(events, kind="country")
    return past(panel(events), countries)


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(checked_folder("forecast"))


@pytest.fixture(scope="module")
def table(shared: Path) -> EventColumns:
    return read_table(shared / "data" / "icews" / "icews14.csv.gz")


def one(past: Past, day: int) -> dict[str, float]:
    row = past.made.find("A", "B")
    assert row is not None
    return dict(zip(NAMES, features(past, np.array([row]), np.array([day]))[0].tolist(), strict=True))


def test_features_by_hand() -> None:
    daily = [0] * 100
    daily[40] = daily[42] = 5
    daily[95] = 3
    seen = one(past_of(events_of({(0, 1): daily})), 99)
    assert seen["hostile_1"] == 0
    assert seen["hostile_7"] == pytest.approx(np.log1p(3))
    assert seen["hostile_112"] == pytest.approx(np.log1p(13))
    assert seen["quiet"] == pytest.approx(np.log1p(4))
    assert seen["onsets_364"] == 1
    assert seen["since_onset"] == pytest.approx(np.log1p(59))
    assert seen["active_28"] == pytest.approx(1 / 28)
    assert seen["rise"] == pytest.approx(3 / 8)
    assert seen["rise_age"] == 4
    assert seen["history"] == 100
    assert seen["country"] == 0
    assert len(seen) == len(NAMES)


def test_an_onset_counts_once_its_week_is_over() -> None:
    daily = [0] * 100
    daily[40] = 9
    told = past_of(events_of({(0, 1): daily}))
    assert [one(told, day)["onsets_364"] for day in (40, 45, 46, 47)] == [0, 0, 1, 1]


def test_naive_forecasts_by_hand() -> None:
    daily = [1] * 60 + [0] * 40
    told = past_of(events_of({(0, 1): daily}))
    row = told.made.find("A", "B")
    assert row is not None
    said = naive.counts(told, np.array([row]), np.array([69]), 30)
    assert said["climatology"][0, 0] == pytest.approx(60.5 / 70 * 30)
    assert said["persistence"][0, 0] == pytest.approx(20.5), "days 40 to 69 held 20"
    assert said["no-change"][0, 0] == pytest.approx(60.5 / 70 * 30), "there are fewer than 91 days"
    pool = naive.pool_rates(told, np.array([69]), base=0.001)
    assert pool[0] == pytest.approx(0.001 * 1e5 / (1e5 + 63 - 28)), "35 days of one series without an onset"
    rates = naive.onset_rates(told, np.array([row]), np.array([69]), pool=pool)
    assert rates[0] == pytest.approx(pool[0] * 730 / (730 + 35))
    assert naive.pool_rates(told, np.array([0]), base=0.001)[0] == 0.001


def test_the_rate_of_all_follows_what_came() -> None:
    wave = ([1] * 20 + [0] * 20 + [9, 9] + [0] * 18) * 5
    rates = []
    for others in ([1] * 300, wave):
        told = past_of(events_of({(0, 1): [1] * 300, (0, 2): others, (1, 2): others, (2, 4): others}))
        rates.append(naive.pool_rates(told, np.array([60, 299]), base=0.0005))
    assert rates[0][1] < 0.0005 < rates[1][1]
    assert rates[1][0] < rates[1][1], "what comes later is not known earlier"


def test_outcomes_by_hand() -> None:
    daily = [0] * 100
    daily[20] = 5
    daily[50] = 9
    told = past_of(events_of({(0, 1): daily}))
    series, day = questions(told, np.array([19, 28, 42, 43, 49, 50, 93, 200]))
    assert day.tolist() == [28, 42, 43, 49, 50, 93], "with five hostile events, four weeks and inside the table"
    assert active_since(told.made)[series[0]] == 20
    came = outcome(told, series, day, 7)
    assert came.onset.tolist() == [0, 0, 1, 1, 0, 0]
    assert came.events[:, 0].tolist() == [0, 0, 9, 9, 0, 0]
    assert came.counted.tolist() == [True] * 5 + [False]
    assert came.judged.tolist() == [True] * 5 + [False]


@pytest.mark.data
@pytest.mark.parametrize("kind", ["dyad", "country"])
def test_nothing_after_the_day_changes_a_forecast(table: EventColumns, model: Model, kind: str) -> None:
    """The table cut at the day, and the table with everything after the day made wild, forecast the same."""
    day = date(2014, 7, 14)
    later = table.day > day.toordinal()
    wild = replace(table, root=np.where(later, 20, table.root).astype(np.int8),
                   day=np.where(later, day.toordinal() + 1, table.day))  # fmt: skip
    keys = [key for key in busiest(known(table, day), dyads=40, countries=40) if key.kind == kind]
    assert len(keys) == 40
    whole = outlooks(known(table, day), model, keys)
    assert outlooks(known(table.where(~later), day), model, keys) == whole
    assert outlooks(known(wild, day), model, keys) == whole
    # The replay that measures the model goes another way: all days from one panel of the whole table.
    countries = panel(table, kind="country")
    full = past(panel(table) if kind == "dyad" else countries, countries)
    rows = np.array([full.made.find(*key.subject) for key in keys])
    said = predict(model, full, rows, np.full(len(rows), day.toordinal() - full.made.first), 7)
    for n, one in enumerate(whole):
        found = one.of("onset", 7)
        assert found is not None
        assert found.probability == pytest.approx(said.onset["model"][n], abs=1e-12)
        events = one.of("hostile", 7)
        assert events is not None
        assert events.mean == pytest.approx(said.mean["hostile"]["model"][n], rel=1e-9)


@pytest.mark.data
def test_an_outlook_is_whole(table: EventColumns, model: Model) -> None:
    key = SeriesKey("dyad", ("China", "Vietnam"), "hostile")
    (seen,) = outlooks(known(table, date(2014, 6, 20)), model, [key])
    assert seen.series == key.bare
    assert seen.enough
    assert {e.method for e in seen.estimates} == set(METHODS)
    assert len(seen.estimates) == 2 * 3 * 4
    for e in seen.estimates:
        if e.what == "onset":
            assert e.probability is not None
            assert 0 <= e.probability < 1
            continue
        assert e.mean is not None
        assert e.mean > 0
        ends = [e.intervals[level] for level in (0.95, 0.8, 0.5)]
        assert all(a[0] <= b[0] <= b[1] <= a[1] for a, b in pairwise(ends)), "wider for more"
    week, month = seen.of("hostile", 7), seen.of("hostile", 30)
    assert week is not None
    assert month is not None
    assert week.mean is not None
    assert month.mean is not None
    assert month.mean > week.mean
    assert week.due == date(2014, 6, 27)
    assert replace(week, what="onset").due == date(2014, 7, 3)


@pytest.mark.data
def test_a_crisis_under_way_is_seen(table: EventColumns, model: Model) -> None:
    key = SeriesKey("dyad", ("China", "Vietnam"))
    before, after = (outlooks(known(table, date(2014, 5, d)), model, [key])[0] for d in (4, 9))
    assert before.under_way < 0.2
    assert after.under_way >= 1
    calm, storm = before.of("hostile", 7), after.of("hostile", 7)
    assert calm is not None
    assert storm is not None
    assert (storm.mean or 0) > 5 * (calm.mean or 0)


def test_a_short_past_gets_climatology_alone(model: Model) -> None:
    quiet = events_of({(0, 1): [1] + [0] * 60})
    (seen,) = outlooks(_at(quiet, 60), model, [AB])
    assert not seen.enough
    assert {e.method for e in seen.estimates} == {"climatology"}
    young = events_of({(0, 1): [2] * 20})
    (seen,) = outlooks(_at(young, 19), model, [AB])
    assert not seen.enough, "twenty days are no past"
    busy = events_of({(0, 1): [2] * 60})
    assert outlooks(_at(busy, 59), model, [AB])[0].enough
    (silent,) = outlooks(_at(busy, 69), model, [AB])
    assert not silent.enough, "ten days of which nothing was told are not calm"
    assert {e.method for e in silent.estimates} == {"climatology"}


def test_what_was_never_told_of_has_no_forecast(model: Model) -> None:
    told = _at(events_of({(0, 1): [2] * 60}), 59)
    for key in (SeriesKey("dyad", ("A", "C")), SeriesKey("dyad", ("X", "Y")), SeriesKey("country", ("X",))):
        (seen,) = outlooks(told, model, [key])
        assert (seen.events, seen.estimates, seen.enough) == (0, (), False)
    nothing = known(columns(day=[], source=[], target=[], names=(), root=[]), date(2020, 1, 1))
    assert outlooks(nothing, model, [AB])[0].told_until is None
    assert busiest(nothing, dyads=5, countries=5) == []
    with pytest.raises(ValueError, match="dyads and countries"):
        outlooks(told, model, [SeriesKey("watchlist", ("rig",))])


def test_zeros_a_gap_and_a_day_with_a_hundred_times_the_usual(model: Model) -> None:
    steady = [1] * 100
    gap = [1] * 40 + [0] * 30 + [1] * 30
    spike = [1] * 99 + [100]
    for daily in (steady, gap, spike):
        (seen,) = outlooks(_at(events_of({(0, 1): daily}), 99), model, [AB])
        assert seen.enough
        for e in seen.estimates:
            assert np.isfinite([e.probability if e.mean is None else e.mean]).all()
    (after,) = outlooks(_at(events_of({(0, 1): spike}), 99), model, [AB])
    week = after.of("hostile", 7)
    assert week is not None
    assert (week.mean or 0) < 100, "one wild day is not the new level"
    (never,) = outlooks(_at(events_of({(0, 1): [1] * 100}, root=4), 99), model, [AB])
    assert not never.enough, "without a hostile event there is nothing for the model"


def _at(events: EventColumns, day: int) -> Known:
    return known(events, date.fromordinal(FIRST + day))


def test_the_busiest_come_first() -> None:
    told = _at(events_of({(0, 1): [1] * 60, (1, 2): [3] * 60, (0, 2): [0] * 57 + [1] * 3}), 59)
    found = busiest(told, dyads=5, countries=1)
    assert [str(key) for key in found] == ["dyad:B-C", "dyad:A-B", "country:B"], "three events are too few"


@pytest.mark.parametrize("what", ["missing", "features", "trees", "broken"])
def test_a_model_that_does_not_fit_is_refused(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "m"
    shutil.copytree(checked_folder("forecast"), folder)
    facts = json.loads((folder / "forecast.json").read_text())
    if what == "missing":
        (folder / "forecast.json").unlink()
    elif what == "features":
        (folder / "forecast.json").write_text(json.dumps({**facts, "features": facts["features"][1:]}))
    elif what == "trees":
        (folder / "onset_7.txt").unlink()
    else:
        (folder / "onset_7.txt").write_text("tree\nversion=v4\n")
    with pytest.raises(ModelError, match=r"cannot be read|another version"):
        load_model(folder)


def test_the_shipped_model_is_small_and_plain_text() -> None:
    files = list(checked_folder("forecast").iterdir())
    assert sum(path.stat().st_size for path in files) < 2_000_000
    for path in files:
        path.read_text("utf-8")


@pytest.mark.data
@pytest.mark.slow
def test_fitted_before_it_beats_the_naive_ones_after(shared: Path, tmp_path: Path) -> None:
    """Fitted on events up to 2013, scored on 2014: the CRPS of hostile events is below every naive forecast's."""
    from evaluation.forecasts import measure

    older = read_table(shared / "data" / "icews" / "icews05-15_tail_complete.csv.gz")
    last = date(2013, 12, 31).toordinal()
    sample = fit.until(fit.sample(older.until(last), stride=7), last)
    fit.fit(sample, tmp_path / "m", about={})
    events = read_table(shared / "data" / "icews" / "icews14.csv.gz")
    figures = measure(events, load_model(tmp_path / "m"), stride=9, horizons=(7,))
    found = {(f.kind, f.what): f for f in figures}
    assert len(found) == 6
    for kind in ("dyad", "country"):
        assert found[kind, "hostile"].model.skill > 0.03
        coverage = found[kind, "hostile"].coverage
        assert coverage is not None
        assert 0.9 < coverage[0.95] < 0.995
        assert found[kind, "onset"].n > 1000
