"""The forecasting model measured out of time: fitted on some tables, scored on another that came later.

    python benchmarks/forecast_scores.py --fit TABLE ... [--until DAY] [--leave-out FIRST LAST]
        --score TABLE [--from DAY] [--every DAYS] [--skill FILE.json]

--skill writes the figures that are kept beside the shipped trees, for homes that have too few scored forecasts yet.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from datetime import date
from pathlib import Path

from alerts.forecasting import fit
from alerts.forecasting.model import load_model
from alerts.panel import read_table
from evaluation.forecasts import Figures, measure


def skill_of(figures: list[Figures]) -> dict[str, dict[str, object]]:
    """By kind and ``what_horizon``, as ``domain.forecast.Skill`` takes it."""
    out: dict[str, dict[str, object]] = {}
    for one in figures:
        m = one.model
        naive = next(c for c in one.score if c.method == m.reference)
        out.setdefault(one.kind, {})[f"{one.what}_{one.horizon}"] = {
            "n": one.n, "score": round(m.score, 5), "naive": round(naive.score, 5), "best": m.reference,
            "value": round(m.skill, 4), "low": round(m.low, 4), "high": round(m.high, 4),
        }  # fmt: skip
    return out


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--fit", nargs="+", required=True)
    p.add_argument("--until", type=date.fromisoformat)
    p.add_argument("--leave-out", nargs=2, type=date.fromisoformat, metavar=("FIRST", "LAST"))
    p.add_argument("--score", required=True)
    p.add_argument("--from", dest="first", type=date.fromisoformat)
    p.add_argument("--every", type=int, default=3)
    p.add_argument("--skill", type=Path)
    a = p.parse_args()
    samples = []
    for name in a.fit:
        events = read_table(name)
        if a.until is not None:
            events = events.until(a.until.toordinal())
        parts = [events]
        if a.leave_out:
            low, high = (d.toordinal() for d in a.leave_out)
            parts = [events.where(events.day < low), events.where(events.day > high)]
        for part in parts:
            if len(part):
                samples += [fit.sample(one) for one in (part, *fit.cuts(part))]
    whole = fit.joined(samples)
    if a.until is not None:
        whole = fit.until(whole, a.until.toordinal())
    with tempfile.TemporaryDirectory() as folder:
        fit.fit(whole, Path(folder), about={})
        figures = measure(read_table(a.score), load_model(Path(folder)), first=a.first, stride=a.every)
    print(f"fitted on {len(whole.day)} questions")
    for one in figures:
        m = one.model
        scores = "  ".join(f"{c.method} {c.score:.4f}" for c in one.score)
        logs = "  ".join(f"{c.method} {c.score:.4f}" for c in one.log)
        print(f"{one.kind:8}{one.horizon:3} {one.what:12} n={one.n} of {one.series} series, {one.first} to {one.last}, "
              f"mean {one.mean:.4f}\n    {'Brier' if one.parts else 'CRPS '} {scores}\n    log   {logs}\n"
              f"    skill over {m.reference} {m.skill:+.3f} ({m.low:+.3f} to {m.high:+.3f})")  # fmt: skip
        if one.parts:
            print(f"    reliability {one.parts.reliability:.5f} resolution {one.parts.resolution:.5f} uncertainty "
                  f"{one.parts.uncertainty:.5f}\n    said, came (n): "
                  + ", ".join(f"{b.forecast:.4f} {b.came:.4f} ({b.n})" for b in one.bins))  # fmt: skip
        else:
            print("    held " + ", ".join(f"{k:.0%} {v:.3f}" for k, v in (one.coverage or {}).items()))
    if a.skill:
        a.skill.write_text(json.dumps(skill_of(figures), indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
