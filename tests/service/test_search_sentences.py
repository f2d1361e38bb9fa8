"""What one sentence of a long passage tells is found by meaning, in whatever language it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from domain.document import Document, Filters
from domain.label import Label
from index.store import schema as s
from service import pipeline
from service.config import load
from service.search import Query, search
from service.wiring import Home, open_home
from tests.fakes.held import DAY

ASKED = {
    "vi": "Chính phủ Việt Nam đã đồng ý bán gạo cho Philippines",
    "fr": "Le gouvernement vietnamien a accepté de vendre du riz aux Philippines",
    "ru": "Правительство Вьетнама согласилось продать рис Филиппинам",
}
TOLD = "On Tuesday the government in Hanoi agreed to sell three hundred thousand tons of rice to the Philippines."
MUSEUM = (
    "The city museum opens a new hall of lacquer painting next week. Its director spoke of a long search for the "
    "works of the nineteen thirties. Visitors will find them on the second floor, beside old maps. {} The painter's "
    "grandson lent eleven pieces that were never shown before. A catalogue is printed in two languages. Schools may "
    "come free of charge on weekdays until the end of the month. The hall was built with gifts of private donors."
)
TRADE = (
    "Grain markets in the region were calm. Traders watch what governments of South-East Asia will buy this season. "
    "The harvest of the delta was good, and prices at the ports fell a little. Importing countries spoke of filling "
    "their stores. Officials of the ministry of agriculture said that talks with several buyers went on. Freight "
    "remained dear. Millers hoped for dry weather. Farmers waited for what the next auction would bring."
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    path = tmp_path_factory.mktemp("home")
    settings = load(path)
    own = replace(settings, models=replace(settings.models, recognisers=False))
    with closing(open_home(path, settings=own)) as home:
        texts = {"museum": MUSEUM.format(TOLD), "plain museum": MUSEUM.format("It is warm in there."), "trade": TRADE}
        pipeline.ingest_documents(home, [
            Document(source="Wire", external_id=name, title="", text=text, item=name, known=DAY,
                     known_basis="published") for name, text in texts.items()
        ])  # fmt: skip
        yield home


def first(home: Home, asked: str, **filters: object) -> str | None:
    (answer,) = search(home, [Query("q", asked)], k=3, mode="dense", filters=Filters(**filters))  # type: ignore[arg-type]
    return answer.hits[0].external_id if answer.hits else None


@pytest.mark.parametrize("lang", ASKED)
def test_a_sentence_among_others_is_found(home: Home, lang: str) -> None:
    assert first(home, ASKED[lang]) == "museum"


def test_without_rows_of_sentences_the_passage_counts_as_a_whole(home: Home) -> None:
    """As after an import from a home that had none: nothing fails, less is found."""
    x = s.vectors.c
    with home.write() as c:
        kept = {row.passage_id: row.parts for row in c.execute(select(x.passage_id, x.parts))}
        assert all(kept.values())
        c.execute(update(s.vectors).values(parts=None))
    try:
        assert {first(home, asked) for asked in ASKED.values()} == {"trade"}
    finally:
        with home.write() as c:
            for passage, parts in kept.items():
                c.execute(update(s.vectors).where(x.passage_id == passage).values(parts=parts))


def test_sentences_outside_the_filters_are_not_looked_at(home: Home) -> None:
    assert first(home, ASKED["vi"], sources=frozenset({"Another"})) is None
    assert first(home, ASKED["vi"], clearance=Label.OPEN) == "museum"
