from __future__ import annotations

from datetime import date

import pytest

from alerts.scoring import judge
from alerts.titles import quantity, title, title_of
from domain.alert import Series, SeriesKey

NAMES = {"CN": "China", "VN": "Vietnam"}


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([0] * 30 + [7], "China and Vietnam: 7 reports in a day against under 0.1 expected"),
        ([0] * 30 + [3, 3, 2], "China and Vietnam: 8 reports in 3 days against 0.1 expected"),
        ([4] * 30 + [40], "China and Vietnam: 40 reports in a day against 3.9 expected"),
    ],
)
def test_a_title_tells_the_days_that_say_most(counts: list[int], said: str) -> None:
    series = Series(
        key=SeriesKey("dyad", ("CN", "VN")), first=date(2014, 1, 1), counts=tuple(counts), exposure=(40,) * len(counts)
    )
    verdict = judge(series, series.day(len(counts) - 1))
    assert verdict is not None
    assert title_of(verdict, names=NAMES) == said


def test_one_report_is_singular_and_a_nameless_code_stands_for_itself() -> None:
    assert title(SeriesKey("country", ("XK",)), observed=1, expected=0.0, names=NAMES) == (
        "XK: 1 report in a day against under 0.1 expected"
    )


@pytest.mark.parametrize("value", [0.05, 0.0999, 9.96, 9.99, 10.4])
def test_a_quantity_is_never_nought(value: float) -> None:
    assert float(quantity(value)) == pytest.approx(value, abs=0.5)
    assert float(quantity(value)) > 0
