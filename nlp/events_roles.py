"""Who did it to whom: the places of the actors about an act.

The subject is taken from the left, the object from the right, the other way round in a passive; where a language puts
both before the verb, the first is the subject.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.plover import MUTUAL
from nlp.events_acts import Trigger
from nlp.events_grammar import Grammar
from nlp.events_parties import Actor
from nlp.segment_rules import word_set

_STRONG = re.compile(r"[;:。；！？!?—|\n]|\s[–-]\s")
_AFTER_NOUN = re.compile(r"\w\W+\w+\W+(?:\w+\W+){0,2}$")
_BARE_COMMA = re.compile(
    r"^\s*,\s*(?:(?:the|la|le|les|der|die|das|el|los)\s+)?$|,?\s(?:and|et|und|y|e|и|và)\s", re.IGNORECASE
)
# "the site of an attack in ...": whoever is named before did not do it.
_NOUNS = word_set(
    "attack attacks raid raids clash clashes fighting killing killings bombing bombings offensive meeting meetings "
    "talks visit protest protests threat threats sanctions arrest arrests riots strikes shelling incursion "
    "demonstrations"
)
_WITHIN = re.compile(
    r"\b(?:of|from|after|over|about|during|following|amid|on|against|for|in|despite)\s+"
    r"(?:(?:an?|the|this|that|these|those|its|their|his|her|any|new|alleged)\s+)?(?:[a-z][\w-]*\s+){0,2}$"
)
_GOVERN = frozenset(["REQUEST", "THREATEN", "REJECT", "AGREE", "ACCUSE"])
_SPOKEN = frozenset(["REQUEST", "ACCUSE", "THREATEN", "AGREE", "REJECT"])
_BOTH = re.compile(
    r"^(?:clash|collision|collide|exchange|fight|fought|affront|heurt|combat|gefecht|zusammensto|kollision|enfrent|combat|"
    r"choque|столкнов|столкнул|перестрел|бо[ия]|giao tranh|đụng độ|冲突|交火|交战|碰撞|sign|ratif|unterz|firm|suscri|"
    r"подпис|ký|签|establish|thiết lập|建)",
    re.IGNORECASE,
)
_PASSIVE_FORM = {
    "en": re.compile(r"^(?!.*ing$)"),
    "fr": re.compile(r"(?:é|ée|és|ées|i|is|ie|ies|it|its|u|us|ue|ues|t|te|ts|tes)$"),
    "de": re.compile(r"(?:t|en)$"),
    "es": re.compile(r"(?:d[oa]s?|t[oa]s?|s[oa]s?|ch[oa]s?)$"),
    "ru": re.compile(r"(?:ен|ён|ан|ян|ят|ут)(?:о|а|ы)?$"),
}
_INSTRUMENTAL = re.compile(r"(?:ом|ем|ём|ой|ей|ою|ами|ями|ым|им|ыми|ими)$")


@dataclass(frozen=True, slots=True)
class Roles:
    """Who did an act to whom, within the clause ``[start, end)``; ``sure`` is lower where it had to be guessed."""

    sources: tuple[Actor, ...]
    targets: tuple[Actor, ...]
    start: int
    end: int
    sure: float


def passive(text: str, trigger: Trigger, grammar: Grammar, *, lang: str, start: int, end: int) -> bool:
    """Whether what stands before the act suffers it."""
    word = text[trigger.start : trigger.end].lower()
    form = _PASSIVE_FORM.get(lang)
    if form is not None and not form.search(word):
        return False
    before, after = text[start : trigger.start], text[trigger.stop : end]
    if lang == "ru":
        return True
    if lang in ("vi", "zh"):
        return grammar.passive.search(before) is not None
    by = grammar.after.search(after) is not None
    if lang == "de":
        return grammar.passive.search(before) is not None and bool(re.search(r"\b(?:wurden?|worden)\b", text[start:end])
               or re.search(r"\b(?:von|durch|vom)\b", before))  # fmt: skip
    if lang == "fr":
        return (by and word[-1:] in "éestiu") or bool(
            re.search(r"\b(?:a|ont|avait|avaient)\s+été\b(?:\s+\w+){0,2}\s*$", before)
        )
    return by or grammar.passive.search(before) is not None


def clause(text: str, trigger: Trigger, grammar: Grammar, actors_: Sequence[Actor]) -> tuple[int, int]:
    """The stretch about an act that no strong mark crosses."""
    start, end = 0, len(text)
    for match in _STRONG.finditer(text):
        if match.end() <= trigger.start:
            start = match.end()
        elif match.start() >= trigger.stop:
            end = match.start()
            break
    return start, end


def roles(
    text: str, trigger: Trigger, all_actors: Sequence[Actor], grammar: Grammar, *, lang: str,
    suffered: frozenset[int] = frozenset(), subject: Actor | None = None,
) -> Roles:  # fmt: skip
    """Who did the act to whom.

    Args:
        suffered: where actors start that were the object of an act told before: they are no subject of the next.
        subject: who acted in the sentence before, for one that names no subject.
    """
    start, end = clause(text, trigger, grammar, all_actors)
    own = [a for a in all_actors if start <= a.start and a.end <= end]
    left = [a for a in own if a.end <= trigger.start]
    right = [a for a in own if a.start >= trigger.end]
    inner = _inner(text, trigger, grammar, start, end)
    if lang == "en" and text[trigger.start : trigger.end].lower() in _NOUNS:
        within = _WITHIN.search(text[start : trigger.start])
        if within is not None:
            left, subject = [a for a in left if a.start >= start + within.start()], None
    near_left = [a for a in left if a.start >= inner[0]]
    near_right = [a for a in right if a.end <= inner[1]]
    if trigger.plover in _SPOKEN and not _useful(near_right):
        near_right = right
    sure = 1.0
    if passive(text, trigger, grammar, lang=lang, start=inner[0], end=inner[1]):
        sources, targets = _suffering(text, trigger, near_left or left, near_right, lang)
    else:
        if not _useful(near_left) and _useful(left):
            near_left, sure = left, 0.9
        if grammar.because.search(text[start : trigger.start]) and any(a.start in suffered for a in left):
            # "sanctioned American firms for selling arms to Taiwan": those who suffered the first did the second.
            near_left, suffered = [a for a in left if a.start in suffered][-1:], frozenset()
        sources, targets, guessed = _acting(text, near_left, near_right, grammar, suffered)
        sure *= guessed
        if sources and not targets and trigger.plover == "PROTEST":
            # Crowds stand before somebody's embassy.
            targets = [a for a in near_left if a.role == "place" and a.key != sources[0].key][-1:]
    sources, targets = _paired(text, trigger, sources, targets, grammar, all_actors)
    if not targets and (match := grammar.own.search(text, trigger.end, end)) and match.start() - trigger.end < 40:
        keys = {a.key for a in sources}
        others = [a for a in all_actors if a.key not in keys and a.start < trigger.start]
        if others and sources:
            targets, sure = others[-1:], sure * 0.85
    if not sources and targets and subject is not None and subject.key not in {a.key for a in targets}:
        sources, sure = [subject], sure * 0.7
    spans = [*sources, *targets]
    lo = min((a.start for a in spans if start <= a.start < end), default=trigger.start)
    hi = max((a.end for a in spans if start <= a.start < end), default=trigger.stop)
    lo, hi = min(lo, trigger.start, inner[0]), max(hi, trigger.stop, min(inner[1], trigger.stop + 80))
    return Roles(tuple(sources), tuple(targets), max(start, lo), min(end, hi), sure)


def governed(text: str, acts: Sequence[Trigger], grammar: Grammar, all_actors: Sequence[Actor]) -> frozenset[Trigger]:
    """Acts that are only what another one is about: "urged it to stop the attack", "accused China of ramming"."""
    out: set[Trigger] = set()
    for head in acts:
        # To welcome, praise or back an agreement is not to make it.
        if (head.plover not in _GOVERN and head.cameo != "051") or head.weak or head in out:
            continue
        _, end = clause(text, head, grammar, all_actors)
        stop = min([end, *(m.start() for m in _RESUME.finditer(text, head.stop, end))])
        out.update(one for one in acts if (head.stop <= one.start < stop and one.plover != head.plover) or
                   (head.stop <= one.start < stop and one.start > head.stop))  # fmt: skip
    return frozenset(out)


_RESUME = re.compile(
    r"(?<!\w)(?:after|while|as|when|after which|and (?:said|the|it|they|has|have|\w+ed)|but|"
    r"après que|tandis que|alors que|mais|et (?:a|ont)|nachdem|während|aber|und (?:hat|haben|hatte)|"
    r"después de que|mientras|tras|pero|после|пока|но|sau khi|trong khi|nhưng|đồng thời)(?!\w)|"
    r"[,，]\s*(?:and|et|und|y|и|và)\s|此前|之后|但|，并",
    re.IGNORECASE,
)


def _inner(text: str, trigger: Trigger, grammar: Grammar, start: int, end: int) -> tuple[int, int]:
    """The clause between the words that begin others."""
    for match in grammar.breaks.finditer(text, start, end):
        if match.end() <= trigger.start:
            start = match.end()
        elif match.start() >= trigger.stop:
            return start, match.start()
    return start, end


def _useful(found: Sequence[Actor]) -> list[Actor]:
    return [a for a in found if a.role not in ("place", "teller")]


def _acting(
    text: str, left: Sequence[Actor], right: Sequence[Actor], grammar: Grammar, suffered: frozenset[int]
) -> tuple[list[Actor], list[Actor], float]:
    lefts = [a for a in left if a.role not in ("place", "teller")]
    rights = [a for a in right if a.role not in ("teller",)]
    agents = [a for a in rights if a.role == "agent"]
    objects = [a for a in rights if a.role not in ("agent", "place")]
    places = [a for a in rights if a.role == "place"]
    marked = [a for a in lefts if a.role == "against"]
    subjects = [a for a in lefts if a.role != "against" and a.start not in suffered]
    if not subjects:
        # "Rebels in the Ivory Coast dismissed ...", but not "In Hanoi, officials dismissed ...".
        subjects = [
            a for a in left if a.role == "place" and re.search(r"\w\W+\w+\W+(?:\w+\W+){0,2}$", text[: a.start])
        ][-1:]
        if agents or marked:
            subjects = []
    if subjects and not objects and marked:
        return _group(text, subjects[-1:], lefts, grammar), _group(text, marked[-1:], lefts, grammar), 0.95
    if len(subjects) > 1 and not objects and grammar.object and not agents:
        group = _group(text, subjects[-1:], subjects, grammar)
        rest = [a for a in subjects if a not in group]
        if rest and rest[-1].key != group[0].key:
            return _group(text, rest[-1:], rest, grammar), group, 0.9
    if subjects:
        source = _group(text, subjects[-1:], lefts, grammar)
        keys = {a.key for a in source}
        other = next((a for a in objects if a.key not in keys), None)
        if other is not None:
            return source, _group(text, [other], rights, grammar), 1.0
        if objects:
            return source, objects[:1], 0.8
        other = next((a for a in (*places, *agents) if a.key not in keys), None)
        return source, [other] if other else [], 0.75 if other else 0.8
    if agents:
        keys = {a.key for a in agents}
        return (
            agents[:1],
            [a for a in objects if a.key not in keys][:1] or [a for a in marked if a.key not in keys][:1],
            0.9,
        )
    if len(objects) > 1 and objects[0].role == "" and not marked:
        group = _group(text, objects[:1], objects, grammar)
        rest = [a for a in objects if a not in group and a.key != group[0].key]
        return group, rest[:1], 0.7
    leftovers = [a for a in lefts if a.start in suffered]
    if leftovers and objects and leftovers[-1].key != objects[0].key:
        return leftovers[-1:], _group(text, objects[:1], rights, grammar), 0.7
    return [], objects[:1] or marked[-1:], 0.6


def _suffering(
    text: str, trigger: Trigger, left: Sequence[Actor], right: Sequence[Actor], lang: str
) -> tuple[list[Actor], list[Actor]]:
    agents = [a for a in right if a.role == "agent"]
    if lang in ("vi", "zh", "de"):
        agents = [a for a in left if a.role == "agent"] or agents
    if lang == "ru":
        agents = [a for a in (*right, *left) if _INSTRUMENTAL.search(text[a.start : a.end].split()[0].lower())]
    chosen = agents[:1]
    keys = {a.key for a in chosen}
    suffers = [a for a in left if a.role not in ("teller", "agent", "place") and a.key not in keys]
    if not suffers:
        suffers = [a for a in (*left, *right) if a.role not in ("teller", "agent") and a.key not in keys]
    return chosen, suffers[:1]


def _group(text: str, seed: list[Actor], pool: Sequence[Actor], grammar: Grammar) -> list[Actor]:
    """The actor with those that are joined to it: "the United States and Japan"."""
    out = list(seed)
    ordered = sorted(pool, key=lambda a: a.start)
    at = ordered.index(seed[0]) if seed[0] in ordered else -1
    if at < 0:
        return out
    for one in reversed(ordered[:at]):
        if len(out) > 3 or not _joined(text[one.end : out[0].start], grammar):
            break
        out.insert(0, one)
    for one in ordered[at + 1 :]:
        if len(out) > 3 or not _joined(text[out[-1].end : one.start], grammar):
            break
        out.append(one)
    return out


def _joined(gap: str, grammar: Grammar) -> bool:
    """Whether two names with this between them act together; after a comma alone the next name follows at once."""
    if not grammar.join.search(gap):
        return False
    return not grammar.spaced or "," not in gap or _BARE_COMMA.search(gap) is not None


def _paired(
    text: str, trigger: Trigger, sources: list[Actor], targets: list[Actor], grammar: Grammar, pool: Sequence[Actor]
) -> tuple[list[Actor], list[Actor]]:
    """What two do together is told once, of the first to the second."""
    both = trigger.plover in MUTUAL or _BOTH.match(text[trigger.start : trigger.stop]) is not None
    if not both:
        return sources, targets
    if len({a.key for a in sources}) > 1 and (not targets or trigger.plover in MUTUAL):
        return sources[:1], [a for a in sources[1:] if a.key != sources[0].key]
    if not sources and len({a.key for a in targets}) < 2 and targets:
        group = _group(text, targets, pool, grammar)
        if len({a.key for a in group}) > 1:
            return group[:1], [a for a in group[1:] if a.key != group[0].key]
    if not sources and len({a.key for a in targets}) > 1:
        return targets[:1], [a for a in targets[1:] if a.key != targets[0].key]
    one = next((a for a in (*sources, *targets) if len(a.countries) > 1), None)
    if one is not None and (not sources or not targets):
        return [replace(one, countries=one.countries[:1])], [replace(one, countries=one.countries[1:2])]
    return sources, targets
