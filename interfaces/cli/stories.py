"""``vedette stories``: what tells the same happening, how each side tells it, and what operators decide on it."""

from __future__ import annotations

import getpass
from typing import Any

import click

from domain.errors import NotFoundError
from domain.jsonable import plain
from domain.label import Label
from domain.story import StoryView
from interfaces.cli.common import Day, command, echo_json, opened, progress, shown
from interfaces.cli.search import filters_from, with_filters


@click.group(invoke_without_command=True)
@with_filters
@click.pass_context
@command
def stories(ctx: click.Context, /, home_path: str | None, as_json: bool, **filters: Any) -> None:
    """Documents about the same happening, across languages; with --json one object a line.

    \b
    vedette stories --since 2014-05-01 --until 2014-05-12
    vedette stories show s3f5...            headline, days, sources, how each side tells it
    vedette stories changes                 what was merged and split, and why
    vedette stories merge s3f5... s81c...   they are one; it is remembered
    """
    if ctx.invoked_subcommand is not None:
        return
    from service.stories import stories as found_by

    with opened(home_path) as home:
        found = found_by(home, filters=filters_from(**filters))
    for one in found:
        if as_json:
            value = plain(one)
            echo_json({"story_id": value.pop("id"), **value})
        elif len(one.document_ids) > 1:
            days = f"{one.first:%Y-%m-%d} to {one.last:%Y-%m-%d}"
            click.secho(shown(one.title), bold=True)
            click.echo(f"    {one.id}  {len(one.document_ids)} documents  {', '.join(one.languages)}  {days}")


@stories.command("show")
@click.argument("story_id")
@click.option("--lang", metavar="CODE", help="Headline in this language where there is one.  [default: as briefings]")
@click.option("--as-of", type=Day(), help="As it was known by the end of this day.")
@command
def show(story_id: str, lang: str | None, as_of: Any, home_path: str | None, as_json: bool) -> None:
    """A story (or the story of a document): headline, days, languages, sources, how each side tells it, changes."""
    from domain.time import end_of
    from service.story_view import story

    with opened(home_path) as home:
        found = story(home, story_id, lang=lang, as_of=None if as_of is None else end_of(as_of))
    if found is None:
        raise NotFoundError("no such story", item=story_id, stage="stories")
    if as_json:
        value = plain(found)
        echo_json({"story_id": value.pop("id"), **value})
    else:
        show_story(found)


def show_story(one: StoryView) -> None:
    """Print a story for a person."""
    click.secho(shown(one.headline), bold=True)
    click.echo(f"{one.id}  {one.first:%Y-%m-%d} to {one.last:%Y-%m-%d}  {one.state}")
    for name, counts in (("languages", one.languages), ("sources", one.sources), ("outlets of", one.outlet_countries),
                         ("names", one.countries)):  # fmt: skip
        click.echo(f"{name}: " + shown(", ".join(f"{what} {n}" for what, n in counts)))
    for day in one.timeline:
        copies = f" ({day.copies} of them copies)" if day.copies else ""
        click.echo(f"{day.day}: {day.documents} documents{copies}")
        if day.new is not None:
            click.echo(f"    new: {shown(day.new.text)[:300]}  [{shown(day.new.source)}, passage {day.new.passage_id}]")
    for account in one.accounts:
        by = "outlets of" if account.basis == "country" else "in"
        click.secho(f"{by} {account.side} ({account.documents} documents)", bold=True)
        for told in account.contrasts:
            only = ", ".join((*told.figures, *told.names))
            click.echo(f"    {shown(told.quote.text)[:300]}  [{shown(told.quote.source)}, passage "
                       f"{told.quote.passage_id}]" + (f"  only here: {shown(only)}" if only else ""))  # fmt: skip
    for document in one.documents:
        label = "" if document.label is Label.OPEN else f"  [{document.label.text.upper()}]"
        copy = "  copy" if document.copy else ""
        click.echo(f"  {document.at:%Y-%m-%d %H:%M}  {document.lang}  {shown(document.source)}: "
                   f"{shown(document.title)}  {document.document_id}{copy}{label}")  # fmt: skip
    for change in one.changes:
        click.echo(change_line(change))


def change_line(change: Any) -> str:
    """A change on one line."""
    who = "" if change.by is None else f" by {shown(change.by)}"
    what = {"merged": f"{change.other_id} into {change.story_id}", "split": f"{change.story_id} from {change.other_id}",
            "moved": f"{change.document_id} from {change.other_id} to {change.story_id}"}[change.what]  # fmt: skip
    figures = ", ".join(f"{name} {value}" for name, value in change.figures.items())
    told = f"{change.at:%Y-%m-%d %H:%M}  {change.what} {what}{who}: {shown(change.reason)}"
    return told + (f" ({figures})" if figures else "")


@stories.command("changes")
@click.option("--story", "story_id", metavar="ID", help="Only those of this story.")
@click.option("--as-of", type=Day(), help="Only what was known by the end of this day.")
@command
def changes(story_id: str | None, as_of: Any, home_path: str | None, as_json: bool) -> None:
    """Merges, splits and moves with their reasons, oldest first; with --json one object a line."""
    from domain.time import end_of
    from service.story_view import changes as found_by

    with opened(home_path) as home:
        found = found_by(home, story=story_id, as_of=None if as_of is None else end_of(as_of))
    for one in found:
        if as_json:
            echo_json(one)
        else:
            click.echo(change_line(one))


_BY = click.option("--by", metavar="NAME", help="Who decides.  [default: the user of this machine]")
_NOTE = click.option("--note", default="", metavar="TEXT", help="Why.")


@stories.command("merge")
@click.argument("first")
@click.argument("second")
@_BY
@_NOTE
@command
def merge(first: str, second: str, by: str | None, note: str, home_path: str | None, as_json: bool) -> None:
    """Two stories are one, from now on and for good."""
    from service.story_edits import merge as decide

    with opened(home_path) as home:
        told(decide(home, first, second, by=by or getpass.getuser(), note=note), as_json=as_json)


@stories.command("split")
@click.argument("story_id")
@click.option("--documents", required=True, metavar="ID,ID ...", help="The documents that are another story.")
@_BY
@_NOTE
@command
def split(
    story_id: str, documents: str, by: str | None, note: str, home_path: str | None, as_json: bool
) -> None:  # fmt: skip
    """Some documents of a story are another one, from now on and for good."""
    from service.story_edits import split as decide

    chosen = documents.replace(",", " ").split()
    with opened(home_path) as home:
        told(decide(home, story_id, chosen, by=by or getpass.getuser(), note=note), as_json=as_json)


@stories.command("move")
@click.argument("document_id")
@click.option("--to", "story_id", required=True, metavar="ID", help="The story that it belongs to.")
@_BY
@_NOTE
@command
def move(
    document_id: str, story_id: str, by: str | None, note: str, home_path: str | None, as_json: bool
) -> None:  # fmt: skip
    """A document belongs to another story, from now on and for good."""
    from service.story_edits import move as decide

    with opened(home_path) as home:
        told(decide(home, document_id, story_id, by=by or getpass.getuser(), note=note), as_json=as_json)


def told(story: str, *, as_json: bool) -> None:
    """Say which story the documents are in now."""
    if as_json:
        echo_json({"story_id": story})
    else:
        click.echo(f"now {story}")


@stories.command("update")
@command
def update(home_path: str | None, as_json: bool) -> None:
    """Put what is not in a story yet into one; an ingest and ``watch`` do it by themselves."""
    from dataclasses import asdict

    from service.story_placing import place

    with opened(home_path) as home, progress(what="stories", as_json=as_json) as tell:
        done = asdict(place(home, progress=tell))
    if as_json:
        echo_json(done)
    else:
        click.echo(", ".join(f"{name} {n}" for name, n in done.items()))
