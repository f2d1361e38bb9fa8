"""PDFs: their text layer by pypdf, page by page by PDFium where that finds none, and scanned pages by Tesseract."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from domain.document import DocumentKind
from domain.errors import ParseError
from domain.protocols import Reading, ReadOptions
from ingest.clean import one_line
from ingest.documents import failure, make_document
from ingest.isolated import opened
from ingest.names import stem
from ingest.ocr import DPI, MISSING, Limits, Ocr, installed
from ingest.pages import flow
from models.langid import LanguageDetector

PAGES = 5000
"""Pages of one PDF that are read."""

SECONDS = 180.0
"""Seconds that the text layer of one PDF may take."""

_WORD = re.compile(r"^Microsoft (?:Office )?\w+ - |\.(?:docx?|rtf|odt|xlsx?|pptx?|pdf|indd|qxd)$", re.IGNORECASE)
_NO_TITLES = frozenset(("untitled", "(untitled)", "unknown", "untitled document", "document", "document1"))
_NO_AUTHORS = frozenset(("anonymous", "(anonymous)", "unknown", "user", "administrator", "admin"))

_detector = LanguageDetector()


@dataclass(slots=True)
class _Paper:
    """What is found while a paper is read."""

    pages: dict[int, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    count: int = 0
    scanned: list[int] = field(default_factory=list)
    read: dict[int, float] = field(default_factory=dict)
    """The confidence with which each scanned page was read."""
    langs: dict[str, None] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)


def read_pdf(data: bytes, *, item: str, options: ReadOptions, limits: Limits | None = None) -> Iterator[Reading]:
    """A PDF as one document; what could not be read of it is a failure beside it.

    It is opened in a process of its own, with limits on time and memory. The meta data say which pages were read by
    OCR (``ocr_pages``), with what mean confidence of 0 to 100 (``ocr_confidence``), and what stood at the head or foot
    of page after page and was left out of the text (``running``).

    Raises:
        ParseError: it is damaged, locked by a password, or there is nothing to be read in it.
    """
    if b"%PDF-" not in data[:1024]:
        raise ParseError("is no PDF: its header is missing", item=item, stage="parse")
    paper = _Paper()
    _text_layer(data, paper, item)
    if paper.scanned:
        _scans(data, paper, item, options, limits or Limits())
    running = flow([paper.pages[n] for n in sorted(paper.pages)])
    if not running.text:
        reason = "; ".join(paper.trouble) or f"PDF of {paper.count} pages without text: they are empty"
        raise ParseError(reason, item=item, stage="parse")
    title = _title(paper.facts.get("title", ""))
    yield Reading(
        make_document(
            item=item,
            options=options,
            text=running.text,
            title=title or stem(item),
            kind=DocumentKind.PAPER,
            meta={
                "authors": _authors(paper.facts.get("authors", "")),
                "created": paper.facts.get("created", ""),
                "pages": str(paper.count),
                "running": list(running.running),
                **ocr_facts(paper.read, paper.langs),
            },
        )
    )
    for reason in paper.trouble:
        yield failure(item, reason, options=options)


def _title(told: str) -> str:
    """The title a PDF tells, unless its program made it up."""
    title = _WORD.sub("", one_line(told)).strip()
    return "" if len(title) <= 3 or title.casefold() in _NO_TITLES else title


def _authors(told: str) -> list[str]:
    name = one_line(told)
    return [name] if name and name.casefold() not in _NO_AUTHORS else []


def ocr_facts(read: dict[int, float], langs: dict[str, None]) -> dict[str, str | list[str]]:
    """The meta data of pages read by OCR: which (from 1), how surely, with which language data."""
    if not read:
        return {}
    mean = sum(read.values()) / len(read)
    return {"ocr_pages": ranges(read), "ocr_confidence": f"{mean:.0f}", "ocr_languages": list(langs)}


def ranges(numbers: Sequence[int] | dict[int, Any]) -> str:
    """Page numbers from 1 as they are printed, of numbers from 0: 1-3, 7."""
    out: list[list[int]] = []
    for n in sorted(numbers):
        if out and n + 1 == out[-1][1] + 1:
            out[-1][1] = n + 1
        else:
            out.append([n + 1, n + 1])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in out)


def _text_layer(data: bytes, paper: _Paper, item: str) -> None:
    with closing(opened(data, mode="text", item=item, seconds=SECONDS, pages=PAGES)) as records:
        for record in records:
            facts = record.facts
            if "pages" in facts:
                paper.count, paper.facts = int(facts["pages"]), dict(facts["facts"])
            elif "page" in facts:
                paper.pages[facts["page"]] = facts["text"]
                if facts["scanned"]:
                    paper.scanned.append(facts["page"])
            elif "error" in facts:
                paper.trouble.append(f"only the first {len(paper.pages)} of {paper.count} pages were read: "
                                     f"the PDF {facts['error']}")  # fmt: skip
                return
            elif "done" in facts:
                break
        else:
            paper.trouble.append(f"only the first {len(paper.pages)} of {paper.count} pages were read: the next one "
                                 "crashed the library that reads it")  # fmt: skip
    if paper.count > PAGES:
        paper.trouble.append(f"PDF of {paper.count} pages; only the first {PAGES} were read, split it")


def _scans(data: bytes, paper: _Paper, item: str, options: ReadOptions, limits: Limits) -> None:
    """Reads the scanned pages into the paper, or says which were not read and why."""
    if not installed():
        paper.trouble.append(f"scanned pages not read ({ranges(paper.scanned)}): {MISSING}")
        return
    ocr = Ocr(lang=options.lang or _language(paper), limits=limits)
    unread: dict[str, list[int]] = {}
    if paper.scanned[limits.pages :]:
        unread[f"more than {limits.pages}"] = paper.scanned[limits.pages :]
    left = paper.scanned[: limits.pages]
    try:
        _draw_and_read(data, ocr, paper, left, unread, item=item)
    except ParseError as error:  # none of them could be drawn; what has a text stays
        unread.setdefault(error.reason, []).extend(left)
        left = []
    if left:
        unread.setdefault("the next one crashed the library that draws it", []).extend(left)
    paper.trouble += [f"scanned pages not read ({ranges(numbers)}): {why}" for why, numbers in unread.items()]


def _draw_and_read(
    data: bytes, ocr: Ocr, paper: _Paper, left: list[int], unread: dict[str, list[int]], *, item: str
) -> None:
    """Reads the pages in ``left``, taking each out of it; those that could not be read go to ``unread``, by reason."""
    seconds = ocr.limits.seconds
    job = {"numbers": list(left), "dpi": DPI}
    with closing(opened(data, mode="render", item=item, seconds=seconds, **job)) as records:
        for record in records:
            if "page" not in record.facts:
                if "error" in record.facts:
                    unread.setdefault(str(record.facts["error"]), []).extend(left)
                    left.clear()
                continue
            number = int(record.facts["page"])
            left.remove(number)
            if "error" in record.facts:
                unread.setdefault(str(record.facts["error"]), []).append(number)
            elif not _blank(record.raw):
                try:
                    _one(ocr, record.raw, number, paper)
                except ParseError as error:
                    unread.setdefault(error.reason, []).append(number)
                    if ocr.late:
                        unread[error.reason] += left
                        left.clear()
                        return


def _one(ocr: Ocr, picture: bytes, number: int, paper: _Paper) -> None:
    """Reads one page into the paper; a page that is only a photograph in a paper with a text is no trouble."""
    found = ocr.read(picture)
    kept = paper.pages.get(number, "").strip()
    if found.readable and len(found.text) > len(kept):
        # A text layer of a few words on a scan is a stamp or a page number, which the scan shows as well.
        paper.pages[number] = found.text
        paper.read[number] = found.confidence
        paper.langs[found.lang] = None
    elif not kept:
        raise ParseError(found.why_not, stage="parse")


def _language(paper: _Paper) -> str | None:
    """The language of the pages that have a text."""
    text = "\n".join(paper.pages[n] for n in sorted(paper.pages) if n not in paper.scanned)
    told = _detector.identify(text)
    return told.code if told.confidence > 0.8 else None


def _blank(picture: bytes) -> bool:
    pixels = picture.partition(b"255\n")[2]
    return not pixels or pixels.count(pixels[:1]) == len(pixels)
