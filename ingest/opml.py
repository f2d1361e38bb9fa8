"""OPML 2.0: lists of feeds, as feed readers exchange them, in and out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from domain.errors import ParseError
from domain.label import Label, parse_label
from domain.source import Source
from ingest.clean import one_line
from ingest.dedup import canonical_url
from ingest.documents import language_tag
from ingest.html import plain
from ingest.packed import unpack
from ingest.xml import parse_xml

_LIMIT = 64 * 2**20
_COUNTRY = re.compile(r"^[A-Za-z]{2}$")
_GRADE = re.compile(r"^[A-Fa-f]$")
_KINDS = frozenset({"feed", "sitemap"})


@dataclass(frozen=True, slots=True)
class _Facts:
    """What an outline says of itself and passes down to those within it."""

    lang: str | None = None
    country: str | None = None
    region: str | None = None
    category: str | None = None
    reliability: str = "F"
    label: Label = Label.OPEN
    groups: tuple[str, ...] = ()


def read_opml(data: bytes, *, item: str) -> list[Source]:
    """The feeds of an OPML list in its order, each address once.

    What an outline says (language, country, region, category, reliability, label) holds for those within it that say
    nothing else. Where no region or category is given, the names of the outlines around stand for them: the innermost
    is the category and the outermost, where there are two or more, the region.

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
    stack: list[tuple[Any, _Facts]] = [(node, _Facts()) for node in reversed(list(body))]
    while stack:
        node, around = stack.pop()
        if _name(node) != "outline":
            continue
        said = {key.lower(): value for key, value in node.attrib.items()}
        facts = _facts(said, around)
        if (source := _source(said, facts)) is not None and source.url:
            found.setdefault(source.url, source)
        title = _line(said.get("title") or said.get("text"))
        if title and "xmlurl" not in said and not said.get("region") and not said.get("category"):
            facts = replace(facts, groups=(*facts.groups, title))
        stack.extend((child, facts) for child in reversed(list(node)))
    return list(found.values())


def write_opml(sources: Iterable[Source], *, title: str = "Vedette") -> bytes:
    """An OPML 2.0 list of those sources that are feeds or sitemaps with an address, grouped by region and category.

    Language, country, region, category, reliability and label are attributes beside those that OPML knows, so that
    ``read_opml`` gives the same sources back; other readers pass over them. What a source's settings hold stays out:
    they may name folders and accounts.
    """
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = one_line(title)
    body = etree.SubElement(root, "body")
    groups: dict[tuple[str, ...], Any] = {(): body}
    for source in sources:
        if source.kind not in _KINDS or not source.url:
            continue
        region, category = one_line(source.region or ""), one_line(source.category or "").lstrip("/")
        place = groups[()]
        for path, key, value in (((region,), "region", region), ((region, category), "category", category)):
            if value:
                if path not in groups:
                    groups[path] = etree.SubElement(place, "outline", {"text": value, key: value})
                place = groups[path]
        said = {
            "text": one_line(source.name, limit=200),
            "title": one_line(source.name, limit=200),
            "type": "rss",
            "xmlUrl": source.url,
            "language": source.lang or "",
            "country": source.country or "",
            "region": region,
            "category": category,
            "reliability": source.reliability,
            "kind": source.kind if source.kind != "feed" else "",
            "label": source.label.text if source.label > Label.OPEN else "",
        }
        etree.SubElement(place, "outline", {key: value for key, value in said.items() if value})
    return bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True))


def _facts(said: dict[str, str], around: _Facts) -> _Facts:
    grade = said.get("reliability", "").strip()
    return _Facts(
        lang=language_tag(said.get("language") or said.get("lang")) or around.lang,
        country=_country(said.get("country")) or around.country,
        region=_line(said.get("region")) or around.region,
        category=_category(said.get("category")) or around.category,
        reliability=grade.upper() if _GRADE.match(grade) else around.reliability,
        label=max(_label(said.get("label")), around.label),
        groups=around.groups,
    )


def _source(said: dict[str, str], facts: _Facts) -> Source | None:
    url = canonical_url(said.get("xmlurl", ""))
    if url is None:
        return None
    kind = said.get("kind", "").strip().lower()
    return Source(
        name=_line(said.get("title") or said.get("text")) or url,
        kind=kind if kind in _KINDS else "feed",
        url=url,
        lang=facts.lang,
        country=facts.country,
        reliability=facts.reliability,
        region=facts.region or (facts.groups[0] if len(facts.groups) > 1 else None),
        category=facts.category or (facts.groups[-1] if facts.groups else None),
        label=facts.label,
    )


def _line(text: str | None) -> str | None:
    return one_line(plain(text or ""), limit=200) or None


def _category(text: str | None) -> str | None:
    """The first category: OPML writes several with commas, each as a path."""
    words = _line(text)
    return words.partition(",")[0].strip("/ ") or None if words and words.startswith("/") else words


def _country(text: str | None) -> str | None:
    return text.strip().upper() if text and _COUNTRY.match(text.strip()) else None


def _label(text: str | None) -> Label:
    try:
        return parse_label(text)
    except ValueError:  # another program's word for something else
        return Label.OPEN


def _name(node: Any) -> str:
    return node.tag.rpartition("}")[2].lower() if isinstance(node.tag, str) else ""  # QName refuses odd names
