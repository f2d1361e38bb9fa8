"""A desk's day in one message: what is open, what changed, which sources are not to be heard, what was held back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.delivery.message import Message, Part, made, one_line, source_names, title_in
from alerts.delivery.words import Words, show_chance, show_day, show_level
from domain.alert import Alert
from domain.desk import Desk, Filed
from domain.label import strictest
from domain.source import SourceHealth

OPEN = 20
"""Open alerts told one by one; more are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What a desk's digest tells, already without anything that its channel may not carry.

    Attributes:
        opened: open alerts. chances: the probabilities that they were raised with, where there are any.
        before: the highest count of each alert that was open at the last digest; None where this is the first.
        over: alerts that were open then and are no more.
        sources: how many are known. silent: those of them that are not to be heard.
        withheld: open alerts above the channel's clearance. suppressed: signals that fired and were not raised.
        unsent: messages of the desk that did not leave, or may not have arrived.
    """

    desk: Desk
    day: date
    opened: Sequence[Filed]
    chances: Mapping[str, float]
    before: Mapping[str, int] | None
    over: Sequence[Alert]
    sources: int
    silent: Sequence[SourceHealth]
    withheld: int
    suppressed: int
    unsent: int


def due(desk: Desk, *, at: datetime) -> tuple[datetime, date] | None:
    """When the newest digest of a desk was due, and of which of its own days it is; None for a desk that has none.

    >>> from datetime import UTC
    >>> due(Desk(name="d", digest_hour=7), at=datetime(2026, 5, 2, 0, 30, tzinfo=UTC))  # half past seven in Hanoi
    (datetime.datetime(2026, 5, 2, 0, 0, tzinfo=datetime.timezone.utc), datetime.date(2026, 5, 2))
    """
    if desk.digest_hour is None:
        return None
    zone, utc = ZoneInfo(desk.timezone), at.tzinfo
    day = at.astimezone(zone).date()
    while (moment := datetime(day.year, day.month, day.day, desk.digest_hour, tzinfo=zone).astimezone(utc)) > at:
        day -= timedelta(days=1)
    return moment, day


def gravest_first(told: Sequence[Filed], chances: Mapping[str, float]) -> list[Filed]:
    """By probability, where there is one, then by score."""
    return sorted(told, key=lambda x: (-chances.get(x.alert.id, -1.0), -x.alert.score, x.alert.id))


def digest_message(told: Day, words: Words, *, key: str) -> Message:
    """The digest of a day."""
    name = one_line(told.desk.title or told.desk.name)
    subject = words.digest.format(desk=name, day=show_day(told.day, words))
    awake = [x for x in told.opened if x.state != "snoozed"]
    n = len(awake)
    head = words.some_open[n != 1].format(n=n) if n else words.none_open
    snoozed = len(told.opened) - n
    lines = (head, *([words.snoozed.format(n=snoozed)] if snoozed else []))
    parts = [Part(lines=lines)]
    if awake:
        first = gravest_first(awake, told.chances)
        items = [_open_line(x, told, words) for x in first[:OPEN]]
        parts.append(Part(words.open_alerts, items=(*items, *([f"+{n - OPEN}"] if n > OPEN else []))))
    parts.append(_changes(told, words))
    silent = tuple(source_names(told.silent, words))
    heard = words.all_heard if told.sources else words.none_followed
    parts.append(Part(words.sources, lines=() if silent else (heard,), items=silent))
    held = [words.by_label.format(n=told.withheld)] if told.withheld else []
    held += [words.by_policy.format(n=told.suppressed)] if told.suppressed else []
    held += [words.unsent.format(n=told.unsent)] if told.unsent else []
    parts.append(Part(words.held_back, lines=() if held else (words.nothing_held,), items=tuple(held)))
    label = strictest([x.alert.label for x in told.opened] + [x.label for x in told.over])
    parts.append(Part(lines=(f"{words.handling}: {show_level(label, words)}.", words.automatic)))
    payload = {
        "type": "digest", "desk": told.desk.name, "date": told.day.isoformat(), "lang": words.lang, "subject": subject,
        "open": [{"id": x.alert.id, "series": str(x.alert.key), "state": x.state, "title": title_in(x.alert, words)}
                 for x in awake],
        "closed": [x.id for x in told.over], "silent": [x.source for x in told.silent], "withheld": told.withheld,
        "suppressed": told.suppressed, "unsent": told.unsent, "label": label.text,
    }  # fmt: skip
    return made(subject, parts, words, key=key, label=label, payload=payload)


def _open_line(told: Filed, day: Day, words: Words) -> str:
    chance = day.chances.get(told.alert.id)
    facts = [words.at_desk[told.state]]
    if told.assigned_to:
        facts.append(words.assigned.format(who=told.assigned_to))
    if chance is not None:
        facts.append(show_chance(chance, words))
    return one_line(f"{show_day(told.alert.opened, words)}: {title_in(told.alert, words)} ({'; '.join(facts)})")


def _changes(told: Day, words: Words) -> Part:
    if told.before is None:
        return Part(words.changed, lines=(words.first_digest,))
    awake = {x.alert.id: x.alert for x in told.opened if x.state != "snoozed"}
    fresh = [x for x in awake.values() if x.id not in told.before]
    grown = [x for x in awake.values() if x.id in told.before and x.peak > told.before[x.id]]
    items = [f"{words.new}: {title_in(x, words)}" for x in fresh]
    items += [f"{words.grown}: {title_in(x, words)} ({told.before[x.id]} → {x.peak})" for x in grown]
    items += [f"{words.closed}: {title_in(x, words)}" for x in told.over]
    left = len(items) - OPEN
    shown = (*items[:OPEN], *([f"+{left}"] if left > 0 else []))
    return Part(words.changed, lines=() if items else (words.nothing_changed,), items=shown)
