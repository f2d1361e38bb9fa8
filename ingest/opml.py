"""OPML: lists of feeds, as feed readers exchange them."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from domain.errors import ParseError
from domain.source import Source
from ingest.clean import one_line
from ingest.dedup import canonical_url
from ingest.documents import language_tag
from ingest.html import plain
from ingest.packed import unpack
from ingest.xml import parse_xml

_LIMIT = 64 * 2**20
_COUNTRY = re.compile(r"^[A-Za-z]{2}$")


def read_opml(data: bytes, *, item: str) -> list[Source]:
    """The feeds of an OPML list in its order, each address once; language and country pass down nested outlines.

    Raises:
        ParseError: it is no OPML, or larger than 64 MiB.
    """
    content = unpack(data, item=item, limit=_LIMIT)
    if len(content) > _LIMIT:
        raise ParseError("OPML larger than 64 MiB", item=item, stage="parse")
    root = parse_xml(content, item=item).root
    body = next((node for node in root if _name(node) == "body"), None)
    if _name(root) != "opml" or body is None:
        raise ParseError("is no OPML: it has no body of outlines", item=item, stage="parse")
    found: dict[str, Source] = {}
    stack: list[tuple[Any, str | None, str | None]] = [(node, None, None) for node in reversed(list(body))]
    while stack:
        node, lang, country = stack.pop()
        if _name(node) != "outline":
            continue
        facts = {key.lower(): value for key, value in node.attrib.items()}
        lang = language_tag(facts.get("language") or facts.get("lang")) or lang
        country = _country(facts.get("country")) or country
        if (source := _source(facts, lang, country)) is not None and source.url:
            found.setdefault(source.url, source)
        stack.extend((child, lang, country) for child in reversed(list(node)))
    return list(found.values())


def _source(facts: dict[str, str], lang: str | None, country: str | None) -> Source | None:
    url = canonical_url(facts.get("xmlurl", ""))
    if url is None:
        return None
    title = one_line(plain(facts.get("title") or facts.get("text") or ""), limit=200)
    return Source(name=title or url, kind="feed", url=url, lang=lang, country=country)


def _country(text: str | None) -> str | None:
    return text.strip().upper() if text and _COUNTRY.match(text.strip()) else None


def _name(node: Any) -> str:
    return str(etree.QName(node).localname).lower() if isinstance(node.tag, str) else ""
