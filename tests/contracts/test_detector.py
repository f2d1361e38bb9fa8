"""What every detector promises, whatever its method."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.detectors import DETECTORS, make
from domain.alert import Series, SeriesKey
from domain.protocols import Detector

KEY = SeriesKey("dyad", ("CN", "VN"))
FIRST = date(2014, 1, 1)
NAMES = sorted(DETECTORS)
days = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 80)), min_size=1, max_size=70)


def series(counts: list[int] | tuple[int, ...], exposure: list[int] | tuple[int, ...] | None = None) -> Series:
    read = tuple(exposure) if exposure is not None else (40,) * len(counts)
    return Series(key=KEY, first=FIRST, counts=tuple(counts), exposure=read)


@pytest.fixture(params=NAMES)
def detector(request: pytest.FixtureRequest) -> Detector:
    return make(request.param)


def test_it_is_a_detector_known_by_its_own_name(detector: Detector) -> None:
    assert isinstance(detector, Detector)
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


def test_an_unknown_detector_or_option_is_named() -> None:
    with pytest.raises(ValueError, match=r"unknown detector 'cusum'; known: bocpd, counts, ears_c1, ears_c2"):
        make("cusum")
    with pytest.raises(ValueError, match=r"ears_c2.*speed"):
        make("ears_c2", speed=3)
