"""Make the Vietnamese part that Vedette ships: models/weights/language_vi and the hash in its manifest.

    python benchmarks/train_vietnamese.py [--out FOLDER] [--columns N]

Where the weights change, raise the version in the manifest first, and bundle the prototypes of events anew
(``nlp.events_meaning.bundle``): their vectors are by the encoder with this part.

Pairs are read from ``parallel`` of the real data (VEDETTE_SHARED, or ../shared), NTREX left out: it is the test. The
route is that of ``vedette models train-language``; about six minutes of one processor. One document in a hundred is
kept out, and what the part finds among those is printed beside what the encoder finds without it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from models.language.corpus import read  # noqa: E402
from models.language.part import WEIGHTS, save  # noqa: E402
from models.language.train import train  # noqa: E402
from models.registry import DEFAULT_ENCODER, load_encoder, manifest  # noqa: E402
from nlp.gazetteer import default_gazetteer  # noqa: E402
from service.languages import KNOWN, names_of  # noqa: E402

SHARED = Path(os.environ.get("VEDETTE_SHARED") or ROOT.parent / "shared")
FILES = (
    "evbnews", "alt_wikinews_ja_vi", "d2l_vn", "iwslt15_tst2012", "iwslt15_tst2013", "talpco", "tatoeba_laser_test",
    "tatoeba_manythings", "xcopa_vi_mt_en",
)  # fmt: skip
MANIFEST = ROOT / "models" / "manifests" / "language-vi.json"


def main() -> int:
    """Train, write, say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "models" / "weights" / "language_vi")
    parser.add_argument("--columns", type=int, default=24_000)
    args = parser.parse_args()
    pairs = [one for name in FILES
             for one in read(SHARED / "data" / "parallel" / f"{name}.tsv.xz", lang="vi", known=KNOWN)]  # fmt: skip
    said = json.loads(MANIFEST.read_text("utf-8"))
    plain = manifest(DEFAULT_ENCODER)
    encoder = load_encoder(f"{plain.name}@{plain.version}", threads=1)
    with tqdm(disable=not sys.stderr.isatty()) as bar:
        stage = ""

        def tell(what: str, done: int, total: int) -> None:
            nonlocal stage
            if what != stage:
                stage = what
                bar.reset(total)
                bar.set_description(what)
            bar.update(done - bar.n)

        made = train(pairs, lang="vi", version=said["version"], encode=encoder.encode, columns=args.columns,
                     names=names_of(default_gazetteer(), lang="vi"), progress=tell)  # fmt: skip
    path = save(made.part, args.out)
    if args.out.parent == MANIFEST.parent.parent / "weights":
        said["files"] = {WEIGHTS: hashlib.sha256(path.read_bytes()).hexdigest()}
        MANIFEST.write_text(json.dumps(said, indent=2) + "\n", "utf-8")
    print(f"{made.pairs} pairs, {path.stat().st_size / 1e6:.1f} MB")
    print(json.dumps(asdict(made.found), indent=1) if made.found else "too little was kept out to measure")
    return 0


if __name__ == "__main__":
    sys.exit(main())
