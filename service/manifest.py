"""What an export says of itself: its rows, their schema, the clearance it was made for, the SHA-256 of every file."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from domain.errors import InputError
from domain.label import Label, parse_label
from index.store.engine import HEAD
from service.portable import tables

FORMAT = 1
NAME = "manifest.json"
DELIVERED = "delivered.jsonl"
"""The lines of the home's ``alerts.jsonl``, the record of what left the house, carried beside the tables."""
_LARGEST = 16 << 20


@dataclass(frozen=True, slots=True)
class File:
    """A file of an export: its rows, its size in bytes, its SHA-256."""

    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """An export as a whole.

    Attributes:
        format: of the export; revision: of the schema that its rows come from. encoding: jsonl | parquet | csv.
        clearance: of the reader it was made for: nothing above it is in it. left_out: what is not in it, and why.
        files: by name. sequences: the last number each counting table has ever given.
    """

    encoding: str
    made: datetime
    clearance: Label
    files: Mapping[str, File]
    left_out: Mapping[str, str] = field(default_factory=dict)
    sequences: Mapping[str, int] = field(default_factory=dict)
    format: int = FORMAT
    revision: str = HEAD

    def plain(self) -> dict[str, Any]:
        """As it is written and printed."""
        return {
            "format": self.format, "revision": self.revision, "encoding": self.encoding,
            "made": self.made.isoformat().replace("+00:00", "Z"), "clearance": self.clearance.text,
            "files": {name: asdict(file) for name, file in sorted(self.files.items())},
            "left_out": dict(self.left_out), "sequences": dict(self.sequences),
        }  # fmt: skip


def file_name(table: str, encoding: str) -> str:
    """The file of a table."""
    return f"{table}.{encoding}"


def describe(path: Path, *, rows: int) -> File:
    """The entry of a file that is written."""
    with path.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
        return File(rows, os.fstat(handle.fileno()).st_size, digest)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of an export, every file of it found whole and unchanged.

    Raises:
        InputError: there is none, it is not one, a newer Vedette wrote it, or a file is missing, changed or no file;
            the message names it.
    """
    path = folder / NAME
    try:
        with path.open("rb") as handle:
            body = handle.read(_LARGEST + 1)
    except FileNotFoundError as error:
        raise InputError("there is no manifest.json: no export, or one that was broken off", item=str(folder),
                         stage="import") from error  # fmt: skip
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", item=str(path), stage="import") from error
    try:
        if len(body) > _LARGEST:
            raise ValueError("too large")
        manifest = _from(json.loads(body))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InputError(f"not the manifest of an export: {error}", item=str(path), stage="import") from error
    _judge(manifest, path)
    for name, said in manifest.files.items():
        _compare(folder / name, said)
    return manifest


def _from(value: Any) -> Manifest:
    numbers = {str(k): int(v) for k, v in value.get("sequences", {}).items()}
    if any(not 0 <= n < 2**62 for n in numbers.values()):
        raise ValueError("sequences")
    files = {str(k): File(int(f["rows"]), int(f["bytes"]), str(f["sha256"])) for k, f in value["files"].items()}
    return Manifest(
        encoding=str(value["encoding"]), made=datetime.fromisoformat(value["made"]),
        clearance=parse_label(value["clearance"]), sequences=numbers, files=files,
        left_out={str(k): str(v) for k, v in value.get("left_out", {}).items()}, format=int(value["format"]),
        revision=str(value["revision"]),
    )  # fmt: skip


def _judge(manifest: Manifest, path: Path) -> None:
    reason = None
    known = {file_name(table.name, manifest.encoding) for table in tables()} | {DELIVERED}
    unknown = sorted(set(manifest.files) - known)
    if manifest.format != FORMAT or manifest.revision > HEAD:
        reason = f"has format {manifest.format} and revision {manifest.revision}, which this Vedette does not know"
    elif manifest.encoding == "csv":
        reason = "is a CSV export, which is made for spreadsheets and cannot be imported"
    elif manifest.encoding not in ("jsonl", "parquet"):
        reason = f"has the unknown encoding {manifest.encoding[:60]!r}"
    elif unknown:
        reason = f"names a file of no table: {unknown[0][:200]!r}"
    if reason:
        raise InputError(reason, item=str(path), stage="import")


def _compare(path: Path, said: File) -> None:
    try:
        # A link, a pipe or a device in the place of a file is followed and waited for by nobody.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", item=str(path), stage="import") from error
    with os.fdopen(descriptor, "rb") as handle:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise InputError("is no file", item=str(path), stage="import")
        if found.st_size != said.bytes:
            reason = f"has {found.st_size} bytes, its manifest says {said.bytes}: damaged or cut short"
            raise InputError(reason, item=str(path), stage="import")
        if hashlib.file_digest(handle, "sha256").hexdigest() != said.sha256:
            raise InputError("its SHA-256 is not the one in the manifest: damaged", item=str(path), stage="import")
