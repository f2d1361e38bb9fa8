"""Names of files: in a form that can be stored, and as a title for want of a better one."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from ingest.clean import clean, one_line
from ingest.documents import first_line
from ingest.packed import bare_name

_HALF = re.compile("[\ud800-\udfff]")
_UNSAFE = re.compile(r"[\x00-\x1f/\\]+")


def storable(name: str) -> str:
    """The name without half characters, as which file names that are no UTF-8 come: each such byte as ``%E9``.

    Two names stay two names, which they would not if each odd byte became the same mark.
    """
    return _HALF.sub(lambda half: f"%{ord(half[0]) & 0xFF:02X}" if half[0] >= "\udc80" else "\ufffd", name)


def stem(item: str) -> str:
    """A title from an item's name: the last part of it, without its suffixes, low lines as spaces."""
    name = bare_name(PurePosixPath(item.replace("\\", "/").rpartition("!")[2]).name)
    return one_line(PurePosixPath(name).stem.replace("_", " ")) or one_line(item)


def title_of(content: str, item: str) -> str:
    """A short first line as the title of a text that goes on after it, else the item's name."""
    line = first_line(content, limit=200)
    rest = content.strip()[len(line) :].strip()
    return line if rest and len(line) <= 150 else stem(item)


def inner_name(name: str) -> str:
    """The name of something inside a file, safe to show as part of an item."""
    return _UNSAFE.sub("_", clean(name)).strip(". ")[:150]
