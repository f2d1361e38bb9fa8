"""What an alert says of itself: of what its counts are, and nothing that its readers may not see."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.scoring import Verdict
from alerts.warnings import RANKER, joined
from domain.alert import SeriesKey, Signal
from domain.label import Label
from service import scan
from service.raising import measure_of
from service.wiring import open_home
from tests.service.test_scan_events import DAY, DYAD, END, START, clash, crisis, of, quiet, take


def _signal(key: SeriesKey, detector: str, observed: int, expected: float) -> Signal:
    return Signal(key=key, day=DAY, detector=detector, observed=observed, expected=expected, spread=1.0, score=3.0,
                  p_value=0.001, fired=True, window=(START, DAY))  # fmt: skip


def _verdict(signals: tuple[Signal, ...], *, fired: bool, observed: int, expected: float) -> Verdict:
    return Verdict(key=DYAD, day=DAY, signals=signals, fired=fired, score=3.0, p_value=0.001, observed=observed,
                   expected=expected, spread=1.0, severity="low", probability=0.3)  # fmt: skip


def test_what_events_alone_raised_beside_papers_counts_events() -> None:
    hostile = replace(DYAD, measure="hostile")
    papers = _verdict((_signal(DYAD, "counts", 1, 0.9),), fired=False, observed=1, expected=0.9)
    signals = (_signal(hostile, RANKER, 9, 0.25), _signal(hostile, "counts", 9, 0.31))
    events = _verdict(signals, fired=True, observed=9, expected=0.25)
    assert measure_of(joined(papers, events)) == "hostile"
    assert measure_of(joined(replace(papers, fired=True), events)) == "documents"
    assert measure_of(papers) == "documents"
    assert measure_of(events) == "hostile"


@pytest.mark.parametrize("label", [Label.OPEN, Label.SECRET])
def test_precedents_are_of_events_that_the_alerts_readers_may_see(tmp_path: Path, label: Label) -> None:
    home = open_home(tmp_path / "home")
    take(home, [*quiet(), *crisis()])
    take(home, clash(START + timedelta(days=29), 12, one="Peru", other="Chile", first=100), label=label)
    scan.scan(home, as_of=END)
    alert = of(home)[0]
    assert alert.label is Label.OPEN
    told = str(alert.explanation.get("precedents", ()))
    assert ("CL" in told) == (label is Label.OPEN), told
    home.close()


def test_an_episode_that_closed_events_carry_on_is_as_closed_as_they_are(tmp_path: Path) -> None:
    home = open_home(tmp_path / "home")
    take(home, [*quiet(), *clash(n=5)])
    take(home, clash(DAY + timedelta(days=1), 30, first=100), label=Label.SECRET)
    scan.scan(home, as_of=END)
    alert = of(home)[0]
    assert alert.last >= DAY + timedelta(days=1)
    assert alert.label is Label.SECRET
    home.close()


def test_of_hundreds_of_events_every_one_counts_in_the_label(tmp_path: Path) -> None:
    home = open_home(tmp_path / "home")
    take(home, [*quiet(), *clash(n=520)])
    take(home, clash(DAY - timedelta(days=1), 1, first=900), label=Label.SECRET)
    scan.scan(home, as_of=DAY)
    assert [(a.opened, a.label) for a in of(home)] == [(DAY, Label.SECRET)]
    home.close()
