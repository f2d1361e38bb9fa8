"""``vedette eval stories``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evaluation.metrics import Score
from interfaces.cli.common import command, echo_json, left_out, opened
from interfaces.cli.search import filters_from, with_filters


@click.command("stories")
@click.argument("known", type=click.Path(path_type=Path), metavar="STORIES.jsonl")
@click.option("--errors", type=click.IntRange(min=0), default=5, show_default=True, help="Examples of what is wrong.")
@with_filters
@command
def stories(known: Path, errors: int, home_path: str | None, as_json: bool, **filters: Any) -> None:
    """How well documents on one happening are found together, against known stories.

    STORIES.jsonl has one document a line, {"document": ID, "story": NAME}: its external id (or id), and a name that is
    alike for all documents on the same happening. Printed: BCubed precision, recall and F1 over all, over documents
    whose happening is told more than once, over pairs of two languages, and by language; then where it went wrong.
    Lines that cannot be used are named, and the status is 1.
    """
    from evaluation.stories import measure, read_gold
    from service.stories import stories as found_by

    gold = read_gold(known)
    with opened(home_path) as home:
        from service.stories import languages_of

        chosen = filters_from(**filters)
        told = found_by(home, filters=chosen)
        spoken = languages_of(home, filters=chosen)
    found: dict[str, str] = {}
    lang: dict[str, str] = {}
    for story in told:
        for document, external in zip(story.document_ids, story.external_ids, strict=True):
            name = external if external is not None and external in gold.story else document
            found[name], lang[name] = story.id, spoken.get(document, "und")
    result = measure(found, gold.story, lang, examples=errors)
    if as_json:
        echo_json({**result.plain(), "failures": gold.bad})
    else:
        click.echo(f"{result.documents} documents of {result.known} known stories lie in {result.found} found ones; "
                   f"{len(result.missing)} documents are not held")  # fmt: skip
        rows: list[tuple[str, Score | None]] = [("all", result.whole), ("told again", result.several),
                                                ("two languages", result.across), *result.by_lang.items()]  # fmt: skip
        for name, score in rows:
            if score is not None:
                click.echo(f"{name:14} precision {100 * score.precision:5.1f} %  recall {100 * score.recall:5.1f} %  "
                           f"F1 {100 * score.f1:5.1f} %")  # fmt: skip
        for one, parts in result.errors.mixed:
            click.echo(f"mixed: {one}: " + ", ".join(f"{name} ({n})" for name, n in parts))
        for one, parts in result.errors.parted:
            click.echo(f"parted: {one}: " + ", ".join(f"{name} ({n})" for name, n in parts))
    left_out(gold.bad)
