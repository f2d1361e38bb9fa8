from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.indicators import MOSTLY_NOT_READ, NO_PAST, NOT_READ, Reading, board, level, readings
from domain.alert import SeriesKey, parse_series
from domain.indicator import Indicator, Scenario, parse_indicator

DAY = date(2014, 6, 1)
PAIR = SeriesKey("dyad", ("CN", "VN"), "hostile")
Changes = list[tuple[date, date, float]]


def ago(n: int) -> date:
    return DAY - timedelta(days=n)


def steady(amount: float, *, days: int = 380, until: int = 0) -> Changes:
    """So much of every day, known that day, up to ``until`` days ago."""
    return [(ago(i), ago(i), amount) for i in range(until, days)]


def last(changes: Changes, exposure: Changes, *, key: SeriesKey = PAIR, window: int = 7) -> Reading:
    [one] = readings(key, changes, exposure, first=DAY, last=DAY, window=window)
    return one


def test_a_steady_series_is_usual() -> None:
    one = last(steady(3), steady(50))
    assert (one.value, one.usual, one.z, one.rank, one.behind, one.gap) == (21, 21, 0, 50, 0, None)
    assert level(one, Indicator(series=PAIR)) == 0
    assert level(one, Indicator(series=PAIR), scale="percentile") == 50


def test_twice_the_reading_is_not_twice_the_happening() -> None:
    grown = [(ago(i), ago(i), 100.0 if i < 10 else 50.0) for i in range(380)]
    told = [(ago(i), ago(i), 6.0 if i < 10 else 3.0) for i in range(380)]
    one = last(told, grown)
    assert (one.value, one.usual, one.z) == (42, 42, 0)
    as_much_read = last(told, steady(50))
    assert as_much_read.z is not None
    assert as_much_read.z > 3


def test_a_day_on_which_nothing_was_read_is_a_gap_and_not_calm() -> None:
    silent = readings(PAIR, steady(3, until=5), steady(50, until=5), first=ago(6), last=DAY)
    assert [r.gap for r in silent[:2]] == [None, None]
    assert [r.gap for r in silent[2:]] == [NOT_READ] * 5
    assert [r.behind for r in silent] == [0, 0, 1, 2, 3, 4, 5]
    assert all(r.value is None and r.z is None for r in silent[2:])
    made = board(Scenario(name="s", indicators=(Indicator(series=PAIR),)), [silent])
    assert [day.level for day in made] == [0, 0, None, None, None, None, None]


def test_after_a_long_silence_one_day_does_not_speak_for_the_week() -> None:
    one = last([*steady(3, until=6), (DAY, DAY, 3)], [*steady(50, until=6), (DAY, DAY, 50)])
    assert one.gap == MOSTLY_NOT_READ
    # Old papers that come in today say nothing of today.
    late = [*steady(50, until=9), *((DAY, ago(i), 50.0) for i in range(20, 30))]
    assert last(steady(3, until=9), late).gap == MOSTLY_NOT_READ


def test_a_short_past_says_nothing_of_what_is_usual() -> None:
    assert last(steady(3, days=50), steady(50, days=50)).gap == NO_PAST
    assert last(steady(3, days=80), steady(50, days=80)).gap is None


def test_a_sparse_series_does_not_leap_at_its_first_event() -> None:
    one, five = (last([(DAY, DAY, float(n))], steady(50)) for n in (1, 5))
    up = Indicator(series=PAIR)
    assert level(one, up) == 25
    assert level(five, up) == 100


def test_of_two_unlike_readings_the_deviation_is_robust() -> None:
    # A crisis in the past year does not hide the next one.
    crisis = [(ago(i), ago(i), 40.0 if 200 <= i < 220 else float(i % 3)) for i in range(7, 380)]
    now = [(ago(i), ago(i), 9.0) for i in range(7)]
    assert level(last(crisis + now, steady(50)), Indicator(series=PAIR)) == 100


def test_a_negative_weight_counts_when_the_series_falls() -> None:
    key = replace(PAIR, measure="intensity")
    told = [*steady(0.5, until=7), *((ago(i), ago(i), -8.0) for i in range(7))]
    one = last(told, steady(50), key=key)
    falls, rises = (Indicator(series=key, weight=w) for w in (-1.0, 1.0))
    assert (level(one, falls), level(one, rises)) == (100, 0)
    assert (level(one, falls, scale="percentile"), level(one, rises, scale="percentile")) == (100, 0)


@settings(max_examples=60, deadline=None)
@given(
    ahead=st.lists(st.tuples(st.integers(1, 30), st.integers(-40, 400), st.floats(-50, 50)), max_size=20),
    told=st.lists(st.tuples(st.integers(0, 400), st.floats(0, 9)), max_size=60),
)
def test_nothing_that_shows_later_changes_a_day(
    ahead: list[tuple[int, int, float]], told: list[tuple[int, float]]
) -> None:
    changes = [(ago(i), ago(i), n) for i, n in told]
    later = [(DAY + timedelta(days=seen), ago(day), n) for seen, day, n in ahead]
    before = readings(PAIR, changes, steady(50), first=ago(20), last=DAY)
    after = readings(PAIR, changes + later, steady(50) + later, first=ago(20), last=DAY)
    further = readings(PAIR, changes + later, steady(50) + later, first=ago(20), last=DAY + timedelta(days=35))
    assert before == after == further[:21]


def test_what_is_told_of_a_day_ahead_waits_for_it() -> None:
    early = [(ago(30), DAY, 90.0)]
    assert last(early, steady(50)).value == 90
    assert readings(PAIR, early, steady(50), first=ago(1), last=ago(1))[0].value == 0


def test_what_was_taken_back_counts_until_then() -> None:
    told = [(ago(5), ago(5), 8.0), (ago(2), ago(5), -8.0)]
    assert [r.value for r in readings(PAIR, told, steady(50), first=ago(5), last=DAY)] == [8, 8, 8, 0, 0, 0]


def test_the_parts_sum_to_the_level_and_unseen_weight_is_told() -> None:
    other = SeriesKey("country", ("VN",))
    scenario = Scenario(name="s", indicators=(Indicator(series=PAIR, weight=3), Indicator(series=other, weight=-1)))
    high = last([(ago(i), ago(i), 9.0) for i in range(7)], steady(50))
    low = last(steady(3, until=7), steady(50), key=other)
    [both] = board(scenario, [[high], [low]])
    assert both.seen == 1
    assert both.level == pytest.approx(100)
    assert both.parts == pytest.approx((75, 25))
    blind = last(steady(3, until=7), steady(50, until=7), key=other)
    [part] = board(scenario, [[high], [blind]])
    assert (part.level, part.parts, part.seen) == (100, (100, None), 0.75)
    [most] = board(scenario, [[blind], [low]])
    assert (most.level, most.parts, most.seen) == (None, (None, None), 0.25)


def test_rows_that_do_not_fit_are_refused() -> None:
    scenario = Scenario(name="s", indicators=(Indicator(series=PAIR), Indicator(series=replace(PAIR, kind="directed"))))
    one = last(steady(3), steady(50))
    with pytest.raises(ValueError, match="1 rows of readings for 2"):
        board(scenario, [[one]])
    with pytest.raises(ValueError, match="days differ"):
        board(scenario, [[one], [replace(one, day=ago(1))]])
    with pytest.raises(ValueError, match="no days"):
        readings(PAIR, [], [], first=DAY, last=ago(1))


def test_indicators_are_written_as_text() -> None:
    assert parse_indicator(" dyad:VN-CN/hostile = 2.5") == Indicator(series=PAIR, weight=2.5)
    assert parse_indicator("country:VN/cooperative").weight == -1
    assert parse_indicator("watchlist:a=b=2") == Indicator(series=parse_series("watchlist:a=b"), weight=2)
    for bad in ("", "dyad:CN", "dyad:CN-VN=x"):
        with pytest.raises(ValueError, match=r"not a series|could not convert"):
            parse_indicator(bad)
