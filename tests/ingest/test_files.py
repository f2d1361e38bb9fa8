"""Files of one's own, their encodings, and the walk through a folder."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfgen import canvas

from domain.document import Document, DocumentKind
from domain.errors import FetchError, ParseError
from domain.label import Label
from domain.protocols import ReadOptions
from domain.source import Failure, Stage
from ingest.encoding import decode
from ingest.files import load, walk
from ingest.markdown import read_markdown
from ingest.packed import peek, unpack
from ingest.readers import read, read_path

OPTIONS = ReadOptions(read_at=datetime(2024, 6, 1, tzinfo=UTC))


def one(data: bytes, kind: str, item: str = "desk/paper") -> Document:
    (reading,) = read(data, kind=kind, item=item, options=OPTIONS)
    assert isinstance(reading.item, Document), reading.item
    return reading.item


def failure(data: bytes, kind: str, item: str = "desk/paper") -> Failure:
    (reading,) = read(data, kind=kind, item=item, options=OPTIONS)
    assert isinstance(reading.item, Failure), reading.item
    return reading.item


VIETNAMESE = "Bộ Ngoại giao trả lời câu hỏi của báo chí về tình hình Biển Đông và các vùng biển lân cận. " * 5
RUSSIAN = "Министерство иностранных дел ответило на вопросы журналистов о положении на море. " * 5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings_that_say_what_they_are(encoding: str) -> None:
    assert decode(VIETNAMESE.encode(encoding), item="x") == (VIETNAMESE, None)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_text_without_a_mark(encoding: str) -> None:
    text, note = decode(("The envoy left. " * 20).encode(encoding), item="x")
    assert text.startswith("The envoy left.")
    assert note == f"{encoding} (guessed)"


def test_a_guessed_encoding_is_noted() -> None:
    document = one(RUSSIAN.encode("cp1251"), "text")
    assert document.text == RUSSIAN.strip()
    assert document.meta["encoding"] == "cp1251 (guessed)"


def test_a_declared_encoding_is_used() -> None:
    page = "<html><head><meta charset='windows-1251'><title>Порт</title></head><body><p>Паром</p></body></html>"
    document = one(page.encode("cp1251"), "html")
    assert (document.title, document.text) == ("Порт", "Паром")


def test_a_few_bad_bytes_do_not_change_the_encoding() -> None:
    text, note = decode(VIETNAMESE.encode() + b"\xff" + VIETNAMESE.encode(), item="x")
    assert text.replace("\ufffd", "") == VIETNAMESE * 2
    assert note == "utf-8, with unreadable characters"


def test_binary_is_refused() -> None:
    with pytest.raises(ParseError, match="not text"):
        decode(bytes(range(32)) * 50, item="x")


@given(data=st.binary(max_size=300))
def test_any_bytes_decode_or_are_refused(data: bytes) -> None:
    with suppress(ParseError):
        text, _ = decode(data, item="x")
        assert text.strip()


def test_markdown() -> None:
    marked = read_markdown(
        "---\ntitle: Ghi chú\ndate: 2014-05-02\nlabel: secret\n---\n# Heading\n\nThe **bold** [link](https://a.example)"
        " `code`\n"
        "![map](m.png) and <b>html</b>, snake_case_name, 2 * 3 * 4.\n\n- one\n- two\n\n```py\nx = 1\n```\n> quoted\n"
    )
    assert marked.front == {"title": "Ghi chú", "date": "2014-05-02", "label": "secret"}
    assert marked.title == "Ghi chú"
    for sign in ("**", "](", "`", "<b>", "# ", "> "):
        assert sign not in marked.text
    for kept in (
        "Heading",
        "The bold link code",
        "map and html, snake_case_name, 2 * 3 * 4.",
        "- one",
        "x = 1",
        "quoted",
    ):
        assert kept in marked.text.replace("\n", " ")


def test_front_matter_gives_date_and_label() -> None:
    document = one(b"---\ndate: 2014-05-02\nlabel: secret\nlang: fr\n---\n# Note\n\nTexte.\n", "markdown")
    assert (document.published, document.label, document.lang_hint) == (
        datetime(2014, 5, 2, tzinfo=UTC),
        Label.SECRET,
        "fr",
    )
    assert "unknown label" in failure(b"---\nlabel: purple\n---\nx\n", "markdown").error


def test_an_html_file_is_a_page() -> None:
    document = one(
        b"<html><head><title>T</title></head><body><p>Body</p></body></html>", "html", "https://a.example/p?x=1"
    )
    assert (document.kind, document.url, document.source) == (DocumentKind.PAGE, "https://a.example/p?x=1", "a.example")


def _pdf(lines: list[str], *, password: str | None = None) -> bytes:
    out = io.BytesIO()
    page = canvas.Canvas(out, encrypt=password)
    page.setTitle("Ferry agreement")
    for n, line in enumerate(lines):
        page.drawString(72, 720 - 20 * n, line)
    page.showPage()
    page.save()
    return out.getvalue()


def test_a_pdf() -> None:
    document = one(_pdf(["The ferry agreement enters into force in June and", "binds both ports."]), "pdf")
    assert document.title == "Ferry agreement"
    assert document.text == "The ferry agreement enters into force in June and binds both ports."
    assert document.meta["pages"] == "1"
    assert document.published is None


def test_pdfs_that_cannot_be_read_say_why() -> None:
    good = _pdf(["text"])
    assert "damaged" in failure(good[:200], "pdf").error
    assert "without text: they are empty" in failure(_pdf([]), "pdf").error
    assert "password" in failure(_pdf(["text"], password="x"), "pdf").error
    assert "no PDF" in failure(b"hello there", "pdf").error


def test_a_word_file_with_its_tables_in_order() -> None:
    out = io.BytesIO()
    paper = docx.Document()
    paper.core_properties.title = "Minutes"
    paper.add_paragraph("Before the table.")
    table = paper.add_table(rows=2, cols=2)
    for n, text in enumerate(["Species", "Tonnes", "Tuna", "400"]):
        table.cell(n // 2, n % 2).text = text
    paper.add_paragraph("After the table.")
    paper.save(out)
    document = one(out.getvalue(), "docx")
    assert document.title == "Minutes"
    assert document.text.split("\n") == ["Before the table.", "Species | Tonnes", "Tuna | 400", "After the table."]


def test_word_files_that_cannot_be_read_say_why() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"\0" * (300 * 2**20))
    assert "256 MiB" in failure(out.getvalue(), "docx").error
    assert "damaged" in failure(b"PK\x03\x04 no zip", "docx").error


def test_titles() -> None:
    assert one(b"Short heading\n\nThe text goes on here.", "text").title == "Short heading"
    assert one(b"one line only", "text", "desk/the_note.txt").title == "the note"
    assert one(("word " * 100 + "\nmore").encode(), "text", "desk/long.txt.xz").title == "long"


@given(data=st.binary(max_size=2000))
def test_compressed_files_open_transparently(data: bytes) -> None:
    for packed in (lzma.compress(data), gzip.compress(data), gzip.compress(data[:9]) + gzip.compress(data[9:])):
        assert unpack(packed, item="x") == data
        assert peek(packed, size=100) == data[:100]
        assert peek(packed[:50], size=100) == data[: len(peek(packed[:50], size=100))]


def test_compressed_bombs_and_stumps_are_refused() -> None:
    bomb = gzip.compress(b"\0" * 3_000_000)
    with pytest.raises(ParseError, match="more than 1 MiB"):
        unpack(bomb, item="x", limit=2**20)
    for packed in (bomb[:-9], lzma.compress(b"text" * 100)[:-20]):
        with pytest.raises(ParseError, match="cut off"):
            unpack(packed, item="x")
    with pytest.raises(ParseError, match="damaged"):
        unpack(b"\x1f\x8b" + b"\xff" * 50, item="x")


def _tree(root: Path) -> None:
    for name in ("b.txt", "a.txt", "sub/c.md", ".hidden/d.txt", ".e.txt"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(f"text of {name}\n\nmore")


def test_the_walk_is_stable_and_leaves_hidden_files_out(tmp_path: Path) -> None:
    _tree(tmp_path)
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "z-gone").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    found = [str(one.relative_to(tmp_path)) if isinstance(one, Path) else one for one in walk(tmp_path)]
    assert [one for one in found if isinstance(one, str)] == ["a.txt", "b.txt", "sub/c.md"]
    failures = [one for one in found if isinstance(one, Failure)]
    assert [(Path(one.item).name, one.stage) for one in failures] == [("pipe", Stage.FETCH), ("z-gone", Stage.FETCH)]
    assert list(walk(tmp_path / "a.txt")) == [tmp_path / "a.txt"]


def test_what_is_not_there_is_a_failure(tmp_path: Path) -> None:
    (only,) = walk(tmp_path / "nowhere")
    assert isinstance(only, Failure)
    assert only.error == "does not exist"


@contextmanager
def _as_nobody() -> Iterator[None]:
    """Permissions do not bind root: be somebody else meanwhile."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_and_a_file_without_permission(tmp_path: Path) -> None:
    _tree(tmp_path)
    for part in [tmp_path, *tmp_path.parents][:3]:
        part.chmod(0o755)
    (tmp_path / "sub").chmod(0)
    (tmp_path / "b.txt").chmod(0)
    try:
        with _as_nobody():
            found = [reading.item for reading in read_path(tmp_path, options=OPTIONS)]
    finally:
        (tmp_path / "sub").chmod(0o755)
    assert [type(one).__name__ for one in found] == ["Document", "Failure", "Failure"]
    for one_failure, name in zip(found[1:], ("b.txt", "sub"), strict=True):
        assert isinstance(one_failure, Failure)
        assert one_failure.error == "no permission to read it"
        assert one_failure.stage is Stage.FETCH
        assert one_failure.item == str(tmp_path / name)


def test_loading_is_bounded_and_never_waits(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FetchError, match="no regular file"):
        load(tmp_path / "pipe")
    (tmp_path / "big").write_bytes(b"x" * 3_000_000)
    with pytest.raises(FetchError, match="larger than 2 MiB"):
        load(tmp_path / "big", limit=2 * 2**20)
    with pytest.raises(FetchError, match="does not exist"):
        load(tmp_path / "nowhere")


def test_a_folder_is_read_file_by_file_and_one_bad_file_stops_nothing(tmp_path: Path) -> None:
    _tree(tmp_path)
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4 broken")
    (tmp_path / "c.bin").write_bytes(bytes(range(256)))
    (tmp_path / "d.txt").write_bytes(b"")
    found = [reading.item for reading in read_path(tmp_path, options=OPTIONS)]
    assert [Path(one.item).name for one in found if isinstance(one, Document)] == ["a.txt", "b.txt", "c.md"]
    errors = {Path(one.item).name: one.error for one in found if isinstance(one, Failure)}
    assert errors.keys() == {"b.pdf", "c.bin", "d.txt"}
    assert errors["d.txt"] == "is empty"
    assert "of no kind" in errors["c.bin"]


def test_a_text_longer_than_a_document_can_be_is_refused() -> None:
    assert "split it" in failure(b"word " * 1_100_000, "text").error
