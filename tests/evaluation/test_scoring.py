"""Proper scores against values worked by hand or from their definition."""

from __future__ import annotations

import doctest
import importlib
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.forecasting import counts
from evaluation.scoring import (
    brier,
    compare,
    crps,
    crps_of_samples,
    log_loss,
    log_score,
    murphy,
    reliability,
    skill,
    skill_interval,
    weeks,
)


def test_brier_and_log_by_hand() -> None:
    assert brier([0.7, 0.7, 0.0], [1, 0, 0]).tolist() == pytest.approx([0.09, 0.49, 0.0])
    assert log_loss([0.5, 0.25], [1, 0]).tolist() == pytest.approx([math.log(2), -math.log(0.75)])
    assert log_loss([0.0], [1])[0] == pytest.approx(math.log(1000)), "a certain error costs much, not infinity"


def test_the_parts_of_the_brier_score_by_hand() -> None:
    # Two probabilities: 0.25 came once in four, as said; 0.75 came twice in four. Base rate 3/8.
    p, y = [0.25] * 4 + [0.75] * 4, [1, 0, 0, 0, 1, 1, 0, 0]
    parts = murphy(p, y, bins=2)
    assert parts.reliability == pytest.approx(0.5 * 0 + 0.5 * 0.25**2)
    assert parts.resolution == pytest.approx(0.125**2)
    assert parts.uncertainty == pytest.approx(3 / 8 * 5 / 8)
    assert parts.within == pytest.approx(0)
    assert parts.brier == pytest.approx(parts.reliability - parts.resolution + parts.uncertainty)
    table = reliability(p, y, bins=2)
    assert [(b.n, b.forecast, b.came) for b in table] == [(4, 0.25, 0.25), (4, 0.75, 0.5)]


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=80), st.integers(1, 12), st.booleans())
@settings(max_examples=80, deadline=None)
def test_the_parts_always_add_up(pairs: list[tuple[float, bool]], bins: int, equal: bool) -> None:
    p, y = [a for a, _ in pairs], [float(b) for _, b in pairs]
    parts = murphy(p, y, bins=bins, equal=equal)
    assert parts.brier == pytest.approx(
        parts.reliability - parts.resolution + parts.uncertainty + parts.within, abs=1e-12
    )
    table = reliability(p, y, bins=bins, equal=equal)
    assert sum(b.n for b in table) == len(p)
    assert all(b.low <= b.forecast + 1e-12 and b.forecast <= b.high + 1e-12 for b in table)


def test_nothing_to_score_is_refused() -> None:
    with pytest.raises(ValueError, match="no forecasts"):
        murphy([], [])
    with pytest.raises(ValueError, match="no samples"):
        crps_of_samples(1, [])
    assert reliability([], []) == []


@pytest.mark.parametrize("mean", [1e-9, 0.05, 0.7, 3, 40, 900])
@pytest.mark.parametrize("dispersion", [0, 1e-5, 1e-3, 0.2, 1.4, 9])
@pytest.mark.parametrize("y", [0, 1, 4, 60, 1000])
def test_crps_of_counts_is_the_sum_that_defines_it(mean: float, dispersion: float, y: int) -> None:
    k = np.arange(0, int(max(mean * (30 if dispersion < 2 else 120), y)) + 2000)
    by_definition = float(((counts.cdf(k, mean, dispersion) - (k >= y)) ** 2).sum())
    assert crps(y, mean, dispersion)[0] == pytest.approx(by_definition, rel=1e-4, abs=1e-7)


def test_crps_by_hand() -> None:
    assert crps(5, 1e-9, 0)[0] == pytest.approx(5), "of a certain forecast it is the error"
    assert crps_of_samples(2, [1, 3]) == pytest.approx(1 - 0.5)
    drawn = np.random.default_rng(0).negative_binomial(1 / 0.5, 1 / (1 + 4 * 0.5), 40_000)
    assert crps_of_samples(7, drawn) == pytest.approx(crps(7, 4, 0.5)[0], rel=0.02)


def test_log_score_of_counts_by_hand() -> None:
    assert log_score(0, 2, 0)[0] == pytest.approx(2), "Poisson: minus log of exp(-2)"
    # Dispersion 1 is geometric: P(k) = 1/(1+m) * (m/(1+m))**k.
    assert log_score(2, 3, 1)[0] == pytest.approx(-math.log(1 / 4 * (3 / 4) ** 2))


def test_a_proper_score_is_lowest_for_the_truth() -> None:
    k = np.arange(0, 400)
    truth = np.exp(-log_score(k, 6, 0.8))
    for score in (crps, log_score):
        right = float((truth * score(k, 6, 0.8)).sum())
        for mean, dispersion in ((5, 0.8), (7.5, 0.8), (6, 0.3), (6, 1.6)):
            assert float((truth * score(k, mean, dispersion)).sum()) > right


def test_intervals_hold_what_they_say() -> None:
    for level in (0.5, 0.8, 0.95):
        low, high = counts.interval(level, [0.2, 3, 80], [1.0, 0.5, 0.0])
        inside = counts.cdf(high, [0.2, 3, 80], [1.0, 0.5, 0.0]) - counts.cdf(low - 1, [0.2, 3, 80], [1.0, 0.5, 0.0])
        assert (inside >= level - 1e-9).all()


def test_the_likeliest_dispersion_is_found() -> None:
    rng = np.random.default_rng(2)
    drawn = rng.negative_binomial(1 / 0.6, 1 / (1 + 5 * 0.6), 6000)
    assert counts.fit_dispersion(drawn, np.full(6000, 5.0)) == pytest.approx(0.6, rel=0.2)


def test_skill_and_its_interval() -> None:
    assert skill([1, 1], [2, 2]) == 0.5
    assert skill([0], [0]) == 0
    rng = np.random.default_rng(0)
    week = np.repeat(np.arange(40), 30)
    reference = rng.exponential(1, 1200)
    low, high = skill_interval(0.8 * reference, reference, week)
    assert low == pytest.approx(0.2)
    assert high == pytest.approx(0.2)
    # Noise that a whole week shares must widen the interval; as single forecasts it would look certain.
    shared = reference + np.repeat(rng.normal(0, 0.5, 40), 30)
    by_week = skill_interval(shared, reference, week)
    by_one = skill_interval(shared, reference, np.arange(1200))
    assert by_week[1] - by_week[0] > 2 * (by_one[1] - by_one[0])
    assert skill_interval([1.0], [2.0], [0]) == (float("-inf"), 1.0), "one block says nothing"
    assert weeks(np.array([13, 14, 20, 21])).tolist() == [1, 2, 2, 3]


def test_methods_beside_the_best_of_some() -> None:
    scores = {"model": [1.0, 1.0], "one": [2.0, 2.0], "two": [1.5, 1.5]}
    found = {c.method: c for c in compare(scores, [0, 1], against=("one", "two"))}
    assert found["model"].reference == "two"
    assert found["model"].skill == pytest.approx(1 / 3)
    assert found["one"].skill < 0
    with pytest.raises(ValueError, match="no scores of 'three'"):
        compare(scores, [0, 1], reference="three")


@pytest.mark.parametrize("name", ["evaluation.scoring", "alerts.forecasting.scores", "alerts.onsets"])
def test_examples(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0
