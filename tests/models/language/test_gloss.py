from __future__ import annotations

import pytest

from models.language.alignment import align
from models.language.gloss import Gloss, unpacked
from models.language.phrases import phrase_pairs, spellings, table

OWN = ["chính phủ nói", "chính phủ đi", "tàu đi", "tàu nói", "chính phủ mua tàu", "họ mua tàu", "họ nói", "họ đi"]
OTHER = ["government speaks", "government goes", "ship goes", "ship speaks", "government buys ship", "they buys ship",
         "they speaks", "they goes"]  # fmt: skip


def _table() -> dict[str, tuple[str, float]]:
    own, other = [one.split() for one in OWN], [one.split() for one in OTHER]
    links = align(own, other)
    return table(
        (pair for a, b, one in zip(own, other, links, strict=True) for pair in phrase_pairs(a, b, one)), spelling={}
    )


def test_words_that_go_together_are_aligned() -> None:
    links = align([one.split() for one in OWN], [one.split() for one in OTHER])
    assert (2, 1) in links[0]  # nói, speaks
    assert {x for x, y in links[4] if y == 2} == {3}  # tàu, ship


def test_a_phrase_of_two_syllables_has_one_translation() -> None:
    found = _table()
    assert found["chính phủ"][0] == "government"
    assert found["tàu"][0] == "ship"
    gloss = Gloss(found)
    assert gloss.of("Chính phủ mua tàu Hải Dương 981.") == "government buys ship Hải Dương 981 ."


def test_a_gloss_comes_back_from_its_bytes() -> None:
    gloss = Gloss(_table())
    again = unpacked(gloss.packed(), item="x")
    assert len(again) == len(gloss)
    assert again.of("họ mua tàu") == gloss.of("họ mua tàu")


def test_nothing_gives_nothing() -> None:
    assert Gloss({}).of("") == ""
    assert Gloss({}).of("Moscow 12") == "Moscow 12"


def test_names_keep_the_capitals_they_mostly_have() -> None:
    assert spellings([["The", "Paris", "talks"], ["In", "Paris", "the", "talks"]]) == {"paris": "Paris"}


def test_sentences_must_be_as_many_and_have_words() -> None:
    with pytest.raises(ValueError, match="against"):
        align([["a"]], [])
    with pytest.raises(ValueError, match="no words"):
        align([[]], [["a"]])
    assert align([], []) == []
