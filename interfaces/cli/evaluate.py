"""``vedette eval``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from interfaces.cli.common import command, echo_json, opened
from interfaces.cli.search import filters_from, with_filters


@click.group("eval")
def evaluate() -> None:
    """Measure quality on your own judged data."""


@evaluate.command("retrieval")
@click.argument("questions", type=click.Path(path_type=Path), metavar="FILE.jsonl")
@with_filters
@command
def retrieval(questions: Path, home_path: str | None, as_json: bool, **filters: Any) -> None:
    """Search measured on judged questions, by mode and by language of the question.

    FILE.jsonl has one {"query":..,"relevant":[external ids..],"lang":..} a line. Printed: the share answered first, the share among the
    first ten, and the mean reciprocal rank, each with the interval in which it lies in 95 of 100 resamplings.
    """
    from evaluation.judged import measure, read_judged

    judged = read_judged(questions)
    with opened(home_path) as home:
        found = measure(home, judged, filters=filters_from(**filters))
    if as_json:
        echo_json(found)
        return
    click.echo(f"{'mode':8}  {'lang':4}  {'n':>5}  {'first':>20}  {'first ten':>20}  {'mrr':>20}")
    for mode, by_language in found.items():
        for lang, q in by_language.items():
            cells = "  ".join(
                f"{100 * x.mean:5.1f} % ({100 * x.low:4.1f}-{100 * x.high:4.1f})" for x in (q.first, q.ten, q.mrr)
            )
            click.echo(f"{mode:8}  {lang or 'all':4}  {q.n:5}  {cells}")
