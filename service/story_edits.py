"""What operators decide on stories: two are one, one is two, a document belongs elsewhere; the machine never undoes it.

A decision is made in the stream that its maker sees, and holds there and in the stricter ones; readers cleared for less
see nothing of it, for it may rest on what they may not know.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from domain.document import Filters
from domain.errors import InputError, NotFoundError
from domain.ids import digest
from domain.time import now
from index.filters import visible
from index.store import schema as s
from index.store import sources
from index.store import stories as store
from service import story_placing
from service.search import seen_by
from service.wiring import Home


def merge(home: Home, first: str, second: str, *, by: str, note: str = "") -> str:
    """Two stories are one; gives the id of the one that stays, the older.

    Raises:
        NotFoundError: one of them is not shown to this reader. InputError: they are one already.
    """

    def decide(c: Connection, level: int) -> str:
        a, b = (_known(home, c, level, one) for one in (first, second))
        if a == b:
            raise InputError("these are one story already", item=f"{first}, {second}", stage="stories")
        x = s.stories.c
        rows = {row.id: row for row in c.execute(select(s.stories).where(x.level == level, x.id.in_([a, b])))}
        into, other = sorted((a, b), key=lambda one: (rows[one].first, one))
        for at in _levels(c, level):
            if all(store.is_story(c, at, one) for one in (into, other)):
                mine, theirs = (store.now_called(c, at, one) for one in (into, other))
                if mine != theirs:
                    store.join(
                        c, at, mine, theirs, at=now(), by=by, body=_reason(note, "an operator put them together")
                    )
                    _bound(c, at, mine)
        sources.note(c, at=now(), action="merge stories", subject=into, detail=f"{other} by {by}")
        return into

    return _decided(home, decide)


def split(home: Home, story: str, documents: Sequence[str], *, by: str, note: str = "") -> str:
    """Some documents of a story are another; gives that one's id.

    Raises:
        NotFoundError: the story is not shown to this reader. InputError: a document is not in it, or none would stay.
    """

    def decide(c: Connection, level: int) -> str:
        name = _known(home, c, level, story)
        held = _documents(home, c, level, name)
        chosen = [_held_as(held, one) for one in dict.fromkeys(documents)]
        if not chosen or set(chosen) == set(held):
            raise InputError("a story is parted by naming some of its documents, not all", item=story, stage="stories")
        new = "s" + digest(("split", name, *sorted(chosen), now().isoformat()))
        for at in _levels(c, level):
            _away(c, at, chosen, new, what="split", by=by, body=_reason(note, "an operator parted them"))
        detail = f"from {name} by {by}"
        sources.note(c, at=now(), action="split story", subject=new, detail=detail)
        return new

    return _decided(home, decide)


def move(home: Home, document: str, story: str, *, by: str, note: str = "") -> str:
    """A document belongs to another story; gives that one's id.

    Raises:
        NotFoundError: the document or the story is not shown to this reader. InputError: it is in that story already.
    """

    def decide(c: Connection, level: int) -> str:
        name = _known(home, c, level, story)
        own = _shown(home, c, document)
        row = store.where(c, level, own)
        if row is None:
            raise NotFoundError("no such document", item=document, stage="stories")
        if row.story_id == name:
            raise InputError("it is in that story already", item=document, stage="stories")
        for at in _levels(c, level):
            if store.is_story(c, at, name):
                _away(c, at, [own], name, what="moved", by=by, body=_reason(note, "an operator moved it"))
        sources.note(c, at=now(), action="move to story", subject=own, detail=f"{name} by {by}")
        return name

    return _decided(home, decide)


def _decided(home: Home, decide: Callable[[Connection, int], str]) -> str:
    story_placing.place(home)
    with home.writing(), home.write() as c:
        level = store.level_for(c, int(home.settings.reader.clearance))
        if level is None:
            raise NotFoundError("there are no stories", item="", stage="stories")
        return decide(c, level)


def _levels(c: Connection, level: int) -> list[int]:
    return [one for one in store.levels(c) if one >= level]


def _reason(note: str, otherwise: str) -> dict[str, Any]:
    return {"reason": note or otherwise}


def _away(
    c: Connection, level: int, documents: Sequence[str], into: str, *, what: str, by: str, body: dict[str, Any]
) -> None:  # fmt: skip
    """Put documents of a level into a story, made where it is new, out of whatever stories they are in there."""
    target = store.now_called(c, level, into)
    left: dict[str, list[str]] = {}
    for one in documents:
        row = store.where(c, level, one)
        if row is not None and row.story_id != target:
            left.setdefault(row.story_id, []).append(one)
    for story, mine in left.items():
        if not store.is_story(c, level, target):
            moment = c.execute(select(s.stories).where(s.stories.c.level == level, s.stories.c.id == story)).one()
            store.add_story(c, level, target, first=moment.first, last=moment.last)
        store.part(c, level, story, target, mine, at=now(), what=what, by=by, body=body)
        _bound(c, level, story)
    _bound(c, level, target)


def _bound(c: Connection, level: int, story: str) -> None:
    """The times of a story as its documents have them; an operator's story is not parted by the machine."""
    t, v, x = s.story_documents.c, s.versions.c, s.stories.c
    query = select(v.at).join(s.story_documents, t.version_id == v.id).where(t.level == level, t.story_id == story)
    times: list[datetime] = list(c.scalars(query))
    values: dict[str, Any] = {"body": {"fixed": True}}
    if times:
        values |= {"first": min(times), "last": max(times)}
    c.execute(update(s.stories).where(x.level == level, x.id == story).values(**values))


# --- what is meant


def _known(home: Home, c: Connection, level: int, story: str) -> str:
    """The story of an id as it is called now.

    Raises:
        NotFoundError: none of its documents is shown to this reader.
    """
    name = store.now_called(c, level, story)
    if not _documents(home, c, level, name):
        raise NotFoundError("no such story", item=story, stage="stories")
    return name


def _documents(home: Home, c: Connection, level: int, story: str) -> dict[str, str | None]:
    """The documents of a story that this reader sees, with their external ids."""
    t, v, d = s.story_documents.c, s.versions.c, s.documents.c
    query = (
        select(d.id, d.external_id).select_from(s.story_documents.join(s.versions, v.id == t.version_id)
                                                .join(s.documents, d.id == v.document_id))
        .where(t.level == level, t.story_id == story, *visible(seen_by(home, Filters())))
    )  # fmt: skip
    return {row.id: row.external_id for row in c.execute(query)}


def _held_as(held: dict[str, str | None], named: str) -> str:
    if named in held:
        return named
    found = [one for one, external in held.items() if external == named]
    if len(found) != 1:
        raise InputError("it is not a document of this story", item=named, stage="stories")
    return found[0]


def _shown(home: Home, c: Connection, named: str) -> str:
    """The id of a document by its id or external id.

    Raises:
        NotFoundError: this reader is shown none, or several.
    """
    d = s.documents.c
    query = select(d.id).select_from(s.versions.join(s.documents)).where(
        (d.id == named) | (d.external_id == named), *visible(seen_by(home, Filters())))  # fmt: skip
    found = list(c.scalars(query.distinct()))
    if len(found) != 1:
        raise NotFoundError("no such document" if not found else "several documents are called so", item=named,
                            stage="stories")  # fmt: skip
    return str(found[0])
