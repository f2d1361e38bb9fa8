"""Names of entities as their least strict documents spell them; put right where they are not.

An entity that only recognisers saw is shown by a name as a text wrote it. Its readers may see no spelling that only
stricter documents have. What is stored now keeps to that; what was stored before, and what stays when a document is
deleted or relabelled, is put right here (``vedette doctor --repair``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, func, select, union_all, update

from domain.entity import EntityKind
from domain.label import Label
from index.store import identities
from index.store import schema as s
from nlp.linking import name_id
from service.wiring import Home


@dataclass(frozen=True, slots=True)
class Respelt:
    """An entity, the name it is shown by, and the one its least strict documents give it.

    ``label`` is the least strict one under which the name that is shown now stands in a text: that it was wrong is told
    to nobody below.
    """

    id: str
    name: str
    wanted: str
    label: Label


def wrong(home: Home) -> list[Respelt]:
    """Entities shown in a spelling that only stricter documents have, as far as this reader may know of it."""
    with home.read() as c:
        return [one for one in _wrong(c) if one.label <= home.settings.reader.clearance]


def repair(home: Home) -> int:
    """Have every entity be called as its least strict documents spell it; gives how many of those, as far as this
    reader may know of them, were not."""
    with home.write() as c:
        found = list(_wrong(c))
        for one in found:
            c.execute(update(s.entities).where(s.entities.c.id == one.id).values(name=one.wanted))
    return sum(one.label <= home.settings.reader.clearance for one in found)


def _wrong(c: Connection) -> Iterator[Respelt]:
    m, v = s.mentions.c, s.versions.c
    read = union_all(
        *(
            select(column.label("entity"), v.label.label("label"), m.surface, func.min(m.id).label("first"))
            .select_from(s.mentions.join(s.versions, v.id == m.version_id))
            .where(column.startswith("name:"))
            .group_by(column, v.label, m.surface)
            for column in (m.entity_id, m.was)
        )
    ).subquery()
    told = select(read).where(read.c.entity.in_(
        # One label has no stricter one.
        select(read.c.entity).group_by(read.c.entity).having(func.min(read.c.label) < func.max(read.c.label))
    ))  # fmt: skip
    spelt: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for row in c.execute(told):
        spelt[row.entity].append((row.label, row.first, row.surface))
    for one, row in sorted(identities.described(c, spelt).items()):
        least = min(label for label, _, _ in spelt[one])
        spoken = [surface for label, _, surface in sorted(spelt[one]) if label == least]
        stricter = [label for label, _, surface in spelt[one] if row.name in surface]
        # A name may stand in no text as it is: its case endings are taken off it.
        if any(row.name in surface for surface in spoken) or not stricter:
            continue
        names = [name for surface in spoken for name in names_in(surface, one, EntityKind(row.kind))]
        yield Respelt(one, row.name, (names or spoken)[0], Label(min(stricter)))


def names_in(surface: str, entity: str, kind: EntityKind) -> list[str]:
    """The whole name in a text as written there, titles before it and what follows aside; none of a part of a name.

    >>> names_in("President Pyotr Sidorov", "name:person:pyotr-sidorov", EntityKind.PERSON)
    ['Pyotr Sidorov']
    """
    words = surface.split()
    return [run for run in _runs(words) if name_id(kind, run) == entity][:1]


def _runs(words: list[str]) -> Iterable[str]:
    """All stretches of words, the longest first."""
    for size in range(len(words), 0, -1):
        for start in range(len(words) - size + 1):
            yield " ".join(words[start : start + size])
