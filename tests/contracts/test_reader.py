"""What every reader promises, whatever the bytes: no exception, failures that name the item, documents that hold."""

from __future__ import annotations

import io
import json
import lzma
from datetime import UTC, datetime

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.pdfgen import canvas

from domain.document import Document
from domain.event import Event
from domain.label import Label
from domain.protocols import Reader, Reading, ReadOptions
from domain.source import Failure
from domain.time import plausible
from ingest.readers import HEAD, READERS, detect_kind, read
from tests.fakes import papers

READ_AT = datetime(2024, 6, 1, 12, tzinfo=UTC)
OPTIONS = ReadOptions(read_at=READ_AT)
ITEM = "inbox/desk/paper.bin"

RSS = b"""<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Harbour News</title>
<item><title>Ferry sails</title><link>https://harbour.example/1</link><guid>h1</guid>
<pubDate>Fri, 02 May 2014 08:30:00 +0700</pubDate><description>The first ferry left on time.</description></item>
<item><title>Pier closed</title><link>https://harbour.example/2</link><description>Repairs take
a week.</description></item>
</channel></rss>"""
TELEGRAM = b"""R 050830Z MAY 14
FM EMBASSY QUITO
TO MFA HANOI ROUTINE
BT
RESTRICTED
SUBJECT: Visit of the trade delegation
TAGS: ETRD, EC

1. The delegation arrived on Monday.

2. Talks go on.

BT
#0042
NNNN
"""
TEI = b"""<?xml version="1.0"?><TEI xmlns="http://www.tei-c.org/ns/1.0" xml:id="vol1"><teiHeader><fileDesc><titleStmt>
<title>Papers of a small office</title></titleStmt></fileDesc></teiHeader><text><body>
<div type="document" xml:id="d1" n="1"><head>The Minister to the Envoy</head>
<dateline><placeName>Port Royal</placeName>,
<date when="1902-03-04">March 4, 1902</date></dateline><p>Proceed to the coast.</p></div></body></text></TEI>"""
EVENTS = b"""date,source,source_country,relation,cameo,goldstein,target,target_country
2014-05-05,Government (China),China,Threaten,130,-4.4,Government (Vietnam),Vietnam
2014-05-06,Vietnam,Vietnam,Consult,040,1,China,China
"""
MAIL = b"""From: Desk <desk@ministry.example>
To: Envoy <envoy@ministry.example>
Subject: Notes for Monday
Date: Mon, 05 May 2014 10:00:00 +0700
Message-ID: <n1@ministry.example>
Content-Type: text/plain; charset=utf-8

Please bring the annex.
"""


def _pdf() -> bytes:
    out = io.BytesIO()
    page = canvas.Canvas(out)
    page.drawString(72, 720, "The ferry agreement enters into force in June.")
    page.drawString(72, 700, "Both ports will be open.")
    page.save()
    return out.getvalue()


def _docx() -> bytes:
    out = io.BytesIO()
    paper = docx.Document()
    paper.add_paragraph("Agreed minutes")
    table = paper.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Quota", "400 tonnes"
    paper.save(out)
    return out.getvalue()


def _picture() -> bytes:
    page = papers.scan("The ferry sails on Monday. Both ports will be open.", size=40)
    return papers.picture(page.crop((100, 100, 1500, 320)))


GOOD: dict[str, bytes] = {
    "feed": RSS,
    "jsonl": b'{"id": "a1", "text": "The strait is calm.", "published": "2014-05-05"}\n{"text": "It rained."}\n',
    "telegram": TELEGRAM,
    "text": "Ghi chú\n\nCuộc họp dời sang thứ Ba.\n".encode(),
    "markdown": b"# Weekly note\n\nThe **port** opens [soon](https://port.example).\n",
    "html": b"<html lang=en><head><title>Port</title></head><body><p>The port opens.</p><p>Soon.</p></body></html>",
    "pdf": _pdf(),
    "docx": _docx(),
    "odt": papers.opendocument("<text:p>The port opens.</text:p><text:p>Soon.</text:p>", title="Port"),
    "rtf": rb"{\rtf1\ansi\ansicpg1252 Meeting moved to Tuesday.\par Bring the annex.\par}",
    "json": b'[{"id": "a1", "text": "The strait is calm.", "published": "2014-05-05"}, {"text": "It rained."}]',
    "csv": "id,title,text,published\n1,Ghi chú,Cuộc họp dời sang thứ Ba.,2014-05-05\n2,Port,It opens soon.,\n".encode(),
    "xlsx": papers.workbook({"News": [["id", "title", "text"], [1, "Port", "It opens soon."]]}),
    "picture": _picture() if papers.can_scan() else b"",
    "mbox": b"From desk@ministry.example Mon May  5 03:00:00 2014\n" + MAIL,
    "msg": papers.outlook({0x37: "Notes for Monday", 0x1000: "Please bring the annex."}),
    "archive": papers.archive({"notes/one.txt": "The port opens.", "two.md": "# Two\n\nSoon."}),
    "mail": MAIL,
    "tei": TEI,
    "events": EVENTS,
    "sitemap": b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' "
    b"xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'><url><loc>https://port.example/1</loc><n:news>"
    b"<n:publication><n:name>Port</n:name><n:language>en</n:language></n:publication><n:publication_date>2014-05-05"
    b"</n:publication_date><n:title>The port opens</n:title></n:news></url></urlset>",
}

SLOW = {"pdf", "picture", "msg", "xlsx", "rtf"}
"""Kinds that are opened in a process of their own."""


def _marked(names: set[str]) -> pytest.MarkDecorator:
    why = "Tesseract or the DejaVu fonts are not installed: apt install tesseract-ocr fonts-dejavu"
    absent = pytest.mark.skipif(not papers.can_scan(), reason=why)
    given_names = [pytest.param(name, marks=absent) if name == "picture" else name for name in sorted(names)]
    return pytest.mark.parametrize("kind", given_names)


kinds = _marked(set(READERS))


def gather(reader: Reader, data: bytes, options: ReadOptions = OPTIONS) -> list[Document | Event | Failure]:
    readings = list(reader(data, item=ITEM, options=options))
    assert all(isinstance(reading, Reading) for reading in readings)
    for reading in readings:
        check(reading.item, options)
    return [reading.item for reading in readings]


def check(found: Document | Event | Failure, options: ReadOptions) -> None:
    """What holds for whatever a reader yields."""
    if isinstance(found, Failure):
        assert found.item
        assert found.error.strip()
        assert len(found.error) <= 400
        assert found.at == options.read_at
    elif isinstance(found, Event):
        assert found.root in range(1, 21)
        assert found.known <= options.read_at
    else:
        assert found.text.strip()
        assert found.title.strip()
        assert "\n" not in found.title
        assert found.source
        assert found.key
        assert not any(c < " " and c not in "\n\t" for c in found.text + found.title)
        assert found.text.encode("utf-8")
        assert found.known.utcoffset() is not None
        assert found.known <= options.read_at
        assert found.published is None or plausible(found.published, known=options.read_at)
        assert found.url is None or found.url.startswith(("http://", "https://"))
        assert all(isinstance(value, str | list) for value in found.meta.values())


def test_every_reader_has_a_sample() -> None:
    assert set(GOOD) == set(READERS)
    assert all(isinstance(reader, Reader) for reader in READERS.values())


@kinds
def test_reads_a_good_file(kind: str) -> None:
    found = gather(READERS[kind], GOOD[kind])
    assert found
    assert not [one for one in found if isinstance(one, Failure)]


@kinds
def test_same_bytes_give_the_same_ids(kind: str) -> None:
    first = [one.id for one in gather(READERS[kind], GOOD[kind]) if not isinstance(one, Failure)]
    again = [one.id for one in gather(READERS[kind], GOOD[kind]) if not isinstance(one, Failure)]
    assert first == again
    assert len(set(first)) == len(first)


@kinds
def test_compressed_is_the_same(kind: str) -> None:
    assert gather(READERS[kind], lzma.compress(GOOD[kind])) == gather(READERS[kind], GOOD[kind])


@kinds
@pytest.mark.parametrize("data", [b"", b" \n\t ", b"\xef\xbb\xbf\n", b"\x00" * 100])
def test_empty_is_one_clear_failure(kind: str, data: bytes) -> None:
    (only,) = gather(READERS[kind], data)
    assert isinstance(only, Failure)
    assert only.error == "is empty"
    assert only.item == ITEM


@kinds
@pytest.mark.parametrize(
    "data",
    [
        bytes(range(256)) * 40,
        b"\x89PNG\r\n\x1a\n" + bytes(500),
        b"\xff" * 5000,
        b"PK\x03\x04" + b"\x07" * 300,
        b"%PDF-1.7\n%%EOF",
    ],
    ids=["all-bytes", "png", "ones", "zip", "hollow-pdf"],
)
def test_garbage_fails_and_does_not_raise(kind: str, data: bytes) -> None:
    found = gather(READERS[kind], data)
    assert found
    assert not any(isinstance(one, Event) for one in found)
    if data[0] in b"\x89\x00P":
        assert all(isinstance(one, Failure) for one in found)


@kinds
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.98])
def test_truncated_never_raises(kind: str, share: float) -> None:
    data = GOOD[kind]
    assert gather(READERS[kind], data[: int(len(data) * share)])


@kinds
def test_a_cut_compressed_file_is_named(kind: str) -> None:
    packed = lzma.compress(GOOD[kind])
    (only,) = gather(READERS[kind], packed[:-12])
    assert isinstance(only, Failure)
    assert "compressed" in only.error


@kinds
def test_a_huge_line(kind: str) -> None:
    assert gather(READERS[kind], b"a" * 2_000_000)
    assert gather(READERS[kind], GOOD[kind] + b"<" * 100_000)


@kinds
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1", "cp1251", "gb18030", "shift_jis"])
def test_wrong_encoding_never_raises(kind: str, encoding: str) -> None:
    text = GOOD[kind].decode("utf-8", "ignore") + "\nПосольство, région, 北京\n"
    assert gather(READERS[kind], text.encode(encoding, "ignore"))


@kinds
def test_an_operators_label_is_never_lowered(kind: str) -> None:
    options = ReadOptions(read_at=READ_AT, label=Label.SECRET, source="Archive")
    for found in gather(READERS[kind], GOOD[kind], options):
        assert isinstance(found, Document | Event)
        assert found.label == Label.SECRET
        assert (found.source if isinstance(found, Document) else found.origin) == "Archive"


@kinds
def test_what_is_live_is_known_when_read(kind: str) -> None:
    options = ReadOptions(read_at=READ_AT, archive=False)
    assert all(
        one.known == READ_AT for one in gather(READERS[kind], GOOD[kind], options) if not isinstance(one, Failure)
    )


@kinds
def test_an_archive_is_known_when_published(kind: str) -> None:
    for found in gather(READERS[kind], GOOD[kind]):
        if isinstance(found, Document):
            expected = (found.published, "published") if found.published else (READ_AT, "fetched")
            assert (found.known, found.known_basis) == expected


@kinds
def test_the_kind_is_told_from_the_bytes(kind: str) -> None:
    names = {"markdown": "note.md", "text": "note.txt"}
    assert detect_kind(names.get(kind, "inbox/unnamed"), GOOD[kind][:HEAD]) == kind
    assert detect_kind(names.get(kind, "inbox/unnamed") + ".xz", lzma.compress(GOOD[kind])[:HEAD]) == kind


def damaged(kind: str, piece: bytes, cut: int, at: int) -> None:
    """Reads a good file into which a piece was put at a place in thousandths of it, ``cut`` bytes being taken out."""
    good = GOOD[kind]
    place = len(good) * at // 1000
    gather(READERS[kind], good[:place] + piece + good[place + cut :])


@_marked(set(READERS) - SLOW)
@settings(max_examples=40, deadline=None)
@given(piece=st.binary(max_size=400), cut=st.integers(0, 2000), at=st.integers(0, 1000))
def test_damage_anywhere(kind: str, piece: bytes, cut: int, at: int) -> None:
    damaged(kind, piece, cut, at)


@_marked(SLOW)
@settings(max_examples=12, deadline=None)
@given(piece=st.binary(max_size=400), cut=st.integers(0, 2000), at=st.integers(0, 1000))
def test_damage_anywhere_to_what_is_opened_apart(kind: str, piece: bytes, cut: int, at: int) -> None:
    damaged(kind, piece, cut, at)


@settings(max_examples=100, deadline=None)
@given(name=st.text(max_size=40), head=st.binary(max_size=300), content_type=st.none() | st.text(max_size=40))
def test_telling_the_kind_never_raises(name: str, head: bytes, content_type: str | None) -> None:
    told = detect_kind(name, head, content_type)
    readings = list(read(head, kind=told, item=name or "x", options=OPTIONS))
    assert all(isinstance(reading, Reading) for reading in readings)


def test_failures_are_listed_beside_what_worked() -> None:
    lines = [json.dumps({"text": f"report {n}"}).encode() for n in range(3)]
    found = gather(READERS["jsonl"], b"\n".join([lines[0], b"{broken", lines[1], b"[1]", lines[2]]))
    assert [type(one).__name__ for one in found] == ["Document", "Failure", "Document", "Failure", "Document"]
