"""Mappings: how the columns of an operator's table of events are read, as configuration.

The bundled ones lie in ``data/mappings``; ``ucdp.toml`` there explains every key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any

from domain.errors import ConfigError, ParseError
from domain.event import Event
from domain.label import Label
from domain.protocols import ReadOptions
from ingest.clean import one_line
from ingest.codes import from_cameo, from_fips, from_iso_number, from_state_number
from ingest.dedup import canonical_url
from ingest.rows import cameo_of, degrees_of, known_at, name_of, number_of

BUNDLED = ("ucdp", "acled")
FACT = 2000
"""Characters of the longest fact that is kept."""

_FIELDS = ("id", "day", "known", "source_actor", "target_actor", "source_country", "target_country", "cameo",
           "goldstein", "url", "mentions", "place", "place_country", "lat", "lon")  # fmt: skip
_REQUIRED = ("day", "cameo")
_COUNTRIES = frozenset({"source_country", "target_country", "place_country"})
_KEYS = frozenset({"name", "origin", "strict", "recognise", "separator", "event", "goldstein", "facts", "reverse"})
_CODES: Mapping[str, Callable[[str], str | None]] = {
    "iso_number": from_iso_number, "state": from_state_number, "fips": from_fips, "cameo": from_cameo,
}  # fmt: skip
_LEFT_OUT = "-"
_MATCHED = 400
_ORIGIN = re.compile(r"^[a-z0-9][a-z0-9_-]{0,39}$")

Code = Callable[[str], str | None]


class Skipped(Exception):
    """A row that the mapping leaves out on purpose; says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class From:
    """One way to come by a field's value."""

    column: str = ""
    value: str = ""
    values: Mapping[str, str] = field(default_factory=dict, hash=False)
    otherwise: str = ""
    match: re.Pattern[str] | None = None
    codes: str = "name"
    formats: tuple[str, ...] = ()
    number: bool = False
    when: tuple[str, frozenset[str]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMapping:
    """How a table's rows become events: for each field the ways to come by it, best first."""

    name: str
    origin: str
    fields: Mapping[str, tuple[From, ...]]
    facts: Mapping[str, tuple[From, ...]]
    goldstein: Mapping[str, float]
    reverse: tuple[str, frozenset[str]] | None
    recognise: frozenset[str]
    separator: str | None
    strict: bool

    def fits(self, header: Sequence[str]) -> bool:
        """Whether a table with this header is one of these."""
        return bool(self.recognise) and self.recognise <= {name.strip().lower() for name in header}

    def columns(self, header: Sequence[str], *, item: str) -> dict[str, int]:
        """Where each column is, by its name in small letters.

        Raises:
            ParseError: columns are missing; it names them and those that are there.
        """
        places: dict[str, int] = {}
        for i, name in enumerate(header):
            places.setdefault(name.strip().lower(), i)
        if self.strict:
            ways = [way for some in (*self.fields.values(), *self.facts.values()) for way in some]
            wanted = dict.fromkeys(way.column for way in ways if way.column)
            missing = [name for name in wanted if name not in places]
        else:
            missing = [
                " or ".join(way.column for way in self.fields[name])
                for name in _REQUIRED
                if not any(way.value or way.column in places for way in self.fields[name])
            ]
        if missing:
            there = ", ".join(name[:40] for name in list(places)[:20])
            reason = f"lacks columns of the mapping {self.name!r}: {', '.join(missing)}; it has: {there}"
            raise ParseError(reason, item=item, stage="parse")
        return places


def bundled() -> tuple[EventMapping, ...]:
    """The mappings that come with Vedette."""
    return tuple(bundled_mapping(name) for name in BUNDLED)


@lru_cache(maxsize=len(BUNDLED))
def bundled_mapping(name: str) -> EventMapping:
    """A mapping that comes with Vedette, by its name.

    Raises:
        ConfigError: there is none of this name.
    """
    if name not in BUNDLED:
        raise ConfigError(f"there is no mapping {name!r}; bundled: {', '.join(BUNDLED)}", item=name)
    return mapping_of(bundled_table(name), item=f"{name}.toml")


def bundled_table(name: str) -> dict[str, Any]:
    """A bundled mapping as it is written."""
    return tomllib.loads(files("ingest").joinpath("data", "mappings", f"{name}.toml").read_text("utf-8"))


def parse_mapping(text: str, *, item: str) -> dict[str, Any]:
    """A mapping from TOML, checked.

    Raises:
        ConfigError: it is no TOML, or says something that no mapping can say.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"is no TOML: {error}", item=item) from error
    mapping_of(table, item=item)
    return table


def mapping_of(table: Mapping[str, Any], *, item: str) -> EventMapping:
    """The mapping that a table of configuration describes.

    Raises:
        ConfigError: a key is unknown, a required one missing, or a value not of its kind.
    """
    _only(table, _KEYS, "", item)
    event, facts = _table(table, "event", item), _table(table, "facts", item)
    _only(event, _FIELDS, "event.", item)
    fields = {name: _ways(event[name], f"event.{name}", item) for name in _FIELDS if name in event}
    if absent := [name for name in _REQUIRED if name not in fields]:
        raise ConfigError(f"a mapping of events needs event.{' and event.'.join(absent)}", item=item)
    origin = table.get("origin", "")
    if not isinstance(origin, str) or not _ORIGIN.match(origin):
        raise ConfigError("origin must be a short name of small letters, digits, - and _", item=item)
    separator = table.get("separator")
    if separator is not None and (not isinstance(separator, str) or len(separator) != 1 or separator in '"\r\n'):
        raise ConfigError("separator must be one character", item=item)
    goldstein = {code: number_of(str(value)) for code, value in _table(table, "goldstein", item).items()}
    if wrong := [code for code, value in goldstein.items() if value is None or not -10 <= value <= 10]:
        raise ConfigError(f"goldstein.{wrong[0]} must be a number from -10 to 10", item=item)
    for way in fields["cameo"]:
        for code in filter(None, (*way.values.values(), way.value, way.otherwise)):
            _cameo(code, item)
    return EventMapping(
        name=str(table.get("name") or origin), origin=origin, fields=fields,
        facts={name: _ways(value, f"facts.{name}", item) for name, value in facts.items()},
        goldstein={code: value for code, value in goldstein.items() if value is not None},
        reverse=_condition(table["reverse"], "reverse", item) if "reverse" in table else None,
        recognise=frozenset(one.lower() for one in _texts(table.get("recognise", []), "recognise", item)),
        separator=separator, strict=bool(table.get("strict", True)),
    )  # fmt: skip


def mapped_event(
    row: Sequence[str], *, mapping: EventMapping, columns: Mapping[str, int], width: int, options: ReadOptions,
    code: Code,
) -> Event:  # fmt: skip
    """The event of a row.

    Raises:
        ValueError: too many or few cells, no date, or no CAMEO code. Skipped: the mapping leaves such rows out.
    """
    if len(row) != width:
        raise ValueError(f"{len(row)} columns, not {width}")
    get = _Row(row, columns, code)

    def text(name: str) -> str:
        return get.first(mapping.fields.get(name, ()))

    def country(name: str) -> str | None:
        return get.country(mapping.fields.get(name, ()))

    day = get.moment(mapping.fields["day"], required=True)
    assert day is not None
    cameo = cameo_of(get.first(mapping.fields["cameo"], required="CAMEO code"))
    told = get.moment(mapping.fields.get("known", ()))
    number = one_line(text("id"), limit=200)
    lat, lon = degrees_of(text("lat"), text("lon"))
    goldstein = number_of(text("goldstein"))
    url = text("url")
    sides = [(name_of(text("source_actor")), country("source_country")),
             (name_of(text("target_actor")), country("target_country"))]  # fmt: skip
    if mapping.reverse is not None and get.holds(mapping.reverse):
        sides.reverse()
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Event(
        day=day.date(),
        known=known_at(moment if told is None else max(told, moment), options),
        source_actor=sides[0][0],
        target_actor=sides[1][0],
        source_country=sides[0][1],
        target_country=sides[1][1],
        cameo=cameo,
        goldstein=mapping.goldstein.get(cameo) if goldstein is None else goldstein,
        origin=options.source or mapping.origin,
        url=canonical_url(url) if url.startswith("http") else None,
        mentions=max(1, int(number_of(text("mentions")) or 1)),
        label=options.label or Label.OPEN,
        external_id=f"{mapping.origin}:{number}" if number else None,
        place=name_of(text("place")),
        place_country=country("place_country"),
        lat=lat,
        lon=lon,
        facts=get.facts(mapping.facts),
    )


class _Row:
    """A row's cells by the names of their columns."""

    def __init__(self, row: Sequence[str], columns: Mapping[str, int], code: Code) -> None:
        self._row, self._columns, self._code = row, columns, code

    def cell(self, column: str) -> str:
        return self._row[self._columns[column]].strip() if column in self._columns else ""

    def holds(self, condition: tuple[str, frozenset[str]]) -> bool:
        return self.cell(condition[0]).lower() in condition[1]

    def found(self, way: From) -> str:
        """What one way gives, or nothing."""
        if way.when is not None and not self.holds(way.when):
            return ""
        if way.value:
            return way.value
        cell = self.cell(way.column)
        if way.match is not None:
            hit = way.match.search(cell[:_MATCHED])
            cell = (hit[1] if way.match.groups else hit[0]).strip() if hit and hit[0] else ""
        if way.values:
            cell = way.values.get(cell.lower(), way.otherwise) if cell else ""
        return cell or way.otherwise

    def first(self, ways: Sequence[From], *, required: str = "") -> str:
        for way in ways:
            got = self.found(way)
            if got == _LEFT_OUT and way.values:
                raise Skipped(f"{way.column} {one_line(self.cell(way.column), limit=60)!r}")
            if got:
                return got
        if required:
            seen = ", ".join(f"{w.column} {one_line(self.cell(w.column), limit=60)!r}" for w in ways if w.column)
            raise ValueError(f"no {required} for {seen}")
        return ""

    def country(self, ways: Sequence[From]) -> str | None:
        for way in ways:
            if (got := self.found(way)) and (
                code := self._code(got) if way.codes == "name" else _CODES[way.codes](got)
            ):
                return code
        return None

    def moment(self, ways: Sequence[From], *, required: bool = False) -> datetime | None:
        for way in ways:
            if (got := self.found(way)) and (moment := _moment(got, way.formats)) is not None:
                return moment
        if required:
            raise ValueError(f"no date: {', '.join(repr(self.cell(way.column)[:40]) for way in ways)}")
        return None

    def facts(self, facts: Mapping[str, tuple[From, ...]]) -> dict[str, str | float]:
        kept: dict[str, str | float] = {}
        for name, ways in facts.items():
            got = self.first(ways)
            value = number_of(got) if ways[0].number else one_line(got, limit=FACT)
            if value is not None and value != "":
                kept[name] = value
        return kept


def _moment(text: str, formats: Sequence[str]) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text[:10]), datetime.min.time(), tzinfo=UTC)
    except ValueError:
        pass
    for wanted in formats:
        try:
            if wanted == "unix":
                return datetime.fromtimestamp(float(text), tz=UTC)
            return datetime.strptime(text, wanted).replace(tzinfo=UTC)
        except (ValueError, OverflowError, OSError):
            continue
    return None


def _ways(value: Any, where: str, item: str) -> tuple[From, ...]:
    ways = tuple(_way(one, where, item) for one in (value if isinstance(value, list) else [value]))
    if not ways:
        raise ConfigError(f"{where} names no column", item=item)
    return ways


def _way(value: Any, where: str, item: str) -> From:
    if isinstance(value, str):
        value = {"column": value}
    if not isinstance(value, dict):
        raise ConfigError(f"{where} must be a column's name, a table or a list of these", item=item)
    known = {"column", "value", "values", "otherwise", "match", "codes", "formats", "number", "when"}
    _only(value, known, f"{where}.", item)
    if bool(value.get("column")) == bool(value.get("value")):
        raise ConfigError(f"{where} needs either a column or a value", item=item)
    for name in ("column", "value", "otherwise", "match", "codes"):
        if not isinstance(value.get(name, ""), str):
            raise ConfigError(f"{where}.{name} must be text", item=item)
    codes = value.get("codes", "name")
    if codes != "name" and codes not in _CODES:
        raise ConfigError(f"{where}.codes must be one of name, {', '.join(_CODES)}", item=item)
    try:
        match = re.compile(value["match"]) if "match" in value else None
    except re.error as error:
        raise ConfigError(f"{where}.match is no regular expression: {error}", item=item) from error
    values = _table(value, "values", item)
    return From(
        column=value.get("column", "").strip().lower(),
        value=value.get("value", ""),
        values={str(key).strip().lower(): str(meant) for key, meant in values.items()},
        otherwise=value.get("otherwise", ""),
        match=match,
        codes=codes,
        formats=tuple(_texts(value.get("formats", []), f"{where}.formats", item)),
        number=bool(value.get("number", False)),
        when=_condition(value["when"], f"{where}.when", item) if "when" in value else None,
    )


def _condition(value: Any, where: str, item: str) -> tuple[str, frozenset[str]]:
    if not isinstance(value, dict) or set(value) != {"column", "values"} or not isinstance(value["column"], str):
        raise ConfigError(f"{where} needs a column and values", item=item)
    values = _texts(value["values"], f"{where}.values", item)
    return value["column"].strip().lower(), frozenset(one.strip().lower() for one in values)


def _texts(value: Any, where: str, item: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ConfigError(f"{where} must be a list of texts", item=item)
    return value


def _table(table: Mapping[str, Any], name: str, item: str) -> Mapping[str, Any]:
    value = table.get(name, {})
    if not isinstance(value, dict):
        raise ConfigError(f"{name} must be a table", item=item)
    return value


def _only(table: Mapping[str, Any], known: Sequence[str] | frozenset[str] | set[str], where: str, item: str) -> None:
    if unknown := [name for name in table if name not in known]:
        raise ConfigError(f"unknown key {where}{unknown[0]}; known: {', '.join(sorted(known))}", item=item)


def _cameo(code: str, item: str) -> None:
    if code == _LEFT_OUT:
        return
    try:
        cameo_of(code)
    except ValueError as error:
        raise ConfigError(f"event.cameo: {error}", item=item) from error
