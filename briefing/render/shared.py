"""What the renderers have in common: how text is made safe to show, and what stands above and under a briefing."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import quote, urlsplit

from briefing.phrases import Phrases, language_name, show_day, show_instant, show_level
from domain.briefing import Briefing, Citation, Item
from domain.text import strip_invisible

# Control characters have no place in shown text; white space has been collapsed by then.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]")


def shown(text: str) -> str:
    """Text as it is shown: one line, without control, zero-width and direction characters.

    Direction overrides could make a reader see other words than stand there, and lone surrogates cannot be written out.
    """
    return " ".join(_CONTROL.sub(" ", strip_invisible(text)).split())


def web_address(url: str | None) -> str | None:
    """The address if it is a plain http or https one with a host, percent-encoded where needed; else None."""
    if not url or strip_invisible(url) != url or _CONTROL.search(url) or re.search(r"[\t\n]", url):
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not parts.netloc:
        return None
    return quote(url.strip(), safe=":/?#@!$&+,;=%~-._*")


def period(briefing: Briefing, words: Phrases) -> str:
    """The days of the period, the last one included."""
    first, last = briefing.since.date(), (briefing.until - timedelta(microseconds=1)).date()
    return show_day(first, words) if first == last else f"{show_day(first, words)} – {show_day(last, words)}"


def facts(briefing: Briefing, words: Phrases) -> list[tuple[str, str]]:
    """The lines of the head: what it is called and what it says."""
    out = [(words.label, show_level(briefing.label, words)), (words.period, period(briefing, words))]
    if briefing.as_of is not None:
        out.append((words.as_of, show_instant(briefing.as_of, words)))
    out.append((words.made, show_instant(briefing.made, words)))
    out.append((words.documents, str(briefing.documents)))
    return out


def told_by(item: Item, words: Phrases, *, stories: bool) -> str:
    """When, by how many sources and in which languages a story is told."""
    parts = [show_day(item.when.date(), words)] if item.when is not None else []
    if stories and item.sources:
        n = len(item.sources)
        parts.append(words.single if n == 1 else words.several.format(n=n))
    if item.languages:
        parts.append(", ".join(sorted(item.languages)))
    return " · ".join(parts)


def source_line(citation: Citation, words: Phrases) -> list[str]:
    """Outlet, title, day, language and passage of a citation; not yet escaped."""
    out = [shown(citation.source), shown(citation.title)]
    if citation.published is not None:
        out.append(show_day(citation.published.date(), words))
    out.append(language_name(citation.lang, words))
    if citation.label:
        out.append(show_level(citation.label, words))
    out.append(f"{shown(citation.document_id)}#{citation.passage_id}")
    return [part for part in out if part]
