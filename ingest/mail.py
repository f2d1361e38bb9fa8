"""Electronic mail (RFC 5322, MIME): the message as one document, each attachment as a document of its own."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses

from domain.errors import ParseError
from domain.protocols import Reading, ReadOptions
from ingest.clean import clean, one_line
from ingest.encoding import decode
from ingest.inside import Inside
from ingest.letters import Attached, Letter, deliver
from ingest.names import inner_name

PARTS = 200
"""Parts of a message that are looked at; a message with more is reported."""

HEADER = 64 * 1024
"""Characters of a header that are read: the standard library's parsing of longer ones takes time squared."""


class _CappedHeaders(email.policy.Compat32):
    """The standard library's own policy, with headers cut to a length that can be parsed in time."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:HEADER]


_HEADER = re.compile(rb"^[\w-]{1,76}:", re.MULTILINE)
_ENVELOPE = re.compile(rb"From [^\r\n]*\r?\n")
_DECODED = 8 * 1024


def read_mail(data: bytes, *, item: str, options: ReadOptions, inside: Inside) -> Iterator[Reading]:
    """The message and what is attached to it (see ``ingest.letters.deliver``).

    Raises:
        ParseError: it is no message: it has no header lines, or its parts are nested without end.
    """
    data = data.lstrip()
    if envelope := _ENVELOPE.match(data[:1000]):
        data = data[envelope.end() :]
    if not _HEADER.match(data[:200]):
        raise ParseError("is no mail message: it has no header", item=item, stage="parse")
    try:
        message = email.message_from_bytes(data, policy=_CappedHeaders())
        letter = _letter(message, item)
    except RecursionError:
        raise ParseError("is no mail message that can be read: its parts are nested without end", item=item,
                         stage="parse") from None  # fmt: skip
    yield from deliver(letter, item=item, options=options, inside=inside)


def addresses(printed: str) -> tuple[str, ...]:
    """The names and addresses in a header, each as ``Name <address>``."""
    pairs = getaddresses([printed[:20_000]])
    return tuple(
        one_line(f"{who} <{address}>" if who else address, limit=200) for who, address in pairs[:200] if address
    )


def decoded(raw: object) -> str:
    """A header's text with its encoded words spelled out."""
    try:
        return clean(str(make_header(decode_header(str(raw)[:_DECODED]))))
    except (ValueError, LookupError, UnicodeError):
        return clean(str(raw))


def _letter(message: Message, item: str) -> Letter:
    parts = [part for part in _walk(message) if part.get_content_maintype() != "multipart"]
    bodies, attached = _sort(parts[:PARTS])
    plain = [_text(part, item).strip() for part in bodies if part.get_content_type() == "text/plain"]
    marked = [_text(part, item) for part in bodies if part.get_content_type() == "text/html"]
    trouble = f"message of {len(parts)} parts; only the first {PARTS} were read" if len(parts) > PARTS else ""
    return Letter(
        subject=one_line(_header(message, "Subject")),
        text="\n\n".join(filter(None, plain)),
        html="\n".join(marked),
        date=_header(message, "Date"),
        message_id=_header(message, "Message-ID").strip("<> "),
        lang=_header(message, "Content-Language"),
        sender=addresses(_header(message, "From")),
        to=addresses(_header(message, "To")),
        cc=addresses(_header(message, "Cc")),
        reply_to=_header(message, "In-Reply-To").strip("<> "),
        attached=tuple(_attached(part, number) for number, part in enumerate(attached, start=1)),
        trouble=(trouble,) if trouble else (),
    )


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


def _text(part: Message, item: str) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes) or not payload:
        return ""
    try:
        return decode(payload, item=item, declared=part.get_content_charset())[0]
    except ParseError:
        return payload.decode("ascii", "ignore")


def _attached(part: Message, number: int) -> Attached:
    shown = part.get_content_disposition() == "inline" or part.get("Content-ID") is not None
    return Attached(
        name=_file_name(part, number),
        content_type=part.get_content_type(),
        data=lambda: _bytes(part),
        inline=shown and part.get_content_disposition() != "attachment",
    )


def _bytes(part: Message) -> bytes:
    if part.get_content_maintype() == "message" or part.is_multipart():
        inner = part.get_payload()
        return inner[0].as_bytes() if isinstance(inner, list) and inner and isinstance(inner[0], Message) else b""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _header(message: Message, name: str) -> str:
    raw = message.get(name)
    return "" if raw is None else decoded(raw)


def _file_name(part: Message, number: int) -> str:
    try:
        name = inner_name(str(make_header(decode_header((part.get_filename() or "")[:_DECODED]))))
    except (ValueError, LookupError, UnicodeError):
        name = ""
    return f"{number}-{name}" if name else f"{number}-{part.get_content_subtype()}"
