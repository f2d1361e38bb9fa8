"""Stories: what several documents tell, across languages and sources."""

from __future__ import annotations

import streamlit as st

from interfaces.dashboard import story_data, style, words
from interfaces.dashboard.context import Context, remember
from interfaces.dashboard.markup import notice, tag, text
from interfaces.dashboard.story_cards import country, story_line
from interfaces.dashboard.story_page import draw
from interfaces.dashboard.words import many

PERIODS: dict[str, int | None] = {"7 days": 7, "30 days": 30, "90 days": 90, "a year": 365, "all of it": None}
ORDERS = ("latest first", "most documents first", "most languages first")
LISTED = 40


def view(ctx: Context) -> None:
    """Draw it."""
    lang = story_data.reader_language(ctx.scope)
    which = st.query_params.get("id", "")
    if which:
        told = story_data.one(ctx.scope, which, lang=lang)
        if told is not None:
            remember(ctx, id=which)
            draw(ctx, told)
            return
        style.heading("Stories")
        why = "No document that you may see tells it by this day."
        st.html(notice("warn", "There is no such story", text(why)))
    else:
        style.heading("Stories", f"The same happening, told in any language, as of {words.day(ctx.scope.day)}")
    _list(ctx, lang)


def _list(ctx: Context, lang: str) -> None:
    given = st.query_params
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = list(PERIODS)
        asked = given.get("period", "")
        period = st.selectbox("Period", names, index=names.index(asked) if asked in names else 1, key="stories_period",
                              width=150)  # fmt: skip
        wanted = st.text_input("Headline holds", value=given.get("q", ""), key="stories_q", max_chars=200, width=320)
        found = story_data.listed(ctx.scope, days=PERIODS[period], lang=lang)
        codes = sorted({code for one in found for code in one.countries}, key=country)
        code = given.get("country", "")
        chosen = st.selectbox("Names", ["", *codes], index=codes.index(code) + 1 if code in codes else 0,
                              key="stories_country", format_func=lambda x: country(x) if x else "any country",
                              width=220)  # fmt: skip
        order = st.selectbox("Order", ORDERS, key="stories_order", width=220)
    remember(ctx, period="" if period == names[1] else period, q=wanted.strip(), country=chosen)
    kept = story_data.containing(found, wanted, country=chosen)
    if order == ORDERS[1]:
        kept = sorted(kept, key=lambda one: -one.documents)
    elif order == ORDERS[2]:
        kept = sorted(kept, key=lambda one: (-len(one.languages), -one.documents))
    if not kept:
        none = "No story in these days" if not found else f"None of {many(len(found), 'story', 'stories')} is such"
        st.html(
            notice("plain", none, text("A story has two documents or more: choose a longer period, or another day."))
        )
        return
    style.sub(many(len(kept), "story", "stories"), "of two documents or more; a wire report counts once as a source")
    with st.container(key="stories", gap="small"):
        for one in kept[:LISTED]:
            st.html(story_line(ctx, one))
    if len(kept) > LISTED:
        st.html(tag("p", text(f"{len(kept) - LISTED} more are not listed."), css="v-muted v-small"))
