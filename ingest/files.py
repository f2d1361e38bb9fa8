"""Files of one's own: plain text, Markdown, HTML, PDF and Word, and the walk through a folder of them."""

from __future__ import annotations

import io
import os
import re
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import docx
import pypdf
import pypdfium2
from docx.table import Table

from domain.document import DocumentKind
from domain.errors import FetchError, ParseError
from domain.label import Label, parse_label
from domain.protocols import Reading, ReadOptions
from domain.source import Failure, Stage
from domain.time import now
from ingest.clean import one_line, unwrap
from ingest.documents import first_line, make_document
from ingest.encoding import decode
from ingest.html import read_page
from ingest.markdown import read_markdown
from ingest.packed import LIMIT, bare_name

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)
_PAGES = 5000
_DOCX_LIMIT = 256 * 2**20
_ROWS = 20_000


def read_text(data: bytes, *, item: str, options: ReadOptions) -> Iterator[Reading]:
    """A plain text file as one document; a short first line is its title."""
    content, note = decode(data, item=item)
    yield Reading(
        make_document(
            item=item, options=options, text=content, title=_title_of(content, item), meta={"encoding": note or ""}
        )
    )


def read_markdown_file(data: bytes, *, item: str, options: ReadOptions) -> Iterator[Reading]:
    """A Markdown file as one document; title, date, language, source and label may stand in its front matter."""
    content, note = decode(data, item=item)
    marked = read_markdown(content)
    front = marked.front
    yield Reading(
        make_document(
            item=item,
            options=options,
            text=marked.text,
            title=marked.title or _stem(item),
            source=front.get("source", ""),
            published=front.get("published") or front.get("date"),
            lang=front.get("lang") or front.get("language"),
            label=_label(front.get("label") or front.get("classification"), item),
            meta={"encoding": note or ""},
        )
    )


def read_html(data: bytes, *, item: str, options: ReadOptions) -> Iterator[Reading]:
    """An HTML page as one document: its main text without navigation."""
    declared = _META_CHARSET.search(data[:4096])
    content, note = decode(data, item=item, declared=declared[1].decode("ascii") if declared else None)
    page = read_page(content)
    address = item if item.startswith(("http://", "https://")) else None
    yield Reading(
        make_document(
            item=item,
            options=options,
            text=page.text,
            title=page.title or _stem(item),
            source=page.site,
            published=page.published,
            url=page.url if page.url and page.url.startswith("http") else address,
            lang=page.lang,
            kind=DocumentKind.PAGE,
            meta={"encoding": note or ""},
        )
    )


def read_pdf(data: bytes, *, item: str, options: ReadOptions) -> Iterator[Reading]:
    """A PDF as one document, read by pypdf, or by PDFium where that fails or finds no text.

    Raises:
        ParseError: it is damaged, locked by a password, or has no text layer.
    """
    if b"%PDF-" not in data[:1024]:
        raise ParseError("is no PDF: its header is missing", item=item, stage="parse")
    meta: dict[str, str] = {}
    pages: list[str] = []
    reasons: list[str] = []
    for attempt in (_pypdf, _pdfium):
        try:
            pages, meta = attempt(data)
        except ParseError:
            raise
        except Exception as error:  # the libraries raise what they like on damaged files
            reasons.append(f"{type(error).__name__}: {error}")
            continue
        if any(page.strip() for page in pages):
            break
    text = unwrap("\n".join(pages))
    if not text and reasons:
        raise ParseError(f"damaged PDF: {one_line('; '.join(reasons), limit=200)}", item=item, stage="parse")
    if not text:
        raise ParseError(f"PDF of {len(pages)} pages without a text layer (scanned?)", item=item, stage="parse")
    title = meta.pop("title", "")
    yield Reading(
        make_document(
            item=item,
            options=options,
            text=text,
            title=title if len(title) > 3 else _stem(item),
            kind=DocumentKind.PAPER,
            meta={**meta, "pages": str(len(pages))},
        )
    )


def read_docx(data: bytes, *, item: str, options: ReadOptions) -> Iterator[Reading]:
    """A Word file (docx) as one document: paragraphs and tables in their order, a row of a table a line.

    Raises:
        ParseError: it is no docx, is damaged, or unpacks to more than 256 MiB.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(info.file_size for info in archive.infolist()) > _DOCX_LIMIT:
                raise ParseError("unpacks to more than 256 MiB", item=item, stage="parse")
        document = docx.Document(io.BytesIO(data))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise ParseError(f"damaged Word file: {error}", item=item, stage="parse") from error
    lines: list[str] = []
    for block in document.iter_inner_content():
        lines.extend(_table(block) if isinstance(block, Table) else [block.text])
    facts = document.core_properties
    created = facts.created.isoformat() if facts.created else ""
    yield Reading(
        make_document(
            item=item,
            options=options,
            text="\n".join(lines),
            title=facts.title or _title_of("\n".join(lines), item),
            lang=facts.language or None,
            kind=DocumentKind.PAPER,
            meta={"authors": [facts.author] if facts.author else [], "created": created},
        )
    )


def walk(path: Path) -> Iterator[Path | Failure]:
    """Every file below a path in a stable order, and a failure for each folder or file that cannot be opened.

    Hidden files and folders are left out, links to folders are not followed. A path that is a file is its own walk.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        yield _unreadable(path, error)
        return
    if stat.S_ISREG(mode):
        yield path
    elif stat.S_ISDIR(mode):
        yield from _walk_folder(path)
    else:
        yield Failure(item=str(path), stage=Stage.FETCH, error="is neither a file nor a folder", at=now())


def load(path: Path, *, limit: int = LIMIT) -> bytes:
    """The bytes of a regular file.

    Raises:
        FetchError: it cannot be opened, is no regular file, or is larger than ``limit`` bytes.
    """
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as handle:
            info = os.fstat(handle.fileno())
            if not stat.S_ISREG(info.st_mode):
                raise FetchError("is no regular file", item=str(path), stage=Stage.FETCH)
            if info.st_size > limit:
                raise FetchError(f"is larger than {limit // 2**20} MiB", item=str(path), stage=Stage.FETCH)
            return handle.read(limit)
    except OSError as error:
        raise FetchError(_reason(error), item=str(path), stage=Stage.FETCH) from error


def _walk_folder(folder: Path) -> Iterator[Path | Failure]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        yield _unreadable(folder, error)
        return
    for entry in found:
        if entry.name.startswith("."):
            continue
        try:
            if entry.is_dir(follow_symlinks=False):
                yield from _walk_folder(Path(entry.path))
            elif entry.is_file():
                yield Path(entry.path)
            elif not entry.is_symlink():
                yield Failure(item=entry.path, stage=Stage.FETCH, error="is neither a file nor a folder", at=now())
            elif not Path(entry.path).exists():
                yield Failure(item=entry.path, stage=Stage.FETCH, error="is a link to nothing", at=now())
        except OSError as error:
            yield _unreadable(Path(entry.path), error)


def _unreadable(path: Path, error: OSError) -> Failure:
    return Failure(item=str(path), stage=Stage.FETCH, error=_reason(error), at=now())


def _reason(error: OSError) -> str:
    reasons: dict[type[OSError], str] = {
        FileNotFoundError: "does not exist",
        PermissionError: "no permission to read it",
    }
    return reasons.get(type(error), f"cannot be read: {error.strerror or error}")


def _pypdf(data: bytes) -> tuple[list[str], dict[str, str]]:
    reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise ParseError("PDF is locked by a password", stage="parse")
    if len(reader.pages) > _PAGES:
        raise ParseError(f"PDF of more than {_PAGES} pages; split it", stage="parse")
    info = reader.metadata
    created = info.creation_date if info else None
    meta = {
        "title": one_line(str(info.title or "")) if info else "",
        "authors": one_line(str(info.author or "")) if info else "",
        "created": created.isoformat() if created else "",
    }
    return [page.extract_text() for page in reader.pages], meta


def _pdfium(data: bytes) -> tuple[list[str], dict[str, str]]:
    pdf = pypdfium2.PdfDocument(data)
    try:
        facts = pdf.get_metadata_dict(skip_empty=True)
        pages = []
        for number in range(min(len(pdf), _PAGES)):
            page = pdf[number]
            layer = page.get_textpage()
            pages.append(layer.get_text_bounded())
            layer.close()
            page.close()
        return pages, {"title": facts.get("Title", ""), "authors": facts.get("Author", "")}
    finally:
        pdf.close()


def _table(table: Table) -> list[str]:
    lines = []
    for row in table.rows[:_ROWS]:
        cells: list[str] = []
        seen: set[int] = set()
        for cell in row.cells:  # a merged cell comes once for each column it spans
            if id(cell._tc) not in seen:
                seen.add(id(cell._tc))
                cells.append(one_line(cell.text, limit=20_000))
        lines.append(" | ".join(cells))
    return lines


def _label(text: str | None, item: str) -> Label:
    try:
        return parse_label(text)
    except ValueError as error:
        raise ParseError(str(error), item=item, stage="parse") from error


def _title_of(content: str, item: str) -> str:
    line = first_line(content, limit=200)
    rest = content.strip()[len(line) :].strip()
    return line if rest and len(line) <= 150 else _stem(item)


def _stem(item: str) -> str:
    name = bare_name(PurePosixPath(item.replace("\\", "/").rpartition("!")[2]).name)
    return one_line(PurePosixPath(name).stem.replace("_", " ")) or one_line(item)
