"""One entity: its names in all scripts, its documents by language and day, what is beside it, what was decided."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from urllib.parse import urlencode

import streamlit as st

from interfaces.dashboard import charts, entity_forms, style, words
from interfaces.dashboard.context import Context
from interfaces.dashboard.markup import (
    Markup,
    badge,
    facts,
    join,
    label_badge,
    language_badge,
    notice,
    table,
    tag,
    text,
    words_of,
)
from service.entity_views import View
from service.names import country_names

_NAMES = 12
_LONGEST = 366
"""Days shown in the chart at most, the newest."""


def entity_link(ctx: Context, entity: str, name: str) -> Markup:
    """A name that opens its entity."""
    query = urlencode(ctx.parameters(id=entity))
    return tag("a", text(name), css="v-inner", href=f"entities?{query}", target="_self", dir="auto")


def draw(ctx: Context, one: View) -> None:
    """Draw it."""
    style.heading(one.name)
    ctx.link("entities", "All entities", icon=":material/arrow_back:")
    country = country_names().get(one.country or "", "")
    st.html(
        tag(
            "div",
            label_badge(one.label),
            badge(one.kind, "closed"),
            text(country),
            tag("span", text(words.many(one.documents, "document"))),
            tag("span", text(words.many(one.mentions, "mention"))),
            words_of(one.id),
            css="v-meta",
        )
    )
    entity_forms.change(ctx, one)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _days(ctx, one)
        _documents(ctx, one)
    with right:
        _names(one)
        _beside(ctx, one)
        _one_with(one)
    if one.decisions:
        style.sub("Decided of it")
        entity_forms.decided(ctx, one.decisions)


def _names(one: View) -> None:
    style.sub("Names", "as texts write it, by language, and how often; then those that are known")
    written: dict[str, list[Markup]] = defaultdict(list)
    for each in one.written:
        if len(written[each.lang]) < _NAMES:
            written[each.lang].append(join([words_of(each.name, lang=each.lang), text(f" {each.mentions}")]))
    rows = [[language_badge(lang), tag("span", join(names, ", "))] for lang, names in written.items()]
    if rows:
        st.html(table(("", "as written"), rows))
    given = [x for x in one.names if x.by == "operator"]
    known = [x for x in one.names if x.by == "gazetteer"]
    if given:
        told = join([join([language_badge(x.lang), words_of(x.name)]) for x in given], ", ")
        st.html(facts([("Given by operators", told)]))
    if known:
        with st.expander(f"Known to the gazetteer ({len(known)})"):
            st.html(tag("div", join([join([language_badge(x.lang), words_of(x.name)]) for x in known[:200]], ", "),
                        css="v-small"))  # fmt: skip


def _days(ctx: Context, one: View) -> None:
    style.sub("Documents by day", "and language")
    if not one.days:
        st.html(notice("plain", "No document names it by this day"))
        return
    last = min(one.days[-1][0], ctx.scope.day)
    first = max(one.days[0][0], last - timedelta(days=_LONGEST))
    shown = [x for x in one.days if first <= x[0] <= last]
    # A lone day would be a line.
    first = min(first, last - timedelta(days=13))
    st.altair_chart(charts.by_day(shown, first=first, last=last, what="language"), width="stretch")


def _documents(ctx: Context, one: View) -> None:
    if not one.newest:
        return
    style.sub("Documents", f"the newest {len(one.newest)} of {one.documents}")
    for each in one.newest:
        with st.container(gap=None):
            st.html(
                tag(
                    "div",
                    tag("div", language_badge(each.lang), label_badge(each.label), words_of(each.source),
                        text(f" {words.day(each.at.date())}, {words.many(each.mentions, 'mention')}"), css="v-meta"),
                    words_of(each.title, name="div", lang=each.lang),
                    css="v-card",
                )
            )  # fmt: skip
            ctx.link("document", "Read", icon=":material/article:", id=each.document_id)


def _beside(ctx: Context, one: View) -> None:
    if not one.beside:
        return
    style.sub("Named beside it", "in how many of its documents")
    links = [
        join([entity_link(ctx, key, name), text(f" {n}")])
        for key, name, n in one.beside
    ]  # fmt: skip
    st.html(tag("div", join(links, ", "), css="v-small"))


def _one_with(one: View) -> None:
    if not one.links:
        return
    style.sub("One with it")
    how = {"operator": "an operator decided so", "names": "by its names alone"}
    rows = [[words_of(a), words_of(b), text(how.get(x, x))] for a, b, x in one.links]
    st.html(table(("entity", "is", "because"), rows))
