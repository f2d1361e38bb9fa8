"""Names of countries for people to read: CLDR's, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from babel import Locale

from domain.alert import SeriesKey
from domain.errors import QueryError
from domain.text import fold


@cache
def country_names(lang: str = "en") -> Mapping[str, str]:
    """ISO 3166-1 alpha-2 code to name."""
    return {code: name for code, name in Locale.parse(lang).territories.items() if len(code) == 2}


@cache
def _by_name() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for lang in ("vi", "fr", "de", "es", "ru", "zh", "en"):
        found |= {fold(name): code for code, name in country_names(lang).items()}
    return found | {"usa": "US", "uk": "GB", "north korea": "KP", "south korea": "KR", "myanmar": "MM", "burma": "MM"}


def country_code(text: str) -> str:
    """The ISO code of a country given by its code or by its name in a main language.

    Raises:
        QueryError: it is neither.
    """
    code = text.strip().upper()
    if code in country_names():
        return code
    try:
        return _by_name()[fold(text.strip())]
    except KeyError:
        raise QueryError("no country has this code or name", item=text, stage="search") from None


def series_title(key: SeriesKey, *, lang: str = "en") -> str:
    """What a series is about, in words."""
    if key.kind == "watchlist":
        return key.subject[0]
    names = country_names(lang)
    return " – ".join(names.get(code, code) for code in key.subject)
