"""Splits: a name that means another entity in some contexts, applied to what is read and to what is stored.

A split is a rule, not a list of places: in documents of a language, that name a country, or in which a word or another
entity stands, a name that was read as one entity is another. Each mention keeps what it was read as (``mentions.was``),
so that the rules in force can be applied anew whenever one is made or undone, with the same result in any order of
work. A rule applies to documents at least as strictly labelled as itself, so that it tells nobody anything.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from domain.document import Analysis, Document
from domain.entity import EntityKind, Mention
from domain.label import Label
from domain.text import fold, words
from index.store import schema as s
from index.store.identities import described
from index.store.schema import AnyRow

LOT = 200
"""Versions looked at in one transaction."""
OWN = "operator"
"""The method of mentions that an operator's name found; ``operator:...`` where another had seen one there."""


def taken_method(method: str, entity: str) -> str:
    """The method of a mention that another had found, and that a name of an entity took."""
    return f"{OWN}:{method}|{entity}"


def taken_from(method: str) -> str | None:
    """Who had found a mention that a name took; None of one that none did."""
    return method.removeprefix(f"{OWN}:").rpartition("|")[0] if method.startswith(f"{OWN}:") else None


def taken_by(method: str) -> str | None:
    """The entity whose name took a mention from another; None of one that none did."""
    return method.rpartition("|")[2] if method.startswith(f"{OWN}:") else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A split in force: mentions of ``entity`` written as ``name`` (folded words) are ``into`` where all holds.

    ``beside`` are phrases (folded words) that stand in the text or title, or ids of entities that it names.
    """

    decision: int
    entity: str
    name: str
    into: str
    label: Label
    lang: str | None = None
    country: str | None = None
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """A document as rules see it; ``text`` is its title and text, folded words parted by single spaces."""

    lang: str
    label: Label
    countries: frozenset[str]
    entities: frozenset[str]
    text: str


def plain_words(text: str) -> str:
    """Text as rules compare it: folded words with a space before, between and after them."""
    return f" {' '.join(words(fold(text)))} "


def rules(c: Connection) -> tuple[Rule, ...]:
    """The splits in force, in the order in which they were made."""
    d = s.entity_decisions.c
    query = select(s.entity_decisions).where(d.what == "split", d.undone.is_(None)).order_by(d.id)
    return tuple(
        Rule(
            decision=row.id, entity=row.entity_id, name=plain_words(row.body["name"]), into=row.body["into"],
            label=Label(row.label), lang=row.body.get("lang"), country=row.body.get("country"),
            beside=tuple(row.body.get("with") or ()),
        )
        for row in c.execute(query)
    )  # fmt: skip


def is_id(text: str) -> bool:
    """Whether a word given as context is an entity's id."""
    head, colon, tail = text.partition(":")
    return bool(colon) and head.isalpha() and head.islower() and bool(tail) and " " not in text


def fits(rule: Rule, entity: str, surface: str, context: Context) -> bool:
    """Whether the rule applies to a mention of an entity written so."""
    if rule.entity != entity or rule.name != plain_words(surface) or rule.label > context.label:
        return False
    if rule.lang is not None and rule.lang != context.lang:
        return False
    if rule.country is not None and rule.country not in context.countries:
        return False
    return all(
        one in context.entities if is_id(one) else plain_words(one) in context.text for one in rule.beside
    )  # fmt: skip


def placed(held: Sequence[Rule], entity: str, surface: str, context: Context) -> str:
    """What a mention that was read as an entity is by the rules, in their order."""
    for rule in held:
        if fits(rule, entity, surface, context):
            entity = rule.into
    return entity


# --- what is being stored


def split(c: Connection, document: Document, analysis: Analysis, *, label: Label | None = None) -> Analysis:
    """The analysis of a document, as it was read, with its mentions as the splits in force have them."""
    held = rules(c)
    every = (*analysis.title_mentions, *analysis.mentions)
    names = {rule.name for rule in held}
    if not held or not any(plain_words(one.surface) in names for one in every):
        return analysis
    context = Context(
        lang=analysis.language.code, label=document.label if label is None else label,
        countries=frozenset(code for one in every for code in one.countries),
        entities=frozenset(one.entity_id for one in every),
        text=plain_words(f"{document.title}\n{document.text}"),
    )  # fmt: skip
    known = described(c, {rule.into for rule in held})
    return replace(
        analysis,
        mentions=tuple(_moved(one, held, context, known) for one in analysis.mentions),
        title_mentions=tuple(_moved(one, held, context, known) for one in analysis.title_mentions),
    )


def _moved(mention: Mention, held: Sequence[Rule], context: Context, known: Mapping[str, AnyRow]) -> Mention:
    read_as = mention.entity_id
    into = placed(held, read_as, mention.surface, context)
    if into == read_as or into not in known:
        return mention
    row = known[into]
    return replace(
        mention, entity_id=into, was=read_as, kind=EntityKind(row.kind), name=row.name,
        countries=(row.country,) if row.country else (), lat=row.lat, lon=row.lon,
    )  # fmt: skip


# --- what is stored


def touched_by(c: Connection, entities: Iterable[str]) -> list[int]:
    """Versions with a mention that is, or was read as, one of some entities."""
    m, mine = s.mentions.c, sorted(set(entities))
    query = select(m.version_id).where(or_(m.entity_id.in_(mine), m.was.in_(mine))).distinct().order_by(m.version_id)
    return list(c.scalars(query))


def apply(c: Connection, versions: Sequence[int], entities: Iterable[str]) -> list[int]:
    """Apply the rules in force anew to the mentions of some entities in versions; gives the versions whose countries
    are counted otherwise now."""
    held, mine = rules(c), set(entities)
    m, e = s.mentions.c, s.entities.c
    query = (
        select(m.id, m.version_id, m.entity_id, m.was, m.surface, m.method, e.country).join(s.entities)
        .where(m.version_id.in_(list(versions)), or_(m.entity_id.in_(mine), m.was.in_(mine))).order_by(m.id)
    )  # fmt: skip
    rows = c.execute(query).all()
    contexts = _contexts(c, sorted({row.version_id for row in rows}))
    moves: list[dict[str, object]] = []
    changed: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for row in rows:
        named = taken_by(row.method)
        read_as = named or row.was or row.entity_id
        into = placed(held, read_as, row.surface, contexts[row.version_id])
        if into != row.entity_id:
            was = row.was if named is not None else None if into == read_as else read_as
            moves.append({"key": row.id, "into": into, "read_as": was})
            changed[row.version_id].append((row.entity_id, into))
    if not moves:
        return []
    move = (
        update(s.mentions).where(m.id == bindparam("key")).values(entity_id=bindparam("into"), was=bindparam("read_as"))
    )
    c.execute(move, moves)
    country = {
        one: row.country
        for one, row in described(c, {x for pairs in changed.values() for p in pairs for x in p}).items()
    }
    recounted = []
    for version, pairs in changed.items():
        more: Counter[str] = Counter()
        for old, new in pairs:
            if country.get(old) != country.get(new):
                more[country.get(old) or ""] -= 1
                more[country.get(new) or ""] += 1
        more.pop("", None)
        if recount(c, version, more):
            recounted.append(version)
    return recounted


def _contexts(c: Connection, versions: Sequence[int]) -> dict[int, Context]:
    v, m, k, e = s.versions.c, s.mentions.c, s.version_countries.c, s.entities.c
    entities: dict[int, set[str]] = defaultdict(set)
    countries: dict[int, set[str]] = defaultdict(set)
    was = select(m.version_id, m.entity_id, m.was, e.country).outerjoin(s.entities, e.id == m.was)
    for row in c.execute(was.where(m.version_id.in_(versions))):
        entities[row.version_id].add(row.was or row.entity_id)
        if row.country:
            # It counts for another country now, and was read in the light of this one.
            countries[row.version_id].add(row.country)
    for version, code in c.execute(select(k.version_id, k.country).where(k.version_id.in_(versions))):
        countries[version].add(code)
    query = select(v.id, v.lang, v.label, v.title, v.text).where(v.id.in_(versions))
    return {
        row.id: Context(
            lang=row.lang, label=Label(row.label), countries=frozenset(countries[row.id]),
            entities=frozenset(entities[row.id]), text=plain_words(f"{row.title}\n{row.text}"),
        )
        for row in c.execute(query)
    }  # fmt: skip


def recount(c: Connection, version: int, more: Mapping[str, int]) -> bool:
    """Count a version's countries by so many mentions more (or fewer); whether that changed anything."""
    k = s.version_countries
    done = False
    for code, n in more.items():
        if not n:
            continue
        own = (k.c.version_id == version) & (k.c.country == code)
        before = c.scalar(select(k.c.mentions).where(own))
        after = max(0, (before or 0) + n)
        if before is not None and after == 0:
            c.execute(delete(k).where(own))
        elif before is not None:
            c.execute(update(k).where(own).values(mentions=after))
        elif after:
            last = c.scalar(select(k.c.n).where(k.c.version_id == version).order_by(k.c.n.desc()).limit(1))
            place = 0 if last is None else int(last) + 1
            c.execute(insert(k).values(version_id=version, country=code, mentions=after, n=place))
        done = True
    return done
