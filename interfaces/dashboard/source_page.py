"""One source in full: how it is doing in words, what it brought by day, its readings, and its items that failed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import streamlit as st

from interfaces.dashboard import charts, data, source_data, style, words
from interfaces.dashboard.cards import document_line
from interfaces.dashboard.context import Context
from interfaces.dashboard.markup import (
    Markup,
    badge,
    facts,
    label_badge,
    language_badge,
    notice,
    shown,
    table,
    tag,
    text,
    web_address,
    words_of,
)
from interfaces.dashboard.source_cards import (
    GRADES,
    by_weekday,
    failures_table,
    name_of,
    next_check,
    said_of,
    state_badge,
)
from interfaces.dashboard.source_data import Asked
from service.names import country_names
from service.sources_view import Reading, Sourced

_OUTCOMES = {
    "read": ("read", "healthy"),
    "unchanged": ("nothing changed", "closed"),
    "empty": ("empty", "quiet"),
    "answered": ("answered", "healthy"),
    "failed": ("failed", "failing"),
}
_SHOWN_READINGS = 20
_TONES = {"failing": "bad", "healthy": "calm", "quiet": "warn", "changed layout": "warn"}


def page(ctx: Context, one: Sourced | None, asked: Asked) -> None:
    """Draw it; None where there is no such source."""
    if one is None:
        style.heading("Sources")
        why = text("It is not known by this day, was never followed, or is above your clearance.")
        st.html(notice("warn", "There is no such source", why))
        ctx.link("sources", "All sources", icon=":material/arrow_back:")
        return
    ctx.link("sources", "All sources", icon=":material/arrow_back:")
    style.heading(name_of(one.name))
    st.html(_badges(one))
    said, then = said_of(one.health, asked.at)
    reasons = [tag("div", words_of(reason), css="v-small") for reason in one.health.reasons]
    note = [words_of(one.health.note)] if one.health.note else []
    st.html(notice(_TONES.get(one.health.state, "plain"), said, *([text(then)] if then else []), *note, *reasons))
    left, right = st.columns([8, 4], gap="large")
    with left:
        _chart(ctx, one)
        style.sub("By weekday", "documents a day, as usual in its last weeks")
        st.html(by_weekday(one.health.weekdays, large=True))
        _readings(source_data.readings(ctx.scope, one.name))
        _failed([f for f in data.failures(ctx.scope) if f.source == one.name])
    with right:
        style.sub("How it stands")
        st.html(facts(_standing(one, asked)))
        style.sub("What it is")
        st.html(facts(_being(one)))
        _newest(ctx, one)


def _badges(one: Sourced) -> Markup:
    parts = [state_badge(one.health.state), label_badge(one.label)]
    if one.country:
        parts.append(words_of(country_names().get(one.country, one.country)))
    if one.lang:
        parts.append(language_badge(one.lang))
    parts.append(tag("span", text(f"grade {one.reliability}: {GRADES.get(one.reliability, 'unknown grade')}")))
    parts.append(badge("followed" if one.health.followed else "not followed", "closed"))
    return tag("div", *parts, css="v-meta")


def _chart(ctx: Context, one: Sourced) -> None:
    style.sub("Documents a day", "by the day on which they were published")
    days = int(st.segmented_control("Days", [30, 60, 150], default=60, required=True, key="source_days") or 60)
    counts = data.by_day(ctx.scope, group="language", days=days, source=one.name)
    if not counts:
        st.html(notice("plain", f"Nothing in these {days} days"))
        return
    named = [(day, words.language(code), n) for day, code, n in counts]
    first = ctx.scope.day - timedelta(days=days - 1)
    st.altair_chart(charts.by_day(named, first=first, last=ctx.scope.day, what="language"), width="stretch", theme=None)


def _readings(found: Sequence[Reading]) -> None:
    style.sub("Last readings", "newest first")
    if not found:
        st.html(notice("plain", "It was not read by `vedette watch` or `vedette sources read` yet"))
        return
    counted = any(one.items is not None for one in found)
    head = ("when", "outcome", *(("items", "new", "changed", "known", "failed", "took") if counted else ()))
    st.html(table(head, [_reading(one, counted) for one in found[:_SHOWN_READINGS]], css="v-tight"))
    if not counted:
        said = "How many items came is told only to readers who are cleared for everything."
        st.html(tag("p", text(said), css="v-muted v-small"))


def _reading(one: Reading, counted: bool) -> list[Markup]:
    name, kind = _OUTCOMES.get(one.outcome, (one.outcome, "closed"))
    remark = [f"HTTP {one.status}"] if one.status and one.status not in (200, 304) else []
    if one.reason and (one.status is None or str(one.status) not in one.reason):
        remark.append(one.reason)
    elif one.reason:
        remark = [one.reason]
    below = words_of("; ".join(remark), name="div", css="v-under") if remark else Markup("")
    cells = [tag("span", text(words.moment(one.at)), css="v-n"), tag("div", badge(name, kind), below)]
    if counted:
        numbers = (one.items, one.new, one.updated, one.duplicate, one.failed)
        cells += [tag("span", text("–" if not n else f"{n:,}"), css="v-n") for n in numbers]
        cells.append(tag("span", text("" if one.seconds is None else f"{one.seconds:.1f} s"), css="v-n"))
    return cells


def _failed(found: Sequence[data.Failed]) -> None:
    style.sub("Failed items", "as of now: kept until they succeed")
    if found:
        st.html(failures_table(found, source=False))
    else:
        st.html(notice("calm", "None of its items waits to be tried again"))


def _standing(one: Sourced, asked: Asked) -> list[tuple[str, Markup]]:
    h = one.health
    copies = "no document yet" if h.duplicates is None else f"{words.share(h.duplicates)} of its texts"
    every = "not yet known" if h.usual_gap is None else f"every {words.age(h.usual_gap)}"
    return [
        ("Documents", text(f"{h.documents:,}")),
        ("Newest content", _when(h.newest, f"{words.age(h.content_age)} old") if h.newest else text("nothing yet")),
        ("It usually publishes", text(every)),
        ("Silence is unusual after", text(words.age(h.quiet_after)) if h.quiet_after else Markup("")),
        ("Others had first", text(copies)),
        ("Last read well", _ago(h.last_success, asked) or text("never" if h.followed else "–")),
        ("Last tried", _ago(h.last_attempt, asked)),
        ("Failures in a row", text(str(h.failures)) if h.failures else Markup("")),
        ("Next check", next_check(h, asked.at, present=asked.present)),
        ("Changed layout", _ago(h.layout_changed, asked)),
        ("Retired", _ago(h.retired, asked)),
    ]


def _when(moment: datetime, said: str) -> Markup:
    return tag("span", text(said), tag("div", text(words.moment(moment)), css="v-under"))


def _ago(moment: datetime | None, asked: Asked) -> Markup:
    return _when(moment, words.ago(asked.at - moment)) if moment else Markup("")


def _being(one: Sourced) -> list[tuple[str, Markup]]:
    grade = shown(one.reliability)
    return [
        ("Kind", text(one.kind)),
        ("Address", web_address(one.url)),
        ("Moved from", web_address(one.moved_from)),
        ("Category", words_of(one.category) if one.category else Markup("")),
        ("Region", words_of(one.region) if one.region else Markup("")),
        ("Country", words_of(country_names().get(one.country, one.country)) if one.country else Markup("")),
        ("Language", words_of(words.language(one.lang)) if one.lang else Markup("")),
        ("Reliability", text(f"{grade}: {GRADES.get(grade, 'unknown grade')}")),
        ("Label", label_badge(one.label)),
        ("Known since", text(words.moment(one.added))),
    ]


def _newest(ctx: Context, one: Sourced) -> None:
    style.sub("Its newest documents")
    lines = data.newest(ctx.scope, limit=8, source=one.name)
    if not lines:
        st.html(notice("plain", "It has none yet"))
    with st.container(key="source_newest", gap="small"):
        for line in lines:
            with st.container(gap=None):
                st.html(document_line(line))
                ctx.link("document", "Read", icon=":material/article:", id=line.id)
