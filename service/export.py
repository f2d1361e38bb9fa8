"""``vedette export``: every table as JSON lines or Parquet, streamed from one state of the store into a new folder.

The folder is written under another name, put on disk and renamed last: what carries the name that was asked for is
whole. Nothing above the reader's clearance is in it; the manifest says so.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, LargeBinary, Table, func, select, text

from domain.errors import BusyError, InputError
from domain.label import Label, parse_label
from domain.time import now
from index.store import schema as s
from index.store import sources
from service.cleared import BLANKED, allowed, withheld
from service.manifest import DELIVERED, NAME, File, Manifest, describe, file_name
from service.portable import DERIVED, Row, default_of, of_store, outward, tables
from service.record import lines
from service.spreadsheet import sheets, write_sheet
from service.wiring import Home

FORMATS = ("jsonl", "parquet", "csv")
Progress = Callable[[int, str], None]
SETTINGS = "vedette.toml belongs to the machine and may name what is secret there"
SAVED = "saved briefings can be written again"


def export(
    home: Home, folder: Path, *, encoding: str = "jsonl", clearance: Label | None = None,
    progress: Progress | None = None,
) -> Manifest:  # fmt: skip
    """Write what this reader may see into a new folder; gives its manifest.

    ``clearance`` confines it further than the settings do. Memory does not grow with what is held.

    Raises:
        InputError: the folder is there and not empty, or the encoding is unknown.
        BusyError: another export is writing there. OSError: it cannot be written.
    """
    if encoding not in FORMATS:
        raise InputError(f"unknown format {encoding!r}; known: {', '.join(FORMATS)}", item=encoding, stage="export")
    own = home.settings.reader.clearance
    level = own if clearance is None else min(own, clearance)
    folder = folder.absolute()
    _refuse_filled(folder)
    with _partial(folder) as partial_folder:
        made = now()
        with home.read() as c:
            write = _sheets if encoding == "csv" else _tables
            files, left_out = write(c, partial_folder, encoding, level, progress)
            numbers = _sequences(c) if level is Label.TOP_SECRET else {}
            if encoding != "csv" and (record := _delivered(c, home, partial_folder, level)) is not None:
                files[DELIVERED] = record
        left_out |= {"vedette.toml": SETTINGS, "briefings": SAVED}
        manifest = Manifest(encoding=encoding, made=made, clearance=level, files=files, left_out=left_out,
                            sequences=numbers)  # fmt: skip
        body = json.dumps(manifest.plain(), ensure_ascii=False, indent=1) + "\n"
        _write_whole(partial_folder / NAME, body.encode())
        _note(home, folder, manifest)
        _sync(partial_folder)
        _refuse_filled(folder)
        partial_folder.rename(folder)
        _sync(folder.parent)
    return manifest


def _note(home: Home, folder: Path, manifest: Manifest) -> None:
    rows = {name.partition(".")[0]: file.rows for name, file in manifest.files.items() if file.rows}
    detail = {"format": manifest.encoding, "clearance": manifest.clearance.text, "rows": rows}
    with home.write() as c:
        sources.note(c, at=now(), action="export", subject=str(folder), detail=json.dumps(detail))


# --- the folder


def _refuse_filled(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise InputError("is there already and not empty: an export never overwrites", item=str(folder), stage="export")


@contextmanager
def _partial(folder: Path) -> Iterator[Path]:
    """The folder under the name it has while it is not whole, for its owner alone; gone again where that fails."""
    made = folder.with_name(folder.name + ".partial")
    folder.parent.mkdir(parents=True, exist_ok=True)
    made.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(made, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError("another export is writing there", item=str(made), stage="export") from error
        _clear(made)
        try:
            yield made
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
    finally:
        os.close(handle)


def _clear(made: Path) -> None:
    """Take away what an export that was broken off has left, and nothing else."""
    ours = {file_name(table.name, encoding) for table in tables() for encoding in FORMATS} | {DELIVERED, NAME}
    for path in list(made.iterdir()):
        if path.name not in ours or path.is_dir():
            raise InputError("holds what no export wrote; empty it first", item=str(made), stage="export")
        path.unlink()


def _write_whole(path: Path, data: bytes) -> None:
    with _created(path) as handle:
        handle.write(data)


@contextmanager
def _created(path: Path) -> Iterator[Any]:
    """A new file, readable by its owner alone, on the disk when the block ends."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
        yield handle
        handle.flush()
        os.fsync(handle.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# --- what goes into it


def _tables(
    c: Connection, folder: Path, encoding: str, level: Label, progress: Progress | None
) -> tuple[dict[str, File], dict[str, str]]:
    files: dict[str, File] = {}
    left_out = dict(DERIVED)
    done = 0
    for table in tables():
        if reason := withheld(table, level):
            left_out[table.name] = reason
            continue
        path = folder / file_name(table.name, encoding)
        rows = _counted(_rows(c, table, level), progress, done, table.name)
        if encoding == "parquet":
            from service.columns import write_parquet

            with _created(path) as handle:
                n = write_parquet(handle, table, rows, widths=_widths(c, table))
        else:
            n = _write_lines(path, map(outward(table), rows))
        files[path.name] = describe(path, rows=n)
        done += n
    return files, left_out


def _rows(c: Connection, table: Table, level: Label) -> Iterator[Row]:
    """The rows that may leave, as the store has them, a few at a time."""
    named = BLANKED.get(table.name, ()) if level < Label.TOP_SECRET else ()
    blanked = {name: default_of(table.c[name]) for name in named}
    for row in c.execute(allowed(table, level).execution_options(yield_per=64)).mappings():
        if table is s.meta and of_store(row["key"]):
            continue
        yield {**row, **blanked}


def _counted(rows: Iterable[Row], progress: Progress | None, before: int, what: str) -> Iterator[Row]:
    for n, row in enumerate(rows, before + 1):
        yield row
        if progress is not None and n % 500 == 0:
            progress(n, what)


def _write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    n = 0
    with _created(path) as handle:
        for row in rows:
            handle.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            n += 1
    return n


def _widths(c: Connection, table: Table) -> dict[str, int]:
    """The length of every byte column whose values are all equally long."""
    found = {}
    for column in table.columns:
        if isinstance(column.type, LargeBinary):
            least, most = c.execute(select(func.min(func.length(column)), func.max(func.length(column)))).one()
            if least is not None and least == most:
                found[column.name] = int(least)
    return found


def _sequences(c: Connection) -> dict[str, int]:
    carried = {table.name for table in tables()}
    return {name: int(seq) for name, seq in c.execute(text("SELECT name, seq FROM sqlite_sequence")) if name in carried}


def _sheets(
    c: Connection, folder: Path, _encoding: str, level: Label, progress: Progress | None
) -> tuple[dict[str, File], dict[str, str]]:
    files = {}
    for name, columns, rows in sheets(c, level):
        path = folder / f"{name}.csv"
        with _created(path) as handle:
            n = write_sheet(handle, columns, _counted(rows, progress, 0, name))
        files[path.name] = describe(path, rows=n)
    return files, {"all other tables": "CSV is for spreadsheets: documents, events and alerts, one row each"}


# --- the record of what was delivered


def _delivered(c: Connection, home: Home, folder: Path, level: Label) -> File | None:
    """The lines of the delivered alerts that this reader may see; a last line that was cut short is not one."""
    record = home.path / "alerts.jsonl"
    if not record.exists():
        return None
    path, whole = folder / DELIVERED, level is Label.TOP_SECRET
    n = _write_lines(path, lines(record) if whole else filter(None, map(partial(_seen_of, c, level), lines(record))))
    return describe(path, rows=n)


def _seen_of(c: Connection, level: Label, line: dict[str, Any]) -> dict[str, Any] | None:
    """A line as the reader may see it: the alert and each document by the label they have now, not only then."""
    try:
        if parse_label(line.get("label", "top secret")) > level:
            return None
    except ValueError:
        return None
    now_held = c.scalar(select(s.alerts.c.label).where(s.alerts.c.id == line.get("id")))
    if now_held is not None and now_held > level:
        return None
    v = s.versions.c
    named = [e for e in line.get("evidence", []) if isinstance(e, dict)]
    query = select(v.document_id).where(
        v.document_id.in_([str(e.get("document_id")) for e in named]), v.superseded.is_(None), v.label <= int(level)
    )
    shown = set(c.scalars(query))
    return {**line, "evidence": [e for e in named if e.get("document_id") in shown]}
