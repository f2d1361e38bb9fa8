from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import insert

from domain.time import now
from index.store import schema as s
from interfaces.dashboard.backtest import rows_of
from service.wiring import Home
from tests.dashboard import eventful
from tests.dashboard.conftest import Open, markup, shown


def store(home: Home, body: Any, name: str = "icews <i>2014</i>") -> None:
    with home.write() as c:
        c.execute(insert(s.backtests).values(at=now(), name=name, body=body))


def test_a_backtest_shows_figures_beside_the_baselines(own_home: Home, opened: Open) -> None:
    store(own_home, eventful.BACKTEST)
    at = opened(own_home, "backtest")
    seen = shown(at)
    assert "2014-01-01 to 2015-01-01" in seen
    assert "At 0.25 alerts a day" in seen
    assert "Vedette 0.310 0.410 0.330 (0.280 – 0.390) +1.5 +1.0 0.80 90" in seen
    assert "EARS C2 0.170" in seen
    assert seen.index("Vedette 0.310") < seen.index("EARS C2 0.170")
    assert "0.10 – 0.50 30 0.220 0.200" in seen
    assert "<i>2014" not in markup(at)
    specs = [json.loads(found.proto.spec) for found in at.get("vega_lite_chart")]
    assert len(specs) == 4
    assert all("http" not in json.dumps({k: v for k, v in x.items() if k != "$schema"}) for x in specs)


def test_the_newest_is_shown_and_others_can_be_chosen(own_home: Home, opened: Open) -> None:
    store(own_home, eventful.BACKTEST, name="first")
    store(own_home, {**eventful.BACKTEST, "span": "2018"}, name="second")
    at = opened(own_home, "backtest")
    assert "Replayed: 2018" in shown(at)
    at.selectbox(key="backtest_id").set_value(1).run()
    assert not at.exception
    assert "Replayed: 2014-01-01" in shown(at)
    assert "Replayed: 2014-01-01" in shown(opened(own_home, "backtest", id="1"))


def test_without_one_it_says_how_to_make_one(demo_home: Home, opened: Open) -> None:
    assert "vedette backtest EVENTS.csv" in shown(opened(demo_home, "backtest"))


@pytest.mark.parametrize("body", [
    {}, [], {"budgets": {"x": {}, "1": {"vedette": {"f1": "nan", "precision": None}}}, "reliability": [None, {"n": 3}]},
    {"budgets": {"1": None}, "daily": [{"day": "2014-01-01"}], "span": None},
])  # fmt: skip
def test_a_body_that_lacks_figures_breaks_nothing(own_home: Home, opened: Open, body: Any) -> None:
    store(own_home, body)
    assert "Backtests" in shown(opened(own_home, "backtest"))


def test_what_is_no_number_is_none() -> None:
    [row] = rows_of({"2": {"odd": {"f1": float("nan"), "precision": True, "recall": 0.5}}, "nothing": {}})
    assert (row["budget"], row["method"], row["f1"], row["precision"], row["recall"]) == (2.0, "odd", None, None, 0.5)
