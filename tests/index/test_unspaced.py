"""Words of one and two characters in scripts without spaces, and Korean words without their particles."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import Engine

from domain.document import Filters
from index.hybrid import search_many
from index.lexical import marks, parse
from tests.fakes import held

TEXTS = {
    "zh": "南海局势紧张，日本船只驶入海域",
    "ja": "日本の漁船が東シナ海で操業した",
    "ko": "독도 문제로 한국과 일본이 대립했다",
    "th": "เรือประมงในทะเลจีนใต้ถูกจับ มีน้ำมันรั่ว",
    "lo": "ເຮືອໃນທະເລຈີນໃຕ້ ຂົນສົ່ງສິນຄ້າ ແລະ ສີນ",
    "km": "នាវាចិននៅក្នុងសមុទ្រចិនខាងត្បូង និងមហាសមុទ្ទ សមុទ្ទរ",
    "my": "တရုတ်ပင်လယ်တွင် သင်္ဘောများ ရောက်ရှိ",
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    engine = held.empty(tmp_path_factory.mktemp("unspaced"))
    with engine.begin() as c:
        for lang, text in TEXTS.items():
            held.keep(c, lang, text, lang=lang)
        held.keep(c, "none", "ships and nothing else", lang="en")
    return engine


@pytest.mark.parametrize(
    ("lang", "word"),
    [
        ("zh", "海"), ("zh", "南海"), ("zh", "日本"), ("ja", "海"), ("ja", "日本"), ("ja", "漁船"), ("ko", "독도"),
        ("ko", "독"), ("ko", "일본"), ("ko", "한국"), ("th", "ทะเล"), ("th", "จีน"), ("th", "น้ำ"), ("th", "เรือ"),
        ("lo", "ທະເລ"), ("lo", "ສີນ"), ("lo", "ຈີນ"), ("km", "ចិន"), ("km", "សមុទ្ទរ"), ("km", "សមុទ្រ"),
        ("my", "တရုတ်"), ("my", "ပင်လယ်"), ("my", "သင်္ဘော"),
    ],
)  # fmt: skip
def test_a_short_word_is_found_and_marked(engine: Engine, lang: str, word: str) -> None:
    with engine.connect() as c:
        nothing = np.zeros((1, 1), np.float32)
        (hits,) = search_many(c, None, [word], nothing, k=9, filters=Filters(), mode="lexical")
    assert lang in [hit.external_id for hit in hits]
    assert "none" not in [hit.external_id for hit in hits]
    (mine,) = [hit for hit in hits if hit.external_id == lang]
    marked = "".join(mine.text[mark.start : mark.end] for mark in mine.marks)
    assert marked
    assert set(marked) <= set(word)


@pytest.mark.parametrize("word", ["จีน", "ສີນ", "ចិន", "น้ำ", "တရုတ်", "ทั้งนี้"])
def test_signs_stay_with_what_they_stand_on(word: str) -> None:
    import unicodedata

    for unit in parse(word).units:
        assert not unicodedata.category(unit.folded[0]).startswith("M")


def test_other_vowels_make_another_word(engine: Engine) -> None:
    with engine.connect() as c:
        nothing = np.zeros((1, 1), np.float32)
        (hits,) = search_many(c, None, ["จัน"], nothing, k=9, filters=Filters(), mode="lexical")
    assert not hits


def test_a_korean_word_is_marked_without_its_particle() -> None:
    passage = TEXTS["ko"]
    assert [passage[m.start : m.end] for m in marks(passage, "한국 독도")] == ["독도", "한국"]


def test_other_names_are_marked_where_they_stand_as_a_whole(engine: Engine) -> None:
    from index.expansion import Alternatives

    sea = Alternatives("Biển Đông", (("zh", "南海"), ("en", "South China Sea")))
    with engine.connect() as c:
        nothing = np.zeros((1, 1), np.float32)
        (hits,) = search_many(
            c, None, ["Biển Đông"], nothing, k=9, filters=Filters(), mode="lexical", alternatives=[[sea]]
        )
    assert [hit.external_id for hit in hits] == ["zh"]
    assert [hits[0].text[mark.start : mark.end] for mark in hits[0].marks] == ["南海"]
