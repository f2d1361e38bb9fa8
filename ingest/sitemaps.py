"""Sitemaps: news sitemaps, plain ones and their indexes; what they say of pages, not the pages themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.errors import ParseError
from domain.protocols import Reading, ReadOptions
from ingest.clean import one_line
from ingest.dates import parse_date
from ingest.dedup import canonical_url
from ingest.documents import failure, language_tag, make_document
from ingest.html import plain
from ingest.packed import unpack
from ingest.xml import parse_xml

LIMIT = 50 * 2**20
"""Bytes of the largest sitemap; what the format allows."""
MOST = 50_000
"""Addresses of the longest sitemap; what the format allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SitemapLink:
    """What a sitemap says of one page.

    Attributes:
        url: its canonical address. title, outlet, lang, published, keywords: what a news entry adds; else empty.
        published: as printed. modified: when it last changed, in UTC.
        news: whether it is a news entry.
    """

    url: str
    title: str = ""
    outlet: str = ""
    lang: str | None = None
    published: str = ""
    modified: datetime | None = None
    keywords: tuple[str, ...] = ()
    news: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemap:
    """A sitemap: its links, or the further sitemaps that an index names; and what is wrong with it, if anything."""

    links: tuple[SitemapLink, ...] = ()
    children: tuple[str, ...] = ()
    damage: str | None = None


def read_sitemap(data: bytes, *, item: str) -> Sitemap:
    """What a sitemap or an index of sitemaps lists, each address once, in its order; images and videos are left out.

    Raises:
        ParseError: it is no sitemap, or larger than ``LIMIT``.
    """
    content = unpack(data, item=item, limit=LIMIT)
    if len(content) > LIMIT:
        raise ParseError(f"sitemap larger than {LIMIT // 2**20} MiB", item=item, stage="parse")
    tree = parse_xml(content, item=item)
    kind = _name(tree.root)
    if kind not in ("urlset", "sitemapindex"):
        raise ParseError("is no sitemap: its root is neither urlset nor sitemapindex", item=item, stage="parse")
    links: dict[str, SitemapLink] = {}
    children: dict[str, None] = {}
    damage = tree.damage
    for node in tree.root.iterchildren():
        if len(links) + len(children) >= MOST:
            damage = f"lists more than {MOST:,} addresses; the rest is left out"
            break
        name = _name(node)
        if name == "url" and kind == "urlset" and (link := _link(node)) is not None:
            held = links.get(link.url)
            links[link.url] = link if held is None or (link.news and not held.news) else held
        elif name == "sitemap" and (address := canonical_url(_text(node, "loc"))):
            children.setdefault(address)
    return Sitemap(links=tuple(links.values()), children=tuple(children), damage=damage)


def read_news(data: bytes, *, item: str, options: ReadOptions) -> Iterator[Reading]:
    """A document for each news entry, its title as its text until the article is fetched.

    What names no news is a failure that says what it holds instead: an index, or plain addresses.

    Raises:
        ParseError: as ``read_sitemap``.
    """
    sitemap = read_sitemap(data, item=item)
    news = [link for link in sitemap.links if link.news]
    for link in news:
        try:
            yield Reading(
                make_document(
                    item=link.url,
                    options=options,
                    text=link.title or link.url,
                    title=link.title,
                    source=link.outlet,
                    published=link.published or link.modified,
                    url=link.url,
                    lang=link.lang,
                    meta={
                        "sitemap": item,
                        "categories": list(link.keywords),
                        "updated": link.modified.isoformat() if link.modified and link.published else "",
                        "text_from": "title" if link.title else "link",
                    },
                )
            )
        except ParseError as error:
            yield failure(link.url, error.reason, options=options, source=link.outlet)
    if sitemap.damage:
        yield failure(item, f"sitemap is damaged: {sitemap.damage}; {len(news)} entries were read", options=options)
    elif sitemap.children:
        held = f"{len(sitemap.children)} sitemaps, the first {sitemap.children[0]}"
        yield failure(item, f"is an index of {held}: read those", options=options)
    elif not news:
        yield failure(item, f"sitemap names no news: {len(sitemap.links)} plain addresses", options=options)


def _link(node: Any) -> SitemapLink | None:
    url = canonical_url(_text(node, "loc"))
    if url is None:
        return None
    modified = parse_date(_text(node, "lastmod"))
    news = next((child for child in node.iterchildren() if _name(child) == "news"), None)
    if news is None:
        return SitemapLink(url=url, modified=modified)
    publication = next((child for child in news.iterchildren() if _name(child) == "publication"), news)
    words = _text(news, "keywords").split(",")
    return SitemapLink(
        url=url,
        title=one_line(plain(_text(news, "title"))),
        outlet=one_line(plain(_text(publication, "name")), limit=200),
        lang=language_tag(_text(publication, "language")),
        published=_text(news, "publication_date"),
        modified=modified,
        keywords=tuple(filter(None, (one_line(plain(word), limit=80) for word in words[:40]))),
        news=True,
    )


def _text(node: Any, name: str) -> str:
    """The text of the first child of that name, whatever its namespace; outer elements' own ones come first."""
    for child in node.iterchildren():
        if _name(child) == name:
            return "".join(child.itertext())[:4000].strip()
    return ""


def _name(node: Any) -> str:
    return node.tag.rpartition("}")[2].lower() if isinstance(node.tag, str) else ""  # QName refuses odd names
