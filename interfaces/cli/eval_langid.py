"""``vedette eval langid``."""

from __future__ import annotations

from pathlib import Path

import click

from interfaces.cli.common import command, echo_json, left_out, progress, shown


@click.command("langid")
@click.argument("texts", type=click.Path(path_type=Path), metavar="FILE")
@command
def langid(texts: Path, home_path: str | None, as_json: bool) -> None:
    """Language identification measured on texts whose language is known.

    FILE has one {"text":..,"lang":..} a line, or (FILE.tsv) a language, a tab and the text. What follows the code
    ("vi-plain") names a group of its own; "und" is right where nobody could tell.
    Printed: the share told rightly over all, by language and by length in characters, and what the others were taken
    for. A line that cannot be used is named and left out, and the status is then 1.
    """
    from evaluation.langid import LENGTHS, measure, read_labelled
    from models.langid import LanguageDetector

    labelled, bad = read_labelled(texts)
    with progress(what="telling", as_json=as_json) as tell:
        told = measure(LanguageDetector(), labelled, progress=tell)
    if as_json:
        echo_json({**told.plain(), "failures": bad})
    else:
        names = [name for _, name in LENGTHS if name in told.by_length]
        click.echo(
            f"{'lang':12}  {'n':>6}  {'right':>7}  " + "  ".join(f"{name:>10}" for name in names) + "  taken for"
        )
        rows = [("all", told.all, told.by_length)]
        for lang, own in told.by_lang.items():
            rows.append((lang, own, {name: told.by_both[lang, name] for name in names if (lang, name) in told.by_both}))
        for lang, tally, lengths in rows:
            cells = (f"{100 * lengths[name].share:8.1f} %" if name in lengths else "" for name in names)
            taken = ", ".join(f"{code} {n}" for code, n in tally.taken_for.most_common(4)) if lang != "all" else ""
            click.echo(f"{shown(lang):12}  {tally.n:6}  {100 * tally.share:5.1f} %  "
                       + "  ".join(f"{cell:>10}" for cell in cells) + f"  {taken}")  # fmt: skip
    left_out(bad)
