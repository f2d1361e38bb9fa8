"""Electronic mail: the message as one document, and each attachment as a document of its own."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses

from domain.document import Document, DocumentKind
from domain.errors import ParseError
from domain.label import Label, strictest
from domain.protocols import Reading, ReadOptions
from ingest.clean import clean, one_line
from ingest.documents import failure, make_document
from ingest.encoding import decode
from ingest.html import to_text

PARTS = 200
"""Parts of a message that are looked at; a message with more is reported."""

DEEPEST = 4
"""Messages within messages that are opened."""

HEADER = 64 * 1024
"""Characters of a header that are read: the standard library's parsing of longer ones takes time squared."""


class _CappedHeaders(email.policy.Compat32):
    """The standard library's own policy, with headers cut to a length that can be parsed in time."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:HEADER]


ReadPart = Callable[..., Iterator[Reading]]
_HEADER = re.compile(rb"^[\w-]{1,76}:", re.MULTILINE)
_DECODED = 8 * 1024
_UNSAFE = re.compile(r"[\x00-\x1f/\\]+")


def read_mail(
    data: bytes, *, item: str, options: ReadOptions, read_part: ReadPart, depth: int = 0
) -> Iterator[Reading]:
    """The message and its attachments, which carry the message's source, label and date and name it as their parent.

    ``read_part(data, item=..., options=..., content_type=...)`` reads one attachment. A message without a text of its
    own has its subject as text.

    Raises:
        ParseError: it is no message: it has no header lines.
    """
    if not _HEADER.match(data.lstrip()[:200]):
        raise ParseError("is no mail message: it has no header", item=item, stage="parse")
    message = email.message_from_bytes(data, policy=_CappedHeaders())
    parts = [part for part in _walk(message) if part.get_content_maintype() != "multipart"]
    bodies, attached = _sort(parts[:PARTS])
    text = _body(bodies, item)
    subject = one_line(_header(message, "Subject"))
    names = [_file_name(part, number) for number, part in enumerate(attached, start=1)]
    letter = make_document(
        item=item,
        options=options,
        text=text or subject or "(no text)",
        title=subject,
        published=_header(message, "Date"),
        external_id=_header(message, "Message-ID").strip("<> ") or None,
        lang=_header(message, "Content-Language") or None,
        kind=DocumentKind.MAIL,
        meta={
            "from": _addresses(message, "From"),
            "to": _addresses(message, "To"),
            "cc": _addresses(message, "Cc"),
            "reply_to": _header(message, "In-Reply-To").strip("<> "),
            "attachments": names,
        },
    )
    yield Reading(letter)
    if len(parts) > PARTS:
        yield failure(item, f"message of {len(parts)} parts; only the first {PARTS} were read", options=options)
    for part, name in zip(attached, names, strict=True):
        yield from _attachment(part, name=name, letter=letter, options=options, read_part=read_part, depth=depth)


def _walk(message: Message) -> Iterator[Message]:
    """Every part, with attached messages left whole; flat, so that deep nesting costs no stack."""
    stack = [message]
    while stack:
        part = stack.pop()
        yield part
        if part.get_content_maintype() == "multipart" and isinstance(payload := part.get_payload(), list):
            stack.extend(child for child in reversed(payload[: PARTS + 1]) if isinstance(child, Message))


def _sort(parts: list[Message]) -> tuple[list[Message], list[Message]]:
    """The parts that are the letter's own text, and those that are attached to it."""
    bodies: list[Message] = []
    attached: list[Message] = []
    for part in parts:
        own = part.get_content_type() in {"text/plain", "text/html"} and not part.get_filename()
        is_body = own and part.get_content_disposition() != "attachment"
        (bodies if is_body else attached).append(part)
    return bodies, attached


def _body(parts: list[Message], item: str) -> str:
    plain_parts = [_text(part, item) for part in parts if part.get_content_type() == "text/plain"]
    if any(text.strip() for text in plain_parts):
        return "\n\n".join(filter(None, map(str.strip, plain_parts)))
    return "\n\n".join(to_text(_text(part, item)) for part in parts if part.get_content_type() == "text/html")


def _text(part: Message, item: str) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes) or not payload:
        return ""
    try:
        return decode(payload, item=item, declared=part.get_content_charset())[0]
    except ParseError:
        return payload.decode("ascii", "ignore")


def _attachment(
    part: Message, *, name: str, letter: Document, options: ReadOptions, read_part: ReadPart, depth: int
) -> Iterator[Reading]:
    place = f"{letter.item}!{name}"
    inside = replace(options, source=letter.source, label=strictest((letter.label, options.label or Label.OPEN)))
    if part.get_content_maintype() in {"image", "audio", "video"}:
        return
    if part.get_content_type() == "message/rfc822" or part.is_multipart():
        inner = part.get_payload()
        data = inner[0].as_bytes() if isinstance(inner, list) and inner and isinstance(inner[0], Message) else b""
        if depth + 1 >= DEEPEST:
            yield failure(place, f"messages nested more than {DEEPEST} deep", options=options, source=letter.source)
            return
        readings = (
            read_mail(data, item=place, options=inside, read_part=read_part, depth=depth + 1) if data else iter(())
        )
    else:
        payload = part.get_payload(decode=True)
        data = payload if isinstance(payload, bytes) else b""
        readings = read_part(data, item=place, options=inside, content_type=part.get_content_type())
    try:
        for reading in readings:
            yield Reading(_adopt(reading.item, letter)) if isinstance(reading.item, Document) else reading
    except ParseError as error:
        yield failure(place, error.reason, options=options, source=letter.source)


def _adopt(document: Document, letter: Document) -> Document:
    """The attachment as its letter's child: it is dated by the letter unless it says better."""
    published: datetime | None = document.published or letter.published
    key = document.external_id or (
        f"{letter.external_id}/{document.item.rpartition('!')[2]}" if letter.external_id else None
    )
    return replace(
        document,
        known=letter.known,
        known_basis=letter.known_basis,
        published=published,
        external_id=key,
        meta={**document.meta, "parent": letter.external_id or letter.item},
    )


def _header(message: Message, name: str) -> str:
    raw = message.get(name)
    if raw is None:
        return ""
    try:
        return clean(str(make_header(decode_header(str(raw)[:_DECODED]))))
    except (ValueError, LookupError, UnicodeError):
        return clean(str(raw))


def _addresses(message: Message, name: str) -> list[str]:
    pairs = getaddresses([_header(message, name)[:20_000]])
    return [one_line(f"{who} <{address}>" if who else address, limit=200) for who, address in pairs[:200] if address]


def _file_name(part: Message, number: int) -> str:
    try:
        raw = part.get_filename() or ""
        name = str(make_header(decode_header(raw)))
    except (ValueError, LookupError, UnicodeError):
        name = ""
    name = _UNSAFE.sub("_", clean(name)).strip(". ")[:150]
    return f"{number}-{name}" if name else f"{number}-{part.get_content_subtype()}"
