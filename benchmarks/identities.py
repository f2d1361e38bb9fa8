"""Names of one person or body in several languages: how many are found to be one, and how many are so wrongly.

    python benchmarks/identities.py --home FOLDER [--build] [--documents 60] [--news 600] [--pairs FILE]

``--build`` fills the home: news texts in 18 languages, the same in each (NTREX-128), Vietnamese feeds, summaries of
current events and the demo's corpus. Truth comes from the texts that are translations of each other, sentence by
sentence: where a sentence has one person in one language and one in another, the two are the same one. What is
proposed is written to ``--pairs`` to be read by a person.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from sqlalchemy import select

from index.store import schema as s
from service.demo.corpus import documents as demo
from service.pipeline import ingest, ingest_documents
from service.suggesting import suggest
from service.wiring import Home, open_home

SHARED = Path(os.environ.get("VEDETTE_SHARED", Path(__file__).resolve().parents[2] / "shared"))
NTREX = SHARED / "data" / "parallel" / "ntrex_18langs.tsv.xz"
FIRST = datetime(2018, 9, 1, tzinfo=UTC)


def ntrex(most: int) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """(document, language to sentences), of the first so many documents."""
    held: dict[str, dict[str, list[str]]] = {}
    with lzma.open(NTREX, "rt", encoding="utf-8") as file:
        langs = file.readline().rstrip("\n").split("\t")[1:]
        for line in file:
            name, *texts = line.rstrip("\n").split("\t")
            if name not in held and len(held) == most:
                break
            own = held.setdefault(name, {lang: [] for lang in langs})
            for lang, text in zip(langs, texts, strict=True):
                own[lang].append(text)
    yield from held.items()


def build(home: Home, *, documents: int, news: int) -> None:
    """Fill an empty home."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ntrex.jsonl"
        with path.open("w", encoding="utf-8") as file:
            for n, (name, texts) in enumerate(ntrex(documents)):
                for lang, sentences in texts.items():
                    file.write(json.dumps({
                        "id": f"{name}#{lang}", "title": "", "text": "\n".join(sentences), "lang": lang,
                        "source": f"Translated news, {lang}", "published": (FIRST + timedelta(days=n)).isoformat(),
                    }, ensure_ascii=False) + "\n")  # fmt: skip
        print("translated news:", ingest(home, [str(path)]).plain())
        path = Path(folder) / "vn.jsonl"
        with (
            lzma.open(SHARED / "data/news/vn_rss_2025.jsonl.xz", "rt", encoding="utf-8") as rows,
            path.open("w") as out,
        ):
            for _, line in zip(range(news), rows, strict=False):
                row = json.loads(line)
                out.write(json.dumps({"id": row["id"], "title": row["title"], "text": row["summary"] or row["title"],
                                      "source": row["source"], "published": row["published"][:19] + "+07:00"},
                                     ensure_ascii=False) + "\n")  # fmt: skip
        print("Vietnamese feeds:", ingest(home, [str(path)]).plain()["new"])
        path = Path(folder) / "events.jsonl"
        with lzma.open(SHARED / "data/news/current_events_2002-2019.jsonl.xz", "rt") as rows, path.open("w") as out:
            days = [json.loads(line) for line in rows]
            for row in [row for row in days if row["date"] >= "2018-08-15"][: max(1, news // 6)]:
                text = "\n".join(one for own in row["items"].values() for one in own)
                if text.strip():
                    out.write(
                        json.dumps(
                            {
                                "id": row["date"],
                                "title": f"Events of {row['date']}",
                                "text": text,
                                "lang": "en",
                                "source": "Current events",
                                "published": row["date"],
                            }
                        )
                        + "\n"
                    )
        print("current events:", ingest(home, [str(path)]).plain()["new"])
    print("demo:", ingest_documents(home, demo()).plain()["new"])


def aligned(home: Home, *, documents: int) -> tuple[Counter[frozenset[str]], set[frozenset[str]], dict[str, str]]:
    """Of the translated texts: pairs of persons that stand alone in one sentence in two languages, by how often; all
    pairs that stand in one sentence in two languages; the name and language each is best known by."""
    found: dict[tuple[str, int], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    told: dict[str, str] = {}
    sentences = {(name, lang): own for name, texts in ntrex(documents) for lang, own in texts.items()}
    m, v, d, e = s.mentions.c, s.versions.c, s.documents.c, s.entities.c
    query = (
        select(d.external_id, v.text, v.lang, m.start, m.entity_id, m.surface)
        .select_from(s.mentions.join(s.versions).join(s.documents).join(s.entities))
        .where(d.external_id.like("%#%"), m.in_title == 0, e.kind == "person", v.superseded.is_(None))
    )  # fmt: skip
    with home.read() as c:
        for row in c.execute(query):
            name, _, lang = row.external_id.rpartition("#")
            if (name, lang) not in sentences:
                continue
            sentence = row.text.count("\n", 0, row.start)
            found[name, sentence][lang].add(row.entity_id)
            told.setdefault(row.entity_id, f"{row.surface} ({lang})")
    alone: Counter[frozenset[str]] = Counter()
    together: set[frozenset[str]] = set()
    for langs in found.values():
        for one, other in combinations(sorted(langs), 2):
            together |= {frozenset((a, b)) for a in langs[one] for b in langs[other]}
            if len(langs[one]) == len(langs[other]) == 1:
                alone[frozenset((*langs[one], *langs[other]))] += 1
    return alone, together, told


def measure(home: Home, *, documents: int, pairs: Path | None) -> None:
    """What is proposed, against the texts that say the same."""
    alone, together, told = aligned(home, documents=documents)
    differ = {pair for pair in alone if len(pair) == 2}
    same = sum(n for pair, n in alone.items() if len(pair) == 1)
    print(
        f"one person alone in a sentence in two languages: {sum(alone.values())} times, one entity already in {same}; "
        f"{len(differ)} pairs of different ids"
    )
    started = time.monotonic()
    every = suggest(home, limit=100_000)
    print(
        f"{len(every)} proposed in {time.monotonic() - started:.1f} s, {sum(x.pair.sure for x in every)} beyond doubt"
    )
    persons = [x for x in every if frozenset((x.pair.one, x.pair.other)) in together or x.kind == "person"]
    for least in (0.6, 0.7, 0.8, 0.9):
        chosen = [x for x in persons if x.pair.score >= least]
        within = [x for x in chosen if x.pair.one in told and x.pair.other in told]
        right = sum(frozenset((x.pair.one, x.pair.other)) in together for x in within)
        groups = joined((x.pair.one, x.pair.other) for x in chosen)
        held = sum(groups.get(a, a) == groups.get(b, b) for a, b in map(tuple, differ))
        print(
            f"score {least}: {len(chosen)} pairs of persons; of {len(within)} in translated texts {right} confirmed by "
            f"a sentence ({right / max(1, len(within)):.3f}); found {held} of {len(differ)} "
            f"({held / max(1, len(differ)):.3f})"
        )
    if pairs is not None:
        with pairs.open("w", encoding="utf-8") as file:
            for x in every:
                confirmed = frozenset((x.pair.one, x.pair.other)) in together
                langs = "/".join(",".join(y) for y in x.languages)
                file.write("\t".join(("yes" if confirmed else "?", "sure" if x.pair.sure else "", str(x.pair.score),
                                      str(x.pair.likeness), str(x.pair.context), x.kind, *x.pair.names, x.pair.one,
                                      x.pair.other, langs)) + "\n")  # fmt: skip
            groups = joined((x.pair.one, x.pair.other) for x in every)
            for pair in sorted(differ, key=lambda p: (-alone[p], sorted(p))):
                a, b = sorted(pair)
                if groups.get(a, a) != groups.get(b, b):
                    file.write("\t".join(("missed", str(alone[pair]), a, told[a], b, told[b])) + "\n")


def joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """By id the first of all that pairs make one."""
    into: dict[str, str] = {}

    def last(one: str) -> str:
        while one in into:
            one = into[one]
        return one

    for a, b in pairs:
        one, other = sorted((last(a), last(b)))
        if one != other:
            into[other] = one
    return {one: last(one) for one in into}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--build", action="store_true")
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--news", type=int, default=600)
    parser.add_argument("--pairs", type=Path)
    asked = parser.parse_args()
    home = open_home(asked.home)
    if asked.build:
        build(home, documents=asked.documents, news=asked.news)
    measure(home, documents=asked.documents, pairs=asked.pairs)


if __name__ == "__main__":
    main()
