"""Language identification on news sentences in 18 languages, whole and cut to their first words.

    python benchmarks/ntrex_langid.py [--part dev|test|all] [--every N] [--write FILE.jsonl] [--json]

From ntrex_18langs of the real data (VEDETTE_SHARED, or ../shared): each sentence as it is, its first ten, five and
three words (in scripts without spaces as many characters as that takes), and Vietnamese without its marks ("vi-plain").
Sentences that several languages have in common (a quotation, a line of names) are left out. Tune on dev.
"""

from __future__ import annotations

import argparse
import json
import lzma
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.ntrex_retrieval import FILE, PLAIN, SEED, SHARED  # noqa: E402
from evaluation.langid import Labelled, Told, measure  # noqa: E402
from evaluation.retrieval import part_of  # noqa: E402
from models.langid import LanguageDetector  # noqa: E402
from models.language.pieces import bare  # noqa: E402

CUTS = {"sentence": None, "ten": 10, "five": 5, "three": 3}
UNSPACED = {"zh": 2.0, "ja": 2.5, "th": 4.5, "lo": 4.5, "km": 5.0}
"""Characters that a word takes, roughly."""


def labelled(*, part: str = "test", every: int = 1) -> dict[str, list[Labelled]]:
    """By cut the texts and their languages: of every so many rows of the part."""
    with lzma.open(SHARED / FILE, "rt", encoding="utf-8") as lines:
        head = next(lines).rstrip("\n").split("\t")
        rows = [dict(zip(head, line.rstrip("\n").split("\t"), strict=True)) for line in lines]
    out: dict[str, list[Labelled]] = {cut: [] for cut in CUTS}
    for row in [row for row in rows if part in ("all", part_of(row["doc"], seed=SEED))][::every]:
        same = Counter(row[lang] for lang in head[1:])
        texts = [(lang, lang, row[lang]) for lang in head[1:]] + [("vi", PLAIN, bare(row["vi"]))]
        for code, group, text in texts:
            if same[text] > 1:
                continue
            for cut, words in CUTS.items():
                cut_text = text if words is None else _first(text, code, words)
                out[cut].append(Labelled(cut_text, code, group))
    return out


def _first(text: str, code: str, words: int) -> str:
    if code in UNSPACED:
        return text[: int(words * UNSPACED[code])]
    return " ".join(text.split()[:words])


def measured(*, part: str = "test", every: int = 1) -> dict[str, Told]:
    """What was told, by cut."""
    detector = LanguageDetector()
    return {cut: measure(detector, texts) for cut, texts in labelled(part=part, every=every).items()}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=("dev", "test", "all"), default="dev")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--write", type=Path, help="write the texts for `vedette eval langid` here and stop")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if not (SHARED / FILE).is_file():
        print(f"ntrex: no {FILE} in {SHARED}; set VEDETTE_SHARED", file=sys.stderr)
        return 2
    if given.write:
        texts = labelled(part=given.part, every=given.every)
        rows = [
            json.dumps({"lang": one.group, "text": one.text}, ensure_ascii=False)
            for own in texts.values()
            for one in own
        ]
        given.write.write_text("\n".join(rows) + "\n", "utf-8")
        return 0
    found = measured(part=given.part, every=given.every)
    if given.json:
        print(json.dumps({cut: told.plain() for cut, told in found.items()}))
        return 0
    print(f"{'%':10}" + "".join(f"{cut:>10}" for cut in found))
    for lang in ("all", *next(iter(found.values())).by_lang):
        tallies = [told.all if lang == "all" else told.by_lang[lang] for told in found.values()]
        print(f"{lang:10}" + "".join(f"{100 * tally.share:10.1f}" for tally in tallies))
    return 0


if __name__ == "__main__":
    sys.exit(main())
