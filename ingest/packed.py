"""Single compressed files (.xz, .gz, .bz2), opened without trusting their size."""

from __future__ import annotations

import bz2
import lzma
import re
import zlib
from pathlib import PurePosixPath

from domain.errors import ParseError

LIMIT = 512 * 2**20
"""At most so many bytes come out of one compressed file."""

_XZ = b"\xfd7zXZ\x00"
_GZ = b"\x1f\x8b"
_BZ = re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")
_SUFFIXES = (".xz", ".gz", ".bz2")
_STEP = 1 << 20


def is_packed(head: bytes) -> bool:
    """Whether data that begins so is an .xz, .gz or .bz2 file."""
    return head.startswith((_XZ, _GZ)) or bool(_BZ.match(head))


def bare_name(name: str) -> str:
    """The name without .xz, .gz or .bz2: it says what is inside."""
    return name[: -len(PurePosixPath(name).suffix)] if name.lower().endswith(_SUFFIXES) else name


def unpack(data: bytes, *, item: str, limit: int = LIMIT) -> bytes:
    """What is inside a compressed file; data that is not compressed comes back as it is.

    Raises:
        ParseError: it is damaged, cut off, or holds more than ``limit`` bytes.
    """
    if not is_packed(data):
        return data
    try:
        inside, whole = _inflate(data, limit)
    except (lzma.LZMAError, zlib.error, EOFError, OSError, ValueError) as error:
        raise ParseError(f"damaged compressed file: {error}", item=item, stage="parse") from error
    if len(inside) > limit:
        raise ParseError(f"holds more than {limit // 2**20} MiB when unpacked", item=item, stage="parse")
    if not whole:
        raise ParseError("compressed file is cut off", item=item, stage="parse")
    return bytes(inside)


def peek(head: bytes, *, size: int = 4096) -> bytes:
    """The first bytes inside, from the first bytes of a file that may be compressed; empty when they cannot be had."""
    if not is_packed(head):
        return head[:size]
    try:
        return bytes(_inflate(head, size)[0][:size])
    except (lzma.LZMAError, zlib.error, EOFError, OSError, ValueError):
        return b""


def _inflate(data: bytes, limit: int) -> tuple[bytearray, bool]:
    """Up to just over ``limit`` bytes, and whether the end was reached; several members in a row are one file."""
    out = bytearray()
    while is_packed(data):
        if data.startswith(_XZ):
            data, whole = _inflate_xz(data, out, limit)
        elif data.startswith(_GZ):
            data, whole = _inflate_gz(data, out, limit)
        else:
            data, whole = _inflate_bz2(data, out, limit)
        if not whole or len(out) > limit:
            return out, False
    return out, True


def _inflate_xz(data: bytes, out: bytearray, limit: int) -> tuple[bytes, bool]:
    worker = lzma.LZMADecompressor(memlimit=256 * 2**20)
    feed = data
    while not worker.eof and len(out) <= limit:
        piece = worker.decompress(feed, max_length=_STEP)
        feed = b""
        out += piece
        if not piece and worker.needs_input and not worker.eof:
            return b"", False
    return worker.unused_data.lstrip(b"\x00"), worker.eof


def _inflate_gz(data: bytes, out: bytearray, limit: int) -> tuple[bytes, bool]:
    worker = zlib.decompressobj(wbits=31)
    feed = data
    while not worker.eof and len(out) <= limit:
        piece = worker.decompress(feed, _STEP)
        feed = worker.unconsumed_tail
        out += piece
        if not piece and not feed and not worker.eof:
            return b"", False
    return worker.unused_data, worker.eof


def _inflate_bz2(data: bytes, out: bytearray, limit: int) -> tuple[bytes, bool]:
    worker = bz2.BZ2Decompressor()
    feed = data
    while not worker.eof and len(out) <= limit:
        piece = worker.decompress(feed, max_length=_STEP)
        feed = b""
        out += piece
        if not piece and worker.needs_input and not worker.eof:
            return b"", False
    return worker.unused_data, worker.eof
