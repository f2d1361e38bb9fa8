"""Alerts made from the policy's decisions, and episodes from alerts. Pure: the store keeps what comes out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from alerts.policy import Close, Continue, Episode, Raise, Rules, level_of
from domain.alert import Alert, Evidence
from domain.label import Label, strictest
from domain.source import SourceHealth


def raised(
    decision: Raise,
    *,
    title: str,
    evidence: Iterable[Evidence] = (),
    health: Iterable[SourceHealth] = (),
    label: Label = Label.OPEN,
    explanation: Mapping[str, Any] | None = None,
) -> Alert:
    """The alert that a decision opens. Its label is the strictest of ``label`` and those of its evidence.

    ``label`` should be the strictest of all documents counted, since the counts were made from them too.
    """
    verdict, shown = decision.verdict, tuple(evidence)
    return Alert(
        id=decision.alert_id,
        key=decision.key,
        title=title,
        opened=decision.day,
        last=decision.day,
        state="open",
        score=verdict.score,
        observed=verdict.observed,
        expected=verdict.expected,
        peak=verdict.observed,
        signals=verdict.signals,
        evidence=shown,
        health=tuple(health),
        label=strictest([label, *(item.label for item in shown)]),
        explanation=explanation or {},
    )


def continued(alert: Alert, decision: Continue) -> Alert:
    """The alert with its last day, peak and strongest score brought up to the decision.

    Raises:
        ValueError: the decision is about another alert.
    """
    _same(alert, decision)
    return replace(
        alert,
        last=max(alert.last, decision.day),
        peak=max(alert.peak, decision.observed),
        score=max(alert.score, decision.score) if decision.fired else alert.score,
    )


def closed(alert: Alert, decision: Close) -> Alert:
    """The alert, closed; ``last`` stays the last day that kept it open.

    Raises:
        ValueError: the decision is about another alert.
    """
    _same(alert, decision)
    return replace(alert, state="closed")


def episode_of(alert: Alert, *, rules: Rules | None = None, desks: frozenset[str] = frozenset()) -> Episode:
    """What the policy needs to know of an open alert; its level is the one of the day on which it was raised.

    ``desks`` are those that have it.
    """
    counted = alert.explanation.get("measure", "documents")
    tests = [signal for signal in alert.signals if signal.detector == "counts"]
    spread = next((signal.spread for signal in tests if signal.key.measure == counted), 0.0)
    return Episode(
        alert_id=alert.id,
        key=alert.key,
        opened=alert.opened,
        last=alert.last,
        level=level_of(expected=alert.expected, spread=spread, rules=rules or Rules()),
        desks=desks,
        severity=alert.explanation.get("severity", "high"),
    )


def _same(alert: Alert, decision: Continue | Close) -> None:
    if decision.alert_id != alert.id:
        raise ValueError(f"{alert.id}: a decision about {decision.alert_id} was applied to it")
