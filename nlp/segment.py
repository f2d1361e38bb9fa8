"""Sentences and passages: where a text may be cut, so that every piece still stands in it as written.

``sentencex`` finds the bounds; what it gets wrong is put right here: titles, initials, numbers and dates with a full
stop, scripts it knows too little of, headings and lists, and lines that were wrapped. Passages are whole sentences,
about 150 words of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import sentencex

from domain.document import Passage, Span
from domain.text import count_words, strip_invisible
from nlp import segment_rules as rules
from nlp.chunks import split_long

TARGET_WORDS = 150
LEAST_WORDS = 100
MOST_WORDS = 200
TAIL_WORDS = 40
ROW_WORDS = 60

_BLANK = re.compile(r"\n[^\S\n]*\n\s*|[\f\v\u2029]+\s*")
_LINE = re.compile(r"\r\n|[\n\r\u0085\u2028]")
_SPACE = re.compile(r"\s+")
_LAST = re.compile(r"(\S+?)\.[\"'”’»)\]]*$")
_CLOSERS = re.compile(r"^[\s\"'”’»)\]」』）】》.,;:!?…]+$")
_PIECE = 20_000
_SPACED_BY_CLAUSE = frozenset(["th", "lo", "km", "my"])


def sentences(text: str, *, lang: str = "und") -> tuple[Span, ...]:
    """The sentences of a text, in order, trimmed of white space, none overlapping.

    Together they hold every character that is not white space. A blank line always ends one; a line break within a
    wrapped paragraph does not.
    """
    if not strip_invisible(text).strip():
        return ()
    found: list[Span] = []
    for start, end in _units(text):
        for a, b in _within(text, start, end, lang):
            span = _trimmed(text, a, b)
            if span is not None:
                found.extend(_rows(text, span))
    return tuple(found)


def passages(text: str, spans: tuple[Span, ...]) -> tuple[Passage, ...]:
    """Passages of about 150 words on the bounds of these sentences, each the slice of the text it names.

    They have 100 to 200 words, the last one 40 to 240, unless the text is shorter; a sentence of more than 200 words
    is cut at commas and spaces. Characters of scripts without spaces count as half a word.
    """
    pieces = [piece for span in spans for piece in _pieces(text, span)]
    groups: list[tuple[int, int, float]] = []
    start = end = -1
    words = 0.0
    for piece in pieces:
        size = weight(text[piece.start : piece.end])
        full = words >= TARGET_WORDS or (words >= LEAST_WORDS and words + size > MOST_WORDS)
        # A paragraph's end is the better place to stop once there is enough.
        full = full or (words >= 0.8 * TARGET_WORDS and _paragraph_ends(text, end, piece.start))
        if start >= 0 and (full or words + size > MOST_WORDS + TAIL_WORDS):
            groups.append((start, end, words))
            start, words = -1, 0.0
        if start < 0:
            start = piece.start
        end = piece.end
        words += size
    if start >= 0:
        groups.append((start, end, words))
    if len(groups) > 1 and groups[-1][2] < TAIL_WORDS and groups[-2][2] <= MOST_WORDS:
        (first, _, _), (_, last, _) = groups[-2:]
        groups[-2:] = [(first, last, groups[-2][2] + groups[-1][2])]
    return tuple(Passage(n=n, start=a, end=b, text=text[a:b]) for n, (a, b, _) in enumerate(groups))


def weight(text: str) -> float:
    """Length in words; a text of symbols or endless strings counts by its characters, twelve to a word."""
    return max(count_words(text), len(text) / 12)


def _units(text: str) -> Iterator[tuple[int, int]]:
    """Stretches that no sentence crosses: paragraphs, headings, list items, single lines of a table."""
    at = 0
    for match in [*_BLANK.finditer(text), None]:
        end = match.start() if match else len(text)
        if end > at:
            yield from _lines(text, at, end)
        at = match.end() if match else at


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    bounds = [start]
    block = text[start:end]
    breaks = [(start + m.start(), start + m.end()) for m in _LINE.finditer(block)]
    if breaks:
        starts = [start, *(b for _, b in breaks)]
        ends = [*(a for a, _ in breaks), end]
        lengths = sorted(b - a for a, b in zip(starts, ends, strict=True))
        width = lengths[-1]
        # One line a paragraph: nothing was wrapped here.
        unwrapped = width > 200
        for k in range(len(breaks)):
            line, following = text[starts[k] : ends[k]], text[starts[k + 1] : ends[k + 1]]
            if unwrapped or _line_ends(line, following, width):
                bounds.append(starts[k + 1])
    bounds.append(end)
    for a, b in pairwise(bounds):
        if b > a:
            yield a, b


def _line_ends(line: str, following: str, width: int) -> bool:
    """Whether a single line break ends a heading, an item or a row and does not just wrap a sentence."""
    line, following = line.rstrip(), following.lstrip()
    if not line or not following:
        return True
    if rules.LIST_ITEM.match(following) or rules.FIELD.match(following):
        return True
    if following[0].islower() or line[-1] in ",-–—(/&":
        return False
    if rules.FIELD.match(line) and len(line) < 0.6 * width:
        return True
    # A line that had room for the next word was not wrapped.
    word = _SPACE.split(following, maxsplit=1)[0]
    return len(line) + 1 + min(len(word), 20) < 0.85 * width or width < 30


def _within(text: str, start: int, end: int, lang: str) -> Iterator[tuple[int, int]]:
    """Sentences of one unit as (start, end); together they cover it."""
    bounds: list[int] = []
    at = start
    while at < end:
        stop = min(at + _PIECE, end)
        unit = _plain(text[at:stop])
        found = {b["start_index"] for b in sentencex.get_sentence_boundaries(lang, unit)}
        found.update(match.end() for match in rules.UNSPACED_END.finditer(unit) if match.end() < len(unit))
        if lang in _SPACED_BY_CLAUSE:
            found.update(_clauses(unit))
        inner = sorted(found - {0})
        # The last sentence of a stretch may go on after it: it is read again from its beginning.
        following = at + inner[-1] if stop < end and inner else stop
        bounds.extend(at + b for b in inner)
        at = following
    kept = [start]
    for bound in sorted(set(bounds)):
        if bound > kept[-1] and not _joined(text, kept[-1], bound, end, lang):
            kept.append(bound)
    kept.append(end)
    yield from pairwise(kept)


def _plain(unit: str) -> str:
    """What ``sentencex`` is to see, character for character: wraps as spaces, lone surrogates as question marks."""
    unit = _LINE.sub(lambda match: " " * len(match.group()), unit)
    return unit.encode("utf-8", "replace").decode("utf-8")


def _clauses(unit: str) -> Iterator[int]:
    """Thai, Lao, Khmer and Burmese put a space after a clause or sentence: cut there once 80 characters have passed."""
    at = 0
    for match in _SPACE.finditer(unit):
        before, after = unit[match.start() - 1 : match.start()], unit[match.end() : match.end() + 1]
        if match.end() - at >= 80 and before and after and not (before.isascii() or after.isascii()):
            yield match.end()
            at = match.end()


def _joined(text: str, start: int, bound: int, end: int, lang: str) -> bool:
    """Whether a bound between two sentences is none."""
    before = text[start:bound].rstrip()
    after = text[bound : min(bound + 60, end)].lstrip()
    if not after or not before:
        return True
    if rules.NUMBER_ONLY.fullmatch(before) or not any(c.isalnum() for c in before):
        return True
    if _CLOSERS.match(text[bound:end][:200]):
        return True
    if before[-1] in "」』”’）" and rules.QUOTED_ON.match(after):
        return True
    if after[0].islower() and before[-1] in ".…":
        return True
    match = _LAST.search(before[-40:])
    if match is None or not before.endswith("."):
        return False
    token, following = match.group(1).lstrip("(\"'“‘«["), after.lstrip("(\"'“‘«[")
    first = re.match(r"\w+", following)
    word = first.group() if first else ""
    if token in rules.TITLES:
        return bool(word) and (word[0].isupper() or not word[0].isascii())
    if token in rules.NUMBERED and word[:1].isdigit():
        return True
    if token in rules.OPEN and (word[:1].isdigit() or word[:1].islower()):
        return True
    if token.isdigit():
        return len(token) <= 2 and lang in rules.ORDINAL_LANGS and word[:1].isalpha() and len(before) > len(token) + 1
    if len(token) == 1 and token.isalpha() and token.isupper():
        return word[:1].isupper() and word not in rules.OPENERS
    return token in rules.PLACE_OR_YEAR and not re.search(r"\d\s*г\.$", before)


def _trimmed(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end) if end > start else None


def _rows(text: str, span: Span) -> Iterator[Span]:
    """A sentence as it is; a run of more than 60 words that no mark ends and lines divide (a table) by its lines."""
    body = text[span.start : span.end]
    if weight(body) <= ROW_WORDS or body.rstrip("\"'”’»)]")[-1:] in tuple(".!?…。！？"):
        yield span
        return
    at, held = span.start, 0.0
    cuts = [span.start + m.end() for m in (_LINE if _LINE.search(body) else _SPACE).finditer(body)]
    last = at
    for cut in [*cuts, span.end]:
        size = weight(text[last:cut])
        if held and held + size > ROW_WORDS:
            trimmed = _trimmed(text, at, last)
            if trimmed is not None:
                yield trimmed
            at, held = last, 0.0
        held += size
        last = cut
    trimmed = _trimmed(text, at, span.end)
    if trimmed is not None:
        yield trimmed


def _pieces(text: str, span: Span) -> Iterator[Span]:
    if weight(text[span.start : span.end]) <= MOST_WORDS:
        yield span
        return
    for a, b in split_long(text[span.start : span.end], words=TARGET_WORDS, weight=weight):
        yield Span(span.start + a, span.start + b)


def _paragraph_ends(text: str, end: int, start: int) -> bool:
    return end >= 0 and text.count("\n", end, start) > 1
