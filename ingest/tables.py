"""Tables of coded events: the ICEWS columns, and GDELT 1.0 and 2.0 with or without a header line.

GDELT: Leetaru and Schrodt 2013; column order of the 1.0 and 2.0 event code books. ICEWS: Boschee and others 2015.
"""

from __future__ import annotations

import csv
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from domain.errors import ParseError
from domain.event import Event
from domain.label import Label
from domain.protocols import Reading, ReadOptions
from domain.time import EARLIEST
from ingest.clean import one_line
from ingest.countries import country_code
from ingest.dedup import canonical_url
from ingest.documents import failure
from ingest.encoding import decode

_log = logging.getLogger(__name__)

_ICEWS = ("date", "source", "source_country", "cameo", "target", "target_country")
_GDELT_WIDTHS = (57, 58, 61)
_GDELT_PLACES = {
    "day": 1, "source": 6, "source_country": 7, "target": 16, "target_country": 17, "cameo": 26, "goldstein": 30,
    "mentions": 31,
}  # fmt: skip
_GDELT_NAMES = {
    "day": ("sqldate", "day"), "source": ("actor1name",), "source_country": ("actor1countrycode",),
    "target": ("actor2name",), "target_country": ("actor2countrycode",), "cameo": ("eventcode",),
    "goldstein": ("goldsteinscale",), "mentions": ("nummentions",), "added": ("dateadded",), "url": ("sourceurl",),
}  # fmt: skip
_DAILY_SINCE = date(2013, 4, 1)
"""From this day on GDELT added events day by day; before, the date added is that of the history's making."""

_Columns = Mapping[str, int]
_Code = Callable[[str], str | None]


def looks_like_events(head: str) -> bool:
    """Whether text that begins so is an event table that ``read_events`` knows."""
    line = head.lstrip("\ufeff").partition("\n")[0]
    return _layout(line) is not None


def read_events(
    data: bytes,
    *,
    item: str,
    options: ReadOptions,
    country_codes: Mapping[str, str] | None = None,
    unknown: Counter[str] | None = None,
) -> Iterator[Reading]:
    """An event for each row, or a failure that names the row's line.

    An event is known from its day on when an archive is replayed (GDELT: from the day it was added, where that was the
    practice), else from the moment of reading. Country names are looked up in ``country_codes`` first and then in the
    built-in names; one that is in neither gives None and is counted in ``unknown``.

    Raises:
        ParseError: the columns are not those of a table that is known.
    """
    content, _ = decode(data, item=item)
    lines = content.split("\n")
    found = _layout(lines[0])
    if found is None:
        raise ParseError("is no event table: its columns are not those of ICEWS or GDELT", item=item, stage="parse")
    origin, separator, columns, headed = found
    missing: Counter[str] = Counter() if unknown is None else unknown
    code = _coder(country_codes, missing)
    make = _icews_event if origin == "icews" else _gdelt_event
    last = (options.read_at + timedelta(days=2)).date()
    for number, line in enumerate(lines, start=1):
        line = line.rstrip("\r")
        if (number == 1 and headed) or not line.strip():
            continue
        try:
            cells = _cells(line, separator)
            if len(cells) <= max(columns.values()):
                raise ValueError(f"{len(cells)} columns, but {max(columns.values()) + 1} are needed")
            event = make(cells, columns, code, options)
            if not EARLIEST.date() <= event.day <= last:
                raise ValueError(f"implausible date {event.day}")
        except (ValueError, csv.Error) as error:
            yield failure(f"{item}:{number}", f"broken row: {error}", options=options)
            continue
        yield Reading(event)
    if missing and unknown is None:
        most = ", ".join(f"{name} ({count})" for name, count in missing.most_common(5))
        _log.info("%s: no country for %d mentions of %d names: %s", item, missing.total(), len(missing), most)


def _layout(line: str) -> tuple[str, str, _Columns, bool] | None:
    """Origin, separator, the place of each column, and whether the line is a header; None for other tables."""
    line = line.rstrip("\r\n").lstrip("\ufeff")
    separator = "\t" if "\t" in line else ";" if line.count(";") > line.count(",") else ","
    try:
        cells = [cell.strip() for cell in _cells(line, separator)]
    except csv.Error:
        return None
    names = {name.lower(): i for i, name in reversed(list(enumerate(cells)))}
    if all(name in names for name in _ICEWS):
        return "icews", separator, {name: names[name] for name in (*_ICEWS, "goldstein") if name in names}, True
    if "globaleventid" in names:
        places = {key: names[name] for key, options in _GDELT_NAMES.items() for name in options if name in names}
        return ("gdelt", separator, places, True) if {"day", "cameo"} <= places.keys() else None
    if len(cells) in _GDELT_WIDTHS and cells[0].isdigit() and len(cells[1]) == 8 and cells[1].isdigit():
        added = 59 if len(cells) == 61 else 56
        url = {} if len(cells) == 57 else {"url": added + 1}
        return "gdelt", separator, {**_GDELT_PLACES, "added": added, **url}, False
    return None


def _cells(line: str, separator: str) -> Sequence[str]:
    if '"' not in line or separator == "\t":
        return line.split(separator)
    return next(csv.reader([line], delimiter=separator, strict=True))


def _coder(known: Mapping[str, str] | None, missing: Counter[str]) -> _Code:
    """Looks each name up once."""
    seen: dict[str, str | None] = {}

    def code(name: str) -> str | None:
        if name not in seen:
            seen[name] = country_code(name, known=known) if name.strip() else None
        if seen[name] is None and name.strip():
            missing[name] += 1
        return seen[name]

    return code


def _icews_event(cells: Sequence[str], columns: _Columns, code: _Code, options: ReadOptions) -> Event:
    day = _day(cells[columns["date"]])
    return Event(
        day=day,
        known=_known(day, options),
        source_actor=_actor(cells[columns["source"]]),
        target_actor=_actor(cells[columns["target"]]),
        source_country=code(cells[columns["source_country"]]),
        target_country=code(cells[columns["target_country"]]),
        cameo=_cameo(cells[columns["cameo"]]),
        goldstein=_number(cells[columns["goldstein"]]) if "goldstein" in columns else None,
        origin=options.source or "icews",
        label=options.label or Label.OPEN,
    )


def _gdelt_event(cells: Sequence[str], columns: _Columns, code: _Code, options: ReadOptions) -> Event:
    def cell(name: str) -> str:
        return cells[columns[name]].strip() if name in columns else ""

    day = _day(cell("day"))
    added = _day(cell("added")[:8]) if cell("added") else day
    url = cell("url")
    return Event(
        day=day,
        known=_known(added if added >= _DAILY_SINCE and added >= day else day, options),
        source_actor=_actor(cell("source")),
        target_actor=_actor(cell("target")),
        source_country=code(cell("source_country")),
        target_country=code(cell("target_country")),
        cameo=_cameo(cell("cameo")),
        goldstein=_number(cell("goldstein")),
        origin=options.source or "gdelt",
        url=canonical_url(url) if url.startswith("http") else None,
        mentions=max(1, int(_number(cell("mentions")) or 1)),
        label=options.label or Label.OPEN,
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        raise ValueError(f"no date: {text[:40]!r}") from None


def _known(day: date, options: ReadOptions) -> datetime:
    """An archive's event is known from its day on: tables are dated to the day, so from its beginning."""
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return moment if options.archive and moment <= options.read_at else options.read_at


def _cameo(text: str) -> str:
    """Two to four digits with a root of 1 to 20; a leading zero that a spreadsheet took away is put back."""
    code = text.strip()
    if code.isdecimal() and (len(code) == 1 or (len(code) in (2, 3) and int(code[:2]) > 20)):
        code = "0" + code
    if not code.isdecimal() or not code.isascii() or not 2 <= len(code) <= 4 or not 1 <= int(code[:2]) <= 20:
        raise ValueError(f"no CAMEO code: {text[:20]!r}")
    return code


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if -1e9 < value < 1e9 else None


def _actor(text: str) -> str:
    return text if text.isascii() and text.isprintable() and len(text) < 200 else one_line(text, limit=200)
