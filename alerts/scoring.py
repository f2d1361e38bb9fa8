"""One verdict a series and day from its detectors' signals, and the control of false discoveries over a day."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeVar

from alerts.detectors.counts import CountTest, Stretch
from alerts.detectors.ears import EarsC2
from domain.alert import Series, SeriesKey, Signal
from domain.protocols import Detector

Rule = Literal["counts", "both"]
Severity = Literal["none", "low", "medium", "high"]
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the detectors together say of a series on a day.

    Attributes:
        signals: each detector's view, the count test's first.
        fired: whether the rule of ``combine`` holds.
        score: higher is stranger; by it the policy ranks. It is the count test's score: on coded events the
            statistic of EARS C2 added nothing to the order, in a sum or in a product.
        p_value: the count test's, corrected for its windows.
        observed, expected, spread: of the day, by the count test.
        stretch: the days that say most, for the wording; None where it was not asked for.
        probability: that an onset is under way or comes within 7 days; by it a desk's threshold is chosen.
    """

    key: SeriesKey
    day: date
    signals: tuple[Signal, ...]
    fired: bool
    score: float
    p_value: float
    observed: int
    expected: float
    spread: float
    severity: Severity
    stretch: Stretch | None = None
    probability: float = 0.0


def severity(*, fired: bool, score: float, observed: int, expected: float) -> Severity:
    """How grave a verdict reads: by how unlikely it is and by how many times the expected count was seen.

    ``high`` from one in a hundred thousand (score 5) with at least 10 documents and 5 times the expected number;
    ``medium`` from one in ten thousand (score 4) or with at least 10 documents; ``low`` for what else fired.

    >>> severity(fired=True, score=7.2, observed=12, expected=0.4)
    'high'
    """
    if not fired:
        return "none"
    if score >= 5 and observed >= 10 and observed >= 5 * expected:
        return "high"
    return "medium" if score >= 4 or observed >= 10 else "low"


def combine(signals: Sequence[Signal], *, rule: Rule = "counts", stretch: Stretch | None = None) -> Verdict:
    """The verdict on one series and day.

    One signal has to be the count test's: it alone knows exposure and a p-value. With the rule ``counts`` it decides
    whether the verdict fires and the others are shown beside it; with ``both`` every signal has to fire.

    Raises:
        ValueError: the signals are of several series or days, or none is the count test's.
    """
    counts = next((signal for signal in signals if signal.p_value is not None and signal.detector == "counts"), None)
    if counts is None:
        raise ValueError("no signal of the count test among those to combine")
    if any((signal.key, signal.day) != (counts.key, counts.day) for signal in signals):
        raise ValueError(f"{counts.key}: signals of several series or days cannot be combined")
    fired = counts.fired and (rule == "counts" or all(signal.fired for signal in signals))
    seen, usual = (stretch.observed, stretch.expected) if stretch else (counts.observed, counts.expected)
    return Verdict(
        key=counts.key,
        day=counts.day,
        signals=(counts, *(signal for signal in signals if signal is not counts)),
        fired=fired,
        score=counts.score,
        p_value=1.0 if counts.p_value is None else counts.p_value,
        observed=counts.observed,
        expected=counts.expected,
        spread=counts.spread,
        severity=severity(fired=fired, score=counts.score, observed=seen, expected=usual),
        stretch=stretch,
    )


def judge(
    series: Series,
    day: date,
    *,
    counts: CountTest | None = None,
    others: Sequence[Detector] | None = None,
    rule: Rule = "counts",
) -> Verdict | None:
    """The verdict on the series on that day by the count test and the others (EARS C2 unless given).

    None where the day lies outside the series or has too little history for the count test. A detector that has not
    enough history for the day is left out, and then ``both`` cannot hold it against the verdict.

    >>> from datetime import timedelta
    >>> series = Series(key=SeriesKey("dyad", ("CN", "VN")), first=date(2014, 4, 1),
    ...     counts=(0,) * 33 + (7,), exposure=(30,) * 34)
    >>> verdict = judge(series, date(2014, 5, 4))
    >>> verdict.fired, verdict.severity, verdict.stretch.days
    (True, 'medium', 1)
    """
    test = counts or CountTest()
    at = (day - series.first).days
    if not 0 <= at < len(series.counts):
        return None
    own = test.judge(series, first=at, last=at + 1)
    if not own:
        return None
    beside: Sequence[Detector] = (EarsC2(),) if others is None else others
    signals = [*own, *(signal for other in beside for signal in other.judge(series, first=at, last=at + 1))]
    return combine(signals, rule=rule, stretch=test.stretch(series, at))


def discoveries(p_values: Mapping[K, float], *, rate: float = 0.1, tested: int | None = None) -> frozenset[K]:
    """Which of a day's tests to believe so that at most ``rate`` of those believed are false, in expectation.

    Source: Y. Benjamini and Y. Hochberg, J. R. Stat. Soc. B 57, 1995: with m tests the largest k whose k-th smallest
    p-value is at most k / m * rate. ``tested`` is m where only the series that changed were looked at: each of the
    others would have had a p-value of 1.

    Raises:
        ValueError: a p-value is not in 0..1, the rate not in (0, 1), or ``tested`` is less than the tests given.

    >>> sorted(discoveries({"a": 0.001, "b": 0.02, "c": 0.5, "d": 0.9}, rate=0.05))
    ['a', 'b']
    """
    m = len(p_values) if tested is None else tested
    if m < len(p_values):
        raise ValueError(f"tested={m} is less than the {len(p_values)} p-values given")
    if not 0 < rate < 1:
        raise ValueError(f"a false discovery rate of {rate} is not between 0 and 1")
    for key, p in p_values.items():
        if not 0 <= p <= 1:
            raise ValueError(f"{key}: {p} is no p-value")
    ordered = sorted(p_values.values())
    line = max((p for k, p in enumerate(ordered, 1) if p <= k / m * rate), default=-1.0)
    return frozenset(key for key, p in p_values.items() if p <= line)


def likely_discoveries(probabilities: Mapping[K, float], *, rate: float) -> frozenset[K]:
    """The most probable of a day's series, as many as keep the expected share of false ones at or under ``rate``.

    Source: the Bayesian false discovery rate (M. Newton and others, Biostatistics 5, 2004): of a set of calibrated
    probabilities the expected share of false ones is the mean of 1 - p.

    Raises:
        ValueError: a probability is not in 0..1, or the rate not in (0, 1].

    >>> sorted(likely_discoveries({"a": 0.6, "b": 0.3, "c": 0.02}, rate=0.6))
    ['a', 'b']
    """
    if not 0 < rate <= 1:
        raise ValueError(f"a share of {rate} is not between 0 and 1")
    for key, p in probabilities.items():
        if not 0 <= p <= 1:
            raise ValueError(f"{key}: {p} is no probability")
    kept: list[K] = []
    false = 0.0
    for key, p in sorted(probabilities.items(), key=lambda pair: -pair[1]):
        false += 1 - p
        if false > rate * (len(kept) + 1) + 1e-12:
            break
        kept.append(key)
    return frozenset(kept)
