"""One entry of a feed of any format, and what is said of it when it says nothing of itself."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from ingest.clean import one_line
from ingest.dates import parse_date
from ingest.dedup import canonical_url
from ingest.documents import language_tag
from ingest.html import plain, to_text

EMPTY = "(entry without text)"
"""The text of an entry that says nothing at all: it has arrived all the same."""

_MOST = 40
"""So many names, addresses or categories of one entry are kept."""

_LABEL = re.compile(r"""\b(?:alt|title)\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)')""", re.IGNORECASE)
_PLACE = re.compile(r"""\b(?:src|href|data)\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)'|([^\s"'<>]+))""", re.IGNORECASE)
_FURTHER = ("subtitle", "media_text", "media_title", "itunes_title", "link", "links", "media_content", "media_player",
            "media_thumbnail", "id", "comments", "author", "author_detail", "authors", "contributors", "publisher",
            "media_credit", "credit", "tags", "media_keywords", "source", "rights", "where", "image")  # fmt: skip
_LAST = ("published", "created", "updated", "expired", "language")
_SPEAKING = ("title", "name", "term", "label", "value", "content", "email", "href", "url")
_HIDDEN = re.compile(r"_(?:parsed|detail)$|^guidislink$|^base$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one entry says of itself.

    Attributes:
        text: its plain text, the fullest there is; empty when it has none. html: the markup that text came from.
        url: its canonical http address. external_id: its own id, as given.
        published, updated: as printed, or an instant where only feedparser could read it.
        facts: what else it carries, named as the document's meta data name it.
        further: what can stand in for its text, best first: what it is, and the words.
    """

    title: str = ""
    text: str = ""
    html: str = ""
    url: str | None = None
    external_id: str | None = None
    published: str | datetime | None = None
    updated: str = ""
    lang: str | None = None
    facts: Mapping[str, str | list[str]] = field(default_factory=dict)
    further: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str | None:
        """What the feed tells its entries apart by."""
        return self.external_id or self.url


def words_of(entry: Entry) -> tuple[str, str]:
    """The text of an entry and where it was found: empty when it is its own text, else what stands in for it."""
    if entry.text:
        return entry.text, ""
    if title := one_line(plain(entry.title)):
        return title, "title"
    for origin, value in entry.further:
        if words := plain(value).strip():
            return words, origin
    return EMPTY, "nothing"


def xml_entry(raw: Mapping[str, Any], base: str) -> Entry:
    """The entry as feedparser gives it; ``base`` is what relative links are relative to."""
    parts = [part for part in raw.get("content") or [] if part]
    parts += [part for part in (raw.get("summary_detail"),) if part]
    told = [(part, _value(part)) for part in parts]
    nothing: tuple[Mapping[str, Any], str] = ({}, "")
    best, text = max(told, key=lambda one: len(one[1]), default=nothing)
    text = text or plain(str(raw.get("summary") or "")) or plain(str(raw.get("subtitle") or ""))
    markup = str(best.get("value") or "") if "<" in str(best.get("value") or "") else ""
    detail = parts[0] if parts else {}
    return Entry(
        title=str(raw.get("title") or ""),
        text=text,
        html=markup,
        url=_link(raw, base),
        external_id=str(raw.get("id") or "").strip() or None,
        published=_published(raw),
        updated=str(raw.get("updated") or "") if raw.get("published") or raw.get("created") else "",
        lang=language_tag(raw.get("language") or detail.get("language")),
        facts=_facts(raw, base),
        further=() if text else tuple(_further(raw, [str(part.get("value") or "") for part in parts], base)),
    )


def _value(part: Mapping[str, Any]) -> str:
    """The plain text of a content element, whatever type it claims."""
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
    return next(filter(None, (absolute(candidate, base) for candidate in candidates)), None)


def absolute(link: object, base: str) -> str | None:
    """A link as a canonical address; None when it is none that can be fetched."""
    text = str(link or "").strip()
    if not text:
        return None
    try:
        return canonical_url(urljoin(base, text) if base else text)
    except ValueError:  # urljoin on what only looks like an address
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


def _facts(raw: Mapping[str, Any], base: str) -> dict[str, str | list[str]]:
    source = raw.get("source") or {}
    links = raw.get("links") or []
    media = [one.get("url") for key in ("media_content", "media_thumbnail") for one in raw.get(key) or [] if one]
    origin = source.get("href") or next((one.get("href") for one in source.get("links") or []), None)
    return {
        "authors": people(raw.get("authors")),
        "categories": _distinct(
            one_line(plain(str(tag.get("term") or tag.get("label") or "")), limit=80) for tag in raw.get("tags") or []
        ),
        "contributors": people(raw.get("contributors")),
        "publisher": one_line(plain(str(raw.get("publisher") or "")), limit=200),
        "credits": _distinct(one_line(plain(str(one.get("content") or "")), limit=120)
                             for one in raw.get("media_credit") or [] if one),
        "rights": one_line(plain(str(raw.get("rights") or "")), limit=300),
        "subtitle": one_line(plain(str(raw.get("subtitle") or "")), limit=500),
        "origin": one_line(plain(str(source.get("title") or "")), limit=200),
        "origin_url": absolute(origin, base) or "",
        "section": one_line(plain(str(raw.get("slash_section") or "")), limit=80),
        "replies": one_line(str(raw.get("slash_comments") or raw.get("thr_total") or ""), limit=12),
        "comments": absolute(raw.get("comments"), base) or "",
        "place": _place(raw),
        "media": _distinct(absolute(url, base) or "" for url in media),
        "enclosures": _distinct(absolute(one.get("href"), base) or "" for one in links
                                if one.get("rel") == "enclosure"),
    }  # fmt: skip


def people(value: object) -> list[str]:
    """The names of a list of people, or their addresses where they have no name."""
    found = []
    for who in value if isinstance(value, list) else []:
        if isinstance(who, Mapping):
            name = who.get("name") or who.get("email") or who.get("href") or ""
            found.append(one_line(plain(str(name)), limit=120))
    return _distinct(found)


def _place(raw: Mapping[str, Any]) -> str:
    """Latitude and longitude of a point, in degrees."""
    where = raw.get("where") or {}
    at: Sequence[Any] = where.get("coordinates") or ()
    if where.get("type") == "Point" and len(at) >= 2:
        longitude, latitude = at[0], at[1]
    else:
        latitude, longitude = raw.get("geo_lat"), raw.get("geo_long")
    try:
        north, east = float(latitude), float(longitude)
    except (TypeError, ValueError):
        return ""
    return f"{north:g} {east:g}" if abs(north) <= 90 and abs(east) <= 180 else ""


def _further(raw: Mapping[str, Any], markup: list[str], base: str) -> Iterator[tuple[str, str]]:
    """What can stand in for the text, best first."""
    markup = [str(raw.get("title") or ""), *markup]
    for name, pattern in (("picture", _LABEL), ("address", _PLACE)):
        for value in markup:
            for found in pattern.finditer(value[:100_000]):
                words = next(filter(None, found.groups()), "")
                if name == "picture" or (words := absolute(words, base) or ""):
                    yield name, words
    for key in _FURTHER:
        yield "link" if key == "links" else key, (_place(raw) if key == "where" else "") or _said(raw.get(key))
    for key, value in raw.items():
        if key not in _FURTHER and key not in _LAST and not _HIDDEN.search(key):
            yield key, _said(value)
    for key in _LAST:
        yield key, _said(raw.get(key))


def _said(value: object, depth: int = 3) -> str:
    """The words in a value of any shape, on one line."""
    if isinstance(value, str):
        return one_line(plain(value))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    if depth == 0:
        return ""
    parts: list[object] = []
    if isinstance(value, Mapping):
        for key in _SPEAKING:
            if words := _said(value.get(key), 0):
                return words
        parts = [part for key, part in dict.items(dict(value)) if not _HIDDEN.search(str(key))]
    elif isinstance(value, (list, tuple)):
        parts = list(value)
    return one_line(" ".join(dict.fromkeys(filter(None, (_said(part, depth - 1) for part in parts[:_MOST])))))


def _distinct(values: Iterator[str] | list[str]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))[:_MOST]
