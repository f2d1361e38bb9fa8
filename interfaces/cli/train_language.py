"""``vedette models train-language``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interfaces.cli.common import FAILED, command, echo_json, opened, shown

if TYPE_CHECKING:
    from service.languages import Taught


@click.command("train-language")
@click.argument("files", nargs=-1, required=True, metavar="PARALLEL.tsv...",
                type=click.Path(path_type=Path, exists=True, dir_okay=False))  # fmt: skip
@click.option("--lang", required=True, metavar="CODE", help="The language to teach (ISO 639).")
@click.option("--columns", type=click.IntRange(100, 200_000), default=24_000, show_default=True,
              help="Words and pairs of words that it weighs; each takes 512 bytes.")  # fmt: skip
@click.option("--keep", is_flag=True, help="Take the part into use even where it finds no more than there was.")
@command
def train_language(
    files: tuple[Path, ...], lang: str, columns: int, keep: bool, home_path: str | None, as_json: bool
) -> None:
    """Teach the default encoder a language that it does not know, from parallel text.

    A file is a table with tabs (also .gz, .xz); its heading names a column by the language's code and at least one by
    the code of a language that the encoder knows. A column doc says which rows are of one text. Documents kept out of
    the training show what was gained. Passages are then embedded anew in the background (`vedette models status`).

    A part that finds no more than the encoder does without it is not taken into use, and the status is then 1.
    """
    from service import languages

    with opened(home_path) as home, _bars(as_json=as_json) as tell:
        taught = languages.teach(home, files, lang=lang, columns=columns, keep=keep, progress=tell)
    if as_json:
        echo_json(taught)
    else:
        _tell(taught)
    if taught.warning:
        click.secho(f"warning: {shown(taught.warning)}", err=True, fg="yellow")
    if not taught.kept:
        click.echo("--keep takes it into use all the same; more parallel text may help", err=True)
        sys.exit(FAILED)


def _tell(taught: Taught) -> None:
    size = f"{taught.size / 1e6:.1f} MB" if taught.kept else "not kept"
    click.echo(f"{shown(taught.name)}: learned from {taught.pairs} pairs, {size}")
    found, lang = taught.found, taught.lang
    if found is None:
        return
    click.echo(f"of {found.n} texts kept out, the right one first:")
    click.echo(f"  asked in {lang}: {found.forth:.1f} % (without the part {found.before_forth:.1f} %)")
    click.echo(f"  asked in {lang} without marks: {found.bare:.1f} %")
    click.echo(f"  asked in the other language: {found.back:.1f} % (without the part {found.before_back:.1f} %)")


@contextmanager
def _bars(*, as_json: bool) -> Iterator[Callable[[str, int, int], None]]:
    if as_json or not sys.stderr.isatty():
        yield lambda what, done, total: None
        return
    from tqdm import tqdm

    with tqdm(file=sys.stderr, leave=False, dynamic_ncols=True) as bar:

        def tell(what: str, done: int, total: int) -> None:
            if bar.desc != f"{what}: ":
                bar.reset(total)
                bar.set_description(what)
            bar.update(done - bar.n)

        yield tell
