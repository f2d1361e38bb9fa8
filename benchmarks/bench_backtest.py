"""Seconds of ``vedette backtest`` on a year with 100,000 events and 5,000 dyads.

    bench_backtest.py [--events N] [--dyads N] [--days N] [--json]

The table is made by a seeded generator: dyads of very different volume, a fifth of the events hostile, bursts of a few
days on some, fewer events at weekends. Its figures mean nothing; only the time does. The command is run as its user
runs it, in a process of its own with a new home: start, reading, replay, baselines, intervals, storing and the page.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
START = date(2014, 1, 1)
COUNTRIES = 220


def generate(path: Path, *, events: int, dyads: int, days: int, seed: int = 0) -> None:
    """Write a table of exactly so many events, days and dyads."""
    rng = np.random.default_rng(seed)
    low, high = np.triu_indices(COUNTRIES, 1)
    if dyads > min(len(low), events - days):
        raise SystemExit(f"{dyads} dyads do not fit into {events} events between {COUNTRIES} countries")
    pairs = rng.choice(len(low), dyads, replace=False)
    volume = 1 / np.arange(1, dyads + 1) ** 0.9
    weekday = np.array([1.0, 1.1, 1.1, 1.1, 1.0, 0.5, 0.5])
    weight = weekday[(START.weekday() + np.arange(days)) % 7]
    which = np.concatenate([np.arange(dyads), rng.choice(dyads, events - dyads, p=volume / volume.sum())])
    day = np.concatenate([np.arange(days), rng.choice(days, events - days, p=weight / weight.sum())])
    rng.shuffle(day)
    hostile = rng.random(events) < 0.2
    burst = rng.random(dyads) < 0.1
    begun = rng.integers(0, days, dyads)
    moved = burst[which] & (rng.random(events) < 0.25)
    moved[np.unique(day, return_index=True)[1]] = False
    day = np.where(moved, np.minimum(begun[which] + rng.integers(0, 5, events), days - 1), day)
    hostile |= moved
    code = np.where(hostile, rng.choice(["111", "112", "130", "141", "173", "190"], events),
                    rng.choice(["010", "036", "040", "042", "057", "061"], events))  # fmt: skip
    turned = rng.random(events) < 0.5
    one, other = low[pairs[which]], high[pairs[which]]
    source, target = np.where(turned, one, other), np.where(turned, other, one)
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["date", "source_country", "target_country", "cameo"])
        for i in np.argsort(day, kind="stable").tolist():
            told = START + timedelta(days=int(day[i]))
            out.writerow([told, f"Country {source[i]:03}", f"Country {target[i]:03}", code[i]])


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--events", type=int, default=100_000)
    p.add_argument("--dyads", type=int, default=5_000)
    p.add_argument("--days", type=int, default=365)
    p.add_argument("--json", action="store_true")
    a = p.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = folder / "events.csv"
        generate(table, events=a.events, dyads=a.dyads, days=a.days)
        call = [sys.executable, "-c", "from interfaces.cli import main; main()", "backtest", str(table), "--json",
                "--home", str(folder / "home"), "--alerts-out", str(folder / "alerts.jsonl"),
                "--html", str(folder / "page.html")]  # fmt: skip
        start = time.perf_counter()
        said = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - start
    if said.returncode:
        raise SystemExit(said.stderr)
    body = json.loads(said.stdout)
    found = {"events": body["events"], "dyads": a.dyads, "days": a.days, "scored_dyads": body["dyads"],
             "onsets": body["onsets"], "lines": body["lines"], "seconds": round(seconds, 2)}  # fmt: skip
    if a.json:
        print(json.dumps(found))
        return
    for key, value in found.items():
        print(f"{key:14}{value:>12}")


if __name__ == "__main__":
    main()
