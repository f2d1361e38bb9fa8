from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from domain.entity import EntityKind
from nlp.alike import Paper, Profile, propose, script

DAY = date(2018, 9, 3)
WEIGHT = {"iso:MK": 2.0, "iso:GR": 2.0, "person:tsipras": 4.0, "iso:VN": 1.0, "iso:CL": 2.0, "iso:PE": 2.0}
NAMES = frozenset({"iso:MK", "iso:GR", "person:tsipras"})


def paper(n: int, lang: str, around: frozenset[str] = NAMES, *, day: int = 0) -> Paper:
    return Paper(n, DAY + timedelta(days=day), lang, around)


def one(id: str, name: str, *papers: Paper, kind: EntityKind = EntityKind.PERSON, fixed: bool = False) -> Profile:
    return Profile(id=id, kind=kind, names=(name,), papers=papers, fixed=fixed)


ZAEV = one("a", "Zoran Zaev", paper(1, "en"), paper(2, "fr"))
ZAEV_RU = one("b", "Зоран Заев", paper(3, "ru"))


def test_a_name_in_two_scripts_in_documents_about_the_same_is_beyond_doubt() -> None:
    [pair] = propose([ZAEV, ZAEV_RU], weight=WEIGHT)
    assert (pair.one, pair.other, pair.names, pair.sure) == ("b", "a", ("Зоран Заев", "Zoran Zaev"), True)
    assert pair.papers is not None
    assert pair.papers[0] == 3
    assert pair.papers[1] in (1, 2)
    assert pair.likeness == 1


@pytest.mark.parametrize(("other", "why"), [
    (one("b", "Зоран Заев", paper(3, "ru", frozenset({"iso:CL"}))), "about something else"),
    (one("b", "Зоран Заев", paper(3, "ru", day=60)), "at another time"),
    (one("b", "Zoran Zaef", paper(3, "de")), "in the same script"),
    (one("b", "Заев", paper(3, "ru")), "half a name"),
    (one("b", "佐兰·扎耶夫", paper(3, "zh")), "in signs that do not say how they sound"),
])  # fmt: skip
def test_what_is_not_beyond_doubt_is_left_to_a_person(other: Profile, why: str) -> None:
    assert not any(pair.sure for pair in propose([ZAEV, other], weight=WEIGHT)), why


def test_two_that_sound_the_same_leave_it_to_a_person_whose_name_it_is() -> None:
    rival = one("c", "Zoran Zaev", paper(4, "en"))
    spelled = one("d", "Горан Заев", paper(5, "ru"))
    assert {(p.one, p.other) for p in propose([ZAEV, ZAEV_RU, spelled], weight=WEIGHT) if p.sure} == {("b", "a")}
    assert len(propose([ZAEV, ZAEV_RU, rival], weight=WEIGHT)) == 3


def test_two_that_are_known_as_two_a_pair_that_was_refused_and_other_kinds_are_not_proposed() -> None:
    known = one("a", "Zoran Zaev", paper(1, "en"), fixed=True)
    also = one("b", "Зоран Заев", paper(3, "ru"), fixed=True)
    assert propose([known, also], weight=WEIGHT) == []
    assert propose([ZAEV, ZAEV_RU], weight=WEIGHT, refused=frozenset({frozenset({"a", "b"})})) == []
    body = one("b", "Зоран Заев", paper(3, "ru"), kind=EntityKind.ORGANISATION)
    assert propose([ZAEV, body], weight=WEIGHT) == []
    assert [p.other for p in propose([known, ZAEV_RU], weight=WEIGHT)] == ["a"]


def test_the_one_to_keep_is_what_is_known_else_what_more_documents_name() -> None:
    known = one("z", "Зоран Заев", paper(3, "ru"), fixed=True)
    [pair] = propose([ZAEV, known], weight=WEIGHT)
    assert (pair.one, pair.other) == ("a", "z")


def test_order_of_what_is_given_changes_nothing_and_unlike_names_are_never_proposed() -> None:
    dice = random.Random(5)
    given = [one(f"p{n}", "".join(dice.choice("bdgklmnprstvz") + dice.choice("aeiou") for _ in range(4)).title() + " "
                 + "".join(dice.choice("bdgklmnprstvz") + dice.choice("aeiou") for _ in range(3)).title(),
                 paper(n, dice.choice(["en", "ru"]))) for n in range(300)]  # fmt: skip
    first = propose([*given, ZAEV, ZAEV_RU], weight=WEIGHT)
    dice.shuffle(given)
    assert propose([ZAEV_RU, *given, ZAEV], weight=WEIGHT) == first
    assert all(pair.likeness >= 0.65 for pair in first)


def test_nothing_gives_nothing() -> None:
    assert propose([], weight={}) == []
    assert propose([one("a", ""), one("b", "")], weight={}) == []
    assert (script("Путин"), script("Putin"), script("习近平"), script("7")) == ("CYRILLIC", "LATIN", "CJK", "")
