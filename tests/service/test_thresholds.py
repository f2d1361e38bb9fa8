"""A desk's threshold as a scan finds it: what counts against its budget, and what does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from alerts.feedback import shifted
from alerts.scoring import Verdict
from domain.alert import SeriesKey
from domain.desk import EVERYTHING, Channel, Desk
from domain.label import Label
from domain.time import now
from index.store import alerts as alert_store
from index.store import desks as desk_store
from index.store import schema as s
from service import desks, scan
from service.thresholds import Thresholds
from service.wiring import Home
from tests.service.sending import DAY, DYAD, a_desk, a_home, an_alert
from tests.service.test_scan_events import DAY as CLASH
from tests.service.test_scan_events import crisis, quiet, take

TODAY = now().date()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path / "home") as made:
        yield made


def _threshold(home: Home, day: date, *, name: str = EVERYTHING, learned: float = 0.0) -> float:
    with home.read() as c:
        states = Thresholds(c, start=day, learned=learned).states(day)
    found = next(x for x in states if x.desk.name == name).threshold
    assert found is not None
    return found


def _flood(home: Home, *, days: int = 80) -> None:
    """Three alerts a day up to yesterday, of as many candidates."""
    with home.write() as c:
        for i in range(days):
            day = TODAY - timedelta(days=i + 1)
            for n in range(3):
                key = SeriesKey("dyad", (f"A{i % 26}", f"Z{n}{i}"))
                c.execute(insert(s.candidates).values(series=str(key), day=day, probability=0.2 + 0.001 * i, score=3.0,
                                                      label=0))  # fmt: skip
                alert = an_alert(day, key=key, title=str(key))
                alert_store.save_alert(c, alert)
                desks.announce(home, c, [alert], today=TODAY)


def test_a_budget_set_today_is_not_overdrawn_by_what_came_before_it(home: Home) -> None:
    _flood(home)
    desks.set_budget(home, EVERYTHING, 1.0)
    assert _threshold(home, TODAY) < 0.5
    desks.save(home, Desk(name="new", budget=0.5))
    assert _threshold(home, TODAY, name="new") < 0.5
    # Another way out changes nothing about when it was set.
    desks.add_channel(home, "new", Channel(name="file", kind="log", address="new.jsonl"))
    with home.read() as c:
        assert desk_store.budget_held(c, "new") == TODAY
    desks.remove(home, "new")
    with home.read() as c:
        assert desk_store.budget_held(c, "new") is None


def test_a_changed_desk_gets_only_what_it_did_not_follow_before(home: Home) -> None:
    a_desk(home, dyads=(("CN", "VN"),), budget=0.5)
    one, peru = an_alert(), an_alert(key=SeriesKey("dyad", ("CL", "PE")), title="Chile and Peru")
    with home.write() as c:
        for alert in (one, peru):
            alert_store.save_alert(c, alert)
            desks.announce(home, c, [alert], today=DAY, to={alert.id: (EVERYTHING,)})
    desks.add_channel(home, "sea", Channel(name="file", kind="log", address="sea.jsonl"))
    assert desks.inbox(home, "sea") == []
    desks.save(home, replace(desks.desk(home, "sea"), countries=("PE",)))
    assert [x.alert.title for x in desks.inbox(home, "sea")] == ["Chile and Peru"]


def test_what_verdicts_taught_moves_thresholds_with_probabilities_and_is_learned_once(home: Home) -> None:
    _flood(home)
    desks.set_budget(home, EVERYTHING, 1.0)
    plain = _threshold(home, TODAY)
    assert _threshold(home, TODAY, learned=-1.0) == pytest.approx(shifted(plain, -1.0))
    verdict = Verdict(key=DYAD, day=TODAY, signals=(), fired=True, score=3.0, p_value=0.001, observed=9, expected=1.0,
                      spread=1.0, severity="low", probability=shifted(0.3, -1.0))  # fmt: skip
    with home.write() as c:
        Thresholds(c, start=TODAY, learned=-1.0).note(c, TODAY, [verdict], label=Label.OPEN)
        k = s.candidates.c
        kept = c.scalar(select(k.probability).where(k.series == str(DYAD)))
    assert kept == pytest.approx(0.3)


def test_what_a_desk_may_not_see_takes_none_of_its_budget(home: Home) -> None:
    take(home, quiet())
    take(home, crisis(), label=Label.SECRET)
    desks.save(home, Desk(name="low", dyads=(("CN", "VN"),), clearance=Label.OPEN))
    desks.save(home, Desk(name="high", dyads=(("CN", "VN"),)))
    raised = scan.scan(home, as_of=CLASH + timedelta(days=5))
    assert DYAD in [a.key for a in raised]
    with home.read() as c:
        had = {row.desk for row in c.execute(select(s.desk_alerts))}
        posted = {row.desk for row in c.execute(select(s.outgoing))}
    assert "high" in had
    assert "low" not in had | posted
