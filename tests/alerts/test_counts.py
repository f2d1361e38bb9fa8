from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from scipy import stats

from alerts.detectors import CountTest
from domain.alert import Series, SeriesKey, Signal

KEY = SeriesKey("dyad", ("CN", "VN"))


def series(counts: list[int], exposure: list[int] | None = None) -> Series:
    return Series(key=KEY, first=date(2014, 1, 1), counts=tuple(counts), exposure=tuple(exposure or [40] * len(counts)))


def last(test: CountTest, counts: list[int], exposure: list[int] | None = None) -> Signal:
    return test.judge(series(counts, exposure), first=len(counts) - 1, last=len(counts))[0]


def test_without_extra_dispersion_it_is_the_gamma_poisson_predictive() -> None:
    test = CountTest(windows=(1,), dispersion=1.0, prior_shape=0.5, prior_days=1.0)
    counts = [1, 0, 0, 1] * 7 + [0, 0, 4]
    signal = last(test, counts)
    assert signal.window == (date(2014, 1, 1), date(2014, 1, 29))
    shape, rate = 0.5 + 14, 1.0 + 28
    assert signal.p_value == pytest.approx(stats.nbinom.sf(3, shape, rate / (rate + 1)), rel=1e-9)
    assert signal.expected == pytest.approx(shape / rate)


def test_p_values_are_sound_on_poisson_counts() -> None:
    """Under the null a p-value is under x in at most about x of the days (discrete counts make it rarer)."""
    rng = np.random.default_rng(7)
    p = []
    for mean in (0.1, 0.5, 2.0, 10.0):
        counts = rng.poisson(mean, 3000).tolist()
        signals = CountTest(minimum=1).judge(series(counts), first=0, last=3000)
        p += [signal.p_value for signal in signals if signal.p_value is not None]
    for x in (0.05, 0.01, 0.001):
        assert np.mean(np.array(p) < x) <= x * 1.1


def test_overdispersed_baselines_ask_for_more() -> None:
    calm, bursty = [2] * 28, ([8] + [0] * 3) * 7
    assert last(CountTest(), [*calm, 2, 2, 11]).fired
    assert not last(CountTest(), [*bursty, 0, 0, 11]).fired


def test_a_slow_start_fires_through_the_longer_windows() -> None:
    counts = [0] * 30 + [2, 2, 2]
    assert last(CountTest(), counts).fired
    assert not last(CountTest(windows=(1,)), counts).fired
    stretch = CountTest().stretch(series(counts), 32)
    assert stretch is not None
    assert (stretch.days, stretch.observed) == (3, 6)
    assert stretch.expected == pytest.approx(3 * last(CountTest(), counts).expected)


def test_a_day_with_nothing_does_not_fire_after_a_burst() -> None:
    assert not last(CountTest(), [0] * 30 + [9, 0]).fired


def test_reading_ten_times_as_much_is_not_ten_times_as_much_happening() -> None:
    counts = [2, 3] * 15 + [20]
    assert last(CountTest(), counts, [200] * 31).fired
    assert not last(CountTest(), counts, [200] * 30 + [2000]).fired


def test_the_exposure_of_a_tiny_corpus_hardly_moves_what_is_expected() -> None:
    counts = [0, 0, 1] * 10 + [7]
    usual, busy = last(CountTest(), counts, [2] * 31), last(CountTest(), counts, [2] * 30 + [6])
    assert usual.expected < busy.expected < 1.25 * usual.expected
    assert busy.fired


def test_days_before_anything_was_read_are_no_history() -> None:
    counts, exposure = [0] * 60 + [4, 5, 4] * 6, [0] * 60 + [50] * 18
    signals = CountTest().judge(series(counts, exposure), first=0, last=78)
    assert [signal.day for signal in signals] == [date(2014, 3, 18), date(2014, 3, 19)]
    assert not any(signal.fired for signal in signals)
    assert CountTest().judge(series([3] * 60, [0] * 60), first=0, last=60) == ()


def test_a_huge_burst_has_a_finite_score() -> None:
    signal = last(CountTest(), [0] * 30 + [100_000])
    assert signal.fired
    assert np.isfinite(signal.score)
    assert 100 < signal.score <= 300


@pytest.mark.parametrize(
    "options", [{"windows": (4,)}, {"windows": ()}, {"least": 1}, {"alpha": 0.0}, {"dispersion": 0.5}, {"ballast": 0.0}]
)
def test_settings_that_make_no_sense_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="counts: "):
        CountTest(**options)  # type: ignore[arg-type]
