"""Speed, printed as a table: `./run bench [--quick] [--passages N] [--documents N] [--json] [--without PART ..]`.

- ingest: documents of about 500 English words end to end, by step, beside the models alone on the same text;
- growth: what a document costs with 1,000, 10,000 and 50,000 held, by step, against the first (bench_ingest.py);
- memory: the most an ingest holds at those sizes, and with 500 and 2,000 documents to take in;
- search: p50 and p95 of a question in process over N passages, by mode and filter, beside FTS5's own BM25;
- scale: search over many made passages, by filter, with recall, memory and the whole command (bench_search.py);
- feeds: a check of 500 unchanged feeds on loopback (bench_feeds.py).
- alerts: a day's scan over 100,000 series, and a document's way to the outbox (bench_alerts.py); a year's backtest of
  100,000 events (bench_backtest.py).

--quick takes small sizes: minutes become seconds, and what depends on size shows little.

Passages for the search figures are real text where ../shared (or VEDETTE_SHARED) lies, else the bundled corpus over and
over; their vectors are random unit vectors, for speed does not depend on what they mean.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import bench_feeds, bench_ingest, bench_search  # noqa: E402
from benchmarks.bench_ingest import real_documents  # noqa: E402
from domain.document import Analysis, Filters, Language  # noqa: E402
from domain.time import end_of, now, parse_day  # noqa: E402
from index.store import documents as docs  # noqa: E402
from index.store.documents import countries_of  # noqa: E402
from nlp import segment  # noqa: E402
from service.search import Query, search  # noqa: E402
from service.wiring import Home, open_home  # noqa: E402

PARTS = ("ingest", "growth", "memory", "search", "scale", "feeds", "alerts")
QUESTIONS = (
    "negotiations with North Vietnam in Paris", "secret bombing of Cambodia", "Soviet missiles and arms control",
    "murder of the German minister in Peking", "indemnity to be paid by China", "Japanese troops in Manchuria",
    "wheat sales and most favored nation treatment", "Sihanouk and the port of Sihanoukville", "cease-fire in place",
    "private meeting with Le Duc Tho", "oil embargo", "withdrawal of troops from the Siberian railway",
    "President Thieu rejects the draft agreement", "visit of the President to Peking", "Laos and the Ho Chi Minh trail",
    "human rights in the Soviet Union", "grain embargo after the invasion of Afghanistan",
    "consular protection of missionaries", "loan to the Chinese government", "recognition of the Soviet government",
)  # fmt: skip


def fill(home: Home, passages: int) -> int:
    """Fill a home with real passages and random vectors; gives how many."""
    rng, n = np.random.default_rng(1), 0
    encoder = home.encoder
    with home.write() as c:
        for one in real_documents():
            spans = segment.sentences(one.text, lang="en")
            own = segment.passages(one.text, spans)
            rows = rng.standard_normal((len(own), encoder.dimension)).astype(np.float32)
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            found = tuple(home.gazetteer.find(one.text[:4000], lang="en"))
            packed = tuple(row.astype("<f2").tobytes() for row in rows)
            analysis = Analysis(language=Language("en", 1.0), sentences=spans, passages=own, mentions=found,
                                vectors=packed, encoder=encoder.id)  # fmt: skip
            docs.save(c, one, analysis, series=[f"country:{code}" for code, _ in countries_of(analysis)])
            n += len(own)
            if n >= passages:
                break
    home.save_index()
    return n


def timed(action: Callable[[], object]) -> float:
    """Milliseconds that an action takes."""
    started = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - started)


def search_figures(folder: Path, passages: int) -> dict[str, Any]:
    """p50 and p95 by mode and filter, then the whole command."""
    home = open_home(folder / "search")
    n = fill(home, passages)
    plans: dict[str, dict[str, Any]] = {
        "hybrid": {}, "dense": {"mode": "dense"}, "lexical": {"mode": "lexical"},
        "hybrid, one country": {"filters": Filters(countries=frozenset({"VN"}))},
        "hybrid, as of today": {"filters": Filters(as_of=end_of(parse_day(now().date().isoformat())))},
    }  # fmt: skip
    out: dict[str, Any] = {"passages": n}
    for name, options in plans.items():
        search(home, [Query("w", "warm")], **options)
        times = sorted(timed(lambda q=q, o=options: search(home, [Query("q", q)], **o)) for q in QUESTIONS * 3)  # type: ignore[misc]
        out[name] = {"p50_ms": statistics.median(times), "p95_ms": times[int(0.95 * len(times))]}
    out["FTS5 alone (baseline)"] = fts_baseline(home)
    home.close()
    command = [sys.executable, "-m", "interfaces", "search", QUESTIONS[0], "--json", "--home", str(folder / "search")]
    runs = [timed(lambda: subprocess.run(command, cwd=ROOT, check=True, capture_output=True)) for _ in range(5)]
    out["search command, whole process"] = {"p50_ms": statistics.median(runs), "p95_ms": max(runs)}
    return out


def fts_baseline(home: Home) -> dict[str, float]:
    """The same questions as plain FTS5 disjunctions ranked by its own bm25()."""
    sql = "SELECT rowid FROM passage_words WHERE passage_words MATCH ? ORDER BY bm25(passage_words) LIMIT 10"
    with home.read() as c:
        matches = [" OR ".join(f'"{w}"' for w in q.lower().split()) for q in QUESTIONS]
        times = sorted(timed(lambda m=m: c.exec_driver_sql(sql, (m,)).all()) for m in matches * 3)  # type: ignore[misc]
    return {"p50_ms": statistics.median(times), "p95_ms": times[int(0.95 * len(times))]}


def measured(folder: Path, parts: set[str], given: argparse.Namespace) -> dict[str, Any]:
    """The figures of the parts asked for, in order."""
    quick: bool = given.quick
    sizes = (200, 1_000, 2_000) if quick else bench_ingest.SIZES
    one = 16 if quick else 100
    found: dict[str, Any] = {}
    if "ingest" in parts:
        found["ingest"] = bench_ingest.figures(folder, given.documents or (32 if quick else 200))
    if "growth" in parts:
        found["growth"] = bench_ingest.growth(folder, sizes=sizes, documents=one, rounds=2 if quick else 3)
    if "memory" in parts:
        # Without the homes that were grown there are none to measure at.
        grown = sizes if "growth" in parts else ()
        few, many = (50, 200) if quick else (500, 2_000)
        found["memory"] = bench_ingest.memory(folder, sizes=grown, documents=one, few=few, many=many)
    if "search" in parts:
        found["search"] = search_figures(folder, given.passages or (2_000 if quick else 20_000))
    if "scale" in parts:
        n = given.scale or (5_000 if quick else 100_000)
        found["scale"] = bench_search.figures(folder / "scale", passages=n, n=20 if quick else 60)
    if "alerts" in parts:
        found["alerts"] = _printed("bench_alerts", *(["--dyads", "5000"] if quick else []))
        found["backtest"] = _printed("bench_backtest", *(["--events", "10000", "--dyads", "500"] if quick else []))
    if "feeds" in parts:
        found["feeds"] = bench_feeds.figures(feeds=50 if quick else 500, hosts=10 if quick else 50)
    return found


# --- shown


def show(found: dict[str, Any]) -> None:
    """Print the tables."""
    if own := found.get("ingest"):
        print(f"ingest: {own['documents_per_second']:.1f} documents of 500 words a second; the models alone "
              f"{own['models_alone_per_second']:.1f}; {100 * own['share_of_models_pace']:.0f} % of their pace "
              f"({own['documents_per_processor_second']:.1f} a second that the processor worked)")  # fmt: skip
        for step, seconds in own["seconds_by_step"].items():
            print(f"  {step:18} {seconds:8.2f} s")
    if "growth" in found:
        bench_ingest.show_growth(found["growth"])
    if "memory" in found:
        bench_ingest.show_memory(found["memory"])
    for part, title in (("search", "search over {} passages:"), ("scale", "search over {} made passages:")):
        if part in found:
            rows = dict(found[part])
            print(title.format(f"{rows.pop('passages'):,}"))
            for name, value in rows.items():
                _line(name, value)
    for name in ("alerts", "backtest"):
        if name in found:
            print(f"{name}: {json.dumps(found[name])}")
    if "feeds" in found:
        print("feeds:", ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in found["feeds"].items()))


def _line(name: str, value: Any) -> None:
    if not isinstance(value, dict):
        print(f"  {name:44} {value:12,.1f}")
    elif "p50_ms" in value:
        slow = f"   p95 {value['p95_ms']:8.1f} ms" if "p95_ms" in value else ""
        busy = f"   processor p95 {value['processor_p95_ms']:8.1f} ms" if "processor_p95_ms" in value else ""
        of = f"   {value['passages']:9,} passages" if "passages" in value else ""
        print(f"  {name:44} p50 {value['p50_ms']:8.1f} ms{slow}{busy}{of}")
    else:
        print(f"  {name:44}", ", ".join(f"{k} {v:,.3f}" if v <= 1 else f"{k} {v:,.0f}" for k, v in value.items()))


def _printed(script: str, *options: str) -> Any:
    """What a script prints as JSON; one that misses an aim says so in it."""
    command = [sys.executable, str(Path(__file__).with_name(f"{script}.py")), "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True)
    return json.loads(done.stdout)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes")
    parser.add_argument("--passages", type=int, help="of the search figures  [default: 20,000]")
    parser.add_argument("--scale", type=int, metavar="N", help="passages of the figures at scale  [default: 100,000]")
    parser.add_argument("--documents", type=int, help="of the ingest figures  [default: 200]")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="these parts alone")
    parser.add_argument("--without", nargs="+", choices=PARTS, default=[], help="but for these parts")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = measured(Path(name), set(given.only or PARTS) - set(given.without), given)
    if given.json:
        print(json.dumps(found, indent=1))
    else:
        show(found)


if __name__ == "__main__":
    main()
