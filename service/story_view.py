"""One story as it is shown to a reader: headline, days, sources, how each side tells it, what became of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

import numpy as np
from sqlalchemy import Connection, select

from domain.document import Filters
from domain.label import Label
from domain.story import Account, Contrast, Quote, State, StoryChange, StoryDay, StoryDocument, StoryView
from index.filters import visible
from index.store import schema as s
from index.store import stories as store
from index.store.identities import resolver
from index.store.papers import Held, held
from index.store.schema import AnyRow
from index.stories.accounts import Chosen, Sentence, centred, contrasts, figures, novel
from index.stories.group import central
from index.stories.telling import Floats, document_vector
from service import story_placing
from service.names import country_names
from service.search import seen_by
from service.stories import alone, members_of
from service.wiring import Home

READ_DOCUMENTS, READ_SENTENCES = 60, 12
"""Of a story so many originals, the most central, are read for its accounts; of each so many sentences."""
OUTSIDE = 400
"""So many passages outside the story say what is usual in a language."""
_GENERIC = frozenset({"AI", "AM", "CC", "CO", "FM", "IO", "LY", "ME", "TK", "TO", "TV", "WS"})
"""Country domains that outlets of any country use."""
_OPEN_FOR = 3


def story(home: Home, which: str, *, lang: str | None = None, as_of: datetime | None = None) -> StoryView | None:
    """A story by its id (or that of a document in it, or one that was merged into it); None where none is shown.

    Args:
        lang: the language of the headline where a document has it; by default that of briefings.
    """
    story_placing.brought_up(home)
    seen = seen_by(home, Filters(as_of=as_of))
    encoder = home.encoder
    with home.read() as c:
        member = members_of(c, seen)
        level = store.level_for(c, int(seen.clearance))
        name, documents = _documents(c, member, which, level, as_of)
        found = held(c, seen, encoder=encoder.id, dimension=encoder.dimension, documents=documents)
        found = [h for h in found if member.get(h.row.id, (alone(h.row.document_id), False))[0] == name]
        if not found:
            return None
        flags = [member.get(h.row.id, ("", False))[1] for h in found]
        if all(flags):
            flags[0] = False
        order = central(np.stack([document_vector(h.vectors[: store.PASSAGES]) for h in found]), flags)
        originals = [found[i] for i in order if not flags[i]]
        outlets = _outlets(home, c, [h.row.document_id for h in found])
        told = [] if level is None else [_change(row) for row in store.changes(c, level, stories=[name], as_of=as_of)]
        chosen = originals[:READ_DOCUMENTS]
        said = _sentences(home, c, chosen, outlets, seen)
        usual = _usual(c, seen, encoder.id, encoder.dimension, {h.row.lang for h in chosen}, {h.row.id for h in found})
        newest = _newest(c, seen)
    vectors = centred(_encoded(home, [one.text for one in said], encoder.dimension), [one.lang for one in said], usual)
    own = lang or home.settings.briefing.lang
    headline = next((h for h in originals if h.row.lang == own), originals[0])
    quotes = {h.row.document_id: h for h in found}
    first, last = found[0].row.at, max(h.row.at for h in found)
    state: State = "open" if newest is None or (newest - last).days < _OPEN_FOR else "closed"
    fresh = novel(said, vectors)
    return StoryView(
        id=name, headline=headline.row.title, headline_lang=headline.row.lang, state=state, first=first, last=last,
        timeline=_timeline(found, flags, {day: _quote(quotes, said[i]) for day, i in fresh.items()}),
        languages=_counted(h.row.lang for h in originals), sources=_counted(h.row.source for h in originals),
        outlet_countries=_counted(
            country for h in originals if (country := outlets.get(h.row.document_id)) is not None),
        countries=_counted(country for h in originals for country in sorted(h.countries)),
        documents=tuple(_document(h, outlets, copy) for h, copy in zip(found, flags, strict=True)),
        central=tuple(h.row.document_id for h in originals),
        accounts=_accounts(quotes, originals, outlets, said, contrasts(said, vectors)),
        changes=tuple(told),
    )  # fmt: skip


def changes(home: Home, *, story: str | None = None, as_of: datetime | None = None) -> tuple[StoryChange, ...]:
    """Merges, splits and moves in the stories that this reader sees, oldest first."""
    story_placing.brought_up(home)
    seen = seen_by(home, Filters(as_of=as_of))
    with home.read() as c:
        level = store.level_for(c, int(seen.clearance))
        if level is None:
            return ()
        rows = store.changes(c, level, stories=None if story is None else [story], as_of=as_of)
        return tuple(_change(row) for row in rows)


def _documents(
    c: Connection, member: Mapping[int, tuple[str, bool]], which: str, level: int | None, as_of: datetime | None
) -> tuple[str, list[str]]:
    """The story's id, and the documents that have a version in it."""
    v = s.versions.c
    name = which
    if which.startswith("d"):
        own = c.scalars(select(v.id).where(v.document_id == which).order_by(v.n.desc())).all()
        name = next((member[one][0] for one in own if one in member), alone(which))
        if name == alone(which) and not any(one in member for one in own):
            return name, [which]
    elif level is not None and as_of is None:
        name = store.now_called(c, level, which)
    inside = [version for version, (one, _) in member.items() if one == name]
    documents: set[str] = set()
    for i in range(0, len(inside), 800):
        documents |= set(c.scalars(select(v.document_id).where(v.id.in_(inside[i : i + 800]))))
    return name, sorted(documents)


def _newest(c: Connection, seen: Filters) -> datetime | None:
    """The time of the newest version shown, against which a story is open or closed."""
    v = s.versions.c
    return c.scalar(select(v.at).where(*visible(seen)).order_by(v.at.desc()).limit(1))


def _change(row: AnyRow) -> StoryChange:
    body = dict(row.body)
    return StoryChange(id=row.id, at=row.at, what=row.what, story_id=row.story_id, other_id=row.other_id,
                       document_id=row.document_id, by=row.by, reason=str(body.pop("reason", "")),
                       figures=body)  # fmt: skip


# --- sides


def _outlets(home: Home, c: Connection, documents: Sequence[str]) -> dict[str, str]:
    """The country of each document's outlet: as its source says, else by its domain, else by its name."""
    d, x = s.documents.c, s.sources.c
    query = (
        select(d.id, d.url, x.url.label("feed"), x.country, x.name)
        .select_from(s.documents.join(s.sources)).where(d.id.in_(list(documents)))
    )  # fmt: skip
    found: dict[str, str] = {}
    by_name: dict[str, str | None] = {}
    for row in c.execute(query):
        country = row.country or _of_domain(row.url) or _of_domain(row.feed)
        if country is None:
            if row.name not in by_name:
                named = {code for one in home.gazetteer.find(row.name) for code in one.countries}
                by_name[row.name] = next(iter(named)) if len(named) == 1 else None
            country = by_name[row.name]
        if country is not None:
            found[row.id] = country
    return found


def _of_domain(url: str | None) -> str | None:
    host = urlsplit(url or "").hostname or ""
    top = host.rpartition(".")[2].upper()
    top = "GB" if top == "UK" else top
    return top if len(top) == 2 and top in country_names() and top not in _GENERIC else None


def _side(h: Held, outlets: Mapping[str, str]) -> str:
    return outlets.get(h.row.document_id) or h.row.lang


def _accounts(
    quotes: Mapping[str, Held], originals: Sequence[Held], outlets: Mapping[str, str], said: Sequence[Sentence],
    chosen: Mapping[str, Sequence[Chosen]],
) -> tuple[Account, ...]:  # fmt: skip
    sides: dict[str, list[Held]] = defaultdict(list)
    for h in originals:
        sides[_side(h, outlets)].append(h)
    found = []
    for side, own in sides.items():
        if chosen.get(side):
            found.append(Account(
                side=side, basis="country" if side.isupper() else "language", documents=len(own),
                sources=tuple(dict.fromkeys(h.row.source for h in own)),
                contrasts=tuple(Contrast(quote=_quote(quotes, said[one.index]), distance=one.distance,
                                         figures=one.figures, names=one.names) for one in chosen[side]),
            ))  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-one.documents, one.side)))


# --- sentences


def _sentences(
    home: Home, c: Connection, chosen: Sequence[Held], outlets: Mapping[str, str], seen: Filters
) -> list[Sentence]:  # fmt: skip
    m, e = s.mentions.c, s.entities.c
    one = resolver(c, clearance=seen.clearance)
    named: dict[int, list[tuple[int, str, str]]] = defaultdict(list)
    query = (
        select(m.version_id, m.start, m.entity_id, e.name).select_from(s.mentions.join(s.entities))
        .where(m.version_id.in_([h.row.id for h in chosen]), m.in_title == 0).order_by(m.version_id, m.start)
    )  # fmt: skip
    shown: dict[str, str] = {}
    for row in c.execute(query):
        which = one(row.entity_id)
        shown.setdefault(which, row.name)
        named[row.version_id].append((row.start, which, row.name))
    found: list[Sentence] = []
    for h in chosen:
        for n, (a, b) in enumerate(h.row.sentences[:READ_SENTENCES]):
            passage = next((p for p in h.passages if p.start <= a < p.end), None)
            text = h.row.text[a:b].strip()
            if passage is not None and text:
                found.append(Sentence(
                    document=h.row.document_id, passage=passage.id, start=a, end=b, text=text, lang=h.row.lang,
                    side=_side(h, outlets), day=h.row.at.date(), first=n == 0, figures=figures(text),
                    names=frozenset(shown[which] for at, which, _ in named[h.row.id] if a <= at < b),
                ))  # fmt: skip
    return found


def _encoded(home: Home, texts: Sequence[str], dimension: int) -> Floats:
    if not texts:
        return np.zeros((0, dimension), np.float32)
    lots = [home.encoder.encode(list(texts[i : i + 200])) for i in range(0, len(texts), 200)]
    return np.asarray(np.concatenate(lots), np.float32)


def _usual(
    c: Connection, seen: Filters, encoder: str, dimension: int, languages: Iterable[str], inside: set[int]
) -> dict[str, Floats]:
    """The mean vector of each language outside the story; few passages count for little beside those of all."""
    v, p, x = s.versions.c, s.passages.c, s.vectors.c
    joined = s.passages.join(s.versions).join(s.vectors, (x.passage_id == p.id) & (x.encoder == encoder))
    means: dict[str, Floats] = {}
    counts: dict[str, int] = {}
    confined = replace(seen, since=None, until=None)
    for lang in sorted(languages):
        query = select(p.version_id, x.vector).select_from(joined).where(v.lang == lang, p.n < 2, *visible(confined))
        rows = [row for row in c.execute(query.order_by(p.id.desc()).limit(OUTSIDE)) if row.version_id not in inside]
        some = [np.frombuffer(row.vector, "<f2").astype(np.float32) for row in rows]
        counts[lang] = len(some)
        means[lang] = np.asarray(np.mean(some, axis=0) if some else np.zeros(dimension), np.float32)
    total = sum(counts.values())
    every = sum((means[lang] * counts[lang] for lang in means), np.zeros(dimension, np.float32)) / max(total, 1)
    return {lang: np.asarray((means[lang] * n + every * 5) / (n + 5), np.float32) for lang, n in counts.items()}


# --- parts


def _quote(quotes: Mapping[str, Held], one: Sentence) -> Quote:
    row = quotes[one.document].row
    return Quote(document_id=one.document, passage_id=one.passage, title=row.title, source=row.source, lang=row.lang,
                 at=row.at, text=one.text, label=Label(row.label))  # fmt: skip


def _document(h: Held, outlets: Mapping[str, str], copy: bool) -> StoryDocument:
    row = h.row
    return StoryDocument(
        document_id=row.document_id, external_id=row.external_id, title=row.title, source=row.source,
        country=outlets.get(row.document_id), lang=row.lang, at=row.at, label=Label(row.label), copy=copy,
    )  # fmt: skip


def _timeline(found: Sequence[Held], flags: Sequence[bool], fresh: Mapping[object, Quote]) -> tuple[StoryDay, ...]:
    days = Counter(h.row.at.date() for h in found)
    copies = Counter(h.row.at.date() for h, copy in zip(found, flags, strict=True) if copy)
    return tuple(StoryDay(day=day, documents=n, copies=copies[day], new=fresh.get(day)) for day, n in
                 sorted(days.items()))  # fmt: skip


def _counted(values: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(values).items(), key=lambda one: (-one[1], one[0])))
