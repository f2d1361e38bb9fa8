"""Stories in the store: which version is in which, in the stream of each label, and what became of stories.

A stream is made of the versions whose label is at most its level. There is one for each label that any version has:
what a reader may not see is in none of the streams that are read for that reader. A row stays with its version, so that
the past is read from what was in force then, and nothing is kept of what is erased.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, and_, delete, exists, func, insert, literal, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from domain.label import Label
from index.store import schema as s
from index.store.identities import resolver
from index.store.papers import named_in
from index.store.schema import AnyRow
from index.stories.stream import Stream
from index.stories.telling import READ, Floats, Telling, document_vector
from index.stories.terms import Placed
from index.stories.usual import RECENT, STEP

LOT = 800
PASSAGES = 8
"""So many passages, the first ones, say what a document is about: a story is told at the beginning."""


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """A version as the stream sees it."""

    version: int
    telling: Telling
    vector: Floats


# --- what is to be placed


def levels(c: Connection) -> list[int]:
    """The levels that there are streams of, laxest first."""
    return list(c.scalars(select(s.story_documents.c.level).distinct().order_by(s.story_documents.c.level)))


def pending(c: Connection, *, limit: int | None = None) -> list[AnyRow]:
    """Versions that are in no stream of their label yet, in the order in which they were known."""
    v, t = s.versions.c, s.story_documents.c
    placed = exists().where(t.version_id == v.id, t.level == v.label)
    query = (
        select(v.id, v.document_id, v.known, v.at, v.label, v.superseded.is_(None).label("newest"))
        .where(~placed).order_by(v.known, v.at, v.document_id, v.n)
    )  # fmt: skip
    return list(c.execute(query if limit is None else query.limit(limit)))


def count_pending(c: Connection) -> int:
    """How many versions are in no stream of their label yet."""
    v, t = s.versions.c, s.story_documents.c
    placed = exists().where(t.version_id == v.id, t.level == v.label)
    return int(c.scalar(select(func.count()).select_from(s.versions).where(~placed)) or 0)


def tidy(c: Connection) -> int:
    """Take what was raised to a stricter label out of the streams below it; gives how many rows went."""
    v, t = s.versions.c, s.story_documents.c
    raised = exists().where(v.id == t.version_id, v.label > t.level)
    gone = c.execute(delete(s.story_documents).where(raised)).rowcount
    return gone + prune(c)


def prune(c: Connection) -> int:
    """Take away stories that no document is in any more, and what is told of their past."""
    t, x, k = s.story_documents.c, s.stories.c, s.story_changes.c
    used = exists().where(t.level == x.level, (t.story_id == x.id) | (t.joined_id == x.id))
    gone = c.execute(delete(s.stories).where(~used)).rowcount
    if gone:
        known = exists().where(x.level == k.level, x.id == k.story_id)
        c.execute(delete(s.story_changes).where(~known))
    return gone


def told_in(c: Connection, documents: Sequence[str]) -> set[tuple[int, str]]:
    """The stories that documents are in, with their levels."""
    t = s.story_documents.c
    found: set[tuple[int, str]] = set()
    for start in range(0, len(documents), LOT):
        query = select(t.level, t.story_id).where(t.document_id.in_(list(documents[start : start + LOT])))
        found |= {(row.level, row.story_id) for row in c.execute(query.distinct())}
    return found


def settle(c: Connection, told: Iterable[tuple[int, str]]) -> None:
    """Give stories that documents were erased from the times of what is left; take away those that are empty."""
    t, v, x = s.story_documents.c, s.versions.c, s.stories.c
    for level, story in sorted(told):
        query = select(func.min(v.at), func.max(v.at)).join(s.story_documents, t.version_id == v.id)
        first, last = c.execute(query.where(t.level == level, t.story_id == story)).one()
        if first is not None:
            mine = (x.level == level, x.id == story)
            c.execute(update(s.stories).where(*mine).values(first=first, last=last))
    prune(c)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the stories stand: how many, in how many streams; versions in none, and rows that should not be."""

    stories: int
    levels: int
    pending: int
    lost: int


def standing(c: Connection) -> Standing:
    """How the stories stand beside what is held."""
    t, v, x = s.story_documents.c, s.versions.c, s.stories.c
    stories = c.scalar(select(func.count()).select_from(s.stories).where(x.state == "open")) or 0
    unknown = ~exists().where(x.level == t.level, x.id == t.story_id)
    raised = exists().where(v.id == t.version_id, v.label > t.level)
    lost = c.scalar(select(func.count()).select_from(s.story_documents).where(unknown | raised)) or 0
    return Standing(int(stories), len(levels(c)), count_pending(c), int(lost))


def open_level(c: Connection, level: int) -> None:
    """Begin the stream of a level: until now it would have been that of the next laxer one."""
    below = [one for one in levels(c) if one < level]
    if not below:
        return
    for table in (s.stories, s.story_documents, s.story_changes):
        columns = [column for column in table.columns if column.name not in ("level", "id") or table is s.stories]
        names = [column.name for column in columns if column.name != "level"]
        shown = [table.c[name] for name in names]
        source = select(*shown, literal(level)).where(table.c.level == below[-1])
        if table is s.story_changes:
            source = source.order_by(table.c.id)
        c.execute(insert(table).from_select([*names, "level"], source))


def tellings(c: Connection, versions: Sequence[int], *, level: int, encoder: str, dimension: int) -> dict[int, Read]:
    """Versions as the stream of a level sees them; a passage without a vector by this encoder counts for nothing."""
    found: dict[int, Read] = {}
    one = resolver(c, clearance=Label(level))
    v, d, p, x = s.versions.c, s.documents.c, s.passages.c, s.vectors.c
    for start in range(0, len(versions), LOT):
        ids = list(versions[start : start + LOT])
        parts: dict[int, list[Floats]] = defaultdict(list)
        joined = s.passages.join(s.vectors, (x.passage_id == p.id) & (x.encoder == encoder))
        query = select(p.version_id, x.vector).select_from(joined).where(p.version_id.in_(ids), p.n < PASSAGES)
        for row in c.execute(query.order_by(p.version_id, p.n)):
            vector = np.frombuffer(row.vector, "<f2").astype(np.float32)
            if len(vector) == dimension:
                parts[row.version_id].append(vector)
        entities, countries = named_in(c, ids, one=one)
        rows = (
            select(v.id, v.document_id, v.title, func.substr(v.text, 1, READ).label("text"), v.lang, v.at,
                   d.external_id, s.sources.c.name.label("source"))
            .select_from(s.versions.join(s.documents).join(s.sources)).where(v.id.in_(ids))
        )  # fmt: skip
        for told in c.execute(rows):
            telling = Telling(
                id=told.document_id, title=told.title, source=told.source, lang=told.lang, at=told.at, text=told.text,
                external_id=told.external_id, entities=frozenset(entities[told.id]),
                countries=frozenset(countries[told.id]),
            )  # fmt: skip
            held = np.array(parts[told.id], np.float32).reshape(-1, dimension)
            found[told.id] = Read(told.id, telling, document_vector(held))
    return found


def copies_of(c: Connection, versions: Sequence[int]) -> dict[int, set[str]]:
    """For each version the documents that it is known to repeat, or that repeat it."""
    n, v = s.near.c, s.versions.c
    found: dict[int, set[str]] = defaultdict(set)
    for start in range(0, len(versions), LOT):
        ids = list(versions[start : start + LOT])
        for own, other in ((n.version_id, n.other_id), (n.other_id, n.version_id)):
            query = select(own.label("own"), v.document_id).join(s.versions, v.id == other).where(own.in_(ids))
            for row in c.execute(query):
                found[row.own].add(row.document_id)
    return found


# --- a stream made again from what is kept


def state_of(c: Connection, level: int) -> tuple[int, int, int]:
    """What tells whether a stream in memory is still that of the store."""
    t, k = s.story_documents.c, s.story_changes.c
    last, count = c.execute(select(func.max(t.n), func.count()).where(t.level == level)).one()
    changes = c.scalar(select(func.max(k.id)).where(k.level == level))
    return int(last or 0), int(count), int(changes or 0)


def restore_usual(c: Connection, stream: Stream, level: int, *, encoder: str, dimension: int) -> None:
    """Take up the documents that a stream took in last."""
    t = s.story_documents.c
    last = int(c.scalar(select(func.max(t.n)).where(t.level == level)) or 0)
    query = select(t.version_id, t.n).where(t.level == level, t.n > max(0, last - RECENT - STEP)).order_by(t.n)
    rows = c.execute(query).all()
    read = tellings(c, [row.version_id for row in rows], level=level, encoder=encoder, dimension=dimension)
    stream.restore_usual(
        [(row.n, read[row.version_id].telling, read[row.version_id].vector) for row in rows if row.version_id in read]
    )
    stream.n = last
    stream.apart = apart(c, level)


def restore_around(
    c: Connection, stream: Stream, level: int, since: datetime, until: datetime, *, encoder: str, dimension: int
) -> None:  # fmt: skip
    """Take up the stories of a stream that reach into a span of time, but for those that are in memory."""
    x, t = s.stories.c, s.story_documents.c
    query = select(s.stories).where(x.level == level, x.state == "open", x.last >= since, x.first <= until)
    rows = [row for row in c.execute(query.order_by(x.first, x.id)) if row.id not in stream.stories]
    for start in range(0, len(rows), LOT):
        part = rows[start : start + LOT]
        newest: dict[str, AnyRow] = {}
        held = select(t.document_id, t.version_id, t.story_id, t.n, t.copy).where(
            t.level == level, t.story_id.in_([row.id for row in part]), t.n > 0
        )
        for row in c.execute(held.order_by(t.n)):
            newest[row.document_id] = row
        read = tellings(c, [row.version_id for row in newest.values()], level=level, encoder=encoder,
                        dimension=dimension)  # fmt: skip
        by_story: dict[str, list[tuple[int, Telling, Floats, bool]]] = defaultdict(list)
        for row in newest.values():
            if row.version_id in read:
                one = read[row.version_id]
                by_story[row.story_id].append((row.n, one.telling, one.vector, bool(row.copy)))
        for row in part:
            stream.restore(row.id, row.first, row.last, documents=by_story[row.id], near=row.body.get("near"),
                           fixed=bool(row.body.get("fixed")))  # fmt: skip


def apart(c: Connection, level: int) -> set[frozenset[str]]:
    """Pairs of stories that an operator parted and none put together since."""
    k = s.story_changes.c
    pairs: set[frozenset[str]] = set()
    query = select(k.what, k.story_id, k.other_id, k.by).where(k.level == level, k.what != "moved").order_by(k.id)
    moved = select(k.id, k.what, k.story_id, k.other_id, k.by).where(k.level == level, k.by.is_not(None))
    every = {row.id: row for row in c.execute(moved)}
    for row in c.execute(query.add_columns(k.id)):
        every[row.id] = row
    for _, row in sorted(every.items()):
        pair = frozenset((row.story_id, row.other_id))
        if row.what == "merged":
            pairs.discard(pair)
            pairs = {frozenset(row.story_id if one == row.other_id else one for one in held) for held in pairs}
        elif row.by is not None:
            pairs.add(pair)
    return {pair for pair in pairs if len(pair) == 2}


# --- what became of documents


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """A version that the stream took, and what came of it; ``known``: when the version was."""

    version: int
    document: str
    known: datetime
    placed: Placed


def keep(c: Connection, level: int, done: Done, stream: Stream) -> None:
    """Keep what became of a version."""
    placed = done.placed
    c.execute(upsert(s.story_documents).values(
        version_id=done.version, level=level, document_id=done.document, n=placed.n, joined_id=placed.story,
        story_id=placed.story, score=placed.score, copy=int(placed.copy),
    ).on_conflict_do_nothing())  # fmt: skip
    names = set(placed.touched)
    if placed.split is not None:
        one = placed.split
        figures = {"reason": "its documents fell into two groups", "score": one.score,
                   "documents": len(one.documents)}  # fmt: skip
        part(c, level, one.story, one.new, one.documents, at=done.known, what="split", by=None, body=figures)
        names |= {one.story, one.new}
    for merge in placed.merges:
        figures = {"reason": "their documents came to tell the same", "score": merge.score,
                   "documents": merge.documents}  # fmt: skip
        join(c, level, merge.into, merge.other, at=done.known, by=None, body=figures)
        names |= {merge.into}
    keep_stories(c, level, stream, names)


def keep_stories(c: Connection, level: int, stream: Stream, names: Iterable[str]) -> None:
    """Keep the bounds of stories that a stream holds."""
    rows = []
    for name in sorted(names):
        story = stream.stories.get(name)
        if story is not None:
            body: dict[str, Any] = {"near": story.near} if story.near else {}
            body |= {"fixed": True} if story.fixed else {}
            rows.append({"id": name, "level": level, "first": story.first, "last": story.last, "state": "open",
                         "into_id": None, "body": body})  # fmt: skip
    if rows:
        made = upsert(s.stories)
        changed = {key: made.excluded[key] for key in ("first", "last", "state", "into_id", "body")}
        c.execute(made.on_conflict_do_update(index_elements=["id", "level"], set_=changed), rows)


def join(
    c: Connection, level: int, into: str, other: str, *, at: datetime, by: str | None, body: dict[str, Any]
) -> None:  # fmt: skip
    """Put all documents of one story into another."""
    t, x = s.story_documents.c, s.stories.c
    c.execute(update(s.story_documents).where(t.level == level, t.story_id == other).values(story_id=into))
    c.execute(update(s.stories).where(x.level == level, x.id == other).values(state="merged", into_id=into, body={}))
    c.execute(insert(s.story_changes).values(level=level, at=at, what="merged", story_id=into, other_id=other, by=by,
                                             body=body))  # fmt: skip


def part(
    c: Connection, level: int, story: str, new: str, documents: Sequence[str], *, at: datetime, what: str,
    by: str | None, body: dict[str, Any],
) -> int:  # fmt: skip
    """Put documents of a story, with all their versions there, into another; gives how many versions moved."""
    t = s.story_documents.c
    mine = and_(t.level == level, t.story_id == story, t.document_id.in_(list(documents)))
    versions = list(c.scalars(select(t.version_id).where(mine).order_by(t.n, t.version_id)))
    if what == "split":
        c.execute(insert(s.story_changes).values(level=level, at=at, what=what, story_id=new, other_id=story, by=by,
                                                 body=body))  # fmt: skip
    told = body if what == "moved" else {}
    for version in versions:
        c.execute(insert(s.story_changes).values(level=level, at=at, what="moved", story_id=new, other_id=story,
                                                 version_id=version, by=by, body=told))  # fmt: skip
    values: dict[str, Any] = {"story_id": new}
    if by is not None:
        values["pinned"] = 1
    c.execute(update(s.story_documents).where(mine).values(**values))
    return len(versions)


def follow(c: Connection, level: int, version: int, document: str) -> bool:
    """Put an older version that came late where its document is, outside the stream; false where it is nowhere."""
    t = s.story_documents.c
    row = c.execute(
        select(t.story_id).where(t.level == level, t.document_id == document).order_by(t.n.desc()).limit(1)
    ).first()  # fmt: skip
    if row is None:
        return False
    c.execute(upsert(s.story_documents).values(
        version_id=version, level=level, document_id=document, n=0, joined_id=row.story_id, story_id=row.story_id,
        score=None, copy=0,
    ).on_conflict_do_nothing())  # fmt: skip
    return True


def where(c: Connection, level: int, document: str) -> AnyRow | None:
    """The row of the version that stands for a document in the stream."""
    t = s.story_documents.c
    query = select(s.story_documents).where(t.level == level, t.document_id == document)
    return c.execute(query.order_by(t.n.desc()).limit(1)).first()


def add_story(c: Connection, level: int, name: str, *, first: datetime, last: datetime) -> None:
    """Make a story that is empty as yet."""
    c.execute(insert(s.stories).values(id=name, level=level, first=first, last=last, state="open", body={}))


def is_story(c: Connection, level: int, name: str) -> bool:
    """Whether a stream has, or had, a story of this id."""
    x = s.stories.c
    return c.scalar(select(x.id).where(x.level == level, x.id == name)) is not None


# --- reading


def level_for(c: Connection, clearance: int) -> int | None:
    """The stream that a reader of this clearance sees; None where there is none."""
    return max((one for one in levels(c) if one <= clearance), default=None)


def members(
    c: Connection, level: int, *, as_of: datetime | None = None, versions: Sequence[int] | None = None
) -> dict[int, tuple[str, bool]]:  # fmt: skip
    """For each version its story, now or as it was before a moment, and whether it is a copy there."""
    t, k = s.story_documents.c, s.story_changes.c
    query = select(t.version_id, t.joined_id, t.story_id, t.copy).where(t.level == level)
    if versions is None:
        rows = list(c.execute(query))
    else:
        lots = (list(versions[i : i + LOT]) for i in range(0, len(versions), LOT))
        rows = [row for lot in lots for row in c.execute(query.where(t.version_id.in_(lot)))]
    if as_of is None:
        return {row.version_id: (row.story_id, bool(row.copy)) for row in rows}
    story = {row.version_id: row.joined_id for row in rows}
    inside: dict[str, set[int]] = defaultdict(set)
    for version, name in story.items():
        inside[name].add(version)
    past = select(k.what, k.story_id, k.other_id, k.version_id).where(k.level == level, k.at < as_of).order_by(k.id)
    for row in c.execute(past):
        if row.what == "merged":
            for version in inside.pop(row.other_id, set()):
                story[version] = row.story_id
                inside[row.story_id].add(version)
        elif row.what == "moved" and row.version_id in story:
            inside[story[row.version_id]].discard(row.version_id)
            story[row.version_id] = row.story_id
            inside[row.story_id].add(row.version_id)
    return {row.version_id: (story[row.version_id], bool(row.copy)) for row in rows}


def stories_of(
    c: Connection, versions: Sequence[int], *, clearance: int, as_of: datetime | None = None
) -> dict[int, str]:  # fmt: skip
    """The stories that some versions are in as a reader sees them; those that are in none yet are left out."""
    level = level_for(c, clearance)
    if level is None:
        return {}
    return {one: story for one, (story, _) in members(c, level, as_of=as_of, versions=versions).items()}


def changes(
    c: Connection, level: int, *, stories: Iterable[str] | None = None, as_of: datetime | None = None,
    limit: int | None = None,
) -> Iterator[AnyRow]:  # fmt: skip
    """Merges, splits and moves, oldest first, with the document of a move; those of a split are told by the split."""
    k, t = s.story_changes.c, s.story_documents.c
    query = (
        select(s.story_changes, t.document_id)
        .select_from(s.story_changes.outerjoin(
            s.story_documents, (t.version_id == k.version_id) & (t.level == k.level)))
        .where(k.level == level, (k.what != "moved") | (func.json_extract(k.body, "$.reason").is_not(None)))
        .order_by(k.id)
    )  # fmt: skip
    if stories is not None:
        names = sorted(stories)
        query = query.where(k.story_id.in_(names) | k.other_id.in_(names))
    if as_of is not None:
        query = query.where(k.at < as_of)
    rows = c.execute(query).all()
    return iter(rows if limit is None else rows[-limit:])


def now_called(c: Connection, level: int, story: str) -> str:
    """The story that a story was merged into, or itself."""
    x = s.stories.c
    seen = {story}
    while True:
        into = c.scalar(select(x.into_id).where(x.level == level, x.id == story))
        if into is None or into in seen:
            return story
        seen.add(into)
        story = into
