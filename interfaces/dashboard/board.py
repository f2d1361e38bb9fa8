"""The board of indicators: scenarios of weighted series, their level over time, and who may change them: anyone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from domain.errors import VedetteError
from interfaces.dashboard import board_form, style, warning_charts, warning_data, words
from interfaces.dashboard.board_form import MEASURES
from interfaces.dashboard.context import Context, remember
from interfaces.dashboard.markup import Markup, badge, notice, shown, table, tag, text, words_of
from interfaces.dashboard.words import figure, many
from service.indicators import Board, State
from service.names import series_title

PERIODS = (60, 120, 365)


def view(ctx: Context) -> None:
    """Draw it."""
    style.heading("Board of indicators", f"As known by the end of {words.day(ctx.scope.day)}")
    held = warning_data.scenarios(ctx.scope)
    names = [one.name for one, _ in held]
    if "board_name" not in st.session_state or st.session_state["board_name"] not in names:
        given = st.query_params.get("name", "")
        st.session_state["board_name"] = given if given in names else (names[0] if names else None)
    if not held:
        why = "A scenario is a future to watch for, with the series that would move if it came."
        st.html(notice("plain", "There is no scenario yet", text(why)))
        board_form.new(ctx)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Scenario", names, key="board_name", format_func=lambda n: shown(n) or "?", width=340)
        days = st.segmented_control(
            "Days", PERIODS, default=PERIODS[1], key="board_days", required=True, format_func=lambda n: f"{n} days"
        )
    remember(ctx, name=name)
    scenario, revision = next((one, n) for one, n in held if one.name == name)
    try:
        found = warning_data.board(ctx.scope, scenario, days=int(days or PERIODS[1]))
    except VedetteError as error:
        st.html(notice("bad", "This scenario cannot be read now", text(str(error))))
    else:
        _board(ctx, found, revision)
    board_form.edit(ctx, scenario, revision)
    board_form.new(ctx)


def _board(ctx: Context, found: Board, revision: int) -> None:
    scenario, last = found.scenario, found.days[-1]
    st.html(
        tag(
            "div",
            words_of(scenario.title or scenario.name, name="h3", css="v-title"),
            tag(
                "div",
                tag("span", text(f"revision {revision}")),
                tag("span", text(f"values of {many(scenario.window, 'day')}")),
                tag("span", text(_SCALES[scenario.scale])),
                css="v-meta",
            ),
        )
    )
    st.html(_figures(found))
    if last.level is None:
        why = "; ".join(sorted({x.readings[-1].gap or "" for x in found.states if x.readings[-1].gap}))
        st.html(notice("warn", "The level of this day is not known", text(f"Too little can be seen: {why}.")))
    first = found.days[0].day
    st.altair_chart(warning_charts.level(found.days, first=first, last=last.day), width="stretch", theme=None)
    titles = [label_of(x) for x in found.states]
    st.altair_chart(warning_charts.parts(found.days, titles, first=first, last=last.day), width="stretch", theme=None)
    st.html(tag("p", text(_EXPLAINED), css="v-muted v-small"))
    style.sub("Indicators", f"as they stand at the end of {words.day(last.day)}")
    head = ("series", "weight", "level", "adds", "observed", "usual", "last read", "sources")
    parts = last.parts
    st.html(table(head, [_row(ctx, x, part) for x, part in zip(found.states, parts, strict=True)], css="v-tight"))
    _silent(found.states)


_SCALES = {
    "deviation": "0 is the usual or calmer, 100 four robust standard deviations above it",
    "percentile": "percentile in its own past year, 50 is the usual",
}
_EXPLAINED = (
    "Each day is judged by what was known at its end, against the series' own year before it and by how much was read. "
    "The weights are those of today. Grey: less than half of the weight could be seen, which is a gap and no calm."
)


def label_of(state: State) -> str:
    """An indicator's series in words."""
    key = state.indicator.series
    said = f"{shown(series_title(key))}: {MEASURES[key.measure]}" if key.kind != "watchlist" else ""
    if key.kind == "directed":
        said = f"{shown(series_title(key)).replace(' – ', ' → ')}: {MEASURES[key.measure]}"
    if key.kind == "type":
        said = f"{key.subject[0].lower()}, events of all countries"
    return said or f"watchlist {shown(key.subject[0])}"


def _figures(found: Board) -> Markup:
    last = found.days[-1]
    week = next((d for d in found.days if d.day == last.day - timedelta(days=7)), None)
    known = [d for d in found.days if d.level is not None]
    top = max(known, key=lambda d: d.level or 0.0, default=None)
    before = "not known a week before" if week is None or week.level is None else f"{week.level:.0f} a week before"
    cells = [
        ("–" if last.level is None else f"{last.level:.0f}", "level, 0 to 100", before, (last.level or 0) >= 50),
        ("–" if top is None else f"{top.level:.0f}", "highest in this time", words.day(top.day) if top else "", False),
        (words.share(last.seen), "of the weight can be seen", "", last.seen < 1),
        (str(len(found.days) - len(known)), "days not known", f"of {len(found.days)}", False),
    ]
    return tag(
        "div",
        *(
            tag("div", tag("b", text(value)), tag("span", text(what)), tag("em", text(more)),
                css="v-figure v-hot" if hot else "v-figure")
            for value, what, more, hot in cells
        ),
        css="v-figures",
    )  # fmt: skip


def _row(ctx: Context, state: State, part: float | None) -> list[Markup]:
    last, key = state.readings[-1], state.indicator.series
    return [
        tag("span", words_of(label_of(state)), tag("div", words_of(str(key)), css="v-under")),
        tag("span", text(f"{state.indicator.weight:+g}"), css="v-n",
            title="counts when it falls" if state.indicator.weight < 0 else "counts when it rises"),
        badge("not known", "quiet", hint=last.gap or "") if state.level is None
        else tag("span", tag("b", text(f"{state.level:.0f}")), css="v-n"),
        tag("span", text("–" if part is None else f"{part:.0f}"), css="v-n"),
        tag("span", text(last.gap or "–" if last.value is None else figure(last.value))),
        tag("span", text("–" if last.usual is None else figure(last.usual)), css="v-n"),
        text("never" if state.newest is None else words.day(state.newest)),
        _behind(state),
    ]  # fmt: skip


def _behind(state: State) -> Markup:
    if state.origins:
        return words_of(", ".join(state.origins))
    if not state.sources:
        return text("none of late")
    silent = [h for h in state.sources if h.state != "healthy"]
    said = f"{len(state.sources) - len(silent)} of {len(state.sources)} healthy"
    return badge(said, "quiet" if silent else "healthy", hint=", ".join(shown(h.source) for h in silent))


def _silent(states: Sequence[State]) -> None:
    silent = {h.source: h for x in states for h in x.sources if h.state != "healthy"}
    if silent:
        names = [tag("span", words_of(h.source), text(f" ({h.state}, newest content "
                     f"{'never seen' if h.content_age is None else words.age(h.content_age) + ' old'}) "))
                 for h in sorted(silent.values(), key=lambda h: h.source)[:12]]  # fmt: skip
        said = "What these sources would have said is not in the levels that rest on them. "
        st.html(notice("warn", f"Quiet is not blind: {many(len(silent), 'source')}", text(said), *names))
