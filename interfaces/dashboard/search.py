"""Search: a question in any language, its answers with the query's words marked."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import streamlit as st

from domain.document import Hit
from domain.errors import QueryError
from interfaces.dashboard import data, style, words
from interfaces.dashboard.context import Context, remember
from interfaces.dashboard.markup import (
    Mark,
    Markup,
    excerpt,
    label_badge,
    language_badge,
    marked,
    notice,
    shown,
    tag,
    text,
    words_of,
)
from service.asked import read_as
from service.names import country_names
from service.search import MODES, Mode

_MODE_NAMES = {"hybrid": "meaning and words", "dense": "meaning only", "lexical": "words only"}
_MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question with all that confines it."""

    query: str
    mode: Mode
    k: int
    langs: tuple[str, ...]
    countries: tuple[str, ...]
    sources: tuple[str, ...]
    since: date | None
    until: date | None


def view(ctx: Context) -> None:
    """Draw it."""
    style.heading("Search", f"By meaning and by words, in every language held, as known by {words.day(ctx.scope.day)}")
    asked = _form(ctx)
    remember(
        ctx,
        q=asked.query,
        mode="" if asked.mode == "hybrid" else asked.mode,
        k="" if asked.k == 10 else str(asked.k),
        lang=",".join(asked.langs),
        country=",".join(asked.countries),
        source="\n".join(asked.sources),
        since=asked.since.isoformat() if asked.since else "",
        until=asked.until.isoformat() if asked.until else "",
    )
    if not asked.query.strip():
        _help()
        return
    started = time.perf_counter()
    try:
        hits = data.hits(
            ctx.scope,
            asked.query,
            mode=asked.mode,
            k=asked.k,
            langs=asked.langs,
            countries=asked.countries,
            sources=asked.sources,
            since=asked.since,
            until=asked.until,
        )
    except QueryError as error:
        st.html(notice("warn", "This question cannot be asked", text(error.reason)))
        return
    spent = 1000 * (time.perf_counter() - started)
    if (read := read_as(asked.query)) is not None:
        st.html(tag("p", text(f"Read as: {shown(read.text)} ({read.typed})"), css="v-muted v-small"))
    if not hits:
        _nothing(asked)
        return
    langs = sorted({h.lang for h in hits})
    st.html(
        tag(
            "p",
            text(
                f"{words.many(len(hits), 'document')} in {words.many(len(langs), 'language')}, by "
                f"{_MODE_NAMES[asked.mode]}, in {spent:.0f} ms"
            ),
            css="v-muted v-small",
        )
    )
    with st.container(key="results", gap="small"):
        for rank, hit in enumerate(hits, 1):
            with st.container(border=True, gap=None):
                st.html(card(hit, rank))
                ctx.link(
                    "document",
                    "Read the document",
                    icon=":material/article:",
                    id=hit.document_id,
                    p=str(hit.passage_id),
                )


def _first(name: str, value: object) -> None:
    """Give a widget its first value once; later its own state counts."""
    if name not in st.session_state:
        st.session_state[name] = value


def _form(ctx: Context) -> Asked:
    facets, given = data.facets(ctx.scope), st.query_params
    langs, countries, names = dict(facets.langs), dict(facets.countries), dict(facets.sources)
    _first("search_query", given.get("q", ""))
    _first("search_mode", given.get("mode") if given.get("mode") in MODES else "hybrid")
    _first("search_k", min(_MOST, max(1, int(given["k"]))) if given.get("k", "").isdecimal() else 10)
    _first("search_langs", [x for x in given.get("lang", "").split(",") if x in langs])
    _first("search_countries", [x for x in given.get("country", "").split(",") if x in countries])
    _first("search_sources", [x for x in given.get("source", "").split("\n") if x in names])
    last = ctx.held.newest
    low = min(ctx.held.first or last, last)
    _first("search_since", _day(given.get("since"), low, last))
    _first("search_until", _day(given.get("until"), low, last))
    _still_offered(("search_langs", langs), ("search_countries", countries), ("search_sources", names))
    country = country_names()
    confined = any(st.session_state[f"search_{x}"] for x in ("langs", "countries", "sources", "since", "until"))
    with st.form("search", border=False):
        box, go = st.columns([8, 1], vertical_alignment="bottom")
        query = box.text_input(
            "Question",
            key="search_query",
            label_visibility="collapsed",
            placeholder="Ask in any language: giàn khoan Hải Dương 981, mer de Chine, 防空识别区 …",
        )
        go.form_submit_button("Search", type="primary", width="stretch")
        with st.expander("Filters", expanded=confined, icon=":material/tune:"):
            a, b, c = st.columns(3)
            chosen_langs = a.multiselect(
                "Languages",
                list(langs),
                key="search_langs",
                format_func=lambda x: f"{shown(words.language(x))} ({langs.get(x, 0)})",
            )
            chosen_countries = b.multiselect(
                "Countries named",
                list(countries),
                key="search_countries",
                format_func=lambda x: f"{shown(country.get(x, x))} ({countries.get(x, 0)})",
            )
            chosen_sources = c.multiselect(
                "Sources", list(names), key="search_sources", format_func=lambda x: f"{shown(x)} ({names.get(x, 0)})"
            )
            d, e, f, g = st.columns([2, 2, 3, 2], vertical_alignment="bottom")
            since = d.date_input(
                "Published from", key="search_since", format="YYYY-MM-DD", min_value=low, max_value=last
            )
            until = e.date_input(
                "to (included)", key="search_until", format="YYYY-MM-DD", min_value=low, max_value=last
            )
            mode = f.selectbox("Find by", MODES, key="search_mode", format_func=lambda x: _MODE_NAMES[x])
            k = g.number_input("Documents at most", 1, _MOST, key="search_k")
    return Asked(
        query=query,
        mode=mode,
        k=int(k),
        langs=tuple(chosen_langs),
        countries=tuple(chosen_countries),
        sources=tuple(chosen_sources),
        since=since,
        until=until,
    )


def _still_offered(*fields: tuple[str, dict[str, int]]) -> None:
    """Choices that the reference day no longer offers are let go, or the widgets would refuse them."""
    for name, offered in fields:
        if any(x not in offered for x in st.session_state[name]):
            st.session_state[name] = [x for x in st.session_state[name] if x in offered]


def _day(value: str | None, low: date, last: date) -> date | None:
    """The day in an address, within what is held; None where it is no day."""
    try:
        return min(max(date.fromisoformat(value), low), last) if value else None
    except ValueError:
        return None


def card(hit: Hit, rank: int) -> Markup:
    """One answer: where it is from, its title, its passage with the query's words marked."""
    meta = [
        tag("span", text(f"{rank}.")),
        language_badge(hit.lang),
        words_of(hit.source),
        tag("span", text(words.moment(hit.published))),
        label_badge(hit.label),
        tag("span", text(f"score {hit.score:.3g}"), title="comparable within one search only"),
    ]
    if hit.external_id:
        meta.insert(-1, words_of(hit.external_id))
    return tag(
        "div",
        tag("div", *meta, css="v-meta"),
        words_of(hit.title, name="h4", lang=hit.lang),
        _passage(hit),
        css="v-piece",
    )


def _passage(hit: Hit) -> Markup:
    start, end = excerpt(hit.text, [(m.start, m.end) for m in hit.marks])
    inner = marked(hit.text, [Mark(m.start, m.end, "v-word") for m in hit.marks], start=start, end=end)
    before, after = text("… " if start else ""), text(" …" if end < len(hit.text) else "")
    return tag("div", before, inner, after, css="v-body", dir="auto")


def _help() -> None:
    said: Sequence[tuple[str, str]] = (
        (
            "In your own language",
            "A question in Vietnamese also finds the Russian cable and the French report: passages "
            "are compared by what they mean.",
        ),
        (
            "In so many words",
            "Names and numbers are found as written, with or without accents: gian khoan finds giàn khoan.",
        ),
        (
            "Confined",
            "Filters confine by language, by country named, by source and by time. The day at the left takes "
            "everything back to what was known then.",
        ),
    )
    cells = [
        tag("div", tag("h4", text(a)), tag("div", text(b), css="v-body v-small v-muted"), css="v-card") for a, b in said
    ]
    st.html(tag("div", *cells, css="v-three"))


def _nothing(asked: Asked) -> None:
    tips = ["fewer or other words, or the same in another language"]
    if asked.mode == "lexical":
        tips.append("finding by meaning as well: only exact words count now")
    if asked.langs or asked.countries or asked.sources or asked.since or asked.until:
        tips.append("fewer filters")
    tips.append("a later day at the left: what became known after it is not looked at")
    st.html(notice("plain", "No document answers this", text("Try " + "; ".join(tips) + ".")))
