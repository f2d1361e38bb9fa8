"""Charts of forecasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from domain.forecast import METHODS, Estimate, Method, What
from interfaces.dashboard import style
from interfaces.dashboard.warning_charts import finished


def expected(
    found: Sequence[Estimate], so_far: int, *, what: What, names: Mapping[Method, str]
) -> Any:  # fmt: skip
    """Expected events of one side by method: the mean and its intervals; dashed, what the days before had."""
    mine = [one for one in found if one.what == what]
    spans = [
        {"method": names[one.method], "level": f"{level:.0%}", "low": low, "high": high, "width": 14 * (1.15 - level)}
        for one in mine for level, (low, high) in one.intervals.items()
    ]  # fmt: skip
    means = [{"method": names[one.method], "mean": one.mean} for one in mine]
    order = [names[m] for m in METHODS if any(one.method == m for one in mine)]
    colour = style.RED if what == "hostile" else style.BLUE
    title = f"{what} events"
    y = alt.Y("method:N", title=None, sort=order, axis=alt.Axis(labelLimit=110))
    bands = alt.Chart({"values": spans}).mark_rule(opacity=0.42, color=colour).encode(
        y=y, x=alt.X("low:Q", title=title), x2="high:Q",
        strokeWidth=alt.StrokeWidth("width:Q", scale=None, legend=None),
        tooltip=[alt.Tooltip("method:N"), alt.Tooltip("level:N", title="holds"), alt.Tooltip("low:Q", title="from"),
                 alt.Tooltip("high:Q", title="to")],
    )  # fmt: skip
    dots = alt.Chart({"values": means}).mark_point(filled=True, size=60, opacity=1, color=colour).encode(
        y=y, x=alt.X("mean:Q", title=title),
        tooltip=[alt.Tooltip("method:N"), alt.Tooltip("mean:Q", format=".1f")],
    )  # fmt: skip
    before = alt.Chart({"values": [{"x": so_far}]}).mark_rule(color=style.MUTED, strokeDash=[3, 3]).encode(
        x=alt.X("x:Q", title=title), tooltip=[alt.Tooltip("x:Q", title="the days before")]
    )  # fmt: skip
    return finished(alt.layer(bands, before, dots), height=30 * len(order) + 40)
