"""HTML that is safe to show: every stored text is escaped here, and nowhere else is markup made from one.

What ``Markup`` holds is ready for ``st.html``; a plain string given to these functions is always taken for text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import NewType
from urllib.parse import urlsplit

from domain.label import Label
from domain.text import strip_invisible
from interfaces.dashboard import words

Markup = NewType("Markup", str)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch ``[start, end)`` of a text to be set off, with a CSS class and a hint shown on hovering."""

    start: int
    end: int
    style: str
    hint: str = ""


def shown(value: str) -> str:
    """Stored text for places that take plain text (charts, choices, file names): without control, zero-width and
    direction characters; accents stay."""
    return _CONTROL.sub("", strip_invisible(value))


def text(value: str) -> Markup:
    """Text made harmless: as it may be shown, and escaped."""
    return Markup(escape(shown(value)))


def join(parts: Iterable[Markup], between: str = "") -> Markup:
    """Pieces of markup one after another."""
    return Markup(between.join(parts))


def tag(name: str, *inner: Markup, css: str = "", **attributes: str) -> Markup:
    """An element; attribute values are escaped, a trailing underscore in an attribute's name is dropped.

    >>> tag("b", text("<i>"), css="x", title='"')
    '<b class="x" title="&quot;">&lt;i&gt;</b>'
    """
    given = {"class": css, **attributes} if css else attributes
    written = "".join(f' {k.rstrip("_").replace("_", "-")}="{text(v)}"' for k, v in given.items())
    return Markup(f"<{name}{written}>{''.join(inner)}</{name}>")


def words_of(value: str, *, css: str = "", name: str = "span", lang: str = "") -> Markup:
    """Stored text in an element of its own that finds its writing direction by itself."""
    extra = {"lang": lang} if lang and lang != "und" else {}
    return tag(name, text(value), css=css, dir="auto", **extra)


def badge(value: str, kind: str, *, hint: str = "") -> Markup:
    """A small coloured word."""
    extra = {"title": hint} if hint else {}
    return tag("span", text(value), css=f"v-badge v-{kind.replace(' ', '-')}", **extra)


def label_badge(label: Label | int) -> Markup:
    """The handling label."""
    known = Label(label)
    return badge(known.text, f"label-{known.text}", hint="handling label")


def language_badge(code: str) -> Markup:
    """The language by its code, its name on hovering."""
    return badge(code, "lang", hint=words.language(code))


def apart(marks: Iterable[Mark], *, start: int, end: int) -> list[Mark]:
    """The marks within ``[start, end)``, clipped to it; of overlapping ones the first, and of equal starts the longest.

    >>> apart([Mark(4, 9, "b"), Mark(0, 5, "a"), Mark(0, 2, "c")], start=1, end=20)
    [Mark(start=1, end=5, style='a', hint='')]
    """
    found: list[Mark] = []
    at = start
    for mark in sorted(marks, key=lambda m: (m.start, -m.end)):
        begins, ends = max(mark.start, start), min(mark.end, end)
        if begins >= at and begins < ends:
            found.append(Mark(begins, ends, mark.style, mark.hint))
            at = ends
    return found


def marked(value: str, marks: Iterable[Mark], *, start: int = 0, end: int | None = None) -> Markup:
    """The stretch ``[start, end)`` of a text with marks in it; offsets count code points of the text as stored."""
    end = len(value) if end is None else min(end, len(value))
    pieces: list[Markup] = []
    at = start
    for mark in apart(marks, start=start, end=end):
        pieces.append(text(value[at : mark.start]))
        hint = {"title": mark.hint} if mark.hint else {}
        pieces.append(tag("mark", text(value[mark.start : mark.end]), css=mark.style, **hint))
        at = mark.end
    return join([*pieces, text(value[at:end])])


def excerpt(value: str, marks: Sequence[tuple[int, int]], *, length: int = 420) -> tuple[int, int]:
    """The stretch of about ``length`` code points that holds most marks, begun and ended at spaces where there are any.

    >>> value = "word " * 100 + "needle " + "word " * 100
    >>> a, b = excerpt(value, [(500, 506)], length=50)
    >>> "needle" in value[a:b], b - a <= 60, value[a - 1], value[b]
    (True, True, ' ', ' ')
    """
    if len(value) <= length:
        return 0, len(value)
    lead = length // 4
    starts = [0, *(max(0, a - lead) for a, _ in marks)]
    best = max(starts, key=lambda s: (sum(s <= a and b <= s + length for a, b in marks), -s))
    best = min(best, len(value) - length)
    if best:
        space = value.find(" ", best, best + lead)
        best = space + 1 if space >= 0 else best
    end = min(len(value), best + length)
    if end < len(value):
        space = value.rfind(" ", end - lead, end)
        end = space if space >= 0 else end
    return best, end


def web_address(url: str | None) -> Markup:
    """An address as text; a link only where it is a plain web address, opened apart and told nothing of us."""
    if not url:
        return Markup("")
    shown = text(url)
    try:
        parts = urlsplit(url)
        plain = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and not parts.username
    except ValueError:
        plain = False
    if not plain:
        return tag("span", shown, css="v-url")
    return tag("a", shown, css="v-url", href=url, target="_blank", rel="noopener noreferrer nofollow")


def table(head: Sequence[str], rows: Iterable[Sequence[Markup]], *, css: str = "") -> Markup:
    """A table; the head is text, the cells are markup."""
    top = tag("tr", *(tag("th", text(h)) for h in head))
    body = join(tag("tr", *(tag("td", cell) for cell in row)) for row in rows)
    whole = tag("table", tag("thead", top), tag("tbody", body), css=f"v-table {css}".strip())
    return tag("div", whole, css="v-scroll")


def facts(rows: Iterable[tuple[str, Markup]]) -> Markup:
    """Names and values; rows without a value are left out."""
    return tag("dl", *(join([tag("dt", text(k)), tag("dd", v)]) for k, v in rows if v), css="v-facts")


def notice(kind: str, title: str, *body: Markup) -> Markup:
    """A banner: ``warn``, ``calm``, ``bad`` or ``plain``."""
    return tag(
        "div", tag("strong", text(title)), *(tag("div", b) for b in body), css=f"v-notice v-{kind}", role="status"
    )
