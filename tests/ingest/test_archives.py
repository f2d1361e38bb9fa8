"""Archives: what they hold is read by its kind, and no name, size or nesting gets out of hand."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import struct
import tarfile
import time
import zipfile
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from domain.document import Document
from domain.event import Event
from domain.protocols import ReadOptions
from domain.source import Failure
from ingest import inside
from ingest.readers import HEAD, detect_kind, read, read_path
from tests.fakes import papers

OPTIONS = ReadOptions(read_at=datetime(2026, 6, 1, tzinfo=UTC))


def items(data: bytes, item: str = "desk/a.zip") -> list[Document | Failure]:
    kind = detect_kind(item, data[:HEAD])
    assert kind == "archive", kind
    found = [reading.item for reading in read(data, kind=kind, item=item, options=OPTIONS)]
    assert all(isinstance(one, Document | Failure) for one in found)
    return found  # type: ignore[return-value]


def told(data: bytes, item: str = "desk/a.zip") -> dict[str, str]:
    """What became of each thing inside: its text, or why it failed."""
    return {
        one.item.removeprefix(f"{item}!"): one.text if isinstance(one, Document) else one.error
        for one in items(data, item)
    }


def test_members_of_every_kind() -> None:
    letter = EmailMessage()
    letter["From"], letter["Subject"] = "a@b.example", "Annexes"
    letter.set_content("See the archive.")
    letter.add_attachment(papers.archive({"deep.md": "# Deep\n\nText."}), maintype="application", subtype="zip",
                          filename="annex.zip")  # fmt: skip
    members = {
        "thư mục/ghi chú.txt": "Cuộc họp dời sang thứ Ba.", "page.html": "<p>A page.</p>",
        "mail/1.eml": letter.as_bytes(), "cable.pdf": papers.pdf([["A page of text that was typed."]]),
        "paper.docx": papers.word(["Minutes"]),
        "lines.jsonl.gz": gzip.compress(b'{"text": "One."}\n{"text": "Two."}'), "table.csv": "title,text\nA,B\n",
        "movie.bin": bytes(range(256)) * 20, "__MACOSX/x.txt": "junk", ".hidden/x.txt": "junk", "empty.txt": "",
    }  # fmt: skip
    found = told(papers.archive(members))
    assert found == {
        "thư mục/ghi chú.txt": "Cuộc họp dời sang thứ Ba.",
        "page.html": "A page.",
        "mail/1.eml": "See the archive.",
        "mail/1.eml!1-annex.zip!deep.md": "Deep\n\nText.",
        "cable.pdf": "A page of text that was typed.",
        "paper.docx": "Minutes",
        "lines.jsonl.gz:1": "One.",
        "lines.jsonl.gz:2": "Two.",
        "table.csv:2": "B",
        "movie.bin": found["movie.bin"],
        "empty.txt": "is empty",
    }
    assert "of no kind" in found["movie.bin"]


def test_event_tables_in_an_archive_give_events() -> None:
    table = "date,source,source_country,relation,cameo,goldstein,target,target_country\n"
    table += "2014-05-05,Government (China),China,Threaten,130,-4.4,Government (Vietnam),Vietnam\n"
    (reading,) = read(papers.archive({"e.csv": table}), kind="archive", item="a.zip", options=OPTIONS)
    assert isinstance(reading.item, Event)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz", "w:bz2"])
def test_tar_files_however_packed(mode: str) -> None:
    data = papers.tar({"a/one.txt": b"One.", "two.txt": b"Two."}, mode=mode)
    name = "desk/a.tar" + {"w": ""}.get(mode, "." + mode[2:])
    assert told(data, name) == {"a/one.txt": "One.", "two.txt": "Two."}


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress])
def test_single_files_that_are_packed(pack: object) -> None:
    data = pack(b"A note.\n\nIts text.")  # type: ignore[operator]
    suffix = {gzip.compress: "gz", lzma.compress: "xz", bz2.compress: "bz2"}[pack]  # type: ignore[index]
    name = f"desk/note.txt.{suffix}"
    (reading,) = read(data, kind=detect_kind(name, data[:HEAD]), item=name, options=OPTIONS)
    assert isinstance(reading.item, Document)
    assert reading.item.title == "A note."


NAMES = {
    "../../etc/passwd": "leads out of the folder",
    "a/../../b.txt": "leads out of the folder",
    "..\\..\\b.txt": "leads out of the folder",
    "/etc/passwd": "absolute path",
    "\\\\server\\share\\x.txt": "absolute path",
    "C:\\x.txt": "absolute path",
    "c:x.txt": "absolute path",
}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_names_that_lead_elsewhere_are_refused_and_nothing_is_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = papers.archive({"good.txt": "Good.", name: "evil"})
    found = items(data)
    assert [one.text for one in found if isinstance(one, Document)] == ["Good."]
    (refused,) = (one for one in found if isinstance(one, Failure))
    assert NAMES[name] in refused.error
    assert not list(tmp_path.rglob("*"))


def test_links_and_devices_are_refused() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        for name, kind in (("link", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("dev", tarfile.CHRTYPE),
                           ("pipe", tarfile.FIFOTYPE)):  # fmt: skip
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            made.addfile(info)
    assert all("a link or a device" in reason for reason in told(out.getvalue(), "a.tar").values())
    assert len(told(out.getvalue(), "a.tar")) == 4
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        info = zipfile.ZipInfo("link")
        info.external_attr = 0o120777 << 16
        zipped.writestr(info, "/etc/passwd")
    assert "a link or a device" in told(out.getvalue())["link"]


def test_locked_and_damaged_members_do_not_stop_the_others() -> None:
    data = bytearray(papers.archive({"a.txt": "First text.", "b.txt": "Second text.", "c.txt": "Third text."}))
    for offset in (data.find(b"PK\x03\x04", 10), data.find(b"PK\x01\x02", data.find(b"PK\x01\x02") + 4)):
        at = offset + (6 if data[offset + 2] == 3 else 8)
        data[at] |= 1
    found = told(bytes(data))
    assert found["a.txt"] == "First text."
    assert "password" in found["b.txt"]
    data = bytearray(papers.archive({"a.txt": "First text. " * 40, "b.txt": "Second text."}))
    data[50] ^= 0xFF
    found = told(bytes(data))
    assert "damaged" in found["a.txt"]
    assert found["b.txt"] == "Second text."


def test_bombs() -> None:
    started = time.monotonic()
    found = told(papers.archive({"bomb.txt": bytes(64 * 2**20), "a.txt": "A."}))
    assert "bomb" in found["bomb.txt"]
    assert found["a.txt"] == "A."
    nested = papers.archive({"bottom.txt": "x" * 1000})
    for n in range(12):
        nested = papers.archive({f"{n}.zip": nested})
    (only,) = items(nested)
    assert isinstance(only, Failure)
    assert "nested more than" in only.error
    assert time.monotonic() - started < 30


def _small(monkeypatch: pytest.MonkeyPatch, *, size: int, members: int = 1000) -> None:
    """Lets every outermost input hold so much only."""

    def start(self: inside.Budget) -> None:
        self.size, self.members = size, members

    monkeypatch.setattr(inside.Budget, "__init__", start)


def test_all_levels_share_one_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    _small(monkeypatch, size=200_000)
    packed = gzip.compress(b"word " * 10_000)
    data = papers.archive({f"{n}.zip": papers.archive({"x.txt.gz": packed}) for n in range(10)})
    found = items(data)
    assert [type(one).__name__ for one in found] == ["Document"] * 3 + ["Failure"] * 2
    assert isinstance(found[-1], Failure)
    assert "the rest was not read" in found[-1].error


def test_more_members_than_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    _small(monkeypatch, size=10**6, members=5)
    found = items(papers.archive({f"{n}.txt": f"text {n}" for n in range(9)}))
    assert [type(one).__name__ for one in found] == ["Document"] * 5 + ["Failure"]
    assert "the rest was not read" in found[-1].error  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("отчёт.txt", "отчёт.txt".encode("cp866")),
        ("报告.txt", "报告.txt".encode("gbk")),
        ("báo cáo.txt", "báo cáo.txt".encode()),
        ("café.txt", "café.txt".encode("cp437")),
    ],
)
def test_names_in_other_code_pages(name: str, raw: bytes) -> None:
    data = papers.archive({"x" * len(raw): "Text."}).replace(b"x" * len(raw), raw)
    assert list(told(data)) == [name]


def test_the_name_that_info_zip_keeps_beside() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        info = zipfile.ZipInfo("bao cao.txt")
        name = "báo cáo.txt".encode()
        info.extra = struct.pack("<HHBI", 0x7075, 5 + len(name), 1, 0) + name
        made.writestr(info, "Text.")
    assert list(told(out.getvalue())) == ["báo cáo.txt"]


def test_names_that_are_no_utf_8_stay_two_names(tmp_path: Path) -> None:
    for name in (b"caf\xe9.txt", b"caf\xe8.txt"):
        Path(os.fsdecode(bytes(tmp_path) + b"/" + name)).write_text(f"Text of {name!r}.")
    found = [reading.item for reading in read_path(tmp_path, options=OPTIONS)]
    assert all(isinstance(one, Document) for one in found)
    assert len({one.item for one in found}) == 2  # type: ignore[union-attr]
    assert sorted(one.title for one in found) == ["caf%E8", "caf%E9"]  # type: ignore[union-attr]
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT, encoding="latin-1") as made:
        for name in ("é.txt", "è.txt"):
            info = tarfile.TarInfo(name)
            info.size = 5
            made.addfile(info, io.BytesIO(b"Text."))
    assert len(told(out.getvalue(), "a.tar")) == 2


def test_an_office_file_within_an_archive_does_not_make_it_one() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
        made.writestr("minutes.docx", papers.word(["Minutes"]))
    assert told(out.getvalue()) == {"minutes.docx": "Minutes"}


def test_damaged_archives() -> None:
    good = papers.archive({"a.txt": "x" * 100})
    (only,) = items(good[:-10])
    assert isinstance(only, Failure)
    assert "damaged archive" in only.error
    (only,) = items(papers.archive({"a/": ""}))
    assert isinstance(only, Failure)
    assert only.error == "archive without files"
    tarred = papers.tar({f"{n}.txt": b"Text." * 200 for n in range(3)})
    found = items(tarred[:3000], "a.tar")
    assert isinstance(found[0], Document)
    assert isinstance(found[-1], Failure)
