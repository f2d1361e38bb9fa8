"""GDELT's Global Knowledge Graph 2.1: what it says of an article, row by row (27 columns, no header line)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

from domain.event import ArticleFacts, Located
from domain.label import Label
from domain.protocols import ReadOptions
from domain.time import plausible
from ingest.clean import one_line
from ingest.codes import from_fips
from ingest.gdelt import identifier_of, translated_from
from ingest.rows import degrees_of, instant_of, known_at, name_of, number_of

WIDTH = 27
MOST = 400
"""Themes, persons, organisations, places or quotations of an article that are kept."""

QUOTATION = 1000
"""Characters of the longest quotation."""

_RECORD = re.compile(r"^\d{14}-T?\d{1,9}$", re.ASCII)
_TITLE = re.compile(r"<PAGE_TITLE>(.*?)</PAGE_TITLE>", re.DOTALL)
_PUBLISHED = re.compile(r"<PAGE_PRECISEPUBTIMESTAMP>\s*(\d{14})\s*</PAGE_PRECISEPUBTIMESTAMP>")


def is_article(cells: Sequence[str]) -> bool:
    """Whether a row that begins with these cells is one of the Knowledge Graph; the first line may be cut off."""
    return len(cells) > 4 and bool(_RECORD.match(cells[0])) and len(cells[1]) == 14 and cells[1].isdigit()


def article_of(cells: Sequence[str], *, options: ReadOptions) -> ArticleFacts:
    """What a row says of its article.

    Of the columns that come twice the later one is taken, which says how often each thing is named; an empty one falls
    back to the earlier. Counts, image addresses and the 2,300 dimensions of content analysis are left where they are.

    Raises:
        ValueError: too many or few columns, no record number, no time, or no article.
    """
    if len(cells) != WIDTH:
        raise ValueError(f"{len(cells)} columns, not {WIDTH}")
    if not _RECORD.match(cells[0]):
        raise ValueError(f"no record number: {cells[0][:40]!r}")
    if not cells[4].strip():
        raise ValueError("names no article")
    at = instant_of(cells[1])
    identifier = identifier_of(cells[4].strip())
    tone = [number_of(part) for part in cells[15].split(",")]
    tone += [None] * (7 - len(tone))
    return ArticleFacts(
        record=cells[0],
        at=at,
        known=known_at(at, options),
        outlet=name_of(cells[3]),
        identifier=identifier,
        url=identifier if identifier.startswith("http") else None,
        published=_published(cells[26], options),
        title=_title(cells[26]),
        lang=translated_from(cells[25]),
        themes=_named(cells[8]) or _named(cells[7]),
        persons=_named(cells[12]) or _named(cells[11]),
        organisations=_named(cells[14]) or _named(cells[13]),
        places=_places(cells[10], enhanced=True) or _places(cells[9], enhanced=False),
        quotations=_quotations(cells[22]),
        tone=tone[0],
        positive=tone[1],
        negative=tone[2],
        words=None if tone[6] is None else int(tone[6]),
        label=options.label or Label.OPEN,
    )


def _named(text: str) -> tuple[str, ...]:
    """Names once each, in order, from ``name;name`` or ``name,offset;name,offset``."""
    found: dict[str, None] = {}
    plain = text.isascii() and text.isprintable()  # asked once for the column: names are many
    for part in text.split(";"):
        head, comma, tail = part.rpartition(",")
        name = head if comma and tail.isdigit() else part
        if name not in found:
            if not plain or len(name) >= 200 or name[:1] == " " or name[-1:] == " ":
                name = name_of(name)
            if name:
                found[name] = None
                if len(found) >= MOST:
                    break
    return tuple(found)


def _places(text: str, *, enhanced: bool) -> tuple[Located, ...]:
    """Places with how often each is named; in the enhanced column a second level of administration comes between."""
    counted: dict[tuple[str, str, str, str], int] = {}
    for part in text.split(";"):
        bits = part.split("#")
        if len(bits) < 7:
            continue
        lat, lon = (bits[5], bits[6]) if enhanced else (bits[4], bits[5])
        key = (bits[1], bits[2], lat, lon)
        if key in counted or len(counted) < MOST:
            counted[key] = counted.get(key, 0) + 1
    return tuple(_located(*key, mentions) for key, mentions in counted.items() if key[0].strip())


@lru_cache(maxsize=8192)
def _located(name: str, fips: str, lat: str, lon: str, mentions: int) -> Located:
    # The same few thousand places are named again and again.
    north, east = degrees_of(lat, lon)
    return Located(name=name_of(name), country=from_fips(fips), lat=north, lon=east, mentions=mentions)


def _quotations(text: str) -> tuple[tuple[str, str], ...]:
    """(verb, quotation) from ``offset|length|verb|quotation#...``."""
    return tuple(_pairs(text.split("#")[:MOST])) if text else ()


def _pairs(parts: Iterable[str]) -> Iterable[tuple[str, str]]:
    for part in parts:
        bits = part.split("|", 3)
        if len(bits) == 4 and (quoted := one_line(bits[3], limit=QUOTATION)):
            yield name_of(bits[2]), quoted


def _title(extras: str) -> str:
    found = _TITLE.search(extras)
    return one_line(html.unescape(found[1])) if found else ""


def _published(extras: str, options: ReadOptions) -> datetime | None:
    found = _PUBLISHED.search(extras)
    if found is None:
        return None
    try:
        moment = instant_of(found[1])
    except ValueError:
        return None
    return moment if plausible(moment, known=options.read_at) else None
