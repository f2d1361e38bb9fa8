"""Tables as lines and cells, streamed, and the cells that event tables share: days, codes, numbers, actors."""

from __future__ import annotations

import csv
import io
import lzma
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import IO, Any

from domain.errors import ParseError
from domain.protocols import ReadOptions
from ingest.clean import one_line
from ingest.encoding import decode
from ingest.packed import LIMIT

LONGEST_LINE = 4 * 2**20
"""Bytes of the longest line that is read; a longer one is one broken row."""

MEMBERS = 1000
"""Files of a zip archive that are read."""

_HEAD = 64 * 1024
_RECORD_LINES = 500
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError, OSError)


def tables(data: bytes, *, item: str) -> Iterator[tuple[str, io.BufferedReader]]:
    """The table, or each table in a zip archive, with its name, opened for reading.

    Raises:
        ParseError: the archive is damaged, encrypted, empty, or holds more than can be taken.
    """
    if not data.startswith(_ZIP):
        yield item, io.BufferedReader(io.BytesIO(data), _HEAD)
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            inside = [info for info in archive.infolist() if not info.is_dir()]
            if not inside:
                raise ParseError("is an archive with nothing in it", item=item, stage="parse")
            if len(inside) > MEMBERS:
                raise ParseError(f"is an archive of more than {MEMBERS} files", item=item, stage="parse")
            for info in inside:
                if info.flag_bits & 1:
                    raise ParseError("is an encrypted archive", item=item, stage="parse")
                name = item if len(inside) == 1 else f"{item}!{one_line(info.filename, limit=200)}"
                with archive.open(info) as handle:
                    yield name, io.BufferedReader(_Capped(handle, item=name), _HEAD)
    except _DAMAGE as error:
        raise ParseError(f"damaged archive: {error}", item=item, stage="parse") from error


class _Capped(io.RawIOBase):
    """A file in an archive that gives at most ``LIMIT`` bytes, whatever its size is said to be."""

    def __init__(self, inner: IO[bytes], *, item: str) -> None:
        self._inner, self._left, self._item = inner, LIMIT, item

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as there is something.

        Raises:
            ParseError: it is damaged, or more came out than may.
        """
        try:
            piece = self._inner.read(len(buffer))
        except _DAMAGE as error:
            raise ParseError(f"damaged archive: {error}", item=self._item, stage="parse") from error
        self._left -= len(piece)
        if self._left < 0:
            reason = f"holds more than {LIMIT // 2**20} MiB when unpacked"
            raise ParseError(reason, item=self._item, stage="parse")
        buffer[: len(piece)] = piece
        return len(piece)


def text_lines(handle: io.BufferedReader, *, item: str) -> Iterator[tuple[int, str | None]]:
    """The lines with their numbers, from 1; None for one longer than ``LONGEST_LINE``.

    UTF-8 is read line by line; only a table in another encoding is held as a whole.

    Raises:
        ParseError: it is no text.
    """
    head = handle.peek(_HEAD)[:_HEAD]
    decode(head, item=item)  # for its refusals
    if b"\x00" in head or not _utf8(head):
        yield from _whole(handle.read(), item=item)
        return
    number = 0
    while line := handle.readline(LONGEST_LINE):
        number += 1
        if len(line) >= LONGEST_LINE and not line.endswith(b"\n"):
            while (more := handle.readline(LONGEST_LINE)) and not more.endswith(b"\n"):
                pass
            yield number, None
            continue
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        yield number, text.lstrip("\ufeff") if number == 1 else text


def _utf8(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3
    return True


def _whole(data: bytes, *, item: str) -> Iterator[tuple[int, str | None]]:
    text, _ = decode(data, item=item)
    number = start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        number += 1
        yield number, text[start:end].rstrip("\r").lstrip("\ufeff") if end - start < LONGEST_LINE else None
        start = end + 1


def records(
    lines: Iterator[tuple[int, str | None]], *, whole: Callable[[str], bool]
) -> Iterator[tuple[int, str | None]]:
    """Lines put together to records: a quoted cell may go over several lines.

    A quote that is opened and not closed within ``_RECORD_LINES`` lines, or closed so that the record is not ``whole``,
    costs its own line and no other.
    """
    waiting: deque[tuple[int, str | None]] = deque()
    while True:
        one = waiting.popleft() if waiting else next(lines, None)
        if one is None:
            return
        number, line = one
        if line is None or line.count('"') % 2 == 0:
            yield number, line
            continue
        taken: list[tuple[int, str | None]] = []
        parts, size = [line], len(line)
        while len(taken) < _RECORD_LINES and size < LONGEST_LINE:
            more = waiting.popleft() if waiting else next(lines, None)
            if more is None:
                break
            taken.append(more)
            if more[1] is None:
                break
            parts.append(more[1])
            size += len(more[1])
            if more[1].count('"') % 2:
                if whole(joined := "\n".join(parts)):
                    taken, line = [], joined
                break
        waiting.extendleft(reversed(taken))
        yield number, line


def separator_of(line: str) -> str:
    """What separates the cells of a table whose first line this is."""
    return "\t" if "\t" in line else ";" if line.count(";") > line.count(",") else ","


def cells(line: str, separator: str) -> Sequence[str]:
    """The cells of a record.

    Raises:
        csv.Error: its quotes do not match.
    """
    if '"' not in line or separator == "\t":
        return line.split(separator)
    return next(csv.reader([line], delimiter=separator, strict=True))


def day_of(text: str) -> date:
    """A calendar day from ``YYYY-MM-DD`` or ``YYYYMMDD``, whatever comes after it.

    Raises:
        ValueError: it is none.
    """
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        raise ValueError(f"no date: {text[:40]!r}") from None


def instant_of(text: str) -> datetime:
    """An instant from ``YYYYMMDDHHMMSS`` in UTC.

    Raises:
        ValueError: it is none.
    """
    digits = text.strip()
    if len(digits) != 14 or not digits.isascii() or not digits.isdigit():
        raise ValueError(f"no time: {text[:40]!r}")
    try:
        return datetime(int(digits[:4]), int(digits[4:6]), int(digits[6:8]), int(digits[8:10]), int(digits[10:12]),
                        int(digits[12:]), tzinfo=UTC)  # fmt: skip
    except ValueError:
        raise ValueError(f"no time: {text[:40]!r}") from None


def known_at(moment: date | datetime, options: ReadOptions) -> datetime:
    """When a row of this moment was known: an archive's from then on (a day's from its beginning), else on reading."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return moment if options.archive and moment <= options.read_at else options.read_at


def cameo_of(text: str) -> str:
    """Two to four digits with a root of 1 to 20; a leading zero that a spreadsheet took away is put back.

    Raises:
        ValueError: it is no CAMEO code. So are nines alone, by which tables say that none is known.
    """
    code = text.strip()
    if code in ("99", "999", "9999"):
        raise ValueError(f"no CAMEO code: {code!r}")
    if code.isdecimal() and (len(code) == 1 or (len(code) in (2, 3) and int(code[:2]) > 20)):
        code = "0" + code
    if not code.isdecimal() or not code.isascii() or not 2 <= len(code) <= 4 or not 1 <= int(code[:2]) <= 20:
        raise ValueError(f"no CAMEO code: {text[:20]!r}")
    return code


def number_of(text: str) -> float | None:
    """A number of up to a thousand million, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if -1e9 < value < 1e9 else None


def degrees_of(lat: str, lon: str) -> tuple[float | None, float | None]:
    """Latitude and longitude, or neither where one is missing or lies outside the globe."""
    north, east = number_of(lat), number_of(lon)
    if north is None or east is None or abs(north) > 90 or abs(east) > 180:
        return None, None
    return north, east


def name_of(text: str) -> str:
    """An actor's or a place's name on one line, at most 200 characters."""
    text = text.strip()
    return text if text.isascii() and text.isprintable() and len(text) < 200 else one_line(text, limit=200)
