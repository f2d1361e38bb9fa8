"""The daily scan: series from the store, verdicts, the policy's decisions, alerts kept and put into the outbox.

Days are taken in turn. A day's verdicts see only what was known by its end, whatever has become known since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

from sqlalchemy import Connection, func, select

from alerts import episodes
from alerts.detectors.counts import CountTest
from alerts.policy import Close, Continue, Episode, Raise, Rules, Suppress, decide
from alerts.scoring import Verdict, discoveries, judge
from alerts.series import build
from alerts.titles import title_of
from domain.alert import Alert, Evidence, Mute, SeriesKey
from domain.document import Filters
from domain.errors import NotFoundError
from domain.label import Label, strictest
from domain.source import SourceHealth
from domain.time import EARLIEST, days_in, end_of, now, start_of
from index.store import alerts as store
from index.store import events as event_store
from index.store import schema as s
from index.store.documents import passage_rows
from index.store.health import Book
from index.store.schema import AnyRow
from service import delivering, desks
from service.counting import Counts, Flow, mark, resumed, rewind, stands, start_day, versions_known
from service.logging import get_logger
from service.names import country_names
from service.wiring import Home

log = get_logger(__name__)
HISTORY = 70
"""Days of counts a verdict is given: more than any detector's baseline and gap."""
LEAST = 3
"""Fewer documents than this in three days never fire, so such a series is not judged."""
Progress = Callable[[int, str], None]


def scan(home: Home, *, as_of: date | None = None, progress: Progress | None = None, send: bool = True) -> list[Alert]:
    """Bring the alerts up to the end of a day (today unless given); gives the alerts raised now.

    What they tell is put into the outbox with them, and sent once they are stored; with ``send`` false by whoever else
    empties the outbox.

    Days scanned before are not scanned again, unless something has become known since that belongs to them: then the
    scan goes back there, and what it raised after that day and nobody has acknowledged is decided anew.

    Raises:
        InputError: the alerts were counted from papers above this reader's clearance.
    """
    day = as_of or now().date()
    with home.write() as c:
        raised = _scan(home, c, day, progress)
        desks.announce(home, c, raised, today=day)
    if send:
        deliver(home)
    return raised


def _scan(home: Home, c: Connection, until: date, progress: Progress | None) -> list[Alert]:
    clearance = home.settings.reader.clearance
    versions = versions_known(c, until=until, clearance=clearance)
    start = start_day(c, versions, clearance=clearance)
    if start is None or start > until:
        return []
    # What claims to have been known before there were newspapers must not send the scan to the edge of the calendar.
    start = max(start, EARLIEST.date())
    rules = Rules(quiet_days=home.settings.alerts.quiet_days)
    late = rewind(c, start, rules=rules)
    flow = Flow(versions)
    mutes = store.mutes(c)
    open_ones = {a.id: a for a in store.load_alerts(c, state="open", as_of=start)}
    raised: list[Alert] = []
    book = cache(lambda: Book(c))
    day = min(versions[0].known.date(), start) if versions else start
    while day <= until:
        flow.up_to(day)
        for alert in resumed(late, day, [a.key for a in open_ones.values()]):
            store.save_alert(c, alert)
            store.save_day(c, alert.id, day=day, observed=alert.observed, score=alert.score)
            if alert.state == "open":
                open_ones[alert.id] = alert
        if day >= start and (flow.counts.touched or open_ones):
            raised += _day(home, c, day, flow.counts, open_ones, mutes, book)
            if progress is not None:
                progress((day - start).days, day.isoformat())
        day += timedelta(days=1)
        if not open_ones:
            # Nothing is open: the next day on which something becomes known, or is resumed, is the next that matters.
            coming = [d for d in (flow.next_day(), *(a.opened for a in late)) if d is not None and d >= day]
            day = min(coming, default=until + timedelta(days=1))
    mark(c, until, clearance=clearance)
    return raised


def _day(
    home: Home, c: Connection, day: date, counts: Counts, open_ones: dict[str, Alert], mutes: Sequence[Mute],
    book: Callable[[], Book],
) -> list[Alert]:  # fmt: skip
    settings = home.settings.alerts
    test = CountTest(alpha=settings.alpha)
    rules = Rules(quiet_days=settings.quiet_days)
    running: dict[SeriesKey, Episode] = {a.key: episodes.episode_of(a, rules=rules) for a in open_ones.values()}
    earliest = min(counts.exposure, default=day)
    first = max(day - timedelta(days=HISTORY), min(earliest, day))
    span = days_in(first, day + timedelta(days=1))
    exposure = {d: len(counts.exposure.get(d, ())) for d in span}
    verdicts: list[Verdict] = []
    candidates = {key for key in counts.touched if counts.recent(key, day) >= LEAST} | set(running)
    for key in sorted(candidates):
        held = counts.by_series[key]
        daily = {d: len(held.get(d, ())) for d in span}
        series = build(key, daily, exposure, first=first, last=day + timedelta(days=1))
        verdict = judge(series, day, counts=test)
        if verdict is not None:
            verdicts.append(verdict)
    tested = max(len(counts.touched | set(running)), len(verdicts))
    believed = discoveries(
        {v.key: v.p_value for v in verdicts}, rate=settings.false_discovery_rate, tested=max(tested, 1)
    )
    documents = {v.key: _behind(counts, v, day) for v in verdicts}
    decisions = decide(
        verdicts, day=day, episodes=running.values(), mutes=mutes, documents=documents, believed=believed,
        budget=settings.budget or None, rules=rules,
    )  # fmt: skip
    raised = []
    for decision in decisions:
        if isinstance(decision, Raise):
            alert = _raise(home, c, decision, day, book)
            store.save_alert(c, alert)
            store.save_day(c, alert.id, day=day, observed=alert.observed, score=alert.score)
            open_ones[alert.id] = alert
            raised.append(alert)
        elif isinstance(decision, Continue):
            alert = episodes.continued(open_ones[decision.alert_id], decision)
            seen = event_store.as_of_day(day, clearance=home.settings.reader.clearance)
            counted = event_store.documents_of(
                c, str(decision.key), since=day, until=day + timedelta(days=1), filters=seen
            )
            room = max(0, 3 * settings.evidence - len(alert.evidence))
            more = _evidence(c, decision.key, since=day, seen=seen, limit=min(room, settings.evidence))
            # The day's figures are made from all that is counted, shown or not.
            label = strictest([alert.label, *(Label(row.label) for row in counted)])
            alert = replace(alert, evidence=(*alert.evidence, *more), label=label)
            store.save_alert(c, alert)
            store.save_day(c, alert.id, day=day, observed=decision.observed, score=decision.score)
            open_ones[alert.id] = alert
        elif isinstance(decision, Close):
            store.save_alert(c, episodes.closed(open_ones.pop(decision.alert_id), decision))
        elif isinstance(decision, Suppress):
            store.suppress(c, str(decision.key), day=day, reason=decision.reason)
    return raised


def _behind(counts: Counts, verdict: Verdict, day: date) -> frozenset[str]:
    days = verdict.stretch.days if verdict.stretch else 1
    held = counts.by_series[verdict.key]
    return frozenset(str(one) for i in range(days) for one in held.get(day - timedelta(days=i), ()))


def _raise(home: Home, c: Connection, decision: Raise, day: date, book: Callable[[], Book]) -> Alert:
    stretch = decision.verdict.stretch
    since = day - timedelta(days=(stretch.days if stretch else 1) - 1)
    seen = event_store.as_of_day(day, clearance=home.settings.reader.clearance)
    evidence = _evidence(c, decision.key, since=since, seen=seen, limit=home.settings.alerts.evidence)
    counted = event_store.documents_of(c, str(decision.key), since=since, until=day + timedelta(days=1), filters=seen)
    label = strictest(Label(row.label) for row in counted)
    return episodes.raised(
        decision, title=title_of(decision.verdict, names=country_names()), evidence=evidence,
        health=_health(book(), {row.source for row in counted}, day, label), label=label,
    )  # fmt: skip


def _health(book: Book, behind: set[str], day: date, label: Label) -> list[SourceHealth]:
    """The sources behind the alert, then those that were not to be heard: a silent source never reads as calm.

    As a reader sees them who is cleared for the alert and no more.
    """
    known = book.health(end_of(day), clearance=label)
    return [h for h in known if h.source in behind] + [
        h for h in known if h.source not in behind and h.state != "healthy"
    ]


def _evidence(c: Connection, key: SeriesKey, *, since: date, seen: Filters, limit: int) -> list[Evidence]:
    """Of the documents seen and counted from the day ``since`` on, the passages that show it best.

    Sources and languages take turns, so that the first few come from different ones.
    """
    if not limit or seen.until is None:
        return []
    rows = event_store.documents_of(c, str(key), since=since, until=seen.until.date(), filters=seen)
    if not rows:
        return []
    versions = [row.version_id for row in rows]
    chosen = (
        {v: (p, 1) for v, (p, _) in store.matches(c, key.subject[0], versions).items()}
        if key.kind == "watchlist" else _best_passages(c, key, versions)
    )  # fmt: skip
    shown = passage_rows(c, [p for p, _ in chosen.values()])
    rows = sorted(rows, key=lambda r: (-chosen.get(r.version_id, (0, 0))[1], r.at, r.document_id))
    taken: dict[str, int] = defaultdict(int)
    turns: list[tuple[int, int, AnyRow]] = []
    for row in rows:
        turns.append((taken[row.source] + taken[row.lang], len(turns), row))
        taken[row.source] += 1
        taken[row.lang] += 1
    found = []
    for _, _, row in sorted(turns, key=lambda t: t[:2])[:limit]:
        passage = shown.get(chosen.get(row.version_id, (0, 0))[0])
        if passage is not None:
            found.append(Evidence(
                document_id=row.document_id, passage_id=passage.id, title=row.title, source=row.source, lang=row.lang,
                published=row.published, text=passage.text, label=Label(row.label)))  # fmt: skip
    return found


def _best_passages(c: Connection, key: SeriesKey, versions: Sequence[int]) -> dict[int, tuple[int, int]]:
    """For each version the passage that names the series' countries most (and all of them rather than one)."""
    p, m, e = s.passages.c, s.mentions.c, s.entities.c
    inside = (m.version_id == p.version_id) & (m.in_title == 0) & (m.start >= p.start) & (m.start < p.end)
    joined = s.passages.join(s.mentions, inside)
    query = (
        select(p.version_id, p.id, func.count(func.distinct(e.country)).label("both"), func.count().label("n"))
        .select_from(joined.join(s.entities, m.entity_id == e.id))
        .where(p.version_id.in_(list(versions)), e.country.in_(key.subject)).group_by(p.version_id, p.id)
    )  # fmt: skip
    best: dict[int, tuple[int, int]] = {}
    for row in c.execute(query):
        score = 1000 * row.both + row.n
        if score > best.get(row.version_id, (0, -1))[1]:
            best[row.version_id] = (row.id, score)
    missing = [v for v in versions if v not in best]
    for row in c.execute(select(p.version_id, func.min(p.id)).where(p.version_id.in_(missing)).group_by(p.version_id)):
        best[row[0]] = (row[1], 0)
    return best


def deliver(home: Home) -> int:
    """Send what waits in the outbox; gives how many left. What fails stays there, to be tried again."""
    return delivering.deliver(home).sent


def listed(home: Home, *, as_of: date | None = None, state: str | None = None) -> list[Alert]:
    """The alerts that this reader may see; with ``as_of`` those raised by then, in the state they had."""
    with home.read() as c:
        found = store.load_alerts(c, clearance=home.settings.reader.clearance, as_of=as_of)
    if as_of is not None:
        rules = Rules(quiet_days=home.settings.alerts.quiet_days)
        found = [replace(a, state="open" if stands(a, as_of, rules=rules) else "closed") for a in found]
    return [a for a in found if state is None or a.state == state]


def suppressed(home: Home, *, as_of: date | None = None) -> list[AnyRow]:
    """What fired and was not raised, of what this reader may know."""
    with home.read() as c:
        return store.suppressed(c, as_of=as_of, clearance=home.settings.reader.clearance)


def acknowledge(home: Home, alert_id: str, *, by: str, note: str | None = None) -> Alert:
    """Acknowledge an alert.

    Raises:
        NotFoundError: there is none, or none that this reader may see.
    """
    clearance = home.settings.reader.clearance
    with home.write() as c:
        if not store.load_alerts(c, clearance=clearance, ids=[alert_id]):
            raise NotFoundError("no such alert", item=alert_id, stage="alerts")
        store.acknowledge(c, alert_id, at=now(), by=by, note=note)
        return store.load_alerts(c, clearance=clearance, ids=[alert_id])[0]


def mute(home: Home, key: SeriesKey, *, until: date | None = None, reason: str = "") -> Mute:
    """Mute a series up to a day (that day not included), or until it is lifted."""
    one = Mute(key=key, until=None if until is None else start_of(until), reason=reason)
    with home.write() as c:
        store.mute(c, one, at=now())
    return one


def unmute(home: Home, key: SeriesKey) -> bool:
    """Lift a mute; whether there was one."""
    with home.write() as c:
        return store.unmute(c, str(key), at=now())
