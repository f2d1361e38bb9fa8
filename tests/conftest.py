"""What several tests need: where the real data lies, and the demo replayed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from service.wiring import Home


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data: VEDETTE_SHARED, or ../shared beside the project; skips where there is none."""
    root = Path(__file__).resolve().parents[1]
    folder = Path(os.environ.get("VEDETTE_SHARED") or root.parent / "shared")
    if not (folder / "data").is_dir():
        pytest.skip(f"the real data is missing: no folder {folder / 'data'} (set VEDETTE_SHARED)")
    return folder


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The bundled corpus, replayed day by day through the service: 404 documents, their alerts, a watchlist.

    It is shared: a test that changes something works on a copy.
    """
    from service.demo.replay import run
    from service.wiring import open_home

    home = open_home(tmp_path_factory.mktemp("demo") / "home")
    run(home)
    yield home
    home.close()
