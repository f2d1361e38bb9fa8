"""A language that the default encoder does not know, taught by the command: what is found before and after.

    python benchmarks/second_language.py [--lang uk,id,lo,km] [--with en] [--test 0.3] [--json]

NTREX's documents are parted by name: some become the command's parallel file, and no line of the others is in it. On
those others each sentence is asked for in the other language, and the other way round: the share of questions whose own
sentence comes first, by the default encoder and by that of the home in which the command has run; beside it what the
command itself says. The figures are of sentences of news, a thousand and a half to learn from: a part of use has far
more. Nothing of it is kept.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from click.testing import CliRunner

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from domain.protocols import Vectors  # noqa: E402
from interfaces.cli import main as vedette  # noqa: E402
from models.registry import DEFAULT_ENCODER, load_encoder, manifest  # noqa: E402
from service.wiring import open_home  # noqa: E402

DATA = ROOT.parent / "shared" / "data" / "parallel" / "ntrex_18langs.tsv.xz"
Row = tuple[str, str, str]
"""A document's name, and a sentence in the language and in the other."""


def rows(lang: str, other: str) -> list[Row]:
    """All sentences of NTREX that are there in both languages."""
    with lzma.open(DATA, "rt", encoding="utf-8") as lines:
        head = next(lines).rstrip("\n").split("\t")
        doc, own, its = head.index("doc"), head.index(lang), head.index(other)
        cells = (line.rstrip("\n").split("\t") for line in lines)
        return [(row[doc], row[own], row[its]) for row in cells if row[own] and row[its]]


def parted(every: Sequence[Row], *, test: float) -> tuple[list[Row], list[Row]]:
    """Rows to learn from and rows to measure on, whole documents each."""

    def drawn(name: str) -> float:
        return int.from_bytes(hashlib.blake2b(f"test {name}".encode(), digest_size=4).digest(), "big") / 2**32

    learned = [row for row in every if drawn(row[0]) >= test]
    return learned, [row for row in every if drawn(row[0]) < test]


def first(asked: Vectors, among: Vectors) -> float:
    """Percent of questions whose own text comes first."""
    return round(100 * float(np.mean((asked @ among.T).argmax(axis=1) == np.arange(len(asked)))), 1)


def measure(lang: str, other: str, *, test: float, columns: int) -> dict[str, Any]:
    """Teach a language in a home of its own, and measure."""
    learned, kept = parted(rows(lang, other), test=test)
    plain = manifest(DEFAULT_ENCODER)
    before = load_encoder(f"{plain.name}@{plain.version}", threads=2)
    own, its = [row[1] for row in kept], [row[2] for row in kept]
    theirs = before.encode(its)
    with tempfile.TemporaryDirectory() as folder:
        parallel = Path(folder, "pairs.tsv")
        parallel.write_text(f"doc\t{lang}\t{other}\n" + "".join("\t".join(row) + "\n" for row in learned), "utf-8")
        home = Path(folder, "home")
        started = time.perf_counter()
        args = ["models", "train-language", "--lang", lang, "--columns", str(columns), str(parallel)]
        result = CliRunner().invoke(vedette, [*args, "--keep", "--home", str(home), "--json"], catch_exceptions=False)
        seconds = time.perf_counter() - started
        if result.exit_code:
            raise SystemExit(result.output)
        said = json.loads(result.stdout)
        with closing(open_home(home)) as opened:
            after = opened.encoder
            was, now = before.encode(own), after.encode(own, query=True)
            same = bool(np.allclose(after.encode(its[:50]), theirs[:50], atol=1e-3))
    return {
        "lang": lang, "with": other, "learned": len(learned), "measured": len(kept), "seconds": round(seconds, 1),
        "megabytes": round(said["size"] / 1e6, 1), "before": first(was, theirs), "after": first(now, theirs),
        "back_before": first(theirs, was), "back_after": first(theirs, now), "command": said["found"],
        "gained": said["gained"], "other_language_unchanged": same,
    }  # fmt: skip


def main() -> None:
    """Print a line a language."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lang", default="uk,id,lo,km")
    parser.add_argument("--with", dest="other", default="en")
    parser.add_argument("--test", type=float, default=0.3, help="share of the documents that is measured on")
    parser.add_argument("--columns", type=int, default=8000)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found = []
    for lang in args.lang.split(","):
        one = measure(lang, args.other, test=args.test, columns=args.columns)
        found.append(one)
        if not args.json:
            own = one["command"]
            by = f"{own['before_forth']:.1f} -> {own['forth']:.1f} of {own['n']}" if own else "too few to tell"
            print(f"{lang} <-> {args.other}: learned from {one['learned']} sentences in {one['seconds']} s "
                  f"({one['megabytes']} MB); first of {one['measured']}, asked in {lang}: {one['before']} -> "
                  f"{one['after']}; asked in {args.other}: {one['back_before']} -> {one['back_after']}; "
                  f"the command says {by}", flush=True)  # fmt: skip
    if args.json:
        print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
