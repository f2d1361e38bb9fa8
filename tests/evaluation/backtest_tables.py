"""Small tables of events, made anew by each test."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import numpy as np

START = date(2014, 1, 1)
PAIRS = [("Arcadia", "Borduria"), ("Cascara", "Dawsbergen"), ("Elbonia", "Florin"), ("Grand Fenwick", "Haiduk")]
Row = tuple[str, str, str, str]
HEAD = "date,source_country,target_country,cameo"


def rows(days: int = 120, *, seed: int = 7) -> list[Row]:
    """Cooperation every day, a little hostility at random, and on each pair one or two bursts of 4 a day for 5 days."""
    rng = np.random.default_rng(seed)
    found: list[Row] = []
    for n, (a, b) in enumerate(PAIRS):
        bursts = [40 + 9 * n, 80 + 7 * n]
        for i in range(days):
            day = (START + timedelta(days=i)).isoformat()
            found += [(day, a, b, "042")] * int(rng.poisson(3))
            found += [(day, b, a, "112")] * int(rng.random() < 0.08)
            if any(t <= i < t + 5 for t in bursts):
                found += [(day, a, b, "190")] * 4
    return sorted(found)


def write(path: Path, table: Iterable[Row], *, head: str = HEAD) -> Path:
    """As a CSV table."""
    path.write_text("\n".join([head, *(",".join(row) for row in table)]) + "\n", "utf-8")
    return path
