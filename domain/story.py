"""Stories: documents about the same happening, across languages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Documents taken to tell the same happening, best first; the title is the best document's."""

    id: str
    title: str
    document_ids: tuple[str, ...]
    external_ids: tuple[str | None, ...]
    languages: tuple[str, ...]
    sources: tuple[str, ...]
    first: datetime
    last: datetime
