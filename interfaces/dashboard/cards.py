"""Pieces that several views show: an alert, a document, the health of sources, the banner on silence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from alerts.policy import GRAVITY
from alerts.scoring import Severity, severity
from domain.alert import Alert
from domain.source import HEALTH_STATES, SourceHealth
from interfaces.dashboard import words
from interfaces.dashboard.data import Line
from interfaces.dashboard.markup import (
    Markup,
    badge,
    join,
    label_badge,
    language_badge,
    notice,
    shown,
    table,
    tag,
    text,
    words_of,
)
from interfaces.dashboard.words import many

_SHOWN_NAMES = 8


def severity_of(alert: Alert) -> Severity:
    """How grave the episode is: by its strongest day so far, or as the scan has it where that is graver.

    The alert is given as it stood on the reference day.
    """
    counted = severity(fired=True, score=alert.score, observed=alert.peak, expected=alert.expected)
    return max(counted, alert.explanation.get("severity", counted), key=GRAVITY.__getitem__)


def card(alert: Alert, day: date) -> Markup:
    """An alert in a list."""
    grave = severity_of(alert)
    last = min(alert.last, day)
    seen = badge("acknowledged", "seen") if alert.acknowledged else Markup("")
    meta = tag(
        "div",
        badge(grave, grave, hint="severity of the strongest day so far"),
        badge(alert.state, alert.state),
        seen,
        label_badge(alert.label) if alert.label else Markup(""),
        tag("span", text(f"raised {words.day(alert.opened)}")),
        tag("span", text(f"last signal {words.day(last)}")) if last > alert.opened else Markup(""),
        css="v-meta",
    )
    return tag("div", words_of(alert.title, name="h4"), meta, css=f"v-piece v-alert v-is-{grave}")


def document_line(line: Line) -> Markup:
    """A document in a list: where it is from, when, and its title."""
    meta = tag(
        "div",
        language_badge(line.lang),
        words_of(line.source),
        tag("span", text(words.moment(line.at))),
        label_badge(line.label) if line.label else Markup(""),
        css="v-meta",
    )
    return tag(
        "div",
        meta,
        words_of(shown(line.title).strip() or "(no title)", name="div", css="v-body", lang=line.lang),
        css="v-line",
    )


def not_blind(health: Sequence[SourceHealth]) -> Markup | None:
    """The banner that keeps silence from being read as calm; None when every source speaks."""
    silent = [h for h in health if h.state != "healthy"]
    if not silent:
        return None
    parts = [
        f"{sum(h.state == state for h in silent)} {state}"
        for state in HEALTH_STATES
        if any(h.state == state for h in silent)
    ]
    named = [
        tag("span", words_of(h.source), text(f" ({h.state}, newest content {_ago(h)})")) for h in silent[:_SHOWN_NAMES]
    ]
    more = text(f" and {many(len(silent) - _SHOWN_NAMES, 'other')}") if len(silent) > _SHOWN_NAMES else Markup("")
    return notice(
        "bad" if any(h.state == "failing" for h in silent) else "warn",
        f"Quiet is not blind: {', '.join(parts)} of {many(len(health), 'source')}",
        text("Counts and alerts below may be too low: what these sources would have said is not in them."),
        tag("div", join(named, ", "), more, css="v-small"),
    )


def _ago(h: SourceHealth) -> str:
    return "never seen" if h.content_age is None else f"{words.age(h.content_age)} old"


def health_table(health: Sequence[SourceHealth]) -> Markup:
    """The sources with their state, the age of their content, and what went wrong where something did."""
    wrong = any(h.failures for h in health)
    head = ("source", "state", "documents", "newest content", "usually", *(("failed readings",) if wrong else ()))
    return table(head, [_health_row(h, wrong=wrong) for h in health], css="v-tight")


def _health_row(h: SourceHealth, *, wrong: bool) -> list[Markup]:
    failed = text(f"{h.failures} in a row: {h.last_error or 'no reason given'}") if h.failures else Markup("")
    return [
        words_of(h.source),
        badge(h.state, h.state),
        tag("span", text(f"{h.documents:,}"), css="v-n"),
        tag("span", text(_ago(h)), title=words.moment(h.newest) if h.newest else "nothing seen"),
        text(f"every {words.age(h.usual_gap)}" if h.usual_gap is not None else "not yet known"),
        *((failed,) if wrong else ()),
    ]
