"""``vedette backup``: the database as one file, taken while others read and write.

By ``VACUUM INTO``: it copies one state of the database in one read transaction, however much is written meanwhile;
the online backup API begins anew whenever another process has written. Its file holds no free pages, so nothing that
was deleted. Derived indexes are not in it: they are made from it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite

from domain.errors import BusyError, InputError, StoreError
from domain.label import Label
from domain.time import now
from index.store import sources
from service.bundles import unsound
from service.portable import of_store
from service.upkeep import bare
from service.wiring import Home


@dataclass(frozen=True, slots=True)
class Copy:
    """A backup that was made: where, its size in bytes, its SHA-256, and the documents in it."""

    path: str
    bytes: int
    sha256: str
    documents: int

    def plain(self) -> dict[str, Any]:
        """As it is printed."""
        return {"path": self.path, "bytes": self.bytes, "sha256": self.sha256, "documents": self.documents}


def backup(home: Home, path: Path) -> Copy:
    """Write the database into a new file, examined page by page before it has its name.

    It is restored by ``vedette import``, or by putting it into an empty home folder as ``vedette.db``.

    Raises:
        InputError: the file is there already, or this reader may not see everything. BusyError: another is writing it.
        StoreError: the database refuses, or is damaged.
    """
    if (clearance := home.settings.reader.clearance) < Label.TOP_SECRET:
        reason = "a backup holds everything and needs the clearance for it; `vedette export` writes what you may see"
        raise InputError(reason, item=f"clearance {clearance.text}", stage="backup")
    path = path.absolute()
    _refuse(path)
    with _partial(path) as partial:
        try:
            with bare(home.engine) as connection:
                connection.execute("VACUUM INTO ?", (str(partial),))
            documents = _apart(partial)
        except sqlite.DatabaseError as error:
            raise StoreError(f"the database refused: {error}", item=str(home.path), stage="backup") from error
        if damage := unsound(partial):
            raise StoreError(f"the copy {damage}", item=str(home.path), stage="backup")
        with partial.open("rb") as handle:
            os.fsync(handle.fileno())
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
        made = Copy(str(path), partial.stat().st_size, digest, documents)
        with home.write() as c:
            sources.note(c, at=now(), action="backup", subject=str(path), detail=json.dumps(made.plain()))
        _refuse(path)
        partial.rename(path)
        _sync(path.parent)
    return made


def _refuse(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise InputError("is there already: a backup never overwrites", item=str(path), stage="backup")


def _apart(path: Path) -> int:
    """Take from a copy what told of the store it is from, so that no index of that one is taken for its own."""
    connection = sqlite.connect(str(path), isolation_level=None)
    try:
        own = [key for (key,) in connection.execute("SELECT key FROM meta") if of_store(key)]
        connection.executemany("DELETE FROM meta WHERE key = ?", [(key,) for key in own])
        return int(connection.execute("SELECT count(*) FROM documents").fetchone()[0])
    finally:
        connection.close()


@contextmanager
def _partial(path: Path) -> Iterator[Path]:
    """The file under the name it has while it is not whole, empty, for its owner alone; gone again where that fails."""
    made = path.with_name(path.name + ".partial")
    made.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(made, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError("another backup is writing it", item=str(made), stage="backup") from error
        if os.pread(handle, 16, 0) not in (b"", b"SQLite format 3\0"):
            raise InputError("is there already, and no backup that was broken off", item=str(made), stage="backup")
        os.ftruncate(handle, 0)
        try:
            yield made
        except BaseException:
            made.unlink(missing_ok=True)
            raise
    finally:
        os.close(handle)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
