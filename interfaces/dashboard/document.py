"""Document: the text as written, with what was found in it, who else carried it, its versions, where it is from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from domain.entity import EntityKind
from domain.errors import NotFoundError
from domain.text import strip_invisible
from index.store.documents import Shown
from interfaces.dashboard import data, style, words
from interfaces.dashboard.cards import document_line
from interfaces.dashboard.context import Context, remember
from interfaces.dashboard.document_copies import carriers, copies
from interfaces.dashboard.document_story import events, story
from interfaces.dashboard.document_versions import versions
from interfaces.dashboard.entity_page import entity_link
from interfaces.dashboard.formatted import framed
from interfaces.dashboard.markup import (
    Mark,
    Markup,
    badge,
    facts,
    join,
    label_badge,
    language_badge,
    marked,
    notice,
    table,
    tag,
    text,
    web_address,
    words_of,
)
from service.names import country_names

_KINDS = {
    EntityKind.COUNTRY: "countries",
    EntityKind.PLACE: "places",
    EntityKind.BODY: "bodies",
    EntityKind.OFFICE: "offices",
    EntityKind.PERSON: "persons",
    EntityKind.ORGANISATION: "organisations",
}
_META_ORDER = ("from", "to", "info", "place", "precedence", "classification", "date", "subject", "references", "tags")
_META_NAMES = {"dtg": "Date-time group", "info": "Information to"}
_PLAIN, _FORMATTED = "plain text", "as it was formatted"
_FORMATTED_NOTE = (
    "As its source formatted it, without pictures; links are told, not followed. What is searched, counted and cited "
    "is the plain text."
)
_WHOLE = 0.8
"""A cited passage that is more than this share of the text is not set off: it would all be."""


def view(ctx: Context) -> None:
    """Draw it."""
    which = st.query_params.get("id", "") or st.session_state.get("document_id", "")
    if not which:
        _choose(ctx)
        return
    try:
        shown = data.document(ctx.scope, which)
    except NotFoundError:
        st.session_state.pop("document_id", None)
        style.heading("Document")
        st.html(
            notice(
                "warn",
                "There is no such document",
                text("It was deleted, was not known by this day, or is above your clearance."),
            )
        )
        _choose(ctx, head=False)
        return
    st.session_state["document_id"] = which
    cited = st.query_params.get("p", "")
    remember(ctx, id=which, p=cited)
    _draw(ctx, shown, int(cited) if cited.isdecimal() else None)


def _choose(ctx: Context, *, head: bool = True) -> None:
    if head:
        style.heading("Document", "Open one from a search, an alert or a briefing; by its id; or from the newest")
    with st.form("open", border=False):
        box, go = st.columns([6, 1], vertical_alignment="bottom")
        which = box.text_input("Id or external id", max_chars=300)
        if go.form_submit_button("Open", type="primary", width="stretch") and which.strip():
            st.session_state["document_id"] = which.strip()
            st.query_params["id"] = which.strip()
            st.rerun()
    for line in data.newest(ctx.scope, limit=15):
        with st.container(gap=None):
            st.html(document_line(line))
            ctx.link("document", "Read", icon=":material/article:", id=line.id)


def _draw(ctx: Context, shown: Shown, cited: int | None) -> None:
    newest = shown.versions[-1]
    style.heading(newest.title)
    st.html(
        tag(
            "div",
            label_badge(newest.label),
            language_badge(newest.lang),
            words_of(shown.source),
            tag("span", text(words.moment(newest.published))),
            badge(shown.kind, "closed"),
            tag("span", text(words.many(len(shown.versions), "version"))),
            _carried(shown),
            css="v-meta",
        )
    )
    left, right = st.columns([5, 2], gap="large")
    with left:
        names = [
            "Text",
            f"Carried by ({len(shown.copies)})",
            f"Versions ({len(shown.versions)})",
            "Story and events",
            f"Entities ({len({m.id for m in shown.mentions})})",
            f"Passages ({len(shown.passages)})",
        ]
        # What a tab holds is made when it is opened: a story takes its time.
        tabs = st.tabs(names, key=f"tabs_{shown.id}", on_change="rerun")
        whole, carried, changed, told, entities, passages = tabs
        with whole:
            _text(shown, cited)
        with carried:
            copies(ctx, shown)
        with changed:
            versions(ctx, shown)
        with told:
            if told.open:
                story(ctx, shown)
                events(ctx, shown)
        with entities:
            _entities(ctx, shown)
        with passages:
            for p in shown.passages:
                st.html(
                    tag(
                        "div",
                        tag("div", text(f"passage {p.n + 1}, {words.many(p.words, 'word')}"), css="v-meta"),
                        words_of(p.text, name="div", css="v-body", lang=newest.lang),
                        css="v-card",
                    )
                )
    with right:
        _about(shown)


def _carried(shown: Shown) -> Markup:
    names = carriers(shown)
    if not names:
        return Markup("")
    named = ", ".join(names[:3]) + (f" and {words.many(len(names) - 3, 'other')}" if len(names) > 3 else "")
    return tag("span", text("also carried by "), words_of(named))


def _text(shown: Shown, cited: int | None) -> None:
    newest = shown.versions[-1]
    if newest.html:
        how = st.segmented_control(
            "Show", (_PLAIN, _FORMATTED), default=_PLAIN, required=True, key="text_shown", label_visibility="collapsed"
        )
        if how == _FORMATTED:
            st.html(tag("p", text(_FORMATTED_NOTE), css="v-muted v-small"))
            st.iframe(framed(newest.html, title="The formatted text", lang=newest.lang), height=640, alt=_FORMATTED)
            return
    present = Counter(EntityKind(m.kind) for m in shown.mentions)
    kinds = [k for k in _KINDS if present[k]]
    chosen = (
        st.pills(
            "Set off",
            kinds,
            selection_mode="multi",
            default=kinds,
            key="kinds_shown",
            label_visibility="collapsed",
            format_func=lambda k: f"{_KINDS[k]} {present[k]}",
        )
        if kinds
        else []
    )
    if chosen:
        st.html(
            tag(
                "div",
                *(tag("span", tag("i", text("Aa"), css=f"v-e-{k.value}"), text(_KINDS[k])) for k in chosen),
                css="v-legend",
            )
        )
    st.html(
        tag(
            "div",
            body(shown, frozenset(chosen), cited),
            css="v-text",
            dir="auto",
            **({"lang": newest.lang} if newest.lang != "und" else {}),
        )
    )


def body(shown: Shown, kinds: frozenset[EntityKind], cited: int | None) -> Markup:
    """The newest version's text with entities of these kinds and the cited passage set off."""
    value = shown.versions[-1].text
    marks = [Mark(m.start, m.end, f"v-e-{m.kind}", _hint(m)) for m in shown.mentions if EntityKind(m.kind) in kinds]
    passage = next((p for p in shown.passages if p.id == cited), None)
    if passage is None or passage.end - passage.start > _WHOLE * len(value):
        return marked(value, marks)
    inner = tag(
        "span", marked(value, marks, start=passage.start, end=passage.end), css="v-cited", title="passage cited"
    )
    return join([marked(value, marks, end=passage.start), inner, marked(value, marks, start=passage.end)])


def _hint(mention: Any) -> str:
    where = country_names().get(mention.country or "", "")
    return f"{mention.name} · {mention.kind}" + (f" · {where}" if where and where != mention.name else "")


def _entities(ctx: Context, shown: Shown) -> None:
    if not shown.mentions:
        st.html(notice("plain", "No entity was found in this text"))
        return
    counted = Counter(m.id for m in shown.mentions)
    first = {m.id: m for m in reversed(shown.mentions)}
    written: dict[str, dict[str, None]] = {}
    for m in shown.mentions:
        written.setdefault(m.id, {})[strip_invisible(m.surface)] = None
    rows = []
    for name, n in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])):
        m = first[name]
        where = f"{m.lat:.2f}, {m.lon:.2f}" if m.lat is not None and m.lon is not None else ""
        rows.append(
            [
                entity_link(ctx, m.id, m.name),
                text(m.kind),
                tag("span", text(str(n)), css="v-n"),
                words_of(", ".join(list(written[name])[:5])),
                text(country_names().get(m.country or "", m.country or "")),
                tag("span", text(where), css="v-n"),
                text(m.method),
            ]
        )
    st.html(table(("entity", "kind", "mentions", "as written", "country", "latitude, longitude", "found by"), rows))


def _about(shown: Shown) -> None:
    newest = shown.versions[-1]
    known = "when it was read" if newest.known_basis == "fetched" else "from its publication (an archive)"
    sure = "" if newest.lang == "und" else f", {newest.lang_confidence:.0%} sure"
    style.sub("Where it is from")
    st.html(
        facts(
            [
                ("Source", words_of(shown.source)),
                ("Published", text(words.moment(newest.published))),
                ("Known", text(f"{words.moment(newest.known)}, {known}")),
                ("Language", text(f"{words.language(newest.lang)}{sure}")),
                ("Label", label_badge(newest.label)),
                ("Address", web_address(shown.url)),
                ("External id", words_of(shown.external_id or "") if shown.external_id else Markup("")),
                ("Read from", words_of(shown.item)),
                ("Id", words_of(shown.id)),
            ]
        )
    )
    if newest.meta:
        style.sub("As the paper says")
        st.html(facts(meta_rows(newest.meta)))
    if shown.countries:
        style.sub("Countries named")
        names = country_names()
        st.html(
            tag("div", text(", ".join(f"{names.get(code, code)} ({n})" for code, n in shown.countries)), css="v-small")
        )


def meta_rows(meta: Mapping[str, Any]) -> list[tuple[str, Markup]]:
    """What the format carried besides, the usual heads of a cable first."""
    order: Sequence[str] = [k for k in _META_ORDER if k in meta] + sorted(k for k in meta if k not in _META_ORDER)
    rows = []
    for key in order:
        value = meta[key]
        written = value if isinstance(value, list) else [value]
        if key == "tags":
            written = [", ".join(str(x) for x in written)]
        name = _META_NAMES.get(key, key.replace("_", " ").capitalize())
        rows.append((name, join([words_of(str(x), name="div") for x in written if x])))
    return rows
