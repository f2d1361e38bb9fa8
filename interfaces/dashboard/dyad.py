"""A pair of countries: tension and cooperation between them, forecast, precedents, what was done and said."""

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
    for side in ("a", "b"):
        if f"dyad_{side}" not in st.session_state:
            given = st.query_params.get(side, "").upper()
            st.session_state[f"dyad_{side}"] = given if given in country_names() else None
    codes = sorted(country_names(), key=name_of)
    a, b = st.session_state["dyad_a"], st.session_state["dyad_b"]
    title = f"{name_of(a)} – {name_of(b)}" if a and b else "Pairs of countries"
    style.heading(title, f"As known by the end of {words.day(ctx.scope.day)}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for side, label in (("a", "One country"), ("b", "The other")):
            st.selectbox(
                label, codes, key=f"dyad_{side}", format_func=name_of, placeholder="Choose a country", width=300
            )
        days = relation.period() if a and b else 0
    remember(ctx, a=a or "", b=b or "", days=str(days) if days and days != relation.PERIODS[1] else "")
    if a and a == b:
        st.html(notice("plain", "A pair needs two countries", text("Choose another one on either side.")))
    elif a and b:
        relation.page(ctx, warning_data.key_of(a, b), days=days)
    else:
        _busiest(ctx, a or b)


def _busiest(ctx: Context, code: str | None) -> None:
    found = warning_data.busiest_pairs(ctx.scope, code)[:_LISTED]
    style.sub(
        "Most hostile events", f"of the last {warning_data.RECENT} days, between two countries in either direction"
    )
    if not found:
        st.html(notice("plain", "No coded event in these days", text("Choose a pair above, or another day.")))
        return
    rows = [
        [
            tag(
                "a", text(f"{name_of(a)} – {name_of(b)}"), href="dyad?" + urlencode(ctx.parameters(a=a, b=b)),
                css="v-inner",
            ),
            tag("span", text(f"{hostile:,}"), css="v-n"),
            tag("span", text(f"{cooperative:,}"), css="v-n"),
        ]
        for a, b, hostile, cooperative in found
    ]  # fmt: skip
    st.html(table(("pair", "hostile", "cooperative"), rows, css="v-tight v-counts"))
