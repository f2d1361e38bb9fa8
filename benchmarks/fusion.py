"""How well meaning, words and both together find a paragraph, for every pair of languages; and the weights of fusion.

    python benchmarks/fusion.py [--set dev|test] [--tune] [--langs vi,en,..] [--home FOLDER] [--json]

The news of NTREX-128 in 18 languages (``parallel/ntrex_18langs.tsv.xz`` of the real data; VEDETTE_SHARED, or
../shared) is cut into paragraphs of about five sentences of one article: 240 of them are held in each language. A
question is made of one sentence of a paragraph in the language that asks: content words alone, a part of them dropped
("words"), or a stretch of it ("cut"). The question's paragraph in the other language should come first of the 240.
Articles are parted by hash: weights are tuned (``--tune``) on ``dev``, told from ``test``.

The table is what ``service.search`` answers, its expansion of names included; ``rrf`` is plain reciprocal rank fusion
of the dense and the lexical ranking, the baseline. With --home the filled store is kept and used again as long as the
encoder is the same.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from domain.document import Document, Filters  # noqa: E402
from domain.protocols import Vectors  # noqa: E402
from domain.text import fold, is_unspaced, words  # noqa: E402
from index import lexical  # noqa: E402
from index.hybrid import Nearness, Weights, reciprocal_ranks  # noqa: E402
from index.lexical import Bm25  # noqa: E402
from index.nearness import BySlot  # noqa: E402
from index.scope import Floats  # noqa: E402
from index.scoring import Scores  # noqa: E402
from index.stopwords import STOPWORDS  # noqa: E402
from index.store.documents import passage_rows  # noqa: E402
from service import pipeline, search  # noqa: E402
from service.config import load  # noqa: E402
from service.named import alternatives  # noqa: E402
from service.wiring import Home, open_home  # noqa: E402

LANGS = ("vi", "en", "de", "es", "ru", "zh")
HELD = 240
SENTENCES = 5
DEPTH = 20
"""How far down the rankings plain rank fusion looks."""
EACH = 2
"""Questions of either kind a paragraph."""
KINDS = ("words", "cut")
MODES: tuple[search.Mode, ...] = ("dense", "lexical", "hybrid")
READ_AT = datetime(2026, 1, 1, tzinfo=UTC)
WORTHS = (0.01, 0.02, 0.03, 0.04, 0.05, 0.07, 0.09, 0.11, 0.14, 0.18, 0.25, 0.4)
"""Weights of meaning that are tried."""
_KEPT_WORDS, _KEPT_SIGNS = 7, 10


def number(*parts: object) -> int:
    """A number that depends on nothing but the parts."""
    name = "\x1f".join(map(str, parts)).encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences of one article that follow each other, by language; ``part`` is dev or test."""

    id: str
    part: str
    sentences: dict[str, tuple[str, ...]]

    def text(self, lang: str) -> str:
        """The paragraph in a language."""
        return ("" if lang in ("zh", "ja") else " ").join(self.sentences[lang])


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the paragraph that answers it."""

    text: str
    kind: str
    part: str
    answer: str


def paragraphs(path: Path) -> list[Paragraph]:
    """The 240 paragraphs, chosen by hash."""
    rows = [line.split("\t") for line in lzma.decompress(path.read_bytes()).decode("utf-8").splitlines()]
    langs, articles = rows[0][1:], dict[str, list[list[str]]]()
    for row in rows[1:]:
        articles.setdefault(row[0], []).append(row[1:])
    found = []
    for name, lines in articles.items():
        part = "test" if number("fusion", name) % 2 else "dev"
        for at in range(0, len(lines) - SENTENCES + 1, SENTENCES):
            piece = lines[at : at + SENTENCES]
            said = {lang: tuple(line[i] for line in piece) for i, lang in enumerate(langs)}
            found.append(Paragraph(f"{name}.{at}", part, said))
    return sorted(found, key=lambda one: number("held", one.id))[:HELD]


def questions(held: Sequence[Paragraph], lang: str) -> list[Question]:
    """Questions in a language about all paragraphs."""
    out = []
    for one in held:
        order = sorted(range(SENTENCES), key=lambda i: number("asked", one.id, i))
        for kind in KINDS:
            for i in order[:EACH]:
                text = (keywords if kind == "words" else stretch)(one.sentences[lang][i], seed=f"{one.id}.{i}")
                out.append(Question(text or one.sentences[lang][i], kind, one.part, one.id))
    return out


def keywords(sentence: str, *, seed: str) -> str:
    """Up to seven words of a sentence that say something, in their order; of an unspaced script, three short runs."""
    found = words(sentence)
    if sum(map(is_unspaced, found)) * 2 > len(found):
        runs = [run for run in re.split(r"[\W\d_]+", sentence) if run]
        size = 2 if len(runs) > 2 else 3
        cuts = [run[i : i + size] for run in runs for i in range(0, len(run) - size + 1, size)]
        kept = sorted(sorted(range(len(cuts)), key=lambda i: number(seed, i))[: _KEPT_WORDS - 2])
        return " ".join(cuts[i] for i in kept)
    telling = [word for word in found if fold(word) not in STOPWORDS]
    # A Vietnamese word is about one and a half of its syllables.
    most = min(_KEPT_WORDS, -(-len(telling) * 2 // 3))
    kept = sorted(sorted(range(len(telling)), key=lambda i: number(seed, telling[i]))[:most])
    return " ".join(telling[i] for i in kept)


def stretch(sentence: str, *, seed: str) -> str:
    """Up to eight words that follow each other."""
    pieces = sentence.split()
    if len(pieces) < 4:
        size = min(len(sentence), 2 * _KEPT_SIGNS)
        at = number(seed) % (len(sentence) - size + 1)
        return sentence[at : at + size]
    size = min(8, max(3, len(pieces) * 2 // 3))
    at = number(seed) % (len(pieces) - size + 1)
    return " ".join(pieces[at : at + size])


def documents(held: Sequence[Paragraph], lang: str) -> Iterator[Document]:
    """The paragraphs in a language."""
    for one in held:
        yield Document(
            source=f"news {lang}", external_id=f"{lang}:{one.id}", title="", text=one.text(lang), item=one.id,
            known=READ_AT, published=READ_AT, lang_hint=lang,
        )  # fmt: skip


def prepare(path: Path, held: Sequence[Paragraph], langs: Sequence[str]) -> Home:
    """A home that holds the paragraphs in these languages."""
    settings = load(path)
    home = open_home(path, settings=replace(settings, models=replace(settings.models, recognisers=False)))
    marker = path / "fusion.json"
    made = json.loads(marker.read_text("utf-8")) if marker.exists() else []
    for lang in tqdm([x for x in langs if x not in made], unit="language", disable=not sys.stderr.isatty()):
        pipeline.ingest_documents(home, list(documents(held, lang)))
        made.append(lang)
        marker.write_text(json.dumps(made), "utf-8")
    home.save_index()
    return home


def ranks(home: Home, asked: Sequence[Question], lang: str) -> dict[str, list[int]]:
    """By mode, where each question's paragraph stands among those of a language; 0 where it is not found."""
    queries = [search.Query(str(i), question.text) for i, question in enumerate(asked)]
    filters = Filters(sources=frozenset({f"news {lang}"}))
    out: dict[str, list[int]] = {}
    lists: dict[str, list[list[str]]] = {}
    for mode in MODES:
        answers = search.search(home, queries, k=DEPTH, mode=mode, filters=filters)
        lists[mode] = [[str(hit.external_id) for hit in answer.hits] for answer in answers]
        out[mode] = [_rank(found, f"{lang}:{q.answer}") for found, q in zip(lists[mode], asked, strict=True)]
    out["rrf"] = []
    for dense, by_words, question in zip(lists["dense"], lists["lexical"], asked, strict=True):
        names = sorted({*dense, *by_words})
        place = {name: i for i, name in enumerate(names)}
        fused = reciprocal_ranks([[place[name] for name in found] for found in (dense, by_words)])
        out["rrf"].append(_rank([names[i] for i, _ in fused], f"{lang}:{question.answer}"))
    return out


def _rank(found: Sequence[str], right: str) -> int:
    return found.index(right) + 1 if right in found else 0


def first(found: Sequence[int]) -> float:
    """Per cent of the questions answered first."""
    return 100 * float(np.mean(np.asarray(found) == 1))


def matrix(home: Home, held: Sequence[Paragraph], langs: Sequence[str], part: str) -> list[dict[str, Any]]:
    """A row for each pair of languages and kind of question."""
    rows: list[dict[str, Any]] = []
    for asks in tqdm(langs, unit="language", disable=not sys.stderr.isatty()):
        asked = [question for question in questions(held, asks) if question.part == part]
        for told in langs:
            found = ranks(home, asked, told)
            for kind in KINDS:
                these = [i for i, question in enumerate(asked) if question.kind == kind]
                by_mode = {mode: first([found[mode][i] for i in these]) for mode in found}
                rows.append({"query": asks, "document": told, "kind": kind, "n": len(these), **by_mode})
    return rows


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What fusion is made of, a row a question: by paragraph the share of its words and how far its meaning stands
    out; how readable the question is in the paragraphs' language; and which paragraph answers it."""

    words: Floats
    meaning: Floats
    readable: Floats
    right: npt.NDArray[np.int64]

    def first(self, worth: Floats) -> float:
        """Per cent answered first where meaning is worth so much, a number a question."""
        found = np.argmax(self.words + worth[:, None] * self.meaning, axis=1)
        return 100 * float(np.mean(found == self.right))


def seen(home: Home, asked: Sequence[Question], vectors: Vectors, lang: str) -> Seen:
    """What both sides say of all paragraphs of a language; as ``index.hybrid`` has it, before it is put together."""
    words_, meaning, readable = [], [], []
    with home.snapshot() as (c, held):
        scope = held.scope(c, Filters(sources=frozenset({f"news {lang}"})))
        postings = held.postings(c).confined(scope.slots)
        assert held.rows is not None
        near = Nearness(BySlot(held.rows, scope), vectors, Weights())
        rows = passage_rows(c, scope.ids[scope.starts].tolist())
        names = [str(rows[int(one)].external_id) for one in scope.ids[scope.starts]]
        every = np.arange(len(scope))
        for i, question in enumerate(asked):
            parsed = lexical.parse(
                question.text, alternatives(home, c, question.text, clearance=home.settings.reader.clearance)
            )
            scores = Scores(scope, postings, parsed, Bm25())
            words_.append(scores.everything()[0])
            centre, spread = near.usual(i)
            meaning.append((np.fmax.reduceat(near.of(i, every), scope.starts) - centre) / spread)
            readable.append(min(float(scores.readable[0]), 1.0))
    right = np.array([names.index(f"{lang}:{question.answer}") for question in asked])
    return Seen(np.array(words_), np.nan_to_num(np.array(meaning)), np.array(readable), right)


def tune(home: Home, held: Sequence[Paragraph], langs: Sequence[str], weak: Sequence[str], part: str) -> dict[str, Any]:
    """The weights that answer most first, and what others give: for pairs of one language, of two, and for those with
    a language that the encoder may read badly."""
    lots: dict[str, list[Seen]] = {}
    for asks in tqdm(langs, unit="language", disable=not sys.stderr.isatty()):
        asked = [question for question in questions(held, asks) if question.part == part]
        vectors = home.encoder.encode([question.text for question in asked], query=True)
        for told in langs:
            mine = next((one for one in weak if one in (asks, told)), "")
            kind = ("same" if asks == told else "across") + (f" with {mine}" if mine else "")
            lots.setdefault(kind, []).append(seen(home, asked, vectors, told))
    usual = Weights()
    out: dict[str, Any] = {}
    for kind, pairs in lots.items():
        by_worth = {worth: _mean(pairs, _same(worth)) for worth in WORTHS}

        def now(one: Seen) -> Floats:
            return usual.meaning * (1 + usual.across * (1 - one.readable) ** 2)

        out[kind] = {
            "best": max(by_worth, key=lambda worth: by_worth[worth]), "by_worth": by_worth,
            "common weights": _mean(pairs, now),
            "dense": _mean(pairs, _same(1e6)),
        }  # fmt: skip
    return out


def _same(worth: float) -> Callable[[Seen], Floats]:
    return lambda one: np.full(len(one.right), worth)


def show(tuned: dict[str, Any], *, as_json: bool) -> None:
    """Print what ``tune`` found."""
    if as_json:
        print(json.dumps(tuned))
        return
    for kind, found in tuned.items():
        print(f"{kind}: meaning alone {found['dense']:.1f}, the common weights {found['common weights']:.1f}, "
              f"best {found['by_worth'][found['best']]:.1f} with {found['best']}")  # fmt: skip
        print("   ", "  ".join(f"{worth}: {value:.1f}" for worth, value in found["by_worth"].items()))


def _mean(pairs: Sequence[Seen], worth: Callable[[Seen], Floats]) -> float:
    return float(np.mean([one.first(worth(one)) for one in pairs]))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", choices=("dev", "test"), default="dev")
    parser.add_argument("--langs", default=",".join(LANGS))
    parser.add_argument("--home", type=Path, help="keep the filled home folder here and use it again")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--tune", action="store_true", help="weights in the place of the table")
    parser.add_argument("--weak", default="vi", help="languages that may need a weight of their own (--tune)")
    given = parser.parse_args()
    shared = Path(os.environ.get("VEDETTE_SHARED") or ROOT.parent / "shared")
    path = shared / "data" / "parallel" / "ntrex_18langs.tsv.xz"
    if not path.exists():
        print(f"fusion: no {path.name} in {path.parent}; set VEDETTE_SHARED", file=sys.stderr)
        return 2
    langs, held = given.langs.split(","), paragraphs(path)
    with tempfile.TemporaryDirectory() as temporary:
        home = prepare(given.home or Path(temporary), held, langs)
        try:
            if given.tune:
                show(tune(home, held, langs, given.weak.split(","), given.set), as_json=given.json)
                return 0
            rows = matrix(home, held, langs, given.set)
        finally:
            home.close()
    if given.json:
        print(json.dumps({"set": given.set, "rows": rows}))
        return 0
    print(f"first of {HELD}, per cent, {given.set} articles")
    print(f"{'pair':8s} {'kind':6s} {'n':>4s} {'dense':>6s} {'words':>6s} {'rrf':>6s} {'both':>6s} {'gain':>6s}")
    for row in rows:
        cells = [f"{row[mode]:6.1f}" for mode in ("dense", "lexical", "rrf", "hybrid")]
        gain = row["hybrid"] - row["dense"]
        print(f"{row['query']}-{row['document']:5s} {row['kind']:6s} {row['n']:4d}", *cells, f"{gain:+6.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
