from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.detectors import CountTest, EarsC2
from alerts.scoring import Rule, combine, discoveries, judge, severity
from domain.alert import Series, SeriesKey

KEY = SeriesKey("dyad", ("CN", "VN"))
chances = st.dictionaries(st.integers(0, 50), st.floats(0, 1), max_size=30)


def series(counts: list[int]) -> Series:
    return Series(key=KEY, first=date(2014, 1, 1), counts=tuple(counts), exposure=(40,) * len(counts))


@pytest.mark.parametrize(("rule", "fired"), [("counts", True), ("both", False)])
def test_the_rule_says_whether_the_others_are_asked(rule: Rule, fired: bool) -> None:
    # Three days of a slow start: the longer windows fire, C2 sees a small count only.
    slow = series([0] * 30 + [3, 3, 2])
    verdict = judge(slow, date(2014, 2, 2), rule=rule)
    assert verdict is not None
    assert verdict.fired is fired
    assert [signal.detector for signal in verdict.signals] == ["counts", "ears_c2"]
    assert (verdict.severity == "none") is not fired


def test_the_verdict_tells_the_day_and_the_days_that_say_most() -> None:
    verdict = judge(series([0] * 30 + [3, 3, 2]), date(2014, 2, 2))
    assert verdict is not None
    assert (verdict.observed, verdict.stretch and verdict.stretch.observed) == (2, 8)
    assert verdict.score == verdict.signals[0].score


@pytest.mark.parametrize("day", [date(2013, 12, 31), date(2014, 1, 5), date(2014, 3, 1)])
def test_a_day_outside_or_without_history_has_no_verdict(day: date) -> None:
    assert judge(series([1] * 40), day) is None


def test_signals_that_do_not_belong_together_are_refused() -> None:
    signals = CountTest().judge(series([1] * 40), first=38, last=40)
    with pytest.raises(ValueError, match="dyad:CN-VN: signals of several"):
        combine(signals)
    with pytest.raises(ValueError, match="no signal of the count test"):
        combine(EarsC2().judge(series([1] * 40), first=39, last=40))


def test_severity_grows_with_strangeness_and_size() -> None:
    assert severity(fired=True, score=2.5, observed=3, expected=0.1) == "low"
    assert severity(fired=True, score=4.5, observed=5, expected=0.1) == "medium"
    assert severity(fired=True, score=6.0, observed=30, expected=20.0) == "medium"
    assert severity(fired=True, score=6.0, observed=30, expected=2.0) == "high"
    assert severity(fired=False, score=9.0, observed=30, expected=2.0) == "none"


def test_benjamini_hochberg_on_the_authors_example() -> None:
    # Benjamini and Hochberg 1995, section 4.1: 15 tests, 4 of them believed at 0.05.
    believed = [0.0001, 0.0004, 0.0019, 0.0095]
    p = [*believed, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert discoveries(dict(enumerate(p)), rate=0.05) == {0, 1, 2, 3}
    assert discoveries(dict(enumerate(believed)), rate=0.05, tested=15) == {0, 1, 2, 3}
    assert discoveries({0: 0.01}, rate=0.05, tested=15) == frozenset()


@given(chances, st.floats(0.01, 0.5), st.integers(0, 40))
def test_what_is_believed_is_what_is_least_likely_by_chance(p: dict[int, float], rate: float, more: int) -> None:
    found = discoveries(p, rate=rate)
    assert all(p[key] <= rate for key in found)
    assert not found or max(p[key] for key in found) < min((p[key] for key in p if key not in found), default=2)
    assert {key for key in p if p[key] <= rate / len(p)} <= found
    assert discoveries(p, rate=rate, tested=len(p) + more) <= found


@pytest.mark.parametrize(
    ("p", "options"), [({1: 1.5}, {}), ({1: 0.1}, {"rate": 0.0}), ({1: 0.1, 2: 0.2}, {"tested": 1})]
)
def test_what_is_no_test_is_refused(p: dict[int, float], options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"p-value|rate"):
        discoveries(p, **options)  # type: ignore[arg-type]
