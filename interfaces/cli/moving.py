"""``vedette export``, ``import``, ``backup``, ``purge`` and ``audit``."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

from domain.errors import InputError
from domain.jsonable import plain
from domain.label import Label, parse_label
from interfaces.cli.common import FAILED, Day, command, echo_json, opened, progress, shown
from service.export import FORMATS

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("folder", type=_PATH)
@click.option("--format", "encoding", type=click.Choice(FORMATS), default="jsonl", show_default=True,
              help="jsonl and parquet hold everything and can be imported; csv is documents, events and alerts for a spreadsheet.")  # fmt: skip
@click.option("--clearance", metavar="L", help="Nothing above this label; never above the reader's own.")
@command
def export(folder: Path, encoding: str, clearance: str | None, home_path: str | None, as_json: bool) -> None:
    """Write everything that this reader may see into a new FOLDER, with a manifest of hashes.

    It is written beside it as FOLDER.partial and renamed last: what is called FOLDER is whole. Settings (vedette.toml)
    and saved briefings are not in it.
    """
    from service.export import export as write

    level = _label(clearance, option="--clearance")
    with opened(home_path) as home, progress(what="export", as_json=as_json) as tell:
        made = write(home, folder, encoding=encoding, clearance=level, progress=tell)
    if as_json:
        echo_json({"folder": str(folder.absolute()), **made.plain()})
        return
    rows = sum(file.rows for file in made.files.values())
    size = sum(file.bytes for file in made.files.values())
    click.echo(f"{rows:,} rows, {size:,} bytes in {len(made.files)} files, up to {made.clearance.text}: {folder}")


@click.command("import")
@click.argument("path", type=_PATH)
@command
def import_(path: Path, home_path: str | None, as_json: bool) -> None:
    """Take in an export's folder or a backup's file: an empty home becomes what it was, another is merged with it.

    What is held is not doubled, labels never fall. All or nothing is taken in; hashes and rows are checked first.
    """
    from service.restore import restore

    with opened(home_path) as home, progress(what="import", as_json=as_json) as tell:
        done = restore(home, path, progress=tell)
    if as_json:
        echo_json(done.plain())
        return
    added = {name: n for name, n in done.added.items() if n > 0}
    how = "into an empty home" if done.whole else "merged"
    click.echo(f"{how}: " + (", ".join(f"{n:,} {name}" for name, n in added.items()) or "nothing that was not held"))


@click.command()
@click.argument("file", type=_PATH)
@command
def backup(file: Path, home_path: str | None, as_json: bool) -> None:
    """Write the database into a new FILE, while others read and write, and examine it page by page.

    \b
    To restore it:  vedette import FILE --home NEW_FOLDER
    or put it into an empty home folder as vedette.db. The search index is made anew from it. Settings, saved briefings
    and alerts.jsonl are files beside the database and are copied as such.
    """
    from service.backup import backup as write

    with opened(home_path) as home:
        made = write(home, file)
    if as_json:
        echo_json(made.plain())
    else:
        click.echo(f"{made.documents:,} documents, {made.bytes:,} bytes, SHA-256 {made.sha256}: {made.path}")


@click.command()
@click.option("--before", type=Day(), required=True, help="What was last published (else known) before this day goes.")
@click.option("--source", metavar="NAME", help="Only documents of this source.")
@click.option("--label", metavar="L", help="Only documents with exactly this label.")
@click.option("--keep-evidence", is_flag=True, help="Keep the documents behind open alerts.")
@click.option("--dry-run", is_flag=True, help="Say what would go; change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@command
def purge(
    before: date, source: str | None, label: str | None, keep_evidence: bool, dry_run: bool, yes: bool,
    home_path: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Remove old documents with all that was made of them, so that nothing of them is left in any file of the home.

    Versions, passages, words, vectors, names, events, alerts' evidence, lines in alerts.jsonl, saved briefings that
    cite them, failed items. What stays: audit lines with their ids, what alerts counted, coded events of tables, and
    every backup and export made before.
    """
    from service.purge import Terms, plan, told
    from service.purge import purge as remove

    terms = Terms(before=before, source=source, label=_label(label, option="--label"), keep_evidence=keep_evidence)
    with opened(home_path) as home:
        going = plan(home, terms)
        if dry_run:
            _tell(terms.plain() | going.plain(), as_json=as_json, what="would go")
            return
        if not yes:
            _tell(terms.plain() | going.plain(), as_json=False, what="will go", err=True)
            if not _can_ask():
                raise InputError("needs --yes where nobody can be asked", item="--yes", stage="purge")
            click.confirm("This cannot be undone. Remove them?", abort=True, err=True)
        with progress(what="purge", as_json=as_json) as tell:
            going, done = remove(home, terms, progress=tell)
    _tell(terms.plain() | told(going, done), as_json=as_json, what="gone")
    if not done.complete:
        click.echo("vedette: another process still reads an older state; run it again to clear the rest", err=True)
        sys.exit(FAILED)


@click.command()
@click.option("--action", metavar="A", help="Only one kind: delete, purge, export, import, backup, relabel ...")
@click.option("--limit", type=click.IntRange(min=1), default=200, show_default=True, help="The newest so many.")
@command
def audit(action: str | None, limit: int, home_path: str | None, as_json: bool) -> None:
    """What was deleted, purged, relabelled, exported, imported, backed up and acknowledged, newest first.

    \b
    vedette audit --action export
    vedette audit --json --limit 1000
    """
    from service.audit import lines

    with opened(home_path) as home:
        found = lines(home, action=action, limit=limit)
    for row in found:
        if as_json:
            echo_json({**row._mapping, "detail": _detail(row.detail)})
        else:
            click.echo(f"{row.at:%Y-%m-%d %H:%M:%S}  {row.action:16} {shown(row.subject)}  {shown(row.detail)}")


def _can_ask() -> bool:
    return sys.stdin.isatty()


def _detail(text: str) -> Any:
    """Lines of these commands tell their figures as JSON, others say a word."""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return found if isinstance(found, dict) else text


def _label(text: str | None, *, option: str) -> Label | None:
    try:
        return None if text is None else parse_label(text)
    except ValueError as error:
        raise InputError(str(error), item=option) from error


def _tell(value: dict[str, Any], *, as_json: bool, what: str, err: bool = False) -> None:
    if as_json:
        echo_json(value)
        return
    span = ""
    if value["oldest"] is not None:
        span = f", from {plain(value['oldest'])[:10]} to {plain(value['newest'])[:10]}"
    click.echo(f"{what}: {value['documents']:,} documents and {value['copies']:,} copies{span}; "
               f"{value['kept_as_evidence']:,} kept as evidence of open alerts", err=err)  # fmt: skip
    for name, n in value["by_source"].items():
        click.echo(f"  {n:8,} {shown(name)}", err=err)
