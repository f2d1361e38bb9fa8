"""Charts of a backtest's page, drawn as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, log10
from typing import Any

from briefing.render.html import escape

COLOURS = ("#1E5180", "#B88A2E", "#2C6B4C", "#8A4F7D", "#5B9BBF", "#A5523A", "#7C8A3A")
INK, SOFT, LINE = "#1B2733", "#5D6975", "#DAD7CE"
LEFT, TOP, BOTTOM = 44, 40, 30


def by_budget(budgets: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """F1 of each method at each budget as bars, with its interval."""
    methods = list(dict.fromkeys(name for row in budgets.values() for name in row))
    width, height = 860, 300
    tops = [row[m]["f1_high"] or row[m]["f1"] for row in budgets.values() for m in row]
    most = _ceiling(max([*tops, 0.05]))
    inner, high = width - LEFT - 10, height - TOP - BOTTOM
    group = inner / max(len(budgets), 1)
    bar = group * 0.8 / max(len(methods), 1)
    out = _levels(most, width, high)
    for g, (budget, row) in enumerate(budgets.items()):
        left = LEFT + g * group + group * 0.1
        for k, name in enumerate(methods):
            if name not in row:
                continue
            one, x = row[name], left + k * bar
            tall = one["f1"] / most * high
            low, up = one["f1_low"], one["f1_high"]
            said = f"{names.get(name, name)} at {budget} a day: F1 {one['f1']:.3f}"
            out.append(_bar(x, tall, high, bar * 0.86, COLOURS[k % len(COLOURS)], said))
            if low is not None and up is not None:
                mid = x + bar * 0.43
                out.append(_line(mid, TOP + high - low / most * high, mid, TOP + high - up / most * high, INK, 1.3))
        out.append(_text(left + group * 0.4, height - 10, f"{budget} a day", "middle"))
    return _svg(width, height, "F1 by budget and method", [*_legend([names.get(m, m) for m in methods]), *out])


def by_month(months: Sequence[Mapping[str, Any]]) -> str:
    """Alerts raised and onsets a month; what was right and what was warned of is darker."""
    width, height = 860, 260
    series = (("alerts", "right", "#C9D8E6", "#1E5180"), ("onsets", "warned", "#E6DCC3", "#B88A2E"))
    most = _ceiling(max(max(m["alerts"], m["onsets"]) for m in months) or 1)
    high, step = height - TOP - BOTTOM, (width - LEFT - 10) / len(months)
    out = _levels(most, width, high, whole=True)
    every = ceil(len(months) / 14)
    for i, month in enumerate(months):
        left = LEFT + i * step
        for k, (whole, part, light, dark) in enumerate(series):
            for name, colour in ((whole, light), (part, dark)):
                tall = month[name] / most * high
                x = left + step * (0.12 + 0.38 * k)
                out.append(_bar(x, tall, high, step * 0.35, colour, f"{month['month']}: {month[name]} {name}"))
        if i % every == 0:
            out.append(_text(left + step / 2, height - 10, month["month"], "middle"))
    labels = ["alerts", "of them right", "onsets", "of them warned of"]
    shades = [shade for _, _, light, dark in series for shade in (light, dark)]
    return _svg(width, height, "Alerts and onsets by month", [*_legend(labels, shades), *out])


def reliability(bins: Sequence[Mapping[str, Any]]) -> str:
    """The share that came true against the mean probability given, the size of a dot by the number of cases."""
    width, height, top, left = 430, 400, 14, 50
    side = height - top - 46
    most = max(1, *(b["n"] for b in bins))

    def x(p: float) -> float:
        return left + p * side

    def y(p: float) -> float:
        return top + side - p * side

    out = []
    for level in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        out += [_line(x(0), y(level), x(1), y(level), LINE, 1), _text(left - 6, y(level) + 4, f"{level:g}", "end")]
        out.append(_text(x(level), top + side + 16, f"{level:g}", "middle"))
    out.append(_line(x(0), y(0), x(1), y(1), SOFT, 1.2, dash="5 4"))
    for b in bins:
        said = f"given {b['mean_probability']:.3f}, came true {b['share']:.3f}, {b['n']} cases"
        size = 4 + 8 * (b["n"] / most) ** 0.5
        out.append(
            f'<circle cx="{x(b["mean_probability"]):.1f}" cy="{y(b["share"]):.1f}" r="{size:.1f}" fill="{COLOURS[0]}" '
            f'fill-opacity=".8"><title>{escape(said)}</title></circle>'
        )
    out.append(_text(left + side / 2, height - 8, "probability given", "middle"))
    middle = top + side / 2
    out.append(
        f'<text x="14" y="{middle:.0f}" text-anchor="middle" transform="rotate(-90 14 {middle:.0f})">came true</text>'
    )
    return _svg(width, height, "Reliability of the probabilities", out)


def _ceiling(value: float) -> float:
    """The next round number: 1, 2 or 5 times a power of ten."""
    base = 10.0 ** int(log10(value) - (1 if value < 1 else 0))
    return next(float(base * k) for k in (1, 2, 5, 10) if base * k >= value * 0.999)


def _levels(most: float, width: float, high: float, *, whole: bool = False) -> list[str]:
    out = []
    for part in range(6):
        value = most * part / 5
        y = TOP + high - part / 5 * high
        out.append(_line(LEFT, y, width - 10, y, LINE, 1))
        if not whole or value == int(value):
            out.append(_text(LEFT - 6, y + 4, f"{value:.3g}", "end"))
    return out


def _legend(names: Sequence[str], colours: Sequence[str] = COLOURS) -> list[str]:
    out, x = [], float(LEFT)
    for k, name in enumerate(names):
        out.append(f'<rect x="{x:.0f}" y="8" width="11" height="11" fill="{colours[k % len(colours)]}"/>')
        out.append(_text(x + 16, 18, name, "start"))
        x += 32 + 6.6 * len(name)
    return out


def _bar(x: float, tall: float, high: float, width: float, colour: str, said: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{TOP + high - tall:.1f}" width="{width:.1f}" height="{tall:.1f}" fill="{colour}">'
        f"<title>{escape(said)}</title></rect>"
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float, *, dash: str = "") -> str:
    drawn = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width:g}"{drawn}/>'
    )


def _text(x: float, y: float, said: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(said)}</text>'


def _svg(width: int, height: int, title: str, parts: Sequence[str]) -> str:
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return f'<svg {size} role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>'
