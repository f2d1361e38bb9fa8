from __future__ import annotations

from datetime import date, timedelta

import pytest

from interfaces.dashboard import data
from service.wiring import Home
from tests.dashboard.conftest import Open, markup, parameter, shown

RIG = "giàn khoan Hải Dương 981"


def test_a_question_marks_its_words_and_links_to_the_documents(demo_home: Home, opened: Open) -> None:
    at = opened(demo_home, "search", q=RIG)
    assert '<mark class="v-word">' in markup(at)
    assert "10 documents in" in shown(at)
    links = [link.proto.query_string for link in at.get("page_link")]
    assert len(links) == 10
    assert all(link.startswith("id=d") and "&p=" in link for link in links)


def test_asking_in_the_box(demo_home: Home, opened: Open) -> None:
    at = opened(demo_home, "search")
    assert "In your own language" in shown(at)
    at.text_input(key="search_query").set_value("беспорядки на заводах во Вьетнаме")
    at.button[0].click().run()
    assert not at.exception
    assert "documents in" in shown(at)
    assert parameter(at, "q") == "беспорядки на заводах во Вьетнаме"


def test_filters_confine(demo_home: Home, opened: Open) -> None:
    at = opened(demo_home, "search", q=RIG, lang="ru,fr", since="2014-05-10", until="2014-05-31", k="20")
    assert at.multiselect(key="search_langs").value == ["ru", "fr"]
    scope, _ = data.scope_of(str(demo_home.path))
    hits = data.hits(scope, RIG, mode="hybrid", k=20, langs=("ru", "fr"), since=date(2014, 5, 10),
                     until=date(2014, 5, 31))  # fmt: skip
    assert {h.lang for h in hits} == {"ru", "fr"}
    assert all(h.published and date(2014, 5, 10) <= h.published.date() <= date(2014, 5, 31) for h in hits)
    assert all(h.source in shown(at) for h in hits)


def test_nothing_from_after_the_day_is_found(demo_home: Home, opened: Open) -> None:
    day = date(2014, 5, 4)
    scope, _ = data.scope_of(str(demo_home.path), day)
    hits = data.hits(scope, RIG, mode="hybrid", k=50)
    assert hits
    assert all(h.published and h.published.date() <= day for h in hits)
    at = opened(demo_home, "search", q=RIG, day=day.isoformat())
    assert "as known by 4 May 2014" in shown(at)


def test_no_result_tells_what_to_try(demo_home: Home, opened: Open) -> None:
    at = opened(demo_home, "search", q="qzxwvut", mode="lexical", lang="de")
    seen = shown(at)
    assert "No document answers this" in seen
    assert "fewer filters" in seen
    assert "finding by meaning as well" in seen


@pytest.mark.parametrize(
    "given",
    [{"mode": "magic"}, {"k": "-3"}, {"k": "9999"}, {"since": "yesterday"}, {"lang": "xx"}, {"source": "nobody"},
     {"day": "2014-13-40"}, {"day": "1999-01-01"}, {"day": "2999-01-01"}, {"country": "<script>"},
     {"since": "2014-06-01", "until": "2014-05-01"}, {"since": "1900-01-01"}, {"until": "2999-01-01"}],
)  # fmt: skip
def test_a_mangled_address_breaks_nothing(demo_home: Home, opened: Open, given: dict[str, str]) -> None:
    at = opened(demo_home, "search", **({"q": "rig"} | given))
    assert "Search" in shown(at)
    assert "<script" not in markup(at)


@pytest.mark.parametrize("query", ["   ", "\u200b", "***", '"', "a" * 5000, "'; DROP TABLE versions; --", "🙂"])
def test_odd_questions_are_answered_calmly(demo_home: Home, opened: Open, query: str) -> None:
    at = opened(demo_home, "search", q=query)
    assert not at.exception


def test_a_filter_that_the_day_no_longer_offers_is_let_go(demo_home: Home, opened: Open) -> None:
    scope, held = data.scope_of(str(demo_home.path))
    assert held.first is not None
    early, _ = data.scope_of(str(demo_home.path), held.first + timedelta(days=1))
    late = next(c for c, _ in data.facets(scope).countries if c not in dict(data.facets(early).countries))
    at = opened(demo_home, "search", q="rig", country=late)
    assert at.multiselect(key="search_countries").value == [late]
    at.date_input(key="reference_day").set_value(early.day).run()
    assert not at.exception
    assert at.multiselect(key="search_countries").value == []


def test_what_the_reader_is_not_cleared_for_is_nowhere(own_home: Home, opened: Open) -> None:
    scope, _ = data.scope_of(str(own_home.path))
    secret = [h for h in data.hits(scope, "Embassy cable on the rig", mode="hybrid", k=50) if h.label]
    assert secret
    (own_home.path / "vedette.toml").write_text('[reader]\nclearance = "open"\n', "utf-8")
    data.opened.clear()
    at = opened(own_home, "search", q="Embassy cable on the rig", k="50")
    found = {link.proto.query_string.split("&")[0] for link in at.get("page_link")}
    assert found
    assert not found & {f"id={h.document_id}" for h in secret}
    at = opened(own_home, "document", id=secret[0].document_id)
    assert "There is no such document" in shown(at)
    assert secret[0].title not in shown(at)


def test_a_question_typed_without_marks_is_said_to_be_read(demo_home: Home, opened: Open) -> None:
    at = opened(demo_home, "search", q="gia`n khoan Ha?i Du+o+ng 981")
    assert "Read as: giàn khoan Hải Dương 981 (VIQR)" in shown(at)
    assert '<mark class="v-word">' in markup(at)
    assert "Read as" not in shown(opened(demo_home, "search", q="oil rig 981"))
