"""What operators decided of entities, as it is kept: merges, splits, names, added entities, pairs kept apart.

A row is never changed but to be undone. What it brought about (links, names) goes with it; mentions that a split moved
are moved back by ``index.store.splits``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Connection, and_, delete, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from domain.errors import NotFoundError
from domain.label import Label
from domain.time import now
from index.store import schema as s
from index.store.identities import lots
from index.store.schema import AnyRow
from index.store.sources import note

What = Literal["merge", "apart", "split", "add", "name"]
WHATS: tuple[What, ...] = get_args(What)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision.

    Attributes:
        entity_id: the entity it is about. body: what was decided, by ``what``: ``into`` of a merge; ``other`` of a pair
            kept apart; ``name``, ``lang``, ``country``, ``with`` and ``into`` of a split; ``name`` and ``lang`` of a
            name; ``kind``, ``name``, ``country`` and ``names`` of an added entity; ``note`` of any.
        label: who may know of it. undone: when it was taken back.
    """

    id: int
    at: datetime
    by: str
    what: What
    entity_id: str
    body: Mapping[str, Any]
    label: Label
    undone: datetime | None = None
    undone_by: str | None = None

    @property
    def entities(self) -> tuple[str, ...]:
        """Every entity it speaks of."""
        named = (self.entity_id, self.body.get("into"), self.body.get("other"))
        return tuple(dict.fromkeys(one for one in named if isinstance(one, str)))


def decided(
    c: Connection, *, clearance: Label, entities: Iterable[str] | None = None, what: What | None = None,
    undone: bool = True, limit: int | None = None,
) -> list[Decision]:  # fmt: skip
    """Decisions that this reader may know of, the newest first; of some entities, where they are named."""
    d = s.entity_decisions.c
    query = select(s.entity_decisions).where(d.label <= int(clearance)).order_by(d.id.desc())
    if what is not None:
        query = query.where(d.what == what)
    if not undone:
        query = query.where(d.undone.is_(None))
    if entities is not None:
        mine = list(entities)
        about = (d.entity_id, d.body["into"].as_string(), d.body["other"].as_string())
        query = query.where(or_(*(column.in_(mine) for column in about)))
    return [_decision(row) for row in c.execute(query.limit(limit))]


def one(c: Connection, number: int, *, clearance: Label) -> Decision:
    """The decision of this number.

    Raises:
        NotFoundError: there is none that this reader may know of.
    """
    d = s.entity_decisions.c
    known = -(2**63) <= number < 2**63
    row = (
        c.execute(select(s.entity_decisions).where(d.id == number, d.label <= int(clearance))).first()
        if known
        else None
    )
    if row is None:
        raise NotFoundError("no such decision", item=str(number), stage="entities")
    return _decision(row)


def _decision(row: AnyRow) -> Decision:
    return Decision(id=row.id, at=row.at, by=row.by, what=row.what, entity_id=row.entity_id, body=row.body,
                    label=Label(row.label), undone=row.undone, undone_by=row.undone_by)  # fmt: skip


def decide(
    c: Connection, what: What, entity: str, body: Mapping[str, Any], *, label: Label, by: str
) -> Decision:  # fmt: skip
    """Store a decision, noted in the audit by its number alone."""
    at = now()
    values = {"at": at, "by": by, "what": what, "entity_id": entity, "body": dict(body), "label": int(label)}
    key = c.execute(insert(s.entity_decisions).values(**values)).inserted_primary_key
    assert key is not None
    note(c, at=at, action=f"entity {what}", subject=subject(int(key[0])), detail=f"by {by}")
    return Decision(id=int(key[0]), at=at, by=by, what=what, entity_id=entity, body=dict(body), label=label)


def subject(number: int) -> str:
    """What a decision is called in the audit."""
    return f"decision {number}"


def link(
    c: Connection, entity: str, into: str, *, label: Label, how: Literal["operator", "names"] = "operator",
    decision: int | None = None, score: float | None = None,
) -> None:  # fmt: skip
    """Have an entity be another for readers cleared for the label; takes the place of a link at that label."""
    values = {"into_id": into, "how": how, "decision_id": decision, "score": score}
    c.execute(upsert(s.entity_links).values(entity_id=entity, label=int(label), **values)
              .on_conflict_do_update(index_elements=["entity_id", "label"], set_=values))  # fmt: skip


def unlink_names(c: Connection) -> int:
    """Take away the links that names alone made; gives how many."""
    return c.execute(delete(s.entity_links).where(s.entity_links.c.how == "names")).rowcount


def name(c: Connection, entity: str, text: str, *, lang: str, label: Label, decision: int) -> None:
    """Have an entity go by a name."""
    values = {"lang": lang, "decision_id": decision}
    c.execute(upsert(s.entity_names).values(entity_id=entity, name=text, label=int(label), **values)
              .on_conflict_do_update(index_elements=["entity_id", "name", "label"], set_=values))  # fmt: skip


def add_entity(
    c: Connection, entity: str, *, kind: str, name: str, country: str | None = None, lat: float | None = None,
    lon: float | None = None,
) -> None:  # fmt: skip
    """Make an entity's row, where there is none."""
    values = {"kind": kind, "name": name, "country": country, "lat": lat, "lon": lon}
    c.execute(upsert(s.entities).values(id=entity, **values).on_conflict_do_nothing())


def undo(c: Connection, decision: Decision, *, by: str) -> None:
    """Take a decision back, with the links and names that it brought."""
    at, d = now(), s.entity_decisions.c
    c.execute(update(s.entity_decisions).where(d.id == decision.id).values(undone=at, undone_by=by))
    for table in (s.entity_links, s.entity_names):
        c.execute(delete(table).where(table.c.decision_id == decision.id))
    note(c, at=at, action="entity undo", subject=subject(decision.id), detail=f"by {by}")


def given_names(c: Connection, *, clearance: Label) -> list[AnyRow]:
    """Every name in force that operators gave, for readers of this clearance, with the entity's row."""
    n, e = s.entity_names.c, s.entities.c
    query = (
        select(n.entity_id, n.name, n.lang, n.label, n.decision_id, e.kind, e.name.label("known_as"), e.country,
               e.lat, e.lon)
        .join(s.entities, e.id == n.entity_id).where(n.label <= int(clearance))
        .order_by(n.entity_id, n.decision_id, n.name)
    )  # fmt: skip
    return list(c.execute(query))


def kept_apart(c: Connection, *, clearance: Label) -> frozenset[frozenset[str]]:
    """Pairs of entities that operators said are two."""
    held = decided(c, clearance=clearance, what="apart", undone=False)
    return frozenset(frozenset((one.entity_id, str(one.body.get("other")))) for one in held)


# --- what is left when documents go


def forget(c: Connection, gone: Iterable[str]) -> int:
    """Erase the decisions about names that only documents knew which are erased now, undone ones too, with their links.

    ``gone`` are entities that nothing names any more. Entities that an operator added, or that the gazetteer knows,
    are no trace of a document; what was decided of them stays.
    """
    d, t, erased = s.entity_decisions.c, s.entity_links.c, 0
    for lot in lots(one for one in gone if one.startswith("name:")):
        c.execute(delete(s.entity_links).where(or_(t.entity_id.in_(lot), t.into_id.in_(lot))))
        about = or_(d.entity_id.in_(lot), d.body["into"].as_string().in_(lot), d.body["other"].as_string().in_(lot))
        erased += c.execute(delete(s.entity_decisions).where(about)).rowcount
    return erased


def needed(c: Connection, ids: Iterable[str]) -> set[str]:
    """Of some entities those that decisions or links speak of, and that are no trace of a document."""
    d, t = s.entity_decisions.c, s.entity_links.c
    found: set[str] = set()
    for lot in lots(one for one in ids if not one.startswith("name:")):
        for column in (t.entity_id, t.into_id, d.entity_id):
            found |= set(c.scalars(select(column).where(column.in_(lot))))
        for key in ("into", "other"):
            column = d.body[key].as_string()
            found |= set(c.scalars(select(column).where(and_(column.in_(lot), d.undone.is_(None)))))
    return found
