"""What is expected of a country or a pair: the model's forecast beside the naive ones, and what its skill is."""

from __future__ import annotations

import streamlit as st

from domain.alert import SeriesKey
from domain.errors import VedetteError
from domain.forecast import HORIZONS, METHODS, Estimate, Method, Outlook, Skill, What
from interfaces.dashboard import outlook_charts, outlook_data, style, words
from interfaces.dashboard.context import Context
from interfaces.dashboard.markup import Markup, badge, notice, table, tag, text, words_of
from interfaces.dashboard.words import many

_NAMES: dict[Method, str] = {
    "model": "model",
    "climatology": "its own long run",
    "persistence": "as lately",
    "no-change": "no change",
}
_WHAT: dict[What, str] = {"onset": "an onset", "hostile": "hostile events", "cooperative": "cooperative events"}


def forecast(ctx: Context, key: SeriesKey) -> None:
    """Draw the forecast of the next 7 and 30 days."""
    style.sub("Forecast", f"made at the end of {words.day(ctx.scope.day)}")
    try:
        with st.spinner("Working it out …"):
            found = outlook_data.outlook(ctx.scope, str(key))
    except VedetteError as error:
        st.html(notice("warn", "There is no forecast now", words_of(str(error))))
        return
    if found.told_until is None:
        st.html(notice("plain", "No forecast", text("No coded event was ever told of it: there is nothing to go by.")))
        return
    for line in found.notes:
        st.html(notice("warn", line[:1].upper() + line[1:]))
    st.html(_onsets(found))
    horizon = st.segmented_control(
        "Over", HORIZONS, default=HORIZONS[-1], required=True, key=f"outlook_{key}", label_visibility="collapsed",
        format_func=lambda n: f"next {n} days",
    )  # fmt: skip
    days = int(horizon or HORIZONS[-1])
    drawn = [e for e in found.estimates if e.what != "onset" and e.horizon == days and e.mean is not None]
    if drawn:
        at = HORIZONS.index(days)
        sides: tuple[tuple[What, int], ...] = ("hostile", found.hostile[at]), ("cooperative", found.cooperative[at])
        for what, so_far in sides:
            chart = outlook_charts.expected(drawn, so_far, what=what, names=_NAMES)
            st.altair_chart(chart, width="stretch", theme=None)
        said = (
            f"Events expected in the next {days} days: the mean, and the intervals that hold half, 80 % and 95 % of "
            f"what may come. The dashed line is what the {days} days before had."
        )
        st.html(tag("p", text(said), css="v-muted v-small"))
    st.html(_skills(found))


def _onsets(found: Outlook) -> Markup:
    rows = []
    for method in METHODS:
        cells = [found.of("onset", days, method) for days in HORIZONS]
        if any(c is not None and c.probability is not None for c in cells):
            name = text(_NAMES[method])
            rows.append([tag("b", name) if method == "model" else name, *(_probability(c) for c in cells)])
    if not rows:
        return notice("plain", "No probability of an onset was worked out")
    return table(("probability of an onset", *(f"{n} days" for n in HORIZONS)), rows, css="v-tight")


def _probability(one: Estimate | None) -> Markup:
    if one is None or one.probability is None:
        return text("–")
    return tag("span", text(words.share(one.probability)), css="v-n")


def _skills(found: Outlook) -> Markup:
    rows = []
    for one in sorted(found.skills, key=lambda s: (s.what != "onset", s.what, s.horizon)):
        basis = "of other tables" if one.basis == "estimated" else "here"
        below = f"against {_NAMES[one.best]}, by {many(one.n, 'forecast')} {basis}"
        span = f"{one.low:+.2f} to {one.high:+.2f}"
        rows.append([
            tag("div", text(f"{_WHAT[one.what]}, {one.horizon} days"), tag("div", text(below), css="v-under")),
            tag("span", text(f"{one.value:+.2f}"), tag("div", text(span), css="v-under"), css="v-n"),
            _verdict(one),
        ])  # fmt: skip
    if not rows:
        return notice("warn", "Nothing is known yet of how good these forecasts are")
    return table(("skill against the best naive forecast", "", ""), rows, css="v-tight")


def _verdict(one: Skill) -> Markup:
    if one.proven:
        return badge("better", "healthy")
    return badge("no better", "quiet", hint="its skill against the best naive forecast is not above zero beyond chance")
