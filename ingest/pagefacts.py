"""What a page says of itself: title, site, language, address, authors, dates and whether it asks to be paid for.

Read from its JSON-LD blocks, its meta elements and its first ``time`` elements; nothing of it is believed here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.clean import one_line

_DATE_NAMES = (
    "article:published_time", "og:article:published_time", "og:published_time", "datepublished", "dc.date.issued",
    "dcterms.issued", "dcterms.created", "dc.date", "dcterms.date", "citation_publication_date", "parsely-pub-date",
    "article.published", "pubdate", "publishdate", "publish_date", "publish-date", "publication_date",
    "sailthru.date", "date",
)  # fmt: skip
_AUTHOR_NAMES = ("author", "article:author", "dc.creator", "parsely-author", "byl", "sailthru.author")
_ARTICLES = frozenset({
    "article", "newsarticle", "reportagenewsarticle", "analysisnewsarticle", "opinionnewsarticle",
    "backgroundnewsarticle",
    "blogposting", "liveblogposting", "pressrelease", "report", "scholarlyarticle", "statement", "speech",
})  # fmt: skip
_LONGEST_DATA = 500_000
_NODES = 2000
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """A page's own claims, as printed.

    Attributes:
        heading: its first h1. dates: (where it stands, as printed), the most trustworthy first.
        addresses: what it names as its canonical address, the most telling first, perhaps relative.
        paid: it says that it is not free to read. data_text: the article's text where a JSON-LD block carries it.
    """

    title: str = ""
    heading: str = ""
    site: str = ""
    lang: str | None = None
    addresses: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    dates: tuple[tuple[str, str], ...] = ()
    base: str = ""
    paid: bool = False
    data_text: str = ""


def page_facts(root: Any, data: Sequence[str] = ()) -> PageFacts:
    """The facts of a parsed page (lxml) and the JSON-LD texts that stood in it."""
    meta = _metadata(root)
    nodes = list(_articles(data))
    main = nodes[0] if nodes else {}
    heading = next((_inner(node) for node in root.iter("h1")), "")
    canonical = next((str(n.get("href") or "") for n in root.iter("link") if "canonical" in _rel(n)), "")
    own = _address(main.get("mainEntityOfPage")) or _string(main.get("url"))
    return PageFacts(
        title=meta.get("og:title") or _string(main.get("headline")) or _title(root) or heading,
        heading=heading,
        site=meta.get("og:site_name") or _name(main.get("publisher")),
        lang=root.get("lang") or root.get(_XML_LANG) or meta.get("content-language") or meta.get("language")
        or meta.get("og:locale") or _string(main.get("inLanguage")) or None,
        addresses=tuple(dict.fromkeys(filter(None, (canonical, meta.get("og:url", ""), own)))),
        authors=_authors(main, meta),
        dates=tuple(_dates(root, main, meta)),
        base=next((str(node.get("href") or "") for node in root.iter("base")), ""),
        paid=_paid(data, nodes, meta),
        data_text=max((_string(node.get("articleBody")) for node in nodes[:3]), key=len, default=""),
    )  # fmt: skip


def _dates(root: Any, main: dict[str, Any], meta: dict[str, str]) -> Iterator[tuple[str, str]]:
    if stamp := _string(main.get("datePublished")) or _string(main.get("dateCreated")):
        yield "json-ld", stamp
    for name in _DATE_NAMES:
        if meta.get(name):
            yield name, meta[name]
    marked, plain = None, None
    for node in root.iter("time"):
        stamp = str(node.get("datetime") or "").strip()
        if not stamp:
            continue
        if node.get("pubdate") is not None or (node.get("itemprop") or "").lower() == "datepublished":
            marked = marked or stamp
        elif plain is None and not _aside(node):
            plain = stamp
    if marked or plain:
        yield "time", str(marked or plain)


def _aside(node: Any) -> bool:
    return any(up.tag in ("nav", "aside", "footer", "li") for up in node.iterancestors())


def _metadata(root: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in root.iter("meta"):
        content = (node.get("content") or "").strip()
        for key in ("property", "name", "itemprop", "http-equiv"):
            if content and (name := (node.get(key) or "").strip().lower()):
                found.setdefault(name, content[:1000])
    return found


def _rel(node: Any) -> list[str]:
    return str(node.get("rel") or "").lower().split()


def _title(root: Any) -> str:
    return next((_inner(node) for node in root.iter("title")), "")


def _inner(node: Any) -> str:
    return one_line("".join(node.itertext()))


def _articles(data: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The article nodes of all blocks, in their order."""
    for text in data:
        for node in _nodes(text):
            kinds = node.get("@type")
            named = kinds if isinstance(kinds, list) else [kinds]
            if any(isinstance(kind, str) and kind.rpartition("/")[2].lower() in _ARTICLES for kind in named):
                yield node


def _nodes(text: str) -> Iterator[dict[str, Any]]:
    if len(text) > _LONGEST_DATA:
        return
    try:
        tree = json.loads(text.strip().removeprefix("<!--").removesuffix("-->"), strict=False)
    except (ValueError, RecursionError):
        return
    waiting, seen = [tree], 0
    while waiting and seen < _NODES:
        node, seen = waiting.pop(0), seen + 1
        if isinstance(node, list):
            waiting[:0] = node[:100]
        elif isinstance(node, dict):
            yield node
            waiting += [node[key] for key in ("@graph", "mainEntity", "mainEntityOfPage", "hasPart") if key in node]


def _paid(data: Sequence[str], nodes: Sequence[dict[str, Any]], meta: dict[str, str]) -> bool:
    if meta.get("article:content_tier", "").lower() in ("locked", "metered"):
        return True
    return any(_string(node.get("isAccessibleForFree")).lower() == "false" for node in nodes)


def _authors(main: dict[str, Any], meta: dict[str, str]) -> tuple[str, ...]:
    written = main.get("author")
    found = [_name(one) for one in (written if isinstance(written, list) else [written])]
    if not any(found):
        found = [meta[name] for name in _AUTHOR_NAMES if name in meta][:1]
    kept = (one_line(name, limit=120) for name in found if name and "://" not in name)
    return tuple(dict.fromkeys(kept))[:20]


def _name(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else None
    return _string(value.get("name")) if isinstance(value, dict) else _string(value)


def _address(value: object) -> str:
    return _string(value.get("@id") or value.get("url")) if isinstance(value, dict) else _string(value)


def _string(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.strip() if isinstance(value, str) else ""
