"""What a table of events has about it that its reader should know before believing figures made from it.

Nothing is repaired: countries keep the names that the table gives them and rows that are alike stay, so that the
figures are those of the table as it stands. Only rows dated in the future are left out.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import IO

import numpy as np

from alerts.panel import EventColumns
from alerts.ranking.window import SURGE
from alerts.tabular import NAMED
from domain.errors import InputError, QueryError
from ingest import countries
from service.names import country_code

GAP = 7
"""Days without any event that are worth a word."""
SURGING = 3 * SURGE
LISTED = 5


def without_future(events: EventColumns, path: Path, *, today: date) -> EventColumns:
    """The events up to today; those after it are refused, by line."""
    late = events.day > today.toordinal()
    if not late.any():
        return events
    texts = {date.fromordinal(int(day)).isoformat() for day in np.unique(events.day[late])}
    bad = [*events.bad, *_lines(path, texts)]
    return replace(
        events.where(~late), bad=tuple(sorted(bad)[:NAMED]), refused=events.refused + int(late.sum())
    )  # fmt: skip


def notes(events: EventColumns, path: Path) -> list[str]:
    """In words: countries under several names, days missing in a row, days with far too much, rows told twice.

    Raises:
        InputError: there is no event.
    """
    if not len(events):
        raise InputError("no event in it that can be used", item=str(path), stage="backtest")
    return [*_names(events), *_days(events), *_twice(path, len(events))]


def _names(events: EventColumns) -> Iterator[str]:
    called: dict[str, list[str]] = {}
    for name in events.names:
        if code := _code(name):
            called.setdefault(code, []).append(name)
    for code, names in called.items():
        if len(names) < 2:
            continue
        numbers = [events.number(name) for name in names]
        told = np.array([int(((events.source == n) | (events.target == n)).sum()) for n in numbers])
        main = int(told.argmax())
        rest = ", ".join(repr(name) for i, name in enumerate(names) if i != main)
        share = (told.sum() - told[main]) / max(int(told.sum()), 1)
        yield (
            f"{code} is called {names[main]!r} and also {rest} ({share:.1%} of its rows): "
            "they are counted as different countries"
        )


def _code(name: str) -> str | None:
    if found := countries.country_code(name):
        return found
    try:
        return country_code(name)
    except QueryError:
        return None


def _days(events: EventColumns) -> Iterator[str]:
    first = int(events.day.min())
    told = np.bincount(events.day - first)
    on = np.flatnonzero(told)
    gaps = np.diff(on) - 1
    for i in np.flatnonzero(gaps >= GAP)[:LISTED]:
        a, b = (date.fromordinal(first + int(on[i + k])) for k in (0, 1))
        yield f"nothing is told of the {gaps[i]} days between {a} and {b}: they are taken as not read, not as calm"
    usual = float(np.median(told[on]))
    for i in np.flatnonzero(told > SURGING * max(usual, 20 / SURGE))[:LISTED]:
        day, times = date.fromordinal(first + int(i)), told[i] / max(usual, 1)
        yield (
            f"{day} tells of {told[i]} events, {times:.0f} times the usual: what is beyond belief of it is not counted "
            "in judging the days"
        )


def _twice(path: Path, n: int) -> Iterator[str]:
    with _opened(path) as file:
        total, seen = 0, set()
        for line in file:
            total += 1
            seen.add(hash(line))
    again = total - len(seen)
    if again:
        yield f"{again} of {n} rows are word for word as another: each counts as an event of its own"


def _lines(path: Path, texts: set[str]) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    with _opened(path) as file:
        rows = csv.reader(line.decode("utf-8", "replace") for line in file)
        head = next(rows, [])
        at = head.index("date") if "date" in head else 0
        for line, row in enumerate(rows, start=2):
            if len(row) > at and row[at].strip()[:10] in texts:
                found.append((line, f"in the future: {row[at].strip()!r}"))
                if len(found) == NAMED:
                    break
    return found


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
    with gzip.open(path, "rb") if packed else path.open("rb") as file:
        yield file  # type: ignore[misc]
