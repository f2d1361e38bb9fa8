"""``vedette eval entities``."""

from __future__ import annotations

from pathlib import Path

import click

from interfaces.cli.common import command, echo_json, left_out, opened


@click.command("entities")
@click.argument("judged", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--kind", type=click.Choice(["jsonl", "conll"]), help="What FILE is.  [default: by its name]")
@click.option("--lang", metavar="XX", help="Language of the sentences; CoNLL needs it.")
@click.option("--part", help="Only this part of a JSONL file.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N sentences a language, evenly taken.")
@click.option("--worst", type=click.IntRange(min=1), metavar="N", help="Show the N commonest misses and wrong names.")
@command
def entities(
    judged: Path, kind: str | None, lang: str | None, part: str | None, limit: int | None, worst: int | None,
    home_path: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Finding and linking of names measured on sentences whose names or countries are known.

    FILE is CoNLL (a token and its tag B-PER, I-LOC, O ... a line, an empty line between sentences; --lang says the
    language), or JSONL with one {"lang":..,"text":..,"entities":[{"start":..,"end":..,"kind":"person","id":..}],
    "countries":["VN"]} a line, where entities, ids and countries may each be left out.
    Printed by language and type: precision, recall and F1 of names with both ends and the type right, F1 of names of
    the right type that overlap; precision and recall of countries; the share of ids that are right.
    A line that cannot be used is named and left out, and the status is then 1.
    """
    from evaluation.entities import TYPES, measure, read_conll, read_jsonl

    if kind is None:
        kind = "jsonl" if judged.suffix in (".jsonl", ".json") else "conll"
    if kind == "conll" and lang is None:
        raise click.UsageError("CoNLL does not say its language: give --lang")
    if kind == "conll":
        sentences, bad = read_conll(judged, lang=lang or "")
    else:
        sentences, bad = read_jsonl(judged, lang=lang, part=part)
    with opened(home_path) as home:
        found = measure(sentences, recognisers=home.recognisers, gazetteer=home.gazetteer, limit=limit)
    if as_json:
        echo_json({lang: counts.plain() for lang, counts in found.items()})
    for code, counts in () if as_json else found.items():
        click.echo(f"{code}: {counts.sentences} sentences")
        for type_ in (None, *TYPES) if counts.asked else ():
            exact, partial = counts.tally("exact", type_), counts.tally("partial", type_)
            score = exact.score
            click.echo(f"  {type_ or 'all':13} precision {100 * score.precision:5.1f} %  recall {100 * score.recall:5.1f} %"
                       f"  F1 {100 * score.f1:5.1f} %  ({exact.right} of {exact.found} found, {exact.told} told)"
                       f"  overlapping F1 {100 * partial.score.f1:5.1f} %")  # fmt: skip
        if any(counts.countries):
            right, taken, told = counts.countries
            click.echo(f"  {'countries':13} precision {100 * right / max(taken, 1):5.1f} %"
                       f"  recall {100 * right / max(told, 1):5.1f} %  ({right} of {taken} found, {told} told)")  # fmt: skip
        if counts.ids[1]:
            click.echo(f"  {'ids':13} {100 * counts.ids[0] / counts.ids[1]:5.1f} % of {counts.ids[1]} right")
        for title, names in (("missed", counts.missed), ("wrong", counts.wrong)) if worst else ():
            for name, n in names.most_common(worst):
                click.echo(f"  {title} {n} x {name}")
    left_out(bad)
