"""Markup of any origin made such that building a tree from it takes time that grows with its size alone.

HTML parsers take time squared over elements nested without end, thousands of attributes, formatting that is never
closed. One pass over the tags comes before them: what it gives nests properly and within bounds.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

DEEPEST = 200
"""Elements open at once; a start tag beyond is left out, its text stays."""

ELEMENTS = 200_000
"""Tags of one page; what comes after is text."""


def names(text: str) -> frozenset[str]:
    """A set of tag names written with blanks between."""
    return frozenset(text.split())


VOID = names("area base br col embed frame hr img input link meta param source track wbr")
SELF_CLOSED = VOID | names("p li td tr th dd dt option tbody thead tfoot")
"""Elements that HTML closes by itself; they nest only inside others."""

_UNSEEN = names(
    "script style noscript template iframe noembed noframes xmp plaintext textarea svg math canvas audio video object "
    "applet select datalist"
)
_FORMATTING = names("a b big code em font i nobr s small strike strong tt u")
_MOST_FORMATTING = 8  # each is opened anew in every paragraph that follows while it is open
_BARRIERS = names("table template marquee button caption")
_ATTRIBUTES = 48
_LONGEST_VALUE = 8192

_TAG_START = re.compile(r"<(?=[A-Za-z/!?])")
_TAG_NAME = re.compile(r"[A-Za-z][^\s/>]*")
_ATTRIBUTE = re.compile(r"""(=?[^\s/>=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|(?!["'])([^\s>]*)))?""")
_OPEN_QUOTE = re.compile(r"\s*=\s*[\"']")
_GAP = re.compile(r"[\s/]*")
_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_:.-]{0,60}")
_LD_JSON = re.compile(r"""type\s*=\s*["']?\s*application/ld\+json""", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tamed:
    """Markup that is safe to parse, and the texts of its JSON-LD blocks, which are left out of it."""

    markup: str
    data: tuple[str, ...] = ()


def tame(markup: str, *, elements: int = ELEMENTS) -> Tamed:
    """The markup with its tags properly nested, at most ``DEEPEST`` deep, with few attributes of bounded length.

    Comments, declarations, scripts, styles, forms' inputs, frames, drawings and media are gone. No text is lost but
    what a browser would not show. Takes time in proportion to the length.
    """
    return _Tamer(markup, elements).run()


class _Tamer:
    """One pass over one text."""

    def __init__(self, text: str, elements: int) -> None:
        self.text, self.elements = text, elements
        self.out: list[str] = []
        self.data: list[str] = []
        self.stack: list[str] = []
        self.places: dict[str, list[int]] = {}  # where each name stands in the stack
        self.walls: list[int] = []  # where elements stand that no end tag of another reaches across
        self.left_out: Counter[str] = Counter()
        self.formatting = 0
        self.unclosed: set[str] = set()
        self.tags = 0
        self.open_quote = False

    def run(self) -> Tamed:
        text, at = self.text, 0
        while found := _TAG_START.search(text, at):
            self.out.append(text[at : found.start()].replace("<", "&lt;"))
            at = self._tag(found.start())
        self.out.append(text[at:].replace("<", "&lt;"))
        while self.stack:
            self.out.append(f"</{self._pop()}>")
        return Tamed(markup="".join(self.out), data=tuple(self.data))

    def _tag(self, start: int) -> int:
        """Deal with what begins at a ``<``; gives where to go on."""
        text = self.text
        following = text[start + 1 : start + 2]
        if following == "!" or following == "?":
            return self._declaration(start)
        closing = following == "/"
        name_at = start + 2 if closing else start + 1
        found = _TAG_NAME.match(text, name_at)
        if not found:
            end = self._find(">", start)
            return len(text) if end < 0 else end + 1
        name = found[0].lower()
        nearest = self._find(">", found.end())
        if nearest < 0:
            self.out.append("&lt;")
            return start + 1
        attributes, end = self._attributes(found.end(), nearest if self.open_quote else len(self.text))
        if end < 0:  # a quotation mark that is never closed would swallow all the rest
            self.open_quote = True
            attributes, end = "", nearest + 1
        self.tags += 1
        if self.tags > self.elements or not _PLAIN_NAME.fullmatch(name):
            return end
        if closing:
            self._close(name)
            return end
        if name in _UNSEEN:
            return self._skip(name, start, end)
        if name == "title":
            return self._title(end)
        self._open(name, attributes)
        return end

    def _declaration(self, start: int) -> int:
        text = self.text
        if text.startswith("<!--", start):
            if text.startswith((">", "->"), start + 4):
                return text.index(">", start) + 1
            ends = [at + len(mark) for mark in ("-->", "--!>") if (at := self._find(mark, start + 4)) >= 0]
            return min(ends, default=len(text))
        end = text.find(">", start)
        return len(text) if end < 0 else end + 1

    def _find(self, mark: str, at: int) -> int:
        """Where a mark stands next; what is not there once is not looked for again."""
        if mark in self.unclosed:
            return -1
        found = self.text.find(mark, at)
        if found < 0:
            self.unclosed.add(mark)
        return found

    def _attributes(self, at: int, limit: int) -> tuple[str, int]:
        """The attributes from here on, written anew, and where the tag ends (-1 when it does not)."""
        text = self.text
        kept: list[str] = []
        while True:
            if gap := _GAP.match(text, at, limit):
                at = gap.end()
            if text[at : at + 1] == ">":
                return "".join(kept), at + 1
            found = _ATTRIBUTE.match(text, at, limit)
            if not found:
                return "", -1
            at = found.end()
            value = next((part for part in found.group(2, 3, 4) if part is not None), None)
            if value is None and _OPEN_QUOTE.match(text, at, limit):
                return "", -1
            name = found[1].lower()
            if len(kept) < _ATTRIBUTES and _PLAIN_NAME.fullmatch(name) and not name.startswith("on"):
                kept.append(f" {name}" if value is None else _written(name, value))

    def _skip(self, name: str, start: int, end: int) -> int:
        """Past an element that is not text, with all that is in it."""
        closed = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
        found = None if name in self.unclosed else closed.search(self.text, end)
        if found is None:
            self.unclosed.add(name)
            return len(self.text) if name in ("script", "style", "plaintext") else end
        if name == "script" and len(self.data) < 20 and _LD_JSON.search(self.text[start:end]):
            self.data.append(self.text[end : found.start()])
        close = self._find(">", found.end())
        return len(self.text) if close < 0 else close + 1

    def _title(self, end: int) -> int:
        found = None if "title" in self.unclosed else re.compile(r"</title[\s/>]", re.IGNORECASE).search(self.text, end)
        if found is None:
            self.unclosed.add("title")
            return end
        self.out.append("<title>" + self.text[end : found.start()].replace("<", "&lt;") + "</title>")
        close = self._find(">", found.end() - 1)
        return len(self.text) if close < 0 else close + 1

    def _open(self, name: str, attributes: str) -> None:
        if name not in SELF_CLOSED:
            formatting = name in _FORMATTING
            if len(self.stack) >= DEEPEST or (formatting and self.formatting >= _MOST_FORMATTING):
                self.left_out[name] += 1
                return
            if name in _BARRIERS:
                self.walls.append(len(self.stack))
            self.places.setdefault(name, []).append(len(self.stack))
            self.stack.append(name)
            self.formatting += formatting
        self.out.append(f"<{name}{attributes}>")

    def _close(self, name: str) -> None:
        if name in SELF_CLOSED:
            self.out.append("<br>" if name == "br" else "" if name in VOID else f"</{name}>")
            return
        if self.left_out[name]:
            self.left_out[name] -= 1
            return
        places = self.places.get(name)
        if not places or (self.walls and places[-1] < self.walls[-1]):
            return
        for _ in range(len(self.stack) - places[-1]):
            self.out.append(f"</{self._pop()}>")

    def _pop(self) -> str:
        name = self.stack.pop()
        self.places[name].pop()
        if self.walls and self.walls[-1] == len(self.stack):
            self.walls.pop()
        self.formatting -= name in _FORMATTING
        return name


def _written(name: str, value: str) -> str:
    if len(value) > _LONGEST_VALUE:
        return ""
    return f' {name}="{value.replace(chr(34), "&quot;")}"'
