"""The daily scan: series from the store, verdicts, the policy's decisions, alerts kept and put into the outbox.

Days are taken in turn. A day's verdicts see only what was known by its end, whatever has become known since.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

from sqlalchemy import Connection

from alerts import episodes, warnings
from alerts.budget import LOWEST
from alerts.detectors.counts import CountTest
from alerts.feedback import shift, shifted
from alerts.policy import (
    Close,
    Continue,
    Decision,
    DeskState,
    Episode,
    Escalate,
    Raise,
    Rules,
    Tell,
    decide,
)
from alerts.ranking.ranker import likelihood
from alerts.scoring import Verdict, discoveries, judge, likely_discoveries
from alerts.series import build
from alerts.warnings import RANKER, Day
from domain.alert import Alert, Mute, SeriesKey
from domain.errors import NotFoundError
from domain.time import EARLIEST, days_in, now, start_of
from index.store import alerts as store
from index.store.health import Book
from index.store.schema import AnyRow
from service import coding, delivering, desks, raising
from service.counting import Counts, Flow, mark, resumed, rewind, stands, start_day, versions_known
from service.eventside import EventSide
from service.logging import get_logger
from service.thresholds import Thresholds
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
    if home.settings.alerts.events:
        coding.code_new(home)
    learned = shift(desks.verdicts_for_calibration(home))
    with home.write() as c:
        raised = _scan(home, c, day, progress, learned=learned)
    if send:
        deliver(home)
    return raised


def _scan(home: Home, c: Connection, until: date, progress: Progress | None, *, learned: float) -> list[Alert]:
    clearance = home.settings.reader.clearance
    versions = versions_known(c, until=until, clearance=clearance)
    start = start_day(c, versions, clearance=clearance)
    if start is None or start > until:
        return []
    # What claims to have been known before there were newspapers must not send the scan to the edge of the calendar.
    start = max(start, EARLIEST.date())
    rules = Rules(quiet_days=home.settings.alerts.quiet_days)
    late = rewind(c, start, rules=rules)
    run = _Run(
        home=home, c=c, flow=Flow(versions), rules=rules, mutes=store.mutes(c), book=cache(lambda: Book(c)),
        until=until, events=EventSide(c, start=start, until=until, clearance=clearance),
        open_ones={a.id: a for a in store.load_alerts(c, state="open", as_of=start)},
        thresholds=Thresholds(c, start=start, learned=learned), learned=learned,
    )  # fmt: skip
    raised: list[Alert] = []
    day = min(versions[0].known.date(), start) if versions else start
    while day <= until:
        run.flow.up_to(day)
        for alert in resumed(late, day, [a.key for a in run.open_ones.values()]):
            store.save_alert(c, alert)
            store.save_day(c, alert.id, day=day, observed=alert.observed, score=alert.score)
            if alert.state == "open":
                run.open_ones[alert.id] = alert
        if day >= start and (run.flow.counts.touched or run.open_ones or run.events.next_day(day) == day):
            raised += _day(run, day)
            if progress is not None:
                progress((day - start).days, day.isoformat())
        day += timedelta(days=1)
        if not run.open_ones:
            # Nothing is open: the next day on which something becomes known, or is resumed, is the next that matters.
            coming = (run.flow.next_day(), run.events.next_day(day), *(a.opened for a in late))
            day = min((d for d in coming if d is not None and d >= day), default=until + timedelta(days=1))
    mark(c, until, clearance=clearance)
    return raised


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What a scan holds while it goes from day to day; ``learned`` is what verdicts have shifted the log odds by."""

    home: Home
    c: Connection
    flow: Flow
    rules: Rules
    mutes: Sequence[Mute]
    book: Callable[[], Book]
    until: date
    events: EventSide
    open_ones: dict[str, Alert]
    thresholds: Thresholds
    learned: float


def _day(run: _Run, day: date) -> list[Alert]:
    home, c, counts = run.home, run.c, run.flow.counts
    settings = home.settings.alerts
    running: dict[SeriesKey, Episode] = {
        a.key: episodes.episode_of(a, rules=run.rules, desks=run.thresholds.has(a.id) | run.thresholds.closed(a.label))
        for a in run.open_ones.values()
    }
    verdicts = _verdicts(run, day, running)
    coded = run.events.judge(day, read={d: len(held) for d, held in counts.exposure.items()})
    if coded is not None:
        coded = coded.shifted(run.learned)
        _join(run, verdicts, coded, running)
    tested = max(len(counts.touched | set(running) | set(verdicts)), 1)
    believed = discoveries(
        {v.key: v.p_value for v in verdicts.values()}, rate=settings.false_discovery_rate, tested=tested
    )
    likely = {v.key: v.probability for v in verdicts.values() if any(s.detector == RANKER for s in v.signals)}
    believed |= likely_discoveries(likely, rate=settings.false_share)
    states = run.thresholds.states(day)
    decisions = decide(
        verdicts.values(), day=day, episodes=running.values(), mutes=run.mutes,
        documents={key: _behind(counts, v, day) for key, v in verdicts.items()}, believed=believed,
        budget=settings.budget or None, desks=states, rules=run.rules,
    )  # fmt: skip
    run.thresholds.note(c, day, verdicts.values(), label=home.settings.reader.clearance)
    return [alert for one in decisions if (alert := _apply(run, one, coded, states)) is not None]


def _verdicts(run: _Run, day: date, running: Mapping[SeriesKey, Episode]) -> dict[SeriesKey, Verdict]:
    """The count test's verdicts on the series of documents that changed, and on those with an open episode."""
    counts = run.flow.counts
    test = CountTest(alpha=run.home.settings.alerts.alpha)
    first = max(day - timedelta(days=HISTORY), min(min(counts.exposure, default=day), day))
    span = days_in(first, day + timedelta(days=1))
    exposure = {d: len(counts.exposure.get(d, ())) for d in span}
    found: dict[SeriesKey, Verdict] = {}
    for key in sorted({key for key in counts.touched if counts.recent(key, day) >= LEAST} | set(running)):
        held = counts.by_series[key]
        daily = {d: len(held.get(d, ())) for d in span}
        series = build(key, daily, exposure, first=first, last=day + timedelta(days=1))
        verdict = judge(series, day, counts=test)
        if verdict is not None:
            found[key] = replace(verdict, probability=shifted(likelihood(verdict.score), run.learned))
    return found


def _join(run: _Run, verdicts: dict[SeriesKey, Verdict], coded: Day, running: Mapping[SeriesKey, Episode]) -> None:
    """Put what the ranker says of coded events beside what the documents say."""
    least = run.home.settings.alerts.probability
    lowest = LOWEST if run.thresholds.limited else least
    raised_by = {a.key: a.explanation.get("measure") for a in run.open_ones.values()}
    for one in coded.warned:
        if one.probability < lowest and one.key not in running:
            continue
        mine = warnings.verdict(coded, one, least=least)
        other = verdicts.get(one.key)
        leading = raised_by.get(one.key)
        verdicts[one.key] = mine if other is None else warnings.joined(other, mine, leading=leading)


def _apply(run: _Run, decision: Decision, coded: Day | None, states: Sequence[DeskState]) -> Alert | None:
    """Do what was decided; gives the alert that it raised."""
    home, c = run.home, run.c
    if isinstance(decision, Raise):
        least = home.settings.alerts.probability
        levels = [
            least if x.threshold is None else x.threshold for x in states if x.desk.name in (decision.desks or ())
        ]
        threshold = min(levels, default=least)
        alert = raising.raised(home, c, decision, book=run.book, events=coded, threshold=threshold)
        _keep(run, alert, day=decision.day, observed=alert.observed, score=alert.score)
        takers = run.thresholds.came(decision, label=alert.label)
        desks.announce(home, c, [alert], today=run.until, to={alert.id: takers})
        return alert
    if isinstance(decision, Continue):
        alert = raising.continued(home, c, run.open_ones[decision.alert_id], decision)
        # A day whose level merely stays high has no signal: its score is none of the alert's.
        _keep(run, alert, day=decision.day, observed=decision.observed, score=alert.score)
    elif isinstance(decision, Tell):
        alert = run.open_ones[decision.alert_id]
        takers = run.thresholds.came(decision, label=alert.label)
        desks.announce(home, c, [alert], today=run.until, on=decision.day, to={alert.id: takers})
    elif isinstance(decision, Escalate):
        alert = raising.escalated(run.open_ones[decision.alert_id], decision)
        store.save_alert(c, alert)
        run.open_ones[alert.id] = alert
        having = run.thresholds.has(alert.id)
        desks.announce(home, c, [alert], today=run.until, on=decision.day, kind="escalation", to={alert.id: having})
    elif isinstance(decision, Close):
        store.save_alert(c, episodes.closed(run.open_ones.pop(decision.alert_id), decision))
    else:
        store.suppress(c, str(decision.key), day=decision.day, reason=decision.reason)
    return None


def _keep(run: _Run, alert: Alert, *, day: date, observed: int, score: float) -> None:
    store.save_alert(run.c, alert)
    store.save_day(run.c, alert.id, day=day, observed=observed, score=score)
    run.open_ones[alert.id] = alert


def _behind(counts: Counts, verdict: Verdict, day: date) -> frozenset[str]:
    days = verdict.stretch.days if verdict.stretch else 1
    held = counts.by_series[verdict.key]
    return frozenset(str(one) for i in range(days) for one in held.get(day - timedelta(days=i), ()))


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


def found(home: Home, alert_id: str) -> Alert:
    """One alert that this reader may see.

    Raises:
        NotFoundError: there is none, or none that this reader may see.
    """
    with home.read() as c:
        return _found(home, c, alert_id)


def _found(home: Home, c: Connection, alert_id: str) -> Alert:
    held = store.load_alerts(c, clearance=home.settings.reader.clearance, ids=[alert_id])
    if not held:
        raise NotFoundError("no such alert", item=alert_id, stage="alerts")
    return held[0]


def suppressed(home: Home, *, as_of: date | None = None) -> list[AnyRow]:
    """What fired and was not raised, of what this reader may know."""
    with home.read() as c:
        return store.suppressed(c, as_of=as_of, clearance=home.settings.reader.clearance)


def acknowledge(home: Home, alert_id: str, *, by: str, note: str | None = None) -> Alert:
    """Acknowledge an alert.

    Raises:
        NotFoundError: there is none, or none that this reader may see.
    """
    with home.write() as c:
        _found(home, c, alert_id)
        store.acknowledge(c, alert_id, at=now(), by=by, note=note)
        return _found(home, c, alert_id)


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
