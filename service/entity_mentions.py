"""Decisions about entities brought to the documents that are stored: splits, names to be found, names taken back.

Lots of documents are changed, each in one transaction. What a kill leaves undone is owed, and done by whoever decides
next. Texts are not analysed again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from alerts.series import keys_of
from domain.entity import EntityKind, Mention
from domain.label import Label
from index.store import alerts as alert_store
from index.store import identities, splits
from index.store import schema as s
from index.store.placing import disturb
from index.store.schema import AnyRow
from index.store.splits import OWN, plain_words, taken_from, taken_method
from nlp.gazetteer import Gazetteer
from service import watch
from service.due import owe, owed, paid
from service.entity_names import same_group
from service.known import own
from service.recoding import uncode
from service.wiring import Home

Progress = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class Found:
    """What looking for names in stored documents brought, of documents that this reader may see."""

    documents: int
    mentions: int


# --- splits


def owe_splits(c: Connection) -> None:
    """Note that splits have to be applied to what is stored."""
    owe(c, "splits")


def resplit(home: Home, entities: Iterable[str], *, progress: Progress | None = None) -> None:
    """Apply the splits in force to the stored mentions of some entities; to all, where a kill left that undone."""
    mine = set(entities)
    with home.read() as c:
        d = s.entity_decisions.c
        for one in c.execute(select(d.entity_id, d.body["into"].as_string()).where(d.what == "split")):
            mine |= {one[0], one[1]}
        versions = splits.touched_by(c, mine)
    for start in range(0, len(versions), splits.LOT):
        lot = versions[start : start + splits.LOT]
        with home.write() as c:
            recounted(c, splits.apply(c, lot, mine))
        if progress is not None:
            progress(start + len(lot), "documents")
    with home.write() as c:
        paid(c, "splits")


def settle(home: Home) -> None:
    """Do what an earlier decision was kept from doing."""
    with home.read() as c:
        split, matches = owed(c, "splits"), owed(c, "matches")
    if split:
        resplit(home, ())
    if matches:
        with home.read() as c:
            lists = alert_store.watchlists(c)
        for one in lists:
            watch.add(home, one)
        with home.write() as c:
            paid(c, "matches")


def recounted(c: Connection, versions: Sequence[int]) -> None:
    """Count versions whose countries changed in the series that they belong to now; alerts of their days are due, and
    they are to be coded again."""
    if not versions:
        return
    uncode(c, versions)
    k, t, v = s.version_countries.c, s.version_series.c, s.versions.c
    for version in versions:
        told = c.execute(select(k.country, k.mentions).where(k.version_id == version).order_by(k.n)).all()
        series = sorted(str(key) for key in keys_of([(row.country, row.mentions) for row in told]))
        c.execute(delete(s.version_series).where(t.version_id == version, t.series.not_like("watchlist:%")))
        if series:
            c.execute(insert(s.version_series), [{"version_id": version, "series": one} for one in series])
    disturb(c, c.execute(select(func.min(v.known)).where(v.id.in_(list(versions)))).scalar_one())


# --- watchlists


def rewatch(home: Home, entities: Iterable[str]) -> list[str]:
    """Match the watchlists that follow one of some entities over all that is held; gives their names."""
    mine = set(entities)
    with home.read() as c:
        every = [one for one in alert_store.watchlists(c) if one.entities or one.require]
        groups = identities.members(c, {x for one in every for x in (*one.entities, *one.require)},
                                    clearance=Label.TOP_SECRET)  # fmt: skip
    lists = [one for one in every if any(mine & groups[x] or x in mine for x in (*one.entities, *one.require))]
    if not lists:
        return []
    with home.write() as c:
        for one in lists:
            c.execute(delete(s.watchlist_matches).where(s.watchlist_matches.c.name == one.name))
            c.execute(delete(s.version_series).where(s.version_series.c.series == f"watchlist:{one.name}"))
        if (first := c.scalar(select(func.min(s.versions.c.known)))) is not None:
            disturb(c, first)
        owe(c, "matches")
    for one in lists:
        watch.add(home, one)
    with home.write() as c:
        paid(c, "matches")
    return [one.name for one in lists]


# --- names


def again(home: Home, entity: str | None = None, *, progress: Progress | None = None) -> Found:
    """Look for the names that operators gave (to one entity, or to all) in every document that is stored."""
    settle(home)
    clearance = home.settings.reader.clearance
    with home.read() as c:
        gazetteers = {label: own(c, home.known.base, label, entity=entity) for label in Label}
        versions = list(c.scalars(select(s.versions.c.id).order_by(s.versions.c.id)))
    seen: set[str] = set()
    mentions = 0
    for start in range(0, len(versions), splits.LOT):
        lot = versions[start : start + splits.LOT]
        with home.read() as c:
            hits = _hits(c, lot, gazetteers)
        if hits:
            with home.write() as c:
                # Somebody may have removed one in the meantime.
                v = s.versions.c
                held = {row.id: row for row in c.execute(
                    select(v.id, v.document_id, v.label).where(v.id.in_(list(hits))))}  # fmt: skip
                changed = []
                for version, found in hits.items():
                    if version in held:
                        n, more = _put(c, version, found)
                        changed += [version] if splits.recount(c, version, more) else []
                        if n and held[version].label <= clearance:
                            seen.add(held[version].document_id)
                            mentions += n
                recounted(c, changed)
        if progress is not None:
            progress(start + len(lot), "documents")
    rewatch(home, [entity] if entity is not None else _given(home))
    return Found(len(seen), mentions)


def _given(home: Home) -> list[str]:
    with home.read() as c:
        return list(c.scalars(select(s.entity_names.c.entity_id).distinct()))


def _hits(
    c: Connection, versions: Sequence[int], gazetteers: dict[Label, Gazetteer]
) -> dict[int, list[tuple[Mention, int]]]:
    v = s.versions.c
    found: dict[int, list[tuple[Mention, int]]] = {}
    query = select(v.id, v.title, v.text, v.lang, v.label).where(v.id.in_(list(versions)))
    for row in c.execute(query):
        gazetteer = gazetteers[Label(row.label)]
        if not len(gazetteer):
            continue
        hits = [(one, 0) for one in gazetteer.find(row.text, lang=row.lang)]
        hits += [(one, 1) for one in gazetteer.find(row.title, lang=row.lang)]
        if hits:
            found[row.id] = hits
    return found


def _put(c: Connection, version: int, found: Sequence[tuple[Mention, int]]) -> tuple[int, Counter[str]]:
    """Have the mentions of a version be what names found there, parts of a name too; gives how many stretches changed,
    and by how much the countries' counts."""
    m, e = s.mentions.c, s.entities.c
    query = select(m.id, m.entity_id, m.start, m.end, m.method, m.was, m.in_title, e.kind, e.country)
    rows = c.execute(query.join(s.entities, e.id == m.entity_id).where(m.version_id == version)).all()
    more: Counter[str] = Counter()
    n = 0
    for one, in_title in found:
        country = one.countries[0] if one.countries else None
        across = [x for x in rows if x.in_title == in_title and x.start < one.end and one.start < x.end]
        if not across:
            c.execute(insert(s.mentions).values(
                version_id=version, entity_id=one.entity_id, start=one.start, end=one.end, surface=one.surface,
                method=OWN, in_title=in_title))  # fmt: skip
            n += 1
            more.update({country: 1} if country else {})
            continue
        taken = [x for x in across if x.entity_id != one.entity_id and _taken(one, x)]
        n += bool(taken)
        for row in taken:
            method = taken_method(row.method, one.entity_id)
            c.execute(update(s.mentions).where(m.id == row.id).values(
                entity_id=one.entity_id, was=row.was or row.entity_id, method=method))  # fmt: skip
            if row.country != country:
                more.subtract({row.country: 1} if row.country else {})
                more.update({country: 1} if country else {})
    return n, more


def _taken(one: Mention, row: AnyRow) -> bool:
    """Whether a name takes a mention that overlaps it: one within it, or a longer one of its own kind."""
    if taken_from(row.method) is not None:
        return False
    within = one.start <= row.start and row.end <= one.end
    longer = row.start <= one.start and one.end <= row.end
    return within or (longer and same_group(one.kind, EntityKind(row.kind)))


def unname(home: Home, entity: str, names: Iterable[str], *, progress: Progress | None = None) -> None:
    """Take back the mentions that names found which an entity no longer goes by; what they took is as it was."""
    m, e, n = s.mentions.c, s.entities.c, s.entity_names.c
    with home.read() as c:
        kept = {plain_words(x) for x in c.scalars(select(n.name).where(n.entity_id == entity))}
        mine = select(m.version_id).where(m.entity_id == entity, m.method.like(f"{OWN}%")).distinct()
        versions = list(c.scalars(mine.order_by(m.version_id)))
    gone = {plain_words(one) for one in names} - kept
    for start in range(0, len(versions), splits.LOT):
        lot, changed = versions[start : start + splits.LOT], []
        with home.write() as c:
            more: dict[int, Counter[str]] = defaultdict(Counter)
            query = (
                select(m.id, m.version_id, m.surface, m.method, m.was, e.country).join(s.entities, e.id == m.entity_id)
                .where(m.version_id.in_(lot), m.entity_id == entity, m.method.like(f"{OWN}%"))
            )  # fmt: skip
            for row in c.execute(query).all():
                # A recogniser may have seen more of it than the name ("President ...").
                if kept and not any(one in plain_words(row.surface) for one in gone):
                    continue
                if row.country:
                    more[row.version_id][row.country] -= 1
                if (before := taken_from(row.method)) is not None and row.was is not None:
                    back = {"entity_id": row.was, "was": None, "method": before}
                    c.execute(update(s.mentions).where(m.id == row.id).values(**back))
                    if country := c.scalar(select(e.country).where(e.id == row.was)):
                        more[row.version_id][country] += 1
                else:
                    c.execute(delete(s.mentions).where(m.id == row.id))
            for version, its in more.items():
                changed += [version] if splits.recount(c, version, its) else []
            recounted(c, changed)
        if progress is not None:
            progress(start + len(lot), "documents")
    if not kept:
        with home.write() as c:
            _drop_unused(c, entity)


def _drop_unused(c: Connection, entity: str) -> None:
    """Delete the row of an entity that an operator added and took back, where nothing speaks of it."""
    m, t = s.mentions.c, s.entity_links.c
    used = c.scalar(select(m.id).where((m.entity_id == entity) | (m.was == entity)).limit(1))
    linked = c.scalar(select(t.entity_id).where((t.entity_id == entity) | (t.into_id == entity)).limit(1))
    if used is None and linked is None:
        c.execute(delete(s.entities).where(s.entities.c.id == entity))
