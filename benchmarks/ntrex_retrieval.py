"""The retrieval matrix on news in many languages: a question in one, the paragraph it was cut from in another.

    python benchmarks/ntrex_retrieval.py [--part dev|test|all] [--langs vi,en,..] [--encoder NAME ..] [--mode M ..]
                                         [--questions N] [--write FOLDER] [--json]

240 paragraphs of five consecutive sentences of a document, from ntrex_18langs of the real data (VEDETTE_SHARED, or
../shared); of each one sentence, cut to two thirds of its words, is the question. The corpus is always all 240, "first
of 240" in each language; the questions are those of the documents that a hash puts in the part. Vietnamese is asked
without its marks too ("vi-plain"). Which paragraphs, sentences and cuts is decided by hashes: the same in every run.
Tune on dev; test is for the figures told to others. With --write the files for `vedette eval retrieval` are written.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from domain.text import is_unspaced  # noqa: E402
from evaluation.corpus import Answered, Paragraph, measure_corpus  # noqa: E402
from evaluation.judged import Judged  # noqa: E402
from evaluation.retrieval import part_of  # noqa: E402
from models.language.pieces import bare  # noqa: E402
from service.config import load  # noqa: E402
from service.search import MODES, Mode  # noqa: E402

SHARED = Path(os.environ.get("VEDETTE_SHARED") or ROOT.parent / "shared")
FILE = "data/parallel/ntrex_18langs.tsv.xz"
LANGS = ("vi", "en", "de", "es", "ru", "zh", "fr")
PARAGRAPHS, SENTENCES, SEED = 240, 5, "ntrex"
PLAIN = "vi-plain"


def _number(*parts: str) -> int:
    return int.from_bytes(hashlib.blake2b("\x1f".join((SEED, *parts)).encode(), digest_size=8).digest(), "big")


def _cut(sentence: str, key: str) -> str:
    """Two thirds of a sentence's words (characters where there are no spaces), from a place that the key decides."""
    unspaced = sum(map(is_unspaced, sentence)) > len(sentence) / 3
    parts = list(sentence) if unspaced else sentence.split()
    size = max(-(-2 * len(parts) // 3), min(len(parts), 12 if unspaced else 6))
    start = _number("cut", key) % (len(parts) - size + 1)
    return ("" if unspaced else " ").join(parts[start : start + size])


def benchmark(
    langs: Sequence[str] = LANGS, *, part: str = "all", questions: int | None = None
) -> tuple[list[Paragraph], list[Judged]]:
    """The paragraphs in each language, and the questions of a part (dev, test, all); at most so many a language."""
    with lzma.open(SHARED / FILE, "rt", encoding="utf-8") as lines:
        head = next(lines).rstrip("\n").split("\t")
        rows = [dict(zip(head, line.rstrip("\n").split("\t"), strict=True)) for line in lines]
    documents: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        documents.setdefault(row["doc"], []).append(row)
    blocks = [
        (name, at, own[at : at + SENTENCES])
        for name, own in documents.items()
        for at in range(0, len(own) - SENTENCES + 1, SENTENCES)
    ]
    blocks = sorted(blocks, key=lambda block: _number("paragraph", block[0], str(block[1])))[:PARAGRAPHS]
    paragraphs: list[Paragraph] = []
    judged: list[Judged] = []
    for lang in langs:
        gap = "" if lang in ("zh", "ja") else " "
        asked = 0
        for name, at, own in blocks:
            key = f"{name}/{at}"
            paragraphs.append(Paragraph(f"{key}/{lang}", lang, gap.join(row[lang] for row in own)))
            if part not in ("all", part_of(name, seed=SEED)) or (questions is not None and asked >= questions):
                continue
            asked += 1
            query = _cut(own[_number("sentence", key) % SENTENCES][lang], key)
            right = frozenset(f"{key}/{other}" for other in langs)
            judged.append(Judged(f"{key}/{lang}", query, right, lang))
            if lang == "vi":
                judged.append(Judged(f"{key}/{PLAIN}", bare(query), right, PLAIN))
    return paragraphs, judged


def measured(
    langs: Sequence[str] = LANGS, *, part: str = "test", questions: int | None = None,
    modes: Sequence[Mode] = ("dense", "hybrid"), encoder: str | None = None, bar: bool = False,
) -> Answered:  # fmt: skip
    """The matrix as the real pipeline and the real search reach it."""
    paragraphs, judged = benchmark(langs, part=part, questions=questions)
    with (
        tempfile.TemporaryDirectory() as folder,
        tqdm(unit=" items", disable=not bar or not sys.stderr.isatty()) as seen,
    ):

        def tell(done: int, where: str) -> None:
            seen.set_postfix_str(where, refresh=False)
            seen.update(done - seen.n)

        settings = load(Path(folder), environ={})
        return measure_corpus(paragraphs, judged, settings=settings, encoder=encoder, modes=modes, progress=tell)


def table(found: Answered, mode: Mode) -> str:
    """The share answered first by the language asked in and that of the paragraphs."""
    own = found.modes[mode]
    lines = [f"{mode:10}" + "".join(f"{lang:>18}" for lang in found.of)]
    for asked in dict.fromkeys(pair.partition(">")[0] for pair in own):
        cells = (own[f"{asked}>{lang}"].first for lang in found.of)
        lines.append(f"{asked:10}" + "".join(
            f"{100 * x.mean:7.1f} ({100 * x.low:3.0f}-{100 * x.high:3.0f})" for x in cells))  # fmt: skip
    return "\n".join(lines)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=("dev", "test", "all"), default="dev")
    parser.add_argument("--langs", default=",".join(LANGS))
    parser.add_argument("--encoder", action="append", help="may be given again, to compare")
    parser.add_argument("--mode", action="append", choices=MODES)
    parser.add_argument("--questions", type=int, help="at most so many a language")
    parser.add_argument("--write", type=Path, help="write PARAGRAPHS.jsonl and QUESTIONS.jsonl here and stop")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if not (SHARED / FILE).is_file():
        print(f"ntrex: no {FILE} in {SHARED}; set VEDETTE_SHARED", file=sys.stderr)
        return 2
    langs = tuple(given.langs.split(","))
    if given.write:
        paragraphs, judged = benchmark(langs, part=given.part, questions=given.questions)
        given.write.mkdir(parents=True, exist_ok=True)
        rows = [json.dumps(asdict(one), ensure_ascii=False) for one in paragraphs]
        (given.write / "PARAGRAPHS.jsonl").write_text("\n".join(rows) + "\n", "utf-8")
        rows = [json.dumps(asdict(one) | {"relevant": sorted(one.relevant)}, ensure_ascii=False) for one in judged]
        (given.write / "QUESTIONS.jsonl").write_text("\n".join(rows) + "\n", "utf-8")
        return 0
    for name in given.encoder or [None]:
        found = measured(langs, part=given.part, questions=given.questions, modes=given.mode or ("dense", "hybrid"),
                         encoder=name, bar=True)  # fmt: skip
        if given.json:
            print(json.dumps(asdict(found)))
            continue
        n = max(q.n for own in found.modes.values() for q in own.values())
        print(f"{found.encoder}, {given.part}: first of {PARAGRAPHS}, {n} questions a language, % (95 % interval)")
        for mode in found.modes:
            print(table(found, mode), "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
