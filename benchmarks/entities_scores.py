"""F1 on names of the judged sentences in the shared data, by collection and language.

    python benchmarks/entities_scores.py [--limit N] [--json] [--without-shapes]

The collections are read from their archive into memory's temporary folder and only counted: WikiNEuRal may not be
used commercially, the terms of WikiANN are not clear, BSNLP is for research; nothing is trained on them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from evaluation.entities import Counts, measure, read_conll  # noqa: E402
from nlp.gazetteer import default_gazetteer  # noqa: E402
from service.wiring import open_home  # noqa: E402

ARCHIVE = Path(os.environ.get("VEDETTE_SHARED") or ROOT.parent / "shared") / "data/ner/ner_dev.tar.xz"
# Training parts of WikiANN are as good as its others: nothing is trained here.
LEFT_OUT = "train.conllu"


def scores(*, limit: int, shapes: bool = True, only: str = "") -> dict[str, Counts]:
    """Counts by "collection/language[/part]", of at most ``limit`` sentences each, of ``only`` one collection."""
    found: dict[str, Counts] = {}
    with tempfile.TemporaryDirectory() as folder, tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
        home = open_home(Path(folder) / "home")
        recognisers = home.recognisers if shapes else home.recognisers[:1]
        for path in sorted(Path(folder).rglob("*.conllu")):
            if path.name == LEFT_OUT or only not in str(path.relative_to(folder)):
                continue
            name = str(path.relative_to(folder).with_suffix("")).removesuffix("/val")
            lang = name.split("/")[1]
            own, _ = read_conll(path, lang=lang)
            found[name] = measure(own, recognisers=recognisers, gazetteer=default_gazetteer(), limit=limit)[lang]
        home.close()
    return found


def main() -> int:
    """Print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=int, default=500, help="sentences of each file (500)")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--without-shapes", action="store_true", help="only packaged recognisers and the gazetteer")
    options = parser.parse_args()
    found = scores(limit=options.limit, shapes=not options.without_shapes)
    if options.json:
        plain: dict[str, Any] = {name: counts.plain() for name, counts in found.items()}
        print(json.dumps(plain))
        return 0
    print(f"{'':20}{'all':>7}{'overlap':>9}{'person':>8}{'place':>8}{'organ.':>8}   precision  recall")
    for name, counts in found.items():
        whole = counts.tally()
        cells = [whole.score.f1, counts.tally("partial").score.f1,
                 *(counts.tally("exact", t).score.f1 for t in ("person", "place", "organisation"))]  # fmt: skip
        print(f"{name:20}" + "".join(f"{100 * x:8.1f}" for x in cells)
              + f"   {100 * whole.score.precision:8.1f} {100 * whole.score.recall:8.1f}")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
