"""``vedette ingest``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import click

from domain.errors import InputError
from domain.label import parse_label
from ingest.columns import read_mapping
from interfaces.cli.common import FAILED, UNUSABLE, command, echo_json, opened, progress, shown
from interfaces.cli.stopping import stoppable
from service.pipeline import Summary
from service.pipeline import ingest as take_in
from service.pipeline import retry as try_again
from service.reading import Options


@click.command()
@click.argument("inputs", nargs=-1, metavar="PATH|URL|OPML...")
@click.option("--kind", metavar="K", help="Force a reader: feed, sitemap, opml, text, markdown, html, pdf, docx, "
              "odt, rtf, picture, mail, mbox, msg, archive, csv, xlsx, json, jsonl, tei, telegram, events. Told from the "
              "content otherwise.")  # fmt: skip
@click.option("--source", metavar="NAME", help="The source's name, where the input does not say it.")
@click.option(
    "--label", metavar="L", help="open, restricted, confidential, secret or top secret; raises, never lowers."
)
@click.option("--allow-host", "allow_hosts", multiple=True, metavar="HOST",
              help="Fetch from this host though its address is not public.")  # fmt: skip
@click.option("--known", type=click.Choice(["auto", "published", "now"]), default="auto", show_default=True,
              help="When dated items count as known: from their publication (archives), from now on (live), or as "
              "fits the input.")  # fmt: skip
@click.option("--mapping", metavar="FILE", help="TOML (or JSON) that says which columns of a CSV or XLSX mean what: "
              "text = \"{Lead} {Body}\", title = \"Headline\", published = \"Date\" ...")  # fmt: skip
@click.option("--retry", is_flag=True, help="Try again what failed before (see `vedette sources failures`).")
@command
def ingest(
    inputs: tuple[str, ...], kind: str | None, source: str | None, label: str | None, allow_hosts: tuple[str, ...],
    known: Literal["auto", "published", "now"], mapping: str | None, retry: bool, home_path: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Take in files, folders, feeds and lists of feeds, each into documents.

    One broken item never stops the rest: it is listed with its stage and reason, kept, and can be tried again with
    --retry. An exact duplicate is counted and noted as a copy, a changed text becomes a new version. Ctrl-C (or
    SIGTERM) ends after the current batch, with the summary of what was stored; the same command goes on from there.

    \b
    vedette ingest https://example.org/world.rss          a live feed
    vedette ingest ~/cables --source "Embassy Paris"      one's own folder: texts, PDFs and scans, Word, mail, archives ...
    vedette ingest feeds.opml                             every feed of a list, followed from now on
    vedette ingest archive.jsonl                          one object a line with text, id, title, published ...
    vedette ingest press.xlsx --mapping press.toml        a document a row, by the names of its columns or a mapping
    """
    if retry == bool(inputs):
        raise InputError("give what to take in, or --retry", stage="fetch")
    try:
        chosen = None if label is None else parse_label(label)
    except ValueError as error:
        raise InputError(str(error), item="--label") from error
    options = Options(kind=kind, source=source, label=chosen, allow_hosts=allow_hosts, known=known,
                      mapping=None if mapping is None else _mapping(mapping))  # fmt: skip
    with stoppable() as asked, opened(home_path) as home, progress(what="ingest", as_json=as_json) as tell:
        if retry:
            summary = try_again(home, progress=tell, stop=asked)
        else:
            summary = take_in(home, inputs, options=options, progress=tell, stop=asked)
    report(summary, as_json=as_json)
    if summary.stopped:
        sys.exit(asked.status)
    if summary.failed:
        nothing = not (summary.new or summary.updated or summary.duplicate or summary.events)
        sys.exit(UNUSABLE if nothing and len(inputs) == summary.failed == 1 else FAILED)


def _mapping(path: str) -> Mapping[str, Any]:
    try:
        return read_mapping(Path(path).read_text("utf-8"), name=path)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the mapping cannot be read: {error}", item=path) from error


def report(summary: Summary, *, as_json: bool) -> None:
    """Print what an ingest did."""
    if as_json:
        echo_json(summary.plain())
        return
    figures: dict[str, Any] = summary.plain()
    events = f", {figures['events']} events" if figures["events"] else ""
    stopped = "stopped early: " if summary.stopped else ""
    click.echo(f"{stopped}{figures['new']} new, {figures['updated']} updated, {figures['duplicate']} duplicate, "
               f"{figures['failed']} failed{events} in {figures['seconds']} s")  # fmt: skip
    for one in summary.failures:
        click.echo(f"  {shown(one['item'])} [{one['stage']}]: {shown(one['error'])}", err=True)
