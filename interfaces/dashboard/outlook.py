"""The forecast of a country or a pair beside the naive ones, and the precedents of what runs now."""

from __future__ import annotations

import streamlit as st

from domain.alert import SeriesKey
from interfaces.dashboard import style
from interfaces.dashboard.context import Context
from interfaces.dashboard.markup import notice


def forecast(ctx: Context, key: SeriesKey) -> None:
    """Draw the forecast."""
    style.sub("Forecast")
    st.html(notice("plain", "No forecast was made for it yet"))


def precedents(ctx: Context, key: SeriesKey) -> None:
    """Draw the precedents."""
    style.sub("Precedents")
    st.html(notice("plain", "No precedent was looked for yet"))
