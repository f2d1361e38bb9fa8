"""Sources: all of them with how each is doing, the one that most wants looking at first; and one of them in full."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from domain.source import HEALTH_STATES
from domain.time import now
from interfaces.dashboard import data, source_data, style, words
from interfaces.dashboard.context import Context, remember
from interfaces.dashboard.markup import (
    Markup,
    join,
    label_badge,
    language_badge,
    notice,
    shown,
    table,
    tag,
    text,
    words_of,
)
from interfaces.dashboard.source_cards import (
    GRADES,
    by_weekday,
    failures_table,
    last_success,
    name_of,
    next_check,
    silence,
    state_badge,
    state_counts,
    watch_notice,
)
from interfaces.dashboard.source_data import Asked
from interfaces.dashboard.source_page import page
from service.names import country_names
from service.sources_view import Sourced

_MOST = 300
_NEVER = datetime(1, 1, 1, tzinfo=UTC)
_ORDERS: dict[str, tuple[str, Callable[[Sourced], Any]]] = {
    "state": (
        "most urgent first",
        lambda s: (not s.health.followed, HEALTH_STATES.index(s.health.state), s.name),
    ),
    "name": ("name", lambda s: (name_of(s.name).casefold(), s.name)),
    "age": ("oldest content first", lambda s: (-(s.health.content_age or timedelta.max), s.name)),
    "read": ("longest unread first", lambda s: (s.health.last_success or _NEVER, s.name)),
    "documents": ("most documents first", lambda s: (-s.health.documents, s.name)),
    "copies": ("most copies first", lambda s: (-(s.health.duplicates or 0.0), s.name)),
}
_WHICH = {"all": None, "followed": True, "not followed": False}
_FIELDS = ("states", "countries", "langs")


def view(ctx: Context) -> None:
    """Draw it."""
    asked = source_data.sources(ctx.scope)
    chosen = st.query_params.get("name", "")
    if chosen:
        remember(ctx, name=chosen)
        page(ctx, next((one for one in asked.sources if one.name == chosen), None), asked)
        return
    when = "as they stand now" if asked.present else f"as they stood at the end of {words.day(ctx.scope.day)}"
    style.heading("Sources", f"Where documents come from, {when}")
    st.html(watch_notice(source_data.watching(ctx.scope), now()))
    if not asked.sources:
        st.html(
            notice("plain", "There is no source yet", text("Take something in first: vedette ingest FOLDER or FEED"))
        )
        return
    st.html(state_counts(asked.sources))
    found = _filtered(ctx, asked.sources)
    if found:
        st.html(listed(ctx, found[:_MOST], asked))
    else:
        st.html(notice("plain", "No source fits these filters"))
    if len(found) > _MOST:
        more = f"{len(found) - _MOST:,} more are not listed: narrow the filters."
        st.html(tag("p", text(more), css="v-muted v-small"))
    failures = data.failures(ctx.scope)
    style.sub("Failed items", "as of now: kept until they succeed")
    if failures:
        st.html(failures_table(failures))
        again = f"{words.many(len(failures), 'item')} failed. Try them again with: vedette ingest --retry"
        st.html(tag("p", text(again), css="v-muted v-small"))
    else:
        st.html(notice("calm", "No item waits to be tried again"))


def _first(name: str, value: object) -> None:
    if name not in st.session_state:
        st.session_state[name] = value


def _filtered(ctx: Context, found: Sequence[Sourced]) -> list[Sourced]:
    """The filters, and what is left by them, in the order chosen; the choices are kept in the address."""
    given = st.query_params
    offered: dict[str, list[str]] = {
        "states": [state for state in HEALTH_STATES if any(one.health.state == state for one in found)],
        "countries": sorted({one.country for one in found if one.country}, key=_country),
        "langs": sorted({one.lang for one in found if one.lang}, key=_language),
    }
    for field, name in zip(_FIELDS, ("state", "country", "lang"), strict=True):
        key = f"sources_{field}"
        _first(key, given.get(name, "").split(","))
        # Choices that the day no longer offers are let go, or the widgets would refuse them.
        st.session_state[key] = [x for x in st.session_state[key] or [] if x in offered[field]]
    _first("sources_which", given.get("which") if given.get("which") in _WHICH else "all")
    _first("sources_word", given.get("q", ""))
    _first("sources_order", given.get("order") if given.get("order") in _ORDERS else "state")
    with st.container(key="source_filters", gap="small"):
        row = st.container(horizontal=True, vertical_alignment="bottom")
        kept = row.segmented_control("Which", list(_WHICH), key="sources_which", required=True)
        states = row.pills(
            "State",
            offered["states"],
            key="sources_states",
            selection_mode="multi",
            format_func=lambda x: f"{x} {sum(one.health.state == x for one in found)}",
        )
        a, b, c, d = st.columns([3, 3, 3, 3], vertical_alignment="bottom")
        countries = a.multiselect("Country", offered["countries"], key="sources_countries", format_func=_country)
        langs = b.multiselect("Language", offered["langs"], key="sources_langs", format_func=_language)
        word = c.text_input("Name contains", key="sources_word", max_chars=100).strip()
        order = d.selectbox("Order", list(_ORDERS), key="sources_order", format_func=lambda x: _ORDERS[x][0])
    remember(
        ctx,
        which="" if kept == "all" else str(kept),
        state=",".join(states),
        country=",".join(countries),
        lang=",".join(langs),
        q=word,
        order="" if order == "state" else str(order),
    )
    left = [
        one
        for one in found
        if _WHICH[str(kept)] in (None, one.health.followed)
        and (not states or one.health.state in states)
        and (not countries or one.country in countries)
        and (not langs or one.lang in langs)
        and (not word or word.casefold() in shown(one.name).casefold())
    ]
    said = f"{words.many(len(left), 'source')}" + (f" of {len(found):,}" if len(left) < len(found) else "")
    st.html(tag("p", text(said), css="v-muted v-small"))
    return sorted(left, key=_ORDERS[str(order)][1])


def _country(code: str) -> str:
    return shown(country_names().get(code, code))


def _language(code: str) -> str:
    return shown(words.language(code))


def listed(ctx: Context, found: Sequence[Sourced], asked: Asked) -> Markup:
    """The table of sources; each name leads to the source's page."""
    head = ("source", "state", "last read well", "newest content", "by weekday", "copies", "next check", "grade",
            "country", "lang.")  # fmt: skip
    return table(head, [_row(ctx, one, asked) for one in found], css="v-tight v-sources")


def _row(ctx: Context, one: Sourced, asked: Asked) -> list[Markup]:
    h = one.health
    where = "sources?" + urlencode(ctx.parameters(name=one.name))
    name = tag("a", text(name_of(one.name)), href=where, dir="auto", css="v-inner")
    below = [one.kind, *([shown(one.category)] if one.category else []), words.many(h.documents, "document")]
    under = join([text(" · ".join(below)), label_badge(one.label) if one.label else Markup("")], " ")
    grade = shown(one.reliability)
    return [
        tag("div", name, tag("div", under, css="v-under")),
        state_badge(h.state),
        last_success(h, asked.at),
        silence(h),
        by_weekday(h.weekdays),
        tag("span", text("–" if h.duplicates is None else words.share(h.duplicates)), css="v-n"),
        next_check(h, asked.at, present=asked.present) or text("–"),
        tag("span", text(grade), title=GRADES.get(grade, "unknown grade")),
        words_of(country_names().get(one.country, one.country) if one.country else "–"),
        language_badge(one.lang) if one.lang else text("–"),
    ]
