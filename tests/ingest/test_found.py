"""What fuzzing found, kept: every input goes through the target that it once broke (``benchmarks/fuzz.py``)."""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).resolve().parent
FOUND = sorted((HERE / "found").glob("*.bin"))


@pytest.fixture(scope="module")
def fuzz() -> Iterator[ModuleType]:
    """The fuzzer, as a module; it looks for the readers' samples on the path."""
    spec = importlib.util.spec_from_file_location("vedette_fuzz", HERE.parents[1] / "benchmarks" / "fuzz.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    try:
        spec.loader.exec_module(module)
        module.targets()
        yield module
    finally:
        sys.path[:] = before


@pytest.mark.parametrize("path", FOUND, ids=[path.name for path in FOUND])
def test_what_was_found_is_no_find_any_more(fuzz: ModuleType, path: Path) -> None:
    target = fuzz.targets()[path.name.partition(".")[0]]
    started = time.process_time()
    target(path.read_bytes())
    assert time.process_time() - started < fuzz.SLOW


def test_there_are_finds() -> None:
    assert FOUND
