"""Verdicts move the probabilities, a few a little and many as far as they say; never the order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.feedback import shift, shifted

odds = st.floats(0.01, 0.99)


@given(st.lists(st.tuples(odds, st.booleans()), max_size=40), odds, odds)
def test_the_order_stays(verdicts: list[tuple[float, bool]], one: float, other: float) -> None:
    delta = shift(verdicts)
    low, high = sorted((one, other))
    assert shifted(low, delta) <= shifted(high, delta)
    assert 0 < shifted(low, delta) < 1


def test_many_verdicts_bring_the_probability_to_what_they_say() -> None:
    delta = shift([(0.2, n % 5 < 3) for n in range(1000)])
    assert shifted(0.2, delta) == pytest.approx(0.6, abs=0.02)


def test_a_single_verdict_moves_little() -> None:
    assert 0.2 < shifted(0.2, shift([(0.2, True)])) < 0.36
    assert 0.15 < shifted(0.2, shift([(0.2, False)])) < 0.2


def test_what_is_no_probability_is_refused() -> None:
    with pytest.raises(ValueError, match=r"1\.2 is no probability"):
        shift([(1.2, True)])
