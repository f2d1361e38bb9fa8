"""Feeds in XML: their bytes made such that feedparser reads the most of them, within bounds.

feedparser drops document types but for plain entities, fetches nothing and copes with much; what comes before it here
takes away what it does not cope with: encodings that are not the ones named, junk before the first tag, characters
that XML does not know, entries nested so deep that they would take time squared.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import feedparser

from domain.errors import ParseError
from ingest.encoding import decode_markup
from ingest.html import SELF_CLOSED

_HEAD = 64 * 1024
_DEEPEST = 1000
_PIECES = 2000
_AGAIN = 4 * 2**20
"""Bytes of the largest feed that is read in more ways than one."""
_UNCOUNTED = frozenset(SELF_CLOSED)
_TAG = re.compile(r"<(/?)(?:[\w.-]+:)?([A-Za-z][\w.-]*)[^<>]*?(/?)>")
_HTML = re.compile(r"<\s*(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_ROOT = re.compile(r"<\s*(?:[\w.-]+:)?(?:rss|feed|rdf|channel)\b", re.IGNORECASE)
_ROOT_TAG = re.compile(r"<(?:[\w.-]+:)?(?:rss|feed|rdf)\b[^<>]{0,4000}>", re.IGNORECASE)
_CLOSED = re.compile(r"</\s*(?:[\w.-]+:)?(?:rss|feed|rdf|channel)\s*>", re.IGNORECASE)
_MARKED = re.compile(r"<\s*(?:[\w.-]+:)?(?:item|entry)[\s/>]", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_DECLARATION = re.compile(r"^<\?xml\b[^<>]*>")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE = re.compile(r"&#([xX][0-9a-fA-F]{1,8}|\d{1,9});")
_TYPES = {"content-type": "application/xml; charset=utf-8"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What feedparser makes of a feed.

    Attributes:
        text: the feed as text, from its first tag on.
        feed: what it says of itself. entries: its entries, without feedparser's aliases.
        version: the format, as feedparser names it (``rss20``); empty when it is none it knows.
        lang: the language of its root. marked: how many entries its markup opens. damage: what is wrong with it.
        encoding: a note where the encoding had to be guessed or mended.
    """

    text: str
    feed: Mapping[str, Any]
    entries: tuple[Mapping[str, Any], ...]
    version: str
    lang: str | None
    marked: int
    damage: str
    encoding: str | None

    @property
    def cut_off(self) -> bool:
        """Whether the end of the feed is missing."""
        return bool(_ROOT.search(self.text[:_HEAD])) and not _CLOSED.search(self.text[-_HEAD:])


def parse_feed(data: bytes, *, item: str, content_type: str | None = None) -> Parsed:
    """The feed, or as much of it as can be had.

    Raises:
        ParseError: it is no feed (an HTML page is named as one), or nested so deep that reading it would take for ever.
    """
    named = _CHARSET.search(content_type or "")
    whole, note = decode_markup(data, charset=named[1] if named else None)
    text = _REFERENCE.sub(_real, _NO_XML.sub("", whole[max(0, whole.find("<")) :]))
    marked = len(_MARKED.findall(text))
    if not marked and not _ROOT.search(text[:_HEAD]):
        raise ParseError(_no_feed(text), item=item, stage="parse")
    if _too_deep(text):
        raise ParseError(f"feed with elements nested more than {_DEEPEST} deep", item=item, stage="parse")
    bare = _DECLARATION.sub("", text)
    parsed = _feedparser(bare.encode("utf-8", "replace"), _TYPES)
    again = len(data) <= _AGAIN
    if again and (parsed is None or len(parsed.entries) < marked) and not _too_deep(data.decode("latin-1")):
        as_it_came = _feedparser(data, {})  # never fewer than feedparser finds by itself
        if as_it_came is not None and (parsed is None or len(as_it_came.entries) > len(parsed.entries)):
            parsed = as_it_came
    if parsed is None or (again and parsed.get("bozo") and len(parsed.entries) < marked):
        pieces = _piece_by_piece(bare)
        parsed = pieces if parsed is None or len(pieces.entries) > len(parsed.entries) else parsed
    if not parsed.entries and not parsed.get("version"):
        raise ParseError(_no_feed(text, parsed.get("bozo_exception")), item=item, stage="parse")
    feed = dict.copy(parsed.feed)
    lang = feed.get("language") or parsed.get("language") or (feed.get("title_detail") or {}).get("language")
    return Parsed(
        text=text,
        feed=feed,
        entries=tuple(dict.copy(raw) for raw in parsed.entries),
        version=str(parsed.get("version") or ""),
        lang=str(lang) if lang else None,
        marked=marked,
        damage=str(parsed.get("bozo_exception") or "") if parsed.get("bozo") else "",
        encoding=note,
    )


def _real(reference: re.Match[str]) -> str:
    """The reference, or what stands for a character where it names none."""
    digits = reference[1]
    code = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
    fits = code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    return reference[0] if fits else "\ufffd"


def _feedparser(data: bytes, headers: dict[str, str]) -> Any:
    """What feedparser makes of it; None where it fails itself, as it does on some broken feeds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own parts, on odd input
        try:
            return feedparser.parse(  # no address: feedparser would make relative ids into addresses
                io.BytesIO(data), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
            )
        except Exception:  # it promises nothing of what it raises
            return None


def _piece_by_piece(text: str) -> Any:
    """The entries that feedparser reads when it is given one at a time, after it failed on the whole."""
    starts = [found.start() for found in _MARKED.finditer(text)][:_PIECES]
    before = text[: min(starts[0], _HEAD)] if starts else text[:_HEAD]
    root = _ROOT_TAG.search(before)
    head = f"{root[0]}<channel>" if root else "<rss><channel>"
    found = _feedparser(before.encode("utf-8", "replace"), _TYPES) or feedparser.FeedParserDict(feed={}, version="")
    found["entries"] = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=False):
        piece = _feedparser((head + text[start:end]).encode("utf-8", "replace"), _TYPES)
        found["entries"] += piece.entries[:1] if piece is not None else []
    return found


def _too_deep(text: str) -> bool:
    """Whether any entry nests so deep that parsing it would take time squared; tags left open end with their entry."""
    if text.count("<") < _DEEPEST:
        return False
    depth = 0
    for found in _TAG.finditer(text):
        name = found[2].lower()
        if name in _UNCOUNTED:
            continue
        if found[1]:
            depth = 2 if name in ("item", "entry") else max(0, depth - 1)
        elif not found[3]:
            depth += 1
            if depth > _DEEPEST:
                return True
    return False


def _no_feed(text: str, error: object = None) -> str:
    head = text[:4096]
    if _ROOT.search(head) and not _HTML.search(head[:512]):
        return f"is a broken feed: {error or 'nothing could be read from it'}"
    if _HTML.search(head):
        return "is an HTML page, not a feed"
    return "is no feed (RSS, RDF, CDF, Atom or JSON Feed)"
