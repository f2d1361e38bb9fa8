"""A small home that is filled through the real service, with the real models."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from service.wiring import Home, open_home


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """An empty home folder, open."""
    made = open_home(tmp_path / "home")
    yield made
    made.close()


@pytest.fixture
def jsonl(tmp_path: Path) -> Callable[..., str]:
    """Writes objects (or raw lines) to a JSONL file and gives its path."""

    def write(*rows: dict[str, Any] | str, name: str = "in.jsonl") -> str:
        path = tmp_path / name
        lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return str(path)

    return write
