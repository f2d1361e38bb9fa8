"""The pages that entries link to: which are read, politely, and what is kept where one cannot be had."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, get_args

from sqlalchemy import or_, select

from domain.document import Document
from domain.errors import FetchError, ItemError
from domain.ids import digest
from domain.protocols import Fetcher, Reading
from domain.time import now
from index.store import schema as s
from ingest.robots import Robots
from ingest.teaser import is_teaser
from service.hosts import Postponed, Turns
from service.wiring import Home

Mode = Literal["off", "auto", "always"]

SAID = "entry"
"""Under this name the meta data of a document keeps what its entry said, when the text was taken from the page."""
GIVEN_UP = 3
"""After so many pages of one host in a row that could not be had, no more of them is asked for in this reading."""


def article_mode(text: str) -> Mode:
    """The mode that a setting names; ``auto`` where it names none."""
    return text if text in get_args(Mode) else "auto"  # type: ignore[return-value]


@dataclass(slots=True)
class Pages:
    """What became of the linked pages of one reading."""

    fetched: int = 0
    failed: int = 0
    left: int = 0
    """Entries that are left for the next reading, because there were too many."""


@dataclass(frozen=True, slots=True)
class Linked:
    """All that is needed to read the pages that entries link to."""

    home: Home
    fetcher: Fetcher
    turns: Turns
    robots: Robots
    stopped: Callable[[], bool]


def with_articles(
    readings: Iterable[Reading], *, mode: Mode, linked: Linked, most: int, pages: Pages
) -> Iterator[Reading]:
    """The readings, each document with the text of the page it links to where that is wanted and can be had.

    An entry that is held already, with the same words, keeps the text that is held: no page is asked for twice. After
    ``most`` pages the entries that would need one are left out, for the next reading.
    """
    given_up: dict[str, int] = {}
    for reading in readings:
        document = reading.item
        if not isinstance(document, Document) or not document.url or mode == "off":
            yield reading
            continue
        if (held := _held(linked.home, document)) is not None:
            yield Reading(held)
            continue
        if mode == "auto" and not is_teaser(document):
            yield reading
            continue
        if pages.fetched + pages.failed >= most or linked.stopped():
            pages.left += 1
            continue
        host = document.url.split("/")[2]
        if given_up.get(host, 0) >= GIVEN_UP:
            yield Reading(_noted(document, "not asked for: other pages of its host could not be had"))
            continue
        done, trouble = _read(document, linked)
        given_up[host] = given_up.get(host, 0) + 1 if trouble else 0
        pages.failed += bool(trouble)
        pages.fetched += not trouble
        yield Reading(done)


def _read(document: Document, linked: Linked) -> tuple[Document, bool]:
    """The document with its page's text, or with a note why not; and whether the page could not be had."""
    assert document.url is not None
    try:
        from ingest.web import article

        at = now()
        verdict = linked.robots.ask(document.url, at=at)
        if not verdict.allowed:
            return _noted(document, verdict.reason), False
        linked.turns.slow_down(document.url, verdict.delay)
        response = linked.fetcher.get(document.url, headers={"accept": "text/html, application/xhtml+xml;q=0.9"})
        done = article(document, response, read_at=now())
    except Postponed as error:
        return _noted(document, error.reason), True
    except FetchError as error:
        return _noted(document, error.reason), True
    except ItemError as error:
        return _noted(document, error.reason), False
    # It goes by the name that its entry has, whatever address the page gives itself.
    name = document.external_id or (document.key if done.key != document.key else None)
    return replace(done, external_id=name, meta={**done.meta, SAID: said(document)}), False


def _noted(document: Document, reason: str) -> Document:
    return replace(document, meta={**document.meta, "article": f"not read: {reason}"})


def said(document: Document) -> str:
    """A mark of what an entry says: another where its words differ, or the time it gives for its last change."""
    return digest((document.title, document.text, str(document.meta.get("updated") or "")), size=12)


def _held(home: Home, document: Document) -> Document | None:
    """The document with the text held of it, where its entry is known with these words; else None.

    It may be held under another name: as the same page in another feed of its publisher, or as a copy of it.
    """
    mark = said(document)
    v, d, k = s.versions.c, s.documents.c, s.carried.c
    seen = v.label <= int(document.label)  # its own text it may always keep: the label stays with it
    held = (
        select(v.title, v.text, v.content_hash, v.meta).select_from(s.versions.join(s.documents))
        .where(v.superseded.is_(None), or_(d.id == document.id, seen & (d.url == document.url)))
    )  # fmt: skip
    copies = (
        select(v.title, v.text, v.content_hash, k.meta).select_from(s.carried.join(s.versions, v.id == k.version_id))
        .where(k.superseded.is_(None), seen, k.copy_id == document.id)
    )  # fmt: skip
    with home.read() as c:
        for row in (row for query in (held, copies) for row in c.execute(query)):
            if row.meta.get(SAID) == mark:
                return _as_held(document, row.title, row.text, mark)
            if row.content_hash == document.content_hash:
                return document
    return None


def _as_held(document: Document, title: str, text: str, mark: str) -> Document:
    return replace(document, title=title, text=text, meta={**document.meta, SAID: mark})
