from __future__ import annotations

import json
import re

import pytest
from streamlit.testing.v1 import AppTest

from domain.alert import parse_series
from domain.indicator import Indicator, Scenario
from service import indicators
from service.wiring import Home
from tests.dashboard import eventful
from tests.dashboard.conftest import Open, markup, parameter, shown
from tests.dashboard.eventful import DAY


@pytest.fixture
def home(own_home: Home) -> Home:
    eventful.add(own_home)
    return own_home


def button(at: AppTest, label: str) -> None:
    next(b for b in at.button if b.label == label).click().run()
    assert not at.exception


def held(home: Home) -> dict[str, tuple[Scenario, int]]:
    return {one.name: (one, revision) for one, revision in indicators.listed(home)}


def test_a_board_shows_level_parts_and_sources(home: Home, opened: Open) -> None:
    at = opened(home, "board", day=DAY.isoformat())
    seen = shown(at)
    assert "Biển Đông: căng thẳng" in seen
    assert "revision 1" in seen
    assert "China – Vietnam: hostile events" in seen
    assert "counts when it falls" in markup(at)
    assert "healthy" in seen
    level, parts = (json.loads(found.proto.spec) for found in at.get("vega_lite_chart"))
    assert "http" not in json.dumps({k: v for k, v in level.items() if k != "$schema"})
    assert "watchlist oil-rig" in json.dumps(parts)
    board = indicators.read(home, "standoff", as_of=DAY, days=120)
    assert f"{board.days[-1].level:.0f} level, 0 to 100" in seen


def test_an_earlier_day_is_calm_and_a_silent_one_is_a_gap(home: Home, opened: Open) -> None:
    calm = shown(opened(home, "board", day="2014-05-01"))
    level = int(re.search(r"(\d+) level, 0 to 100", calm).group(1))  # type: ignore[union-attr]
    assert level < 20
    silent = shown(opened(home, "board", day="2014-02-14"))
    assert "The level of this day is not known" in silent
    assert "nothing was read" in silent
    assert "– level, 0 to 100" in silent


def test_weights_are_changed_and_a_change_to_what_changed_is_refused(home: Home, opened: Open) -> None:
    at = opened(home, "board", day=DAY.isoformat())
    weight = next(n for n in at.number_input if n.label.startswith("Weight of China – Vietnam, hostile"))
    weight.set_value(5.0)
    at.checkbox[-1].check()
    button(at, "Save")
    one, revision = held(home)["standoff"]
    assert revision == 2
    assert [x.weight for x in one.indicators] == [5.0, -1.0]
    assert "revision 2" in shown(at)
    old = opened(home, "board", day=DAY.isoformat())
    indicators.add(home, Scenario(name="standoff", indicators=(Indicator(series=parse_series("country:VN")),)))
    # The page was drawn before somebody else's change: its form is that of revision 2 no more.
    button(old, "Save")
    assert held(home)["standoff"][1] == 3


def test_an_indicator_is_added_by_choosing(home: Home, opened: Open) -> None:
    at = opened(home, "board", day=DAY.isoformat())
    [one] = [b for b in at.selectbox if b.label == "One" and not b.key.endswith("_new")]
    [other] = [b for b in at.selectbox if b.label == "The other" and not b.key.endswith("_new")]
    one.set_value("PH").run()
    [other] = [b for b in at.selectbox if b.label == "The other" and not b.key.endswith("_new")]
    other.set_value("CN").run()
    button(at, "Add the indicator")
    assert str(held(home)["standoff"][0].indicators[-1].series) == "dyad:CN-PH/hostile"


def test_a_scenario_is_made_and_deleted(demo_home: Home, own_home: Home, opened: Open) -> None:
    at = opened(own_home, "board", day=DAY.isoformat())
    assert "There is no scenario yet" in shown(at)
    button(at, "Make the scenario")
    assert "Give it a name" in shown(at)
    at.text_input(key="scenario_new_name").set_value("<b>Lửa</b>").run()
    button(at, "Make the scenario")
    assert "Choose its first indicator" in shown(at)
    at.button_group(key="kind_new").set_value("watchlist").run()
    button(at, "Make the scenario")
    one, revision = held(own_home)["<b>Lửa</b>"]
    assert (revision, [str(x.series) for x in one.indicators]) == (1, ["watchlist:oil-rig"])
    assert "<b>Lửa" not in markup(at)
    assert parameter(at, "name") == "<b>Lửa</b>"
    button(at, "Delete it")
    assert held(own_home) == {}
    assert "There is no scenario yet" in shown(at)


def test_a_scenario_that_cannot_be_read_any_more_says_so(home: Home, opened: Open) -> None:
    at = opened(home, "board", day=DAY.isoformat(), name="nothing")
    assert parameter(at, "name") == "standoff"
