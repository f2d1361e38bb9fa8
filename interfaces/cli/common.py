"""What every command shares: the home folder, JSON or text, progress, and how errors end."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from typing import Any, NoReturn, Protocol, TypeVar

import click

from domain.errors import NotFoundError, StoreError, VedetteError
from domain.jsonable import plain
from domain.label import Label
from domain.plover import plover_of
from domain.text import strip_invisible
from domain.time import parse_day
from service.config import home_folder
from service.logging import configure
from service.wiring import Home, open_home

F = TypeVar("F", bound=Callable[..., Any])
FAILED = 1
UNUSABLE = 2
_SEPARATORS = {ord(c): f"\\u{ord(c):04x}" for c in "\x85\u2028\u2029"}


class Refused(Protocol):
    """A part of an input that was left out, and why."""

    @property
    def item(self) -> str:
        """Which."""

    @property
    def error(self) -> str:
        """Why."""


class Day(click.ParamType[date]):
    """A calendar day, ``YYYY-MM-DD``."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """From text."""
        try:
            day = value if isinstance(value, date) else parse_day(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a day (YYYY-MM-DD)", param, ctx)
        # Weeks before and the day after have to be days too.
        if not 1000 <= day.year <= 9000:
            self.fail(f"{value!r} lies outside the years 1000 to 9000", param, ctx)
        return day


def command(function: F) -> F:
    """Give a command --home, --json and --verbose, and end its errors as the contract says."""

    @click.option("--home", "home_path", metavar="FOLDER", help="Data folder.  [default: VEDETTE_HOME, or the user's]")
    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    @click.option("--verbose", is_flag=True, help="Say what is going on, on standard error.")
    @functools.wraps(function)
    def wrapped(*args: Any, home_path: str | None, as_json: bool, verbose: bool, **kwargs: Any) -> Any:
        configure(verbose=verbose)
        # Bytes that are no UTF-8 come as lone surrogates, which nothing can store or print; a file may be named so.
        kwargs = {key: value if key in ("inputs", "files") else _printable(value) for key, value in kwargs.items()}
        try:
            return function(*args, home_path=home_path, as_json=as_json, **kwargs)
        except VedetteError as error:
            end(error, as_json=as_json)
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(0)
        except OSError as error:
            item = str(error.filename or "")
            end(StoreError(f"cannot go on: {error.strerror or error}", item=item, stage="files"), as_json=as_json)

    return wrapped  # type: ignore[return-value]


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    return tuple(_printable(one) for one in value) if isinstance(value, tuple) else value


def end(error: VedetteError, *, as_json: bool) -> NoReturn:
    """Say what went wrong, about what and where, and leave with status 2 (1 where only an item is missing)."""
    click.echo(f"vedette: {strip_invisible(str(error))}", err=True)
    if as_json:
        with suppress(OSError):
            echo_json({"error": error.reason, "item": error.item, "stage": error.stage})
    sys.exit(FAILED if isinstance(error, NotFoundError) else UNUSABLE)


@contextmanager
def opened(home_path: str | None) -> Iterator[Home]:
    """The home folder, open for the length of the command."""
    home = open_home(home_folder(home_path))
    try:
        yield home
    finally:
        home.close()


def left_out(bad: Sequence[Refused], *, most: int = 50) -> None:
    """Name the lines of an input that could not be used, and then leave with status 1; nothing where there are none."""
    for one in bad[:most]:
        click.echo(f"left out: {shown(one.item)}: {shown(one.error)}", err=True)
    if len(bad) > most:
        click.echo(f"left out: {len(bad) - most} more", err=True)
    if bad:
        sys.exit(FAILED)


def echo_json(value: Any) -> None:
    """One JSON value on a line of its own, in the scripts it is written in.

    Separators of lines that JSON leaves as they are in a string are escaped: some readers would end the line there.
    """
    click.echo(json.dumps(plain(value), ensure_ascii=False).translate(_SEPARATORS))


@contextmanager
def progress(*, what: str, as_json: bool = False) -> Iterator[Callable[[int, str], None] | None]:
    """A progress bar on a terminal, nothing elsewhere."""
    if as_json or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(desc=what, unit=" items", file=sys.stderr, leave=False, dynamic_ncols=True) as bar:

        def tell(done: int, where: str) -> None:
            bar.set_postfix_str(where[:40], refresh=False)
            bar.update(done - bar.n)

        yield tell


def shown(text: str) -> str:
    """Text as it may be put on a terminal: one line, no direction controls, no escape sequences."""
    return "".join(c if c.isprintable() else " " for c in " ".join(strip_invisible(text).split()))


def event_json(row: Any) -> dict[str, Any]:
    """An event as it is printed: its columns, its PLOVER type, the label in words."""
    kind = {"plover": plover_of(row.cameo)} if "cameo" in row._mapping else {}
    return {**row._mapping, **kind, "label": Label(row.label).text}


def event_line(row: Any) -> str:
    """An event on one line: when, what, who to whom, and what keeps it from counting as done."""
    strength = "" if row.goldstein is None else f"{row.goldstein:.1f}"
    note = "" if row.modality == "done" else f"  ({row.modality})"
    sure = "" if row.confidence is None else f"  {row.confidence:.2f}"
    return (f"{row.day}  {row.cameo:4} {plover_of(row.cameo) or '':9} {strength:>5}  "
            f"{shown(row.source_actor) or '?'} -> {shown(row.target_actor) or '?'}{note}{sure}")  # fmt: skip


__all__ = [
    "FAILED",
    "UNUSABLE",
    "Day",
    "command",
    "echo_json",
    "end",
    "event_json",
    "event_line",
    "left_out",
    "opened",
    "progress",
    "shown",
]
