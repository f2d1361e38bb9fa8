from __future__ import annotations

import json
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from domain.label import Label
from interfaces.dashboard import data, warning_charts, warning_data
from interfaces.dashboard.warning_charts import smoothed
from service.wiring import Home
from tests.dashboard import eventful
from tests.dashboard.conftest import Open, markup, parameter, shown
from tests.dashboard.eventful import DAY, HOSTILE_ACTOR, SECRET_ACTOR


@pytest.fixture
def home(own_home: Home) -> Home:
    eventful.add(own_home)
    return own_home


def charts(at: AppTest) -> list[str]:
    return [str(found.proto.spec) for found in at.get("vega_lite_chart")]


def test_a_pair_shows_relations_events_stories_and_alerts(home: Home, opened: Open) -> None:
    at = opened(home, "dyad", a="CN", b="VN", day=DAY.isoformat())
    seen = shown(at)
    assert "China – Vietnam" in seen
    assert "44 hostile events in 30 days" in seen
    assert "0 in the 30 days before" in seen
    assert "assault fighting 190" in seen
    assert "7 days without anything read are grey" in seen
    assert "China and Vietnam:" in seen
    assert "Open alerts" in seen
    scope, _ = data.scope_of(str(home.path), DAY)
    told = warning_data.stories_of(scope, "dyad:CN-VN", days=60)
    assert all(one.title in seen for one in told[:8])
    assert len({lang for one in told for lang in one.languages}) > 4
    assert HOSTILE_ACTOR in seen
    assert "<script>" not in markup(at)
    assert len(charts(at)) >= 4
    for spec in charts(at):
        assert "http" not in json.dumps({k: v for k, v in json.loads(spec).items() if k != "$schema"})


def test_what_was_known_later_is_not_shown_earlier(home: Home, opened: Open) -> None:
    assert "Told Later" not in shown(opened(home, "dyad", a="VN", b="CN", day=DAY.isoformat()))
    assert "Told Later" in shown(opened(home, "dyad", a="VN", b="CN", day="2014-05-26"))
    before = shown(opened(home, "dyad", a="CN", b="VN", day="2014-05-01"))
    assert "0 hostile events in 30 days" in before
    assert "fighting" not in before


def test_what_a_reader_may_not_see_changes_nothing(home: Home) -> None:
    scope, _ = data.scope_of(str(home.path), DAY)
    low = data.replace(scope, clearance=int(Label.OPEN))
    data.opened.clear()
    for one, hostile, named in ((scope, 5, True), (low, 4, False)):
        [day] = [d for d in warning_data.event_days(one, "dyad:CN-VN", days=10) if d.day == DAY]
        assert (day.hostile, day.read) == (hostile, 31 + hostile)
        rows = warning_data.events_of(one, "dyad:CN-VN", days=10, limit=50)
        assert (SECRET_ACTOR in {r.source_actor for r in rows}) is named
        [pair] = [p for p in warning_data.busiest_pairs(one) if p[:2] == ("CN", "VN")]
        assert pair[2] == 39 + hostile
        [china] = [x for x in warning_data.busiest_countries(one) if x[0] == "CN"]
        assert china[1] == 39 + hostile
        codes = warning_data.codes_by_day(one, "country:VN", days=1)
        assert ("160" in {code for _, code, _, _ in codes}) is named
        assert all(d.count == 3 for d in warning_data.watched(one, "dyad:CN-VN/hostile", days=3).days[:2])
        assert warning_data.watched(one, "dyad:CN-VN/hostile", days=3).days[-1].count == hostile
    data.opened.clear()


def test_gaps_are_drawn_and_not_as_zero(home: Home) -> None:
    scope, _ = data.scope_of(str(home.path), DAY)
    told = warning_data.event_days(scope, "dyad:CN-VN", days=120)
    spec = json.dumps(warning_charts.tension(told, first=date(2014, 1, 21), last=DAY).to_dict())
    gap = [f"2014-02-{d}" for d in range(10, 17)]
    rows = [r for block in json.loads(spec)["datasets"].values() for r in block]
    silent = [r for r in rows if r["day"] in gap and "side" in r]
    assert len(silent) == 14
    assert all(r["events"] is None and r["line"] is None for r in silent)
    assert [r["day"] for r in rows if r.get("why") == "nothing was read"] == gap
    assert warning_data.watched(scope, "dyad:CN-VN/intensity", days=120).blind == [date.fromisoformat(d) for d in gap]
    data.opened.clear()


def test_smoothing_looks_at_no_day_ahead() -> None:
    values = [float(i % 4) for i in range(30)]
    whole = smoothed(values)
    for i in range(1, 30):
        assert smoothed(values[:i]) == whole[:i]
    assert smoothed([None, None]) == [None, None]
    assert smoothed([7.0] * 20)[-1] == 7


def test_a_country_and_whom_it_deals_with(home: Home, opened: Open) -> None:
    at = opened(home, "country", code="vn", day=DAY.isoformat())
    seen = shown(at)
    assert "Vietnam As known by the end of 20 May 2014" in seen
    assert "With whom" in seen
    assert 'href="dyad?day=2014-05-20&amp;a=CN&amp;b=VN"' in markup(at)
    assert parameter(at, "code") == "VN"
    at.selectbox(key="country_code").set_value("FR").run()
    assert not at.exception
    assert parameter(at, "code") == "FR"
    assert "No alert is open here on this day" in shown(at)


def test_another_length_of_time_is_kept_in_the_address(home: Home, opened: Open) -> None:
    at = opened(home, "dyad", a="CN", b="VN", day=DAY.isoformat())
    at.button_group(key="relation_days").set_value(365).run()
    assert not at.exception
    assert parameter(at, "days") == "365"
    assert "45 days" not in shown(at)


def test_without_a_choice_the_busiest_are_offered(home: Home, opened: Open) -> None:
    seen = shown(opened(home, "dyad", day=DAY.isoformat()))
    assert "China – Vietnam 44 4" in seen
    assert "Germany – France 0 900" in seen
    assert "China 44 4" in shown(opened(home, "country", day=DAY.isoformat()))


def test_nothing_read_is_said_and_not_drawn_as_calm(own_home: Home, opened: Open) -> None:
    eventful.without_events(own_home)
    at = opened(own_home, "dyad", a="CN", b="VN", day=DAY.isoformat())
    assert "Nothing was read" in shown(at)
    assert "this says nothing about calm" in shown(at)
    assert "No coded event in these days" in shown(opened(own_home, "country", day=DAY.isoformat()))


def test_a_pair_of_one_country_and_unknown_ones_break_nothing(home: Home, opened: Open) -> None:
    assert "A pair needs two countries" in shown(opened(home, "dyad", a="CN", b="CN"))
    assert "Pairs of countries" in shown(opened(home, "dyad", a="' OR 1=1", b="<b>"))
    assert "Countries" in shown(opened(home, "country", code="ZZ9"))
