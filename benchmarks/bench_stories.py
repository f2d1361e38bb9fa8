"""What it costs to put documents into stories as they arrive, beside a naive way, in one run.

    python benchmarks/bench_stories.py [--documents N] [--days N] [--naive N] [--home] [--json]

Documents are made of real ones: the demo's texts are encoded once; each document then takes one's vector with noise,
its names with some left out and rare ones of its own happening added, and a time near its happening's. Happenings are
told by one to forty documents over one to four days. The naive way compares each document with every one before it
within the window; it is run over the last documents and told as a rate at each size. ``--home`` puts the
documents into a store as well and measures the step that follows an ingest.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from evaluation.metrics import bcubed  # noqa: E402
from index.store import schema as s  # noqa: E402
from index.stories.stream import Stream  # noqa: E402
from index.stories.telling import Floats, Telling, names  # noqa: E402
from index.stories.terms import Terms  # noqa: E402
from models.registry import load_encoder  # noqa: E402
from nlp.gazetteer import default_gazetteer  # noqa: E402
from service import story_placing  # noqa: E402
from service.demo import corpus  # noqa: E402
from service.wiring import Home, open_home  # noqa: E402

START = datetime(2025, 1, 1, tzinfo=UTC)
SWEEP = 256


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A made document with its happening."""

    telling: Telling
    vector: Floats
    happening: int


def patterns() -> list[tuple[str, Floats, frozenset[str], frozenset[str]]]:
    """(language, vector, entities, countries) of the demo's documents."""
    held = corpus.documents()
    gazetteer = default_gazetteer()
    vectors = load_encoder().encode([one.text for one in held])
    found = []
    for one, vector in zip(held, vectors, strict=True):
        named = gazetteer.find(f"{one.title}. {one.text}", lang=one.lang_hint or "en")
        found.append((one.lang_hint or "en", np.asarray(vector, np.float32), frozenset(m.entity_id for m in named),
                      frozenset(code for m in named for code in m.countries)))  # fmt: skip
    return found


def made(n: int, days: int, seed: int = 1) -> list[Made]:
    """``n`` documents over some days, in order of time."""
    draw = np.random.default_rng(seed)
    base = patterns()
    dimension = len(base[0][1])
    out: list[Made] = []
    happening = 0
    while len(out) < n:
        happening += 1
        size = int(min(40, max(1, draw.pareto(1.2) + 0.5)))
        lang, vector, entities, countries = base[int(draw.integers(len(base)))]
        centre = vector + draw.normal(0, 0.8 / np.sqrt(dimension), dimension)
        own = frozenset(f"name:person:{happening}:{i}" for i in range(int(draw.integers(1, 5))))
        begin = float(draw.uniform(0, days))
        for _ in range(size):
            told = centre + draw.normal(0, 0.6 / np.sqrt(dimension), dimension)
            kept = frozenset(one for one in sorted(entities | own) if draw.random() < 0.7)
            at = START + timedelta(days=begin + float(draw.exponential(0.6)))
            telling = Telling(id=f"d{len(out):07}", title="", source=f"o{int(draw.integers(200))}", lang=lang, at=at,
                              entities=kept, countries=countries)  # fmt: skip
            out.append(Made(telling, np.asarray(told / np.linalg.norm(told), np.float32), happening))
    return sorted(out[:n], key=lambda one: one.telling.at)


def streamed(documents: list[Made]) -> tuple[float, dict[str, Any]]:
    """Seconds of processor time that the stream takes, and what came of it."""
    stream = Stream(len(documents[0].vector))
    where: dict[str, str] = {}
    most = merged = split = 0
    begun = time.process_time()
    for i, one in enumerate(documents):
        placed = stream.take(one.telling, one.vector)
        where[one.telling.id] = placed.story
        merged, split = merged + len(placed.merges), split + (placed.split is not None)
        if i % SWEEP == 0:
            stream.drop(one.telling.at - stream.terms.window, one.telling.at + stream.terms.window)
            most = max(most, len(stream.stories))
    seconds = time.process_time() - begun
    gold = {one.telling.id: str(one.happening) for one in documents}
    found = bcubed(where, gold)
    return seconds, {"stories": len(set(where.values())), "most_in_memory": most, "merged": merged, "split": split,
                     "bcubed_f1": round(found.f1, 3)}  # fmt: skip


def naive(documents: list[Made], last: int) -> float:
    """Seconds a document when each is compared with every one of the window before it, one by one."""
    terms = Terms()
    said = [names(one.telling) for one in documents]
    begun = time.process_time()
    for i in range(len(documents) - last, len(documents)):
        for j in range(i - 1, -1, -1):
            if documents[i].telling.at - documents[j].telling.at > terms.window:
                break
            common = len(said[i] & said[j])
            score = float(documents[i].vector @ documents[j].vector) + common / max(len(said[i] | said[j]), 1)
            if score > 1.9:
                break
    return (time.process_time() - begun) / last


def fill(home: Home, documents: list[Made]) -> None:
    """Put documents into a store without reading them: rows as an ingest leaves them, as far as stories look."""
    encoder = home.encoder.id
    with home.write() as c:
        c.execute(insert(s.sources), [{"id": i + 1, "name": f"o{i}", "added": START} for i in range(200)])
        known = sorted({name for one in documents for name in one.telling.entities})
        c.execute(insert(s.entities), [{"id": name, "kind": "person", "name": name} for name in known])
        for start in range(0, len(documents), 2000):
            lot = list(enumerate(documents[start : start + 2000], start + 1))
            told = [(i, one.telling) for i, one in lot]
            c.execute(insert(s.documents), [{"id": t.id, "source_id": int(t.source[1:]) + 1, "key": t.id, "item": t.id,
                                             "kind": "report", "first_known": t.at} for _, t in told])  # fmt: skip
            c.execute(insert(s.versions), [{
                "id": i, "document_id": t.id, "n": 1, "title": t.id, "text": t.id, "content_hash": t.id, "at": t.at,
                "lang": t.lang, "lang_confidence": 1.0, "published": t.at, "known": t.at, "known_basis": "published",
                "label": 0, "sentences": [], "meta": {}} for i, t in told])  # fmt: skip
            c.execute(insert(s.passages), [{"id": i, "version_id": i, "n": 0, "start": 0, "end": len(t.id),
                                            "text": t.id, "words": 1} for i, t in told])  # fmt: skip
            c.execute(insert(s.vectors), [{"passage_id": i, "encoder": encoder,
                                           "vector": one.vector.astype("<f2").tobytes()}
                                          for i, one in lot])  # fmt: skip
            c.execute(insert(s.mentions), [{"version_id": i, "entity_id": name, "start": 0, "end": 1, "surface": "x",
                                            "method": "made"}
                                           for i, t in told for name in sorted(t.entities)])  # fmt: skip
            c.execute(insert(s.version_countries), [{"version_id": i, "country": code, "mentions": 1, "n": n}
                      for i, t in told for n, code in enumerate(sorted(t.countries))])  # fmt: skip


def kept(documents: list[Made], folder: Path) -> dict[str, float]:
    """The same documents in a store: seconds of the step that puts them into stories, and documents a second."""
    home = open_home(folder)
    fill(home, documents)
    begun, work = time.monotonic(), time.process_time()
    done = story_placing.place(home)
    passed = time.process_time() - work
    home.close()
    return {"documents": done.documents, "seconds": round(passed, 1),
            "wall_seconds": round(time.monotonic() - begun, 1),
            "documents_a_second": round(done.documents / passed, 1)}  # fmt: skip


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=50_000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--naive", type=int, default=200, help="documents that the naive way is measured on")
    parser.add_argument("--home", type=Path, metavar="FOLDER", help="put them into a new store in this folder too")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = []
    for n in sorted({max(options.documents // 10, 100), options.documents}):
        # The same documents a day at every size: the window is what memory and time depend on.
        documents = made(n, max(1, round(options.days * n / options.documents)))
        seconds, told = streamed(documents)
        slow = naive(documents, min(options.naive, n // 2))
        row = {"documents": n, "seconds": round(seconds, 1), "documents_a_second": round(n / seconds, 1), **told,
               "naive_documents_a_second": round(1 / slow, 1), "times_naive": round(slow * n / seconds, 1),
               "peak_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}  # fmt: skip
        if options.home is not None and n == options.documents:
            row["store"] = kept(documents, options.home)
        rows.append(row)
        if not options.json:
            print(", ".join(f"{name} {value}" for name, value in row.items()), flush=True)
    if options.json:
        print(json.dumps(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
