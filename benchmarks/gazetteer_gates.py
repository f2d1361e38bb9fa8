"""Which spellings are also ordinary words or persons, and so need a condition."""

from __future__ import annotations

import collections
import csv
import lzma
import re
from pathlib import Path
from typing import Any

import ahocorasick
from gazetteer_tables_io import Row, script, words

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def word_counts(shared: Path) -> dict[str, collections.Counter[str]]:
    """How often each word is written in lower case, by language: what looks like a name but is a word."""
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)

    def eat(lang: str, text: str) -> None:
        counts[lang].update(w for w in _WORD.findall(text) if not w[0].isupper())

    with lzma.open(shared / "parallel" / "ntrex_18langs.tsv.xz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            # A capitalised German word that the translations do not share is a noun, not a name.
            others = set(
                _WORD.findall(" ".join(row[lang] or "" for lang in ("en", "fr", "es", "it", "pl", "vi", "id")))
            )
            counts["de"].update(
                w.casefold() for w in _WORD.findall(row["de"] or "")[1:] if w[0].isupper() and w not in others
            )
            for lang, text in row.items():
                if lang != "doc" and isinstance(text, str):
                    eat(lang, text)
    for name, langs in (("evbnews", ("en", "vi")), ("tatoeba_manythings", ("en", "vi"))):
        with lzma.open(shared / "parallel" / f"{name}.tsv.xz", "rt", encoding="utf-8") as file:
            for line in file:
                for lang, text in zip(langs, line.rstrip("\n").split("\t"), strict=False):
                    eat(lang, text)
    with lzma.open(shared / "news" / "current_events_2002-2019.jsonl.xz", "rt", encoding="utf-8") as file:
        for line in file:
            eat("en", line)
    return counts


_KEEP_EVERYWHERE = {"USA", "U.S.", "U.S.A.", "DPRK", "USSR", "UAE", "KNR"}


# Languages whose names of countries may stand in any text; those of the others only in texts of their own.
GREAT = words(
    """
    en vi fr de es pt it nl pl ru uk zh ja ko id ar cs sv tr th km lo ms hi fa he el ro hu
    """
)


# Names of countries that are far more often a person's or a church's.
_GIVEN_TO_COUNTRIES = {
    "Maurice",
    "Mauricio",
    "Maurício",
    "Maurits",
    "Mauritz",
    "Морис",
    "Моріс",
    "Saint-Martin",
    "Saint Martin",
    "St. Martin",
    "St Martin",
    "San Martín",
    "San Martin",
    "São Martinho",
    "Saint Lucia",
    "Dominique",
    "Saint-Barthélemy",
    "Jersey",
    "Norfolk",
    "Man",
    "Guernsey",
    "Curaçao",
}


def gate_rows(rows: list[Row], counts: dict[str, collections.Counter[str]]) -> None:
    """Write each row's ``gates``: "l" only in texts of the name's languages, "s" not at the start of a sentence
    unless the country is named, "c" only beside a word of place or where the country is named."""
    for row in rows:
        if row["kind"] in ("block", "compound"):
            continue
        gates: dict[str, str] = dict(row.get("gates") or {})
        langs: dict[str, set[str]] = collections.defaultdict(set)
        for lang, values in row["names"].items():
            for value in values:
                langs[value].add(lang)
        for value, its in langs.items():
            kind = script(value)
            if kind in ("ARABIC", "HEBREW"):
                city = "und" in its
                if (city and not row.get("capital") and counts["ar"][value] >= 2) or (
                    city and len(value) < 5 and not row.get("capital")
                ):
                    gates[value] = "n"
                elif not city and sum(c.isalpha() for c in value) < 5:
                    gates[value] = "l"
            if kind == "HANGUL" and len(value) <= 2 and "und" in its and not row.get("capital"):
                gates[value] = "n"
            if kind not in ("LATIN", "CYRILLIC", "GREEK") or value in gates or value in _KEEP_EVERYWHERE:
                if (
                    kind == "CJK"
                    and len(value) <= 2
                    and row["id"].startswith("geo:")
                    and not row.get("capital")
                    and (row.get("population") or 0) < 3_000_000
                ):
                    gates[value] = "h"
                continue
            if sum(c.isalpha() for c in value) < 4 and "und" not in its:
                gates[value] = "l"
                continue
            word = value.casefold()
            if row["kind"] == "country" and value in _GIVEN_TO_COUNTRIES:
                gates[value] = "c"
                continue
            if not its & GREAT and "und" not in its:
                gates[value] = "l"
                continue
            if not value[0].isupper() or " " in value:
                if value[0].islower():
                    gates[value] = "l"
                continue
            foreign = max(
                (
                    c[word]
                    for lang, c in counts.items()
                    if lang not in its and not (lang == "de" and (row.get("population") or 2_000_000) > 1_000_000)
                ),
                default=0,
            )
            own = max((c[word] for lang, c in counts.items() if lang in its), default=0)
            if "und" in its:
                if foreign >= 40 and (row.get("population") or 0) < 1_000_000:
                    gates[value] = "x"
                elif foreign >= (10 if row.get("capital") or (row.get("population") or 0) >= 1_000_000 else 2):
                    gates[value] = "s" if foreign < 15 or row.get("capital") else "c"
            elif foreign >= 2:
                gates[value] = "l"
            elif own >= 5 and row["kind"] == "place":
                gates[value] = "s"
        for value in [v for v, g in gates.items() if g == "x"]:
            del gates[value]
            for values in row["names"].values():
                if value in values:
                    values.remove(value)
        row["names"] = {lang: values for lang, values in row["names"].items() if values}
        if gates:
            row["gates"] = dict(sorted(gates.items()))
        else:
            row.pop("gates", None)


_UNSPACED = ("th", "km", "lo", "ja", "ko", "zh", "ar")


def prune_by_parallel(rows: list[Row], shared: Path) -> None:
    """Leave out spellings of scripts without spaces or case that mostly stand where the English has no such country."""
    with lzma.open(shared / "parallel" / "ntrex_18langs.tsv.xz", "rt", encoding="utf-8") as file:
        texts = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    english: dict[str, set[int]] = {}
    finder: Any = ahocorasick.Automaton()
    owner: dict[str, set[str]] = collections.defaultdict(set)
    for row in rows:
        if row.get("country"):
            for part in ("names", "demonyms"):
                for value in (*row.get(part, {}).get("en", ()), row["name"]):
                    owner[value].add(row["country"])
    for value in owner:
        finder.add_word(value, value)
    finder.make_automaton()
    for index, text in enumerate(texts):
        for _, value in finder.iter(text["en"] or ""):
            for code in owner[value]:
                english.setdefault(code, set()).add(index)
    found: dict[str, list[int]] = collections.defaultdict(list)
    probe: Any = ahocorasick.Automaton()
    for row in rows:
        for values in row["names"].values():
            for value in values:
                if script(value) not in ("LATIN", "CYRILLIC", "GREEK", None):
                    probe.add_word(value, value)
    probe.make_automaton()
    for index, text in enumerate(texts):
        for lang in _UNSPACED:
            for value in {v for _, v in probe.iter_long(text[lang] or "")}:
                found[value].append(index)
    gone = 0
    for row in rows:
        good = english.get(row.get("country") or "", set())
        if not row.get("country"):
            continue
        for lang, values in row["names"].items():
            keep = [
                v
                for v in values
                if len(found.get(v, ())) < 3 or sum(i in good for i in found[v]) >= 0.4 * len(found[v])
            ]
            gone += len(values) - len(keep)
            row["names"][lang] = keep
    print(f"left out {gone} spellings that parallel texts speak against")
