"""Markdown to plain text, with what a front matter says of the text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ingest.clean import clean, one_line
from ingest.html import plain

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_PAIR = re.compile(r"^([A-Za-z][\w-]{0,40})\s*:\s*(.+?)\s*$", re.MULTILINE)
_FENCE = re.compile(r"^\s{0,3}(?:```|~~~)[^\n]*$", re.MULTILINE)
_HEADING = re.compile(r"^\s{0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$", re.MULTILINE)
_UNDERLINE = re.compile(r"^\s{0,3}(?:=+|-+|\*\s?\*\s?\*[*\s]*)[ \t]*$", re.MULTILINE)
_IMAGE = re.compile(r"!\[([^\[\]]{0,500})\]\([^()\s]{0,2000}(?:\s[^()]{0,200})?\)")
_LINK = re.compile(r"\[([^\[\]]{1,500})\](?:\([^()\s]{0,2000}(?:\s[^()]{0,200})?\)|\[[^\[\]]{0,200}\])")
_DEFINITION = re.compile(r"^\s{0,3}\[[^\[\]]{1,200}\]:\s+\S+.*$", re.MULTILINE)
_AUTOLINK = re.compile(r"<((?:https?|mailto):[^<>\s]{1,2000})>")
_STRONG = re.compile(r"(\*\*\*|\*\*|__|~~)(?=\S)([^\n]{1,2000}?)(?<=\S)\1")
_EMPHASIS = re.compile(r"(?<![\w*])[*_](?=[^\s*_])([^\n*_]{1,1000})(?<=\S)[*_](?![\w*])")
_CODE = re.compile(r"`{1,2}([^`\n]{1,1000})`{1,2}")
_QUOTE = re.compile(r"^\s{0,3}(?:>\s?)+", re.MULTILINE)
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!>~|-])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """The plain text, its first heading, and the pairs of its front matter (lower-case keys)."""

    text: str
    title: str
    front: dict[str, str] = field(default_factory=dict)


def read_markdown(content: str) -> Marked:
    """Plain text of a Markdown file: headings and list lines stay lines, links keep their words."""
    text = clean(content)
    front: dict[str, str] = {}
    if found := _FRONT.match(text):
        front = {key.lower(): value.strip("\"'") for key, value in _PAIR.findall(found[1])}
        text = text[found.end() :]
    heading = _HEADING.search(text)
    for pattern, replacement in (
        (_FENCE, ""), (_DEFINITION, ""), (_HEADING, r"\2"), (_UNDERLINE, ""), (_IMAGE, r"\1"), (_LINK, r"\1"),
        (_AUTOLINK, r"\1"), (_STRONG, r"\2"), (_EMPHASIS, r"\1"), (_CODE, r"\1"), (_QUOTE, ""), (_ESCAPE, r"\1"),
    ):  # fmt: skip
        text = pattern.sub(replacement, text)
    title = front.get("title") or (_EMPHASIS.sub(r"\1", _STRONG.sub(r"\2", heading[2])) if heading else "")
    return Marked(text=plain(text), title=one_line(plain(title)), front=front)
