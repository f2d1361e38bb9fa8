"""The counted sections of a briefing: what changed, the alerts, and what is not known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from briefing.parts import Entry, Line, Part, cite, key
from briefing.phrases import (
    Phrases,
    health_template,
    language_name,
    show_day,
    show_days,
    show_length,
    show_number,
    show_span,
    subject_name,
)
from briefing.select import Count, Material, Paper, Told, closeness, concerns
from domain.alert import Alert, Evidence
from domain.briefing import Citation
from domain.source import HEALTH_STATES, SourceHealth
from domain.time import days_in

_GAPS = 5
_CITED = 6
_SURPRISING = 2.0
_AT_LEAST = 3


def changed(
    material: Material, papers: Sequence[Paper], cited: set[tuple[str, int]], words: Phrases, *, most: int
) -> Part:
    """Counts that left what the four weeks before lead to expect, most surprising first.

    Those of the subject's own countries alone come before those that involve others.
    """
    counts = [c for c in material.counts if concerns(c.key, material.subject)]
    moved = [c for c in counts if abs(c.surprise) >= _SURPRISING and (c.surprise < 0 or c.total >= _AT_LEAST)]
    wanted = material.subject.countries
    moved.sort(key=lambda c: (bool(wanted) and not wanted.issuperset(c.key.subject), -abs(c.surprise), str(c.key)))
    entries: list[Entry] = []
    uncited = left = 0
    by_id = {p.id: p for p in papers}
    for count in moved:
        held = [by_id[i] for i in dict.fromkeys(count.document_ids) if i in by_id]
        if count.total and not held:
            uncited += 1
        elif len(entries) == most:
            left += 1
        else:
            cites = _counted(held, cited, material, most=min(_CITED, count.total))
            entries.append(_change(count, cites, words))
    notes = []
    if counts and all(c.expected is None for c in counts):
        notes.append(words.no_comparison)
    elif not entries:
        notes.append(words.nothing_changed)
    if uncited:
        notes.append(words.uncited.format(n=uncited))
    if left:
        notes.append(words.left_out.format(n=left))
    return Part("changed", words.changed, tuple(entries), tuple(notes))


def _change(count: Count, cites: tuple[Citation, ...], words: Phrases) -> Entry:
    name = subject_name(count.key, words)
    template = words.change_more if count.surprise > 0 else words.change_fewer if count.total else words.change_none
    text = template.format(
        name=name,
        count=count.total,
        days=show_length(len(count.now), words),
        expected=show_number(count.expected or 0.0, words),
    )
    basis = words.change_basis.format(
        name=name, before=sum(count.before), weeks=len(count.before), read_before=sum(count.read_before),
        read_now=sum(count.read_now), cited=len(cites),
    )  # fmt: skip
    return Entry(name, (Line(text, cites, words.lang, f"counted={count.total}; {basis}"),))


def _counted(
    papers: Sequence[Paper], cited: set[tuple[str, int]], material: Material, *, most: int
) -> tuple[Citation, ...]:
    """One passage each of the documents counted: those cited already first, then the nearest to the subject."""
    subject = material.subject
    found = []
    for paper in papers:
        if not paper.passages:
            continue
        rows = range(len(paper.passages))
        before = [i for i in rows if (paper.id, paper.passages[i].id) in cited]
        best = before[0] if before else max(rows, key=lambda i: (closeness(paper.vectors[i : i + 1], subject), -i))
        near = closeness(paper.vectors[best : best + 1], subject)
        found.append((not before, -round(near, 6), paper.id, cite(paper, paper.passages[best])))
    return tuple(row[3] for row in sorted(found, key=lambda row: row[:3])[:most])


def alerted(raised: Sequence[Alert], papers: Sequence[Paper], words: Phrases, *, most: int) -> Part:
    """The alerts of the period, each with the passages behind it."""
    by_id = {p.id: p for p in papers}
    entries: list[Entry] = []
    uncited = left = 0
    for alert in raised:
        cites = tuple({e.document_id: _evidence(e, by_id) for e in reversed(alert.evidence)}.values())[::-1]
        cites = cites[: min(_CITED, alert.observed)]
        if alert.observed and not cites:
            uncited += 1
        elif len(entries) == most:
            left += 1
        else:
            entries.append(_alert(alert, cites, words))
    notes = [] if raised else [words.nothing_alerted]
    if uncited:
        notes.append(words.uncited.format(n=uncited))
    if left:
        notes.append(words.left_out.format(n=left))
    return Part("alerts", words.alerts, tuple(entries), tuple(notes))


def _alert(alert: Alert, cites: tuple[Citation, ...], words: Phrases) -> Entry:
    name = subject_name(alert.key, words)
    fired = [s for s in alert.signals if s.fired] or list(alert.signals)
    text = (words.alert if alert.state == "open" else words.alert_closed).format(
        name=name, count=alert.observed, day=show_day(alert.opened, words),
        expected=show_number(alert.expected, words), last=show_day(alert.last, words), peak=alert.peak,
    )  # fmt: skip
    basis = words.alert_basis.format(
        id=alert.id,
        detectors=", ".join(f"{s.detector} {show_number(s.score, words)}" for s in fired) or "-",
        first=show_day(min(s.window[0] for s in fired), words) if fired else "-",
        end=show_day(max(s.window[1] for s in fired), words) if fired else "-",
        cited=len(cites),
    )
    return Entry(name, (Line(text, cites, words.lang, f"counted={alert.observed}; {basis}"),))


def _evidence(evidence: Evidence, papers: dict[str, Paper]) -> Citation:
    """The passage behind an alert; as the material has it where it is there, for one passage has one text."""
    paper = papers.get(evidence.document_id)
    if paper is not None:
        passage = next((p for p in paper.passages if p.id == evidence.passage_id), None)
        if passage is not None:
            return cite(paper, passage)
    return Citation(
        n=0, document_id=evidence.document_id, passage_id=evidence.passage_id, title=evidence.title,
        source=evidence.source, lang=evidence.lang, published=evidence.published,
        url=paper.url if paper is not None else None, label=evidence.label, passage=evidence.text,
    )  # fmt: skip


def unknown(material: Material, papers: Sequence[Paper], told: Sequence[tuple[Told, Entry]], words: Phrases) -> Part:
    """Gaps in the reading: days, sources and languages not heard, and stories that one source alone tells."""
    entries: list[Entry] = []
    notes: list[str] = []
    if not material.papers:
        line = Line(words.nothing_read, (), words.lang, f"counted=0; {words.none_basis}")
        entries.append(Entry(words.documents, (line,)))
    silent = [d for d in days_in(material.since.date(), _last_day(material)) if material.read.get(d) == 0]
    if silent:
        text = words.unread_days.format(days=show_days(silent, words))
        line = Line(text, (), words.lang, f"counted=0; {words.unread_basis}")
        entries.append(Entry(show_days(silent, words), (line,)))
    alone = [entry for t, entry in told if len(t.sources) == 1]
    if alone:
        cites = tuple({key(e.lines[0].cites[0]): e.lines[0].cites[0] for e in alone}.values())
        text = words.single_stories.format(count=len(alone))
        entries.append(
            Entry(words.single, (Line(text, cites, words.lang, f"counted={len(alone)}; {words.single_basis}"),))
        )
    unsupported = sorted(lang for lang in material.unsupported if material.languages.get(lang, 0))
    uncited = []
    for lang in sorted({*unsupported, *(p.lang for p in material.papers if p.lang in material.unsupported)}):
        held = [p for p in papers if p.lang == lang and p.passages]
        if not held:
            uncited.append(language_name(lang, words))
            continue
        entries.append(_language(lang, held, words))
    if uncited:
        notes.append(words.unsupported_unread.format(languages=", ".join(uncited)))
    ill = [h for h in material.health if h.state != "healthy"]
    ill.sort(key=lambda h: (HEALTH_STATES.index(h.state), h.source))
    room = max(_GAPS - len(entries), 1)
    entries += [_source(h, papers, words) for h in ill[:room]]
    if len(ill) > room:
        notes.append(words.more_sources.format(n=len(ill) - room))
    if not entries and not notes:
        notes.append(words.nothing_unknown)
    return Part("unknown", words.unknown, tuple(entries), tuple(notes))


def _last_day(material: Material) -> date:
    """The first day not in the period; a day that the period enters counts as in it."""
    whole = material.until.replace(hour=0, minute=0, second=0, microsecond=0)
    return whole.date() if whole == material.until else whole.date() + timedelta(days=1)


def _language(lang: str, held: Sequence[Paper], words: Phrases) -> Entry:
    name = language_name(lang, words)
    cites = tuple(cite(p, p.passages[0]) for p in held[:2])
    basis = f"counted={len(held)}; {words.unsupported_basis.format(cited=len(cites))}"
    text = words.unsupported.format(count=len(held), language=name)
    return Entry(name, (Line(text, cites, words.lang, basis),), languages=(lang,))


def _source(health: SourceHealth, papers: Sequence[Paper], words: Phrases) -> Entry:
    held = sorted(
        (p for p in papers if p.source == health.source and p.passages),
        key=lambda p: (p.published is not None, p.published or datetime.min.replace(tzinfo=UTC), p.id),
        reverse=True,
    )
    age = words.no_age if health.content_age is None else words.age.format(age=show_span(health.content_age, words))
    usual = "" if health.usual_gap is None else words.usual.format(gap=show_span(health.usual_gap, words))
    count = 0 if health.state == "never read" else len(held)
    text = health_template(health.state, words).format(
        source=health.source, age=age, usual=usual, failures=health.failures, count=count
    )
    cites = tuple(cite(p, p.passages[0]) for p in held[: min(count, 1)])
    basis = f"counted={count}; {words.source_basis}"
    return Entry(health.source, (Line(text, cites, words.lang, basis),), health.newest, (health.source,))
