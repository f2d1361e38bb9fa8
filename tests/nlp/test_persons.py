"""Known persons by spellings that no list has, and nobody where it could be two."""

from __future__ import annotations

import pytest

from domain.entity import Entity, EntityKind
from nlp.gazetteer import default_gazetteer
from nlp.persons import Persons


@pytest.mark.parametrize(
    ("name", "lang", "countries", "expected"),
    [
        ("Zelenskij", "it", {"UA"}, "person:volodymyr-zelensky"),
        ("Zełenskiego", "pl", {"UA"}, "person:volodymyr-zelensky"),
        ("Volodimir Zelenskij", "it", set(), "person:volodymyr-zelensky"),
        ("Władimira Putina", "pl", set(), "person:vladimir-putin"),
        ("V. Putin", "en", {"RU"}, "person:vladimir-putin"),
        ("В. В. Путин", "ru", set(), "person:vladimir-putin"),
        ("Putin V.V.", "de", {"RU"}, "person:vladimir-putin"),
        ("Siergieja Ławrowa", "pl", {"RU"}, "person:sergei-lavrov"),
        ("Xi Jin-ping", "es", set(), "person:xi-jinping"),
        ("Pham Minh Chinh", "en", set(), "person:pham-minh-chinh"),
        ("Emmanuela Macrona", "pl", set(), "person:emmanuel-macron"),
        ("Ким Чен Ына", "ru", set(), "person:kim-jong-un"),
    ],
)
def test_known_by_other_spellings(name: str, lang: str, countries: set[str], expected: str) -> None:
    found = default_gazetteer().persons.find(name, lang=lang, countries=countries)
    assert found is not None
    assert found.id == expected


@pytest.mark.parametrize(
    ("name", "lang", "countries"),
    [
        ("John Smith", "en", {"US"}), ("Joan Trump", "en", {"US"}), ("V. Putin", "en", {"FR"}),
        ("Peskow", "de", set()), ("习近", "zh", {"CN"}), ("", "en", set()), ("A B C D E F G", "en", {"US"}),
        ("Katarzyna Tusk-Nowak", "pl", {"PL"}), ("Xi", "en", {"CN"}),
    ],
)  # fmt: skip
def test_nobody(name: str, lang: str, countries: set[str]) -> None:
    assert default_gazetteer().persons.find(name, lang=lang, countries=countries) is None


def person(entity_id: str, name: str, country: str) -> Entity:
    return Entity(id=entity_id, kind=EntityKind.PERSON, name=name, country=country, names={"en": (name,)})


def test_of_two_by_one_name_the_one_of_a_country_in_the_text() -> None:
    persons = Persons([person("person:1", "Ivan Petrov", "RU"), person("person:2", "Ivan Petrov", "BG")])
    assert persons.find("Иван Петров", lang="en", countries=set()) is None
    found = persons.find("Иван Петров", lang="en", countries={"BG"})
    assert found is not None
    assert found.id == "person:2"
    assert persons.find("Иван Петров", lang="en", countries={"BG", "RU"}) is None
