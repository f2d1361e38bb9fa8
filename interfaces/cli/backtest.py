"""``vedette backtest``."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click

from domain.errors import InputError
from domain.time import now
from interfaces.cli.common import FAILED, Day, command, echo_json, opened, progress, shown


class _Several(click.Command):
    """Lets ``--budget`` take several numbers at once, as the benchmark's own script does."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        out: list[str] = []
        taking = False
        for arg in args:
            if taking and out[-1] != "--budget" and _number(arg):
                out.append("--budget")
            elif not (taking and out[-1] == "--budget"):
                taking = arg == "--budget"
            out.append(arg)
        return super().parse_args(ctx, out)


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return not Path(text).exists()


def _budget(_ctx: click.Context, _param: click.Parameter, values: tuple[float, ...]) -> tuple[float, ...]:
    for value in values:
        if not 0 < value <= 1000 or not math.isfinite(value):
            raise click.BadParameter(f"{value:g} alerts a day make no sense: above 0 and at most 1000")
    return values


@click.command(cls=_Several)
@click.argument("table", type=click.Path(path_type=Path), metavar="EVENTS.csv[.gz]")
@click.option("--from", "first", type=Day(), help="Score from this day on; what was before is the history.")
@click.option("--to", "last", type=Day(), help="Score up to this day.")
@click.option("--budget", "budgets", type=float, multiple=True, metavar="N ...", callback=_budget,
              help="Alerts a day.  [default: 0.25 0.5 1 2]")  # fmt: skip
@click.option("--alerts-out", "lines_to", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.jsonl",
              help="Write every pair in question on a day with its score.")  # fmt: skip
@click.option("--html", "page_to", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.html",
              help="Write a page with the figures and the charts.")  # fmt: skip
@click.option("--model", "folder", type=click.Path(path_type=Path), metavar="FOLDER",
              help="Another ranker than the one that comes with Vedette.")  # fmt: skip
@command
def backtest(
    table: Path, first: date | None, last: date | None, budgets: tuple[float, ...], lines_to: Path | None,
    page_to: Path | None, folder: Path | None, home_path: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Replay a table of events day by day, each as of its end, and measure the alerts beside simple methods.

    The table has the columns date, source_country, target_country and cameo. Printed at each budget: precision,
    recall, F1 with the interval in which it lies in 90 of 100 drawings of the weeks, the lead in days, false alarms a
    pair and year. Once for the best-scored alerts of the whole span, as the benchmark keeps them, and once as a desk
    would have been alerted, each day's threshold chosen on the days before it. The figures are kept for the dashboard.

    A line of --alerts-out is a pair of countries on a day, by what was known by its end: its score, its probability of
    an onset, and the budgets at which an alert was raised.
    """
    from alerts.panel import read_table
    from alerts.ranking.ranker import FOLDER, load
    from evaluation import table_checks
    from evaluation.backtest import BUDGETS, backtest, write_lines
    from evaluation.backtest_page import page
    from index.store import backtests as store

    for target in (lines_to, page_to):
        if target is not None and not target.absolute().parent.is_dir():
            raise InputError("there is no such folder", item=str(target.parent), stage="backtest")
        if target is not None and target.absolute() == table.absolute():
            raise InputError("this is the table of events itself", item=str(target), stage="backtest")
    if first is not None and last is not None and first > last:
        raise InputError(f"--from {first} is after --to {last}", item=str(table), stage="backtest")
    events = table_checks.without_future(read_table(table), table, today=now().date())
    _refused(table, events.bad, events.refused)
    notes = table_checks.notes(events, table)
    ranker = load(folder or FOLDER)
    with opened(home_path) as home:
        with progress(what="days", as_json=as_json) as tell:
            found = backtest(
                events, ranker, name=table.name, first=first, last=last, budgets=budgets or BUDGETS, notes=notes,
                tell=tell,
            )  # fmt: skip
        body: dict[str, Any] = {**found.body, "refused": events.refused}
        with home.write() as c:
            number = store.save(c, name=table.name, body=body, at=now())
    if lines_to is not None:
        write_lines(found.lines, lines_to)
    if page_to is not None:
        page_to.write_text(page(body), "utf-8")
    if as_json:
        echo_json({"id": number, **body, "lines": len(found.lines)})
    else:
        _print(body, number)
        for target, what in ((lines_to, f"{len(found.lines)} lines"), (page_to, "the page")):
            if target is not None:
                click.echo(f"{what} -> {shown(str(target))}")
    if events.refused:
        sys.exit(FAILED)


def _refused(table: Path, bad: tuple[tuple[int, str], ...], refused: int) -> None:
    for line, reason in bad:
        click.echo(f"vedette: {shown(str(table))}:{line}: {shown(reason)}", err=True)
    if refused > len(bad):
        click.echo(f"vedette: {shown(str(table))}: {refused - len(bad)} more rows could not be used", err=True)


def _print(body: Mapping[str, Any], number: int) -> None:
    from evaluation.backtest_page import NAMES

    first, last = body["span"]
    click.echo(
        f"{shown(body['name'])}: {first} to {last}, {body['days']} days scored; {body['events']} events, "
        f"{body['dyads']} pairs with 12 hostile events or more, {body['onsets']} onsets"
    )
    for note in body["notes"]:
        click.echo(f"! {shown(note)}")
    heads = {
        "budgets": "The best-scored alerts of the span (the threshold is known only afterwards)",
        "raised": "As raised: each day's threshold chosen on the days before it",
    }
    for kind, head in heads.items():
        click.echo(f"\n{head}")
        for budget, methods in body[kind].items():
            click.echo(
                f"  {f'at {budget} a day':42} precision  recall     F1  (90 % interval)   lead  median  false  alerts"
            )
            for name, row in methods.items():
                low, high = row["f1_low"], row["f1_high"]
                span = "" if low is None else f"({low:.3f} - {high:.3f})"
                leads = [f"{v:+.1f}" if v is not None else "-" for v in (row["mean_lead"], row["median_lead"])]
                click.echo(
                    f"    {NAMES.get(name, name):40} {row['precision']:9.3f} {row['recall']:7.3f} {row['f1']:6.3f}  "
                    f"{span:15} {leads[0]:>6} {leads[1]:>7} {row['false_per_dyad_year']:6.2f} {row['alerts']:7g}"
                )
    click.echo("  lead in days; false: false alarms a pair and year")
    ratio = body["ratio"]
    if ratio and ratio["value"] is not None:
        span = "" if ratio["low"] is None else f" ({ratio['low']:.2f} to {ratio['high']:.2f})"
        at = ", ".join(f"{b:g}" for b in ratio["budgets"])
        click.echo(f"\nF1 averaged over {at}: {ratio['f1']:.3f}, {ratio['value']:.2f} times that of EARS C2{span}")
    if body["reliability"]:
        click.echo(
            f"\nProbability of an onset within 7 days, {body['cases']} cases: Brier score {body['brier']:.4f} "
            f"({body['brier_climatology']:.4f} for always saying the mean)"
        )
        click.echo(
            "  said -> came: "
            + ", ".join(f"{b['mean_probability']:.3f} -> {b['share']:.3f} ({b['n']})" for b in body["reliability"])
        )
    click.echo(f"\nkept as backtest {number}")


__all__ = ["backtest"]
