"""Charts of forecasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from domain.forecast import METHODS, Estimate, Method
from interfaces.dashboard import style


def expected(found: Sequence[Estimate], so_far: Mapping[str, int], *, names: Mapping[Method, str]) -> Any:
    """Expected events by method: mean and intervals, the model's first; hostile above cooperative."""
    spans, means = [], []
    for one in found:
        row = {"method": names[one.method], "what": one.what, "ours": one.method == "model"}
        means.append(row | {"mean": one.mean})
        spans += [
            row | {"level": f"{level:.0%}", "low": low, "high": high, "width": 14 * (1.15 - level)}
            for level, (low, high) in one.intervals.items()
        ]
    order = [names[m] for m in METHODS if any(one.method == m for one in found)]
    y = alt.Y("method:N", title=None, sort=order, axis=alt.Axis(labelLimit=130))
    colour = alt.Color(
        "what:N", legend=None, scale=alt.Scale(domain=["hostile", "cooperative"], range=[style.RED, style.BLUE])
    )

    def panel(what: str) -> Any:
        values = [row for row in spans if row["what"] == what]
        x_title = f"{what} events"
        bands = alt.Chart({"values": values}).mark_rule(opacity=0.42).encode(
            y=y, x=alt.X("low:Q", title=x_title), x2="high:Q", color=colour,
            strokeWidth=alt.StrokeWidth("width:Q", scale=None, legend=None),
            tooltip=[alt.Tooltip("method:N"), alt.Tooltip("level:N", title="holds"), alt.Tooltip("low:Q"),
                     alt.Tooltip("high:Q")],
        )  # fmt: skip
        dots = alt.Chart({"values": [row for row in means if row["what"] == what]}).mark_point(
            filled=True, size=60, opacity=1
        ).encode(y=y, x=alt.X("mean:Q", title=x_title), color=colour,
                 tooltip=[alt.Tooltip("method:N"), alt.Tooltip("mean:Q", format=".1f")])  # fmt: skip
        before = alt.Chart({"values": [{"x": so_far[what]}]}).mark_rule(
            color=style.MUTED, strokeDash=[3, 3]
        ).encode(x=alt.X("x:Q", title=x_title), tooltip=[alt.Tooltip("x:Q", title="the days before")])  # fmt: skip
        return alt.layer(bands, before, dots).properties(height=32 * len(order), width=310)

    whats = [what for what in ("hostile", "cooperative") if any(one.what == what for one in found)]
    chart = alt.vconcat(*(panel(what) for what in whats), spacing=12)
    return _concat(chart)


def _concat(chart: Any) -> Any:
    return (
        chart.properties(usermeta={"embedOptions": {"actions": False}})
        .configure_view(strokeWidth=0)
        .configure(background="transparent", font="system-ui, 'DejaVu Sans', sans-serif")
        .configure_axis(labelColor=style.MUTED, titleColor=style.MUTED, gridColor="#E8E5DD", domainColor=style.LINE,
                        tickColor=style.LINE, titleFontWeight="normal")
    )  # fmt: skip
