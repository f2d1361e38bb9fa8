"""Papers of every kind, made here: PDFs, scans, Word, OpenDocument, RTF, workbooks, Outlook messages, archives."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import docx
import openpyxl
import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from ingest.ocr import installed

WIDTH, HEIGHT = 1654, 2339  # A4 at 200 dots an inch
_FONTS = Path("/usr/share/fonts")
_LATIN = "truetype/dejavu/DejaVuSerif.ttf"
_HAN = "opentype/noto/NotoSansCJK-Regular.ttc"


def pdf(pages: Sequence[Sequence[str] | Image.Image], *, title: str = "", password: str | None = None) -> bytes:
    """A PDF of pages of lines, or of pictures that fill the page."""
    out = io.BytesIO()
    paper = canvas.Canvas(out, encrypt=password, pagesize=(595, 842))
    if title:
        paper.setTitle(title)
    for page in pages:
        if isinstance(page, Image.Image):
            paper.drawImage(ImageReader(page), 0, 0, 595, 842)
        else:
            for n, line in enumerate(page):
                paper.drawString(60, 790 - 14 * n, line)
        paper.showPage()
    paper.save()
    return out.getvalue()


def needs_tesseract(*languages: str) -> None:
    """Skips a test where Tesseract, or one of its languages, is not installed."""
    missing = set(languages or ("eng",)) - installed()
    if missing:
        pytest.skip(f"Tesseract has no {', '.join(sorted(missing))}: apt install tesseract-ocr and its languages")


def can_scan() -> bool:
    """Whether a page can be printed and read on this machine."""
    return bool(installed()) and (_FONTS / _LATIN).exists()


def scan(text: str, *, size: int = 34, han: bool = False) -> Image.Image:
    """A page on which a text was printed, as a scanner gives it."""
    path = _FONTS / (_HAN if han else _LATIN)
    if not path.exists():
        pytest.skip(f"no font {path.name} to print a page with")
    picture = Image.new("L", (WIDTH, HEIGHT), 255)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.truetype(str(path), size)
    top = 150
    for paragraph in text.split("\n"):
        units = list(paragraph) if han else paragraph.split(" ")
        line = ""
        for unit in [*units, None]:
            longer = None if unit is None else f"{line}{'' if han or not line else ' '}{unit}"
            if longer is not None and draw.textlength(longer, font=font) <= WIDTH - 300:
                line = longer
                continue
            draw.text((150, top), line, font=font, fill=0)
            top += int(size * 1.5)
            line = unit or ""
        top += size
    return picture


def picture(page: Image.Image, form: str = "PNG", *, more: Sequence[Image.Image] = ()) -> bytes:
    """A picture as a file; ``more`` are further frames."""
    out = io.BytesIO()
    extra: dict[str, object] = {"save_all": True, "append_images": list(more)} if more else {}
    page.save(out, form, **extra)
    return out.getvalue()


def word(paragraphs: Sequence[str], *, parts: Mapping[str, str] | None = None, body: str = "") -> bytes:
    """A Word file; ``parts`` are added or replaced, ``body`` is raw XML at the end of its text."""
    out = io.BytesIO()
    paper = docx.Document()
    for text in paragraphs:
        paper.add_paragraph(text)
    paper.save(out)
    changed = dict(parts or {})
    if body:
        with zipfile.ZipFile(out) as archive:
            whole = archive.read("word/document.xml").decode("utf-8")
        changed["word/document.xml"] = whole.replace("<w:sectPr", f"{body}<w:sectPr", 1)
    return replaced(out.getvalue(), changed)


def replaced(package: bytes, parts: Mapping[str, str | bytes]) -> bytes:
    """A zip file with some of its parts replaced, and others added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, content in parts.items():
            new.writestr(name, content)
    return out.getvalue()


ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0"'
)


def opendocument(body: str, *, title: str = "") -> bytes:
    """An OpenDocument text with this XML as its text."""
    mimetype = "application/vnd.oasis.opendocument.text"
    content = f"<office:document-content {ODF}><office:body><office:text>{body}</office:text></office:body>"
    meta = f"<office:document-meta {ODF}><office:meta><dc:title>{title}</dc:title></office:meta></office:document-meta>"
    return archive({"mimetype": mimetype, "content.xml": f"{content}</office:document-content>", "meta.xml": meta})


def archive(members: Mapping[str, str | bytes]) -> bytes:
    """A zip file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            method = zipfile.ZIP_STORED if name == "mimetype" else None
            made.writestr(name, content, compress_type=method)
    return out.getvalue()


def tar(members: Mapping[str, bytes], *, mode: str = "w") -> bytes:
    """A tar file, packed as ``mode`` says."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as made:  # type: ignore[call-overload]
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
    return out.getvalue()


def workbook(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    """An Excel workbook."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def rtf_escaped(text: str) -> str:
    """Text with the escapes of RTF for all that is not ASCII."""
    out = []
    for letter in text:
        if letter.isascii():
            out.append(letter)
        else:
            halves = struct.unpack(f"<{len(letter.encode('utf-16-le')) // 2}h", letter.encode("utf-16-le"))
            out += [f"\\u{half}?" for half in halves]
    return "".join(out)


# --- Outlook messages: MAPI properties in an OLE file

Tree = Mapping[str, "bytes | Tree"]


def outlook(texts: Mapping[int, str | bytes], *, numbers: Mapping[int, int | datetime] | None = None,
            people: Sequence[tuple[str, str, int]] = (), attachments: Sequence[Tree] = ()) -> bytes:  # fmt: skip
    """An Outlook message: its properties by number, its addressees, its attachments (``attachment``)."""
    return ole(_message(texts, numbers or {}, people, attachments, header=32))


def attachment(name: str, content: bytes | Tree, *, mime: str = "") -> Tree:
    """An attachment of an Outlook message: bytes, or a message (``embedded``)."""
    texts: dict[int, str | bytes] = {0x3707: name, **({0x370E: mime} if mime else {})}
    if isinstance(content, bytes):
        return _storage({**texts, 0x3701: content}, {0x3705: 1}, header=8)
    return {**_storage(texts, {0x3705: 5}, header=8), "__substg1.0_3701000D": content}


def embedded(texts: Mapping[int, str | bytes], *, attachments: Sequence[Tree] = ()) -> Tree:
    """A message to be attached to another."""
    return _message(texts, {}, (), attachments, header=24)


def _message(texts: Mapping[int, str | bytes], numbers: Mapping[int, int | datetime],
             people: Sequence[tuple[str, str, int]], attachments: Sequence[Tree], *, header: int) -> Tree:  # fmt: skip
    tree = dict(_storage(texts, numbers, header=header))
    for n, (name, address, role) in enumerate(people):
        tree[f"__recip_version1.0_#{n:08X}"] = _storage({0x3001: name, 0x39FE: address}, {0x0C15: role}, header=8)
    for n, one in enumerate(attachments):
        tree[f"__attach_version1.0_#{n:08X}"] = one
    return tree


def _storage(texts: Mapping[int, str | bytes], numbers: Mapping[int, int | datetime], *, header: int) -> Tree:
    table = bytearray(header)
    tree: dict[str, bytes | Tree] = {}
    for tag, value in texts.items():
        kind = 0x001F if isinstance(value, str) else 0x0102 if tag not in {0x0037, 0x1000, 0x3707} else 0x001E
        content = value.encode("utf-16-le") if isinstance(value, str) else value
        tree[f"__substg1.0_{tag:04X}{kind:04X}"] = content
        table += struct.pack("<HHIII", kind, tag, 6, len(content), 0)
    for tag, number in numbers.items():
        if isinstance(number, datetime):
            ticks = int((number - datetime(1601, 1, 1, tzinfo=number.tzinfo)).total_seconds()) * 10**7
            table += struct.pack("<HHIQ", 0x0040, tag, 6, ticks)
        else:
            table += struct.pack("<HHIII", 0x0003, tag, 6, number, 0)
    tree["__properties_version1.0"] = bytes(table)
    return tree


def ole(tree: Tree) -> bytes:
    """A compound file (version 3) that holds these storages and streams."""
    end, free, sector = 0xFFFFFFFE, 0xFFFFFFFF, 512
    entries: list[dict[str, object]] = [{"name": "Root Entry", "type": 5}]
    small, large = bytearray(), bytearray()
    mini_fat: list[int] = []
    fat: list[int] = []

    def chain(table: list[int], count: int) -> int:
        start = len(table)
        table += [*range(start + 1, start + count), end]
        return start

    def put(content: bytes) -> int:
        """Into sectors of the file; gives the first."""
        count = max(1, -(-len(content) // sector))
        large.extend(content.ljust(count * sector, b"\x00"))
        return chain(fat, count)

    def add(parent: int, nodes: Tree) -> None:
        before = -1
        for name, content in nodes.items():
            place = len(entries)
            entry: dict[str, object] = {"name": name, "type": 2 if isinstance(content, bytes) else 1}
            entries.append(entry)
            entries[parent if before < 0 else before]["child" if before < 0 else "right"] = place
            before = place
            if not isinstance(content, bytes):
                add(place, content)
            elif len(content) < 4096:
                entry["size"], count = len(content), -(-len(content) // 64)
                entry["start"] = chain(mini_fat, count) if count else end
                small.extend(content.ljust(count * 64, b"\x00"))
            else:
                entry["size"], entry["start"] = len(content), put(content)

    add(0, tree)
    entries[0]["size"], entries[0]["start"] = len(small), put(bytes(small)) if small else end
    mini = b"".join(struct.pack("<I", n) for n in mini_fat)
    mini_start = put(mini.ljust(-(-len(mini) // sector) * sector, b"\xff")) if mini else end
    directory = b"".join(_entry(entry) for entry in entries)
    directory_start = put(directory.ljust(-(-len(directory) // sector) * sector, b"\x00"))
    fats = 1
    while fats * 128 < len(fat) + fats:
        fats += 1
    first_fat = len(fat)
    table = [*fat, *[0xFFFFFFFD] * fats]
    table += [free] * (fats * 128 - len(table))
    header = struct.pack("<8s16xHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, fats,
                         directory_start, 0, 4096, mini_start, max(1, len(mini) // sector) if mini else 0, end,
                         0)  # fmt: skip
    places = [*range(first_fat, first_fat + fats), *[free] * (109 - fats)]
    return header + struct.pack("<109I", *places) + bytes(large) + struct.pack(f"<{len(table)}I", *table)


def _entry(entry: Mapping[str, object]) -> bytes:
    name = str(entry["name"]).encode("utf-16-le") + b"\x00\x00"
    none = 0xFFFFFFFF
    return struct.pack("<64sHBBIII16xI8x8xIQ", name.ljust(64, b"\x00"), len(name), entry["type"], 1, none,
                       entry.get("right", none), entry.get("child", none), 0, entry.get("start", 0),
                       entry.get("size", 0))  # fmt: skip
