"""The record of delivered alerts (``alerts.jsonl``), changed as a whole: written anew beside it, then renamed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

Line = dict[str, Any]


def lines(path: Path) -> Iterator[Line]:
    """The whole lines of the record; one that a crash cut short counts as not written."""
    try:
        handle = path.open("rb")
    except FileNotFoundError:
        return
    with handle:
        for raw in handle:
            try:
                value = json.loads(raw)
            except ValueError:
                continue
            if isinstance(value, dict):
                yield value


def add_lines(path: Path, more: Iterable[Line]) -> int:
    """Add the lines of alerts that the record does not hold; gives how many."""
    held = {(line.get("id"), line.get("date")) for line in lines(path)}
    fresh = []
    for line in more:
        if (key := (line.get("id"), line.get("date"))) not in held:
            held.add(key)
            fresh.append(line)
    if fresh:
        _write(path, [*lines(path), *fresh])
    return len(fresh)


def revise(path: Path, change: Callable[[Line], Line]) -> int:
    """Change the lines one by one, and drop what is no line; gives how many are different now."""
    try:
        before = path.read_bytes()
    except FileNotFoundError:
        return 0
    old = list(lines(path))
    new = [change(line) for line in old]
    changed = sum(a != b for a, b in zip(old, new, strict=True))
    if changed or before.count(b"\n") != len(old):
        _write(path, new)
    return changed


def _write(path: Path, found: Iterable[Line]) -> None:
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("wb") as handle:
        for line in found:
            handle.write((json.dumps(line, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass"))
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
