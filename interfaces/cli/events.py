"""``vedette events``."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from domain.errors import InputError
from domain.time import end_of
from index.store import events as store
from interfaces.cli.common import FAILED, Day, command, echo_json, event_json, opened, progress, shown
from interfaces.cli.ingest import report
from service.names import country_code
from service.pipeline import ingest
from service.reading import Options


@click.group()
def events() -> None:
    """Coded events: who did what to whom."""


@events.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE.csv...")
@click.option("--source", metavar="NAME", help="The table's name.")
@command
def import_(files: tuple[str, ...], source: str | None, home_path: str | None, as_json: bool) -> None:
    """Take in event tables: ICEWS columns, or GDELT 1.0 and 2.0 exports; .gz and .xz too."""
    for one in files:
        if not Path(one).is_file():
            raise InputError("no such file", item=one, stage="fetch")
    with opened(home_path) as home, progress(what="events", as_json=as_json) as tell:
        summary = ingest(home, files, options=Options(kind="events", source=source), progress=tell)
    report(summary, as_json=as_json)
    if summary.failed:
        sys.exit(FAILED)


@events.command("list")
@click.option("--country", metavar="CODE|NAME", help="Events of this country, by it or to it.")
@click.option("--dyad", metavar="A,B", help="Events between two countries, either way.")
@click.option("--since", type=Day(), help="On this day or later.")
@click.option("--until", type=Day(), help="Before this day.")
@click.option("--as-of", type=Day(), help="Only what was known by the end of this day.")
@click.option("-n", "limit", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many.")
@command
def list_(
    country: str | None, dyad: str | None, since: date | None, until: date | None, as_of: date | None, limit: int,
    home_path: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Events, newest first."""
    pair = None if dyad is None else tuple(country_code(part) for part in dyad.split(","))
    if pair is not None and len(pair) != 2:
        raise InputError("a dyad is two countries: A,B", item=dyad or "")
    with opened(home_path) as home, home.read() as c:
        rows = store.listed(
            c, country=None if country is None else country_code(country), dyad=pair, since=since, until=until,
            as_of=None if as_of is None else end_of(as_of), clearance=home.settings.reader.clearance, limit=limit,
        )  # fmt: skip
    for row in rows:
        if as_json:
            echo_json(event_json(row))
        else:
            click.echo(f"{row.day}  {row.cameo:4} {row.goldstein if row.goldstein is not None else '':>5}  "
                       f"{shown(row.source_actor)} -> {shown(row.target_actor)}")  # fmt: skip
