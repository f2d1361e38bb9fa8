from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import pytest

from domain.event import Event
from domain.protocols import ReadOptions
from domain.time import now
from ingest.tables import read_events
from nlp.actors import Actors
from nlp.gazetteer import Gazetteer, default_gazetteer


@pytest.fixture(scope="module")
def actors() -> Actors:
    return Actors(default_gazetteer())


@pytest.mark.parametrize(
    ("name", "country"),
    [
        ("Kim Jong-Un", "KP"), ("Angela Merkel", "DE"), ("Sergey Viktorovich Lavrov", "RU"), ("Xi Jinping", "CN"),
        ("Recep Tayyip Erdoğan", "TR"), ("Nguyen Xuan Phuc", "VN"), ("Oluṣẹgun Ọbasanjọ", "NG"), ("Pope Francis", "VA"),
        ("Umar al Bashir", "SD"), ("Khalifa Belqasim Haftar", "LY"), ("Yemeni Armed Forces", "YE"),
        ("Reserve Bank of India", "IN"), ("Egyptian Armed Forces", "EG"), ("Hezbollah", "LB"),
        ("Citizen (Nigeria)", "NG"), ("Zimbabwe Republic Police", "ZW"), ("Iraqis", "IQ"),
    ],
)  # fmt: skip
def test_who_acts_for_a_country_has_it(actors: Actors, name: str, country: str) -> None:
    assert actors.country_of_actor(name, day=date(2018, 3, 1)) == country


@pytest.mark.parametrize(
    "name",
    ["", " ", "Unspecified Actor", "Reuters", "European Commission", "International Monetary Fund", "World Bank",
     "Facebook", "United Nations", "John Doe", "()", "?", "Jordan Smith", "Paris Hilton", "Bank of", "Xi", "🙂"],
)  # fmt: skip
def test_who_acts_for_none_has_none(actors: Actors, name: str) -> None:
    assert actors.country_of_actor(name, day=date(2018, 3, 1)) is None


def test_the_day_decides_between_two_of_one_name() -> None:
    def person(country: str, since: str, until: str) -> dict[str, object]:
        return {"id": f"person:{country}", "kind": "person", "name": "Ann Example", "country": country,
                "names": {"en": ["Ann Example"]},
                "offices": [{"office": "P", "since": since, "until": until}]}  # fmt: skip

    two = Actors(Gazetteer([person("AA", "1990", "1995"), person("BB", "2010", "2015")]))
    assert two.country_of_actor("Ann Example", day=date(1993, 1, 1)) == "AA"
    assert two.country_of_actor("Ann Example", day=date(2012, 1, 1)) == "BB"
    assert two.country_of_actor("Ann Example", day=date(2016, 1, 1)) == "BB"
    assert two.country_of_actor("Ann Example") is None


def test_there_are_hundreds_of_office_holders_with_years() -> None:
    gazetteer = default_gazetteer()
    held = [o for e in gazetteer.entities() if e.id.startswith("person:") for o in gazetteer.offices(e.id)]
    recent = [o for o in held if o["since"] and (o["until"] or "9999") >= "2000"]
    assert len(recent) > 1500
    assert all(o["until"] is None or o["until"][:4] >= o["since"][:4] for o in recent)


def test_most_actors_of_a_real_table_have_a_country(shared: Path, actors: Actors) -> None:
    table = shared / "data/icews/icews18_jan_jun.csv.gz"
    lacking = found = wrong = checked = 0
    for one in read_events(gzip.decompress(table.read_bytes()), item=str(table), options=ReadOptions(read_at=now())):
        assert isinstance(one.item, Event)
        event = one.item
        for name, country in ((event.source_actor, event.source_country), (event.target_actor, event.target_country)):
            if country is None:
                lacking += 1
                found += actors.country_of_actor(name, day=event.day) is not None
            elif lacking % 7 == 0 and (own := actors.country_of_actor(name, day=event.day)) is not None:
                checked += 1
                wrong += own != country
    assert found / lacking > 0.6
    assert wrong / checked < 0.02
