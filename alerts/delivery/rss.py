"""A desk's alerts as a feed in a file (RSS 2.0), written whole and put in place at once.

An entry's guid is the alert's id, so that a reader shows each once, however often the file is written.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape

from alerts.delivery.message import Message, one_line
from alerts.delivery.words import Words

ENTRIES = 50
"""Entries of a feed at most."""


def feed(title: str, entries: Sequence[tuple[Message, datetime]], words: Words, *, made: datetime) -> str:
    """The feed of messages, each with when it was raised, the newest first."""
    items = []
    for message, at in entries[:ENTRIES]:
        items.append(
            f"<item><title>{_text(message.subject)}</title>"
            f'<guid isPermaLink="false">urn:vedette:{_text(message.key)}</guid>'
            f"<pubDate>{format_datetime(at)}</pubDate>"
            f"<category>{_text(str(message.payload.get('series', '')))}</category>"
            f"<description>{_block(message.text)}</description></item>"
        )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>'
        f"<title>{_text(title)}</title><link>urn:vedette:feed</link><description>{_text(words.automatic)}</description>"
        f"<language>{_text(words.lang)}</language><lastBuildDate>{format_datetime(made)}</lastBuildDate>"
        f"<generator>Vedette</generator>{''.join(items)}</channel></rss>\n"
    )


def write(path: Path, text: str) -> None:
    """Put the feed in its place: whoever reads meanwhile has the old one or the new one, whole.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("wb") as file:
        file.write(text.encode("utf-8", "replace"))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _text(text: str) -> str:
    return escape(one_line(text))


def _block(text: str) -> str:
    return escape("\n".join(one_line(line) for line in text.splitlines()))
