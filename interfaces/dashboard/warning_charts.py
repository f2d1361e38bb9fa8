"""Charts of the early-warning views: relations by day, the board of a scenario, a series with its baseline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import altair as alt

from alerts.indicators import BoardDay
from domain.plover import TYPES, plover_of
from domain.time import days_in
from index.store.tension import FIRST_HOSTILE, EventDay
from interfaces.dashboard import style
from interfaces.dashboard.charts import _RAISED as RAISED
from interfaces.dashboard.charts import _finished
from interfaces.dashboard.charts import _span as span
from interfaces.dashboard.data import SeriesDay

SMOOTH = 7
"""Days that a smoothed value is the mean of, the day itself last."""
HOSTILE, COOPERATIVE, NOT_READ = "hostile", "cooperative", "nothing was read"
STATEMENT = "statement"
_COLOURS = alt.Scale(domain=[HOSTILE, COOPERATIVE], range=[style.RED, style.BLUE])
TOP = alt.Legend(orient="top", direction="horizontal", title=None)


def finished(chart: Any, *, height: int) -> Any:
    """A chart with the look of all; those of one page begin at one line."""
    return _finished(chart, height=height).configure_axisY(minExtent=38)


def axis(first: date, last: date) -> alt.X:
    """The days of a chart; each stands in the middle of its own room."""
    made = alt.X(
        "day:T", timeUnit="utcyearmonthdate", title=None, scale=span(first, last),
        axis=alt.Axis(format="%-d %b", labelAngle=0, grid=False, labelOverlap=True, tickCount=10),
    )  # fmt: skip
    return made.bandPosition(0.5)


def hint() -> alt.Tooltip:
    """The day, on hovering."""
    return alt.Tooltip("day:T", timeUnit="utcyearmonthdate", title="day", format="%-d %b %Y")


def gaps(days: Iterable[date], first: date, last: date, *, why: str = NOT_READ) -> Any:
    """Grey bands over days that cannot be told of."""
    rows = [{"day": d.isoformat(), "until": (d + timedelta(days=1)).isoformat(), "why": why} for d in days]
    return alt.Chart({"values": rows}).mark_rect(color="#CFCBC0", opacity=0.45).encode(
        x=alt.X("day:T", timeUnit="utcyearmonthdate", title=None, scale=span(first, last)).bandPosition(0),
        x2=alt.X2("until:T", timeUnit="utcyearmonthdate"), tooltip=[hint(), alt.Tooltip("why:N", title="gap")],
    )  # fmt: skip


def smoothed(values: Sequence[float | None]) -> list[float | None]:
    """The mean of the last ``SMOOTH`` values there are, of which the newest must be one; days ahead are not looked at.

    >>> smoothed([1.0, None, 4.0])
    [1.0, None, 2.5]
    """
    found: list[float | None] = []
    for i, value in enumerate(values):
        near = [x for x in values[max(0, i - SMOOTH + 1) : i + 1] if x is not None]
        found.append(sum(near) / len(near) if value is not None else None)
    return found


def _whole(days: Sequence[EventDay], first: date, last: date) -> list[EventDay | None]:
    by = {d.day: d for d in days}
    return [by.get(day) for day in days_in(first, last + timedelta(days=1))]


def tension(days: Sequence[EventDay], *, first: date, last: date) -> Any:
    """Hostile events a day upwards, cooperative ones downwards, with their smoothed lines."""
    found = _whole(days, first, last)
    up = smoothed([None if d is None else float(d.hostile) for d in found])
    down = smoothed([None if d is None else float(d.cooperative) for d in found])
    rows: list[dict[str, Any]] = []
    for i, (day, d) in enumerate(zip(days_in(first, last + timedelta(days=1)), found, strict=True)):
        for side, sign, line in ((HOSTILE, 1, up[i]), (COOPERATIVE, -1, down[i])):
            events = None if d is None else getattr(d, side)
            rows.append({
                "day": day.isoformat(), "side": side, "events": events, "read": None if d is None else d.read,
                "at": None if events is None else sign * events, "line": None if line is None else sign * line,
                "mean": line,
            })  # fmt: skip
    base = alt.Chart({"values": rows})
    colour = alt.Color("side:N", scale=_COLOURS, legend=TOP)
    height = alt.Axis(labelExpr="format(abs(datum.value), 'd')", tickMinStep=1)
    hints = [hint(), alt.Tooltip("side:N"), alt.Tooltip("events:Q"),
             alt.Tooltip("mean:Q", title=f"mean of {SMOOTH} days", format=".1f"),
             alt.Tooltip("read:Q", title="read that day")]  # fmt: skip
    bars = base.mark_bar(opacity=0.32).encode(
        x=axis(first, last), y=alt.Y("at:Q", title="events a day", axis=height, stack=None), color=colour, tooltip=hints
    )
    lines = base.mark_line(strokeWidth=2).encode(
        x=axis(first, last), y=alt.Y("line:Q", title="events a day"), color=colour, detail="side:N"
    )
    shade = gaps(_missing(found, first), first, last)
    return finished(alt.layer(shade, bars, lines), height=230)


def _missing(found: Sequence[object], first: date) -> list[date]:
    return [first + timedelta(days=i) for i, d in enumerate(found) if d is None]


def intensity(days: Sequence[EventDay], *, first: date, last: date) -> Any:
    """The smoothed mean Goldstein value of the events: below zero conflict, above it cooperation."""
    found = _whole(days, first, last)
    rows: list[dict[str, Any]] = []
    for i, day in enumerate(days_in(first, last + timedelta(days=1))):
        near = [d for d in found[max(0, i - SMOOTH + 1) : i + 1] if d is not None]
        valued = sum(d.valued for d in near)
        mean = sum(d.goldstein for d in near) / valued if valued and found[i] is not None else None
        rows.append({"day": day.isoformat(), "mean": mean, "events": valued})
    base = alt.Chart({"values": rows})
    y = alt.Y("mean:Q", title="Goldstein", scale=alt.Scale(domain=[-10, 10]), axis=alt.Axis(values=[-10, -5, 0, 5, 10]))
    line = base.mark_line(strokeWidth=2, color=style.GOLD, point=alt.OverlayMarkDef(size=10, color=style.GOLD)).encode(
        x=axis(first, last), y=y,
        tooltip=[hint(), alt.Tooltip("mean:Q", title=f"mean of {SMOOTH} days", format="+.1f"),
                 alt.Tooltip("events:Q", title="events in them")],
    )  # fmt: skip
    zero = alt.Chart({"values": [{}]}).mark_rule(color=style.MUTED, strokeDash=[3, 3]).encode(y=alt.datum(0))
    return finished(alt.layer(gaps(_missing(found, first), first, last), zero, line), height=130)


def exposure(days: Sequence[EventDay], *, first: date, last: date) -> Any:
    """Events of all countries told a day and documents coded: how much could have been seen."""
    found = _whole(days, first, last)
    rows = [
        {"day": day.isoformat(), "read": 0 if d is None else d.read}
        for day, d in zip(days_in(first, last + timedelta(days=1)), found, strict=True)
    ]
    bars = alt.Chart({"values": rows}).mark_bar(color="#B9B6AC").encode(
        x=axis(first, last), y=alt.Y("read:Q", title="read", axis=alt.Axis(tickCount=2)),
        tooltip=[hint(), alt.Tooltip("read:Q", title="events told and documents coded")],
    )  # fmt: skip
    return finished(alt.layer(gaps(_missing(found, first), first, last), bars), height=80)


def kinds(codes: Sequence[tuple[date, str, int, float | None]], *, first: date, last: date) -> Any:
    """What was done when: a dot a day and PLOVER type, as large as it was often; cooperation above, conflict below."""
    merged: dict[tuple[date, str, str], list[float]] = {}
    for day, code, n, mean in codes:
        kind = plover_of(code) or STATEMENT
        root = int(code[:2]) if code[:2].isdecimal() else 0
        side = HOSTILE if root >= FIRST_HOSTILE else COOPERATIVE
        row = merged.setdefault((day, kind, side), [0, 0.0])
        row[0] += n
        row[1] += (mean or 0.0) * n
    rows = [
        {"day": day.isoformat(), "type": kind.lower(), "side": side, "events": int(n), "goldstein": total / n}
        for (day, kind, side), (n, total) in sorted(merged.items())
    ]
    seen = {row["type"] for row in rows}
    order = [x for x in (STATEMENT, *(one.lower() for one in TYPES)) if x in seen]
    dots = alt.Chart({"values": rows}).mark_circle(opacity=0.75).encode(
        x=axis(first, last), y=alt.Y("type:N", title=None, sort=order, axis=alt.Axis(grid=True, labelLimit=120)),
        size=alt.Size("events:Q", legend=None, scale=alt.Scale(range=[25, 420])),
        color=alt.Color("side:N", scale=_COLOURS, legend=TOP),
        tooltip=[hint(), alt.Tooltip("type:N"), alt.Tooltip("events:Q"),
                 alt.Tooltip("goldstein:Q", title="mean Goldstein", format="+.1f")],
    )  # fmt: skip
    return finished(dots, height=max(90, 24 * len(order) + 40))


def watched(
    days: Sequence[SeriesDay], *, raised: date | None, what: str, blind: Sequence[date] = (), whole: bool = True
) -> Any:
    """A series with what was expected of each day, the band around it and the day it was raised.

    ``whole`` says that it counts, so that its values are whole and none is below zero.
    """
    first, last = days[0].day, days[-1].day
    rows: list[dict[str, Any]] = [
        {"day": d.day.isoformat(), "value": d.count, "expected": d.expected, "upper": d.upper,
         "kind": RAISED if d.day == raised else what,
         "lower": None if d.upper is None or d.expected is None else _lower(d, whole=whole)}
        for d in days if d.day not in set(blind)
    ]  # fmt: skip
    base = alt.Chart({"values": rows})
    known = base.transform_filter("isValid(datum.upper)")
    x, y = axis(first, last), "value:Q"
    ticks = alt.Axis(tickMinStep=1) if whole else alt.Axis()
    band = known.mark_area(opacity=0.22, color=style.GOLD, interpolate="step").encode(
        x=x, y=alt.Y("upper:Q", title=what, stack=None), y2="lower:Q"
    )
    line = known.mark_line(color=style.GOLD, strokeWidth=1.6, interpolate="step").encode(
        x=x, y=alt.Y("expected:Q", title=what)
    )
    colours = alt.Scale(domain=[what, RAISED], range=["#8FA9C0", style.RED])
    bars = base.mark_bar().encode(
        x=x, y=alt.Y(y, title=what, axis=ticks), color=alt.Color("kind:N", scale=colours, legend=TOP),
        tooltip=[hint(), alt.Tooltip(y, title="observed"), alt.Tooltip("expected:Q", format=".2f"),
                 alt.Tooltip("lower:Q", title="band from", format=".2f"),
                 alt.Tooltip("upper:Q", title="band to", format=".2f")],
    )  # fmt: skip
    layers = [gaps(blind, first, last)] if blind else []
    return finished(alt.layer(*layers, band, bars, line), height=250)


def _lower(day: SeriesDay, *, whole: bool) -> float:
    assert day.expected is not None
    assert day.upper is not None
    below = 2 * day.expected - day.upper
    return max(0.0, below) if whole else below


def level(days: Sequence[BoardDay], *, first: date, last: date) -> Any:
    """A scenario's level by day; a day of which too little can be seen breaks the line."""
    rows = [{"day": d.day.isoformat(), "level": d.level, "seen": d.seen} for d in days]
    base = alt.Chart({"values": rows})
    y = alt.Y("level:Q", title="level", scale=alt.Scale(domain=[0, 100]))
    hints = [hint(), alt.Tooltip("level:Q", format=".0f"), alt.Tooltip("seen:Q", title="weight seen", format=".0%")]
    line = base.mark_line(strokeWidth=2.2, color=style.BLUE, interpolate="monotone").encode(x=axis(first, last), y=y)
    dots = base.mark_circle(size=26, color=style.BLUE).encode(x=axis(first, last), y=y, tooltip=hints)
    blind = [d.day for d in days if d.level is None]
    return finished(alt.layer(gaps(blind, first, last, why="too little can be seen"), line, dots), height=200)


def parts(days: Sequence[BoardDay], titles: Sequence[str], *, first: date, last: date) -> Any:
    """What each indicator adds to the level, stacked."""
    rows = [
        {"day": d.day.isoformat(), "indicator": title, "rank": i, "adds": part}
        for d in days for i, (title, part) in enumerate(zip(titles, d.parts, strict=True)) if part is not None
    ]  # fmt: skip
    colours = alt.Scale(domain=list(titles), range=[style.PALETTE[i % len(style.PALETTE)] for i in range(len(titles))])
    bars = alt.Chart({"values": rows}).mark_bar().encode(
        x=axis(first, last), order=alt.Order("rank:Q"),
        y=alt.Y("adds:Q", title="what each adds", stack="zero", scale=alt.Scale(domain=[0, 100])),
        color=alt.Color("indicator:N", scale=colours, title=None,
                        legend=alt.Legend(orient="bottom", columns=3, labelLimit=320, direction="horizontal")),
        tooltip=[hint(), alt.Tooltip("indicator:N"), alt.Tooltip("adds:Q", format=".0f")],
    )  # fmt: skip
    blind = [d.day for d in days if d.level is None]
    return finished(alt.layer(gaps(blind, first, last, why="too little can be seen"), bars), height=240)
