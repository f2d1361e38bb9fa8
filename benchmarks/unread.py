"""Search among texts in languages that the encoder does not read: whether they push aside what is meant.

    python benchmarks/unread.py [--part dev|test|all] [--worth X ..] [--json]

Paragraphs of ``ntrex_retrieval`` in Vietnamese, English, Khmer and Lao in one store. Questions in English, Vietnamese
and Russian are asked among three languages at once, of which two are Khmer and Lao: the share whose paragraph in the
third comes first, and how many of the first ten are paragraphs in Khmer or Lao that do not answer. Then the share first
among the Khmer, and among the Lao, alone. Once with meaning worth the same in all languages, and once for each
``--worth`` that it is given in those two.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.ntrex_retrieval import benchmark  # noqa: E402
from benchmarks.sentences import stored  # noqa: E402
from domain.document import Filters  # noqa: E402
from domain.label import Label  # noqa: E402
from evaluation.judged import Judged  # noqa: E402
from index import hybrid  # noqa: E402
from service.named import alternatives  # noqa: E402
from service.wiring import Home  # noqa: E402

UNREAD = ("km", "lo")
ASKED = {"en": "vi", "vi": "en", "ru": "en"}
"""Languages of questions, and that in which the answer is looked for."""


def asked(home: Home, judged: Sequence[Judged], *, among: Sequence[str], worth: float | None) -> tuple[float, float]:
    """The share answered first in the first of the languages, in percent; and idle Khmer and Lao among ten."""
    weights = hybrid.Weights(languages={} if worth is None else dict.fromkeys(UNREAD, worth))
    texts = [one.query for one in judged]
    rows = home.encoder.encode(texts, query=True)
    index = home.index()
    with home.read() as c:
        named = [alternatives(home, c, text, clearance=Label.OPEN) for text in texts]
        found = hybrid.search_many(c, index, texts, rows, k=10, filters=Filters(sources=frozenset(among)),
                                   weights=weights, alternatives=named)  # fmt: skip
    names = [[str(hit.external_id) for hit in hits] for hits in found]
    right = [bool(own) and own[0] in one.relevant and own[0].endswith(f"/{among[0]}")
             for one, own in zip(judged, names, strict=True)]  # fmt: skip
    idle = [sum(name.rpartition("/")[2] in UNREAD and name not in one.relevant for name in own)
            for one, own in zip(judged, names, strict=True)]  # fmt: skip
    return round(100 * float(np.mean(right)), 1), round(float(np.mean(idle)), 1)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=("dev", "test", "all"), default="test")
    parser.add_argument("--worth", type=float, action="append", help="may be given again, to compare")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    paragraphs, judged = benchmark(("vi", "en", "ru", *UNREAD), part=given.part)
    rows = []
    with stored([one for one in paragraphs if one.lang != "ru"]) as home:
        for lang, other in ASKED.items():
            own = [one for one in judged if one.lang == lang]
            for worth in (None, *(given.worth or (hybrid.UNREAD,))):
                first, idle = asked(home, own, among=(other, *UNREAD), worth=worth)
                alone = [asked(home, own, among=(one,), worth=worth)[0] for one in UNREAD]
                rows.append({"asked": lang, "worth": worth, "questions": len(own), f"{other} first": first,
                             "idle of ten": idle, **dict(zip(UNREAD, alone, strict=True))})  # fmt: skip
    for row in rows:
        print(json.dumps(row) if given.json else ", ".join(f"{name} {value}" for name, value in row.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
