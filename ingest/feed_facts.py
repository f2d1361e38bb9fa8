"""What a feed says of itself: when to ask it again, where it lives, what its entries are made of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin

from domain.errors import ParseError
from ingest.clean import one_line
from ingest.dates import parse_date
from ingest.dedup import canonical_url
from ingest.documents import language_tag
from ingest.feed_entry import Entry, xml_entry
from ingest.feed_json import json_entry, load_json_feed, string
from ingest.feed_xml import Parsed, parse_feed
from ingest.html import plain
from ingest.packed import unpack

LIMIT = 15 * 2**20
"""Bytes of the largest feed that is read."""

_BEFORE = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PERIODS = {"hourly": timedelta(hours=1), "daily": timedelta(days=1), "weekly": timedelta(weeks=1),
            "monthly": timedelta(days=30), "yearly": timedelta(days=365)}  # fmt: skip
_LONGEST = timedelta(days=365)
_SKIP = re.compile(r"<\s*skip(hours|days)\b[^<>]{0,200}>(.{0,4000}?)<\s*/\s*skip\1", re.IGNORECASE | re.DOTALL)
_ENTRY = re.compile(r"<\s*(?:[\w.-]+:)?(?:item|entry)[\s/>]", re.IGNORECASE)
_WORD = re.compile(r">\s*([A-Za-z]+|\d{1,2})\s*<")
_LINK_HEADER = re.compile(r"<([^<>]{1,2000})>((?:\s*;\s*[\w*-]+\s*=\s*(?:\"[^\"]*\"|[^\s,;\"]+))*)")
_RELATION = re.compile(r"\brel\s*=\s*(?:\"([^\"]*)\"|([^\s,;\"]+))", re.IGNORECASE)
_ELEMENTS = {
    "title": "title", "link": "link", "id": "id", "summary": "text", "content": "text", "published": "date",
    "updated": "date", "created": "date", "author": "author", "authors": "author", "author_detail": "author",
    "tags": "category", "media_content": "media", "media_thumbnail": "media", "source": "source",
    "comments": "comments",
}  # fmt: skip
_JSON_ELEMENTS = {
    "title": "title", "url": "link", "external_url": "link", "id": "id", "content_html": "text", "summary": "text",
    "content_text": "text", "date_published": "date", "date_modified": "date", "author": "author", "authors": "author",
    "tags": "category", "image": "media", "banner_image": "media", "attachments": "enclosure",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFacts:
    """What a feed says of itself.

    Attributes:
        title, language, generator, format: as given; the format as feedparser names it (``rss20``), or ``json``.
        ttl: how long it asks not to be asked again. period: how often it says it is updated; base: counted from when.
        skip_hours: hours of the day (0 to 23, UTC), skip_days: days of the week (Monday is 0), in which not to ask.
        self_url, home_url: its own address and that of the site. hubs: addresses of its WebSub hubs.
        newest: the latest publication among its entries. entries: how many it has.
        layout: what at least half of its entries are made of; it changes when the feed is made by another program.
    """

    title: str = ""
    language: str | None = None
    generator: str = ""
    format: str = ""
    ttl: timedelta | None = None
    period: timedelta | None = None
    base: datetime | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    self_url: str | None = None
    home_url: str | None = None
    hubs: tuple[str, ...] = ()
    newest: datetime | None = None
    entries: int = 0
    layout: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed that was opened: its facts, its entries, and what is wrong with it as a whole, if anything."""

    facts: FeedFacts
    entries: tuple[Entry, ...]
    trouble: str | None = None


def feed_facts(data: bytes, headers: Mapping[str, str], *, item: str = "") -> FeedFacts:
    """What a feed says of itself; ``headers`` are those it was served with (names in lower case), ``item`` its address.

    Links of the HTTP answer (``Link: <...>; rel=hub``) count beside those in the feed.

    Raises:
        ParseError: it is no feed, or larger than ``LIMIT``.
    """
    content = unpack(data, item=item or "feed", limit=LIMIT)
    return open_feed(content, item=item or "feed", content_type=headers.get("content-type"), headers=headers).facts


def open_feed(
    data: bytes, *, item: str, content_type: str | None = None, headers: Mapping[str, str] | None = None
) -> Feed:
    """The feed in one reading: its facts and its entries.

    Raises:
        ParseError: it is no feed (an HTML page is named as one), or larger than ``LIMIT``.
    """
    if len(data) > LIMIT:
        raise ParseError(f"feed larger than {LIMIT // 2**20} MiB", item=item, stage="parse")
    told = _header_links(headers or {}, item)
    if data[:64].lstrip(_BEFORE)[:1] in (b"{", b"["):
        return _open_json(data, item, told)
    return _open_xml(data, item, content_type, told)


def _open_xml(data: bytes, item: str, content_type: str | None, told: dict[str, list[str]]) -> Feed:
    parsed = parse_feed(data, item=item, content_type=content_type)
    feed = parsed.feed
    links = [link for link in feed.get("links") or [] if isinstance(link, Mapping)]
    base = base_of(item, [*(link.get("href") for link in links), feed.get("link"), feed.get("id")])
    entries = tuple(xml_entry(raw, base) for raw in parsed.entries)
    related = {name: [str(link.get("href") or "") for link in links if link.get("rel") == name]
               for name in ("self", "hub", "alternate")}  # fmt: skip
    first = _ENTRY.search(parsed.text)
    hours, days = _skips(parsed.text[: first.start()][:65536] if first else parsed.text[:65536])
    facts = FeedFacts(
        title=one_line(plain(str(feed.get("title") or "")), limit=200),
        language=language_tag(parsed.lang),
        generator=one_line(plain(str(feed.get("generator") or "")), limit=200),
        format=parsed.version,
        ttl=_minutes(feed.get("ttl")),
        period=_period(feed.get("sy_updateperiod"), feed.get("sy_updatefrequency")),
        base=parse_date(str(feed.get("sy_updatebase") or "")),
        skip_hours=hours,
        skip_days=days,
        self_url=_first(related["self"] + told["self"], base),
        home_url=_first([*related["alternate"], str(feed.get("link") or "")], base),
        hubs=tuple(dict.fromkeys(_all(related["hub"] + told["hub"], base))),
        newest=_newest(entries),
        entries=len(entries),
        layout=_layout(parsed.version, [_carries(raw, entry) for raw, entry in zip(parsed.entries, entries,
                                                                                 strict=True)]),
    )  # fmt: skip
    return Feed(facts=facts, entries=entries, trouble=_trouble(parsed))


def _open_json(data: bytes, item: str, told: dict[str, list[str]]) -> Feed:
    feed = load_json_feed(data, item=item)
    base = base_of(item, [feed.get("feed_url"), feed.get("home_page_url")])
    entries = tuple(json_entry(raw, base) for raw in feed["items"])
    hubs = [string(hub.get("url")) for hub in feed.get("hubs") or [] if isinstance(hub, Mapping)]
    carried = [
        {_JSON_ELEMENTS[key] for key, value in raw.items() if value and key in _JSON_ELEMENTS}
        for raw in feed["items"] if isinstance(raw, Mapping)
    ]  # fmt: skip
    facts = FeedFacts(
        title=one_line(plain(string(feed.get("title"))), limit=200),
        language=language_tag(string(feed.get("language"))),
        format="json",
        self_url=_first([string(feed.get("feed_url")), *told["self"]], base),
        home_url=_first([string(feed.get("home_page_url"))], base),
        hubs=tuple(dict.fromkeys(_all(hubs + told["hub"], base))),
        newest=_newest(entries),
        entries=len(entries),
        layout=_layout("json", carried),
    )
    return Feed(facts=facts, entries=entries)


def base_of(item: str, candidates: list[Any]) -> str:
    """The address that relative links are relative to: the feed's own, else one that it names for itself; or none."""
    return next((str(one) for one in (item, *candidates) if str(one).startswith(("http://", "https://"))), "")


def _trouble(parsed: Parsed) -> str | None:
    if not parsed.entries and parsed.marked:
        return f"is a broken feed: none of its {parsed.marked} entries could be read"
    if parsed.cut_off:
        return f"feed is cut off; {len(parsed.entries)} entries before the cut were read"
    return None


def _minutes(value: object) -> timedelta | None:
    try:
        minutes = float(str(value).strip()[:20])
        return min(timedelta(minutes=minutes), _LONGEST) if minutes > 0 else None
    except (ValueError, OverflowError):
        return None


def _period(period: object, frequency: object) -> timedelta | None:
    """How often the syndication module says the feed changes: so many times (once when not said) in a period."""
    whole = _PERIODS.get(str(period or "").strip().lower())
    if whole is None:
        return None
    try:
        times = float(str(frequency or 1).strip()[:20])
    except ValueError:
        times = 1.0
    return whole / times if 0 < times < 10_000 else whole


def _skips(text: str) -> tuple[frozenset[int], frozenset[int]]:
    hours: set[int] = set()
    days: set[int] = set()
    for found in _SKIP.finditer(text):
        words = _WORD.findall(found[2])
        if found[1].lower() == "hours":
            hours |= {int(word) % 24 for word in words if word.isdigit() and int(word) <= 24}
        else:
            days |= {_DAYS.index(day) for word in words if (day := word.lower()[:3]) in _DAYS}
    return frozenset(hours), frozenset(days)


def _header_links(headers: Mapping[str, str], item: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"self": [], "hub": []}
    for link in _LINK_HEADER.finditer(headers.get("link", "")[:16384]):
        relation = _RELATION.search(link[2])
        for name in (relation[1] or relation[2] or "").lower().split() if relation else ():
            if name in found:
                found[name].append(link[1])
    return found


def _all(links: list[str], base: str) -> list[str]:
    found = []
    for link in links:
        try:
            address = canonical_url(urljoin(base, link) if base else link) if link.strip() else None
        except ValueError:  # urljoin on what only looks like an address
            continue
        if address:
            found.append(address)
    return found


def _first(links: list[str], base: str) -> str | None:
    return next(iter(_all(links, base)), None)


def _newest(entries: tuple[Entry, ...]) -> datetime | None:
    moments = [
        moment for entry in entries
        if (moment := entry.published if isinstance(entry.published, datetime) else parse_date(entry.published))
    ]  # fmt: skip
    return max(moments, default=None)


def _carries(raw: Mapping[str, Any], entry: Entry) -> set[str]:
    found = {_ELEMENTS[key] for key, value in raw.items() if value and key in _ELEMENTS}
    return found | ({"enclosure"} if entry.facts.get("enclosures") else set())


def _layout(form: str, carried: list[set[str]]) -> str:
    counts = Counter(name for one in carried for name in one)
    return f"{form}: {' '.join(sorted(name for name, n in counts.items() if 2 * n >= len(carried)))}" if carried else ""
