"""Alerts: what was raised, why, against which baseline, on which evidence; and what was held back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from domain.alert import Alert, Evidence, Signal
from domain.source import HEALTH_STATES
from interfaces.dashboard import charts, data, style, words
from interfaces.dashboard.cards import card, health_table, severity_of
from interfaces.dashboard.context import Context, remember
from interfaces.dashboard.decisions import decisions, held_back
from interfaces.dashboard.markup import (
    Markup,
    badge,
    label_badge,
    language_badge,
    notice,
    table,
    tag,
    text,
    words_of,
)
from interfaces.dashboard.words import figure
from service.names import series_title

_SHOWN, _SHOWN_EVIDENCE, _SHOWN_SOURCES = 40, 6, 12
_DETECTORS = {
    "counts": "Count test (negative binomial)",
    "ears_c2": "EARS C2",
}
_STATES = ("open", "closed", "all")


def view(ctx: Context) -> None:
    """Draw it."""
    style.heading("Alerts", f"Raised by the end of {words.day(ctx.scope.day)}")
    found = data.alerts(ctx.scope)
    chosen = st.query_params.get("alert") or st.session_state.get("alert_chosen") or ""
    left, right = st.columns([3, 7], gap="medium")
    with left:
        shown = _list(found, chosen, ctx)
    alert = next((a for a in found if a.id == chosen), shown[0] if shown else None)
    remember(ctx, alert=alert.id if alert and chosen else "")
    with right:
        if alert is None:
            st.html(notice("plain", "Nothing to show", text("Choose another state, or a later day at the left.")))
        else:
            _detail(ctx, alert)
    held_back(ctx)


def _choose(alert_id: str) -> None:
    st.session_state["alert_chosen"] = alert_id
    st.query_params["alert"] = alert_id


def _list(found: Sequence[Alert], chosen: str, ctx: Context) -> list[Alert]:
    if "alert_state" not in st.session_state:
        wanted = next((a.state for a in found if a.id == chosen), None)
        st.session_state["alert_state"] = wanted or ("open" if any(a.state == "open" for a in found) else "all")
    state = st.segmented_control(
        "State",
        _STATES,
        key="alert_state",
        required=True,
        label_visibility="collapsed",
        width="stretch",
        format_func=lambda x: f"{x} {sum(x in ('all', a.state) for a in found)}",
    )
    shown = [a for a in found if state in ("all", a.state)]
    if not shown:
        st.html(
            notice(
                "plain",
                f"No {state} alert" if state != "all" else "No alert was raised",
                text("No series stands out from its baseline on this day."),
            )
        )
    with st.container(key="alerts", gap="small"):
        for alert in shown[:_SHOWN]:
            with st.container(border=True, gap=None):
                st.html(card(alert, ctx.scope.day))
                if alert.id == (chosen or shown[0].id):
                    st.html(tag("div", text("shown at the right"), css="v-muted v-small"))
                else:
                    st.button("Show", key=f"show_{alert.id}", on_click=_choose, args=(alert.id,), type="tertiary")
    if len(shown) > _SHOWN:
        st.html(tag("p", text(f"{len(shown) - _SHOWN} older ones are not listed."), css="v-muted v-small"))
    return shown


def _detail(ctx: Context, alert: Alert) -> None:
    series = data.series(ctx.scope, str(alert.key))
    grave = severity_of(alert)
    st.html(
        tag(
            "div",
            tag("h3", text(alert.title), css="v-title", dir="auto"),
            tag(
                "div",
                badge(grave, grave),
                badge(alert.state, alert.state),
                label_badge(alert.label) if alert.label else Markup(""),
                tag("span", text(f"{alert.key.kind}: {series_title(alert.key)}")),
                tag("span", text(f"raised {words.day(alert.opened)}")),
                css="v-meta",
            ),
        )
    )
    _why(alert)
    if series:
        st.altair_chart(charts.series(series, raised=alert.opened), width="stretch", theme=None)
        st.html(
            tag(
                "p",
                text(
                    "Band: expected by the count test from the weeks before each day, up to two standard "
                    "deviations. Days without a band have too little history."
                ),
                css="v-muted v-small",
            )
        )
    decisions(ctx, alert)
    ctx.link("alert", "The whole explanation", icon=":material/troubleshoot:", alert=alert.id)
    style.sub("Evidence", f"{words.many(len(alert.evidence), 'passage')}, sources and languages taking turns")
    _evidence(ctx, alert.evidence)
    style.sub("Sources, as they stood when it was raised")
    if alert.health:
        worst = sorted(alert.health, key=lambda h: (HEALTH_STATES.index(h.state), h.source))
        st.html(health_table(worst[:_SHOWN_SOURCES]))
        if rest := worst[_SHOWN_SOURCES:]:
            with st.expander(f"{words.many(len(rest), 'other source')}"):
                st.html(health_table(rest))
    else:
        st.html(notice("plain", "No source health was kept with this alert"))


def _why(alert: Alert) -> None:
    st.html(
        tag(
            "p",
            text(
                f"On {words.day(alert.opened)} {words.many(alert.observed, 'report')} where the weeks before make "
                f"{figure(alert.expected)} likely; the highest day of the episode so far has {alert.peak}."
            ),
            css="v-body",
        )
    )
    head = ("detector", "observed", "expected", "score", "chance", "baseline", "")
    st.html(table(head, [_signal(s) for s in alert.signals], css="v-tight"))


def _signal(signal: Signal) -> list[Markup]:
    first, last = signal.window
    chance = "–" if signal.p_value is None else _chance(signal.p_value)
    usual = f"{figure(signal.expected)} ± {figure(signal.spread)}"
    return [
        text(_DETECTORS.get(signal.detector, signal.detector)),
        *(tag("span", text(c), css="v-n") for c in (str(signal.observed), usual, f"{signal.score:.1f}", chance)),
        text(f"{words.day(first)} – {words.day(last - timedelta(days=1))}"),
        badge("fired", "high") if signal.fired else badge("did not fire", "closed"),
    ]


def _chance(p: float) -> str:
    """A probability as one in so many."""
    return f"1 in {1 / p:,.0f}" if p > 1e-9 else "below 1 in a billion"


def _evidence(ctx: Context, evidence: Sequence[Evidence]) -> None:
    if not evidence:
        why = text("Its documents were deleted, or are above your clearance.")
        st.html(notice("plain", "No evidence you may see", why))
        return
    with st.container(key="evidence", gap="small"):
        for one in evidence[:_SHOWN_EVIDENCE]:
            _passage(ctx, one)
        if rest := evidence[_SHOWN_EVIDENCE:]:
            with st.expander(f"{len(rest)} more"):
                for one in rest:
                    _passage(ctx, one)


def _passage(ctx: Context, one: Evidence) -> None:
    with st.container(border=True, gap=None):
        meta = tag(
            "div",
            language_badge(one.lang),
            words_of(one.source),
            tag("span", text(words.moment(one.published))),
            label_badge(one.label),
            css="v-meta",
        )
        title = words_of(one.title, name="h4", lang=one.lang)
        said = words_of(one.text, name="div", css="v-quote", lang=one.lang)
        st.html(tag("div", meta, title, said, css="v-piece"))
        page, icon = "document", ":material/article:"
        ctx.link(page, "Read the document", icon=icon, id=one.document_id, p=str(one.passage_id))
