"""A home with coded events, a scenario, a desk, a backtest and an explained alert, made by what really stores them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, literal, select, update

from domain.desk import Desk
from domain.event import Event
from domain.indicator import Scenario, parse_indicator
from domain.label import Label
from domain.time import now
from index.store import events as event_store
from index.store import schema as s
from service import desks, indicators
from service.wiring import Home

DAY = date(2014, 5, 20)
HOSTILE_ACTOR = "<b>Navy</b><script>alert(1)</script>"
SECRET_ACTOR = "Hidden Station"
BUDGETS = {
    str(size): {
        method: {"precision": p, "recall": p + 0.1, "f1": f1, "f1_low": f1 - 0.05, "f1_high": f1 + 0.06,
                 "mean_lead": 1.5, "median_lead": 1.0, "false_per_dyad_year": 0.8, "alerts": 90}
        for method, p, f1 in (("vedette", 0.31, 0.33), ("ears_c2", 0.17, 0.19))
    }
    for size in (0.25, 0.5)
}  # fmt: skip
BACKTEST = {
    "name": "icews", "span": ["2014-01-01", "2015-01-01"], "budgets": BUDGETS,
    "reliability": [{"low": 0.0, "high": 0.1, "n": 400, "mean_probability": 0.03, "share": 0.04},
                    {"low": 0.1, "high": 0.5, "n": 30, "mean_probability": 0.22, "share": 0.2}],
    "daily": [{"day": "2014-01-01", "alerts": 1}, {"day": "2014-01-02", "alerts": 0}],
}  # fmt: skip


def coded(
    day: date, n: int, cameo: str, goldstein: float, *, pair: tuple[str, str] = ("CN", "VN"), label: Label = Label.OPEN,
    actor: str = "", known: datetime | None = None,
) -> Event:  # fmt: skip
    return Event(
        day=day, known=known or datetime(day.year, day.month, day.day, 6, tzinfo=UTC), source_actor=actor or pair[0],
        target_actor=pair[1], source_country=pair[0], target_country=pair[1], cameo=cameo, goldstein=goldstein,
        origin="table", label=label, external_id=f"table:{day}-{n}",
    )  # fmt: skip


def add_events(home: Home) -> None:
    """Ten months of events, the last two weeks hostile between China and Vietnam; a week in February without any."""
    found = []
    for i in range(300):
        day = DAY - timedelta(days=i)
        if date(2014, 2, 10) <= day < date(2014, 2, 17):
            continue
        found += [coded(day, n, "042", 1.9, pair=("FR", "DE")) for n in range(30)]
        if i % 9 == 0:
            found.append(coded(day, 40, "040", 1.0))
        if i < 14:
            found += [coded(day, 50 + n, ("190", "141", "112")[n], (-10.0, -6.5, -2.0)[n]) for n in range(3)]
    found.append(coded(DAY, 80, "138", -7.0, actor=HOSTILE_ACTOR))
    found.append(coded(DAY, 81, "160", -4.0, actor=SECRET_ACTOR, label=Label.SECRET))
    found.append(coded(DAY, 82, "057", 8.0, actor="Told Later", known=datetime(2014, 5, 25, tzinfo=UTC)))
    without_events(home)
    with home.write() as c:
        event_store.save_events(c, found)


def without_events(home: Home) -> None:
    """Take out what was coded from the demo's texts, so that the figures are those of the events added."""
    with home.write() as c:
        c.execute(delete(s.events))
        c.execute(delete(s.codings))


def add(home: Home) -> str:
    """All of it; gives the id of the alert on China and Vietnam, which is explained."""
    add_events(home)
    indicators.add(home, Scenario(
        name="standoff", title="Biển Đông: căng thẳng",
        indicators=tuple(map(parse_indicator, ("dyad:CN-VN/hostile=3", "dyad:CN-VN/intensity", "watchlist:oil-rig"))),
    ))  # fmt: skip
    desks.save(home, Desk(name="east", title="Vụ Đông Bắc Á", countries=("CN",), budget=0.02))
    with home.write() as c:
        a = s.alerts.c
        key = str(c.scalar(select(a.id).where(a.series == "dyad:CN-VN").order_by(a.opened)))
        # Filed as on the day it was raised, for the desk is younger than the alert.
        rows = list(c.scalars(select(a.id).where(a.series.in_(("dyad:CN-VN", "country:CN")))))
        for one in rows:
            c.execute(insert(s.desk_alerts).prefix_with("OR IGNORE").values(
                alert_id=one, desk="east", day=DAY, state="new", changed=now()))  # fmt: skip
        explain(c, key, {
            "probability": 0.34, "counterfactual": ["Four reports, and it had not fired."], "threshold": 0.12,
            "drivers": [["hostile events today", 1.25], ["cooperation of the month", -0.4]],
            "escalations": [
                {"day": "2014-05-08", "from": "low", "to": "high", "probability": 0.22, "observed": 6},
                {"day": "2014-05-24", "from": "high", "to": "dire", "probability": 0.9, "observed": 1234},
            ],
            "events": [{"id": "e1"}],
            "sources": {"documents": 9, "sources": 7, "languages": ["vi", "en"], "newest": "2014-05-04T18:20:00+00:00"},
            "more": {"count": 9, "silent": ["Embassy Tokyo"]},
        })  # fmt: skip
        c.execute(insert(s.backtests).values(at=now(), name="icews <i>2014</i>", body=BACKTEST))
    return key


def explain(c: Any, alert_id: str, value: dict[str, Any]) -> None:
    body = s.alerts.c.body
    told = func.json_set(body, "$.explanation", func.json(literal(json.dumps(value))), type_=body.type)
    c.execute(update(s.alerts).where(s.alerts.c.id == alert_id).values(body=told))
