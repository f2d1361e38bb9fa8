"""News feeds: RSS 0.9x, 1.0 and 2.0, CDF, Atom 0.3 and 1.0 with feedparser on capped bytes, and JSON Feed."""

from __future__ import annotations

import calendar
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser

from domain.errors import ParseError
from domain.ids import digest
from domain.protocols import Reading, ReadOptions
from ingest.clean import one_line
from ingest.dates import parse_date
from ingest.dedup import canonical_url
from ingest.documents import failure, language_tag, make_document
from ingest.html import SELF_CLOSED, plain, to_text

LIMIT = 15 * 2**20
"""Bytes of the largest feed that is read."""

_HEAD = 64 * 1024
_DEEPEST = 1000
_UNCOUNTED = frozenset(name.encode() for name in SELF_CLOSED)
_TAG = re.compile(rb"<(/?)(?:[\w.-]+:)?([A-Za-z][\w.-]*)[^<>]*?(/?)>")
_HTML = re.compile(rb"<\s*(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_FEED_ROOT = re.compile(rb"<\s*(?:[\w.-]+:)?(?:rss|feed|rdf|channel)\b", re.IGNORECASE)
_CLOSED = re.compile(rb"</\s*(?:[\w.-]+:)?(?:rss|feed|rdf|channel)\s*>", re.IGNORECASE)
_MARKED = re.compile(rb"<\s*(?:[\w.-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)


class _Entry:
    """One entry of a feed of any format, as far as it speaks of itself."""

    __slots__ = ("authors", "external_id", "lang", "published", "summary", "tags", "title", "updated", "url")

    def __init__(
        self,
        *,
        title: str,
        summary: str,
        url: str | None,
        external_id: str | None,
        published: str | datetime | None,
        updated: str = "",
        lang: str | None = None,
        authors: list[str] | None = None,
        tags: list[str] | None = None,
    ) -> None:
        self.title, self.summary, self.url, self.external_id = title, summary, url, external_id
        self.published, self.updated, self.lang = published, updated, lang
        self.authors, self.tags = authors or [], tags or []

    @property
    def key(self) -> str | None:
        return self.external_id or self.url


def read_feed(data: bytes, *, item: str, options: ReadOptions, content_type: str | None = None) -> Iterator[Reading]:
    """A document for each entry of a feed.

    The feed's title is the source and its language the hint; an entry's full content is preferred to its summary. An
    entry without any text but its title has the title as text. Where a feed is cut off, what came before is read and a
    failure says so.

    Raises:
        ParseError: it is no feed (an HTML page is named as one), or larger than ``LIMIT``.
    """
    if len(data) > LIMIT:
        raise ParseError(f"feed larger than {LIMIT // 2**20} MiB", item=item, stage="parse")
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        title, lang, entries = _read_json(data, item)
    else:
        title, lang, entries = _read_xml(data, item, content_type)
    shared = _ambiguous(entries)
    for number, entry in enumerate(entries, start=1):
        try:
            yield Reading(_document(entry, item=item, options=options, source=title, lang=lang, shared=shared))
        except ParseError as error:
            yield failure(f"{item}#{number}", error.reason, options=options, source=title)
    if not entries and (marked := len(_MARKED.findall(data))):
        yield failure(item, f"is a broken feed: none of its {marked} entries could be read", options=options)
    elif data.lstrip()[:1] == b"<" and not _CLOSED.search(_bare(data[-_HEAD:])):
        yield failure(item, f"feed is cut off; {len(entries)} entries before the cut were read", options=options)


def _document(
    entry: _Entry, *, item: str, options: ReadOptions, source: str, lang: str | None, shared: frozenset[str]
) -> Any:
    title = one_line(plain(entry.title))
    text = entry.summary or title or (entry.url or "")
    external_id, place = entry.external_id, entry.url or entry.external_id
    if place is None:
        place = f"{item}#{digest((title or text,), size=6)}"
    elif entry.key in shared:
        external_id = f"{entry.key}#{digest((title or text,), size=6)}"
    return make_document(
        item=place,
        options=options,
        text=text,
        title=title,
        source=source or _host(item),
        published=entry.published,
        url=entry.url,
        external_id=external_id,
        lang=entry.lang or lang,
        meta={"feed": item, "authors": entry.authors, "categories": entry.tags, "updated": entry.updated},
    )


def _ambiguous(entries: list[_Entry]) -> frozenset[str]:
    """Ids and addresses that several entries with different titles share: they do not tell the entries apart."""
    titles: dict[str, set[str]] = {}
    for entry in entries:
        if entry.key:
            titles.setdefault(entry.key, set()).add(one_line(entry.title or entry.summary))
    return frozenset(key for key, seen in titles.items() if len(seen) > 1)


def _read_xml(data: bytes, item: str, content_type: str | None) -> tuple[str, str | None, list[_Entry]]:
    if not _FEED_ROOT.search(_bare(data[:_HEAD])):
        raise ParseError(_no_feed(data, None), item=item, stage="parse")
    if _too_deep(data):
        raise ParseError(f"feed with elements nested more than {_DEEPEST} deep", item=item, stage="parse")
    headers: dict[str, str] = {}  # no address: feedparser would make relative ids into addresses
    if content_type and (charset := _CHARSET.search(content_type)):
        headers["content-type"] = f"application/xml; charset={charset[1]}"
    parsed = feedparser.parse(
        io.BytesIO(data), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )  # fmt: skip
    if not parsed.entries and not parsed.get("version"):
        raise ParseError(_no_feed(data, parsed.get("bozo_exception")), item=item, stage="parse")
    feed = parsed.feed
    lang = feed.get("language") or parsed.get("language") or (feed.get("title_detail") or {}).get("language")
    title = one_line(plain(str(feed.get("title") or "")), limit=200)
    base = _base(item, [link.get("href") for link in feed.get("links") or []] + [feed.get("link"), feed.get("id")])
    return title, language_tag(lang), [_entry(_plain_dict(raw), base) for raw in parsed.entries]


def _too_deep(data: bytes) -> bool:
    """Whether any entry nests so deep that parsing it would take time squared; tags left open end with their entry."""
    if data.count(b"<") < _DEEPEST:
        return False
    depth = 0
    for found in _TAG.finditer(data):
        name = found[2].lower()
        if name in _UNCOUNTED:
            continue
        if found[1]:
            depth = 2 if name in (b"item", b"entry") else max(0, depth - 1)
        elif not found[3]:
            depth += 1
            if depth > _DEEPEST:
                return True
    return False


def _bare(head: bytes) -> bytes:
    """The bytes without the zeros of a wide encoding, for looking at their tags."""
    return head.replace(b"\x00", b"") if b"\x00" in head[:64] else head


def _no_feed(data: bytes, error: object) -> str:
    head = _bare(data[:4096])
    if _FEED_ROOT.search(head) and not _HTML.search(head[:512]):
        return f"is a broken feed: {error or 'nothing could be read from it'}"
    if _HTML.search(head):
        return "is an HTML page, not a feed"
    return "is no feed (RSS, RDF, CDF, Atom or JSON Feed)"


def _plain_dict(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry without feedparser's aliases, which warn and put one date in place of another."""
    return dict(dict.items(entry))  # type: ignore[arg-type]


def _base(item: str, candidates: list[Any]) -> str:
    """The address that relative links are relative to: the feed's own, else one that it names for itself; or none."""
    return next((str(one) for one in (item, *candidates) if str(one).startswith(("http://", "https://"))), "")


def _entry(raw: Mapping[str, Any], base: str) -> _Entry:
    best = max((_value(part) for part in raw.get("content") or []), key=len, default="")
    summary = best or _value(raw.get("summary_detail")) or plain(str(raw.get("summary") or ""))
    detail = (raw.get("content") or [raw.get("summary_detail") or {}])[0]
    return _Entry(
        title=str(raw.get("title") or ""),
        summary=summary,
        url=_link(raw, base),
        external_id=str(raw.get("id") or "").strip() or None,
        published=_published(raw),
        updated=str(raw.get("updated") or "") if raw.get("published") else "",
        lang=language_tag(raw.get("language") or detail.get("language")),
        authors=_authors(raw),
        tags=[
            one_line(plain(str(tag.get("term") or tag.get("label") or "")), limit=80) for tag in raw.get("tags") or []
        ],
    )


def _value(part: Any) -> str:
    """The plain text of a content element, whatever type it claims."""
    if not part:
        return ""
    value = str(part.get("value") or "")
    if "html" in str(part.get("type") or "").lower():
        return to_text(value) if "<" in value or "&" in value else plain(value)
    return plain(value)


def _link(raw: Mapping[str, Any], base: str) -> str | None:
    candidates = [raw.get("feedburner_origlink"), raw.get("link")]
    candidates += [link.get("href") for link in raw.get("links") or [] if link.get("rel") in (None, "alternate")]
    if raw.get("guidislink"):
        candidates.append(raw.get("id"))
    candidates += [link.get("href") for link in raw.get("links") or [] if link.get("rel") in ("enclosure", "related")]
    for candidate in candidates:
        if candidate and (url := canonical_url(urljoin(base, str(candidate).strip()) if base else str(candidate))):
            return url
    return None


def _published(raw: Mapping[str, Any]) -> str | datetime | None:
    """The date as our own reader understands it, else as feedparser does, else as printed."""
    for key in ("published", "created", "updated"):
        printed = str(raw.get(key) or "").strip()
        if not printed:
            continue
        if parse_date(printed):
            return printed
        parts = raw.get(f"{key}_parsed")
        try:
            return datetime.fromtimestamp(calendar.timegm(tuple(parts)), UTC) if parts else printed
        except (TypeError, ValueError, OverflowError):
            return printed
    return None


def _authors(raw: Mapping[str, Any]) -> list[str]:
    names = [one_line(plain(str(who.get("name") or "")), limit=120) for who in raw.get("authors") or [] if who]
    return list(Counter(name for name in names if name))


def _read_json(data: bytes, item: str) -> tuple[str, str | None, list[_Entry]]:
    try:
        feed = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"is not JSON: {error}", item=item, stage="parse") from error
    if not isinstance(feed, dict) or "jsonfeed.org/version" not in str(feed.get("version", "")):
        raise ParseError("is JSON but no JSON Feed", item=item, stage="parse")
    items = feed.get("items")
    if not isinstance(items, list):
        raise ParseError("is a JSON Feed without items", item=item, stage="parse")
    base = _base(item, [feed.get("feed_url"), feed.get("home_page_url")])
    entries = [_json_entry(raw if isinstance(raw, dict) else {}, base) for raw in items]
    return one_line(plain(_string(feed.get("title"))), limit=200), language_tag(_string(feed.get("language"))), entries


def _json_entry(raw: Mapping[str, Any], base: str) -> _Entry:
    html, text = _string(raw.get("content_html")), _string(raw.get("content_text"))
    summary = to_text(html) if html else plain(text or _string(raw.get("summary")))
    authors = raw.get("authors") if isinstance(raw.get("authors"), list) else [raw.get("author")]
    url = next(filter(None, (_string(raw.get("url")), _string(raw.get("external_url")))), "")
    tags = raw.get("tags") if isinstance(raw.get("tags"), list) else []
    return _Entry(
        title=_string(raw.get("title")),
        summary=summary or plain(_string(raw.get("summary"))),
        url=canonical_url(urljoin(base, url) if base else url) if url else None,
        external_id=_string(raw.get("id")).strip() or None,
        published=_string(raw.get("date_published")) or _string(raw.get("date_modified")) or None,
        updated=_string(raw.get("date_modified")) if raw.get("date_published") else "",
        lang=language_tag(_string(raw.get("language"))),
        authors=[one_line(_string(who.get("name")), limit=120) for who in authors or [] if isinstance(who, dict)],
        tags=[one_line(_string(tag), limit=80) for tag in tags or []],
    )


def _string(value: object) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def _host(item: str) -> str:
    try:
        return urlsplit(item).hostname or ""
    except ValueError:
        return ""
