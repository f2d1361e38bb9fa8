"""Documents, events and alerts for a spreadsheet, with what a spreadsheet would run as a formula defused."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, BinaryIO

from sqlalchemy import Connection, func, select

from domain.label import Label
from domain.text import strip_invisible
from index.store import schema as s
from service.cleared import allowed

Sheet = tuple[str, tuple[str, ...], Iterator[dict[str, Any]]]
DOCUMENTS = ("document_id", "external_id", "source", "title", "lang", "published", "known", "url", "kind", "label",
             "version", "text")  # fmt: skip
ALERTS = ("alert_id", "title", "series", "opened", "last", "state", "score", "observed", "expected", "peak", "label",
          "acknowledged", "acknowledged_by", "note", "documents")  # fmt: skip
RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")
"""What a cell that a spreadsheet takes for a formula begins with (OWASP, "CSV Injection"), in full width too; and the
bar and per cent with which some begin a call of a program."""


def defused(value: Any) -> Any:
    """A cell that no spreadsheet runs: text that would begin a formula has an apostrophe before it.

    Zero-width and direction characters are taken away first, for they can hide the sign; so is white space before it
    looked past. Numbers are no text and stay.

    >>> [defused(x) for x in ("=1+1", " @SUM(A1)", "-5 degrees", -5.0, "a = b")]
    ["'=1+1", "' @SUM(A1)", "'-5 degrees", -5.0, 'a = b']
    """
    if isinstance(value, Label):
        return value.text
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str):
        return "" if value is None else value
    text = strip_invisible(value).replace("\0", "")
    begins = text.startswith(RUN) or text.lstrip().startswith(RUN)
    return "'" + text if begins else text


def write_sheet(handle: BinaryIO, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:
    """Write rows as CSV (RFC 4180, UTF-8 with a byte order mark, every cell quoted); gives how many."""
    out = io.TextIOWrapper(handle, "utf-8-sig", newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    n = 0
    for row in rows:
        writer.writerow([defused(row[name]) for name in columns])
        n += 1
    out.flush()
    out.detach()
    return n


def sheets(c: Connection, clearance: Label) -> Iterator[Sheet]:
    """The sheets that a reader with this clearance may have: name, columns and rows."""
    yield "documents", DOCUMENTS, _documents(c, clearance)
    yield "events", tuple(s.events.columns.keys()), _events(c, clearance)
    yield "alerts", ALERTS, _alerts(c, clearance)


def _documents(c: Connection, clearance: Label) -> Iterator[dict[str, Any]]:
    d, v = s.documents.c, s.versions.c
    # Sorting rows with their texts would hold all texts: the order is of numbers, and the texts come a few at a time.
    ordered = (select(v.id).select_from(s.versions.join(s.documents))
               .where(v.superseded.is_(None), v.label <= int(clearance)).order_by(v.at, d.id))  # fmt: skip
    query = (
        select(d.id.label("document_id"), d.external_id, s.sources.c.name.label("source"), v.title, v.lang, v.published,
               v.known, d.url, d.kind, v.label, v.n.label("version"), v.text, v.id.label("row"))
        .select_from(s.versions.join(s.documents).join(s.sources))
    )  # fmt: skip
    every = c.scalars(ordered).all()
    for start in range(0, len(every), 64):
        few = every[start : start + 64]
        rows = {row["row"]: row for row in c.execute(query.where(v.id.in_(few))).mappings()}
        for n in few:
            yield {**rows[n], "label": Label(rows[n]["label"])}


def _events(c: Connection, clearance: Label) -> Iterator[dict[str, Any]]:
    for row in c.execute(allowed(s.events, clearance).execution_options(yield_per=500)).mappings():
        yield {**row, "label": Label(row["label"])}


def _alerts(c: Connection, clearance: Label) -> Iterator[dict[str, Any]]:
    x = s.alert_documents.c
    counted = select(x.alert_id, func.group_concat(x.document_id, " ").label("evidence")).where(
        x.document_id.in_(select(s.versions.c.document_id)
                          .where(s.versions.c.superseded.is_(None), s.versions.c.label <= int(clearance)))
    ).group_by(x.alert_id)  # fmt: skip
    behind = {row.alert_id: row.evidence for row in c.execute(counted)}
    for row in c.execute(allowed(s.alerts, clearance).execution_options(yield_per=500)):
        body = row.body
        yield {
            "alert_id": row.id, "title": body.get("title"), "series": row.series, "opened": row.opened,
            "last": row.last, "state": row.state, "score": row.score, "observed": body.get("observed"),
            "expected": body.get("expected"), "peak": body.get("peak"), "label": Label(row.label),
            "acknowledged": row.acknowledged, "acknowledged_by": row.acknowledged_by, "note": row.note,
            "documents": behind.get(row.id, ""),
        }  # fmt: skip
