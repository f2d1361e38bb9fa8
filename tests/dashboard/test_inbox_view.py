from __future__ import annotations

import re
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from domain.desk import Desk
from domain.time import now
from interfaces.dashboard import data
from interfaces.dashboard.inbox import SCRIPT
from service import desks
from service.wiring import Home
from tests.dashboard import eventful
from tests.dashboard.conftest import Open, markup, parameter, shown
from tests.dashboard.eventful import DAY

KEYS = {"inbox_next": "J", "inbox_previous": "K", "inbox_acknowledge": "A", "inbox_snooze": "S", "inbox_wrong": "W",
        "inbox_mute": "M"}  # fmt: skip


@pytest.fixture
def home(own_home: Home) -> Home:
    eventful.add(own_home)
    return own_home


def press(at: AppTest, key: str) -> None:
    at.button(key=key).click().run()
    assert not at.exception


def title(at: AppTest) -> str:
    [found] = re.findall(r'<h3 class="v-title"[^>]*>(.*?)</h3>', markup(at))
    return found


def named(home: Home, opened: Open, **more: str) -> AppTest:
    at = opened(home, "inbox", day=DAY.isoformat(), **more)
    at.text_input(key="inbox_by").set_value("Lan").run()
    return at


def test_the_inbox_of_everything_goes_through_all_alerts(home: Home, opened: Open) -> None:
    at = opened(home, "inbox", day=DAY.isoformat())
    scope, _ = data.scope_of(str(home.path), DAY)
    alerts = data.alerts(scope)
    assert f"new {len(alerts)}" in " ".join(o.content for o in at.button_group(key="inbox_state").proto.options)
    for i, alert in enumerate(alerts):
        assert title(at) == alert.title
        assert parameter(at, "alert") == alert.id
        if i + 1 < len(alerts):
            press(at, "inbox_next")
    assert at.button(key="inbox_next").disabled
    press(at, "inbox_previous")
    assert title(at) == alerts[-2].title


def test_every_action_has_its_key(home: Home, opened: Open) -> None:
    at = opened(home, "inbox", day=DAY.isoformat())
    assert {name: at.button(key=name).proto.shortcut.upper() for name in KEYS} == KEYS
    for name, key in (("inbox_open", "Enter"), ("inbox_right", "r"), ("inbox_help", '"?"')):
        assert at.button(key=name)
        assert f'{key}: "{name}"' in SCRIPT
    press(at, "inbox_help")
    assert "mark right" in shown(at)
    scripts = [e.proto.body for e in at.get("html") if "<script" in e.proto.body]
    assert scripts == [f"<script>{SCRIPT}</script>"]


def test_nothing_is_done_without_a_name(home: Home, opened: Open) -> None:
    at = opened(home, "inbox", day=DAY.isoformat())
    press(at, "inbox_acknowledge")
    assert "Say who you are first" in shown(at)
    assert all(x.state == "new" for x in desks.inbox(home))


def test_acknowledging_goes_on_to_the_next(home: Home, opened: Open) -> None:
    at = named(home, opened)
    first = title(at)
    press(at, "inbox_acknowledge")
    assert title(at) != first
    [done] = desks.inbox(home, state="acknowledged")
    assert (done.alert.title, done.by) == (first, "Lan")
    at.button_group(key="inbox_state").set_value("acknowledged").run()
    assert title(at) == first
    assert "acknowledged by Lan" in shown(at)


def test_snoozing_marking_assigning_and_muting(home: Home, opened: Open) -> None:
    at = named(home, opened)
    at.button_group(key="inbox_state").set_value("all").run()
    at.selectbox(key="inbox_days").set_value(7).run()
    chosen = parameter(at, "alert")
    press(at, "inbox_snooze")
    press(at, "inbox_right")
    press(at, "inbox_wrong")
    [filed] = [x for x in desks.inbox(home) if x.alert.id == chosen]
    assert filed.state == "snoozed"
    assert filed.snoozed_until is not None
    assert abs(filed.snoozed_until - now() - timedelta(days=7)) < timedelta(minutes=5)
    assert filed.judgement is not None
    assert not filed.judgement.right
    assert [v.right for v in desks.verdicts(home, last=False)] == [True, False]
    at.text_input(key=f"inbox_to_{chosen}").set_value("Hùng <b>x</b>")
    next(b for b in at.button if b.label == "Assign").click().run()
    assert "with Hùng <b>x</b>" in shown(at)
    assert "<b>x</b>" not in markup(at)
    press(at, "inbox_mute")
    at.text_input(key="inbox_mute_reason").set_value("a known exercise")
    next(b for b in at.button if b.label == "Mute the series").click().run()
    assert not at.exception
    scope, _ = data.scope_of(str(home.path), DAY)
    assert [m.reason for m in data.mutes(scope)] == ["a known exercise (Lan)"]


def test_a_desk_sees_its_own_and_how_much_of_its_budget_is_used(home: Home, opened: Open) -> None:
    at = named(home, opened, desk="east")
    seen = shown(at)
    assert "Vụ Đông Bắc Á" in seen
    assert "0.02 a day budget" in seen
    assert all("CN" in x.alert.key.subject for x in desks.inbox(home, "east"))
    mine = len([x for x in desks.inbox(home, "east") if x.alert.opened <= DAY])
    assert f"{mine / 91:.2f} a day last 91 days" in seen
    press(at, "inbox_acknowledge")
    assert [x.state for x in desks.inbox(home, "east", state="acknowledged")] == ["acknowledged"]
    assert desks.inbox(home, state="acknowledged") == []


def test_an_empty_inbox_says_what_that_rests_on(home: Home, opened: Open) -> None:
    desks.save(home, Desk(name="south", countries=("ZA",)))
    seen = shown(opened(home, "inbox", day=DAY.isoformat(), desk="south"))
    assert "The inbox is empty" in seen
    assert "That rests on the sources" in seen
    assert "No new alert" not in seen
    assert "The inbox is empty" in shown(opened(home, "inbox", day="2014-04-01"))


def test_a_desk_that_does_not_exist_is_everything(home: Home, opened: Open) -> None:
    at = opened(home, "inbox", day=DAY.isoformat(), desk="' OR 1=1", alert="<b>")
    assert "everything, as known by the end of 20 May 2014" in shown(at)
