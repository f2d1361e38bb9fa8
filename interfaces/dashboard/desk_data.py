"""What the inbox reads: the desks, and each one's alerts as they stood on the day with what its officers decided."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import streamlit as st

from domain.desk import Desk, Filed
from domain.label import Label
from interfaces.dashboard.data import Scope, alerts, opened
from service import desks


@dataclass(frozen=True, slots=True)
class Used:
    """How much of a desk's budget is used: alerts that came on the day, and a day on average of the last days."""

    day: int
    week: float
    quarter: float
    budget: float


@st.cache_data(show_spinner=False, max_entries=64)
def every(scope: Scope) -> list[Desk]:
    """The desks that this reader may know of, the one that follows everything first."""
    return desks.desks(opened(scope.home))


@st.cache_data(show_spinner=False, max_entries=64)
def inbox(scope: Scope, name: str) -> list[Filed]:
    """A desk's alerts: those still open first, the strangest on top, then the closed ones, newest first.

    The alerts are as they stood on the reference day; what was decided about them is about now.

    Raises:
        NotFoundError: no such desk.
    """
    then = {one.id: one for one in alerts(scope)}
    filed = [one for one in desks.inbox(opened(scope.home), name) if one.alert.label <= Label(scope.clearance)]
    decided = {one.alert.id: one for one in filed}
    return [replace(decided[key], alert=alert) for key, alert in then.items() if key in decided]


def used(scope: Scope, one: Desk, filed: list[Filed]) -> Used:
    """The budget beside what came to a desk by the day."""

    def within(days: int) -> int:
        return sum(timedelta(0) <= scope.day - x.alert.opened < timedelta(days=days) for x in filed)

    return Used(day=within(1), week=within(7) / 7, quarter=within(91) / 91, budget=one.budget)
