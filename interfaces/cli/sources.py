"""``vedette sources``."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click

from domain.document import Filters
from domain.errors import InputError, StoreError
from domain.jsonable import plain
from domain.label import Label, parse_label
from domain.source import HEALTH_STATES, Source
from domain.time import end_of, now
from index.store import sources as store
from interfaces.cli.common import FAILED, Day, command, echo_json, opened, progress, shown
from interfaces.cli.ingest import report
from service import following
from service.search import seen_by
from service.wiring import Home

_LISTED = ("name", "kind", "url", "followed", "lang", "country", "region", "category", "reliability", "label", "added",
           "last_attempt", "last_success", "failures", "last_error", "next_check", "interval", "retired",
           "retired_reason", "moved_from", "settings")  # fmt: skip


@click.group()
def sources() -> None:
    """Where documents come from, and how each source is doing."""


@sources.command("add")
@click.argument("target", required=False, metavar="[URL|PAGE|FOLDER|imaps://USER@HOST/FOLDER]")
@click.option("--name", help="The source's name.  [default: the address, or the folder's name]")
@click.option(
    "--kind", metavar="K", help="feed, sitemap, folder, imap, gdelt, or a reader's kind. Looked for otherwise."
)
@click.option("--lang", "langs", multiple=True, metavar="CODE", help="Its language; with --bundled, which ones.")
@click.option("--country", "countries", multiple=True, metavar="CODE", help="Its country, ISO 3166; likewise.")
@click.option("--region", "regions", multiple=True, help="Its region; likewise.")
@click.option(
    "--category", "categories", multiple=True, help="world news, foreign ministry, organisation ...; likewise."
)
@click.option("--reliability", type=click.Choice(list("ABCDEF")), default="F", show_default=True,
              help="A (completely reliable) to F (cannot be judged).")  # fmt: skip
@click.option("--label", metavar="L", help="Label of all that is read from it, and of its name.")
@click.option(
    "--articles",
    type=click.Choice(["off", "auto", "always"]),
    help="Whether linked pages are read.  [default: as configured]",
)
@click.option("--known", type=click.Choice(["published", "now"]), help="When its dated items count as known.")
@click.option(
    "--mapping", type=click.Path(path_type=Path), metavar="FILE", help="Which columns of its tables mean what."
)
@click.option("--allow-host", "allow_hosts", multiple=True, metavar="HOST",
              help="Fetch from this host though its address is not public.")  # fmt: skip
@click.option("--set", "extra", multiple=True, metavar="KEY=VALUE",
              help="A mailbox's settings: password_env, password_file, security, since ...")  # fmt: skip
@click.option("--bundled", is_flag=True, help="Follow the feeds that come with Vedette: all, or those chosen.")
@command
def add(
    target: str | None, name: str | None, kind: str | None, langs: tuple[str, ...], countries: tuple[str, ...],
    regions: tuple[str, ...], categories: tuple[str, ...], reliability: str, label: str | None, articles: str | None,
    known: str | None, mapping: Path | None, allow_hosts: tuple[str, ...], extra: tuple[str, ...], bundled: bool,
    home_path: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Follow a source; `vedette sources read` reads it now, `vedette watch` when it is due.

    \b
    vedette sources add https://example.org/world.rss        a feed; of a page the best feed it names
    vedette sources add ~/cables --name "Embassy Paris"      a folder, watched for new and changed files
    vedette sources add imaps://desk@mail.example/INBOX --set password_file=/run/secrets/desk
    vedette sources add --bundled --lang vi --lang fr        of the feeds that come with Vedette
    """
    if bundled == (target is not None):
        raise InputError("name what to follow, or give --bundled", stage="sources")
    with opened(home_path) as home:
        if bundled:
            from ingest.catalogue import bundled as catalogue
            from ingest.catalogue import choose

            chosen = choose(catalogue().feeds, langs=langs, regions=regions, categories=categories, countries=countries)
            if not chosen:
                raise InputError("no bundled feed fits", item=", ".join((*langs, *regions, *categories, *countries)))
            _added(following.add(home, [feed.source() for feed in chosen]), as_json=as_json)
            return
        assert target is not None
        for values, option in (
            (langs, "--lang"),
            (countries, "--country"),
            (regions, "--region"),
            (categories, "--category"),
        ):
            if len(values) > 1:
                raise InputError("is given more than once, which only --bundled can use", item=option)
        settings: dict[str, Any] = {"articles": articles, "known": known, "allow_hosts": list(allow_hosts)}
        if extra:
            settings["imap"] = following.told(extra, item=target)
        if mapping is not None:
            settings["mapping"] = _mapping(mapping)
        source = Source(
            name=name or "", kind=kind or "", lang=_one(langs), country=_one(countries), region=_one(regions),
            category=_one(categories), reliability=reliability, label=_label(label),
            settings={key: value for key, value in settings.items() if value},
        )  # fmt: skip
        found = following.look_at(home, target, source)
        done = following.add(home, [found.source])
    names = done.followed or done.already
    if as_json:
        others = [{"url": one.url, "title": one.title} for one in found.others]
        echo_json(
            {
                **plain(found.source),
                "name": names[0],
                "already": not done.followed,
                "note": found.note,
                "others": others,
            }
        )
        return
    click.echo(f"{'following' if done.followed else 'followed already:'} {shown(names[0])}")
    if found.note:
        click.echo(f"  {shown(found.note)}")
    for one in found.others[:10]:
        click.echo(f"  it also names {shown(one.url)}  {shown(one.title)}")


def _one(values: tuple[str, ...]) -> str | None:
    return values[0] if values else None


def _label(text: str | None) -> Label:
    try:
        return parse_label(text)
    except ValueError as error:
        raise InputError(str(error), item="--label") from error


def _mapping(path: Path) -> dict[str, Any]:
    from ingest.columns import read_mapping

    try:
        return dict(read_mapping(path.read_text("utf-8"), name=str(path)))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", item=str(path), stage="sources") from error


def _added(done: following.Added, *, as_json: bool) -> None:
    if as_json:
        echo_json({"followed": list(done.followed), "already": list(done.already)})
        return
    already = f", {len(done.already)} were followed already" if done.already else ""
    click.echo(f"following {len(done.followed)} more sources{already}")


@sources.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@command
def import_(file: Path, home_path: str | None, as_json: bool) -> None:
    """Follow every feed of an OPML list."""
    with opened(home_path) as home:
        _added(following.add(home, following.imported(file)), as_json=as_json)


@sources.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@command
def export(file: Path, home_path: str | None, as_json: bool) -> None:
    """Write the followed feeds as an OPML list."""
    with opened(home_path) as home:
        data, n = following.exported(home)
    try:
        file.write_bytes(data)
    except OSError as error:
        raise StoreError(f"cannot be written: {error.strerror}", item=str(file), stage="sources") from error
    if as_json:
        echo_json({"exported": n, "file": str(file)})
    else:
        click.echo(f"{n} feeds in {shown(str(file))}")


@sources.command("list")
@command
def list_(home_path: str | None, as_json: bool) -> None:
    """All sources."""
    with opened(home_path) as home, home.read() as c:
        rows = store.listed(c, clearance=home.settings.reader.clearance)
    if as_json:
        echo_json([{key: _value(key, getattr(row, key)) for key in _LISTED} for row in rows])
        return
    for row in rows:
        mark = "retired " if row.followed and row.retired else "followed" if row.followed else "        "
        click.echo(f"{mark}  {shown(row.name)}  {shown(row.url or '')}")


def _value(key: str, value: Any) -> Any:
    return bool(value) if key == "followed" else Label(value) if key == "label" else value


@sources.command("health")
@click.option("--as-of", type=Day(), help="As things stood at the end of this day.")
@command
def health(as_of: date | None, home_path: str | None, as_json: bool) -> None:
    """How each source is doing, the worst first: failing, changed layout, never read, quiet, retired or healthy.

    Quiet is a source whose newest content is older than three times its usual gap, though it may answer: days of the
    week on which it never publishes are not counted.
    """
    with opened(home_path) as home, home.read() as c:
        at = now() if as_of is None else end_of(as_of)
        rows = store.health(c, at=at, filters=seen_by(home, Filters(as_of=at)))
    rows.sort(key=lambda one: (HEALTH_STATES.index(one.state), one.source))
    if as_json:
        echo_json(rows)
        return
    for one in rows:
        newest = "nothing yet" if one.content_age is None else f"newest {ago(one.content_age)} old"
        usual = "" if one.usual_gap is None else f", usually every {ago(one.usual_gap)}"
        copies = f", {one.duplicates:.0%} copies" if one.duplicates else ""
        click.echo(f"{one.state:14}  {shown(one.source):32}  {one.documents:6} documents  {newest}{usual}{copies}")
        for reason in one.reasons[:1] if one.failures else ():
            times = "once" if one.failures == 1 else f"{one.failures} times in a row"
            click.echo(f"{'':14}  failed {times}: {shown(reason)}")
        if one.note:
            click.echo(f"{'':14}  {shown(one.note)}")


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


@sources.command("retry-retired")
@click.argument("names", nargs=-1)
@command
def retry_retired(names: tuple[str, ...], home_path: str | None, as_json: bool) -> None:
    """Ask retired sources again: all, or those named."""
    with opened(home_path) as home, home.write() as c:
        n = store.retry_retired(c, names)
    if as_json:
        echo_json({"asked_again": n})
    else:
        click.echo(f"{n} sources will be asked again")


@sources.command("read")
@click.argument("names", nargs=-1)
@click.option("--full", is_flag=True, help="Read everything again, whatever their servers say has not changed.")
@command
def read(names: tuple[str, ...], full: bool, home_path: str | None, as_json: bool) -> None:
    """Read the followed sources now: all, or those named."""
    with opened(home_path) as home, progress(what="sources", as_json=as_json) as tell:
        summary = _read(home, names, full=full, tell=tell)
    report(summary, as_json=as_json)
    if summary.failed:
        raise SystemExit(FAILED)


def _read(home: Home, names: tuple[str, ...], *, full: bool, tell: Any) -> Any:
    from interfaces.cli.watch import stopping
    from service.rounds import read_now

    stop = threading.Event()
    with stopping(stop):
        return read_now(home, names, full=full, progress=tell, stop=stop)


@sources.command("failures")
@command
def failures(home_path: str | None, as_json: bool) -> None:
    """Items that failed and have not succeeded since; `vedette ingest --retry` tries them again."""
    with opened(home_path) as home, home.read() as c:
        rows = [dict(row._mapping) for row in store.failures(c, clearance=home.settings.reader.clearance)]
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
