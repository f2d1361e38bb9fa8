"""Word and OpenDocument texts: paragraphs, tables, text boxes, notes, heads and feet; tracked deletions are left out.

The parts are read as the plain XML they are: python-docx gives no tracked insertions, text boxes or notes, and repeats
a merged cell as often as its file asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from domain.document import DocumentKind
from domain.errors import ParseError
from domain.protocols import Reading, ReadOptions
from ingest.clean import one_line
from ingest.documents import make_document
from ingest.names import title_of
from ingest.package import Package

_CELL = 20_000
_SPACES = 100
_HEADS = re.compile(r"word/(?:header|footer)\d*\.xml")
_BARE = re.compile(r"[\W\d]*")


@dataclass(frozen=True, slots=True)
class _Dialect:
    """What the elements of one format mean, by their local names."""

    lines: frozenset[str]
    row: str
    cell: str
    wrappers: frozenset[str]
    dropped: frozenset[str]
    signs: dict[str, str]
    text: frozenset[str]
    """Elements whose own text counts; empty where all text does."""


_WORD = _Dialect(
    lines=frozenset(("p", "txbxContent", "tbl")), row="tr", cell="tc",
    wrappers=frozenset(("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag")),
    dropped=frozenset(("del", "moveFrom", "delText", "instrText", "Fallback", "pPr", "rPr", "tblPr", "sectPr", "trPr",
                       "tcPr")),
    signs={"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": "\u00ad"},
    text=frozenset(("t",)),
)  # fmt: skip
_OPEN = _Dialect(
    lines=frozenset(("p", "h", "text-box", "table", "list-item")), row="table-row", cell="table-cell",
    wrappers=frozenset(("table-header-rows", "table-row-group")),
    dropped=frozenset(("tracked-changes", "note", "annotation", "annotation-end", "sequence-decls", "forms", "script",
                       "bookmark-start", "index-entry-link-start", "object", "desc", "title")),
    signs={"tab": "\t", "line-break": "\n", "soft-page-break": ""},
    text=frozenset(),
)  # fmt: skip


def read_docx(data: bytes, *, item: str, options: ReadOptions) -> Iterator[Reading]:
    """A Word file (docx) as one document: a line a paragraph and a row of a table, in their order.

    Footnotes and endnotes follow the text, then what the heads and feet of its pages say (each once): a letterhead is
    often there. Comments are kept in the meta data.

    Raises:
        ParseError: it is no docx, is damaged, or unpacks to more than 256 MiB.
    """
    package = Package(data, item=item)
    root = package.tree(_main(package))
    if root is None:
        raise ParseError("damaged Word file: it has no text part", item=item, stage="parse")
    body = _text(root, _WORD)
    notes = [
        text for name in ("word/footnotes.xml", "word/endnotes.xml") for text in _notes(package.tree(name), "note")
    ]
    edges = [package.tree(name) for name in sorted(package.names) if _HEADS.fullmatch(name)]
    heads = _once(line for root in edges if root is not None for line in _text(root, _WORD).split("\n"))
    core = package.tree("docProps/core.xml")
    yield Reading(
        make_document(
            item=item,
            options=options,
            text="\n".join(filter(None, (body, *notes, *heads))),
            title=_fact(core, "title") or title_of(body, item),
            lang=_fact(core, "language") or None,
            kind=DocumentKind.PAPER,
            meta={
                "authors": [name] if (name := _fact(core, "creator")) else [],
                "created": _fact(core, "created"),
                "comments": list(_notes(package.tree("word/comments.xml"), "comment")),
            },
        )
    )


def read_odt(data: bytes, *, item: str, options: ReadOptions) -> Iterator[Reading]:
    """An OpenDocument text (odt) as one document, read as ``read_docx`` reads Word files.

    Raises:
        ParseError: it is no odt, is damaged or locked by a password, or unpacks to more than 256 MiB.
    """
    package = Package(data, item=item)
    if b"encryption-data" in package.part("META-INF/manifest.xml"):
        raise ParseError("is locked by a password", item=item, stage="parse")
    root = package.tree("content.xml")
    body = next(root.iter("{*}text"), None) if root is not None else None
    if body is None:
        raise ParseError("damaged OpenDocument file, or none of text", item=item, stage="parse")
    text = _text(body, _OPEN)
    notes = [one_line(_text(note, _OPEN), limit=_CELL) for note in body.iter("{*}note-body")]
    styles = package.tree("styles.xml")
    edges = [node for name in ("header", "footer") for node in _found(styles, f"{{*}}{name}")]
    heads = _once(line for node in edges for line in _text(node, _OPEN).split("\n"))
    meta = package.tree("meta.xml")
    yield Reading(
        make_document(
            item=item,
            options=options,
            text="\n".join(filter(None, (text, *notes, *heads))),
            title=_fact(meta, "title") or title_of(text, item),
            lang=_fact(meta, "language") or None,
            kind=DocumentKind.PAPER,
            meta={
                "authors": [name] if (name := _fact(meta, "creator") or _fact(meta, "initial-creator")) else [],
                "created": _fact(meta, "creation-date"),
                "comments": [
                    kept for note in body.iter("{*}annotation") if (kept := one_line(_text(note, _OPEN), limit=_CELL))
                ],
            },
        )
    )


def _main(package: Package) -> str:
    """The part that holds the text: the one that the package names as its office document."""
    relations = package.tree("_rels/.rels")
    for relation in _found(relations, "{*}Relationship"):
        if (relation.get("Type") or "").endswith("/officeDocument"):
            return (relation.get("Target") or "").lstrip("/")
    return "word/document.xml"


def _text(root: Any, dialect: _Dialect) -> str:
    """The text below a node, a line for each paragraph and row, without blanks at the ends and empty lines."""
    out: list[str] = []
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        node, leaving = stack.pop()
        tag = _tag(node)
        tail = node.tail if node is not root and not dialect.text else None
        if leaving:
            out.append("\n" if tag in dialect.lines else "")
            out.append(tail or "")
        elif not tag or (tag in dialect.dropped and node is not root):
            out.append(tail or "")
        elif tag == dialect.row and node is not root:
            out += ["\n", _row(node, dialect), "\n", tail or ""]
        elif tag in dialect.signs:
            out += [dialect.signs[tag], tail or ""]
        elif tag == "s" and not dialect.text:
            out += [" " * _count(node), tail or ""]
        else:
            out.append("\n" if tag in dialect.lines else "")
            if not dialect.text or tag in dialect.text:
                out.append(node.text or "")
            if node is not root:
                stack.append((node, True))
            stack.extend((child, False) for child in reversed(node))
    lines = (re.sub(r"[ \t]{2,}", " ", line).strip() for line in "".join(out).split("\n"))
    return "\n".join(line for line in lines if line)


def _row(row: Any, dialect: _Dialect) -> str:
    cells = (one_line(_text(cell, dialect), limit=_CELL) for cell in _cells(row, dialect))
    return " | ".join(cells).strip(" |")


def _cells(row: Any, dialect: _Dialect) -> Iterator[Any]:
    for child in row:
        tag = _tag(child)
        if tag == dialect.cell:
            yield child
        elif tag in dialect.wrappers:
            yield from _cells(child, dialect)


def _notes(root: Any | None, kind: str) -> Iterator[str]:
    """The texts of foot- or endnotes, or of comments; separators, which are notes to Word, are empty."""
    for node in root if root is not None else ():
        if _tag(node).endswith(kind) and (text := one_line(_text(node, _WORD), limit=_CELL)):
            yield text


def _once(lines: Iterable[str]) -> list[str]:
    """Each line once, and none of numbers alone."""
    return [line for line in dict.fromkeys(lines) if not _BARE.fullmatch(line)]


def _found(root: Any | None, name: str) -> Iterator[Any]:
    return iter(()) if root is None else root.iter(name)


def _fact(root: Any | None, name: str) -> str:
    return next((one_line("".join(node.itertext())) for node in _found(root, f"{{*}}{name}")), "")


def _count(node: Any) -> int:
    told = next((value for key, value in node.attrib.items() if key.endswith("}c")), "1")
    return min(int(told[:9]), _SPACES) if told.isdecimal() else 1


def _tag(node: Any) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""  # QName refuses odd names
