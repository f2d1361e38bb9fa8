"""Tables of coded events: which table it is, and its rows as readings.

ICEWS's columns (Boschee and others 2015); GDELT 1.0 and 2.0 events, mentions and Knowledge Graph; any other table by a
mapping, of which those for UCDP GED and ACLED are bundled. Each may be packed (.gz, .xz, .zip).
"""

from __future__ import annotations

import csv
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import chain

from domain.errors import ParseError
from domain.event import Coded, Event
from domain.label import Label
from domain.protocols import Reading, ReadOptions
from domain.time import EARLIEST
from ingest.countries import country_code
from ingest.documents import failure
from ingest.gdelt import country_reader, event_columns, event_of, is_mention, mention_of
from ingest.gkg import article_of, is_article
from ingest.mapping import EventMapping, Skipped, bundled, mapped_event, mapping_of
from ingest.rows import cameo_of, cells, day_of, known_at, name_of, number_of, records, separator_of, tables, text_lines

_log = logging.getLogger(__name__)

BROKEN = 1000
"""Broken rows of a table that are named one by one; those after them are counted."""

_ICEWS = ("date", "source", "source_country", "cameo", "target", "target_country")

Code = Callable[[str], str | None]
_Make = Callable[[Sequence[str]], Coded]


@dataclass(frozen=True, slots=True)
class _Table:
    """A table that is known: how its lines are cut, whether the first is a header, what a row becomes."""

    kind: str
    separator: str
    headed: bool
    width: int = 0
    """Columns of a table whose cells may go over several lines; 0: a line is a row."""

    make: Callable[[ReadOptions, Code, Code], _Make] | None = None


def looks_like_events(head: str) -> bool:
    """Whether text that begins so is a table that ``read_events`` knows without being told how to read it."""
    return _table(head.lstrip("\ufeff").partition("\n")[0].rstrip("\r"), None) is not None


def read_events(
    data: bytes,
    *,
    item: str,
    options: ReadOptions,
    country_codes: Mapping[str, str] | None = None,
    unknown: Counter[str] | None = None,
) -> Iterator[Reading]:
    """An event, a mention or what is said of an article for each row, or a failure that names the row's line.

    A row is known from its day on when an archive is replayed (GDELT: from when it was added, where that was the
    practice), else from the moment of reading. Countries are looked up in ``country_codes`` first and then in the
    built-in names and codes; one that is in neither gives None and is counted in ``unknown``. Rows are made one by one;
    of the table no more than its bytes is held.

    Raises:
        ParseError: the columns are not those of a table that is known, or the mapping in the options is none.
    """
    # A mapping of rows to documents is none of ours.
    own = mapping_of(options.mapping, item=item) if options.mapping and "event" in options.mapping else None
    for name, handle in tables(data, item=item):
        lines = text_lines(handle, item=name)
        yield from _read(lines, item=name, options=options, own=own, country_codes=country_codes, unknown=unknown)


def _read(
    lines: Iterator[tuple[int, str | None]], *, item: str, options: ReadOptions, own: EventMapping | None,
    country_codes: Mapping[str, str] | None, unknown: Counter[str] | None,
) -> Iterator[Reading]:  # fmt: skip
    number, first = next(lines, (0, ""))
    while first is not None and not first.strip() and number:
        number, first = next(lines, (0, ""))
    table = _table(first or "", own, item=item)
    if table is None or table.make is None:
        known = ", ".join(("ICEWS", "GDELT", *(mapping.name for mapping in bundled())))
        reason = (
            f"is no event table that is known ({known}): its columns are {_columns_of(first or '')}; name a mapping"
        )
        raise ParseError(reason, item=item, stage="parse")
    missing: Counter[str] = Counter() if unknown is None else unknown
    left_out: Counter[str] = Counter()
    make = table.make(options, _coder(partial(country_code, known=country_codes), missing),
                      _coder(country_reader(country_codes), missing))  # fmt: skip
    last = (options.read_at + timedelta(days=2)).date()
    broken = 0
    again = iter([] if table.headed else [(number, first)])
    rows = records(lines, whole=partial(_is_row, table)) if table.width else lines
    for line_number, line in chain(again, rows):
        if line is not None and not line.strip():
            continue
        try:
            if line is None:
                raise ValueError("the line is longer than a row can be")
            made = make(cells(line, table.separator))
            when = made.day if isinstance(made, Event) else made.at.date()
            if not EARLIEST.date() <= when <= last:
                raise ValueError(f"implausible date {when}")
        except Skipped as why:
            left_out[str(why)] += 1
            continue
        except (ValueError, csv.Error) as error:
            broken += 1
            if broken <= BROKEN:
                yield failure(f"{item}:{line_number}", f"broken row: {error}", options=options)
            continue
        yield Reading(made)
    if broken > BROKEN:
        yield failure(f"{item}:", f"{broken - BROKEN} more broken rows after the first {BROKEN}", options=options)
    if left_out:
        what = ", ".join(f"{count} of {name}" for name, count in left_out.most_common(10))
        _log.warning("%s: %d rows left out, as the mapping says: %s", item, left_out.total(), what)
    if missing and unknown is None:
        most = ", ".join(f"{name} ({count})" for name, count in missing.most_common(5))
        _log.info("%s: no country for %d mentions of %d names: %s", item, missing.total(), len(missing), most)


def _is_row(table: _Table, record: str) -> bool:
    try:
        return len(cells(record, table.separator)) == table.width
    except csv.Error:
        return False


def _table(line: str, own: EventMapping | None, *, item: str = "") -> _Table | None:
    """The table whose first line this is; None for one that is not known."""
    separator = separator_of(line) if own is None or own.separator is None else own.separator
    try:
        found = [cell.strip() for cell in cells(line, separator)]
    except csv.Error:
        return None
    if own is not None:
        return _mapped(own, found, separator, item=item)
    names = {name.lower(): i for i, name in reversed(list(enumerate(found)))}
    if all(name in names for name in _ICEWS):
        places = {name: names[name] for name in (*_ICEWS, "goldstein") if name in names}
        return _Table("icews", separator, True, make=lambda o, code, _: partial(_icews_event, places, code, o))
    if (gdelt := event_columns(found)) is not None:
        columns, headed = gdelt
        width = len(found)
        return _Table("gdelt", separator, headed, make=lambda o, _, code: partial(
            event_of, columns=columns, width=width, options=o, code=code))  # fmt: skip
    if separator == "\t" and is_article(found):
        return _Table("gkg", separator, False, make=lambda o, _, __: partial(article_of, options=o))
    if separator == "\t" and is_mention(found):
        return _Table("mentions", separator, False, make=lambda o, _, __: partial(mention_of, options=o))
    for mapping in bundled():
        if mapping.fits(found):
            return _mapped(mapping, found, separator, item=item)
    return None


def _mapped(mapping: EventMapping, found: Sequence[str], separator: str, *, item: str) -> _Table:
    columns = mapping.columns(found, item=item)
    width = len(found)
    over_lines = 0 if separator == "\t" else width
    return _Table(mapping.name, separator, True, over_lines, make=lambda o, code, _: partial(
        mapped_event, mapping=mapping, columns=columns, width=width, options=o, code=code))  # fmt: skip


def _columns_of(line: str) -> str:
    try:
        named = [cell.strip()[:40] for cell in cells(line, separator_of(line))]
    except csv.Error:
        return "unreadable"
    return ", ".join(filter(None, named[:12])) + (" ..." if len(named) > 12 else "")


def _coder(look_up: Code, missing: Counter[str]) -> Code:
    """Looks each name up once."""
    seen: dict[str, str | None] = {}

    def code(name: str) -> str | None:
        if name not in seen:
            seen[name] = look_up(name) if name.strip() else None
        if seen[name] is None and name.strip():
            missing[name] += 1
        return seen[name]

    return code


def _icews_event(columns: Mapping[str, int], code: Code, options: ReadOptions, row: Sequence[str]) -> Event:
    if len(row) <= max(columns.values()):
        raise ValueError(f"{len(row)} columns, but {max(columns.values()) + 1} are needed")
    day: date | datetime = day_of(row[columns["date"]])
    return Event(
        day=day,
        known=known_at(day, options),
        source_actor=name_of(row[columns["source"]]),
        target_actor=name_of(row[columns["target"]]),
        source_country=code(row[columns["source_country"]]),
        target_country=code(row[columns["target_country"]]),
        cameo=cameo_of(row[columns["cameo"]]),
        goldstein=number_of(row[columns["goldstein"]]) if "goldstein" in columns else None,
        origin=options.source or "icews",
        label=options.label or Label.OPEN,
    )
