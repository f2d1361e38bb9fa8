"""Watchlists joined to the store: what comes in is matched at once, a new or changed watchlist over what is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from sqlalchemy import Connection, func, select

from alerts.watch import Match, Subject, Watcher, match_all
from domain.alert import Watchlist
from domain.document import Analysis, Document, Filters, Passage
from domain.entity import EntityKind, Mention
from domain.errors import InputError
from domain.label import Label
from domain.protocols import Vectors
from index.filters import visible
from index.store import alerts as store
from index.store import schema as s
from index.store import splits
from index.store.identities import canonical
from service.search import seen_by
from service.wiring import Home

CHUNK = 500


def watchers(home: Home, c: Connection) -> tuple[Watcher, ...]:
    """The watchlists made ready; their sentences are encoded once for as long as they stay as they are."""
    lists = tuple(store.watchlists(c))
    if home.watchers is None or home.watchers[0] != lists:
        home.watchers = (lists, tuple(_watcher(home, one) for one in lists))
    return home.watchers[1]


def _watcher(home: Home, one: Watchlist) -> Watcher:
    sentence = home.encoder.encode([one.sentence], query=True)[0] if one.sentence else None
    return Watcher(one, sentence=sentence)


def match_new(home: Home, c: Connection, version: int, document: Document, analysis: Analysis) -> None:
    """Match a version that is being stored against every watchlist, in the same transaction."""
    ready = watchers(home, c)
    if not ready:
        return
    # By another encoder than the sentences where that changed while the document was read: no likeness is told then.
    rows = _rows(analysis.vectors) if analysis.encoder == home.encoder_at(c).id else None
    label = c.execute(select(s.versions.c.label).where(s.versions.c.id == version)).scalar_one()
    own = splits.split(c, document, analysis, label=Label(label))
    mentions = _watched(c, (*own.title_mentions, *own.mentions), ready, Label(label))
    subject = Subject(title=document.title, passages=analysis.passages, mentions=mentions, vectors=rows)
    _keep(c, version, match_all(ready, subject))


def _watched(c: Connection, mentions: Sequence[Mention], ready: Sequence[Watcher], label: Label) -> tuple[Mention, ...]:
    """The mentions, and once more, as the watched entity, those of entities that are one with it.

    Whoever may see the document may see the links up to its label.
    """
    watched = {one for watcher in ready for one in (*watcher.watchlist.entities, *watcher.watchlist.require)}
    if not watched:
        return tuple(mentions)
    last = canonical(c, {*watched, *(one.entity_id for one in mentions)}, clearance=label)
    called: dict[str, set[str]] = {}
    for one in watched:
        called.setdefault(last[one], set()).add(one)
    more = [
        replace(mention, entity_id=one)
        for mention in mentions for one in sorted(called.get(last[mention.entity_id], set()) - {mention.entity_id})
    ]  # fmt: skip
    return (*mentions, *more)


def _rows(vectors: tuple[bytes, ...]) -> Vectors | None:
    if not vectors:
        return None
    return np.frombuffer(b"".join(vectors), "<f2").reshape(len(vectors), -1).astype(np.float32)


def _keep(c: Connection, version: int, found: tuple[Match, ...]) -> None:
    if not found:
        return
    p = s.passages.c
    ids = {row.n: row.id for row in c.execute(select(p.n, p.id).where(p.version_id == version))}
    if not ids:
        return
    for match in found:
        best = match.best
        why = f"{best.how}: {best.what}" + (f" ({best.score:.2f})" if best.how == "meaning" else "")
        n = best.passage if best.passage in ids else min(ids)
        assert n is not None
        store.save_match(c, match.watchlist, version=version, passage=ids[n], why=why)


def add(home: Home, one: Watchlist) -> int:
    """Store a watchlist and match it against every version held; gives how many documents match of those shown.

    Raises:
        InputError: it has neither words nor entities nor a sentence, or a name that no series can carry.
    """
    if not one.name.strip() or not (one.words or one.entities or one.sentence):
        raise InputError("a watchlist needs a name, and words, entities or a sentence", item=one.name, stage="alerts")
    watcher = _watcher(home, one)
    with home.write() as c:
        store.save_watchlist(c, one)
        versions = list(c.scalars(select(s.versions.c.id).order_by(s.versions.c.id)))
        for start in range(0, len(versions), CHUNK):
            for version, subject in _held(home, c, versions[start : start + CHUNK], (watcher,)):
                match = watcher.match(subject)
                if match is not None:
                    _keep(c, version, (match,))
        t, v = s.watchlist_matches.c, s.versions.c
        shown = select(func.count(func.distinct(v.document_id))).join(s.watchlist_matches, t.version_id == v.id)
        return c.scalar(shown.where(t.name == one.name, *visible(seen_by(home, Filters())))) or 0


def _held(home: Home, c: Connection, versions: list[int], ready: Sequence[Watcher]) -> list[tuple[int, Subject]]:
    """The subjects of versions in the store."""
    v, p, m, e, x = s.versions.c, s.passages.c, s.mentions.c, s.entities.c, s.vectors.c
    texts = {row.id: row for row in c.execute(select(v.id, v.title, v.label).where(v.id.in_(versions)))}
    passages: dict[int, list[tuple[Passage, bytes | None]]] = {version: [] for version in versions}
    joined = s.passages.outerjoin(s.vectors, (x.passage_id == p.id) & (x.encoder == home.encoder.id))
    query = select(p.version_id, p.n, p.start, p.end, p.text, x.vector).select_from(joined)
    for row in c.execute(query.where(p.version_id.in_(versions)).order_by(p.version_id, p.n)):
        passages[row.version_id].append((Passage(row.n, row.start, row.end, row.text), row.vector))
    mentions: dict[int, list[Mention]] = {version: [] for version in versions}
    named = select(m.version_id, m.start, m.end, m.surface, m.method, e.id, e.kind, e.name)
    for one in c.execute(named.select_from(s.mentions.join(s.entities)).where(m.version_id.in_(versions))):
        mentions[one.version_id].append(Mention(
            start=one.start, end=one.end, surface=one.surface, entity_id=one.id, kind=EntityKind(one.kind),
            name=one.name, method=one.method))  # fmt: skip
    found = []
    for version in versions:
        vectors = [vector for _, vector in passages[version]]
        whole = tuple(vector for vector in vectors if vector is not None)
        subject = Subject(
            title=texts[version].title, passages=tuple(passage for passage, _ in passages[version]),
            mentions=_watched(c, mentions[version], ready, Label(texts[version].label)),
            vectors=_rows(whole) if len(whole) == len(vectors) else None,
        )  # fmt: skip
        found.append((version, subject))
    return found
