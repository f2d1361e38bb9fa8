"""Entities: persons, bodies and places in all scripts; who is who, and what probably is one."""

from __future__ import annotations

import streamlit as st

from domain.entity import EntityKind
from domain.errors import NotFoundError
from interfaces.dashboard import entity_data, entity_forms, style, words
from interfaces.dashboard.context import Context, remember
from interfaces.dashboard.entity_page import draw, entity_link
from interfaces.dashboard.markup import Markup, badge, join, language_badge, notice, shown, table, tag, text, words_of
from service.names import country_names
from service.suggesting import Evidence, Suggestion

LISTED = 40
SUGGESTED = 25
DECIDED = 200


def view(ctx: Context) -> None:
    """Draw it."""
    which = st.query_params.get("id", "")
    if which:
        try:
            found = entity_data.one(ctx.scope, which)
        except NotFoundError:
            style.heading("Entities")
            why = "No document that you may see names it by this day, and nobody added it."
            st.html(notice("warn", "There is no such entity", text(why)))
        else:
            remember(ctx, id=which)
            draw(ctx, found)
            return
    else:
        style.heading("Entities", f"Persons, bodies and places in all scripts, as of {words.day(ctx.scope.day)}")
    tabs = st.tabs(["Search", "Probably one", "Decisions", "Add"], key="entities_tabs", on_change="rerun")
    search, pairs, decided, added = tabs
    with search:
        _search(ctx)
    with pairs:
        if pairs.open:
            _suggestions(ctx)
    with decided:
        if decided.open:
            _decisions(ctx)
    with added:
        entity_forms.add(ctx)


def _search(ctx: Context) -> None:
    left, middle, right = st.columns([4, 2, 2], vertical_alignment="bottom")
    like = left.text_input(
        "Name", max_chars=200, key="entity_like", placeholder="Part of a name; or a whole one, in any script"
    ).strip()
    kinds = ["", *(kind.value for kind in EntityKind)]
    kind = middle.selectbox("Kind", kinds, key="entity_kind", format_func=lambda x: x or "any kind")
    names = country_names()
    country = right.selectbox(
        "Country", ["", *sorted(names, key=lambda x: names[x])], key="entity_country",
        format_func=lambda x: names.get(x, "any country"),
    )  # fmt: skip
    found = entity_data.listed(ctx.scope, like=like, kind=kind or "", country=country or "", limit=LISTED)
    if not found:
        st.html(notice("plain", "No document names such an entity"))
        return
    rows = []
    for one in found:
        langs = join(
            [
                tag("span", language_badge(lang), text(f" {n} "), css="v-n")
                for lang, n in list(one.languages.items())[:8]
            ]
        )
        more = text(f"{len(one.ids)} as one") if len(one.ids) > 1 else Markup("")
        rows.append([
            entity_link(ctx, one.id, one.name), text(one.kind), text(names.get(one.country or "", "")),
            tag("span", text(str(one.documents)), css="v-n"), langs, more,
        ])  # fmt: skip
    st.html(table(("entity", "kind", "country", "documents", "by language", "ids"), rows))
    if len(found) == LISTED:
        st.html(tag("p", text(f"The {LISTED} in most documents."), css="v-muted v-small"))


def _suggestions(ctx: Context) -> None:
    found = entity_data.suggestions(ctx.scope, limit=SUGGESTED)
    why = (
        "names that sound alike, in documents about the same things at the same time; nothing is merged by itself here"
    )
    style.sub("Probably one", why)
    if not found:
        st.html(notice("plain", "No two entities look like one"))
        return
    by = entity_forms.who("suggest")
    for n, one in enumerate(found):
        with st.container(key=f"pair_{n}", border=True):
            _pair(ctx, one, n, by)


def _pair(ctx: Context, one: Suggestion, n: int, by: str) -> None:
    pair = one.pair
    sure = badge("beyond doubt", "seen") if pair.sure else Markup("")
    st.html(
        tag(
            "div",
            entity_link(ctx, pair.one, pair.names[0]),
            text("  =  "),
            entity_link(ctx, pair.other, pair.names[1]),
            text("  ?  "),
            badge(one.kind, "closed"),
            sure,
            tag("span", text(f"score {pair.score:.2f}: names {pair.likeness:.2f}, context {pair.context:.2f}"),
                css="v-muted v-small"),
            css="v-meta v-strong",
        )
    )  # fmt: skip
    for each in one.evidence:
        st.html(_evidence(each))
    row = st.container(horizontal=True)
    if row.button("They are one", key=f"accept_{n}", type="primary", icon=":material/merge:"):
        entity_forms.merge(ctx, pair.one, pair.other, by=by)
    if row.button("They are two", key=f"refuse_{n}", icon=":material/call_split:"):
        entity_forms.apart(ctx, pair.one, pair.other, by=by)


def _evidence(each: Evidence) -> Markup:
    return tag(
        "div",
        tag(
            "div", language_badge(each.lang), words_of(each.source), text(f" {words.day(each.at.date())}"), css="v-meta"
        ),
        _marked(each.text, each.surface, each.lang),
        css="v-card",
    )


def _marked(value: str, surface: str, lang: str) -> Markup:
    before, found, after = shown(value).partition(shown(surface))
    extra = {"lang": lang} if lang != "und" else {}
    mark = tag("mark", text(found), css="v-e-person") if found else Markup("")
    return tag("div", text(before), mark, text(after), css="v-body", dir="auto", **extra)


def _decisions(ctx: Context) -> None:
    found = entity_data.decisions(ctx.scope, limit=DECIDED)
    style.sub("Decisions", "of all times: who is who does not depend on the day that is looked at")
    if not found:
        st.html(notice("plain", "Nothing was decided yet"))
        return
    entity_forms.decided(ctx, found)
