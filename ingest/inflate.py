"""Compressed bodies, taken apart in bounded steps."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

from domain.errors import BlockedError, FetchError
from domain.source import Stage

_STEP = 1 << 16
_MEMBERS = 100


def inflate(pieces: Iterator[bytes], encoding: str, *, item: str) -> Iterator[bytes]:
    """The body without its compression, in small steps, so that a bomb is noticed before it fills the memory.

    Raises:
        BlockedError: the encoding is neither gzip nor deflate. FetchError: the body is damaged or cut off.
    """
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        yield from pieces
        return
    if name not in {"gzip", "x-gzip", "deflate"}:
        reason = f"is sent in an encoding that was not asked for: {name[:40]}"
        raise BlockedError(reason, item=item, stage=Stage.FETCH)
    worker: Any = None
    members, held = 0, b""
    for piece in pieces:
        feed = held + piece
        if (worker is None or worker.eof) and len(feed) < 2:
            held = feed
            continue
        held = b""
        while feed:
            if worker is None or (worker.eof and feed[:2] == b"\x1f\x8b" and members < _MEMBERS):
                worker, members = zlib.decompressobj(wbits=-15 if _is_raw(name, feed) else 47), members + 1
            if worker.eof:
                break
            try:
                out = worker.decompress(feed, _STEP)
            except zlib.error as error:
                raise FetchError(f"damaged {name} body: {error}", item=item, stage=Stage.FETCH) from error
            feed = worker.unused_data if worker.eof else worker.unconsumed_tail
            yield out
    if not worker.eof if worker else held:
        raise FetchError(f"{name} body is cut off", item=item, stage=Stage.FETCH)


def _is_raw(name: str, feed: bytes) -> bool:
    """Whether a body called deflate comes without the zlib header that it should have."""
    return name == "deflate" and (feed[0] & 0x0F != 8 or int.from_bytes(feed[:2], "big") % 31 != 0)
