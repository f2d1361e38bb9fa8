"""``vedette events``."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from domain.errors import InputError
from domain.label import Label, parse_label
from domain.time import end_of, start_of
from index.store import events as store
from ingest.dedup import canonical_url
from ingest.gdelt_lists import CONTENTS
from interfaces.cli.common import FAILED, Day, command, echo_json, event_json, event_line, opened, progress, shown
from interfaces.cli.ingest import report
from service.event_stats import event_stats
from service.names import country_code
from service.tables import follow_list, import_tables, load_mapping


@click.group()
def events() -> None:
    """Coded events: who did what to whom."""


@events.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE.csv...")
@click.option("--source", metavar="NAME", help="The table's name.")
@click.option("--mapping", metavar="FILE.toml|ucdp|acled",
              help="How the columns are read, where they are not those of a table that is known.")  # fmt: skip
@click.option("--label", metavar="L", help="open, restricted, confidential, secret or top secret.")
@command
def import_(
    files: tuple[str, ...], source: str | None, mapping: str | None, label: str | None, home_path: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Take in tables of coded events, packed as .gz, .xz or .zip or not at all.

    Known by their columns: ICEWS; GDELT 1.0 and 2.0 events, mentions and Knowledge Graph; UCDP GED; ACLED. Any other
    table needs a mapping of its own: a TOML file, written as the bundled ones are.
    """
    for one in files:
        if not Path(one).is_file():
            raise InputError("no such file", item=one, stage="fetch")
    said = None if mapping is None else load_mapping(mapping)
    level = chosen_label(label)
    with opened(home_path) as home, progress(what="events", as_json=as_json) as tell:
        summary = import_tables(home, files, source=source, mapping=said, label=level, progress=tell)
    report(summary, as_json=as_json)
    if summary.failed:
        sys.exit(FAILED)


@events.command()
@click.argument("place", metavar="LIST")
@click.option("--since", type=Day(), help="Files of this day or later.")
@click.option("--until", type=Day(), help="Files before this day.")
@click.option("--only", type=click.Choice(CONTENTS), multiple=True, help="Only these tables.  [default: all]")
@click.option("--source", metavar="NAME", help="The table's name.")
@click.option("--allow-host", "allow_hosts", multiple=True, metavar="HOST",
              help="Fetch from this host though its address is not public.")  # fmt: skip
@command
def gdelt(
    place: str, since: date | None, until: date | None, only: tuple[str, ...], source: str | None,
    allow_hosts: tuple[str, ...], home_path: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Fetch and take in the tables that one of GDELT 2.0's lists names.

    LIST is a file or an address: lastupdate.txt (the last quarter of an hour), masterfilelist.txt (all since 2015; give
    --since), or those of translated news. Each table is checked against the size and MD5 of the list. To be called
    every quarter of an hour: what is held already is not taken twice.
    """
    with opened(home_path) as home, progress(what="rows", as_json=as_json) as tell:
        summary = follow_list(
            home, place, since=None if since is None else start_of(since),
            until=None if until is None else start_of(until),
            contents=only or CONTENTS, source=source, allow_hosts=allow_hosts, progress=tell,
        )  # fmt: skip
    report(summary, as_json=as_json)
    if summary.failed:
        sys.exit(FAILED)


@events.command("code")
@click.option("--since", type=Day(), help="Documents of this day or later.")
@click.option("--until", type=Day(), help="Documents before this day.")
@click.option("--again", is_flag=True, help="Also what was coded already.")
@command
def code_(since: date | None, until: date | None, again: bool, home_path: str | None, as_json: bool) -> None:
    """Code events from the ingested text: who did what to whom, in every language that the encoder reads.

    What was coded already is left; killed, it goes on where it was.
    """
    from service.coding import code

    with opened(home_path) as home, progress(what="documents", as_json=as_json) as tell:
        summary = code(home, since=since, until=until, again=again, progress=tell)
    if as_json:
        echo_json(summary.plain())
    else:
        kinds = ", ".join(f"{name} {count}" for name, count in summary.by_type.most_common())
        click.echo(f"{summary.events} events from {summary.documents} documents in {summary.seconds:.1f} s  {kinds}")
        for one in summary.failures:
            click.echo(f"failed: {shown(one['item'])}: {shown(one['error'])}", err=True)
    if summary.failures:
        sys.exit(FAILED)


@events.command("list")
@click.option("--country", metavar="CODE|NAME", help="Events of this country, by it or to it.")
@click.option("--dyad", metavar="A,B", help="Events between two countries, either way.")
@click.option("--since", type=Day(), help="On this day or later.")
@click.option("--until", type=Day(), help="Before this day.")
@click.option("--as-of", type=Day(), help="Only what was known by the end of this day.")
@click.option("-n", "limit", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many.")
@click.option("--stats", is_flag=True, help="By table: how many, of which types, how many actors without a country.")
@command
def list_(
    country: str | None, dyad: str | None, since: date | None, until: date | None, as_of: date | None, limit: int,
    stats: bool, home_path: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Events, newest first; or what is held of them."""
    if stats:
        with opened(home_path) as home, home.read() as c:
            figures = event_stats(c, since=since, until=until, as_of=None if as_of is None else end_of(as_of),
                                  clearance=home.settings.reader.clearance)  # fmt: skip
        for one in figures:
            if as_json:
                echo_json(one)
            else:
                kinds = ", ".join(f"{name} {n}" for name, n in one["by_type"].items())
                click.echo(f"{shown(one['origin']):12}  {one['events']:8} events  {one['actors']:8} actors, "
                           f"{100 * one['without_country']:.1f} % without a country  {kinds}")  # fmt: skip
        return
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
            click.echo(event_line(row))


@events.command()
@click.argument("event")
@click.option("--as-of", type=Day(), help="Only what was known by the end of this day.")
@command
def mentions(event: str, as_of: date | None, home_path: str | None, as_json: bool) -> None:
    """The articles that mention an event (its id, as `vedette events list --json` shows it)."""
    with opened(home_path) as home, home.read() as c:
        rows = store.mentions_of(
            c, event, as_of=None if as_of is None else end_of(as_of), clearance=home.settings.reader.clearance
        )
    for row in rows:
        if as_json:
            echo_json(event_json(row))
        else:
            click.echo(f"{row.at:%Y-%m-%d %H:%M}  {row.confidence:3} %  {shown(row.outlet)}  {shown(row.identifier)}")


@events.command()
@click.option("--url", metavar="URL", help="What the tables say of this article.")
@click.option("--country", metavar="CODE|NAME", help="Articles that name this country.")
@click.option("--theme", metavar="CODE", help="Articles that carry this theme.")
@click.option("--since", type=Day(), help="On this day or later.")
@click.option("--until", type=Day(), help="Before this day.")
@click.option("--as-of", type=Day(), help="Only what was known by the end of this day.")
@command
def articles(
    url: str | None, country: str | None, theme: str | None, since: date | None, until: date | None, as_of: date | None,
    home_path: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Articles of GDELT's Knowledge Graph: of one address, or how many a day with their mean tone."""
    moment = None if as_of is None else end_of(as_of)
    with opened(home_path) as home, home.read() as c:
        clearance = home.settings.reader.clearance
        if url is not None:
            for row in store.article_facts(c, canonical_url(url) or url, as_of=moment, clearance=clearance):
                if as_json:
                    echo_json(event_json(row))
                else:
                    click.echo(f"{row.at:%Y-%m-%d %H:%M}  {shown(row.outlet)}  {shown(row.title)}  "
                               f"{shown(', '.join(row.themes[:8]))}")  # fmt: skip
            return
        days = store.article_days(
            c, country=None if country is None else country_code(country), theme=theme, since=since, until=until,
            as_of=moment, clearance=clearance,
        )  # fmt: skip
    for day, (count, tone) in sorted(days.items()):
        if as_json:
            echo_json({"day": day, "articles": count, "tone": tone})
        else:
            click.echo(f"{day}  {count:6}  {'' if tone is None else format(tone, '6.2f')}")


def chosen_label(text: str | None) -> Label | None:
    """The label that was named.

    Raises:
        InputError: there is none of this name.
    """
    try:
        return None if text is None else parse_label(text)
    except ValueError as error:
        raise InputError(str(error), item="--label") from error
