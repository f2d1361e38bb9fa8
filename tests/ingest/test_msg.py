"""Outlook's messages, made here after the format's description and cross-read by another library."""

from __future__ import annotations

import struct
import time
from datetime import UTC, datetime

import oxmsg
import pytest

from domain.document import Document
from domain.protocols import ReadOptions
from domain.source import Failure
from ingest.msg import unpack_rtf
from ingest.readers import HEAD, detect_kind, read
from tests.fakes import papers

OPTIONS = ReadOptions(read_at=datetime(2026, 6, 1, tzinfo=UTC))
SUBJECT, BODY, HTML, RTF, MESSAGE_ID, HEADERS = 0x37, 0x1000, 0x1013, 0x1009, 0x1035, 0x7D
SENT, BODY_PAGE, CODE_PAGE = 0x39, 0x3FDE, 0x3FFD


def items(data: bytes) -> list[Document | Failure]:
    assert detect_kind("desk/letter", data[:HEAD]) == "msg"
    found = [reading.item for reading in read(data, kind="msg", item="desk/letter.msg", options=OPTIONS)]
    assert all(isinstance(one, Document | Failure) for one in found)
    return found  # type: ignore[return-value]


def letter(data: bytes) -> Document:
    first = items(data)[0]
    assert isinstance(first, Document), first
    return first


def test_a_message() -> None:
    data = papers.outlook(
        {SUBJECT: "Ghi chú tuần", BODY: "Xin gửi kèm phụ lục.",
         HTML: "<p>Xin <b>gửi</b></p><script>x()</script>".encode(),
         MESSAGE_ID: "<n1@bo.example>", 0x0C1A: "Vụ Biển", 0x5D01: "vu@bo.example"},
        numbers={SENT: datetime(2014, 5, 5, 3, tzinfo=UTC), BODY_PAGE: 65001},
        people=[("Đại sứ quán", "sq@bo.example", 1), ("Phòng Hai", "p2@bo.example", 2)],
    )  # fmt: skip
    other = oxmsg.Message.load(data)  # the file made here is one to others too
    assert (other.subject, other.sent_date) == ("Ghi chú tuần", datetime(2014, 5, 5, 3, tzinfo=UTC))
    found = letter(data)
    assert (found.title, found.text, found.external_id) == ("Ghi chú tuần", "Xin gửi kèm phụ lục.", "n1@bo.example")
    assert found.published == datetime(2014, 5, 5, 3, tzinfo=UTC)
    assert found.meta["from"] == ["Vụ Biển <vu@bo.example>"]
    assert found.meta["to"] == ["Đại sứ quán <sq@bo.example>"]
    assert found.meta["cc"] == ["Phòng Hai <p2@bo.example>"]
    assert "<b>gửi</b>" in found.html
    assert "script" not in found.html


def test_the_headers_it_came_with_are_believed() -> None:
    headers = "From: =?utf-8?q?V=E1=BB=A5_Bi=E1=BB=83n?= <vu@bo.example>\nMessage-ID: <h@b>\n"
    headers += "Date: Mon, 05 May 2014 10:00:00 +0700\n"
    found = letter(papers.outlook({SUBJECT: "x", BODY: "y", HEADERS: headers}))
    assert found.meta["from"] == ["Vụ Biển <vu@bo.example>"]
    assert found.published == datetime(2014, 5, 5, 3, tzinfo=UTC)
    assert found.external_id == "h@b"


def test_texts_in_the_messages_code_page() -> None:
    name = "приложение.txt".encode("cp1251")
    one = dict(papers.attachment("x", b"Text."))
    one.pop("__substg1.0_3707001F")
    one["__substg1.0_3707001E"] = name
    data = papers.outlook({SUBJECT: "Заметки".encode("cp1251"), BODY: "Прошу прислать.".encode("cp1251")},
                          numbers={CODE_PAGE: 1251}, attachments=[one])  # fmt: skip
    found = letter(data)
    assert (found.title, found.text) == ("Заметки", "Прошу прислать.")
    assert found.meta["attachments"] == ["1-приложение.txt"]


def test_attachments_and_messages_within_messages() -> None:
    annex = papers.attachment("x.zip", papers.archive({"a/b.txt": "Deep text."}))
    inner = papers.embedded({SUBJECT: "Inner", BODY: "Text within."}, attachments=[annex])
    data = papers.outlook(
        {SUBJECT: "Outer", BODY: "Hello", MESSAGE_ID: "<o@b>"},
        attachments=[papers.attachment("big.txt", b"A long annex. " * 900), papers.attachment("inner", inner),
                     papers.attachment("cable.pdf", papers.pdf([["The text of the cable, typed."]])),
                     papers.attachment("../../tool.exe", bytes(range(256)))],
    )  # fmt: skip
    found = items(data)
    assert [one.item.partition("!")[2] for one in found] == [
        "", "1-big.txt", "2-inner", "2-inner!1-x.zip!a/b.txt", "3-cable.pdf", "4-_.._tool.exe",
    ]  # fmt: skip
    assert [type(one).__name__ for one in found] == ["Document"] * 5 + ["Failure"]
    assert len({one.id for one in found if isinstance(one, Document)}) == 5


def test_messages_nested_without_end() -> None:
    inner = papers.embedded({SUBJECT: "0", BODY: "x"})
    for n in range(1, 12):
        inner = papers.embedded({SUBJECT: str(n), BODY: "x"}, attachments=[papers.attachment("m", inner)])
    found = items(papers.outlook({SUBJECT: "top", BODY: "x"}, attachments=[papers.attachment("m", inner)]))
    assert isinstance(found[-1], Failure)
    assert "nested more than" in found[-1].error
    assert len(found) < 9


def packed(rtf: bytes) -> bytes:
    """An RTF body as Outlook keeps it, in literal bytes only."""
    out = b"".join(b"\x00" + rtf[n : n + 8] for n in range(0, len(rtf), 8))
    return struct.pack("<IIII", len(out) + 12, len(rtf), 0x75465A4C, 0) + out


def test_a_message_that_has_rich_text_only() -> None:
    body = rb"{\rtf1\ansi\ansicpg1252 " + papers.rtf_escaped("Bộ Ngoại giao").encode() + rb"\par}"
    assert letter(papers.outlook({SUBJECT: "x", RTF: packed(body)})).text == "Bộ Ngoại giao"


def test_rich_text_that_repeats_itself() -> None:
    # Three literals, then a copy of seven bytes from where they stand: what is copied was just written.
    start = 207
    data = bytes([0b1000]) + b"abc" + struct.pack(">H", start << 4 | 5)
    assert unpack_rtf(struct.pack("<IIII", len(data) + 12, 10, 0x75465A4C, 0) + data) == b"abcabcabca"
    assert unpack_rtf(struct.pack("<IIII", 16, 4, 0x414C454D, 0) + b"text") == b"text"
    # The dictionary that is taken for said: the first bytes of every RTF file.
    data = bytes([1]) + struct.pack(">H", 0 << 4 | 3)
    assert unpack_rtf(struct.pack("<IIII", len(data) + 12, 5, 0x75465A4C, 0) + data) == b"{\\rtf"


@pytest.mark.parametrize("size", [3, 40])
def test_rich_text_that_is_cut_off_is_told(size: int) -> None:
    first, told = items(
        papers.outlook({SUBJECT: "x", RTF: packed(b"{\\rtf1 text}")[:size] if size == 3 else b"\xff" * 40})
    )
    assert isinstance(first, Document)
    assert first.text == "x"
    assert isinstance(told, Failure)
    assert "its text cannot be read" in told.error


def test_streams_that_share_their_bytes_are_no_way_to_fill_the_memory() -> None:
    good = papers.ole({"__properties_version1.0": b"\x00" * 32, **{f"s{n}": b"x" * 500_000 for n in range(3)}})
    data = bytearray(good)
    first = None
    for at in range(512, len(data), 128):
        entry = data[at : at + 128]
        if entry[:2] == b"s\x00":
            first = first if first is not None else entry[116:120]
            data[at + 116 : at + 120] = first
            data[at + 120 : at + 124] = struct.pack("<I", 1_500_000)
    started = time.monotonic()
    (only,) = items(bytes(data))
    assert isinstance(only, Failure)
    assert "more than its size allows" in only.error
    assert time.monotonic() - started < 20


def test_a_chain_of_sectors_that_loops() -> None:
    data = bytearray(papers.outlook({SUBJECT: "x", BODY: "y" * 20_000}))
    fat = int.from_bytes(data[76:80], "little")
    at = 512 * (fat + 1)
    for n in range(100):
        data[at + 4 * n : at + 4 * n + 4] = struct.pack("<I", 0)
    started = time.monotonic()
    assert items(bytes(data))
    assert time.monotonic() - started < 20
