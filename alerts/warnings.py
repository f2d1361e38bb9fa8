"""Warnings from coded events: the dyads in question on a day, each with its probability, its detectors and its reasons.

Pure: from panels that end with the day (``alerts.panel``) to values. What is done about them is the policy's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from alerts.detectors import DETECTORS, window_detector
from alerts.feedback import shifted
from alerts.onsets import AHEAD
from alerts.panel import EventColumns, Floats, Panel
from alerts.ranking.ranker import Ranked, Ranker, rank
from alerts.ranking.window import COLUMN, WIDTH, Window, window
from alerts.scoring import Severity, Verdict
from domain.alert import Measure, SeriesKey, Signal

RANKER = "ranker"
"""The name of the ranker's own signal; its score is the log odds."""
LIKELY, VERY_LIKELY = 0.25, 0.5
"""From these probabilities on a warning is of medium and of high severity."""
CERTAIN = 0.99
"""Of an onset that has been under way for less than a week: what is still to be added could only be a mistake."""
TRIED = 256
"""Smaller numbers of events that are tried at most: on a day of thousands each weighs little."""
WORDS: Mapping[str, str] = {
    "onset": "chance that an onset began, by what is expected next", "onset_today": "chance that it began today",
    "onset_yesterday": "chance that it began the day before", "onset_ahead": "a coming week as high as an onset",
    "lmean": "hostile events expected in the next six days", "lneed": "how many events an onset would need here",
    "began": "an onset has just begun", "late": "an onset began days ago", "after": "an onset began a week or two ago",
    "two_days": "the last two days beside what an onset needs", "week": "the last week beside what an onset needs",
    "today": "hostile events today", "yesterday": "hostile events yesterday", "third_day": "events two days ago",
    "lgap": "days of quiet before", "month": "hostile events of the month", "z28": "today against four weeks",
    "lrate": "the pair's long-run level", "ltotal": "events of the past year", "ldays": "days with events, past year",
    "all_rise": "all events of the pair against the month", "lcoop28": "cooperation of the month",
    "lcoop3": "cooperation of three days", "coop_rise": "cooperation against the month", "lall28": "all events, month",
    "lmin": "usual hostility of the calmer of the two", "lmax": "usual hostility of the less calm of the two",
    "tone": "mean Goldstein value of three days", "verbal": "share of words", "coercion": "share of coercion",
    "force": "share of force", "protest": "share of protest", "share": "share of what the two have with others",
    "one_sided": "how one-sided it is", "spread1": "hostility of the two with others, today",
    "spread3": "hostility of the two with others, three days", "spread_min": "hostility of both with others",
    "bocpd": "Bayesian change point", "ears_c1": "EARS C1", "ears_c2": "EARS C2", "ears_c3": "EARS C3",
    "ewma": "EWMA chart", "kleinberg": "Kleinberg's burst", "nb_cusum": "negative binomial CUSUM",
    "seasonal": "seasonal z", "sparse": "sparse count test", "w2": "EARS W2",
    "lmax90": "the worst week of a quarter", "reading": "how much was read today", "active14": "active days, fortnight",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """A dyad in question on a day.

    Attributes:
        key: of the dyad. day: the day. row: of the window. observed: hostile events on it.
        expected: a day, by the eight weeks before. spread: its standard deviation. mean: hostile events expected in
        the six days that follow. probability, odds: the ranker's. p_value: the count test's on the hostile events.
    """

    key: SeriesKey
    day: date
    row: int
    observed: int
    expected: float
    spread: float
    mean: float
    need: float
    probability: float
    odds: float
    p_value: float


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """All warnings of a day, and what is needed to explain any of them: ``told`` are the events known by its end."""

    window: Window
    ranked: Ranked
    warned: tuple[Warned, ...]
    ranker: Ranker
    learned: float = 0.0
    told: EventColumns | None = None

    def shifted(self, delta: float) -> Day:
        """The same with what verdicts have taught (``alerts.feedback``)."""
        if delta == 0.0:
            return self
        told = tuple(replace(one, probability=shifted(one.probability, delta)) for one in self.warned)
        return replace(self, warned=told, learned=delta)


def judge_day(dyads: Panel, countries: Panel, day: date, *, ranker: Ranker, exposure: Floats | None = None) -> Day:
    """The dyads with a hostile event on the day or the one before, the most probable first.

    ``exposure`` is what was read on each day of the dyad panel, where that is more than the events told.
    """
    w = window(dyads, countries, day.toordinal(), exposure=exposure)
    found = rank(ranker, w)
    if not len(w):
        return Day(window=w, ranked=found, warned=(), ranker=ranker)
    test = window_detector("counts")
    measured = test.measure(w.measure("hostile")[:, -test.history :], w.exposure[-test.history :])
    if measured.p_value is None:
        raise ValueError("the count test gives p-values")
    p = np.nan_to_num(measured.p_value, nan=1.0)
    likely = _live(found)
    spread = np.sqrt(np.maximum(found.rises["weekly"] / 7, 0.1) * 1.5)
    warned = [
        Warned(
            key=SeriesKey("dyad", dyads.subject(int(series))), day=day, row=n, observed=round(found.rises["c0"][n]),
            expected=float(found.rises["weekly"][n] / 7), spread=float(spread[n]), mean=float(found.mean[n]),
            need=float(found.rises["need"][n]), probability=float(likely[n]), odds=float(found.odds[n]),
            p_value=float(p[n]),
        )
        for n, series in enumerate(w.rows.tolist())
    ]  # fmt: skip
    return Day(window=w, ranked=found, warned=tuple(sorted(warned, key=lambda x: (-x.odds, x.key))), ranker=ranker)


def _live(ranked: Ranked) -> Floats:
    """The probability that an onset is under way or comes.

    The ranker was taught when an alert is early enough; an onset that is there already, by its definition, is no
    question any more, and must not be passed over because it was slow to show.
    """
    under_way = (ranked.rises["since_onset"] < AHEAD) & (ranked.rises["c0"] > 0)
    return np.asarray(np.where(under_way, np.maximum(ranked.probability, CERTAIN), ranked.probability), np.float64)


def signals(day: Day, one: Warned, *, least: float) -> tuple[Signal, ...]:
    """The ranker's signal, firing from the probability ``least`` on, and every detector's on the hostile events."""
    key = replace(one.key, measure="hostile")
    since = one.day - timedelta(days=min(day.window.told, 56))
    found = [Signal(
        key=key, day=one.day, detector=RANKER, observed=one.observed, expected=one.expected, spread=one.spread,
        score=one.odds, p_value=None, fired=one.probability >= least, window=(min(since, one.day), one.day),
    )]  # fmt: skip
    h = day.window.measure("hostile")[one.row : one.row + 1]
    for name in sorted(DETECTORS):
        detector = window_detector(name)
        wide = min(detector.history, WIDTH)
        m = detector.measure(h[:, -wide:], day.window.exposure[-wide:], weekday=one.day.weekday())
        if not m.judged[0]:
            continue
        first = one.day - timedelta(days=min(wide - 1, day.window.told))
        found.append(Signal(
            key=key, day=one.day, detector=name, observed=one.observed, expected=float(m.expected[0]),
            spread=float(m.spread[0]), score=float(m.score[0]),
            p_value=None if m.p_value is None else float(m.p_value[0]), fired=bool(m.fired[0]),
            window=(first, max(first, one.day - timedelta(days=detector.gap))),
        ))  # fmt: skip
    return tuple(found)


def verdict(day: Day, one: Warned, *, least: float) -> Verdict:
    """The verdict of a warning; it fires from the probability ``least`` on, on a day with a hostile event."""
    fired = one.probability >= least and one.observed > 0
    score = abs(-float(np.log10(one.p_value)))
    return Verdict(
        key=one.key, day=one.day, signals=signals(day, one, least=least), fired=fired, score=score,
        p_value=one.p_value, observed=one.observed, expected=one.expected, spread=one.spread,
        severity=gravity(fired, one.probability), probability=one.probability,
    )  # fmt: skip


def gravity(fired: bool, probability: float) -> Severity:
    """How grave a probability reads.

    >>> gravity(True, 0.31), gravity(False, 0.9)
    ('medium', 'none')
    """
    if not fired:
        return "none"
    return "high" if probability >= VERY_LIKELY else "medium" if probability >= LIKELY else "low"


def joined(documents: Verdict, events: Verdict, *, leading: Measure | None = None) -> Verdict:
    """One verdict on a dyad of what was read about it and what was coded of it.

    Its counts are of the ``leading`` side: the one that an open episode was raised by; else the documents, unless only
    the events fired.
    """
    ranks: tuple[Severity, ...] = ("none", "low", "medium", "high")
    worse: Severity = max(documents.severity, events.severity, key=ranks.index)
    by_events = leading == "hostile" or (leading is None and events.fired and not documents.fired)
    return replace(
        events if by_events else documents, signals=(*documents.signals, *events.signals),
        fired=documents.fired or events.fired, severity=worse,
        probability=max(documents.probability, events.probability),
        p_value=min(documents.p_value, events.p_value), score=max(documents.score, events.score),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Otherwise:
    """What would have had to be different: with at most ``events`` hostile events on the day it would not have fired.

    ``probability`` is what it then would have been; ``events`` is -1 where no smaller number changes it.
    """

    events: int
    probability: float


def otherwise(day: Day, one: Warned, *, threshold: float) -> Otherwise:
    """The greatest smaller number of hostile events on the day that brings the probability under the threshold."""
    w, n = day.window, one.observed
    if n < 1:
        return Otherwise(events=-1, probability=one.probability)
    tried = np.unique(np.linspace(0, n - 1, min(n, TRIED)).round().astype(np.int64))
    each = np.full(len(tried), one.row)
    copies, low, high = w.dyads[each], w.low[each], w.high[each]
    # What did not happen between the two is missing from all that they had, together and with the world.
    gone = copies[:, -1, COLUMN["hostile"]] * (1 - tried / n)
    for name in ("hostile", "verbal", "protest", "coercion", "force", "forward"):
        copies[:, -1, COLUMN[name]] *= tried / n
    for counts in (copies[:, -1, COLUMN["all"]], low[:, -1], high[:, -1]):
        counts[:] = np.maximum(counts - gone, 0.0)
    changed = replace(w, rows=w.rows[each], dyads=copies, low=low, high=high)
    p = np.array([shifted(value, day.learned) for value in _live(rank(day.ranker, changed)).tolist()])
    under = np.flatnonzero(p < threshold)
    if not len(under):
        return Otherwise(events=-1, probability=float(p.min()))
    best = int(under[-1])
    return Otherwise(events=int(tried[best]), probability=float(p[best]))


def drivers(day: Day, one: Warned, *, most: int = 6) -> list[tuple[str, float]]:
    """What moved the log odds most, in words, with by how much (SHAP values of the trees: Lundberg and others 2020)."""
    x = day.ranked.x[one.row : one.row + 1]
    each = [
        np.asarray(b.predict(x, pred_contrib=True, num_threads=1), dtype=np.float64)[0, :-1] for b in day.ranker.second
    ]
    mean = np.mean(np.stack(each), axis=0)
    order = np.argsort(-np.abs(mean))[:most]
    return [(WORDS.get(day.ranker.names[i], day.ranker.names[i]), round(float(mean[i]), 3)) for i in order]
