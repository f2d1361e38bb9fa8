"""Who is who, and what was coded: decisions about entities give the actors of coded events their countries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from domain.label import Label
from index.store import schema as s
from service import coding, entities, entity_mentions
from service.suggesting import link_sure
from service.wiring import Home
from tests.service.test_entities import BY, Names, cleared, fill, row

SIDOROV = "name:person:pyotr-sidorov"


@pytest.fixture
def named(home: Home) -> Home:
    home.__dict__["recognisers"] = (Names(a="Pyotr Sidorov", b="Gregor Sablúdow", c="Грегор Заблудов"),)
    return home


def actors(home: Home) -> list[tuple[Any, Any, int]]:
    with home.read() as c:
        e = s.events.c
        rows = c.execute(select(e.source_country, e.target_country, e.label).where(e.origin == coding.ORIGIN))
        return sorted(tuple(one) for one in rows)


def test_a_merge_and_its_undoing_code_again_what_they_concern(named: Home, jsonl: Callable[..., str]) -> None:
    fill(named, jsonl, row(1, "Pyotr Sidorov condemned Vietnam on Sunday."), row(2, "China condemned Vietnam today."))
    coding.code_new(named)
    assert actors(named) == [("CN", "VN", 0)]
    other = entities.add(named, "person", "Pyotr Ivanovich Sidorov", by=BY, country="RU").entity_id
    made = entities.merge(named, SIDOROV, other, by=BY)
    assert coding.code_new(named).documents == 1
    assert actors(named) == [("CN", "VN", 0), ("RU", "VN", 0)]
    assert coding.code_new(named).documents == 0
    # What gives nobody another country codes nothing again.
    third = entities.add(named, "person", "P. I. Sidorov", by=BY, country="RU").entity_id
    entities.merge(named, other, third, by=BY)
    assert coding.code_new(named).documents == 0
    entities.undo(named, made.id, by=BY)
    assert coding.code_new(named).documents == 1
    assert actors(named) == [("CN", "VN", 0)]


def test_a_secret_merge_is_of_secret_documents_alone(named: Home, jsonl: Callable[..., str]) -> None:
    cleared(named, Label.SECRET)
    text = "Pyotr Sidorov condemned Vietnam on Sunday."
    fill(named, jsonl, row(1, text), row(2, text + " It was said again.", label="secret"))
    coding.code_new(named)
    assert actors(named) == []
    other = entities.add(named, "person", "Pyotr Ivanovich Sidorov", by=BY, country="RU", label=Label.SECRET).entity_id
    entities.merge(named, SIDOROV, other, by=BY)
    assert coding.code_new(named).documents == 1
    assert actors(named) == [("RU", "VN", int(Label.SECRET))]
    assert coding.code(named, again=True).documents == 2
    assert actors(named) == [("RU", "VN", int(Label.SECRET))]


def test_a_split_takes_a_country_from_what_the_gazetteer_finds(named: Home, jsonl: Callable[..., str]) -> None:
    fill(named, jsonl, row(1, "Georgia condemned Vietnam on Sunday. Its peaches are sold in the United States."),
         row(2, "Georgia condemned Vietnam on Sunday. The president spoke in Tbilisi."))  # fmt: skip
    coding.code_new(named)
    assert [one[:2] for one in actors(named)] == [("GE", "VN"), ("GE", "VN")]
    with named.read() as c:
        georgia = c.scalar(select(s.mentions.c.entity_id).where(s.mentions.c.surface == "Georgia").limit(1))
    made = entities.split(named, str(georgia), "Georgia", into="Georgia (state)", country="US", beside=["peaches"],
                          by=BY)  # fmt: skip
    assert coding.code_new(named).documents == 1
    assert [one[:2] for one in actors(named)] == [("GE", "VN"), ("US", "VN")]
    entities.undo(named, made.id, by=BY)
    assert coding.code_new(named).documents == 1
    assert [one[:2] for one in actors(named)] == [("GE", "VN"), ("GE", "VN")]


def test_a_name_found_in_what_is_stored_codes_it_again(named: Home, jsonl: Callable[..., str]) -> None:
    fill(named, jsonl, row(1, "Blorvia condemned Vietnam on Sunday."))
    coding.code_new(named)
    assert actors(named) == []
    entities.add(named, "organisation", "Blorvia", by=BY, country="CZ")
    entity_mentions.again(named)
    assert coding.code_new(named).documents == 1
    assert [one[:2] for one in actors(named)] == [("CZ", "VN")]


def test_a_link_of_names_codes_again_where_it_gives_a_country(named: Home, jsonl: Callable[..., str]) -> None:
    russian = "Премьер Грегор Заблудов прибыл из Чили в Перу, где его ждали в Лиме."
    latin = "Premier Gregor Sablúdow reiste aus Chile nach Peru, wo man ihn in Lima erwartete."
    fill(named, jsonl, row(1, russian, lang="ru"), row(2, latin, lang="de"))
    coding.code_new(named)
    assert len(link_sure(named)) == 1
    assert coding.code_new(named).documents == 0  # neither has a country
    with named.read() as c:
        [(one, into)] = c.execute(select(s.entity_links.c.entity_id, s.entity_links.c.into_id)).all()
    with named.write() as c:
        c.execute(s.entities.update().where(s.entities.c.id == into).values(country="CZ"))
    link_sure(named)  # the link as before: what it gives did not change with it
    assert coding.code_new(named).documents == 0
    entities.apart(named, one, into, by=BY)
    assert coding.code_new(named).documents == 1
