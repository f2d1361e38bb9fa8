"""A desk's budget is kept over a quarter by thresholds chosen on the past alone."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.budget import APART, Candidate, at_most, past_of, threshold, wanted

FIRST = date(2014, 1, 1)


def world(*, days: int, seed: int, rate: float, series: int = 200, growth: float = 0.0) -> list[list[Candidate]]:
    """Candidates a day: more likely ones are rarer; some series stay in question for days, as crises do."""
    random = np.random.default_rng(seed)
    found: list[list[Candidate]] = [[] for _ in range(days)]
    for day in range(days):
        for _ in range(random.poisson(rate * (1 + growth * day / days))):
            who, height = int(random.integers(series)), float(random.beta(0.6, 6))
            for later in range(day, min(days, day + 1 + random.geometric(0.5))):
                found[later].append(Candidate(who, FIRST + timedelta(days=later), height))
    return found


def raised_by(found: list[list[Candidate]], *, budget: float) -> list[date]:
    past: list[Candidate] = []
    raised: list[date] = []
    last: dict[object, date] = {}
    for day, candidates in enumerate(found):
        today = FIRST + timedelta(days=day)
        level = threshold(past_of(past), budget=budget, day=today, since=FIRST, raised=raised)
        n = 0
        for one in sorted(candidates, key=lambda x: -x.probability):
            if one.probability < level:
                continue
            if one.series in last and (today - last[one.series]).days <= APART:
                last[one.series] = today
            elif n < (at_most(budget) or 10**6):
                n += 1
                raised.append(today)
                last[one.series] = today
        past += candidates
    return raised


@pytest.mark.parametrize("budget", [0.25, 0.5, 1.0, 2.0])
@pytest.mark.parametrize(("rate", "growth"), [(15.0, 0.0), (40.0, 0.0), (15.0, 3.0)])
def test_a_quarter_brings_what_the_desk_can_read(budget: float, rate: float, growth: float) -> None:
    raised = raised_by(world(days=280, seed=3, rate=rate, growth=growth), budget=budget)
    for start in (91, 182):
        since = FIRST + timedelta(days=start)
        n = sum(since <= day < since + timedelta(days=91) for day in raised)
        assert n == pytest.approx(91 * budget, rel=0.2)


def test_what_comes_later_changes_no_threshold() -> None:
    found = world(days=120, seed=5, rate=20.0)
    before = [one for day in found[:60] for one in day]
    everything = [one for day in found for one in day]
    day = FIRST + timedelta(days=60)
    assert threshold(past_of(before), budget=0.5, day=day, since=FIRST) == threshold(
        past_of(everything), budget=0.5, day=day, since=FIRST
    )


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 50), low=st.floats(0.1, 2.0), more=st.floats(0.0, 3.0))
def test_more_budget_is_never_a_higher_threshold(seed: int, low: float, more: float) -> None:
    past = past_of([one for day in world(days=60, seed=seed, rate=8.0) for one in day])
    day = FIRST + timedelta(days=60)
    assert threshold(past, budget=low + more, day=day, since=day) <= threshold(past, budget=low, day=day, since=day)


def test_a_quarter_overdrawn_raises_nothing_more() -> None:
    past = past_of([one for day in world(days=60, seed=1, rate=8.0) for one in day])
    day = FIRST + timedelta(days=60)
    assert threshold(past, budget=0.5, day=day, since=FIRST, raised=[day - timedelta(days=1)] * 60) > 1


def test_no_past_no_budget_and_no_sense() -> None:
    day = FIRST + timedelta(days=60)
    assert threshold(past_of([]), budget=1.0, day=day, since=FIRST) == 0.3
    assert threshold(past_of([]), budget=0.0, day=day, since=FIRST) == 0.0
    with pytest.raises(ValueError, match="budget of -1"):
        threshold(past_of([]), budget=-1.0, day=day, since=FIRST)
    assert (at_most(0.0), at_most(0.25), at_most(2.0)) == (None, 1, 8)


def test_a_desk_that_was_away_is_not_flooded_when_it_is_back() -> None:
    day = FIRST + timedelta(days=400)
    assert wanted(budget=1.0, day=day, since=FIRST, raised=[]) <= 4.0
