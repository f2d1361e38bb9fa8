"""What each piece of the Vietnamese part brings, left out one at a time; and how fast it encodes.

    python benchmarks/language_part.py [--part dev|test|all] [--json]

The questions and paragraphs are those of ``ntrex_retrieval`` (NTREX, which nothing was learned from): the share of
questions whose paragraph comes first of the 240, by meaning alone. Speed is in texts a second for the paragraphs,
beside the default encoder on the same paragraphs in English, in the same run.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.ntrex_retrieval import benchmark  # noqa: E402
from domain.protocols import Vectors  # noqa: E402
from models.language import diacritics  # noqa: E402
from models.language.part import Part, load  # noqa: E402
from models.language.pieces import bare  # noqa: E402
from models.registry import DEFAULT_ENCODER, checked_folder, load_encoder, manifest  # noqa: E402

LANGS = ("vi", "en", "de", "es", "ru", "zh")


def variants(part: Part) -> dict[str, Part]:
    """The part with one piece less, and each of the two halves alone."""
    unrestored = {**part.arrays, **diacritics.Diacritics({}, {}, {}, {}).arrays()}
    return {
        "the part": part,
        "without the gloss": replace(part, share=0.0),
        "without the bag": replace(part, share=1.0),
        "without the signature": replace(part, own=0.0),
        "without putting back marks": replace(part, arrays=unrestored),
    }


def measure(which: str) -> dict[str, dict[str, float]]:
    """By variant: the share first, by pair; Vietnamese typed without marks is "vi-plain"."""
    plain = manifest(DEFAULT_ENCODER)
    encoder = load_encoder(f"{plain.name}@{plain.version}", threads=1)
    paragraphs, judged = benchmark(LANGS, part=which)
    texts = {lang: [one for one in paragraphs if one.lang == lang] for lang in LANGS}
    asked = {lang: [one for one in judged if one.lang == lang] for lang in (*LANGS, "vi-plain")}
    place = {lang: {one.id: i for i, one in enumerate(texts[lang])} for lang in LANGS}

    def right(lang: str, of: str) -> list[int]:
        return [next(place[of][one] for one in question.relevant if one in place[of]) for question in asked[lang]]

    def first(query: Vectors, among: Vectors, gold: Sequence[int]) -> float:
        return round(100 * float(np.mean((query @ among.T).argmax(axis=1) == np.array(gold))), 1)

    others = {lang: (encoder.encode([one.query for one in asked[lang]], query=True),
                     encoder.encode([one.text for one in texts[lang]])) for lang in LANGS if lang != "vi"}  # fmt: skip
    found: dict[str, dict[str, float]] = {}
    own, queries = [one.text for one in texts["vi"]], [one.query for one in asked["vi"]]
    unmarked = [bare(one) for one in queries]
    every: dict[str, Part | None] = {"the default alone": None, **variants(load(checked_folder("language-vi")))}
    for name, part in every.items():

        def run(some: Sequence[str], part: Part | None = part) -> Vectors:
            return encoder.encode(some) if part is None else part.encode(some, encode=encoder.encode)

        p, q, b = run(own), run(queries), run(unmarked)
        row = {"vi>vi": first(q, p, right("vi", "vi")), "vi-plain>vi": first(b, p, right("vi-plain", "vi")),
               "vi-plain>en": first(b, others["en"][1], right("vi-plain", "en"))}  # fmt: skip
        for lang, (asking, among) in others.items():
            row[f"vi>{lang}"] = first(q, among, right("vi", lang))
            row[f"{lang}>vi"] = first(asking, p, right(lang, "vi"))
        found[name] = row
    found["speed"] = speed(load(checked_folder("language-vi")), encoder.encode, own, [one.text for one in texts["en"]])
    return found


def speed(
    part: Part, encode: Callable[[Sequence[str]], Vectors], own: Sequence[str], other: Sequence[str]
) -> dict[str, float]:
    """Paragraphs a second, the best of three passes each, taken in turn."""
    part.encode(own[:1], encode=encode)
    ways = {"vi": lambda: part.encode(own, encode=encode), "en by the default": lambda: encode(other)}
    best = dict.fromkeys(ways, 0.0)
    for _ in range(3):
        for name, way in ways.items():
            begun = time.perf_counter()
            way()
            best[name] = max(best[name], len(own) / (time.perf_counter() - begun))
    return {
        **{name: round(rate, 1) for name, rate in best.items()},
        "ratio": round(best["vi"] / best["en by the default"], 2),
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=["dev", "test", "all"], default="all")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found = measure(args.part)
    if args.json:
        print(json.dumps(found))
        return 0
    rates = found.pop("speed")
    pairs = list(next(iter(found.values())))
    print(f"{'':28}" + "".join(f"{pair:>12}" for pair in pairs))
    for name, row in found.items():
        print(f"{name:28}" + "".join(f"{row[pair]:12.1f}" for pair in pairs))
    print(f"paragraphs a second: {rates}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
