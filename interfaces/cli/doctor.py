"""``vedette doctor``."""

from __future__ import annotations

import sys

import click

from interfaces.cli.common import FAILED, command, echo_json, opened, shown
from service import embedding, spellings
from service.doctor import examine

_COLOURS = {"ok": "green", "warning": "yellow", "broken": "red"}


@click.command()
@click.option("--embed", is_flag=True, help="Make the vectors that passages lack, as after a change of encoder.")
@click.option("--rebuild", is_flag=True, help="Make the vector index anew from the store.")
@click.option("--repair", is_flag=True, help="Show each name as the least strict documents that have it spell it.")
@command
def doctor(embed: bool, rebuild: bool, repair: bool, home_path: str | None, as_json: bool) -> None:
    """Check the store, the models, the index against the store, and the sources. Status 1 when something is broken."""
    with opened(home_path) as home:
        if embed:
            click.echo(f"{embedding.embed(home).made} vectors made", err=True)
        if rebuild:
            home.rebuild_index()
        if repair:
            click.echo(f"{spellings.repair(home)} names put right", err=True)
        found = examine(home)
    for one in found:
        if as_json:
            echo_json(one)
        else:
            click.echo(
                f"{click.style(f'{one.state:8}', fg=_COLOURS[one.state])} {shown(one.what)}: {shown(one.detail)}"
            )
    if any(one.state == "broken" for one in found):
        sys.exit(FAILED)
