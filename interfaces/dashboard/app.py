"""The frame around the views: page settings, sidebar, the reference day, navigation."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from domain.errors import VedetteError
from domain.label import Label
from interfaces.dashboard import (
    alert_page,
    alerts,
    backtest,
    board,
    briefing,
    country,
    data,
    document,
    dyad,
    entities,
    inbox,
    overview,
    search,
    sources,
    stories,
    style,
    words,
)
from interfaces.dashboard.context import Context
from interfaces.dashboard.markup import label_badge, notice, tag, text
from service.config import home_folder

ICON, LOGO = (Path(__file__).with_name(name) for name in ("icon.svg", "logo.svg"))
View = Callable[[Context], None]
READING, WARNING, ENGINE = "Reading", "Early warning", "Behind it"
VIEWS: tuple[tuple[str, str, str, str, View], ...] = (
    ("overview", "Overview", ":material/dashboard:", READING, overview.view),
    ("search", "Search", ":material/search:", READING, search.view),
    ("document", "Document", ":material/article:", READING, document.view),
    ("stories", "Stories", ":material/hub:", READING, stories.view),
    ("entities", "Entities", ":material/person_search:", READING, entities.view),
    ("briefing", "Briefing", ":material/summarize:", READING, briefing.view),
    ("inbox", "Inbox", ":material/inbox:", WARNING, inbox.view),
    ("alerts", "Alerts", ":material/notifications:", WARNING, alerts.view),
    ("alert", "Alert explained", ":material/troubleshoot:", WARNING, alert_page.view),
    ("country", "Country", ":material/flag:", WARNING, country.view),
    ("dyad", "Two countries", ":material/compare_arrows:", WARNING, dyad.view),
    ("board", "Board of indicators", ":material/monitoring:", WARNING, board.view),
    ("sources", "Sources", ":material/rss_feed:", ENGINE, sources.view),
    ("backtest", "Backtests", ":material/history:", ENGINE, backtest.view),
)


def main(*, start: str = "overview") -> None:
    """Draw the dashboard of the home folder named on the command line or in the environment.

    ``start`` is the view opened where the address names none.
    """
    st.set_page_config(page_title="Vedette", page_icon=str(ICON), layout="wide", initial_sidebar_state="auto")
    st.logo(str(LOGO), size="large", icon_image=str(ICON))
    style.sheet()
    try:
        ctx = _context(str(home_folder(_given())))
    except VedetteError as error:
        st.html(notice("bad", "This home folder cannot be opened", text(str(error))))
        st.stop()
    pages = {
        name: st.Page(_shown(view, ctx), title=title, icon=icon, url_path=name, default=name == start)
        for name, title, icon, _, view in VIEWS
    }
    ctx.pages.update(pages)
    sections: dict[str, list[StreamlitPage]] = {}
    for name, _, _, section, _ in VIEWS:
        sections.setdefault(section, []).append(pages[name])
    chosen = st.navigation(sections, expanded=True)
    with st.sidebar:
        _sidebar(ctx)
    chosen.run()


def _given() -> str | None:
    """The home folder after ``--home`` among the script's own arguments."""
    given = sys.argv[1:]
    return given[given.index("--home") + 1] if "--home" in given[:-1] else None


def _context(path: str) -> Context:
    """The scope of this run: the day that was picked, else the one in the address, else the newest held.

    A session that stands on the newest day goes along when a newer one comes in.
    """
    picked = st.session_state.get("reference_day")
    if picked is not None and picked == st.session_state.get("newest_day"):
        _, held = data.scope_of(path)
        st.session_state["reference_day"] = picked = held.newest
    elif picked is None:
        try:
            picked = date.fromisoformat(st.query_params.get("day", ""))
        except ValueError:
            picked = None
    scope, held = data.scope_of(path, picked)
    st.session_state["newest_day"] = held.newest
    return Context(scope=scope, held=held, pages={})


def _shown(view: View, ctx: Context) -> Callable[[], None]:
    """The view as a page; a refused request becomes a message, never a trace."""

    def page() -> None:
        try:
            view(ctx)
        except VedetteError as error:
            st.html(notice("bad", "That did not work", text(str(error))))

    return page


def _sidebar(ctx: Context) -> None:
    _reference_day(ctx)
    clearance = Label(ctx.scope.clearance)
    first = ctx.held.first
    span = f"{words.day(first)} to {words.day(ctx.held.newest)}" if first else "nothing yet"
    st.html(
        tag(
            "div",
            tag("div", text(f"Held: {span}")),
            tag("div", text("Cleared for: "), label_badge(clearance)),
            tag("div", text("All times are UTC")),
            css="v-side",
        )
    )


def _reference_day(ctx: Context) -> None:
    first = min(ctx.held.first or ctx.held.newest, ctx.held.newest)
    if "reference_day" not in st.session_state:
        st.session_state["reference_day"] = max(ctx.scope.day, first)
    elif st.session_state["reference_day"] > ctx.held.newest:
        st.session_state["reference_day"] = ctx.held.newest
    st.date_input(
        "As of the end of",
        key="reference_day",
        min_value=first,
        max_value=ctx.held.newest,
        format="YYYY-MM-DD",
        help="Every view shows what was known and published by the end of this day.",
    )
    if not ctx.as_of_newest:
        st.button("Newest day", on_click=_newest, args=(ctx.held.newest,), width="stretch")


def _newest(day: date) -> None:
    st.session_state["reference_day"] = day
