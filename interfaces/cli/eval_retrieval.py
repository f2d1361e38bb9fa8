"""``vedette eval retrieval``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from interfaces.cli.common import command, echo_json, left_out, opened, progress
from interfaces.cli.search import filters_from, with_filters

if TYPE_CHECKING:
    from evaluation.corpus import Answered
    from evaluation.judged import Measured
    from evaluation.retrieval import Interval
    from evaluation.rows import BadLine


@click.command("retrieval")
@click.argument("questions", type=click.Path(path_type=Path), metavar="FILE.jsonl")
@click.option("--corpus", type=click.Path(path_type=Path), metavar="PARAGRAPHS.jsonl",
              help="Ask within these paragraphs, stored in a home made for it, instead of within the data folder.")  # fmt: skip
@click.option("--encoder", "encoders", multiple=True, metavar="NAME",
              help="With --corpus: the encoder; give two to compare them.  [default: the configured one]")  # fmt: skip
@click.option("--mode", "modes", multiple=True, type=click.Choice(["hybrid", "dense", "lexical"]),
              help="Only this mode; may be given again.")  # fmt: skip
@with_filters
@command
def retrieval(
    questions: Path, corpus: Path | None, encoders: tuple[str, ...], modes: tuple[str, ...], home_path: str | None,
    as_json: bool, **filters: Any,
) -> None:  # fmt: skip
    """Search measured on judged questions, by mode and by pair of languages.

    FILE.jsonl has one {"query":..,"relevant":[ids..],"lang":..} a line; PARAGRAPHS.jsonl one {"id":..,"lang":..,"text":..}.
    Printed: the share answered first, the share among the first ten, and the mean reciprocal rank, each with the
    interval in which it lies in 95 of 100 resamplings: over all questions, and by the language of the question and of
    the documents that answer it, asked within the documents of that one language ("first of N").
    A line that cannot be used is named and left out, and the status is then 1.
    """
    from evaluation.judged import measure, read_judged
    from service.search import MODES

    chosen = [mode for mode in MODES if not modes or mode in modes]
    judged, bad = read_judged(questions)
    if corpus is None:
        if encoders:
            raise click.UsageError("--encoder needs --corpus: a data folder holds the vectors of one encoder")
        with opened(home_path) as home, progress(what="asking", as_json=as_json) as tell:
            found = measure(home, judged, filters=filters_from(**filters), modes=chosen, progress=tell)
        if as_json:
            echo_json({**found, "failures": bad} if bad else found)
        else:
            _tables(found, {})
        left_out(bad)
        return
    if any(filters.values()):
        raise click.UsageError("filters are for a data folder, not for --corpus")
    answered = _within(corpus, questions, judged, bad, encoders, chosen, home_path, as_json)
    if as_json:
        echo_json({"encoders": {one.encoder: one.modes for one in answered}, "of": answered[0].of, "failures": bad})
    else:
        for one in answered:
            click.echo(f"encoder {one.encoder}")
            _tables(one.modes, one.of)
        if len(answered) > 1:
            _compared(answered)
    left_out(bad)


def _within(
    corpus: Path, questions: Path, judged: list[Any], bad: list[BadLine], encoders: tuple[str, ...], modes: Any,
    home_path: str | None, as_json: bool,
) -> list[Answered]:  # fmt: skip
    from domain.errors import InputError
    from evaluation.corpus import answerable, measure_corpus, read_corpus
    from service.config import home_folder, load

    settings = load(home_folder(home_path))
    paragraphs, worse = read_corpus(corpus)
    good, unanswered = answerable(paragraphs, judged, item=questions.name)
    bad += [*worse, *unanswered]
    if not good:
        reason = f"holds no question that can be asked here: {bad[-1].error}"
        raise InputError(reason, item=str(questions), stage="eval")
    answered = []
    for name in encoders or (settings.models.encoder,):
        with progress(what=f"measuring {name}", as_json=as_json) as tell:
            answered.append(measure_corpus(paragraphs, good, settings=settings, encoder=name, modes=modes, together=True,
                                           progress=tell))  # fmt: skip
        bad += answered[-1].failures
    return answered


def _cell(x: Interval) -> str:
    return f"{100 * x.mean:5.1f} % ({100 * x.low:4.1f}-{100 * x.high:5.1f})"


def _tables(found: Measured, of: dict[str, int]) -> None:
    names = [name for name in dict.fromkeys(name for own in found.values() for name in own) if ">" not in name]
    pairs = [name for name in dict.fromkeys(name for own in found.values() for name in own) if ">" in name]
    click.echo(f"{'mode':8}  {'lang':5}  {'n':>5}  {'first':>20}  {'first ten':>20}  {'mrr':>20}")
    for mode, by_name in found.items():
        for name in names:
            q = by_name[name]
            click.echo(f"{mode:8}  {name or 'all':5}  {q.n:5}  " + "  ".join(map(_cell, (q.first, q.ten, q.mrr))))
    if not pairs:
        return
    click.echo("\nby pair: the question's language, the documents' language; the share first, the share among ten, mrr")
    click.echo(f"{'pair':11}  {'n':>5}  {'of':>6}  " + "  ".join(f"{mode:>34}" for mode in found))
    for pair in pairs:
        n = max(own[pair].n for own in found.values())
        cells = []
        for own in found.values():
            q = own[pair]
            cells.append(f"{_cell(q.first)}  {100 * q.ten.mean:5.1f}  {100 * q.mrr.mean:5.1f}")
        total = of.get(pair.partition(">")[2])
        click.echo(f"{pair:11}  {n:5}  {total or '':>6}  " + "  ".join(f"{cell:>34}" for cell in cells))
    for mode, own in found.items():
        _matrix(f"{mode}, first", {pair: f"{100 * own[pair].first.mean:.0f}" for pair in pairs})


def _matrix(title: str, cells: dict[str, str]) -> None:
    """Rows: the language asked in; columns: the language of the documents."""
    asked = list(dict.fromkeys(pair.partition(">")[0] for pair in cells))
    answered = list(dict.fromkeys(pair.partition(">")[2] for pair in cells))
    if len(asked) < 2 or len(answered) < 2:
        return
    width = max(4, *(len(cell) for cell in cells.values()))
    click.echo(f"\n{title:12}" + "".join(f"  {lang:>{width}}" for lang in answered))
    for a in asked:
        click.echo(f"{a:12}" + "".join(f"  {cells.get(f'{a}>{b}', ''):>{width}}" for b in answered))


def _compared(answered: list[Answered]) -> None:
    click.echo("\n" + " > ".join(one.encoder for one in answered))
    for mode, own in answered[0].modes.items():
        cells = {
            pair: " > ".join(f"{100 * one.modes[mode][pair].first.mean:.0f}" for one in answered)
            for pair in own
            if ">" in pair
        }
        _matrix(f"{mode}, first", cells)
