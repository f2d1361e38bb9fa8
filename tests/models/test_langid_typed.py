"""Vietnamese as it was typed without marks, and in the codes of its old fonts."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest

from models.langid_fonts import unfonted
from models.langid_typed import question_written_out, written_out
from models.langid_vi import well_formed

TYPED = [
    ("Bie^?n DDo^ng ho^m nay co' gi` mo+'i", "Biển Đông hôm nay có gì mới", "VIQR"),
    ("Ngu+o+`i pha't ngo^n Bo^. Ngoa.i giao no'i.", "Người phát ngôn Bộ Ngoại giao nói.", "VIQR"),
    ("Bie^?n DDo^ng", "Biển Đông", "VIQR"),
    ("Bieern DDoong hoom nay cos gif mowis", "Biển Đông hôm nay có gì mới", "Telex"),
    ("Quoosc hooij Vieejt Nam thoong qua luaatj", "Quốc hội Việt Nam thông qua luật", "Telex"),
    ("Bie63n D9o6ng ho6m nay co1 gi2 mo71i", "Biển Đông hôm nay có gì mới", "VNI typing"),
]


@pytest.mark.parametrize(("typed", "meant", "way"), TYPED)
def test_typed(typed: str, meant: str, way: str) -> None:
    assert written_out(typed) == (meant, way)


@pytest.mark.parametrize("text", [
    "We see the car. He has too much of it as was.", "A? Rau an gi. Va DD", "Bien Dong hom nay co gi moi",
    "Tin. News of the day", "See how the law was too low", "x^2 + y^2 = a.b",
    "Biển Đông hôm nay", "He said: 'a', 'e', 'o' ... really? Da. Ja.", "a1 b2 c3 d4 e5", "",
    "def f(a): return a^b",
])  # fmt: skip
def test_what_is_not_certain_is_left(text: str) -> None:
    assert written_out(text) is None


@pytest.mark.parametrize(("typed", "meant", "way"), [
    *TYPED,
    ("tinh hi`nh Bie^?n DDo^ng", "tinh hình Biển Đông", "VIQR"),
    ("dda`m pha'n WTO", "đàm phán WTO", "VIQR"),
    ("Putin tha(m Ha` No^.i", "Putin thăm Hà Nội", "VIQR"),
    ("mo^.t ngoa.i le^.", "một ngoại lệ", "VIQR"),
    ("Bieern DDoong", "Biển Đông", "Telex"),
    ("Bie63n D9o6ng", "Biển Đông", "VNI typing"),
    ("su75 vie65c o73 A1 Rap65", "sự việc ở Á Rập", "VNI typing"),
    ("su75 vie65c Bie63n D9o6ng", "sự việc Biển Đông", "VNI typing"),
])  # fmt: skip
def test_questions(typed: str, meant: str, way: str) -> None:
    assert question_written_out(typed) == (meant, way)


@pytest.mark.parametrize("text", [
    "now been", "been two down", "Rowe ter", "su27 su57", "may bay su30 su35 viet nam", "A1 A2", "C++ a+ o+", "Tooi",
    "boss class too", "naan saar", "Bien Dong", "",
])  # fmt: skip
def test_questions_that_are_left(text: str) -> None:
    assert question_written_out(text) is None


@pytest.mark.data
def test_no_words_of_english_are_taken_for_it(shared: Path) -> None:
    with lzma.open(shared / "data" / "parallel" / "ntrex_18langs.tsv.xz", "rt", encoding="utf-8") as lines:
        at = next(lines).rstrip("\n").split("\t").index("en")
        for line in list(lines)[::3]:
            words = line.split("\t")[at].split()
            for n in (2, 3, 5):
                for start in range(len(words) - n + 1):
                    asked = " ".join(words[start : start + n])
                    assert question_written_out(asked) is None
                    assert question_written_out(asked.lower()) is None


FONTS = [
    ("Céng hßa x· héi chñ nghÜa ViÖt Nam", "Cộng hòa xã hội chủ nghĩa Việt Nam", "TCVN3"),
    ("Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam", "Cộng hòa xã hội chủ nghĩa Việt Nam", "VNI"),
    ("Viêòt Nam phaÒn ðôìi Trung Quôìc", "Việt Nam phản đối Trung Quốc", "windows-1258"),
]


@pytest.mark.parametrize(("seen", "meant", "code"), FONTS)
def test_fonts(seen: str, meant: str, code: str) -> None:
    assert unfonted(seen) == (meant, code)


@pytest.mark.parametrize("text", [
    "ViÖt Nam", "Die Größe überschätzt für Köln", "été à la façon où naïve", "Cộng hòa xã hội", "ação é não são também",
    "Ô, où är det på Åland?", "Việt Nam và Trung Quốc", "ÄÖÜ äöü ß", "±½¼ ©®", "",
])  # fmt: skip
def test_fonts_that_are_not_certain(text: str) -> None:
    assert unfonted(text) is None


def test_spelling() -> None:
    assert all(map(well_formed, ["Việt", "nghiêng", "quyển", "gì", "ở", "được", "Ý", "giường", "khuỷu", "năm"]))
    assert not any(map(well_formed, ["Viẻt", "nghiẽp", "fảo", "été", "sãoi", "că", "ăê", "ṣé", "dáà"]))


@pytest.mark.data
def test_nothing_in_eighteen_languages_is_taken_for_it(shared: Path) -> None:
    with lzma.open(shared / "data" / "parallel" / "ntrex_18langs.tsv.xz", "rt", encoding="utf-8") as lines:
        for line in list(lines)[1::4]:
            for text in line.rstrip("\n").split("\t")[1:]:
                assert written_out(text) is None
                assert unfonted(text) is None
