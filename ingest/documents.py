"""The one place where readers' findings become a ``Document``: cleaned, dated, labelled, named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import PurePath
from urllib.parse import urlsplit

from domain.document import Document, DocumentKind, KnownBasis
from domain.errors import ItemError, ParseError
from domain.label import Label
from domain.protocols import Reading, ReadOptions
from domain.source import Failure, Stage
from domain.time import to_utc
from ingest.clean import clean, one_line, tidy
from ingest.dates import read_date
from ingest.dedup import canonical_url
from ingest.mojibake import repaired_together
from ingest.sanitize import harmless, worth_keeping

LONGEST = 5_000_000
"""Characters of the longest text taken as one document; a library of novels in one file is not one document."""

_BREAK = re.compile(r"[\r\n]+")
_LINE = re.compile(r"[^\n]+")
_LANGUAGE = re.compile(r"^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*$")

Meta = Mapping[str, str | list[str]]
RawReader = Callable[..., Iterator[Reading]]


def make_document(
    *,
    item: str,
    options: ReadOptions,
    text: str,
    title: str = "",
    source: str = "",
    published: str | datetime | None = None,
    known: datetime | None = None,
    url: str | None = None,
    external_id: str | None = None,
    lang: str | None = None,
    kind: DocumentKind = DocumentKind.REPORT,
    label: Label = Label.OPEN,
    html: str = "",
    meta: Meta | None = None,
) -> Document:
    """A document as the store takes it.

    ``published`` may be as printed: an unreadable or implausible one is kept in the meta data as
    ``published_as_printed``. ``known`` overrides the rule of the options. ``source`` is what the input says of itself;
    the operator's name for it wins, and the folder or host it came from is the last resort. ``html`` is the text as its
    source marks it up, of any origin: only what ``ingest.sanitize.harmless`` leaves of it is kept, and only where it
    says more than the plain text.

    Raises:
        ParseError: there is no text, or more than one document can hold.
    """
    if len(text) > 4 * LONGEST:  # before anything is done with it: most of it cannot be blanks
        raise _too_long(len(text), item)
    raw = text
    title, text, note = repaired_together(_BREAK.sub(" ", title), raw)
    if text is not raw and title and title == first_line(raw):
        title = first_line(text)
    body = tidy(text)
    heading = one_line(title)
    if not _visible(body):
        raise ParseError("holds no text", item=item, stage=Stage.PARSE)
    if len(body) > LONGEST:
        raise _too_long(len(body), item)
    printed = published.isoformat() if isinstance(published, datetime) else published
    moment, odd = read_date(printed, read_at=options.read_at)
    facts = {key: value for key, value in (meta or {}).items() if value}
    if odd:
        facts["published_as_printed"] = odd
    if note:
        facts["encoding"] = note
    when, basis = known_time(published=moment, known=known, options=options)
    return Document(
        source=options.source or one_line(source, limit=200) or place_of(item),
        title=heading if _visible(heading) else first_line(body),
        text=body,
        item=clean(item),
        known=when,
        known_basis=basis,
        published=moment,
        url=canonical_url(url) if url else None,
        external_id=one_line(external_id, limit=1000) or None if external_id else None,
        lang_hint=language_tag(lang),
        kind=kind,
        label=max(label, options.label or Label.OPEN),
        html=shown_as(html) if text is raw else "",
        meta={key: _clean_fact(value) for key, value in facts.items()},
    )


def _visible(text: str) -> bool:
    """Whether there is anything to be seen in a text: blanks and characters without width alone are none."""
    return any(not c.isspace() and c.isprintable() for c in text)


def _too_long(length: int, item: str) -> ParseError:
    reason = f"text of {length:,} characters is longer than {LONGEST:,}; split it"
    return ParseError(reason, item=item, stage=Stage.PARSE)


def shown_as(html: str) -> str:
    """The markup kept with a document: made harmless; empty where it says no more than the plain text."""
    kept = harmless(html) if "<" in html else ""
    return kept if worth_keeping(kept) else ""


def known_time(
    *, published: datetime | None, known: datetime | None, options: ReadOptions
) -> tuple[datetime, KnownBasis]:
    """When we could first have known it, and on what grounds."""
    if known is not None:
        return min(to_utc(known), options.read_at), "fetched"
    if options.archive and published is not None and published <= options.read_at:
        return published, "published"
    return options.read_at, "fetched"


def failure(item: str, error: str, *, options: ReadOptions, source: str = "", stage: Stage = Stage.PARSE) -> Reading:
    """A reading that failed, dated with the moment of reading."""
    reason = one_line(error, limit=400)
    name = options.source or one_line(source, limit=200)
    return Reading(Failure(item=clean(item), stage=stage, error=reason, source=name, at=options.read_at))


def guarded(reader: RawReader, *, data: bytes, item: str, options: ReadOptions) -> Iterator[Reading]:
    """Everything the reader yields; whatever it raises becomes one more failure instead."""
    try:
        if not data.strip(b" \t\r\n\x00\xef\xbb\xbf"):
            yield failure(item, "is empty", options=options)
            return
        yield from reader(data, item=item, options=options)
    except ItemError as error:
        yield failure(error.item or item, error.reason, options=options)
    except Exception as error:  # the input is hostile and the libraries raise what they like
        yield failure(item, f"could not be read: {type(error).__name__}: {error}", options=options)


def place_of(item: str) -> str:
    """What an item without a source of its own is filed under: the host of an address, else the folder's name."""
    if "://" in item:
        try:
            return urlsplit(item).hostname or "web"
        except ValueError:
            return "web"
    return PurePath(item).parent.name or "files"


def first_line(text: str, *, limit: int = 120) -> str:
    """The first line of a text as a title for want of another."""
    return one_line(next((line[0] for line in _LINE.finditer(text) if _visible(line[0])), ""), limit=limit)


def language_tag(text: str | None) -> str | None:
    """A language code as a source claims it (BCP 47), or None when it is not one."""
    tag = (text or "").strip()[:35]
    return tag.replace("_", "-") if _LANGUAGE.match(tag) and tag.lower() not in {"und", "unknown"} else None


def _clean_fact(value: str | list[str]) -> str | list[str]:
    if isinstance(value, str):
        return clean(value).strip()
    return [kept for kept in (clean(part).strip() for part in value) if kept]
