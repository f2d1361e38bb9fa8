"""Pieces that tell how a source is doing: its state in words, its days of the week, its silence, its failures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from domain.source import HealthState, SourceHealth
from interfaces.dashboard import words
from interfaces.dashboard.data import Failed
from interfaces.dashboard.markup import Markup, badge, join, notice, shown, table, tag, text, words_of
from interfaces.dashboard.words import age, ago, many
from service.sources_view import Sourced, Watching

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MEANINGS: dict[HealthState, str] = {
    "failing": "its last reading failed",
    "changed layout": "it is made otherwise than before: its texts may come in parts",
    "never read": "nothing was ever read from it",
    "quiet": "silent for longer than is usual for it, even where it answers",
    "retired": "gone for good, and no longer asked",
    "healthy": "it speaks as usual",
}
GRADES = {
    "A": "completely reliable",
    "B": "usually reliable",
    "C": "fairly reliable",
    "D": "not usually reliable",
    "E": "unreliable",
    "F": "cannot be judged",
}
_REASON = 90


def state_badge(state: HealthState) -> Markup:
    """The state as a coloured word, its meaning on hovering."""
    return badge(state, state, hint=MEANINGS[state])


def name_of(value: str) -> str:
    """A source's name as it is shown; one that nothing of can be seen has none."""
    return shown(value).strip() or "(no name)"


def said_of(one: SourceHealth, at: datetime) -> tuple[str, str]:
    """How a source is doing, for a desk officer: in a sentence, and what follows from it."""
    newest = "nothing" if one.content_age is None else f"nothing newer than {age(one.content_age)}"
    usual = f"It usually publishes every {age(one.usual_gap)}." if one.usual_gap is not None else ""
    if one.state == "failing":
        since = f"last read well {ago(at - one.last_success)}" if one.last_success else "never read well"
        times = "reading" if one.failures == 1 else f"{one.failures} readings"
        return f"The last {times} failed; it was {since}.", (
            f"We have {newest} of it. What it would have said is in no count, alert or briefing. {usual}"
        )
    if one.state == "changed layout":
        since = words.day(one.layout_changed.date()) if one.layout_changed else "lately"
        return f"Since {since} it is made otherwise than in all its readings before.", (
            "Look into its newest documents: are their texts whole, their dates right?"
        )
    if one.state == "never read":
        return "Nothing was read from it yet.", "It is in no count, alert or briefing."
    if one.state == "retired":
        gone = words.day(one.retired.date()) if one.retired else "lately"
        return f"It is gone: since {gone} it is no longer asked.", (
            "Its documents stay. If it was replaced, follow the new address; to ask it again: "
            "vedette sources retry-retired"
        )
    if one.state == "quiet":
        heard = "It answers, but it has" if one.followed and one.last_success else "There is"
        long = f" Silence counts as unusual after {age(one.quiet_after)}." if one.quiet_after else ""
        return f"{heard} {newest}. {usual}".strip(), f"Silence is no sign of calm.{long}"
    return f"Its newest content is {age(one.content_age)} old. {usual}".strip(), ""


def silence(one: SourceHealth) -> Markup:
    """The age of its newest content against its usual gap, with a bar that is full where silence becomes unusual."""
    if one.content_age is None:
        return tag("span", text("nothing yet"), css="v-muted")
    usual = f"usually every {age(one.usual_gap)}" if one.usual_gap is not None else "usual gap not known"
    parts = [
        tag("div", text(f"{age(one.content_age)} old"), title=words.moment(one.newest)),
        tag("div", text(usual), css="v-under"),
    ]
    if one.quiet_after:
        full = min(1.0, one.content_age / one.quiet_after)
        bar = tag("span", css=f"v-bar-{one.state.replace(' ', '-')}", style=f"width:{full:.0%}")
        parts.insert(1, tag("span", bar, css="v-meter", title=f"unusual after {age(one.quiet_after)}"))
    return tag("div", *parts)


def by_weekday(rates: Sequence[float], *, large: bool = False) -> Markup:
    """Documents a day by weekday as seven bars, Monday first."""
    if len(rates) != len(WEEKDAYS):
        return tag("span", text("not yet known" if large else "–"), css="v-muted")
    most = max(max(rates), 0.01)
    said = ", ".join(f"{day} {words.figure(rate)}" for day, rate in zip(WEEKDAYS, rates, strict=True))
    bars = []
    for day, rate in zip(WEEKDAYS, rates, strict=True):
        bar = tag("i", style=f"height:{max(4, round(100 * rate / most))}%", css="" if rate else "v-none")
        column = [tag("span", bar, css="v-column", title=f"{day}: {words.figure(rate)} a day")]
        if large:
            column = [tag("b", text(words.figure(rate))), *column, tag("em", text(day[:3]))]
        bars.append(tag("span", *column, css="v-weekday"))
    return tag("span", *bars, css="v-week v-large" if large else "v-week", role="img", aria_label=f"a day: {said}")


def last_success(one: SourceHealth, at: datetime) -> Markup:
    """When it was last read well; the failures since, with the latest reason."""
    if one.last_success is not None:
        when = tag("div", text(ago(at - one.last_success)), title=words.moment(one.last_success))
    else:
        when = tag("div", text("never" if one.followed else "not followed"), css="v-muted")
    if not one.failures:
        return when
    why = shown(one.last_error or "no reason given")
    short = why if len(why) <= _REASON else why[: _REASON - 1] + "…"
    times = f"{one.failures} failed since: " if one.last_success else f"{many(one.failures, 'reading')} failed: "
    failed = tag("div", text(times), words_of(short), css="v-under v-wrong", title=why)
    return join([when, failed])


def next_check(one: SourceHealth, at: datetime, *, present: bool) -> Markup:
    """When it is asked again; empty for a source that is not, and for a day gone back to: plans are of now."""
    if not present or not one.followed or one.retired:
        return Markup("")
    if one.next_check is None:
        return tag("span", text("due"), title="it was never asked, or is to be asked again")
    return tag("span", text(words.until(one.next_check - at)), title=words.moment(one.next_check))


def state_counts(found: Sequence[Sourced]) -> Markup:
    """How many sources are in which state: of those read regularly, of the others, and of all."""
    order: tuple[HealthState, ...] = ("healthy", "quiet", "changed layout", "failing", "never read", "retired")
    rows = []
    for what, hint, some in (
        ("Followed", "read again and again", [one for one in found if one.health.followed]),
        ("Not followed", "files and archives taken in by hand", [one for one in found if not one.health.followed]),
        ("All", "", list(found)),
    ):
        cells = [tag("b", text(what)), tag("span", text(f"{len(some):,}"), css="v-n")]
        for state in order:
            n = sum(one.health.state == state for one in some)
            cells.append(badge(f"{n:,}", state) if n else tag("span", text("–"), css="v-muted"))
        cells.append(tag("span", text(hint), css="v-muted v-small"))
        rows.append(cells)
    return table(("", "sources", *order, ""), rows, css="v-tight v-counts")


def watch_notice(one: Watching, at: datetime) -> Markup:
    """Whether the followed sources are being read."""
    many_, be = many(one.followed, "followed source"), "is" if one.followed == 1 else "are"
    if one.alive:
        heard = f"last sign of life {ago(at - one.at)}" if one.at else "no sign of life yet"
        said = [f"running since {words.moment(one.started)}", heard]
        if one.checks is not None:
            said += [many(one.checks, "reading"), f"{one.failed or 0:,} failed", many(one.new or 0, "new document")]
        if one.next_check is not None:
            said.append(f"next source due {words.until(one.next_check - at)}")
        body = [text("; ".join(said) + ".")]
        if one.trouble:
            return notice("warn", f"{many_} {be} read, but the watch is in trouble", words_of(one.trouble), *body)
        if one.late:
            return notice("warn", f"The watch over {many_} runs, but is late", *body)
        return notice("calm", f"{many_} {be} being read", *body)
    if not one.followed:
        return notice("plain", "No source is followed", text("Follow one with: vedette sources add ADDRESS"))
    last = f"The watch last ran until {words.moment(one.at)}." if one.at else "The watch never ran."
    return notice("warn", f"{many_} {be} not being read", text(f"{last} Start it with: vedette watch"))


def failures_table(failures: Iterable[Failed], *, source: bool = True, most: int = 100) -> Markup:
    """Items that failed, with stage and reason."""
    rows = []
    for f in list(failures)[:most]:
        where = [words_of(f.source)] if source else []
        tries = tag("span", text(str(f.tries)), css="v-n")
        rows.append([words_of(f.item), badge(f.stage, "closed"), words_of(f.error), *where, tries,
                     text(words.moment(f.last))])  # fmt: skip
    return table(("item", "stage", "reason", *(("source",) if source else ()), "tries", "last tried"), rows)
