"""The words a passage is found by: the same rule where it is stored and where it is asked for."""

from __future__ import annotations

import re
import unicodedata

from domain.text import spans, words

# A word that the printer broke at the end of a line. In German, French ... a dash before "and" or "or" is no break.
_BROKEN = re.compile(
    r"(?<=[^\W\d_])[-\u00ad\u2010]\s+(?!(?:and|or|to|und|oder|bis|bzw|sowie|et|ou|y|o|e|u|ni|og|och|en|of|i|и|или)\b)(?=[^\W\d_])"
)
_JOINTS = re.compile(r"['’.\-]")


def dehyphenate(text: str) -> str:
    """The text with words joined again that were broken at a line's end, whose lines may have been joined since.

    >>> dehyphenate("the con-\\ndemnation of medium- and long-range missiles")
    'the condemnation of medium- and long-range missiles'
    """
    return _BROKEN.sub(_rejoin, text)


def _rejoin(match: re.Match[str]) -> str:
    # A capital after the break begins a name of its own: "Anglo-\nIranian" stays two words.
    return "-" if match.string[match.end()].isupper() else ""


def search_words(text: str) -> list[str]:
    """The words of a text as the store indexes them: NFC, as written, breaks at line ends undone."""
    return words(dehyphenate(unicodedata.normalize("NFC", text)))


def parts(word: str) -> list[str]:
    """A word as FTS5 parts it again, at hyphens, points and apostrophes."""
    return [part for part in _JOINTS.split(word) if part]


def part_spans(text: str) -> list[tuple[int, int]]:
    """Where the parts of a text's words stand."""
    found: list[tuple[int, int]] = []
    for start, end in spans(text):
        at = start
        for joint in _JOINTS.finditer(text, start, end):
            found.append((at, joint.start()))
            at = joint.end()
        found.append((at, end))
    return [(a, b) for a, b in found if a < b]
