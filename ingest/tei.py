"""TEI XML of diplomatic series, as the Foreign Relations of the United States are published: a document a cable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from domain.document import Document, DocumentKind
from domain.errors import ParseError
from domain.protocols import Reading, ReadOptions
from ingest.clean import one_line
from ingest.dates import parse_date
from ingest.documents import failure, make_document
from ingest.xml import parse_xml

_ID = "{http://www.w3.org/XML/1998/namespace}id"
_FRUS = "{http://history.state.gov/frus/ns/1.0}"
_LINES = frozenset(
    ("p", "head", "item", "row", "opener", "closer", "dateline", "salute", "signed", "quote", "list", "table",
     "postscript", "attachment", "lg", "l", "div", "label", "byline", "figure", "trailer", "floatingText", "body")
)  # fmt: skip
_SILENT = frozenset({"note", "pb", "fw", "graphic", "figDesc"})
_CLASSES = re.compile(
    r"(?<=\. )(Top Secret|Secret|Confidential|Restricted|Limited Official Use|Official Use Only|Unclassified"
    r"|No classification marking)\b(?:; [A-Z][\w/-]*(?: [A-Z][\w/-]*){0,2})*(?=[.,]|$)"
)
_FORMS = re.compile(
    r"^\[?(?:Telegram|Circular telegram|Extract|Translation|Paraphrase)[^\]]{0,60}\]?\.?$", re.IGNORECASE
)
_PRINTED_DATE = re.compile(r"\b(?:[A-Z][a-z]+ \d{1,2}, \d{4}|\d{1,2} [A-Z][a-z]+,? \d{4})\b")


def read_tei(data: bytes, *, item: str, options: ReadOptions) -> Iterator[Reading]:
    """A document for each ``div`` of type document (for the whole text, where there is none).

    Title, from, to, date, place, subject, classification as printed, references and notes come from the markup;
    footnotes are taken out of the running text and kept in the meta data. The label does not follow the printed
    classification: a printed series is open, and the operator's label says otherwise where it must. A damaged or cut
    file gives what can be read of it and a failure that names the damage.

    Raises:
        ParseError: it is no TEI, or hostile.
    """
    tree = parse_xml(data, item=item)
    root = tree.root
    if _tag(root).lower() not in {"tei", "tei.2", "teicorpus"}:
        raise ParseError(f"is no TEI: its root is <{_tag(root)[:40]}>", item=item, stage="parse")
    volume = root.get(_ID) or ""
    title = _volume_title(root)
    divisions = [node for node in root.iter("{*}div") if node.get("type") == "document"]
    count = 0
    for number, node in enumerate(divisions or list(root.iter("{*}text"))[:1], start=1):
        name = node.get(_ID) or f"n{number}"
        place = f"{item}#{name}"
        try:
            yield Reading(_document(node, place=place, name=name, volume=volume, source=title, options=options))
            count += 1
        except ParseError as error:
            yield failure(place, error.reason, options=options, source=title)
    if tree.damage:
        reason = f"XML is damaged ({tree.damage}); {count} documents could be read"
        yield failure(item, reason, options=options, source=title)
    elif not count and not divisions:
        yield failure(item, "TEI without text", options=options, source=title)


def _document(node: Any, *, place: str, name: str, volume: str, source: str, options: ReadOptions) -> Document:
    own = _own(node)
    head = next((part for part in own if _tag(part) == "head"), None)
    title = _title(head, node)
    notes = list(node.iter("{*}note"))
    inline = [_line(part) for part in notes if part.get("type") == "source" and part.get("rend") == "inline"]
    foot = [_line(part) for part in notes if not (part.get("type") == "source" and part.get("rend") == "inline")]
    source_note = next(
        (_line(part) for part in notes if part.get("type") == "source" and part.get("rend") != "inline"), ""
    )
    text = _text(node, head)
    printed = _published(node, own, text)
    return make_document(
        item=place,
        options=options,
        text=text or title,
        title=title,
        source=source,
        published=printed,
        external_id=f"{volume}/{name}" if volume else name,
        url=f"https://history.state.gov/historicaldocuments/{volume}/{name}" if volume.startswith("frus") else None,
        lang=_language(node),
        kind=DocumentKind.CABLE,
        meta={
            "from": _people(own, "from"),
            "to": _people(own, "to"),
            "date": _first(own, "date"),
            "place": _first(own, "placeName").rstrip(" ,."),
            "subject": _listed(own, "subject"),
            "participants": _listed(own, "participants"),
            "classification": _classification(node, source_note),
            "form": next((one_line(note.strip("[]. ")) for note in inline if _FORMS.match(note)), ""),
            "references": [note for note in inline if not _FORMS.match(note)] + _references(own, node, volume),
            "source_note": source_note,
            "notes": [note for note in foot if note and note != source_note],
            "volume": volume,
            "number": node.get("n") or "",
        },
    )


def _own(node: Any) -> list[Any]:
    """The elements of the cable itself: not those within attachments, quotations, notes or nested divisions."""
    out: list[Any] = []
    stack = list(reversed(list(node)))
    while stack:
        part = stack.pop()
        if not isinstance(part.tag, str) or _tag(part) in {"attachment", "quote", "note", "div", "p", "floatingText"}:
            continue
        out.append(part)
        stack.extend(reversed(list(part)))
    return out


def _title(head: Any, node: Any) -> str:
    title = one_line(_flat(head)) if head is not None else ""
    number = node.get("n") or ""
    if number and title.startswith(f"{number}. "):
        title = title[len(number) + 2 :]
    return title


def _people(own: list[Any], role: str) -> list[str]:
    marked = [
        one_line(_flat(part))
        for part in own
        if _tag(part) in {"persName", "gloss", "name"} and part.get("type") == role
    ]
    return list(dict.fromkeys(filter(None, marked))) or _listed(own, role)


def _listed(own: list[Any], kind: str) -> list[str]:
    """The items of a list such as TO, FROM, SUBJECT or PARTICIPANTS at the head of a memorandum."""
    items = [
        one_line(_flat(entry))
        for part in own
        if _tag(part) == "list" and part.get("type") == kind
        for entry in part
        if _tag(entry) == "item"
    ]
    return [kept for kept in items if kept]


def _first(own: list[Any], name: str) -> str:
    return next((text for part in own if _tag(part) == name and (text := one_line(_flat(part)))), "")


def _references(own: list[Any], node: Any, volume: str) -> list[str]:
    listed = _listed(own, "references") or _listed(own, "ref")
    for ref in node.iter("{*}ref"):
        target = (ref.get("target") or "").strip()
        if re.fullmatch(r"#d\d+\w*", target) and "fn" not in target:
            listed.append(f"{volume}/{target[1:]}")
        elif re.fullmatch(r"frus[\w-]+#d\d+", target):
            listed.append(target.replace("#", "/"))
    return list(dict.fromkeys(listed))


def _classification(node: Any, source_note: str) -> str:
    marked = next(
        (
            one_line(_flat(part))
            for part in node.iter("{*}classification", "{*}hi")
            if part.get("type") == "classification"
        ),
        "",
    )
    if marked:
        return marked
    found = _CLASSES.search(source_note)
    return one_line(found[0]) if found else ""


def _published(node: Any, own: list[Any], text: str) -> str | None:
    """The cable's date: its own attribute, its dateline, any date it carries, one printed at head or foot."""
    for name in ("doc-dateTime-min", "doc-dateTime-max"):
        if (value := node.get(_FRUS + name)) and parse_date(value):
            return str(value)
    for part in [*own, *node.iter("{*}dateline")]:
        for stamp in [part] if _tag(part) == "date" else part.iter("{*}date"):
            for key in ("when", "notBefore", "from", "notAfter", "to"):
                if value := stamp.get(key):
                    return str(value)
            if parse_date(words := one_line(_flat(stamp))):
                return words
    for part in own:
        if _tag(part) in {"head", "postscript", "closer"} and (found := _PRINTED_DATE.search(_line(part))):
            return found[0]
    last = text.rpartition("\n")[2]
    for line in [*map(_line, node.iter("{*}postscript", "{*}dateline")), last if len(last) < 100 else ""]:
        if found := _PRINTED_DATE.search(line):
            return found[0]
    return None


def _volume_title(root: Any) -> str:
    titles = [node for stmt in root.iter("{*}titleStmt") for node in stmt if _tag(node) == "title"]
    complete = [node for node in titles if node.get("type") == "complete"]
    return next((text for node in [*complete, *titles] if (text := one_line(_flat(node), limit=200))), "")


def _language(node: Any) -> str | None:
    key = "{http://www.w3.org/XML/1998/namespace}lang"
    while node is not None:
        if lang := node.get(key):
            return str(lang)
        node = node.getparent()
    return None


def _text(node: Any, head: Any) -> str:
    """The cable's running text: a line for each paragraph, row and line of the letter's frame; notes left out."""
    out: list[str] = []
    stack: list[tuple[Any, bool]] = [(node, False)]
    while stack:
        part, leaving = stack.pop()
        tag = _tag(part)
        if leaving:
            out.append("\n" if tag in _LINES else " | " if tag == "cell" else "")
            out.append(_space(part.tail))
            continue
        if part is head or not tag or tag in _SILENT:
            out.append(_space(part.tail))
            continue
        out.append("\n" if tag in _LINES else " " if tag == "lb" else "")
        out.append(_space(part.text))
        if part is not node:
            stack.append((part, True))
        stack.extend((child, False) for child in reversed(list(part)))
    return _lines("".join(out))


def _space(text: str | None) -> str:
    return re.sub(r"\s+", " ", text) if text else ""


def _lines(text: str) -> str:
    lines = (" ".join(line.split()).removesuffix("|").rstrip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _flat(node: Any) -> str:
    """All text of a node without its notes."""
    if node is None:
        return ""
    out: list[str] = [node.text or ""]
    for child in node:
        if isinstance(child.tag, str) and _tag(child) not in _SILENT:
            out.append(" " if _tag(child) == "lb" else "")
            out.append(_flat(child) if len(child) else child.text or "")
        out.append(child.tail or "")
    return " ".join("".join(out).split())


def _line(node: Any) -> str:
    """All text of a node, notes and all, on one line."""
    return one_line("".join(node.itertext()), limit=2000)


def _tag(node: Any) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""  # QName refuses odd names
