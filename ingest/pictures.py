"""Scans and photographs of papers: png, jpg, tiff (of many pages), gif, bmp, webp, read by Tesseract."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from domain.document import DocumentKind
from domain.errors import ParseError
from domain.protocols import Reading, ReadOptions
from ingest.clean import unwrap
from ingest.documents import failure, make_document
from ingest.isolated import opened
from ingest.names import stem
from ingest.ocr import MISSING, NO_TEXT, Limits, Ocr, installed
from ingest.pdf import ocr_facts, ranges

SMALLEST = 200
"""Pixels of the shorter side below which a picture is a logo or an icon, and no paper."""

TOO_SMALL = f"{NO_TEXT}: a picture of less than {SMALLEST} pixels"


def read_picture(data: bytes, *, item: str, options: ReadOptions, limits: Limits | None = None) -> Iterator[Reading]:
    """A picture as one document, its frames as pages; frames that could not be read are a failure beside it.

    Raises:
        ParseError: it is damaged, too large or too small, holds no text that can be read, or Tesseract is missing.
    """
    if not installed():
        raise ParseError(f"a picture {MISSING}", item=item, stage="parse")
    limits = limits or Limits()
    ocr = Ocr(lang=options.lang, limits=limits)
    pages: dict[int, str] = {}
    sure: dict[int, float] = {}
    langs: dict[str, None] = {}
    unread: dict[str, list[int]] = {}
    count = 0
    job = {"pages": limits.pages, "smallest": SMALLEST}
    with closing(opened(data, mode="picture", item=item, seconds=limits.seconds, **job)) as records:
        for record in records:
            facts = record.facts
            if "pages" in facts:
                count = int(facts["pages"])
            elif "error" in facts:
                rest = [facts["page"]] if "page" in facts else range(len(pages) + sum(map(len, unread.values())), count)
                unread.setdefault(str(facts["error"]), []).extend(rest)
            elif "small" in facts:
                unread.setdefault(TOO_SMALL, []).append(facts["page"])
            elif "page" in facts:
                number = int(facts["page"])
                try:
                    found = ocr.read(record.raw)
                except ParseError as error:
                    unread.setdefault(error.reason, []).append(number)
                    continue
                if not found.readable:
                    unread.setdefault(found.why_not, []).append(number)
                    continue
                pages[number], sure[number], langs[found.lang] = found.text, found.confidence, None
    if count > limits.pages:
        unread.setdefault(f"more than {limits.pages}", []).extend(range(limits.pages, count))
    if not pages:
        raise ParseError("; ".join(unread) or "is cut off or damaged", item=item, stage="parse")
    yield Reading(
        make_document(
            item=item,
            options=options,
            text=unwrap("\n\n".join(pages[n] for n in sorted(pages))),
            title=stem(item),
            kind=DocumentKind.PAPER,
            meta={"pages": str(count), **ocr_facts(sure, langs)},
        )
    )
    for reason, numbers in unread.items():
        yield failure(item, f"pages not read ({ranges(numbers)}): {reason}", options=options)
