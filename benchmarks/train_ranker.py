"""Train the onset ranker on tables of coded events, and say how good it is on months that it had not seen.

    python benchmarks/train_ranker.py --report            out-of-sample figures beside EARS C2, with intervals
    python benchmarks/train_ranker.py --report --ablate   and what each detector adds, left out one at a time
    python benchmarks/train_ranker.py --save              the ranker that is shipped, calibrated on those months

The tables are read from ../shared/data/icews (or VEDETTE_SHARED); none of their rows goes into the ranker. Judged by
../shared/eval/score_alerts.py. Out of sample means: the first half of 2018 in four parts, each ranked by what was
learned from the others (a fortnight beside it left out) and from the other tables; 2014 by what was learned from 2018
and from the other years.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from alerts.panel import EventColumns, Floats, Panel, panel, read_table  # noqa: E402
from alerts.ranking.examples import SCORED, Examples, examples, thinned  # noqa: E402
from alerts.ranking.features import DETECTED  # noqa: E402
from alerts.ranking.fit import Lesson, fit  # noqa: E402
from alerts.ranking.ranker import FOLDER, Ranker, save  # noqa: E402

SHARED = Path(os.environ.get("VEDETTE_SHARED") or ROOT.parent / "shared")
TABLES = {"icews18": "icews18_jan_jun", "icews14": "icews14", "tail": "icews05-15_tail_complete"}
THINNED = ((0.5, 0), (0.5, 1), (0.25, 0), (0.25, 1))
"""The densest table is learned from at lesser densities too: share of the events kept, seed."""
BUDGETS = (0.25, 0.5, 1.0, 2.0)
PARTS = ((0, 46), (46, 91), (91, 136), (136, 181))
APART = 14
DRAWS = 1000
LEAST = 3
"""Dyads with fewer hostile events in a table teach nothing."""


def table(name: str) -> EventColumns:
    return read_table(SHARED / "data" / "icews" / f"{TABLES[name]}.csv.gz")


class Data:
    """The tables, their examples and panels."""

    def __init__(self) -> None:
        self.events = {name: table(name) for name in TABLES}
        self.panels: dict[str, Panel] = {name: panel(events) for name, events in self.events.items()}
        self.examples: dict[str, Examples] = {}
        for name, events in self.events.items():
            self._add(name, events)
        self.copies = []
        for share, seed in THINNED:
            name = f"icews18 at {share}, {seed}"
            self._add(name, thinned(self.events["icews18"], share=share, seed=seed))
            self.copies.append(name)
        first = self.panels["tail"].first
        day = self.examples["tail"].day + first
        around = (day >= date(2013, 12, 10).toordinal()) & (day < date(2015, 1, 20).toordinal())
        self.examples["tail"] = self.examples["tail"].where(~around)

    def _add(self, name: str, events: EventColumns) -> None:
        found = examples(events, name=name)
        self.examples[name] = found.where(found.total >= LEAST)
        print(f"{name}: {len(self.examples[name])} examples", file=sys.stderr, flush=True)

    def lessons(self, *, leave_out: tuple[int, int] | None = None, but: str | None = None) -> list[Lesson]:
        """All tables, but the one named; of 2018 without some days and what lies beside them."""
        found = []
        for name in ("icews18", *self.copies):
            x = self.examples[name]
            if leave_out is not None:
                x = x.where((x.day < leave_out[0] - APART) | (x.day >= leave_out[1] + APART))
            found.append(Lesson(x, 1.0 if name == "icews18" else 0.5))
        return [*found, *(Lesson(self.examples[name]) for name in ("icews14", "tail") if name != but)]


def unseen(data: Data, *, without: Sequence[str] = ()) -> dict[str, Floats]:
    """The log odds of every example of the two tables, by rankers that had not seen its month."""
    x = data.examples["icews18"]
    odds = np.zeros(len(x))
    for part in PARTS:
        inside = (x.day >= part[0]) & (x.day < part[1])
        odds[inside] = _odds(fit(data.lessons(leave_out=part), without=without), x.where(inside))
    other = fit(data.lessons(but="icews14"), without=without)
    return {"icews18": odds, "icews14": _odds(other, data.examples["icews14"])}


def _odds(ranker: Ranker, x: Examples) -> Floats:
    return ranker.odds(ranker.seen(x.rises, x.facts, x.detected))


def scorer() -> Any:
    spec = importlib.util.spec_from_file_location("score_alerts", SHARED / "eval" / "score_alerts.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Bench:
    """One table as the benchmark scores it."""

    def __init__(self, data: Data, name: str) -> None:
        self.rules, self.data, self.name = scorer(), data, name
        self.hostile = self.rules.load(SHARED / "data" / "icews" / f"{TABLES[name]}.csv.gz")
        self.days = len(self.hostile.columns)
        self.gold = {dyad: self.rules.onsets(self.hostile.loc[dyad].values) for dyad in self.hostile.index}

    def baseline(self) -> list[tuple[float, str, int]]:
        return [(z, dyad, t) for dyad in self.hostile.index
                for t, z in enumerate(self.rules.ears_c2(self.hostile.loc[dyad].values)) if z > 0]  # fmt: skip

    def alerts(self, odds: Floats) -> list[tuple[float, str, int]]:
        x, made = self.data.examples[self.name], self.data.panels[self.name]
        rows = zip(odds.tolist(), x.series.tolist(), x.day.tolist(), strict=True)
        named = ((score, "|".join(made.subject(i)), day) for score, i, day in rows)
        return [one for one in named if one[1] in self.gold]

    def figures(self, alerts: list[tuple[float, str, int]], budget: float) -> dict[str, Any]:
        """As the benchmark gives them, with a 90 % interval of F1 from drawing dyads anew."""
        found: dict[str, Any] = self.rules.figures(alerts, self.gold, self.rules.WARM, self.days, budget)
        kept, used = self.rules.keep(alerts, self.rules.WARM, self.days, budget)
        dyads = sorted(self.gold)
        at = {dyad: n for n, dyad in enumerate(dyads)}
        n = np.zeros((len(dyads), 4))  # alerts, right ones, onsets, found ones

        def match(day: int, onset: int) -> bool:
            return bool(-self.rules.AFTER <= onset - day <= self.rules.BEFORE)

        for dyad, day in kept:
            n[at[dyad]] += (1, any(match(day, t) for t in self.gold[dyad]), 0, 0)
        for dyad, onsets in self.gold.items():
            for t in onsets:
                n[at[dyad]] += (0, 0, 1, any(match(day, t) for day in used.get(dyad, ())))
        draws = np.random.default_rng(0).multinomial(len(dyads), np.full(len(dyads), 1 / len(dyads)), size=DRAWS)
        sums = draws @ n
        precision, recall = sums[:, 1] / np.maximum(sums[:, 0], 1), sums[:, 3] / np.maximum(sums[:, 2], 1)
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
        return {**found, "low": float(np.quantile(f1, 0.05)), "high": float(np.quantile(f1, 0.95))}


def report(data: Data, odds: dict[str, Floats], *, quiet: bool = False) -> dict[str, Any]:
    """Print the table of both benchmarks; gives the figures."""
    found: dict[str, Any] = {}
    for name, scores in odds.items():
        bench = Bench(data, name)
        mine = [bench.figures(bench.alerts(scores), b) for b in BUDGETS]
        theirs = [bench.figures(bench.baseline(), b) for b in BUDGETS]
        ratio = sum(f["f1"] for f in mine[:3]) / sum(f["f1"] for f in theirs[:3])
        found[name] = {"ratio": round(ratio, 3), "f1": [f["f1"] for f in mine], "ears_c2": [f["f1"] for f in theirs]}
        if quiet:
            continue
        print(f"{name}: {ratio:.2f} times EARS C2 over 0.25, 0.5 and 1 alerts a day")
        for budget, one, other in zip(BUDGETS, mine, theirs, strict=True):
            print(f"  {budget:5}  F1 {one['f1']:.3f} ({one['low']:.3f} to {one['high']:.3f})  precision "
                  f"{one['precision']:.3f}  recall {one['recall']:.3f}  lead {one['mean_lead_days']}   |  EARS C2 "
                  f"{other['f1']:.3f} ({other['low']:.3f} to {other['high']:.3f})  precision {other['precision']:.3f}  "
                  f"recall {other['recall']:.3f}  lead {other['mean_lead_days']}", flush=True)  # fmt: skip
    return found


def calibrate(data: Data, odds: dict[str, Floats]) -> tuple[dict[str, tuple[float, float, float]], dict[str, Any]]:
    """Platt's calibration for both populations on unseen months; and its reliability, each table by the other's."""
    made, reliability = {}, {}
    for population, least in (("all", 0), ("scored", SCORED)):
        sets = {}
        for name, scores in odds.items():
            x = data.examples[name]
            keep = x.judged & (x.total >= least)
            seen = np.stack([scores[keep], np.log1p(x.rises["total"][keep])], axis=1)
            sets[name] = (seen, x.week[keep])
        made[population] = _platt(*(np.concatenate(part) for part in zip(*sets.values(), strict=True)))
        reliability[population] = {}
        for name, (seen, truth) in sets.items():
            others = [sets[one] for one in sets if one != name]
            a, b, c = _platt(*(np.concatenate(part) for part in zip(*others, strict=True)))
            p = 1 / (1 + np.exp(-(a + b * seen[:, 0] + c * seen[:, 1])))
            reliability[population][name] = list(_bins(p, truth))
    made["counts"] = _counts(data, odds)
    return made, reliability


def _counts(data: Data, odds: dict[str, Floats]) -> tuple[float, float, float]:
    """The same for the count test's score alone: what a series of documents is given, where nothing was coded."""
    sets = [(x.detected["counts"][x.judged], x.week[x.judged]) for x in (data.examples[name] for name in odds)]
    score, truth = (np.concatenate(part) for part in zip(*sets, strict=True))
    return _platt(np.stack([score, np.zeros(len(score))], axis=1), truth)


def _platt(seen: Floats, truth: npt.NDArray[np.bool_]) -> tuple[float, float, float]:
    model = LogisticRegression(C=1e4).fit(seen, truth)
    return float(model.intercept_[0]), float(model.coef_[0][0]), float(model.coef_[0][1])


def _bins(p: Floats, truth: npt.NDArray[np.bool_]) -> Iterator[dict[str, float]]:
    edges = [0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 1.0001]
    for low, high in pairwise(edges):
        inside = (p >= low) & (p < high)
        if inside.any():
            share = round(float(truth[inside].mean()), 4)
            mean = round(float(p[inside].mean()), 4)
            yield {"low": low, "high": min(high, 1.0), "n": int(inside.sum()), "mean": mean, "share": share}


def manifest() -> None:
    """Write the ranker's manifest: what it is made of, with the SHA-256 of each file."""
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(FOLDER.iterdir())}
    body = {"name": "onsets", "task": "ranker", "version": "1.0.0", "licence": "Apache-2.0", "package": "vedette",
            "module": "models", "folder": "weights/onsets", "files": files, "card": "onsets.md"}  # fmt: skip
    path = ROOT / "models" / "manifests" / "onsets.json"
    path.write_text(json.dumps(body, indent=2) + "\n", "utf-8")


def main() -> None:
    """Run as asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--ablate", action="store_true")
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--json", action="store_true", help="the out-of-sample figures as one line of JSON, no more")
    asked = parser.parse_args()
    data = Data()
    odds = unseen(data)
    figures = report(data, odds, quiet=asked.json)
    if asked.json:
        print(json.dumps(figures))
        return
    calibration, reliability = calibrate(data, odds)
    print(json.dumps({"calibration": calibration, "reliability": reliability}, indent=1))
    if asked.save:
        today = str(datetime.now(UTC).date())
        note = {"trained": today, "tables": TABLES, "out_of_sample": figures, "reliability": reliability}
        save(replace(fit(data.lessons()), calibration=calibration, facts=note), FOLDER)
        manifest()
    if asked.ablate:
        changes: dict[str, dict[str, float]] = defaultdict(dict)
        for name in (*DETECTED, "all detectors"):
            left = DETECTED if name == "all detectors" else (name,)
            other = report(data, unseen(data, without=left), quiet=True)
            changes[name] = {one: round(other[one]["ratio"] - figures[one]["ratio"], 3) for one in other}
            print(f"without {name}: {changes[name]}", flush=True)


if __name__ == "__main__":
    main()
