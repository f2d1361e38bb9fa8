"""Search as a reader asks: names in other languages, several languages in one question, and a second look at hits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.document import Document, Filters
from domain.label import Label
from service import pipeline
from service.asked import ReadAs
from service.config import load
from service.named import alternatives
from service.search import Mode, Query, search
from service.wiring import Home, open_home
from tests.models.test_reranker import tiny

READ_AT = datetime(2024, 5, 1, tzinfo=UTC)
TEXTS = {
    "vi": "Tàu hải cảnh đã vào vùng biển phía nam của Biển Đông vào sáng thứ hai, theo bộ ngoại giao.",
    "en": "Coast guard ships entered waters of the South China Sea on Monday, the foreign ministry said.",
    "zh": "外交部说，海警船星期一进入南海水域。",
    "ru": "Корабли береговой охраны вошли в воды, которые называют Южно-Китайское море, сообщил МИД.",
    "es": "Los buques entraron el lunes en aguas del mar de China Meridional, dijo el ministerio.",
    "trade": "Tổ chức Thương mại Thế giới họp bàn về thuế quan đối với thép.",
    "wto": "Всемирная торговая организация обсудила пошлины на сталь.",
    "court": "Judge Kavanaugh was heard by the committee for nine hours.",
    "tea": "Exports of tea rose for a third year while coffee fell.",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    path = tmp_path_factory.mktemp("home")
    settings = load(path)
    made = open_home(path, settings=replace(settings, models=replace(settings.models, recognisers=False)))
    documents = [
        Document(source="wire", title="", text=text, item=name, external_id=name, known=READ_AT, published=READ_AT,
                 lang_hint={"trade": "vi", "wto": "ru", "court": "en", "tea": "en"}.get(name, name))
        for name, text in TEXTS.items()
    ]  # fmt: skip
    pipeline.ingest_documents(made, documents)
    made.save_index()
    yield made
    made.close()


def asked(home: Home, text: str, *, k: int = 5, mode: str = "hybrid", filters: Filters | None = None) -> list[str]:
    (answer,) = search(home, [Query("q", text)], k=k, mode=mode, filters=filters)  # type: ignore[arg-type]
    return [str(hit.external_id) for hit in answer.hits]


SEA = {"vi", "en", "zh", "ru", "es"}


@pytest.mark.parametrize(
    "name",
    ["Biển Đông", "biển đông", "South China Sea", "south china sea", "南海", "Южно-Китайское море",
     "mar de China Meridional"],
)  # fmt: skip
def test_one_place_by_all_its_names(home: Home, name: str) -> None:
    assert set(asked(home, name, mode="lexical")[:5]) == SEA
    assert set(asked(home, name)) == SEA


def test_a_name_typed_without_marks_is_known_by_its_other_names(home: Home) -> None:
    """No gazetteer lists "To chuc Thuong mai The gioi": it is read with its marks first."""
    with home.read() as c:
        read = home.encoder.as_read("hop o To chuc Thuong mai The gioi")  # type: ignore[attr-defined]
        given = alternatives(home, c, "hop o To chuc Thuong mai The gioi", clearance=Label.OPEN, read=read)
        assert alternatives(home, c, "hop o To chuc Thuong mai The gioi", clearance=Label.OPEN) == []
    assert [one.surface for one in given] == ["To chuc Thuong mai The gioi"]
    assert {"世界贸易组织", "World Trade Organization"} & {name for _, name in given[0].names}
    assert set(asked(home, "To chuc Thuong mai The gioi", k=2)) == {"trade", "wto"}


@pytest.mark.parametrize("name", ["WTO", "Tổ chức Thương mại Thế giới", "世贸组织", "Всемирная торговая организация"])
def test_one_body_by_all_its_names(home: Home, name: str) -> None:
    assert set(asked(home, name, k=2)) == {"trade", "wto"}


def test_a_name_that_nobody_listed_is_found_in_another_script(home: Home) -> None:
    assert asked(home, "Кавано", k=1, mode="lexical") == ["court"]
    assert asked(home, "судья Кавано", k=1) == ["court"]


def test_several_languages_in_one_question(home: Home) -> None:
    assert set(asked(home, "Biển Đông South China Sea 南海 tension")) == SEA
    # Each part counts where it is written: the sea's documents and the court's, before the others.
    mixed = asked(home, "南海 Kavanaugh", k=6)
    assert set(mixed) == SEA | {"court"}


@pytest.mark.parametrize(("typed", "meant", "way"), [
    ("ta`u ha?i ca?nh Bie^?n DDo^ng", "tàu hải cảnh Biển Đông", "VIQR"),
    ("tauf hair canhr Bieern DDoong", "tàu hải cảnh Biển Đông", "Telex"),
    ("tau2 hai3 canh3 Bie63n D9o6ng", "tàu hải cảnh Biển Đông", "VNI typing"),
    ("tµu h¶i c¶nh BiÓn §«ng", "tàu hải cảnh Biển Đông", "TCVN3"),
])  # fmt: skip
@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_a_question_typed_without_marks_finds_what_its_spelling_finds(
    home: Home, typed: str, meant: str, way: str, mode: Mode
) -> None:
    one, other = search(home, [Query("typed", typed), Query("meant", meant)], k=5, mode=mode)
    assert one.read_as == ReadAs(meant, way)
    assert other.read_as is None
    assert one.query == typed
    assert one.hits == other.hits
    assert one.hits[0].external_id == "vi"
    assert one.hits[0].marks or mode == "dense"


def test_questions_in_other_languages_stay_as_they_are(home: Home) -> None:
    asked = [
        "South China Sea", "coast guard ships been two down", "now been", "Su27 Su57 MiG29 over Hanoi", "A1 A2 G7 G20",
        "x^2 + y^2", "C++ as of now", "Was it? A. Really.", "gas war nexus", "los buques de la marina", "南海",
    ]  # fmt: skip
    answers = search(home, [Query(text, text) for text in asked], mode="lexical")
    assert [one.read_as for one in answers] == [None] * len(asked)


def test_labels_decide_before_names_do(home: Home) -> None:
    assert set(asked(home, "南海", filters=Filters(clearance=Label.OPEN))) == SEA


def test_a_reranker_orders_the_first_hits_anew(home: Home, tmp_path: Path) -> None:
    folder = tiny(tmp_path / "tiny")
    plain = search(home, [Query("q", "South China Sea")], k=9, mode="hybrid")[0].hits
    models = replace(home.settings.models, reranker=str(folder), rerank=4)
    other = open_home(home.path, settings=replace(home.settings, models=models))
    try:
        again = search(other, [Query("q", "South China Sea")], k=9, mode="hybrid")[0].hits
        few = search(other, [Query("q", "South China Sea")], k=2, mode="hybrid")[0].hits
        told = other.reranker
        assert told is not None
        scores = told.scores("South China Sea", [hit.text for hit in again[:4]], seconds=60)
        assert list(scores) == sorted(scores, reverse=True)
        by_meaning = search(other, [Query("q", "South China Sea")], k=9, mode="dense")[0].hits
    finally:
        other.close()
    assert {hit.external_id for hit in again[:4]} == {hit.external_id for hit in plain[:4]}
    assert [hit.external_id for hit in again[4:]] == [hit.external_id for hit in plain[4:]]
    assert [hit.score for hit in again] == [hit.score for hit in plain]
    assert [hit.external_id for hit in few] == [hit.external_id for hit in again[:2]]
    dense = search(home, [Query("q", "South China Sea")], k=9, mode="dense")[0].hits
    assert [hit.external_id for hit in by_meaning] == [hit.external_id for hit in dense]


def test_without_a_model_nothing_is_read_again(home: Home) -> None:
    assert home.settings.models.reranker == ""
    assert home.reranker is None


def test_texts_in_a_language_that_the_encoder_does_not_read_do_not_come_first(tmp_path: Path) -> None:
    """Khmer and Lao lie near to everything in its space; they are found by what they say, not for lying there."""
    settings = load(tmp_path)
    own = replace(settings, models=replace(settings.models, recognisers=False))
    with closing(open_home(tmp_path, settings=own)) as home:
        texts = {
            "fr": "Le parlement a rejeté mardi la réforme des retraites, malgré les appels du gouvernement. Les "
            "syndicats saluent le vote et annoncent de nouvelles marches à Lyon et à Lille pour le mois prochain.",
            "km": "កសិករនៅខេត្តបាត់ដំបងបានប្រមូលផលស្រូវដំបូងនៃរដូវកាលនេះ ហើយតម្លៃនៅទីផ្សារបានឡើងបន្តិច។",
            "lo": "ນັກຮຽນຫຼາຍຮ້ອຍຄົນໄດ້ເຂົ້າຮ່ວມງານກິລາປະຈໍາປີ ທີ່ຈັດຂຶ້ນໃນເມືອງຫຼວງພະບາງ ໃນອາທິດທີ່ຜ່ານມາ.",
            "km2": "ស្ពានថ្មីឆ្លងកាត់ទន្លេត្រូវបានសម្ពោធដាក់ឲ្យប្រើប្រាស់នៅព្រឹកថ្ងៃច័ន្ទ។",
            "lo2": "ລາຄານໍ້າມັນຢູ່ຕະຫຼາດໄດ້ຫຼຸດລົງເລັກໜ້ອຍ ຫຼັງຈາກຂຶ້ນມາຫຼາຍອາທິດ.",
        }
        pipeline.ingest_documents(home, [
            Document(source="wire", title="", text=text, item=name, external_id=name, known=READ_AT, lang_hint=name[:2])
            for name, text in texts.items()
        ])  # fmt: skip
        assert home.encoder.unread == {"km", "lo", "my"}  # type: ignore[attr-defined]
        for question in ("pensions", "депутаты"):
            found = asked(home, question)
            assert found[0] == "fr"
            assert set(found) >= {"km", "lo"}  # they are there, behind
        assert asked(home, "តម្លៃស្រូវ", k=1) == ["km"]
