"""Search at scale: how long a question takes by mode and filter, how much is found, in how much memory.

    python benchmarks/bench_search.py [--passages N] [--questions N] [--home FOLDER] [--json]

The home is filled with made passages (``benchmarks/search_home.py`` says of what kind); with --home it is kept and used
again. A question is six neighbouring words of a passage, common ones and rare, with a vector at a cosine of about 0.75
to that passage's. The time of a question is all that ``service.search`` does: encoding its text, the state of the
store, candidates by words and by meaning, the hits' texts; only the vector that is searched with is the made one, as
the words mean nothing. Each question of ``other dates`` has a window of its own, so that nothing of an earlier question
can help. Where other programs run on the machine, the time its processor was at work says more than the time that
passed: both are given. The sixty commonest words of a language count as words that say nothing, as such words do in
real languages. Beside them stand FAISS's exact scan of all vectors and FTS5's own bm25() on the same words.
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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from sqlalchemy import select

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.search_home import BEGIN, DAYS, LANGUAGES, Space, country, fill, vocabulary  # noqa: E402
from domain.document import Filters  # noqa: E402
from domain.label import Label  # noqa: E402
from domain.protocols import Vectors  # noqa: E402
from domain.text import words  # noqa: E402
from index import hybrid, lexical, rows, stopwords  # noqa: E402
from index.derived import Derived  # noqa: E402
from index.hybrid import Mode  # noqa: E402
from index.store import schema as s  # noqa: E402
from service.named import alternatives  # noqa: E402
from service.wiring import Home, open_home  # noqa: E402

MIDDLE = BEGIN + timedelta(days=DAYS // 2)
FILTERS = {
    "unfiltered": Filters(),
    "clearance open": Filters(clearance=Label.OPEN),
    "English": Filters(langs=frozenset({"en"})),
    "Russian": Filters(langs=frozenset({"ru"})),
    "commonest country": Filters(countries=frozenset({country(0)})),
    "a rare country": Filters(countries=frozenset({country(60)})),
    "commonest source": Filters(sources=frozenset({"source 0"})),
    "a rare source": Filters(sources=frozenset({"source 60"})),
    "second half": Filters(since=MIDDLE),
    "one month": Filters(since=MIDDLE, until=MIDDLE + timedelta(days=30)),
    "as of the middle": Filters(as_of=MIDDLE),
    "one week, a country, English": Filters(
        since=MIDDLE, until=MIDDLE + timedelta(days=7), langs=frozenset({"en"}), countries=frozenset({country(1)})
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class Questions:
    """Texts, and the vectors that stand for their meaning."""

    texts: tuple[str, ...]
    vectors: Vectors


def questions(home: Home, n: int, *, seed: int = 3) -> Questions:
    """Questions about passages all over the home."""
    rng, p, x = np.random.default_rng(seed), s.passages.c, s.vectors.c
    with home.read() as c:
        last = c.scalar(select(p.id).order_by(p.id.desc()).limit(1)) or 0
        wanted = rng.choice(np.arange(1, last + 1), n, replace=False).tolist()
        picked = c.execute(select(p.text, x.vector).join(s.vectors).where(p.id.in_(wanted)).order_by(p.id)).all()
    texts = []
    for row in picked:
        found = words(row.text)
        at = int(rng.integers(0, max(1, len(found) - 6)))
        texts.append(("" if ord(found[0][0]) > 0x3000 else " ").join(found[at : at + 6]))
    held = np.stack([np.frombuffer(row.vector, "<f2").astype(np.float32) for row in picked])
    return Questions(tuple(texts), Space(held.shape[1], seed=seed).asked(held).astype(np.float32))


def milliseconds(action: Callable[[], object]) -> float:
    """How long an action takes."""
    started = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - started)


def spread(times: Sequence[float]) -> dict[str, float]:
    """The middle and the slow end of some times."""
    return {"p50_ms": statistics.median(times), "p95_ms": float(np.percentile(times, 95))}


def ask(home: Home, asked: Questions, i: int, filters: Filters, mode: Mode) -> None:
    """One question, as ``service.search`` answers it."""
    home.encoder.encode([asked.texts[i]], query=True)
    with home.snapshot(meaning=mode != "lexical") as (c, held):
        hybrid.search_many(
            c, held, [asked.texts[i]], asked.vectors[i : i + 1], k=10, filters=filters, mode=mode,
            alternatives=[] if mode == "dense" else [alternatives(home, c, asked.texts[i], clearance=Label.OPEN)],
        )  # fmt: skip


def by_filter(home: Home, asked: Questions) -> dict[str, dict[str, Any]]:
    """Times of all questions by mode and filter, after one to warm up."""
    plans: list[tuple[str, Mode, Filters | None]] = [
        ("dense", "dense", Filters()), ("lexical", "lexical", Filters()),
        *((f"hybrid, {name}", "hybrid", one) for name, one in FILTERS.items()), ("hybrid, other dates", "hybrid", None),
    ]  # fmt: skip
    out: dict[str, dict[str, Any]] = {}
    for name, mode, filters in plans:
        times: list[float] = []
        busy: list[float] = []
        n = len(asked.texts)
        for i in (n - 1, *range(n)):
            own = filters or Filters(since=BEGIN + timedelta(days=DAYS * (i + 1) // (2 * n), seconds=len(times)))
            began = time.thread_time()
            times.append(milliseconds(lambda i=i, own=own, mode=mode: ask(home, asked, i, own, mode)))  # type: ignore[misc]
            busy.append(1000 * (time.thread_time() - began))
        out[name] = spread(times[1:]) | {"processor_p95_ms": float(np.percentile(busy[1:], 95))}
        with home.snapshot() as (c, held):
            out[name]["passages"] = len(held.scope(c, filters or Filters()).ids)
    return out


def recall(held: Derived, home: Home, asked: Questions) -> dict[str, float]:
    """By filter, the share of the ten exactly nearest passages that the vector side finds."""
    out: dict[str, float] = {}
    assert held.rows is not None
    usual = rows.EXACT
    for name, filters in FILTERS.items():
        with home.read() as c:
            mask = held.scope(c, filters).mask
        found = held.rows.nearest(asked.vectors, k=400, allowed=mask)
        try:
            rows.EXACT = len(mask)
            exact = held.rows.nearest(asked.vectors, k=10, allowed=mask)
        finally:
            rows.EXACT = usual
        hits = sum(len(set(a[:10].tolist()) & set(b.tolist())) for (a, _), (b, _) in zip(found, exact, strict=True))
        out[name] = hits / max(sum(len(b) for b, _ in exact), 1)
    return out


def baselines(home: Home, held: Derived, asked: Questions) -> dict[str, dict[str, float]]:
    """FAISS's exact scan of all vectors, and FTS5's own ranking, on the same questions."""
    assert held.rows is not None
    flat = faiss.IndexScalarQuantizer(
        held.rows.dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )  # fmt: skip
    for part in held.rows.parts:
        flat.add_sa_codes(np.ascontiguousarray(part.codes()))
    scans = [milliseconds(lambda q=q: flat.search(q.reshape(1, -1), 10)) for q in asked.vectors]  # type: ignore[misc]
    sql = "SELECT rowid FROM passage_words WHERE passage_words MATCH ? ORDER BY bm25(passage_words) LIMIT 10"
    with home.read() as c:
        matches = [" OR ".join(f'"{w}"' for w in words(text)) for text in asked.texts[:20]]
        ranks = [milliseconds(lambda m=m: c.exec_driver_sql(sql, (m,)).all()) for m in matches]  # type: ignore[misc]
    return {"exact scan of all vectors (FAISS, float16)": spread(scans), "bm25() of FTS5 itself": spread(ranks)}


def memory() -> dict[str, float]:
    """Resident memory of this process in MB: its own, and pages of files that others may share."""
    found = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("ascii").splitlines())
    return {name: int(found[key].split()[0]) / 1024 for name, key in (("own", "RssAnon"), ("files", "RssFile"))}


def whole_process(folder: Path, text: str, *, runs: int = 5) -> dict[str, float]:
    """A search command from start to end."""
    command = [sys.executable, "-m", "interfaces", "search", text, "--json", "--home", str(folder)]
    times = [
        milliseconds(lambda: subprocess.run(command, cwd=ROOT, check=True, capture_output=True)) for _ in range(runs)
    ]
    return {"p50_ms": statistics.median(times), "p95_ms": max(times)}


def stop_words(n: int = 60) -> None:
    """Take the commonest made words for what they stand for: words that say nothing, as search knows of real ones."""
    made = {str(word) for lang in LANGUAGES if lang != "zh" for word in vocabulary(lang).folded[:n]}
    lexical.__dict__["STOPWORDS"] = stopwords.STOPWORDS | made


def figures(folder: Path, *, passages: int, n: int = 60) -> dict[str, Any]:
    """Everything; the folder's home is filled where it is empty."""
    home = open_home(folder)
    with home.read() as c:
        filled = c.scalar(select(s.passages.c.id).limit(1)) is not None
    if not filled:
        fill(home, passages)
    stop_words()
    out: dict[str, Any] = {}
    with home.snapshot(meaning=False) as (_, held):
        due = held.worth_writing
    if due:
        started = time.perf_counter()
        home.save_index()
        out["writing the derived files, seconds"] = time.perf_counter() - started
    home.close()
    home = open_home(folder)
    asked = questions(home, n)
    home.encoder.encode(["warm"], query=True)
    out["first question of a process"] = {"p50_ms": milliseconds(lambda: ask(home, asked, 0, Filters(), "hybrid"))}
    encoding = [milliseconds(lambda t=t: home.encoder.encode([t], query=True)) for t in asked.texts]  # type: ignore[misc]
    out["encoding a question"] = spread(encoding)
    out |= by_filter(home, asked)
    out["memory, MB"] = memory()
    with home.snapshot() as (_, held):
        out["passages"] = len(held.columns)
    out["recall of the ten nearest"] = recall(held, home, asked)
    out |= baselines(home, held, asked)
    home.close()
    out["search command, whole process"] = whole_process(folder, asked.texts[0])
    sizes = {"store": [folder / "vedette.db"], "derived files": list((folder / "index").glob("*/*"))}
    out["on disk, MB"] = {name: sum(one.stat().st_size for one in files) / 1e6 for name, files in sizes.items()}
    return out


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as name:
        found = figures(given.home or Path(name) / "home", passages=given.passages, n=given.questions)
    if given.json:
        print(json.dumps(found, indent=1))
        return
    for name, value in found.items():
        if not isinstance(value, dict):
            print(f"{name:44} {value:12,.0f}")
        elif "p50_ms" in value:
            of = f"   {value['passages']:9,} passages" if "passages" in value else ""
            slow = f"   p95 {value['p95_ms']:9.1f} ms" if "p95_ms" in value else ""
            busy = f"   processor p95 {value['processor_p95_ms']:6.1f} ms" if "processor_p95_ms" in value else ""
            print(f"{name:44} p50 {value['p50_ms']:9.1f} ms{slow}{busy}{of}")
        else:
            print(f"{name:44}", ", ".join(f"{k} {v:,.3f}" if v <= 1 else f"{k} {v:,.0f}" for k, v in value.items()))


if __name__ == "__main__":
    main()
