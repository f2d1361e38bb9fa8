"""Forecasts replayed on a table of events as of each day, and scored beside the naive ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from alerts.forecasting.features import past
from alerts.forecasting.model import MEASURES, Model, predict
from alerts.forecasting.targets import outcome, questions
from alerts.onsets import WARM
from alerts.panel import EventColumns, Floats, Kind, panel
from domain.forecast import HORIZONS, NAIVE, What
from evaluation.scoring import Bin, Compared, Parts, brier, compare, crps, log_loss, log_score, murphy, reliability
from evaluation.scoring import weeks as blocks

KINDS: tuple[Kind, ...] = ("dyad", "country")
LEVELS = (0.5, 0.8, 0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How good the forecasts of one thing are, for one kind of series and one horizon.

    Attributes:
        n: forecasts scored. series: of so many series. first, last: the days on which the first and the last was made.
        mean: of what came (events), or how often an onset came.
        score: Brier score of an onset, CRPS of counts, by method, each beside the best naive one.
        log: the logarithmic score likewise.
        parts, bins: of the model's probabilities; None and empty for counts.
        coverage: how often the model's intervals held what came, by level; empty for onsets.
    """

    kind: Kind
    horizon: int
    what: What
    n: int
    series: int
    first: date
    last: date
    mean: float
    score: tuple[Compared, ...]
    log: tuple[Compared, ...]
    parts: Parts | None = None
    bins: tuple[Bin, ...] = ()
    coverage: Mapping[float, float] | None = None

    @property
    def model(self) -> Compared:
        """The model's score beside the best naive one."""
        return next(c for c in self.score if c.method == "model")


def measure(
    events: EventColumns, model: Model, *, first: date | None = None, last: date | None = None, stride: int = 1,
    horizons: Iterable[int] = HORIZONS,
) -> list[Figures]:  # fmt: skip
    """Forecasts made every ``stride`` days from ``first`` to ``last`` for every series with enough of a past.

    Each uses what the table tells up to its day; only those whose outcome the table holds are scored. Intervals of
    skill come from drawing blocks of time as long as the horizon.
    """
    countries = panel(events, kind="country")
    dyads = panel(events)
    found: list[Figures] = []
    for kind in KINDS:
        made = dyads if kind == "dyad" else countries
        one = past(made, countries)
        low = WARM if first is None else max(WARM, first.toordinal() - made.first)
        high = made.days if last is None else min(made.days, last.toordinal() - made.first + 1)
        series, day = questions(one, np.arange(low, high, stride))
        for horizon in horizons:
            came = outcome(one, series, day, horizon)
            said = predict(model, one, series, day, horizon)
            block = blocks(day + made.first, width=max(7, horizon))

            def figures(
                what: What, use: npt.NDArray[np.bool_], score: dict[str, Floats], log: dict[str, Floats], y: Floats,
                p: Floats | None = None, coverage: Mapping[float, float] | None = None,
                kind: Kind = kind, horizon: int = horizon, day: npt.NDArray[np.int64] = day, start: int = made.first,
                series: npt.NDArray[np.int64] = series, block: npt.NDArray[np.int64] = block,
            ) -> Figures:  # fmt: skip
                return Figures(
                    kind=kind, horizon=horizon, what=what, n=int(use.sum()), series=len(np.unique(series[use])),
                    first=date.fromordinal(start + int(day[use].min())),
                    last=date.fromordinal(start + int(day[use].max())), mean=float(y[use].mean()),
                    score=tuple(compare({m: s[use] for m, s in score.items()}, block[use], against=NAIVE)),
                    log=tuple(compare({m: s[use] for m, s in log.items()}, block[use], against=NAIVE)),
                    parts=None if p is None else murphy(p[use], y[use]),
                    bins=() if p is None else tuple(reliability(p[use], y[use])), coverage=coverage,
                )  # fmt: skip

            if came.judged.any():
                p, y = said.onset, came.onset
                found.append(figures("onset", came.judged, {m: brier(v, y) for m, v in p.items()},
                                     {m: log_loss(v, y) for m, v in p.items()}, y, p["model"]))  # fmt: skip
            use = came.counted
            if not use.any():
                continue
            for n, name in enumerate(MEASURES):
                y, mean, spread = came.events[:, n], said.mean[name], said.dispersion[name]
                found.append(figures(
                    "hostile" if name == "hostile" else "cooperative", use,
                    {m: crps(y, mean[m], spread[m]) for m in mean}, {m: log_score(y, mean[m], spread[m]) for m in mean},
                    y, coverage=_coverage(y[use], mean["model"][use], spread["model"][use]),
                ))  # fmt: skip
    return found


def _coverage(y: Floats, mean: Floats, dispersion: Floats) -> dict[float, float]:
    from alerts.forecasting.counts import interval

    out = {}
    for level in LEVELS:
        low, high = interval(level, mean, dispersion)
        out[level] = float(((y >= low) & (y <= high)).mean())
    return out
