"""What the tests of crashes need: documents with edits and copies, commands to kill, and states to compare."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pysqlite3.dbapi2 as sqlite

from service.demo import corpus

ROOT = Path(__file__).resolve().parents[2]
LIGHT = {"VEDETTE_MODELS__RECOGNISERS": "false", "VEDETTE_INGEST__BATCH": "8"}
"""Without the slow recognisers of names, and with many transactions: the way through the store is the same."""
QUESTIONS = (
    "Chinese drilling rig near the Paracel islands", "giàn khoan Hải Dương 981", "manifestation contre la Chine",
    "протест против буровой платформы", "钻井平台 南海", "embassy evacuates citizens", "coast guard collision",
    "ASEAN foreign ministers statement", "fishing boat sank", "riots in industrial parks", "prime minister speech",
    "withdrawal of the platform", "oil price", "note of protest", "talks in Beijing", "US Congress resolution",
    "Schiffe im Südchinesischen Meer", "buques chinos", "ambassador summoned", "typhoon season",
)  # fmt: skip
Row = dict[str, Any]


# --- documents


def bundled(turns: int = 1) -> list[Row]:
    """The bundled documents, told anew in each turn, with edits, copies and repetitions among them."""
    rows = []
    for turn in range(turns):
        for one in corpus.documents():
            moment = one.published or one.known
            extra = f" This is telling number {turn}." if turn else ""
            rows.append({"id": f"{one.key}-{turn}", "source": one.source, "title": one.title, "text": one.text + extra,
                         "published": (moment + timedelta(days=120 * turn)).isoformat()})  # fmt: skip
    return mixed(rows)


def mixed(rows: Sequence[Row], *, seed: int = 7) -> list[Row]:
    """The rows with edited, copied, cut and repeated ones put in some way after them; the same for the same seed."""
    draw = random.Random(seed)
    out: list[tuple[float, Row]] = []
    for i, row in enumerate(rows):
        out.append((float(i), row))
        later = i + draw.uniform(0.5, 60)
        if i % 5 == 1:
            out.append((later, {**row, "text": f"{row['text']} It was corrected later.",
                                "published": _after(row, hours=30)}))  # fmt: skip
        if i % 7 == 2:
            out.append((later, {**row, "source": "Mirror", "published": _after(row, hours=draw.choice([-3, 2, 40]))}))
        if i % 9 == 3:
            text = row["text"][: 2 * len(row["text"]) // 3]
            out.append((later, {**row, "source": "Cutter", "title": "As others tell it", "text": text}))
        if i % 11 == 4:
            out.append((later, dict(row)))
        if i % 13 == 5:
            out.append((later, {**row, "source": "Closed", "label": "secret"}))
        if i % 17 == 6:  # an older text read after a newer one
            out.append((later, {**row, "text": f"First it was told so: {row['text']}",
                                "published": _after(row, hours=-50)}))  # fmt: skip
    return [row for _, row in sorted(out, key=lambda one: one[0])]


def _after(row: Row, *, hours: float) -> str:
    from domain.time import parse_instant

    return (parse_instant(row["published"]) + timedelta(hours=hours)).isoformat()


def write(rows: Sequence[Row], path: Path) -> Path:
    """The rows as JSONL."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


# --- commands


@dataclass(frozen=True)
class Child:
    """A command that runs."""

    pid: int
    zygote: Zygote
    out: Path
    err: Path

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send it a signal; one that has ended already is passed over."""
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return

    def runs(self) -> bool:
        """Whether it has not ended yet."""
        try:
            return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    def wait(self) -> int:
        """Its exit status; negative where a signal ended it."""
        return int(self.zygote.order({"wait": self.pid}))

    def json(self) -> list[Any]:
        """What it printed, a JSON value a line."""
        return [json.loads(line) for line in self.out.read_text("utf-8").splitlines()]


class Zygote:
    """Starts commands by forking a process that has imported everything."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self.folder, self.count = folder, 0
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore::DeprecationWarning", str(Path(__file__).with_name("zygote.py"))], cwd=ROOT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **env},
        )  # fmt: skip

    def order(self, order: Mapping[str, Any]) -> str:
        """Give an order; what it is answered."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, f"the zygote has died: {self.process.wait(10)}"
        return answer

    def start(self, *argv: str, **more: Any) -> Child:
        """Start a command of the command line."""
        self.count += 1
        out, err = (self.folder / f"{self.count}.{name}" for name in ("out", "err"))
        pid = int(self.order({"argv": list(argv), "out": str(out), "err": str(err), **more}))
        return Child(pid, self, out, err)

    def run(self, *argv: str, **more: Any) -> Child:
        """Start a command and wait for its end, which has to be a good one."""
        child = self.start(*argv, **more)
        status = child.wait()
        assert status == 0, (argv, status, child.err.read_text("utf-8"))
        return child

    def close(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@contextmanager
def zygote(folder: Path, env: Mapping[str, str] | None = None) -> Iterator[Zygote]:
    """A zygote for the length of a test."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Zygote(folder, LIGHT if env is None else env)
    try:
        yield made
    finally:
        made.close()


def ingest_killed(
    z: Zygote, home: Path, path: Path, rows: Sequence[Row], *, kills: int, seed: int, pause: float = 0.25
) -> list[int]:
    """Ingest the rows in order, killed so many times at random moments; gives how many sightings were held by then.

    Each time a little more of the rows is in the file than the last time. Every fifth kill falls while models load, the
    others within a moment (of ``pause`` seconds on average) after the first transaction: in further ones, while the
    index is put on disk, after that.
    """
    draw, held = random.Random(seed), [0]
    for i in range(kills):
        write(rows[: (i + 1) * len(rows) // (kills + 1)], path)
        child = z.start("ingest", str(path), "--home", str(home), "--json")
        if i % 5 == 4:
            time.sleep(draw.uniform(0.1, 2.0))
        else:
            limit = time.monotonic() + 120
            while sightings_held(home) == held[-1] and child.runs() and time.monotonic() < limit:
                time.sleep(0.01)
            time.sleep(draw.expovariate(1 / pause))
        child.kill()
        assert child.wait() in (-signal.SIGKILL, 0), child.err.read_text("utf-8")
        held.append(sightings_held(home))
    return held[1:]


def sightings_held(home: Path) -> int:
    """How many readings a home knows of; 0 where it is not there yet."""
    if not (home / "vedette.db").exists():
        return 0
    with closing(sqlite.connect(home / "vedette.db")) as c:
        if not c.execute("SELECT 1 FROM sqlite_master WHERE name = 'sightings'").fetchone():
            return 0
        return int(c.execute("SELECT count(*) FROM sightings").fetchone()[0])


# --- states

_STATE = {
    "documents": "SELECT d.id, s.name, d.key, d.external_id, d.url, d.item, d.kind, d.first_known "
                 "FROM documents d JOIN sources s ON s.id = d.source_id",
    "versions": "SELECT document_id, n, title, text, html, content_hash, lang, published, at, known, known_basis, "
                "superseded, label, sentences, meta FROM versions",
    "passages": "SELECT v.document_id, v.n, p.n, p.start, p.end, p.text, p.words FROM passages p "
                "JOIN versions v ON v.id = p.version_id",
    "mentions": "SELECT v.document_id, v.n, m.entity_id, m.start, m.end, m.surface, m.method, m.in_title "
                "FROM mentions m JOIN versions v ON v.id = m.version_id",
    "entities": "SELECT * FROM entities",
    "countries": "SELECT v.document_id, v.n, k.country, k.mentions, k.n FROM version_countries k "
                 "JOIN versions v ON v.id = k.version_id",
    "series": "SELECT v.document_id, v.n, k.series FROM version_series k JOIN versions v ON v.id = k.version_id",
    "sightings": "SELECT * FROM sightings",
    "carried": "SELECT v.document_id, v.n, k.copy_id, s.name, k.key, k.url, k.item, k.published, k.known, "
               "k.superseded, k.label FROM carried k JOIN versions v ON v.id = k.version_id "
               "JOIN sources s ON s.id = k.source_id",
    "signatures": "SELECT v.document_id, v.n, g.minhash, g.shingles, g.agency FROM signatures g "
                  "JOIN versions v ON v.id = g.version_id",
    "bands": "SELECT v.document_id, v.n, b.hash FROM bands b JOIN versions v ON v.id = b.version_id",
    "near": "SELECT a.document_id, a.n, b.document_id, b.n, x.similarity, x.share, x.how FROM near x "
            "JOIN versions a ON a.id = x.version_id JOIN versions b ON b.id = x.other_id",
    "words": "SELECT v.document_id, v.n, p.n, w.col, w.term, w.offset FROM words w JOIN passages p ON p.id = w.doc "
             "JOIN versions v ON v.id = p.version_id",
    "failures": "SELECT item, stage, error FROM failures",
}  # fmt: skip


def state(home: Path) -> dict[str, Counter[tuple[Any, ...]]]:
    """All that a home holds but ids that are drawn as rows come, and times of reading."""
    with closing(sqlite.connect(home / "vedette.db")) as c:
        assert c.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert c.execute("PRAGMA foreign_key_check").fetchall() == []
        c.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, passage_words, instance)")
        return {name: Counter(map(tuple, c.execute(query))) for name, query in _STATE.items()}


def vectors(home: Path) -> dict[tuple[Any, ...], Any]:
    """The vectors of a home, by document, version and passage."""
    query = ("SELECT v.document_id, v.n, p.n, x.encoder, x.vector FROM vectors x "
             "JOIN passages p ON p.id = x.passage_id JOIN versions v ON v.id = p.version_id")  # fmt: skip
    with closing(sqlite.connect(home / "vedette.db")) as c:
        return {tuple(row[:4]): np.frombuffer(row[4], "<f2").astype(np.float32) for row in c.execute(query)}


def answers(z: Zygote, home: Path, folder: Path) -> list[Any]:
    """What a home answers to twenty questions, in each way of searching."""
    path = folder / "questions.jsonl"
    write([{"id": f"q{i}", "query": q} for i, q in enumerate(QUESTIONS)], path)
    found = []
    for mode in ("hybrid", "dense", "lexical"):
        for line in z.run("search", "--batch", str(path), "--mode", mode, "--home", str(home)).json():
            hits = [(hit["document_id"], hit["text"], round(hit["score"], 3)) for hit in line["hits"]]
            found.append((mode, line["id"], hits))
    return found


def same(one: Path, other: Path) -> None:
    """Assert that two homes hold the same."""
    a, b = state(one), state(other)
    for name in a:
        assert a[name] == b[name], (name, list((a[name] - b[name]).items())[:3], list((b[name] - a[name]).items())[:3])
    x, y = vectors(one), vectors(other)
    assert x.keys() == y.keys()
    # What is encoded together may differ, and with it the last bit.
    assert all(np.allclose(x[key], y[key], atol=2e-3) for key in x)
