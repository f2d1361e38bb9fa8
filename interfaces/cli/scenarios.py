"""``vedette scenarios``."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from domain.errors import InputError
from domain.indicator import SCALES, Indicator, Scale, Scenario, parse_indicator
from domain.jsonable import plain
from domain.time import now
from interfaces.cli.common import Day, command, echo_json, opened, shown
from service import indicators
from service.indicators import Board
from service.names import series_title


@click.group()
def scenarios() -> None:
    """Scenarios: weighted indicators, and their level over time."""


@scenarios.command("add")
@click.argument("name")
@click.option("--title", default="", help="What it is about, in a line.")
@click.option("--indicator", "given", multiple=True, required=True, metavar="SERIES[=WEIGHT]",
              help="dyad:CN-VN/hostile=2, country:VN/intensity, watchlist:oil-rig ... A negative weight counts when the "
                   "series falls.")  # fmt: skip
@click.option("--scale", type=click.Choice(SCALES), default="deviation", show_default=True,
              help="Robust deviation from the own past year (usual: 0), or percentile in it (usual: 50).")  # fmt: skip
@click.option("--window", type=click.IntRange(1, 60), default=7, show_default=True, help="Days a value is taken over.")
@click.option("--revision", type=click.IntRange(0), help="Only if it is still at this revision; 0: only if it is new.")
@command
def add(
    name: str, title: str, given: tuple[str, ...], scale: Scale, window: int, revision: int | None,
    home_path: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Add a scenario, or change the one of this name."""
    one = Scenario(
        name=name, title=title, indicators=tuple(_indicator(text) for text in given), scale=scale, window=window
    )
    with opened(home_path) as home:
        number = indicators.add(home, one, revision=revision)
    if as_json:
        echo_json({**plain(one), "revision": number})
    else:
        click.echo(f"{shown(name)}: revision {number}, {len(one.indicators)} indicators")


def _indicator(text: str) -> Indicator:
    try:
        return parse_indicator(text)
    except ValueError as error:
        raise InputError(str(error), item=text, stage="scenarios") from error


@scenarios.command("list")
@command
def list_(home_path: str | None, as_json: bool) -> None:
    """All scenarios."""
    with opened(home_path) as home:
        found = indicators.listed(home)
    for one, revision in found:
        if as_json:
            echo_json({**plain(one), "revision": revision})
        else:
            series = ", ".join(f"{x.series}={x.weight:g}" for x in one.indicators)
            click.echo(f"{shown(one.name)} (revision {revision}): {shown(one.title)}  {series}")
    if not found and not as_json:
        click.echo("There are no scenarios. `vedette scenarios add` makes one.")


@scenarios.command("show")
@click.argument("name")
@click.option("--as-of", type=Day(), help="The board as known at the end of this day.  [default: today]")
@click.option("--days", type=click.IntRange(1, indicators.MOST_DAYS), default=30, show_default=True)
@command
def show(name: str, as_of: date | None, days: int, home_path: str | None, as_json: bool) -> None:
    """A scenario's level by day, and what each indicator adds to it."""
    with opened(home_path) as home:
        board = indicators.read(home, name, as_of=as_of or now().date(), days=days)
    if as_json:
        echo_json(board_json(board))
        return
    click.secho(f"{shown(board.scenario.name)}  {shown(board.scenario.title)}", bold=True)
    for one in board.states:
        last = one.readings[-1]
        usual = "" if last.usual is None else f" (usual {last.usual:.1f})"
        value = last.gap if last.value is None else f"{last.value:g}{usual}"
        stands = "-" if one.level is None else f"{one.level:.0f}"
        names = series_title(one.indicator.series)
        click.echo(f"    {stands:>4}  weight {one.indicator.weight:+g}  {one.indicator.series}  {names}: {value}; "
                   f"last read {one.newest or 'never'}")  # fmt: skip
    for day in board.days:
        bar = "?" if day.level is None else "#" * round(day.level / 2.5)
        click.echo(f"{day.day}  {'  -' if day.level is None else format(day.level, '3.0f')}  {bar}")


def board_json(board: Board) -> dict[str, Any]:
    """A board as it is printed: the scenario, each indicator as it stands, and the days."""
    return {
        **plain(board.scenario), "revision": board.revision,
        "indicators": [
            {"series": str(x.indicator.series), "weight": x.indicator.weight, "level": x.level,
             **{k: v for k, v in plain(x.readings[-1]).items() if k != "day"}, "newest": plain(x.newest),
             "sources": [{"source": h.source, "state": h.state} for h in x.sources], "origins": list(x.origins)}
            for x in board.states
        ],
        "days": [plain(day) for day in board.days],
    }  # fmt: skip


@scenarios.command("remove")
@click.argument("name")
@command
def remove(name: str, home_path: str | None, as_json: bool) -> None:
    """Delete a scenario."""
    with opened(home_path) as home:
        indicators.remove(home, name)
    echo_json({"removed": name}) if as_json else click.echo(f"removed {shown(name)}")
