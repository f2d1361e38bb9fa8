"""Document: the text as written, with what was found in it, its versions and where it is from."""

from __future__ import annotations

import difflib
import re
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
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\w+|\s+|[^\w\s]")
_MOST_TOKENS = 6000
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
            css="v-meta",
        )
    )
    left, right = st.columns([5, 2], gap="large")
    with left:
        names = [
            "Text",
            f"Entities ({len({m.id for m in shown.mentions})})",
            f"Passages ({len(shown.passages)})",
            f"Versions ({len(shown.versions)})",
        ]
        whole, entities, passages, versions = st.tabs(names)
        with whole:
            _text(shown, cited)
        with entities:
            _entities(shown)
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
        with versions:
            _versions(shown)
    with right:
        _about(shown)


def _text(shown: Shown, cited: int | None) -> None:
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
    newest = shown.versions[-1]
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


def _entities(shown: Shown) -> None:
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
                words_of(m.name),
                text(m.kind),
                tag("span", text(str(n)), css="v-n"),
                words_of(", ".join(list(written[name])[:5])),
                text(country_names().get(m.country or "", m.country or "")),
                tag("span", text(where), css="v-n"),
                text(m.method),
            ]
        )
    st.html(table(("entity", "kind", "mentions", "as written", "country", "latitude, longitude", "found by"), rows))


def _versions(shown: Shown) -> None:
    rows = [
        [
            text(str(v.n)),
            text(words.moment(v.published)),
            text(words.moment(v.known)),
            text("when it was read" if v.known_basis == "fetched" else "its publication"),
            label_badge(v.label),
            words_of(v.title),
        ]
        for v in reversed(shown.versions)
    ]
    st.html(table(("version", "published", "known to us from", "taken from", "label", "title"), rows))
    if len(shown.versions) < 2:
        st.html(tag("p", text("The text has not changed since it was first read."), css="v-muted v-small"))
        return
    numbers = [v.n for v in shown.versions[1:]]
    n = st.selectbox("What changed in version", list(reversed(numbers)), key="version_compared")
    at = next(i for i, v in enumerate(shown.versions) if v.n == n)
    before, after = shown.versions[at - 1], shown.versions[at]
    if before.title != after.title:
        st.html(tag("div", difference(before.title, after.title), css="v-card v-diff", dir="auto"))
    st.html(tag("div", difference(before.text, after.text), css="v-text v-diff", dir="auto"))


def difference(before: str, after: str) -> Markup:
    """What was taken out and put in, by words; by lines where the texts are long."""
    a, b = _TOKEN.findall(before), _TOKEN.findall(after)
    if len(a) + len(b) > _MOST_TOKENS:
        a, b = before.splitlines(keepends=True), after.splitlines(keepends=True)
    pieces: list[Markup] = []
    for op, a0, a1, b0, b1 in difflib.SequenceMatcher(a=a, b=b, autojunk=False).get_opcodes():
        if op == "equal":
            pieces.append(text("".join(a[a0:a1])))
            continue
        if a1 > a0:
            pieces.append(tag("del", text("".join(a[a0:a1]))))
        if b1 > b0:
            pieces.append(tag("ins", text("".join(b[b0:b1]))))
    return join(pieces)


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
