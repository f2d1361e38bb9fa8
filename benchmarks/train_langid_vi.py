"""Learn what each syllable says for or against Vietnamese, and write models/langid_vi.json.

    python benchmarks/train_langid_vi.py [--ship]

Vietnamese is counted in the parallel text (not in NTREX, which measures), as written and without its marks; English on
its other side. For the other languages the lists of common words in spaCy stand in (a word's share by its length, as
short words are the common ones), for languages spaCy lacks the short lists below. A word's weight is the log of its
share in Vietnamese over its largest share elsewhere, in tenths, within bounds. Pairs of syllables that are each weak
and common together are kept beside them.
"""

from __future__ import annotations

import argparse
import importlib
import json
import lzma
import math
import os
import pkgutil
import re
import sys
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import spacy.lang  # noqa: E402

from models.langid_tables import LARGE, SMALL_WORDS  # noqa: E402
from models.langid_vi import fold, syllables  # noqa: E402

SHARED = Path(os.environ.get("VEDETTE_SHARED") or ROOT.parent / "shared")
SETS = {"evbnews": 4, "d2l_vn": 1, "iwslt15_tst2012": 1, "iwslt15_tst2013": 1, "tatoeba_manythings": 1,
        "alt_wikinews_ja_vi": 2}  # fmt: skip
WORD = re.compile(r"[^\W\d_]+")
LEAST, MOST = -3.0, 4.0
# Share of a text that its hundred or so commonest words make up, roughly; and of any other word.
COMMON, OTHER = 0.45, 2e-5
FORMS = 1500
PAIRS = 2500
# What a word of a language that is rare in the news counts.
SMALLER = 0.25

# Common words, in Latin letters, of languages or spellings that spaCy has no list for.
MORE = {
    "pinyin": "de shi bu le zai ren you wo ta zhe ge men lai dao shuo hui ye de yao jiu zhong guo da wei he di hai nan "
    "bei mei ri ben tai wan hua guan yu xi jin ping fa yan ren bao hang cheng shang xin sheng lin li bai tian nian yue",
    "hmong": "thiab tsis yog los nyob hauv kom rau muaj cov tus lub nws kuv koj lawv peb ntawm uas li tau ua hais mus "
    "ib ob no yuav nrog txog ces thaum vim hmoob neeg ces dab tsi",
    "tok pisin": "em i bilong long na ol mi yu dispela no gat olsem wanpela tok mipela yumi bai bin taim man meri save "
    "tru tasol husat bikpela gavman pipel wok kam go stap mekim inap",
    "korean": "neun eun i ga eul reul ui e eseo hago wa gwa do man han guk nam buk jeong bu dae tong ryeong",
    "thai": "thi nai pen mai lae khong kan wa dai ma pai hai cha kap nan ni mi yu khon thai prathet ko yang tham hen",
    "maori": "te nga o i ki ka he e kua ko ana me mo ai tona ona hoki atu mai nei ra hoki hei tangata iwi",
    "hausa": "da a na ta ya ba ne ce shi su mai don wannan cikin zuwa tun yi kuma amma ko sai kan ga daga",
    "swahili": "na ya wa kwa ni katika la za kuwa hii huo kama lakini pia baada hadi bila nchi",
    "somali": "iyo ka ku oo waa in uu ay ah soo la ee si aan loo hay badan kale",
    "haitian": "nan yo li pou ki sa yon te ak pa la mwen ou gen moun peyi tou men lan an on",
    "cebuano": "ang sa nga og mga si ug ni kay na wala kini siya usa niini ila ako",
    "javanese": "ing lan kang sing iki iku karo saka dadi ora ana wong kanggo uga",
    "zulu": "ukuthi ku ngo uma futhi kakhulu abantu nge la",
    "malagasy": "ny sy dia fa ao tamin izany an ho no tsy ka amin mba",
    "latin": "et in est non ad ut cum ex quod qui sed per de ab si hoc enim tam tu me te",
    "esperanto": "la de kaj en estas al ke por kun ne li mi vi tio ili sed pri oni",
}


def rows(name: str) -> list[dict[str, str]]:
    with lzma.open(SHARED / "data" / "parallel" / f"{name}.tsv.xz", "rt", encoding="utf-8") as lines:
        head = next(lines).rstrip("\n").split("\t")
        return [dict(zip(head, line.rstrip("\n").split("\t"), strict=False)) for line in lines]


def shares(words: list[str]) -> dict[str, float]:
    """A share for each word of a list of common ones: short words are the common ones, by Zipf's law of brevity."""
    mass = {word: 1 / (1 + len(word)) ** 2 for word in set(words)}
    total = sum(mass.values())
    return {word: COMMON * one / total for word, one in mass.items()}


def elsewhere() -> dict[str, float]:
    """For each word its largest share in another language."""
    lists = {name: text.split() for name, text in MORE.items()}
    for code, own in SMALL_WORDS.items():
        lists[f"{code} small"] = sorted(own)
    for module in pkgutil.iter_modules(spacy.lang.__path__):
        if not module.ispkg or module.name in ("vi", "xx"):
            continue
        try:
            own = importlib.import_module(f"spacy.lang.{module.name}.stop_words").STOP_WORDS
        except (ImportError, AttributeError):
            continue
        lists[module.name] = [word for entry in own for word in WORD.findall(entry.lower())]
    most: dict[str, float] = defaultdict(float)
    for name, own_words in lists.items():
        near = 1.0 if name[:2] in LARGE else SMALLER
        for word, share in shares(own_words).items():
            share *= near
            most[word] = max(most[word], share)
            if not word.isascii():  # typed without its marks
                most[fold(word)] = max(most[fold(word)], share / 2)
    return most


def told_pairs(weights: dict[str, float], vi: Counter[tuple[str, str]], en: Counter[tuple[str, str]]) -> dict[str, str]:
    """Pairs of syllables that are common in Vietnamese, not elsewhere, and weak each for itself."""
    small = [own for code, own in SMALL_WORDS.items()]
    found: dict[str, list[str]] = defaultdict(list)
    total = vi.total() / 1e6
    for (a, b), n in vi.most_common(6 * PAIRS):
        weak = a in weights and b in weights and weights[a] + weights[b] < 4.0
        rare = en[a, b] / max(en.total() / 1e6, 1) < n / total / 20 and not any(a in own and b in own for own in small)
        if weak and rare and n / total > 10:
            found[a].append(b)
    return {a: " ".join(sorted(rest)) for a, rest in sorted(found.items())}


def main() -> None:
    """Learn, and with --ship write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ship", action="store_true")
    options = parser.parse_args()
    vi: Counter[str] = Counter()
    en: Counter[str] = Counter()
    both: dict[str, Counter[tuple[str, str]]] = {"vi": Counter(), "en": Counter()}
    for name, times in SETS.items():
        for row in rows(name):
            own = WORD.findall(row["vi"].lower())
            for word in own:
                vi[word] += times
            plain = [fold(word) for word in own]
            both["vi"].update(pairwise(plain))
            both["en"].update(pairwise(WORD.findall(row.get("en", "").lower())))
            for word in WORD.findall(row.get("en", "").lower()):
                en[word] += times
    folded: Counter[str] = Counter()
    for word, n in vi.items():
        folded[fold(word)] += n
    total_vi, total_en = vi.total(), en.total()
    most = elsewhere()
    for word, n in en.items():
        most[word] = max(most[word], n / total_en)
    known = syllables()
    weights: dict[str, float] = {}
    for word in known:
        share = folded[word] / total_vi
        if folded[word] > 20 or most.get(word, 0.0) > 1e-4:
            weights[word] = math.log((share + 1e-6) / (most.get(word, 0.0) + OTHER))
    for word, n in vi.most_common(12 * FORMS):
        if len(weights) > len(known) + FORMS:
            break
        if not word.isascii() and fold(word) in known:
            weights[word] = math.log((n / total_vi) / (most.get(word, 0.0) + OTHER / 20))
    for word, share in most.items():  # written with marks elsewhere, of Vietnamese shape
        if not word.isascii() and word not in weights and fold(word) in known and share > 1e-4:
            weights[word] = math.log((vi[word] / total_vi + 1e-6) / share)
    table: dict[int, list[str]] = defaultdict(list)
    for word, weight in sorted(weights.items()):
        table[round(10 * min(max(weight, LEAST), MOST))].append(word)
    pairs = told_pairs(weights, both["vi"], both["en"])
    out = {"pairs": pairs, "weights": {str(tenths): " ".join(words) for tenths, words in sorted(table.items())}}
    text = json.dumps(out, ensure_ascii=False, indent=0)
    print(f"{len(weights)} words, {len(text.encode())} bytes; {sum(vi.values())} Vietnamese syllables counted")
    outside = Counter({w: n for w, n in folded.items() if w not in known})
    print(f"not of Vietnamese shape: {outside.total() / folded.total():.4f}", outside.most_common(60))
    if options.ship:
        (ROOT / "models" / "langid_vi.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
