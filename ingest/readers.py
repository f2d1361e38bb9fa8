"""Which reader reads what: the table of kinds, how a kind is told, and the one way in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from domain.errors import InputError, ItemError, ParseError
from domain.protocols import Reader, Reading, ReadOptions
from domain.source import Failure, Stage
from ingest.archives import looks_like_archive, read_archive
from ingest.documents import RawReader, failure, guarded
from ingest.encoding import sniff
from ingest.feeds import read_feed
from ingest.files import load, read_html, read_markdown_file, read_text, walk
from ingest.inside import Inside
from ingest.jsonl import read_json, read_jsonl
from ingest.mail import read_mail
from ingest.mbox import looks_like_mbox, read_mbox
from ingest.msg import read_msg
from ingest.names import storable
from ingest.office import read_docx, read_odt
from ingest.packed import LIMIT, bare_name, peek, unpack
from ingest.pdf import read_pdf
from ingest.pictures import read_picture
from ingest.rtf import read_rtf
from ingest.sheets import looks_like_table, read_csv, read_xlsx
from ingest.sitemaps import read_news
from ingest.tables import looks_like_events, read_events
from ingest.tei import read_tei
from ingest.telegram import looks_like_telegram, read_telegrams

HEAD = 16 * 1024
"""So many first bytes are enough to tell a kind."""

WHOLE = 64 * 2**20
"""Bytes, unpacked, of the largest file that is read as one text or one tree; what is read in rows may be larger."""

UNKNOWN = "unknown"
OPML = "opml"


def _reader(raw: RawReader, *, kind: str) -> Reader:
    """The reader that opens compressed data first and turns whatever goes wrong into failures."""

    def read_guarded(data: bytes, *, item: str, options: ReadOptions) -> Iterator[Reading]:
        return guarded(
            lambda content, *, item, options: raw(_opened(content, kind, item=item), item=item, options=options),
            data=data,
            item=item,
            options=options,
        )

    return read_guarded


def _opened(data: bytes, kind: str, *, item: str) -> bytes:
    """What is inside compressed data, within what a file of this kind may come to."""
    limit = WHOLE if kind in _WHOLE else LIMIT
    content = unpack(data, item=item, limit=limit)
    if len(content) > limit:
        raise ParseError(f"is larger than {limit // 2**20} MiB", item=item, stage=Stage.PARSE)
    return content


def _read_inside(
    data: bytes, *, item: str, options: ReadOptions, content_type: str, inside: Inside
) -> Iterator[Reading]:
    """What a letter or an archive holds, read by whatever reads its kind; ``inside`` bounds what it holds in turn.

    Raises:
        ParseError: the budget of the outermost input is used up.
    """
    kind = detect_kind(item, data[:HEAD], content_type)
    if kind not in READERS:
        return read(data, kind=kind, item=item, options=options)
    raw = _RAW.get(kind) or partial(_CONTAINERS[kind], inside=inside)
    try:
        if kind in _CONTAINERS:
            inside.check(item=item)
        content = _opened(data, kind, item=item)
    except ParseError as error:
        return iter([failure(item, error.reason, options=options)])
    if len(content) > len(data):
        inside.budget.take(len(content), item=item)
    return guarded(raw, data=content, item=item, options=options)


def _container(raw: RawReader) -> RawReader:
    """The reader of a letter or an archive as the outermost input, with a budget of its own."""

    def read_container(data: bytes, *, item: str, options: ReadOptions) -> Iterator[Reading]:
        return raw(data, item=item, options=options, inside=Inside(_read_inside))

    return read_container


_RAW: dict[str, RawReader] = {
    "feed": read_feed,
    "sitemap": read_news,
    "jsonl": read_jsonl,
    "telegram": read_telegrams,
    "text": read_text,
    "markdown": read_markdown_file,
    "html": read_html,
    "pdf": read_pdf,
    "docx": read_docx,
    "odt": read_odt,
    "rtf": read_rtf,
    "picture": read_picture,
    "json": read_json,
    "csv": read_csv,
    "xlsx": read_xlsx,
    "tei": read_tei,
    "events": read_events,
}
_WHOLE = frozenset(("text", "markdown", "html", "telegram", "json", "rtf", "mail"))
_CONTAINERS: dict[str, RawReader] = {"mail": read_mail, "mbox": read_mbox, "msg": read_msg, "archive": read_archive}

READERS: Mapping[str, Reader] = {
    kind: _reader(raw, kind=kind)
    for kind, raw in {**_RAW, **{k: _container(raw) for k, raw in _CONTAINERS.items()}}.items()
}
"""Every kind that gives documents or events; a list of feeds (``opml``) gives sources instead: ``ingest.opml``."""

_SUFFIXES = {
    ".pdf": "pdf", ".docx": "docx", ".eml": "mail", ".htm": "html", ".html": "html", ".xhtml": "html",
    ".md": "markdown", ".markdown": "markdown", ".jsonl": "jsonl", ".ndjson": "jsonl", ".opml": OPML,
    ".rss": "feed", ".atom": "feed", ".rdf": "feed", ".odt": "odt", ".ott": "odt", ".rtf": "rtf", ".docm": "docx",
    ".dotx": "docx", ".xlsx": "xlsx", ".xlsm": "xlsx", ".msg": "msg", ".doc": "msg", ".xls": "msg", ".ppt": "msg",
    ".mbox": "mbox", ".zip": "archive", ".tar": "archive", ".tgz": "archive", ".txz": "archive", ".tbz2": "archive",
    ".tbz": "archive", ".png": "picture", ".jpg": "picture", ".jpeg": "picture", ".tif": "picture", ".tiff": "picture",
    ".bmp": "picture", ".gif": "picture", ".webp": "picture",
}  # fmt: skip
_BYTES = frozenset(("pdf", "docx", "odt", "xlsx", "msg", "archive", "picture"))
"""Kinds that are no text: what is called so and is not is given to their readers, who say what is wrong."""

_TYPES = {
    "application/pdf": "pdf", "message/rfc822": "mail", "text/markdown": "markdown", "application/x-ndjson": "jsonl",
    "application/jsonl": "jsonl", "application/feed+json": "feed", "application/rss+xml": "feed",
    "application/atom+xml": "feed", "application/rdf+xml": "feed", "text/x-opml": OPML, "text/x-opml+xml": OPML,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx", "application/rtf": "rtf",
    "application/vnd.oasis.opendocument.text": "odt", "application/vnd.ms-outlook": "msg", "application/mbox": "mbox",
    "application/zip": "archive", "text/csv": "csv",
}  # fmt: skip
_BINARY = (b"RIFF", b"ID3", b"OggS", b"\x7fELF", b"Rar!", b"7z\xbc\xaf", b"SQLite format 3")
_PICTURES = re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8|II\*\x00|MM\x00\*|BM.{4}\x00{4}|RIFF.{4}WEBP", re.DOTALL)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OFFICE = re.compile(r"\[Content_Types\]\.xml$|_rels/|docProps/|customXml/|word/|xl/|ppt/|mimetype$")
_OPEN_TEXT = b"application/vnd.oasis.opendocument.text"
_SKIP = re.compile(r"\s*(?:<\?.*?\?>|<!--.*?-->|<!doctype[^<>\[]*(?:\[.*?\]\s*)?>)", re.IGNORECASE | re.DOTALL)
_ROOT = re.compile(r"\s*<(?:[\w.-]+:)?([A-Za-z][\w.-]*)")
_ROOTS = {"tei": "tei", "tei.2": "tei", "teicorpus": "tei", "opml": OPML, "rss": "feed", "feed": "feed", "rdf": "feed",
          "channel": "feed", "item": "feed", "entry": "feed", "urlset": "sitemap",
          "sitemapindex": "sitemap"}  # fmt: skip
_FEED_INSIDE = re.compile(
    r"<(?:[\w.-]+:)?(?:rss|feed|RDF)\s[^<>]{0,200}(?:xmlns|version)|<rss\b[^<>]{0,200}>\s*<channel\b"
    r"|<feed\b[^<>]{0,200}>\s*<(?:title|id|link|updated|author|entry)\b"
)
_ENTRY_INSIDE = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)[\s/>]", re.IGNORECASE)
_JSON_FEED = re.compile(r'"(?:feed_url|home_page_url)"\s*:|"items"\s*:\s*\[')
_HTML_WORDS = "html head body div p article main section table h1 h2 h3 span meta title link script a"
_HTML_ROOTS = frozenset(_HTML_WORDS.split())
_MAIL = re.compile(
    r"^(?:From|To|Subject|Date|Message-ID|MIME-Version|Received|Return-Path):\s", re.IGNORECASE | re.MULTILINE
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def detect_kind(path_or_url: str, head: bytes, content_type: str | None = None) -> str:
    """The kind of an input, from its first bytes, its name and what a server says of it; ``unknown`` when none fits.

    The bytes decide where they can; name and content type decide among texts. HTML under the name or the type of a feed
    is still called a feed, so that its reader can say what is wrong.
    """
    name = path_or_url
    if "://" in name:
        try:
            name = urlsplit(name).path
        except ValueError:
            name = ""
    suffix = PurePosixPath(bare_name(name.replace("\\", "/")).lower()).suffix
    claimed = _TYPES.get((content_type or "").partition(";")[0].strip().lower()) or _SUFFIXES.get(suffix)
    head = peek(head, size=HEAD)
    if (kind := _by_magic(head, claimed)) is not None:
        return kind
    text = sniff(head).lstrip("\ufeff")
    if not text.strip():
        return claimed or "text"
    if text.lstrip().startswith("<"):
        return _markup_kind(text, claimed, suffix, content_type or "")
    if text.lstrip().startswith(("{", "[")):
        return _json_kind(text, claimed, suffix)
    if looks_like_events(text):
        return "events"
    if claimed in {None, "feed"} and _FEED_INSIDE.search(text):  # words before it: a server's message, a warning
        return "feed"
    if claimed in {"markdown", "html", "jsonl", "mail", "feed"}:
        return claimed
    if looks_like_telegram(text):
        return "telegram"
    if len(_CONTROL.findall(text)) > 0.02 * len(text):
        return UNKNOWN
    if suffix in {".csv", ".tsv"} or claimed == "csv" or (suffix not in {".txt", ".text"} and looks_like_table(text)):
        return "csv"
    if suffix not in {".txt", ".text"} and len(_MAIL.findall(text[:2000])) >= 3:
        return "mail"
    return "html" if (content_type or "").lower().startswith("text/html") else "text"


def read(
    data: bytes, *, kind: str, item: str, options: ReadOptions, content_type: str | None = None
) -> Iterator[Reading]:
    """Everything one input holds, lazily: documents, events, failures. Nothing in the data makes it raise.

    ``content_type`` is what a server says of a feed: its charset helps where the feed's own does not.

    Raises:
        InputError: there is no such kind (raised at the call, not while iterating).
    """
    item = storable(item)
    if kind == UNKNOWN:
        return iter([failure(item, "is of no kind that can be read: " + ", ".join(READERS), options=options)])
    if kind == OPML:
        return iter([failure(item, "is a list of feeds, not documents", options=options)])
    if kind not in READERS:
        raise InputError(f"unknown kind {kind!r}; known: {', '.join((*READERS, OPML))}", item=item)
    if kind == "csv" and options.mapping and "event" in options.mapping:
        kind = "events"
    if kind == "feed" and content_type:
        return _reader(partial(read_feed, content_type=content_type), kind=kind)(data, item=item, options=options)
    return READERS[kind](data, item=item, options=options)


def read_path(path: Path, *, options: ReadOptions, kind: str | None = None) -> Iterator[Reading]:
    """Everything below a path, file by file in a stable order; folders and files that cannot be opened are failures.

    Files are named by their absolute path, so that reading them again from elsewhere finds the same documents.
    """
    for found in walk(path.resolve()):
        if isinstance(found, Failure):
            yield Reading(replace(found, at=options.read_at))
            continue
        try:
            data = load(found)
        except ItemError as error:
            yield failure(storable(str(found)), error.reason, options=options, stage=Stage.FETCH)
            continue
        told = kind or detect_kind(str(found), data[:HEAD])
        yield from read(data, kind=told, item=str(found), options=options)


def _by_magic(head: bytes, claimed: str | None) -> str | None:
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return _zip_kind(head, claimed)
    if head.startswith(_OLE):
        return "msg"
    if head.lstrip().startswith(b"{\\rtf"):
        return "rtf"
    if _PICTURES.match(head):
        return "picture"
    if looks_like_archive(head):
        return "archive"
    if head.startswith(_BINARY):
        return UNKNOWN
    if looks_like_mbox(head):
        return "mbox"
    return claimed if claimed in _BYTES else None


def _zip_kind(head: bytes, claimed: str | None) -> str:
    """An office file is told by the name of its first part: an archive may well hold one as it is."""
    first = head[30 : 30 + int.from_bytes(head[26:28], "little")].decode("utf-8", "replace")
    if not _OFFICE.match(first):
        return "archive" if claimed not in {"docx", "xlsx", "odt"} else claimed
    if first == "mimetype":
        return "odt" if _OPEN_TEXT in head[:200] else UNKNOWN
    if claimed in {"docx", "xlsx"}:
        return claimed
    return next((kind for sign, kind in ((b"word/", "docx"), (b"xl/", "xlsx")) if sign in head), UNKNOWN)


def _markup_kind(text: str, claimed: str | None, suffix: str, content_type: str) -> str:
    at = 0
    while skipped := _SKIP.match(text, at):
        at = skipped.end()
    found = _ROOT.match(text, at)
    root = found[1].lower() if found else ""
    if root in _ROOTS:
        return _ROOTS[root]
    if _FEED_INSIDE.search(text):
        return "feed"
    if claimed in {"feed", OPML, "markdown", "mail"}:
        return claimed
    if root not in {"html", "head", "body"} and claimed != "html" and _ENTRY_INSIDE.search(text):
        return "feed"  # its own root is missing
    if root in _HTML_ROOTS or claimed == "html" or "doctype html" in text[:at].lower():
        served_as_feed = suffix == ".xml" or content_type.lower().startswith(("application/xml", "text/xml"))
        return "feed" if served_as_feed and "xhtml" not in text[:1000].lower() else "html"
    if content_type.lower().startswith("text/html"):
        return "html"
    return UNKNOWN if root or not text.lstrip().startswith(("<?xml", "<!--")) else "feed"  # its root is further down


def _json_kind(text: str, claimed: str | None, suffix: str) -> str:
    if "jsonfeed.org/version" in text or claimed == "feed":
        return "feed"
    first = text.lstrip().partition("\n")[0].rstrip()
    whole_line = first.startswith("{") and (first.endswith("}") or "\n" not in text)
    if claimed == "jsonl" or (whole_line and '"text"' in first):
        return "jsonl"
    if text.lstrip().startswith("{") and _JSON_FEED.search(text):
        return "feed"
    if suffix == ".json" or re.match(r"\s*\[\s*\{", text):
        return "json"
    return claimed if claimed not in {None, "csv"} else "text"
