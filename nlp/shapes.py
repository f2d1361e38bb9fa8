"""Names in languages that no trained recogniser reads: by capitals, the words around, and how the words look.

A run of capitalised words is a name unless it opens a sentence with an ordinary word (or, in German, is a noun).
What it names is weighed from cues: titles, given names, initials, patronymics and endings of family names for
persons; prepositions and nouns such as *río* or *провинция* for places; nouns such as *Ministerstwo* and acronyms for
organisations; and for all, how its words look (``nlp.names``). Nothing is trained on labelled text, and it reads
about half as well as a trained recogniser: see the card ``names-without-model``.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from domain.entity import EntityKind, Mention
from nlp import names

METHOD = "shapes"
_CUES = names.DATA / "cues.toml"

_TOKEN = re.compile(
    r"(?:[dlnsc]|dell|nell|sull|all|dall|un|quest|quell)['’](?=[^\W\d_])|[^\W\d_]+(?:[-’'][^\W\d_]+)*\d{0,2}",
    re.IGNORECASE,
)
_SENTENCE_END = frozenset('.!?:;"“”«»„–—•*|([¿¡…\n\r\t‚')
_PATRONYMIC = re.compile(r"(?:ович|евич|ьич|овн|евн|ичн)(?:а|у|ем|ом|е|ы|ой)?$")
_ROMAN = re.compile(r"^[IVXLC]+$")
_ADJECTIVE = re.compile(r"(?:e|er|es|en|em)$")

_PERSON, _PLACE, _ORGANISATION = EntityKind.PERSON, EntityKind.PLACE, EntityKind.ORGANISATION
_LEAST = 1.4
"""A name counts when its best reading has so many points; found on dispatches and encyclopaedia sentences."""


class _Token(NamedTuple):
    start: int
    end: int
    word: str


@dataclass(frozen=True, slots=True)
class Cues:
    """The words of a language that say what a name beside them is."""

    titles: frozenset[str]
    locative: frozenset[str]
    places: frozenset[str]
    orgs: frozenset[str]
    ends: tuple[str, ...]
    particles: frozenset[str]
    joins: frozenset[str]
    org_suffix: tuple[str, ...]
    place_suffix: tuple[str, ...]
    unlike_noun: frozenset[str]
    nouns_capital: bool
    orgs_any: frozenset[str]
    not_names: frozenset[str]
    acronym_places: frozenset[str]


@dataclass(slots=True)
class _Run:
    """Tokens ``first`` to ``last`` (with it) that may be a name, and the points of each reading."""

    first: int
    last: int
    opens: bool
    points: dict[EntityKind, float] = field(default_factory=dict)


@functools.cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(_CUES.read_text("utf-8"))


def languages() -> frozenset[str]:
    """The languages there are cues for."""
    return frozenset(_table()) - {"all"}


@functools.cache
def cues(lang: str) -> Cues:
    """The cues of a language.

    Raises:
        KeyError: there are none for it.
    """
    own, common = _table()[lang], _table()["all"]

    def words(key: str) -> frozenset[str]:
        return frozenset(own.get(key, ()))

    return Cues(
        titles=words("titles"), locative=words("locative"), places=words("places"), orgs=words("orgs"),
        ends=tuple(own.get("ends", ())), particles=words("particles"), joins=words("joins"),
        org_suffix=tuple(own.get("org_suffix", ())), place_suffix=tuple(own.get("place_suffix", ())),
        unlike_noun=words("unlike_noun"), nouns_capital=bool(own.get("nouns_capital", False)),
        orgs_any=frozenset(common["orgs_any"]), not_names=frozenset(common["not_names"]),
        acronym_places=frozenset(common["acronym_places"]),
    )  # fmt: skip


class Shapes:
    """Finds persons, places and organisations by their shape.

    Args:
        unless: says whether a language is read by something better; that is then left to it.
    """

    def __init__(self, *, unless: Callable[[str], bool] = lambda lang: False) -> None:
        self._unless = unless

    def reads(self, lang: str) -> bool:
        """Whether this is what reads the language."""
        return lang in languages() and not self._unless(lang)

    def find(self, text: str, *, lang: str) -> tuple[Mention, ...]:
        """The names of a text; nothing for a language without cues or one that is left to others."""
        return tuple(_mentions(text, cues(lang))) if text and self.reads(lang) else ()


def _mentions(text: str, c: Cues) -> Iterator[Mention]:
    tokens = [_Token(m.start(), m.end(), m.group()) for m in _TOKEN.finditer(text)]
    small = {t.word for t in tokens if t.word.islower()}
    runs = list(_runs(text, tokens, c, small))
    for run in runs:
        run.points = _points(text, tokens, run, c)
    _by_company(tokens, runs)
    for run in runs:
        kind = max(run.points, key=lambda k: run.points[k])
        if run.points[kind] < _LEAST:
            continue
        start, end = tokens[run.first].start, tokens[run.last].end
        if len(tokens[run.last].word) == 1 and text[end : end + 1] == ".":
            end += 1
        surface = text[start:end]
        yield Mention(start=start, end=end, surface=surface, entity_id="", kind=kind, name=surface, method=METHOD)


# --- runs


def _runs(text: str, tokens: Sequence[_Token], c: Cues, small: set[str]) -> Iterator[_Run]:
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if not token.word[0].isupper():
            at += 1
            continue
        opens = _opens(text, token.start)
        if _passed_over(text, tokens, at, c, small, opens=opens):
            at += 1
            continue
        last = _extent(text, tokens, at, c)
        yield _Run(at, last, opens)
        at = last + 1


def _opens(text: str, start: int) -> bool:
    """Whether ``start`` opens a sentence, a line or a quotation."""
    at = start - 1
    while at >= 0 and text[at] in " \u00a0'":
        at -= 1
    return at < 0 or text[at] in _SENTENCE_END


def _passed_over(text: str, tokens: Sequence[_Token], at: int, c: Cues, small: set[str], *, opens: bool) -> bool:
    """Whether a capitalised word is none of a name's: an ordinary word that opens a sentence, a German noun."""
    word = tokens[at].word
    low = word.lower()
    if word in c.not_names or low in c.titles or (_ROMAN.match(word) and len(word) > 1) or word[-1] in "'’":
        return True
    follows = at + 1 < len(tokens) and tokens[at + 1].word[0].isupper() and _close(text, tokens, at)
    if len(word) == 1:
        return not (follows or text[tokens[at].end : tokens[at].end + 1] == ".")
    if word.isupper():
        return False
    if c.nouns_capital:
        return _is_noun(text, tokens, at, c, follows=follows, opens=opens)
    if not opens:
        return False
    if low in small or low in c.locative or low in c.joins:
        return True
    if names.is_given(word) and follows:
        return False
    if low in c.orgs:
        return not (follows or _joined(text, tokens, at, c) is not None)
    return names.is_ordinary(low)


def _is_noun(text: str, tokens: Sequence[_Token], at: int, c: Cues, *, follows: bool, opens: bool) -> bool:
    """German: whether a capitalised word is a noun, or a word that opens a sentence."""
    word, low = tokens[at].word, tokens[at].word.lower()
    if names.is_given(word):
        return not follows and names.is_ordinary(low)
    org = low in c.orgs or low.endswith(c.org_suffix) or word in c.orgs_any
    if org:
        return not follows
    if follows and _ADJECTIVE.search(low) and not opens and names.is_ordinary(low):
        # An adjective with a capital within a sentence: "Deutsche Bank".
        nxt = tokens[at + 1].word.lower()
        return not (nxt in c.orgs or nxt.endswith(c.org_suffix + c.place_suffix))
    if names.is_ordinary(word):
        return True
    look = names.looks(word)
    best = max(look) + (3.0 if names.is_town(word) else 0.0)
    before = _before(text, tokens, at)
    if before in c.titles:
        return best < -2.0
    if before in c.unlike_noun or (before and _ADJECTIVE.search(before) and before not in c.locative):
        return best < 2.5
    return best < (1.0 if opens else 0.0)


def _close(text: str, tokens: Sequence[_Token], at: int) -> bool:
    """Whether the next token belongs to the same run as far as what is between them says."""
    gap = text[tokens[at].end : tokens[at + 1].start]
    if gap in (" ", "\u00a0", "\n"):
        return True
    return gap in (". ", ".", ".\u00a0") and (len(tokens[at].word) == 1 or tokens[at].word in ("St", "Dr", "Jr", "Sp"))


def _joined(text: str, tokens: Sequence[_Token], at: int, c: Cues, *, most: int = 3) -> int | None:
    """The capitalised token that follows over small words that bind the parts of a name; None where none does."""
    to = at + 1
    while to < len(tokens) and to - at <= most and tokens[to].word.rstrip("'’").lower() in (c.joins | c.particles):
        if tokens[to].word[0].isupper() or not text[tokens[to - 1].end : tokens[to].start].isspace():
            return None
        to += 1
    if to == at + 1 or to >= len(tokens) or not tokens[to].word[0].isupper():
        return None
    gap = text[tokens[to - 1].end : tokens[to].start]
    return to if gap == " " or (not gap and tokens[to - 1].word[-1] in "'’") else None


def _extent(text: str, tokens: Sequence[_Token], first: int, c: Cues) -> int:
    """The last token of the run that begins at ``first``."""
    last = first
    low = tokens[first].word.lower()
    org = low in c.orgs
    binds_place = low in c.places
    person = names.is_given(tokens[first].word) or _before(text, tokens, first) in c.titles
    while last + 1 < len(tokens):
        nxt = tokens[last + 1].word
        if nxt[0].isupper() and _close(text, tokens, last):
            if c.nouns_capital and not _german_goes_on(text, tokens, last, c):
                break
            last += 1
            continue
        to = _joined(text, tokens, last, c)
        if to is None or tokens[to].word in c.not_names:
            break
        between = {t.word.rstrip("'’").lower() for t in tokens[last + 1 : to]}
        if org and between <= c.joins and to - first < 8:
            # "Ministerio de Defensa de Rusia": a body's name goes on, its country is no part of it.
            if (
                last > first
                and names.looks(tokens[to].word).place > 2
                and not names.is_ordinary(tokens[to].word.lower())
            ):
                break
        elif not ((person and not org and between <= c.particles and not between & {"i", "und", "y", "e"})
                  or (binds_place and to - last == 2)):  # fmt: skip
            break
        if c.nouns_capital and names.is_ordinary(tokens[to].word) and not org:
            break
        last = to
        binds_place = False
    return last


def _german_goes_on(text: str, tokens: Sequence[_Token], last: int, c: Cues) -> bool:
    word = tokens[last + 1].word
    low = word.lower()
    if (
        len(word) == 1
        or word.isupper()
        or names.is_given(word)
        or low in c.orgs
        or low.endswith(c.org_suffix + c.place_suffix)
    ):
        return True
    first_given = names.is_given(tokens[last].word) or len(tokens[last].word) == 1
    look = max(names.looks(word))
    if names.is_ordinary(word):
        return first_given and names.looks(word).person > 0
    return look > (-2.5 if first_given else -0.5)


# --- readings


def _before(text: str, tokens: Sequence[_Token], at: int) -> str:
    """The word before, small; empty where more than a space or an abbreviation's stop is between."""
    if at == 0:
        return ""
    gap = text[tokens[at - 1].end : tokens[at].start]
    word = tokens[at - 1].word
    if gap.isspace() or (gap.strip() == "." and len(word) < 5) or (not gap and word[-1] in "'’"):
        return word.lower().rstrip("'’")
    # «Газпром» after what it is.
    return word.lower() if gap in (" «", ' "', " „", " “") else ""


def _points(text: str, tokens: Sequence[_Token], run: _Run, c: Cues) -> dict[EntityKind, float]:
    words = [t.word for t in tokens[run.first : run.last + 1]]
    large = [w for w in words if w[0].isupper() and len(w) > 1]
    if not large:
        return {_PERSON: 0.0}
    lows = [w.lower() for w in words]
    looked = [names.looks(w) for w in large]
    person = max(-3.0, min(3.0, sum(x.person for x in looked) / len(looked))) * 0.5
    place = max(-3.0, min(3.0, sum(x.place for x in looked) / len(looked))) * 0.5
    org = 0.0
    before = _before(text, tokens, run.first)
    before2 = _before(text, tokens, run.first - 1) if run.first else ""
    count = len(large)
    # Persons.
    if before in c.titles or (before2 in c.titles and before in c.titles):
        person += 2.5
    given = names.is_given(words[0])
    if given:
        person += 2.5 if count > 1 else 1.0
    elif count > 1 and any(names.is_given(w) for w in large[1:]):
        person += 0.8
    if any(len(w) == 1 for w in words):
        person += 1.5 if count > 0 and len(words) > 1 else 0.0
    if any(_PATRONYMIC.search(low) for low in lows[1:]):
        person += 3.0
    if lows[-1].endswith(c.ends) and count > 1 and lows[-1] not in c.orgs:
        person += 0.8
    person += 0.7 if count in (2, 3) else -0.5 if count > 4 else 0.0
    # Places.
    if names.is_town(" ".join(words)):
        place += 1.0 if given or names.is_ordinary(words[0]) or (count == 1 and looked[0].person > 2) else 2.0
    if before in c.locative:
        place += 1.8 if count < 3 else 0.8
    if before in c.places:
        place += 2.5
    elif before in c.particles | c.joins and before2 in c.places:
        place += 2.2
    if lows[0] in c.places and count > 1:
        place += 2.5
    if c.place_suffix and lows[-1].endswith(c.place_suffix) and len(lows[-1]) > 6:
        place += 1.5
    # Organisations.
    if len(words) > 1 and (lows[0] in c.orgs or any(w in c.orgs_any for w in words)):
        org += 4.5
    elif any(low in c.orgs or (c.org_suffix and low.endswith(c.org_suffix)) for low in lows) and len(words) > 1:
        org += 3.5
    if before in c.orgs:
        org += 2.5
        place -= 0.5
    if len(words) == 1 and words[0].isupper() and 2 <= len(words[0]) <= 6:
        org += 2.4
        person -= 1.5
        place -= 0.5
        if words[0] in c.acronym_places:
            place += 4.0
    elif len(words) == 1 and re.search("[a-zа-я][A-ZА-Я]", words[0]) and not words[0].startswith("Mc"):
        org += 2.0
    opening = run.opens and len(words) == 1
    cost = 1.6 if opening else 0.0
    # Within a sentence a capital alone says that it is a name.
    gift = 0.0 if run.opens or c.nouns_capital else 0.6
    return {_PERSON: person - cost + gift, _PLACE: place - cost + gift, _ORGANISATION: org - (cost if org < 2 else 0)}


def _by_company(tokens: Sequence[_Token], runs: Sequence[_Run]) -> None:
    """A word alone is what it is in a longer or clearer name of the same text."""
    family: set[str] = set()
    clear: dict[tuple[str, ...], dict[EntityKind, float]] = {}
    for run in runs:
        words = tuple(t.word for t in tokens[run.first : run.last + 1])
        kind = max(run.points, key=lambda k: run.points[k])
        if run.points[kind] < _LEAST:
            continue
        if kind is _PERSON and len(words) > 1:
            family.update(w for w in words if len(w) > 2 and w[0].isupper())
        held = clear.setdefault(words, {})
        for one, points in run.points.items():
            held[one] = max(held.get(one, -9.0), points)
    for run in runs:
        words = tuple(t.word for t in tokens[run.first : run.last + 1])
        if len(words) == 1 and words[0] in family:
            run.points[_PERSON] = max(run.points[_PERSON], 3.0)
        elif words in clear:
            run.points = clear[words]
