"""Entities as a reader sees them: lists, and one with its names in all scripts, its documents and its days."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, distinct, func, or_, select

from domain.document import Filters
from domain.errors import InputError, NotFoundError
from domain.label import Label
from domain.text import fold
from index.filters import visible
from index.store import decisions, identities
from index.store import schema as s
from index.store.decisions import Decision
from index.store.schema import AnyRow
from nlp.transliteration import key
from service.entities import STAGE, Known, known
from service.entity_names import checked_kind
from service.names import country_code
from service.search import seen_by
from service.wiring import Home

MOST = 1000
BESIDE = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An entity in a list, with what this reader may see of it; ``ids`` are all that are one with it."""

    id: str
    kind: str
    name: str
    country: str | None
    documents: int
    mentions: int
    languages: Mapping[str, int]
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A name as texts in a language write it, and how often."""

    lang: str
    name: str
    mentions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A name that the gazetteer or an operator gives; ``by`` says which."""

    lang: str
    name: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A document that names the entity."""

    document_id: str
    title: str
    source: str
    lang: str
    at: datetime
    mentions: int
    label: Label


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One entity.

    Attributes:
        ids: all that are one with it. days: documents by day and language, as (day, language, documents).
        beside: entities that its documents name too, as (id, name, documents). links: what was made one with it, as
            (id, into, how).
    """

    id: str
    kind: str
    name: str
    country: str | None
    label: Label
    ids: tuple[str, ...]
    names: tuple[Given, ...]
    written: tuple[Written, ...]
    languages: Mapping[str, int]
    documents: int
    mentions: int
    days: tuple[tuple[date, str, int], ...]
    newest: tuple[Seen, ...]
    beside: tuple[tuple[str, str, int], ...]
    links: tuple[tuple[str, str, str], ...]
    decisions: tuple[Decision, ...]


def listed(
    home: Home, *, kind: str | None = None, country: str | None = None, like: str | None = None, limit: int = 50,
    filters: Filters | None = None,
) -> list[Line]:  # fmt: skip
    """Entities that documents name, those in most documents first; entities that are one stand once.

    ``like``: a part of a name they go by, case and accents aside, or a whole name in another script.

    Raises:
        InputError: the kind, the country or the number mean nothing.
    """
    what = None if kind is None else checked_kind(kind)
    code = None if country is None else country_code(country)
    if not 1 <= limit <= MOST:
        raise InputError(f"{limit} is not between 1 and {MOST}", item="--limit", stage=STAGE)
    seen = seen_by(home, filters or Filters())
    with home.read() as c:
        last = identities.resolver(c, clearance=seen.clearance)
        fitting = _fitting(c, like, clearance=seen.clearance) if like is not None and like.strip() else None
        groups: dict[str, set[str]] = defaultdict(set)
        total: Counter[str] = Counter()
        for one, n in _counted(c, seen, None if fitting is None else _whole(c, fitting, seen.clearance)):
            groups[last(one)].add(one)
            total[last(one)] += n
        rows = identities.described(c, groups)
        chosen: list[str] = []
        for one, _ in sorted(total.items(), key=lambda pair: (-pair[1], pair[0])):
            row = rows.get(one)
            if row is None or (what is not None and row.kind != what.value):
                continue
            if (code is not None and row.country != code) or (fitting is not None and not groups[one] & fitting):
                continue
            chosen.append(one)
            if len(chosen) == limit:
                break
        return [_line(c, rows[one], groups[one], seen) for one in chosen]


def _counted(c: Connection, seen: Filters, ids: set[str] | None) -> Iterable[tuple[str, int]]:
    m = s.mentions.c
    query = (
        select(m.entity_id, func.count(distinct(s.versions.c.document_id))).select_from(s.mentions.join(s.versions))
        .where(*visible(seen)).group_by(m.entity_id)
    )  # fmt: skip
    if ids is None:
        yield from ((str(one), int(n)) for one, n in c.execute(query))
        return
    for lot in identities.lots(ids):
        yield from ((str(one), int(n)) for one, n in c.execute(query.where(m.entity_id.in_(lot))))


def _fitting(c: Connection, like: str, *, clearance: Label) -> set[str]:
    """Ids of entities with a name that holds these letters, or sounds like them in another script."""
    part, sound = fold(like.strip()), key(like)
    n, e = s.entity_names.c, s.entities.c
    names = [(row.id, row.name) for row in c.execute(select(e.id, e.name))]
    names += [(row.entity_id, row.name) for row in c.execute(
        select(n.entity_id, n.name).where(n.label <= int(clearance)))]  # fmt: skip
    return {one for one, name in names if part in fold(name) or (sound and not name.isascii() and key(name) == sound)}


def _whole(c: Connection, ids: set[str], clearance: Label) -> set[str]:
    groups = identities.members(c, ids, clearance=clearance)
    return {one for group in groups.values() for one in group}


def _line(c: Connection, row: AnyRow, group: set[str], seen: Filters) -> Line:
    languages, documents, mentions = _told(c, group, seen)
    return Line(
        id=row.id, kind=row.kind, name=row.name, country=row.country, documents=documents, mentions=mentions,
        languages=languages, ids=tuple(sorted(group)),
    )  # fmt: skip


def _told(c: Connection, group: Iterable[str], seen: Filters) -> tuple[dict[str, int], int, int]:
    m, v = s.mentions.c, s.versions.c
    query = (
        select(v.lang, func.count(distinct(v.document_id)).label("n"), func.count().label("k"))
        .select_from(s.mentions.join(s.versions)).where(m.entity_id.in_(sorted(group)), *visible(seen))
        .group_by(v.lang).order_by(func.count(distinct(v.document_id)).desc(), v.lang)
    )  # fmt: skip
    rows = c.execute(query).all()
    return {row.lang: row.n for row in rows}, sum(row.n for row in rows), sum(row.k for row in rows)


def view(home: Home, entity: str, *, filters: Filters | None = None, newest: int = 20) -> View:
    """One entity, by its id or that of one that is one with it, or by a name that it alone goes by.

    Raises:
        NotFoundError: there is none that this reader may know of. InputError: several go by this name; they are told.
    """
    seen = seen_by(home, filters or Filters())
    with home.read() as c:
        asked = _asked(home, c, entity, seen.clearance)
        one = known(home, c, identities.canonical(c, [asked.id], clearance=seen.clearance)[asked.id])
        group = identities.members(c, [one.id], clearance=seen.clearance)[one.id]
        languages, documents, mentions = _told(c, group, seen)
        return View(
            id=one.id, kind=one.kind.value, name=one.name, country=one.country, label=one.label,
            ids=tuple(sorted(group)), names=tuple(_given(home, c, group, seen.clearance)),
            written=tuple(_written(c, group, seen)), languages=languages, documents=documents, mentions=mentions,
            days=tuple(_days(c, group, seen)), newest=tuple(_newest(c, group, seen, newest)),
            beside=tuple(_beside(c, group, seen)), links=tuple(_links(c, group, seen.clearance)),
            decisions=tuple(decisions.decided(c, clearance=seen.clearance, entities=sorted(group))),
        )  # fmt: skip


def _asked(home: Home, c: Connection, asked: str, clearance: Label) -> Known:
    try:
        return known(home, c, asked)
    except NotFoundError:
        found = {x.id: x for x in _called(home, c, asked, clearance)}
        if not found:
            raise
    if len(found) > 1:
        told = "; ".join(f"{x.id} ({x.name}, {x.kind.value})" for x in sorted(found.values(), key=lambda x: x.id))
        raise InputError(f"several entities go by this name: {told}", item=asked[:200], stage=STAGE)
    return next(iter(found.values()))


def _called(home: Home, c: Connection, name: str, clearance: Label) -> Iterable[Known]:
    """The entities that go by a whole name, case and accents aside: those of the texts, else those of the gazetteer."""
    n, e, wanted = s.entity_names.c, s.entities.c, fold(name.strip())
    rows = [(row.id, row.name) for row in c.execute(select(e.id, e.name))]
    rows += [(row.entity_id, row.name) for row in c.execute(
        select(n.entity_id, n.name).where(n.label <= int(clearance)))]  # fmt: skip
    ids = {one for one, said in rows if wanted and fold(said) == wanted}
    ids = ids or {m.entity_id for m in home.gazetteer.find(name) if (m.start, m.end) == (0, len(name))}
    for one in sorted(set(identities.canonical(c, ids, clearance=clearance).values())):
        with suppress(NotFoundError):
            yield known(home, c, one)


def _given(home: Home, c: Connection, group: Iterable[str], clearance: Label) -> Iterable[Given]:
    n = s.entity_names.c
    found: dict[tuple[str, str], str] = {}
    for one in sorted(group):
        held = home.known.base.entity(one)
        if held is not None:
            for lang, names in held.names.items():
                for name in names:
                    found.setdefault((lang, name), "gazetteer")
    query = select(n.lang, n.name).where(n.entity_id.in_(sorted(group)), n.label <= int(clearance))
    for row in c.execute(query.order_by(n.decision_id, n.name)):
        found[row.lang, row.name] = "operator"
    order = sorted(found.items(), key=lambda item: (item[1] == "gazetteer", item[0]))
    return [Given(lang=lang, name=name, by=by) for (lang, name), by in order]


def _written(c: Connection, group: Iterable[str], seen: Filters) -> Iterable[Written]:
    m, v = s.mentions.c, s.versions.c
    query = (
        select(v.lang, m.surface, func.count().label("n")).select_from(s.mentions.join(s.versions))
        .where(m.entity_id.in_(sorted(group)), *visible(seen)).group_by(v.lang, m.surface)
        .order_by(func.count().desc(), v.lang, m.surface).limit(200)
    )  # fmt: skip
    return [Written(lang=row.lang, name=row.surface, mentions=row.n) for row in c.execute(query)]


def _days(c: Connection, group: Iterable[str], seen: Filters) -> Iterable[tuple[date, str, int]]:
    m, v = s.mentions.c, s.versions.c
    query = select(v.document_id, v.at, v.lang).join(s.mentions, m.version_id == v.id).where(
        m.entity_id.in_(sorted(group)), *visible(seen)).distinct()  # fmt: skip
    counted = Counter((row.at.date(), row.lang) for row in c.execute(query))
    return [(day, lang, n) for (day, lang), n in sorted(counted.items())]


def _newest(c: Connection, group: Iterable[str], seen: Filters, most: int) -> Iterable[Seen]:
    m, v, d = s.mentions.c, s.versions.c, s.documents.c
    query = (
        select(v.document_id, v.title, v.lang, v.at, v.label, s.sources.c.name.label("source"), func.count().label("n"))
        .select_from(s.mentions.join(s.versions).join(s.documents, d.id == v.document_id).join(s.sources))
        .where(m.entity_id.in_(sorted(group)), *visible(seen)).group_by(v.id).order_by(v.at.desc(), v.id).limit(most)
    )  # fmt: skip
    return [
        Seen(document_id=row.document_id, title=row.title, source=row.source, lang=row.lang, at=row.at, mentions=row.n,
             label=Label(row.label))
        for row in c.execute(query)
    ]  # fmt: skip


def _beside(c: Connection, group: Iterable[str], seen: Filters) -> Iterable[tuple[str, str, int]]:
    """The entities in most of its documents, of the newest two thousand that it has."""
    m, v, e = s.mentions.c, s.versions.c, s.entities.c
    mine = (
        select(v.id).join(s.mentions, m.version_id == v.id).where(m.entity_id.in_(sorted(group)), *visible(seen))
        .group_by(v.id).order_by(v.at.desc()).limit(2000)
    )  # fmt: skip
    own = sorted(group)
    query = (
        select(m.entity_id, func.count(distinct(m.version_id)).label("n"))
        .where(m.version_id.in_(mine), m.entity_id.not_in(own)).group_by(m.entity_id)
    )  # fmt: skip
    counted = {str(row.entity_id): int(row.n) for row in c.execute(query)}
    last = identities.canonical(c, counted, clearance=seen.clearance)
    total: Counter[str] = Counter()
    for one, n in counted.items():
        total[last[one]] += n
    best = sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))[:BESIDE]
    names = {row.id: row.name for row in c.execute(select(e.id, e.name).where(e.id.in_([one for one, _ in best])))}
    return [(one, names.get(one, one), n) for one, n in best]


def _links(c: Connection, group: Iterable[str], clearance: Label) -> Iterable[tuple[str, str, str]]:
    t = s.entity_links.c
    mine = sorted(group)
    query = select(t.entity_id, t.into_id, t.how).where(
        or_(t.entity_id.in_(mine), t.into_id.in_(mine)), t.label <= int(clearance))  # fmt: skip
    return [(row.entity_id, row.into_id, row.how) for row in c.execute(query.order_by(t.entity_id, t.label))]
