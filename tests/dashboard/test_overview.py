from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from domain.label import Label
from domain.source import Failure, SourceHealth, Stage
from domain.time import end_of, start_of
from index.store import sources
from interfaces.dashboard import data
from interfaces.dashboard.cards import not_blind
from service.demo import corpus
from service.wiring import Home
from tests.dashboard.conftest import Open, chart, markup, parameter, shown

DAY = date(2014, 5, 6)


def expected_counts() -> tuple[int, int, int]:
    """Of the day, of its week, and all, counted from the corpus itself."""
    moments = [d.published for one in corpus.days() for d in one.documents if d.published and d.known < end_of(DAY)]
    held = [m for m in moments if m < end_of(DAY)]
    day, week = start_of(DAY), start_of(DAY - timedelta(days=6))
    return sum(m >= day for m in held), sum(m >= week for m in held), len(held)


def test_it_counts_what_was_known_by_the_day(demo_home: Home, opened: Open) -> None:
    seen = shown(opened(demo_home, "overview", day=DAY.isoformat()))
    day, week, held = expected_counts()
    assert f"{day} reports that day" in seen
    assert f"{week} reports in 7 days" in seen
    assert f"{held} documents held" in seen


def test_it_starts_on_the_newest_day_held(demo_home: Home, opened: Open) -> None:
    at = opened(demo_home, "overview")
    assert "As known by the end of 31 Jul 2014" in shown(at)
    assert "404 documents held" in shown(at)
    assert "day" not in at.query_params


def test_another_day_takes_the_view_back(demo_home: Home, opened: Open) -> None:
    at = opened(demo_home, "overview")
    at.date_input(key="reference_day").set_value(date(2014, 4, 15)).run()
    seen = shown(at)
    assert not at.exception
    assert "As known by the end of 15 Apr 2014" in seen
    assert "0 open alerts" in seen
    assert parameter(at, "day") == "2014-04-15"


def test_open_alerts_come_first_with_why(demo_home: Home, opened: Open) -> None:
    at = opened(demo_home, "overview", day=DAY.isoformat())
    seen = shown(at)
    assert seen.index("China and Vietnam:") < seen.index("Reports a day")
    links = {link.proto.page for link in at.get("page_link")}
    assert links == {"alerts", "document", "sources"}


def test_silence_is_told(demo_home: Home, opened: Open) -> None:
    at = opened(demo_home, "overview", day=DAY.isoformat())
    silent = [h for h in data.health(data.scope_of(str(demo_home.path), DAY)[0]) if h.state == "quiet"]
    assert silent
    assert f"Quiet is not blind: {len(silent)} quiet" in shown(at)
    assert all(h.source in shown(at) for h in silent)


def test_no_banner_where_every_source_speaks() -> None:
    health = SourceHealth(
        source="Wire", state="healthy", documents=3, newest=datetime(2014, 5, 6, tzinfo=UTC),
        content_age=timedelta(hours=3), usual_gap=timedelta(hours=6), last_success=None, failures=0, last_error=None,
    )  # fmt: skip
    assert not_blind([health]) is None
    failing = replace(health, source="<b>Feed</b>", state="failing", failures=2, last_error="timed out")
    banner = not_blind([health, failing])
    assert banner is not None
    assert "1 failing of 2 sources" in banner
    assert "&lt;b&gt;Feed&lt;/b&gt;" in banner


def test_failed_items_are_listed_with_stage_and_reason(own_home: Home, opened: Open) -> None:
    failure = Failure(item="<i>broken</i>.pdf", stage=Stage.PARSE, error="ends before its last page", source="Archive")
    with own_home.write() as c:
        sources.keep_failure(c, failure, origin="broken.pdf", options={}, at=datetime(2014, 7, 1, tzinfo=UTC))
    at = opened(own_home, "overview")
    assert "1 failed items" in shown(at)
    assert "<i>broken</i>.pdf parse ends before its last page Archive 1" in shown(at)
    assert "<i>" not in markup(at)


def test_the_chart_can_be_drawn_by_source(demo_home: Home, opened: Open) -> None:
    at = opened(demo_home, "overview", day=DAY.isoformat())
    assert '"Vietnamese"' in chart(at)
    at.button_group(key="chart_by").set_value("source").run()
    assert not at.exception
    assert '"others"' in chart(at)


def test_the_chart_holds_every_report_of_its_days(demo_home: Home) -> None:
    scope, _ = data.scope_of(str(demo_home.path), DAY)
    for group in ("language", "source"):
        counted = data.by_day(scope, group=group, days=7)
        assert sum(n for *_, n in counted) == data.tally(scope).week
        assert {day for day, *_ in counted} <= {DAY - timedelta(days=i) for i in range(7)}


def test_an_empty_home_says_how_to_begin(tmp_path: Path, opened: Open) -> None:
    at = opened(tmp_path / "new", "overview")
    assert "Nothing is held yet" in shown(at)
    assert "vedette ingest" in shown(at)


def test_answers_are_kept_apart_by_clearance(demo_home: Home) -> None:
    scope, _ = data.scope_of(str(demo_home.path), DAY)
    everything = data.tally(scope).held
    assert data.tally(replace(scope, clearance=int(Label.OPEN))).held < everything
    assert data.tally(scope).held == everything


def test_a_commit_makes_answers_anew(own_home: Home) -> None:
    from service.search import delete

    before, _ = data.scope_of(str(own_home.path))
    gone = data.newest(before)[0].id
    delete(own_home, document=gone)
    after, _ = data.scope_of(str(own_home.path))
    assert after.stamp != before.stamp
    assert gone not in {line.id for line in data.newest(after)}
    data.opened.clear()
