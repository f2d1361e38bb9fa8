"""Whatever is stored, no zero-width or direction character reaches a browser: by no view, chart, choice or hint."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import String, func, literal, select, update

from briefing.render import render
from domain.desk import Desk
from domain.event import Event
from domain.indicator import Scenario, parse_indicator
from domain.source import Failure, Stage
from domain.time import now
from index.store import events as event_store
from index.store import schema as s
from index.store import sources
from interfaces.dashboard import data
from service import desks, indicators
from service.wiring import Home
from tests.dashboard.conftest import Open

BAD = "\u202e\u2066\u200b\u2060\ufeff\u200e\u061c"
DAY = "2014-05-11"
POISONED = (
    s.versions.c.title, s.versions.c.text, s.passages.c.text, s.entities.c.name, s.mentions.c.surface, s.sources.c.name,
    s.sources.c.country, s.sources.c.lang, s.sources.c.reliability, s.sources.c.category, s.sources.c.kind,
    s.sources.c.region, s.sources.c.retired_reason, s.sources.c.last_error, s.sources.c.url, s.documents.c.item,
    s.documents.c.url, s.documents.c.external_id, s.events.c.source_actor, s.events.c.target_actor, s.events.c.origin,
    s.suppressions.c.reason, s.watchlist_matches.c.why, s.mutes.c.reason,
)  # fmt: skip


@pytest.fixture
def warned(poisoned: Home) -> Home:
    """That, with all that the early-warning views show: events, a desk, verdicts, a scenario, backtests."""
    desks.save(poisoned, Desk(name="east", title=f"East{BAD}", countries=("CN",)))
    series = (parse_indicator("dyad:CN-VN"), parse_indicator("country:VN/hostile"))
    indicators.add(poisoned, Scenario(name=f"s{BAD}", title=f"T{BAD}", indicators=series))
    with poisoned.write() as c:
        a = s.alerts.c
        key = c.scalar(select(a.id).where(a.series == "dyad:CN-VN"))
        body = {"probability": 0.2, "counterfactual": [f"less{BAD}"], f"other{BAD}": f"value{BAD}"}
        c.execute(update(s.alerts).values(
            body=func.json_set(a.body, "$.explanation", func.json(literal(json.dumps(body))), type_=a.body.type)
        ))  # fmt: skip
        figures = {f"method{BAD}": {"f1": 0.2, "precision": 0.1, "recall": 0.4}}
        c.execute(s.backtests.insert().values(at=now(), name=f"n{BAD}", body={
            "span": f"2014{BAD}", "budgets": {"1": figures}, "daily": [{"day": "2014-01-01", f"alerts{BAD}": 1}],
        }))  # fmt: skip
    desks.mark(poisoned, key, right=True, by=f"Lan{BAD}")
    desks.assign(poisoned, key, to=f"Hùng{BAD}", by=f"Lan{BAD}")
    return poisoned


@pytest.fixture
def poisoned(own_home: Home) -> Home:
    """The demo with such characters behind every stored text, with a failed item, an event and a formatted text."""
    at = now()
    with own_home.write() as c:
        which = c.scalar(select(s.documents.c.id).where(s.documents.c.external_id == "r-0503-vi-a01"))
        event_store.save_events(c, [Event(
            day=date(2014, 5, 3), known=datetime(2014, 5, 4, tzinfo=UTC), source_actor=f"CHN{BAD}",
            target_actor=f"VNM{BAD}", source_country="CN", target_country="VN", cameo="190", goldstein=-10.0,
            origin=f"table{BAD}", document_id=which,
        )])  # fmt: skip
        sources.keep_failure(c, Failure(item=f"a{BAD}.pdf", stage=Stage.PARSE, error=f"bad{BAD}", source=f"x{BAD}"),
                             origin="a", options={}, at=at)  # fmt: skip
        for column in POISONED:
            c.execute(
                update(column.table).where(column.is_not(None)).values({column.name: column.concat(literal(BAD))})
            )
        v = s.versions.c
        c.execute(update(s.versions).where(v.document_id == which).values(
            html=f"<p title='{BAD}'>x{BAD}<b>{BAD}</b></p>", meta={f"from{BAD}": f"me{BAD}", "tags": [BAD]}
        ))  # fmt: skip
        c.execute(update(s.alerts).values(
            body=func.json_set(s.alerts.c.body, "$.title", literal(f"Alert{BAD}"), type_=s.alerts.c.body.type),
            note=f"n{BAD}", acknowledged=at, acknowledged_by=f"me{BAD}",
        ))  # fmt: skip
        assert isinstance(v.title.type, String)
    return own_home


def sent(node: Any) -> list[bytes]:
    """All that is sent to the browser for a part of a page."""
    found = [] if getattr(node, "proto", None) is None else [node.proto.SerializeToString()]
    for child in getattr(node, "children", {}).values():
        found += sent(child)
    return found


def seen_in(parts: list[bytes]) -> set[str]:
    return {hex(ord(char)) for char in BAD for part in parts if char.encode() in part}


@pytest.mark.parametrize(
    ("view", "given"),
    [("overview", {}), ("search", {"q": "giàn khoan Hải Dương 981"}), ("alerts", {}), ("sources", {}),
     ("document", {"id": "r"}), ("document", {}), ("briefing", {"about": "China and Vietnam"})],
)  # fmt: skip
def test_no_view_sends_them(poisoned: Home, opened: Open, view: str, given: dict[str, str]) -> None:
    if "id" in given:
        with poisoned.read() as c:
            named = f"r-0503-vi-a01{BAD}"
            given = {"id": str(c.scalar(select(s.documents.c.id).where(s.documents.c.external_id == named)))}
    at = opened(poisoned, view, day=DAY, **given)
    parts = sent(at._tree)
    assert len(parts) > 10
    assert seen_in(parts) == set()
    if view == "overview":
        at.button_group(key="chart_by").set_value("source").run()
        assert seen_in(sent(at._tree)) == set()
    if view == "document" and given:
        at.button_group(key="text_shown").set_value("as it was formatted").run()
        assert [frame.proto.srcdoc for frame in at.get("iframe")]
        assert seen_in(sent(at._tree)) == set()
        at.session_state[f"tabs_{given['id']}"] = "Story and events"
        at.run()
        assert not at.exception
        assert "CHN" in "".join(part.decode("utf-8", "ignore") for part in sent(at._tree))
        assert seen_in(sent(at._tree)) == set()


@pytest.mark.parametrize(
    ("view", "given"),
    [("inbox", {}), ("inbox", {"desk": "east"}), ("alert", {"alert": "?"}), ("country", {"code": "VN"}), ("board", {}),
     ("dyad", {"a": "CN", "b": "VN"}), ("backtest", {})],
)  # fmt: skip
def test_neither_does_early_warning(warned: Home, opened: Open, view: str, given: dict[str, str]) -> None:
    if view == "alert":
        with warned.read() as c:
            given = {"alert": str(c.scalar(select(s.alerts.c.id).where(s.alerts.c.series == "dyad:CN-VN")))}
    at = opened(warned, view, day=DAY, **given)
    if view == "inbox":
        at.button_group(key="inbox_state").set_value("all").run()
    parts = sent(at._tree)
    said = "".join(part.decode("utf-8", "ignore") for part in parts)
    wanted = {"inbox": "Hùng" if not given else "East", "alert": "less", "country": "</th><th>Goldstein", "board": "T",
              "dyad": "</th><th>Goldstein",
              "backtest": "method"}  # fmt: skip
    assert wanted[view] in said
    assert seen_in(parts) == set()


def test_neither_does_the_page_of_a_source_nor_a_downloaded_briefing(poisoned: Home, opened: Open) -> None:
    at = opened(poisoned, "sources", name=f"Embassy Beijing{BAD}", day=DAY)
    assert "There is no such source" not in "".join(e.proto.body for e in at.get("html"))
    assert seen_in(sent(at._tree)) == set()
    scope, _ = data.scope_of(str(poisoned.path), date.fromisoformat(DAY))
    made = data.briefing(scope, about="", since=date(2014, 5, 5), until=scope.day, lang="en")
    assert made.citations
    for kind in ("md", "html"):
        assert seen_in([render(made, format=kind).encode()]) == set()
