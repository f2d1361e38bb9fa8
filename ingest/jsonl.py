"""JSON: one document a line (JSON Lines, as in the command contract), or a list of documents in one file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from domain.document import DocumentKind
from domain.errors import ParseError
from domain.label import Label, parse_label
from domain.protocols import Reading, ReadOptions
from ingest.dates import parse_date
from ingest.documents import failure, make_document
from ingest.encoding import decode
from ingest.html import plain

_KNOWN = frozenset({"text", "id", "title", "url", "published", "lang", "source", "label", "fetched", "kind"})
_EXTRAS, _EXTRA_LENGTH = 32, 500
_SURE = 4
"""A line with so many letters beyond ASCII is no UTF-8 by chance."""


def read_jsonl(data: bytes, *, item: str, options: ReadOptions) -> Iterator[Reading]:
    """A document for each line, or a failure that names the file and the line's number.

    ``text`` must be there; ``id`` (kept as external id), ``title``, ``url``, ``published``, ``lang``, ``source``,
    ``label``, ``fetched`` (when it was first known) and ``kind`` may be. Other keys with short texts, and a kind of the
    source's own, go into the meta data.
    """
    lines = _lines(data, item)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        place = f"{item}:{number}"
        try:
            yield Reading(_document(_row(line), place, options))
        except ValueError as error:
            yield failure(place, str(error), options=options)
        except ParseError as error:
            yield failure(place, error.reason, options=options)


def read_json(data: bytes, *, item: str, options: ReadOptions) -> Iterator[Reading]:
    """A document for each object of a JSON list (or for the one object), with the keys of ``read_jsonl``.

    Raises:
        ParseError: it is no JSON, or no list of objects with a text.
    """
    content, _ = decode(data, item=item)
    try:
        found = json.loads(content.lstrip("\ufeff"))
    except json.JSONDecodeError as error:
        reason = f"not JSON: {error.msg} at line {error.lineno}, character {error.colno}"
        raise ParseError(reason, item=item, stage="parse") from error
    except (RecursionError, ValueError):
        raise ParseError("not JSON that can be read: nested too deep", item=item, stage="parse") from None
    rows = found if isinstance(found, list) else [found]
    if not any(isinstance(row, dict) and isinstance(row.get("text"), str) for row in rows):
        reason = f'JSON without documents: {_name(found)}, no list of objects with a "text"'
        raise ParseError(reason, item=item, stage="parse")
    for number, row in enumerate(rows, start=1):
        place = item if row is found else f"{item}#{number}"
        try:
            if not isinstance(row, dict):
                raise ValueError(f"not an object but {_name(row)}")
            yield Reading(_document(row, place, options))
        except ValueError as error:
            yield failure(place, str(error), options=options)
        except ParseError as error:
            yield failure(place, error.reason, options=options)


def _lines(data: bytes, item: str) -> list[str]:
    """The lines; where some are in UTF-8 beyond doubt and others are not, each is what its own bytes show."""
    raw = data.split(b"\n")
    told = [_utf8(line) for line in raw]
    sure = any(text is not None and sum(c > "\x7f" for c in text) >= _SURE for text in told)
    if b"\0" in data or None not in told or not sure:
        return decode(data, item=item)[0].split("\n")
    return [_guessed(line, item) if text is None else text for line, text in zip(raw, told, strict=True)]


def _utf8(line: bytes) -> str | None:
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _guessed(line: bytes, item: str) -> str:
    try:
        return decode(line, item=item)[0]
    except ParseError:
        return line.decode("utf-8", "replace")


def _row(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at character {error.pos + 1}") from error
    except RecursionError:
        raise ValueError("not a plain object: nested too deep") from None
    if not isinstance(row, dict):
        raise ValueError(f"not an object but {_name(row)}")
    return row


def _document(row: Mapping[str, Any], place: str, options: ReadOptions) -> Any:
    text = row.get("text")
    if text is None:
        raise ValueError('has no "text"')
    if not isinstance(text, str):
        raise ValueError(f'"text" is not a text but {_name(text)}')
    if not text.strip():
        raise ValueError('"text" is empty')
    return make_document(
        item=place,
        options=options,
        text=text,
        title=plain(_text(row, "title")),
        source=_text(row, "source"),
        published=_text(row, "published"),
        known=_known(row, options),
        url=_text(row, "url"),
        external_id=_text(row, "id"),
        lang=_text(row, "lang"),
        kind=_kind(row),
        label=_label(row),
        meta=_extras(row),
    )


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f'"{key}" is not a text but {_name(value)}')


def _known(row: Mapping[str, Any], options: ReadOptions) -> datetime | None:
    printed = _text(row, "fetched")
    if not printed:
        return None
    moment = parse_date(printed, near=options.read_at)
    if moment is None:
        raise ValueError(f'"fetched" is not a date: {printed[:60]!r}')
    return moment


def _kind(row: Mapping[str, Any]) -> DocumentKind:
    """The kind named; a report for any other word, which then stays in the meta data as the source's own."""
    name = row.get("kind")
    return DocumentKind(name) if isinstance(name, str) and name in set(DocumentKind) else DocumentKind.REPORT


def _label(row: Mapping[str, Any]) -> Label:
    return parse_label(_text(row, "label")[:60])


def _extras(row: Mapping[str, Any]) -> dict[str, str | list[str]]:
    kept: dict[str, str | list[str]] = {}
    for key, value in row.items():
        own_kind = key == "kind" and value not in list(DocumentKind)
        if (key in _KNOWN and not own_kind) or len(kept) >= _EXTRAS or len(key) > 60:
            continue
        if isinstance(value, str) and len(value) <= _EXTRA_LENGTH:
            kept[key] = value
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            kept[key] = str(value)
        elif isinstance(value, list) and len(value) <= _EXTRAS:
            parts = [str(part) for part in value if isinstance(part, (str, int, float))]
            if len(parts) == len(value) and sum(map(len, parts)) <= _EXTRA_LENGTH:
                kept[key] = parts
    return kept


def _name(value: object) -> str:
    if value is None:
        return "null"
    names = {bool: "a truth value", int: "a number", float: "a number", str: "a text", list: "a list"}
    return names.get(type(value), "an object")
