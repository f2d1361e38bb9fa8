"""What is read of forecasts and precedents, kept under a ``Scope``."""

from __future__ import annotations

from datetime import date

import streamlit as st

from domain.alert import parse_series
from domain.forecast import Outlook
from domain.precedent import Precedents
from interfaces.dashboard.data import Scope, opened
from service import forecasting


@st.cache_data(show_spinner=False, max_entries=128)
def outlook(scope: Scope, key: str) -> Outlook:
    """What is expected of a country or a pair. To look is not to forecast: nothing is kept, and so nothing scored.

    Raises:
        InputError: the series is neither a country's nor a pair's. ModelError: the model cannot be used.
    """
    return forecasting.forecast(opened(scope.home), parse_series(key), as_of=scope.day, keep=False)


@st.cache_data(show_spinner=False, max_entries=128)
def precedents(scope: Scope, key: str, *, onset: date | None = None) -> Precedents:
    """The past episodes most like that of a series; ``onset`` is its first day, where an alert tells it.

    Raises:
        InputError: the series is neither a country's nor a pair's.
    """
    return forecasting.precedents(opened(scope.home), parse_series(key), as_of=scope.day, onset=onset)
