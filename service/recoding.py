"""What decisions about entities change in coded events: the documents that they concern are to be coded again.

An actor's country is that of the entity that a mention is for the readers of its document. Where a merge, a split, a
name or a link of names gives it another, the note that the document was coded is taken away: the next look for what is
not coded yet (``service.coding.code_new``: every scan, every pass of a watch) codes it anew, in lots, and a kill in
between loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, delete, func, select

from domain.entity import EntityKind, Mention
from domain.label import Label
from index.store import identities
from index.store import schema as s
from index.store.placing import disturb
from index.store.schema import AnyRow

Identity = Callable[[str], str]
"""What an entity is one with."""
_LOT = 400


def uncode(c: Connection, versions: Iterable[int]) -> int:
    """Have versions be coded again; gives how many had been. Alerts are decided anew from the first of them on."""
    k, v = s.codings.c, s.versions.c
    wanted, n = sorted(set(versions)), 0
    for start in range(0, len(wanted), _LOT):
        lot = wanted[start : start + _LOT]
        coded = list(c.scalars(select(k.version_id).where(k.version_id.in_(lot))))
        if not coded:
            continue
        disturb(c, c.execute(select(func.min(v.known)).where(v.id.in_(coded))).scalar_one())
        c.execute(delete(s.codings).where(k.version_id.in_(coded)))
        n += len(coded)
    return n


def views(c: Connection) -> dict[Label, Identity]:
    """Who is who now, for the readers of each label that documents have: for ``follow``, once it is another."""
    labels = [Label(one) for one in c.scalars(select(s.versions.c.label).distinct())]
    return {label: identities.resolver(c, clearance=label) for label in labels}


def follow(c: Connection, before: Mapping[Label, Identity], entities: Iterable[str]) -> int:
    """Have documents be coded again that name one of some entities, where its country is another now; gives how many.

    ``before`` is what ``views`` gave before the change, in the same transaction. A document is looked at as its own
    readers see it.
    """
    mine, n = sorted(set(entities)), 0
    for label, then in before.items():
        now = identities.resolver(c, clearance=label)
        rows = identities.described(c, {*map(then, mine), *map(now, mine)})
        changed = [one for one in mine if _country(rows, then(one)) != _country(rows, now(one))]
        m, v = s.mentions.c, s.versions.c
        for start in range(0, len(changed), _LOT):
            naming = select(m.version_id).join(s.versions, v.id == m.version_id).distinct()
            some = m.entity_id.in_(changed[start : start + _LOT])
            n += uncode(c, c.scalars(naming.where(some, v.label == int(label))).all())
    return n


def _country(rows: Mapping[str, AnyRow], entity: str) -> str | None:
    return rows[entity].country if entity in rows else None


# --- what a coder reads


def who(c: Connection, mentions: Sequence[Mention], last: Identity) -> list[Mention]:
    """Mentions as what they are for the readers of their document: links are followed, countries are theirs."""
    into = {one.entity_id: last(one.entity_id) for one in mentions}
    rows = identities.described(c, {its for one, its in into.items() if its != one})
    found = []
    for one in mentions:
        row = rows.get(into[one.entity_id])
        found.append(one if row is None else replace(
            one, entity_id=row.id, was=one.was or one.entity_id, kind=EntityKind(row.kind), name=row.name,
            countries=(row.country,) if row.country else (),
        ))  # fmt: skip
    return found


def beside(mentions: Iterable[Mention], decided: Sequence[Mention]) -> list[Mention]:
    """The mentions that stand nowhere where one stands of which an operator decided."""
    return [one for one in mentions if all(one.end <= its.start or one.start >= its.end for its in decided)]
