from __future__ import annotations

import doctest
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import adjust as module
from alerts.adjust import HISTORY, LATE, LEAST, NO_PAST, NOT_READ, SURGE, THIN, Adjusted, adjust
from domain.alert import SeriesKey

DAY = date(2014, 6, 1)
PAIR = SeriesKey("dyad", ("CN", "VN"), "hostile")
INTENSITY = SeriesKey("dyad", ("CN", "VN"), "intensity")
Changes = list[tuple[date, date, float]]


def ago(n: int) -> date:
    return DAY - timedelta(days=n)


def ledger(amounts: dict[int, float] | list[float], *, lag: int = 0) -> Changes:
    """Amounts by days ago (a list: its last is today's), each known ``lag`` days after the day."""
    if isinstance(amounts, list):
        amounts = {len(amounts) - 1 - i: n for i, n in enumerate(amounts)}
    return [(ago(i - lag), ago(i), n) for i, n in amounts.items() if n]


def days(told: Changes, read: Changes, *, shown: int = 60, key: SeriesKey = PAIR) -> tuple[Adjusted, ...]:
    return adjust(key, told, read, first=ago(shown - 1), last=DAY).days


def values(found: tuple[Adjusted, ...]) -> list[float]:
    assert all(day.adjusted is not None for day in found)
    return [day.adjusted or 0.0 for day in found]


def poisson(mean: list[float], seed: int = 7) -> list[float]:
    return [float(n) for n in np.random.default_rng(seed).poisson(mean)]


@pytest.mark.parametrize("usual", [10.0, 40.0, 400.0])
def test_a_feed_that_doubles_does_not_make_a_flat_world_rise(usual: float) -> None:
    read = [usual] * 200 + [2 * usual] * 100
    share = 0.1
    found = days(ledger([share * n for n in read]), ledger(read), shown=150)
    assert found[-1].value == 2 * share * usual
    assert all(abs(x / (share * usual) - 1) < 0.15 for x in values(found))


def test_a_feed_that_grows_slowly_does_not_either() -> None:
    # By a third of a percent a day, to 2.6 times, with counts as they come by chance.
    grown = [12 * 1.0033**i for i in range(300)]
    told = [0.1 * n for n in grown]
    read = ledger([float(round(n)) for n in grown])
    got = np.mean([values(days(ledger(poisson(told, seed)), read, shown=150)) for seed in range(8)], axis=0)
    assert np.mean(told[-50:]) > 1.35 * np.mean(told[-150:-100])
    assert np.mean(got[-50:]) == pytest.approx(np.mean(got[:50]), rel=0.1)


def test_a_feed_that_falls_to_a_third_does_not_make_it_calm() -> None:
    read = [90.0] * 200 + [30.0] * 40
    found = days(ledger([n / 9 for n in read]), ledger(read))
    assert all(abs(x / 10 - 1) < 0.15 for x in values(found))


def week(position: int) -> float:
    """A third at weekends."""
    return 1 / 3 if ago(position).weekday() >= 5 else 1.0


@pytest.mark.parametrize(("weeks", "even"), [(12, 0.8), (50, 0.9)])
def test_weekends_of_a_third_are_removed_from_what_is_told(weeks: int, even: float) -> None:
    told = {i: 30.0 * week(i) for i in range(7 * weeks)}
    found = days(ledger(told), ledger(dict.fromkeys(told, 200.0)), shown=21)
    got = values(found)
    assert min(got) / max(got) > even
    assert all(day.expected == pytest.approx(day.value, rel=1 - even) for day in found)
    assert max(abs(day.weekday - (0.41 if day.day.weekday() >= 5 else 1.24)) for day in found) < 0.12


def test_a_level_of_workdays_alone_is_no_higher() -> None:
    # For six weeks nothing was read at weekends, on which a third is told.
    heard = [i for i in range(400) if i >= 42 or week(i) == 1.0]
    found = days(ledger({i: 30.0 * week(i) for i in heard}), ledger(dict.fromkeys(heard, 200.0)), shown=7)
    told = [day for day in found if day.flags == ()]
    assert len(told) == 5
    assert all(day.expected == pytest.approx(30.0, rel=0.06) for day in told)
    assert all(day.adjusted == pytest.approx(170 / 7, rel=0.06) for day in told)


def test_weekends_of_a_third_are_removed_from_what_is_read() -> None:
    read = {i: 120.0 * week(i) for i in range(200)}
    found = days(ledger({i: n / 10 for i, n in read.items()}), ledger(read), shown=28)
    assert max(values(found)) / min(values(found)) < 1.02
    assert all(day.weekday == pytest.approx(1.0, abs=0.01) and day.flags == () for day in found)


def test_sparse_counts_get_no_weekdays_by_chance_and_lose_none_they_have() -> None:
    chance = days(ledger(poisson([0.2] * 400)), ledger([50.0] * 400), shown=7)
    assert all(0.7 < day.weekday < 1.4 for day in chance)
    true = dict(enumerate(poisson([0.9 * week(i) for i in range(400)])))
    found = days(ledger(true), ledger([50.0] * 400), shown=7)
    weekend = [day.weekday for day in found if day.day.weekday() >= 5]
    others = [day.weekday for day in found if day.day.weekday() < 5]
    assert max(weekend) < 0.8 < min(others)
    assert np.mean(others) > 1.1


def test_one_burst_makes_no_weekday() -> None:
    calm = dict.fromkeys(range(200), 20.0)
    burst = calm | {14: 900.0}
    assert [day.weekday for day in days(ledger(burst), ledger([300.0] * 200), shown=7)] == pytest.approx([1.0] * 7)
    # Nor does it stay in what is expected of the days after it.
    after = days(ledger(burst), ledger([300.0] * 200), shown=7)
    assert all(20 <= (day.expected or 0) < 24 for day in after)


def test_a_silent_week_is_a_gap_and_not_calm() -> None:
    read = {i: 40.0 for i in range(150) if not 10 <= i < 17}
    found = days(ledger(dict.fromkeys(read, 4.0)), ledger(read), shown=30)
    silent = [day for day in found if ago(16) <= day.day <= ago(10)]
    assert [(day.value, day.expected, day.adjusted, day.flags) for day in silent] == [
        (None, None, None, (NOT_READ,))
    ] * 7
    assert [day.day for day in found] == [ago(i) for i in range(29, -1, -1)]
    heard = [day for day in found if day.flags == ()]
    assert len(heard) == 23
    # The days after it expect what those before it did.
    assert all(day.expected == pytest.approx(4.0, rel=0.01) for day in heard)


def test_a_month_without_data_leaves_the_level_it_had() -> None:
    read = {i: 40.0 for i in range(200) if not 3 <= i < 40}
    first_day_after = days(ledger(dict.fromkeys(read, 4.0)), ledger(read), shown=3)[0]
    assert first_day_after.expected == pytest.approx(4.0, rel=0.01)
    assert first_day_after.flags == ()


def test_a_rise_of_the_world_stays_to_be_seen() -> None:
    told = [2.0] * 190 + [8.0] * 10
    # As much read; read a half more, as in a crisis; and while the feed doubles besides.
    for more in (1.0, 1.5, 2.0):
        read = [60.0] * 190 + [60.0 * more] * 10
        found = days(ledger([*told[:190], *(n * more for n in told[190:])]), ledger(read), shown=20)
        got = values(found)
        assert np.mean(got[10:]) > 3.5 * np.mean(got[:10])
        assert (found[10].value or 0) > 3.5 * (found[10].expected or 0)


def test_much_more_and_much_less_reading_is_flagged() -> None:
    read = [40.0] * 100 + [200.0, 40.0, 8.0]
    found = days(ledger([n / 10 for n in read]), ledger(read), shown=3)
    assert [day.flags for day in found] == [(SURGE,), (), (THIN,)]
    assert [day.usual_read for day in found] == [40.0] * 3
    # Of few documents a day, three times as many are nothing to speak of.
    few = days([], ledger([1.0] * 100 + [4.0]), shown=1)
    assert few[0].flags == ()
    # The weekend of a paper that rests then is not thin.
    resting = days([], ledger({i: 120.0 * week(i) / (1 if ago(i).weekday() < 5 else 4) for i in range(90)}), shown=14)
    assert {day.flags for day in resting} == {()}


def test_what_was_mostly_known_after_the_day_is_flagged() -> None:
    read = ledger([40.0] * 100)
    late = [(ago(5 - 2), ago(5), 50.0)]
    found = days(ledger([4.0] * 100), read + late, shown=10)
    assert [day.day for day in found if LATE in day.flags] == [ago(5)]


def test_too_little_past_expects_nothing() -> None:
    found = days(ledger([3.0] * 20), ledger([30.0] * 20), shown=20)
    assert [NO_PAST in day.flags for day in found] == [True] * LEAST + [False] * 6
    assert all(day.value == 3.0 for day in found)
    assert all(day.adjusted == pytest.approx(3.0, rel=0.05) for day in found[LEAST:])
    nothing = adjust(PAIR, [], [], first=ago(2), last=DAY)
    assert (nothing.reference, [day.flags for day in nothing.days]) == (None, [(NOT_READ,)] * 3)


def test_a_series_of_zeros_expects_little_and_is_no_gap() -> None:
    found = days([], ledger([50.0] * 100), shown=5)
    assert all(day.value == 0 and 0 < (day.expected or 0) < 0.05 and (day.adjusted or 0) < 0.01 for day in found)


def test_sums_with_a_sign_take_the_weekdays_of_their_events() -> None:
    events = {i: 12.0 * week(i) for i in range(200)}
    told = {i: -5.0 * n for i, n in events.items()}
    read = ledger(dict.fromkeys(events, 100.0))
    view = adjust(INTENSITY, ledger(told), read, first=ago(20), last=DAY, activity=ledger(events))
    got = values(view.days)
    assert max(got) < 0
    assert min(got) / max(got) < 1.3
    calm = adjust(INTENSITY, [], read, first=ago(3), last=DAY, activity=[])
    assert [day.expected for day in calm.days] == [0.0] * 4


def test_a_day_expects_by_what_was_known_before_it() -> None:
    read, told = ledger([40.0] * 120), ledger([4.0] * 120)
    before = days(told, read, shown=30)
    # Of a day 20 days ago much became known 10 days ago.
    late = [(ago(10), ago(20), 30.0)]
    after = days(told + late, read + late, shown=30)
    changed = [b.day for b, a in zip(before, after, strict=True) if b != a]
    assert changed == [ago(20), *(ago(i) for i in range(9, -1, -1))]
    by = {day.day: day for day in after}
    assert by[ago(20)].value == 34.0
    assert (by[ago(20)].expected or 0) / by[ago(20)].read == pytest.approx(0.1, rel=0.01)
    # As of the days between it was not there.
    view = adjust(PAIR, told + late, read + late, first=ago(29), last=ago(11))
    assert list(view.days) == list(before[:19])


def test_what_is_expected_does_not_hang_on_the_days_shown() -> None:
    told, read = poisson([5.0 * week(i) for i in range(500)][::-1]), poisson([90.0] * 500, seed=3)
    long, short = days(ledger(told), ledger(read), shown=100), days(ledger(told), ledger(read), shown=10)
    assert [day.expected for day in long[-10:]] == [day.expected for day in short]
    assert HISTORY % 7 == 0
    ratios = [a / b for a, b in zip(values(long[-10:]), values(short), strict=True)]
    assert all(a == pytest.approx(b) for a, b in pairwise(ratios))


Rows = st.lists(st.tuples(st.integers(-3, 60), st.integers(-5, 80), st.integers(1, 30)), max_size=60)


@settings(max_examples=25, deadline=None)
@given(Rows, Rows, Rows, st.integers(1, 25))
def test_nothing_after_a_day_changes_it(told: list[tuple[int, int, int]], more: list[tuple[int, int, int]],
                                        extra: list[tuple[int, int, int]], cut: int) -> None:  # fmt: skip
    def of(rows: list[tuple[int, int, int]]) -> Changes:
        return [(ago(min(seen, day)), ago(day), float(n)) for seen, day, n in rows]

    read = of(told + more) + ledger([3.0] * 40)
    # Whatever becomes known after the day ``cut`` days ago, of whichever day.
    future = [(ago(min(seen, cut - 1)), day, n) for (seen, _, _), (_, day, n) in zip(extra, of(extra), strict=True)]
    plain = adjust(PAIR, of(told), read, first=ago(40), last=ago(cut))
    known = adjust(PAIR, of(told) + future, read + future, first=ago(40), last=ago(cut))
    assert plain == known
    whole = adjust(PAIR, of(told) + future, read + future, first=ago(40), last=DAY)
    own = {day for _, day, _ in future}
    for early, late in zip(plain.days, whole.days, strict=False):
        assert early.weekday == late.weekday
        assert early.usual_read == late.usual_read
        if early.day not in own and plain.reference == whole.reference:
            # Rows of the plain part that became known between the two views change the day's own value alone.
            seen_later = any(day == early.day and seen > ago(cut) for seen, day, _ in read)
            assert seen_later or early == late


def test_days_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="no days"):
        adjust(PAIR, [], [], first=DAY, last=ago(1))
    with pytest.raises(ValueError, match="as of"):
        adjust(PAIR, [], [], first=ago(1), last=DAY, as_of=ago(1))


def test_the_example_is_true() -> None:
    done = doctest.testmod(module)
    assert (done.failed, done.attempted > 0) == (0, True)
