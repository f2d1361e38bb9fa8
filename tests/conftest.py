"""What several tests need: where the real data lies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data: VEDETTE_SHARED, or ../shared beside the project; skips where there is none."""
    root = Path(__file__).resolve().parents[1]
    folder = Path(os.environ.get("VEDETTE_SHARED") or root.parent / "shared")
    if not (folder / "data").is_dir():
        pytest.skip(f"the real data is missing: no folder {folder / 'data'} (set VEDETTE_SHARED)")
    return folder
