"""How well names are found and linked: precision, recall and F1 by language and type, on files in two plain formats.

CoNLL (``read_conll``): a token a line, its tag in the last column (``B-PER``, ``I-LOC``, ``O`` ...; the token in the
column before, or the first of two), an empty line after a sentence; lines that begin with ``#`` are passed over.
JSONL (``read_jsonl``): ``{"lang":.., "text":.., "entities":[{"start":.., "end":.., "kind":"person", "id":..}],
"countries":["VN", ..], "part":"test"}``; ``entities`` or ``countries`` may be missing, and then that is not asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from domain.document import Document, Language
from domain.entity import EntityKind, Mention
from domain.errors import AnalysisError, InputError
from domain.protocols import Recogniser
from evaluation.coding import Tally
from evaluation.rows import BadLine, read_rows, text_of, word_of
from nlp.gazetteer import Gazetteer
from nlp.pipeline import Pipeline

TYPES = ("person", "place", "organisation")
_OF_KIND = {
    EntityKind.PERSON: "person",
    EntityKind.PLACE: "place",
    EntityKind.COUNTRY: "place",
    EntityKind.ORGANISATION: "organisation",
    EntityKind.BODY: "organisation",
    EntityKind.OFFICE: "organisation",
}
_OF_TAG = {
    **dict.fromkeys(("PER", "PERSON", "PERS"), "person"),
    **dict.fromkeys(("LOC", "GPE", "PLACE", "FAC"), "place"),
    **dict.fromkeys(("ORG", "ORGANISATION", "ORGANIZATION"), "organisation"),
}
_GOES_ON = frozenset("IELM")
"""First letters of tags that go on with a name: BIO's, and those that BIOES and BILOU have for its end."""
_CLOSING = frozenset(".,;:!?)]}»”…%’")
_OPENING = frozenset("([{«„“")


@dataclass(frozen=True, slots=True)
class Named:
    """A stretch ``[start, end)`` that names something of a type; ``id`` where the judged data say who it is."""

    start: int
    end: int
    type: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text with its names, its countries, or both; None is not asked for."""

    lang: str
    text: str
    names: tuple[Named, ...] | None
    countries: frozenset[str] | None = None


@dataclass(slots=True)
class Counts:
    """Of one language: (right, found, told) by type, exact and partial; countries; ids (right, asked)."""

    sentences: int = 0
    asked: bool = False
    """Whether names are asked for at all."""
    exact: dict[str, list[int]] = field(default_factory=lambda: {t: [0, 0, 0] for t in TYPES})
    partial: dict[str, list[int]] = field(default_factory=lambda: {t: [0, 0, 0] for t in TYPES})
    countries: list[int] = field(default_factory=lambda: [0, 0, 0])
    ids: list[int] = field(default_factory=lambda: [0, 0])
    missed: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)

    def tally(self, kind: str = "exact", type_: str | None = None) -> Tally:
        """The tally of a type, or of all together."""
        rows: Mapping[str, Sequence[int]] = self.partial if kind == "partial" else self.exact
        own = [rows[type_]] if type_ else list(rows.values())
        return Tally(*(sum(row[i] for row in own) for i in range(3)))

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        found: dict[str, Any] = {"sentences": self.sentences}
        if self.asked:
            found["all"] = {"exact": self.tally().plain(), "partial": self.tally("partial").plain()}
            found.update({t: {"exact": self.tally("exact", t).plain(), "partial": self.tally("partial", t).plain()}
                          for t in TYPES})  # fmt: skip
        if any(self.countries):
            found["countries"] = Tally(*self.countries).plain()
        if self.ids[1]:
            found["ids"] = {"right": self.ids[0], "asked": self.ids[1], "share": round(self.ids[0] / self.ids[1], 4)}
        return found


# --- reading


def read_conll(path: Path, *, lang: str) -> tuple[list[Sentence], list[BadLine]]:
    """Sentences of a CoNLL file, and the lines for which a sentence was left out.

    Tags of other things than persons, places and organisations are passed over. The text is made of the tokens with
    spaces between, none before closing and after opening punctuation.

    Raises:
        InputError: the file cannot be read or holds none.
    """
    try:
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", item=str(path), stage="eval") from error
    found: list[Sentence] = []
    failures: list[BadLine] = []
    tokens: list[tuple[str, str]] = []
    whole = True
    for n, raw in enumerate([*lines, b""], 1):
        line = raw.decode("utf-8", "replace").rstrip("\r")
        if line.startswith("#"):
            continue
        if line.strip():
            try:
                raw.decode("utf-8")
                tokens.append(_token(line))
            except UnicodeDecodeError:
                failures.append(BadLine(f"{path.name}:{n}", "is not UTF-8; its sentence"))
                whole = False
            except ValueError as error:
                failures.append(BadLine(f"{path.name}:{n}", f"{error}; its sentence"))
                whole = False
        else:
            if tokens and whole:
                found.append(_sentence(tokens, lang))
            tokens, whole = [], True
    if not found:
        reason = f"; the first line that cannot be used: {failures[0].item}: {failures[0].error}" if failures else ""
        raise InputError(f"holds no sentences{reason}", item=str(path), stage="eval")
    return found, failures


def _token(line: str) -> tuple[str, str]:
    """A token and its tag. ValueError: there is no tag."""
    columns = line.split("\t") if "\t" in line else line.split()
    if len(columns) < 2 or not (columns[-1] == "O" or columns[-1][1:2] == "-"):
        raise ValueError("no token with a tag (B-PER, I-LOC, O ...)")
    return columns[-2], columns[-1]


def _sentence(tokens: Sequence[tuple[str, str]], lang: str) -> Sentence:
    text = ""
    names: list[Named] = []
    open_: tuple[int, str] | None = None
    for token, tag in tokens:
        tight = not text or token[:1] in _CLOSING or text[-1] in _OPENING
        start = len(text) + (not tight)
        if open_ is not None and not (tag[:1] in _GOES_ON and tag[2:] == open_[1]):
            names.extend(_named(open_, len(text)))
            open_ = None
        if tag != "O" and open_ is None:
            open_ = (start, tag[2:])
        text = f"{text}{'' if tight else ' '}{token}"
    if open_ is not None:
        names.extend(_named(open_, len(text)))
    return Sentence(lang, text, tuple(names))


def _named(open_: tuple[int, str], end: int) -> tuple[Named, ...]:
    type_ = _OF_TAG.get(open_[1].upper())
    return (Named(open_[0], end, type_),) if type_ else ()


def read_jsonl(path: Path, *, lang: str | None = None, part: str | None = None) -> tuple[list[Sentence], list[BadLine]]:
    """Sentences of a JSONL file, of one part or all, and the lines that were left out; ``lang`` is for lines without.

    Raises:
        InputError: the file cannot be read or holds none.
    """

    def make(row: dict[str, Any], _: int) -> Sentence | None:
        if part is not None and row.get("part") != part:
            return None
        text, spoken = text_of(row, "text"), word_of(row, "lang") or lang
        if not spoken:
            raise KeyError("lang")
        return Sentence(spoken, text, _names(row, text), _countries(row))

    found, failures = read_rows(path, make, what="judged sentences")
    sentences = [one for one in found if one is not None]
    if not sentences:
        raise InputError(f"holds no sentences of the part {part!r}", item=str(path), stage="eval")
    return sentences, failures


def _names(row: Mapping[str, Any], text: str) -> tuple[Named, ...] | None:
    given = row.get("entities")
    if given is None:
        return None
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise ValueError("'entities' is no list of objects")
    names = []
    for one in given:
        start, end = one["start"], one["end"]
        if not all(isinstance(at, int) and not isinstance(at, bool) for at in (start, end)):
            raise ValueError("'start' and 'end' of a name are no whole numbers")
        if not 0 <= start < end <= len(text):
            raise ValueError("a name lies outside the text")
        names.append(Named(start, end, _type(str(one["kind"])), word_of(one, "id") or None))
    return tuple(names)


def _countries(row: Mapping[str, Any]) -> frozenset[str] | None:
    given = row.get("countries")
    if given is None:
        return None
    codes = [str(one).upper() for one in given] if isinstance(given, list) else []
    if len(codes) != len(given) or not all(len(code) == 2 and code.isascii() and code.isalpha() for code in codes):
        raise ValueError("'countries' is no list of two-letter codes")
    return frozenset(codes)


def _type(kind: str) -> str:
    """Of a type's name, a kind of Vedette's, or a tag as CoNLL has it."""
    if kind.lower() in TYPES:
        return kind.lower()
    if kind.upper() in _OF_TAG:
        return _OF_TAG[kind.upper()]
    try:
        return _OF_KIND[EntityKind(kind.lower())]
    except (ValueError, KeyError):
        raise ValueError(f"{kind!r} is no kind of name: person, place or organisation") from None


# --- measuring


class _Said:
    """The language that the file says."""

    def __init__(self) -> None:
        self.lang = "und"

    def identify(self, text: str, *, hint: str | None = None) -> Language:
        return Language(self.lang, 1.0)


def measure(
    sentences: Sequence[Sentence], *, recognisers: Sequence[Recogniser], gazetteer: Gazetteer, limit: int | None = None
) -> dict[str, Counts]:
    """Counts by language; each sentence goes through the pipeline as a document of its own.

    Args:
        limit: at most so many sentences a language, evenly from the whole file.
    """
    by_lang: dict[str, list[Sentence]] = {}
    for sentence in sentences:
        by_lang.setdefault(sentence.lang, []).append(sentence)
    result: dict[str, Counts] = {}
    for lang, own in sorted(by_lang.items()):
        if limit is not None and len(own) > limit:
            own = [own[i * len(own) // limit] for i in range(limit)]
        said = _Said()
        said.lang = lang
        pipeline = Pipeline(said, recognisers, gazetteer, None)
        counts = result[lang] = Counts()
        for sentence, analysis in zip(own, pipeline.analyse_many(map(_document, own)), strict=True):
            if isinstance(analysis, AnalysisError):
                raise analysis
            _count(counts, sentence, analysis.mentions, gazetteer)
    return result


def _document(sentence: Sentence) -> Document:
    return Document(
        source="eval", title="", text=sentence.text, item="sentence", known=datetime(2020, 1, 1, tzinfo=UTC)
    )


def _count(counts: Counts, sentence: Sentence, mentions: Iterable[Mention], gazetteer: Gazetteer) -> None:
    mentions = list(mentions)
    counts.sentences += 1
    if sentence.countries is not None:
        found = {code for mention in mentions for code in mention.countries}
        counts.countries[0] += len(found & sentence.countries)
        counts.countries[1] += len(found)
        counts.countries[2] += len(sentence.countries)
    if sentence.names is None:
        return
    counts.asked = True
    # "French" and "Sino-Vietnamese" tell of countries and are no names.
    named = [m for m in mentions if len(m.countries) < 2 and not gazetteer.is_demonym(m)]
    for tallies, fits in ((counts.exact, _same), (counts.partial, _meets)):
        free = list(named)
        for name in sentence.names:
            tallies[name.type][2] += 1
            partner = next((m for m in free if fits(name, m)), None)
            if partner is not None:
                tallies[name.type][0] += 1
                free.remove(partner)
            elif fits is _same:
                counts.missed[f"{name.type}: {sentence.text[name.start : name.end]}"] += 1
        for mention in named:
            tallies[_OF_KIND[mention.kind]][1] += 1
        if fits is _same:
            counts.wrong.update(f"{_OF_KIND[m.kind]}: {m.surface}" for m in free)
    for name in sentence.names:
        if name.id is not None:
            counts.ids[1] += 1
            counts.ids[0] += any(m.entity_id == name.id for m in mentions if m.start < name.end and name.start < m.end)


def _same(name: Named, mention: Mention) -> bool:
    return (name.start, name.end, name.type) == (mention.start, mention.end, _OF_KIND[mention.kind])


def _meets(name: Named, mention: Mention) -> bool:
    return name.start < mention.end and mention.start < name.end and name.type == _OF_KIND[mention.kind]
