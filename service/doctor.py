"""Is everything in its place: models, index against store, sources. Each finding says what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select, text

from domain.document import Filters
from domain.errors import VedetteError
from domain.source import HEALTH_STATES
from domain.time import now
from index import derived, vectors
from index.files import DamagedError
from index.store import documents as docs
from index.store import schema as s
from index.store import sources, stories
from models import registry
from service import catalogue, embedding, encoders, spellings
from service.due import owed
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
    for look in (_store, _models, _index, _vectors, _sources, _watch, _failures, _identities, _spellings, _stories):
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
    for one in catalogue.listed(home):
        told = f"{one.task}, {one.version}, {one.licence}" + (", in use" if one.used else "")
        if one.trouble is None:
            yield Finding(f"model {one.name}", "ok", told)
        else:
            yield Finding(f"model {one.name}", "broken" if one.used else "warning", one.trouble)


def _index(home: Home) -> Iterator[Finding]:
    encoder = home.encoder
    _, parts = registry.parted(encoder.id)
    spoken = f", with parts of its own for {', '.join(sorted(parts))}" if parts else ""
    yield Finding("encoder", "ok", f"{encoder.id}, {encoder.dimension} dimensions{spoken}")
    with home.read() as c:
        target = vectors.sequence(c)
        passages = c.scalar(select(func.count()).select_from(s.passages)) or 0
    try:
        manifest = derived.check(home.path / "index")
    except (FileNotFoundError, DamagedError) as error:
        reason = "there are no files" if isinstance(error, FileNotFoundError) else str(error)
        yield Finding("index", "ok" if not passages else "warning", f"{reason}; `vedette doctor --rebuild` makes it")
    else:
        behind = target - manifest.sequence
        yield Finding("index", "ok", f"{manifest.passages} passages, {manifest.vectors} vectors by {manifest.encoder}, "
                      f"checksums right, {behind} changes behind the store")  # fmt: skip


def _vectors(home: Home) -> Iterator[Finding]:
    for one in embedding.standing(home):
        lacking = one.passages - one.vectors
        if one.active and lacking > 0:
            yield Finding("vectors", "warning", f"{lacking} passages have none by {one.encoder}: "
                          "`vedette models embed` makes them")  # fmt: skip
        elif one.wanted and not one.active:
            why = f" ({one.error})" if one.error else ""
            yield Finding("wanted encoder", "warning", f"{one.encoder} has {one.vectors} of {one.passages} vectors, "
                          f"{one.state}{why}; searches go by the one in use until it has all: "
                          "`vedette models embed`, or `vedette watch`")  # fmt: skip
        elif not one.active:
            yield Finding("kept vectors", "ok", f"{one.vectors} by {one.encoder}, {one.size / 1e6:.1f} MB; "
                          "`vedette models prune` removes them")  # fmt: skip
    with home.read() as c:
        wish = encoders.wish(c, configured=home.settings.models.encoder)
    home.encoders.locate(wish)  # says why, where it cannot be found


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


def _stories(home: Home) -> Iterator[Finding]:
    """Stories: whether every document is in one, and every row in a stream that it may be in."""
    with home.read() as c:
        told = stories.standing(c)
    if told.lost:
        yield Finding("stories", "broken", f"{told.lost} rows name stories that are not there, or stand in a stream "
                      "below their label: `vedette stories update` puts them right")  # fmt: skip
    elif told.pending:
        yield Finding("stories", "warning", f"{told.pending} versions are in no story yet: `vedette stories update`, "
                      "or the next ingest")  # fmt: skip
    else:
        yield Finding("stories", "ok", f"{told.stories} stories in {told.levels} streams")


def _spellings(home: Home) -> Iterator[Finding]:
    """Names: whether any is shown as only documents stricter than its readers spell it."""
    if wrong := spellings.wrong(home):
        yield Finding("names", "warning", f"{len(wrong)} shown in a spelling that only stricter documents have: "
                      "`vedette doctor --repair`")  # fmt: skip


def _identities(home: Home) -> Iterator[Finding]:
    """Decisions about entities: whether all that they speak of is there, and all of it was carried out."""
    d, t, n, e = s.entity_decisions.c, s.entity_links.c, s.entity_names.c, s.entities.c
    clearance = int(home.settings.reader.clearance)
    with home.read() as c:
        held = c.scalar(select(func.count()).where(d.undone.is_(None), d.label <= clearance)) or 0
        linked = c.scalar(select(func.count()).where(t.how == "names", t.label <= clearance)) or 0
        ids = select(e.id)
        lost = [c.scalar(select(func.count()).where(column.not_in(ids))) or 0
                for column in (t.entity_id, t.into_id, n.entity_id)]  # fmt: skip
        due = owed(c, "splits")
    if sum(lost):
        yield Finding("entities", "broken", f"{sum(lost)} links or names speak of entities that are not there")
    elif due:
        yield Finding("entities", "warning", "splits are not applied to all that is stored yet: a step was broken off; "
                      "`vedette entities again` goes on")  # fmt: skip
    elif held or linked:
        yield Finding("entities", "ok", f"{held} decisions in force, {linked} links by names alone")
