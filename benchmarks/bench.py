"""Speed, printed as a table: `./run bench [--passages N] [--documents N] [--json]`.

- ingest: documents of about 500 English words end to end, by step, beside the models alone on the same text;
- search: p50 and p95 of a question in process over N passages, by mode and filter, beside FTS5's own BM25;
- start: a search command as a whole process.

Passages for the search figures are real text where ../shared (or VEDETTE_SHARED) lies, else the bundled corpus over and
over; their vectors are random unit vectors, for speed does not depend on what they mean.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "benchmarks"))

from frus_jsonl import records  # noqa: E402

from domain.document import Analysis, Document, Filters, Language  # noqa: E402
from domain.time import end_of, now, parse_day  # noqa: E402
from index.store import documents as docs  # noqa: E402
from index.store.documents import countries_of  # noqa: E402
from nlp import segment  # noqa: E402
from service.demo import corpus  # noqa: E402
from service.pipeline import ingest_documents  # noqa: E402
from service.search import Query, search  # noqa: E402
from service.wiring import Home, open_home  # noqa: E402

QUESTIONS = (
    "negotiations with North Vietnam in Paris", "secret bombing of Cambodia", "Soviet missiles and arms control",
    "murder of the German minister in Peking", "indemnity to be paid by China", "Japanese troops in Manchuria",
    "wheat sales and most favored nation treatment", "Sihanouk and the port of Sihanoukville", "cease-fire in place",
    "private meeting with Le Duc Tho", "oil embargo", "withdrawal of troops from the Siberian railway",
    "President Thieu rejects the draft agreement", "visit of the President to Peking", "Laos and the Ho Chi Minh trail",
    "human rights in the Soviet Union", "grain embargo after the invasion of Afghanistan",
    "consular protection of missionaries", "loan to the Chinese government", "recognition of the Soviet government",
)  # fmt: skip


def shared() -> Path | None:
    """The folder of real data, where it lies."""
    folder = Path(os.environ.get("VEDETTE_SHARED") or ROOT.parent / "shared")
    return folder / "data" if (folder / "data").is_dir() else None


def real_documents() -> Iterator[Document]:
    """Long documents: the diplomatic series, or the bundled corpus over and over."""
    data, moment = shared(), now()
    if data is not None:
        for path in sorted((data / "cables" / "docs").glob("*.xz")):
            for row in records(path):
                if row["text"].strip():
                    yield Document(source=row["source"], title=row["title"], text=row["text"], item=row["id"],
                                   external_id=row["id"], known=moment, lang_hint="en")  # fmt: skip
        return
    for turn in range(1000):
        for one in corpus.documents():
            yield replace(one, external_id=f"{one.key}-{turn}", text=f"{one.text}\n{turn}")


def of_500_words(n: int) -> list[Document]:
    """Documents of 500 words each, cut from the real ones."""
    out: list[Document] = []
    for one in real_documents():
        tokens = one.text.split(" ")
        for i in range(0, len(tokens) - 500, 500):
            text = " ".join(tokens[i : i + 500])
            out.append(replace(one, text=text, external_id=f"{one.key}/{i}", title=one.title))
            if len(out) == n:
                return out
    return out


def ingest_figures(folder: Path, n: int) -> dict[str, Any]:
    """End-to-end pace, the share of each step, and the models' own pace on the same text."""
    documents = of_500_words(n + 32)
    home = open_home(folder / "ingest")
    ingest_documents(home, documents[n:])  # loads every model
    home.pipeline.seconds.clear()
    started = time.perf_counter()
    ingest_documents(home, documents[:n])
    total = time.perf_counter() - started
    steps = dict(home.pipeline.seconds)
    home.close()
    models = sum(steps.get(step, 0.0) for step in ("language", "entities", "vectors"))
    rest = total - sum(steps.values())
    by_step = {**{k: round(v, 2) for k, v in steps.items()}, "store and index": round(rest, 2)}
    return {
        "documents": n,
        "documents_per_second": n / total,
        "models_alone_per_second": n / models,
        "share_of_models_pace": models / total,
        "seconds_by_step": by_step,
    }


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


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=20_000)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = {"ingest": ingest_figures(Path(name), options.documents),
                 "search": search_figures(Path(name), options.passages)}  # fmt: skip
    if options.json:
        print(json.dumps(found, indent=1))
        return
    own = found["ingest"]
    print(f"ingest: {own['documents_per_second']:.1f} documents of 500 words a second; the models alone "
          f"{own['models_alone_per_second']:.1f}; {100 * own['share_of_models_pace']:.0f} % of their pace")  # fmt: skip
    for step, seconds in own["seconds_by_step"].items():
        print(f"  {step:18} {seconds:8.2f} s")
    print(f"search over {found['search'].pop('passages')} passages:")
    for name, figures in found["search"].items():
        print(f"  {name:32} p50 {figures['p50_ms']:8.1f} ms   p95 {figures['p95_ms']:8.1f} ms")


if __name__ == "__main__":
    main()
