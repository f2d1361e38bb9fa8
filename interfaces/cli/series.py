"""``vedette series``."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from alerts.adjust import NOT_READ
from domain.alert import MEASURES, Measure, SeriesKey, parse_series
from domain.errors import InputError
from domain.jsonable import plain
from interfaces.cli.common import Day, command, echo_json, opened, shown
from service.names import country_code, series_title

if TYPE_CHECKING:
    from service.series import Line, SeriesView

_BAR = 24


@click.command()
@click.argument("key", metavar="SERIES")
@click.option("--measure", type=click.Choice(MEASURES), help="What of it is counted, where SERIES does not say it.  "
                                                             "[default: documents; for A>B hostile]")  # fmt: skip
@click.option("--since", type=Day(), help="From this day on.  [default: 30 days before the end]")
@click.option("--until", type=Day(), help="Before this day.  [default: up to --as-of]")
@click.option("--as-of", type=Day(), help="By what was known by the end of this day.  [default: today]")
@click.option("--adjusted", is_flag=True, help="Draw the adjusted values, not what was counted.")
@command
def series(
    key: str, measure: Measure | None, since: date | None, until: date | None, as_of: date | None, adjusted: bool,
    home_path: str | None, as_json: bool,
) -> None:  # fmt: skip
    """A series by day: what was counted, how much was read, and what is left without weekday and growth.

    SERIES is a country (Vietnam), a pair either way (China,Vietnam), by the first to the second (China>Vietnam), or
    written out: dyad:CN-VN/hostile, directed:CN-VN/intensity, country:VN, type:THREATEN, entity:iso:VN,
    watchlist:oil-rig.

    The expected value is the level of the weeks before, of as much reading and on such a weekday; the adjusted one is
    what would have been counted on a day without a weekday, had as much been read as before the first day shown. Both
    rest on what was known before the day. A day of which nothing was read is a gap, not a calm day.
    """
    from service.series import view

    wanted = key_of(key, measure)
    with opened(home_path) as home:
        found = view(home, wanted, since=since, until=until, as_of=as_of)
    if as_json:
        for line in found.lines:
            echo_json(line_json(line, found, adjusted=adjusted))
        return
    _print(found, adjusted=adjusted)


def key_of(text: str, measure: Measure | None) -> SeriesKey:
    """The series that was named, countries by code or name.

    Raises:
        InputError: the text names no series, or names another measure. QueryError: a country is unknown.
    """
    try:
        key = parse_series(text.strip())
    except ValueError:
        key = _of_countries(text)
    else:
        if key.kind in ("country", "dyad", "directed"):
            codes = [country_code(part) for part in key.subject]
            key = replace(key, subject=tuple(codes if key.kind == "directed" else sorted(codes)))
    if measure is None:
        return key if ":" in text or key.kind != "directed" else replace(key, measure="hostile")
    if key.measure not in ("documents", measure):
        raise InputError(f"it counts {key.measure} already, not {measure}", item=text, stage="series")
    return replace(key, measure=measure)


def _of_countries(text: str) -> SeriesKey:
    directed = ">" in text
    codes = [country_code(part) for part in text.split(">" if directed else ",")]
    if len(codes) == 1:
        return SeriesKey("country", (codes[0],))
    if len(codes) == 2 and codes[0] != codes[1]:
        return SeriesKey("directed", tuple(codes)) if directed else SeriesKey("dyad", tuple(sorted(codes)))
    raise InputError("a pair is two countries: A,B, or A>B for what the first does to the second", item=text,
                     stage="series")  # fmt: skip


def line_json(line: Line, found: SeriesView, *, adjusted: bool) -> dict[str, Any]:
    """A day as it is printed; ``value`` is None for a gap, and with ``adjusted`` the adjusted value."""
    day = line.day
    return {
        "series": str(found.key), "day": plain(day.day), "value": _round(day.adjusted if adjusted else day.value),
        "count": _round(day.value), "expected": _round(day.expected), "adjusted": _round(day.adjusted),
        "exposure": {"unit": found.unit, "read": round(day.read), "usual": _round(day.usual_read),
                     "documents": line.documents, "events": line.events, "sources": line.sources},
        "weekday_factor": _round(day.weekday), "reference": _round(found.reference), "as_of": plain(found.as_of),
        "flags": list(day.flags),
    }  # fmt: skip


def _round(value: float | None) -> float | int | None:
    if value is None:
        return None
    return int(value) if value == int(value) else round(value, 3)


def _print(found: SeriesView, *, adjusted: bool) -> None:
    what = {"documents": found.unit, "intensity": "sum of Goldstein values"}.get(
        found.key.measure, f"{found.key.measure} events"
    )
    title = series_title(found.key)
    name = title.replace(" – ", " → ") if found.key.kind == "directed" else title
    click.secho(f"{shown(name)}: {what} a day, as known at the end of {found.as_of}  ({found.key})", bold=True)
    if found.newest is None:
        click.echo("nothing has been read; `vedette ingest` and `vedette events import` take in what is told")
    elif found.newest < found.as_of:
        click.echo(f"nothing was read of the days after {found.newest}")
    if found.unit == "documents" and not any(line.documents for line in found.lines) and found.newest is not None:
        click.echo("no documents were read of these days; --measure hostile counts coded events")
    elif found.newest is not None and not found.known:
        click.echo("nothing counts for it in these days or the year before: never told of, or misspelt")
    if found.reference is not None:
        click.echo(f"adjusted to {found.reference:.1f} {found.unit} read a day")
    click.echo(
        f"{'day':14} {'count':>7} {'expected':>9} {'adjusted':>9} {'documents':>10} {'events':>7} {'sources':>8}"
    )
    values = [_drawn(line, adjusted) for line in found.lines]
    most = max((abs(x) for x in values if x is not None), default=0.0)
    for line, value in zip(found.lines, values, strict=True):
        day = line.day
        bar = "" if value is None or most == 0 else ("#" if value > 0 else "-") * round(abs(value) / most * _BAR)
        bar = "?" if NOT_READ in day.flags else bar
        said = f"  {', '.join(day.flags)}" if day.flags else ""
        click.echo(
            f"{day.day:%Y-%m-%d %a} {_number(day.value, found):>7} {_short(day.expected):>9} {_short(day.adjusted):>9} "
            f"{line.documents:>10} {line.events:>7} {line.sources:>8}  {bar:{_BAR}}{said}".rstrip()
        )


def _drawn(line: Line, adjusted: bool) -> float | None:
    return line.day.adjusted if adjusted else line.day.value


def _number(value: float | None, found: SeriesView) -> str:
    return "-" if value is None else f"{value:.1f}" if found.key.measure == "intensity" else f"{value:.0f}"


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


__all__ = ["key_of", "line_json", "series"]
