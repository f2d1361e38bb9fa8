"""The demo does what it is shown for: an alert in the first days of May and not in April, searches across languages,
a briefing that holds."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date

import pytest

from domain.alert import SeriesKey
from domain.document import DocumentKind, Filters
from domain.time import end_of
from evaluation.metrics import bcubed
from service import scan
from service.brief import brief
from service.demo import corpus, replay
from service.search import Query, search
from service.stories import stories
from service.wiring import Home


@pytest.fixture(scope="module")
def home(demo_home: Home) -> Home:
    replay.run(demo_home)
    return demo_home


def test_the_corpus_is_what_it_says() -> None:
    held = corpus.documents()
    reports = [d for d in held if d.kind is DocumentKind.REPORT]
    cables = [d for d in held if d.kind is DocumentKind.CABLE]
    assert len(reports) >= 150
    assert len(cables) >= 25
    assert {d.lang_hint for d in reports} >= {"vi", "en", "fr", "zh", "ru", "de", "es"}
    assert len({d.source for d in held}) >= 12
    assert all(date(2014, 3, 1) <= d.known.date() <= date(2014, 7, 31) for d in held)
    assert len({d.id for d in held}) == len(held)
    assert len(corpus.happenings()) == len(held)
    assert all(d.url is None or ".example/" in d.url for d in held)


def test_no_sentence_is_told_twice() -> None:
    told = Counter(
        s.strip() for d in corpus.documents() for s in re.split(r"(?<=[.!?。！？])\s+", d.text) if len(s.strip()) > 40
    )
    cables = {s for s, n in told.items() if n > 1 and "Vedette" not in s}
    assert cables == set()


def test_the_alert_on_china_and_vietnam_comes_in_the_first_days_of_may(home: Home) -> None:
    key = SeriesKey("dyad", ("CN", "VN"))
    alerts = [a for a in scan.listed(home) if a.key == key]
    assert [a.opened for a in alerts if a.opened < date(2014, 5, 1)] == []
    first = min(alerts, key=lambda a: a.opened)
    assert date(2014, 5, 2) <= first.opened <= date(2014, 5, 5)
    assert len({e.lang for e in first.evidence}) >= 4
    assert len({e.source for e in first.evidence}) >= 4
    assert any(h.state == "quiet" for h in first.health)
    assert [a for a in scan.listed(home, as_of=date(2014, 4, 30)) if "CN" in a.key.subject] == []


def test_an_alert_as_of_a_day_shows_nothing_of_the_days_after(home: Home) -> None:
    day = date(2014, 5, 6)
    for alert in scan.listed(home, as_of=day):
        assert alert.opened <= alert.last <= day
        assert all(e.published is not None and e.published < end_of(day) for e in alert.evidence)


def test_a_second_run_finds_the_replay(home: Home) -> None:
    before = scan.listed(home)
    again = replay.run(home)
    assert again.ingest is None
    assert list(again.alerts) == before


def test_a_search_finds_the_other_languages(home: Home) -> None:
    happening = corpus.happenings()
    cases = (("Hanoi riots at factories in Binh Duong", "en", "riots-binh-duong"),
             ("L'ASEAN exprime sa vive préoccupation", "fr", "asean-ministers"))  # fmt: skip
    for query, lang, slug in cases:
        found = search(home, [Query("q", query)], k=20)[0].hits
        right = {h.lang for h in found if happening.get(h.document_id) == slug}
        assert len(right - {lang}) >= 2, (query, [(h.lang, h.title) for h in found])


def test_stories_meet_the_known_happenings(home: Home) -> None:
    gold = corpus.happenings()
    found = {one: story.id for story in stories(home) for one in story.document_ids}
    score = bcubed(found, {k: v for k, v in gold.items() if k in found})
    assert score.f1 >= 0.70, score
    assert any(len(story.languages) >= 4 for story in stories(home))


def test_every_sentence_of_the_briefing_stands_in_its_passages(home: Home) -> None:
    made = json.loads((home.path / "briefings" / "standoff-2014-05.json").read_text("utf-8"))
    passages = {c["n"]: c["passage"] for c in made["citations"]}
    quoted = [
        st for section in made["sections"] for item in section["items"] for st in item["statements"] if st["quoted"]
    ]
    assert len(quoted) >= 8

    def squeeze(text: str) -> str:
        return "".join(text.split())

    for statement in quoted:
        assert statement["citations"]
        assert all(squeeze(statement["text"]) in squeeze(passages[n]) for n in statement["citations"])
    kinds = {section["kind"] for section in made["sections"]}
    assert kinds == {"happened", "changed", "alerts", "watch", "unknown"}


def test_a_briefing_as_of_a_day_cites_nothing_later(home: Home) -> None:
    day = date(2014, 5, 6)
    made = brief(home, about="Vietnam", until=date(2014, 5, 20), since=date(2014, 5, 1), as_of=day)
    assert made.citations
    assert all(c.published is not None and c.published < end_of(day) for c in made.citations)


def test_as_of_and_country_and_language_confine_a_search(home: Home) -> None:
    filters = Filters(as_of=end_of(date(2014, 5, 4)), langs=frozenset({"vi", "ru"}), countries=frozenset({"CN"}))
    hits = search(home, [Query("q", "giàn khoan")], k=50, filters=filters)[0].hits
    assert hits
    assert {h.lang for h in hits} <= {"vi", "ru"}
    assert all(h.published is not None and h.published < end_of(date(2014, 5, 4)) for h in hits)
