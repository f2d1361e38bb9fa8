"""What a scan counts, and where it begins: the versions in force on each day, and the mark that the last scan left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select

from alerts import episodes
from alerts.policy import Rules, quiet_from
from domain.alert import Alert, SeriesKey, parse_series
from domain.errors import InputError
from domain.label import Label
from domain.time import end_of, now
from index.store import alerts as store
from index.store import desks, sources
from index.store import schema as s
from index.store.placing import DISTURBED
from service.eventside import first_known, newest_row

SCANNED = "alerts.scanned"


@dataclass(slots=True)
class Counts:
    """Daily counts as known at the end of the day that the scan has come to, of versions in force then.

    Versions are counted rather than documents, so that an update leaves as it takes the place of what it updates.
    """

    by_series: dict[SeriesKey, dict[date, set[int]]] = field(default_factory=lambda: defaultdict(dict))
    exposure: dict[date, set[int]] = field(default_factory=lambda: defaultdict(set))
    touched: set[SeriesKey] = field(default_factory=set)

    def add(self, version: Version) -> None:
        """Count a version on its day; its series are touched."""
        self.exposure[version.day].add(version.id)
        for key in version.keys:
            self.by_series[key].setdefault(version.day, set()).add(version.id)
            self.touched.add(key)

    def drop(self, version: Version) -> None:
        """Count it no more."""
        self.exposure[version.day].discard(version.id)
        for key in version.keys:
            self.by_series[key].get(version.day, set()).discard(version.id)

    def recent(self, key: SeriesKey, day: date) -> int:
        """How many the series has on the three days up to this one."""
        days = self.by_series[key]
        return sum(len(days.get(day - timedelta(days=i), ())) for i in range(3))


@dataclass(frozen=True, slots=True)
class Version:
    """A version as it is counted."""

    id: int
    day: date
    known: datetime
    superseded: datetime | None
    keys: tuple[SeriesKey, ...]


class Flow:
    """Brings counts forward, day by day, as versions become known and are superseded."""

    def __init__(self, versions: Sequence[Version]) -> None:
        self.counts = Counts()
        self._coming = list(versions)
        self._going = sorted((v for v in versions if v.superseded), key=lambda v: (v.superseded or v.known, v.id))
        self._came = self._went = 0

    def up_to(self, day: date) -> None:
        """Bring the counts to the end of a day."""
        end, counts = end_of(day), self.counts
        counts.touched = set()
        while self._came < len(self._coming) and self._coming[self._came].known < end:
            counts.add(self._coming[self._came])
            self._came += 1
        while self._went < len(self._going) and (self._going[self._went].superseded or end) < end:
            counts.drop(self._going[self._went])
            self._went += 1

    def next_day(self) -> date | None:
        """The next day on which something becomes known; None when nothing does."""
        return self._coming[self._came].known.date() if self._came < len(self._coming) else None


def versions_known(c: Connection, *, until: date, clearance: Label) -> list[Version]:
    """Every version known by the day's end with its series, in the order in which they became known."""
    v, k = s.versions.c, s.version_series.c
    rows = c.execute(
        select(v.id, v.at, v.known, v.superseded)
        .where(v.known < end_of(until), v.label <= int(clearance)).order_by(v.known, v.id)
    ).all()  # fmt: skip
    keys: dict[int, list[SeriesKey]] = defaultdict(list)
    parsed: dict[str, SeriesKey] = {}
    for version, series in c.execute(select(k.version_id, k.series)):
        key = parsed.get(series)
        if key is None:
            key = parsed[series] = parse_series(series)
        keys[version].append(key)
    return [Version(r.id, r.at.date(), r.known, r.superseded, tuple(keys[r.id])) for r in rows]


def start_day(c: Connection, versions: Sequence[Version], *, clearance: Label) -> date | None:
    """The day to scan from: after a first scan the last one scanned, or an earlier one of which more is known now.

    A home has one set of alerts, counted from the papers up to one label. Where they were counted from fewer, all is
    decided anew.

    Raises:
        InputError: they were counted from papers above this clearance: a scan would lose what those tell.
    """
    told = first_known(c, clearance=clearance)
    first = min((d for d in (versions[0].known.date() if versions else None, told) if d is not None), default=None)
    scanned = c.scalar(select(s.meta.c.value).where(s.meta.c.key == SCANNED))
    if scanned is None:
        return first
    day_text, last, level, *told_row = scanned.split()
    counted = Label(int(level))
    if counted > clearance:
        reason = f"the alerts here are counted from papers up to {counted.text}: a scan needs that clearance"
        raise InputError(reason, item=f"clearance {clearance.text}", stage="alerts")
    day = date.fromisoformat(day_text)
    if counted < clearance:
        return min(first, day) if first else day
    v, p = s.versions.c, s.passages.c
    fresh = select(p.version_id).where(p.id > int(last))
    earliest: datetime | None = c.scalar(select(func.min(v.known)).where(v.id.in_(fresh)))
    disturbed = c.scalar(select(s.meta.c.value).where(s.meta.c.key == DISTURBED))
    moments = [moment for moment in (earliest, disturbed and datetime.fromisoformat(disturbed)) if moment]
    coded = first_known(c, clearance=clearance, after=int(told_row[0]) if told_row else -1)
    return min([day, *(moment.date() for moment in moments), *([coded] if coded else [])])


def mark(c: Connection, day: date, *, clearance: Label) -> None:
    """Note that the alerts are right up to the end of a day, for all that is stored now and was known by then.

    The newest passage says what is stored: its id, unlike a version's, is never given again after a deletion.
    """
    known = select(s.versions.c.id).where(s.versions.c.known < end_of(day))
    newest = c.scalar(select(func.max(s.passages.c.id)).where(s.passages.c.version_id.in_(known))) or 0
    told = newest_row(c)
    c.execute(delete(s.meta).where(s.meta.c.key.in_((SCANNED, DISTURBED))))
    c.execute(insert(s.meta).values(key=SCANNED, value=f"{day.isoformat()} {newest} {int(clearance)} {told}"))


def rewind(c: Connection, start: date, *, rules: Rules) -> list[Alert]:
    """Bring the alerts back to how they stood at the end of ``start``; gives those that an officer handled later on.

    What was raised after it and nobody acknowledged, snoozed, assigned or judged is forgotten, to be decided anew.
    """
    a, handled = s.alerts.c, desks.touched(c)
    open_to_it = c.scalars(select(a.id).where(a.opened > start, a.acknowledged.is_(None)))
    late = [one for one in open_to_it if one not in handled]
    for one in late:
        c.execute(delete(s.alerts).where(a.id == one))
        sources.note(c, at=now(), action="alert withdrawn", subject=one, detail=f"decided anew from {start}")
    c.execute(delete(s.alert_days).where(s.alert_days.c.day > start))
    c.execute(delete(s.suppressions).where(s.suppressions.c.day >= start))
    c.execute(delete(s.candidates).where(s.candidates.c.day >= start))
    # Before that an episode cannot have been open at ``start``.
    since = start - timedelta(days=rules.longest)
    for alert in store.load_alerts(c, as_of=start, since=since):
        if alert.opened >= since:
            store.save_alert(c, replace(alert, state="open" if stands(alert, start, rules=rules) else "closed"))
    return [alert for alert in store.load_alerts(c, since=start) if alert.opened > start]


def stands(alert: Alert, day: date, *, rules: Rules) -> bool:
    """Whether the episode, as far as it had come by then, is open at the end of the day."""
    return quiet_from(episodes.episode_of(alert, rules=rules), rules=rules) > day


def resumed(late: Iterable[Alert], day: date, running: Iterable[SeriesKey]) -> Iterator[Alert]:
    """Of the acknowledged alerts, those of a day as they began; closed where another episode has come to hold it."""
    held = set(running)
    for alert in late:
        if alert.opened == day:
            yield replace(alert, last=day, peak=alert.observed, state="closed" if alert.key in held else "open")
