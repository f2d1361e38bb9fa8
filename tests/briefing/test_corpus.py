"""Briefings of the demo corpus, made with the real encoder and gazetteer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from briefing.compose import compose
from briefing.render import render
from briefing.verify import collapse, verify
from domain.briefing import Briefing
from domain.text import words
from tests.briefing.corpus import material, reports

pytestmark = pytest.mark.slow

SINCE, UNTIL = datetime(2014, 5, 3, tzinfo=UTC), datetime(2014, 5, 10, tzinfo=UTC)


@pytest.fixture(scope="module", params=["en", "vi", "fr"])
def briefing(request: pytest.FixtureRequest) -> Briefing:
    return compose(material(SINCE, UNTIL), lang=request.param)


def test_every_cited_passage_contains_its_sentence(briefing: Briefing) -> None:
    texts = {r.paper.id: collapse(r.paper.text) for r in reports("2014-04-05", "2014-05-10")}
    quoted = [s for sec in briefing.sections for item in sec.items for s in item.statements if s.quoted]
    cited = {c.n: c for c in briefing.citations}
    assert len(quoted) >= 8
    for statement in quoted:
        assert statement.citations
        for n in statement.citations:
            assert statement.text in collapse(cited[n].passage)
            assert statement.text in texts[cited[n].document_id]
    assert verify(briefing) == []


def test_it_tells_the_crisis(briefing: Briefing) -> None:
    happened, changed, *_ = briefing.sections
    told = {r.paper.id: r.happening for r in reports("2014-04-05", "2014-05-10")}
    cited = {c.n: told[c.document_id] for c in briefing.citations}
    happenings = [cited[item.statements[0].citations[0]] for item in happened.items]
    assert len(happenings) == 5
    assert len(set(happenings)) == 5, "two items tell one happening"
    assert {"ramming-video", "rig-placed"} <= set(happenings)
    assert all(len(item.sources) >= 2 for item in happened.items)
    (change,) = [s for item in changed.items for s in item.statements]
    assert change.basis is not None
    assert change.basis.startswith("counted=48;")


def test_it_quotes_in_several_languages_and_the_readers_own_first(briefing: Briefing) -> None:
    (happened,) = [s for s in briefing.sections if s.kind == "happened"]
    langs = [s.lang for item in happened.items for s in item.statements]
    assert len(set(langs)) >= 3
    for item in happened.items:
        own = [s.lang == briefing.lang for s in item.statements]
        assert own == sorted(own, reverse=True)
    assert briefing.lang in langs


def test_what_to_watch_lies_ahead(briefing: Briefing) -> None:
    (watch,) = [s for s in briefing.sections if s.kind == "watch"]
    assert watch.items
    assert all(item.when is None or item.when >= UNTIL for item in watch.items)


def test_it_is_about_one_page(briefing: Briefing) -> None:
    shown = [s.text for sec in briefing.sections for item in sec.items for s in item.statements if s.lang != "zh"]
    assert len(words(" ".join(shown))) <= 650


@pytest.mark.parametrize("format", ["md", "html", "json"])
def test_it_renders(briefing: Briefing, format: str) -> None:
    page = render(briefing, format=format)
    for citation in briefing.citations:
        assert citation.document_id in page


def test_an_ordinary_week_has_no_crisis_to_tell() -> None:
    calm = compose(material(datetime(2014, 4, 12, tzinfo=UTC), datetime(2014, 4, 19, tzinfo=UTC)))
    assert verify(calm) == []
    assert calm.documents < 15
    assert "more than" not in " ".join(s.text for i in calm.sections[1].items for s in i.statements)
