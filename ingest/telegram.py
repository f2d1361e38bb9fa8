"""Diplomatic telegrams in plain text: precedence, date-time group, FM, TO, INFO, SUBJECT, REF, TAGS, paragraphs.

The layout is that of the military message format (ACP 127) as foreign services use it. One file may hold several.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from domain.document import Document, DocumentKind
from domain.errors import ParseError
from domain.label import Label, strictest
from domain.protocols import Reading, ReadOptions
from domain.text import strip_invisible
from ingest.clean import clean, one_line, unwrap
from ingest.dates import date_time_group
from ingest.documents import failure, make_document
from ingest.encoding import decode

_PRECEDENCE = {"Z": "FLASH", "O": "IMMEDIATE", "P": "PRIORITY", "R": "ROUTINE"}
_URGENCY = r"(?:NIACT\s+)?(?:FLASH|IMMEDIATE|PRIORITY|ROUTINE)"
_HEADER = re.compile(
    rf"^\s*(?:((?:[ZOPRY]\s+){{1,2}}|{_URGENCY}\s+))?(\d{{6}}\s*Z?\s*[A-Z]{{3}}\s*(?:\d{{4}}|\d{{2}}))\b"
)
_FROM = re.compile(r"^\s*(?:FM|FROM)\b[:\s]\s*\S", re.IGNORECASE)
_END = re.compile(r"^\s*N{4}\s*$")
_BREAK = re.compile(r"^\s*BT\s*$")
_SERIAL = re.compile(r"^\s*#\s*(\d{1,6})\s*$")
_FIELD = re.compile(
    r"^\s{0,3}(FM|FROM|TO|INFO|XMT|SUBJECT|SUBJ|REFS?|REFTELS?|TAGS|PASS|EO|E\.\s?O\.?\s?[\d/]+|DECL|CLASSIFIED BY"
    r"|REASONS?)"
    r"(?:\s*[:.]\s*|\s+|$)(.*)$",
    re.IGNORECASE,
)
_COLON_ONLY = frozenset({"SUBJECT", "SUBJ", "REF", "REFS", "REFTEL", "REFTELS", "TAGS", "PASS", "EO", "DECL"})
_COLON_ONLY |= {"REASON", "REASONS", "CLASSIFIED BY"}
_NOISE = re.compile(r"^\s*(?:ZCZC.*|ZN[RY]\b.*|DE\s+[A-Z]{4,}.*|(?:OO|PP|RR|ZZ)\s+[A-Z]{4,}.*|SIPDIS.*|QQQQ)\s*$")
_TRAILING_URGENCY = re.compile(rf"(?<!\s)\s++(?:{_URGENCY}(?:\s++\d+)?|\d{{3,6}})\s*$")
_NUMBERED = re.compile(r"^\s*(?:\(?[A-Z]{1,3}(?:/[A-Z]{2})?\)\s*)?1\s*[.)]\s")
_ORIGIN = re.compile(r"\b([A-Z][A-Z .'-]{2,40}?)\s+(\d{4,6})\s*$")
_SECTION = re.compile(r"\bSECTION\s+(\d+)\s+OF\s+(\d+)\b|\b(\d{2})\s+OF\s+(\d{2})\b")

_CLASSES: tuple[tuple[str, Label], ...] = (
    ("TOP SECRET", Label.TOP_SECRET), ("TUYỆT MẬT", Label.TOP_SECRET), ("TRES SECRET", Label.TOP_SECRET),
    ("TRÈS SECRET", Label.TOP_SECRET), ("COSMIC", Label.TOP_SECRET),
    ("SECRET", Label.SECRET), ("TỐI MẬT", Label.SECRET), ("GEHEIM", Label.SECRET), ("SECRETO", Label.SECRET),
    ("СОВЕРШЕННО СЕКРЕТНО", Label.TOP_SECRET), ("СЕКРЕТНО", Label.SECRET),
    ("CONFIDENTIAL", Label.CONFIDENTIAL), ("CONFIDENTIEL", Label.CONFIDENTIAL), ("CONFIDENCIAL", Label.CONFIDENTIAL),
    ("MẬT", Label.CONFIDENTIAL), ("VS-VERTRAULICH", Label.CONFIDENTIAL),
    ("RESTRICTED", Label.RESTRICTED), ("LIMITED OFFICIAL USE", Label.RESTRICTED), ("LOU", Label.RESTRICTED),
    ("OFFICIAL USE ONLY", Label.RESTRICTED), ("FOUO", Label.RESTRICTED), ("SBU", Label.RESTRICTED),
    ("SENSITIVE", Label.RESTRICTED), ("DIFFUSION RESTREINTE", Label.RESTRICTED), ("LƯU HÀNH NỘI BỘ", Label.RESTRICTED),
    ("INTERNAL", Label.RESTRICTED), ("VS-NUR FÜR DEN DIENSTGEBRAUCH", Label.RESTRICTED),
    ("UNCLASSIFIED", Label.OPEN), ("UNCLAS", Label.OPEN), ("KHÔNG MẬT", Label.OPEN), ("NON CLASSIFIÉ", Label.OPEN),
    ("OPEN", Label.OPEN),
)  # fmt: skip
_SPACED = re.compile(r"\b(?:[A-Z] ){4,}[A-Z]\b")
_WORDS = "MFA MOFA UN USUN EU NATO ASEAN OSCE OECD WTO IAEA UNESCO AU OAS FCO MAE MRE MID AA US USA UK UAE DPRK PRC"
_ACRONYMS = frozenset(_WORDS.split())


@dataclass(slots=True)
class _Telegram:
    """What one telegram's lines say, while they are read."""

    precedence: str = ""
    dtg: str = ""
    fields: dict[str, list[str]] = field(default_factory=dict)
    classification: str = ""
    label: Label = Label.OPEN
    serial: str = ""
    section: str = ""
    body: list[str] = field(default_factory=list)


def looks_like_telegram(head: str) -> bool:
    """Whether text that begins so is a telegram: a from-line and, near it, an addressee or a date-time group."""
    lines = head.split("\n")[:40]
    start = next((i for i, line in enumerate(lines) if _FROM.match(line) and line.strip()[:2].isupper()), None)
    if start is None:
        return False
    near = lines[max(0, start - 6) : start + 6]
    dated = any(_HEADER.match(line) for line in near)
    return any(re.match(r"^\s*TO\s+\S", line) for line in near) and (dated or any(_BREAK.match(ln) for ln in lines))


def read_telegrams(data: bytes, *, item: str, options: ReadOptions) -> Iterator[Reading]:
    """A document for each telegram in the file, or a failure with its number in the file."""
    content, note = decode(data, item=item)
    pieces = list(_split(clean(content).split("\n")))
    if not pieces:
        raise ParseError("holds no telegram", item=item, stage="parse")
    for number, lines in enumerate(pieces, start=1):
        place = item if len(pieces) == 1 else f"{item}#{number}"
        try:
            yield Reading(_document(_parse(lines, place), place, options, note))
        except ParseError as error:
            yield failure(place, error.reason, options=options)


def _split(lines: list[str]) -> Iterator[list[str]]:
    """The lines of each telegram: up to NNNN, or to the next date-time group that a from-line follows."""
    current: list[str] = []
    for i, line in enumerate(lines):
        if _HEADER.match(line) and any(map(_FROM.match, lines[i + 1 : i + 4])) and any(map(_FROM.match, current)):
            yield current
            current = []
        if _END.match(line):
            if any(part.strip() for part in current):
                yield current
            current = []
        else:
            current.append(line)
    if any(part.strip() for part in current):
        yield current


def _parse(lines: list[str], place: str) -> _Telegram:
    out = _Telegram()
    start = _header(lines, out)
    if "FM" not in out.fields:
        raise ParseError("is no telegram: it has no FM line", item=place, stage="parse")
    _preamble(lines[start:], out, place)
    return out


def _header(lines: list[str], out: _Telegram) -> int:
    """Reads precedence, date-time group, FM, TO and INFO; gives the line after them."""
    current = ""
    for i, line in enumerate(lines):
        found = _field(line)
        if found and found[0] in {"FM", "TO", "INFO", "XMT"}:
            current = found[0]
            out.fields.setdefault(current, []).extend(_addressees(found[1]))
        elif (head := _HEADER.match(line)) and "FM" not in out.fields:
            letters = (head[1] or "").split()
            out.precedence = _PRECEDENCE.get(letters[0], " ".join(letters)) if letters else ""
            out.dtg = head[2]
        elif _BREAK.match(line):
            return i + 1
        elif "FM" in out.fields and (not line.strip() or found or _class_of(line) is not None):
            if line.strip():
                return i
            current = ""
        elif current in {"TO", "INFO", "XMT"} and line.strip() and not _NOISE.match(line):
            out.fields[current].extend(_addressees(line))
        elif "FM" in out.fields and line.strip() and not current:
            return i
    return len(lines)


def _preamble(lines: list[str], out: _Telegram, place: str) -> None:
    """Reads classification, subject, references and tags; what follows the first paragraph number is the text."""
    current = ""
    in_body = False
    stranger = ""
    for line in lines:
        if _BREAK.match(line):
            continue
        if serial := _SERIAL.match(line):
            out.serial = serial[1]
            continue
        if in_body or _NUMBERED.match(line):
            in_body = True
            out.body.append(line)
            continue
        if not line.strip():
            current = ""
            if out.body:
                out.body.append("")
            continue
        if found := _field(line):
            current = found[0]
            out.fields.setdefault(current, []).append(found[1])
        elif current and _continues(line, current, out.fields[current][-1]):
            out.fields[current].append(line.strip())
        elif not out.body and (label := _class_of(line)) is not None:
            out.classification = " ".join(filter(None, (out.classification, one_line(line))))
            out.label = strictest((out.label, label))
            _origin(line, out)
        elif _NOISE.match(line):
            continue
        else:
            if not stranger and not out.body and not out.fields.keys() & {"SUBJECT", "REF", "TAGS"}:
                stranger = _unknown_class(line)
            out.body.append(line)
            in_body = "SUBJECT" in out.fields
    if stranger and not out.classification:
        raise ParseError(f"unknown classification {stranger!r}", item=place, stage="parse")


def _continues(line: str, current: str, before: str) -> bool:
    """Whether a line goes on with the field above it: indented, one more reference, or after a full line."""
    return line[:1].isspace() or (current == "REF" and bool(re.match(r"[A-Z][.)]\s", line))) or len(before) >= 50


def _field(line: str) -> tuple[str, str] | None:
    found = _FIELD.match(line)
    if not found:
        return None
    name = found[1].upper()
    after = line[found.end(1) :].lstrip()[:1]
    if name.startswith("E.") or name == "EO":
        name = "EO"
    elif after not in {":", "."} if name in _COLON_ONLY else not found[1].isupper():
        return None
    name = {"SUBJ": "SUBJECT", "FROM": "FM", "REFS": "REF", "REFTEL": "REF", "REFTELS": "REF"}.get(name, name)
    return name, found[2].strip()


def _addressees(text: str) -> list[str]:
    names = (one_line(part) for part in text.split(";"))
    return [bare for name in names if (bare := _TRAILING_URGENCY.sub("", name).strip(" ,/"))]


def _class_of(line: str) -> Label | None:
    """The level a classification line means; None when the line is no such line."""
    text = _SPACED.sub(lambda m: m[0].replace(" ", ""), one_line(strip_invisible(line)).upper())
    text = re.sub(r"\bTOPSECRET\b", "TOP SECRET", text)
    if len(text) > 90 or not (line.strip().isupper() or len(text.split()) <= 3):
        return None
    text = re.sub(r"^(?:CLASSIFICATION\s*:\s*)?(?:(?:NATO|EU|UE)\s+(?=\w))?", "", text)
    for name, _ in sorted(_CLASSES, key=lambda pair: -len(pair[0])):
        if re.match(rf"^{re.escape(name)}(?!\w)", text):
            named = (level for other, level in _CLASSES if re.search(rf"(?<!\w){re.escape(other)}(?!\w)", text))
            return Label.OPEN if name == "KHÔNG MẬT" else strictest(named)
    return None


def _unknown_class(line: str) -> str:
    """A short line in capitals where the classification stands, which is none that we know."""
    text = one_line(line)
    if len(text.split()) > 4 or not text.isupper() or ":" in text or text.startswith(("FOR ", "DEPT", "PASS", "EO")):
        return ""
    return text


def _origin(line: str, out: _Telegram) -> None:
    """The message number, and the part's number, on a line such as UNCLAS SECTION 01 OF 02 HANOI 000123."""
    if part := _SECTION.search(line):
        out.section = "/".join(str(int(group)) for group in part.groups() if group)
    if (found := _ORIGIN.search(_SECTION.sub(" ", line))) and not out.serial:
        out.serial = found[2]


def _document(parsed: _Telegram, place: str, options: ReadOptions, note: str | None) -> Document:
    post = " ".join(parsed.fields["FM"]) or "unknown post"
    try:
        published = date_time_group(parsed.dtg, near=options.read_at) if parsed.dtg else None
    except ValueError:
        published = None
    text = unwrap("\n".join(parsed.body))
    subject = one_line(" ".join(parsed.fields.get("SUBJECT", [])))
    if not text and not subject:
        raise ParseError("telegram without subject and text", item=place, stage="parse")
    references = _references(parsed.fields.get("REF", []))
    return make_document(
        item=place,
        options=options,
        text=text or subject,
        title=subject,
        source=post_name(post),
        published=published or parsed.dtg or None,
        external_id=_number(post, parsed, published),
        kind=DocumentKind.CABLE,
        label=parsed.label,
        meta={
            "precedence": parsed.precedence,
            "dtg": parsed.dtg,
            "from": post,
            "to": parsed.fields.get("TO", []),
            "info": parsed.fields.get("INFO", []),
            "references": references,
            "tags": [tag for tag in re.split(r"[,\s]+", " ".join(parsed.fields.get("TAGS", []))) if tag],
            "classification": parsed.classification,
            "serial": parsed.serial,
            "section": parsed.section,
            "encoding": note or "",
        },
    )


def post_name(post: str) -> str:
    """A post's name as it is shown: ``EMBASSY BEIJING`` becomes Embassy Beijing, ``MFA HANOI`` MFA Hanoi."""
    return " ".join(word if word in _ACRONYMS else word.title() for word in one_line(post, limit=120).split())


def _references(lines: list[str]) -> list[str]:
    text = " ".join(lines)
    lettered = re.search(r"(?:^|\s)\(?A[.)]\s", text)
    parts = re.split(r"(?:^|[\s;,(])\(?[A-Z][.)]\s+", text) if lettered else text.split(";")
    return [kept for part in parts if (kept := one_line(part).strip(" ,;"))]


def _number(post: str, parsed: _Telegram, published: datetime | None) -> str | None:
    """What names the telegram at its post: date-time group and serial, as far as it has them."""
    when = published.strftime("%Y%m%dT%H%MZ") if published else "".join(parsed.dtg.split())
    serial = parsed.serial.lstrip("0") or parsed.serial
    parts = [part for part in (when, serial, parsed.section and f"part {parsed.section}") if part]
    return " ".join((one_line(post), *parts)) if when or serial else None
