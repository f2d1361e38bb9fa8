"""Names and codes of countries, as coded event tables write them, to ISO 3166-1 alpha-2."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from babel import Locale
from babel.core import get_global

_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})

# Spellings of event tables and of ISO's own English list that CLDR does not have.
_SPELLINGS = {
    "Turkey": "TR", "Palestinian Territory, Occupied": "PS", "Palestine": "PS", "Myanmar": "MM", "Burma": "MM",
    "Czech Republic": "CZ", "Hong Kong": "HK", "Macao": "MO", "Macau": "MO", "Cote d'Ivoire": "CI", "Ivory Coast": "CI",
    "Macedonia": "MK", "Democratic Republic of Congo": "CD", "Democratic Republic of the Congo": "CD", "Zaire": "CD",
    "Congo": "CG", "Republic of the Congo": "CG", "Bosnia and Herzegovina": "BA", "Bosnia": "BA",
    "Holy See Vatican City State": "VA", "Holy See": "VA", "Swaziland": "SZ", "Trinidad and Tobago": "TT",
    "Curacao": "CW", "Sao Tome and Principe": "ST", "Antigua and Barbuda": "AG", "Saint Lucia": "LC",
    "Saint Kitts and Nevis": "KN", "Saint Vincent and the Grenadines": "VC", "Virgin Islands, U.S.": "VI",
    "Virgin Islands, British": "VG", "Falkland Islands Malvinas": "FK", "Malvinas": "FK", "Pitcairn": "PN",
    "England": "GB", "Scotland": "GB", "Wales": "GB", "Northern Ireland": "GB", "Great Britain": "GB", "UK": "GB",
    "USA": "US", "United States of America": "US", "Russian Federation": "RU", "Viet Nam": "VN",
    "Korea, Republic of": "KR", "Republic of Korea": "KR", "Korea, Democratic People's Republic of": "KP", "DPRK": "KP",
    "Democratic People's Republic of Korea": "KP", "Lao People's Democratic Republic": "LA", "East Timor": "TL",
    "Cape Verde": "CV", "Iran, Islamic Republic of": "IR", "Syrian Arab Republic": "SY", "Brunei Darussalam": "BN",
    "Moldova, Republic of": "MD", "Tanzania, United Republic of": "TZ", "Bolivia, Plurinational State of": "BO",
    "Venezuela, Bolivarian Republic of": "VE", "Taiwan, Province of China": "TW",
    "Micronesia, Federated States of": "FM",
    "Libyan Arab Jamahiriya": "LY", "The Gambia": "GM", "The Bahamas": "BS", "Wallis and Futuna": "WF",
    "Saint Pierre and Miquelon": "PM", "Turks and Caicos Islands": "TC", "Svalbard and Jan Mayen": "SJ",
    "Saint Helena": "SH", "Reunion": "RE", "Saint Barthelemy": "BL", "Aland Islands": "AX", "ROM": "RO",
    "TMP": "TL", "ZAR": "CD", "XKX": "XK", "KSV": "XK", "KOS": "XK",
}  # fmt: skip


def country_code(name: str, *, known: Mapping[str, str] | None = None) -> str | None:
    """The alpha-2 code of a country's English name or of its two- or three-letter code; None when it is none.

    ``known`` is asked first, with the name as written.
    """
    if known is not None and name in known:
        return known[name]
    return _names().get(_fold(name))


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    territories = Locale.parse("en").territories
    named = {str(code): str(name) for code, name in territories.items()}
    codes = {code for code in named if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES}
    names = {_fold(name): code for code, name in named.items() if code in codes}
    names |= {_fold(name): code for name, code in _SPELLINGS.items()}
    names |= {code.lower(): code for code in codes}
    for key, codes_of in get_global("territory_aliases").items():
        alias = str(key)
        if len(alias) == 3 and alias.isalpha() and len(codes_of) == 1 and codes_of[0] in codes:
            names.setdefault(alias.lower(), codes_of[0])
    return names


@lru_cache(maxsize=4096)
def _fold(name: str) -> str:
    bare = unicodedata.normalize("NFKD", name).replace("’", "'").casefold()
    return " ".join("".join(c for c in bare if not unicodedata.combining(c)).split())
