"""Handling labels: who may see a thing. A derived thing takes the strictest label of what it was made from."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Label(IntEnum):
    """Ordered handling levels; a reader cleared for one level sees that level and every lower one."""

    OPEN = 0
    RESTRICTED = 1
    CONFIDENTIAL = 2
    SECRET = 3
    TOP_SECRET = 4

    @property
    def text(self) -> str:
        """The label as it is written in files and shown: ``"open"``, ``"top secret"``."""
        return self.name.lower().replace("_", " ")


_SPELLINGS = {
    "": Label.OPEN, "open": Label.OPEN, "public": Label.OPEN, "unclassified": Label.OPEN, "unclas": Label.OPEN,
    "none": Label.OPEN, "restricted": Label.RESTRICTED, "internal": Label.RESTRICTED,
    "official use only": Label.RESTRICTED, "limited official use": Label.RESTRICTED, "sensitive": Label.RESTRICTED,
    "confidential": Label.CONFIDENTIAL, "secret": Label.SECRET, "top secret": Label.TOP_SECRET,
}  # fmt: skip


def parse_label(text: str | None) -> Label:
    """The level that a printed or typed label means; an absent one is open.

    Raises:
        ValueError: the text names no known level (better refused than shown to everybody).
    """
    key = " ".join((text or "").replace("_", " ").replace("-", " ").lower().split())
    if key not in _SPELLINGS:
        raise ValueError(f"unknown label {text!r}; known: open, restricted, confidential, secret, top secret")
    return _SPELLINGS[key]


def strictest(labels: Iterable[Label]) -> Label:
    """The label of something made from things with these labels; open when there are none."""
    return max(labels, default=Label.OPEN)
