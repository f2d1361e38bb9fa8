from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

import pytest

from domain.label import Label
from domain.time import end_of, now
from interfaces.dashboard import data, source_data
from interfaces.dashboard.source_cards import MEANINGS, by_weekday, said_of
from service.scheduler import watch
from service.wiring import Home
from tests.dashboard.conftest import Open, chart, markup, parameter, shown
from tests.dashboard.followed import HOSTILE_NAME, add
from tests.dashboard.test_markup import tags


@pytest.fixture
def followed(own_home: Home) -> Iterator[Home]:
    add(own_home)
    yield own_home
    data.opened.clear()


def names_listed(html: str) -> list[str]:
    return [a["href"] or "" for name, a in tags(html) if name == "a" and (a["href"] or "").startswith("sources?")]


def test_all_sources_are_listed_with_how_each_is_doing(followed: Home, opened: Open) -> None:
    at = opened(followed, "sources")
    seen, html = shown(at), markup(at)
    health = data.health(data.scope_of(str(followed.path))[0])
    assert len(names_listed(html)) == len(health)
    states = {h.source: h.state for h in health}
    assert (states["Loud Wire"], states["Silent Post"]) == ("healthy", "quiet")
    assert (states["Broken Feed"], states["New Feed"], states["Gone Feed"]) == ("failing", "never read", "retired")
    assert "3 readings failed: the server answered 503" in seen
    assert "12 days old usually every 8 hours" in seen
    assert re.search(r"Loud Wire feed · news agency · 40 documents healthy \d+ (hour|minutes) ?s?\w* ?ago", seen)
    assert "Philippines" in seen
    assert "in 2 hours" in seen
    assert "usually reliable" in html  # the grade's meaning, on hovering


def test_what_is_read_regularly_and_ails_comes_first(followed: Home, opened: Open) -> None:
    listed = names_listed(markup(opened(followed, "sources")))
    assert listed[0] == "sources?name=Broken+Feed"
    assert listed.index("sources?name=Silent+Post") < listed.index("sources?name=Loud+Wire")
    assert listed.index("sources?name=Loud+Wire") < listed.index("sources?name=Embassy+Beijing")


def test_three_rows_count_the_states(followed: Home, opened: Open) -> None:
    html = markup(opened(followed, "sources"))
    health = data.health(data.scope_of(str(followed.path))[0])
    table = html[html.index("v-counts") :]
    rows = re.findall(r"<tr>(.*?)</tr>", table[: table.index("</table>")], re.S)[1:]
    cells = [[re.sub("<[^>]*>", "", cell) for cell in re.findall("<td>(.*?)</td>", row, re.S)] for row in rows]
    assert [row[0] for row in cells] == ["Followed", "Not followed", "All"]
    order = ("healthy", "quiet", "changed layout", "failing", "never read", "retired")
    for row, some in zip(cells, ([h for h in health if h.followed], [h for h in health if not h.followed], health),
                         strict=True):  # fmt: skip
        counted: Counter[str] = Counter(h.state for h in some)
        assert row[1] == str(len(some))
        assert row[2:8] == [str(counted[state]) if counted[state] else "–" for state in order]
    assert sum(1 for h in health if h.followed) == 7


def test_filters_confine_and_stand_in_the_address(followed: Home, opened: Open) -> None:
    at = opened(followed, "sources")
    at.button_group(key="sources_states").set_value(["failing", "quiet"]).run()
    assert not at.exception
    assert parameter(at, "state") == "failing,quiet"
    at.multiselect(key="sources_countries").set_value(["VN"]).run()
    at.multiselect(key="sources_langs").set_value(["vi"]).run()
    assert names_listed(markup(at)) == ["sources?name=Silent+Post"]
    again = opened(followed, "sources", state="failing,quiet", country="VN", lang="vi")
    assert names_listed(markup(again)) == ["sources?name=Silent+Post"]
    named = opened(followed, "sources", q="WIRE", which="followed")
    assert names_listed(markup(named)) == ["sources?name=Loud+Wire"]
    assert "No source fits" in shown(opened(followed, "sources", q="nobody is called so"))


def test_the_order_can_be_chosen(followed: Home, opened: Open) -> None:
    listed = names_listed(markup(opened(followed, "sources", order="documents", which="followed")))
    assert listed[:2] == ["sources?name=Loud+Wire", "sources?name=Silent+Post"]


@pytest.mark.parametrize(
    "given",
    [{"state": "x,,y"}, {"country": "<script>"}, {"lang": "zz"}, {"order": "DROP"}, {"which": "?"},
     {"name": "nobody"}, {"name": "' OR 1=1"}, {"name": "\u202e"}, {"day": "1999-01-01"}],
)  # fmt: skip
def test_a_mangled_address_breaks_nothing(demo_home: Home, opened: Open, given: dict[str, str]) -> None:
    at = opened(demo_home, "sources", **given)
    assert "Sources" in shown(at)
    assert ("There is no such source" in shown(at)) == ("name" in given)
    assert "<script" not in markup(at)


def test_a_source_has_a_page_with_its_readings_its_days_and_what_failed(followed: Home, opened: Open) -> None:
    at = opened(followed, "sources", name="Broken Feed")
    seen = shown(at)
    assert "The last 3 readings failed; it was never read well." in seen
    assert "in no count, alert or briefing" in seen
    assert seen.count("failed the server answered 503 Service Unavailable") == 3
    assert "papers/fdp.exe parse <i>ends</i> early" in seen
    assert "<i>ends" not in markup(at)
    at = opened(followed, "sources", name="Loud Wire")
    seen = shown(at)
    assert "Its newest content is 1 hour old. It usually publishes every 6 hours." in seen
    assert "read 41 17" in seen
    assert '"English"' in chart(at)
    scope, _ = data.scope_of(str(followed.path))
    assert sum(n for *_, n in data.by_day(scope, group="language", days=60, source="Loud Wire")) == 40
    assert len([x for x in at.get("page_link") if x.proto.page == "document"]) == 8
    assert "v-large" in markup(at)


def test_quiet_is_told_from_blind(followed: Home, opened: Open) -> None:
    seen = shown(opened(followed, "sources", name="Silent Post"))
    assert "It answers, but it has nothing newer than 12 days. It usually publishes every 8 hours." in seen
    assert "Silence is no sign of calm." in seen
    assert "gone for thirty days" in shown(opened(followed, "sources", name="Gone Feed"))


def test_a_day_gone_back_to_shows_the_sources_as_they_stood(followed: Home, opened: Open) -> None:
    at = opened(followed, "sources", day="2014-05-06")
    assert "as they stood at the end of 6 May 2014" in shown(at)
    assert not any("Loud" in name for name in names_listed(markup(at)))
    assert all("&name=" in name or "day=2014-05-06" in name for name in names_listed(markup(at)))
    yesterday = now().date() - timedelta(days=1)
    seen = shown(opened(followed, "sources", day=yesterday.isoformat(), which="followed"))
    assert "in 2 hours" not in seen  # what is planned now was not planned then


def test_of_today_health_is_asked_now_and_not_at_midnight(followed: Home) -> None:
    scope, _ = data.scope_of(str(followed.path))
    assert scope.day == now().date()
    assert now() <= data.moment(scope) <= min(now() + timedelta(minutes=5, seconds=1), end_of(scope.day))
    loud = next(h for h in data.health(scope) if h.source == "Loud Wire")
    assert loud.content_age is not None
    assert loud.content_age < timedelta(hours=1, minutes=10)
    past = replace(scope, day=date(2014, 5, 6))
    assert data.moment(past) == datetime(2014, 5, 7, tzinfo=UTC)
    assert source_data.sources(scope).present
    assert not source_data.sources(past).present


def test_a_hostile_name_is_only_text(followed: Home, opened: Open) -> None:
    for at in (opened(followed, "sources"), opened(followed, "sources", name=HOSTILE_NAME)):
        html = markup(at)
        assert "<b>Feed</b> gnp.exe" in shown(at)
        assert "<b>Feed" not in html
        assert not re.search("[\u202e\u200b]", html)
        assert not [a for name, a in tags(html) if name == "a" and "javascript" in (a["href"] or "")]
    assert "sources?name=" + quote(HOSTILE_NAME, safe="").replace("%20", "+") in markup(opened(followed, "sources"))


def test_who_may_see_less_is_told_less(followed: Home, opened: Open) -> None:
    assert "Quiet Station" in shown(opened(followed, "sources"))
    (followed.path / "vedette.toml").write_text('[reader]\nclearance = "open"\n', "utf-8")
    data.opened.clear()
    at = opened(followed, "sources")
    assert "Quiet Station" not in shown(at)
    assert "There is no such source" in shown(opened(followed, "sources", name="Quiet Station"))
    seen = shown(opened(followed, "sources", name="Loud Wire"))
    assert "answered" in seen
    assert "told only to readers who are cleared for everything" in seen
    assert "41" not in re.sub(r"\d+:\d+", "", seen[seen.index("Last readings") : seen.index("Failed items")])
    scope, _ = data.scope_of(str(followed.path))
    assert scope.clearance == Label.OPEN
    assert {reading.outcome for reading in source_data.readings(scope, "Loud Wire")} == {"answered"}


def test_whether_anybody_reads_the_sources_is_told(followed: Home, opened: Open) -> None:
    assert "6 followed sources are not being read The watch never ran." in shown(opened(followed, "sources"))
    stop, ready = threading.Event(), threading.Event()
    thread = threading.Thread(target=watch, args=(followed,), kwargs={"stop": stop, "ready": ready.set})
    thread.start()
    try:
        assert ready.wait(60)
        seen = shown(opened(followed, "sources"))
        assert "6 followed sources are being read" in seen
        assert re.search(r"last sign of life (just now|\d+ minutes? ago)", seen)
    finally:
        stop.set()
        thread.join(60)
    assert not thread.is_alive()
    assert "6 followed sources are not being read The watch last ran until" in shown(opened(followed, "sources"))


def test_the_overview_leads_to_the_sources(followed: Home, opened: Open) -> None:
    at = opened(followed, "overview")
    links = [link.proto.label for link in at.get("page_link") if link.proto.page == "sources"]
    held = len(data.health(data.scope_of(str(followed.path))[0]))
    assert links == ["Which sources, since when, and why", f"All {held} sources"]


def test_an_empty_home_says_how_to_begin(tmp_path, opened: Open) -> None:  # type: ignore[no-untyped-def]
    seen = shown(opened(tmp_path / "new", "sources"))
    assert "There is no source yet" in seen
    assert "No source is followed" in seen


def test_weekdays_are_drawn_to_scale_and_told_to_those_who_cannot_see_them() -> None:
    made = by_weekday((4.0, 2.0, 2.0, 2.0, 1.0, 0.0, 0.0))
    [(_, whole), *rest] = tags(made)
    assert whole["role"] == "img"
    assert (whole["aria-label"] or "").startswith("a day: Monday 4, Tuesday 2")
    heights = [a["style"] for name, a in rest if name == "i"]
    assert heights == ["height:100%", *["height:50%"] * 3, "height:25%", *["height:4%"] * 2]
    assert "–" in by_weekday(())


def test_every_state_has_its_words(followed: Home) -> None:
    asked = source_data.sources(data.scope_of(str(followed.path))[0])
    one = next(s.health for s in asked.sources if s.name == "Loud Wire")
    for state in MEANINGS:
        said, _ = said_of(replace(one, state=state, failures=2 if state == "failing" else 0), asked.at)
        assert said.endswith(".")
