"""Match a document to watchlists: by words, by entities, or by the meaning of a passage, and say why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from domain.alert import Watchlist
from domain.document import Passage
from domain.entity import Mention
from domain.text import fold

Vector = npt.NDArray[np.float32]
How = Literal["word", "entity", "meaning"]

_GAPS = re.compile(r"[\s\-\u2010-\u2015/_]+")
# Scripts that put no space between words (or, as Korean does, hang particles on them): no boundary is asked for there.
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    r"\U00020000-\U0003ffff]"
)


def phrase_pattern(phrase: str) -> re.Pattern[str] | None:
    """A pattern that finds the phrase whole in folded text; None for a phrase with no letter or digit.

    Words may be parted by spaces, hyphens or line breaks. At an edge that is a letter of a script without spaces
    between words no boundary is asked for.
    """
    words = [word for word in _GAPS.split(fold(phrase)) if word]
    if not any(char.isalnum() for word in words for char in word):
        return None

    def edge(char: str, side: str) -> str:
        if _UNSPACED.match(char) or not (char.isalnum() or char == "_"):
            return ""
        return side

    body = r"[\s\-\u2010-\u2015/_]+".join(re.escape(word) for word in words)
    return re.compile(edge(words[0][0], _NOT_AFTER) + body + edge(words[-1][-1], _NOT_BEFORE))


# A letter of a script without spaces is a boundary for one with them: "EU" is found in 中国EU对话. An underscore parts
# words as a hyphen does.
_NOT_BEFORE = rf"(?!(?!{_UNSPACED.pattern})[^\W_])"
_NOT_AFTER = rf"(?<!(?!{_UNSPACED.pattern})[^\W_])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a document matched: ``what`` is the phrase, the entity's id or the sentence.

    Attributes:
        passage: the number of the passage that shows it; None where only the title does and there is no passage.
        score: the cosine for ``meaning``, 1 for the others.
    """

    how: How
    what: str
    passage: int | None
    score: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A document that a watchlist follows, and every reason for it: one a phrase and entity, the best by meaning."""

    watchlist: str
    reasons: tuple[Reason, ...]

    @property
    def best(self) -> Reason:
        """The reason to show first: words before entities before meaning."""
        return self.reasons[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One document as watchlists see it.

    Attributes:
        passages: in order; their bounds are offsets into the text that the mentions' offsets count too.
        vectors: one row a passage, or None where nothing was embedded.
    """

    title: str
    passages: tuple[Passage, ...]
    mentions: tuple[Mention, ...] = ()
    vectors: Vector | None = None


class Watcher:
    """A watchlist made ready: patterns compiled, the sentence's vector beside it.

    Args:
        sentence: the vector of the watchlist's sentence. Without it nothing is matched by meaning.

    >>> watcher = Watcher(Watchlist(name="rig", words=("giàn khoan",)))
    >>> text = "Gian khoan HD-981 vào vùng biển Việt Nam."
    >>> watcher.match(Subject(title="", passages=(Passage(0, 0, len(text), text),))).best
    Reason(how='word', what='giàn khoan', passage=0, score=1.0)
    """

    def __init__(self, watchlist: Watchlist, *, sentence: Vector | None = None) -> None:
        self.watchlist = watchlist
        patterns = ((phrase, phrase_pattern(phrase)) for phrase in watchlist.words)
        self._patterns = [(phrase, pattern) for phrase, pattern in patterns if pattern is not None]
        self._sentence = None if sentence is None else _unit(np.atleast_2d(sentence))[0]

    def match(self, subject: Subject) -> Match | None:
        """Why the watchlist follows the document; None when it does not, or names none of what it requires.

        Raises:
            ValueError: there is not one vector a passage, or they are of another dimension than the sentence's.
        """
        named = {mention.entity_id for mention in subject.mentions}
        if self.watchlist.require and not named.intersection(self.watchlist.require):
            return None
        reasons = (*self._words(subject), *self._entities(subject, named), *self._meaning(subject))
        return Match(watchlist=self.watchlist.name, reasons=reasons) if reasons else None

    def _words(self, subject: Subject) -> Iterable[Reason]:
        if not self._patterns:
            return
        texts = [(passage.n, fold(passage.text)) for passage in subject.passages]
        heading = (subject.passages[0].n if subject.passages else None, fold(subject.title))
        for phrase, pattern in self._patterns:
            for n, text in (*texts, heading):
                if pattern.search(text):
                    yield Reason(how="word", what=phrase, passage=n)
                    break

    def _entities(self, subject: Subject, named: set[str]) -> Iterable[Reason]:
        for entity in self.watchlist.entities:
            if entity in named:
                first = min((m for m in subject.mentions if m.entity_id == entity), key=lambda m: m.start)
                yield Reason(how="entity", what=entity, passage=_passage_at(subject.passages, first.start))

    def _meaning(self, subject: Subject) -> Iterable[Reason]:
        if self._sentence is None or subject.vectors is None or not subject.passages:
            return
        if subject.vectors.shape != (len(subject.passages), self._sentence.size):
            raise ValueError(
                f"watchlist {self.watchlist.name}: vectors of shape {subject.vectors.shape} for "
                f"{len(subject.passages)} passages and a sentence of {self._sentence.size} dimensions"
            )
        cosines = _unit(subject.vectors) @ self._sentence
        best = int(np.argmax(cosines))
        if cosines[best] >= self.watchlist.threshold:
            yield Reason(
                how="meaning",
                what=self.watchlist.sentence or "",
                passage=subject.passages[best].n,
                score=float(cosines[best]),
            )


def match_all(watchers: Iterable[Watcher], subject: Subject) -> tuple[Match, ...]:
    """The watchlists that follow the document, in the order given."""
    return tuple(match for watcher in watchers if (match := watcher.match(subject)) is not None)


def _passage_at(passages: Sequence[Passage], offset: int) -> int | None:
    """The passage that holds the offset, else the last one that begins before it."""
    before = [passage.n for passage in passages if passage.start <= offset]
    return before[-1] if before else (passages[0].n if passages else None)


def _unit(rows: Vector) -> Vector:
    """Rows of length 1; a row of zeros stays so, and is like nothing."""
    rows = np.asarray(rows, dtype=np.float32)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    length[length == 0] = 1
    return np.asarray(rows / length, dtype=np.float32)
