"""The detectors on a real year of hostile events between countries: the crisis of May 2014, and the quiet before."""

from __future__ import annotations

import csv
import gzip
import os
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest

from alerts.detectors import DETECTORS, CountTest, make
from alerts.series import build, tally
from domain.alert import Series, SeriesKey, Signal

pytestmark = [pytest.mark.data]

SHARED = Path(os.environ.get("VEDETTE_SHARED") or Path(__file__).resolve().parents[2].parent / "shared")
EVENTS = SHARED / "data" / "icews" / "icews14.csv.gz"
CRISIS = SeriesKey("dyad", ("China", "Vietnam"))


@cache
def year() -> dict[SeriesKey, Series]:
    """The daily hostile events (CAMEO root 10 or higher) of every dyad that has a dozen, and all events as exposure."""
    rows = []
    with gzip.open(EVENTS, "rt", encoding="utf-8", newline="") as file:
        for n, row in enumerate(csv.DictReader(file)):
            pair = tuple(sorted((row["source_country"], row["target_country"])))
            counts = pair[0] and pair[0] != pair[1] and int(row["cameo"][:2]) >= 10
            rows.append((str(n), date.fromisoformat(row["date"]), (SeriesKey("dyad", pair),) if counts else ()))
    counted = tally(rows)
    span = {"first": min(counted.exposure), "last": max(counted.exposure) + timedelta(days=1)}
    keys = [key for key, days in counted.counts.items() if sum(days.values()) >= 12]
    return {key: build(key, counted.counts[key], counted.exposure, **span) for key in keys}


@cache
def judged(name: str, key: SeriesKey) -> tuple[Signal, ...]:
    series = year()[key]
    return make(name).judge(series, first=0, last=len(series.counts))


@pytest.fixture(autouse=True)
def _data() -> None:
    if not EVENTS.is_file():
        pytest.skip(f"the event table {EVENTS.name} is missing: set VEDETTE_SHARED to the folder that has data/icews")


@pytest.mark.parametrize("name", sorted(DETECTORS))
def test_no_detector_fires_in_the_quiet_months_and_each_does_in_the_crisis(name: str) -> None:
    fired = [signal.day for signal in judged(name, CRISIS) if signal.fired]
    assert fired
    assert date(2014, 5, 5) <= fired[0] <= date(2014, 5, 9)


def test_most_detectors_fire_on_the_first_day_of_the_crisis() -> None:
    """Three events on 5 May after eleven weeks of none; the slower charts wait for the five of 7 May."""
    first = {name for name in DETECTORS for s in judged(name, CRISIS) if s.fired and s.day == date(2014, 5, 5)}
    assert first >= {"bocpd", "counts", "ears_c1", "ears_c2", "ears_c3", "seasonal", "w2"}


@pytest.mark.parametrize("name", sorted(DETECTORS))
def test_few_of_all_days_of_all_dyads_fire(name: str) -> None:
    signals = [signal for key in year() for signal in judged(name, key)]
    assert len(signals) > 20_000
    assert 0.0005 < sum(signal.fired for signal in signals) / len(signals) < 0.025


def test_the_count_test_says_the_same_of_a_day_and_of_its_stretch() -> None:
    series = year()[CRISIS]
    for signal in judged("counts", CRISIS)[::9]:
        stretch = CountTest().stretch(series, (signal.day - series.first).days)
        assert stretch is not None
        assert stretch.p_value * 3 >= (signal.p_value or 0) * (1 - 1e-9)
