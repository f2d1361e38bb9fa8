"""Fit the forecasting model on tables of coded events and write it as text.

    python benchmarks/train_forecast.py TABLE.csv[.gz] ... [--until DAY] [-o FOLDER] [--ship]

With --until only what had happened by the end of that day is used, for a measurement on what came later
(`vedette eval forecasts TABLE --model FOLDER --from DAY`). With --ship the model goes into models/weights/forecast and
its manifest is written anew.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from datetime import date
from pathlib import Path

from alerts.forecasting import fit
from alerts.panel import read_table

ROOT = Path(__file__).resolve().parents[1]
WEIGHTS = ROOT / "models" / "weights" / "forecast"
MANIFEST = ROOT / "models" / "manifests" / "forecast.json"


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("tables", nargs="+")
    p.add_argument("--until", type=date.fromisoformat)
    p.add_argument("-o", dest="folder", type=Path, default=Path("forecast-model"))
    p.add_argument("--skill", type=Path, help="JSON of figures measured out of time, kept beside the trees.")
    p.add_argument("--ship", action="store_true")
    a = p.parse_args()
    began = time.time()
    samples, spans = [], []
    for name in a.tables:
        events = read_table(name)
        if a.until is not None:
            events = events.until(a.until.toordinal())
        if not len(events):
            print(f"{name}: nothing by {a.until}")
            continue
        spans.append(f"{date.fromordinal(int(events.day.min()))} to {date.fromordinal(int(events.day.max()))}")
        samples += [fit.sample(part) for part in (events, *fit.cuts(events))]
    whole = fit.joined(samples)
    if a.until is not None:
        whole = fit.until(whole, a.until.toordinal())
    about = {"made_from": spans, "questions": len(whole.day)}
    if a.skill is not None:
        about["skill"] = json.loads(a.skill.read_text("utf-8"))
    folder = WEIGHTS if a.ship else a.folder
    fit.fit(whole, folder, about=about)
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}
    if a.ship:
        manifest = {
            "name": "forecast", "task": "forecast", "version": "1.0.0", "licence": "Apache-2.0", "package": "vedette",
            "module": "models", "folder": "weights/forecast", "files": files, "card": "forecast.md",
        }  # fmt: skip
        MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{len(whole.day)} questions from {', '.join(spans)}; {size / 1024:.0f} KiB; {time.time() - began:.0f} s")


if __name__ == "__main__":
    main()
