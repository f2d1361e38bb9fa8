"""The pages of stories: the list, one story, and what a reader may not see."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from domain.label import Label
from interfaces.dashboard import data, story_data
from service.wiring import Home
from tests.dashboard.conftest import Open, markup, parameter, shown
from tests.dashboard.test_markup import tags

DAY = "2014-05-11"


def scope_of(home: Home) -> data.Scope:
    from datetime import date

    return data.scope_of(str(home.path), date.fromisoformat(DAY))[0]


def links(html: str, page: str) -> list[str]:
    return [a["href"] or "" for name, a in tags(html) if name == "a" and (a["href"] or "").startswith(f"{page}?")]


@pytest.fixture(scope="module")
def largest(demo_home: Home) -> str:
    found = story_data.listed(scope_of(demo_home), days=30, lang="en")
    return max(found, key=lambda one: (len(one.languages), one.documents)).id


def test_the_list_has_each_story_with_its_languages_sources_and_days(demo_home: Home, opened: Open) -> None:
    at = opened(demo_home, "stories", day=DAY)
    found = story_data.listed(scope_of(demo_home), days=30, lang="en")
    assert len(found) > 5
    assert all(one.documents > 1 for one in found)
    assert all(sum(n for _, n in one.days) == one.documents for one in found)
    assert [one.last for one in found] == sorted((one.last for one in found), reverse=True)
    html = markup(at)
    assert len(links(html, "stories")) == min(len(found), 40)
    assert f"day={DAY}" in links(html, "stories")[0]
    several = [one for one in found if {"en", "vi"} <= set(one.languages)]
    assert several, "stories are told in several languages"
    assert all(one.lang == "en" for one in several), "the headline is in the reader's language where there is one"


def test_the_list_can_be_confined(demo_home: Home, opened: Open) -> None:
    at = opened(demo_home, "stories", day=DAY, q="RIG", period="90 days")
    heads = re.findall(r"<h4><a[^>]*>([^<]*)</a>", markup(at))
    assert heads
    assert all("rig" in head.lower() for head in heads)
    assert parameter(at, "period") == "90 days"
    at = opened(demo_home, "stories", day=DAY, q="no such words anywhere")
    assert "None of" in shown(at)


def test_one_story(demo_home: Home, opened: Open, largest: str) -> None:
    at = opened(demo_home, "stories", id=largest, day=DAY)
    told = story_data.one(scope_of(demo_home), largest, lang="en")
    assert told is not None
    seen, html = shown(at), markup(at)
    assert told.headline in seen
    for part in (
        "Day by day",
        "Who tells it",
        "How each country's press tells it",
        "Its documents",
        "What became of it",
    ):
        assert part in seen
    assert len(links(html, "document")) >= len(told.documents)
    for day in told.timeline:
        if day.new is not None:
            assert f"p={day.new.passage_id}" in html
    for account in told.accounts:
        for contrast in account.contrasts:
            assert f"p={contrast.quote.passage_id}" in html
    assert parameter(at, "id") == largest


def test_a_document_of_it_leads_to_it_and_a_search_within_stays_within(
    demo_home: Home, opened: Open, largest: str
) -> None:
    told = story_data.one(scope_of(demo_home), largest, lang="en")
    assert told is not None
    same = story_data.one(scope_of(demo_home), told.documents[0].document_id, lang="en")
    assert same is not None
    assert same.id == told.id
    hits = story_data.within(scope_of(demo_home), told, "oil rig")
    assert hits
    assert {hit.document_id for hit in hits} <= {one.document_id for one in told.documents}
    at = opened(demo_home, "stories", id=largest, day=DAY)
    at.text_input(key=f"within_{largest}").set_value("giàn khoan").run()
    assert not at.exception
    assert "v-quote" in markup(at)


def test_what_is_not_known_yet_is_not_told(demo_home: Home, opened: Open, largest: str) -> None:
    at = opened(demo_home, "stories", id=largest, day="2013-06-01")
    assert "There is no such story" in shown(at)
    at = opened(demo_home, "stories", id="s0000", day=DAY)
    assert "There is no such story" in shown(at)


def test_documents_above_the_reader_change_nothing(demo_home: Home) -> None:
    scope = scope_of(demo_home)
    below = replace(scope, clearance=int(Label.OPEN))
    for one in story_data.listed(below, days=90, lang="en"):
        assert one.label == Label.OPEN
