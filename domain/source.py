"""Sources, their health, and the items that failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

HealthState = Literal["healthy", "quiet", "failing", "never read"]


class Stage(StrEnum):
    """Where on its way a document failed."""

    FETCH = "fetch"
    PARSE = "parse"
    ANALYSE = "analyse"
    STORE = "store"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where documents come from: a feed, a post's cables, a folder.

    ``reliability`` is a grade A (completely reliable) to F (cannot be judged), as in the NATO STANAG 2511 scale.
    """

    name: str
    kind: str = "file"
    url: str | None = None
    lang: str | None = None
    country: str | None = None
    reliability: str = "F"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """How a source is doing, as of a moment; it travels with every figure made from the source.

    Attributes:
        content_age: time since its newest publication. usual_gap: median time between its publications.
        documents: how many documents of it are held. failures: failed readings in a row.
    """

    source: str
    state: HealthState
    documents: int
    newest: datetime | None
    content_age: timedelta | None
    usual_gap: timedelta | None
    last_success: datetime | None
    failures: int
    last_error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An item that failed, kept until it succeeds: which, where, why, and how often it was tried."""

    item: str
    stage: Stage
    error: str
    source: str = ""
    at: datetime | None = None
    tries: int = 1
