"""A backtest as one page that needs nothing from outside: figures beside the baselines, charts, the best alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from briefing.render.html import escape
from evaluation.page_charts import COLOURS, by_budget, by_month, reliability

NAMES: Mapping[str, str] = {
    "vedette": "Vedette", "vedette_followed": "Vedette, following only the scored pairs", "ears_c2": "EARS C2",
    "nb_cusum": "Negative binomial CUSUM", "seasonal": "Seasonal z", "no_change": "No change",
    "random": "Random by volume",
}  # fmt: skip
_HEAD = ("method", "precision", "recall", "F1", "90 % interval", "lead, days: mean", "median",
         "false alarms a pair and year", "alerts")  # fmt: skip
_CSS = """
:root { --ink: #1b2733; --soft: #5d6975; --line: #dad7ce; --ours: #e9f0f7; --warn: #fbf3df; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 2rem 2.5rem 4rem; color: var(--ink); background: #fff;
  font: 15px/1.5 "Noto Sans", "Segoe UI", Roboto, Helvetica, Arial, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .4rem; }
h3 { font-size: 1rem; margin: 1.3rem 0 .2rem; }
p { margin: .3rem 0; max-width: 56rem; } .soft { color: var(--soft); }
ul.notes { background: var(--warn); padding: .7rem 1rem .7rem 2rem; margin: 1rem 0; }
.short { font-size: 1.1rem; margin: 1rem 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; overflow-wrap: normal; }
th { text-align: right; font-weight: 600; color: var(--soft); border-bottom: 2px solid var(--line);
  padding: .3rem .5rem; vertical-align: bottom; }
td { text-align: right; border-bottom: 1px solid var(--line); padding: .25rem .5rem;
  font-variant-numeric: tabular-nums; }
th:first-child, td:first-child, td.text, th.text { text-align: left; font-variant-numeric: normal; }
tr.ours td { background: var(--ours); font-weight: 600; }
tr.right td:first-child, tr.wrong td:first-child { white-space: nowrap; }
tr.right td:first-child { border-left: 4px solid #2c6b4c; }
tr.wrong td:first-child { border-left: 4px solid #c9b8a0; }
svg { max-width: 100%; height: auto; display: block; margin: .5rem 0; }
svg text { font: 12px "Noto Sans", "Segoe UI", Roboto, Helvetica, Arial, sans-serif; fill: var(--ink); }
@media print { body { padding: 0; font-size: 10pt; } h2, h3 { break-after: avoid; } tr { break-inside: avoid; } }
"""


def page(body: Mapping[str, Any]) -> str:
    """The page of a backtest's body (``evaluation.backtest``)."""
    first, last = body["span"]
    title = f"Backtest of {body['name']}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="soft">{escape(first)} to {escape(last)}, {_count(body["days"])} days scored, each as of its end. '
        f"{_count(body['events'])} events; {_count(body['dyads'])} pairs of countries with at least 12 hostile events; "
        f"{_count(body['onsets'])} onsets of sustained hostility.</p>",
        _notes(body["notes"]), _short(body),
        "<h2>F1 by budget</h2>",
        '<p class="soft">The best-scored alerts of the whole span up to the budget: a threshold that only hindsight '
        f"knows, the same for every method. Lines: {_interval(body)}.</p>",
        by_budget(body["budgets"], NAMES),
        *_tables(body["budgets"]),
        "<h2>As raised</h2>",
        '<p class="soft">As a desk would have been alerted: each day\'s threshold chosen on the days before it. '
        "Vedette watches every pair; the methods beside it are given only the pairs that turn out to be scored, and "
        "so is Vedette in the second row.</p>",
        *_tables(body["raised"]),
        *_months(body["monthly"]),
        *_reliability(body),
        *_best(body["best"]),
        "<h2>How it is measured</h2>", *_method(),
    ]  # fmt: skip
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_CSS}</style></head><body>\n" + "\n".join(parts) + "\n</body></html>\n"
    )


def _notes(notes: Sequence[str]) -> str:
    if not notes:
        return ""
    return '<ul class="notes">' + "".join(f"<li>{escape(note)}</li>" for note in notes) + "</ul>"


def _short(body: Mapping[str, Any]) -> str:
    ratio = body["ratio"]
    if not ratio or ratio["value"] is None:
        return ""
    span = "" if ratio["low"] is None else f" ({ratio['low']:.2f} to {ratio['high']:.2f})"
    budgets = ", ".join(f"{b:g}" for b in ratio["budgets"])
    return (
        f'<p class="short">Averaged over budgets of {budgets} alerts a day, F1 is <b>{ratio["f1"]:.3f}</b>, '
        f"<b>{ratio['value']:.2f}</b> times that of EARS C2{span}.</p>"
    )


def _interval(body: Mapping[str, Any]) -> str:
    boot = body["bootstrap"]
    return f"intervals in which {boot['level']:.0%} of {boot['draws']} drawings of the span's {boot['block']} lie"


def _tables(budgets: Mapping[str, Any]) -> list[str]:
    out = []
    for budget, methods in budgets.items():
        rows = []
        for name, row in methods.items():
            low, high = row["f1_low"], row["f1_high"]
            cells = (
                NAMES.get(name, name), f"{row['precision']:.3f}", f"{row['recall']:.3f}", f"{row['f1']:.3f}",
                "–" if low is None else f"{low:.3f} – {high:.3f}", _lead(row["mean_lead"]), _lead(row["median_lead"]),
                f"{row['false_per_dyad_year']:.2f}", _count(row["alerts"]),
            )  # fmt: skip
            rows.append((cells, "ours" if name.startswith("vedette") else ""))
        out += [f"<h3>At {escape(budget)} alerts a day</h3>", _table(_HEAD, rows)]
    return out


def _months(monthly: Mapping[str, Any]) -> list[str]:
    if not monthly["months"]:
        return []
    return [
        f"<h3>By month, raised at {monthly['budget']:g} a day</h3>",
        by_month(monthly["months"]),
    ]


def _reliability(body: Mapping[str, Any]) -> list[str]:
    bins = body["reliability"]
    out = ["<h2>Reliability</h2>"]
    if not bins:
        return [*out, "<p>No scored pair was in question.</p>"]
    out.append(
        f'<p class="soft">Of {_count(body["cases"])} pairs in question on a day, among those scored: the probability '
        "given, and the share with an onset from 1 day before to 7 days after. "
        f"Brier score {body['brier']:.4f}; {body['brier_climatology']:.4f} for always saying the share of all.</p>"
    )
    rows = [
        ((f"{b['low']:.2f} – {b['high']:.2f}", _count(b["n"]), f"{b['mean_probability']:.3f}", f"{b['share']:.3f}"), "")
        for b in bins
    ]
    return [*out, reliability(bins), _table(("probability given", "cases", "mean of it", "came true"), rows)]


def _best(best: Sequence[Mapping[str, Any]]) -> list[str]:
    rows = []
    for one in best:
        said = f"none; the onset of {one['goes_on']} goes on" if one["goes_on"] else "no onset near"
        if one["onset"] is not None:
            lead = one["lead"]
            when = "on the day" if lead == 0 else f"{lead} days ahead" if lead > 0 else "a day late"
            said = f"onset on {one['onset']}, {'a day ahead' if lead == 1 else when}"
        cells = (one["date"], " – ".join(one["dyad"]), said, str(one["week"]), f"{one['usual']:.1f}",
                 f"{one['score']:.2f}")  # fmt: skip
        rows.append((cells, "wrong" if one["onset"] is None else "right"))
    head = ("day", "pair", "what followed", "hostile events in 7 days", "usual", "score")
    if not rows:
        return []
    return [
        f"<h2>The {len(rows)} best-scored alerts</h2>",
        '<p class="soft">Beside each the hostile events of the 7 days from it on, and what the pair\'s 56 days before '
        "made usual in 7.</p>",
        _table(head, rows, text=(1, 2)),
    ]


def _method() -> list[str]:
    return [f"<p>{escape(line)}</p>" for line in (
        "An onset is a day with a hostile event (CAMEO root 10 or higher) from which 7 days hold at least 8 hostile "
        "events and 4 times the pair's own weekly mean over the 56 days before, more than 14 days after the last.",
        "An alert is right when it lies from 7 days before an onset to 1 day after it. Of a pair at most one alert in "
        "any 7 days is kept. The first 28 and the last 7 days of the table are not scored.",
        "Each day is judged by the events known by its end; the methods beside Vedette are given the same.",
    )]  # fmt: skip


def _table(head: Sequence[str], rows: Sequence[tuple[Sequence[str], str]], *, text: tuple[int, ...] = ()) -> str:
    def row(cells: Sequence[str], kind: str) -> str:
        made = "".join(
            f'<td class="text">{escape(c)}</td>' if i in text else f"<td>{escape(c)}</td>" for i, c in enumerate(cells)
        )
        return f'<tr class="{kind}">{made}</tr>' if kind else f"<tr>{made}</tr>"

    top = "".join(
        f'<th class="text">{escape(c)}</th>' if i in text else f"<th>{escape(c)}</th>" for i, c in enumerate(head)
    )
    inner = "".join(row(cells, kind) for cells, kind in rows)
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{inner}</tbody></table></div>'


def _lead(value: float | None) -> str:
    return "–" if value is None else f"{value:+.1f}"


def _count(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ")


__all__ = ["COLOURS", "NAMES", "page"]
