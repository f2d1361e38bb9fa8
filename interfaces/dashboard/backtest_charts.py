"""Charts of a backtest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import altair as alt

from interfaces.dashboard import style
from interfaces.dashboard.markup import shown
from interfaces.dashboard.warning_charts import TOP, axis, finished, hint


def by_budget(rows: Sequence[dict[str, Any]]) -> Any:
    """F1 of each method at each budget, with its interval."""
    told = [row | {"at": f"{row['budget']:g} a day"} for row in rows if row["f1"] is not None]
    order = [f"{size:g} a day" for size in sorted({row["budget"] for row in rows})]
    names = list(dict.fromkeys(row["method"] for row in sorted(rows, key=lambda r: not r["ours"])))
    base = alt.Chart({"values": told})
    x = alt.X("at:N", title=None, sort=order, axis=alt.Axis(labelAngle=0))
    beside = alt.XOffset("method:N", sort=names)
    colour = alt.Color(
        "method:N", title=None, legend=TOP,
        scale=alt.Scale(domain=names, range=[style.PALETTE[i % len(style.PALETTE)] for i in range(len(names))]),
    )  # fmt: skip
    figures = (("f1", "F1"), ("f1_low", "from"), ("f1_high", "to"))
    hints = [alt.Tooltip("method:N"), alt.Tooltip("at:N", title="budget"),
             *(alt.Tooltip(f"{name}:Q", title=title, format=".3f") for name, title in figures)]  # fmt: skip
    bars = base.mark_bar().encode(x=x, xOffset=beside, y=alt.Y("f1:Q", title="F1"), color=colour, tooltip=hints)
    spread = base.transform_filter("isValid(datum.f1_low) && isValid(datum.f1_high)")
    rule = spread.mark_rule(color=style.INK, strokeWidth=1.2).encode(
        x=x, xOffset=beside, y=alt.Y("f1_low:Q", title="F1"), y2="f1_high:Q"
    )
    return finished(alt.layer(bars, rule), height=260)


def precision_recall(rows: Sequence[dict[str, Any]]) -> Any:
    """Precision against recall, a point a method and budget."""
    names = list(dict.fromkeys(row["method"] for row in sorted(rows, key=lambda r: not r["ours"])))
    colour = alt.Color(
        "method:N", title=None,
        scale=alt.Scale(domain=names, range=[style.PALETTE[i % len(style.PALETTE)] for i in range(len(names))]),
    )  # fmt: skip
    base = alt.Chart({"values": [dict(row) for row in rows]}).encode(
        x=alt.X("recall:Q", scale=alt.Scale(domainMin=0)), y=alt.Y("precision:Q", scale=alt.Scale(domainMin=0)),
        color=colour, order=alt.Order("budget:Q"),
        tooltip=[alt.Tooltip("method:N"), alt.Tooltip("budget:Q", title="alerts a day"),
                 alt.Tooltip("precision:Q", format=".3f"), alt.Tooltip("recall:Q", format=".3f")],
    )  # fmt: skip
    return finished(alt.layer(base.mark_line(strokeWidth=1.2, opacity=0.6), base.mark_circle(size=70)), height=260)


def reliability(bins: Sequence[Mapping[str, Any]]) -> Any:
    """The share that came true against the probability given; on the dashed line they are the same."""
    rows = [{k: b.get(k) for k in ("n", "mean_probability", "share")} for b in bins]
    scale = alt.Scale(domain=[0, 1])
    ends = alt.Chart({"values": [{"x": 0, "y": 0}, {"x": 1, "y": 1}]})
    line = ends.mark_line(color=style.MUTED, strokeDash=[4, 4]).encode(
        x=alt.X("x:Q", scale=scale, title="probability given"), y=alt.Y("y:Q", scale=scale, title="came true")
    )
    dots = alt.Chart({"values": rows}).mark_circle(color=style.BLUE, opacity=0.85).encode(
        x=alt.X("mean_probability:Q", scale=scale, title="probability given"),
        y=alt.Y("share:Q", scale=scale, title="came true"),
        size=alt.Size("n:Q", legend=None, scale=alt.Scale(range=[40, 500])),
        tooltip=[alt.Tooltip("n:Q", title="cases"), alt.Tooltip("mean_probability:Q", format=".3f"),
                 alt.Tooltip("share:Q", title="came true", format=".3f")],
    )  # fmt: skip
    return finished(alt.layer(line, dots), height=300)


def daily(days: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Any:
    """What a backtest counted, summed up to each day."""
    sums = dict.fromkeys(names, 0.0)
    rows: list[dict[str, Any]] = []
    for d in days:
        for name in names:
            value = d.get(name)
            sums[name] += value if isinstance(value, int | float) else 0
            rows.append({"day": str(d["day"]), "what": shown(name).replace("_", " "), "value": sums[name]})
    found: list[str] = sorted({row["day"] for row in rows})
    first, last = (date.fromisoformat(day) for day in (found[0], found[-1]))
    lines = alt.Chart({"values": rows}).mark_line(interpolate="step-after").encode(
        x=axis(first, last), y=alt.Y("value:Q", title="so far"), color=alt.Color("what:N", title=None, legend=TOP),
        tooltip=[hint(), alt.Tooltip("what:N"), alt.Tooltip("value:Q", title="so far")],
    )  # fmt: skip
    return finished(lines, height=220)
