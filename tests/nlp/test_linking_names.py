"""Who a found name is: spellings, case forms, letters of another script, homonyms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from domain.entity import EntityKind as K
from domain.entity import Mention
from nlp.gazetteer import default_gazetteer
from nlp.linking import link, name_id

NAMES = Path(__file__).with_name("data_names.jsonl")


def linked(text: str, *names: tuple[str, K], lang: str = "en") -> list[tuple[str, str]]:
    """Surfaces and ids of a text in which a recogniser found the names, in their order."""
    found, at = [], 0
    for name, kind in names:
        at = text.index(name, at)
        found.append(
            Mention(start=at, end=at + len(name), surface=name, entity_id="", kind=kind, name=name, method="test")
        )
        at += len(name)
    gazetteer = default_gazetteer()
    result = link(text, gazetteer.find(text, lang=lang), found, persons=gazetteer.persons, lang=lang)
    return [(m.surface, m.entity_id) for m in result]


def test_a_person_in_another_spelling_is_the_known_one() -> None:
    text = "Ukraine thanked Volodimir Selenskij."
    assert linked(text, ("Volodimir Selenskij", K.PERSON))[1:] == [("Volodimir Selenskij", "person:volodymyr-zelensky")]


def test_two_scripts_meet_in_one_id_where_letters_are_certain() -> None:
    assert name_id(K.PERSON, "Олег Петров") == name_id(K.PERSON, "Oleg Petrov") == "name:person:oleg-petrov"
    assert name_id(K.PERSON, "Анна Каминская") == name_id(K.PERSON, "Anna Kaminskaya")
    assert name_id(K.PERSON, "Нина Островский") == "name:person:nina-ostrovsky"
    assert name_id(K.PERSON, "王小明") == "name:person:王-小-明"
    assert name_id(K.ORGANISATION, "Кировэнерго") == "name:organisation:кировэнерго"


def test_case_forms_in_one_text_are_one() -> None:
    text = "Przyszedł Jan Kowalewski. Rozmawiano z Janem Kowalewskim. Kowalewskiego pytano długo."
    found = linked(text, ("Jan Kowalewski", K.PERSON), ("Janem Kowalewskim", K.PERSON), ("Kowalewskiego", K.PERSON),
                   lang="pl")  # fmt: skip
    assert {one for _, one in found} == {"name:person:jan-kowalewski"}


def test_a_person_in_a_case_form_that_looks_like_a_place() -> None:
    found = linked("Rozmowy z Donaldem Tuskiem w Polsce.", ("Donaldem Tuskiem", K.PLACE), lang="pl")
    assert found[0] == ("Donaldem Tuskiem", "person:donald-tusk")


@pytest.mark.parametrize(
    ("lang", "text", "countries"),
    [
        ("en", "Jordan Peterson met Michael Jordan.", set()), ("en", "Jordan sealed its border.", {"JO"}),
        ("en", "Denzel Washington smiled.", set()), ("en", "Washington refused.", {"US"}),
        ("de", "In Georgia wird gezählt, in Georgien gewählt.", {"GE", "US"}), ("es", "Aprendió francés.", set()),
        ("fr", "Il habite rue de Rome.", set()), ("vi", "Chị Nga và anh Đức đến muộn.", set()),
        ("vi", "Nga và Đức đàm phán.", {"DE", "RU"}), ("zh", "乔治·华盛顿是首任总统。", set()),
        ("pl", "Kuba poszedł do domu.", set()), ("pl", "Kuba kupiła ropę.", {"CU"}),
        ("ru", "Дензел Вашингтон улыбнулся.", set()), ("ru", "Вашингтон отказался.", {"US"}),
    ],
)  # fmt: skip
def test_homonyms(lang: str, text: str, countries: set[str]) -> None:
    found = default_gazetteer().find(text, lang=lang)
    assert {code for mention in found for code in mention.countries} == countries


def test_known_names_of_the_judged_sentences_are_found_by_lists_alone() -> None:
    rows = [json.loads(line) for line in NAMES.read_text("utf-8").splitlines()]
    asked = right = 0
    for row in rows:
        found = {(m.start, m.entity_id) for m in default_gazetteer().find(row["text"], lang=row["lang"])}
        for entity in row["entities"]:
            if "id" in entity:
                asked += 1
                right += (entity["start"], entity["id"]) in found
    assert asked > 60
    # The rest are spellings that only linking knows.
    assert right / asked > 0.85
