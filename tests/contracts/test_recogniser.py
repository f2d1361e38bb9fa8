"""What every recogniser of names promises."""

from __future__ import annotations

import pytest

from domain.protocols import Recogniser
from models.ner import Recognisers, load_recogniser
from nlp.gazetteer import default_gazetteer

TEXTS = {
    "en": "President Barack Obama met Prime Minister Nguyen Tan Dung in Hanoi, said the United Nations.",
    "fr": "Le président François Hollande a reçu Laurent Fabius à Paris avant la réunion de l'Union européenne.",
    "vi": "Thủ tướng Nguyễn Tấn Dũng gặp Tổng thống Barack Obama tại Hà Nội, theo Liên Hợp Quốc.",
}
ODD = [
    "", " ", "\n\n\n", "😀 😀", "\u200b", "1234", "...", "a" * 5000, "Xi\nJinping\r\nin\tBeijing",
    "Ha\u0300 No\u0323\u0302i va\u0300 \u202ePe\u0301kin", "مرحبا بغداد", "北京和河内", "\x00\x01", "A. B. C.",
]  # fmt: skip


@pytest.fixture(scope="module", params=["spacy-en", "spacy-fr", "underthesea", "all", "gazetteer"])
def case(request: pytest.FixtureRequest) -> tuple[Recogniser, tuple[str, ...]]:
    """A recogniser and the languages it reads."""
    if request.param == "all":
        return Recognisers(), ("en", "fr", "vi")
    if request.param == "gazetteer":
        return default_gazetteer(), ("en", "fr", "vi")
    lang = {"spacy-en": "en", "spacy-fr": "fr", "underthesea": "vi"}[request.param]
    recogniser = load_recogniser(lang)
    assert recogniser is not None
    return recogniser, (lang,)


def test_is_one(case: tuple[Recogniser, tuple[str, ...]]) -> None:
    assert isinstance(case[0], Recogniser)


def test_mentions_stand_where_they_say(case: tuple[Recogniser, tuple[str, ...]]) -> None:
    recogniser, langs = case
    for lang in langs:
        for text in [TEXTS[lang], *ODD, TEXTS[lang] * 30]:
            for mention in recogniser.find(text, lang=lang):
                assert 0 <= mention.start < mention.end <= len(text)
                assert text[mention.start : mention.end] == mention.surface
                assert mention.method


def test_names_are_found(case: tuple[Recogniser, tuple[str, ...]]) -> None:
    recogniser, langs = case
    for lang in langs:
        assert len(list(recogniser.find(TEXTS[lang], lang=lang))) >= 2


def test_a_language_it_does_not_read_is_no_error(case: tuple[Recogniser, tuple[str, ...]]) -> None:
    recogniser, _ = case
    for lang in ("und", "xx", "km", "zh-Hant", ""):
        for mention in recogniser.find("John Smith in Paris", lang=lang):
            assert mention.surface in "John Smith in Paris"
