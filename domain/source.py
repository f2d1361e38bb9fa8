"""Sources, their health, and the items that failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, get_args

from domain.label import Label

HealthState = Literal["failing", "changed layout", "never read", "quiet", "retired", "healthy"]
HEALTH_STATES: tuple[HealthState, ...] = get_args(HealthState)
"""Every state, the one that most wants looking at first."""

CheckOutcome = Literal["read", "unchanged", "empty", "failed"]


class Stage(StrEnum):
    """Where on its way a document failed."""

    FETCH = "fetch"
    PARSE = "parse"
    ANALYSE = "analyse"
    STORE = "store"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where documents come from: a feed, a post's cables, a folder.

    Attributes:
        kind: feed, sitemap, folder, imap, gdelt for what is followed; file for what is not.
        url: the address, or the path of a folder.
        reliability: a grade A (completely reliable) to F (cannot be judged), as in the NATO STANAG 2511 scale.
        region, category: by which the bundled list is chosen from: "Asia", "foreign ministry" ...
        settings: what its kind needs besides: a mail folder, a mapping, whether linked pages are read ...
        label: of all that is read from it, and of its name.
    """

    name: str
    kind: str = "file"
    url: str | None = None
    lang: str | None = None
    country: str | None = None
    reliability: str = "F"
    region: str | None = None
    category: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    label: Label = Label.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """How a source is doing, as of a moment; it travels with every figure made from the source.

    Attributes:
        documents: how many documents of it are held.
        newest, content_age: its newest publication and the time since.
        usual_gap: the silence between two publications that holds at half of all moments, in time on days on which it
            publishes at all: a ministry's weekends are no silence.
        quiet_after: the silence, counted alike, from which on it is quiet.
        failures: failed readings in a row. reasons: why, the latest first, each once.
        followed: it is read regularly.
        weekdays: documents a day it usually has, Monday first; empty where too little is known.
        duplicates: share of its texts of the last two weeks that another source had first, word for word or nearly;
            None without any text.
        layout_changed: since when its entries are made otherwise than before, while that is new.
        retired: since when it is no longer asked. note: why, or where it moved from.
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
    followed: bool = False
    last_attempt: datetime | None = None
    next_check: datetime | None = None
    quiet_after: timedelta | None = None
    reasons: tuple[str, ...] = ()
    weekdays: tuple[float, ...] = ()
    duplicates: float | None = None
    layout_changed: datetime | None = None
    retired: datetime | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check of a followed source: when, how it went, what came of its items.

    Attributes:
        outcome: read; unchanged, when the server says so or sends the same again; empty; failed.
        status: what an HTTP server answered. newest: publication of its newest item. seconds: how long it took.
        layout: what its entries are made of. reason: why it failed, or what is to be known of it.
    """

    at: datetime
    outcome: CheckOutcome
    status: int | None = None
    items: int = 0
    new: int = 0
    updated: int = 0
    duplicate: int = 0
    failed: int = 0
    newest: datetime | None = None
    seconds: float | None = None
    layout: str | None = None
    reason: str | None = None

    @property
    def changed(self) -> bool:
        """Whether it brought anything new."""
        return bool(self.new or self.updated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An item that failed, kept until it succeeds: which, where, why, and how often it was tried."""

    item: str
    stage: Stage
    error: str
    source: str = ""
    at: datetime | None = None
    tries: int = 1
