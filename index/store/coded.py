"""Writing what tables of coded events hold: events, their mentions, and what is said of articles.

Storing anything twice is the same as once. A row that its table has changed since stays beside the newer one, marked as
superseded from the moment the newer one was known; two rows that tell one report twice become one event.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from domain.event import ArticleFacts, Coded, Event, EventMention
from index.store import schema as s
from index.store.placing import disturb

_CHUNK = 5000
"""Ids looked up in one statement; SQLite takes up to 32,766."""

_KEPT = frozenset({"id", "known", "label", "superseded"})
"""Columns in which a row may differ and still say the same."""


def save_coded(c: Connection, items: Sequence[Coded]) -> int:
    """Store rows of event tables in the order given; gives how many were new or newly changed.

    The others were held already, or told a report that is held (``Event.report``). A label is raised, never lowered.
    """
    told = 0
    for start in range(0, len(items), _CHUNK):
        part = items[start : start + _CHUNK]
        told += _save_events(c, [one for one in part if isinstance(one, Event)])
        told += _save_mentions(c, [one for one in part if isinstance(one, EventMention)])
        told += _save_articles(c, [one for one in part if isinstance(one, ArticleFacts)])
    return told


def _save_events(c: Connection, events: Sequence[Event]) -> int:
    if not events:
        return 0
    e, a = s.events.c, s.event_aliases.c
    ids = {event.id for event in events}
    reports = {report for event in events if (report := event.report)}
    held: dict[str, dict[str, Any]] = {
        row.id: dict(row._mapping) for row in c.execute(select(s.events).where(e.id.in_(ids)))
    }
    folded = set(c.scalars(select(a.id).where(a.id.in_(ids))))
    telling = select(e.report, e.id, e.label).where(e.report.in_(reports), e.superseded.is_(None))
    told = {row.report: (row.id, row.label) for row in c.execute(telling)}
    new: dict[str, dict[str, Any]] = {}
    changed: dict[str, dict[str, Any]] = {}
    older: list[dict[str, Any]] = []
    aliases: dict[str, str] = {}
    # From when on the store says something else than before: alerts are decided anew from there.
    since: list[datetime] = []
    count = 0
    for event in events:
        row = _event_row(event)
        key = row["id"]
        if key in folded or key in aliases:
            continue
        before = new.get(key) or changed.get(key) or held.get(key)
        if before is None:
            first = told.get(row["report"])
            # What only some readers may see must not take another row's place.
            if first is not None and first[1] <= row["label"]:
                aliases[key] = first[0]
                continue
            new[key] = row
            since.append(row["known"])
            if row["report"] is not None:
                told.setdefault(row["report"], (key, row["label"]))
            count += 1
            continue
        row["label"] = max(row["label"], before["label"])
        same = all(row[name] == before[name] for name in row if name not in _KEPT)
        if same or row["known"] < before["known"]:
            row = {**before, "label": row["label"]}
            if row["label"] == before["label"]:
                continue
        else:
            count += 1
            if row["known"] > before["known"]:
                older.append({**before, "id": _older_id(before), "superseded": row["known"]})
        since.append(row["known"])
        (new if key in new else changed)[key] = row
    if new:
        c.execute(insert(s.events), list(new.values()))
    for key, row in changed.items():
        c.execute(update(s.events).where(e.id == key).values(**{k: v for k, v in row.items() if k != "id"}))
    if older:
        c.execute(upsert(s.events).on_conflict_do_nothing(), older)
    if since:
        disturb(c, min(since))
    if aliases:
        c.execute(insert(s.event_aliases), [{"id": key, "event_id": kept} for key, kept in aliases.items()])
        for key, kept in aliases.items():
            c.execute(update(s.event_mentions).where(s.event_mentions.c.event_id == key).values(event_id=kept))
    return count


def _event_row(event: Event) -> dict[str, Any]:
    return {
        "id": event.id, "day": event.day, "known": event.known, "source_actor": event.source_actor,
        "target_actor": event.target_actor, "source_country": event.source_country,
        "target_country": event.target_country, "cameo": event.cameo, "goldstein": event.goldstein,
        "origin": event.origin, "document_id": event.document_id, "url": event.url, "mentions": event.mentions,
        "label": int(event.label), "external_id": event.external_id, "report": event.report, "place": event.place,
        "place_country": event.place_country, "lat": event.lat, "lon": event.lon, "facts": dict(event.facts),
        "modality": event.modality, "confidence": event.confidence, "passage_id": event.passage_id, "superseded": None,
    }  # fmt: skip


def _older_id(row: dict[str, Any]) -> str:
    # The event's own id comes first: its mentions are found by that.
    return f"{row['id']}~{row['known']:%Y%m%dT%H%M%S%f}"


def _save_mentions(c: Connection, mentions: Sequence[EventMention]) -> int:
    if not mentions:
        return 0
    m, a = s.event_mentions.c, s.event_aliases.c
    rows = {one.id: {
        "id": one.id, "event_id": one.event_id, "at": one.at, "known": one.known, "later": int(one.later),
        "kind": one.kind, "outlet": one.outlet, "identifier": one.identifier, "sentence": one.sentence,
        "confidence": one.confidence, "tone": one.tone, "lang": one.lang, "label": int(one.label),
    } for one in reversed(mentions)}  # fmt: skip
    folded = dict(c.execute(select(a.id, a.event_id).where(a.id.in_({row["event_id"] for row in rows.values()}))).all())
    labels = dict(c.execute(select(m.id, m.label).where(m.id.in_(list(rows)))).all())
    for key, label in labels.items():
        if rows[key]["label"] > label:
            c.execute(update(s.event_mentions).where(m.id == key).values(label=rows[key]["label"]))
    fresh = [row for key, row in rows.items() if key not in labels]
    for row in fresh:
        row["event_id"] = folded.get(row["event_id"], row["event_id"])
    if fresh:
        c.execute(insert(s.event_mentions), fresh)
    return len(fresh)


def _save_articles(c: Connection, articles: Sequence[ArticleFacts]) -> int:
    if not articles:
        return 0
    g = s.gkg.c
    found = {one.record: one for one in reversed(articles)}
    labels = dict(c.execute(select(g.id, g.label).where(g.id.in_(list(found)))).all())
    for key, label in labels.items():
        if int(found[key].label) > label:
            c.execute(update(s.gkg).where(g.id == key).values(label=int(found[key].label)))
    fresh = [one for key, one in found.items() if key not in labels]
    if not fresh:
        return 0
    c.execute(insert(s.gkg), [
        {"id": one.record, "at": one.at, "known": one.known, "outlet": one.outlet, "identifier": one.identifier,
         "url": one.url, "published": one.published, "title": one.title, "lang": one.lang, "themes": list(one.themes),
         "persons": list(one.persons), "organisations": list(one.organisations),
         "places": [[p.name, p.country, p.lat, p.lon, p.mentions] for p in one.places],
         "quotations": [list(pair) for pair in one.quotations], "tone": one.tone, "positive": one.positive,
         "negative": one.negative, "words": one.words, "label": int(one.label)}
        for one in fresh
    ])  # fmt: skip
    if named := [
        {"gkg_id": one.record, "country": country, "mentions": n}
        for one in fresh
        for country, n in one.countries.items()
    ]:
        c.execute(insert(s.gkg_countries), named)
    return len(fresh)
