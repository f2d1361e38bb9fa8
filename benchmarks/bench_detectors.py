"""Seconds each detector takes to judge 10,000 windows of 90 days: bench_detectors.py [--rows N] [--days N] [--json]."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from alerts.detectors import DETECTORS, make


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--rows", type=int, default=10_000)
    p.add_argument("--days", type=int, default=90)
    p.add_argument("--repeat", type=int, default=3)
    p.add_argument("--json", action="store_true")
    a = p.parse_args()
    rng = np.random.default_rng(0)
    mean = 10 ** rng.uniform(-2.5, 1.5, (a.rows, 1))  # from an event a year to thirty a day
    counts = rng.negative_binomial(0.7, 0.7 / (0.7 + mean), (a.rows, a.days)).astype(np.float64)
    exposure = rng.poisson(400, a.days).astype(np.float64)
    seconds = {}
    for name in sorted(DETECTORS):
        detector = make(name)
        taken = []
        for _ in range(a.repeat):
            start = time.perf_counter()
            detector.measure(counts, exposure, weekday=0)
            taken.append(time.perf_counter() - start)
        seconds[name] = round(min(taken), 3)
    if a.json:
        print(json.dumps({"rows": a.rows, "days": a.days, "seconds": seconds}))
        return
    print(f"{a.rows} windows of {a.days} days, best of {a.repeat}")
    for name, best in seconds.items():
        print(f"{name:12}{best:8.3f} s")


if __name__ == "__main__":
    main()
