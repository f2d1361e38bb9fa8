"""Charts, drawn by the Vega that Streamlit brings along; days are UTC days whatever the browser's zone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import altair as alt

from interfaces.dashboard import style
from interfaces.dashboard.data import SeriesDay
from interfaces.dashboard.markup import shown

_DAY_AXIS = alt.Axis(format="%-d %b", labelAngle=0, grid=False, tickCount={"interval": "week", "step": 2})
_MOST_GROUPS = 9
_OTHERS, _RAISED = "others", "alert raised"


def by_day(counts: Sequence[tuple[date, str, int]], *, first: date, last: date, what: str) -> Any:
    """Reports a day from ``first`` to ``last`` (both shown), stacked by group; the smallest groups as one."""
    counts = [(day, shown(name), n) for day, name, n in counts]
    totals: Counter[str] = Counter()
    for _, name, n in counts:
        totals[name] += n
    ranked = sorted(totals, key=lambda name: (-totals[name], name))
    kept = ranked if len(ranked) <= _MOST_GROUPS + 1 else ranked[:_MOST_GROUPS]
    merged: Counter[tuple[date, str]] = Counter()
    for day, name, n in counts:
        merged[day, name if name in kept else _OTHERS] += n
    order = kept + ([_OTHERS] if len(kept) < len(ranked) else [])
    rows = [
        {"day": day.isoformat(), "group": name, "rank": order.index(name), "reports": n}
        for (day, name), n in sorted(merged.items())
    ]
    colours = alt.Scale(domain=order, range=list(style.PALETTE[: len(order)]))
    chart = alt.Chart({"values": rows}).mark_bar()
    chart = chart.encode(
        x=_day_axis(first, last),
        y=alt.Y("reports:Q", title="reports", stack="zero", axis=alt.Axis(tickMinStep=1)),
        color=alt.Color("group:N", title=what, scale=colours),
        order=alt.Order("rank:Q"),
        tooltip=[_day_hint(), alt.Tooltip("group:N", title=what), alt.Tooltip("reports:Q")],
    )
    return _finished(chart, height=210)


def series(days: Sequence[SeriesDay], *, raised: date | None) -> Any:
    """A series with the band of what was expected (the mean and two standard deviations) and the day it was raised."""
    rows: list[dict[str, Any]] = [
        {
            "day": d.day.isoformat(),
            "reports": d.count,
            "expected": d.expected,
            "upper": d.upper,
            "kind": _RAISED if d.day == raised else "reports",
        }
        for d in days
    ]
    base = alt.Chart({"values": rows})
    known = base.transform_filter("isValid(datum.upper)")
    x = _day_axis(days[0].day, days[-1].day)
    middle = _day_axis(days[0].day, days[-1].day, middle=True)
    colours = alt.Scale(domain=["reports", _RAISED], range=["#8FA9C0", style.RED])
    band = known.mark_area(opacity=0.22, color=style.GOLD, interpolate="step")
    bars = base.mark_bar()
    line = known.mark_line(color=style.GOLD, strokeWidth=1.6, interpolate="step")
    y_title = "reports a day"
    return _finished(
        alt.layer(
            band.encode(x=middle, y=alt.Y("upper:Q", title=y_title, stack=None)),
            bars.encode(
                x=x,
                y=alt.Y("reports:Q", title=y_title, axis=alt.Axis(tickMinStep=1)),
                color=alt.Color(
                    "kind:N", title=None, scale=colours, legend=alt.Legend(orient="top", direction="horizontal")
                ),
                tooltip=[
                    _day_hint(),
                    alt.Tooltip("reports:Q"),
                    alt.Tooltip("expected:Q", format=".2f"),
                    alt.Tooltip("upper:Q", title="expected + 2 s.d.", format=".2f"),
                ],
            ),
            line.encode(x=middle, y=alt.Y("expected:Q", title=y_title)),
        ),
        height=240,
    )


def _day_axis(first: date, last: date, *, middle: bool = False) -> alt.X:
    made = alt.X("day:T", timeUnit="utcyearmonthdate", title=None, axis=_DAY_AXIS, scale=_span(first, last))
    return made.bandPosition(0.5) if middle else made


def _span(first: date, last: date) -> alt.Scale:
    end = last + timedelta(days=1)
    stops = [alt.DateTime(year=d.year, month=d.month, date=d.day, utc=True) for d in (first, end)]
    return alt.Scale(type="utc", domain=stops)


def _day_hint() -> alt.Tooltip:
    return alt.Tooltip("day:T", timeUnit="utcyearmonthdate", title="day", format="%-d %b %Y")


def _finished(chart: Any, *, height: int) -> Any:
    return (
        chart.properties(height=height, usermeta={"embedOptions": {"actions": False}})
        .configure_view(strokeWidth=0)
        .configure(background="transparent", font="system-ui, 'DejaVu Sans', sans-serif")
        .configure_axis(
            labelColor=style.MUTED,
            titleColor=style.MUTED,
            gridColor="#E8E5DD",
            domainColor=style.LINE,
            tickColor=style.LINE,
            titleFontWeight="normal",
        )
        .configure_legend(labelColor=style.INK, titleColor=style.MUTED, titleFontWeight="normal", labelLimit=220)
    )
