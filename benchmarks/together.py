"""Whether one question finds what says the same in other languages, in a store that holds all of them.

    python benchmarks/together.py [--part dev|test|all] [--langs vi,en,..] [--json]

The paragraphs of ``ntrex_retrieval`` in five languages in one store, asked without a filter: by the language of the
question, the share whose first hit is the right paragraph in whatever language; how many in a hundred of its versions
in the five languages are among the first ten; and in how many languages these ten are. By words, by meaning, by both.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.ntrex_retrieval import benchmark  # noqa: E402
from benchmarks.sentences import stored  # noqa: E402
from service.search import MODES, Query, search  # noqa: E402


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=("dev", "test", "all"), default="test")
    parser.add_argument("--langs", default="vi,en,de,ru,zh")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    langs = tuple(given.langs.split(","))
    paragraphs, judged = benchmark(langs, part=given.part)
    rows = []
    with stored(paragraphs) as home:
        for mode in MODES:
            for lang in dict.fromkeys(one.lang for one in judged):
                own = [one for one in judged if one.lang == lang]
                answers = search(home, [Query(one.id, one.query) for one in own], k=10, mode=mode)
                right = [[hit.external_id in one.relevant for hit in answer.hits]
                         for one, answer in zip(own, answers, strict=True)]  # fmt: skip
                told = [len({hit.lang for hit in answer.hits}) for answer in answers]
                rows.append({
                    "mode": mode, "asked": lang, "questions": len(own),
                    "first": round(100 * float(np.mean([any(some[:1]) for some in right])), 1),
                    "versions among ten": round(100 * float(np.mean([sum(x) / len(langs) for x in right])), 1),
                    "languages": round(float(np.mean(told)), 1),
                })  # fmt: skip
    for row in rows:
        print(json.dumps(row) if given.json else ", ".join(f"{name} {value}" for name, value in row.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
