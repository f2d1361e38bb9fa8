"""One key for the spellings of a name, and a likeness that keeps different persons apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.entity import EntityKind as K
from nlp.transliteration import certain, key, latin, likeness


@pytest.mark.parametrize(
    "spellings",
    [
        ["Zelenskyy", "Zelensky", "Zelenski", "Selenskyj", "Зеленский", "Zelenskij", "Zełenski"],
        ["Volodymyr Zelenskyy", "Wolodymyr Selenskyj"],
        ["Vladimir Putin", "Владимир Путин", "Wladimir Putin"],
        ["Lavrov", "Lawrow", "Ławrow", "Лавров"],
        ["Medvedev", "Medwedew", "Miedwiediew", "Медведев"],
        ["Shoigu", "Schoigu", "Szojgu", "Шойгу"],
        ["Kyriakos Mitsotakis", "Κυριάκος Μητσοτάκης"],
        ["Phạm Minh Chính", "Pham Minh Chinh"],
        ["Xi Jinping", "Си Цзиньпин"],
        ["Yeltsin", "Ельцин"],
        ["Merkel", "Меркель"],
    ],
)
def test_spellings_of_one_name_have_one_key(spellings: list[str]) -> None:
    assert len({key(name) for name in spellings}) == 1, {name: key(name) for name in spellings}


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Volodymyr Zelenskyy", "Владимир Зеленский"), ("V. Putin", "Владимир Путин"), ("Putin V.V.", "Vladimir Putin"),
        ("Сергей Викторович Лавров", "Sergey Lavrov"), ("Emmanuel Macron", "Эмманюэль Макрон"),
        ("Jens Stoltenberg", "Йенс Столтенберг"), ("Ursula von der Leyen", "Урсула фон дер Ляйен"),
    ],
)  # fmt: skip
def test_persons_who_are_one(a: str, b: str) -> None:
    assert likeness(a, b, K.PERSON) >= 0.88
    assert likeness(b, a, K.PERSON) == likeness(a, b, K.PERSON)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Owen Wilson", "Woodrow Wilson"), ("George Bush", "George Washington"), ("Wang Yi", "Wang Yang"),
        ("Kim Jong-un", "Kim Jong-il"), ("Michael Jordan", "Jordan Peterson"), ("J. P.", "Jean Paul"),
        ("Nguyễn Phú Trọng", "Nguyễn Tấn Dũng"), ("Putin", "Vladimir Putin"),
    ],
)  # fmt: skip
def test_persons_who_are_two_or_not_certainly_one(a: str, b: str) -> None:
    assert likeness(a, b, K.PERSON) < 0.86


def test_bodies_and_places_by_the_whole_key() -> None:
    assert likeness("Газпром", "Gazprom", K.ORGANISATION) == 1.0
    assert likeness("Bank of China", "Bank of Japan", K.ORGANISATION) < 0.9
    assert likeness("Харьков", "Kharkov", K.PLACE) == 1.0
    assert likeness("Niger", "Nigeria", K.PLACE) < 0.9


def test_scripts_that_do_not_say_how_a_name_sounds() -> None:
    assert certain("Łukaszenka")
    assert certain("Лукашенко")
    assert not certain("习近平")
    assert not certain("محمد")
    assert latin("习近平") == "xijinping"
    assert key("!!") == "" == key("")
    assert likeness("", "Xi", K.PERSON) == 0.0


@given(st.text(max_size=30), st.text(max_size=30), st.sampled_from(list(K)))
def test_any_text_has_a_key_and_a_likeness(a: str, b: str, kind: K) -> None:
    assert key(a).isascii()
    assert 0.0 <= likeness(a, b, kind) <= 1.0
    assert likeness(a, b, kind) == pytest.approx(likeness(b, a, kind), abs=0.15)
