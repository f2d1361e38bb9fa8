"""``vedette dashboard``."""

from __future__ import annotations

import sys

import click

from interfaces.cli.common import command, echo_json, opened


@click.command()
@click.option("--address", help="Where to listen.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help="[default: 8501]")
@command
def dashboard(address: str | None, port: int | None, home_path: str | None, as_json: bool) -> None:
    """Open the dashboard: overview, search, alerts, documents, briefing. Nothing is fetched from elsewhere."""
    from interfaces.dashboard.launch import launch

    with opened(home_path) as home:
        settings, folder = home.settings.dashboard, home.path
    at, on = address or settings.address, port or settings.port
    url = f"http://{at}:{on}"
    echo_json({"dashboard": url}) if as_json else click.echo(f"Dashboard: {url}   (Ctrl-C ends it)")
    sys.exit(launch(folder, address=at, port=on))
