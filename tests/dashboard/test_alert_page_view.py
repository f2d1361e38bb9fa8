from __future__ import annotations

import json
from datetime import timedelta

from sqlalchemy import update

from domain.label import Label
from index.store import schema as s
from interfaces.dashboard import data, warning_data
from service.wiring import Home
from tests.dashboard import eventful
from tests.dashboard.conftest import Open, markup, shown
from tests.dashboard.eventful import DAY


def test_an_alert_is_explained(own_home: Home, opened: Open) -> None:
    key = eventful.add(own_home)
    at = opened(own_home, "alert", alert=key, day=DAY.isoformat())
    seen = shown(at)
    scope, _ = data.scope_of(str(own_home.path), DAY)
    [alert] = [a for a in data.alerts(scope) if a.id == key]
    assert alert.title in seen
    assert "34 % probability of an onset" in seen
    assert "Four reports, and it had not fired." in seen
    assert "threshold 0.12" in seen
    assert "hostile events today +1.25 raises cooperation of the month -0.40 lowers" in seen
    assert "2014-05-08 low → high 22 % 6" in seen
    assert "dire" not in seen
    assert "more: count 9 more: silent Embassy Tokyo" in seen
    assert "7 sources when it was raised 2 languages; newest 4 May 2014, 18:20" in seen
    assert all(words in seen for words in ("observed", "baseline", "fired"))
    assert all(e.title in seen for e in alert.evidence)
    assert all(h.source in seen for h in alert.health)
    assert "assault fighting 190" in seen
    assert "Precedents" in seen
    assert "among" in seen
    assert "did not escalate" in seen or "escalated" in seen or "No precedent" in seen
    links = {link.proto.page for link in at.get("page_link")}
    assert {"document", "dyad", "country"} <= links


def test_the_series_is_drawn_with_what_was_expected(own_home: Home, opened: Open) -> None:
    key = eventful.add(own_home)
    at = opened(own_home, "alert", alert=key, day=DAY.isoformat())
    spec = json.loads(at.get("vega_lite_chart")[0].proto.spec)
    assert "http" not in json.dumps({k: v for k, v in spec.items() if k != "$schema"})
    scope, _ = data.scope_of(str(own_home.path), DAY)
    [alert] = [a for a in data.alerts(scope) if a.id == key]
    found = {d.day: d for d in warning_data.watched(scope, "dyad:CN-VN/hostile", days=60).days}
    day = found[DAY - timedelta(days=12)]
    assert (day.count, day.upper is not None and day.count > day.upper) == (3, True)
    assert found[DAY - timedelta(days=20)].count == 0
    group = at.button_group(key=f"series_{alert.id}")
    group.set_value("dyad:CN-VN/hostile").run()
    assert not at.exception
    assert "hostile events a day" in str(at.get("vega_lite_chart")[0].proto.spec)
    group.set_value("dyad:CN-VN/intensity").run()
    assert "sum of Goldstein values a day" in str(at.get("vega_lite_chart")[0].proto.spec)


def test_what_was_not_kept_is_said(demo_home: Home, opened: Open) -> None:
    scope, _ = data.scope_of(str(demo_home.path), DAY)
    alert = next(a for a in data.alerts(scope) if a.key.kind == "watchlist")
    seen = shown(opened(demo_home, "alert", alert=alert.id, day=DAY.isoformat()))
    if not warning_data.explanation(scope, alert.id):
        assert "not worked out for this alert" in seen
        assert "This was not worked out for this alert" in seen
    assert "Precedents are looked for of countries and pairs only" in seen


def test_what_would_have_to_be_different_may_be_figures(own_home: Home, opened: Open) -> None:
    key = eventful.add(own_home)
    with own_home.write() as c:
        eventful.explain(c, key, {"measure": "hostile", "counterfactual": {"events": 2, "probability": 0.0812}})
    seen = shown(opened(own_home, "alert", alert=key, day=DAY.isoformat()))
    assert "for it not to fire events 2 probability 0.0812" in seen
    assert "hostile events that day" in seen


def test_an_odd_explanation_breaks_nothing(own_home: Home, opened: Open) -> None:
    key = eventful.add(own_home)
    for value in (
        {"probability": "high", "counterfactual": 1, "drivers": [1, ["x"], ["y", "z"]]},
        {"probability": 7, "note": "<b>bold</b>"},
    ):
        with own_home.write() as c:
            eventful.explain(c, key, value)
        at = opened(own_home, "alert", alert=key, day=DAY.isoformat())
        assert "not worked out for this alert" in shown(at)
        assert "<b>bold" not in markup(at)


def test_an_alert_above_the_reader_is_not_there(own_home: Home, opened: Open) -> None:
    key = eventful.add(own_home)
    with own_home.write() as c:
        c.execute(update(s.alerts).where(s.alerts.c.id == key).values(label=int(Label.SECRET)))
    (own_home.path / "vedette.toml").write_text('[reader]\nclearance = "confidential"\n')
    at = opened(own_home.path, "alert", alert=key, day=DAY.isoformat())
    assert "No such alert on this day" in shown(at)
    scope, _ = data.scope_of(str(own_home.path), DAY)
    assert scope.clearance == int(Label.CONFIDENTIAL)
    assert warning_data.explanation(scope, key) == {}


def test_without_an_alert_it_leads_to_the_inbox(demo_home: Home, opened: Open) -> None:
    at = opened(demo_home, "alert", day=DAY.isoformat())
    assert "No alert was chosen" in shown(at)
    assert "inbox" in {link.proto.page for link in at.get("page_link")}
    assert "No such alert on this day" in shown(opened(demo_home, "alert", alert="' OR 1=1"))
