"""Letters and what is attached to them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from PIL import Image

from domain.document import Document, DocumentKind
from domain.label import Label
from domain.protocols import ReadOptions
from domain.source import Failure
from ingest.readers import HEAD, detect_kind, read
from tests.fakes import papers

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
    logo = papers.picture(Image.new("RGB", (60, 40), "red"))
    message.add_attachment(logo, maintype="image", subtype="png", filename="logo.png")
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


def test_the_html_of_a_letter_is_kept_harmless_beside_its_text() -> None:
    message = letter()
    message.add_alternative(
        "<p>Kính gửi <b>Vụ</b></p><script>x()</script><a href='javascript:x()'>y</a>", subtype="html"
    )
    (only,) = parse(message.as_bytes())
    assert isinstance(only, Document)
    assert only.text == "Xin gửi kèm phụ lục."
    assert "<b>Vụ</b>" in only.html
    assert "script" not in only.html


def test_attachments_of_every_kind() -> None:
    message = letter()
    inner = letter("Inner", "Text within.")
    inner.replace_header("Message-ID", "<n2@bo.example>")
    for name, content in {
        "note.rtf": rb"{\rtf1 A note.}",
        "inner.eml": inner.as_bytes(),
        "box.mbox": b"From a@b.example Mon May  5 10:00:00 2014\n" + inner.as_bytes().replace(b"<n2@", b"<n3@"),
        "table.csv": b"title,text\nA,First\nB,Second\n",
        "all.zip": papers.archive({"one/a.txt": "Text of a."}),
        "two.zip": papers.archive({"one/a.txt": "Text of another."}),
    }.items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    found = parse(message.as_bytes())
    assert not [one for one in found if isinstance(one, Failure)]
    documents = [one for one in found if isinstance(one, Document)]
    assert [one.text for one in documents[1:]] == [
        "A note.", "Text within.", "Text within.", "First", "Second", "Text of a.", "Text of another.",
    ]  # fmt: skip
    assert len({one.id for one in documents}) == 8
    assert all(one.meta["parent"] == "n1@bo.example" for one in documents[1:])


@pytest.mark.parametrize(
    ("maintype", "subtype", "name", "reason"),
    [
        ("application", "ms-tnef", "winmail.dat", "winmail.dat"),
        ("application", "octet-stream", "winmail.dat", "winmail.dat"),
        ("application", "pkcs7-mime", "smime.p7m", "S/MIME"),
        ("application", "octet-stream", "tool.exe", "of no kind"),
    ],
)
def test_attachments_that_are_not_opened_say_why(maintype: str, subtype: str, name: str, reason: str) -> None:
    message = letter()
    message.add_attachment(b"\x78\x9f\x3e\x22" + bytes(range(256)), maintype=maintype, subtype=subtype, filename=name)
    first, failed = parse(message.as_bytes())
    assert isinstance(first, Document)
    assert isinstance(failed, Failure)
    assert failed.item == f"desk/in.eml!1-{name}"
    assert reason in failed.error


def test_signatures_sounds_and_shown_pictures_are_only_named() -> None:
    message = letter()
    message.add_attachment(b"sig", maintype="application", subtype="pgp-signature", filename="s.asc")
    message.add_attachment(b"RIFF....", maintype="audio", subtype="wav", filename="s.wav")
    message.add_attachment(papers.picture(Image.new("RGB", (900, 900))), maintype="image", subtype="png",
                           disposition="inline", cid="<x@y>", filename="shown.png")  # fmt: skip
    (only,) = parse(message.as_bytes())
    assert only.meta["attachments"] == ["1-s.asc", "2-s.wav", "3-shown.png"]  # type: ignore[union-attr]


def test_a_scan_attached_to_a_letter_is_read() -> None:
    papers.needs_tesseract("eng")
    page = papers.scan("The ferry sails on Monday and both ports will be open to all ships.", size=40)
    message = letter()
    message.add_attachment(papers.picture(page.crop((100, 100, 1600, 400)), "TIFF"), maintype="image", subtype="tiff",
                           filename="fax.tif")  # fmt: skip
    _, fax = parse(message.as_bytes())
    assert isinstance(fax, Document), fax
    assert "ferry sails on Monday" in fax.text


BROKEN = {
    "no end": b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo",
    "no boundary": b"Content-Type: multipart/mixed\n\n--b\n\none\n--b--",
    "boundary of another": b"Content-Type: multipart/mixed; boundary=x\n\n--b\n\none\n--b--",
    "boundary in itself": b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 2 + b"\n--b\n\none",
    "no charset": b"Content-Type: text/plain\n\n" + "Посольство сообщает о встрече министров.".encode("koi8-r") * 5,
    "wrong charset": b"Content-Type: text/plain; charset=us-ascii\n\n" + "Đại sứ quán".encode(),
    "base64 that is none": b"Content-Transfer-Encoding: base64\n\n!!! not base64 !!!",
    "encoded words without end": b"Subject: " + b"=?utf-8?b?w4k=?= " * 50_000 + b"\n\nx",
    "a header of a megabyte": b"Subject: " + b"x" * 2**20 + b"\n\nbody",
    "a hundred thousand headers": b"X-A: b\n" * 100_000 + b"\nbody",
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_broken_letters_are_still_letters(name: str) -> None:
    started = time.monotonic()
    found = parse(b"From: a@b.example\nDate: Mon, 05 May 2014 10:00:00 +0700\n" + BROKEN[name])
    assert time.monotonic() - started < 20
    assert isinstance(found[0], Document)
    assert found[0].published == datetime(2014, 5, 5, 3, tzinfo=UTC)


def test_the_charset_that_was_not_told_is_guessed() -> None:
    (only,) = parse(b"From: a@b.example\n" + BROKEN["no charset"])
    assert isinstance(only, Document)
    assert "Посольство" in only.text


# --- mailboxes


def mailbox(*messages: bytes) -> bytes:
    return b"\n".join(b"From a@b.example Mon May  5 10:00:00 2014\n" + message for message in messages)


def box(data: bytes) -> list[Document | Failure]:
    assert detect_kind("archive/inbox", data[:HEAD]) == "mbox"
    found = [reading.item for reading in read(data, kind="mbox", item="archive/inbox", options=OPTIONS)]
    assert all(isinstance(one, Document | Failure) for one in found)
    return found  # type: ignore[return-value]


def test_a_mailbox() -> None:
    messages = []
    for n in range(3):
        message = letter(f"Letter {n}", f"Body {n}.\n\n>From here on quoted.\nFrom the desk of nobody: no start.\n")
        message.replace_header("Message-ID", f"<{n}@bo.example>")
        message.add_attachment(f"annex {n}".encode(), maintype="text", subtype="plain", filename="a.txt")
        messages.append(message.as_bytes())
    found = box(mailbox(*messages))
    assert [one.title for one in found[::2]] == ["Letter 0", "Letter 1", "Letter 2"]  # type: ignore[union-attr]
    assert [one.item for one in found[2:4]] == ["archive/inbox#2", "archive/inbox#2!1-a.txt"]
    assert "\nFrom here on quoted." in found[0].text  # type: ignore[union-attr]
    crlf = box(mailbox(*messages).replace(b"\n", b"\r\n"))
    assert [one.text for one in crlf] == [one.text for one in found]  # type: ignore[union-attr]


def test_a_broken_letter_does_not_stop_the_mailbox() -> None:
    good = letter().as_bytes()
    deep = b"Subject: deep\n" + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 3000 + b"\nend\n"
    found = box(mailbox(good, deep, good.replace(b"<n1@", b"<n2@")))
    assert isinstance(found[0], Document)
    assert isinstance(found[-1], Document)
    assert found[-1].item == "archive/inbox#3"


def test_no_mailbox() -> None:
    (only,) = read(b"From here to there.\n\nNo mail.", kind="mbox", item="x", options=OPTIONS)
    assert isinstance(only.item, Failure)
    assert "no mailbox" in only.item.error
    assert detect_kind("x", b"From here to there.\n\nNo mail.") == "text"


def test_a_large_mailbox_in_time_that_grows_with_its_size() -> None:
    small, large = (mailbox(*[b"Subject: x\n\nbody\n"] * count) for count in (500, 4000))
    took = []
    for data in (small, large):
        started = time.process_time()
        assert len(box(data)) > 400
        took.append(time.process_time() - started)
    assert took[1] < 30 * max(took[0], 0.02)
