"""What an officer decides of entities: merge, keep apart, split, name, add, undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from domain.entity import EntityKind
from domain.errors import VedetteError
from index.store.decisions import Decision
from interfaces.dashboard import data, entity_data, words
from interfaces.dashboard.context import Context
from interfaces.dashboard.markup import Markup, badge, label_badge, notice, shown, tag, text, words_of
from service import entities, entity_mentions
from service.entity_names import doubts
from service.entity_views import View
from service.names import country_names

_CANDIDATES = 20


def who(key: str) -> str:
    """Who decides, asked once a session."""
    own, before = f"by_{key}", str(st.session_state.get("entities_by", ""))
    if before and not st.session_state.get(own):
        st.session_state[own] = before
    given = str(st.text_input("Decided by", max_chars=80, key=own, width=260)).strip()
    if given:
        st.session_state["entities_by"] = given
    return given


def _act(ctx: Context, act: Callable[[], object], *, by: str, show: str | None = None) -> None:
    if not by:
        st.html(notice("warn", "Say who decides"))
        return
    try:
        act()
    except VedetteError as error:
        st.html(notice("bad", "That did not work", text(str(error))))
        return
    if show is not None:
        st.query_params["id"] = show
    st.rerun()


def merge(ctx: Context, entity: str, into: str, *, by: str, note: str = "") -> None:
    """Have an entity be another."""
    act = partial(entities.merge, data.opened(ctx.scope.home), entity, into, by=by, note=note)
    _act(ctx, act, by=by)


def apart(ctx: Context, entity: str, other: str, *, by: str) -> None:
    """Say that two are two."""
    _act(ctx, partial(entities.apart, data.opened(ctx.scope.home), entity, other, by=by), by=by)


def change(ctx: Context, one: View) -> None:
    """Forms for an entity: merge it, name it, split it."""
    row = st.container(horizontal=True)
    with row.popover("Merge", icon=":material/merge:"):
        _merge(ctx, one)
    with row.popover("Name", icon=":material/label:"):
        _name(ctx, one)
    with row.popover("Split", icon=":material/call_split:"):
        _split(ctx, one)


def _merge(ctx: Context, one: View) -> None:
    like = st.text_input("Is the same as", max_chars=200, key="merge_like", placeholder="a name, or an id").strip()
    chosen = like if ":" in like and " " not in like else ""
    if like and not chosen:
        found = [x for x in entity_data.listed(ctx.scope, like=like, kind="", country="", limit=_CANDIDATES)
                 if x.id != one.id]  # fmt: skip
        names = {x.id: f"{shown(x.name)} · {x.kind} · {words.many(x.documents, 'document')}" for x in found}
        if not found:
            st.html(notice("plain", "No document names such an entity; its id may be given"))
        else:
            chosen = st.radio("Which", list(names), key="merge_which", format_func=lambda x: names[x]) or ""
    with st.form("merge", border=False):
        by, note = who("merge"), st.text_input("Why (optional)", max_chars=500, key="merge_note").strip()
        sent = st.form_submit_button("They are one", type="primary", disabled=not chosen)
    if sent and chosen:
        act = partial(entities.merge, data.opened(ctx.scope.home), one.id, chosen, by=by, note=note)
        _act(ctx, act, by=by, show=chosen)


def _name(ctx: Context, one: View) -> None:
    with st.form("name", border=False):
        left, right = st.columns([3, 1])
        name = left.text_input("Another name", max_chars=200, key="name_name").strip()
        lang = right.text_input("Language", max_chars=10, key="name_lang", placeholder="vi, en ...").strip()
        again = st.checkbox("Look for it in what is stored, too", key="name_again", value=True)
        by = who("name")
        sent = st.form_submit_button("Give it this name", type="primary")
    if sent:
        home = data.opened(ctx.scope.home)

        def act() -> None:
            entities.name(home, one.id, name, by=by, lang=lang or None)
            if again:
                entity_mentions.again(home, one.id)

        for doubt in doubts(name):
            st.html(notice("warn", "Look twice", text(doubt)))
        _act(ctx, act, by=by)


def _split(ctx: Context, one: View) -> None:
    st.html(
        tag("p", text("A name that is read as this one, and in some documents means another."), css="v-muted v-small")
    )
    written = list(dict.fromkeys(shown(x.name) for x in one.written))[:60]
    with st.form("split", border=False):
        name = st.selectbox("Written", written or [""], key="split_name", accept_new_options=True)
        left, middle = st.columns(2)
        lang = left.text_input("in documents in", max_chars=10, key="split_lang", placeholder="any language").strip()
        names = country_names()
        country = middle.selectbox(
            "that name", ["", *sorted(names, key=lambda x: names[x])], key="split_country",
            format_func=lambda x: names.get(x, "any country"),
        )  # fmt: skip
        beside = st.text_input(
            "with the words or entities", max_chars=300, key="split_with", placeholder="separated by commas"
        )
        into = st.text_input(
            "is", max_chars=200, key="split_into", placeholder="an id, or the name of a new entity"
        ).strip()
        by = who("split")
        sent = st.form_submit_button("Split", type="primary")
    if sent:
        context = [x.strip() for x in beside.split(",") if x.strip()]
        act = partial(
            entities.split, data.opened(ctx.scope.home), one.id, name or "", into=into, by=by, lang=lang or None,
            country=country or None, beside=context,
        )  # fmt: skip
        _act(ctx, act, by=by)


def add(ctx: Context) -> None:
    """A form for an entity that nothing knows."""
    with st.form("add", border=False):
        left, middle, right = st.columns([3, 1, 2])
        name = left.text_input("Name", max_chars=200, key="add_name").strip()
        lang = middle.text_input("Language", max_chars=10, key="add_lang", placeholder="vi, en ...").strip()
        kind = right.selectbox(
            "Kind", [x.value for x in EntityKind if x is not EntityKind.COUNTRY], index=2, key="add_kind"
        )
        names = country_names()
        country = st.selectbox(
            "Country", ["", *sorted(names, key=lambda x: names[x])], key="add_country",
            format_func=lambda x: names.get(x, "none"),
        )  # fmt: skip
        more = st.text_area(
            "More names, one a line, each after its language", key="add_names", height=100,
            placeholder="ru: Иван Иванов\nzh: 伊万·伊万诺夫",
        )  # fmt: skip
        again = st.checkbox("Look for its names in what is stored, too", key="add_again", value=True)
        by = who("add")
        sent = st.form_submit_button("Add", type="primary")
    if not sent:
        return
    for doubt in doubts(f"{name} {more}"):
        st.html(notice("warn", "Look twice", text(doubt)))
    pairs = [(a.strip() if colon else "", (b if colon else a).strip())
             for a, colon, b in (line.partition(":") for line in more.splitlines() if line.strip())]  # fmt: skip
    home = data.opened(ctx.scope.home)

    def act() -> None:
        made = entities.add(
            home, kind or "person", name, by=by, lang=lang or None, country=country or None, names=pairs
        )
        if again:
            entity_mentions.again(home, made.entity_id)
        st.query_params["id"] = made.entity_id

    _act(ctx, act, by=by)


def decided(ctx: Context, found: Sequence[Decision]) -> None:
    """Decisions with who made them, each to be taken back."""
    by = who("undo")
    for one in found:
        with st.container(key=f"decision_{one.id}", horizontal=True, vertical_alignment="center"):
            st.html(_line(one), width="stretch")
            if one.undone is None and st.button("Undo", key=f"undo_{one.id}", type="tertiary"):
                _act(ctx, partial(entities.undo, data.opened(ctx.scope.home), one.id, by=by), by=by)


def _line(one: Decision) -> Markup:
    body = one.body
    told = {
        "merge": (one.entity_id, " is ", str(body.get("into", ""))),
        "apart": (one.entity_id, " is not ", str(body.get("other", ""))),
        "name": (one.entity_id, " goes by ", f"{body.get('name', '')} ({body.get('lang', '')})"),
        "add": (str(body.get("name", "")), f" was added, a {body.get('kind', '')}: ", one.entity_id),
        "split": (f"{body.get('name', '')} ({one.entity_id})", " is ", str(body.get("into", "")) + _context(one)),
    }[one.what]
    gone = f", undone by {one.undone_by} on {words.moment(one.undone)}" if one.undone else ""
    return tag(
        "div",
        badge(one.what, "closed" if one.undone else "open"),
        label_badge(one.label),
        words_of(told[0]), text(told[1]), words_of(told[2]),
        tag("span", text(f" – {shown(one.by)}, {words.moment(one.at)}{gone}"), css="v-muted v-small"),
        tag("span", text(f" {shown(str(body['note']))}"), css="v-small") if body.get("note") else Markup(""),
        css="v-small",
    )  # fmt: skip


def _context(one: Decision) -> str:
    body = one.body
    said = [f"in {body['lang']}"] if body.get("lang") else []
    said += [f"naming {country_names().get(body['country'], body['country'])}"] if body.get("country") else []
    said += [f"with {x}" for x in body.get("with") or ()]
    return f" in documents {', '.join(said)}" if said else " everywhere"
