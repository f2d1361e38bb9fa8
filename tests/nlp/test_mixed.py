"""Documents in several languages, read each part in its own."""

from __future__ import annotations

import lzma
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.document import Document
from domain.entity import EntityKind
from models.langid import LanguageDetector
from nlp.mixed import languages_of
from nlp.pipeline import Pipeline
from service.wiring import open_home

DETECTOR = LanguageDetector()
AT = datetime(2024, 1, 1, tzinfo=UTC)
VI = (
    "Ngày 5 tháng 3, Bộ trưởng Ngoại giao Bùi Thanh Sơn đã gặp Đại sứ Hoa Kỳ Marc Knapper tại Hà Nội.\n"
    "Hai bên trao đổi về hợp tác kinh tế và tình hình khu vực, trong đó có Biển Đông.\n"
)
EN = (
    "On 5 March the foreign minister met Ambassador John Whitfield of the United States in the capital city.\n"
    "The two sides spoke of trade and of the situation in the region, Secretary Anna Kowalska said in Warsaw.\n"
)
ZH = "外交部发言人毛宁星期一在北京表示，中方对有关报道表示严重关切，希望有关国家尊重事实，停止炒作。\n"


def codes(text: str, lang: str) -> list[str]:
    found = languages_of(DETECTOR, text, lang)
    assert "".join(text[one.start : one.end] for one in found) == text
    return [one.lang for one in found]


@pytest.mark.parametrize(("text", "lang", "told"), [
    (VI + EN, "vi", ["vi", "en"]), (EN + "\n" + VI, "en", ["en", "vi"]), (EN + ZH, "en", ["en", "zh"]),
    (VI, "vi", ["vi"]), (EN, "en", ["en"]), ("", "und", ["und"]), ("12 : 34\n\n56", "und", ["und"]),
    (EN.replace("\n", " ") + VI.replace("\n", " "), "en", ["en", "vi"]),
    # A quotation and a name part nothing.
    (EN * 3 + "He called it \"hòa bình\" (和平) and left.\n", "en", ["en"]),
    ("Đề nghị báo cáo.\n" + EN * 3, "en", ["en"]),
])  # fmt: skip
def test_stretches_of_a_text(text: str, lang: str, told: list[str]) -> None:
    assert codes(text, lang) == told


def test_names_are_found_in_each_part_in_its_language(tmp_path: Path) -> None:
    home = open_home(tmp_path / "home")
    pipe = Pipeline(home.languages, home.recognisers, home.gazetteer, None)

    def named(text: str) -> set[tuple[str, str]]:
        made = pipe.analyse(Document(source="s", title="", text=text, item="x", known=AT, published=AT))
        for one in made.mentions:
            assert text[one.start : one.end] == one.surface
        return {(one.surface, one.entity_id) for one in made.mentions if one.kind is not EntityKind.PLACE}

    apart = named(VI) | named(EN)
    assert {"Bùi Thanh Sơn", "Anna Kowalska"} <= {surface.removeprefix("Secretary ") for surface, _ in apart}
    assert named(VI + "\n" + EN) == apart
    assert named(EN + "\n" + VI) == apart
    home.close()


@pytest.mark.data
def test_no_document_in_one_language_is_parted(shared: Path) -> None:
    with lzma.open(shared / "data" / "parallel" / "ntrex_18langs.tsv.xz", "rt", encoding="utf-8") as lines:
        head = next(lines).rstrip("\n").split("\t")
        documents: dict[str, list[list[str]]] = defaultdict(list)
        for line in lines:
            row = line.rstrip("\n").split("\t")
            documents[row[0]].append(row)
    for rows in list(documents.values())[40:60]:
        for at in range(1, len(head)):
            text = "\n".join(row[at] for row in rows)
            assert codes(text, DETECTOR.identify(text).code) == [head[at]]
        both = "\n".join([*(row[head.index("vi")] for row in rows), *(row[head.index("fr")] for row in rows)])
        assert set(codes(both, "vi")) == {"vi", "fr"}
