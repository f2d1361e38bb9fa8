"""A letter, from whatever format it was taken: as one document, with each attachment as a document of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from domain.document import Document, DocumentKind
from domain.errors import ParseError
from domain.label import Label, strictest
from domain.protocols import Reading, ReadOptions
from domain.source import Failure
from ingest.documents import failure, make_document
from ingest.html import to_text
from ingest.inside import Inside
from ingest.ocr import NO_TEXT

_UNOPENED = {
    "application/ms-tnef": "is Outlook's own wrapping (winmail.dat), which is not opened: have the letter sent as "
    "plain text or HTML, or saved as .msg",
    "application/pkcs7-mime": "is encrypted or signed as a whole (S/MIME) and cannot be opened without its key",
    "application/x-pkcs7-mime": "is encrypted or signed as a whole (S/MIME) and cannot be opened without its key",
    "application/pgp-encrypted": "is encrypted (PGP) and cannot be opened without its key",
}
_SIGNATURES = frozenset(("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature",
                         "application/pgp-keys"))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """Something attached: its name as part of an item, its type, how to get its bytes, whether it is only shown.

    ``nested`` reads what lies in pieces within the same file and has no bytes of its own: a message within a message.
    """

    name: str
    content_type: str
    data: Callable[[], bytes]
    inline: bool = False
    nested: Callable[..., Iterator[Reading]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a letter says, in the terms of its headers; ``trouble`` is what was left out of it, and why."""

    subject: str = ""
    text: str = ""
    html: str = ""
    date: str | datetime | None = None
    message_id: str = ""
    lang: str = ""
    sender: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    reply_to: str = ""
    attached: tuple[Attached, ...] = ()
    trouble: tuple[str, ...] = ()


def deliver(letter: Letter, *, item: str, options: ReadOptions, inside: Inside) -> Iterator[Reading]:
    """The letter and its attachments, which carry the letter's source, label and date and name it as their parent.

    A letter without a text of its own has its subject as text. Sounds, films and signatures are named in the letter's
    meta data only, and so are pictures that are shown in its text or hold nothing to be read.
    """
    paper = make_document(
        item=item,
        options=options,
        text=letter.text.strip() or to_text(letter.html) or letter.subject or "(no text)",
        html=letter.html,
        title=letter.subject,
        published=letter.date,
        external_id=letter.message_id or None,
        lang=letter.lang or None,
        kind=DocumentKind.MAIL,
        meta={
            "from": list(letter.sender),
            "to": list(letter.to),
            "cc": list(letter.cc),
            "reply_to": letter.reply_to,
            "attachments": [one.name for one in letter.attached],
        },
    )
    yield Reading(paper)
    for reason in letter.trouble:
        yield failure(item, reason, options=options, source=paper.source)
    below = replace(options, source=paper.source, label=strictest((paper.label, options.label or Label.OPEN)))
    for one in letter.attached:
        place = f"{item}!{one.name}"
        try:
            for reading in _open(one, place=place, options=below, inside=inside):
                yield Reading(_adopt(reading.item, paper)) if isinstance(reading.item, Document) else reading
        except ParseError as error:
            yield failure(error.item or place, error.reason, options=below)


def _open(one: Attached, *, place: str, options: ReadOptions, inside: Inside) -> Iterator[Reading]:
    content_type = one.content_type.lower()
    if content_type in _SIGNATURES or content_type.startswith(("audio/", "video/")):
        return
    picture = content_type.startswith("image/")
    if picture and one.inline:
        return
    if content_type in _UNOPENED or one.name.lower().endswith("winmail.dat"):
        reason = _UNOPENED.get(content_type, _UNOPENED["application/ms-tnef"])
        yield failure(place, reason, options=options)
        return
    if one.nested is not None:
        yield from one.nested(item=place, options=options, inside=inside.deeper(item=place))
        return
    for reading in inside.read(one.data(), item=place, options=options, content_type=content_type):
        found = reading.item
        if not (picture and isinstance(found, Failure) and NO_TEXT in found.error):
            yield reading


def _adopt(document: Document, letter: Document) -> Document:
    """The attachment as its letter's child: it is dated by the letter unless it says better."""
    inner = document.item[len(letter.item) + 1 :]
    key = document.external_id or (f"{letter.external_id}/{inner}" if letter.external_id else None)
    return replace(
        document,
        known=letter.known,
        known_basis=letter.known_basis,
        published=document.published or letter.published,
        external_id=key,
        meta={"parent": letter.external_id or letter.item, **document.meta},
    )
