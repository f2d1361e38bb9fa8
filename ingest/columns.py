"""Which column of a table is what: by the operator's mapping, or by the names that tables commonly give theirs."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from domain.errors import ConfigError
from domain.text import fold

FIELDS = ("text", "title", "published", "fetched", "url", "lang", "source", "label", "external_id")
"""What a column can be of a document."""

EXAMPLE = 'text = "{Lead} {Body}", and a line each for title = "Headline", published = "Date", url = "Link"'

_NAMES: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "body", "full text", "article", "content", "contents", "message", "toàn văn", "nội dung",
             "văn bản", "texte", "corps", "contenu", "texto", "contenido", "inhalt", "текст", "содержание", "正文",
             "内容", "全文", "summary", "abstract", "description", "lead", "snippet", "tóm tắt", "mô tả",
             "trích yếu", "résumé", "chapô", "resumen", "摘要"),
    "title": ("title", "headline", "heading", "subject", "tiêu đề", "tựa đề", "tít", "chủ đề", "titre", "objet",
              "título", "titel", "заголовок", "тема", "标题", "題目", "题目"),
    "published": ("published", "date", "pubdate", "published at", "publication date", "date published", "datetime",
                  "timestamp", "created at", "time", "ngày", "ngày đăng", "ngày xuất bản", "ngày tháng",
                  "ngày ban hành", "thời gian", "date de publication",
                  "publié le", "fecha", "datum", "data", "дата", "日期", "时间"),
    "fetched": ("fetched", "fetched at", "retrieved", "collected", "captured at", "ngày thu thập"),
    "url": ("url", "link", "web address", "href", "permalink", "liên kết", "đường dẫn", "địa chỉ", "lien", "adresse",
            "enlace", "ссылка", "адрес", "链接", "网址"),
    "lang": ("lang", "language", "ngôn ngữ", "tiếng", "langue", "idioma", "sprache", "язык", "语言"),
    "source": ("source", "outlet", "publisher", "newspaper", "source name", "nguồn", "nguồn tin", "báo", "tờ báo",
               "cơ quan", "journal", "média", "fuente", "quelle", "источник", "来源", "媒体"),
    "label": ("label", "classification", "độ mật", "mức độ mật", "niveau de classification", "гриф", "密级"),
    "external_id": ("id", "external id", "guid", "uid", "identifier", "no", "number", "mã", "mã số", "số", "số hiệu",
                    "stt", "identifiant", "numéro", "n°", "номер", "编号"),
}  # fmt: skip
"""Names of columns, best first, in the languages a desk's tables are kept in; told apart without accents and case."""

_SLOT = re.compile(r"\{([^{}]+)\}")
_TABLE_KEYS = frozenset({"delimiter", "encoding", "sheet", "header"})
_KEYS = frozenset({*FIELDS, "date_format", "timezone", "meta", "fixed", "table"})
_DELIMITERS = frozenset(",;\t|:^~")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMapping:
    """How an operator's table is read.

    Attributes:
        columns: for each field of ``FIELDS`` a column's name, or a template such as ``{Lead}`` and ``{Body}`` with text
            between. meta: likewise for facts of the table's own. fixed: what every row has alike.
        dates: formats as of ``strptime``; without one a date is read as any printed date is. zone: where a time without
            a zone was written, in these formats or in ISO form.
        delimiter, encoding: of a text table. sheet: the name or number (from 1) of the one sheet to be read.
        header: the number (from 1) of the row of names; 0: there is none, and columns are named by number from 1; None:
            it is looked for.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    meta: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    dates: tuple[str, ...] = ()
    zone: str = "UTC"
    delimiter: str = ""
    encoding: str = ""
    sheet: str | int | None = None
    header: int | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """How a row of one table becomes fields and facts: a function of the row's cells for each."""

    fields: Mapping[str, Callable[[Sequence[str]], str]]
    facts: Mapping[str, Callable[[Sequence[str]], str]]
    width: int
    mapped: bool


def read_mapping(content: str, *, name: str) -> Mapping[str, Any]:
    """The mapping in a file of TOML, or JSON where its name ends so, checked.

    One with a table ``event`` is a mapping of events, which ``ingest.mapping`` checks.

    Raises:
        ConfigError: it is neither, or says something that a mapping cannot say.
    """
    try:
        raw = json.loads(content) if name.lower().endswith(".json") else tomllib.loads(content)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"the mapping cannot be read: {error}", item=name) from error
    if not isinstance(raw, dict):
        raise ConfigError("the mapping is not a table of keys", item=name)
    if "event" in raw:
        return raw
    try:
        parse_mapping(raw)
    except ConfigError as error:
        raise ConfigError(error.reason, item=name) from error
    return raw


def parse_mapping(raw: Mapping[str, Any]) -> TableMapping:
    """The mapping that the keys mean: fields at the top, and the tables ``meta``, ``fixed`` and ``table``.

    Raises:
        ConfigError: a key is unknown or its value of the wrong kind, or it names neither a text nor a title.
    """
    if stray := sorted(set(raw) - _KEYS):
        raise ConfigError(f"the mapping has no key {stray[0]!r}; known: {', '.join(sorted(_KEYS))}")
    table = _section(raw, "table", allowed=_TABLE_KEYS)
    dates = raw.get("date_format", [])
    formats = tuple(_texts(dates if isinstance(dates, list) else [dates], "date_format"))
    delimiter, encoding, sheet, header = (table.get(key) for key in ("delimiter", "encoding", "sheet", "header"))
    if delimiter is not None and delimiter not in _DELIMITERS:
        raise ConfigError(f"the delimiter is one of , ; | : ^ ~ and the tabulator, not {delimiter!r}")
    if header is not None and (not isinstance(header, int) or isinstance(header, bool) or header < 0):
        raise ConfigError("header is the number of a row, from 1; 0 where the table has no names")
    if sheet is not None and (not isinstance(sheet, (str, int)) or isinstance(sheet, bool)):
        raise ConfigError("sheet is the name or the number of a sheet")
    if encoding is not None:
        _check_encoding(encoding)
    zone = raw.get("timezone", "UTC")
    _check_zone(zone)
    columns = {key: text for key in FIELDS if key in raw for text in _texts([raw[key]], key)}
    if not {"text", "title"} & columns.keys():
        raise ConfigError(f"the mapping names no column for text or title, such as {EXAMPLE}")
    return TableMapping(
        columns=columns,
        meta={key: _texts([value], f"meta.{key}")[0] for key, value in _section(raw, "meta").items()},
        fixed={key: _texts([value], f"fixed.{key}")[0]
               for key, value in _section(raw, "fixed", allowed=frozenset(FIELDS)).items()},
        dates=formats,
        zone=zone,
        delimiter=delimiter or "",
        encoding=encoding or "",
        sheet=sheet,
        header=header,
    )  # fmt: skip


def by_mapping(mapping: TableMapping, header: Sequence[str]) -> Columns:
    """The columns that a mapping names.

    Raises:
        ConfigError: the table has no column of a name.
    """
    places = {_folded(name): n for n, name in reversed(list(enumerate(header))) if name.strip()}

    def picker(wanted: str) -> Callable[[Sequence[str]], str]:
        names = _SLOT.findall(wanted) or [wanted]
        missing = [name for name in names if _folded(name) not in places]
        if missing:
            shown = ", ".join(name for name in header if name.strip())[:300]
            raise ConfigError(f"no column {missing[0]!r} in the table; its columns: {shown}")
        if not _SLOT.search(wanted):
            return _cell(places[_folded(wanted)])
        return lambda row: _SLOT.sub(lambda slot: _cell(places[_folded(slot[1])])(row), wanted).strip()

    return Columns(
        fields={key: picker(wanted) for key, wanted in mapping.columns.items()},
        facts={key: picker(wanted) for key, wanted in mapping.meta.items()},
        width=len(header),
        mapped=True,
    )


def by_name(header: Sequence[str]) -> Columns | None:
    """The columns whose names are known, and all others as facts; None when none is known as a text or title."""
    folded = [_folded(name) for name in header]
    places: dict[str, int] = {}
    for key, names in _KNOWN.items():
        found = next((folded.index(name) for name in names if name in folded), None)
        if found is not None and found not in places.values():
            places[key] = found
    if not {"text", "title"} & places.keys():
        return None
    facts = {" ".join(name.split())[:60]: _cell(n) for n, name in enumerate(header)
             if n not in places.values() and name.strip()}  # fmt: skip
    return Columns({key: _cell(n) for key, n in places.items()}, facts, len(header), mapped=False)


def moment_of(text: str, mapping: TableMapping) -> datetime | None:
    """The instant that a date in one of the mapping's formats, or in ISO form, means; None when it is in none of them.

    A time without a zone is one of the mapping's zone. A date without a time is that day in UTC, as everywhere.
    """
    for parse in (*(_by(form) for form in mapping.dates), datetime.fromisoformat):
        try:
            moment = parse(text.strip())
        except ValueError:
            continue
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC if moment.time() == time() else ZoneInfo(mapping.zone))
        return moment.astimezone(UTC)
    return None


def _by(form: str) -> Callable[[str], datetime]:
    return lambda text: datetime.strptime(text, form)  # noqa: DTZ007 - the zone follows


def _cell(place: int) -> Callable[[Sequence[str]], str]:
    return lambda row: row[place].strip() if place < len(row) else ""


def _folded(name: str) -> str:
    return " ".join(re.sub(r"[_\s./-]+", " ", fold(name)).split())


_KNOWN = {key: tuple(dict.fromkeys(map(_folded, names))) for key, names in _NAMES.items()}


def _section(raw: Mapping[str, Any], key: str, *, allowed: frozenset[str] | None = None) -> Mapping[str, Any]:
    section = raw.get(key, {})
    if not isinstance(section, dict):
        raise ConfigError(f"{key} is a table of keys")
    if allowed is not None and (stray := sorted(set(section) - allowed)):
        raise ConfigError(f"{key} has no key {stray[0]!r}; known: {', '.join(sorted(allowed))}")
    return section


def _texts(values: Sequence[Any], key: str) -> list[str]:
    if not all(
        isinstance(value, (str, int)) and not isinstance(value, bool) and str(value).strip() for value in values
    ):
        raise ConfigError(f"{key} is a column's name or a text")
    return [str(value) for value in values]


def _check_zone(zone: Any) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, TypeError, OSError) as error:
        raise ConfigError(f"no such timezone: {zone!r}; one is Asia/Ho_Chi_Minh") from error


def _check_encoding(encoding: Any) -> None:
    try:
        b"x".decode(encoding)
    except (LookupError, TypeError, ValueError) as error:
        raise ConfigError(f"no such encoding: {encoding!r}") from error
