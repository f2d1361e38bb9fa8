"""What a row must be beyond its columns' types, so that an import brings in nothing that an ingest would not have made.

Each check raises ValueError, KeyError or TypeError; the caller names file and row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

import numpy as np

from domain.alert import parse_series
from domain.desk import OutgoingState
from domain.document import DocumentKind
from domain.entity import EntityKind
from domain.ids import content_hash, document_id
from domain.jsonable import health_from, signal_from, watchlist_from
from index.store import decisions
from index.store.desks import desk_from
from ingest.dedup import canonical_url
from ingest.sanitize import harmless
from service.logging import get_logger

log = get_logger(__name__)

Row = dict[str, Any]


def document(row: Row, *, source: str, name: str = "id") -> None:
    """A document (or a copy, ``name`` being the column it is named in) is named by its source and key.

    Its address is one.
    """
    if row[name] != document_id(source=source, key=row["key"]):
        raise ValueError("its id is not that of its source and key")
    DocumentKind(row["kind"])
    if row["url"] is not None and canonical_url(row["url"]) is None:
        raise ValueError("its address is none")


def version(row: Row) -> None:
    """A version has the hash of its text, and sentences within it; its markup is made harmless (again)."""
    if row["content_hash"] != content_hash(title=row["title"], text=row["text"]):
        raise ValueError("its content_hash is not that of its title and text")
    if row["n"] < 1 or (row["superseded"] is not None and row["superseded"] < row["known"]):
        raise ValueError("it is superseded before it is known")
    if row["known_basis"] not in ("fetched", "published"):
        raise ValueError("its known_basis is unknown")
    for span in row["sentences"]:
        start, end = span
        _within(start, end, len(row["text"]))
    if not isinstance(row["meta"], dict) or not all(_fact(value) for value in row["meta"].values()):
        raise ValueError("its meta is not made of texts")
    if row["html"] is not None:
        row["html"] = harmless(row["html"]) or None


def _fact(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))


def _within(start: Any, end: Any, length: int) -> None:
    if type(start) is not int or type(end) is not int or not 0 <= start <= end <= length:
        raise ValueError(f"a span {start} to {end} outside its text")


def part(row: Row, *, text: str, said: str) -> None:
    """A passage or a mention says what stands in its text there."""
    _within(row["start"], row["end"], len(text))
    if text[row["start"] : row["end"]] != said:
        raise ValueError("its words do not stand in its text")


def vector(row: Row, widths: dict[str, int]) -> None:
    """A vector is of finite numbers and about unit length, and as wide as the others by its encoder."""
    data = row["vector"]
    if widths.setdefault(row["encoder"], len(data)) != len(data) or len(data) % 2:
        raise ValueError("its width is not that of the others")
    length = float(np.linalg.norm(np.frombuffer(data, "<f2").astype(np.float32)))
    if not 0.9 < length < 1.1:
        raise ValueError("it is no unit vector")
    # A byte a number beside two.
    if (row.get("parts") or b"") and len(row["parts"]) % (len(data) // 2):
        raise ValueError("the rows of its sentences have another width")


def _alert(row: Row) -> None:
    parse_series(row["series"])
    body = row["body"]
    [signal_from(one) for one in body["signals"]]
    [health_from(one) for one in body["health"]]
    if row["state"] not in ("open", "closed") or not isinstance(body["title"], str):
        raise ValueError("its state or title is none")
    [float(body[key]) for key in ("observed", "expected", "peak")]


def _watchlist(row: Row) -> None:
    if watchlist_from(row["definition"]).name != row["name"]:
        raise ValueError("its definition has another name")


def _series(row: Row) -> None:
    parse_series(row["series"])


def _entity(row: Row) -> None:
    EntityKind(row["kind"])


def _decision(row: Row) -> None:
    if row["what"] not in decisions.WHATS or not isinstance(row["body"], dict):
        raise ValueError("what was decided, or its body, are none")
    needed = {"merge": ("into",), "apart": ("other",), "split": ("name", "into"), "add": ("kind", "name", "names"),
              "name": ("name",)}[row["what"]]  # fmt: skip
    if any(key not in row["body"] for key in needed):
        raise ValueError(f"a {row['what']} needs {' and '.join(needed)}")
    texts = [row["body"].get(key) for key in ("into", "other", "name") if row["body"].get(key) is not None]
    if not all(isinstance(one, str) and one for one in texts):
        raise ValueError("its names and ids are not texts")


def _link(row: Row) -> None:
    if row["how"] not in ("operator", "names") or row["entity_id"] == row["into_id"]:
        raise ValueError("it links nothing")


def _source(row: Row) -> None:
    if not isinstance(row["settings"], dict) or len(row["reliability"]) != 1:
        raise ValueError("its settings or its grade are none")


def _event(row: Row) -> None:
    if not isinstance(row["facts"], dict):
        raise ValueError("its facts are no object")


def _desk(row: Row) -> None:
    """A desk that can be read; its ways out are there but shut, for whoever takes in an import has not opened them."""
    one = desk_from(row["name"], row["definition"])
    opened = [x.name for x in one.channels if x.kind not in ("log", "rss") and (x.alerts or x.digest)]
    if opened:
        log.warning("the desk %s comes with channels, which are off: %s; `vedette desks channel add` opens them",
                    one.name, ", ".join(opened))  # fmt: skip
        shut = [{**x, "alerts": False, "digest": False} if x["name"] in opened else x
                for x in row["definition"]["channels"]]  # fmt: skip
        row["definition"] = {**row["definition"], "channels": shut}


def _outgoing(row: Row) -> None:
    """A line of an outbox; what the house that it comes from may still send, or have sent, is not sent from here."""
    if row["state"] not in get_args(OutgoingState) or not isinstance(row["body"], dict):
        raise ValueError("its state or its body are none")
    if row["state"] in ("waiting", "claimed"):
        row |= {"state": "uncertain", "error": "it came with an import: the house that it comes from may have sent it"}


PLAIN: Mapping[str, Callable[[Row], None]] = {
    "alerts": _alert, "watchlists": _watchlist, "mutes": _series, "suppressions": _series, "version_series": _series,
    "entities": _entity, "sources": _source, "events": _event, "versions": version, "desks": _desk,
    "outgoing": _outgoing, "entity_decisions": _decision, "entity_links": _link,
}  # fmt: skip
"""Checks that need the row alone, by table."""
