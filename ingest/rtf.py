"""Rich text (rtf), by striprtf in a process of its own: its patterns can be made to take for ever.

striprtf leaves out footnotes and page heads and keeps what was deleted under tracking; both is put right before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

from domain.document import DocumentKind
from domain.errors import ParseError
from domain.protocols import Reading, ReadOptions
from ingest.clean import one_line
from ingest.documents import make_document
from ingest.isolated import opened
from ingest.names import title_of

SECONDS = 60.0

_HIGH = re.compile(rb"[\x80-\xff]")
_BRACE = re.compile(r"\\[\\{}]|[{}]")
_MOVED = re.compile(r"\{\\(footnote|header[lrf]?|footer[lrf]?)(?![a-z])")
_DELETED = re.compile(r"\{(?:\\[a-z]+-?\d* ?){0,8}\\deleted(?![a-z0])")
_INFO = re.compile(r"\{\\(title|author)(?![a-z]) ?")
_NUMBERS = re.compile(r"[\W\d]*")


def read_rtf(data: bytes, *, item: str, options: ReadOptions) -> Iterator[Reading]:
    """An RTF file as one document; footnotes follow its text, then the heads and feet of its pages.

    Raises:
        ParseError: it is no RTF, or cannot be read within the limits.
    """
    if b"{\\rtf" not in data[:200]:
        raise ParseError("is no RTF: its header is missing", item=item, stage="parse")
    text, moved, facts = _prepared(data)
    body, *rest = plain_rtf([text, *moved, *facts.values()], item=item)
    extra = dict.fromkeys(one_line(part, limit=20_000) for part in rest[: len(moved)])
    title, author = (
        one_line(dict(zip(facts, rest[len(moved) :], strict=True)).get(name, "")) for name in ("title", "author")
    )
    yield Reading(
        make_document(
            item=item,
            options=options,
            text="\n".join((body, *(line for line in extra if not _NUMBERS.fullmatch(line)))),
            title=title or title_of(body, item),
            kind=DocumentKind.PAPER,
            meta={"authors": [author] if author else []},
        )
    )


def plain_rtf(texts: list[str], *, item: str) -> list[str]:
    """The plain text of each piece of RTF, by striprtf; the first gives the code page and the fonts of all.

    Raises:
        ParseError: striprtf cannot read it, or takes longer than ``SECONDS``.
    """
    packed = "\x00".join(texts).encode("ascii", "backslashreplace")
    with closing(opened(packed, mode="rtf", item=item, seconds=SECONDS)) as records:
        found = [_whole(str(record.facts["text"])) for record in records if "text" in record.facts]
    if len(found) != len(texts):
        raise ParseError("damaged RTF, or it takes too long to read", item=item, stage="parse")
    return found


def rtf_text(data: bytes) -> str:
    """RTF as the ASCII it is defined to be: a byte above that as the escape it stands for."""
    return _HIGH.sub(lambda found: b"\\'%02x" % found[0][0], data).decode("ascii")


def _prepared(data: bytes) -> tuple[str, list[str], dict[str, str]]:
    """The RTF without deleted groups; its notes, heads and feet apart; its title and author."""
    text = rtf_text(data)
    head = text[: max(0, text.find("\\pard"))][:20_000] if "\\pard" in text else text[:5_000]
    moved: list[str] = []
    facts: dict[str, str] = {}
    kept: list[str] = []
    at = 0
    for start, end in _groups(text):
        if start < at:
            continue
        group = text[start:end]
        if _DELETED.match(group):
            kept.append(text[at:start])
            at = end
        elif _MOVED.match(group):
            kept.append(text[at:start])
            at = end
            moved.append("{\\rtf1" + _fonts(head) + "{" + group[1:][len(_MOVED.match(group)[0]) - 1 :] + "}")  # type: ignore[index]
        elif (named := _INFO.match(group)) and named[1] not in facts:
            facts[named[1]] = "{\\rtf1" + _fonts(head) + "{" + group[named.end() :] + "}"
    kept.append(text[at:])
    return "".join(kept), moved, facts


def _groups(text: str) -> list[tuple[int, int]]:
    """Where the groups that matter begin and end, in order; one that is never closed ends with the text."""
    wanted = {
        found.start() for pattern in (_MOVED, _DELETED, _INFO) for found in pattern.finditer(text)
    }  # fmt: skip
    open_: list[int] = []
    out: list[tuple[int, int]] = []
    for found in _BRACE.finditer(text):
        if found[0] == "{":
            open_.append(found.start())
        elif found[0] == "}" and open_ and (start := open_.pop()) in wanted:
            out.append((start, found.end()))
    return sorted(out + [(start, len(text)) for start in open_ if start in wanted])


def _fonts(head: str) -> str:
    """The code page and the table of fonts, which say how the bytes of a piece are to be read."""
    page = re.search(r"\\ansicpg\d+", head)
    table = re.search(r"\{[^{}]*\\fonttbl(?:[^{}]|\{[^{}]*\})*\}", head)
    return (page[0] if page else "") + (table[0] if table else "")


def _whole(text: str) -> str:
    """Characters beyond the first plane come as two halves."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
