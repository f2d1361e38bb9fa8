"""``vedette eval``."""

from __future__ import annotations

from pathlib import Path

import click

from interfaces.cli.common import command, echo_json, left_out, opened
from interfaces.cli.eval_entities import entities
from interfaces.cli.eval_forecasts import forecasts
from interfaces.cli.eval_langid import langid
from interfaces.cli.eval_retrieval import retrieval
from interfaces.cli.eval_stories import stories


@click.group("eval")
def evaluate() -> None:
    """Measure quality on your own judged data."""


evaluate.add_command(entities)
evaluate.add_command(forecasts)
evaluate.add_command(langid)
evaluate.add_command(retrieval)
evaluate.add_command(stories)


@evaluate.command("events")
@click.argument("cases", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--kind", type=click.Choice(["cases", "gsr", "petr"]), default="cases", show_default=True, help="What FILE is."
)
@click.option("--part", type=click.Choice(["dev", "test"]), help="Only this part of the cases.")
@command
def events(cases: Path, kind: str, part: str | None, home_path: str | None, as_json: bool) -> None:
    """Coding of events from text measured on sentences whose events are known.

    FILE has one {"lang":..,"text":..,"events":[{"source":"CN","target":"VN","type":"ASSAULT","modality":"done"}]} a line
    (kind cases), or is the PLOVER gold standard (gsr) or PETRARCH's validation records (petr: actors only).
    Printed: precision, recall and F1 with everything right, with actors and type right, with the actors right; then by
    language, by type, and which CAMEO roots were taken for which.
    A line of cases that cannot be used is named and left out, and the status is then 1.
    """
    from evaluation.coding import measure, read_cases, read_gsr, read_petr
    from evaluation.rows import BadLine
    from service.coding import coder_of

    bad: list[BadLine] = []
    if kind == "cases":
        found, bad = read_cases(cases, part=part)
    else:
        found = read_gsr(cases) if kind == "gsr" else read_petr(cases)
    with opened(home_path) as home:
        result = measure(coder_of(home), home.gazetteer, found)
    if as_json:
        echo_json({**result.plain(), "failures": bad})
        left_out(bad)
        return
    rows = [("all right", result.whole), ("typed", result.typed), ("actors", result.paired), ("types", result.types),
            *result.by_lang.items(), *result.by_type.items()]  # fmt: skip
    click.echo(f"{result.cases} cases")
    for name, tally in rows:
        score = tally.score
        click.echo(f"{name:10}  precision {100 * score.precision:5.1f} %  recall {100 * score.recall:5.1f} %  "
                   f"F1 {100 * score.f1:5.1f} %  ({tally.right} of {tally.found} found, {tally.told} told)")  # fmt: skip
    if result.silent is not None:
        click.echo(f"sentences without events left without: {100 * result.silent:.1f} %")
    for (told, taken), n in sorted(result.confusion.items()):
        if told != taken:
            click.echo(f"root {told} taken for {taken}: {n}")
    left_out(bad)
