"""Events from text: who did what to whom, in any language that the encoder reads.

For each clause: an act by a small lexicon of its language, judged by the clause's meaning; its subject and object by
where the named actors stand; whether it is told as done; its day. In a language without a lexicon, and for clauses
whose words it lacks, the meaning alone decides, and has to be surer.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from domain.document import Span
from domain.entity import EntityKind, Mention
from domain.event import Modality
from domain.ids import digest
from domain.plover import MUTUAL, TYPES, Plover, code_of, goldstein_of, quad_of
from domain.protocols import Encoder
from nlp.events_acts import DATA, Trigger, triggers
from nlp.events_days import told_day
from nlp.events_grammar import grammar
from nlp.events_meaning import Meaning, Meanings
from nlp.events_modality import modality, told_at_large
from nlp.events_parties import Actor, actors
from nlp.events_roles import Roles, governed, roles

_VERSION = "1"
_LEXICON = 0.50
_WEAK = 0.15
_LONGER = 0.08
LEAST = 0.45
"""Least score of an event. These and the numbers below were set by hand and checked on the development cases."""
_LEAST_ALONE = 0.62
"""Least probability of a type that no word of the lexicon supports."""
_PLAIN = 0.5
_ONE_SIDED = 0.2
"""Least probability of the type where nobody is named to whom it was done."""
LEAST_SURE = 0.4
"""Events less sure than this are not told: of the six so found in the gold standard none was right."""
_ABOUT, _GUESSED = 2, 0.75
"""Mentions from which a text is about a country; what is left of the confidence where an object is concluded so."""
_LONGEST = 1500
"""Characters of a sentence beyond which it is a table or a list and not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A text to be coded. Mentions of ``text`` and of ``title`` count their offsets there; ``written`` is its day."""

    title: str
    text: str
    lang: str
    written: date
    sentences: tuple[Span, ...]
    mentions: tuple[Mention, ...]
    title_mentions: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An event as one text tells it.

    Attributes:
        source, target: the country's code with the actor's name; a code is None where the actor has no country, and
            the name empty where none is told.
        at: where in the text its sentence begins; -1 in the title. told: in how many clauses it is told.
        confidence: 0 to 1; how often events of such a score are right is measured in ``evaluation.coding``.
    """

    source: tuple[str | None, str]
    target: tuple[str | None, str]
    plover: Plover
    cameo: str
    modality: Modality
    day: date
    confidence: float
    at: int
    told: int = 1

    @property
    def goldstein(self) -> float | None:
        """Of its code, -10 to 10."""
        return goldstein_of(self.cameo)


@dataclass(frozen=True, slots=True)
class _Frame:
    """An act that is to be judged: its clause with the names taken out."""

    trigger: Trigger | None
    roles: Roles
    clause: str
    modality: Modality
    day: date
    at: int
    game: bool = False
    """It stands among words of sport and shows: its meaning has to be plain."""


class Coder:
    """Codes texts in lots: the clauses of many are embedded at once.

    Args:
        encoder: judges the meaning of clauses.
        lot: texts taken together.
    """

    def __init__(self, encoder: Encoder, *, lot: int = 32) -> None:
        self._encoder = encoder
        self._lot = lot
        self._meanings: Meanings | None = None

    @property
    def id(self) -> str:
        """Names this coder: what it coded is coded anew once this changes."""
        return f"vedette-{_VERSION}-{digest([_data_hash(), self._encoder.id], size=4)}"

    def code(self, told: Told) -> tuple[Act, ...]:
        """The events of one text, each once, in the order in which they are told."""
        return next(self.code_many([told]))

    def code_many(self, texts: Iterable[Told]) -> Iterator[tuple[Act, ...]]:
        """The events of each text, in order."""
        lot: list[Told] = []
        for told in texts:
            lot.append(told)
            if len(lot) >= self._lot:
                yield from self._code(lot)
                lot = []
        yield from self._code(lot)

    def _code(self, lot: Sequence[Told]) -> Iterator[tuple[Act, ...]]:
        framed = [list(_frames(told)) for told in lot]
        clauses = [frame.clause for frames in framed for frame in frames]
        if clauses and self._meanings is None:
            self._meanings = Meanings(self._encoder)
        meant = iter(self._meanings.judge(clauses) if self._meanings is not None else ())
        for told, frames in zip(lot, framed, strict=True):
            acts = list(_judged(frames, [next(meant) for _ in frames]))
            yield _told_once(act for act in _completed(acts, told) if act.confidence >= LEAST_SURE)


@functools.cache
def _data_hash() -> str:
    """Of the words, sentences and patterns that the coder goes by."""
    paths = sorted((*DATA.glob("*.toml"), *DATA.glob("*.txt")))
    return digest([path.read_bytes().hex() for path in paths])


def _frames(told: Told) -> Iterator[_Frame]:
    """Every act that a title or a sentence may tell."""
    subject: Actor | None = None
    units = [(-1, told.title, told.title_mentions)] if told.title.strip() else []
    for span in told.sentences:
        inside = [replace(m, start=m.start - span.start, end=m.end - span.start) for m in told.mentions
                  if span.start <= m.start and m.end <= span.end]  # fmt: skip
        units.append((span.start, told.text[span.start : span.end], tuple(inside)))
    for at, text, mentions in units:
        if len(text) > _LONGEST:
            continue
        frames, acted = _sentence_frames(text, mentions, told, at, subject)
        yield from frames
        if at >= 0:
            subject = acted


def _sentence_frames(
    text: str, mentions: Sequence[Mention], told: Told, at: int, subject: Actor | None
) -> tuple[list[_Frame], Actor | None]:
    small = grammar(told.lang)
    acts = triggers(text, lang=told.lang)
    found = actors(text, mentions, small, acts)
    if not found:
        return [], None
    frames: list[_Frame] = []
    suffered: set[int] = set()
    acted: Actor | None = None
    skipped = governed(text, acts, small, found)
    condition = small.unless.search(text)
    game = small.sport.search(text) is not None or small.sport.search(told.title) is not None
    for trigger in acts:
        # What stands after "unless" is a condition, not an act.
        if trigger in skipped or (condition is not None and trigger.start >= condition.end()):
            continue
        who = roles(text, trigger, found, small, lang=told.lang, suffered=frozenset(suffered), subject=subject)
        if not who.sources and not who.targets:
            continue
        if not trigger.weak:
            suffered.update(a.start for a in who.targets)
            if who.sources and acted is None:
                acted = who.sources[0]
        day = told_day(text, lang=told.lang, written=told.written, clause=text[who.start : who.end])
        if day is None:
            continue
        mood = modality(text, trigger, small, lang=told.lang, start=min(who.start, trigger.start), end=who.end)
        if mood in ("future", "hypothetical") and small.unless.search(text, trigger.stop):
            trigger, mood = replace(trigger, plover="THREATEN", cameo=code_of("THREATEN")), "done"
        frames.append(_Frame(trigger, who, _bare(text, who, found), mood, day, at, game))
    if not frames and not game and len({a.key for a in found if a.role not in ("teller", "place")}) > 1:
        alone = _alone(text, found)
        day = told_day(text, lang=told.lang, written=told.written, clause=text)
        if alone is not None and day is not None:
            frames.append(_Frame(None, alone, _bare(text, alone, found), told_at_large(text, small), day, at))
            acted = alone.sources[0]
    return frames, acted or next((a for a in found if a.role == ""), None)


def _alone(text: str, found: Sequence[Actor]) -> Roles | None:
    """The first two parties of a sentence that has no act in the lexicon."""
    usable = [a for a in found if a.role not in ("teller", "place")]
    first = usable[0]
    other = next((a for a in usable[1:] if a.key != first.key), None)
    if other is None:
        return None
    return Roles((first,), (other,), 0, len(text), 0.8)


def _bare(text: str, who: Roles, found: Sequence[Actor]) -> str:
    """The clause without the names of its actors."""
    out, at = [], who.start
    for actor in found:
        if who.start <= actor.start and actor.end <= who.end and actor.start >= at:
            out.append(text[at : actor.start])
            at = actor.end
    out.append(text[at : who.end])
    return " ".join("".join(out).split())


def _judged(frames: Sequence[_Frame], meant: Sequence[Meaning]) -> Iterator[Act]:
    """The likeliest act of each clause for each pair of actors."""
    best: dict[tuple[object, ...], tuple[float, Act]] = {}
    for frame, meaning in zip(frames, meant, strict=True):
        scored = _score(frame, meaning)
        if scored is None:
            continue
        plover, cameo, score = scored
        for source in frame.roles.sources or (None,):
            for target in frame.roles.targets or (None,):
                if not _sensible(source, target, plover, frame, score, meaning):
                    continue
                act = Act(
                    source=_party(source), target=_party(target), plover=plover, cameo=cameo, modality=frame.modality,
                    day=frame.day, confidence=round(min(score, 1.0) * frame.roles.sure, 3), at=frame.at,
                )  # fmt: skip
                start = frame.trigger.start if frame.trigger is not None else 0
                # Of what a sentence tells without an object, only the plainest.
                key = (frame.at, act.source, act.target, start if target is not None else -1)
                if key not in best or act.confidence > best[key][0]:
                    best[key] = (act.confidence, act)
    yield from (act for _, act in best.values())


def _score(frame: _Frame, meaning: Meaning) -> tuple[Plover, str, float] | None:
    """The type, its code, and how sure: the lexicon's word and the meaning together."""
    trigger = frame.trigger
    if trigger is None:
        plover = meaning.best
        share = meaning.types[plover]
        return (plover, code_of(plover), share * 0.8) if share >= _LEAST_ALONE else None
    word = (_WEAK if trigger.weak else _LEXICON) + _LONGER * min(trigger.size - 1, 2)
    score = word + 0.6 * meaning.types[trigger.plover] - 0.25 * meaning.none
    if frame.game and meaning.types[trigger.plover] < _PLAIN:
        return None
    return (trigger.plover, trigger.cameo, score) if score >= LEAST else None


def _sensible(
    source: Actor | None, target: Actor | None, plover: Plover, frame: _Frame, score: float, meaning: Meaning
) -> bool:
    """Whether such an act can be told of these two; with one of them missing only a plain one."""
    if source is not None and target is not None:
        return source.key != target.key or (plover not in MUTUAL and frame.trigger is not None
                                            and frame.trigger.cameo != "057")  # fmt: skip
    if (source is None and target is None) or frame.trigger is None or frame.trigger.weak:
        return False
    if quad_of(plover) == 4:
        return score >= LEAST + 0.1
    return target is None and meaning.types[plover] >= _ONE_SIDED


def _completed(acts: Sequence[Act], told: Told) -> list[Act]:
    """Hard acts without an object are against the one other country that the text is about, where there is one.

    "China has installed a rig", in a report that names China and Vietnam again and again and nobody else.
    """
    counted: Counter[str] = Counter()
    names: dict[str, str] = {}
    for m in (*told.title_mentions, *told.mentions):
        if m.countries and m.kind is not EntityKind.PLACE:
            counted[m.countries[0]] += 1
            names.setdefault(m.countries[0], m.name)
    about = {code for code, n in counted.items() if n >= _ABOUT}
    out = []
    for act in acts:
        others = about - {act.source[0]}
        if act.target[1] or quad_of(act.plover) != 4 or act.source[0] not in about or len(others) != 1:
            out.append(act)
            continue
        other = others.pop()
        out.append(replace(act, target=(other, names[other]), confidence=round(act.confidence * _GUESSED, 3)))
    return out


def _party(actor: Actor | None) -> tuple[str | None, str]:
    if actor is None:
        return None, ""
    return (actor.countries[0] if actor.countries else None), actor.name


def _told_once(acts: Iterable[Act]) -> tuple[Act, ...]:
    """One event where title and text, or two sentences, tell the same: the surest telling, which counts the others."""
    held: dict[tuple[object, ...], Act] = {}
    for act in acts:
        a, b = act.source[0] or act.source[1], act.target[0] or act.target[1]
        pair = (a, b) if act.plover not in MUTUAL else tuple(sorted((a, b)))
        key = (*pair, act.plover, act.modality, act.day)
        before = held.get(key)
        if before is None:
            held[key] = act
        else:
            kept = act if act.confidence > before.confidence and (before.at < 0 or act.at >= 0) else before
            at = before.at if before.at >= 0 else act.at
            held[key] = replace(kept, confidence=max(act.confidence, before.confidence), told=before.told + 1, at=at)
    for key, act in list(held.items()):
        # The same telling without its object says less.
        fuller = (o for o in held.values() if o.source == act.source and o.target[1])
        if (not act.target[1] and any(o.plover == act.plover or o.at == act.at for o in fuller)) or (
            act.modality != "done" and (*key[:3], "done", act.day) in held
        ):
            del held[key]
    order = {plover: i for i, plover in enumerate(TYPES)}
    return tuple(sorted(held.values(), key=lambda a: (a.at, order[a.plover], str(a.source), str(a.target))))
