"""Changing the encoder: the vectors of all passages by another one, made in the background and then taken into use.

Lots are read, encoded without any lock, and stored in a short transaction each; a kill loses the lot under way, and
whoever goes on makes what is lacking. Searches, alerts and stories keep to the old encoder until a transaction finds
that no passage lacks a vector by the new one: that same transaction takes it into use. What comes in meanwhile gets
vectors by the old encoder and is made up for before the change. The old vectors stay until they are pruned, so that
changing back costs nothing but what came since.
"""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from sqlalchemy import Connection, delete, func, select, text, update
from sqlalchemy.dialects.sqlite import insert as upsert

from domain.document import Passage
from domain.errors import BusyError, ModelError, StoreError
from domain.protocols import Encoder, Vectors
from domain.time import now
from index import vectors
from index.store import schema as s
from index.store import sources
from index.store.schema import AnyRow
from models.registry import reusable
from nlp import segment
from nlp.embed import pack_parts, part_texts, passage_texts
from service import encoders
from service.encoders import Named
from service.logging import get_logger
from service.wiring import Home

log = get_logger(__name__)
Progress = Callable[[int, str], None]
Stop = Callable[[], bool]
State = Literal["none", "running", "waiting", "stopped", "failed", "complete"]

LOCK = "embed.lock"
PAGE = 1_000
"""Passages looked at together."""
LOT, LOT_GPU = 96, 1_024
"""Passages encoded and stored together: some seconds of a transformer on one core, and lost by a kill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far the vectors by one encoder are.

    Attributes:
        vectors: of the ``passages`` there are, how many have one. size: of all its vectors, in bytes.
        active, wanted: whether searches go by it, and whether they are to.
        state: of making them; ``waiting`` where nobody is at it now.
    """

    encoder: str
    name: str
    dimension: int
    passages: int
    vectors: int
    size: int
    active: bool
    wanted: bool
    state: State
    started: datetime | None = None
    changed: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What some work on vectors did: made anew, taken over from the old encoder, and whether the change is complete."""

    made: int = 0
    reused: int = 0
    complete: bool = False
    encoder: str = ""


# --- what is wanted


def use(home: Home, name: str) -> Done:
    """Want an encoder; where it has all vectors already, it is taken into use at once.

    Raises:
        ModelError: it is unknown or cannot be loaded. NotFoundError and others of the store: the wish was not noted.
    """
    encoder = home.encoders.load(name)
    configured = home.settings.models.encoder
    with home.write() as c:
        encoders.note_wish(c, name, configured=configured)
        _begin(c, Named(name, encoder.id))
    return Done(encoder=encoder.id, complete=_taken(home, Named(name, encoder.id), encoder))


def target(home: Home) -> Named | None:
    """The encoder that is to be taken into use; None where it is the one in use.

    Raises:
        ModelError: what is wanted is unknown.
    """
    with home.read() as c:
        active = home.encoder_at(c).id
        name = home.encoders.wanted(c)
        mark = encoders.noted(c)
    identity = home.encoders.locate(name).identity
    if identity != active:
        return Named(name, identity)
    if mark is not None and mark.id != active:
        return Named(name, identity)  # it stands in for one that cannot be loaded
    return None


def stop(home: Home) -> bool:
    """Ask whoever makes vectors to stop after the lot under way, and nobody to go on; false where nothing is wanted."""
    with home.read() as c:
        active = home.encoder_at(c).id
        name = home.encoders.wanted(c)
    identity = home.encoders.identity(name)
    if identity is None or identity == active:
        return False
    with home.write() as c:
        _begin(c, Named(name, identity), state="stopped")
    return True


def _begin(c: Connection, one: Named, *, state: State = "running") -> None:
    """Note that vectors are to be made; those of other encoders that were under way wait."""
    e, at = s.embeddings.c, now()
    c.execute(update(s.embeddings).where(e.encoder != one.id, e.state == "running").values(state="stopped", changed=at))
    total = int(c.scalar(select(func.count()).select_from(s.passages)) or 0)
    done = int(c.scalar(select(func.count()).where(s.vectors.c.encoder == one.id)) or 0)
    values = {"name": one.name, "state": state, "done": done, "total": total, "changed": at, "error": None}
    put = upsert(s.embeddings).values(encoder=one.id, started=at, **values)
    c.execute(put.on_conflict_do_update(index_elements=["encoder"], set_=values))


# --- the work


def embed(
    home: Home, *, seconds: float | None = None, progress: Progress | None = None, stop: Stop | None = None
) -> Done:  # fmt: skip
    """Make all vectors that are lacking: by the encoder in use, then by the wanted one, and take that into use.

    It can be stopped, or killed, at any moment and run again; ``seconds`` bounds it.

    Raises:
        BusyError: another process is at it. ModelError: the wanted encoder cannot be used.
    """
    until = None if seconds is None else time.monotonic() + seconds
    with _alone(home) as mine:
        if not mine:
            raise BusyError("another process makes vectors on this home folder", item=str(home.path), stage="embed")
        first = catch_up(home, until=until, progress=progress, stop=stop)
        one = target(home)
        if one is None or _over(until, stop):
            return first
        with home.write() as c:
            _begin(c, one)
        done = _towards(home, one, until=until, progress=progress, stop=stop)
    return Done(made=first.made + done.made, reused=done.reused, complete=done.complete, encoder=done.encoder)


def step(home: Home, *, seconds: float, stop: Stop | None = None) -> bool:
    """A little of the work, for a service that does other things too; whether there is more to do.

    Whoever was asked to stop, or failed, is not begun again here; a process that is at it already is left alone.
    """
    try:
        one = target(home)
    except ModelError as error:
        _told_once(home, str(error))
        return False
    if one is None or _kept(home, one.id).state in ("stopped", "failed"):
        return False
    with _alone(home) as mine:
        if not mine:
            return False
        if _kept(home, one.id).state != "running":
            with home.write() as c:
                _begin(c, one)
            log.info("event=embedding encoder=%s", json.dumps(one.id))
        try:
            done = _towards(home, one, until=time.monotonic() + seconds, progress=None, stop=stop)
        except ModelError as error:
            _failed(home, one, error)
            _told_once(home, str(error))
            return False
    if done.complete:
        log.info("event=encoder-changed encoder=%s", json.dumps(one.id))
    return not done.complete


def catch_up_some(home: Home, *, seconds: float, stop: Stop | None = None) -> bool:
    """``catch_up`` for a service that does other things too; whether nothing is left for it to do."""
    until = time.monotonic() + seconds
    with _alone(home) as mine:
        if not mine:
            return True
        try:
            catch_up(home, until=until, stop=stop)
        except ModelError as error:
            _told_once(home, str(error))
            return True
    return time.monotonic() < until or (stop is not None and stop())


def catch_up(
    home: Home, *, until: float | None = None, progress: Progress | None = None, stop: Stop | None = None
) -> Done:  # fmt: skip
    """Make the vectors that passages lack by the encoder in use: of what was imported, or stored while it changed."""
    encoder = home.encoder
    made, size, whole = 0, _lot(encoder), True
    for rows in _lacking(home, encoder.id):
        for start in range(0, len(rows), size):
            whole = whole and not _over(until, stop)
            if not whole:
                break
            made += _made(home, encoder, rows[start : start + size], searched=True)
            if progress is not None:
                progress(made, encoder.id)
        if not whole:
            break
    with home.read() as c:
        mark, name = encoders.noted(c), home.encoders.active_name(c)
    if whole and mark is not None and mark.id != encoder.id:
        # It stood in for one that cannot be loaded here; now it has all vectors.
        with home.write() as c:
            encoders.note_active(c, Named(name, encoder.id))
    if made:
        home.rebuild_index()
    else:
        home.save_index()  # a kill may have come between a change and its files
    return Done(made=made, encoder=encoder.id)


def _towards(
    home: Home, one: Named, *, until: float | None, progress: Progress | None, stop: Stop | None
) -> Done:  # fmt: skip
    encoder = home.encoders.load(one.name)
    with home.read() as c:
        olds = [old for old in encoders.prevailing(c) if old != one.id]
    made, reused, behind = 0, 0, 0
    own: Callable[[str], bool] | None = getattr(encoder, "covers", None)
    while True:
        for rows in _lacking(home, one.id):
            rest = list(rows)
            for old in olds:
                alike = [row for row in rest if _alike(row, old, one.id, own)]
                same = set(_taken_over(home, alike, old=old, new=one.id))
                rest = [row for row in rest if row.id not in same]
                reused, behind = reused + len(same), behind + len(same)
            size = _lot(encoder)
            for start in range(0, len(rest), size):
                if _over(until, stop) or _kept(home, one.id).state == "stopped":
                    _note(home, one.id, behind)
                    return Done(made=made, reused=reused, encoder=one.id)
                lot = rest[start : start + size]
                n = _made(home, encoder, lot, searched=False, also=behind)
                made, behind = made + n, 0
                if progress is not None:
                    progress(made + reused, one.id)
        _note(home, one.id, behind)
        behind = 0
        if _taken(home, one, encoder):
            return Done(made=made, reused=reused, complete=True, encoder=one.id)


def _alike(row: AnyRow, old: str, new: str, own: Callable[[str], bool] | None) -> bool:
    """Whether the old encoder's vector of a passage is the new one's too."""
    if not reusable(old, new, lang=row.lang):
        return False
    return own is None or not any(map(own, [_embedded(row), *_parts(row)]))


def _embedded(row: AnyRow) -> str:
    """What is embedded for a passage: the first one's text stands after the title, as the pipeline has it."""
    return passage_texts(row.title, [Passage(row.n, 0, len(row.text), row.text)], title_first=row.n == 0)[0]


def _parts(row: AnyRow) -> list[str]:
    """What is embedded for its sentences."""
    passage = Passage(row.n, 0, len(row.text), row.text)
    return part_texts(row.title, passage, segment.sentences(row.text, lang=row.lang))


def _lacking(home: Home, encoder: str) -> Iterator[Sequence[AnyRow]]:
    """Passages without a vector by an encoder, a page at a time, by ascending id."""
    p, x, v = s.passages.c, s.vectors.c, s.versions.c
    query = (
        select(p.id, p.text, p.n, v.title, v.lang).join(s.versions)
        .outerjoin(s.vectors, (x.passage_id == p.id) & (x.encoder == encoder))
        .where(x.passage_id.is_(None)).order_by(p.id).limit(PAGE)
    )  # fmt: skip
    last = 0
    while True:
        with home.read() as c:
            rows = c.execute(query.where(p.id > last)).all()
        if not rows:
            return
        last = rows[-1].id
        yield rows


def _made(home: Home, encoder: Encoder, rows: Sequence[AnyRow], *, searched: bool, also: int = 0) -> int:
    """Encode passages and store their vectors; those that were deleted meanwhile are left out."""
    stored, size = 0, _lot(encoder)
    for start in range(0, len(rows), size):
        lot = rows[start : start + size]
        found, parts = _encoded(encoder, lot)
        ids = [row.id for row in lot]
        with home.write() as c:
            held = set(c.scalars(select(s.passages.c.id).where(s.passages.c.id.in_(ids))))
            keep = [i for i, one in enumerate(ids) if one in held]
            vectors.store_vectors(c, vectors.as_ids([ids[i] for i in keep]), found[keep], encoder=encoder.id,
                                  parts=[parts[i] for i in keep], searched=searched)  # fmt: skip
            if not searched:
                _count(c, encoder.id, len(keep) + also)
                also = 0
        stored += len(keep)
    return stored


def _encoded(encoder: Encoder, rows: Sequence[AnyRow]) -> tuple[Vectors, list[bytes]]:
    """The vectors of passages and the stored rows of their sentences, encoded together."""
    told = list(map(_parts, rows))
    every = encoder.encode([*map(_embedded, rows), *(text for some in told for text in some)])
    ends = np.cumsum([len(rows), *map(len, told)])
    return every[: len(rows)], [pack_parts(every[a:b]) for a, b in pairwise(ends)]


def _lot(encoder: Encoder) -> int:
    return LOT_GPU if str(getattr(encoder, "device", "")).startswith("cuda") else LOT


_COPY = text(
    "INSERT OR IGNORE INTO vectors(passage_id, encoder, vector, parts) "
    "SELECT passage_id, :new, vector, parts FROM vectors WHERE passage_id = :passage AND encoder = :old"
)


def _taken_over(home: Home, rows: Sequence[AnyRow], *, old: str, new: str) -> list[int]:
    """Copy vectors that are the same by both encoders; gives the passages that have one now."""
    if not rows:
        return []
    ids = [row.id for row in rows]
    x = s.vectors.c
    with home.write() as c:
        c.execute(_COPY, [{"new": new, "old": old, "passage": one} for one in ids])
        return list(c.scalars(select(x.passage_id).where(x.encoder == new, x.passage_id.in_(ids))))


def _taken(home: Home, one: Named, encoder: Encoder) -> bool:
    """Take an encoder into use where no passage lacks a vector by it; nothing can come between, for nobody writes."""
    p, x, e = s.passages.c, s.vectors.c, s.embeddings.c
    lacking = (
        select(p.id).outerjoin(s.vectors, (x.passage_id == p.id) & (x.encoder == one.id))
        .where(x.passage_id.is_(None)).limit(1)
    )  # fmt: skip
    with home.read() as c:
        if c.scalar(lacking) is not None:
            return False
    with home.write() as c:
        if c.scalar(lacking) is not None:
            return False
        # Somebody may have come to want another in the meantime.
        if home.encoders.identity(home.encoders.wanted(c)) != one.id:
            return False
        before = encoders.noted(c)
        had = home.encoder_at(c).id
        total = int(c.scalar(select(func.count()).select_from(s.passages)) or 0)
        c.execute(update(s.embeddings).where(e.encoder == one.id)
                  .values(state="complete", done=total, total=total, changed=now(), error=None))  # fmt: skip
        if before != one:
            encoders.note_active(c, one)
        if had != one.id:
            detail = {"from": had, "to": one.id, "dimension": encoder.dimension, "passages": total}
            sources.note(c, at=now(), action="encoder", subject=one.name, detail=json.dumps(detail))
    if had != one.id:
        home.rebuild_index()
    return True


def _over(until: float | None, stop: Stop | None) -> bool:
    return (until is not None and time.monotonic() >= until) or (stop is not None and stop())


@contextmanager
def _alone(home: Home) -> Iterator[bool]:
    """Be the only one who makes vectors on a home; false where another process does. The lock dies with it."""
    try:
        handle = (home.path / LOCK).open("a")
    except OSError as error:
        reason = f"the folder cannot be written: {error.strerror}"
        raise StoreError(reason, item=str(home.path), stage="embed") from error
    with handle:
        patience = time.monotonic() + 0.5
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > patience:  # whoever asks how it stands looks at it for an instant
                    yield False
                    return
                time.sleep(0.05)
        yield True


def _held(home: Home, name: str) -> bool:
    """Whether a process holds a lock of the home folder."""
    try:
        with (home.path / name).open("r") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


# --- its record


@dataclass(frozen=True, slots=True)
class _Kept:
    state: str = ""
    started: datetime | None = None
    changed: datetime | None = None
    error: str | None = None


def _kept(home: Home, encoder: str) -> _Kept:
    with home.read() as c:
        return _record(c, encoder)


def _record(c: Connection, encoder: str) -> _Kept:
    e = s.embeddings.c
    row = c.execute(select(e.state, e.started, e.changed, e.error).where(e.encoder == encoder)).first()
    return _Kept() if row is None else _Kept(*row)


def _count(c: Connection, encoder: str, n: int) -> None:
    e = s.embeddings.c
    c.execute(update(s.embeddings).where(e.encoder == encoder).values(done=e.done + n, changed=now()))


def _note(home: Home, encoder: str, n: int) -> None:
    if n:
        with home.write() as c:
            _count(c, encoder, n)


def _failed(home: Home, one: Named, error: ModelError) -> None:
    e = s.embeddings.c
    with home.write() as c:
        c.execute(update(s.embeddings).where(e.encoder == one.id)
                  .values(state="failed", error=error.reason[:500], changed=now()))  # fmt: skip


def _told_once(home: Home, reason: str) -> None:
    if home.told != reason:
        home.told = reason
        log.warning("event=no-embedding reason=%s", json.dumps(reason, ensure_ascii=False))


# --- how it stands


def standing(home: Home) -> list[Standing]:
    """Every encoder that has vectors here, is in use or is wanted: the one in use first, then the wanted one."""
    with home.read() as c:
        active = home.encoder_at(c)
        name = home.encoders.active_name(c)
        want = home.encoders.wanted(c)
        passages = int(c.scalar(select(func.count()).select_from(s.passages)) or 0)
        x = s.vectors.c
        held = {str(one): int(n) for one, n in c.execute(select(x.encoder, func.count()).group_by(x.encoder))}
        widths = {one: int(c.scalar(select(func.length(x.vector)).where(x.encoder == one).limit(1)) or 0)
                  for one in held}  # fmt: skip
        size = func.sum(func.length(x.vector) + func.coalesce(func.length(x.parts), 0))
        sizes = dict(c.execute(select(x.encoder, size).group_by(x.encoder)).all())
        names = {row.encoder: row.name for row in c.execute(select(s.embeddings.c.encoder, s.embeddings.c.name))}
        records = {one: _record(c, one) for one in {*names, *held}}
    wanted_id = home.encoders.identity(want)
    names = {**names, active.id: name, **({wanted_id: want} if wanted_id else {})}
    # A watch makes them too, a little now and then.
    at_it = _held(home, LOCK) or _held(home, "watch.lock")
    found = []
    for one in dict.fromkeys([active.id, *([wanted_id] if wanted_id else []), *sorted(held)]):
        record = records.get(one, _Kept())
        state: Any = record.state or "none"
        if one == active.id:
            state = "complete" if held.get(one, 0) >= passages else "none"
        elif state == "running" and not at_it:
            state = "waiting"
        width = widths.get(one, 0)
        dimension = active.dimension if one == active.id else width // 2
        found.append(Standing(
            encoder=one, name=names.get(one, ""), dimension=dimension, passages=passages, vectors=held.get(one, 0),
            size=int(sizes.get(one, 0)), active=one == active.id, wanted=one == wanted_id, state=state,
            started=record.started, changed=record.changed, error=record.error,
        ))  # fmt: skip
    return found


def prune(home: Home) -> dict[str, tuple[int, int]]:
    """Remove the vectors of encoders that are neither in use nor wanted; gives their numbers and bytes by encoder.

    The database keeps the room for what comes.

    Raises:
        BusyError: vectors are being made.
    """
    kept = {one.encoder for one in standing(home) if one.active or one.wanted}
    gone: dict[str, tuple[int, int]] = {}
    with _alone(home) as mine:
        if not mine:
            raise BusyError("vectors are being made on this home folder", item=str(home.path), stage="embed")
        for one in standing(home):
            if one.encoder in kept or one.active or one.wanted:
                continue
            _pruned(home, one.encoder)
            gone[one.encoder] = (one.vectors, one.size)
        with home.write() as c:
            c.execute(delete(s.embeddings).where(s.embeddings.c.encoder.not_in(sorted(kept))))
            for encoder, (n, _) in gone.items():
                detail = json.dumps({"vectors": n})
                sources.note(c, at=now(), action="prune", subject=encoder, detail=detail)
    return gone


def _pruned(home: Home, encoder: str) -> None:
    """Remove an encoder's vectors, a stretch at a time: whoever writes waits for one of them only."""
    x = s.vectors.c
    last = 0
    while True:
        with home.write() as c:
            ids = list(c.scalars(select(x.passage_id).where(x.encoder == encoder, x.passage_id > last)
                                 .order_by(x.passage_id).limit(5_000)))  # fmt: skip
            if not ids:
                return
            c.execute(delete(s.vectors).where(x.encoder == encoder, x.passage_id >= ids[0], x.passage_id <= ids[-1]))
            last = ids[-1]
