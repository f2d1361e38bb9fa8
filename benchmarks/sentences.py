"""What looking at the sentences of the nearest passages brings to search, and what it costs.

    python benchmarks/sentences.py [--part dev|test|all] [--langs vi,en,..] [--read N ..] [--json]

The paragraphs and questions of ``ntrex_retrieval``, stored once and asked with the sentences of none, and of so many,
of the nearest passages looked at: the share of questions whose paragraph comes first of the 240, by mode, with the
milliseconds of a question; the bytes a passage takes; and how long encoding passages takes with their sentences,
as a multiple of without. The same on long documents: ``benchmarks/cloze.py --read 0`` beside ``benchmarks/cloze.py``.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import func, select

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.ntrex_retrieval import LANGS, benchmark  # noqa: E402
from domain.document import Document, Filters, Passage  # noqa: E402
from evaluation.corpus import Paragraph  # noqa: E402
from evaluation.judged import Judged  # noqa: E402
from index import hybrid  # noqa: E402
from index.hybrid import Mode  # noqa: E402
from index.store import schema as s  # noqa: E402
from nlp import segment  # noqa: E402
from nlp.embed import part_texts  # noqa: E402
from service import pipeline  # noqa: E402
from service.config import load  # noqa: E402
from service.wiring import Home, open_home  # noqa: E402

MODES: tuple[Mode, ...] = ("dense", "hybrid")


def fill(home: Home, paragraphs: Sequence[Paragraph]) -> None:
    """Store the paragraphs, each language as a source of its own."""
    known = datetime(2026, 1, 1, tzinfo=UTC)
    pipeline.ingest_documents(home, [
        Document(source=one.lang, external_id=one.id, title="", text=one.text, item=one.id, known=known,
                 known_basis="published", lang_hint=one.lang) for one in paragraphs
    ])  # fmt: skip
    home.save_index()


@contextmanager
def stored(paragraphs: Sequence[Paragraph]) -> Iterator[Home]:
    """A home made for the occasion that holds these paragraphs."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load(Path(folder), environ={})
        home = open_home(Path(folder), settings=replace(settings, models=replace(settings.models, recognisers=False)))
        try:
            fill(home, paragraphs)
            yield home
        finally:
            home.close()


def asked(home: Home, judged: Sequence[Judged], of: Sequence[str], *, read: int, mode: Mode) -> dict[str, Any]:
    """The share first by pair of languages, asked and found; and the middle time of a question, encoding left out."""
    rows = home.encoder.encode([one.query for one in judged], query=True)
    right: dict[str, list[bool]] = {}
    times = []
    index = home.index()
    with home.read() as c:
        for one, row in zip(judged, rows, strict=True):
            for lang in of:
                begun = time.perf_counter()
                (hits,) = hybrid.search_many(c, index, [one.query], row[None, :], k=1, mode=mode,
                                             filters=Filters(sources=frozenset((lang,))),
                                             weights=hybrid.Weights(read=read))  # fmt: skip
                times.append(time.perf_counter() - begun)
                right.setdefault(f"{one.lang}>{lang}", []).append(bool(hits) and hits[0].external_id in one.relevant)
    return {**{pair: round(100 * float(np.mean(found)), 1) for pair, found in right.items()},
            "ms": round(1000 * float(np.median(times)), 1)}  # fmt: skip


def cost(home: Home, paragraphs: Sequence[Paragraph]) -> dict[str, float]:
    """Bytes of a passage's row with and without its sentences, and the time of encoding with them over without."""
    x = s.vectors.c
    with home.read() as c:
        row = c.execute(
            select(func.avg(func.length(x.vector)), func.avg(func.length(func.coalesce(x.parts, b""))))
        ).one()
    wholes = [one.text for one in paragraphs]
    parts = [part for one in paragraphs for part in part_texts(
        "", Passage(0, 0, len(one.text), one.text), segment.sentences(one.text, lang=one.lang))]  # fmt: skip
    best = {"wholes": float("inf"), "both": float("inf")}
    for _ in range(2):
        for name, texts in (("wholes", wholes), ("both", [*wholes, *parts])):
            begun = time.perf_counter()
            home.encoder.encode(texts)
            best[name] = min(best[name], time.perf_counter() - begun)
    return {"bytes_passage": round(float(row[0])), "bytes_sentences": round(float(row[1])),
            "sentences_a_passage": round(len(parts) / len(wholes), 1),
            "times_encoding": round(best["both"] / best["wholes"], 2)}  # fmt: skip


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=("dev", "test", "all"), default="dev")
    parser.add_argument("--langs", default=",".join(LANGS))
    parser.add_argument("--read", type=int, action="append", help="may be given again, to compare")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    langs = tuple(given.langs.split(","))
    paragraphs, judged = benchmark(langs, part=given.part)
    found: dict[str, dict[str, Any]] = {}
    with stored(paragraphs) as home:
        for mode in MODES:
            for read in dict.fromkeys((0, *(given.read or (hybrid.Weights().read,)))):
                found[f"{mode}, {read}"] = asked(home, judged, langs, read=read, mode=mode)
        paid = cost(home, paragraphs[:240])
    if given.json:
        print(json.dumps({**found, "cost": paid}))
        return 0
    print(f"{'asked > found':16}" + "".join(f"{name:>14}" for name in found))
    for pair in next(iter(found.values())):
        print(f"{pair:16}" + "".join(f"{row[pair]:14.1f}" for row in found.values()))
    print(paid)
    return 0


if __name__ == "__main__":
    sys.exit(main())
