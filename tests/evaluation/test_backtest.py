"""The replay never sees ahead, and its figures are the benchmark's own."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.panel import EventColumns, panel, read_table
from alerts.ranking.ranker import Ranker, load
from alerts.ranking.window import window
from evaluation import resampling
from evaluation.backtest import BUDGETS, Backtest, Line, backtest, write_lines
from evaluation.baselines import BASELINES, random_by_volume
from evaluation.onset_scores import Matched, Scores, Truth, figures, keep, match, truth
from evaluation.raising import Candidates, raised
from evaluation.replay import Known, seen
from tests.evaluation import backtest_tables as made

WINDOW = (date(2014, 4, 1), date(2014, 6, 30))


@cache
def ranker() -> Ranker:
    return load()


@cache
def small_table() -> EventColumns:
    with tempfile.TemporaryDirectory() as folder:
        return read_table(made.write(Path(folder) / "small.csv", made.rows()))


@cache
def small() -> Backtest:
    return backtest(small_table(), ranker(), name="small.csv")


@pytest.fixture(scope="session")
def icews(shared: Path) -> EventColumns:
    return read_table(shared / "data" / "icews" / "icews14.csv.gz")


@pytest.fixture(scope="session")
def spring(icews: EventColumns) -> Backtest:
    """The spring of 2014, replayed once."""
    return backtest(icews, ranker(), name="spring", first=WINDOW[0], last=WINDOW[1])


@pytest.fixture(scope="session")
def scorer(shared: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_alerts", shared / "eval" / "score_alerts.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def until(lines: tuple[Line, ...], day: int) -> list[Line]:
    return [line for line in lines if line.date.toordinal() <= day]


def removed(events: EventColumns, day: int, seed: int) -> EventColumns:
    return events.where(events.day <= day)


def shuffled(events: EventColumns, day: int, seed: int) -> EventColumns:
    """Other codes, countries and days after a day, and twice as many."""
    rng = np.random.default_rng(seed)
    after = events.where(events.day > day)
    n = len(after)
    parts = [events.where(events.day <= day)]
    for _ in range(2):
        days = rng.permutation(after.day)
        parts.append(replace(after, day=days, known=days, root=rng.integers(0, 21, n).astype(np.int8),
                             source=rng.permutation(after.source), target=rng.permutation(after.target)))  # fmt: skip
    return joined(parts)


def renamed(events: EventColumns, day: int, seed: int) -> EventColumns:
    """After the day other countries are told of, some of which sort before all others."""
    extra = ("AAA", *events.names, "zzz")
    moved = replace(events, names=extra, source=np.where(events.source < 0, -1, events.source + 1).astype(np.int32),
                    target=np.where(events.target < 0, -1, events.target + 1).astype(np.int32))  # fmt: skip
    after = moved.day > day
    source = np.where(after, 0, moved.source).astype(np.int32)
    target = np.where(after, len(extra) - 1, moved.target).astype(np.int32)
    return replace(moved, source=source, target=target, root=np.where(after, 19, moved.root).astype(np.int8))


def joined(parts: list[EventColumns]) -> EventColumns:
    names = ("day", "source", "target", "root", "goldstein", "known", "ended", "label")
    rows: dict[str, Any] = {name: np.concatenate([getattr(p, name) for p in parts]) for name in names}
    return replace(parts[0], **rows)


def told_late(events: EventColumns, day: int, seed: int) -> EventColumns:
    """Much that happened long before, but is told of only afterwards."""
    rng = np.random.default_rng(seed)
    late = events.where(rng.random(len(events)) < 0.3)
    known = rng.integers(day + 1, day + 40, len(late))
    return joined([events, replace(late, known=known, root=np.full(len(late), 19, np.int8))])


CHANGES: list[Callable[[EventColumns, int, int], EventColumns]] = [removed, shuffled, renamed, told_late]


@pytest.mark.data
@pytest.mark.parametrize(
    ("change", "after"),
    list(zip(CHANGES, [date(2014, 5, 6), date(2014, 6, 14), date(2014, 5, 2), date(2014, 6, 20)], strict=True)),
)
def test_what_comes_after_a_day_changes_no_line_up_to_it(
    icews: EventColumns, spring: Backtest, change: Callable[[EventColumns, int, int], EventColumns], after: date
) -> None:
    day = after.toordinal()
    events = change(icews, day, 3)
    # The table has to hold seven days after the last that is scored.
    other = backtest(events, ranker(), name="changed", first=WINDOW[0], last=None if change is removed else WINDOW[1])
    before = until(spring.lines, day)
    assert len(before) > 400
    assert any(line.budgets for line in before)
    assert until(other.lines, day) == before
    if change is not removed:
        assert [x for x in other.lines if x not in before] != [x for x in spring.lines if x not in before]


@settings(max_examples=12, deadline=None)
@given(cut=st.integers(45, 110), change=st.sampled_from(CHANGES), seed=st.integers(0, 2**20))
def test_no_line_looks_ahead_on_any_cut(
    cut: int, change: Callable[[EventColumns, int, int], EventColumns], seed: int
) -> None:
    day = made.START.toordinal() + cut
    other = backtest(change(small_table(), day, seed), ranker(), name="changed")
    assert until(other.lines, day) == until(small().lines, day)


def test_a_row_from_after_the_day_is_refused() -> None:
    day = made.START.toordinal() + 60
    with pytest.raises(ValueError, match="from after the day"):
        seen(small_table().where(small_table().day <= day + 1), day)


def test_rows_that_are_replaced_or_known_later_are_seen_as_of_the_day() -> None:
    events = small_table()
    day = made.START.toordinal() + 60
    known = np.where(np.arange(len(events)) % 5 == 0, events.day + 3, events.day)
    ended = np.where(np.arange(len(events)) % 7 == 0, events.day + 10, 2**31 - 1)
    late = replace(events, known=known, ended=ended)
    given = Known(late).by(day)
    expected = late.until(day)
    assert sorted(zip(given.day, given.root, given.known, strict=True)) == sorted(
        zip(expected.day, expected.root, expected.known, strict=True)
    )
    assert 0 < len(given) < int((events.day <= day).sum())


@pytest.mark.data
@pytest.mark.parametrize("offset", [29, 101, 200, 364])
def test_a_window_is_that_of_the_panels_of_the_whole_table(icews: EventColumns, offset: int) -> None:
    dyads, countries = panel(icews), panel(icews, kind="country")
    day = dyads.first + offset
    whole, cut = window(dyads, countries, day), seen(Known(icews).by(day), day)
    assert cut is not None
    for name in ("dyads", "low", "high", "exposure"):
        assert np.array_equal(getattr(whole, name), getattr(cut.window, name))
    assert [dyads.subject(int(i)) for i in whole.rows] == list(cut.dyads)
    assert whole.told == cut.window.told


def scored(script: Path, table: Path, alerts: Path, start: date | None) -> dict[str, Any]:
    told = [sys.executable, str(script), str(table), str(alerts), *(["--from", str(start)] if start else [])]
    said = subprocess.run([*told, "--budget", *map(str, BUDGETS), "4"], check=True, capture_output=True, timeout=120)
    found: dict[str, Any] = json.loads(said.stdout)
    return found


@pytest.mark.data
@pytest.mark.parametrize("start", [None, date(2014, 7, 1)])
def test_the_figures_are_those_of_the_benchmark(
    shared: Path, icews: EventColumns, tmp_path: Path, start: date | None
) -> None:
    table = shared / "data" / "icews" / "icews14.csv.gz"
    found = backtest(icews, ranker(), name=table.name, first=start, budgets=(*BUDGETS, 4))
    write_lines(found.lines, tmp_path / "alerts.jsonl")
    theirs = scored(shared / "eval" / "score_alerts.py", table, tmp_path / "alerts.jsonl", start)
    assert (theirs["dyads"], theirs["onsets"]) == (found.body["dyads"], found.body["onsets"])
    names = {"alerts": "alerts", "precision": "precision", "recall": "recall", "f1": "f1",
             "mean_lead_days": "mean_lead"}  # fmt: skip
    assert len(theirs["at"]) == 5
    for budget, methods in theirs["at"].items():
        ours = found.body["budgets"][f"{float(budget):g}"]
        for theirs_of, ours_of in (("yours", "vedette"), ("ears_c2", "ears_c2")):
            assert {n: ours[ours_of][m] for n, m in names.items()} == methods[theirs_of]


@pytest.mark.data
@pytest.mark.parametrize("name", sorted(BASELINES))
def test_a_baseline_is_scored_as_the_benchmark_would(
    shared: Path, icews: EventColumns, scorer: ModuleType, name: str
) -> None:
    came = truth(icews)
    hostile = scorer.load(shared / "data" / "icews" / "icews14.csv.gz")
    assert list(hostile.index) == list(came.dyads)
    assert np.array_equal(hostile.to_numpy(), came.counts)
    gold = {dyad: scorer.onsets(hostile.loc[dyad].values) for dyad in hostile.index}
    found = BASELINES[name](came)
    alerts = [(float(s), came.dyads[d], int(t)) for s, d, t in zip(found.score, found.dyad, found.day, strict=True)]
    for budget in BUDGETS:
        ours = figures(match(keep(found, came, budget), came), came)
        theirs = scorer.figures(alerts, gold, came.begin, came.days, budget)
        assert (ours.alerts, ours.f1, ours.mean_lead) == (theirs["alerts"], theirs["f1"], theirs["mean_lead_days"])


@pytest.mark.data
@pytest.mark.parametrize("name", sorted(BASELINES))
def test_a_baseline_judges_a_day_by_those_before_it(icews: EventColumns, name: str) -> None:
    came = truth(icews)
    cut = 200
    blind = replace(came, counts=np.where(np.arange(came.days) > cut, 9, came.counts))
    one, other = BASELINES[name](came), BASELINES[name](blind)
    same = [dict(zip(zip(s.dyad.tolist(), s.day.tolist(), strict=True), s.score.tolist(), strict=True))
            for s in (one.where(one.day <= cut), other.where(other.day <= cut))]  # fmt: skip
    assert len(same[0]) > 300
    assert same[0] == pytest.approx(same[1])


def test_a_larger_budget_only_adds() -> None:
    came = truth(small_table())
    found = BASELINES["ears_c2"](came)
    few, many = keep(found, came, 0.1), keep(found, came, 1)
    assert 0 < len(few.day) < len(many.day)
    assert np.array_equal(many.day[: len(few.day)], few.day)


def test_of_a_pair_at_most_one_alert_is_kept_in_seven_days() -> None:
    came = truth(small_table())
    kept = keep(BASELINES["no_change"](came), came, 5)
    assert len(kept.day) > 20
    for dyad in np.unique(kept.dyad):
        assert np.diff(np.sort(kept.day[kept.dyad == dyad])).min(initial=99) >= 7


def small_truth() -> Truth:
    return replace(truth(small_table()), onset_dyad=np.array([0, 1]), onset_day=np.array([50, 60]))


@pytest.mark.parametrize(
    ("day", "right"), [(42, False), (43, True), (50, True), (51, True), (52, False)]
)  # fmt: skip
def test_an_alert_is_right_from_seven_days_before_to_one_after(day: int, right: bool) -> None:
    one = match(Scores(dyad=np.array([0]), day=np.array([day]), score=np.array([1.0])), small_truth())
    assert one.hit.tolist() == [right]
    assert np.isnan(one.lead).tolist() == [not right, True]
    if right:
        assert one.lead[0] == 50 - day


def test_the_lead_is_that_of_the_earliest_alert() -> None:
    days = np.array([51, 44, 49])
    one = match(Scores(dyad=np.zeros(3, np.int64), day=days, score=np.ones(3)), small_truth())
    found = figures(one, small_truth())
    assert (found.mean_lead, found.precision, found.recall) == (6.0, 1.0, 0.5)


def test_intervals_hold_the_figure_and_are_the_same_each_time() -> None:
    came = truth(small_table())
    one = match(keep(BASELINES["ears_c2"](came), came, 0.25), came)
    by = resampling.draws(came)
    assert by.shape == (resampling.DRAWS, -(-came.span // 7))
    low, high = resampling.interval(resampling.drawn([one], came, by).f1)
    assert low is not None
    assert high is not None
    assert low < figures(one, came).f1 < high
    again = resampling.drawn([one], came, resampling.draws(came))
    assert resampling.interval(again.f1) == (low, high)


def test_each_week_drawn_once_gives_the_figure_itself() -> None:
    came = truth(small_table())
    one: Matched = match(keep(BASELINES["seasonal"](came), came, 0.5), came)
    drawn = resampling.drawn([one], came, np.ones((1, -(-came.span // 7)), dtype=np.int64))
    assert drawn.f1[0] == pytest.approx(figures(one, came).f1, abs=1e-4)


def test_random_draws_follow_the_volume() -> None:
    came = truth(small_table())
    counts = [came.counts[s.dyad[np.argsort(-s.score)[:20]], s.day[np.argsort(-s.score)[:20]]].mean()
              for s in (random_by_volume(came, seed=seed) for seed in range(20))]  # fmt: skip
    assert np.mean(counts) > 1.2 * came.counts[came.counts > 0].mean()


def candidates(days: int, seed: int) -> Candidates:
    rng = np.random.default_rng(seed)
    day = np.repeat(np.arange(735_000, 735_000 + days), 20)
    return Candidates(day=day, dyad=rng.integers(0, 400, len(day)), probability=rng.beta(1, 12, len(day)))


@pytest.mark.parametrize("budget", BUDGETS)
def test_the_threshold_keeps_the_budget_over_a_quarter(budget: float) -> None:
    given = candidates(14 + 91, 5)
    rows = raised(given, budget=budget, since=735_014)
    assert abs(len(rows) / 91 - budget) <= 0.2 * budget


@settings(max_examples=20, deadline=None)
@given(cut=st.integers(20, 80), seed=st.integers(0, 1000))
def test_what_is_raised_depends_on_the_past_alone(cut: int, seed: int) -> None:
    given = candidates(90, 5)
    after = given.day > 735_000 + cut
    rng = np.random.default_rng(seed)
    other = Candidates(day=given.day, dyad=given.dyad,
                       probability=np.where(after, rng.random(len(after)), given.probability))  # fmt: skip
    one, two = (raised(x, budget=0.5, since=735_014) for x in (given, other))
    last = int((~after).sum())
    assert [i for i in one if i < last] == [i for i in two if i < last]


def test_the_crisis_of_may_2014_is_raised_in_time(spring: Backtest) -> None:
    hits = [x for x in spring.lines if x.dyad == ("China", "Vietnam") and 2.0 in x.budgets]
    assert date(2014, 5, 4) <= next(x.date for x in hits if x.date >= date(2014, 5, 1)) <= date(2014, 5, 6)


def test_the_body_is_plain_and_complete() -> None:
    body = json.loads(json.dumps(small().body))
    assert list(body["budgets"]) == ["0.25", "0.5", "1", "2"]
    for row in body["budgets"].values():
        assert set(row) == {"vedette", "ears_c2", "nb_cusum", "seasonal", "no_change", "random"}
        for one in row.values():
            assert one["f1_low"] <= one["f1"] <= one["f1_high"]
    assert set(body["raised"]["1"]) == {"vedette", "vedette_followed", "ears_c2", "nb_cusum", "seasonal", "no_change"}
    assert sum(b["n"] for b in body["reliability"]) == body["cases"] > 50
    assert sum(d["onsets"] for d in body["daily"]) == body["onsets"] > 5
    assert sum(m["alerts"] for m in body["monthly"]["months"]) == body["raised"]["1"]["vedette"]["alerts"]
    assert body["span"] == ["2014-01-29", "2014-04-23"]
