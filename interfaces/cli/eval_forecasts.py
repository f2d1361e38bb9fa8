"""``vedette eval forecasts``."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from interfaces.cli.common import Day, command, echo_json


@click.command("forecasts")
@click.argument("table", type=click.Path(path_type=Path), metavar="EVENTS.csv[.gz]")
@click.option("--from", "first", type=Day(), help="Forecasts made on this day or later.")
@click.option("--to", "last", type=Day(), help="Forecasts made on this day or before.")
@click.option(
    "--every", type=click.IntRange(min=1), default=1, show_default=True, metavar="DAYS", help="Make them so often."
)
@click.option(
    "--model",
    "folder",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Another model than the one that comes with Vedette.",
)
@command
def forecasts(
    table: Path, first: date | None, last: date | None, every: int, folder: Path | None, home_path: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Forecasts replayed on a table of events, as of each day, beside climatology, persistence and no change.

    Printed for countries and dyads, 7 and 30 days: the Brier score of an onset or the CRPS of the events by method
    (lower is better), the model's skill over the best naive forecast with the interval in which it lies in 95 of 100
    resamplings of blocks of time, the logarithmic scores, how reliable the probabilities are, and how often the
    intervals held what came.
    """
    from alerts.forecasting.model import load_model
    from alerts.panel import read_table
    from evaluation.forecasts import measure
    from service.forecasting import shipped

    events = read_table(table)
    for line, reason in events.bad:
        click.echo(f"vedette: {table}:{line}: {reason}", err=True)
    if events.refused > len(events.bad):
        click.echo(f"vedette: {table}: {events.refused - len(events.bad)} more rows could not be used", err=True)
    found = measure(events, load_model(folder) if folder else shipped(), first=first, last=last, stride=every)
    for one in found:
        if as_json:
            echo_json(one)
            continue
        name = "onset" if one.what == "onset" else f"{one.what} events"
        click.echo(
            f"\n{one.kind}, {name} in {one.horizon} days: {one.n} forecasts of {one.series} series, {one.first} to {one.last}; mean {one.mean:.4f}"
        )
        click.echo(
            f"  {'':12} {'Brier' if one.what == 'onset' else 'CRPS':>9} {'log':>8}   skill over {one.model.reference}"
        )
        for score, log in zip(one.score, one.log, strict=True):
            shown = f"{score.skill:+.3f} ({score.low:+.3f} to {score.high:+.3f})" if score.method == "model" else ""
            click.echo(f"  {score.method:12} {score.score:9.4f} {log.score:8.4f}   {shown}")
        if one.model.skill <= 0:
            click.echo("  no skill over the best naive forecast")
        if one.parts is not None:
            click.echo(
                f"  reliability {one.parts.reliability:.5f}, resolution {one.parts.resolution:.5f}, uncertainty {one.parts.uncertainty:.5f}"
            )
            click.echo("  said -> came: " + ", ".join(f"{b.forecast:.3f} -> {b.came:.3f} ({b.n})" for b in one.bins))
        if one.coverage:
            click.echo(
                "  intervals held: " + ", ".join(f"{level:.0%}: {share:.1%}" for level, share in one.coverage.items())
            )
    if not found and not as_json:
        click.echo("no series has enough of a past, or the table ends before a forecast's day comes")
