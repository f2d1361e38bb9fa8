"""A watched folder: the files that came or changed since the last look, and none that is still being written."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from domain.errors import FetchError
from domain.protocols import Reading
from domain.source import Failure
from index.store import schema as s
from ingest.files import walk
from service.reading import Incoming, Options, file_readings, storable
from service.wiring import Home

if TYPE_CHECKING:
    from service.taking import Taken

SETTLE = 2.0
"""Seconds between the two looks at a file: whoever writes it has to leave it alone for so long."""
MOST_FILES = 200
MOST_BYTES = 64 * 2**20
"""What one look takes in at most; the rest waits for the next, which follows at once."""

_UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".filepart", ".tmp", ".temp", ".swp", "~")
_OWN = ("~$", ".~", ".")


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it was when it was looked at; ``changed`` in nanoseconds since 1970."""

    path: str
    size: int
    changed: int


def take(home: Home, taken: Taken, options: Options, *, stop: threading.Event, full: bool = False) -> None:
    """Read what is new in a folder, up to a portion.

    A file is taken once its size and times are the same at two looks. One that was moved away or deleted leaves its
    documents; should it come again, it is read again.

    Raises:
        FetchError: there is no such folder, as when its disk is not mounted; what is known of its files stays.
    """
    folder = Path(taken.row.url)
    if not folder.is_dir():
        raise FetchError("there is no such folder", item=str(folder), stage="fetch")
    with home.read() as c:
        known = {} if full else held(c, taken.row.id)
    there, trouble = _look(folder)
    taken.gone = [path for path in known if path not in there]
    fresh = [(path, seen) for path, seen in there.values() if known.get(seen.path) != (seen.size, seen.changed)]
    settled = [] if not fresh or stop.wait(SETTLE) else [(path, seen) for path, seen in fresh if _seen(path) == seen]
    budget = MOST_BYTES
    for path, seen in settled:
        if stop.is_set() or len(taken.files) >= MOST_FILES or (budget < seen.size and taken.files):
            break
        budget -= seen.size
        taken.items += file_readings(home, path, options)
        taken.files.append(seen)
    taken.items += [Incoming(one.item, Reading(one), options) for one in trouble]
    left, growing = len(settled) - len(taken.files), len(fresh) - len(settled)
    taken.more = left > 0
    told = [f"{left} files are left for the next look"] if left else []
    told += [f"{growing} files are still being written"] if growing and not stop.is_set() else []
    taken.reason = "; ".join(told) or None
    taken.outcome = "read" if taken.files else "unchanged" if there else "empty"


def held(c: Connection, source: int) -> dict[str, tuple[int, int]]:
    """The files of a folder as they were read last."""
    w = s.watched_files.c
    return {
        row.path: (row.size, row.changed) for row in c.execute(select(s.watched_files).where(w.source_id == source))
    }


def remember(c: Connection, source: int, files: Iterable[Seen], gone: Iterable[str], *, at: datetime) -> None:
    """Keep that these files are stored as they were, and forget those that are there no more."""
    rows = [{"source_id": source, "path": f.path, "size": f.size, "changed": f.changed, "read": at} for f in files]
    if rows:
        made = upsert(s.watched_files)
        new = {name: made.excluded[name] for name in ("size", "changed", "read")}
        c.execute(made.on_conflict_do_update(index_elements=["source_id", "path"], set_=new), rows)
    w = s.watched_files.c
    for path in gone:
        c.execute(delete(s.watched_files).where(w.source_id == source, w.path == path))


def _look(folder: Path) -> tuple[dict[str, tuple[Path, Seen]], list[Failure]]:
    there: dict[str, tuple[Path, Seen]] = {}
    trouble: list[Failure] = []
    for found in walk(Path(os.path.abspath(folder))):
        if isinstance(found, Failure):
            trouble.append(found)
        elif not unfinished(found.name) and (seen := _seen(found)) is not None:
            there[seen.path] = (found, seen)
    return there, trouble


def unfinished(name: str) -> bool:
    """Whether a file's name says that somebody is still at it, or that it belongs to a program."""
    return name.lower().endswith(_UNFINISHED) or name.startswith(_OWN)


def _seen(path: Path) -> Seen | None:
    try:
        stat = path.stat()
    except OSError:
        return None  # gone meanwhile
    # A file that takes another's place may be as old and as large: its inode's time still tells.
    return Seen(storable(str(path)), stat.st_size, max(stat.st_mtime_ns, stat.st_ctime_ns))
