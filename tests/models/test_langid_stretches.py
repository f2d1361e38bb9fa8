"""Texts in several languages, and texts in none that is known."""

from __future__ import annotations

import time

import pytest

from models.langid import LanguageDetector
from models.langid_stretches import shares, stretches

DETECTOR = LanguageDetector()
MIXED = (
    "Bộ Ngoại giao Việt Nam hôm nay phản đối. Vietnam's foreign ministry protested today against the oil rig. "
    "越南外交部今天抗议。Le ministère vietnamien a protesté mardi.\nMinisterstwo zaprotestowało przeciwko platformie."
)


def test_each_stretch_has_its_language() -> None:
    found = stretches(DETECTOR, MIXED)
    assert [one.lang for one in found] == ["vi", "en", "zh", "fr", "pl"]
    assert "".join(MIXED[one.start : one.end] for one in found) == MIXED
    parts = shares(MIXED, found)
    assert sum(parts.values()) == pytest.approx(1.0)
    assert next(iter(parts)) == "en"


@pytest.mark.parametrize("text", ["", " \n", "😀", "12 : 34", "\ud800", "...", "\u200b"])
def test_texts_without_words(text: str) -> None:
    assert "".join(text[one.start : one.end] for one in stretches(DETECTOR, text)) == text
    assert shares(text, stretches(DETECTOR, text)) == {}


def test_a_short_answer_goes_with_its_neighbours() -> None:
    text = "No. Yes. The minister said that the talks would go on. Ja. They did not, he added later in the day."
    assert {one.lang for one in stretches(DETECTOR, text)} == {"en"}


def test_a_long_text_takes_seconds_at_most() -> None:
    text = "Chính phủ cho biết giá tăng vào thứ hai. " * 5000
    began = time.perf_counter()
    assert [one.lang for one in stretches(DETECTOR, text)] == ["vi"]
    assert time.perf_counter() - began < 20


UNKNOWN = {
    "Tok Pisin": "Dispela em i bikpela samting bilong ol man bilong Papua Niugini na gavman i mas harim toktok bilong",
    "Hmong": "Tsoomfwv tau hais tias cov neeg Hmoob uas nyob hauv lub teb chaws yuav tsum tau txais kev pab los",
    "Hausa": "Shugaban kasar ya bayyana cewa gwamnati za ta dauki matakai domin inganta rayuwar mutane a fadin kasar",
    "invented": "Blorvex quandlifer zorp mikselta vruntag plexidor hanworz krellit shumdar obligrax tindelwop fraznik "
    "zum glibber morkandis tael voshentu riklamo peltarin duskavel omrenti halvugas trenimo",
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_language_that_nobody_here_knows_is_not_taken_for_another(name: str) -> None:
    assert DETECTOR.identify(UNKNOWN[name]).code == "und"


def test_its_source_may_know_it() -> None:
    assert DETECTOR.identify(UNKNOWN["Hausa"], hint="ha").code == "ha"
    assert DETECTOR.identify(UNKNOWN["Hausa"], hint="en").code == "und", "English is known, and this is none"


PLAIN = [
    "Bien Dong hom nay co gi moi",
    "gian khoan Trung Quoc o Hoang Sa",
    "Thu tuong tham Nhat Ban",
    "gia vang tang manh",
]
TYPED = [
    "Bie^?n DDo^ng ho^m nay co' gi` mo+'i",
    "Bieern DDoong hoom nay cos gif mowis",
    "Bie63n D9o6ng ho6m nay co1 gi2",
]


@pytest.mark.parametrize("text", [*PLAIN, *TYPED])
def test_vietnamese_without_its_marks(text: str) -> None:
    assert DETECTOR.identify(text).code == "vi"


def test_languages_that_share_letters_with_it_are_not_taken_for_it() -> None:
    yoruba = "Ààrẹ orílẹ̀-èdè náà sọ pé ìjọba yóò gbé ìgbésẹ̀ láti mú kí ìgbé ayé àwọn ènìyàn dára sí i"
    assert DETECTOR.identify(yoruba).code == "yo"
    assert DETECTOR.identify("Nam bilong mi i no gat pikinini").code != "vi"
    assert DETECTOR.identify("Președintele a spus că guvernul va lua măsuri ca să scadă prețurile").code == "ro"
