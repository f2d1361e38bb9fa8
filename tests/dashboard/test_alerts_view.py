from __future__ import annotations

import json
from datetime import date

from interfaces.dashboard import data
from interfaces.dashboard.cards import severity_of
from service import scan
from service.wiring import Home
from tests.dashboard.conftest import Open, chart, markup, parameter, shown

DAY = date(2014, 5, 20)


def dyad(home: Home, day: date = DAY):  # type: ignore[no-untyped-def]
    scope, _ = data.scope_of(str(home.path), day)
    return next(a for a in data.alerts(scope) if str(a.key) == "dyad:CN-VN")


def test_an_alert_says_why_and_shows_its_evidence(demo_home: Home, opened: Open) -> None:
    alert = dyad(demo_home)
    at = opened(demo_home, "alerts", day=DAY.isoformat(), alert=alert.id)
    seen = shown(at)
    assert "China and Vietnam:" in seen
    assert f"raised {alert.opened.day} May 2014" in seen
    assert "Count test (negative binomial)" in seen
    assert "EARS C2" in seen
    assert all(e.title in seen for e in alert.evidence)
    assert all(h.source in seen for h in alert.health)
    assert len([x for x in at.get("page_link") if x.proto.page == "document"]) == len(alert.evidence)


def test_the_chart_marks_the_day_it_was_raised_against_the_baseline(demo_home: Home, opened: Open) -> None:
    alert = dyad(demo_home)
    at = opened(demo_home, "alerts", day=DAY.isoformat(), alert=alert.id)
    spec = json.loads(chart(at))
    assert "http" not in json.dumps({k: v for k, v in spec.items() if k != "$schema"})
    scope, _ = data.scope_of(str(demo_home.path), DAY)
    days = {d.day: d for d in data.series(scope, "dyad:CN-VN")}
    raised = days[alert.opened]
    assert raised.count == alert.observed
    assert raised.expected is not None
    assert raised.upper is not None
    assert abs(raised.expected - alert.expected) < 1e-9
    assert raised.count > raised.upper > raised.expected
    assert max(days) == DAY


def test_before_the_crisis_there_is_no_such_alert(demo_home: Home, opened: Open) -> None:
    at = opened(demo_home, "alerts", day="2014-05-01")
    assert "No alert was raised" in shown(at)
    assert "China and Vietnam:" not in shown(at)


def test_a_day_gone_back_to_does_not_know_how_grave_it_became(demo_home: Home) -> None:
    first, later = dyad(demo_home, date(2014, 5, 4)), dyad(demo_home)
    assert (first.peak, first.last) < (later.peak, later.last)
    order = ("none", "low", "medium", "high")
    assert order.index(severity_of(first)) < order.index(severity_of(later))


def test_what_was_held_back_is_listed_with_its_reason(demo_home: Home, opened: Open) -> None:
    seen = shown(opened(demo_home, "alerts", day=DAY.isoformat()))
    scope, _ = data.scope_of(str(demo_home.path), DAY)
    held_back = data.suppressed(scope)
    assert held_back
    assert all(one.day <= DAY for one in held_back)
    assert "Held back" in seen
    assert "explained by China – Vietnam" in seen


def test_acknowledging(own_home: Home, opened: Open) -> None:
    alert = dyad(own_home)
    at = opened(own_home, "alerts", day=DAY.isoformat(), alert=alert.id)
    button = next(b for b in at.button if b.label == "Acknowledge")
    button.click().run()
    assert "Say who acknowledges it" in shown(at)
    at.text_input(key=f"ack_by_{alert.id}").set_value("Desk <b>East</b>")
    at.text_area(key=f"ack_note_{alert.id}").set_value("told the minister")
    next(b for b in at.button if b.label == "Acknowledge").click().run()
    assert not at.exception
    assert "Acknowledged by Desk <b>East</b>" in shown(at)
    assert "<b>East" not in markup(at)
    [stored] = [a for a in scan.listed(own_home) if a.id == alert.id]
    assert (stored.acknowledged_by, stored.note) == ("Desk <b>East</b>", "told the minister")


def test_muting_and_lifting_the_mute(own_home: Home, opened: Open) -> None:
    alert = dyad(own_home)
    at = opened(own_home, "alerts", day=DAY.isoformat(), alert=alert.id)
    next(b for b in at.button if b.label == "Mute").click().run()
    assert "Say why" in shown(at)
    at.text_input(key=f"mute_reason_{alert.id}").set_value("a known exercise")
    next(b for b in at.button if b.label == "Mute").click().run()
    assert not at.exception
    assert "a known exercise" in shown(at)
    scope, _ = data.scope_of(str(own_home.path), DAY)
    assert [m.reason for m in data.mutes(scope) if m.key == alert.key] == ["a known exercise"]
    at.button(key=f"lift_{alert.key}").click().run()
    assert not at.exception
    scope, _ = data.scope_of(str(own_home.path), DAY)
    assert data.mutes(scope) == []


def test_an_alert_that_does_not_exist_breaks_nothing(demo_home: Home, opened: Open) -> None:
    assert "Alerts" in shown(opened(demo_home, "alerts", alert="nothing' OR 1=1"))


def test_another_alert_can_be_chosen(demo_home: Home, opened: Open) -> None:
    at = opened(demo_home, "alerts", day=DAY.isoformat())
    show = [b for b in at.button if b.label == "Show"]
    assert show
    show[0].click().run()
    assert not at.exception
    assert parameter(at, "alert") == show[0].key.removeprefix("show_")
