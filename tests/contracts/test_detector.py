"""What every detector promises, whatever its method."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.detectors import DETECTORS, WindowDetector, make
from domain.alert import Series, SeriesKey
from domain.protocols import Detector

Array = npt.NDArray[np.float64]
KEY = SeriesKey("dyad", ("CN", "VN"))
FIRST = date(2014, 1, 1)
NAMES = sorted(DETECTORS)
OFFSET = sorted(set(DETECTORS) - {"ears_c1", "ears_c2", "ears_c3"})
"""The detectors that take the documents read as the offset."""
days = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 80)), min_size=1, max_size=70)


def series(counts: list[int] | tuple[int, ...], exposure: list[int] | tuple[int, ...] | None = None) -> Series:
    read = tuple(exposure) if exposure is not None else (40,) * len(counts)
    return Series(key=KEY, first=FIRST, counts=tuple(counts), exposure=read)


@pytest.fixture(params=NAMES)
def detector(request: pytest.FixtureRequest) -> Detector:
    return make(request.param)


def test_it_is_a_detector_known_by_its_own_name(detector: Detector) -> None:
    assert isinstance(detector, Detector)
    assert isinstance(detector, WindowDetector)
    assert 0 <= detector.gap < detector.history
    assert 2 <= detector.least < detector.history
    assert make(detector.name) == detector


def test_one_signal_a_day_in_order_with_its_window_before_the_day(detector: Detector) -> None:
    signals = detector.judge(series([0, 1, 2] * 20), first=0, last=60)
    found = [signal.day for signal in signals]
    assert found == [date.fromordinal(found[0].toordinal() + i) for i in range(len(found))]
    assert found[-1] == date(2014, 3, 1)
    for signal in signals:
        assert (signal.key, signal.detector) == (KEY, detector.name)
        assert FIRST <= signal.window[0] < signal.window[1] <= signal.day
        assert signal.observed == (signal.day - FIRST).days % 3
        assert signal.spread > 0
        assert signal.expected >= 0
        assert signal.p_value is None or 0 < signal.p_value <= 1


def test_a_burst_after_quiet_weeks_fires_and_only_then(detector: Detector) -> None:
    signals = detector.judge(series([0] * 40 + [8]), first=0, last=41)
    assert [signal.day.isoformat() for signal in signals if signal.fired] == ["2014-02-10"]


def test_a_steady_level_does_not_fire(detector: Detector) -> None:
    assert not any(signal.fired for signal in detector.judge(series([6] * 90), first=0, last=90))


def test_two_documents_are_too_few(detector: Detector) -> None:
    assert not detector.judge(series([0] * 40 + [2]), first=40, last=41)[0].fired


@pytest.mark.parametrize("span", [(0, 0), (5, 3), (200, 300)])
def test_an_empty_span_gives_nothing(detector: Detector, span: tuple[int, int]) -> None:
    assert detector.judge(series([1] * 50), first=span[0], last=span[1]) == ()


def test_too_little_history_gives_nothing(detector: Detector) -> None:
    assert detector.judge(series([0] * 5 + [9]), first=0, last=6) == ()


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None)
@given(before=days, after=days, other=days)
def test_no_look_ahead(
    name: str, before: list[tuple[int, int]], after: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    detector, end = make(name), len(before)

    def judged(later: list[tuple[int, int]]) -> tuple[object, ...]:
        whole = before + later
        return detector.judge(series([c for c, _ in whole], [e for _, e in whole]), first=0, last=end)

    assert judged(after) == judged(other) == judged([])


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None)
@given(days=days, more=st.integers(1, 9))
def test_more_today_is_never_less_strange(name: str, days: list[tuple[int, int]], more: int) -> None:
    detector, end = make(name), len(days)
    counts, exposure = [c for c, _ in days], [e for _, e in days]
    low = detector.judge(series(counts, exposure), first=end - 1, last=end)
    high = detector.judge(series([*counts[:-1], counts[-1] + more], exposure), first=end - 1, last=end)
    for one, other in zip(low, high, strict=True):
        assert other.score >= one.score - 1e-9
        assert other.fired >= one.fired


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40, deadline=None)
@given(exposure=st.lists(st.integers(0, 500), min_size=1, max_size=80))
def test_zeros_never_fire(name: str, exposure: list[int]) -> None:
    n = len(exposure)
    assert not any(signal.fired for signal in make(name).judge(series([0] * n, exposure), first=0, last=n))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40, deadline=None)
@given(days=days)
def test_a_day_alone_is_judged_as_among_others(name: str, days: list[tuple[int, int]]) -> None:
    detector, n = make(name), len(days)
    whole = series([c for c, _ in days], [e for _, e in days])
    one_by_one = [signal for t in range(n) for signal in detector.judge(whole, first=t, last=t + 1)]
    assert one_by_one == list(detector.judge(whole, first=0, last=n))


@pytest.fixture(scope="module")
def matrix() -> tuple[Array, Array, Array]:
    """Rows of every kind: rare and busy, risen at the end, with days not read, with none read before some day."""
    rng = np.random.default_rng(5)
    counts = rng.negative_binomial(0.7, 0.7 / (0.7 + 10 ** rng.uniform(-2.5, 1.5, (60, 1))), (60, 120)).astype(float)
    counts[::3, -3:] += rng.poisson(6, (20, 3))
    exposure = rng.integers(1, 80, counts.shape).astype(float)
    exposure[::4][rng.random((15, 120)) < 0.1] = 0
    exposure[1::6, : rng.integers(20, 110)] = 0
    exposure[7, -1] = 0
    return counts, exposure, rng.integers(0, 7, 60)


def test_a_matrix_of_rows_is_judged_as_each_row_alone(
    detector: WindowDetector, matrix: tuple[Array, Array, Array]
) -> None:
    counts, exposure, weekday = matrix
    whole = detector.measure(counts, exposure, weekday=weekday)
    assert 0.3 < whole.judged.mean() < 1
    assert whole.fired.any()
    for row in range(len(counts)):
        one = slice(row, row + 1)
        alone = detector.measure(counts[one], exposure[one], weekday=weekday[row])
        for field in ("score", "expected", "spread", "p_value", "fired"):
            mine, other = getattr(alone, field), getattr(whole, field)
            assert mine is other is None or np.array_equal(mine, other[one], equal_nan=field != "fired")


def test_a_series_is_judged_as_its_windows_are(detector: Detector, matrix: tuple[Array, Array, Array]) -> None:
    counts, exposure, _ = matrix
    for row in (0, 3, 12, 13):
        whole = series([int(c) for c in counts[row]], [int(e) for e in exposure[row]])
        found = {signal.day: signal for signal in detector.judge(whole, first=0, last=120)}
        for t in range(0, 120, 7):
            window = slice(0, t + 1)
            day = whole.day(t)
            one = detector.measure(counts[row : row + 1, window], exposure[row, window], weekday=day.weekday())
            assert bool(one.judged[0]) == (day in found)
            if day in found:
                assert (found[day].score, found[day].fired) == (one.score[0], one.fired[0])


def test_days_older_than_its_history_change_nothing(
    detector: WindowDetector, matrix: tuple[Array, Array, Array]
) -> None:
    counts, exposure, weekday = matrix
    kept = detector.measure(counts[:, -detector.history :], exposure[:, -detector.history :], weekday=weekday)
    whole = detector.measure(counts, exposure, weekday=weekday)
    assert np.array_equal(kept.score, whole.score, equal_nan=True)
    # As many columns as there are is enough, even one; days that are missing are days that were not read.
    for width in (1, 5, detector.history - 1):
        short = detector.measure(counts[:, -width:], exposure[:, -width:], weekday=weekday)
        unread = exposure.copy()
        unread[:, :-width] = 0
        assert np.array_equal(short.score, detector.measure(counts, unread, weekday=weekday).score, equal_nan=True)


def test_whole_numbers_and_floats_and_one_exposure_for_all_are_the_same(detector: WindowDetector) -> None:
    rng = np.random.default_rng(2)
    counts, exposure = rng.poisson(2, (8, 110)), rng.integers(10, 60, 110)
    as_int = detector.measure(counts, exposure, weekday=3)
    as_float = detector.measure(counts.astype(float), np.tile(exposure.astype(float), (8, 1)), weekday=[3.0] * 8)
    assert as_int.judged.all()
    assert np.array_equal(as_int.score, as_float.score)
    assert as_int.score.dtype == np.float64


def test_a_row_that_cannot_be_judged_is_unknown_and_not_calm(detector: WindowDetector) -> None:
    counts = np.zeros((3, 110))
    exposure = np.full((3, 110), 40.0)
    exposure[1, -1] = 0  # nothing was read on the day
    exposure[2, :-1] = 0  # nothing was read before it
    found = detector.measure(counts, exposure, weekday=0)
    assert found.judged.tolist() == [True, False, False]
    assert not found.fired.any()
    for values in (found.score, found.expected, found.spread, found.p_value):
        assert values is None or np.isnan(values).tolist() == [False, True, True]


def test_a_day_that_was_not_read_gives_no_signal(detector: Detector) -> None:
    exposure = [40] * 110
    exposure[105] = 0
    assert detector.judge(series([1] * 110, exposure), first=105, last=106) == ()
    assert detector.judge(series([3] * 110, [0] * 110), first=0, last=110) == ()


def test_after_a_month_of_missing_data_the_usual_level_is_no_news(detector: Detector) -> None:
    counts, exposure = [6] * 60 + [0] * 30 + [6] * 50, [40] * 60 + [0] * 30 + [40] * 50
    signals = detector.judge(series(counts, exposure), first=60, last=140)
    assert not any(signal.fired for signal in signals)
    assert all(abs(signal.expected - 6) < 1 for signal in signals)
    assert signals[-1].day == date(2014, 5, 20)  # and it is judged again
    # What the month hid is not the month's: a burst well after it fires as ever.
    counts[-1] = 40
    assert detector.judge(series(counts, exposure), first=139, last=140)[0].fired


def test_days_that_were_not_read_do_not_make_zeros_look_calm(detector: Detector) -> None:
    """Every other week nothing is read: what is expected on a day that is read stays what such days bring."""
    read = [40 if i // 7 % 2 else 0 for i in range(120)]
    counts = [5 if n else 0 for n in read]
    for signal in detector.judge(series(counts, read), first=0, last=120):
        assert not signal.fired
        assert abs(signal.expected - 5) < 1


def test_a_day_with_a_hundred_times_the_usual_fires_and_is_soon_over(detector: Detector) -> None:
    """The count test sums three days, so that it goes on for two more; no other fires on a usual day after it."""
    counts = [6, 5, 7] * 30 + [600] + [6, 5, 7] * 20
    signals = {signal.day: signal for signal in detector.judge(series(counts), first=0, last=len(counts))}
    assert all(np.isfinite([s.score, s.expected, s.spread]).all() for s in signals.values())
    fired = [day.isoformat() for day, signal in signals.items() if signal.fired]
    assert fired == ["2014-04-01", "2014-04-02", "2014-04-03"][: 3 if detector.name == "counts" else 1]


@pytest.mark.parametrize("name", OFFSET)
def test_reading_ten_times_as_much_is_not_ten_times_as_much_happening(name: str) -> None:
    counts = [6, 5, 7] * 36 + [60]
    assert not make(name).judge(series(counts, [400] * 108 + [4000]), first=108, last=109)[0].fired
    assert make(name).judge(series(counts, [400] * 109), first=108, last=109)[0].fired


@pytest.mark.parametrize("name", OFFSET)
def test_reading_half_as_much_hides_no_rise(name: str) -> None:
    counts = [6, 5, 7] * 36 + [24]
    full = make(name).judge(series(counts, [400] * 109), first=108, last=109)[0]
    half = make(name).judge(series(counts, [400] * 108 + [200]), first=108, last=109)[0]
    assert half.score > full.score
    assert half.expected < full.expected


@pytest.mark.parametrize(
    ("counts", "exposure", "what"),
    [
        ([[1.0, -1.0]], [4.0, 4.0], "not negative"),
        ([[1.0, np.nan]], [4.0, 4.0], "finite"),
        ([[1.0, 1.0]], [4.0, np.inf], "finite"),
        ([[1.0, 1.0]], [4.0], "shape"),
        ([1.0, 1.0], [4.0, 4.0], "shape"),
        (np.zeros((2, 0)), np.zeros((2, 0)), "columns"),
    ],
)
def test_what_is_no_matrix_of_counts_is_refused(
    detector: WindowDetector, counts: Array, exposure: Array, what: str
) -> None:
    with pytest.raises(ValueError, match=what):
        detector.measure(counts, exposure)


def test_no_rows_are_no_measurements(detector: WindowDetector) -> None:
    assert detector.measure(np.zeros((0, 90)), np.ones(90)).score.shape == (0,)


def test_an_unknown_detector_or_option_is_named() -> None:
    with pytest.raises(ValueError, match=r"unknown detector 'cusum'; known: bocpd, counts, ears_c1, ears_c2"):
        make("cusum")
    with pytest.raises(ValueError, match=r"ears_c2.*speed"):
        make("ears_c2", speed=3)
