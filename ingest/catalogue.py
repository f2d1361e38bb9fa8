"""The bundled list of feeds: configuration that is checked on loading, and chosen from by language, region and kind."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale

from domain.errors import BlockedError, ConfigError
from domain.source import Source
from ingest.dedup import canonical_url
from ingest.fetch import check_url

BUNDLED = Path(__file__).parent / "data" / "feeds.toml"
"""The list that comes with Vedette; an operator's own has the same form."""

CATEGORIES = ("world news", "foreign ministry", "government", "organisation", "think tank")
REGIONS = ("Southeast Asia", "East Asia", "South Asia", "Central Asia", "Middle East", "Africa", "Europe",
           "Eastern Europe", "North America", "Latin America", "Oceania", "World")  # fmt: skip
GRADES = "ABCDEF"

_FIELDS = frozenset({"name", "url", "country", "language", "region", "category", "basis", "unlisted"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFeed:
    """One feed of the list.

    Attributes:
        url: its address, in its canonical spelling. country: where it is published (ISO 3166-1 alpha-2).
        lang: in what language (ISO 639-1). basis: on what its reliability rests; the list says what each one means.
        reliability: the grade that follows from the basis, A to F. listed: its address stands in public lists of feeds.
    """

    name: str
    url: str
    country: str
    lang: str
    region: str
    category: str
    basis: str
    reliability: str
    listed: bool = True

    def source(self) -> Source:
        """The feed as a source that can be followed."""
        return Source(
            name=self.name,
            kind="feed",
            url=self.url,
            lang=self.lang,
            country=self.country,
            reliability=self.reliability,
            region=self.region,
            category=self.category,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a grade of reliability rests on, and what it means."""

    name: str
    grade: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """A list of feeds and the rule by which they are graded."""

    feeds: tuple[ListedFeed, ...]
    bases: Mapping[str, Basis]


@lru_cache(maxsize=1)
def bundled() -> Catalogue:
    """The list that comes with Vedette."""
    return load_catalogue(BUNDLED)


def load_catalogue(path: Path) -> Catalogue:
    """A list in TOML: a ``[bases.NAME]`` with ``grade`` and ``meaning`` each, and a ``[[feed]]`` each.

    Raises:
        ConfigError: the file cannot be read, or a feed in it is incomplete, double or makes no sense; the first such
            one is named.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", item=path.name) from error
    tables = content.get("bases", {})
    bases = {name: _basis(name, table, path.name) for name, table in tables.items()}
    names: set[str] = set()
    places: set[str] = set()
    feeds = []
    for number, table in enumerate(content.get("feed", []), start=1):
        feed = _feed(table, bases, f"{path.name}, feed {number}")
        for value, seen in ((feed.name.casefold(), names), (feed.url, places)):
            if value in seen:
                raise ConfigError(f"{feed.name!r} stands there twice", item=path.name)
            seen.add(value)
        feeds.append(feed)
    return Catalogue(feeds=tuple(feeds), bases=bases)


def choose(
    feeds: Iterable[ListedFeed],
    *,
    langs: Collection[str] = (),
    regions: Collection[str] = (),
    categories: Collection[str] = (),
    countries: Collection[str] = (),
) -> list[ListedFeed]:
    """The feeds that fit every condition given; an empty one does not confine. Case does not matter."""
    wanted = [{value.casefold() for value in values} for values in (langs, regions, categories, countries)]
    return [
        feed
        for feed in feeds
        if all(
            not values or told.casefold() in values
            for values, told in zip(wanted, (feed.lang, feed.region, feed.category, feed.country), strict=True)
        )
    ]


def _basis(name: str, table: Any, item: str) -> Basis:
    grade, meaning = (table.get("grade"), table.get("meaning")) if isinstance(table, dict) else (None, None)
    if not isinstance(grade, str) or len(grade) != 1 or grade not in GRADES or not isinstance(meaning, str):
        raise ConfigError(f"basis {name!r} needs a grade A to F and a meaning", item=item)
    return Basis(name=name, grade=grade, meaning=meaning)


def _feed(table: Any, bases: Mapping[str, Basis], item: str) -> ListedFeed:
    if not isinstance(table, dict):
        raise ConfigError("is no table", item=item)
    if unknown := sorted(set(table) - _FIELDS):
        raise ConfigError(f"has fields nobody knows: {', '.join(unknown)}", item=item)
    told = {name: table.get(name) for name in sorted(_FIELDS - {"unlisted"})}
    if missing := [name for name, value in told.items() if not isinstance(value, str) or not value.strip()]:
        raise ConfigError(f"lacks {', '.join(missing)}", item=item)
    words = {name: str(value).strip() for name, value in told.items()}
    territories, languages = _codes()
    for name, known in (
        ("country", territories),
        ("language", languages),
        ("region", frozenset(REGIONS)),
        ("category", frozenset(CATEGORIES)),
        ("basis", frozenset(bases)),
    ):
        if words[name] not in known:
            raise ConfigError(f"{name} {words[name]!r} is unknown", item=f"{item} ({words['name']})")
    return ListedFeed(
        name=words["name"],
        url=_address(words["url"], f"{item} ({words['name']})"),
        country=words["country"],
        lang=words["language"],
        region=words["region"],
        category=words["category"],
        basis=words["basis"],
        reliability=bases[words["basis"]].grade,
        listed=not table.get("unlisted", False),
    )


def _address(url: str, item: str) -> str:
    try:
        check_url(url)
    except BlockedError as error:
        raise ConfigError(f"address {url!r}: {error.reason}", item=item) from error
    address = canonical_url(url)
    if address is None:
        raise ConfigError(f"address {url!r} is none", item=item)
    return address


@lru_cache(maxsize=1)
def _codes() -> tuple[frozenset[str], frozenset[str]]:
    """Two-letter codes of countries and languages, as CLDR has them."""
    names = Locale.parse("en")
    territories = (str(code) for code in names.territories)
    return (
        frozenset(code for code in territories if len(code) == 2 and code not in {"EU", "EZ", "UN"}),
        frozenset(code for code in map(str, names.languages) if len(code) == 2),
    )
