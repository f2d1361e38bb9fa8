"""Vietnamese names by the conditional random fields that ``underthesea`` carries, run over many sentences quickly.

The models (word segmentation, parts of speech, names; VLSP data) are the package's own files, checked against the
manifest. Its ``ner`` spends most of its time on making feature strings in general code, and on a chunking step that
its name model does not look at: here the same strings are made directly, so the tags are the same and come about
five times sooner. Around the tags stand rules for what the model gets wrong: words at a name's edge that are no
part of it, and the titles that say a name is a person's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from domain.entity import EntityKind, Mention

METHOD = "underthesea"
NAME = "underthesea-vi"

_WORDS = "pipeline/word_tokenize/models/ws_crf_vlsp2013_20230727"
_POS = "pipeline/pos_tag/pos_crf_2017_10_11.bin"
_NER = "pipeline/ner/ner_crf_2017_10_12.bin"

# The features the two models were trained on, in the package's notation; column 1 is the part of speech.
_SHARED = [
    "T[-2].lower", "T[-1].lower", "T[0].lower", "T[1].lower", "T[2].lower", "T[0].istitle", "T[-1].istitle",
    "T[1].istitle", "T[-2]", "T[-1]", "T[0]", "T[1]", "T[2]", "T[-2,-1]", "T[-1,0]", "T[0,1]", "T[1,2]",
]  # fmt: skip
_POS_FEATURES = [*_SHARED, "T[-3][1]", "T[-2][1]", "T[-1][1]", "T[-3,-2][1]", "T[-2,-1][1]"]
_NER_FEATURES = [
    *_SHARED, "T[-2].istitle", "T[2].istitle", "T[-2][1]", "T[-1][1]", "T[0][1]", "T[1][1]", "T[2][1]", "T[-2,-1][1]",
    "T[-1,0][1]", "T[0,1][1]", "T[1,2][1]", "T[-3][3]", "T[-2][3]", "T[-1][3]",
]  # fmt: skip
_FEATURE = re.compile(r"T\[(-?\d)(?:,(-?\d))?\](?:\[(\d)\])?(?:\.(lower|istitle))?")

_KINDS = {"PER": EntityKind.PERSON, "LOC": EntityKind.PLACE, "ORG": EntityKind.ORGANISATION}
# Possessive, so that a line of nothing but dots is passed over once.
_SENTENCE = re.compile(r"\n+|(?:[^\n.!?…]++|[.!?…]++(?![\"'”’)]*\s))*+(?:[.!?…]++[\"'”’)]*+)?")
# Before a name these say it is a person's.
_TITLES = frozenset(
    [
        "ông", "bà", "anh", "chị", "ngài", "cụ", "cô", "chú", "bác", "đồng chí", "tổng thống", "chủ tịch", "thủ tướng",
        "tổng bí thư", "bộ trưởng", "thứ trưởng", "ngoại trưởng", "đại sứ", "đại tướng", "thượng tướng", "trung tướng",
        "thiếu tướng", "đại tá", "phó chủ tịch", "phó thủ tướng", "phát ngôn viên", "người phát ngôn", "quốc vương",
        "thủ lĩnh", "nghị sĩ", "giáo sư", "tiến sĩ", "tư lệnh", "nhà báo", "luật sư", "cựu tổng thống", "hoàng tử",
        "cố vấn", "giám đốc", "tổng giám đốc", "tổng thư ký", "ca sĩ", "diễn viên", "tiền đạo", "hlv",
        "huấn luyện viên", "nữ hoàng", "thống đốc", "thị trưởng", "bí thư", "chuyên gia", "ts", "gs", "pgs", "ths",
    ]
)  # fmt: skip


class _Token(NamedTuple):
    start: int
    end: int
    word: str
    pos: str
    tag: str


class VietnameseRecogniser:
    """Finds persons, places and organisations in Vietnamese texts. ``folder`` is the package's, checked."""

    def __init__(self, folder: Path) -> None:
        from underthesea.models.fast_crf_sequence_tagger import FastCRFSequenceTagger
        from underthesea.pipeline.text_normalize import token_normalize
        from underthesea.pipeline.word_tokenize import regex_tokenize
        from underthesea_core import CRFTagger  # type: ignore[import-untyped]

        self._pattern: re.Pattern[str] = regex_tokenize.patterns
        self._normalize: Callable[[str], str] = token_normalize
        self._words: Any = FastCRFSequenceTagger()
        self._words.load(str(folder / _WORDS))
        self._pos: Any = CRFTagger()
        self._pos.load(str(folder / _POS))
        self._ner: Any = CRFTagger()
        self._ner.load(str(folder / _NER))

    def find(self, text: str, *, lang: str) -> tuple[Mention, ...]:
        """The names of a Vietnamese text; nothing for another language."""
        if lang != "vi":
            return ()
        composed, places = compose(text)
        found: list[Mention] = []
        for match in _SENTENCE.finditer(composed):
            if match.group().strip():
                for start, end, kind in _names(self._tagged(match.group(), match.start())):
                    a, b = (start, end) if places is None else (places[start], places[end])
                    surface = text[a:b]
                    found.append(
                        Mention(start=a, end=b, surface=surface, entity_id="", kind=kind, name=surface, method=METHOD)
                    )
        return tuple(found)

    def find_many(self, texts: Sequence[str], *, lang: str) -> Iterator[tuple[Mention, ...]]:
        """The names of each text."""
        return (self.find(text, lang=lang) for text in texts)

    def tags(self, sentence: str) -> list[tuple[str, str, str]]:
        """Word, part of speech and name tag of each word of a sentence, as the package's own ``ner`` gives them."""
        return [(token.word, token.pos, token.tag) for token in self._tagged(sentence, 0)]

    def _tagged(self, sentence: str, offset: int) -> list[_Token]:
        spans = [match.span() for match in self._pattern.finditer(sentence)]
        syllables = [self._normalize(sentence[a:b]) for a, b in spans]
        if not syllables:
            return []
        words: list[str] = []
        bounds: list[tuple[int, int]] = []
        for tag, syllable, (a, b) in zip(self._words.predict([[s] for s in syllables]), syllables, spans, strict=True):
            if tag == "I-W" and words:
                words[-1] += " " + syllable
                bounds[-1] = (bounds[-1][0], b)
            else:
                words.append(syllable)
                bounds.append((a, b))
        lower = [word.lower() for word in words]
        title = [str(all(part[:1].istitle() for part in word.split(" "))) for word in words]
        unknown = ["X"] * len(words)
        pos = self._pos.tag(_features(_POS_PLAN, len(words), (words, unknown, unknown, unknown), lower, title))
        tags = self._ner.tag(_features(_NER_PLAN, len(words), (words, pos, unknown, unknown), lower, title))
        return [
            _Token(offset + a, offset + b, word, part, tag)
            for (a, b), word, part, tag in zip(bounds, words, pos, tags, strict=True)
        ]


def compose(text: str) -> tuple[str, list[int] | None]:
    """The text in NFC, and where each of its characters began in the text (None when nothing changed)."""
    if unicodedata.is_normalized("NFC", text):
        return text, None
    starts = [i for i, c in enumerate(text) if i == 0 or not unicodedata.combining(c)]
    starts.append(len(text))
    parts: list[str] = []
    places: list[int] = []
    for a, b in pairwise(starts):
        part = unicodedata.normalize("NFC", text[a:b])
        parts.append(part)
        places.extend([a] * len(part))
    places.append(len(text))
    return "".join(parts), places


_Plan = list[tuple[str, int, int | None, int, str | None]]


def _plan(features: Sequence[str]) -> _Plan:
    plan: _Plan = []
    for feature in features:
        match = _FEATURE.fullmatch(feature)
        assert match is not None, feature
        first, last, column, function = match.groups()
        plan.append((f"{feature}=", int(first), int(last) if last else None, int(column or 0), function))
    return plan


_POS_PLAN = _plan(_POS_FEATURES)
_NER_PLAN = _plan(_NER_FEATURES)


def _features(
    plan: _Plan, size: int, columns: Sequence[Sequence[str]], lower: Sequence[str], title: Sequence[str]
) -> list[list[str]]:
    rows: list[list[str]] = [[] for _ in range(size)]
    for prefix, first, last, column, function in plan:
        values = lower if function == "lower" else title if function == "istitle" else columns[column]
        for i, row in enumerate(rows):
            at = i + first
            if at < 0:
                row.append(f"{prefix}BOS")
            elif last is None:
                row.append(f"{prefix}{values[at]}" if at < size else f"{prefix}EOS")
            elif i + last >= size:
                row.append(f"{prefix}EOS")
            else:
                row.append(f"{prefix}{values[at]} {values[i + last]}")
    return rows


def _names(tokens: Sequence[_Token]) -> Iterator[tuple[int, int, EntityKind]]:
    """Stretches that are names: the model's, with their edges and kinds put right, and what follows a title."""
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.tag.startswith("B-") and token.tag[2:] in _KINDS:
            stop = at + 1
            while stop < len(tokens) and tokens[stop].tag == f"I-{token.tag[2:]}":
                stop += 1
            yield from _corrected(tokens, at, stop, _KINDS[token.tag[2:]])
            at = stop
            continue
        if token.pos == "Np" and token.tag == "O" and _called(tokens, at) and " " in token.word:
            yield token.start, token.end, EntityKind.PERSON
        at += 1


def _corrected(
    tokens: Sequence[_Token], first: int, stop: int, kind: EntityKind
) -> Iterator[tuple[int, int, EntityKind]]:
    if kind is EntityKind.ORGANISATION:
        while first < stop and not tokens[first].word[:1].isupper():
            first += 1
    else:
        # A person or place is proper nouns: a ministry before the minister's name, a date after a city's are not it.
        while first < stop and tokens[first].pos not in ("Np", "Ny"):
            first += 1
        while first < stop and tokens[stop - 1].pos in ("M", "CH", "N", "V", "E", "P", "R"):
            stop -= 1
    if first >= stop:
        return
    if kind is not EntityKind.ORGANISATION and _called(tokens, first):
        kind = EntityKind.PERSON
    yield tokens[first].start, tokens[stop - 1].end, kind


def _called(tokens: Sequence[_Token], at: int) -> bool:
    """Whether a title stands before: "Thủ tướng Phạm Minh Chính", "Bộ trưởng Ngoại giao Phạm Bình Minh"."""
    before = [token.word.lower() for token in tokens[max(at - 3, 0) : at]]
    if not before:
        return False
    if before[-1] in _TITLES:
        return True
    if len(before) > 1 and before[-2] in _TITLES and before[-1] in _OFFICES:
        return True
    # "Chủ tịch nước Trung Quốc Tập Cận Bình": the country between is tagged as a place of its own.
    between = tokens[at - 1].tag.endswith("-LOC") and " " in tokens[at].word
    return between and any(word in _TITLES for word in before[:-1]) and "," not in before


_OFFICES = frozenset(["ngoại giao", "quốc phòng", "công an", "tài chính", "thương mại", "công thương"])
