"""The cloze test on real diplomatic documents: how often search finds where a sentence was taken from, by mode.

    python benchmarks/cloze.py [--set dev|test] [--read N] [--json] [--home FOLDER] [--docs FOLDER]

Documents are read from ``cables/docs`` of the real data (VEDETTE_SHARED, or ../shared). Reading and encoding some
20,000 passages takes minutes; with --home the folder is kept and used again, and must not hold anything else. Weights
are tuned on ``dev``; ``test`` is for the figures that are told to others.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.frus_jsonl import records
from domain.document import Document, DocumentKind, Filters, Hit
from domain.time import parse_instant
from evaluation.retrieval import Cloze, cloze, gain, quality, rank
from index import hybrid
from index.hybrid import Mode, reciprocal_ranks
from nlp import segment
from service import pipeline
from service.config import load
from service.wiring import Home, open_home

DEPTH = 100
"""How far down the rankings plain rank fusion looks."""
MODES: tuple[Mode, ...] = ("lexical", "dense", "hybrid")


def documents(folder: Path) -> list[Document]:
    """The documents of all volumes in the folder."""
    read_at = datetime.now(UTC)
    found = []
    for path in sorted(folder.glob("*.xz")):
        for record in records(path):
            published = parse_instant(record["published"]) if record.get("published") else None
            found.append(
                Document(
                    source=record["source"], external_id=record["id"], title=record["title"], text=record["text"],
                    item=f"{path.name}:{record['id']}", known=published or read_at, known_basis="published",
                    published=published, kind=DocumentKind.CABLE,
                )
            )  # fmt: skip
    return found


def prepare(home: Home, folder: Path, *, each: int) -> list[Cloze]:
    """Fill an empty home with the documents, their sentences taken out; gives the queries."""
    kept = home.path / "cloze.json"
    if kept.exists():
        return [Cloze(**row) for row in json.loads(kept.read_text("utf-8"))]
    held, queries = cloze(documents(folder), sentences=lambda text: segment.sentences(text, lang="en"), each=each)
    with tqdm(total=len(held), unit="document", disable=not sys.stderr.isatty()) as bar:

        def progress(n: int, _: str) -> None:
            bar.update(n)

        pipeline.ingest_documents(home, held, progress=progress)
    home.save_index()
    kept.write_text(json.dumps([asdict(query) for query in queries]), "utf-8")
    return queries


def ask(home: Home, queries: Sequence[Cloze], *, read: int) -> tuple[dict[str, list[int]], dict[str, list[float]]]:
    """Ranks and seconds of every query by mode, each asked alone, as a reader would."""
    ranks: dict[str, list[int]] = {mode: [] for mode in (*MODES, "rrf")}
    seconds: dict[str, list[float]] = {mode: [] for mode in MODES}
    index = home.index()
    for query in tqdm(queries, unit="query", disable=not sys.stderr.isatty()):
        lists: dict[str, list[Hit]] = {}
        for mode in MODES:
            started = time.perf_counter()
            row = home.encoder.encode([query.query], query=True)
            with home.read() as c:
                (lists[mode],) = hybrid.search_many(
                    c,
                    index,
                    [query.query],
                    row,
                    k=10 if mode == "hybrid" else DEPTH,
                    filters=Filters(),
                    mode=mode,
                    weights=hybrid.Weights(read=read),
                )
            seconds[mode].append(time.perf_counter() - started)
            ranks[mode].append(rank([hit.document_id for hit in lists[mode]], query.document_id))
        names = sorted({hit.document_id for mode in MODES[:2] for hit in lists[mode]})
        places = {name: i for i, name in enumerate(names)}
        fused = reciprocal_ranks([[places[hit.document_id] for hit in lists[mode]] for mode in MODES[:2]])
        ranks["rrf"].append(rank([names[i] for i, _ in fused], query.document_id))
    return ranks, seconds


def main() -> int:
    """Run the test and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", choices=("dev", "test"), default="dev")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--each", type=int, default=400, help="queries in each set")
    parser.add_argument("--home", type=Path, help="keep the filled home folder here and use it again")
    parser.add_argument("--read", type=int, default=hybrid.Weights().read,
                        help="of how many passages the sentences are looked at; 0: of none")  # fmt: skip
    parser.add_argument("--docs", type=Path, help="folder with the volumes (*.xz)")
    given = parser.parse_args()
    shared = Path(os.environ.get("VEDETTE_SHARED") or Path(__file__).resolve().parents[2] / "shared")
    folder = given.docs or shared / "data" / "cables" / "docs"
    if not any(folder.glob("*.xz")):
        print(f"cloze: no volumes (*.xz) in {folder}; set VEDETTE_SHARED or give --docs", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as temporary:
        path = given.home or Path(temporary)
        settings = load(path)
        # Names play no part in search, and finding them takes most of the time.
        home = open_home(path, settings=replace(settings, models=replace(settings.models, recognisers=False)))
        try:
            queries = [query for query in prepare(home, folder, each=given.each) if query.part == given.set]
            ranks, seconds = ask(home, queries, read=given.read)
        finally:
            home.close()
    measured = {mode: quality(found) for mode, found in ranks.items()}
    better = max(("lexical", "dense"), key=lambda mode: measured[mode].ten.mean)
    gains = {f"within {n}": gain(ranks["hybrid"], ranks[better], within=n) for n in (1, 10)}
    times = {mode: [float(x) for x in np.percentile(found, [50, 95])] for mode, found in seconds.items()}
    if given.json:
        print(json.dumps({
            "set": given.set, "queries": len(queries), "modes": {m: asdict(q) for m, q in measured.items()},
            "hybrid_over": better, "gain": {n: asdict(x) for n, x in gains.items()}, "seconds_p50_p95": times,
        }))  # fmt: skip
        return 0
    print(f"cloze test, {given.set} set, {len(queries)} queries (95 % intervals)")
    print(f"{'mode':8s} {'first':>20s} {'first ten':>20s} {'1/rank':>20s} {'p50 ms':>8s} {'p95 ms':>8s}")
    for mode in ("lexical", "dense", "rrf", "hybrid"):
        q = measured[mode]
        cells = [f"{100 * x.mean:5.1f} % ({100 * x.low:4.1f}-{100 * x.high:4.1f})" for x in (q.first, q.ten, q.mrr)]
        speed = [f"{1000 * x:8.0f}" for x in times[mode]] if mode in times else ["", ""]
        print(f"{mode:8s}", *(f"{cell:>20s}" for cell in cells), *speed)
    for name, x in gains.items():
        print(f"hybrid over {better}, {name}: {100 * x.mean:+.1f} points ({100 * x.low:+.1f} to {100 * x.high:+.1f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
