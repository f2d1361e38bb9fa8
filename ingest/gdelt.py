"""GDELT's event tables (1.0 and 2.0) and GDELT 2.0's table of mentions, row by row.

Columns as in the code books of the GDELT Event Database (Leetaru and Schrodt 2013; data format 1.03 and 2.0).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache

from babel.core import get_global

from domain.event import Event, EventMention
from domain.label import Label
from domain.protocols import ReadOptions
from ingest.codes import from_cameo, from_fips
from ingest.dedup import canonical_url
from ingest.rows import cameo_of, day_of, degrees_of, instant_of, known_at, name_of, number_of

ORIGIN = "gdelt"
WIDTHS = (57, 58, 61)
"""Columns of an event table without a header line: 1.0 before and since April 2013, and 2.0."""

MENTION_WIDTHS = range(14, 17)
_DAILY_SINCE = date(2013, 4, 1)
"""From this day on GDELT added events day by day; before, the date added is that of the history's making."""

_NAMES = {
    "id": ("globaleventid",), "day": ("sqldate", "day"), "source": ("actor1name",),
    "source_country": ("actor1countrycode",), "target": ("actor2name",), "target_country": ("actor2countrycode",),
    "root_event": ("isrootevent",), "cameo": ("eventcode",), "goldstein": ("goldsteinscale",),
    "mentions": ("nummentions",), "sources": ("numsources",), "articles": ("numarticles",), "tone": ("avgtone",),
    "place": ("actiongeo_fullname",), "place_country": ("actiongeo_countrycode",), "lat": ("actiongeo_lat",),
    "lon": ("actiongeo_long",), "added": ("dateadded",), "url": ("sourceurl",),
}  # fmt: skip
_PLACES = {
    "id": 0, "day": 1, "source": 6, "source_country": 7, "target": 16, "target_country": 17, "root_event": 25,
    "cameo": 26, "goldstein": 30, "mentions": 31, "sources": 32, "articles": 33, "tone": 34,
}  # fmt: skip
_KINDS = {"1": "web", "2": "citation", "3": "core", "4": "dtic", "5": "jstor", "6": "nontextual"}

Columns = Mapping[str, int]
Code = Callable[[str], str | None]


def event_columns(cells: Sequence[str]) -> tuple[Columns, bool] | None:
    """Where an event table's columns are, and whether this first line is its header; None for another table."""
    names = {name.lower(): i for i, name in reversed(list(enumerate(cells)))}
    if "globaleventid" in names:
        places = {key: names[name] for key, options in _NAMES.items() for name in options if name in names}
        return (places, True) if {"day", "cameo"} <= places.keys() else None
    if len(cells) not in WIDTHS or not cells[0].isdigit() or len(cells[1]) != 8 or not cells[1].isdigit():
        return None
    # 2.0 has one more column, the second level of administration, for each of the three places.
    new = len(cells) == WIDTHS[-1]
    place = 52 if new else 50
    where = {"place": place, "place_country": place + 1, "lat": place + (4 if new else 3),
             "lon": place + (5 if new else 4)}  # fmt: skip
    added = 59 if new else 56
    url = {} if len(cells) == WIDTHS[0] else {"url": added + 1}
    return {**_PLACES, **where, "added": added, **url}, False


def is_mention(cells: Sequence[str]) -> bool:
    """Whether these are the cells of a row of the table of mentions."""
    return (
        len(cells) in MENTION_WIDTHS
        and all(cell.isdigit() for cell in cells[:4])
        and len(cells[1]) == len(cells[2]) == 14
    )


def event_of(cells: Sequence[str], *, columns: Columns, width: int, options: ReadOptions, code: Code) -> Event:
    """The event of a row.

    Raises:
        ValueError: too many or few columns, no number, no plausible date, or no CAMEO code (GDELT writes ``---``).
    """

    def cell(name: str) -> str:
        return cells[columns[name]].strip() if name in columns else ""

    if len(cells) != width:
        raise ValueError(f"{len(cells)} columns, not {width}")
    number = cell("id")
    if not number.isascii() or not number.isdigit() or len(number) > 20:
        raise ValueError(f"no event number: {number[:40]!r}")
    day = day_of(cell("day"))
    url = cell("url")
    lat, lon = degrees_of(cell("lat"), cell("lon"))
    place = name_of(cell("place"))
    facts = {name: value for name in ("tone", "sources", "articles") if (value := number_of(cell(name))) is not None}
    if cell("root_event") in {"0", "1"}:
        facts["root_event"] = float(cell("root_event"))
    return Event(
        day=day,
        known=_known(day, cell("added"), options),
        source_actor=name_of(cell("source")),
        target_actor=name_of(cell("target")),
        source_country=code(cell("source_country")),
        target_country=code(cell("target_country")),
        cameo=cameo_of(cell("cameo")),
        goldstein=number_of(cell("goldstein")),
        origin=options.source or ORIGIN,
        url=_address(url) if url.startswith("http") else None,
        mentions=max(1, int(number_of(cell("mentions")) or 1)),
        label=options.label or Label.OPEN,
        external_id=f"{ORIGIN}:{int(number)}",
        place=place,
        place_country=from_fips(cell("place_country")),
        lat=lat if place else None,  # a row without a place has zeros
        lon=lon if place else None,
        facts=facts,
    )


def mention_of(cells: Sequence[str], *, options: ReadOptions) -> EventMention:
    """The mention of a row.

    Raises:
        ValueError: too many or few columns, no number, no time, or no article.
    """
    if len(cells) not in MENTION_WIDTHS:
        raise ValueError(f"{len(cells)} columns, not {MENTION_WIDTHS[-1]}")
    number, kind, article = cells[0].strip(), cells[3].strip(), cells[5].strip()
    if not number.isascii() or not number.isdigit() or len(number) > 20:
        raise ValueError(f"no event number: {number[:40]!r}")
    if not article:
        raise ValueError("names no article")
    at = instant_of(cells[2])
    confidence = number_of(cells[11])
    if confidence is None or not 0 <= confidence <= 100:
        raise ValueError(f"no confidence from 0 to 100: {cells[11][:20]!r}")
    return EventMention(
        event=f"{ORIGIN}:{int(number)}",
        event_at=instant_of(cells[1]),
        at=at,
        known=known_at(at, options),
        kind=_KINDS.get(kind, "unknown"),
        outlet=name_of(cells[4]),
        identifier=identifier_of(article),
        sentence=max(0, int(number_of(cells[6]) or 0)),
        confidence=int(confidence),
        tone=number_of(cells[13]),
        lang=translated_from(cells[14] if len(cells) > 14 else ""),
        label=options.label or Label.OPEN,
    )


def identifier_of(article: str) -> str:
    """An article's canonical address, or its citation on one line."""
    return (_address(article) if article.startswith("http") else None) or name_of(article)


@lru_cache(maxsize=4096)
def _address(url: str) -> str | None:
    # Neighbouring rows tell of the same article.
    return canonical_url(url)


@lru_cache(maxsize=512)
def translated_from(text: str) -> str | None:
    """The language of an article that was translated (``srclc:fra;eng:...``); English where it was not."""
    for part in text.split(";"):
        name, _, value = part.strip().partition(":")
        if name == "srclc":
            known = get_global("language_aliases").get(value.lower())
            code = str(known[0] if isinstance(known, list | tuple) else known) if known else value.lower()
            return code if code.isascii() and code.isalpha() and len(code) in (2, 3) else None
    return None if text.strip() else "en"


def country_reader(known: Mapping[str, str] | None) -> Code:
    """CAMEO's three letters to a country; ``known`` is asked first."""

    def code(text: str) -> str | None:
        return known[text] if known is not None and text in known else from_cameo(text)

    return code


def _known(day: date, added: str, options: ReadOptions) -> datetime:
    """When it was added where that tells something, else from the event's day on."""
    if len(added) == 14:
        moment = instant_of(added)
        return known_at(max(moment, datetime(day.year, day.month, day.day, tzinfo=UTC)), options)
    told = day_of(added) if added else day
    return known_at(told if told >= _DAILY_SINCE and told >= day else day, options)
