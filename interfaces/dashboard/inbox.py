"""The inbox of a desk: its alerts one after another, and what is done about each, by keys or by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import streamlit as st

from domain.desk import EVERYTHING, Desk, Filed
from domain.errors import VedetteError
from domain.time import now
from interfaces.dashboard import desk_data, style, warning_charts, warning_data, words
from interfaces.dashboard.alert_page import WHAT
from interfaces.dashboard.cards import card
from interfaces.dashboard.context import Context, remember
from interfaces.dashboard.data import opened
from interfaces.dashboard.desk_data import Used
from interfaces.dashboard.markup import (
    Markup,
    badge,
    label_badge,
    language_badge,
    notice,
    shown,
    table,
    tag,
    text,
    words_of,
)
from interfaces.dashboard.words import figure, many
from service import desks, scan

_SHOWN, _EVIDENCE = 30, 3
_STATES = ("new", "acknowledged", "snoozed", "all")
_SNOOZES = {1: "a day", 3: "3 days", 7: "a week", 14: "two weeks"}
_MUTES = 14
_KEYS = (
    ("J", "next alert"), ("K", "previous alert"), ("Enter", "open the explanation"), ("A", "acknowledge"),
    ("S", "snooze"), ("M", "mute the series: goes to the reason, Enter there mutes"), ("R", "mark right"),
    ("W", "mark wrong"), ("?", "show or hide this list"),
)  # fmt: skip
SCRIPT = Path(__file__).with_name("keys.js").read_text("utf-8")


def view(ctx: Context) -> None:
    """Draw it."""
    one = _desk(ctx)
    found = desk_data.inbox(ctx.scope, one.name)
    st.html(_budget(one, desk_data.used(ctx.scope, one, found)))
    state = st.segmented_control(
        "State", _STATES, key="inbox_state", default="new", required=True, label_visibility="collapsed",
        format_func=lambda x: f"{x} {sum(x in ('all', f.state) for f in found)}",
    )  # fmt: skip
    left = [f for f in found if state in ("all", f.state)]
    if st.session_state.pop("inbox_said", None) == "name":
        st.html(notice("warn", "Say who you are first", text("What is done about an alert is kept with a name.")))
    if said := st.session_state.pop("inbox_error", None):
        st.html(notice("bad", "That did not work", text(said)))
    if not left:
        _empty(found, str(state))
        remember(ctx, desk="" if one.name == EVERYTHING else one.name)
        return
    at = _at(left)
    chosen = left[at]
    remember(ctx, desk="" if one.name == EVERYTHING else one.name, alert=chosen.alert.id)
    _actions(ctx, one, left, at)
    listed, detail = st.columns([4, 7], gap="medium")
    with listed:
        _list(ctx, left, at)
    with detail:
        _detail(ctx, chosen)
    # Keys beside Streamlit's own shortcuts; nothing stored is in this script.
    st.html(f"<script>{SCRIPT}</script>", unsafe_allow_javascript=True)


def _desk(ctx: Context) -> Desk:
    every = desk_data.every(ctx.scope)
    by = {one.name: one for one in every}
    if st.session_state.get("inbox_desk") not in by:
        given = st.query_params.get("desk", "")
        st.session_state["inbox_desk"] = given if given in by else EVERYTHING
    name = st.session_state["inbox_desk"]
    title = "everything" if name == EVERYTHING else by[name].title or name
    style.heading("Inbox", f"{shown(title)}, as known by the end of {words.day(ctx.scope.day)}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Desk", list(by), key="inbox_desk", width=300,
            format_func=lambda n: "everything" if n == EVERYTHING else shown(by[n].title or n),
        )  # fmt: skip
        # Kept apart from the widget, whose own value goes when another view is opened.
        st.session_state.setdefault("inbox_by", st.session_state.get("officer", ""))
        st.session_state["officer"] = st.text_input("Your name", key="inbox_by", max_chars=80, width=260).strip()
        st.selectbox("Snooze for", list(_SNOOZES), key="inbox_days", format_func=lambda n: _SNOOZES[n], width=160)
    return by[st.session_state["inbox_desk"]]


def _budget(one: Desk, used: Used) -> Markup:
    share = None if not used.budget else used.quarter / used.budget
    budget = f"{used.budget:g} a day" if used.budget else "no limit"
    over = share is not None and share > 1.2
    meter = Markup("")
    if share is not None:
        css = "v-bar-failing" if over else "v-bar-quiet" if share > 1 else "v-bar-healthy"
        inner = tag("span", css=css, style=f"width:{min(share, 1):.0%}")
        meter = tag("span", inner, css="v-meter", role="img", aria_label=f"{share:.0%} of the budget used")
    rows = [
        ("budget", text(budget)),
        ("that day", text(many(used.day, "alert"))),
        ("last 7 days", text(f"{used.week:.2f} a day")),
        ("last 91 days", text(f"{used.quarter:.2f} a day")),
        ("used, last 91 days", tag("span", text("–" if share is None else words.share(share)), meter)),
    ]
    cells = [tag("div", tag("b", value), tag("span", text(name)), css="v-figure v-slim") for name, value in rows]
    return tag("div", *cells, css="v-figures")


def _empty(found: Sequence[Filed], state: str) -> None:
    if not found:
        why = "No alert came to this desk by this day. That rests on the sources: see how they are doing."
        st.html(notice("plain", "The inbox is empty", text(why)))
    else:
        other = [f"{sum(f.state == s for f in found)} {s}" for s in _STATES[:3] if any(f.state == s for f in found)]
        st.html(notice("calm", f"No {state} alert", text(f"There are others: {', '.join(other)}.")))


def _at(left: Sequence[Filed]) -> int:
    """Where in the list we are: at the alert chosen, else where it was before it left the list."""
    ids = [f.alert.id for f in left]
    chosen = st.session_state.get("inbox_alert") or st.query_params.get("alert", "")
    at = ids.index(chosen) if chosen in ids else min(st.session_state.get("inbox_at", 0), len(ids) - 1)
    st.session_state["inbox_at"], st.session_state["inbox_alert"] = at, ids[at]
    return at


def _go(alert_id: str, at: int) -> None:
    st.session_state["inbox_alert"], st.session_state["inbox_at"] = alert_id, at
    st.session_state["inbox_muting"] = False


def _actions(ctx: Context, one: Desk, left: Sequence[Filed], at: int) -> None:
    chosen, home = left[at], opened(ctx.scope.home)
    key, name = chosen.alert.id, one.name
    by = st.session_state["officer"]
    days = int(st.session_state.get("inbox_days") or 1)
    after, before = min(at + 1, len(left) - 1), max(at - 1, 0)
    row = st.container(horizontal=True, gap="small", key="inbox_actions")
    row.button("Next", shortcut="J", key="inbox_next", disabled=at == after, on_click=_go,
               args=(left[after].alert.id, after))  # fmt: skip
    row.button("Previous", shortcut="K", key="inbox_previous", disabled=at == before, on_click=_go,
               args=(left[before].alert.id, before))  # fmt: skip
    if row.button("Open", key="inbox_open", type="primary", icon=":material/troubleshoot:", help="Enter"):
        st.switch_page(ctx.pages["alert"], query_params=ctx.parameters(alert=key))
    acts: tuple[tuple[str, str, str | None, Callable[[], object]], ...] = (
        ("Acknowledge", "acknowledge", "A", partial(desks.acknowledge, home, key, by=by, name=name)),
        ("Snooze", "snooze", "S",
         lambda: desks.snooze(home, key, until=now() + timedelta(days=days), by=by, name=name)),
        ("Right", "right", None, partial(desks.mark, home, key, right=True, by=by, name=name)),
        ("Wrong", "wrong", "W", partial(desks.mark, home, key, right=False, by=by, name=name)),
    )  # fmt: skip
    for label, short, shortcut, act in acts:
        row.button(label, shortcut=shortcut, key=f"inbox_{short}", on_click=_do, args=(by, act),
                   help=None if shortcut else "R")  # fmt: skip
    row.button("Mute", shortcut="M", key="inbox_mute", on_click=_toggle, args=("inbox_muting",))
    row.button("Keys", key="inbox_help", icon=":material/keyboard:", on_click=_toggle, args=("inbox_keys",), help="?")
    if st.session_state.get("inbox_keys"):
        st.html(table(("key", "what it does"), [[badge(k, "lang"), text(what)] for k, what in _KEYS], css="v-tight"))
    if st.session_state.get("inbox_muting"):
        _mute(ctx, chosen, by)


def _toggle(name: str) -> None:
    st.session_state[name] = not st.session_state.get(name, False)


def _do(by: str, act: Callable[[], object]) -> None:
    if not by:
        st.session_state["inbox_said"] = "name"
        return
    try:
        act()
    except VedetteError as error:
        st.session_state["inbox_error"] = str(error)


def _mute(ctx: Context, chosen: Filed, by: str) -> None:
    with st.form("inbox_mute_form", border=True):
        reason = st.text_input(f"Why is its series muted for {_MUTES} days?", key="inbox_mute_reason", max_chars=300)
        sent = st.form_submit_button("Mute the series")
    if not sent:
        return
    if not reason.strip():
        st.html(notice("warn", "Say why: the reason stands beside everything it holds back"))
        return
    until = (now() + timedelta(days=_MUTES)).date()
    said = f"{reason.strip()} ({by})" if by else reason.strip()
    _do(by, partial(scan.mute, opened(ctx.scope.home), chosen.alert.key.bare, until=until, reason=said))
    if by:
        st.session_state["inbox_muting"] = False
    st.rerun()


def _list(ctx: Context, left: Sequence[Filed], at: int) -> None:
    start = max(0, min(at - _SHOWN // 2, len(left) - _SHOWN))
    with st.container(key="inbox_list", gap="small"):
        for i, filed in enumerate(left[start : start + _SHOWN], start):
            with st.container(border=True, gap=None, key=f"inbox_card_{i}" + ("_here" if i == at else "")):
                st.html(card(filed.alert, ctx.scope.day))
                if line := _decided(filed):
                    st.html(line)
                if i == at:
                    st.html(tag("div", text("shown at the right"), css="v-muted v-small", aria_current="true"))
                else:
                    st.button("Show", key=f"inbox_show_{filed.alert.id}", type="tertiary", on_click=_go,
                              args=(filed.alert.id, i))  # fmt: skip
    if len(left) > _SHOWN:
        st.html(tag("p", text(f"{_SHOWN} of {len(left)} around the one chosen."), css="v-muted v-small"))


def _decided(filed: Filed) -> Markup | None:
    parts = []
    if filed.state == "snoozed" and filed.snoozed_until:
        parts.append(f"snoozed until {words.moment(filed.snoozed_until.replace(second=0, microsecond=0))}")
    if filed.assigned_to:
        parts.append(f"with {filed.assigned_to}")
    if filed.judgement:
        parts.append(f"marked {'right' if filed.judgement.right else 'wrong'} by {filed.judgement.by}")
    if filed.by and filed.state == "acknowledged":
        parts.append(f"acknowledged by {filed.by}")
    return tag("div", words_of("; ".join(parts)), css="v-under") if parts else None


def _detail(ctx: Context, filed: Filed) -> None:
    alert = filed.alert
    st.html(words_of(alert.title, name="h3", css="v-title"))
    told = warning_data.explanation(ctx.scope, alert.id)
    given = told.get("probability")
    said = f"Probability of an onset: {words.share(given)}. " if isinstance(given, float) and 0 <= given <= 1 else ""
    silent = sum(h.state != "healthy" for h in alert.health)
    st.html(
        tag(
            "p",
            text(
                f"{words.day(alert.opened)}: {alert.observed:,} where {figure(alert.expected)} were likely; "
                f"the highest day so far has {alert.peak:,}. "
                + said
                + (f"{many(silent, 'source')} not to be heard then." if silent else "")
            ),
            css="v-body",
        )
    )
    key = alert.signals[0].key if alert.signals else alert.key
    found = warning_data.watched(ctx.scope, str(key), days=90)
    if found.days and set(found.blind) != {d.day for d in found.days}:
        chart = warning_charts.watched(
            found.days, raised=alert.opened, what=WHAT.get(key.measure, key.measure), blind=found.blind,
            whole=key.measure != "intensity",
        )  # fmt: skip
        st.altair_chart(chart, width="stretch", theme=None)
    for one in alert.evidence[:_EVIDENCE]:
        meta = (language_badge(one.lang), words_of(one.source), text(words.moment(one.published)))
        label = label_badge(one.label) if one.label else Markup("")
        with st.container(gap=None):
            st.html(
                tag("div", tag("div", *meta, label, css="v-meta"),
                    words_of(one.title, name="div", css="v-body", lang=one.lang), css="v-line")
            )  # fmt: skip
            ctx.link("document", "Read the document", icon=":material/article:", id=one.document_id)
    if rest := len(alert.evidence) - _EVIDENCE:
        st.html(tag("p", text(f"{rest} more in the explanation." if rest > 0 else ""), css="v-muted v-small"))
    _assign(ctx, filed)


def _assign(ctx: Context, filed: Filed) -> None:
    by = st.session_state["officer"]
    with st.form(f"inbox_assign_{filed.alert.id}", border=False):
        row = st.columns([4, 1], vertical_alignment="bottom")
        who = row[0].text_input("Assigned to", value=shown(filed.assigned_to or ""), max_chars=200,
                                key=f"inbox_to_{filed.alert.id}")  # fmt: skip
        if row[1].form_submit_button("Assign"):
            _do(by, partial(desks.assign, opened(ctx.scope.home), filed.alert.id, to=who or None, by=by,
                            name=filed.desk))  # fmt: skip
            st.rerun()
