"""Backtests: how often alerts were right at which budget, beside naive baselines; how far a probability is believed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from interfaces.dashboard import backtest_charts, style, warning_data, words
from interfaces.dashboard.context import Context, remember
from interfaces.dashboard.markup import Markup, notice, shown, table, tag, text, words_of
from interfaces.dashboard.warning_data import Backtested
from interfaces.dashboard.words import many

OURS = "vedette"
METHODS = {
    OURS: "Vedette", "ears_c2": "EARS C2", "nb_cusum": "Negative binomial CUSUM", "seasonal": "Seasonal z",
    "seasonal_z": "Seasonal z", "no_change": "No change", "random": "Random by volume",
    "vedette_followed": "Vedette, following only the scored pairs",
    "random_by_volume": "Random by volume",
}  # fmt: skip
_COLUMNS = (
    ("precision", "precision", "share"), ("recall", "recall", "share"), ("f1", "F1", "f1"),
    ("mean_lead", "mean lead, days", "days"), ("median_lead", "median lead, days", "days"),
    ("false_per_dyad_year", "false alarms a pair and year", "rate"), ("alerts", "alerts", "count"),
)  # fmt: skip


def view(ctx: Context) -> None:
    """Draw it."""
    style.heading(
        "Backtests", "What the engine would have raised on past days, each as of that day, and how right it was"
    )
    found = warning_data.backtests(ctx.scope)
    if not found:
        st.html(notice("plain", "No backtest was stored yet", text("Run one with: vedette backtest EVENTS.csv")))
        return
    by = {one.id: one for one in found}
    if "backtest_id" not in st.session_state or st.session_state["backtest_id"] not in by:
        given = st.query_params.get("id", "")
        st.session_state["backtest_id"] = int(given) if given.isdecimal() and int(given) in by else found[0].id
    chosen = st.selectbox("Backtest", list(by), key="backtest_id", format_func=lambda n: _title(by[n]), width=520)
    remember(ctx, id=str(chosen))
    _show(by[chosen])


def _title(one: Backtested) -> str:
    return shown(f"{one.name}, run {words.moment(one.at)} (no. {one.id})")


def _show(one: Backtested) -> None:
    body = one.body
    said = [f"Replayed: {_span(body['span'])}"] if body.get("span") else []
    said += [
        many(int(n), what) for key, what in _COUNTS if (n := number(body.get(key))) is not None
    ]  # fmt: skip
    if said:
        st.html(tag("p", text("; ".join(said)), css="v-muted v-small"))
    notes = body.get("notes")
    for line in notes if isinstance(notes, list) else []:
        st.html(notice("warn", str(line)[:1].upper() + str(line)[1:]))
    _ratio(body.get("ratio"))
    held = {name: body.get(name) for name in _KINDS if isinstance(body.get(name), Mapping) and body.get(name)}
    if not held:
        st.html(notice("warn", "It holds no figures by budget"))
    else:
        chosen = next(iter(held))
        if len(held) > 1:
            chosen = st.segmented_control(
                "Which alerts", list(held), default=chosen, required=True, key=f"backtest_kind_{one.id}",
                label_visibility="collapsed", format_func=lambda k: _KINDS[k],
            ) or chosen  # fmt: skip
        _budgets(held[chosen])  # type: ignore[arg-type]
    _reliability(body.get("reliability"))
    _brier(body)
    _daily(body.get("daily"))


_COUNTS = (("days", "day"), ("events", "event"), ("dyads", "pair"), ("onsets", "onset"))
_KINDS = {
    "budgets": "the best-scored of the span (the threshold known afterwards)",
    "raised": "as a desk would have been alerted (the threshold by the days before)",
}


def _ratio(given: object) -> None:
    if not isinstance(given, Mapping) or (value := number(given.get("value"))) is None:
        return
    low, high = number(given.get("low")), number(given.get("high"))
    over = METHODS.get(str(given.get("over")), str(given.get("over")))
    span = "" if low is None or high is None else f" ({low:.2f} to {high:.2f})"
    budgets = given.get("budgets")
    at = ", ".join(f"{b:g}" for b in budgets if number(b) is not None) if isinstance(budgets, list) else ""
    said = f"{value:.2f} times the F1 of {shown(over)}{span}" + (f", averaged over {at} alerts a day" if at else "")
    st.html(tag("p", tag("b", text(said)), css="v-body"))


def _brier(body: Mapping[str, Any]) -> None:
    score, naive = number(body.get("brier")), number(body.get("brier_climatology"))
    if score is not None and naive is not None:
        said = f"Brier score {score:.4f}, where always saying the mean has {naive:.4f}: "
        said += "better than that." if score < naive else "no better than that."
        st.html(tag("p", text(said), css="v-muted v-small"))


def _span(value: object) -> str:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " to ".join(str(x) for x in value)
    return str(value) if value else ""


def _budgets(budgets: Mapping[str, Any]) -> None:
    rows = rows_of(budgets)
    style.sub("F1 by budget", "alerts a day; lines: bootstrap intervals where they were made")
    st.altair_chart(backtest_charts.by_budget(rows), width="stretch", theme=None)
    kept = [r for r in rows if r["precision"] is not None and r["recall"] is not None]
    if kept:
        style.sub("Precision and recall", "one point a budget")
        st.altair_chart(backtest_charts.precision_recall(kept), width="stretch", theme=None)
    for budget in sorted({r["budget"] for r in rows}):
        style.sub(f"At {budget:g} alerts a day")
        st.html(_table([r for r in rows if r["budget"] == budget]))


def rows_of(budgets: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each method at each budget as a row; what is no number is None."""
    rows = []
    for budget, methods in budgets.items():
        try:
            size = float(budget)
        except ValueError:
            continue
        for method, figures in methods.items() if isinstance(methods, Mapping) else ():
            values = figures if isinstance(figures, Mapping) else {}
            name = shown(METHODS.get(str(method), str(method)))
            row: dict[str, Any] = {"budget": size, "method": name, "ours": method == OURS}
            for column in (*(c[0] for c in _COLUMNS), "f1_low", "f1_high"):
                row[column] = number(values.get(column))
            rows.append(row)
    return sorted(rows, key=lambda r: (r["budget"], not r["ours"], -(r["f1"] or 0.0), r["method"]))


def number(value: object) -> float | None:
    """A finite number as it stands; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _table(rows: Sequence[Mapping[str, Any]]) -> Markup:
    head = ("method", *(title for _, title, _ in _COLUMNS))
    return table(head, [_row(r) for r in rows], css="v-tight")


def _row(row: Mapping[str, Any]) -> list[Markup]:
    name = words_of(row["method"])
    cells = [tag("b", name) if row["ours"] else name]
    for key, _, kind in _COLUMNS:
        value = row[key]
        said = "–" if value is None else _said(value, kind)
        low, high = row["f1_low"], row["f1_high"]
        if kind == "f1" and low is not None and high is not None:
            said += f" ({low:.3f} – {high:.3f})"
        cells.append(tag("span", text(said), css="v-n"))
    return cells


def _said(value: float, kind: str) -> str:
    return {"share": f"{value:.3f}", "f1": f"{value:.3f}", "days": f"{value:+.1f}", "rate": f"{value:.2f}"}.get(
        kind, f"{value:,.0f}"
    )


def _reliability(given: object) -> None:
    style.sub("Reliability", "of alerts given a probability, the share that came true")
    bins = [b for b in given if isinstance(b, Mapping) and b.get("n")] if isinstance(given, list) else []
    if not bins:
        st.html(notice("plain", "No reliability was kept with this backtest"))
        return
    st.altair_chart(backtest_charts.reliability(bins), width=520, theme=None)
    rows = [
        [
            tag("span", text(f"{_number(b, 'low'):.2f} – {_number(b, 'high'):.2f}"), css="v-n"),
            tag("span", text(f"{_number(b, 'n'):,.0f}"), css="v-n"),
            tag("span", text(f"{_number(b, 'mean_probability'):.3f}"), css="v-n"),
            tag("span", text(f"{_number(b, 'share'):.3f}"), css="v-n"),
        ]
        for b in bins
    ]
    st.html(table(("given", "cases", "mean probability", "came true"), rows, css="v-tight v-counts"))


def _number(row: Mapping[str, Any], key: str) -> float:
    return number(row.get(key)) or 0.0


def _daily(given: object) -> None:
    days = [d for d in given if isinstance(d, Mapping) and d.get("day")] if isinstance(given, list) else []
    if not days:
        return
    names = [k for k, v in days[0].items() if k != "day" and isinstance(v, int | float)]
    if names:
        style.sub("Summed up by day")
        st.altair_chart(backtest_charts.daily(days, names), width="stretch", theme=None)
