"""Past episodes like the one of now, and what came after them."""

from __future__ import annotations

from datetime import date

import streamlit as st

from domain.alert import SeriesKey
from domain.errors import VedetteError
from domain.precedent import Aftermath, Precedent, Precedents
from interfaces.dashboard import outlook_data, style, words
from interfaces.dashboard.context import Context
from interfaces.dashboard.document_story import _CAMEO as ROOTS
from interfaces.dashboard.markup import Markup, badge, notice, tag, text, words_of
from interfaces.dashboard.words import figure, many
from service.names import series_title


def precedents(ctx: Context, key: SeriesKey, *, onset: date | None = None) -> None:
    """Draw the most similar past episodes of any pair (or country) and what followed each in the next 30 days."""
    style.sub("Precedents", "the most similar past episodes, and what followed")
    if key.kind not in ("country", "dyad", "directed"):
        st.html(notice("plain", "Precedents are looked for of countries and pairs only"))
        return
    try:
        with st.spinner("Looking for past episodes …"):
            found = outlook_data.precedents(ctx.scope, str(_undirected(key)), onset=onset)
    except VedetteError as error:
        st.html(notice("warn", "Precedents cannot be told now", words_of(str(error))))
        return
    st.html(tag("p", text(_now(found)), css="v-muted v-small"))
    if not found.found:
        st.html(notice("plain", "No precedent", text(found.note or "No past episode is over yet.")))
        return
    with st.container(key="precedents", gap="small"):
        for one in found.found:
            with st.container(border=True, gap=None):
                st.html(_card(one))
                if len(one.series.subject) == 2:
                    a, b = one.series.subject
                    ctx.link("dyad", "Relations of the two", icon=":material/compare_arrows:", a=a, b=b, days="365")
                else:
                    ctx.link("country", "This country", icon=":material/flag:", code=one.series.subject[0], days="365")
    if found.note:
        st.html(tag("p", text(found.note[:1].upper() + found.note[1:] + "."), css="v-muted v-small"))


def _undirected(key: SeriesKey) -> SeriesKey:
    return SeriesKey("dyad", tuple(sorted(key.subject))) if key.kind == "directed" else key.bare


def _now(found: Precedents) -> str:
    return (
        f"Compared: the {many(found.age, 'day')} since {words.day(found.onset)} with "
        f"{many(found.hostile, 'hostile event')} (usually {figure(found.usual)} a week), "
        f"among {many(found.searched, 'past episode')}."
    )


def _card(one: Precedent) -> Markup:
    acts = ", ".join(f"{ROOTS[root]} {words.share(part)}" for root, part in one.roots if 0 < root < len(ROOTS))
    likeness = f"likeness {one.likeness:.2f}"
    parts = f"course {one.shape:.2f}, kinds of acts {one.kinds:.2f}, level {one.level:.2f}"
    return tag(
        "div",
        words_of(f"{series_title(one.series)}, {words.day(one.onset)}", name="h4"),
        tag("div", badge(likeness, "lang", hint=parts), tag("span", text(parts)), css="v-meta"),
        tag(
            "div",
            text(f"{many(one.hostile, 'hostile event')} in {many(one.age, 'day')}, usually {figure(one.usual)} a week"),
            text(f": {acts}." if acts else "."),
            css="v-body v-small",
        ),
        tag("div", *_after(one.aftermath), css="v-quote v-small"),
        css="v-piece",
    )


def _after(after: Aftermath) -> list[Markup]:
    hostile, before = after.quads[2] + after.quads[3], after.before[2] + after.before[3]
    kind, past = after.quads[0] + after.quads[1], after.before[0] + after.before[1]
    said = (
        f" In the 30 days to {words.day(after.last)}: {hostile:,} hostile ({after.quads[3]:,} of them material) and "
        f"{kind:,} cooperative events, against {before:,} and {past:,} in the 30 days before it. "
    )
    quiet = "It was not quiet again in that time." if after.quiet is None else f"Quiet from {words.day(after.quiet)}."
    mark = badge("escalated", "high") if after.escalated else badge("did not escalate", "healthy")
    return [mark, text(said + quiet)]
