"""What each detector's statistic is worth alone as the alert score, on a table of coded events between countries.

    detectors_alone.py EVENTS.csv[.gz] [--scorer score_alerts.py] [--from DAY] [--budget 0.25 0.5 1 2]

The series are the hostile events (CAMEO root 10 or higher) of unordered dyads, the exposure is the number of all the
table's events that day. The scorer defines onset, match and budget (its header says how); a day is judged by the days
before it alone. Without --scorer it is looked for in shared/eval beside this checkout, or under VEDETTE_SHARED.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from alerts.detectors import DETECTORS, Kleinberg, WindowDetector, make  # noqa: E402

Array = npt.NDArray[np.float64]
Figures = list[dict[str, Any]]


def scorer(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_alerts", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise SystemExit(f"no scorer at {path}: give --scorer")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def scores(detector: WindowDetector, counts: Array, exposure: Array, weekdays: Array) -> Array:
    """The score of every series (row) and day (column); NaN where the detector cannot judge."""
    history, (n, days) = detector.history, counts.shape
    padded = np.concatenate([np.zeros((n, history - 1)), counts], axis=1)
    read = np.concatenate([np.zeros(history - 1), exposure])
    found = np.full((n, days), np.nan)
    for t in range(days):
        window = slice(t, t + history)
        found[:, t] = detector.measure(padded[:, window], read[window], weekday=int(weekdays[t])).score
    return found


def figures(benchmark: ModuleType, hostile: Any, found: Array, first: int, budgets: list[float]) -> Figures:
    """The scorer's figures at each budget; a day may be an alert when it was judged and has an event."""
    gold = {dyad: [t for t in benchmark.onsets(hostile.loc[dyad].values) if t >= first] for dyad in hostile.index}
    alerts = [
        (float(found[row, t]), hostile.index[row], int(t))
        for row, t in zip(*np.nonzero(~np.isnan(found) & (hostile.to_numpy() > 0)), strict=True)
    ]
    n = hostile.shape[1]
    return [benchmark.figures(alerts, gold, first, n, budget) for budget in budgets]


def main() -> None:
    shared = Path(os.environ.get("VEDETTE_SHARED") or ROOT.parent / "shared")
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("events", type=Path)
    p.add_argument("--scorer", type=Path, default=shared / "eval" / "score_alerts.py")
    p.add_argument("--from", dest="start", help="score from this day on")
    p.add_argument("--budget", type=float, nargs="*", default=[0.25, 0.5, 1.0, 2.0])
    p.add_argument("--detector", nargs="*", default=sorted(DETECTORS))
    p.add_argument("--json", action="store_true")
    a = p.parse_args()
    benchmark = scorer(a.scorer)
    hostile = benchmark.load(a.events)
    dates = pd.read_csv(a.events, usecols=["date"], dtype=str)["date"]
    exposure = pd.to_datetime(dates).value_counts().reindex(hostile.columns, fill_value=0).to_numpy(dtype=float)
    days = [str(day.date()) for day in hostile.columns]
    first = max(benchmark.WARM, days.index(a.start)) if a.start else benchmark.WARM
    weekdays = np.array([day.weekday() for day in hostile.columns])
    counts = hostile.to_numpy(dtype=float)
    made = [(name, make(name)) for name in a.detector]
    if "kleinberg" in a.detector:
        made.append(("kleinberg, binomial", Kleinberg(law="binomial")))
    table = {
        name: figures(benchmark, hostile, scores(detector, counts, exposure, weekdays), first, a.budget)
        for name, detector in made
    }
    if a.json:
        print(json.dumps({name: dict(zip(map(str, a.budget), row, strict=True)) for name, row in table.items()}))
        return
    print(f"{a.events.name}: F1 by the detector's score alone, at alerts a day; last, the mean of those up to 1")
    print(f"{'':20}" + "".join(f"{budget:>9}" for budget in a.budget) + f"{'mean':>9}{'lead at 1':>11}")
    some = [i for i, budget in enumerate(a.budget) if budget <= 1]
    at_one = a.budget.index(1.0) if 1.0 in a.budget else -1
    order = sorted(table, key=lambda name: -float(np.mean([table[name][i]["f1"] for i in some])))
    for name in order:
        row = table[name]
        mean, lead = float(np.mean([row[i]["f1"] for i in some])), row[at_one]["mean_lead_days"]
        print(f"{name:20}" + "".join(f"{r['f1']:9.3f}" for r in row) + f"{mean:9.3f}{lead or 0:11.2f}")


if __name__ == "__main__":
    main()
