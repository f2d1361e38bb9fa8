from __future__ import annotations

import json
import re
from datetime import date

import pytest

from briefing.render import render
from interfaces.dashboard import data
from interfaces.dashboard.briefing import page
from service.wiring import Home
from tests.dashboard.conftest import Open, markup, shown
from tests.dashboard.test_markup import tags

SINCE, UNTIL = date(2014, 5, 5), date(2014, 5, 11)


def test_every_sentence_opens_to_the_passage_it_stands_in(demo_home: Home, opened: Open) -> None:
    at = opened(demo_home, "briefing", day="2014-05-11", about="China and Vietnam", since="2014-05-05",
                until="2014-05-11")  # fmt: skip
    scope, _ = data.scope_of(str(demo_home.path), UNTIL)
    made = data.briefing(scope, about="China and Vietnam", since=SINCE, until=UNTIL, lang="en")
    html, seen = markup(at), shown(at)
    said = [s for section in made.sections for item in section.items for s in item.statements]
    assert said
    assert all(s.citations for s in said if s.quoted)
    assert len(re.findall("<details>", html)) == sum(len(s.citations) for s in said)
    assert all(" ".join(s.text.split()) in seen for s in said)
    assert all(section.title in seen for section in made.sections)
    quoted = sum(len(s.citations) for s in said if s.quoted)
    assert html.count('<mark class="v-word">') == quoted


def test_it_can_be_taken_away_in_each_format(demo_home: Home, opened: Open) -> None:
    at = opened(demo_home, "briefing", day="2014-05-11")
    assert [b.proto.label for b in at.get("download_button")] == ["Markdown", "HTML", "JSON"]
    scope, _ = data.scope_of(str(demo_home.path), UNTIL)
    made = data.briefing(scope, about="", since=SINCE, until=UNTIL, lang="en")
    assert json.loads(render(made, format="json"))


def test_it_is_written_in_the_language_chosen(demo_home: Home, opened: Open) -> None:
    at = opened(demo_home, "briefing", day="2014-05-11", about="China and Vietnam", lang="vi")
    assert at.selectbox(key="brief_lang").value == "vi"
    scope, _ = data.scope_of(str(demo_home.path), UNTIL)
    made = data.briefing(scope, about="China and Vietnam", since=SINCE, until=UNTIL, lang="vi")
    assert made.title in shown(at)
    assert made.lang == "vi"


def test_a_period_that_ends_before_it_begins_is_told(demo_home: Home, opened: Open) -> None:
    at = opened(demo_home, "briefing", day="2014-05-11")
    at.date_input(key="brief_since").set_value(date(2014, 5, 10))
    at.date_input(key="brief_until").set_value(date(2014, 5, 9))
    next(b for b in at.button if b.label == "Write").click().run()
    assert not at.exception
    assert "ends before it begins" in shown(at)


def test_another_day_brings_another_period(demo_home: Home, opened: Open) -> None:
    at = opened(demo_home, "briefing")
    assert at.date_input(key="brief_until").value == date(2014, 7, 31)
    at.date_input(key="reference_day").set_value(date(2014, 5, 8)).run()
    assert not at.exception
    assert at.date_input(key="brief_until").value == date(2014, 5, 8)
    assert at.date_input(key="brief_since").value == date(2014, 5, 2)


@pytest.mark.parametrize("given", [{"since": "x"}, {"lang": "zz"}, {"since": "2014-09-01"}, {"until": "1999-01-01"}])
def test_a_mangled_address_breaks_nothing(demo_home: Home, opened: Open, given: dict[str, str]) -> None:
    assert "Briefing" in shown(opened(demo_home, "briefing", day="2014-05-11", **given))


def test_it_is_plain_markup(demo_home: Home) -> None:
    scope, _ = data.scope_of(str(demo_home.path), UNTIL)
    made = data.briefing(scope, about="", since=SINCE, until=UNTIL, lang="fr")
    seen = tags(page(made))
    assert {name for name, _ in seen} <= {"article", "section", "h2", "h3", "h4", "div", "p", "span", "details",
                                          "summary", "mark", "b", "a"}  # fmt: skip
    assert all((a["href"] or "").startswith("http") for name, a in seen if name == "a")
