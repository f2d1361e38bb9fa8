"""News feeds: RSS 0.9x, 1.0, 1.1 and 2.0, CDF, Atom 0.3 and 1.0 with feedparser on capped bytes, and JSON Feed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from domain.document import Document
from domain.errors import ParseError
from domain.ids import digest
from domain.protocols import Reading, ReadOptions
from ingest.clean import one_line
from ingest.documents import failure, make_document
from ingest.feed_entry import Entry, words_of
from ingest.feed_facts import LIMIT, FeedFacts, feed_facts, open_feed
from ingest.html import plain

__all__ = ["LIMIT", "FeedFacts", "feed_facts", "read_feed"]


def read_feed(data: bytes, *, item: str, options: ReadOptions, content_type: str | None = None) -> Iterator[Reading]:
    """A document for each entry of a feed.

    The feed's title is the source and its language the hint; the fullest text of an entry is its text. An entry without
    any text has what stands in for it (its title, link, id, author, whatever it has) as text, and ``text_from`` in its
    meta data says which. Where a feed is cut off, what came before is read and a failure says so.

    Raises:
        ParseError: it is no feed (an HTML page is named as one), or larger than ``LIMIT``.
    """
    feed = open_feed(data, item=item, content_type=content_type)
    source, lang, entries = feed.facts.title, feed.facts.language, feed.entries
    shared = _shared(entries)
    for number, entry in enumerate(entries, start=1):
        try:
            yield Reading(_document(entry, item=item, options=options, source=source, lang=lang, shared=shared))
        except ParseError as error:
            yield failure(f"{item}#{number}", error.reason, options=options, source=source)
    if feed.trouble:
        yield failure(item, feed.trouble, options=options)


def _document(
    entry: Entry, *, item: str, options: ReadOptions, source: str, lang: str | None, shared: dict[str, bool]
) -> Document:
    title = one_line(plain(entry.title))
    text, stand_in = words_of(entry)
    external_id, place = entry.external_id, entry.url or entry.external_id
    by_title = bool(title) and shared.get(entry.key or title, True)
    mark = digest((title,) if by_title else (title, text), size=6)
    if entry.key is None:
        place = f"{item}#{mark}"
    elif entry.key in shared:
        external_id = f"{entry.key}#{mark}"
    return make_document(
        item=place or item,
        options=options,
        text=text,
        title=title,
        source=source or _host(item),
        published=entry.published,
        url=entry.url,
        external_id=external_id,
        lang=entry.lang or lang,
        html=entry.html,
        meta={"feed": item, **entry.facts, "updated": entry.updated, "text_from": stand_in},
    )


def _shared(entries: Sequence[Entry]) -> dict[str, bool]:
    """Ids and addresses (titles where there is neither) that do not tell entries apart, and whether their titles do."""
    seen: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for entry in entries:
        title = one_line(plain(entry.title))
        seen[entry.key or title].add((title, words_of(entry)[0]))
    return {key: len({title for title, _ in said}) == len(said) for key, said in seen.items() if len(said) > 1}


def _host(item: str) -> str:
    try:
        return urlsplit(item).hostname or ""
    except ValueError:
        return ""
