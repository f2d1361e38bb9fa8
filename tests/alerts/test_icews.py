"""The detectors and the policy on a real year: hostile events between countries, judged day by day."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import os
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from alerts.detectors import EarsC2
from alerts.episodes import closed, continued, episode_of, raised
from alerts.policy import Close, Continue, Raise, decide
from alerts.scoring import Rule, judge
from alerts.series import build, tally
from alerts.titles import title_of
from domain.alert import Alert, SeriesKey

pytestmark = [pytest.mark.data, pytest.mark.slow]

CNVN = SeriesKey("dyad", ("China", "Vietnam"))
SHARED = Path(os.environ.get("VEDETTE_SHARED") or Path(__file__).resolve().parents[2].parent / "shared")
EVENTS = SHARED / "data" / "icews" / "icews14.csv.gz"


def hostile(path: Path) -> Iterator[tuple[str, date, tuple[SeriesKey, ...]]]:
    """Every event with its day, and the dyad it counts for when it is hostile (CAMEO root 10 or higher)."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for n, row in enumerate(csv.DictReader(file)):
            pair = tuple(sorted((row["source_country"], row["target_country"])))
            counts = pair[0] and pair[0] != pair[1] and int(row["cameo"][:2]) >= 10
            yield str(n), date.fromisoformat(row["date"]), (SeriesKey("dyad", pair),) if counts else ()


@cache
def replay(until: date, rule: Rule = "counts") -> tuple[Alert, ...]:
    """Every alert raised up to a day, the days taken in turn, each with what was known at its end."""
    counted = tally(hostile(EVENTS))
    first = min(counted.exposure)
    alerts: dict[str, Alert] = {}
    active: dict[date, list[SeriesKey]] = defaultdict(list)
    for key, days in counted.counts.items():
        for day in days:
            active[day].append(key)
    day = first
    while day <= until:
        episodes = [episode_of(alert) for alert in alerts.values() if alert.state == "open"]
        keys = sorted({*active[day], *(episode.key for episode in episodes)})
        since = max(first, day - timedelta(days=60))
        found = [
            judge(
                build(key, counted.counts[key], counted.exposure, first=since, last=day + timedelta(days=1)),
                day,
                rule=rule,
            )
            for key in keys
        ]
        for decision in decide([verdict for verdict in found if verdict], day=day, episodes=episodes):
            match decision:
                case Raise():
                    alerts[decision.alert_id] = raised(decision, title=title_of(decision.verdict))
                case Continue():
                    alerts[decision.alert_id] = continued(alerts[decision.alert_id], decision)
                case Close():
                    alerts[decision.alert_id] = closed(alerts[decision.alert_id], decision)
        day += timedelta(days=1)
    return tuple(alerts.values())


@pytest.fixture(autouse=True)
def _data() -> None:
    if not EVENTS.is_file():
        pytest.skip(f"the event table {EVENTS.name} is missing: set VEDETTE_SHARED to the folder that has data/icews")


@pytest.mark.parametrize("rule", ["counts", "both"])
def test_the_crisis_of_may_2014_is_raised_in_its_first_days_and_not_before(rule: Rule) -> None:
    alerts = [alert for alert in replay(date(2014, 7, 31), rule) if alert.key == CNVN]
    assert [alert.opened for alert in alerts if alert.opened < date(2014, 5, 1)] == []
    first = alerts[0]
    assert date(2014, 5, 1) <= first.opened <= date(2014, 5, 6)
    assert first.title.startswith("China and Vietnam: 3 reports in a day against under 0.1 expected")
    # One crisis, one alert: it stays open through the weeks in which hostile events are reported.
    assert first.last >= date(2014, 5, 20)
    assert sum(alert.opened < date(2014, 6, 15) for alert in alerts) == 1


def test_the_quiet_months_before_bring_few_alerts_over_all_dyads() -> None:
    raised_before = [alert for alert in replay(date(2014, 7, 31)) if alert.opened < date(2014, 5, 1)]
    days = (date(2014, 5, 1) - date(2014, 1, 17)).days  # judged from the day that has a fortnight's baseline
    assert 0 < len(raised_before) / days < 0.5


def test_ears_c2_is_the_benchmarks_baseline_to_the_last_digit() -> None:
    script = SHARED / "eval" / "score_alerts.py"
    if not script.is_file():
        pytest.skip(f"{script.name} is missing: set VEDETTE_SHARED to the folder that has eval")
    spec = importlib.util.spec_from_file_location("score_alerts", script)
    assert spec is not None
    assert spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    counted = tally(hostile(EVENTS))
    first, last = min(counted.exposure), max(counted.exposure) + timedelta(days=1)
    for key in sorted(counted.counts, key=lambda key: -sum(counted.counts[key].values()))[:100]:
        series = build(key, counted.counts[key], counted.exposure, first=first, last=last)
        mine = [signal.score for signal in EarsC2().judge(series, first=0, last=len(series.counts))]
        assert mine == list(benchmark.ears_c2(np.array(series.counts)))[9:]
