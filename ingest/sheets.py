"""Tables of documents (CSV, XLSX): a document for each row. Formulas are never evaluated; their kept values count."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime

from domain.document import Document
from domain.errors import ConfigError, ParseError
from domain.label import parse_label
from domain.protocols import Reading, ReadOptions
from ingest.columns import EXAMPLE, Columns, TableMapping, by_mapping, by_name, moment_of, parse_mapping
from ingest.dates import parse_date
from ingest.documents import failure, make_document
from ingest.encoding import decode
from ingest.html import plain
from ingest.isolated import opened
from ingest.package import Package

ROWS = 500_000
"""Rows of one sheet that are read."""

COLUMNS = 500
SECONDS = 300.0

_FACTS, _FACT = 32, 500
_LOOK = 10
_CELL = 5_000_000
_SEPARATORS = "\t;|,"


@dataclass(frozen=True, slots=True)
class _Row:
    """The cells of a row, and where it stands."""

    place: str
    cells: Sequence[str]
    broken: str = ""


def looks_like_table(head: str) -> bool:
    """Whether text that begins so is a table whose first line names columns that are known, a text or title among."""
    first, _, rest = head.lstrip("\ufeff\n").partition("\n")
    separator = _separator(first)
    if not rest.strip() or first.count(separator) < 1 or len(first) > 5_000:
        return False
    try:
        names = next(csv.reader([first.rstrip("\r")], delimiter=separator), [])
    except csv.Error:
        return False
    known = by_name(names)
    return known is not None and len(known.fields) >= 2 and all(len(name) <= 60 for name in names)


def read_csv(data: bytes, *, item: str, options: ReadOptions) -> Iterator[Reading]:
    """A document for each row of a text table, or a failure that names the row's line.

    The columns are those that the operator's mapping names, else those whose names are known (``ingest.columns``).

    Raises:
        ParseError: the columns or the mapping do not serve.
    """
    mapping = _mapping(options, item)
    if mapping is not None and mapping.encoding:
        content = data.decode(mapping.encoding, "replace")
    else:
        content, _ = decode(data, item=item)
    rows = _csv_rows(content, mapping.delimiter if mapping else "", item)
    yield from _documents(rows, mapping, item=item, options=options)


def read_xlsx(data: bytes, *, item: str, options: ReadOptions) -> Iterator[Reading]:
    """A document for each row of each sheet (or the one that the mapping names), or a failure that names the row.

    Raises:
        ParseError: it is no workbook, is damaged or hostile, or the mapping does not serve.
    """
    mapping = _mapping(options, item)
    package = Package(data, item=item)
    for name in package.names:
        if name.endswith((".xml", ".rels")) and package.has_doctype(name):
            raise ParseError("XML that declares a document type is refused", item=item, stage="parse")
    if not any(name.startswith("xl/") for name in package.names):
        raise ParseError("is no Excel workbook (xlsx)", item=item, stage="parse")
    sheet = mapping.sheet if mapping else None
    found = 0
    job = {"rows": ROWS, "columns": COLUMNS, "sheet": sheet}
    with closing(opened(data, mode="xlsx", item=item, seconds=SECONDS, **job)) as records:
        current: list[_Row] = []
        name = ""
        for record in records:
            facts = record.facts
            if "error" in facts:
                yield failure(item, f"{facts['error']}; the rest was not read", options=options)
            elif "sheet" in facts:
                yield from _sheet(current, name, mapping, item=item, options=options)
                name, current = facts["sheet"], []
                found += 1
            elif "rows" in facts:
                current += [_Row(f"{item}#{name}:{n}", cells) for n, cells in facts["rows"]]
            elif "more" in facts:
                reason = f"sheet of more than {ROWS} rows; the rest was not read"
                yield failure(f"{item}#{name}", reason, options=options)
        yield from _sheet(current, name, mapping, item=item, options=options)
    if not found:
        named = f"no sheet {sheet!r} in the workbook" if sheet is not None else "workbook without sheets"
        raise ParseError(named, item=item, stage="parse")


def _sheet(
    rows: list[_Row], name: str, mapping: TableMapping | None, *, item: str, options: ReadOptions
) -> Iterator[Reading]:
    if not any(any(cell.strip() for cell in row.cells) for row in rows):
        return
    try:
        yield from _documents(iter(rows), mapping, item=f"{item}#{name}", options=options)
    except ParseError as error:
        yield failure(f"{item}#{name}", error.reason, options=options)


def _mapping(options: ReadOptions, item: str) -> TableMapping | None:
    try:
        return None if options.mapping is None else parse_mapping(options.mapping)
    except ConfigError as error:
        raise ParseError(error.reason, item=item, stage="parse") from error


def _documents(
    rows: Iterator[_Row], mapping: TableMapping | None, *, item: str, options: ReadOptions
) -> Iterator[Reading]:
    columns, rows = _columns(rows, mapping, item)
    empty = True
    for row in rows:
        if row.broken:
            empty = False
            yield failure(row.place, row.broken, options=options)
            continue
        if not any(cell.strip() for cell in row.cells):
            continue
        empty = False
        if any(cell.strip() for cell in row.cells[columns.width :]):
            reason = f"broken row: {len(row.cells)} cells under {columns.width} columns"
            yield failure(row.place, reason, options=options)
            continue
        try:
            yield Reading(_document(row, columns, mapping, options))
        except (ValueError, ParseError) as error:
            yield failure(row.place, error.reason if isinstance(error, ParseError) else str(error), options=options)
    if empty:
        raise ParseError("table without rows", item=item, stage="parse")


def _columns(rows: Iterator[_Row], mapping: TableMapping | None, item: str) -> tuple[Columns, Iterator[_Row]]:
    """What the columns are, and the rows below their names.

    Raises:
        ParseError: that cannot be told.
    """
    first: list[_Row] = []
    if mapping is not None:
        told = mapping.header
        for row in rows:
            first.append(row)
            if told == 0:
                return _by_mapping(mapping, [str(n + 1) for n in range(COLUMNS)], item), _again(first, rows)
            if told is None and sum(bool(cell.strip()) for cell in row.cells) >= 2:
                try:
                    return by_mapping(mapping, row.cells), rows
                except ConfigError:
                    if len(first) >= _LOOK:
                        break
            elif told is not None and len(first) == told:
                return _by_mapping(mapping, row.cells, item), rows
        named = max(first[:_LOOK], key=lambda row: sum(map(bool, row.cells)), default=_Row("", []))
        return _by_mapping(mapping, named.cells, item), rows
    for row in rows:
        first.append(row)
        if not row.broken and (known := by_name(row.cells)) is not None:
            return known, rows
        if len(first) >= _LOOK:
            break
    widest = max(first, key=lambda row: sum(map(bool, row.cells)), default=_Row("", []))
    shown = ", ".join(cell.strip() for cell in widest.cells if cell.strip())[:200]
    reason = (
        f"no column is known as a text or title; its columns: {shown or 'none'}. "
        f"Say what they are in a file of TOML, such as: {EXAMPLE}, and give it with --mapping"
    )
    raise ParseError(reason, item=item, stage="parse")


def _by_mapping(mapping: TableMapping, names: Sequence[str], item: str) -> Columns:
    try:
        return by_mapping(mapping, names)
    except ConfigError as error:
        raise ParseError(error.reason, item=item, stage="parse") from error


def _again(first: list[_Row], rows: Iterator[_Row]) -> Iterator[_Row]:
    yield from first
    yield from rows


def _document(row: _Row, columns: Columns, mapping: TableMapping | None, options: ReadOptions) -> Document:
    said = {key: pick(row.cells) for key, pick in columns.fields.items()}
    for key, value in (mapping.fixed if mapping else {}).items():
        said[key] = said.get(key) or value
    facts = {key: value for key, pick in columns.facts.items() if (value := pick(row.cells))}
    long = {} if columns.mapped else {key: value for key, value in facts.items() if len(value) > _FACT}
    kept = [(key, value) for key, value in facts.items() if key not in long][:_FACTS]
    title = plain(said.get("title", ""))
    # Where no mapping says what is text, nothing long is lost: what no fact holds is told below the text.
    text = "\n\n".join(filter(None, (said.get("text", ""), *(f"{key}: {value}" for key, value in long.items()))))
    published, odd = _published(said.get("published", ""), mapping)
    document = make_document(
        item=row.place,
        options=options,
        text=plain(text) or title,
        title=title,
        source=said.get("source", ""),
        published=published,
        known=_known(said.get("fetched", ""), mapping, options),
        url=said["url"] if said.get("url", "").startswith(("http://", "https://")) else None,
        external_id=said.get("external_id") or None,
        lang=said.get("lang") or None,
        label=parse_label(said.get("label", "")[:60]),
        meta=dict(kept),
    )
    return replace(document, meta={**document.meta, "published_as_printed": odd}) if odd else document


def _published(text: str, mapping: TableMapping | None) -> tuple[str | datetime | None, str]:
    """The date for the document, or the one as printed that is in none of the formats which the mapping allows."""
    if mapping is None or not text:
        return text or None, ""
    moment = moment_of(text, mapping)
    if moment is None and mapping.dates:
        return None, text[:200]
    return moment or text, ""


def _known(text: str, mapping: TableMapping | None, options: ReadOptions) -> datetime | None:
    if not text:
        return None
    moment = (moment_of(text, mapping) if mapping else None) or parse_date(text, near=options.read_at)
    if moment is None:
        raise ValueError(f"no date when it was fetched: {text[:60]!r}")
    return moment


def _csv_rows(content: str, delimiter: str, item: str) -> Iterator[_Row]:
    """Rows with the line they begin on; a row that cannot be taken apart says why."""
    lines = content.lstrip("\ufeff")
    skipped = 0
    if lines[:4].lower() == "sep=":  # a note to Excel
        delimiter = delimiter or lines[4:5]
        lines, skipped = lines.partition("\n")[2], 1
    first = next((line for line in lines[:20_000].split("\n") if line.strip()), "")
    csv.field_size_limit(_CELL)
    reader = csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter or _separator(first))
    while True:
        place = f"{item}:{reader.line_num + 1 + skipped}"
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _Row(place, (), f"broken row: {error}")
            continue
        yield _Row(place, cells)


def _separator(line: str) -> str:
    """The sign that divides a line most often, outside of quotes."""
    bare = "".join(line.split('"')[::2])
    return max(_SEPARATORS, key=bare.count) if any(map(bare.count, _SEPARATORS)) else ","
