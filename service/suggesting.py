"""Entities that are probably one: proposed to operators with their evidence, and linked by themselves where it is sure.

All is made from what a reader of one clearance may see. A link that names alone made carries the label of the readers
for whom it was first sure; it is made anew, with the same result, whenever this is asked for, and what operators
decided goes before it.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from domain.document import Filters
from domain.entity import EntityKind
from domain.label import Label
from domain.text import UNSPACED
from index.filters import visible
from index.store import decisions, identities
from index.store import schema as s
from nlp.alike import Pair, Paper, Profile, propose
from nlp.transliteration import key
from service import entity_mentions, recoding
from service.search import seen_by
from service.wiring import Home

KINDS = frozenset([EntityKind.PERSON, EntityKind.ORGANISATION, EntityKind.BODY, EntityKind.OFFICE])
NEWEST = 20_000
"""Versions that are looked at, the newest."""
LINKED = "entities.linked"
"""The key in the table ``meta``."""
_NAMES = 6
_LOT = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A passage that names one of the two."""

    document_id: str
    passage_id: int
    lang: str
    source: str
    at: datetime
    title: str
    text: str
    surface: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A pair with who the two are."""

    pair: Pair
    one_name: str
    other_name: str
    kind: str
    languages: tuple[tuple[str, ...], tuple[str, ...]]
    evidence: tuple[Evidence, ...]


def suggest(
    home: Home, *, limit: int = 50, filters: Filters | None = None, kind: str | None = None
) -> list[Suggestion]:
    """Pairs of entities that are probably one and that nobody has decided of yet, the most probable first.

    Of documents in force that this reader may see, the newest ``NEWEST``.
    """
    seen = seen_by(home, filters or Filters())
    with home.read() as c:
        last = identities.resolver(c, clearance=seen.clearance)
        profiles, papers = _profiles(home, c, seen, last)
        pairs = propose(profiles.values(), weight=_weights(papers), refused=_refused(c, last, seen.clearance))
        if kind is not None:
            pairs = [one for one in pairs if profiles[one.one].kind.value == kind]
        return [_told(c, one, profiles, seen.clearance) for one in pairs[:limit]]


def link_sure(home: Home) -> list[Pair]:
    """Link what is beyond doubt, for the readers of each label from what these may see; gives the links there are now.

    Links that names made before are made anew. Operators' decisions stay as they are.
    """
    made: dict[tuple[str, Label], tuple[Pair, Label]] = {}
    with home.read() as c:
        held = sorted(c.scalars(select(s.versions.c.label).distinct()))
        before = set(c.scalars(select(s.entity_links.c.entity_id).where(s.entity_links.c.how == "names")))
    with home.write() as c:
        then = recoding.views(c)
        groups = [*identities.members(c, before, clearance=Label.TOP_SECRET).values()]
        decisions.unlink_names(c)
        for level in held:
            label = Label(level)
            seen = Filters(clearance=label)
            # Links of laxer labels are there by now: what they say is not said again.
            last = identities.resolver(c, clearance=label)
            profiles, papers = _profiles(home, c, seen, last)
            for pair in propose(profiles.values(), weight=_weights(papers), refused=_refused(c, last, label)):
                ends = identities.canonical(c, [pair.one, pair.other], clearance=label)
                a, b = ends[pair.one], ends[pair.other]
                if pair.sure and a != b and (a, label) not in made:
                    decisions.link(c, a, b, label=label, how="names", score=pair.score)
                    made[a, label] = (pair, label)
        after = {one for one, _ in made}
        groups += identities.members(c, after, clearance=Label.TOP_SECRET).values()
        recoding.follow(c, then, {one for group in groups for one in group})
    entity_mentions.rewatch(home, before ^ after)
    clearance = home.settings.reader.clearance
    return [pair for pair, label in made.values() if label <= clearance]


def link_new(home: Home) -> list[Pair]:
    """Link what is beyond doubt of entities that have come since the last time; gives the links that are new.

    Where none has come, one look at the store is all. What is linked already stays; reading and comparing, of the
    newest ``NEWEST`` versions, hold nobody up. What only later documents make sure of older entities is left to
    ``link_sure``.
    """
    with home.read() as c:
        m, e = s.mentions.c, s.entities.c
        seen, newest = _looked_at(c), c.scalar(select(func.max(m.id))) or 0
        if newest <= seen:
            return []
        came = (
            select(m.entity_id)
            .join(s.entities, e.id == m.entity_id)
            .where(m.id > seen, e.kind.in_([k.value for k in KINDS]))
        )
        new = set(c.scalars(came.group_by(m.entity_id)))
        for lot in identities.lots(new):
            new -= set(c.scalars(select(m.entity_id).where(m.entity_id.in_(lot), m.id <= seen).distinct()))
        held = sorted(c.scalars(select(s.versions.c.label).distinct())) if new else []
    made: dict[str, tuple[Pair, Label]] = {}
    for level in held:
        label = Label(level)
        with home.read() as c:
            last = identities.resolver(c, clearance=label)
            profiles, papers = _profiles(home, c, Filters(clearance=label), last)
            pairs = propose(profiles.values(), weight=_weights(papers), refused=_refused(c, last, label))
        fresh = {last(one) for one in new}
        if sure := [one for one in pairs if one.sure and not fresh.isdisjoint((one.one, one.other))]:
            made |= _linked(home, sure, label)
    entity_mentions.rewatch(home, made)
    with home.write() as c:
        values = {"value": str(newest)}
        c.execute(
            upsert(s.meta).values(key=LINKED, **values).on_conflict_do_update(index_elements=["key"], set_=values)
        )
    clearance = home.settings.reader.clearance
    return [pair for pair, label in made.values() if label <= clearance]


def _looked_at(c: Connection) -> int:
    """The last mention whose entity ``link_new`` has looked at."""
    value = c.scalar(select(s.meta.c.value).where(s.meta.c.key == LINKED))
    return int(value) if value is not None and value.isdecimal() else 0


def _linked(home: Home, pairs: Iterable[Pair], label: Label) -> dict[str, tuple[Pair, Label]]:
    """Link pairs for readers of a label, as far as nobody has decided of them since they were found."""
    made: dict[str, tuple[Pair, Label]] = {}
    with home.write() as c:
        then = recoding.views(c)
        refused = _refused(c, identities.resolver(c, clearance=label), label)
        for pair in pairs:
            ends = identities.canonical(c, [pair.one, pair.other], clearance=label)
            a, b = ends[pair.one], ends[pair.other]
            gone = len(identities.described(c, {a, b})) < 2
            if a != b and a not in made and not gone and frozenset((a, b)) not in refused:
                decisions.link(c, a, b, label=label, how="names", score=pair.score)
                made[a] = (pair, label)
        groups = identities.members(c, made, clearance=Label.TOP_SECRET).values()
        recoding.follow(c, then, {one for group in groups for one in group})
    return made


def _refused(c: Connection, last: Callable[[str], str], clearance: Label) -> frozenset[frozenset[str]]:
    pairs = decisions.kept_apart(c, clearance=clearance)
    return pairs | frozenset(frozenset(last(one) for one in pair) for pair in pairs)


# --- what is compared


def _profiles(
    home: Home, c: Connection, seen: Filters, last: Callable[[str], str]
) -> tuple[dict[str, Profile], dict[int, Paper]]:
    v = s.versions.c
    newest = select(v.id, v.at, v.lang).where(*visible(seen)).order_by(v.at.desc(), v.id.desc()).limit(NEWEST)
    told = {row.id: (row.at.date(), row.lang) for row in c.execute(newest)}
    names: dict[str, Counter[str]] = defaultdict(Counter)
    around: dict[int, set[str]] = defaultdict(set)
    behind: dict[str, set[int]] = defaultdict(set)
    m, e, ids = s.mentions.c, s.entities.c, sorted(told)
    about: dict[str, tuple[str, str, str | None]] = {}
    for start in range(0, len(ids), _LOT):
        query = select(m.version_id, m.entity_id, m.surface, e.kind, e.name, e.country)
        for row in c.execute(
            query.join(s.entities, e.id == m.entity_id).where(m.version_id.in_(ids[start : start + _LOT]))
        ):
            one = last(row.entity_id)
            around[row.version_id].add(one)
            if row.country:
                around[row.version_id].add(f"iso:{row.country}")
            if EntityKind(row.kind) in KINDS:
                behind[one].add(row.version_id)
                names[one][row.surface] += 1
                about.setdefault(one, (row.kind, row.name, row.country))
    for one, row in identities.described(c, about).items():
        about[one] = (row.kind, row.name, row.country)
    papers = {one: Paper(one, told[one][0], told[one][1], frozenset(around[one])) for one in around}
    given: dict[str, list[str]] = defaultdict(list)
    for row in decisions.given_names(c, clearance=seen.clearance):
        given[last(row.entity_id)].append(row.name)
        if EntityKind(row.kind) in KINDS:
            about.setdefault(last(row.entity_id), (row.kind, row.known_as, row.country))
    profiles = {}
    for one, (kind, name, country) in about.items():
        if EntityKind(kind) not in KINDS:
            continue
        listed = home.known.base.entity(one)
        known = () if listed is None else (x for group in listed.names.values() for x in group)
        profiles[one] = Profile(
            id=one, kind=EntityKind(kind), country=country, fixed=listed is not None or one.startswith("own:"),
            names=_different([name, *given[one], *(x for x, _ in names[one].most_common(_NAMES) if _whole(x)), *known]),
            papers=tuple(papers[x] for x in sorted(behind[one], key=lambda x: (told[x][0], x))),
        )  # fmt: skip
    return profiles, papers


def _whole(surface: str) -> bool:
    """Whether a text names somebody whole: of a later "Melrose" it is the text before that says whose name it is."""
    return len(surface.split()) > 1 or bool(UNSPACED.match(surface) and len(surface) > 2)


def _different(names: Iterable[str]) -> tuple[str, ...]:
    """Names that sound different, in their order."""
    found: dict[str, str] = {}
    for one in names:
        if sound := key(one):
            found.setdefault(sound, one)
    return tuple(found.values())[:40]


def _weights(papers: Mapping[int, Paper]) -> dict[str, float]:
    """How telling it is that a document names something: the logarithm of how seldom that is."""
    counted = Counter(one for paper in papers.values() for one in paper.around)
    return {one: math.log(1 + len(papers) / n) for one, n in counted.items()}


# --- evidence


def _told(c: Connection, pair: Pair, profiles: Mapping[str, Profile], clearance: Label) -> Suggestion:
    one, other = profiles[pair.one], profiles[pair.other]
    versions = pair.papers or (0, 0)
    evidence = []
    for profile, version in zip((one, other), versions, strict=True):
        chosen = version or (profile.papers[-1].id if profile.papers else 0)
        if chosen and (found := _passage(c, profile.id, chosen, clearance)) is not None:
            evidence.append(found)
    rows = identities.described(c, [pair.one, pair.other])
    names = [rows[x].name if x in rows else profiles[x].names[0] for x in (pair.one, pair.other)]
    return Suggestion(
        pair=pair, one_name=names[0], other_name=names[1], kind=one.kind.value, evidence=tuple(evidence),
        languages=(tuple(sorted(one.languages)), tuple(sorted(other.languages))),
    )  # fmt: skip


def _passage(c: Connection, entity: str, version: int, clearance: Label) -> Evidence | None:
    """The passage of a version that names an entity first."""
    m, v, p = s.mentions.c, s.versions.c, s.passages.c
    group = identities.members(c, [entity], clearance=clearance)[entity]
    query = (
        select(v.document_id, v.lang, v.at, v.title, m.surface, m.start, m.in_title, s.sources.c.name.label("source"))
        .select_from(s.mentions.join(s.versions).join(s.documents).join(s.sources))
        .where(v.id == version, v.label <= int(clearance), m.entity_id.in_(sorted(group)))
        .order_by(m.in_title, m.start).limit(1)
    )  # fmt: skip
    row = c.execute(query).first()
    if row is None:
        return None
    at = 0 if row.in_title else row.start
    found = c.execute(
        select(p.id, p.text, p.start).where(p.version_id == version, p.start <= at).order_by(p.start.desc()).limit(1)
    ).first()
    if found is None:
        return None
    return Evidence(document_id=row.document_id, passage_id=found.id, lang=row.lang, source=row.source, at=row.at,
                    title=row.title, text=_around(found.text, at - found.start), surface=row.surface)  # fmt: skip


def _around(text: str, at: int, *, most: int = 240) -> str:
    """The text around a place, cut at spaces."""
    start = max(0, at - most // 2)
    part = text[start : start + most]
    if start:
        part = "… " + part.partition(" ")[2] if " " in part[:40] else "… " + part
    return part if start + most >= len(text) else part.rpartition(" ")[0] + " …"
