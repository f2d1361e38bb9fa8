"""Letters and what is attached to them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from domain.document import Document, DocumentKind
from domain.label import Label
from domain.protocols import ReadOptions
from domain.source import Failure
from ingest.readers import detect_kind, read

OPTIONS = ReadOptions(read_at=datetime(2024, 6, 1, tzinfo=UTC))


def parse(data: bytes, options: ReadOptions = OPTIONS) -> list[Document | Failure]:
    found = [reading.item for reading in read(data, kind="mail", item="desk/in.eml", options=options)]
    assert all(isinstance(one, Document | Failure) for one in found)
    return found  # type: ignore[return-value]


def letter(subject: str = "Ghi chú tuần", body: str = "Xin gửi kèm phụ lục.") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Vụ Biển <vu@bo.example>"
    message["To"] = "Đại sứ quán <sq@bo.example>, Phòng Hai <p2@bo.example>"
    message["Subject"] = subject
    message["Date"] = "Mon, 05 May 2014 10:00:00 +0700"
    message["Message-ID"] = "<n1@bo.example>"
    message.set_content(body)
    return message


def test_a_letter() -> None:
    (only,) = parse(letter().as_bytes())
    assert isinstance(only, Document)
    assert (only.title, only.text, only.kind) == ("Ghi chú tuần", "Xin gửi kèm phụ lục.", DocumentKind.MAIL)
    assert only.published == datetime(2014, 5, 5, 3, tzinfo=UTC)
    assert only.external_id == "n1@bo.example"
    assert only.meta["from"] == ["Vụ Biển <vu@bo.example>"]
    assert only.meta["to"] == ["Đại sứ quán <sq@bo.example>", "Phòng Hai <p2@bo.example>"]
    assert only.source == "desk"
    assert detect_kind("inbox/1", letter().as_bytes()) == "mail"


def test_attachments_are_documents_of_their_own() -> None:
    message = letter()
    message.add_attachment(
        "Nội dung phụ lục.\n\nMục hai.".encode(), maintype="text", subtype="plain", filename="phụ lục.txt"
    )
    message.add_attachment(b"%PDF-1.4 broken", maintype="application", subtype="pdf", filename="../../etc/scan.pdf")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="logo.png")
    options = ReadOptions(read_at=OPTIONS.read_at, label=Label.SECRET)
    main, annex, broken = parse(message.as_bytes(), options)
    assert isinstance(main, Document)
    assert isinstance(annex, Document)
    assert isinstance(broken, Failure)
    assert main.meta["attachments"] == ["1-phụ lục.txt", "2-_.._etc_scan.pdf", "3-logo.png"]
    assert annex.text == "Nội dung phụ lục.\n\nMục hai."
    assert annex.meta["parent"] == "n1@bo.example"
    assert (annex.published, annex.known, annex.source, annex.label) == (
        main.published,
        main.known,
        main.source,
        Label.SECRET,
    )
    assert annex.id != main.id
    assert broken.item == "desk/in.eml!2-_.._etc_scan.pdf"
    assert "PDF" in broken.error


def test_html_only() -> None:
    message = letter()
    message.set_content("<p>Kính gửi,</p><p>Tin <b>mới</b>.</p><script>x()</script>", subtype="html")
    (only,) = parse(message.as_bytes())
    assert isinstance(only, Document)
    assert only.text == "Kính gửi,\nTin mới."


def test_a_letter_within_a_letter() -> None:
    outer, inner = letter("Outer"), letter("Inner", "Text within.")
    inner.replace_header("Message-ID", "<n2@bo.example>")
    outer.add_attachment(inner)
    found = parse(outer.as_bytes())
    assert [one.title for one in found if isinstance(one, Document)] == ["Outer", "Inner"]
    assert found[1].text == "Text within."  # type: ignore[union-attr]


def test_letters_nested_without_end_are_stopped() -> None:
    message = letter("0")
    for n in range(1, 12):
        outer = letter(str(n))
        outer.replace_header("Message-ID", f"<{n}@bo.example>")
        outer.add_attachment(message)
        message = outer
    found = parse(message.as_bytes())
    assert isinstance(found[-1], Failure)
    assert "nested" in found[-1].error
    assert len(found) < 8


def test_a_thousand_parts() -> None:
    parts = "".join(f"--b\nContent-Type: text/plain; name=f{n}.txt\n\npart {n}\n" for n in range(1000))
    data = f"From: a@b.example\nSubject: Many\nContent-Type: multipart/mixed; boundary=b\n\n{parts}--b--\n".encode()
    started = time.monotonic()
    found = parse(data)
    assert time.monotonic() - started < 10
    assert any(isinstance(one, Failure) and "parts" in one.error for one in found)
    assert len(found) < 250


@pytest.mark.parametrize("data", [b"No header here, just words.\n", b"\n\nbody only", b"=?utf-8?q?x?= y"])
def test_no_letter(data: bytes) -> None:
    (only,) = parse(data)
    assert isinstance(only, Failure)
    assert "no header" in only.error


@pytest.mark.parametrize(
    "header",
    [
        "Subject: =?utf-8?b?!!!?=",
        "Subject: =?no-such-charset?q?x?=",
        "Date: Thu, 01 Jan 0000 00:00:00 GMT",
        "From: <<<>>>,,;",
        "Content-Type: text/plain; charset=no-such",
        "Content-Transfer-Encoding: base64",
        "Message-ID: ",
    ],
)
def test_odd_headers_do_not_stop_it(header: str) -> None:
    found = parse(f"To: a@b.example\n{header}\n\nbody\n".encode())
    assert isinstance(found[0], Document)
