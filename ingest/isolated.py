"""Hostile files are opened in a process of their own, with limits on memory and time; here is this side of it.

Why a process: a PDF can loop, ask for all memory, or crash the C library that reads it, and no exception handler helps
against that. A fresh one for each file costs 0.13 s, a small part of what understanding a page costs, and leaves
nothing behind from one file to the next. Nothing is ever written to disk.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from domain.errors import ParseError

_WORKER = Path(__file__).with_name("isolated_worker.py")
_MEMORY = 2 * 2**30
_PER_BYTE = 6
_LONGEST_LINE = 64 * 2**20
_LARGEST = 2**29

Mode = Literal["text", "render", "picture", "rtf", "streams", "xlsx"]


@dataclass(frozen=True, slots=True)
class Record:
    """One thing the worker found: its facts, and the raw bytes that came with them."""

    facts: Mapping[str, Any]
    raw: bytes = b""


def opened(data: bytes, *, mode: Mode, item: str, seconds: float, **job: Any) -> Generator[Record, None, None]:
    """What the worker finds in a file, record by record, as soon as it finds it.

    ``seconds`` is wall time, counted while the caller works on a record too. The last record says ``done``; a stream
    that ends without it was cut: see ``complete``.

    Raises:
        ParseError: the worker said that it cannot open the file at all, or went wrong before its first record.
    """
    memory = _MEMORY + _PER_BYTE * len(data)
    order = json.dumps({"mode": mode, "memory": memory, "seconds": int(seconds) + 1, **job})
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    with subprocess.Popen(  # noqa: S603 - our own script, by our own interpreter
        [sys.executable, "-P", str(_WORKER), order],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        timer = threading.Timer(seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            for act in (lambda: process.stdin.write(data), process.stdin.close):
                with suppress(BrokenPipeError):  # it ended before it had read all: its last record says why
                    act()
            count = 0
            for record in _records(process.stdout):
                if count == 0 and "error" in record.facts and "page" not in record.facts:
                    raise ParseError(_reason(record.facts), item=item, stage="parse")
                count += 1
                yield record
            if not count:
                reason = f"took longer than {seconds:g} s" if late.is_set() else "crashed the library that reads it"
                raise ParseError(f"cannot be opened: {reason}", item=item, stage="parse")
            if late.is_set():
                yield Record({"error": f"took longer than {seconds:g} s"})
        finally:
            timer.cancel()
            process.kill()


def _records(stream: Any) -> Iterator[Record]:
    """Whole records only: what a killed worker left half written is dropped."""
    while line := stream.readline(_LONGEST_LINE):
        if not line.endswith(b"\n"):
            return
        facts = json.loads(line)
        size = int(facts.get("bytes", 0))
        if not 0 <= size <= _LARGEST:
            return
        raw = stream.read(size) if size else b""
        if len(raw) != size:
            return
        yield Record(facts, raw)


def _reason(facts: Mapping[str, Any]) -> str:
    if facts.get("locked"):
        return "is locked by a password"
    return str(facts["error"])
