"""Whether an act is told as done, or as negated, to come, or only thought of."""

from __future__ import annotations

import re

from domain.event import Modality
from nlp.events_acts import Trigger
from nlp.events_grammar import Grammar

_NEAR = 5
"""Words before an act in which a small word speaks of it."""
_NEAR_SIGNS = 8

# Tenses that the verb itself carries.
_FUTURE = {
    "fr": re.compile(r"(?:era|erai|eront|ira|iront|dra|dront|rra|rront|ttra|ttront)$"),
    "es": re.compile(r"(?:rá|rán|ré|remos)$"),
    "ru": re.compile(r"^(?!.*(?:ает|яет|ует|юет|ают|яют|уют|одит|одят|осит|осят|едит|еет|еют)(?:ся)?$)"
                     r"(?:по|пере|на|про|вве|от|под|вс|при|вы|за|раз|рас|о|у|с|воз|вос)\w+(?:ит|ет|ёт|ят|ут|ют|аст)(?:ся)?$"),
}  # fmt: skip
_MAYBE = {"fr": re.compile(r"(?:rait|raient)$"), "es": re.compile(r"(?:ría|rían)$")}
_INFINITIVE = {
    "fr": re.compile(r"(?:er|ir|re|oir)$"), "es": re.compile(r"(?:ar|er|ir)(?:se|lo|la)?$"),
    "en": re.compile(r"^(?!.*(?:ed|ing|s)$)\w+$"), "de": re.compile(r"(?:en|ern|eln)$"),
}  # fmt: skip
_TO = frozenset(["to", "à", "de", "para", "pour", "zu", "um"])
_SHORT_FUTURE = frozenset(["wird", "werden", "will", "wollen", "soll", "sollen"])


def modality(text: str, trigger: Trigger, grammar: Grammar, *, lang: str, start: int, end: int) -> Modality:
    """How the act is told, by the words before it in its clause ``[start, end)`` and by its own form."""
    before = text[start : trigger.start]
    near = _last(before, grammar)
    word = text[trigger.start : trigger.end].lower()
    if grammar.negated.search(near) or _negated_after(text, trigger, grammar, lang=lang, end=end):
        return "negated"
    if (form := _MAYBE.get(lang)) is not None and form.search(word):
        return "hypothetical"
    if (form := _FUTURE.get(lang)) is not None and form.search(word):
        return "future"
    if _maybe(near, word, grammar, lang=lang) or _conditional(text[:start], grammar):
        return "hypothetical"
    if _future(before, near, text[trigger.start : trigger.stop], text[trigger.end : end], grammar, lang=lang):
        return "future"
    return "done"


def told_at_large(text: str, grammar: Grammar) -> Modality:
    """How a clause is told whose act no word of the lexicon marks: by any of its small words."""
    if grammar.negated.search(text):
        return "negated"
    if any(m.group().lower() not in _TO for m in grammar.maybe.finditer(text)):
        return "hypothetical"
    return "future" if grammar.future.search(text) else "done"


def _last(before: str, grammar: Grammar) -> str:
    if not grammar.spaced:
        return before[-_NEAR_SIGNS:]
    words = list(re.finditer(r"[\w'’]+", before))
    return before[words[-_NEAR].start() :] if len(words) > _NEAR else before


def _negated_after(text: str, trigger: Trigger, grammar: Grammar, *, lang: str, end: int) -> bool:
    """German and French put the negation after the verb: "griff nicht an", "n'attaque pas"."""
    after = text[trigger.end : min(end, trigger.end + 30)]
    if lang == "de":
        return bool(re.match(r"\W*(?:\w+\W+){0,3}(?:nicht|keine?[nrms]?)\b", after))
    return False


def _maybe(near: str, word: str, grammar: Grammar, *, lang: str) -> bool:
    for match in grammar.maybe.finditer(near):
        found = match.group().lower()
        if found in _TO:
            # Only an infinitive right after it is no deed yet.
            form = _INFINITIVE.get(lang)
            if near[match.end() :].strip() == "" and form is not None and form.search(word):
                return True
        else:
            return True
    return False


def _conditional(ahead: str, grammar: Grammar) -> bool:
    """Whether the clause begins with an "if": the word right before it."""
    last = re.search(r"([\w'’]+(?:\s[\w'’]+)?)\s*$" if grammar.spaced else r"(.{2})$", ahead)
    if last is None:
        return False
    words = (last.group(1), last.group(1).split()[-1])
    return any(grammar.maybe.fullmatch(one) and one.lower() not in _TO for one in words)


def _future(before: str, near: str, told: str, after: str, grammar: Grammar, *, lang: str) -> bool:
    if lang == "de":
        # "wird ... schenken" is to come, "wird ... beschenkt" and "wurde" are not.
        clause = f"{before} {told}"
        for match in grammar.future.finditer(clause + after[:60]):
            word = match.group().lower()
            if word not in _SHORT_FUTURE:
                return True
            if re.search(r"(?:en|ern|eln)$", told.lower()) and not told.lower().startswith("ge"):
                return True
        return False
    if grammar.future.search(near if lang != "zh" else before[-14:]):
        return True
    # "next week" may stand at either end of the clause; a verb in the past is not undone by it.
    later = [m.group().lower() for m in grammar.future.finditer(after[:80])]
    return any(" " in one or one in ("mañana", "demain", "завтра", "tomorrow") for one in later if one in _TIMES)


_TIMES = frozenset(
    [
        "next week", "next month", "next year", "tomorrow", "la semaine prochaine", "l'an prochain", "le mois prochain",
        "demain", "в следующем", "на следующей неделе", "завтра", "tháng tới", "tuần tới", "năm tới", "ngày mai",
        "tháng sau", "năm sau",
    ]
)  # fmt: skip
