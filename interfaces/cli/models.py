"""``vedette models``."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from domain.errors import InputError
from domain.jsonable import plain
from interfaces.cli.common import command, echo_json, opened, shown
from interfaces.cli.train_language import train_language


@click.group()
def models() -> None:
    """Models: list, show, add; change the encoder that searches go by; teach it a language."""


models.add_command(train_language)


@models.command("list")
@command
def list_(home_path: str | None, as_json: bool) -> None:
    """The built-in models and those of this home, with what is in use."""
    from service import catalogue

    with opened(home_path) as home:
        found = catalogue.listed(home)
    for one in found:
        if as_json:
            echo_json(one)
            continue
        notes = [one.version, one.licence, *(["in use"] if one.used else []), *([one.trouble] if one.trouble else [])]
        click.echo(f"{shown(one.name):22} {one.task:11} {', '.join(shown(note) for note in notes)}")


@models.command("show")
@click.argument("name")
@command
def show(name: str, home_path: str | None, as_json: bool) -> None:
    """A model's card: what it is, where it comes from, what it is good for and what not."""
    from service import catalogue

    with opened(home_path) as home:
        manifest, card = catalogue.described(home, name)
    if as_json:
        echo_json({**plain(manifest), "card": card})
    else:
        click.echo(card.rstrip())


@models.command("status")
@command
def status(home_path: str | None, as_json: bool) -> None:
    """Which encoder searches go by, which one is wanted, and how far its vectors are."""
    from service import embedding

    with opened(home_path) as home:
        found = embedding.standing(home)
    for one in found:
        if as_json:
            echo_json(one)
            continue
        what = "in use" if one.active else "wanted" if one.wanted else "kept"
        state = "" if one.active or one.state == "none" else f", {one.state}"
        trouble = f": {shown(one.error)}" if one.error else ""
        click.echo(f"{what:7} {shown(one.encoder)}: {one.vectors} of {one.passages} passages, "
                   f"{one.size / 1e6:.1f} MB{state}{trouble}")  # fmt: skip
    if not as_json and not any(one.wanted and one.active for one in found) and any(one.wanted for one in found):
        click.echo("`vedette models embed` makes what is lacking; `vedette watch` does so in the background.")


@models.command("use")
@click.argument("name")
@command
def use(name: str, home_path: str | None, as_json: bool) -> None:
    """Want another encoder: a model of the list, a folder, or a hub id that is on this machine.

    It is taken into use when all passages have their vectors; until then searches go by the one they went by.
    """
    from service import embedding

    with opened(home_path) as home:
        chosen = name
        if name not in home.encoders.own() and Path(name).is_dir():
            chosen = str(Path(name).absolute())
        done = embedding.use(home, chosen)
        found = {one.encoder: one for one in embedding.standing(home)}
    one = found.get(done.encoder)
    lacking = 0 if one is None else one.passages - one.vectors
    if as_json:
        echo_json({"encoder": done.encoder, "in_use": done.complete, "lacking": lacking})
    elif done.complete:
        click.echo(f"{shown(done.encoder)} is in use")
    else:
        click.echo(f"{shown(done.encoder)} is wanted; {lacking} passages lack a vector by it. `vedette models embed` makes "
                   "them now, `vedette watch` in the background")  # fmt: skip


@models.command("embed")
@click.option(
    "--minutes", type=click.FloatRange(min=0, min_open=True), help="Stop after so many; run it again to go on."
)
@click.option("--stop", "halt", is_flag=True, help="Ask whoever makes vectors to stop, and nobody to go on.")
@command
def embed(minutes: float | None, halt: bool, home_path: str | None, as_json: bool) -> None:
    """Make the vectors that passages lack, and take the wanted encoder into use once it has them all.

    It may be stopped or killed at any moment: a second run makes only what is lacking.
    """
    from service import embedding

    with opened(home_path) as home:
        if halt:
            asked = embedding.stop(home)
            if as_json:
                echo_json({"stopped": asked})
            else:
                click.echo("it stops after the lot under way" if asked else "there is nothing to stop")
            return
        wanted = [one for one in embedding.standing(home) if one.wanted or one.active]
        total = sum(one.passages - one.vectors for one in wanted)
        from interfaces.cli.watch import stopping

        asked_to_stop = threading.Event()
        with stopping(asked_to_stop), _bar(total, as_json=as_json) as tell:
            done = embedding.embed(home, seconds=None if minutes is None else 60 * minutes, progress=tell,
                                   stop=asked_to_stop.is_set)  # fmt: skip
        found = embedding.standing(home)
    left = sum(one.passages - one.vectors for one in found if one.wanted or one.active)
    if as_json:
        echo_json({"made": done.made, "reused": done.reused, "lacking": left,
                   "in_use": next((one.encoder for one in found if one.active), "")})  # fmt: skip
    else:
        click.echo(f"{done.made} vectors made, {done.reused} taken over, {left} lacking; in use is "
                   f"{shown(next((one.encoder for one in found if one.active), '?'))}")  # fmt: skip


@contextmanager
def _bar(total: int, *, as_json: bool) -> Iterator[Callable[[int, str], None] | None]:
    if as_json or not sys.stderr.isatty() or not total:
        yield None
        return
    from tqdm import tqdm

    with tqdm(desc="vectors", total=total, unit=" passages", file=sys.stderr, leave=False, dynamic_ncols=True) as bar:

        def tell(done: int, encoder: str) -> None:
            bar.set_postfix_str(encoder[:40], refresh=False)
            bar.update(max(0, done - bar.n))

        yield tell


@models.command("prune")
@command
def prune(home_path: str | None, as_json: bool) -> None:
    """Remove the vectors of encoders that are neither in use nor wanted. Changing back then makes them anew."""
    from service import embedding

    with opened(home_path) as home:
        gone = embedding.prune(home)
    if as_json:
        echo_json({name: {"vectors": n, "bytes": size} for name, (n, size) in gone.items()})
        return
    for name, (n, size) in gone.items():
        click.echo(f"{shown(name)}: {n} vectors removed, {size / 1e6:.1f} MB that the database keeps for what comes")
    if not gone:
        click.echo("there are none but those in use")


@models.command("add")
@click.argument("name")
@click.option("--path", "folder", help="The folder with its files.")
@click.option("--hub", help="Its id on a hub (owner/name): a copy on this machine, or fetched where that is allowed.")
@click.option("--task", type=click.Choice(["encoder", "recogniser"]), default="encoder", show_default=True)
@click.option("--engine", type=click.Choice(["sentence-transformers", "transformers", "gliner"]),
              help="What runs it.  [default: sentence-transformers for an encoder, transformers for a recogniser]")  # fmt: skip
@click.option("--query-prefix", help="Put before every query.  [default: as its folder says, else as its family wants]")
@click.option("--passage-prefix", help="Put before every passage.")
@click.option("--dimension", type=click.IntRange(1), help="Keep so many of its first columns (a Matryoshka model).")
@click.option("--half", is_flag=True, help="Numbers of 16 bits.")
@click.option("--device", help="auto, cpu, cuda, cuda:1 ...  [default: as [models] says]")
@click.option("--max-words", type=click.IntRange(0), help="Cut longer texts at a word bound.")
@click.option("--max-tokens", type=click.IntRange(0), help="What it reads at most.")
@click.option("--language", "languages", multiple=True, metavar="CODE", help="A language it reads; none: all.")
@click.option("--label", "labels", multiple=True, metavar="LABEL=KIND",
              help="Of a recogniser: what a label of it is: person, place, organisation, or nothing (PER=person, MISC=).")  # fmt: skip
@click.option("--threshold", type=click.FloatRange(0, 1, max_open=True), help="Of a recogniser: how sure it must be.")
@click.option("--licence", help="Its licence.")
@command
def add(
    name: str, folder: str | None, labels: tuple[str, ...], languages: tuple[str, ...], dimension: int | None,
    home_path: str | None, as_json: bool, **said: Any,
) -> None:  # fmt: skip
    """Add a model of one's own; it is looked at, and for an encoder or recogniser loaded, before it is kept."""
    from service import catalogue

    record = {key: value for key, value in said.items() if value not in (None, False)}
    if folder is not None:
        record["path"] = str(Path(folder).expanduser().absolute())
    if dimension is not None:
        record["truncate"] = dimension
    if languages:
        record["languages"] = list(languages)
    if labels:
        if odd := [one for one in labels if "=" not in one]:
            raise InputError("is not LABEL=KIND", item=odd[0], stage="models")
        record["labels"] = dict(one.rsplit("=", 1) for one in labels)
    with opened(home_path) as home:
        made, what = catalogue.add(home, name, record)
    if as_json:
        echo_json({**plain(made), "loaded": what})
    else:
        click.echo(f"{shown(name)}: {shown(what)}")


@models.command("remove")
@click.argument("name")
@command
def remove(name: str, home_path: str | None, as_json: bool) -> None:
    """Forget a model that was added; its files stay where they are."""
    from service import catalogue

    with opened(home_path) as home:
        catalogue.remove(home, name)
    if as_json:
        echo_json({"removed": name})
    else:
        click.echo(f"{shown(name)} is forgotten")
