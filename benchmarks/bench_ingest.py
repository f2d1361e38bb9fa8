"""What a document costs to take in: by step, as the holdings grow, and in memory.

    python benchmarks/bench_ingest.py [--sizes N ..] [--documents N] [--rounds N] [--json]

Homes are filled in bulk to each size: real documents, understood once by the real models and then stored again and
again under other names, with marks of likeness and vectors of their own, so that words, names and postings are as
frequent as they are in real text. Then the same new documents of 500 words are taken in at every size, end to end, from
a JSONL file. Sizes take turns, and what is compared is the time the processor was at work (the least of the rounds): on
a machine that others use, the time that passed says little. Both are told.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from sqlalchemy import insert, select, text
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "benchmarks"))

from frus_jsonl import records  # noqa: E402

from domain.document import Analysis, Document  # noqa: E402
from domain.ids import content_hash, document_id  # noqa: E402
from domain.text import fold  # noqa: E402
from domain.time import now  # noqa: E402
from index.store import schema as s  # noqa: E402
from index.store.writing import countries_of  # noqa: E402
from index.words import search_words  # noqa: E402
from nlp import pipeline as understanding  # noqa: E402
from service import pipeline  # noqa: E402
from service.demo import corpus  # noqa: E402
from service.pipeline import ingest, ingest_documents  # noqa: E402
from service.wiring import Home, open_home  # noqa: E402

SIZES = (1_000, 10_000, 50_000)
PATTERNS = 150
"""Real documents that a home is filled with, again and again."""
BATCH = 500


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
            cut = " ".join(tokens[i : i + 500])
            out.append(replace(one, text=cut, external_id=f"{one.key}/{i}", title=one.title))
            if len(out) == n:
                return out
    return out


def written(path: Path, documents: Sequence[Document]) -> Path:
    """The documents as a JSONL file."""
    rows = ({"id": d.key, "title": d.title, "text": d.text, "source": d.source, "lang": d.lang_hint} for d in documents)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


# --- by step


@dataclass
class Clock:
    """Seconds by step: passed, and with the processor at work in this process."""

    passed: Counter[str] = field(default_factory=Counter)
    worked: Counter[str] = field(default_factory=Counter)

    def around(self, step: str, action: Callable[..., Any]) -> Callable[..., Any]:
        """The action, its time noted."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.step(step):
                return action(*args, **kwargs)

        return timed

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Note the time of a block."""
        passed, worked = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            self.passed[name] += time.perf_counter() - passed  # type: ignore[assignment]
            self.worked[name] += time.process_time() - worked  # type: ignore[assignment]


STEPS: tuple[tuple[Any, str, str], ...] = (
    (pipeline.identity, "predicted", "decide"),
    (understanding, "document_language", "language"),
    (understanding.segment, "sentences", "segment"),
    (understanding.segment, "passages", "segment"),
    (understanding.Pipeline, "_recognise", "entities"),
    (understanding.Pipeline, "_link", "gazetteer and linking"),
    (understanding.Pipeline, "_embed", "vectors"),
    (pipeline, "_ready", "sketch of likeness"),
    (pipeline._State, "_store", "store"),
    (Home, "save_index", "index"),
)
"""Where the steps are: whose function, and what it is called in the figures. What is left over is reading."""


def clocked(home: Home, path: Path) -> Clock:
    """Take a file in, with a clock at every step."""
    clock = Clock()
    with ExitStack() as stack:
        for owner, name, step in STEPS:
            stack.enter_context(patch.object(owner, name, clock.around(step, getattr(owner, name))))
        with clock.step("all"):
            done = ingest(home, [str(path)])
    if done.failed or done.duplicate:
        raise SystemExit(f"{done.failed} of the documents failed, {done.duplicate} were no new ones")
    for counter in (clock.passed, clock.worked):
        counter["read"] = counter["all"] - sum(v for k, v in counter.items() if k != "all")
    return clock


def figures(folder: Path, n: int) -> dict[str, Any]:
    """End-to-end pace, the share of each step, and the models' own pace on the same text."""
    documents = of_500_words(n + 32)
    home = open_home(folder / "ingest")
    ingest_documents(home, documents[n:])  # loads every model
    home.pipeline.seconds.clear()
    started, worked = time.perf_counter(), time.process_time()
    ingest_documents(home, documents[:n])
    total, worked = time.perf_counter() - started, time.process_time() - worked
    steps = dict(home.pipeline.seconds)
    home.close()
    models = sum(steps.get(step, 0.0) for step in ("language", "entities", "vectors"))
    rest = total - sum(steps.values())
    by_step = {**{k: round(v, 2) for k, v in steps.items()}, "store and index": round(rest, 2)}
    return {
        "documents": n,
        "documents_per_second": n / total,
        "documents_per_processor_second": n / worked,
        "models_alone_per_second": n / models,
        "share_of_models_pace": models / total,
        "seconds_by_step": by_step,
    }


# --- as the holdings grow


@dataclass(frozen=True)
class Pattern:
    """A document with what was understood of it."""

    document: Document
    analysis: Analysis
    words: tuple[tuple[str, str], ...]


def patterns(home: Home, documents: Sequence[Document]) -> list[Pattern]:
    """Documents understood by the real models."""
    found = []
    for document, analysis in zip(documents, home.pipeline.analyse_many(documents), strict=True):
        if isinstance(analysis, Analysis):
            told = [search_words(f"{document.title}\n{p.text}" if not i else p.text)
                    for i, p in enumerate(analysis.passages)]  # fmt: skip
            found.append(Pattern(document, analysis,
                                 tuple((" ".join(w), " ".join(map(fold, w))) for w in told)))  # fmt: skip
    return found


def fill(home: Home, known: Sequence[Pattern], n: int, *, seed: int = 3) -> None:
    """Fill an empty home with n documents by plain inserts."""
    rng = np.random.default_rng(seed)
    dimension = len(known[0].analysis.vectors[0]) // 2
    noise = rng.standard_normal((4096, dimension)).astype(np.float32) * 0.02
    base = {id(p): [np.frombuffer(v, "<f2").astype(np.float32) for v in p.analysis.vectors] for p in known}
    with home.write() as c:
        c.execute(insert(s.sources), [{"name": f"source {i}", "kind": "file", "added": now()} for i in range(200)])
    passage = 0
    with tqdm(total=n, unit="document", desc=f"fill {n:,}", disable=not sys.stderr.isatty()) as bar:
        for begin in range(0, n, BATCH):
            rows: dict[str, list[dict[str, Any]]] = {}
            entities: dict[str, dict[str, Any]] = {}
            for i in range(begin, min(begin + BATCH, n)):
                passage = _rows(rows, entities, known[i % len(known)], base, noise, rng, i, passage)
            with home.write() as c:
                c.execute(insert(s.entities).prefix_with("OR IGNORE"), list(entities.values()))
                for name in ("documents", "versions", "passages", "vectors", "changes", "mentions",
                             "version_countries", "version_series", "sightings", "signatures", "bands"):  # fmt: skip
                    if rows.get(name):
                        c.execute(insert(s.metadata.tables[name]), rows[name])
                words = text("INSERT INTO passage_words(rowid, written, folded) VALUES (:id, :written, :folded)")
                c.execute(words, rows["words"])
            bar.update(min(BATCH, n - begin))
    home.rebuild_index()


def _rows(
    rows: dict[str, list[dict[str, Any]]], entities: dict[str, dict[str, Any]], pattern: Pattern,
    base: dict[int, list[Any]], noise: Any, rng: np.random.Generator, i: int, passage: int,
) -> int:  # fmt: skip
    """The rows of one document under another name; gives the last passage's number."""

    def add(table: str, **row: Any) -> None:
        rows.setdefault(table, []).append(row)

    one, own, version, key = pattern.document, pattern.analysis, i + 1, f"made/{i}"
    name, told = document_id(source=f"source {i % 200}", key=key), f"{one.text}\n{key}"
    content = content_hash(title=one.title, text=told)
    add("documents", id=name, source_id=1 + i % 200, key=key, external_id=key, item=key, kind="report",
        first_known=one.known)  # fmt: skip
    add("versions", id=version, document_id=name, n=1, title=one.title, text=told, content_hash=content,
        lang=own.language.code, lang_confidence=1.0, published=None, at=one.known, known=one.known,
        known_basis="fetched", superseded=None, label=0, sentences=[[x.start, x.end] for x in own.sentences],
        meta={})  # fmt: skip
    add("sightings", document_id=name, known=one.known, content_hash=content, n=0)
    for p, (plain, folded), vector in zip(own.passages, pattern.words, base[id(pattern)], strict=True):
        passage += 1
        moved = vector + noise[int(rng.integers(len(noise)))]
        moved /= np.linalg.norm(moved)
        add("passages", id=passage, version_id=version, n=p.n, start=p.start, end=p.end, text=p.text,
            words=plain.count(" ") + 1)  # fmt: skip
        add("vectors", passage_id=passage, encoder=own.encoder, vector=moved.astype("<f2").tobytes())
        add("changes", op="add", passage_id=passage)
        add("words", id=passage, written=plain, folded=folded)
    for m in own.mentions:
        entities[m.entity_id] = {"id": m.entity_id, "kind": m.kind.value, "name": m.name, "country": None}
        add("mentions", version_id=version, entity_id=m.entity_id, start=m.start, end=m.end, surface=m.surface,
            method=m.method, in_title=0)  # fmt: skip
    for k, (code, count) in enumerate(countries_of(own)):
        add("version_countries", version_id=version, country=code, mentions=count, n=k)
        add("version_series", version_id=version, series=f"country:{code}")
    marks = set(rng.integers(0, 1 << 47, 34).tolist()) | set(rng.integers(0, 500, 4).tolist())
    add("signatures", version_id=version, minhash=rng.integers(0, 1 << 32, 128, np.uint32).tobytes(), shingles=480,
        agency=None)  # fmt: skip
    for mark in marks:
        add("bands", hash=int(mark), version_id=version)
    return passage


def growth(folder: Path, *, sizes: Sequence[int] = SIZES, documents: int = 100, rounds: int = 3) -> dict[str, Any]:
    """Processor milliseconds a document by step, at every size, and the whole against that of the first size."""
    new = of_500_words(PATTERNS + documents * (rounds + 1))
    files = [written(folder / f"new-{r}.jsonl", new[PATTERNS + r * documents : PATTERNS + (r + 1) * documents])
             for r in range(rounds + 1)]  # fmt: skip
    first = open_home(folder / f"size-{sizes[0]}")
    known = patterns(first, new[:PATTERNS])
    homes = {size: first if size == sizes[0] else open_home(folder / f"size-{size}") for size in sizes}
    for size, home in homes.items():
        fill(home, known, size)
        if home is not first:  # one set of models for all
            for part in ("recognisers", "languages", "gazetteer"):
                home.__dict__.setdefault(part, getattr(first, part))
            home.encoders.lend(first.encoder)
        clocked(home, files[-1])  # whatever is made at the first ingest of a process
    clocks: dict[int, list[Clock]] = {size: [] for size in sizes}
    for r in range(rounds):
        for size in sizes if r % 2 == 0 else reversed(sizes):
            clocks[size].append(clocked(homes[size], files[r]))
    out: dict[str, Any] = {}
    for size in sizes:
        best = {step: min(c.worked[step] for c in clocks[size]) for step in clocks[size][0].worked}
        quick = min(clocks[size], key=lambda c: c.passed["all"])
        with homes[size].read() as c:
            passages = c.scalar(select(text("count(*)")).select_from(s.passages))
        out[str(size)] = {
            "passages": passages,
            "processor_ms_by_step": {k: 1000 * v / documents for k, v in best.items() if k != "all"},
            "processor_ms": 1000 * best["all"] / documents,
            "passed_ms": 1000 * quick.passed["all"] / documents,
            "documents_per_second": documents / quick.passed["all"],
        }
    for size in sizes:
        out[str(size)]["against_first"] = out[str(size)]["processor_ms"] / out[str(sizes[0])]["processor_ms"]
        out[str(size)]["passed_against_first"] = out[str(size)]["passed_ms"] / out[str(sizes[0])]["passed_ms"]
    for home in homes.values():
        home.close()
    return out


# --- memory


def memory(
    folder: Path, *, sizes: Sequence[int] = SIZES, documents: int = 100, few: int = 500, many: int = 2000
) -> dict[str, Any]:
    """The most memory, in MB, that an ingest as a process of its own held: at every size, and of few and of many.

    The homes are those that ``growth`` has filled.
    """
    new = of_500_words(PATTERNS + 10 * documents + many)
    out: dict[str, Any] = {"at_size": {}, "of_documents": {}}
    path = written(folder / "memory.jsonl", new[-documents - many : -many])
    for size in sizes:
        out["at_size"][str(size)] = _peak(folder / f"size-{size}", path)
    for n in (few, many):
        out["of_documents"][str(n)] = _peak(folder / f"few-{n}", written(folder / f"{n}.jsonl", new[-n:]))
        shutil.rmtree(folder / f"few-{n}")
    return out


def _peak(home: Path, path: Path) -> float:
    code = (
        "import sys; from interfaces.cli import main; "
        "main(['ingest', sys.argv[1], '--home', sys.argv[2], '--json'], standalone_mode=False); "
        "print([x.split()[1] for x in open('/proc/self/status') if x.startswith('VmHWM')][0])"
    )
    command = [sys.executable, "-c", code, str(path), str(home)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return int(done.stdout.split()[-1]) / 1024


# --- shown


def show_growth(found: dict[str, Any]) -> None:
    """Print the table of steps by size."""
    sizes = list(found)
    print("processor ms a document, by documents held".ljust(44), *(f"{int(size):>10,}" for size in sizes))
    for step in found[sizes[0]]["processor_ms_by_step"]:
        print(f"  {step:42}", *(f"{found[size]['processor_ms_by_step'].get(step, 0.0):10.2f}" for size in sizes))
    for name, key in (("all", "processor_ms"), ("time passed (best round)", "passed_ms")):
        print(f"  {name:42}", *(f"{found[size][key]:10.2f}" for size in sizes))
    for name, key in (("all, against the first size", "against_first"),
                      ("time passed, against the first size", "passed_against_first")):  # fmt: skip
        print(f"  {name:42}", *(f"{found[size][key]:10.3f}" for size in sizes))


def show_memory(found: dict[str, Any]) -> None:
    """Print the peaks."""
    for size, peak in found["at_size"].items():
        print(f"memory, most: an ingest with {int(size):,} documents held {peak:12.0f} MB")
    for n, peak in found["of_documents"].items():
        print(f"memory, most: an ingest of {int(n):,} documents into an empty home {peak:12.0f} MB")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", action="store_true", help="the peaks too: minutes more")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = {"growth": growth(Path(name), sizes=given.sizes, documents=given.documents, rounds=given.rounds)}
        if given.memory:
            found["memory"] = memory(Path(name), sizes=given.sizes, documents=given.documents)
    if given.json:
        print(json.dumps(found, indent=1))
        return
    show_growth(found["growth"])
    if given.memory:
        show_memory(found["memory"])


if __name__ == "__main__":
    main()
