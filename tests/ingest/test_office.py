"""Word, OpenDocument and rich text: what a reader would read, and nothing that was deleted."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import UTC, datetime

import docx
import pytest

from domain.document import Document
from domain.protocols import ReadOptions
from domain.source import Failure
from ingest.readers import HEAD, detect_kind, read
from tests.fakes import papers

OPTIONS = ReadOptions(read_at=datetime(2026, 6, 1, tzinfo=UTC))
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def items(data: bytes, kind: str) -> list[Document | Failure]:
    found = [reading.item for reading in read(data, kind=kind, item=f"desk/paper.{kind}", options=OPTIONS)]
    assert all(isinstance(one, Document | Failure) for one in found)
    return found  # type: ignore[return-value]


def paper(data: bytes, kind: str) -> Document:
    (only,) = items(data, kind)
    assert isinstance(only, Document), only
    return only


def refusal(data: bytes, kind: str) -> str:
    (only,) = items(data, kind)
    assert isinstance(only, Failure)
    return only.error


def test_tracked_changes_are_read_as_accepted() -> None:
    body = (
        "<w:p><w:r><w:t>The quota is </w:t></w:r><w:del><w:r><w:delText>300</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>400</w:t></w:r></w:ins><w:r><w:t xml:space='preserve'> tonnes.</w:t></w:r></w:p>"
        "<w:p><w:moveFrom><w:r><w:t>moved away</w:t></w:r></w:moveFrom>"
        "<w:moveTo><w:r><w:t>moved here</w:t></w:r></w:moveTo></w:p>"
    )
    assert paper(papers.word([], body=body), "docx").text == "The quota is 400 tonnes.\nmoved here"


def test_notes_heads_text_boxes_and_comments() -> None:
    note = (
        f'<w:footnotes {W}><w:footnote w:type="separator"><w:p/></w:footnote>'
        "<w:footnote><w:p><w:r><w:t>See the annex of 1992.</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    head = f"<w:hdr {W}><w:p><w:r><w:t>BỘ NGOẠI GIAO</w:t></w:r></w:p><w:p><w:r><w:t>- 1 -</w:t></w:r></w:p></w:hdr>"
    comment = (
        f"<w:comments {W}><w:comment><w:p><w:r><w:t>Ask the legal desk.</w:t></w:r></w:p></w:comment></w:comments>"
    )
    boxed = "<w:txbxContent><w:p><w:r><w:t>In the box</w:t></w:r></w:p></w:txbxContent>"
    space = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    either = f'<mc:Choice Requires="wps">{boxed}</mc:Choice><mc:Fallback>{boxed}</mc:Fallback>'
    box = "<w:p><w:r><w:t>Before</w:t></w:r><w:r>"
    box += f"<mc:AlternateContent {space}>{either}</mc:AlternateContent></w:r></w:p>"
    parts = {
        "word/footnotes.xml": note,
        "word/header1.xml": head,
        "word/header2.xml": head,
        "word/comments.xml": comment,
    }
    found = paper(papers.word(["Agreed minutes"], parts=parts, body=box), "docx")
    assert found.text.split("\n") == [
        "Agreed minutes",
        "Before",
        "In the box",
        "See the annex of 1992.",
        "BỘ NGOẠI GIAO",
    ]
    assert found.meta["comments"] == ["Ask the legal desk."]


def test_merged_and_nested_cells_come_once() -> None:
    out = io.BytesIO()
    made = docx.Document()
    table = made.add_table(rows=2, cols=3)
    table.cell(0, 0).merge(table.cell(0, 2)).text = "Wide"
    table.cell(1, 0).text = "a"
    inner = table.cell(1, 1).add_table(rows=1, cols=2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "x", "y"
    table.cell(1, 2).text = "c"
    made.save(out)
    assert paper(out.getvalue(), "docx").text.split("\n") == ["Wide", "a | x | y | c"]


def test_a_cell_that_claims_to_span_a_thousand_million_columns() -> None:
    cell = '<w:tc><w:tcPr><w:gridSpan w:val="999999999"/></w:tcPr><w:p><w:r><w:t>one</w:t></w:r></w:p></w:tc>'
    body = f"<w:tbl><w:tr>{cell}</w:tr></w:tbl>"
    started = time.monotonic()
    assert paper(papers.word([], body=body), "docx").text == "one"
    assert time.monotonic() - started < 5


def test_word_files_that_are_not_read_say_why() -> None:
    good = papers.word(["text"])
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><x>&a;</x>'
    assert "entities" in refusal(papers.replaced(good, {"word/document.xml": bomb}), "docx")
    assert "no text part" in refusal(papers.archive({"word/other.xml": "<x/>"}), "docx")
    assert "damaged" in refusal(good[: len(good) // 2], "docx")
    assert "old Word" in refusal(papers.ole({"WordDocument": b"x" * 5000}), "msg")
    assert "locked by a password" in refusal(papers.ole({"EncryptedPackage": b"x" * 5000}), "msg")
    assert detect_kind("memo.doc", papers.ole({"WordDocument": b"x" * 5000})[:HEAD]) == "msg"


def test_an_opendocument_text() -> None:
    body = (
        '<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes><text:h>Biên bản</text:h>'
        '<text:p>Hai bên<text:s text:c="3"/>nhất trí<text:note><text:note-citation>1</text:note-citation>'
        "<text:note-body>"
        "<text:p>Xem phụ lục.</text:p></text:note-body></text:note>.<text:line-break/>Hết.</text:p>"
        '<table:table><table:table-row><table:table-cell><text:p>Cá ngừ</text:p></table:table-cell>'
        '<table:table-cell table:number-columns-repeated="1000000"><text:p>400</text:p></table:table-cell>'
        "</table:table-row></table:table>"
    )  # fmt: skip
    found = paper(papers.opendocument(body, title="Biên bản họp"), "odt")
    assert found.title == "Biên bản họp"
    assert found.text.split("\n") == ["Biên bản", "Hai bên nhất trí.", "Hết.", "Cá ngừ | 400", "Xem phụ lục."]


def test_opendocument_files_that_are_not_read_say_why() -> None:
    good = papers.opendocument("<text:p>x</text:p>")
    assert "password" in refusal(papers.replaced(good, {"META-INF/manifest.xml": "<m:encryption-data/>"}), "odt")
    assert "damaged" in refusal(papers.archive({"mimetype": "x"}), "odt")
    assert detect_kind("sums.ods", good[:HEAD].replace(b"opendocument.text", b"opendocument.spreadsheet")) == "unknown"


def test_a_package_that_lies_about_its_size() -> None:
    data = bytearray(papers.word(["text"], parts={"word/document.xml": "<x>" + " " * 3_000_000 + "</x>"}))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        place = archive.getinfo("word/document.xml")
    true = place.file_size.to_bytes(4, "little")
    while (at := data.find(true)) >= 0:
        data[at : at + 4] = (9).to_bytes(4, "little")
    assert "damaged" in refusal(bytes(data), "docx")


# --- rich text

FONTS = (
    r"{\fonttbl{\f0\fnil\fcharset0 Arial;}{\f1\fnil\fcharset204 Arial Cyr;}{\f2\fnil\fcharset134 SimSun;}"
    r"{\f3\fnil\fcharset163 VN;}}"
)


def rtf(body: str, *, before: str = "") -> bytes:
    return (r"{\rtf1\ansi\ansicpg1252\deff0" + FONTS + before + r"\pard " + body + "}").encode("ascii")


def octets(text: str, page: str) -> str:
    return "".join(chr(b) if b < 128 else f"\\'{b:02x}" for b in text.encode(page))


def test_rich_text_in_unicode_and_in_code_pages() -> None:
    words = ["Bộ Ngoại giao trả lời 😀", "Министерство ответило", "外交部发言人回答"]
    body = rf"{papers.rtf_escaped(words[0])}\par\f1 {octets(words[1], 'cp1251')}\par\f2 {octets(words[2], 'gbk')}\par"
    found = paper(rtf(body), "rtf")
    assert found.text.split("\n") == words


def test_vietnamese_in_its_code_page_is_composed() -> None:
    # Windows 1258 writes a tone as a mark of its own after the vowel.
    found = paper(rtf(r"\f3 Vi\'ea\'f2t Nam, ti\'ea\'ecng \'f0\'ea\'ec"), "rtf")
    assert found.text == "Việt Nam, tiếng đế"


def test_notes_and_heads_of_rich_text_are_kept_and_deletions_dropped() -> None:
    body = r"Agreed{\footnote\pard See the annex.} text. {\deleted gone }{\b kept} \{braces\}\par"
    before = r"{\info{\title " + papers.rtf_escaped("Ghi chú") + r"}{\author Desk}}{\header\pard BNG-VP}"
    found = paper(rtf(body, before=before), "rtf")
    assert (found.title, found.meta["authors"]) == ("Ghi chú", ["Desk"])
    assert found.text.split("\n")[0] == "Agreed text. kept {braces}"
    assert "See the annex." in found.text
    assert "BNG-VP" in found.text
    assert "gone" not in found.text


@pytest.mark.parametrize(
    "body",
    [r"{\field{\*\fldinst{HYPERLINK " * 20_000, "{" * 200_000, r"\pict\bin999999999999 x", r"\u \uc \f" * 1000,
     r"\'" * 100_000],
    ids=["links", "depth", "binary", "no numbers", "half escapes"],
)  # fmt: skip
def test_hostile_rich_text_ends(body: str) -> None:
    started = time.monotonic()
    assert items(rtf(body), "rtf")
    assert time.monotonic() - started < 30
