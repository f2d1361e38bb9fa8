"""The look: one sheet of styles over Streamlit's theme, system fonts, nothing fetched."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from interfaces.dashboard.markup import Markup, shown, tag, text

INK, MUTED, LINE = "#1B2733", "#5D6975", "#DAD7CE"
BLUE, GOLD, RED, AMBER, GREEN = "#1E5180", "#B88A2E", "#9E2B2F", "#A8620C", "#2C6B4C"
PALETTE = ("#1E5180", "#B88A2E", "#2C6B4C", "#8A4F7D", "#5B9BBF", "#A5523A", "#7C8A3A", "#4B5563", "#C9A27E", "#37797A")
"""Colours of groups in charts, told apart by the colour-blind as far as ten can be."""

CSS = Path(__file__).with_name("style.css").read_text("utf-8")


def sheet() -> None:
    """Lay the styles on the page."""
    st.html(f"<style>{CSS}</style>")


def heading(title: str, note: str = "") -> None:
    """The head of a view; the title may hold stored text, it is escaped."""
    below = tag("p", text(note)) if note else Markup("")
    st.html(tag("div", tag("h1", text(shown(title).strip() or "(no title)"), dir="auto"), below, css="v-head"))


def sub(title: str, note: str = "") -> None:
    """The head of a part."""
    st.html(
        tag(
            "div",
            text(title),
            tag("small", text(note)) if note else Markup(""),
            css="v-sub",
            role="heading",
            aria_level="2",
        )
    )
