"""Files that are believed only as far as they were checked: written whole, read in place, block by block.

A derived file is written once and never changed. Its digest is kept by blocks of 1 MiB, and a block is compared with
its digest when it is first read: a start pays for what it looks at and not for gigabytes, and what was damaged on disk
is noticed before any of it is used. The digests stand in the manifest, which carries one of itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

BLOCK = 1 << 20
Bytes = npt.NDArray[np.uint8]


class DamagedError(Exception):
    """A derived file is not what was written; whoever meets this derives it anew from the store."""


@dataclass(frozen=True, slots=True)
class Seal:
    """What a file must be: its size in bytes and the digest of each of its blocks."""

    size: int
    blocks: tuple[str, ...]


def _digest(data: Any) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


def sync_folder(path: Path) -> None:
    """Make sure that what was put into a folder, or renamed in it, is there after a power cut."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write(path: Path, chunks: Iterable[bytes | memoryview]) -> Seal:
    """Write a new file from its parts, durably; gives its seal.

    Raises:
        OSError: the disk is full or may not be written.
    """
    size, blocks, pending = 0, list[str](), bytearray()
    with path.open("wb") as handle:
        for chunk in chunks:
            handle.write(chunk)
            size += len(chunk)
            pending += chunk
            whole = len(pending) - len(pending) % BLOCK
            view = memoryview(pending)
            blocks += [_digest(view[i : i + BLOCK]) for i in range(0, whole, BLOCK)]
            view.release()
            del pending[:whole]
        if pending:
            blocks.append(_digest(pending))
        handle.flush()
        os.fsync(handle.fileno())
    return Seal(size, tuple(blocks))


class Mapped:
    """A sealed file, mapped into memory; safe to use from several threads."""

    def __init__(self, path: Path, seal: Seal) -> None:
        """Open it.

        Raises:
            DamagedError: it is not there, cannot be read or has another size.
        """
        self.path = path
        self._seal = seal
        self._lock = threading.Lock()
        self._good = np.zeros(len(seal.blocks), np.bool_)
        self._whole = False
        try:
            size = path.stat().st_size
            if size != seal.size:
                raise DamagedError(f"{path.name} has {size} bytes and not {seal.size}")
            # A plain view: slices of it cost nothing.
            self._data: Bytes = np.asarray(np.memmap(path, np.uint8, "r") if size else np.empty(0, np.uint8))
        except OSError as error:
            raise DamagedError(f"{path.name} cannot be read ({error.strerror})") from error

    def bytes(self, start: int = 0, stop: int | None = None) -> Bytes:
        """The bytes from ``start`` to ``stop``, checked.

        Raises:
            DamagedError: they are not what was written.
        """
        stop = self._seal.size if stop is None else stop
        if not 0 <= start <= stop <= self._seal.size:
            raise DamagedError(f"{self.path.name} is asked for what it does not have")
        if not self._whole and stop > start:
            self._check(start // BLOCK, (stop - 1) // BLOCK + 1)
        return self._data[start:stop]

    def __len__(self) -> int:
        return self._seal.size

    def unchecked(self) -> Bytes:
        """All bytes; the caller has ``bytes`` check them before it believes any."""
        return self._data

    def _check(self, first: int, last: int) -> None:
        if self._good[first:last].all():
            return
        with self._lock:
            for block in (first + np.flatnonzero(~self._good[first:last])).tolist():
                if _digest(self._data[block * BLOCK : (block + 1) * BLOCK]) != self._seal.blocks[block]:
                    raise DamagedError(f"the checksum of {self.path.name} is wrong")
                self._good[block] = True
            self._whole = bool(self._good.all())

    def array(self, dtype: npt.DTypeLike, start: int = 0, count: int | None = None) -> npt.NDArray[Any]:
        """``count`` numbers (all when None) from the byte ``start`` on, checked.

        Raises:
            DamagedError: they are not what was written.
        """
        width = np.dtype(dtype).itemsize
        stop = None if count is None else start + count * width
        return self.bytes(start, stop).view(dtype)


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Put an object with its own digest in the place of what stands there, or leave that as it is."""
    body = json.dumps(value, sort_keys=True)
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("w", encoding="utf-8") as handle:
        handle.write(json.dumps({"digest": _digest(body.encode()), "manifest": value}, sort_keys=True))
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def read_json(path: Path) -> dict[str, Any]:
    """The object that ``write_json`` wrote.

    Raises:
        FileNotFoundError: there is none. DamagedError: it is not what was written.
    """
    try:
        outer = json.loads(path.read_text("utf-8"))
        value: dict[str, Any] = outer["manifest"]
        good = _digest(json.dumps(value, sort_keys=True).encode()) == outer["digest"]
    except FileNotFoundError:
        raise
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DamagedError(f"{path.name} cannot be read ({type(error).__name__})") from error
    if not good:
        raise DamagedError(f"the checksum of {path.name} is wrong")
    return value
