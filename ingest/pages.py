"""Pages of a paper to running text: what repeats on every page goes, words cut at a line's end are whole again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.clean import clean, one_line, unwrap

_EDGE = 4
_NEAR = 6
_OFTEN = 3
_SURE = 5
_LONGEST = 150
_NUMBER = re.compile(r"\d+")
_NUMERAL = r"(?=[ivxlc])c{0,3}(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})"
_ROMAN = re.compile(rf"\b{_NUMERAL}\b")
_BARE_NUMBER = re.compile(rf"^\W{{0,3}}(\d{{1,5}}|{_NUMERAL})\W{{0,3}}$", re.IGNORECASE)
_CUT = re.compile(r"(?<!\w)(\w++)[-\u2010\u00ad][ \t]*\n[ \t]*(\w+)([^\s\w]*)[ \t]*")


@dataclass(frozen=True, slots=True)
class Flow:
    """The running text of a paper, and the lines at the heads and feet of its pages that were left out of it."""

    text: str
    running: tuple[str, ...] = ()


def flow(pages: Sequence[str]) -> Flow:
    """Pages of lines as one text: without running heads and feet, each paragraph on a line."""
    kept, running = drop_running(pages)
    return Flow(unwrap(join_cut_words("\n".join(kept))), running)


def drop_running(pages: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """The pages without their running heads, feet and page numbers, and one sample of each kind of line taken out.

    A line at the edge of a page (the outer four, from outside in) is a running one when at least three of the pages
    around it (six before, six after) have the same at an edge, numbers aside. A line of a number alone goes when it
    counts with the pages. Some PDFs draw heads and feet between text and footnotes: a line that stands at the edge of
    three pages goes from the middle of others too, where at least five of the pages around have it.
    Nothing is taken from papers of one or two pages.
    """
    lines = [[line for line in clean(page).split("\n") if line.strip()] for page in pages]
    if len(lines) < _OFTEN:
        return ["\n".join(page) for page in lines], ()
    keys = [[_key(line, n) for line in page] for n, page in enumerate(lines)]
    edges = [set(_edge(page)) - {""} for page in keys]
    wholes = [set(page) - {""} for page in keys]
    common = Counter(key for page in edges for key in page)
    samples: dict[str, str] = {}
    out: list[str] = []
    for n, page in enumerate(lines):
        near = slice(max(0, n - _NEAR), n + _NEAR + 1)
        around = Counter(key for other in edges[near] for key in other)
        anywhere = Counter(key for other in wholes[near] for key in other)
        running = _peeled(keys[n], around)
        running |= {
            i for i, key in enumerate(keys[n])
            if not key.startswith("=") and common[key] >= _OFTEN and anywhere[key] >= _SURE
        }  # fmt: skip
        for i in sorted(running):
            samples.setdefault(keys[n][i], page[i])
        # An empty line where a running one stood between others: what is above and below are two things.
        out.append("\n".join("" if i in running else line for i, line in enumerate(page)).strip("\n"))
    return out, tuple(one_line(line, limit=_LONGEST) for key, line in samples.items() if not key.startswith("="))


def _peeled(keys: Sequence[str], around: Counter[str]) -> set[int]:
    """The places of the running lines at a page's edges, from outside in."""
    first, last = 0, len(keys)
    while first < min(_EDGE, last) and around[keys[first]] >= _OFTEN:
        first += 1
    while last > max(first, len(keys) - _EDGE) and around[keys[last - 1]] >= _OFTEN:
        last -= 1
    return {*range(first), *range(last, len(keys))}


def join_cut_words(text: str) -> str:
    """The text with words that were cut at a line's end whole again.

    The hyphen goes when what follows is in small letters, unless the text has the word with its hyphen elsewhere and
    not without; it stays between numbers and before a capital.
    """
    spelled = Counter(word.lower() for word in re.findall(r"\w+(?:-\w+)*", text))

    def join(found: re.Match[str]) -> str:
        left, right, after = found.groups()
        if left[-1:].isdigit() or right[:1].isdigit() or right[:1].isupper():
            mark = "" if found[0][len(left)] == "\u00ad" else "-"
        elif not (left[-1:].isalpha() and right[:1].islower()):
            return found[0]
        else:
            plain, hyphened = f"{left}{right}".lower(), f"{left}-{right}".lower()
            mark = "-" if spelled[hyphened] > spelled[plain] else ""
        return f"{left}{mark}{right}{after}\n"

    return _CUT.sub(join, text)


def _edge(page: Sequence[str]) -> Sequence[str]:
    return page if len(page) <= 2 * _EDGE else [*page[:_EDGE], *page[-_EDGE:]]


def _key(line: str, page: int) -> str:
    """What is the same of a running line on every page; empty for a line that can be none."""
    text = " ".join(line.split())
    if len(text) > _LONGEST:
        return ""
    if bare := _BARE_NUMBER.match(text):
        # The same for all numbers that count with the pages; a table's numbers do not.
        value = int(bare[1]) if bare[1].isdigit() else _roman(bare[1])
        return f"={value - page}"
    if not any(c.isalpha() for c in text):
        return ""
    return _ROMAN.sub("#", _NUMBER.sub("#", text.casefold()))


def _roman(text: str) -> int:
    values = [{"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}[c] for c in text.lower()]
    return sum(-v if v < max(values[n:]) else v for n, v in enumerate(values))
