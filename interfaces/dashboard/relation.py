"""A country or a pair of countries: tension and cooperation, what was done when, forecast, precedents, open alerts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from urllib.parse import urlencode

import streamlit as st

from domain.alert import SeriesKey
from domain.errors import VedetteError
from domain.plover import plover_of
from index.store.schema import AnyRow
from index.store.tension import EventDay
from interfaces.dashboard import data, style, warning_charts, warning_data, words
from interfaces.dashboard.cards import card, not_blind
from interfaces.dashboard.context import Context
from interfaces.dashboard.document_story import _CAMEO as ROOTS
from interfaces.dashboard.document_story import _actor as actor
from interfaces.dashboard.markup import Markup, label_badge, language_badge, notice, shown, table, tag, text, words_of
from interfaces.dashboard.outlook import forecast
from interfaces.dashboard.precedent_cards import precedents
from interfaces.dashboard.words import many
from service.names import country_names, series_title

PERIODS = (60, 120, 365)
_RECENT = 30
_EVENTS, _ALERTS, _STORIES, _PAIRS = 25, 6, 8, 12


def name_of(code: str) -> str:
    """A country's name."""
    return shown(country_names().get(code, code))


def period() -> int:
    """How many days the page shows, chosen and kept in the address."""
    given = st.query_params.get("days", "")
    if "relation_days" not in st.session_state:
        st.session_state["relation_days"] = int(given) if given in map(str, PERIODS) else PERIODS[1]
    chosen = st.segmented_control(
        "Days", PERIODS, key="relation_days", required=True, label_visibility="collapsed",
        format_func=lambda n: f"{n} days",
    )  # fmt: skip
    return int(chosen or PERIODS[1])


def page(ctx: Context, key: SeriesKey, *, days: int) -> None:
    """Draw all that is known of a country or a pair."""
    scope = ctx.scope
    first = scope.day - timedelta(days=days - 1)
    told = warning_data.event_days(scope, str(key), days=days)
    if said := not_blind(data.health(scope)):
        with st.expander("Sources that are not to be heard", icon=":material/hearing_disabled:"):
            st.html(said)
    left, right = st.columns([8, 5], gap="large")
    with left:
        _relations(told, first=first, last=scope.day)
        _done(ctx, key, days=days, first=first)
    with right:
        _open(ctx, key)
        forecast(ctx, key)
        precedents(ctx, key)
        if key.kind == "country":
            _pairs(ctx, key.subject[0])
        _stories(ctx, key, days=min(days, 60))


def _relations(told: Sequence[EventDay], *, first: date, last: date) -> None:
    style.sub("Tension and cooperation", "coded events told as done, by the day they happened")
    if not told:
        why = "No coded event was read of these days from any country: this says nothing about calm. "
        more = "Take some in with: vedette events import FILE, or vedette events code"
        st.html(notice("warn", "Nothing was read", text(why + more)))
        return
    st.html(_figures(told, last))
    st.altair_chart(warning_charts.tension(told, first=first, last=last), width="stretch", theme=None)
    st.altair_chart(warning_charts.intensity(told, first=first, last=last), width="stretch", theme=None)
    st.altair_chart(warning_charts.exposure(told, first=first, last=last), width="stretch", theme=None)
    missing = (last - first).days + 1 - len(told)
    blind = f" {many(missing, 'day')} without anything read are grey: gaps, not calm." if missing else ""
    said = (
        f"Bars: events of the day, hostile upwards, cooperative downwards. Lines: the mean of the last "
        f"{warning_charts.SMOOTH} days read. Goldstein: -10 conflict to 10 cooperation. Below: all that was "
        f"read of each day (events of all countries, documents coded), against which all this is to be seen.{blind}"
    )
    st.html(tag("p", text(said), css="v-muted v-small"))


def _figures(told: Sequence[EventDay], last: date) -> Markup:
    recent = [d for d in told if d.day > last - timedelta(days=_RECENT)]
    before = [d for d in told if last - timedelta(days=2 * _RECENT) < d.day <= last - timedelta(days=_RECENT)]
    cells = []
    for what, side in (("hostile events in 30 days", "hostile"), ("cooperative events in 30 days", "cooperative")):
        now, then = (sum(getattr(d, side) for d in part) for part in (recent, before))
        beside = f"{then:,} in the 30 days before" if before else "no reading of the 30 days before"
        cells.append(_figure(f"{now:,}" if recent else "–", what, beside, hot=side == "hostile" and now > 2 * then))
    mean, past = _mean(recent), _mean(before)
    beside = "none in the 30 days before" if past is None else f"{past:+.1f} in the 30 days before"
    cells.append(_figure("–" if mean is None else f"{mean:+.1f}", "mean Goldstein value", beside))
    cells.append(_figure(f"{len(recent)} of {_RECENT}", "days read", f"{sum(d.read for d in recent):,} read in all"))
    return tag("div", *cells, css="v-figures")


def _mean(days: Sequence[EventDay]) -> float | None:
    valued = sum(d.valued for d in days)
    return sum(d.goldstein for d in days) / valued if valued else None


def _figure(value: str, what: str, more: str, *, hot: bool = False) -> Markup:
    css = "v-figure v-hot" if hot else "v-figure"
    return tag("div", tag("b", text(value)), tag("span", text(what)), tag("em", text(more)), css=css)


def _done(ctx: Context, key: SeriesKey, *, days: int, first: date) -> None:
    codes = warning_data.codes_by_day(ctx.scope, str(key), days=days)
    style.sub("What was done when", "by PLOVER type; the larger, the more often that day")
    if not codes:
        st.html(notice("plain", "No event of theirs in these days"))
        return
    st.altair_chart(warning_charts.kinds(codes, first=first, last=ctx.scope.day), width="stretch", theme=None)
    rows = warning_data.events_of(ctx.scope, str(key), days=days, limit=_EVENTS)
    style.sub("Events", "newest first")
    st.html(events_table(ctx, rows))
    total = sum(n for _, _, n, _ in codes)
    if total > len(rows):
        st.html(tag("p", text(f"The newest {len(rows)} of {total:,}."), css="v-muted v-small"))


def events_table(ctx: Context, rows: Sequence[AnyRow]) -> Markup:
    """Coded events with their names; one coded from a text leads to it."""
    head = ("day", "who", "did what", "to whom", "Goldstein", "from")
    return table(head, [_event(ctx, row) for row in rows], css="v-tight")


def _event(ctx: Context, row: AnyRow) -> list[Markup]:
    origin = words_of(row.origin)
    if row.document_id:
        where = "document?" + urlencode(ctx.parameters(id=row.document_id))
        origin = tag("a", text(row.origin), href=where, css="v-inner")
    tone = "–" if row.goldstein is None else f"{row.goldstein:+.1f}"
    return [
        tag("span", text(words.day(row.day)), css="v-n"),
        actor(row.source_actor, row.source_country),
        event_name(row.cameo),
        actor(row.target_actor, row.target_country),
        tag("span", text(tone), css="v-n"),
        tag("span", origin, *([text(" "), label_badge(row.label)] if row.label else [])),
    ]


def event_name(cameo: str) -> Markup:
    """A CAMEO code in words: its PLOVER type, its root, the code itself."""
    root = int(cameo[:2]) if cameo[:2].isdecimal() else 0
    said = ROOTS[root] if 0 < root < len(ROOTS) else "unknown"
    kind = plover_of(cameo)
    return tag(
        "span",
        tag("b", text(kind.lower())) if kind else Markup(""),
        text(f" {said} " if kind and said not in kind.lower() else " " if kind else f"{said} "),
        tag("span", words_of(cameo), css="v-muted v-n"),
    )


def _open(ctx: Context, key: SeriesKey) -> None:
    found = warning_data.alerts_of(ctx.scope, key)
    waiting = [a for a in found if a.state == "open"]
    style.sub("Open alerts", f"{len(waiting)} open, {len(found) - len(waiting)} closed before")
    if not waiting:
        st.html(notice("plain", "No alert is open here on this day"))
    with st.container(key="open_alerts", gap="small"):
        for alert in waiting[:_ALERTS]:
            with st.container(border=True, gap=None):
                st.html(card(alert, ctx.scope.day))
                ctx.link("alert", "Why it was raised", icon=":material/arrow_forward:", alert=alert.id)
    if len(waiting) > _ALERTS:
        ctx.link("alerts", f"All {len(waiting)} open alerts", icon=":material/notifications:")


def _pairs(ctx: Context, code: str) -> None:
    found = warning_data.busiest_pairs(ctx.scope, code)[:_PAIRS]
    style.sub("With whom", f"events of the last {_RECENT} days")
    if not found:
        st.html(notice("plain", "No event with another country in these days"))
        return
    rows = []
    for a, b, hostile, cooperative in found:
        other = b if a == code else a
        where = "dyad?" + urlencode(ctx.parameters(a=a, b=b))
        rows.append([
            tag("a", text(name_of(other)), href=where, css="v-inner"),
            tag("span", text(f"{hostile:,}"), css="v-n"), tag("span", text(f"{cooperative:,}"), css="v-n"),
        ])  # fmt: skip
    st.html(table(("country", "hostile", "cooperative"), rows, css="v-tight"))


def _stories(ctx: Context, key: SeriesKey, *, days: int) -> None:
    style.sub("Stories", f"what the documents of the last {days} days tell, newest first")
    try:
        with st.spinner("Putting documents together …"):
            found = warning_data.stories_of(ctx.scope, str(key), days=days)
    except VedetteError as error:
        st.html(notice("warn", "Stories cannot be told now", words_of(str(error))))
        return
    if not found:
        st.html(notice("plain", f"No document about {series_title(key)} in these days"))
        return
    with st.container(key="stories_of", gap="small"):
        for one in found[:_STORIES]:
            first, last = words.day(one.first.date()), words.day(one.last.date())
            meta = tag(
                "div",
                *(language_badge(lang) for lang in one.languages),
                tag("span", text(f"{many(len(one.document_ids), 'document')}, {many(len(one.sources), 'source')}")),
                tag("span", text(first if first == last else f"{first} – {last}")),
                css="v-meta",
            )
            with st.container(border=True, gap=None):
                st.html(tag("div", words_of(one.title, name="h4"), meta, css="v-piece"))
                ctx.link("document", "Read", icon=":material/article:", id=one.document_ids[0])
    if len(found) > _STORIES:
        st.html(tag("p", text(f"{len(found) - _STORIES} more are not listed."), css="v-muted v-small"))
