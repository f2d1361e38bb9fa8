"""One alert explained: the series against its baseline, what fired, how likely, on what evidence, and precedents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from domain.alert import Alert, SeriesKey, Signal
from domain.source import HEALTH_STATES
from domain.time import parse_instant
from interfaces.dashboard import data, relation, style, warning_charts, warning_data, words
from interfaces.dashboard.alerts import _DETECTORS as DETECTORS
from interfaces.dashboard.alerts import _chance as chance
from interfaces.dashboard.alerts import _evidence as evidence
from interfaces.dashboard.board_form import MEASURES
from interfaces.dashboard.cards import health_table, severity_of
from interfaces.dashboard.context import Context, remember
from interfaces.dashboard.decisions import decisions
from interfaces.dashboard.markup import Markup, badge, facts, label_badge, notice, shown, table, tag, text, words_of
from interfaces.dashboard.precedent_cards import precedents
from interfaces.dashboard.words import figure, many
from service.names import series_title

WHAT = {
    "documents": "documents a day",
    "hostile": "hostile events a day",
    "cooperative": "cooperative events a day",
    "intensity": "sum of Goldstein values a day",
}
_NAMES = DETECTORS | {
    "ears_c1": "EARS C1",
    "ears_c3": "EARS C3",
    "w2": "EARS W2",
    "nb_cusum": "Negative binomial CUSUM",
    "ewma": "EWMA",
    "kleinberg": "Kleinberg's bursts",
    "bocpd": "Bayesian change point",
    "seasonal": "Seasonal z",
    "sparse": "Sparse counts",
    "ranker": "Ranker (learned)",
}
_EVENTS, _EVENT_DAYS, _SOURCES = 25, 7, 12
_READ = ("probability", "counterfactual", "signals", "precedents", "drivers", "measure", "severity", "escalations",
         "sources", "events")  # fmt: skip


def view(ctx: Context) -> None:
    """Draw it."""
    chosen = st.query_params.get("alert", "")
    alert = next((a for a in data.alerts(ctx.scope) if a.id == chosen), None)
    if alert is None:
        style.heading("Alert", f"As known by the end of {words.day(ctx.scope.day)}")
        why = "Open one from the inbox, or choose a later day at the left."
        st.html(notice("plain", "No such alert on this day" if chosen else "No alert was chosen", text(why)))
        ctx.link("inbox", "To the inbox", icon=":material/inbox:")
        return
    remember(ctx, alert=alert.id)
    page(ctx, alert)


def page(ctx: Context, alert: Alert) -> None:
    """Draw all that explains an alert."""
    told = warning_data.explanation(ctx.scope, alert.id)
    style.heading(alert.title, f"As known by the end of {words.day(ctx.scope.day)}")
    st.html(_head(alert))
    st.html(_figures(alert, told))
    decisions(ctx, alert)
    left, right = st.columns([8, 5], gap="large")
    with left:
        _series(ctx, alert, told.get("measure", "documents"))
        _fired(alert)
        _escalations(told)
        _drivers(told)
        _otherwise(told)
        style.sub("Documents", f"{many(len(alert.evidence), 'passage')}, sources and languages taking turns")
        evidence(ctx, alert.evidence)
        _events(ctx, alert)
    with right:
        precedents(ctx, alert.key, onset=alert.opened)
        _sources(alert)
        _places(ctx, alert.key)
        _more(told)


def _head(alert: Alert) -> Markup:
    grave = severity_of(alert)
    return tag(
        "div",
        badge(grave, grave, hint="severity of the strongest day so far"),
        badge(alert.state, alert.state),
        label_badge(alert.label) if alert.label else Markup(""),
        words_of(f"{alert.key.kind}: {series_title(alert.key)}"),
        tag("span", text(f"raised {words.day(alert.opened)}, last signal {words.day(alert.last)}")),
        css="v-meta",
    )


def _figures(alert: Alert, told: Mapping[str, Any]) -> Markup:
    given = _share(told.get("probability"))
    silent = sum(h.state != "healthy" for h in alert.health)
    fired = sum(s.fired for s in alert.signals)
    cells = [
        _figure(
            "–" if given is None else words.share(given), "probability of an onset",
            "under way, or within 7 days" if given is not None else "not worked out for this alert",
        ),
        _figure(f"{alert.observed:,}", f"{_counted(told)} that day", f"{figure(alert.expected)} expected"),
        _figure(f"{alert.peak:,}", "highest day so far"),
        _figure(f"{fired} of {len(alert.signals)}", "detectors fired"),
        _sources_behind(alert, told.get("sources")),
        _figure(
            f"{len(alert.health) - silent} of {len(alert.health)}" if alert.health else "–", "sources healthy then",
            "a silent source is no sign of calm" if silent else "",
        ),
    ]  # fmt: skip
    return tag("div", *cells, css="v-figures")


def _sources_behind(alert: Alert, kept: object) -> Markup:
    """How many sources it rests on and how fresh they are: as kept when it was raised, else of the evidence shown."""
    sources, langs = ({getattr(e, name) for e in alert.evidence} for name in ("source", "lang"))
    newest = max((e.published for e in alert.evidence if e.published), default=None)
    n, spoken, what = len(sources), len(langs), "sources of the evidence shown"
    if isinstance(kept, Mapping) and isinstance(kept.get("sources"), int):
        n, what = kept["sources"], "sources when it was raised"
        told = kept.get("languages")
        spoken = len(told) if isinstance(told, list) else spoken
        newest = _moment(kept.get("newest")) or newest
    return _figure(f"{n:,}", what, f"{many(spoken, 'language')}; newest {words.moment(newest)}" if newest else "")


def _moment(value: object) -> datetime | None:
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _counted(told: Mapping[str, Any]) -> str:
    return "hostile events" if told.get("measure") == "hostile" else "observed"


def _escalations(told: Mapping[str, Any]) -> None:
    """On which days the open alert became graver, as far as that was kept."""
    given = told.get("escalations")
    rows = [x for x in given if isinstance(x, Mapping) and x.get("day")] if isinstance(given, list) else []
    if not rows:
        return
    style.sub("Escalations", "since it was raised")
    cells = []
    for one in rows:
        chance, seen = _share(one.get("probability")), one.get("observed")
        cells.append([
            words_of(str(one["day"])), words_of(f"{one.get('from', '–')} → {one.get('to', '–')}"),
            text("–" if chance is None else words.share(chance)),
            text(f"{seen:,}" if isinstance(seen, int) else "–"),
        ])  # fmt: skip
    st.html(table(("day", "severity", "probability", "observed"), cells, css="v-tight"))


def _share(value: object) -> float | None:
    whole = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if whole and 0 <= value <= 1 else None  # type: ignore[operator, arg-type]


def _figure(value: str, what: str, more: str = "") -> Markup:
    below = tag("em", text(more)) if more else Markup("")
    return tag("div", tag("b", text(value)), tag("span", text(what)), below, css="v-figure")


def _series(ctx: Context, alert: Alert, measure: object) -> None:
    ordered = sorted((s.key for s in alert.signals), key=lambda k: k.measure != measure)
    keys = list(dict.fromkeys([*ordered, alert.key]))
    if alert.key.kind in ("country", "dyad", "directed"):
        bare = alert.key.bare
        keys += [k for m in ("hostile", "intensity") if (k := replace(bare, measure=m)) not in keys]
    style.sub("The series", "with its baseline, and what was observed")
    key = keys[0]
    if len(keys) > 1:
        by = {str(k): k for k in keys}
        chosen = st.segmented_control(
            "Series", list(by), default=str(key), required=True, key=f"series_{alert.id}",
            label_visibility="collapsed", format_func=lambda k: MEASURES[by[k].measure],
        )  # fmt: skip
        key = by[chosen or str(key)]
    found = warning_data.watched(ctx.scope, str(key))
    if not found.days or all(d.day in set(found.blind) for d in found.days):
        st.html(notice("warn", "Nothing was read of these days", text("There is nothing to draw: a gap, not a calm.")))
        return
    chart = warning_charts.watched(
        found.days, raised=alert.opened, what=WHAT.get(key.measure, key.measure), blind=found.blind,
        whole=key.measure != "intensity",
    )  # fmt: skip
    st.altair_chart(chart, width="stretch", theme=None)
    said = "Band: what the weeks before each day make likely, up to two standard deviations on either side."
    blind = f" {many(len(found.blind), 'day')} without anything read: gaps, not calm." if found.blind else ""
    st.html(tag("p", text(said + blind), css="v-muted v-small"))


def _fired(alert: Alert) -> None:
    style.sub("Detectors", "each against its own baseline, on the day it was raised")
    if not alert.signals:
        st.html(notice("plain", "No detector's figures were kept with this alert"))
        return
    head = ("detector", "observed", "expected", "score", "chance", "baseline", "")
    ordered = sorted(alert.signals, key=lambda s: not s.fired)
    st.html(table(head, [_signal(s) for s in ordered], css="v-tight"))


def _signal(signal: Signal) -> list[Markup]:
    first, last = signal.window
    usual = f"{figure(signal.expected)} ± {figure(signal.spread)}"
    likely = "–" if signal.p_value is None else chance(signal.p_value)
    return [
        tag(
            "span",
            words_of(_NAMES.get(signal.detector, signal.detector)),
            tag("div", text(MEASURES[signal.key.measure]), css="v-under"),
        ),
        *(tag("span", text(c), css="v-n") for c in (f"{signal.observed:,}", usual, f"{signal.score:.1f}", likely)),
        text(f"{first.day} {first:%b} – {words.day(last - timedelta(days=1))}"),
        badge("fired", "high") if signal.fired else badge("did not fire", "closed"),
    ]


def _otherwise(told: Mapping[str, Any]) -> None:
    style.sub("What would have had to be different", "for it not to fire")
    given = told.get("counterfactual")
    lines = [x for x in (given if isinstance(given, list) else [given]) if isinstance(x, str) and x.strip()]
    figures = _flat(given) if isinstance(given, Mapping) else []
    if not lines and not figures:
        st.html(notice("plain", "This was not worked out for this alert"))
    if lines:
        st.html(tag("div", *(words_of(x, name="p", css="v-say") for x in lines), css="v-card"))
    if figures:
        st.html(facts(figures))


def _drivers(told: Mapping[str, Any]) -> None:
    """What moved the probability, as far as it was kept: pairs of words and the change of the log odds."""
    given = told.get("drivers")
    pairs = [x for x in given if isinstance(x, list | tuple) and len(x) == 2] if isinstance(given, list) else []
    rows = [(str(what), float(by)) for what, by in pairs if isinstance(by, int | float)]
    if not rows:
        return
    style.sub("What moved the probability", "change of the log odds")
    cells = [
        [words_of(what), tag("span", text(f"{by:+.2f}"), css="v-n"), badge("raises" if by > 0 else "lowers",
         "high" if by > 0 else "low")] for what, by in rows
    ]  # fmt: skip
    st.html(table(("", "by", ""), cells, css="v-tight"))


def _events(ctx: Context, alert: Alert) -> None:
    if alert.key.kind not in ("country", "dyad", "directed"):
        return
    until = min(alert.last, ctx.scope.day)
    days = (ctx.scope.day - alert.opened).days + _EVENT_DAYS
    rows = warning_data.events_of(ctx.scope, str(alert.key.bare), days=days, limit=4 * _EVENTS)
    rows = [r for r in rows if r.day <= until]
    since = words.day(alert.opened - timedelta(days=_EVENT_DAYS - 1))
    style.sub("Coded events", f"from {since} to {words.day(until)}, newest first")
    if not rows:
        st.html(notice("plain", "No coded event of theirs was known by this day"))
        return
    st.html(relation.events_table(ctx, rows[:_EVENTS]))
    if len(rows) > _EVENTS:
        st.html(tag("p", text(f"Only the newest {_EVENTS} are listed."), css="v-muted v-small"))


def _sources(alert: Alert) -> None:
    style.sub("Sources, as they stood when it was raised")
    if not alert.health:
        st.html(notice("plain", "No source health was kept with this alert"))
        return
    worst = sorted(alert.health, key=lambda h: (HEALTH_STATES.index(h.state), h.source))
    st.html(health_table(worst[:_SOURCES]))
    if rest := worst[_SOURCES:]:
        with st.expander(many(len(rest), "other source")):
            st.html(health_table(rest))


def _places(ctx: Context, key: SeriesKey) -> None:
    if key.kind not in ("country", "dyad", "directed"):
        return
    style.sub("More on it")
    if len(key.subject) == 2:
        ctx.link("dyad", "Relations of the two", icon=":material/compare_arrows:", a=key.subject[0], b=key.subject[1])
    for code in key.subject:
        ctx.link("country", words.plain(relation.name_of(code)), icon=":material/flag:", code=code)


def _more(told: Mapping[str, Any]) -> None:
    """What else was kept, by its name."""
    if rest := _flat({k: v for k, v in told.items() if k not in _READ}):
        style.sub("Also kept with it")
        st.html(facts(rest))


def _flat(value: Mapping[str, Any], before: str = "") -> list[tuple[str, Markup]]:
    """Names and plain values of what may be nested, a line each; what is no plain value is left out."""
    rows: list[tuple[str, Markup]] = []
    for key, one in value.items():
        name = shown(f"{before}{key}").replace("_", " ")
        if isinstance(one, Mapping):
            rows += _flat(one, f"{name}: ")
        elif isinstance(one, list | tuple):
            said = [_value(x) for x in one if isinstance(x, str | int | float)]
            if said:
                rows.append((name, words_of(", ".join(said))))
        elif isinstance(one, str | int | float) and one != "":
            rows.append((name, words_of(_value(one))))
    return rows


def _value(value: str | int | float) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
