"""A home filled in bulk with made passages, for measuring search: words by Zipf's law, vectors in clusters.

What is made: documents of three passages of 60 to 190 words; words drawn by Zipf and Mandelbrot's law (exponent 1.07)
from 300,000 made words a language, so that the commonest stand in nearly every passage and a third stand in one; six
languages (English 45 %, Vietnamese with diacritics 15 %, Chinese without spaces 10 % ...); 200 sources, 190 countries,
ten years, five labels; a document in twenty has an older version. Vectors are drawn around 3,000 topics, each document
around its topic, each passage around its document and its six sentences around it, with a spectrum that falls as those
of sentence encoders do. It is the same in every run.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import insert, text
from tqdm import tqdm

from domain.ids import digest
from domain.text import fold
from index.store import schema as s
from nlp.embed import pack_parts
from service.wiring import Home

LANGUAGES = {"en": 0.45, "vi": 0.15, "fr": 0.10, "zh": 0.10, "ru": 0.10, "es": 0.10}
SOURCES, COUNTRIES, TOPICS, VOCABULARY = 200, 190, 3_000, 300_000
PASSAGES, SENTENCES = 3, 6
BEGIN, DAYS = datetime(2015, 1, 1, tzinfo=UTC), 3650
BATCH = 4_000
_SYLLABLES = {
    "en": ("b c d f g h k l m n p r s t v w st tr ch sh", "a e i o u ea ou", "n r s t l m"),
    "fr": ("b c d f g j l m n p r s t v qu ch", "a e é è i o u ou eau", "n r s t x"),
    "es": ("b c d f g j l m n p r s t v ll ñ", "a e i o u á é ó", "n r s l"),
    "ru": ("б в г д ж з к л м н п р с т ш", "а е и о у я ы", "н р с т й"),
    "vi": ("b c đ g h kh l m n ng ph qu th tr v", "a ă â e ê i o ô ơ u ư á à ả ạ ế ộ ử",
           "n ng c t m nh"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words of a language, commonest first, as written and folded; their summed shares."""

    written: np.ndarray[Any, np.dtype[np.object_]]
    folded: np.ndarray[Any, np.dtype[np.object_]]
    shares: np.ndarray[Any, np.dtype[np.float64]]
    gap: str


def vocabulary(lang: str, *, seed: int = 5) -> Vocabulary:
    """The words of one language."""
    rng = np.random.default_rng(seed)
    if lang == "zh":
        words = [chr(0x4E00 + i) for i in rng.permutation(6000)]
    else:
        first, middle, last = (x.split() for x in _SYLLABLES[lang])
        made: dict[str, None] = {}
        turn = 0
        while len(made) < VOCABULARY:
            # The commonest words are the shortest.
            turn += 1
            picks = rng.integers(0, 1 << 30, (5_000, 2 * min(5, turn) + 1)).tolist()
            for *pairs, end in picks:
                word = "".join(
                    first[a % len(first)] + middle[b % len(middle)]
                    for a, b in zip(pairs[::2], pairs[1::2], strict=True)
                )
                made[word + (last[end % len(last)] if end & 4096 else "")] = None
        words = list(made)[:VOCABULARY]
    shares = 1 / (np.arange(len(words)) + 2.7) ** 1.07
    return Vocabulary(
        np.array(words, object), np.array([fold(w) for w in words], object), np.cumsum(shares / shares.sum()),
        "" if lang == "zh" else " ",
    )  # fmt: skip


class Space:
    """Where vectors lie."""

    def __init__(self, dimension: int, *, seed: int = 7) -> None:
        self._rng = np.random.default_rng(seed)
        self._fall = (np.arange(1, dimension + 1) ** -0.35).astype(np.float32)
        self._topics = self.noise(TOPICS)

    def noise(self, n: int) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Rows of about equal length without direction."""
        rows = self._rng.standard_normal((n, len(self._fall)), dtype=np.float32) * self._fall
        return np.asarray(rows / np.linalg.norm(rows, axis=1).mean(), np.float32)

    def documents(self, n: int) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Unit rows of n documents' passages, PASSAGES a document, a document's together."""
        topic = self._topics[self._rng.integers(0, TOPICS, n)]
        near = np.repeat(topic + 0.8 * self.noise(n), PASSAGES, axis=0)
        return unit(near + 0.9 * self.noise(len(near)))

    def asked(self, rows: np.ndarray[Any, np.dtype[np.float32]]) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Questions about passages: cosine about 0.75 to the one that is meant."""
        return unit(rows + 0.9 * self.noise(len(rows)))


def unit(rows: np.ndarray[Any, np.dtype[np.float32]]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Rows at length 1."""
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def fill(home: Home, passages: int, *, seed: int = 1) -> int:
    """Fill an empty home with about so many passages by plain inserts; gives how many."""
    encoder = home.encoder
    rng, space = np.random.default_rng(seed), Space(encoder.dimension)
    words = {lang: vocabulary(lang) for lang in LANGUAGES}
    moment = BEGIN + timedelta(days=DAYS)
    with home.write() as c:
        c.execute(insert(s.sources), [
            {"name": f"source {i}", "kind": "feed", "added": moment, "reliability": "B"} for i in range(SOURCES)
        ])  # fmt: skip
    made = documents = 0
    with tqdm(total=passages, unit="passage", disable=not sys.stderr.isatty()) as bar:
        while made < passages:
            n = min(BATCH, -(-(passages - made) // PASSAGES))
            with home.write() as c:
                for table, rows in _batch(rng, space, words, n, documents, made, encoder.id):
                    if table == "passage_words":
                        c.execute(
                            text("INSERT INTO passage_words(rowid, written, folded) VALUES (:id, :written, :folded)"),
                            rows,
                        )
                    else:
                        c.execute(insert(s.metadata.tables[table]), rows)
            made += n * PASSAGES
            documents += n
            bar.update(n * PASSAGES)
    return made


def _batch(
    rng: np.random.Generator, space: Space, words: dict[str, Vocabulary], n: int, before: int, passages: int,
    encoder: str,
) -> Iterator[tuple[str, list[dict[str, Any]]]]:  # fmt: skip
    names, shares = list(LANGUAGES), np.cumsum(list(LANGUAGES.values()))
    langs = np.minimum(np.searchsorted(shares, rng.random(n)), len(names) - 1)
    rows = space.documents(n)
    vectors = rows.astype("<f2")
    parts = unit(np.repeat(rows, SENTENCES, axis=0) + space.noise(len(rows) * SENTENCES))
    parts = parts.reshape(len(rows), SENTENCES, -1)
    sources = 1 + (rng.zipf(1.5, n) - 1) % SOURCES
    labels = rng.choice(5, n, p=[0.7, 0.12, 0.1, 0.05, 0.03])
    days = rng.integers(0, DAYS * 86_400, n)
    out: dict[str, list[dict[str, Any]]] = {name: [] for name in (
        "documents", "versions", "passages", "vectors", "changes", "version_countries", "passage_words")}  # fmt: skip
    for i in range(n):
        number = before + i + 1
        # A document in twenty repeats the one before it as its newer version.
        again = number % 20 == 0
        document = f"d{digest(('made', str(number - 1 if again else number)))}"
        at = BEGIN + timedelta(seconds=int(days[i]))
        known = BEGIN + timedelta(days=DAYS, seconds=number) if again else at + timedelta(minutes=30)
        if not again:
            out["documents"].append({
                "id": document, "source_id": int(sources[i]), "key": f"made/{number}", "external_id": f"made/{number}",
                "item": "made", "kind": "report", "first_known": known,
            })  # fmt: skip
        own = words[names[langs[i]]]
        sizes = rng.integers(60, 190, PASSAGES)
        drawn = np.split(np.searchsorted(own.shares, rng.random(int(sizes.sum()))), np.cumsum(sizes)[:-1])
        texts = [own.gap.join(own.written[x].tolist()) for x in drawn]
        superseded = None
        if (number + 1) % 20 == 0:
            superseded = BEGIN + timedelta(days=DAYS, seconds=number + 1)
        out["versions"].append({
            "id": number, "document_id": document, "n": 2 if again else 1, "title": f"Report {number}",
            "text": "\n".join(texts), "content_hash": document, "lang": names[langs[i]], "lang_confidence": 1.0,
            "published": at, "at": at, "known": known, "known_basis": "fetched", "superseded": superseded,
            "label": int(labels[i]), "sentences": [], "meta": {},
        })  # fmt: skip
        start = 0
        for j, (x, body) in enumerate(zip(drawn, texts, strict=True)):
            one = passages + i * PASSAGES + j + 1
            out["passages"].append({"id": one, "version_id": number, "n": j, "start": start, "end": start + len(body),
                                    "text": body, "words": len(x)})  # fmt: skip
            out["passage_words"].append(
                {"id": one, "written": " ".join(own.written[x].tolist()), "folded": " ".join(own.folded[x].tolist())}
            )
            out["vectors"].append(
                {"passage_id": one, "encoder": encoder, "vector": vectors[i * PASSAGES + j].tobytes(),
                 "parts": pack_parts(parts[i * PASSAGES + j])}
            )  # fmt: skip
            out["changes"].append({"op": "add", "passage_id": one})
            start += len(body) + 1
        for k, code in enumerate(sorted({int(x) for x in (rng.zipf(1.4, 2) - 1) % COUNTRIES})):
            out["version_countries"].append(
                {"version_id": number, "country": country(code), "mentions": 1, "n": k}
            )  # fmt: skip
    yield from out.items()


def country(rank: int) -> str:
    """A made code of two letters, the commonest first."""
    return chr(ord("A") + rank // 26) + chr(ord("A") + rank % 26)
