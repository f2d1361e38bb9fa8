"""The bundled corpus: reports and cables on the oil-rig standoff of 2014, written for Vedette from public facts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import groupby

from domain.document import Document
from domain.errors import InputError
from domain.protocols import ReadOptions
from domain.time import now
from ingest import readers

ABOUT = (
    "Invented outlets and posts; every text was written for Vedette from public facts about the oil-rig standoff in "
    "the South China Sea, March to July 2014. No real article or cable is reproduced."
)


def _folder() -> Traversable:
    return files("service.demo").joinpath("corpus")


def _parts() -> Iterator[tuple[str, str, bytes]]:
    """(kind, name, bytes) of every file that holds documents, in a fixed order."""
    folder = _folder()
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".jsonl"):
            yield "jsonl", entry.name, entry.read_bytes()
    for entry in sorted(folder.joinpath("cables").iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".txt"):
            yield "telegram", f"cables/{entry.name}", entry.read_bytes()


@cache
def version() -> str:
    """A hash of the whole corpus: a replay of another one is another replay."""
    total = hashlib.sha256()
    for _, name, data in _parts():
        total.update(name.encode() + data)
    return total.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Day:
    """The documents of one day, as they would have come in."""

    day: date
    documents: tuple[Document, ...]


@cache
def documents() -> tuple[Document, ...]:
    """Every document of the corpus, oldest first, known from its publication on.

    Raises:
        InputError: the corpus in this installation is damaged.
    """
    options = ReadOptions(read_at=now(), archive=True)
    found: list[Document] = []
    for kind, name, data in _parts():
        for reading in readers.read(data, kind=kind, item=name, options=options):
            if not isinstance(reading.item, Document):
                raise InputError(f"the bundled corpus is damaged: {reading.item}", item=name, stage="parse")
            # The known happening is for measuring; a reader of the demo should not be shown the answer.
            meta = {k: v for k, v in reading.item.meta.items() if k != "happening"}
            found.append(replace(reading.item, meta=meta))
    return tuple(sorted(found, key=lambda d: (d.published or d.known, d.key)))


def days() -> list[Day]:
    """The corpus day by day."""
    return [Day(day, tuple(group)) for day, group in groupby(documents(), key=lambda d: d.known.date())]


@cache
def happenings() -> dict[str, str]:
    """Document id to the happening it is known to tell: the corpus' gold stories."""
    known: dict[str, str] = {}
    for kind, _, data in _parts():
        if kind == "jsonl":
            for line in data.decode("utf-8").splitlines():
                row = json.loads(line)
                known[row["id"]] = row["happening"]
    cables = json.loads(_folder().joinpath("cables", "happenings.json").read_text("utf-8"))
    by_item = {f"cables/{stem}.txt": slug for stem, slug in cables.items()}
    return {
        d.id: slug for d in documents() if (slug := by_item.get(d.item) or known.get(d.external_id or "")) is not None
    }
