"""Briefing: a subject and a period on one page, every sentence with the passages it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import streamlit as st

from briefing.render import render
from domain.briefing import Briefing, Citation, Item, Section, Statement
from interfaces.dashboard import data, style, words
from interfaces.dashboard.context import Context, remember
from interfaces.dashboard.markup import (
    Mark,
    Markup,
    join,
    label_badge,
    language_badge,
    marked,
    notice,
    tag,
    text,
    web_address,
    words_of,
)

_LANGS = ("en", "vi", "fr")
_FORMATS = (("md", "Markdown", "text/markdown"), ("html", "HTML", "text/html"), ("json", "JSON", "application/json"))
_INVISIBLE_NOTE = "Sentences in quotation stand word for word in the passage cited; the others are counts by Vedette."


def view(ctx: Context) -> None:
    """Draw it."""
    style.heading("Briefing", f"What happened, what changed, what is not known, as known by {words.day(ctx.scope.day)}")
    about, since, until, lang = _form(ctx)
    if since > until:
        st.html(notice("warn", "The period ends before it begins"))
        return
    remember(ctx, about=about, since=since.isoformat(), until=until.isoformat(), lang=lang)
    with st.spinner("Reading the period …"):
        made = data.briefing(ctx.scope, about=about, since=since, until=until, lang=lang)
    with st.container(horizontal=True):
        stem = f"briefing-{since.isoformat()}-{until.isoformat()}"
        for kind, name, mime in _FORMATS:
            st.download_button(
                name,
                render(made, format=kind),
                file_name=f"{stem}.{kind}",
                mime=mime,
                on_click="ignore",
                icon=":material/download:",
                key=f"get_{kind}",
            )
    st.html(page(made))


def _form(ctx: Context) -> tuple[str, date, date, str]:
    settings = data.opened(ctx.scope.home).settings.briefing
    given, day = st.query_params, ctx.scope.day
    low = min(ctx.held.first or day, day)
    if st.session_state.get("brief_day") != day:
        # A new reference day: the period is its last days. What the address says counts when the view is first opened.
        opened = "brief_day" not in st.session_state
        st.session_state["brief_day"] = day
        until = (_day(given.get("until")) if opened else None) or day
        until = min(max(until, low), day)
        since = (_day(given.get("since")) if opened else None) or until - timedelta(days=settings.days - 1)
        st.session_state["brief_until"], st.session_state["brief_since"] = until, min(max(since, low), until)
    for name, value in (
        ("brief_about", given.get("about", "")),
        ("brief_lang", given.get("lang") if given.get("lang") in _LANGS else settings.lang),
        ("brief_since", max(low, day - timedelta(days=settings.days - 1))),
        ("brief_until", day),
    ):
        if name not in st.session_state:
            st.session_state[name] = value
    with st.form("brief", border=False):
        a, b, c, d, e = st.columns([4, 2.2, 2.2, 2.2, 1.5], vertical_alignment="bottom")
        about = a.text_input(
            "Subject",
            key="brief_about",
            max_chars=300,
            placeholder="countries, or a subject in words; empty: everything",
        )
        since = b.date_input("From", key="brief_since", min_value=low, max_value=day, format="YYYY-MM-DD")
        until = c.date_input("to (included)", key="brief_until", min_value=low, max_value=day, format="YYYY-MM-DD")
        lang = d.selectbox("Language", _LANGS, key="brief_lang", format_func=words.language)
        e.form_submit_button("Write", type="primary", width="stretch")
    return about.strip(), since or day, until or day, str(lang)


def _day(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None


def page(made: Briefing) -> Markup:
    """The whole briefing."""
    cited = {c.n: c for c in made.citations}
    until = (made.until - timedelta(microseconds=1)).date()
    meta = tag(
        "div",
        label_badge(made.label),
        tag("span", text(f"{words.day(made.since.date())} – {words.day(until)}")),
        tag("span", text(words.many(made.documents, "document"))),
        tag("span", text(words.many(len(made.citations), "passage") + " cited")),
        css="v-meta",
    )
    return tag(
        "article",
        words_of(made.title, name="h2", lang=made.lang),
        meta,
        *(_section(s, cited) for s in made.sections),
        tag("p", text(_INVISIBLE_NOTE), css="v-muted v-small"),
        css="v-brief",
    )


def _section(section: Section, cited: Mapping[int, Citation]) -> Markup:
    note = words_of(section.note, name="p", css="v-muted") if section.note else Markup("")
    return tag("section", words_of(section.title, name="h3"), note, *(_item(i, cited) for i in section.items))


def _item(item: Item, cited: Mapping[int, Citation]) -> Markup:
    meta = []
    if item.when:
        meta.append(tag("span", text(words.moment(item.when))))
    meta += [language_badge(x) for x in item.languages]
    if item.sources:
        meta.append(words_of(", ".join(item.sources)))
    below = tag("div", *meta, css="v-meta") if meta else Markup("")
    said = join([_statement(s, cited) for s in item.statements])
    return tag("div", words_of(item.heading, name="h4"), below, said)


def _statement(said: Statement, cited: Mapping[int, Citation]) -> Markup:
    notes = join([_citation(cited[n], said) for n in said.citations if n in cited])
    css = "v-say" if said.quoted else "v-say v-computed"
    hint = {"title": f"computed: {said.basis}"} if said.basis else {}
    return tag("div", words_of(said.text, lang=said.lang), notes, css=css, **hint)


def _citation(one: Citation, said: Statement) -> Markup:
    """The number, which opens to the passage with the sentence marked in it."""
    at = one.passage.find(said.text) if said.quoted else -1
    marks = [Mark(at, at + len(said.text), "v-word")] if at >= 0 else []
    meta = tag(
        "div",
        language_badge(one.lang),
        words_of(one.source),
        tag("span", text(words.moment(one.published))),
        label_badge(one.label),
        web_address(one.url),
        css="v-meta",
    )
    body = tag("div", marked(one.passage, marks), css="v-quote", dir="auto")
    return tag("details", tag("summary", text(str(one.n)), title=one.title), words_of(one.title, name="b"), meta, body)
