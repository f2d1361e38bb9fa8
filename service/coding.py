"""From stored text to stored events: versions that were not coded yet are coded, and what they tell is kept.

Reading and judging need no lock; each lot is then written in one transaction with the note that it was coded, so that
a kill at any moment and a second run leave what an uninterrupted run leaves. Events are known when their version was,
and superseded with it.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, delete, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from domain.document import Span
from domain.entity import EntityKind, Mention
from domain.errors import VedetteError
from domain.event import Event
from domain.ids import digest
from domain.label import Label
from domain.time import now, start_of
from index.store import events as store
from index.store import identities
from index.store import schema as s
from index.store.schema import AnyRow
from index.store.splits import OWN
from nlp.events import Act, Coder, Told
from nlp.linking import without_overlaps
from service import recoding
from service.logging import get_logger
from service.recoding import Identity
from service.wiring import Home

log = get_logger(__name__)
ORIGIN = "vedette"
LOT = 32
"""Versions coded and written together."""

_FAILED = "failed "
Progress = Callable[[int, str], None]
Stop = Callable[[], bool]


@dataclass(slots=True)
class Summary:
    """What a coding did: how many versions were read, the events they told by PLOVER type, and what failed."""

    documents: int = 0
    events: int = 0
    by_type: Counter[str] = field(default_factory=Counter)
    failures: list[dict[str, str]] = field(default_factory=list)
    seconds: float = 0.0

    def plain(self) -> dict[str, Any]:
        """As the command prints it."""
        return {"documents": self.documents, "events": self.events, "by_type": dict(self.by_type.most_common()),
                "failures": self.failures, "seconds": round(self.seconds, 2)}  # fmt: skip


def code_new(home: Home) -> Summary:
    """Code what has come since the last time; where nothing has, one look into the store and no model is loaded.

    What another coder coded before stays as it is (``code`` brings it up to this one).
    """
    with home.read() as c:
        wanted = list(c.scalars(_wanted(None).limit(1)))
    return code(home, new_only=True) if wanted else Summary()


def code(
    home: Home, *, since: date | None = None, until: date | None = None, again: bool = False, new_only: bool = False,
    progress: Progress | None = None, stop: Stop | None = None,
) -> Summary:  # fmt: skip
    """Code the versions published on the days ``[since, until)`` that this coder has not coded.

    Args:
        again: code all of them anew. new_only: leave what any coder has coded.
        stop: asked between two lots.

    Raises:
        StoreError: the database refuses; what had been stored before stays.
    """
    started = time.monotonic()
    summary = Summary()
    coder = coder_of(home)
    with home.read() as c:
        query = _wanted(None if new_only else "" if again else coder.id)
        if since is not None:
            query = query.where(s.versions.c.at >= start_of(since))
        if until is not None:
            query = query.where(s.versions.c.at < start_of(until))
        wanted = list(c.scalars(query))
    for start in range(0, len(wanted), LOT):
        if stop is not None and stop():
            break
        _code_lot(home, coder, wanted[start : start + LOT], summary)
        if progress is not None:
            progress(summary.documents, "coded")
    summary.seconds = time.monotonic() - started
    return summary


def coder_of(home: Home) -> Coder:
    """The coder of this home's encoder."""
    return Coder(home.encoder, lot=LOT)


def _wanted(coder: str | None) -> Any:
    """Versions in the order in which they were stored: not coded at all, or not by this coder; with "" all."""
    v, k = s.versions.c, s.codings.c
    # By keys alone: to look at a column behind the text, all texts would have to be read.
    query = select(v.id).select_from(s.versions.outerjoin(s.codings, k.version_id == v.id)).order_by(v.id)
    if coder == "":
        return query
    return query.where(k.version_id.is_(None) if coder is None else or_(k.version_id.is_(None), k.coder != coder))


@dataclass(frozen=True, slots=True)
class _Version:
    """A version with all that its events are made from."""

    row: AnyRow
    told: Told
    passages: tuple[AnyRow, ...]


def _code_lot(home: Home, coder: Coder, ids: Sequence[int], summary: Summary) -> None:
    with home.read() as c:
        versions = list(_read(c, home, ids))
    results = _coded(coder, versions)
    with home.write() as c:
        # Somebody may have removed one in the meantime.
        held = set(c.scalars(select(s.versions.c.id).where(s.versions.c.id.in_(ids))))
        events: list[Event] = []
        for version, acts in zip(versions, results, strict=True):
            if version.row.id not in held:
                continue
            summary.documents += 1
            failed = isinstance(acts, VedetteError)
            own = [] if isinstance(acts, VedetteError) else list(_events(c, version, acts))
            if isinstance(acts, VedetteError):
                summary.failures.append({"item": acts.item, "stage": acts.stage, "error": acts.reason})
            _forget(c, version)
            _note(c, version.row.id, (_FAILED if failed else "") + coder.id, len(own))
            events += own
            summary.by_type.update(str(one.facts["plover"]) for one in own)
        store.save_events(c, events)
        summary.events += len(events)
        settle(c, {version.row.document_id for version in versions})


def _coded(coder: Coder, versions: Sequence[_Version]) -> list[tuple[Act, ...] | VedetteError]:
    try:
        return list(coder.code_many([one.told for one in versions]))
    except Exception:  # one broken text never stops the others
        log.warning("a lot could not be coded at once; its texts are coded one by one")
    results: list[tuple[Act, ...] | VedetteError] = []
    for one in versions:
        try:
            results.append(coder.code(one.told))
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            results.append(VedetteError(reason, item=str(one.row.document_id), stage="code"))
    return results


def _read(c: Connection, home: Home, ids: Sequence[int]) -> Iterator[_Version]:
    v, p, m, e = s.versions.c, s.passages.c, s.mentions.c, s.entities.c
    rows = {row.id: row for row in c.execute(select(
        v.id, v.document_id, v.n, v.title, v.text, v.lang, v.at, v.known, v.superseded, v.label, v.sentences,
        v.content_hash).where(v.id.in_(ids)))}  # fmt: skip
    passages: dict[int, list[AnyRow]] = defaultdict(list)
    query = select(p.id, p.version_id, p.start, p.end).where(p.version_id.in_(ids)).order_by(p.version_id, p.n)
    for row in c.execute(query):
        passages[row.version_id].append(row)
    linked: dict[int, list[AnyRow]] = defaultdict(list)
    # What the gazetteer finds is found anew, with both countries of "Sino-Vietnamese"; recognisers link more names.
    query = (
        select(m.version_id, m.start, m.end, m.surface, m.method, m.was, m.in_title, m.entity_id, e.kind, e.name,
               e.country)
        .join(s.entities, e.id == m.entity_id)
        .where(m.version_id.in_(ids), or_(m.method != "gazetteer", m.was.is_not(None)))
    )  # fmt: skip
    for one_row in c.execute(query):
        linked[one_row.version_id].append(one_row)
    lasts = {label: identities.resolver(c, clearance=Label(label)) for label in {row.label for row in rows.values()}}
    for one in ids:
        if one in rows:
            yield _version(c, home, rows[one], passages[one], linked[one], lasts[rows[one].label])


def _version(
    c: Connection, home: Home, row: AnyRow, passages: Sequence[AnyRow], linked: Sequence[AnyRow], last: Identity
) -> _Version:
    title, text = ([_mention(one) for one in linked if bool(one.in_title) == in_title] for in_title in (True, False))
    told = Told(
        title=row.title, text=row.text, lang=row.lang, written=row.at.date(),
        sentences=tuple(Span(start, end) for start, end in row.sentences),
        mentions=_named(c, home.gazetteer.find(row.text, lang=row.lang), text, last),
        title_mentions=_named(c, home.gazetteer.find(row.title, lang=row.lang), title, last, listed_only=True),
    )  # fmt: skip
    return _Version(row, told, tuple(passages))


def _named(
    c: Connection, listed: Sequence[Mention], read: Sequence[Mention], last: Identity, *, listed_only: bool = False
) -> tuple[Mention, ...]:
    """What a text names: where an operator decided of it, what that says; elsewhere the longer of what was found there.

    With ``listed_only`` what was read without a list, or a decision, counts for nothing.
    """
    every = [(one, True) for one in recoding.who(c, listed, last)]
    every = [(one, False) for one in recoding.who(c, read, last)] + every
    decided = [one for one, _ in every if _decided(one)]
    others = [one for one, known in every if not _decided(one) and (known or (one.countries and not listed_only))]
    return tuple(without_overlaps([*decided, *recoding.beside(others, decided)]))


def _decided(mention: Mention) -> bool:
    return mention.was is not None or mention.method.startswith(OWN)


def _mention(row: AnyRow) -> Mention:
    return Mention(start=row.start, end=row.end, surface=row.surface, entity_id=row.entity_id,
                   kind=EntityKind(row.kind), name=row.name, method=row.method, was=row.was,
                   countries=(row.country,) if row.country else ())  # fmt: skip


def _events(c: Connection, version: _Version, acts: Iterable[Act]) -> Iterator[Event]:
    row = version.row
    prefix = _prefix(c, row.document_id)[row.id]
    for act in acts:
        passage = next((p.id for p in version.passages if p.start <= act.at < p.end), None)
        if passage is None and version.passages:
            passage = version.passages[0].id
        what = (act.source[0] or act.source[1], act.target[0] or act.target[1], act.cameo, act.modality)
        yield Event(
            day=act.day, known=row.known, source_actor=act.source[1], target_actor=act.target[1],
            source_country=act.source[0], target_country=act.target[0], cameo=act.cameo, goldstein=act.goldstein,
            origin=ORIGIN, document_id=row.document_id, mentions=act.told, label=Label(row.label),
            external_id=f"{prefix}:{digest([*what, act.day.isoformat(), str(act.at)], size=6)}",
            facts={"plover": act.plover}, modality=act.modality, confidence=act.confidence, passage_id=passage,
        )  # fmt: skip


def _prefix(c: Connection, document: str) -> dict[int, str]:
    """What the numbers of a version's events begin with: the same wherever the document is held.

    Made of what the version says; where a document came back to what it once said, of which time it was as well.
    """
    v = s.versions.c
    seen: Counter[str] = Counter()
    out: dict[int, str] = {}
    query = select(v.id, v.content_hash).where(v.document_id == document).order_by(v.known, v.n)
    for row in c.execute(query):
        seen[row.content_hash] += 1
        out[row.id] = f"{ORIGIN}:{digest([document, row.content_hash, str(seen[row.content_hash])], size=8)}"
    return out


def _forget(c: Connection, version: _Version) -> None:
    """Remove what was coded from this version before."""
    e = s.events.c
    prefix = _prefix(c, version.row.document_id)[version.row.id]
    c.execute(delete(s.events).where(e.document_id == version.row.document_id, e.origin == ORIGIN,
                                     e.external_id.startswith(f"{prefix}:", autoescape=True)))  # fmt: skip


def _note(c: Connection, version: int, coder: str, events: int) -> None:
    values = {"coder": coder, "events": events, "at": now()}
    c.execute(upsert(s.codings).values(version_id=version, **values)
              .on_conflict_do_update(index_elements=["version_id"], set_=values))  # fmt: skip


def settle(c: Connection, documents: Iterable[str]) -> None:
    """Give the events of these documents the times of their versions; those of versions that are gone are removed."""
    v, e = s.versions.c, s.events.c
    for document in sorted(documents):
        prefixes = _prefix(c, document)
        own = and_(e.document_id == document, e.origin == ORIGIN)
        for row in c.execute(select(v.id, v.known, v.superseded).where(v.document_id == document)).all():
            mine = e.external_id.startswith(f"{prefixes[row.id]}:", autoescape=True)
            c.execute(update(s.events).where(own, mine).values(known=row.known, superseded=row.superseded))
        gone = [~e.external_id.startswith(f"{prefix}:", autoescape=True) for prefix in prefixes.values()]
        c.execute(delete(s.events).where(own, *gone))
