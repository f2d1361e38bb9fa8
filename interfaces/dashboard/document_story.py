"""What a document is part of: its story across sources and languages, and the events coded from it."""

from __future__ import annotations

import streamlit as st

from domain.errors import VedetteError
from index.store.documents import Shown
from index.store.schema import AnyRow
from interfaces.dashboard import document_data, style, words
from interfaces.dashboard.cards import document_line
from interfaces.dashboard.context import Context
from interfaces.dashboard.markup import (
    Markup,
    label_badge,
    language_badge,
    notice,
    table,
    tag,
    text,
    words_of,
)
from service.names import country_names

_MOST_LINES = 40
_CAMEO = (
    "", "statement", "appeal", "intent to cooperate", "consultation", "diplomatic cooperation", "material cooperation",
    "aid", "concession", "investigation", "demand", "disapproval", "rejection", "threat", "protest", "show of force",
    "cutting relations", "coercion", "assault", "fighting", "mass violence",
)  # fmt: skip
"""The roots of the CAMEO codes, 1 to 20, in a word or two."""


def story(ctx: Context, shown: Shown) -> None:
    """Draw the story, at once or when it is asked for where that takes long."""
    style.sub("Story", "documents on the same happening")
    among = document_data.around(ctx.scope, shown.id)
    if among > document_data.MOST_AT_ONCE and not st.session_state.get(f"story_{shown.id}"):
        said = f"It is looked for among {among:,} documents, which takes a while."
        st.html(tag("p", text(said), css="v-muted v-small"))
        st.button("Find its story", key=f"find_{shown.id}", on_click=_asked, args=(shown.id,))
        return
    try:
        with st.spinner("Comparing with the days around …"):
            told = document_data.story(ctx.scope, shown.id)
    except VedetteError as error:
        st.html(notice("warn", "Its story cannot be told now", words_of(str(error))))
        return
    if told is None:
        st.html(notice("plain", "No other document held tells of the same happening"))
        return
    meta = [language_badge(lang) for lang in told.story.languages]
    first, last = words.day(told.story.first.date()), words.day(told.story.last.date())
    meta.append(tag("span", text(words.many(len(told.lines), "document"))))
    carried, own = len({line.source for line in told.lines}), len(told.story.sources)
    sources = words.many(carried, "source") + (f", {own} on its own account" if own < carried else "")
    meta.append(tag("span", text(sources), title="the others carry copies"))
    meta.append(tag("span", text(first if first == last else f"{first} – {last}")))
    st.html(tag("div", words_of(told.story.title, name="h4"), tag("div", *meta, css="v-meta"), css="v-card"))
    ctx.link("stories", "Day by day, and how each side tells it", icon=":material/hub:", id=told.story.id)
    with st.container(key="story", gap="small"):
        for line in told.lines[:_MOST_LINES]:
            with st.container(gap=None):
                st.html(document_line(line))
                if line.id == shown.id:
                    st.html(tag("div", text("this document"), css="v-muted v-small"))
                else:
                    ctx.link("document", "Read", icon=":material/article:", id=line.id)
    if len(told.lines) > _MOST_LINES:
        more = f"{len(told.lines) - _MOST_LINES} more are not listed."
        st.html(tag("p", text(more), css="v-muted v-small"))


def _asked(which: str) -> None:
    st.session_state[f"story_{which}"] = True


def events(ctx: Context, shown: Shown) -> None:
    """Draw the coded events."""
    found = document_data.events(ctx.scope, shown.id)
    style.sub("Coded events", "who did what to whom, as coded from this text")
    if not found:
        st.html(notice("plain", "No event was coded from it"))
        return
    head = ("day", "who", "did what", "to whom", "tone", "mentions", "by", "label")
    st.html(table(head, [_event(row) for row in found], css="v-tight"))


def _event(row: AnyRow) -> list[Markup]:
    root = row.cameo[:2]
    what = _CAMEO[int(root)] if root.isdecimal() and 0 < int(root) < len(_CAMEO) else "unknown"
    tone = "–" if row.goldstein is None else f"{row.goldstein:+.1f}"
    return [
        text(words.day(row.day)),
        _actor(row.source_actor, row.source_country),
        tag("span", text(f"{what} "), tag("span", words_of(row.cameo), css="v-muted v-n")),
        _actor(row.target_actor, row.target_country),
        tag("span", text(tone), css="v-n", title="Goldstein scale: -10 conflict to 10 cooperation"),
        tag("span", text(f"{row.mentions:,}"), css="v-n"),
        words_of(row.origin),
        label_badge(row.label),
    ]


def _actor(name: str, country: str | None) -> Markup:
    where = country_names().get(country, country) if country else ""
    if not where or where == name:
        return words_of(name or where or "–")
    return tag("span", words_of(name), tag("span", text(f" ({where})"), css="v-muted")) if name else words_of(where)
