"""Scanned pages: the language is found by itself, and few characters are wrong."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from domain.document import Document
from domain.errors import ParseError
from domain.protocols import ReadOptions
from domain.source import Failure
from domain.time import now
from ingest import ocr
from ingest.ocr import Limits, Ocr, read_tsv
from ingest.readers import read
from tests.fakes import papers

TEXTS = {
    "vie": "Bộ Ngoại giao hai nước đã thống nhất mở lại cảng vào tháng Sáu và lập một ủy ban chung để theo dõi việc "
    "thực hiện thỏa thuận. Các bên sẽ trao đổi công hàm trước ngày khai trương, theo người phát ngôn của Bộ.",
    "eng": "The two ministries agreed to open the harbour again in June and to set up a joint committee, which will "
    "follow how the agreement is carried out. Notes will be exchanged before the opening day, a spokesman said.",
    "fra": "Les deux ministères sont convenus de rouvrir le port en juin et de créer une commission mixte, chargée "
    "de veiller à l'exécution de l'accord. Des notes seront échangées avant l'ouverture, a précisé le porte-parole.",
    "rus": "Министерства двух стран договорились вновь открыть порт в июне и создать совместную комиссию, которая "
    "будет следить за выполнением соглашения. До открытия стороны обменяются нотами, сообщил представитель ведомства.",
    "chi_sim": "两国外交部同意于六月重新开放港口，并成立联合委员会监督协议的执行情况。双方将在开放之前交换照会。",
}


def pgm(page: Image.Image) -> bytes:
    """As the pages of a PDF come: grey, at 300 dots an inch."""
    out = io.BytesIO()
    page.resize((page.width * 3 // 2, page.height * 3 // 2)).save(out, "PPM")
    return out.getvalue()


def printed(name: str, *, turned: int = 0) -> bytes:
    page = papers.scan(TEXTS[name], han=name == "chi_sim").crop((0, 0, papers.WIDTH, 900))
    return pgm(page.rotate(turned, expand=True, fillcolor=255))


def wrong(told: str, said: str) -> float:
    """The share of characters that are wrong (edit distance), white space aside."""
    a, b = ("".join(text.split()) for text in (told, said))
    row = list(range(len(b) + 1))
    for n, letter in enumerate(a, start=1):
        last, row[0] = row[0], n
        for m, other in enumerate(b, start=1):
            last, row[m] = row[m], min(row[m] + 1, row[m - 1] + 1, last + (letter != other))
    return row[-1] / len(b)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(TEXTS))
def test_the_language_is_found_and_few_characters_are_wrong(name: str) -> None:
    papers.needs_tesseract("eng", "vie", name)
    found = Ocr().read(printed(name))
    assert found.lang == name
    assert found.confidence > 80
    assert wrong(found.text, TEXTS[name]) < (0.06 if name == "chi_sim" else 0.03)


def test_what_the_operator_says_saves_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    papers.needs_tesseract("fra")
    tried: list[str] = []
    true = Ocr._try
    monkeypatch.setattr(Ocr, "_try", lambda self, picture, data: tried.append(data) or true(self, picture, data))
    found = Ocr(lang="fr-FR").read(printed("fra"))
    assert tried == ["fra"]
    assert wrong(found.text, TEXTS["fra"]) < 0.03


def test_a_wrong_hint_is_not_believed() -> None:
    papers.needs_tesseract("eng", "vie")
    found = Ocr(lang="en").read(printed("vie"))
    assert found.lang == "vie"
    assert wrong(found.text, TEXTS["vie"]) < 0.03


@pytest.mark.parametrize("turned", [90, 180])
def test_a_page_put_in_the_wrong_way(turned: int) -> None:
    papers.needs_tesseract("eng")
    assert wrong(Ocr(lang="en").read(printed("eng", turned=turned)).text, TEXTS["eng"]) < 0.03


def test_time_is_bounded() -> None:
    papers.needs_tesseract("eng")
    with pytest.raises(ParseError, match="took longer than"):
        Ocr(lang="en", limits=Limits(page_seconds=0.05)).read(printed("eng"))
    late = Ocr(lang="en", limits=Limits(seconds=0.01))
    with pytest.raises(ParseError, match="took longer than"):
        late.read(printed("eng"))
    assert late.late


def test_nothing_is_written_to_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    papers.needs_tesseract("eng")
    monkeypatch.setenv("TMPDIR", "/nowhere")
    assert Ocr(lang="en").read(printed("eng")).readable


def test_the_table_of_words() -> None:
    head = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"
    rows = [("1", "1", "1", "90", "The"), ("1", "1", "1", "50", "port"), ("1", "1", "2", "80", "opens"),
            ("1", "2", "1", "90", "两国"), ("1", "2", "1", "90", "外交部"), ("2", "1", "1", "-1", " ")]  # fmt: skip
    table = "\n".join([head, *(f"5\t1\t{b}\t{p}\t{n}\t1\t0\t0\t0\t0\t{c}\t{t}" for b, p, n, c, t in rows), "broken"])
    assert read_tsv(table) == ("The port\nopens\n\n两国外交部", pytest.approx((270 + 200 + 400 + 450) / 17, abs=0.1))
    assert read_tsv("") == ("", 0.0)


# --- pictures


def items(data: bytes, limits: Limits | None = None) -> list[Document | Failure]:
    found = [r.item for r in read(data, kind="picture", item="desk/fax.tif", options=ReadOptions(read_at=now()))]
    assert all(isinstance(one, Document | Failure) for one in found)
    return found  # type: ignore[return-value]


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF"])
def test_a_picture_of_a_page(form: str) -> None:
    papers.needs_tesseract("eng")
    page = papers.scan("Both ports will be open to all ships on Monday.", size=44).crop((100, 100, 1500, 300))
    (found,) = items(papers.picture(page, form))
    assert isinstance(found, Document), found
    assert "open to all ships on Monday" in found.text
    assert found.title == "fax"
    assert found.meta["ocr_pages"] == "1"


def test_a_fax_of_many_pages_and_one_that_is_no_page() -> None:
    papers.needs_tesseract("eng")
    first, second = (
        papers.scan(f"Page {word} speaks of both ports and all ships.", size=44).crop((100, 100, 1500, 300))
        for word in ("one", "two")
    )
    paper, rest = items(papers.picture(first, "TIFF", more=[second, Image.new("L", (40, 40))]))
    assert isinstance(paper, Document)
    assert paper.meta["pages"] == "3"
    assert paper.text.index("Page one") < paper.text.index("Page two")
    assert isinstance(rest, Failure)
    assert "pages not read (3)" in rest.error


def test_pictures_that_are_not_read_say_why(monkeypatch: pytest.MonkeyPatch) -> None:
    papers.needs_tesseract("eng")

    def reason(data: bytes) -> str:
        (only,) = items(data)
        assert isinstance(only, Failure)
        return only.error

    assert ocr.NO_TEXT in reason(papers.picture(Image.new("L", (900, 900), 255)))
    assert "less than" in reason(papers.picture(Image.new("L", (60, 60), 255)))
    good = papers.picture(papers.scan("x"), "PNG")
    assert "damaged" in reason(good[:400]) or "cannot be opened" in reason(good[:400])
    header = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (200_000).to_bytes(4, "big") * 2 + b"\x08\x00\x00\x00\x00"
    assert reason(header + good[29:])
    monkeypatch.setenv("PATH", "/nowhere")
    assert "needs Tesseract" in reason(good)
