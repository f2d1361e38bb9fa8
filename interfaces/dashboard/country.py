"""A country: how it stands with the others, as coded events and documents tell."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from interfaces.dashboard import relation, style, warning_data, words
from interfaces.dashboard.context import Context, remember
from interfaces.dashboard.markup import notice, table, tag, text
from interfaces.dashboard.relation import name_of
from service.names import country_names

_LISTED = 25


def view(ctx: Context) -> None:
    """Draw it."""
    if "country_code" not in st.session_state:
        given = st.query_params.get("code", "").upper()
        st.session_state["country_code"] = given if given in country_names() else None
    codes = sorted(country_names(), key=name_of)
    chosen = st.session_state["country_code"]
    title = name_of(chosen) if chosen else "Countries"
    style.heading(title, f"As known by the end of {words.day(ctx.scope.day)}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        code = st.selectbox(
            "Country", codes, key="country_code", format_func=name_of, placeholder="Choose a country", width=340
        )
        days = relation.period() if code else 0
    remember(ctx, code=code or "", days=str(days) if days and days != relation.PERIODS[1] else "")
    if code:
        relation.page(ctx, warning_data.key_of(code), days=days)
    else:
        _busiest(ctx)


def _busiest(ctx: Context) -> None:
    found = warning_data.busiest_countries(ctx.scope)[:_LISTED]
    style.sub("Most hostile events", f"of the last {warning_data.RECENT} days, done by a country or to it")
    if not found:
        st.html(notice("plain", "No coded event in these days", text("Choose a country above, or another day.")))
        return
    rows = [
        [
            tag("a", text(name_of(code)), href="country?" + urlencode(ctx.parameters(code=code)), css="v-inner"),
            tag("span", text(f"{hostile:,}"), css="v-n"),
            tag("span", text(f"{cooperative:,}"), css="v-n"),
        ]
        for code, hostile, cooperative in found
    ]
    st.html(table(("country", "hostile", "cooperative"), rows, css="v-tight v-counts"))
