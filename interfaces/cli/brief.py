"""``vedette brief``."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

import click

from briefing.render import render
from domain.errors import InputError
from interfaces.cli.common import Day, command, echo_json, opened
from service.brief import brief as compose

_SUFFIX = {".md": "md", ".txt": "md", ".html": "html", ".htm": "html", ".json": "json"}


@click.command()
@click.option("--about", help="The subject: countries, or any words.  [default: everything]")
@click.option("--since", type=Day(), help="First day.  [default: a week before --until]")
@click.option("--until", type=Day(), help="The day after the last.  [default: after the newest document]")
@click.option("--as-of", type=Day(), help="Only what was known by the end of this day.")
@click.option("--lang", type=click.Choice(["en", "vi", "fr"]), help="Of the headings and counted sentences.")
@click.option("--format", "form", type=click.Choice(["md", "html", "json"]), help="[default: by -o, else md]")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write it here.")
@command
def brief(
    about: str | None, since: date | None, until: date | None, as_of: date | None,
    lang: Literal["en", "vi", "fr"] | None, form: Literal["md", "html", "json"] | None, output: Path | None,
    home_path: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Write a briefing: what happened, what changed, alerts, what to watch, what is not known.

    Every sentence stands word for word in the passages it cites, or is a count that says what it counts.

    \b
    vedette brief --about "China and Vietnam" --since 2014-05-01 --until 2014-05-12 -o rig.html
    """
    suffix = output.suffix.lower() if output else ".md"
    if not as_json and form is None and suffix not in _SUFFIX:
        raise InputError("its ending says no format; known: " + ", ".join(_SUFFIX), item=str(output), stage="briefing")
    chosen = "json" if as_json else form or _SUFFIX[suffix]
    with opened(home_path) as home:
        made = compose(home, about=about, since=since, until=until, as_of=as_of, lang=lang)
    text = render(made, format=chosen)
    if output is None:
        click.echo(text)
        return
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", item=str(output), stage="briefing") from error
    if as_json:
        echo_json({"briefing": str(output)})
    else:
        click.echo(f"{output}: {len(made.citations)} citations from {made.documents} documents")
