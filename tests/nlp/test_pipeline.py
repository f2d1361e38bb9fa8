"""The pipeline end to end, with the real models: order, failures, languages nobody reads, and long texts."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.document import Analysis, Document, Language
from domain.entity import Mention
from domain.errors import AnalysisError
from domain.protocols import Encoder, Vectors
from models.langid import LanguageDetector
from models.language.pieces import bare
from models.ner import Recognisers
from models.registry import load_encoder
from nlp.embed import unpack
from nlp.gazetteer import default_gazetteer
from nlp.language import document_language
from nlp.pipeline import Pipeline

KNOWN = datetime(2014, 5, 2, 6, tzinfo=UTC)
LANGID = LanguageDetector()


def document(text: str, *, item: str = "a.txt", title: str = "", hint: str | None = None) -> Document:
    return Document(source="post", title=title, text=text, item=item, known=KNOWN, lang_hint=hint)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


@pytest.fixture(scope="module")
def pipeline(encoder: Encoder) -> Pipeline:
    return Pipeline(LANGID, [Recognisers()], default_gazetteer(), encoder)


def sound(found: Analysis, text: str, dimension: int = 512) -> None:
    assert all(p.text == text[p.start : p.end] for p in found.passages)
    assert all(text[m.start : m.end] == m.surface and m.entity_id for m in found.mentions)
    assert len(found.vectors) == len(found.passages)
    assert all(len(row) == 2 * dimension for row in found.vectors)


TEXTS = {
    "en": "China has moved an oil rig near the Paracel Islands. Prime Minister Nguyen Tan Dung protested in Hanoi.",
    "vi": "Trung Quốc đưa giàn khoan tới gần quần đảo Hoàng Sa. Thủ tướng Nguyễn Tấn Dũng phản đối tại Hà Nội.",
    "fr": "La Chine a déplacé une plateforme près des îles Paracels. Laurent Fabius a appelé le Vietnam au calme.",
    "zh": "中国在西沙群岛附近部署钻井平台。越南外交部在河内提出抗议。",
    "ru": "Китай переместил буровую платформу к Парасельским островам. Вьетнам выразил протест.",
    "ar": "نقلت الصين منصة نفط قرب جزر باراسيل. واحتجت فيتنام في هانوي.",
    "km": "ប្រទេសចិនបានផ្លាស់ទីវេទិកាប្រេង។ វៀតណាមបានតវ៉ា។",
}


def test_every_language_gets_what_there_is_for_it(pipeline: Pipeline, encoder: Encoder) -> None:
    found = list(pipeline.analyse_many([document(text, item=lang) for lang, text in TEXTS.items()]))
    for (lang, text), one in zip(TEXTS.items(), found, strict=True):
        assert isinstance(one, Analysis)
        assert one.language.code == lang
        sound(one, text)
        assert one.encoder == encoder.id
        assert {"CN", "VN"} <= {code for m in one.mentions for code in m.countries}
        assert ("no recogniser of names reads" in " ".join(one.notes)) == (lang not in ("en", "fr", "vi"))


def test_an_analysis_is_the_same_alone_and_in_a_lot(pipeline: Pipeline) -> None:
    documents = [document(text, item=lang) for lang, text in TEXTS.items()]
    together = list(pipeline.analyse_many(documents))
    for one, lot in zip(documents, together, strict=True):
        alone = pipeline.analyse(one)
        assert isinstance(lot, Analysis)
        assert (alone.language, alone.passages, alone.mentions) == (lot.language, lot.passages, lot.mentions)
        near = unpack(alone.vectors, dimension=512) * unpack(lot.vectors, dimension=512)
        assert near.sum(axis=1).min() > 0.99999


def test_the_title_is_embedded_with_the_first_passage(encoder: Encoder) -> None:
    one = document("It left the area on Tuesday.", title="Oil rig HD-981 withdrawn")
    with_title = Pipeline(LANGID, encoder=encoder).analyse(one)
    without = Pipeline(LANGID, encoder=encoder, title_first=False).analyse(one)
    query = encoder.encode(["oil rig withdrawn"], query=True)[0]
    assert unpack(with_title.vectors, dimension=512)[0] @ query > unpack(without.vectors, dimension=512)[0] @ query


@pytest.mark.parametrize(
    "text",
    ["", "  \n", "😀😀", "123 456", "\u200b\u202e", "\u202eتيفان\u202c ships", "x", "\x00", "a\ud800b",
     "Ha\u0300 No\u0323\u0302i"],
)  # fmt: skip
def test_odd_texts_are_analysed(pipeline: Pipeline, text: str) -> None:
    found = pipeline.analyse(document(text))
    sound(found, text)


@given(st.text(max_size=200), st.text(max_size=40))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_is_analysed(pipeline: Pipeline, text: str, title: str) -> None:
    sound(pipeline.analyse(document(text, title=title)), text)


class Breaks:
    """A step that fails on one text, whoever asks."""

    id = "breaks"
    dimension = 4

    def identify(self, text: str, *, hint: str | None = None) -> Language:
        if "BAD" in text:
            raise RuntimeError("cannot say")
        return Language("en", 1.0)

    def reads(self, lang: str) -> bool:
        return lang == "en"

    def find(self, text: str, *, lang: str) -> Sequence[Mention]:
        if "BAD" in text:
            raise RuntimeError("cannot find")
        return ()

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        if any("BAD" in text for text in texts):
            raise RuntimeError("cannot encode")
        return np.ones((len(texts), 4), dtype=np.float32)


@pytest.mark.parametrize("step", ["langid", "recognisers", "gazetteer", "encoder"])
def test_one_document_that_fails_never_stops_the_others(step: str) -> None:
    parts = {
        "langid": Pipeline(Breaks()),
        "recognisers": Pipeline(LANGID, [Breaks()]),
        "gazetteer": Pipeline(LANGID, (), Breaks()),
        "encoder": Pipeline(LANGID, encoder=Breaks()),
    }
    texts = ["The first ship left the port.", "The BAD ship stayed in the port.", "The third ship left the port."]
    found = list(parts[step].analyse_many([document(t, item=f"{n}.txt") for n, t in enumerate(texts)]))
    assert [type(one) for one in found] == [Analysis, AnalysisError, Analysis]
    error = found[1]
    assert isinstance(error, AnalysisError)
    assert error.item == "1.txt"
    assert error.stage == "analyse"
    assert "cannot" in error.reason
    with pytest.raises(AnalysisError, match=r"1\.txt"):
        parts[step].analyse(document(texts[1], item="1.txt"))


def test_lots_are_small_and_lazy(pipeline: Pipeline) -> None:
    taken = 0

    def endless() -> object:
        nonlocal taken
        while True:
            taken += 1
            yield document(f"Ship number {taken} left the port.", item=str(taken))

    results = pipeline.analyse_many(endless())  # type: ignore[arg-type]
    assert isinstance(next(results), Analysis)
    assert taken == 64


@pytest.mark.slow
def test_a_hundred_thousand_words_work() -> None:
    text = " ".join(f"Ship {n} of Vietnam left the port of Da Nang with John Smith on board." for n in range(7_000))
    start = time.process_time()
    found = Pipeline(LANGID, [Recognisers()], default_gazetteer()).analyse(document(text))
    assert time.process_time() - start < 120
    assert len(found.sentences) == 7_000
    assert len(found.passages) > 500
    assert sum(m.surface == "John Smith" for m in found.mentions) > 6_000


def test_the_time_of_each_step_is_kept(encoder: Encoder) -> None:
    pipeline = Pipeline(LANGID, [Recognisers()], default_gazetteer(), encoder)
    pipeline.analyse(document(TEXTS["en"]))
    assert {"language", "segment", "entities", "gazetteer", "linking", "vectors"} <= set(pipeline.seconds)


def test_the_language_of_a_document() -> None:
    assert document_language(LANGID, document("", title="Giá vàng tăng mạnh trong tuần")).code == "vi"
    assert document_language(LANGID, document("12:30", title="Le ministre est arrivé")).code == "fr"
    english = "The foreign ministers met in the capital and agreed to meet again in the autumn. " * 4
    assert document_language(LANGID, document(english, title="Réunion des ministres", hint="fr")).code == "en"
    assert document_language(LANGID, document("", title="")).code == "und"


def test_vietnamese_typed_without_marks_names_whom_it_names(pipeline: Pipeline) -> None:
    marked = (
        "Tàu hải cảnh Trung Quốc vào vùng biển Việt Nam. Bộ Ngoại giao Hoa Kỳ lên tiếng phản đối. "
        "Pháp và Đức cũng lo ngại, theo tin từ Hà Nội."
    )
    text, title = bare(marked), "Trung Quoc phan doi My"
    found = pipeline.analyse(document(text, title=title))
    assert isinstance(found, Analysis)
    sound(found, text)
    named = {code for mention in found.mentions for code in mention.countries}
    assert named >= {"CN", "VN", "US", "FR", "DE"}
    assert [(m.surface, m.countries) for m in found.title_mentions] == [("Trung Quoc", ("CN",)), ("My", ("US",))]
    whole = pipeline.analyse(document(marked))
    assert isinstance(whole, Analysis)
    assert {code for mention in whole.mentions for code in mention.countries} == named
    without = Pipeline(LANGID, [Recognisers()], default_gazetteer()).analyse(document(text))  # nothing restores marks
    assert isinstance(without, Analysis)
    assert "CN" not in {code for mention in without.mentions for code in mention.countries}
