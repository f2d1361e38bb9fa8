"""The small words of each language that say who acts on whom, and whether an act is told as done."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass

from nlp.events_acts import DATA

_UNSPACED = frozenset(["zh", "ja", "th"])


@dataclass(frozen=True, slots=True)
class Grammar:
    """Patterns of one language.

    Attributes:
        agent, against, place: what stands right before a name that did it, that it was done to, that is where it was.
        join: a whole gap between two names that act together.
        says: within a few words after a name that only tells. told_by: right before one ("according to Hanoi").
        passive, after: searched in what comes before, and after, an act.
        breaks: the beginning of another clause. own: "its", "their". object: the object may stand before the verb.
        negated, future, maybe: words that keep an act from being told as done. unless: makes an announcement a threat.
        sport: of games and shows. because: right before an act that another act answers.
    """

    agent: re.Pattern[str]
    against: re.Pattern[str]
    place: re.Pattern[str]
    join: re.Pattern[str]
    says: re.Pattern[str]
    told_by: re.Pattern[str]
    passive: re.Pattern[str]
    after: re.Pattern[str]
    own: re.Pattern[str]
    breaks: re.Pattern[str]
    negated: re.Pattern[str]
    future: re.Pattern[str]
    maybe: re.Pattern[str]
    unless: re.Pattern[str]
    sport: re.Pattern[str]
    because: re.Pattern[str]
    object: bool
    spaced: bool


@functools.cache
def grammar(lang: str) -> Grammar:
    """The patterns of a language; of one that has none, those of English, which then seldom fit."""
    tables = tomllib.loads((DATA / "grammar.toml").read_text("utf-8"))
    raw = tables.get(lang, tables["en"])
    spaced = lang not in _UNSPACED
    left, right = (r"(?<!\w)", r"(?!\w)") if spaced else ("", "")

    def words(key: str) -> re.Pattern[str]:
        return re.compile(f"{left}(?:{raw[key]}){right}", re.IGNORECASE)

    def before(key: str) -> re.Pattern[str]:
        # An article, a number or an adjective may stand between: "by two large Chinese ships".
        gap = r"\s+(?:[\w’'-]+\s+){0,2}" if spaced else r"[^，。；、\s]{0,4}"
        return re.compile(f"{left}(?:{raw[key]}){gap}$", re.IGNORECASE)

    commas = [one for one in raw["join"].split("|") if not one[-1].isalnum()]
    words_between = [one for one in raw["join"].split("|") if one[-1].isalnum()]
    comma, word = ("|".join(map(re.escape, part)) for part in (commas, words_between))
    if spaced:
        tail, head = r"(?:['’]s)?(?:\s+[\w-]+){0,3}?", r"\s+(?:[\w’'-]+\s+){0,2}"
        join = rf"^{tail}\s*(?:(?:{comma})|\s(?:{word}))(?:\s+(?:{word}))?{head}$|^\s*[-–/]\s*$"
    else:
        join = rf"^[^，。；]{{0,5}}(?:{comma}|{word})[^，。；]{{0,3}}$"
    tell = (
        rf"^\W*(?:\w+\W+){{0,4}}?{left}(?:{raw['says']}){right}" if spaced else rf"^[^，。；]{{0,6}}(?:{raw['says']})"
    )
    return Grammar(
        agent=before("agent"), against=before("against"), place=before("place"), join=re.compile(join, re.IGNORECASE),
        says=re.compile(tell, re.IGNORECASE), told_by=before("told_by"),
        passive=re.compile(left + raw["passive"], re.IGNORECASE), after=re.compile(raw["after"], re.IGNORECASE),
        own=words("own"), breaks=words("breaks"), negated=words("negated"), future=words("future"),
        maybe=words("maybe"), unless=words("unless"), sport=words("sport"),
        because=before("because"),
        object=bool(raw.get("object", False)), spaced=spaced,
    )  # fmt: skip
