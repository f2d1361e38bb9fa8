"""An alert as a message: a subject, a text, the same as simple HTML and as JSON; none of it can break its carrier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from alerts.delivery.log import line_of
from alerts.delivery.words import Words, name_of, show_chance, show_day, show_level, show_number, show_span
from domain.alert import Alert
from domain.ids import digest
from domain.label import Label
from domain.source import SourceHealth
from domain.text import strip_invisible

SUBJECT = 180
"""Characters of a subject at most."""
LINE = 500
SHOWN = 5
"""Documents named in a message."""
SILENT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What leaves the house.

    Attributes:
        key: the same for every copy of it, by which a receiver can drop a second one.
        payload: for machines.
    """

    key: str
    subject: str
    text: str
    html: str
    lang: str
    label: Label
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a message: a heading or none, lines of text, items of a list."""

    heading: str = ""
    lines: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


def key_of(*parts: str) -> str:
    """A key that tells nothing of what it was made from."""
    return digest(("outgoing", *parts), size=16)


def one_line(text: str, *, most: int = LINE) -> str:
    """Text on one line without control or invisible characters, cut at a length: it can end no header and hide nothing.

    >>> one_line("Rig\\r\\nBcc: all@example.org")
    'Rig Bcc: all@example.org'
    """
    clean = strip_invisible(text).encode("utf-8", "replace").decode("utf-8")
    clean = " ".join("".join(c if c.isprintable() else " " for c in clean).split())
    return clean if len(clean) <= most else clean[: most - 1].rstrip() + "…"


def title_in(alert: Alert, words: Words) -> str:
    """The alert in one line of the language: as it was raised in English, else its subject and the day's figures."""
    if words.lang == "en":
        return one_line(alert.title)
    return one_line(words.title.format(
        name=name_of(alert.key, words), n=alert.observed, what=words.counted[alert.key.measure],
        expected=show_number(alert.expected, words),
    ))  # fmt: skip


def alert_message(
    alert: Alert, words: Words, *, key: str, kind: str = "alert", probability: float | None = None
) -> Message:
    """An alert as it is sent; it has to be one that the receiver may see, with evidence that the receiver may see."""
    title = title_in(alert, words)
    subject = (words.escalated if kind == "escalation" else words.alert).format(title=title)
    facts = [
        words.raised.format(day=show_day(alert.opened, words), last=show_day(alert.last, words)),
        words.observed.format(n=alert.observed, expected=show_number(alert.expected, words)),
    ]
    if alert.peak > alert.observed:
        facts.append(words.peak.format(n=alert.peak))
    if probability is not None:
        facts.append(words.chance.format(p=show_chance(probability, words)))
    parts = [Part(lines=tuple(facts))]
    if alert.evidence:
        shown = [one_line(f"[{e.lang}] {e.source}: {e.title}") for e in alert.evidence[:SHOWN]]
        left = len(alert.evidence) - len(shown)
        parts.append(Part(words.evidence, items=(*shown, *([words.more.format(n=left)] if left else []))))
    if silent := [one for one in alert.health if one.state != "healthy"]:
        parts.append(Part(lines=(words.silent.format(names="; ".join(source_names(silent, words))),)))
    if words.lang != "en":
        parts.append(Part(lines=(f"{words.as_raised}: {one_line(alert.title)}",)))
    marked = f"{words.handling}: {show_level(alert.label, words)}. {words.number}: {alert.id}."
    parts.append(Part(lines=(marked, words.automatic)))
    extra = {} if probability is None else {"probability": round(probability, 4)}
    facts_of = {name: value for name, value in line_of(alert, day=alert.last).items() if name != "delivered"}
    payload = {"type": kind, **facts_of, **extra, "lang": words.lang, "subject": subject}
    return made(subject, parts, words, key=key, label=alert.label, payload=payload)


def source_names(sources: Sequence[SourceHealth], words: Words, *, most: int = SILENT) -> list[str]:
    """Sources with their state and the age of what they said last, then how many more there are."""
    told = []
    for one in sources[:most]:
        age = "" if one.content_age is None else f", {show_span(one.content_age, words)}"
        told.append(one_line(f"{one.source} ({words.states[one.state]}{age})"))
    return told + ([f"+{len(sources) - most}"] if len(sources) > most else [])


def made(
    subject: str, parts: Sequence[Part], words: Words, *, key: str, label: Label, payload: dict[str, Any]
) -> Message:
    """A message of these parts, as text and as HTML that loads nothing and runs nothing."""
    head = one_line(subject, most=SUBJECT)
    plain, html = [one_line(subject)], [f"<h2>{escape(one_line(subject))}</h2>"]
    for part in parts:
        block = [part.heading] if part.heading else []
        block += [*part.lines, *(f"- {item}" for item in part.items)]
        plain.append("\n".join(block))
        if part.heading:
            html.append(f"<h3>{escape(part.heading)}</h3>")
        html += [f"<p>{escape(line)}</p>" for line in part.lines]
        if part.items:
            html.append("<ul>" + "".join(f"<li>{escape(item)}</li>" for item in part.items) + "</ul>")
    page = (f'<!doctype html><html lang="{words.lang}"><head><meta charset="utf-8"><title>{escape(head)}</title></head>'
            f"<body>{''.join(html)}</body></html>")  # fmt: skip
    return Message(key=key, subject=head, text="\n\n".join(plain) + "\n", html=page, lang=words.lang, label=label,
                   payload=payload)  # fmt: skip
