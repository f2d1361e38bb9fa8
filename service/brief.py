"""A briefing's material, fetched: documents of a period, their stories, figures, alerts, the health of sources."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from sqlalchemy import Connection

from briefing.compose import compose
from briefing.select import Count, Extract, Material, Paper, Subject
from domain.alert import parse_series
from domain.briefing import Briefing
from domain.document import Filters, Span
from domain.errors import InputError, ModelError, QueryError
from domain.label import Label
from domain.protocols import Encoder
from domain.time import days_in, end_of, now, start_of
from index.store import events as event_store
from index.store import sources
from index.store.papers import Held, held
from models import registry
from service.asked import read_as
from service.names import country_code
from service.scan import listed
from service.search import seen_by
from service.stories import grouped
from service.wiring import Home

MANY_SENTENCES = 1500
"""With more sentences than this in the period they are told apart without vectors of their own."""
LOT = 200
"""Sentences encoded at once: few enough that nothing heavy is loaded for them."""


def brief(
    home: Home, *, about: str | None = None, since: date | None = None, until: date | None = None,
    as_of: date | None = None, lang: str | None = None, max_items: int = 6,
) -> Briefing:  # fmt: skip
    """The briefing on a subject for the days from ``since`` up to ``until`` (that day not included).

    Without days it covers the week that ends with ``as_of``, or with the newest document held.

    Raises:
        InputError: the period ends before it begins, or there is no such language.
    """
    settings = home.settings.briefing
    with home.read() as c:
        until = until or _end(home, c, as_of)
    since = since or until - timedelta(days=settings.days)
    if since >= until:
        raise InputError(f"the period ends ({until}) before it begins ({since})", stage="briefing")
    if (lang or settings.lang) not in ("en", "vi", "fr"):
        raise InputError(f"no briefing in {lang!r}; known: en, vi, fr", stage="briefing")
    material = _material(home, about=(about or "").strip(), since=since, until=until, as_of=as_of)
    return compose(material, lang=lang or settings.lang, max_items=max_items)


def _end(home: Home, c: Connection, as_of: date | None) -> date:
    if as_of is not None:
        return as_of + timedelta(days=1)
    span = event_store.days_with_documents(c, seen_by(home, Filters()))
    return (min(span[1], now().date()) if span else now().date()) + timedelta(days=1)


def _material(home: Home, *, about: str, since: date, until: date, as_of: date | None) -> Material:
    encoder = home.encoder
    moment = None if as_of is None else end_of(as_of)
    period = seen_by(home, Filters(since=start_of(since), until=start_of(until), as_of=moment))
    weeks = timedelta(weeks=home.settings.briefing.baseline_weeks)
    whole = seen_by(home, Filters(since=start_of(since - weeks), until=start_of(until), as_of=moment))
    subject = _subject(home, about, encoder)
    with home.read() as c:
        found = held(c, period, encoder=encoder.id, dimension=encoder.dimension)
        read = event_store.exposure(c, whole)
        counts = _counts(c, whole, read, since=since, until=until, weeks=weeks)
        at = min(moment or start_of(until), start_of(until))
        health = sources.health(c, at=at, filters=seen_by(home, Filters(as_of=at)))
    return Material(
        since=start_of(since), until=start_of(until), as_of=moment, made=now(), subject=subject,
        papers=_papers(found, encoder), stories=grouped(home, found, as_of=moment),
        alerts=tuple(a for a in listed(home, as_of=as_of) if a.last >= since and a.opened < until),
        counts=counts, health=tuple(health), languages=Counter(h.row.lang for h in found),
        unsupported=_unsupported(home, found), read={d: read.get(d, 0) for d in days_in(since, until)},
    )  # fmt: skip


def _subject(home: Home, about: str, encoder: Encoder) -> Subject:
    if not about:
        return Subject()
    if (read := read_as(about)) is not None:
        about = read.text
    return Subject(text=about, vector=encoder.encode([about], query=True)[0], countries=countries_in(home, about))


def countries_in(home: Home, text: str) -> frozenset[str]:
    """ISO codes of the countries that a subject names: by code or name, or else as the gazetteer finds them."""
    found: set[str] = set()
    for part in re.split(r"\s*(?:[,;/&–]|\band\b|\bvà\b|\bet\b|\bvs?\.?\b|\s-\s)\s*", text):
        if part:
            try:
                found.add(country_code(part))
            except QueryError:
                continue
    return frozenset(found or (code for m in home.gazetteer.find(text) for code in m.countries))


def _papers(found: Sequence[Held], encoder: Encoder) -> tuple[Paper, ...]:
    texts = [[h.row.text[a:b] for a, b in h.row.sentences] for h in found]
    vectors = None
    if 0 < sum(map(len, texts)) <= MANY_SENTENCES:
        every = [sentence for part in texts for sentence in part]
        lots = [encoder.encode(every[i : i + LOT]) for i in range(0, len(every), LOT)]
        vectors = np.concatenate(lots)
    papers, at = [], 0
    for h, part in zip(found, texts, strict=True):
        row = h.row
        own = None if vectors is None else vectors[at : at + len(part)]
        at += len(part)
        papers.append(Paper(
            id=row.document_id, external_id=row.external_id, title=row.title, source=row.source, lang=row.lang,
            url=row.url, published=row.published, label=Label(row.label), text=row.text, vectors=h.vectors,
            sentences=tuple(Span(a, b) for a, b in row.sentences), sentence_vectors=own, countries=h.countries,
            passages=tuple(Extract(p.id, p.start, p.end, p.text) for p in h.passages), entities=h.entities,
        ))  # fmt: skip
    return tuple(papers)


def _counts(
    c: Connection, whole: Filters, read: dict[date, int], *, since: date, until: date, weeks: timedelta
) -> tuple[Count, ...]:
    """Figures of every country and dyad with a document in the period, or with at least three before it."""
    days: dict[str, dict[date, set[str]]] = defaultdict(lambda: defaultdict(set))
    for document, series, day in event_store.series_days(c, whole):
        days[series][day].add(document)
    before, period = days_in(since - weeks, since), days_in(since, until)
    found = []
    for series, daily in sorted(days.items()):
        if series.startswith("watchlist:"):
            continue
        now_, then = [len(daily.get(d, ())) for d in period], [len(daily.get(d, ())) for d in before]
        if sum(now_) or sum(then) >= 3:
            ids = sorted({one for d in period for one in daily.get(d, ())})
            found.append(Count(
                key=parse_series(series), now=tuple(now_), before=tuple(then),
                read_now=tuple(read.get(d, 0) for d in period), read_before=tuple(read.get(d, 0) for d in before),
                document_ids=tuple(ids),
            ))  # fmt: skip
    return tuple(found)


def _unsupported(home: Home, found: Sequence[Held]) -> frozenset[str]:
    """Languages of the period that the encoder was not trained for; none where its manifest does not say."""
    with home.read() as c:
        name, encoder = home.encoders.active_name(c), home.encoder_at(c).id
    try:
        known = home.encoders.locate(name).manifest.languages
    except ModelError:
        return frozenset()
    known = (*known, *registry.parted(encoder)[1]) if known else ()
    return frozenset(h.row.lang for h in found if known and h.row.lang not in known)
