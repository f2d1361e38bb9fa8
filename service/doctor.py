"""Is everything in its place: models, index against store, sources. Each finding says what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select, text

from domain.document import Filters, Passage
from domain.errors import ModelError, VedetteError
from domain.source import HEALTH_STATES
from domain.time import now
from index import derived, vectors
from index.files import DamagedError
from index.store import documents as docs
from index.store import schema as s
from index.store import sources
from index.store.schema import AnyRow
from models import registry
from nlp.embed import passage_texts
from service.scheduler import STALE, heartbeat
from service.wiring import Home

State = Literal["ok", "warning", "broken"]
SHOWN = 10
"""So many sources with something wrong are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at, how it is, and what that means."""

    what: str
    state: State
    detail: str


def examine(home: Home) -> list[Finding]:
    """Look at everything; a thing that is broken does not stop the others."""
    found: list[Finding] = []
    for look in (_store, _models, _index, _sources, _watch, _failures):
        try:
            found += look(home)
        except VedetteError as error:
            found.append(Finding(look.__name__.strip("_"), "broken", str(error)))
    return found


def _store(home: Home) -> Iterator[Finding]:
    with home.read() as c:
        check = c.scalar(text("PRAGMA quick_check"))
        version = c.scalar(text("SELECT sqlite_version()"))
        held = docs.counts(c)
    state: State = "ok" if check == "ok" else "broken"
    yield Finding("store", state, f"SQLite {version}, {check}; " + ", ".join(f"{n} {what}" for what, n in held.items()))


def _models(home: Home) -> Iterator[Finding]:
    for name in registry.names():
        described = registry.manifest(name)
        try:
            registry.checked_folder(name)
            yield Finding(f"model {name}", "ok", f"{described.task}, {described.version}, {described.licence}")
        except ModelError as error:
            used = name == home.settings.models.encoder
            yield Finding(f"model {name}", "broken" if used else "warning", error.reason)


def _index(home: Home) -> Iterator[Finding]:
    encoder = home.encoder
    yield Finding("encoder", "ok", f"{encoder.id}, {encoder.dimension} dimensions")
    with home.read() as c:
        target = vectors.sequence(c)
        passages = c.scalar(select(func.count()).select_from(s.passages)) or 0
        embedded = c.scalar(select(func.count()).where(s.vectors.c.encoder == encoder.id)) or 0
    try:
        manifest = derived.check(home.path / "index")
    except (FileNotFoundError, DamagedError) as error:
        reason = "there are no files" if isinstance(error, FileNotFoundError) else str(error)
        yield Finding("index", "ok" if not passages else "warning", f"{reason}; `vedette doctor --rebuild` makes it")
    else:
        behind = target - manifest.sequence
        yield Finding("index", "ok", f"{manifest.passages} passages, {manifest.vectors} vectors by {manifest.encoder}, "
                      f"checksums right, {behind} changes behind the store")  # fmt: skip
    if embedded < passages:
        yield Finding("vectors", "warning", f"{passages - embedded} passages have none by {encoder.id}: "
                      "`vedette doctor --embed` makes them")  # fmt: skip


def _sources(home: Home) -> Iterator[Finding]:
    at = now()
    with home.read() as c:
        health = sources.health(c, at=at, filters=Filters(as_of=at, clearance=home.settings.reader.clearance))
    wrong = [one for one in health if one.state in ("failing", "changed layout", "retired")]
    for one in wrong[:SHOWN]:
        why = (
            one.note if one.retired else one.last_error
        ) or "what its entries are made of is new: look whether its texts are whole"
        yield Finding(f"source {one.source}", "warning", f"{one.state}: {why}")
    if len(wrong) > SHOWN:
        yield Finding("more sources", "warning", f"{len(wrong) - SHOWN} more; `vedette sources health` lists them")
    told = Counter(one.state for one in health)
    states = ", ".join(f"{told[state]} {state}" for state in HEALTH_STATES if told[state])
    yield Finding("sources", "ok", f"{len(health)} sources" + (f": {states}" if states else ""))


def _watch(home: Home) -> Iterator[Finding]:
    beat = heartbeat(home)
    with home.read() as c:
        followed = sum(row.retired is None for row in sources.listed(c, followed=True))
    if beat is not None and beat.alive:
        late = now() - beat.at > STALE
        trouble = f"; in trouble: {beat.trouble}" if beat.trouble else ""
        told = (f"runs as process {beat.pid} since {beat.started:%Y-%m-%d %H:%M} UTC, last sign of life "
                f"{beat.at:%Y-%m-%d %H:%M} UTC, {beat.checks} checks, {beat.new} new documents{trouble}")  # fmt: skip
        yield Finding("watch", "warning" if late or trouble else "ok", told)
    elif followed:
        last = "it never ran" if beat is None else f"it last ran until {beat.at:%Y-%m-%d %H:%M} UTC"
        yield Finding("watch", "warning", f"does not run ({last}), so {followed} followed sources are not read: "
                      "`vedette watch`")  # fmt: skip


def _failures(home: Home) -> Iterator[Finding]:
    with home.read() as c:
        kept = sources.failures(c, clearance=home.settings.reader.clearance)
    if kept:
        yield Finding("failed items", "warning", f"{len(kept)}; `vedette sources failures` lists them, "
                      "`vedette ingest --retry` tries them again")  # fmt: skip


def _embedded(row: AnyRow) -> str:
    """What is embedded for a passage: the first one's text stands after the title, as the pipeline has it."""
    return passage_texts(row.title, [Passage(row.n, 0, len(row.text), row.text)], title_first=row.n == 0)[0]


def embed_missing(home: Home, *, batch: int = 256) -> int:
    """Make the vectors that passages lack by the configured encoder, then bring the index up; gives how many.

    A changed encoder is taken into use so. It can be stopped at any moment and run again.
    """
    encoder, done = home.encoder, 0
    p, x = s.passages.c, s.vectors.c
    lacking = (
        select(p.id, p.text, p.n, s.versions.c.title).join(s.versions)
        .outerjoin(s.vectors, (x.passage_id == p.id) & (x.encoder == encoder.id))
        .where(x.passage_id.is_(None)).order_by(p.id).limit(batch)
    )  # fmt: skip
    with home.writing():
        while True:
            with home.write() as c:
                rows = c.execute(lacking).all()
                if not rows:
                    break
                ids = vectors.as_ids([row.id for row in rows])
                vectors.store_vectors(c, ids, encoder.encode([_embedded(row) for row in rows]), encoder=encoder.id)
            done += len(rows)
        if done:
            home.rebuild_index()
    return done
