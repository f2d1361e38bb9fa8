"""Mailboxes in one file (mbox): each message after its From_ line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from domain.errors import ParseError
from domain.protocols import Reading, ReadOptions
from ingest.documents import failure
from ingest.inside import Inside
from ingest.mail import read_mail

MESSAGES = 200_000
"""Messages of one mailbox that are read."""

# A From_ line stands at the file's beginning or after an empty line, and a header line follows it; the date may be odd.
_START = re.compile(rb"(?:\A|(?<=\n)\r?\n)From [^\r\n]{0,500}\r?\n(?=[!-9;-~]{1,76}:)")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)


def looks_like_mbox(head: bytes) -> bool:
    """Whether data that begins so is a mailbox: a From_ line, then a header."""
    return bool(_START.match(head.lstrip()))


def read_mbox(data: bytes, *, item: str, options: ReadOptions, inside: Inside) -> Iterator[Reading]:
    """Every message of a mailbox with its attachments, one at a time; a broken one is a failure with its number.

    Raises:
        ParseError: it holds no message.
    """
    data = data.lstrip()
    number = 0
    for start, end in _messages(data):
        number += 1
        place = f"{item}#{number}"
        if number > MESSAGES:
            yield failure(item, f"mailbox of more than {MESSAGES} messages; the rest was not read", options=options)
            return
        message = _QUOTED.sub(rb"\1", data[start:end])
        try:
            yield from read_mail(message, item=place, options=options, inside=inside)
        except ParseError as error:
            yield failure(place, error.reason, options=options)
        except Exception as error:  # one message that trips the library must not take the others with it
            yield failure(place, f"could not be read: {type(error).__name__}: {error}", options=options)
    if not number:
        raise ParseError("is no mailbox: it has no From line with a message after it", item=item, stage="parse")


def _messages(data: bytes) -> Iterator[tuple[int, int]]:
    """Where each message begins (after its From_ line) and ends."""
    start = -1
    for found in _START.finditer(data):
        if start >= 0:
            yield start, found.start()
        start = found.end()
    if start >= 0:
        yield start, len(data)
