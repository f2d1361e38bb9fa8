"""What the views of sources read, cached like all else that views read (``interfaces.dashboard.data``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from domain.label import Label
from domain.time import end_of, now
from interfaces.dashboard.data import Scope, moment, opened
from service import sources_view
from service.sources_view import Reading, Sourced, Watching


@dataclass(frozen=True, slots=True)
class Asked:
    """The sources as they stood at a moment; ``present`` when that is now, not a day gone back to.

    Spans of time are told from ``at``; what is judged of the present is judged as of some minutes ahead of it.
    """

    at: datetime
    present: bool
    sources: list[Sourced]


def sources(scope: Scope) -> Asked:
    """Every source that may be known of, as it stood at the end of the day; of today, as it stands."""
    at, present = moment(scope), now()
    return Asked(min(at, present), at > present, _sources(scope, at))


@st.cache_data(show_spinner=False, max_entries=32)
def _sources(scope: Scope, at: datetime) -> list[Sourced]:
    return sources_view.overview(opened(scope.home), at=at, clearance=Label(scope.clearance))


@st.cache_data(show_spinner=False, max_entries=64)
def readings(scope: Scope, name: str) -> list[Reading]:
    """The latest readings of a source up to the day, newest first.

    Raises:
        NotFoundError: there is no such source that may be known of.
    """
    return sources_view.readings(
        opened(scope.home), name, until=end_of(scope.day), clearance=Label(scope.clearance), limit=40
    )


def watching(scope: Scope) -> Watching:
    """Whether the followed sources are being read; never cached, for a process may end without a word."""
    return sources_view.watching(opened(scope.home), clearance=Label(scope.clearance))
