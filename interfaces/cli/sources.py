"""``vedette sources``."""

from __future__ import annotations

from datetime import date, timedelta

import click

from domain.document import Filters
from domain.errors import InputError
from domain.source import Source
from domain.time import end_of, now
from index.store import sources as store
from interfaces.cli.common import FAILED, Day, command, echo_json, opened, progress, shown
from interfaces.cli.ingest import report
from service.pipeline import follow
from service.reading import is_url
from service.search import seen_by


@click.group()
def sources() -> None:
    """Where documents come from, and how each source is doing."""


@sources.command("add")
@click.argument("url")
@click.option("--name", help="The source's name.  [default: the address]")
@click.option("--lang", metavar="CODE", help="Its language.")
@click.option("--country", metavar="CODE", help="Its country, ISO 3166.")
@click.option("--reliability", type=click.Choice(list("ABCDEF")), default="F", show_default=True,
              help="A (completely reliable) to F (cannot be judged).")  # fmt: skip
@command
def add(
    url: str, name: str | None, lang: str | None, country: str | None, reliability: str, home_path: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Follow a feed; `vedette sources read` reads all that are followed."""
    if not is_url(url):
        raise InputError("a source that is followed needs an http or https address", item=url, stage="fetch")
    source = Source(name=name or url, kind="feed", url=url, lang=lang, country=country, reliability=reliability)
    with opened(home_path) as home, home.write() as c:
        store.follow(c, source, at=now())
    if as_json:
        echo_json(source)
    else:
        click.echo(f"following {shown(source.name)}")


@sources.command("list")
@command
def list_(home_path: str | None, as_json: bool) -> None:
    """All sources."""
    with opened(home_path) as home, home.read() as c:
        rows = [dict(row._mapping) for row in store.listed(c, clearance=home.settings.reader.clearance)]
    if as_json:
        echo_json(rows)
        return
    for row in rows:
        mark = "followed" if row["followed"] else "        "
        click.echo(f"{mark}  {shown(row['name'])}  {row['url'] or ''}")


@sources.command("health")
@click.option("--as-of", type=Day(), help="As things stood at the end of this day.")
@command
def health(as_of: date | None, home_path: str | None, as_json: bool) -> None:
    """How each source is doing: healthy, quiet, failing or never read, and how old its newest content is."""
    with opened(home_path) as home, home.read() as c:
        at = now() if as_of is None else end_of(as_of)
        rows = store.health(c, at=at, filters=seen_by(home, Filters(as_of=at)))
    if as_json:
        echo_json(rows)
        return
    for one in rows:
        newest = "nothing yet" if one.content_age is None else f"newest {ago(one.content_age)} old"
        error = f"  {shown(one.last_error)}" if one.last_error else ""
        click.echo(f"{one.state:10}  {shown(one.source):32}  {one.documents:6} documents  {newest}{error}")


@sources.command("remove")
@click.argument("name")
@command
def remove(name: str, home_path: str | None, as_json: bool) -> None:
    """Stop following a source; its documents stay."""
    with opened(home_path) as home, home.write() as c:
        store.unfollow(c, name)
    if as_json:
        echo_json({"removed": name})
    else:
        click.echo(f"no longer following {shown(name)}")


@sources.command("read")
@click.argument("names", nargs=-1)
@command
def read(names: tuple[str, ...], home_path: str | None, as_json: bool) -> None:
    """Read the followed sources now: all, or those named."""
    with opened(home_path) as home, progress(what="sources", as_json=as_json) as tell:
        summary = follow(home, names, progress=tell)
    report(summary, as_json=as_json)
    if summary.failed:
        raise SystemExit(FAILED)


@sources.command("failures")
@command
def failures(home_path: str | None, as_json: bool) -> None:
    """Items that failed and have not succeeded since; `vedette ingest --retry` tries them again."""
    with opened(home_path) as home, home.read() as c:
        rows = [dict(row._mapping) for row in store.failures(c)]
    if as_json:
        echo_json(rows)
        return
    for row in rows:
        click.echo(f"{shown(row['item'])} [{row['stage']}]: {shown(row['error'])} (tried {row['tries']} times)")


def ago(age: timedelta) -> str:
    """A span of time in words."""
    hours = age.total_seconds() / 3600
    if hours < 1:
        return f"{max(0, round(hours * 60))} minutes"
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"
