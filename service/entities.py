"""Who is who, as operators decide it: merge, keep apart, split, name, add, undo.

A decision is kept with who made it and when, can be undone, and holds for what is stored as for what is still to come:
links are followed when something is read, names are found and splits applied in documents as they are stored. It holds
for all times: a look back ("as of") sees who is who as it is known today.

Its label is the strictest of those under which the entities it speaks of are known at all: an entity that only secret
documents name makes it secret. What the gazetteer knows is open. ``label`` makes it stricter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, or_, select

from domain.entity import EntityKind
from domain.errors import InputError, NotFoundError
from domain.label import Label, strictest
from index.store import decisions, identities
from index.store import schema as s
from index.store.decisions import Decision
from index.store.splits import is_id
from nlp.linking import name_id
from service import entity_mentions, recoding
from service.entity_names import (
    checked_id,
    checked_kind,
    checked_lang,
    checked_name,
    made_id,
    same_group,
)
from service.names import country_code
from service.wiring import Home

STAGE = "entities"
_NOTE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An entity that this reader may know of; ``label``: under which it is known. ``listed``: by the gazetteer."""

    id: str
    kind: EntityKind
    name: str
    country: str | None
    lat: float | None
    lon: float | None
    label: Label
    listed: bool


def known(home: Home, c: Connection, entity: str) -> Known:
    """An entity by its id, as far as this reader may know of it.

    Raises:
        NotFoundError: there is none, or none that this reader may know of.
    """
    clearance = home.settings.reader.clearance
    # What the gazetteer itself has; what operators added is known by its decision.
    listed = home.known.base.entity(entity)
    if listed is not None:
        return Known(id=listed.id, kind=listed.kind, name=listed.name, country=listed.country, lat=listed.lat,
                     lon=listed.lon, label=Label.OPEN, listed=True)  # fmt: skip
    row = identities.described(c, [entity]).get(entity)
    labels = [x for x in (identities.least_labels(c, [entity]).get(entity), _added(c, entity)) if x is not None]
    if row is None or not labels or min(labels) > clearance:
        raise NotFoundError("no such entity", item=entity[:200], stage=STAGE)
    return Known(id=row.id, kind=EntityKind(row.kind), name=row.name, country=row.country, lat=row.lat, lon=row.lon,
                 label=min(labels), listed=False)  # fmt: skip


def _added(c: Connection, entity: str) -> Label | None:
    """The label of the decision that made an entity."""
    d = s.entity_decisions.c
    made = or_(d.entity_id == entity, d.body["new"]["id"].as_string() == entity)
    query = select(d.label).where(d.what.in_(["add", "split"]), d.undone.is_(None), made)
    rows = c.execute(query.where(or_(d.what == "add", d.body["new"]["id"].as_string() == entity))).scalars().all()
    return Label(min(rows)) if rows else None


# --- decisions


def merge(
    home: Home, entity: str, into: str, *, by: str, note: str = "", label: Label | None = None, force: bool = False
) -> Decision:
    """Have an entity, with all that is one with it, be another from now on.

    Raises:
        NotFoundError: this reader knows of no such entity. InputError: they are one already, of kinds that cannot be
            one, kept apart by a decision, or both known to the gazetteer as two (``force`` merges the last ones and
            kinds all the same).
    """
    clearance = home.settings.reader.clearance
    with home.write() as c:
        before = recoding.views(c)
        a, b, label = _pair(home, c, entity, into, label)
        last = identities.canonical(c, [a.id, b.id], clearance=clearance)
        if last[a.id] == last[b.id]:
            raise InputError(f"is one with {into} already: a merge would lead in a circle", item=entity, stage=STAGE)
        one, other = known(home, c, last[a.id]), known(home, c, last[b.id])
        label = max(label, one.label, other.label)
        if not same_group(one.kind, other.kind) and not force:
            reason = f"a {one.kind.value} ({one.name}) is no {other.kind.value} ({other.name})"
            raise InputError(f"{reason}; --force merges them all the same", item=entity, stage=STAGE)
        if one.listed and other.listed and not force:
            reason = f"the gazetteer knows {one.name} and {other.name} as two"
            raise InputError(f"{reason}; --force merges them all the same", item=entity, stage=STAGE)
        if (parted := _apart(c, [one.id, a.id], [other.id, b.id], clearance)) is not None:
            raise InputError(f"decision {parted} says that they are two: undo it first", item=entity, stage=STAGE)
        for each in (one, other):
            _row(c, each)
        made = decisions.decide(c, "merge", one.id, {"into": other.id, **_noted(note)}, label=label, by=by)
        decisions.link(c, one.id, other.id, label=label, decision=made.id)
        affected = _group(c, [one.id, other.id])
        recoding.follow(c, before, affected)
    entity_mentions.rewatch(home, affected)
    return made


def apart(
    home: Home, entity: str, other: str, *, by: str, note: str = "", label: Label | None = None
) -> Decision:  # fmt: skip
    """Say that two entities are two, however alike their names: nothing links them, nothing proposes it again.

    Raises:
        NotFoundError: this reader knows of no such entity. InputError: a decision made them one.
    """
    clearance = home.settings.reader.clearance
    with home.write() as c:
        before = recoding.views(c)
        a, b, label = _pair(home, c, entity, other, label)
        groups = identities.members(c, [a.id, b.id], clearance=clearance)
        t = s.entity_links.c
        both = sorted(groups[a.id] | groups[b.id])
        # Links that names alone made between them go; the next look at the names makes no such link any more.
        mine = delete(s.entity_links).where(t.how == "names", t.entity_id.in_(both), t.into_id.in_(both))
        c.execute(mine)
        last = identities.canonical(c, [a.id, b.id], clearance=clearance)
        if last[a.id] == last[b.id]:
            raise InputError(f"a decision made it one with {other}: undo that first", item=entity, stage=STAGE)
        made = decisions.decide(c, "apart", a.id, {"other": b.id, **_noted(note)}, label=label, by=by)
        affected = _group(c, both)
        recoding.follow(c, before, affected)
    entity_mentions.rewatch(home, affected)
    return made


def split(
    home: Home, entity: str, name: str, *, into: str, by: str, lang: str | None = None, country: str | None = None,
    beside: Sequence[str] = (), note: str = "", label: Label | None = None,
    progress: entity_mentions.Progress | None = None,
) -> Decision:  # fmt: skip
    """Have a name that is read as an entity mean another one, in documents of a language, that name a country, or in
    which words or entities stand; ``into`` is that other's id, or the name of a new entity of the same kind.

    Raises:
        NotFoundError: this reader knows of no such entity. InputError: the name or the context mean nothing.
    """
    text = checked_name(name)
    told = None if lang is None else checked_lang(lang)
    code = None if country is None else country_code(country)
    context = [one if is_id(one) else checked_name(one, what="word beside it") for one in beside]
    with home.write() as c:
        source = known(home, c, entity)
        named = [known(home, c, one) for one in context if is_id(one)]
        new: dict[str, Any] | None = None
        if is_id(into):
            target = known(home, c, into)
            other, levels = target.id, [target.label]
            _row(c, target)
        else:
            title = checked_name(into, what="name of the new entity")
            other, levels = _fresh(c, home, made_id(source.kind, title)), []
            new = {"id": other, "kind": source.kind.value, "name": title, "country": code}
            decisions.add_entity(c, other, kind=source.kind.value, name=title, country=code)
        if other == source.id:
            raise InputError("a split needs another entity to go to", item=entity, stage=STAGE)
        _row(c, source)
        body: dict[str, Any] = {
            "name": text,
            "lang": told,
            "country": code,
            "with": context,
            "into": other,
            **_noted(note),
        }
        if new is not None:
            body["new"] = new
        least = strictest([source.label, *levels, *(one.label for one in named)])
        made = decisions.decide(c, "split", source.id, body, label=_label(home, least, label), by=by)
        entity_mentions.owe_splits(c)
    entity_mentions.resplit(home, [source.id, other], progress=progress)
    entity_mentions.rewatch(home, {source.id, other})
    return made


def add(
    home: Home, kind: str, name: str, *, by: str, lang: str | None = None, country: str | None = None,
    names: Iterable[tuple[str, str]] = (), entity: str | None = None, note: str = "", label: Label | None = None,
) -> Decision:  # fmt: skip
    """Add an entity with its names, as (language, name); documents that come in are searched for them.

    Raises:
        InputError: a name, the kind, the country or the id is none, or the id is taken.
    """
    what, title = checked_kind(kind), checked_name(name)
    code = None if country is None else country_code(country)
    every = {title: checked_lang(lang)}
    for its, one in names:
        every.setdefault(checked_name(one), checked_lang(its))
    with home.write() as c:
        if entity is None:
            one_id = _fresh(c, home, made_id(what, title))
        else:
            one_id = checked_id(entity)
            if home.known.base.entity(one_id) is not None or one_id in identities.described(c, [one_id]):
                raise InputError("there is an entity of this id already", item=entity, stage=STAGE)
        told = [[its, one] for one, its in every.items()]
        body = {"kind": what.value, "name": title, "country": code, "names": told, **_noted(note)}
        least = _heard(c, what, every)
        level = _label(home, least, label)
        made = decisions.decide(c, "add", one_id, body, label=level, by=by)
        decisions.add_entity(c, one_id, kind=what.value, name=title, country=code)
        for one, its in every.items():
            decisions.name(c, one_id, one, lang=its, label=level, decision=made.id)
    return made


def name(
    home: Home, entity: str, text: str, *, by: str, lang: str | None = None, note: str = "", label: Label | None = None
) -> Decision:
    """Have an entity go by one more name.

    Raises:
        NotFoundError: this reader knows of no such entity. InputError: the name is none, or is its name already.
    """
    title, its = checked_name(text), checked_lang(lang)
    with home.write() as c:
        one = known(home, c, entity)
        n = s.entity_names.c
        level = _label(home, max(one.label, _heard(c, one.kind, [title])), label)
        held = select(n.name).where(n.entity_id == one.id, n.name == title, n.label <= int(level))
        listed = home.known.base.entity(one.id)
        if c.scalar(held) or (listed is not None and any(title in group for group in listed.names.values())):
            raise InputError("it goes by this name already", item=f"{entity} {title}", stage=STAGE)
        _row(c, one)
        made = decisions.decide(c, "name", one.id, {"name": title, "lang": its, **_noted(note)}, label=level, by=by)
        decisions.name(c, one.id, title, lang=its, label=level, decision=made.id)
    return made


def undo(home: Home, number: int, *, by: str, progress: entity_mentions.Progress | None = None) -> Decision:
    """Take a decision back: all is as if it had not been made, but that it was is kept.

    Raises:
        NotFoundError: there is none that this reader may know of. InputError: it is undone, or others rest on it.
    """
    clearance = home.settings.reader.clearance
    with home.write() as c:
        one = decisions.one(c, number, clearance=clearance)
        if one.undone is not None:
            when = f"{one.undone:%Y-%m-%d %H:%M} UTC"
            raise InputError(f"was undone by {one.undone_by} at {when}", item=str(number), stage=STAGE)
        new = one.entity_id if one.what == "add" else one.body.get("new", {}).get("id")
        resting = [] if new is None else [
            x.id for x in decisions.decided(c, clearance=Label.TOP_SECRET, entities=[new], undone=False)
            if x.id != number
        ]  # fmt: skip
        if resting:
            told = ", ".join(str(x) for x in sorted(resting))
            raise InputError(
                f"decisions that rest on it have to be undone first: {told}", item=str(number), stage=STAGE
            )
        affected, before = _group(c, one.entities), recoding.views(c)
        decisions.undo(c, one, by=by)
        recoding.follow(c, before, affected)
        if one.what == "split":
            entity_mentions.owe_splits(c)
    if one.what == "split":
        entity_mentions.resplit(home, one.entities, progress=progress)
    elif one.what in ("add", "name"):
        gone = [x for _, x in one.body["names"]] if one.what == "add" else [one.body["name"]]
        entity_mentions.unname(home, one.entity_id, gone, progress=progress)
    entity_mentions.rewatch(home, affected)
    with home.read() as c:
        return decisions.one(c, number, clearance=clearance)


# --- what they share


def _pair(home: Home, c: Connection, one: str, other: str, label: Label | None) -> tuple[Known, Known, Label]:
    a, b = known(home, c, one), known(home, c, other)
    if a.id == b.id:
        raise InputError("is itself: name two entities", item=one, stage=STAGE)
    return a, b, _label(home, max(a.label, b.label), label)


def _label(home: Home, least: Label, wanted: Label | None) -> Label:
    if wanted is not None and wanted > home.settings.reader.clearance:
        raise InputError(f"above your clearance ({home.settings.reader.clearance.text})", item=wanted.text, stage=STAGE)
    return least if wanted is None else max(least, wanted)


def _heard(c: Connection, kind: EntityKind, names: Iterable[str]) -> Label:
    """The label of names that texts have, where a recogniser saw them: secret where secret documents alone do."""
    ids = [name_id(kind, one) for one in names]
    return strictest(identities.least_labels(c, ids).values())


def _apart(c: Connection, some: Iterable[str], others: Iterable[str], clearance: Label) -> int | None:
    """The decision that keeps one of some entities apart from one of the others, or from one that is one with it."""
    mine, theirs = _group(c, some), _group(c, others)
    for each in decisions.decided(c, clearance=clearance, what="apart", undone=False):
        a, b = each.entity_id, str(each.body.get("other"))
        if (a in mine and b in theirs) or (a in theirs and b in mine):
            return each.id
    return None


def _group(c: Connection, ids: Iterable[str]) -> set[str]:
    groups = identities.members(c, ids, clearance=Label.TOP_SECRET)
    return {one for group in groups.values() for one in group}


def _row(c: Connection, one: Known) -> None:
    decisions.add_entity(c, one.id, kind=one.kind.value, name=one.name, country=one.country, lat=one.lat, lon=one.lon)


def _fresh(c: Connection, home: Home, entity: str) -> str:
    """The id, numbered where it is taken: also by what this reader may not know of."""
    n, tried = 1, entity
    while home.known.base.entity(tried) is not None or tried in identities.described(c, [tried]):
        n += 1
        tried = f"{entity}-{n}"
    return tried


def _noted(note: str) -> Mapping[str, str]:
    text = note.strip()
    if len(text) > _NOTE:
        raise InputError(f"a note has {_NOTE} characters at most", item=text[:60], stage=STAGE)
    return {"note": text} if text else {}
