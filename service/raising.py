"""Alerts made from decisions: their evidence, their title, the reasons they are raised for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection

from alerts import episodes
from alerts.policy import Continue, Escalate, Raise
from alerts.precedents import precedents
from alerts.scoring import Verdict
from alerts.titles import quantity, title, title_of
from alerts.warnings import RANKER, Day, Warned, drivers, otherwise
from domain.alert import Alert, Evidence, Measure, SeriesKey
from domain.jsonable import plain
from domain.label import Label, strictest
from index.store import events as event_store
from index.store.health import Book
from index.store.schema import AnyRow
from service.evidence import evidence_of, health_of
from service.names import country_names
from service.wiring import Home

EVENTS = 12
"""Coded events shown with an alert, kept by their ids: what is deleted or relabelled is gone from it too."""
MOST = 1_000_000
"""Coded events looked at for an alert: all, for each of them counts in its label."""


def measure_of(verdict: Verdict) -> Measure:
    """What the verdict's counts are of: documents, unless they are those of a signal on coded events."""
    # What is expected of coded events is the ranker's word, of documents the count test's.
    for by in ("counts", RANKER):
        for one in verdict.signals:
            if one.detector == by and (one.observed, one.expected) == (verdict.observed, verdict.expected):
                return one.key.measure
    return "documents" if any(one.key.measure == "documents" for one in verdict.signals) else "hostile"


def raised(
    home: Home, c: Connection, decision: Raise, *, book: Callable[[], Book], events: Day | None, threshold: float
) -> Alert:
    """The alert that a decision opens. ``threshold`` is the probability that would have been too low."""
    verdict, key, day = decision.verdict, decision.key, decision.day
    stretch = verdict.stretch
    measure = measure_of(verdict)
    since = day - timedelta(days=(stretch.days if stretch else 1) - 1)
    seen = event_store.as_of_day(day, clearance=home.settings.reader.clearance)
    evidence = evidence_of(c, key, since=since, seen=seen, limit=home.settings.alerts.evidence)
    counted = event_store.documents_of(c, str(key), since=since, until=day + timedelta(days=1), filters=seen)
    coded = coded_on(home, c, decision.key.subject, day) if key.kind == "dyad" else []
    # Every event and paper that was counted speaks in the figures, shown or not.
    label = strictest([*(Label(row.label) for row in counted), *(Label(row.label) for row in coded)])
    told: dict[str, Any] = {
        "probability": round(verdict.probability, 4), "severity": verdict.severity, "measure": measure,
        "sources": _sources(evidence, counted), "events": [row.id for row in coded[:EVENTS]],
        **_reasons(verdict, measure, events, threshold), **_precedents(key, day, events, label=label),
        **_surge(events),
    }  # fmt: skip
    names = country_names()
    said = (
        title(key, observed=verdict.observed, expected=verdict.expected, names=names,
              unit=("hostile event", "hostile events"))
        if measure == "hostile" else title_of(verdict, names=names)
    )  # fmt: skip
    return episodes.raised(
        decision, title=said, evidence=evidence, health=health_of(book(), {row.source for row in counted}, day, label),
        label=label, explanation=told,
    )  # fmt: skip


def continued(home: Home, c: Connection, alert: Alert, decision: Continue) -> Alert:
    """The alert with a further day of its episode: evidence added, its label raised by what is counted."""
    settings, day = home.settings.alerts, decision.day
    alert = episodes.continued(alert, decision)
    seen = event_store.as_of_day(day, clearance=home.settings.reader.clearance)
    counted = event_store.documents_of(c, str(decision.key), since=day, until=day + timedelta(days=1), filters=seen)
    room = max(0, 3 * settings.evidence - len(alert.evidence))
    more = evidence_of(c, decision.key, since=day, seen=seen, limit=min(room, settings.evidence))
    # The day's figures are made from all that is counted, shown or not.
    labels = [Label(row.label) for row in counted]
    if decision.key.kind == "dyad":
        labels += [Label(row.label) for row in coded_on(home, c, decision.key.subject, day)]
    return replace(alert, evidence=(*alert.evidence, *more), label=strictest([alert.label, *labels]))


def escalated(alert: Alert, decision: Escalate) -> Alert:
    """The alert with its new severity, and the step kept."""
    told = dict(alert.explanation)
    step = {
        "day": decision.day.isoformat(), "from": decision.before, "to": decision.verdict.severity,
        "probability": round(decision.verdict.probability, 4), "observed": decision.verdict.observed,
    }  # fmt: skip
    told["escalations"] = [*told.get("escalations", ()), step]
    told["severity"] = decision.verdict.severity
    return replace(alert, explanation=told)


def coded_on(home: Home, c: Connection, pair: Sequence[str], day: date) -> list[AnyRow]:
    """The hostile events of a dyad on a day and the one before, as known by its end, the gravest first."""
    rows = event_store.listed(
        c, dyad=(pair[0], pair[1]), since=day - timedelta(days=1), until=day + timedelta(days=1),
        as_of=event_store.as_of_day(day).as_of, clearance=home.settings.reader.clearance, limit=MOST,
    )  # fmt: skip
    hostile = [row for row in rows if row.modality == "done" and row.cameo[:2].isdigit() and int(row.cameo[:2]) >= 10]
    return sorted(hostile, key=lambda row: (row.goldstein if row.goldstein is not None else 0.0, row.day, row.id))


def _sources(evidence: Sequence[Evidence], counted: Sequence[AnyRow]) -> dict[str, Any]:
    newest = max((row.at for row in counted), default=None)
    return {
        "documents": len(counted), "sources": len({row.source for row in counted}),
        "languages": sorted({row.lang for row in counted}), "shown": len(evidence),
        "newest": None if newest is None else newest.isoformat(),
    }  # fmt: skip


def _surge(events: Day | None) -> Mapping[str, Any]:
    """On a day with many times what is usually told: that its counts are divided, and by how much."""
    if events is None or events.window.divided <= 1:
        return {}
    w = events.window
    before = w.exposure[-29:-1]
    usual = float(np.median(before[before > 0])) if (before > 0).any() else 0.0
    came = round(float(w.exposure[-1]) * w.divided)
    note = (
        f"{came} items came in for that day where {quantity(usual)} are usual: a surge of the sources rather than of "
        f"the world. Counts of events are divided by {w.divided:.1f}."
    )
    return {"reading": {"items": came, "usual": round(usual, 1), "divided_by": round(w.divided, 2), "note": note}}


def _reasons(verdict: Verdict, measure: Measure, events: Day | None, threshold: float) -> Mapping[str, Any]:
    """What would have had to be different for it not to be raised, and what moved the ranker."""
    one = None if events is None else next((w for w in events.warned if w.key == verdict.key), None)
    if one is None or events is None or one.probability < threshold:
        return {"counterfactual": _fewer(verdict)}
    by_events = _unlikely(events, one, threshold)
    if measure == "documents":
        # Both spoke: to silence one would not have been enough.
        by_events = f"{_fewer(verdict)} The coded events would have raised it alone. {by_events}"
    return {"counterfactual": by_events, "drivers": drivers(events, one)}


def _precedents(key: SeriesKey, day: date, events: Day | None, *, label: Label) -> Mapping[str, Any]:
    """The three past episodes most like this one, of the events of the past year, and what followed them.

    Whoever may see the alert may see them: they are of events up to its own label.
    """
    if events is None or events.told is None or key.kind not in ("dyad", "country"):
        return {}
    told = events.told.where(events.told.label <= int(label))
    found = precedents(told, key.bare, as_of=day, onset=day)
    return {"precedents": [plain(one) for one in found.found]} if found.found else {}


def _fewer(verdict: Verdict) -> str:
    seen = verdict.stretch
    days, observed = (seen.days, seen.observed) if seen else (1, verdict.observed)
    expected = seen.expected if seen else verdict.expected
    span = "that day" if days == 1 else f"in those {days} days"
    return (
        f"{observed} reports {span} stood against {quantity(expected)} expected; with a count that the weeks before "
        "make likely it would not have been raised."
    )


def _unlikely(events: Day, one: Warned, threshold: float) -> str:
    other = otherwise(events, one, threshold=threshold)
    if other.events < 0:
        return (
            f"No smaller number of hostile events on that day alone would have brought the probability of "
            f"{one.probability:.0%} under {threshold:.0%}: it rests on the days before too."
        )
    many = "no hostile event" if other.events == 0 else f"{other.events} hostile event" + "s" * (other.events > 1)
    return (
        f"With {many} on that day instead of {one.observed} the probability would have been {other.probability:.0%}, "
        f"under the {threshold:.0%} from which it is raised."
    )
