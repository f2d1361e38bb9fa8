"""What the view of entities reads, cached under the scope it is asked in."""

from __future__ import annotations

import streamlit as st

from domain.label import Label
from index.store import decisions as store
from index.store.decisions import Decision
from interfaces.dashboard.data import Scope, opened
from service import entity_views, suggesting
from service.entity_views import Line, View
from service.suggesting import Suggestion


@st.cache_data(show_spinner=False, max_entries=64)
def listed(scope: Scope, *, like: str, kind: str, country: str, limit: int) -> list[Line]:
    """Entities that documents name as of the day."""
    return entity_views.listed(
        opened(scope.home), like=like or None, kind=kind or None, country=country or None, limit=limit,
        filters=scope.filters(),
    )  # fmt: skip


@st.cache_data(show_spinner=False, max_entries=64)
def one(scope: Scope, entity: str) -> View:
    """One entity as of the day.

    Raises:
        NotFoundError: there is none that this reader may know of.
    """
    return entity_views.view(opened(scope.home), entity, filters=scope.filters())


@st.cache_data(show_spinner="Looking for names that sound alike ...", max_entries=16)
def suggestions(scope: Scope, *, limit: int) -> list[Suggestion]:
    """Pairs that are probably one, from what was known by the day."""
    return suggesting.suggest(opened(scope.home), limit=limit, filters=scope.filters())


@st.cache_data(show_spinner=False, max_entries=16)
def decisions(scope: Scope, *, limit: int) -> list[Decision]:
    """What was decided; of all times, for a decision holds for all times."""
    with opened(scope.home).read() as c:
        return store.decided(c, clearance=Label(scope.clearance), limit=limit)
