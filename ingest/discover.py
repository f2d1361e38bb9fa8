"""Feeds that a web page names, for following a site by the address of its front page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice
from typing import Any
from urllib.parse import urljoin, urlsplit

from domain.errors import ParseError
from ingest.clean import one_line
from ingest.dedup import canonical_url
from ingest.encoding import decode
from ingest.fetch import LIMIT
from ingest.html import parse_page

_TYPES = {
    "application/rss+xml": "rss", "application/x-rss+xml": "rss", "application/rss": "rss", "text/rss+xml": "rss",
    "application/atom+xml": "atom", "application/x.atom+xml": "atom", "application/x-atom+xml": "atom",
    "application/feed+json": "json", "application/rdf+xml": "rss", "application/x-cdf": "cdf",
}  # fmt: skip
_LOOSE_TYPES = {"application/xml": "", "text/xml": "", "application/json": "json"}
_ANCHOR = re.compile(
    r"(?:^|[/._\-?=&])(?:rss|rss2|atom|rdf|feed|feeds|feed\.json|syndication|newsfeed)(?:[/._\-?=&]|$)"
    r"|\.(?:rss|atom|rdf)(?:\?|$)",
    re.IGNORECASE,
)
_WORDS = re.compile(r"\b(?:rss|atom|feed|web ?feed|xml feed)\b", re.IGNORECASE)
_COMMENTS = re.compile(
    r"comment|komment|bình luận|binh-?luan|коммент|coment|/replies|评论|コメント|댓글|تعليق", re.IGNORECASE
)
_NO_FEED = re.compile(
    r"\.(?:html?|pdf|png|jpe?g|gif|svg|css|js|mp[34])(?:\?|$)|://(?:\w+\.)?(?:feedly|inoreader|netvibes|bloglines"
    r"|newsblur|theoldreader|facebook|twitter|x|t)\.\w+/|add\.my\.yahoo",
    re.IGNORECASE,
)
_GUESSES = ("feed", "rss", "rss.xml", "feed.xml", "atom.xml", "index.xml", "feed.json", "feeds/posts/default")
_MOST = 50
_CONSIDERED = 1000


class Naming(IntEnum):
    """How a page names a feed, the surest first."""

    LINK = 0
    LOOSE_LINK = 1
    ANCHOR = 2
    GUESS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFeed:
    """A feed as a page names it: not yet fetched, so perhaps none.

    ``format`` is ``rss``, ``atom``, ``json``, ``cdf`` or empty where the page does not say.
    """

    url: str
    title: str = ""
    format: str = ""
    naming: Naming
    comments: bool = False


def named_feeds(data: bytes, *, url: str, charset: str | None = None) -> tuple[NamedFeed, ...]:
    """The feeds that a page names, best first: declared before linked, of articles before of comments.

    ``url`` is the page's own address, against which relative ones are read unless the page names another base.

    Raises:
        ParseError: the page is no text, or larger than 15 MiB.
    """
    if len(data) > LIMIT:
        raise ParseError(f"page larger than {LIMIT // 2**20} MiB", item=url, stage="parse")
    markup, _ = decode(data, item=url, declared=charset)
    parsed = parse_page(markup)
    if parsed is None:
        return ()
    root, facts = parsed
    base = _join(url, facts.base) or url
    best: dict[str, NamedFeed] = {}
    for feed in (*islice(_links(root, base), _CONSIDERED), *islice(_anchors(root, base), _CONSIDERED)):
        known = best.get(feed.url)
        if known is None or feed.naming < known.naming:
            best[feed.url] = feed
    own = canonical_url(url)
    ranked = sorted(
        (feed for feed in best.values() if feed.url != own),
        key=lambda feed: (feed.comments, feed.naming, _distance(feed.url, url)),
    )
    return tuple(ranked[:_MOST])


def guessed_feeds(url: str) -> tuple[NamedFeed, ...]:
    """Addresses where sites of the usual makes have their feed, below the page and at the site's root."""
    parts = urlsplit(url)
    roots = [f"{parts.scheme}://{parts.netloc}/"]
    if (path := parts.path.strip("/")) and "." not in path.rpartition("/")[2]:
        roots.insert(0, f"{roots[0]}{path}/")
    found = (canonical_url(root + guess) for root in roots for guess in _GUESSES)
    return tuple(NamedFeed(url=one, naming=Naming.GUESS) for one in dict.fromkeys(found) if one)


def _links(root: Any, base: str) -> Iterator[NamedFeed]:
    for node in root.iter("link"):
        rel = str(node.get("rel") or "").lower().split()
        kind = str(node.get("type") or "").partition(";")[0].strip().lower()
        address = _join(base, str(node.get("href") or ""))
        if address is None or not {"alternate", "feed"} & set(rel) or "stylesheet" in rel:
            continue
        if kind in _TYPES:
            yield _named(address, node.get("title"), _TYPES[kind], Naming.LINK)
        elif "feed" in rel:
            yield _named(address, node.get("title"), _LOOSE_TYPES.get(kind, ""), Naming.LINK)
        elif kind in _LOOSE_TYPES and not _not_for_reading(address):
            naming = Naming.LOOSE_LINK if _ANCHOR.search(address) or kind != "application/json" else Naming.ANCHOR
            yield _named(address, node.get("title"), _LOOSE_TYPES[kind], naming)


def _anchors(root: Any, base: str) -> Iterator[NamedFeed]:
    for node in root.iter("a"):
        href = str(node.get("href") or "").strip()
        if not href or len(href) > 2000:
            continue
        kind = str(node.get("type") or "").partition(";")[0].strip().lower()
        text = one_line(" ".join((*node.itertext(), str(node.get("title") or ""), str(node.get("aria-label") or ""))))
        if kind in _TYPES or _looks_like_feed(href, text):
            address = _join(base, href)
            if address is not None and not _NO_FEED.search(address):
                yield _named(address, text, _TYPES.get(kind, ""), Naming.ANCHOR)


def _looks_like_feed(href: str, text: str) -> bool:
    host, _, path = href.partition("://")[2].partition("/") if "://" in href else ("", "", href)
    if _ANCHOR.search("/" + path) or re.match(r"(?:feeds?|rss)\.", host, re.IGNORECASE):
        return True
    return bool(_WORDS.search(text[:80]) and re.search(r"\.(?:xml|php|aspx?)(?:\?|$)", href, re.IGNORECASE))


def _not_for_reading(address: str) -> bool:
    """Interfaces of site software that are declared like feeds but are none."""
    return bool(re.search(r"wp-json|oembed|/api/|manifest|opensearch|sitemap", address, re.IGNORECASE))


def _named(address: str, title: object, form: str, naming: Naming) -> NamedFeed:
    name = one_line(str(title or ""), limit=200)
    return NamedFeed(
        url=address, title=name, format=form, naming=naming, comments=bool(_COMMENTS.search(f"{name} {address}"))
    )


def _join(base: str, href: str) -> str | None:
    text = href.strip()
    if text.lower().startswith("feed:"):
        rest = text[5:]
        text = rest if rest.startswith("http") else f"http:{rest}"
    try:
        return canonical_url(urljoin(base, text)) if text else None
    except ValueError:
        return None


def _distance(address: str, page: str) -> int:
    """How far a feed lies from the page: the same host first, and there the shorter paths."""
    there, here = urlsplit(address), urlsplit(page)
    away = 0 if there.hostname == here.hostname else 100
    return away + there.path.strip("/").count("/")
