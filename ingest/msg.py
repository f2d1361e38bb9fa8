"""Outlook's messages (msg): OLE files whose streams are MAPI properties; and the old Office formats, which are refused.

olefile takes the file apart, in a process of its own. The properties are read here, as [MS-OXMSG] and [MS-OXPROPS]
define them: python-oxmsg keeps every stream of a hostile file in memory at once, and reads text in the code page of
Western Europe where an attachment or an addressee does not name one, which in a message of another code page none does.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.parser import HeaderParser
from functools import partial

from domain.errors import ParseError
from domain.protocols import Reading, ReadOptions
from ingest.clean import one_line
from ingest.inside import Inside
from ingest.isolated import opened
from ingest.letters import Attached, Letter, deliver
from ingest.mail import HEADER, PARTS, addresses, decoded
from ingest.names import inner_name
from ingest.rtf import plain_rtf, rtf_text

SECONDS = 60.0
STREAMS = 20_000

_TEXT, _TEXT8, _BINARY, _TIME, _LONG = 0x001F, 0x001E, 0x0102, 0x0040, 0x0003
_SUBJECT, _BODY, _HTML, _RTF = 0x0037, 0x1000, 0x1013, 0x1009
_HEADERS, _MESSAGE_ID, _REPLY_TO = 0x007D, 0x1035, 0x1042
_SENT, _DELIVERED = 0x0039, 0x0E06
_SENDER, _SENDER_MAIL, _SENDER_SMTP = 0x0C1A, 0x0C1F, 0x5D01
_NAME, _MAIL, _SMTP, _ROLE = 0x3001, 0x3003, 0x39FE, 0x0C15
_FILE, _LONG_FILE, _MIME, _DATA, _METHOD, _CONTENT_ID, _HIDDEN = 0x3704, 0x3707, 0x370E, 0x3701, 0x3705, 0x3712, 0x7FFE
_CODE_PAGE, _BODY_PAGE = 0x3FFD, 0x3FDE
_EMBEDDED = "__substg1.0_3701000D"
_PROPERTIES = "__properties_version1.0"
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)

_OLD = {
    "WordDocument": "is an old Word file (.doc), which is not read: save it as .docx or .pdf",
    "Workbook": "is an old Excel file (.xls), which is not read: save it as .xlsx or .csv",
    "Book": "is an old Excel file (.xls), which is not read: save it as .xlsx or .csv",
    "PowerPoint Document": "is an old PowerPoint file (.ppt), which is not read: save it as .pdf",
    "EncryptedPackage": "is an Office file locked by a password",
}
# The beginning that every compressed RTF body takes for said ([MS-OXRTFCP] 2.1.3.1.5).
_SAID = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_CODE_PAGES = {
    65001: "utf-8", 20127: "ascii", 28591: "latin-1", 28592: "iso8859-2", 28595: "iso8859-5", 20866: "koi8-r",
    54936: "gb18030", 51932: "euc-jp", 51949: "euc-kr", 50220: "iso2022_jp",
}  # fmt: skip
_RTF_LIMIT = 32 * 2**20

Streams = Mapping[tuple[str, ...], bytes]


@dataclass(frozen=True, slots=True)
class _Storage:
    """A message, an addressee or an attachment: the streams below one place of the file."""

    streams: Streams
    at: tuple[str, ...]
    header: int
    """Bytes before the first property in its stream of properties."""
    code_page: str = "cp1252"

    def text(self, *tags: int) -> str:
        """The first of these properties that is a text and there."""
        for tag in tags:
            if (wide := self._stream(tag, _TEXT)) is not None:
                return wide.decode("utf-16-le", "replace").rstrip("\x00")
            if (narrow := self._stream(tag, _TEXT8)) is not None:
                return narrow.decode(self.code_page, "replace").rstrip("\x00")
        return ""

    def data(self, tag: int) -> bytes:
        return self._stream(tag, _BINARY) or b""

    def number(self, tag: int, kind: int = _LONG) -> int | None:
        """A number of 32 bits, or a time of 64, from the stream of properties."""
        table = self.streams.get((*self.at, _PROPERTIES), b"")[self.header :]
        for place in range(0, len(table) - 15, 16):
            found_kind, found = struct.unpack_from("<HH", table, place)
            if found == tag and found_kind == kind:
                return int(struct.unpack_from("<Q" if kind == _TIME else "<I", table, place + 8)[0])
        return None

    def below(self, prefix: str) -> list[tuple[str, ...]]:
        """The places of the storages directly below whose name begins so, in order."""
        n = len(self.at)
        found = {path[: n + 1] for path in self.streams if len(path) > n + 1 and path[:n] == self.at}
        return sorted(place for place in found if place[-1].startswith(prefix))

    def _stream(self, tag: int, kind: int) -> bytes | None:
        return self.streams.get((*self.at, f"__substg1.0_{tag:04X}{kind:04X}"))


def read_msg(data: bytes, *, item: str, options: ReadOptions, inside: Inside) -> Iterator[Reading]:
    """An Outlook message with its attachments (see ``ingest.letters.deliver``); messages attached to it are opened too.

    Raises:
        ParseError: it is damaged, or another kind of OLE file: old Word, Excel and PowerPoint, locked Office files.
    """
    streams = _streams(data, item)
    yield from _read(streams, (), item=item, options=options, inside=inside)


def _streams(data: bytes, item: str) -> Streams:
    job = {"count": STREAMS, "bytes": 2 * len(data) + 2**20}
    streams: dict[tuple[str, ...], bytes] = {}
    with closing(opened(data, mode="streams", item=item, seconds=SECONDS, **job)) as records:
        for record in records:
            if "path" in record.facts:
                streams[tuple(record.facts["path"])] = record.raw
            elif "error" in record.facts:
                raise ParseError(f"damaged file: {record.facts['error']}", item=item, stage="parse")
    for name, reason in _OLD.items():
        if (name,) in streams:
            raise ParseError(reason, item=item, stage="parse")
    if (_PROPERTIES,) not in streams:
        raise ParseError("is no Outlook message: an OLE file of another kind", item=item, stage="parse")
    return streams


def _read(
    streams: Streams, at: tuple[str, ...], *, item: str, options: ReadOptions, inside: Inside
) -> Iterator[Reading]:
    header = 24 if at else 32
    page = _Storage(streams, at, header).number(_CODE_PAGE)
    message = _Storage(streams, at, header, _codec(page))
    yield from deliver(_letter(message, item), item=item, options=options, inside=inside)


def _letter(message: _Storage, item: str) -> Letter:
    headers = HeaderParser().parsestr(message.text(_HEADERS)[:HEADER])
    attachments = message.below("__attach_version1.0_#")
    html = _html(message)
    text = message.text(_BODY)
    trouble: list[str] = []
    if not text.strip() and not html and (packed := message.data(_RTF)):
        try:
            text = plain_rtf([rtf_text(unpack_rtf(packed))], item=item)[0]
        except (ParseError, ValueError, IndexError, struct.error) as error:
            trouble.append(f"its text cannot be read: {getattr(error, 'reason', error)}")
    if len(attachments) > PARTS:
        trouble.append(f"message of {len(attachments)} attachments; only the first {PARTS} were read")
    people: dict[int, list[str]] = {}
    for place in message.below("__recip_version1.0_#"):
        one = _Storage(message.streams, place, 8, message.code_page)
        people.setdefault(one.number(_ROLE) or 1, []).append(_person(one.text(_NAME), one.text(_SMTP, _MAIL)))
    stamp = message.number(_SENT, _TIME) or message.number(_DELIVERED, _TIME)
    sender = _person(message.text(_SENDER), message.text(_SENDER_SMTP, _SENDER_MAIL))
    return Letter(
        subject=one_line(message.text(_SUBJECT)),
        text=text,
        html=html,
        date=decoded(headers["Date"]) if headers["Date"] else _moment(stamp),
        message_id=(message.text(_MESSAGE_ID) or decoded(headers["Message-ID"] or "")).strip("<> "),
        sender=addresses(decoded(headers["From"])) if headers["From"] else (sender,) if sender else (),
        to=tuple(people.get(1, ())),
        cc=tuple(people.get(2, ())),
        reply_to=message.text(_REPLY_TO).strip("<> "),
        attached=tuple(_attached(message, place, n) for n, place in enumerate(attachments[:PARTS], start=1)),
        trouble=tuple(trouble),
    )


def _attached(message: _Storage, place: tuple[str, ...], number: int) -> Attached:
    one = _Storage(message.streams, place, 8, message.code_page)
    name = inner_name(one.text(_LONG_FILE, _FILE) or one.text(_NAME))
    if any(path[: len(place) + 1] == (*place, _EMBEDDED) for path in message.streams):
        return Attached(
            name=f"{number}-{name or 'message'}",
            content_type="application/vnd.ms-outlook",
            data=lambda: b"",
            nested=partial(_read, message.streams, (*place, _EMBEDDED)),
        )
    return Attached(
        name=f"{number}-{name or 'attachment'}",
        content_type=one.text(_MIME) or _guessed(name),
        data=lambda: one.data(_DATA),
        inline=bool(one.text(_CONTENT_ID)) and one.number(_METHOD) != 5 and _is_shown(message, one),
    )


def _is_shown(message: _Storage, one: _Storage) -> bool:
    """Whether the letter's HTML shows the attachment where it stands."""
    return f"cid:{one.text(_CONTENT_ID)}" in _html(message)


def _guessed(name: str) -> str:
    return "image/unknown" if name.lower().endswith((".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp")) else ""


def _html(message: _Storage) -> str:
    raw = message.data(_HTML)
    return raw.decode(_codec(message.number(_BODY_PAGE)), "replace") if raw else message.text(_HTML)


def _person(name: str, address: str) -> str:
    name, address = one_line(name, limit=120), one_line(address, limit=120)
    return f"{name} <{address}>" if name and address and name != address else name or address


def _moment(ticks: int | None) -> datetime | None:
    """A time in ticks of 100 nanoseconds since 1601."""
    try:
        return _EPOCH + timedelta(microseconds=ticks // 10) if ticks else None
    except OverflowError:
        return None


def _codec(page: int | None) -> str:
    if page in (None, 1200):
        return "cp1252"
    name = _CODE_PAGES.get(page or 0, f"cp{page}")
    try:
        "".encode(name)
    except LookupError:
        return "cp1252"
    return name


def unpack_rtf(data: bytes) -> bytes:
    """The RTF body that Outlook keeps compressed ([MS-OXRTFCP]).

    Raises:
        ValueError: it is damaged, or longer than 32 MiB.
    """
    _, size, kind, _ = struct.unpack_from("<IIII", data)
    if size > _RTF_LIMIT:
        raise ValueError("compressed text longer than 32 MiB")
    if kind == 0x414C454D:  # "MELA": not compressed
        return data[16 : 16 + size]
    if kind != 0x75465A4C:  # "LZFu"
        raise ValueError("compressed text of an unknown kind")
    said = bytearray(_SAID.ljust(4096, b"\x00"))
    write, out, at = len(_SAID), bytearray(), 16
    while at < len(data) and len(out) < size:
        flags = data[at]
        at += 1
        for bit in range(8):
            if at >= len(data):
                break
            if flags >> bit & 1:
                pointer = int.from_bytes(data[at : at + 2], "big")
                offset, length = pointer >> 4, (pointer & 15) + 2
                at += 2
                if offset == write:  # the end
                    return bytes(out[:size])
                piece = ((offset + n) % 4096 for n in range(length))
            else:
                said[write] = data[at]
                at += 1
                piece = (place for place in (write,))
            for place in piece:  # one by one: what is copied may be what was just written
                out.append(said[place])
                said[write] = said[place]
                write = (write + 1) % 4096
    return bytes(out[:size])
