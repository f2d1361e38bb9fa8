"""``vedette demo``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from domain.alert import Alert
from interfaces.cli.alerts import alert_json, show_alert
from interfaces.cli.common import command, echo_json, opened, progress, shown
from interfaces.cli.search import hit_json
from service.config import home_folder
from service.demo import corpus
from service.demo.replay import Result, run


@click.command()
@click.option("--no-dashboard", is_flag=True, help="Stop before the dashboard.")
@command
def demo(no_dashboard: bool, home_path: str | None, as_json: bool) -> None:
    """Replay a real crisis from the bundled corpus, with no internet: the oil-rig standoff of May to July 2014.

    Takes the corpus in day by day, raises alerts as the days pass, searches across languages, writes a briefing and
    opens the dashboard. It has a data folder of its own unless --home or VEDETTE_HOME names one; a second run finds
    the replay there.
    """
    own = home_path or os.environ.get("VEDETTE_HOME") or str(home_folder() / "demo")
    with opened(own) as home:
        if not as_json:
            click.echo(f"{corpus.ABOUT}\nData folder: {home.path}\n")
        with progress(what="replay", as_json=as_json) as tell:
            result = run(home, tell=tell)
        settings = home.settings.dashboard
    if as_json:
        echo_json(demo_json(result))
    else:
        _show(result)
    if no_dashboard:
        return
    from interfaces.dashboard.launch import launch

    if not as_json:
        click.echo(f"\nDashboard: http://{settings.address}:{settings.port}   (Ctrl-C ends it)")
    sys.stdout.flush()
    sys.exit(launch(Path(own), address=settings.address, port=settings.port))


def demo_json(result: Result) -> dict[str, Any]:
    """The demo's outcome as the contract prints it."""
    ingest = result.ingest.plain() if result.ingest else {
        "new": 0, "updated": 0, "duplicate": result.held["documents"], "failed": 0, "events": 0, "failures": [],
        "seconds": 0.0,
    }  # fmt: skip
    return {
        "ingest": ingest,
        "alerts": [alert_json(a) for a in _in_order(result)],
        "searches": [{"query": f.query, "hits": [hit_json(hit) for hit in f.hits]} for f in result.searches],
        "briefing": str(result.briefing),
    }


def _in_order(result: Result) -> list[Alert]:
    return sorted(result.alerts, key=lambda a: (a.opened, -a.score))


def _show(result: Result) -> None:
    if result.ingest is None:
        click.echo(f"The replay is there already: {result.held['documents']} documents.\n")
    else:
        done = result.ingest
        click.echo(f"Replayed 1 March to 31 July 2014 day by day: {done.new} documents, {done.failed} failed, "
                   f"in {done.seconds:.0f} s.\n")  # fmt: skip
    click.secho("Alerts, in the order in which they were raised", bold=True, underline=True)
    for alert in _in_order(result):
        show_alert(alert)
    click.echo()
    click.secho("Searches in one language, and the best that each finds in several", bold=True, underline=True)
    for found in result.searches:
        click.secho(f"“{found.query}”", bold=True)
        for hit in found.hits:
            day = hit.published.date().isoformat() if hit.published else "undated"
            click.echo(f"    {hit.lang}  {day}  {hit.score:.3f}  {shown(hit.source)}: {shown(hit.title)}")
    click.echo()
    click.echo(f"Briefing, each sentence with its sources: {result.briefing}")
