"""Hold the quality floors of floors.json: `./run check` runs the quick ones, `--all` the others too.

Each floor names its measure, the data it was measured on with the data's SHA-256, and the least figure allowed. Data
that are missing are said to be so; data that changed fail, for a figure on other data says nothing about the floor.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import ntrex_langid, ntrex_retrieval  # noqa: E402
from domain.alert import SeriesKey  # noqa: E402
from domain.time import parse_day  # noqa: E402
from evaluation.coding import measure, read_cases, read_gsr  # noqa: E402
from evaluation.entities import measure as measure_names  # noqa: E402
from evaluation.entities import read_jsonl as read_names  # noqa: E402
from evaluation.metrics import bcubed  # noqa: E402
from evaluation.retrieval import Quality  # noqa: E402
from evaluation.stories import across  # noqa: E402
from nlp.actors import Actors  # noqa: E402
from nlp.events import Coder  # noqa: E402
from nlp.gazetteer import default_gazetteer  # noqa: E402
from service import scan  # noqa: E402
from service.coding import coder_of  # noqa: E402
from service.demo import corpus, replay  # noqa: E402
from service.stories import languages_of, stories  # noqa: E402
from service.wiring import Home, open_home  # noqa: E402

SHARED = Path(os.environ.get("VEDETTE_SHARED") or ROOT.parent / "shared")
_folder = tempfile.TemporaryDirectory()


@cache
def demo() -> Home:
    """The replay of the bundled corpus."""
    home = open_home(Path(_folder.name) / "home")
    replay.run(home)
    return home


def demo_stories() -> dict[str, float]:
    """BCubed F1 of the stories over the corpus against its known happenings, and over pairs of two languages."""
    gold = corpus.happenings()
    found = {one: story.id for story in stories(demo()) for one in story.document_ids}
    crossing = across(found, gold, languages_of(demo()))
    return {"bcubed_f1": bcubed(found, gold).f1, "across_f1": 0.0 if crossing is None else crossing.f1}


def demo_alert() -> dict[str, float]:
    """Days by which the alert on China and Vietnam comes before 6 May 2014; those before May, counted down from 0."""
    key = SeriesKey("dyad", ("CN", "VN"))
    days = sorted(a.opened for a in scan.listed(demo()) if a.key == key)
    early = [d for d in days if d < parse_day("2014-05-01")]
    first = next((d for d in days if d not in early), parse_day("2014-07-31"))
    return {"days_before_6_may": (parse_day("2014-05-06") - first).days, "not_early": -len(early)}


def demo_events() -> dict[str, float]:
    """As ``demo_alert``, by the coded events alone: the documents' count test never fires, the ranker has to."""
    home = open_home(Path(_folder.name) / "events")
    alone = replace(home.settings, alerts=replace(home.settings.alerts, alpha=1e-300))
    home.close()
    home = open_home(Path(_folder.name) / "events", settings=alone)
    replay.run(home)
    key = SeriesKey("dyad", ("CN", "VN"))
    fired = [a for a in scan.listed(home) if any(one.detector == "ranker" and one.fired for one in a.signals)]
    home.close()
    days = sorted(a.opened for a in fired if a.key == key)
    early = [d for d in days if d < parse_day("2014-05-01")]
    first = next((d for d in days if d not in early), parse_day("2014-07-31"))
    return {"days_before_6_may": (parse_day("2014-05-06") - first).days, "not_early": -len(early)}


def countries() -> dict[str, float]:
    """The worst language's precision and recall of country linking on hand-written sentences."""
    gazetteer = default_gazetteer()
    tally: dict[str, list[int]] = {}
    for line in (ROOT / "tests/nlp/data_country_linking.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        found = {c for m in gazetteer.find(row["text"], lang=row["lang"]) for c in m.countries}
        own = tally.setdefault(row["lang"], [0, 0, 0])
        own[0] += len(found & set(row["countries"]))
        own[1] += len(found)
        own[2] += len(row["countries"])
    return {"worst_precision": min(right / max(n, 1) for right, n, _ in tally.values()),
            "worst_recall": min(right / max(n, 1) for right, _, n in tally.values())}  # fmt: skip


def names() -> dict[str, float]:
    """F1 on names, of sentences of WikiNEuRal, by language."""
    from entities_scores import scores

    found = scores(limit=200, only="wikineural")
    return {name.split("/")[1]: counts.tally().score.f1 for name, counts in found.items()}


def identities() -> dict[str, float]:
    """Of persons, places and bodies in written sentences of eleven languages, the share given the one right id."""
    home = open_home(Path(_folder.name) / "names")
    gold, _ = read_names(ROOT / "tests/nlp/data_names.jsonl")
    found = measure_names(gold, recognisers=home.recognisers, gazetteer=default_gazetteer())
    home.close()
    return {"right": sum(c.ids[0] for c in found.values()) / sum(c.ids[1] for c in found.values())}


def cloze() -> dict[str, float]:
    """The cloze test on its test set, by the command that measures it; minutes."""
    command = [sys.executable, str(ROOT / "benchmarks" / "cloze.py"), "--set", "test", "--json"]
    table: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    modes = table["modes"]
    better = {k: max(modes["lexical"][k], modes["dense"][k]) for k in ("first", "ten")}
    return {
        "hybrid_first": modes["hybrid"]["first"], "hybrid_ten": modes["hybrid"]["ten"],
        "first_over_better_part": modes["hybrid"]["first"] - better["first"],
        "ten_over_better_part": modes["hybrid"]["ten"] - better["ten"],
    }  # fmt: skip


@cache
def coder() -> Coder:
    """The coder with the default encoder."""
    return coder_of(open_home(Path(_folder.name) / "coder"))


def coding() -> dict[str, float]:
    """Coding of events on the written cases that nothing was tuned on: F1 over all, of the worst language, silence."""
    gold, _ = read_cases(ROOT / "tests/nlp/data_events.jsonl", part="test")
    found = measure(coder(), default_gazetteer(), gold)
    return {"typed_f1": found.typed.score.f1, "worst_language_f1": min(t.score.f1 for t in found.by_lang.values()),
            "silent": found.silent or 0.0}  # fmt: skip


def coding_gsr() -> dict[str, float]:
    """Coding of the PLOVER gold standard's sentences: F1 by actors and type, and by type alone."""
    found = measure(coder(), default_gazetteer(), read_gsr(SHARED / "data/petrarch/plover_gsr_dev.json"))
    return {"typed_f1": found.typed.score.f1, "types_f1": found.types.score.f1}


def actors() -> dict[str, float]:
    """Of the actors that a real table names without a country, the share that is given one."""
    table = SHARED / "data/icews/icews18_jan_jun.csv.gz"
    known = Actors(default_gazetteer())
    lacking = given = 0
    with gzip.open(table, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            for side in ("source", "target"):
                if not row[f"{side}_country"]:
                    lacking += 1
                    given += known.country_of_actor(row[side], day=parse_day(row["date"])) is not None
    return {"given": given / lacking}


def onsets() -> dict[str, float]:
    """The onset ranker out of sample: its mean F1 at 0.25, 0.5 and 1 alerts a day in times of EARS C2's; minutes."""
    command = [sys.executable, str(ROOT / "benchmarks" / "train_ranker.py"), "--json"]
    table: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return {name: figures["ratio"] for name, figures in table.items()}


def retrieval() -> dict[str, float]:
    """Of 240 paragraphs the share found first between Vietnamese and English, by meaning and by both; half a minute."""
    found = ntrex_retrieval.measured(("vi", "en"), part="all")
    return _firsts(found.modes)


def retrieval_matrix() -> dict[str, float]:
    """The same between seven languages, on the part that nothing is tuned on; minutes."""
    found = ntrex_retrieval.measured(part="test")
    firsts = _firsts(found.modes)
    for mode in found.modes:
        mine = {pair: x for pair, x in firsts.items() if pair.startswith(f"{mode} ")}
        others = {pair: x for pair, x in mine.items() if "vi" not in pair}
        firsts[f"{mode} vi to others"] = min(x for pair, x in mine.items() if pair.startswith(f"{mode} vi>"))
        firsts[f"{mode} others to vi"] = min(x for pair, x in mine.items() if pair.endswith(">vi"))
        firsts[f"{mode} without vi"] = sum(others.values()) / len(others)
    return firsts


def _firsts(modes: Mapping[Any, Mapping[str, Quality]]) -> dict[str, float]:
    return {f"{mode} {pair}": quality.first.mean for mode, own in modes.items() for pair, quality in own.items()}


def langid() -> dict[str, float]:
    """Languages told rightly on news in 18 of them, whole sentences and their first five words; the worst language."""
    found = ntrex_langid.measured(part="test", every=10)
    out = {}
    for cut, told in found.items():
        out[cut] = told.all.share
        out[f"{cut} vi"] = told.by_lang["vi"].share
        out[f"{cut} vi-plain"] = told.by_lang[ntrex_langid.PLAIN].share
        out[f"{cut} worst"] = min(tally.share for tally in told.by_lang.values())
    return out


MEASURES: dict[str, Callable[[], dict[str, float]]] = {
    "demo_stories": demo_stories, "demo_alert": demo_alert, "demo_events": demo_events, "countries": countries,
    "names": names, "identities": identities,
    "cloze": cloze, "coding": coding, "coding_gsr": coding_gsr, "actors": actors, "onsets": onsets,
    "retrieval": retrieval, "retrieval_matrix": retrieval_matrix, "langid": langid,
}  # fmt: skip


def hash_of(patterns: Sequence[str]) -> str | None:
    """SHA-256 over the files that the patterns name, under the project or the shared data; None when one is missing."""
    total = hashlib.sha256()
    for pattern in patterns:
        base = SHARED if pattern.startswith("shared:") else ROOT
        paths = sorted(base.glob(pattern.removeprefix("shared:")))
        if not paths:
            return None
        for path in paths:
            total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()[:16]


def main() -> int:
    """Hold the floors; status 1 when one is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="the slow ones too")
    parser.add_argument("--hashes", action="store_true", help="print the data's hashes and stop")
    options = parser.parse_args()
    floors = json.loads((ROOT / "benchmarks" / "floors.json").read_text("utf-8"))
    broken = 0
    for name, floor in floors.items():
        found = hash_of(floor["data"])
        if options.hashes:
            print(name, found)
        elif found is None:
            print(f"{name:14} skipped: its data are missing (set VEDETTE_SHARED)")
        elif found != floor["sha256"]:
            print(f"{name:14} BROKEN: its data changed ({found}); measure anew and say so")
            broken += 1
        elif floor.get("slow") and not options.all:
            print(f"{name:14} left out: slow, --all runs it; last measured {floor['measured']}")
        else:
            figures = MEASURES[name]()
            for key, least in floor["least"].items():
                good = figures[key] >= least
                broken += not good
                print(f"{name:14} {key:24} {figures[key]:8.3f}  floor {least:8.3f}  {'ok' if good else 'BROKEN'}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
