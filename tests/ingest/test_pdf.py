"""PDFs: text layers, scans, both together, and files made to do harm."""

from __future__ import annotations

import time
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.document import Document
from domain.protocols import ReadOptions
from domain.source import Failure
from ingest import ocr, pdf
from ingest.ocr import Limits
from ingest.readers import read
from tests.fakes import papers

OPTIONS = ReadOptions(read_at=datetime(2026, 12, 31, tzinfo=UTC))
TYPED = ["The ferry agreement enters into force in June and binds both ports.", "Both ports will be open on that day."]
VIETNAMESE = (
    "Bộ Ngoại giao hai nước đã thống nhất mở lại cảng vào tháng Sáu và lập một ủy ban chung để theo dõi việc "
    "thực hiện. Các bên sẽ trao đổi công hàm trước ngày khai trương."
)
ENGLISH = (
    "The two ministries agreed to open the harbour again in June and to set up a joint committee, which will follow "
    "how the agreement is carried out. Notes will be exchanged before the opening day."
)


def items(data: bytes, options: ReadOptions = OPTIONS) -> list[Document | Failure]:
    found = [reading.item for reading in read(data, kind="pdf", item="desk/paper.pdf", options=options)]
    assert all(isinstance(one, Document | Failure) for one in found)
    return found  # type: ignore[return-value]


@pytest.mark.slow
def test_a_scanned_paper_is_read_page_by_page() -> None:
    papers.needs_tesseract("vie", "eng")
    (paper,) = items(papers.pdf([TYPED, papers.scan(VIETNAMESE), papers.scan(ENGLISH), []]))
    assert isinstance(paper, Document)
    assert paper.text.startswith(TYPED[0])
    assert "Bộ Ngoại giao hai nước đã thống nhất mở lại cảng" in paper.text
    assert "agreed to open the harbour again in June" in paper.text
    assert (paper.meta["pages"], paper.meta["ocr_pages"]) == ("4", "2-3")
    assert int(str(paper.meta["ocr_confidence"])) > 85
    assert set(paper.meta["ocr_languages"]) == {"vie", "eng"}


def test_a_page_with_text_is_not_scanned_for_its_picture() -> None:
    papers.needs_tesseract()
    lines = [*TYPED, "A paragraph that is long enough to be the text of a page and no stamp."]
    (paper,) = items(papers.pdf([lines]))
    assert isinstance(paper, Document)
    assert "ocr_pages" not in paper.meta


def test_without_tesseract_the_failure_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert ocr.installed() == frozenset()
    (only,) = items(papers.pdf([papers.scan(ENGLISH)]))
    assert isinstance(only, Failure)
    assert "scanned pages not read (1): needs Tesseract" in only.error
    assert "apt install tesseract-ocr" in only.error
    paper, rest = items(papers.pdf([TYPED, papers.scan(ENGLISH)]))
    assert isinstance(paper, Document)
    assert isinstance(rest, Failure)
    assert "not read (2)" in rest.error


def test_a_cap_on_pages_and_time_is_told() -> None:
    papers.needs_tesseract()
    page = papers.scan(ENGLISH)
    data = papers.pdf([page, page, page])
    paper, rest = (r.item for r in pdf.read_pdf(data, item="x", options=OPTIONS, limits=Limits(pages=1)))
    assert isinstance(paper, Document)
    assert paper.meta["ocr_pages"] == "1"
    assert isinstance(rest, Failure)
    assert rest.error == "scanned pages not read (2-3): more than 1"
    data = papers.pdf([TYPED, page, page])
    paper, rest = (r.item for r in pdf.read_pdf(data, item="x", options=OPTIONS, limits=Limits(seconds=0.4)))
    assert isinstance(paper, Document)
    assert paper.text.startswith(TYPED[0])
    assert isinstance(rest, Failure)
    assert "not read (2-3)" in rest.error
    assert "took longer than 0.4 s" in rest.error


@pytest.mark.slow
def test_a_photograph_is_no_text() -> None:
    papers.needs_tesseract()
    import numpy as np
    from PIL import Image

    noise = np.random.default_rng(1).integers(0, 255, (500, 400), dtype=np.uint8)
    (only,) = items(papers.pdf([Image.fromarray(noise)]))
    assert isinstance(only, Failure)
    assert ocr.NO_TEXT in only.error


def test_page_numbers_as_printed() -> None:
    assert pdf.ranges([0, 1, 2, 6, 8, 9]) == "1-3, 7, 9-10"


def test_pypdf_and_pdfium_disagree_on_a_damaged_file() -> None:
    good = papers.pdf([TYPED])
    broken = good.replace(b"xref", b"xxxx").replace(b"startxref", b"startxxxx")
    (paper,) = items(broken)
    assert isinstance(paper, Document)
    assert TYPED[1] in paper.text


def _objects(*bodies: bytes) -> bytes:
    """A PDF of these objects, with a table of where they are; the first is its root."""
    out, places = bytearray(b"%PDF-1.5\n"), []
    for n, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(bodies) + 1, table)
    return bytes(out) + b"trailer << /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, start)


def _stream(content: bytes, extra: bytes = b"") -> bytes:
    packed = zlib.compress(content, 9)
    return b"<< /Length %d /Filter /FlateDecode %s >>\nstream\n%s\nendstream" % (len(packed), extra, packed)


CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R >>"
PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << >> >>"
HOSTILE = {
    "pages that are their own children": _objects(CATALOGUE, b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>"),
    "a tree of pages that doubles": _objects(
        CATALOGUE,
        *(b"<< /Type /Pages /Kids [%d 0 R %d 0 R] /Count 2 >>" % (n + 1, n + 1) for n in range(2, 40)),
        b"<< /Type /Page /Parent 2 0 R >>",
    ),
    "a thousand million pages": _objects(
        CATALOGUE, b"<< /Type /Pages /Kids [3 0 R] /Count 999999999 >>", PAGE, _stream(b"")
    ),
    "a stream that unpacks to a gigabyte": _objects(CATALOGUE, PAGES, PAGE, _stream(bytes(2**30))),
    "streams within streams": _objects(
        CATALOGUE, PAGES, PAGE, b"<< /Length 5 /Filter [%s] >>\nstream\nxxxxx\nendstream" % (b"/FlateDecode " * 5000)
    ),
    "a form that draws itself": _objects(
        CATALOGUE,
        PAGES,
        PAGE.replace(b"4 0 R", b"5 0 R").replace(b"Resources << >>", b"Resources << /XObject << /F 4 0 R >> >>"),
        _stream(
            b"/F Do /F Do", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F 4 0 R >> >>"
        ),
        _stream(b"/F Do"),
    ),
    "arrays without end": _objects(CATALOGUE, PAGES, PAGE, _stream(b"[" * 5_000_000)),
    "a page as large as a country": _objects(
        CATALOGUE,
        PAGES,
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99999999 99999999] /Contents 4 0 R >>",
        _stream(b"0 0 m 9 9 l S " * 300),
    ),
    "a reference to itself": _objects(b"1 0 R"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_files_end_in_bounded_time_and_memory(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "SECONDS", 25.0)
    started = time.monotonic()
    found = items(HOSTILE[name])
    assert time.monotonic() - started < 60
    assert found
    assert all(isinstance(one, Failure) for one in found)
    assert all(one.item == "desk/paper.pdf" for one in found)


def test_a_font_that_names_its_glyphs_in_its_own_way() -> None:
    names = b" ".join(b"/g%d" % n for n in range(65, 123))
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /FirstChar 65 /LastChar 122 "
    font += b"/Encoding << /Type /Encoding /Differences [65 %s] >> >>" % names
    page = PAGE.replace(b"Resources << >>", b"Resources << /Font << /F 5 0 R >> >>")
    drawn = _stream(b"BT /F 14 Tf 60 700 Td (%s) Tj ET" % TYPED[1].encode())
    (paper,) = items(_objects(CATALOGUE, PAGES, page, drawn, font))  # pypdf gives /g66/g111/g116
    assert isinstance(paper, Document)
    assert paper.text == TYPED[1]


def test_what_could_be_read_before_the_limit_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "PAGES", 2)
    paper, rest = items(papers.pdf([TYPED, TYPED[:1], TYPED[1:]]))
    assert isinstance(paper, Document)
    assert isinstance(rest, Failure)
    assert "PDF of 3 pages; only the first 2 were read" in rest.error


@pytest.mark.data
def test_the_real_volume_in_a_process_of_its_own(shared: Path) -> None:
    data = (shared / "data/cables/pdf/frus1969-76v06_p37-96.pdf").read_bytes()
    (paper,) = items(data)
    assert isinstance(paper, Document)
    assert paper.meta["pages"] == "60"
    assert "Page 3" not in paper.text
    assert "304-689/B428-S/60005" in paper.meta["running"]
