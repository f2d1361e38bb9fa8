"""A briefing from its material: sentences taken from documents, and figures that say how they were counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from briefing.figures import alerted, changed, unknown
from briefing.outlook import Outlook, outlook
from briefing.parts import Entry, Line, Part, numbered, standing
from briefing.phrases import Phrases, phrases, subject_name
from briefing.select import Material, Paper, Told, alerts_on, closeness, papers_on, rank
from briefing.sentences import Candidate, candidates, choose, repeats
from briefing.verify import verify
from domain.alert import Alert, SeriesKey
from domain.briefing import Briefing, Citation, Item, Section
from domain.errors import VedetteError
from domain.label import Label, strictest
from domain.time import start_of

_SIDE_ITEMS = 3
_STORY_PAPERS = 12


def compose(material: Material, *, lang: str = "en", max_items: int = 5) -> Briefing:
    """The briefing that the material supports, about one page by default.

    What happened is quoted, story by story; what changed, the alerts and what is not known are counted. A sentence that
    cannot be proven (``verify``) is dropped before citations are numbered. The label is the strictest of all documents
    on the subject and all alerts told of, because ranks and figures rest on them all.

    Args:
        lang: of the headings and the computed sentences: en, vi or fr. Quotations keep their own language.
        max_items: stories at most; the other sections hold at most three, what is not known five.

    Raises:
        ValueError: no such language, or max_items below 1.
        VedetteError: the composed briefing does not verify; nothing unproven leaves this function.
    """
    words = phrases(lang)
    if max_items < 1:
        raise ValueError(f"max_items is {max_items}, but a briefing has at least one")
    papers = papers_on(material)
    alerts = alerts_on(material)
    pool = {p.id: candidates(p) for p in papers}
    side = min(max_items, _SIDE_ITEMS)
    happened, told, used = _happened(material, rank(material), pool, words, most=max_items)
    cited = {(c.document_id, c.passage_id) for e in happened.entries for line in e.lines for c in line.cites}
    parts = (
        happened,
        changed(material, papers, cited, words, most=side),
        alerted(alerts, papers, words, most=side),
        _watch(material, papers, pool, used, words, most=side),
        unknown(material, papers, told, words),
    )
    label = strictest([p.label for p in papers] + [a.label for a in alerts] + _evidence_labels(alerts))
    return _finish(parts, material, words, label=label, documents=len(papers))


def _evidence_labels(alerts: Iterable[Alert]) -> list[Label]:
    return [e.label for a in alerts for e in a.evidence]


def _happened(
    material: Material,
    ranked: Sequence[Told],
    pool: dict[str, tuple[Candidate, ...]],
    words: Phrases,
    *,
    most: int,
) -> tuple[Part, list[tuple[Told, Entry]], list[Candidate]]:
    """The section, the stories it tells with their entries, and the sentences it used."""
    shown: list[tuple[Told, Entry]] = []
    used: list[Candidate] = []
    silent = tried = 0
    for told in ranked:
        if len(shown) == most:
            break
        tried += 1
        sentences = 1 if len(told.sources) == 1 else 3 if not shown and len(told.sources) >= 4 else 2
        taken = choose(
            told.papers[:_STORY_PAPERS], subject=material.subject, most=sentences, lang=words.lang, pool=pool, used=used
        )
        if not taken:
            silent += 1
            continue
        used += taken
        titled = next((c.paper for c in taken if c.paper.lang == words.lang), taken[0].paper)
        times = [p.published for p in told.papers if p.published is not None]
        entry = Entry(
            heading=" ".join(titled.title.split()),
            lines=tuple(Line(c.text, standing(c, told.papers), c.paper.lang) for c in taken),
            when=min(times, default=None),
            sources=told.sources,
            languages=tuple(sorted({p.lang for p in told.papers})),
        )
        shown.append((told, entry))
    notes = []
    if not material.papers:
        notes.append(words.nothing_read)
    elif not ranked:
        notes.append(words.nothing_on_subject.format(n=len(material.papers)))
    elif not shown:
        notes.append(words.nothing_happened)
    if silent:
        notes.append(words.no_sentence.format(n=silent))
    if len(ranked) > tried:
        notes.append(words.left_out.format(n=len(ranked) - tried))
    return Part("happened", words.happened, tuple(e for _, e in shown), tuple(notes)), shown, used


def _watch(
    material: Material,
    papers: Sequence[Paper],
    pool: dict[str, tuple[Candidate, ...]],
    used: Sequence[Candidate],
    words: Phrases,
    *,
    most: int,
) -> Part:
    found: list[tuple[float, Candidate, Outlook]] = []
    length = material.until - material.since
    for paper in papers:
        recency = ((paper.published or material.since) - material.since) / length
        for candidate in pool[paper.id]:
            ahead = outlook(candidate.text, lang=paper.lang, published=paper.published, until=material.until)
            if ahead.strength >= 1.0:
                near = closeness(candidate.vector[None, :], material.subject)
                own = 0.2 if paper.lang == words.lang else 0.0
                found.append((min(ahead.strength, 3.0) + 2.0 * near + 0.5 * recency + own, candidate, ahead))
    found.sort(key=lambda row: (-round(row[0], 6), row[1].paper.id, row[1].n))
    taken: list[Candidate] = []
    entries = []
    for _, candidate, ahead in found:
        if len(taken) == most:
            break
        if any(c.paper.id == candidate.paper.id for c in taken) or repeats(candidate, [*used, *taken]):
            continue
        taken.append(candidate)
        paper = candidate.paper
        when = start_of(ahead.on) if ahead.on is not None else None
        entries.append(
            Entry(
                " ".join(paper.title.split()), (Line(candidate.text, standing(candidate, papers), paper.lang),), when,
                (paper.source,), (paper.lang,),
            )
        )  # fmt: skip
    return Part("watch", words.watch, tuple(entries), () if entries else (words.nothing_ahead,))


def _finish(parts: Sequence[Part], material: Material, words: Phrases, *, label: Label, documents: int) -> Briefing:
    """The briefing with its citations numbered in order of first use, proven."""
    listed: dict[tuple[str, int], Citation] = {}
    sections = []
    for part in parts:
        items = []
        for entry in part.entries:
            statements = [s for line in entry.lines if (s := numbered(line, listed)) is not None]
            if statements:
                items.append(
                    Item(
                        heading=entry.heading, statements=tuple(statements), when=entry.when, sources=entry.sources,
                        languages=entry.languages,
                    )
                )  # fmt: skip
        sections.append(
            Section(kind=part.kind, title=part.title, items=tuple(items), note=" ".join(part.notes) or None)
        )
    subject = material.subject
    names = words.conjunction.join(subject_name(SeriesKey("country", (c,)), words) for c in sorted(subject.countries))
    about = " ".join(subject.text.split()) or names
    briefing = Briefing(
        title=words.title.format(about=about) if about else words.title_all,
        about=about, since=material.since, until=material.until, as_of=material.as_of, made=material.made,
        lang=words.lang, label=label, sections=tuple(sections), citations=tuple(listed.values()), documents=documents,
    )  # fmt: skip
    if problems := verify(briefing):
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise VedetteError(f"{problems[0]}{more}", item=briefing.title, stage="briefing")
    return briefing
