"""Tables of documents: by the names of their columns, by a mapping, and the tables that cannot be read."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.document import Document
from domain.errors import ConfigError
from domain.label import Label
from domain.protocols import ReadOptions
from domain.source import Failure
from ingest.columns import parse_mapping, read_mapping
from ingest.readers import HEAD, detect_kind, read
from tests.fakes import papers

MORNING = datetime.fromisoformat("2014-05-02T08:30")
READ_AT = datetime(2026, 6, 1, tzinfo=UTC)


def items(data: bytes, kind: str = "csv", mapping: Mapping[str, Any] | None = None) -> list[Document | Failure]:
    options = ReadOptions(read_at=READ_AT, mapping=mapping)
    found = [reading.item for reading in read(data, kind=kind, item=f"desk/t.{kind}", options=options)]
    assert all(isinstance(one, Document | Failure) for one in found)
    return found  # type: ignore[return-value]


def documents(data: bytes, kind: str = "csv", mapping: Mapping[str, Any] | None = None) -> list[Document]:
    found = items(data, kind, mapping)
    assert all(isinstance(one, Document) for one in found), found
    return found  # type: ignore[return-value]


def reason(data: bytes, kind: str = "csv", mapping: Mapping[str, Any] | None = None) -> str:
    (only,) = items(data, kind, mapping)
    assert isinstance(only, Failure)
    return only.error


@pytest.mark.parametrize(
    ("header", "lang"),
    [
        ("id,headline,body,date,link,outlet,language,reporter", "en"),
        ("Số;Tiêu đề;Nội dung;Ngày đăng;Liên kết;Nguồn;Ngôn ngữ;Phóng viên", "vi"),
        ("N°;Titre;Texte;Publié le;Lien;Journal;Langue;Reporter", "fr"),
        ("Номер\tЗаголовок\tТекст\tДата\tСсылка\tИсточник\tЯзык\tРепортёр", "ru"),
        ("编号,标题,正文,日期,链接,来源,语言,记者", "zh"),
    ],
)
def test_columns_are_known_by_their_names(header: str, lang: str) -> None:
    sign = max(",;\t", key=header.count)
    row = sign.join(["7", "Ferry sails", '"Both ports are open; at last, all day.\nA second line."', "2014-05-02",
                     "https://port.example/7", "Harbour News", lang, "R. Mayen"])  # fmt: skip
    data = f"{header}\n{row}\n".encode()
    assert detect_kind("unnamed", data[:HEAD]) == "csv"
    (found,) = documents(data)
    assert (found.title, found.text) == ("Ferry sails", "Both ports are open; at last, all day.\nA second line.")
    assert (found.external_id, found.url, found.source) == ("7", "https://port.example/7", "Harbour News")
    assert (found.published, found.lang_hint) == (datetime(2014, 5, 2, tzinfo=UTC), lang)
    assert list(found.meta.values()) == ["R. Mayen"]
    assert found.item == "desk/t.csv:2"


def test_nothing_long_is_lost_without_a_mapping() -> None:
    analysis = "What it means. " * 100
    (found,) = documents(f'title,text,analysis,url\nA,B,"{analysis}",javascript:x()\n'.encode())
    assert found.text == f"B\n\nanalysis: {analysis.strip()}"
    assert found.url is None


def test_a_list_of_headlines_has_its_titles_as_text() -> None:
    found = documents(b"date,title\n2014-05-02,First\n2014-05-03,Second\n")
    assert [one.text for one in found] == ["First", "Second"]


MAPPING = """
title = "Kop"
text = "{Lead}\\n{Romp}"
published = "Wanneer"
external_id = "{Reeks}-{Nr}"
date_format = ["%d.%m.%y %H:%M", "%d.%m.%y"]
timezone = "Asia/Ho_Chi_Minh"
[meta]
bureau = "Bureau"
[fixed]
lang = "nl"
source = "Archief"
label = "confidential"
[table]
delimiter = "|"
header = 3
encoding = "cp1258"
"""


def test_a_mapping() -> None:
    mapping = read_mapping(MAPPING, name="archive.toml")
    rows = ["B|1|Veerboot|Kort.|Lang.|05.03.14 08:30|Oost|x", "B|2|Veerboot|Kort.|Lang.|05.03.14|Oost|x",
            "B|3|Veerboot|Kort.|Lang.|03/05/14|Oost|x"]  # fmt: skip
    lines = ["Uit het archief", "", "Reeks|Nr|Kop|Lead|Romp|Wanneer|Bureau|Rest", *rows]
    first, second, third = documents("\r\n".join(lines).encode("cp1258"), mapping=mapping)
    assert (first.title, first.text, first.external_id) == ("Veerboot", "Kort.\nLang.", "B-1")
    assert first.published == datetime(2014, 3, 5, 1, 30, tzinfo=UTC)
    assert second.published == datetime(2014, 3, 5, tzinfo=UTC)
    assert third.published is None
    assert third.meta["published_as_printed"] == "03/05/14"
    assert (first.source, first.lang_hint, first.label) == ("Archief", "nl", Label.CONFIDENTIAL)
    assert first.meta == {"bureau": "Oost"}


def test_a_table_without_names_of_columns() -> None:
    mapping = {"title": "2", "text": "{3}", "table": {"header": 0}}
    assert [one.text for one in documents(b"1,A,First\n2,B,Second\n", mapping=mapping)] == ["First", "Second"]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ('tekst = "A"', "no key 'tekst'"),
        ('published = "A"', "no column for text or title"),
        ("text = [", "cannot be read"),
        ("text = true", "text is a column's name"),
        ('text = "A"\ntimezone = "Mars/North"', "no such timezone"),
        ('text = "A"\n[table]\nheader = -1', "number of a row"),
        ('text = "A"\n[table]\nencoding = "x-none"', "no such encoding"),
        ('text = "A"\n[table]\ndelimiter = "ab"', "delimiter"),
        ('text = "A"\n[fixed]\ncolour = "red"', "no key 'colour'"),
    ],
)
def test_mappings_that_mean_nothing_say_what(raw: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        read_mapping(raw, name="m.toml")


def test_what_is_missing_is_named() -> None:
    assert "no column 'Body' in the table; its columns: a, b" in reason(b"a,b\n1,2\n", mapping={"text": "Body"})
    told = reason(b"alpha,beta\n1,2\n")
    assert "its columns: alpha, beta" in told
    assert "--mapping" in told
    assert "text = " in told
    assert reason(b"title,text\n") == "table without rows"


def test_a_template_is_no_format_string() -> None:
    mapping = {"text": "{a.__class__} {a}", "title": "a"}
    assert "no column 'a.__class__'" in reason(b"a\nx,y\n1,2\n", mapping=mapping)


def test_broken_rows_are_named_and_the_rest_goes_on() -> None:
    data = b'title,text,label\nA,one,open\nB,two,open,surplus\nC,three,purple\nD,,\n\n"E","fi""ve",\nF\n'
    found = items(data)
    assert [(type(one).__name__, one.item) for one in found] == [
        ("Document", "desk/t.csv:2"), ("Failure", "desk/t.csv:3"), ("Failure", "desk/t.csv:4"),
        ("Document", "desk/t.csv:5"), ("Document", "desk/t.csv:7"), ("Document", "desk/t.csv:8"),
    ]  # fmt: skip
    assert "4 cells under 3 columns" in found[1].error  # type: ignore[union-attr]
    assert "purple" in found[2].error  # type: ignore[union-attr]
    assert found[4].text == 'fi"ve'  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "data",
    [b"title,text\n" + b'"' * 3_000_000, b"title,text\n" + b"a," * 2_000_000, b"title,text\n" + b'"a\n' * 300_000,
     b"title,text\n" + b"x,y\n" * 50_000],
    ids=["quotes", "cells", "open quotes", "rows"],
)  # fmt: skip
def test_hostile_tables_end(data: bytes) -> None:
    started = time.process_time()
    assert items(data)
    assert time.process_time() - started < 30


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co")) | st.just("\n"), min_size=1, max_size=80)


@given(rows=st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=6))
def test_what_the_standard_library_writes_is_read_back(rows: list[tuple[str, str]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["title", "text", "id"])
    for n, (title, text) in enumerate(rows):
        writer.writerow([title, text, f"r{n}"])
    found = items(out.getvalue().encode("utf-8", "replace"))
    read_back = {one.external_id for one in found if isinstance(one, Document)}
    wanted = {f"r{n}" for n, (title, text) in enumerate(rows) if any(c.isalnum() for c in text)}
    assert wanted <= read_back


# --- workbooks


def test_a_workbook() -> None:
    rows = [
        ["Điểm báo tháng Năm"], [], ["STT", "Tiêu đề", "Nội dung", "Ngày đăng", "Số trang"],
        [1, "Cảng mở lại", "Hai bên nhất trí.", MORNING, 3.0],
        [2, "Phà chạy lại", "Từ thứ Hai.", date(2014, 5, 3), 2.5],
    ]  # fmt: skip
    data = papers.workbook({"Tin": rows, "Trống": [], "Khác": [["a", "b"], [1, 2]]})
    assert detect_kind("unnamed", data[:HEAD]) == "xlsx"
    first, second, other = items(data, "xlsx")
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert (first.title, first.text, first.external_id) == ("Cảng mở lại", "Hai bên nhất trí.", "1")
    assert first.published == datetime(2014, 5, 2, 8, 30, tzinfo=UTC)
    assert second.published == datetime(2014, 5, 3, tzinfo=UTC)
    assert (first.meta["Số trang"], second.meta["Số trang"]) == ("3", "2.5")
    assert first.item == "desk/t.xlsx#Tin:4"
    assert isinstance(other, Failure)
    assert other.item == "desk/t.xlsx#Khác"


def test_one_sheet_by_mapping_with_its_zone() -> None:
    data = papers.workbook({"A": [["x"], ["y"]], "B": [["kop", "dag"], ["Text.", MORNING]]})
    mapping = {"text": "kop", "published": "dag", "timezone": "Asia/Ho_Chi_Minh", "table": {"sheet": "B"}}
    (found,) = documents(data, "xlsx", mapping)
    assert found.published == datetime(2014, 5, 2, 1, 30, tzinfo=UTC)
    assert documents(data, "xlsx", {**mapping, "table": {"sheet": 2}}) == [found]
    assert "no sheet 'C'" in reason(data, "xlsx", {**mapping, "table": {"sheet": "C"}})


def test_formulas_are_not_evaluated_and_their_kept_value_is_read() -> None:
    data = papers.workbook({"A": [["title", "text"], ["=1+1", "Text."], ['=HYPERLINK("http://x.example")', "More."]]})
    first, second = documents(data, "xlsx")  # made without ever being calculated: there is no kept value
    assert (first.title, second.title) == ("Text.", "More.")
    sheet = "xl/worksheets/sheet1.xml"
    told = 't="inlineStr"><is><t>'
    rows = f'<row r="1"><c r="A1" {told}title</t></is></c><c r="B1" {told}text</t></is></c></row>'
    rows += f'<row r="2"><c r="A2" t="str"><f>A1&amp;"b"</f><v>ab</v></c><c r="B2" {told}T.</t></is></c></row>'
    (found,) = documents(papers.replaced(data, {sheet: good_sheet(rows)}), "xlsx")
    assert found.title == "ab"


def test_days_are_counted_from_the_workbooks_own_epoch() -> None:
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append(["title", "text", "date"])
    book.active.append(["A", "B", datetime.fromisoformat("2014-05-02")])
    out = io.BytesIO()
    book.save(out)
    (found,) = documents(out.getvalue(), "xlsx")
    assert found.published == datetime(2014, 5, 2, tzinfo=UTC)


def test_hostile_workbooks() -> None:
    good = papers.workbook({"A": [["title", "text"], ["A", "B"]]})
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><sst>&a;</sst>'
    assert "document type" in reason(papers.replaced(good, {"xl/sharedStrings.xml": bomb}), "xlsx")
    wide = good_sheet('<row r="1"><c r="A1" t="inlineStr"><is><t>text</t></is></c><c r="XFD1"><v>1</v></c></row>'
                      '<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>last</t></is></c></row>')  # fmt: skip
    started = time.monotonic()
    found = items(papers.replaced(good, {"xl/worksheets/sheet1.xml": wide}), "xlsx")
    assert time.monotonic() - started < 60
    assert found
    assert "no Excel workbook" in reason(papers.archive({"a.txt": "x"}), "xlsx")
    assert "damaged" in reason(good[: len(good) // 2], "xlsx")
    old = papers.ole({"Workbook": b"x" * 5000})
    assert "old Excel" in reason(old, "msg")


def good_sheet(rows: str) -> str:
    name = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{name}"><sheetData>{rows}</sheetData></worksheet>'


def test_a_mapping_may_be_json() -> None:
    assert parse_mapping(read_mapping('{"text": "a"}', name="m.json")).columns == {"text": "a"}
    with pytest.raises(ConfigError, match=r"m\.json"):
        read_mapping("[1]", name="m.json")
