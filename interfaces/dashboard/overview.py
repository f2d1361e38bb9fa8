"""Overview: what is new, what was raised, and how far the sources can be trusted to be speaking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from domain.alert import Alert
from domain.source import SourceHealth
from interfaces.dashboard import charts, data, style, words
from interfaces.dashboard.cards import card, document_line, health_table, not_blind
from interfaces.dashboard.context import Context, remember
from interfaces.dashboard.markup import Markup, notice, tag, text
from interfaces.dashboard.source_cards import failures_table
from interfaces.dashboard.words import many

_SHOWN_ALERTS, _SHOWN_SOURCES = 6, 12


def view(ctx: Context) -> None:
    """Draw it."""
    remember(ctx)
    scope = ctx.scope
    style.heading("Overview", f"As known by the end of {words.day(scope.day)}")
    tally, health, raised = data.tally(scope), data.health(scope), data.alerts(scope)
    if not tally.held:
        st.html(notice("plain", "Nothing is held yet", text("Take something in first: vedette ingest FOLDER or FEED")))
        _failures(data.failures(scope))
        return
    if said := not_blind(health):
        with st.container(key="not_blind", gap="small"):
            st.html(said)
            ctx.link("sources", "Which sources, since when, and why", icon=":material/rss_feed:")
    failures = data.failures(scope)
    st.html(_figures(tally, raised, health, failures))
    left, right = st.columns([8, 5], gap="large")
    with left:
        _alerts(ctx, raised)
        _chart(ctx)
        style.sub("Sources", "as they stood then; a silent source is no sign of calm")
        st.html(health_table(health[:_SHOWN_SOURCES]))
        ctx.link("sources", f"All {many(len(health), 'source')}", icon=":material/rss_feed:")
    with right:
        _newest(ctx)
    _failures(failures)


def _figures(
    tally: data.Tally, raised: Sequence[Alert], health: Sequence[SourceHealth], failures: Sequence[data.Failed]
) -> Markup:
    waiting = [a for a in raised if a.state == "open"]
    unseen = sum(a.acknowledged is None for a in waiting)
    healthy = sum(h.state == "healthy" for h in health)
    figures = [
        _figure(f"{tally.day:,}", "reports that day"),
        _figure(f"{tally.week:,}", "reports in 7 days", f"{tally.week_before:,} in the 7 days before"),
        _figure(str(len(waiting)), "open alerts", f"{unseen} not acknowledged", hot=unseen > 0),
        _figure(f"{healthy} of {len(health)}", "sources healthy"),
        _figure(f"{tally.held:,}", "documents held", many(tally.languages, "language")),
        _figure(
            str(len(failures)), "failed items", "waiting to be tried again" if failures else "", hot=bool(failures)
        ),
    ]
    return tag("div", *figures, css="v-figures")


def _figure(value: str, what: str, more: str = "", *, hot: bool = False) -> Markup:
    below = tag("em", text(more)) if more else Markup("")
    return tag(
        "div", tag("b", text(value)), tag("span", text(what)), below, css="v-figure v-hot" if hot else "v-figure"
    )


def _alerts(ctx: Context, raised: Sequence[Alert]) -> None:
    waiting = [a for a in raised if a.state == "open"]
    style.sub("Open alerts", f"{len(waiting)} open, {len(raised) - len(waiting)} closed before")
    if not waiting:
        st.html(notice("plain", "No alert is open", text("No series stands out from its baseline on this day.")))
    for alert in waiting[:_SHOWN_ALERTS]:
        with st.container(border=True, gap=None):
            st.html(card(alert, ctx.scope.day))
            ctx.link("alerts", "Why, and the evidence", icon=":material/arrow_forward:", alert=alert.id)
    if len(waiting) > _SHOWN_ALERTS:
        ctx.link("alerts", f"All {len(waiting)} open alerts", icon=":material/notifications:")


def _chart(ctx: Context) -> None:
    style.sub("Reports a day")
    with st.container(horizontal=True):
        group = st.segmented_control("By", ["language", "source"], default="language", required=True, key="chart_by")
        days = st.segmented_control("Days", [30, 60, 150], default=60, required=True, key="chart_days")
    counts = data.by_day(ctx.scope, group=str(group), days=int(days or 60))
    if not counts:
        st.html(notice("plain", "No report in these days"))
        return
    if group == "language":
        counts = [(day, words.language(code), n) for day, code, n in counts]
    first = ctx.scope.day - timedelta(days=int(days or 60) - 1)
    st.altair_chart(
        charts.by_day(counts, first=first, last=ctx.scope.day, what=str(group)), width="stretch", theme=None
    )


def _newest(ctx: Context) -> None:
    style.sub("Newest")
    with st.container(key="newest", gap="small"):
        for line in data.newest(ctx.scope):
            with st.container(gap=None):
                st.html(document_line(line))
                ctx.link("document", "Read", icon=":material/article:", id=line.id)


def _failures(failures: Sequence[data.Failed]) -> None:
    style.sub("Failed items", "as of now: kept until they succeed")
    if not failures:
        st.html(notice("calm", "No item waits to be tried again"))
        return
    st.html(failures_table(failures))
    st.html(
        tag(
            "p",
            text(f"{many(len(failures), 'item')} failed. Try them again with: vedette ingest --retry"),
            css="v-muted v-small",
        )
    )
