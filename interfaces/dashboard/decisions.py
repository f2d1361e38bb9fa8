"""What a desk decides about an alert: acknowledge, mute, lift a mute; and the list of what was held back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import streamlit as st

from domain.alert import Alert, SeriesKey, parse_series
from domain.errors import VedetteError
from interfaces.dashboard import data, style, words
from interfaces.dashboard.context import Context
from interfaces.dashboard.markup import Markup, notice, table, tag, text, words_of
from service import scan
from service.names import series_title

_MUTE_DAYS = 14


def decisions(ctx: Context, alert: Alert) -> None:
    """Acknowledge the alert or mute its series; what was decided before is shown."""
    muted = next((m for m in data.mutes(ctx.scope) if m.key == alert.key), None)
    if alert.acknowledged:
        who = alert.acknowledged_by or "nobody named"
        note = words_of(alert.note) if alert.note else Markup("")
        st.html(notice("calm", f"Acknowledged by {who}, {words.moment(alert.acknowledged)}", note))
    if muted:
        until = f"until {words.day(muted.until.date())}" if muted.until else "until it is lifted"
        st.html(notice("plain", f"This series is muted {until}", words_of(muted.reason or "no reason given")))
    row = st.container(horizontal=True)
    with row.popover("Acknowledge", icon=":material/check:"):
        _acknowledge(ctx, alert)
    with row.popover("Mute the series", icon=":material/notifications_off:"):
        _mute(ctx, alert)
    if muted:
        row.button("Lift the mute", key=f"unmute_{alert.id}", on_click=_lift, args=(ctx.scope.home, alert.key))


def _acknowledge(ctx: Context, alert: Alert) -> None:
    with st.form(f"ack_{alert.id}", border=False):
        by = st.text_input("By", max_chars=80, key=f"ack_by_{alert.id}").strip()
        note = st.text_area("Note (optional)", max_chars=1000, key=f"ack_note_{alert.id}", height=80).strip()
        sent = st.form_submit_button("Acknowledge", type="primary")
    if sent and by:
        _done(partial(scan.acknowledge, data.opened(ctx.scope.home), alert.id, by=by, note=note or None))
    elif sent:
        st.html(notice("warn", "Say who acknowledges it"))


def _mute(ctx: Context, alert: Alert) -> None:
    newest = ctx.held.newest
    with st.form(f"mute_{alert.id}", border=False):
        until = st.date_input(
            "Until (no day: until it is lifted)",
            value=newest + timedelta(days=_MUTE_DAYS),
            min_value=alert.opened,
            max_value=newest + timedelta(days=3650),
            format="YYYY-MM-DD",
            key=f"mute_until_{alert.id}",
        )
        reason = st.text_input("Reason", max_chars=300, key=f"mute_reason_{alert.id}").strip()
        sent = st.form_submit_button("Mute", type="primary")
    if sent and reason:
        _done(partial(scan.mute, data.opened(ctx.scope.home), alert.key, until=until, reason=reason))
    elif sent:
        st.html(notice("warn", "Say why: the reason stands beside everything it holds back"))


def _done(act: Callable[[], object]) -> None:
    try:
        act()
    except VedetteError as error:
        st.html(notice("bad", "That did not work", text(str(error))))
        return
    st.rerun()


def _lift(home: str, key: SeriesKey) -> None:
    scan.unmute(data.opened(home), key)


def held_back(ctx: Context) -> None:
    """What fired and was not raised, and the mutes."""
    suppressed, mutes = data.suppressed(ctx.scope), data.mutes(ctx.scope)
    style.sub("Held back", "what fired by this day and was not raised, with the reason")
    if mutes:
        with st.container(key="mutes", gap="small"):
            for mute in mutes:
                until = words.day(mute.until.date()) if mute.until else "it is lifted"
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.html(
                        tag(
                            "div",
                            words_of(f"Muted until {until}: {series_title(mute.key)}"),
                            text(" – "),
                            words_of(mute.reason or "no reason given"),
                            css="v-small",
                        ),
                        width="content",
                    )
                    st.button(
                        "Lift", key=f"lift_{mute.key}", on_click=_lift, args=(ctx.scope.home, mute.key), type="tertiary"
                    )
    if not suppressed:
        st.html(notice("plain", "Nothing was held back"))
        return
    rows = [
        [
            text(words.day(one.day)),
            words_of(series_title(parse_series(one.series))),
            text(parse_series(one.series).kind),
            words_of(_readable(one.reason)),
        ]
        for one in suppressed[:100]
    ]
    st.html(table(("day", "series", "kind", "reason"), rows))
    if len(suppressed) > len(rows):
        st.html(tag("p", text(f"The newest {len(rows)} of {len(suppressed)}."), css="v-muted v-small"))


def _readable(reason: str) -> str:
    """A reason that names another series, with that series in words."""
    head, found, key = reason.partition("explained by ")
    if not found:
        return reason
    try:
        return f"{head}explained by {series_title(parse_series(key))}"
    except ValueError:
        return reason
