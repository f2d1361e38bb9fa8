"""Who is who: entities that operators, or names alike in several scripts, made one, and the names they go by.

A decision is about identity, not about what was known when: it holds for all times, and a look back ("as of") uses it
as today's does. It has a label, and readers that are not cleared for it see the entities as if it had not been made.

Links are followed when something is read (A is B, B is C: all three are C), so that a merge is at once in force for all
that is stored, and nothing is lost when it is undone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from domain.label import Label
from index.store import schema as s
from index.store.schema import AnyRow

Links = dict[str, tuple[str, int]]
"""By entity what it is linked into, and the label of that link: of those that a reader may see the strictest."""
_LOT = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A mention as it is shown: the stretch of text, and the entity that it is said to name now.

    ``read_as`` is the entity it was read as, before links and splits.
    """

    start: int
    end: int
    surface: str
    method: str
    id: str
    kind: str
    name: str
    country: str | None
    lat: float | None
    lon: float | None
    read_as: str


def canonical(c: Connection, ids: Iterable[str], *, clearance: Label) -> dict[str, str]:
    """For each id the entity that it is one with for a reader of this clearance: the last of its chain, or itself."""
    wanted = list(dict.fromkeys(ids))
    links: Links = {}
    ahead = set(wanted)
    seen: set[str] = set()
    while ahead:
        seen |= ahead
        found = _links(c, ahead, clearance)
        links |= found
        ahead = {into for into, _ in found.values()} - seen
    return {one: _last(links, one) for one in wanted}


def resolver(c: Connection, *, clearance: Label) -> Callable[[str], str]:
    """``canonical`` for many ids: all links are read once, and hold as they are now."""
    t = s.entity_links.c
    query = select(t.entity_id, t.into_id, t.label).where(t.label <= int(clearance)).order_by(t.label)
    links: Links = {row.entity_id: (row.into_id, row.label) for row in c.execute(query)}
    if not links:
        return _itself
    known: dict[str, str] = {}

    def last(entity: str) -> str:
        if entity not in links:
            return entity
        if entity not in known:
            known[entity] = _last(links, entity)
        return known[entity]

    return last


def _itself(entity: str) -> str:
    return entity


def _links(c: Connection, ids: Iterable[str], clearance: Label) -> Links:
    t = s.entity_links.c
    found: Links = {}
    for lot in lots(ids):
        query = select(t.entity_id, t.into_id, t.label).where(t.entity_id.in_(lot), t.label <= int(clearance))
        found |= {row.entity_id: (row.into_id, row.label) for row in c.execute(query.order_by(t.label))}
    return found


def _last(links: Links, entity: str) -> str:
    """The end of the chain. Links of different labels may lead in a circle, made by people who did not see each
    other's: then the one with the least strict link of its own (the first by name) is the end for all of it."""
    path = [entity]
    while path[-1] in links:
        into = links[path[-1]][0]
        if into in path:
            circle = path[path.index(into) :]
            return min(circle, key=lambda one: (links[one][1], one))
        path.append(into)
    return path[-1]


def members(c: Connection, ids: Iterable[str], *, clearance: Label) -> dict[str, frozenset[str]]:
    """For each id all that are one with it, itself among them."""
    t = s.entity_links.c
    last = canonical(c, ids, clearance=clearance)
    found: dict[str, frozenset[str]] = {}
    for root in set(last.values()):
        mine, ahead = {root}, {root}
        while ahead:
            behind: set[str] = set()
            for lot in lots(ahead):
                into = t.into_id.in_(lot)
                behind |= set(c.scalars(select(t.entity_id).where(into, t.label <= int(clearance))))
            ahead = behind - mine
            mine |= ahead
        # A stricter link may lead one of them elsewhere.
        found[root] = frozenset(one for one, its in canonical(c, mine, clearance=clearance).items() if its == root)
    return {one: found[root] | {one} for one, root in last.items()}


def names_of(c: Connection, ids: Iterable[str], *, clearance: Label) -> dict[str, list[tuple[str, str]]]:
    """For each id the names that the store knows it by, as (language, name): those that operators gave, and the names
    of the entities that are one with it (language ``und``). Names of the gazetteer are not among them, nor is what
    texts wrote (``written_as``)."""
    groups = members(c, ids, clearance=clearance)
    every = {one for group in groups.values() for one in group}
    n, e = s.entity_names.c, s.entities.c
    held: dict[str, dict[str, str]] = defaultdict(dict)
    for lot in lots(every):
        given = select(n.entity_id, n.lang, n.name).where(n.entity_id.in_(lot), n.label <= int(clearance))
        for row in c.execute(given.order_by(n.decision_id, n.name)):
            held[row.entity_id].setdefault(row.name, row.lang)
        for own, name in c.execute(select(e.id, e.name).where(e.id.in_(lot))):
            held[own].setdefault(name, "und")
    found: dict[str, list[tuple[str, str]]] = {}
    for one, group in groups.items():
        names: dict[str, str] = {}
        for member in sorted(group, key=lambda m: (m != one, m)):
            for name, lang in held[member].items():
                names.setdefault(name, lang)
        found[one] = [(lang, name) for name, lang in names.items()]
    return found


def written_as(c: Connection, entity: str, *, clearance: Label, most: int = 200) -> list[tuple[str, str, int]]:
    """How the texts that this reader may see write an entity: (language of the text, as written, how often)."""
    m, v = s.mentions.c, s.versions.c
    group = members(c, [entity], clearance=clearance)[entity]
    query = (
        select(v.lang, m.surface, func.count().label("n")).select_from(s.mentions.join(s.versions))
        .where(m.entity_id.in_(sorted(group)), v.superseded.is_(None), v.label <= int(clearance))
        .group_by(v.lang, m.surface).order_by(func.count().desc(), v.lang, m.surface).limit(most)
    )  # fmt: skip
    return [(row.lang, row.surface, row.n) for row in c.execute(query)]


def described(c: Connection, ids: Iterable[str]) -> dict[str, AnyRow]:
    """The rows of ``entities`` by id; an id that nothing has named or added has none."""
    found: dict[str, AnyRow] = {}
    for lot in lots(ids):
        found |= {row.id: row for row in c.execute(select(s.entities).where(s.entities.c.id.in_(lot)))}
    return found


def shown_as(c: Connection, rows: Sequence[AnyRow], *, clearance: Label) -> tuple[Named, ...]:
    """Mentions with the entity that each is for this reader.

    A row has the columns of ``mentions`` and ``entities`` that ``Named`` has, and ``was``.
    """
    last = canonical(c, (row.id for row in rows), clearance=clearance)
    others = described(c, {into for one, into in last.items() if into != one})
    found = []
    for row in rows:
        its = others.get(last[row.id], row)
        found.append(Named(
            start=row.start, end=row.end, surface=row.surface, method=row.method.partition("|")[0],
            id=its.id, kind=its.kind, name=its.name, country=its.country, lat=its.lat, lon=its.lon,
            read_as=row.was or row.id,
        ))  # fmt: skip
    return tuple(found)


def least_labels(c: Connection, ids: Iterable[str]) -> dict[str, Label]:
    """Of entities that documents name, the least strict label of one in force that does: who may know of them."""
    m, v = s.mentions.c, s.versions.c
    found: dict[str, Label] = {}
    for lot in lots(ids):
        for column in (m.entity_id, m.was):
            query = (
                select(column, func.min(v.label)).select_from(s.mentions.join(s.versions))
                .where(column.in_(lot), v.superseded.is_(None)).group_by(column)
            )  # fmt: skip
            for one, label in c.execute(query):
                found[one] = min(found.get(one, Label.TOP_SECRET), Label(label))
    return found


def stamp(c: Connection) -> tuple[int, int, int]:
    """Something that differs whenever a decision was made, undone or erased."""
    d = s.entity_decisions.c
    row = c.execute(select(func.coalesce(func.max(d.id), 0), func.count(), func.count(d.undone))).one()
    return int(row[0]), int(row[1]), int(row[2])


def lots(ids: Iterable[str]) -> list[list[str]]:
    """Ids in lots that a statement takes."""
    every = sorted(set(ids))
    return [every[start : start + _LOT] for start in range(0, len(every), _LOT)]
