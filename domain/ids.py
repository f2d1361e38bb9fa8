"""Identities that are computed, not drawn: the same input gives the same id on every machine and every run."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable

_SEP = "\x1f"


def digest(parts: Iterable[str], *, size: int = 10) -> str:
    """Hexadecimal BLAKE2b of the parts, ``2 * size`` characters; parts cannot run into each other."""
    return hashlib.blake2b(_SEP.join(parts).encode("utf-8", "surrogatepass"), digest_size=size).hexdigest()


def document_id(*, source: str, key: str) -> str:
    """A document's id: from its source and what names it there (external id, canonical URL or file)."""
    return "d" + digest(("document", source, key))


def content_hash(*, title: str, text: str) -> str:
    """The hash by which exact duplicates are known: NFC, white space collapsed, case kept."""
    tidy = (" ".join(unicodedata.normalize("NFC", part).split()) for part in (title, text))
    return digest(tidy, size=16)


def event_id(parts: Iterable[str]) -> str:
    """A coded event's id, from its own columns."""
    return "e" + digest(("event", *parts))


def alert_id(*, series: str, opened: str) -> str:
    """An alert's id: its series and the day its episode began."""
    return "a" + digest(("alert", series, opened))
