"""New versions put into stories as they arrive: a cheap step after each ingest, and by ``vedette watch``.

What is taken in last is put last, in the order in which it was known, a lot in a transaction. A kill in between leaves
whole lots, and the next step goes on with the rest as if it had never been broken off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import Connection, select

from domain.errors import ModelError, VedetteError
from index.store import schema as s
from index.store import stories as store
from index.store.schema import AnyRow
from index.stories.stream import Stream
from index.stories.terms import Terms
from models import registry
from service.logging import get_logger
from service.wiring import Home

log = get_logger(__name__)
LOT = 200
"""Versions put in one transaction."""
SLACK = timedelta(days=4)
"""Beyond the window, what is kept in memory on either side of the versions that come."""

Progress = Callable[[int, str], None]
Stop = Callable[[], bool]


@dataclass(slots=True)
class Put:
    """What a step did: versions put into stories, stories opened, merged, split."""

    documents: int = 0
    opened: int = 0
    merged: int = 0
    split: int = 0


@dataclass(slots=True)
class _Held:
    """A stream in memory, the span of time whose stories it holds, and the state of the store it is that of."""

    stream: Stream
    encoder: str
    since: datetime | None = None
    until: datetime | None = None
    state: tuple[int, int, int] = (0, 0, 0)


@dataclass(slots=True)
class Streams:
    """The streams of a home that are in memory, by level."""

    held: dict[int, _Held] = field(default_factory=dict)


def terms_of(home: Home) -> Terms:
    """What is one story here: a language that the encoder was not trained for is joined by its names."""
    return Terms(weak=weak_languages(home))


def weak_languages(home: Home) -> frozenset[str]:
    """Of the languages measured for this, those that the encoder in use does not know; Vietnamese may be one."""
    try:
        known = set(registry.manifest(home.settings.models.encoder).languages)
    except ModelError:
        return frozenset()
    _, parts = registry.parted(home.encoder.id)
    return frozenset({"vi"} - known - set(parts)) if known else frozenset()


def place(home: Home, *, stop: Stop | None = None, progress: Progress | None = None) -> Put:
    """Bring the stories up to what is held; gives what was done.

    Raises:
        StoreError: the database refuses; what was put before that stays.
    """
    done = Put()
    if home.reads_only:
        return done
    with home.read() as c:
        if not store.count_pending(c):
            return done
    with home.writing():
        with home.write() as c:
            todo = store.pending(c)
            # First of all: what was raised to a label that nothing had yet keeps its story there.
            labels = {row.label for row in todo}
            for level in sorted(labels - set(store.levels(c))):
                store.open_level(c, level)
            store.tidy(c)
            todo = store.pending(c)
            levels = sorted(labels | set(store.levels(c)))
        for start in range(0, len(todo), LOT):
            if stop is not None and stop():
                break
            lot = todo[start : start + LOT]
            streams = home.stories or Streams()
            home.stories = None  # what is in memory is good only if the transaction is
            with home.write() as c:
                _place(home, c, lot, levels, streams, done)
            home.stories = streams
            if progress is not None:
                progress(start + len(lot), "stories")
    return done


def brought_up(home: Home) -> None:
    """``place`` for whoever reads: where the store cannot be written now, what is new stands by itself until later."""
    try:
        place(home)
    except VedetteError as error:
        log.warning("stories are behind what is held: %s", error)


def _place(
    home: Home, c: Connection, lot: list[AnyRow], levels: Sequence[int], streams: Streams, done: Put
) -> None:  # fmt: skip
    """Put versions into the stories of every level that may see them."""
    for level in levels:
        mine = [row for row in lot if row.label <= level]
        if mine:
            _place_at(home, c, level, mine, streams, done if level == levels[-1] else Put())
    done.documents += len(lot)


def _place_at(home: Home, c: Connection, level: int, rows: list[AnyRow], streams: Streams, done: Put) -> None:
    """Put versions into the stories of one level, in order."""
    encoder = home.encoder
    t = s.story_documents.c
    there = set(c.scalars(select(t.version_id).where(t.level == level, t.version_id.in_([row.id for row in rows]))))
    rows = [row for row in rows if row.id not in there]
    ids = [row.id for row in rows]
    read = store.tellings(c, ids, level=level, encoder=encoder.id, dimension=encoder.dimension)
    copies = store.copies_of(c, ids)
    held = _stream(home, c, level, streams)
    held.stream.taken = partial(store.is_story, c, level)
    for row in rows:
        own = store.where(c, level, row.document_id)
        if not row.newest and own is not None:
            store.follow(c, level, row.id, row.document_id)
            continue
        one = read[row.id]
        _reach(home, c, held, level, row.at)
        if own is not None and own.story_id not in held.stream.stories:
            x = s.stories.c
            story = c.execute(select(x.first, x.last).where(x.level == level, x.id == own.story_id)).first()
            if story is not None:
                _reach(home, c, held, level, story.first)
        placed = held.stream.take(one.telling, one.vector, copies=sorted(copies[row.id]),
                                  own=None if own is None else own.story_id,
                                  pinned=own is not None and bool(own.pinned))  # fmt: skip
        store.keep(c, level, store.Done(row.id, row.document_id, row.known, placed), held.stream)
        done.opened += placed.opened
        done.merged += len(placed.merges)
        done.split += placed.split is not None
    if rows:
        _forget(held, rows)
    held.state = store.state_of(c, level)


def _stream(home: Home, c: Connection, level: int, streams: Streams) -> _Held:
    """The stream of a level: as it is in memory where that is the store's state, else made again."""
    held = streams.held.get(level)
    encoder = home.encoder
    if held is not None and held.encoder == encoder.id and held.state == store.state_of(c, level):
        return held
    stream = Stream(encoder.dimension, terms=terms_of(home))
    store.restore_usual(c, stream, level, encoder=encoder.id, dimension=encoder.dimension)
    held = streams.held[level] = _Held(stream, encoder.id)
    return held


def _reach(home: Home, c: Connection, held: _Held, level: int, at: datetime) -> None:
    """See that the stories around a time are in memory: a late document, or a clock set back, finds its story."""
    window = held.stream.terms.window
    since, until = _moved(at, -window), _moved(at, window)
    if held.since is not None and held.until is not None and held.since <= since and until <= held.until:
        return
    encoder = home.encoder
    far = (
        held.since is None
        or held.until is None
        or until < _moved(held.since, -SLACK)
        or since > _moved(held.until, SLACK)
    )
    if far:
        held.stream.drop(since, until)
        held.since, held.until = _moved(since, -SLACK), _moved(until, SLACK)
    else:
        assert held.since is not None
        assert held.until is not None
        held.since, held.until = min(held.since, _moved(since, -SLACK)), max(held.until, _moved(until, SLACK))
    store.restore_around(c, held.stream, level, held.since, held.until, encoder=encoder.id,
                         dimension=encoder.dimension)  # fmt: skip


def _moved(at: datetime, by: timedelta) -> datetime:
    """A time moved, no further than the calendar goes: a document may claim to be of the year one."""
    try:
        return at + by
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if by > timedelta(0) else datetime.min.replace(tzinfo=UTC)


def _forget(held: _Held, rows: list[AnyRow]) -> None:
    """Keep in memory no more than the window around the versions that came last."""
    window = held.stream.terms.window + SLACK
    since, until = _moved(min(row.at for row in rows), -window), _moved(max(row.at for row in rows), window)
    held.stream.drop(since, until)
    held.since = since if held.since is None else max(held.since, since)
    held.until = until if held.until is None else min(held.until, until)


__all__ = ["Put", "Streams", "brought_up", "place", "terms_of", "weak_languages"]
