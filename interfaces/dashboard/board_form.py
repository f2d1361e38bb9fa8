"""Changing scenarios: new ones, indicators with their weights, the end of one; nobody's change overwrites another's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import streamlit as st

from domain.alert import MEASURES as ALL_MEASURES
from domain.alert import Measure, SeriesKey
from domain.errors import VedetteError
from domain.ids import digest
from domain.indicator import LONGEST_WINDOW, MOST_INDICATORS, MOST_WEIGHT, SCALES, Indicator, Scenario, natural_weight
from domain.plover import TYPES
from interfaces.dashboard import data, warning_data
from interfaces.dashboard.context import Context
from interfaces.dashboard.markup import notice, shown, text
from service import indicators
from service.names import country_names, series_title

MEASURES: dict[Measure, str] = {
    "documents": "documents",
    "hostile": "hostile events",
    "cooperative": "cooperative events",
    "intensity": "Goldstein values",
}
_KINDS = {
    "country": "Country",
    "dyad": "Two countries",
    "directed": "One to another",
    "type": "Type of event",
    "watchlist": "Watchlist",
}
_SCALES = {"deviation": "deviation from the usual (0 is usual)", "percentile": "percentile (50 is usual)"}


def new(ctx: Context) -> None:
    """A form for a new scenario with its first indicator."""
    with st.expander("New scenario", icon=":material/add:"):
        left, right = st.columns([2, 3])
        name = left.text_input("Name", max_chars=80, key="scenario_new_name").strip()
        title = right.text_input("What it is about", max_chars=300, key="scenario_new_title").strip()
        chosen = _picker(ctx, "new")
        if st.button("Make the scenario", type="primary", key="scenario_make"):
            if not name:
                st.html(notice("warn", "Give it a name"))
            elif chosen is None:
                st.html(notice("warn", "Choose its first indicator"))
            else:
                made = Scenario(name=name, title=title, indicators=(chosen,))
                _do(partial(indicators.add, data.opened(ctx.scope.home), made, revision=0), show=name)


def edit(ctx: Context, scenario: Scenario, revision: int) -> None:
    """Forms for what a scenario is about, its weights, one more indicator, and its end."""
    home = data.opened(ctx.scope.home)
    # Not the name itself: keys of widgets are sent to the browser as they are.
    tag = digest(("scenario", scenario.name, str(revision)))
    with st.expander("Change this scenario", icon=":material/edit:"):
        with st.form(f"scenario_{tag}", border=False):
            title = st.text_input("What it is about", value=shown(scenario.title), max_chars=300, key=f"title_{tag}")
            left, right = st.columns(2)
            window = left.number_input("Days a value is taken over", 1, LONGEST_WINDOW, scenario.window, key=f"w_{tag}")
            scale = right.selectbox(
                "Level", SCALES, index=SCALES.index(scenario.scale), key=f"s_{tag}", format_func=lambda x: _SCALES[x]
            )
            kept = []
            for i, one in enumerate(scenario.indicators):
                row = st.columns([5, 2, 2], vertical_alignment="bottom")
                weight = row[1].number_input(
                    f"Weight of {_label(one.series)}", -MOST_WEIGHT, MOST_WEIGHT, one.weight, step=0.5,
                    key=f"weight_{tag}_{i}", label_visibility="collapsed",
                )  # fmt: skip
                row[0].html(f"<div>{text(_label(one.series))}</div>")
                if not row[2].checkbox("Remove", key=f"remove_{tag}_{i}"):
                    kept.append(replace(one, weight=float(weight)))
            sent = st.form_submit_button("Save", type="primary")
        if sent:
            same = title == shown(scenario.title)
            changed = replace(
                scenario, title=scenario.title if same else title.strip(), window=int(window), scale=scale,
                indicators=tuple(kept),
            )  # fmt: skip
            _do(partial(indicators.add, home, changed, revision=revision))
        st.html("<hr style='margin:.4rem 0'>")
        chosen = _picker(ctx, tag)
        full = len(scenario.indicators) >= MOST_INDICATORS
        if st.button("Add the indicator", key=f"add_{tag}", disabled=full or chosen is None) and chosen is not None:
            more = replace(scenario, indicators=(*scenario.indicators, chosen))
            _do(partial(indicators.add, home, more, revision=revision))
        with st.popover("Delete the scenario", icon=":material/delete:"):
            st.html(f"<div>{text('Its definitions stay in the audit.')}</div>")
            if st.button("Delete it", key=f"delete_{tag}", type="primary"):
                _do(partial(indicators.remove, home, scenario.name))


def _picker(ctx: Context, tag: str) -> Indicator | None:
    """The widgets that choose a series and its weight; None until it is whole."""
    codes = sorted(country_names(), key=_country)
    with st.container(key=f"picker_{tag}"):
        kind = st.segmented_control(
            "Series", list(_KINDS), default="dyad", required=True, key=f"kind_{tag}", format_func=lambda k: _KINDS[k]
        )
        row = st.columns([3, 3, 3, 2], vertical_alignment="bottom")
        subject: tuple[str, ...] = ()
        if kind == "watchlist":
            lists = warning_data.watchlists(ctx.scope)
            if not lists:
                row[0].html(f"<div>{text('There is no watchlist yet.')}</div>")
            found = row[0].selectbox("Watchlist", lists, key=f"list_{tag}", format_func=shown) if lists else None
            subject = (found,) if found else ()
        elif kind == "type":
            subject = (row[0].selectbox("Type", TYPES, key=f"type_{tag}", format_func=str.lower),)
        else:
            wanted = ("Country",) if kind == "country" else ("By", "To") if kind == "directed" else ("One", "The other")
            picked = [
                row[i].selectbox(
                    label, codes, index=None, key=f"{kind}_{i}_{tag}", format_func=_country, placeholder="Choose"
                )
                for i, label in enumerate(wanted)
            ]
            subject = tuple(x for x in picked if x) if all(picked) else ()
        measures: tuple[Measure, ...] = ("documents",) if kind in ("watchlist", "type") else ALL_MEASURES
        if kind == "directed":
            measures = ALL_MEASURES[1:]
        start = min(1, len(measures) - 1) if kind != "directed" else 0
        measure = row[2].selectbox(
            "What of it", measures, index=start, key=f"measure_{kind}_{tag}",
            format_func=lambda m: "events" if kind == "type" else MEASURES[m],
        )  # fmt: skip
        ordered = tuple(sorted(subject)) if kind == "dyad" else subject
        key = SeriesKey(kind, ordered, measure) if ordered else None  # type: ignore[arg-type]
        weight = row[3].number_input(
            "Weight", -MOST_WEIGHT, MOST_WEIGHT, natural_weight(SeriesKey("country", ("",), measure)), step=0.5,
            key=f"new_weight_{measure}_{tag}", help="A negative weight counts when the series falls.",
        )  # fmt: skip
    return None if key is None else Indicator(series=key, weight=float(weight))


def _country(code: str) -> str:
    return shown(country_names().get(code, code))


def _label(key: SeriesKey) -> str:
    what = "events" if key.kind == "type" else MEASURES[key.measure]
    return f"{shown(series_title(key))}, {what}"


def _do(act: Callable[[], object], *, show: str = "") -> None:
    try:
        act()
    except VedetteError as error:
        st.html(notice("bad", "That did not work", text(str(error))))
        return
    if show:
        st.query_params["name"] = show
        st.session_state.pop("board_name", None)
    st.rerun()
