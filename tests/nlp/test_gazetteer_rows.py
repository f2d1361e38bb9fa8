"""The rows of the bodies and offices of the gazetteer are well formed, unambiguous and cover what they promise."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel import Locale

from domain.entity import EntityKind
from nlp.gazetteer import default_gazetteer

FOLDER = Path(__file__).parents[2] / "nlp" / "data" / "gazetteer"
FILES = ("bodies.jsonl", "offices.jsonl")
KEYS = {"id", "kind", "name", "country", "lat", "lon", "population", "names", "demonyms", "since", "until", "parent"}
# The languages that the two files are written in.
LANGUAGES = {"en", "vi", "fr", "zh", "ru", "de", "es"}
# Reduced precision where only the year or the month is known (ISO 8601).
DATE = re.compile(r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$")

Row = dict[str, Any]


def _read(name: str) -> list[Row]:
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


BODIES, OFFICES = (_read(name) for name in FILES)
ROWS = BODIES + OFFICES
KINDS = {EntityKind.BODY, EntityKind.OFFICE, EntityKind.PERSON}


def _aliases(row: Row) -> Iterator[tuple[str, str]]:
    for lang, names in row["names"].items():
        for name in names:
            yield lang, name


def test_there_are_enough_of_each_kind() -> None:
    assert len(BODIES) >= 150
    assert len(OFFICES) >= 300
    assert {row["kind"] for row in BODIES} == {EntityKind.BODY}
    assert {row["kind"] for row in OFFICES} == {EntityKind.OFFICE, EntityKind.PERSON}


@pytest.mark.parametrize("rows", [BODIES, OFFICES], ids=FILES)
def test_ids_are_sorted_and_say_the_kind(rows: list[Row]) -> None:
    ids = [row["id"] for row in rows]
    assert ids == sorted(ids)
    assert [i for i in ids if not re.fullmatch(r"(body|office|person):[a-z0-9]+(-[a-z0-9]+)*", i)] == []
    assert [row["id"] for row in rows if row["id"].split(":")[0] != row["kind"]] == []


def test_ids_are_unique() -> None:
    assert len({row["id"] for row in ROWS}) == len(ROWS)


def test_every_row_has_the_keys() -> None:
    for row in ROWS:
        extra = {"offices"} if row["kind"] == EntityKind.PERSON else set()
        assert row.keys() - {"gates"} == KEYS | extra, row["id"]
        assert row["name"] in row["names"]["en"], row["id"]


def test_countries_are_iso_codes() -> None:
    territories = Locale("en").territories
    codes = {code for code in territories if re.fullmatch("[A-Z]{2}", str(code))} - {"EU", "UN", "EZ", "ZZ", "QO"}
    assert {row["id"]: row["country"] for row in ROWS if row["country"] not in {None, *codes}} == {}
    assert [row["id"] for row in OFFICES if row["country"] is None] == []
    assert len({row["country"] for row in OFFICES}) >= 60


def test_coordinates_are_in_range() -> None:
    for row in ROWS:
        assert (row["lat"] is None) == (row["lon"] is None), row["id"]
        if row["lat"] is not None:
            assert -90 <= row["lat"] <= 90, row["id"]
            assert -180 < row["lon"] <= 180, row["id"]


def test_aliases_are_clean() -> None:
    for row in ROWS:
        for lang, name in _aliases(row):
            where = f"{row['id']} {lang} {name!r}"
            assert len(name) >= 2, where
            assert name == " ".join(name.split()), where
            assert name == unicodedata.normalize("NFC", name), where
            assert not re.search(r"[|;{}*~^<>=]", name), where
        for lang, names in row["names"].items():
            assert len(set(names)) == len(names) > 0, f"{row['id']} {lang}"


def test_scripts_fit_the_languages() -> None:
    han = re.compile(r"[\u3400-\u9fff]")
    cyrillic = re.compile(r"[\u0400-\u04ff]")
    for row in ROWS:
        for lang, name in _aliases(row):
            where = f"{row['id']} {lang} {name!r}"
            assert lang == "zh" or not han.search(name), where
            assert lang == "ru" or not cyrillic.search(name), where
        assert any(han.search(name) or name.isascii() for name in row["names"]["zh"]), row["id"]


def test_no_alias_is_shared() -> None:
    owners: dict[str, str] = {}
    shared = []
    for row in ROWS:
        for _, name in _aliases(row):
            if owners.setdefault(name, row["id"]) != row["id"]:
                shared.append((name, owners[name], row["id"]))
    assert shared == []


def test_no_bare_common_surname() -> None:
    common = "Li Wang Zhang Liu Chen Yang Nguyen Nguyễn Tran Trần Le Lê Pham Phạm Minh Kim Park Lee Johnson Bush"
    names = {name for row in ROWS for _, name in _aliases(row)}
    assert names.isdisjoint(common.split())


@pytest.mark.parametrize("lang", sorted(LANGUAGES))
def test_bodies_are_named_in_each_language(lang: str) -> None:
    assert sum(bool(row["names"].get(lang)) for row in BODIES) >= 0.9 * len(BODIES)


def test_only_the_known_languages_occur() -> None:
    assert {lang for row in ROWS for lang in row["names"]} <= LANGUAGES


def test_dates_are_dates_in_order() -> None:
    for row in ROWS:
        spans = [(row["since"], row["until"])]
        spans += [(held["since"], held["until"]) for held in row.get("offices", ())]
        for since, until in spans:
            assert all(DATE.fullmatch(day) for day in (since, until) if day), (row["id"], since, until)
            assert not (since and until) or since <= until, (row["id"], since, until)


def test_persons_held_an_office() -> None:
    for row in OFFICES:
        if row["kind"] == EntityKind.PERSON:
            assert row["offices"], row["id"]
            assert all(held["office"] for held in row["offices"]), row["id"]


def test_parents_exist() -> None:
    ids = {row["id"] for row in ROWS}
    assert {row["parent"] for row in ROWS} - {None} <= ids


def test_gates_are_of_the_rows_own_names() -> None:
    for row in ROWS:
        assert set(row.get("gates", {})) <= {name for _, name in _aliases(row)}, row["id"]


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        (
            "vi",
            "Người phát ngôn Lê Hải Bình nêu việc Tân Hoa xã dẫn lời Dương Khiết Trì.",
            {"person:le-hai-binh", "office:cn-xinhua", "person:yang-jiechi"},
        ),
        (
            "ru",
            "Лавров говорил с Джоном Керри в Совете Безопасности Организации Объединенных Наций.",
            {"person:sergei-lavrov", "person:john-kerry", "body:unsc"},
        ),
        (
            "ru",
            "Пресс-конференция перед встречей с Си Цзиньпином в Кремле.",
            {"person:xi-jinping", "office:ru-kremlin"},
        ),
        ("fr", "Le Quai d'Orsay en appelle à l'ONU et à l'Otan.", {"office:fr-mfa", "body:un", "body:nato"}),
        (
            "de",
            "Das Auswärtige Amt wandte sich an den Internationalen Strafgerichtshof.",
            {"office:de-mfa", "body:icc"},
        ),
        (
            "es",
            "La Casa Blanca y la Cancillería china hablaron en la ONU.",
            {"office:us-white-house", "office:cn-mfa", "body:un"},
        ),
        (
            "zh",
            "中国外交部发言人华春莹说,杨洁篪将访问东盟秘书处。",
            {"office:cn-mfa", "person:hua-chunying", "person:yang-jiechi", "body:asean-secretariat"},
        ),
        (
            "en",
            "KISSINGER TOLD LE DUC THO THAT PRESIDENT THIEU AGREED.",
            {"person:henry-kissinger", "person:le-duc-tho", "person:nguyen-van-thieu"},
        ),
        # "EPL" is the Spanish for the People's Liberation Army and, in English, a football league.
        ("en", "The EPL season began in Austin on May 5.", set()),
    ],
)
def test_rows_are_found_in_text(lang: str, text: str, expected: set[str]) -> None:
    assert {m.entity_id for m in default_gazetteer().find(text, lang=lang) if m.kind in KINDS} == expected
