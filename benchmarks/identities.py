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
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from sqlalchemy import select  # noqa: E402

from domain.label import Label  # noqa: E402
from index.store import schema as s  # noqa: E402
from service.demo.corpus import documents as demo  # noqa: E402
from service.pipeline import ingest, ingest_documents  # noqa: E402
from service.wiring import Home, open_home  # noqa: E402

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
        with lzma.open(SHARED / "data/news/vn_rss_2025.jsonl.xz", "rt", encoding="utf-8") as rows, path.open("w") as out:
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
                    out.write(json.dumps({"id": row["date"], "title": f"Events of {row['date']}", "text": text,
                                          "lang": "en", "source": "Current events", "published": row["date"]}) + "\n")
        print("current events:", ingest(home, [str(path)]).plain()["new"])
    print("demo:", ingest_documents(home, demo()).plain()["new"])


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


if __name__ == "__main__":
    main()
