"""Fitting the forecasting model on tables of the past, and writing it as text.

The trees are fitted on whole tables and on stretches of them cut out as if nothing had been known before, so that the
model has seen series with a short past. Calibration and spread come from months that were left out of the trees they
are applied to (blocks of time, each left out once).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import gammaln

from alerts.forecasting import naive
from alerts.forecasting.features import NAMES, Past, features, past
from alerts.forecasting.model import COLUMN, FACTS, FORMAT, MEASURES, dispersions, names, offset, spread_columns
from alerts.forecasting.targets import active_since, outcome, questions
from alerts.onsets import AHEAD, WARM
from alerts.panel import EventColumns, Floats, Ints, panel
from domain.forecast import HORIZONS

STRIDE = 3
FOLDS = 4
# One thread: on a busy machine two that wait for each other take ten times as long.
_TREES = {"learning_rate": 0.05, "num_leaves": 12, "min_data_in_leaf": 200, "lambda_l2": 5.0, "feature_fraction": 0.6,
          "bagging_fraction": 0.7, "bagging_freq": 1, "verbose": -1, "num_threads": 1, "max_bin": 63, "seed": 1,
          "deterministic": True, "force_col_wise": True}  # fmt: skip
_COUNT = {**_TREES, "objective": "poisson"}
_ONSET = {**_TREES, "objective": "binary", "learning_rate": 0.04, "num_leaves": 8, "min_data_in_leaf": 300,
          "lambda_l2": 10.0, "feature_fraction": 0.5}  # fmt: skip
_ROUNDS = {"onset": 60, "hostile": 80, "cooperative": 80}


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Questions of the past with their features, their naive forecasts and what came; rows are questions.

    Attributes:
        day: ordinal day of the forecast. country: whether the series is a country's. state: as ``naive.after_onset``.
        events, onset, counted, judged, means: by horizon, as in ``targets.Outcome`` and ``naive.counts``.
    """

    x: Floats
    day: Ints
    country: npt.NDArray[np.bool_]
    state: Floats
    events: Mapping[int, Floats]
    onset: Mapping[int, Floats]
    counted: Mapping[int, npt.NDArray[np.bool_]]
    judged: Mapping[int, npt.NDArray[np.bool_]]
    means: Mapping[int, Mapping[str, Floats]]
    onsets: Mapping[str, tuple[float, float]]
    """By kind: onsets of active series, and days of active series."""


def sample(events: EventColumns, *, stride: int = STRIDE) -> Sample:
    """The questions that a table poses: every ``stride`` days, every dyad and country with enough of a past."""
    countries = panel(events, kind="country")
    return joined([_of(past(made, countries), stride) for made in (panel(events), countries)])


def cuts(events: EventColumns, *, days: int = 210, step: int = 180) -> list[EventColumns]:
    """Stretches of a table, each as if it were all that is known; none where the table is no longer than one."""
    first, last = int(events.day.min()), int(events.day.max())
    if last - first < days + step:
        return []
    return [events.where((events.day >= a) & (events.day < a + days)) for a in range(first, last - days // 2, step)]


def _of(one: Past, stride: int) -> Sample:
    made = one.made
    series, day = questions(one, np.arange(WARM, made.days, stride))
    x = features(one, series, day)
    came = {h: outcome(one, series, day, h) for h in HORIZONS}
    active = active_since(made)
    owner, at = one.onsets
    exposed = float(np.maximum(made.days - AHEAD + 1 - np.maximum(active, WARM), 0).sum())
    return Sample(
        x=x, day=day + made.first, country=np.full(len(day), made.kind == "country"),
        state=naive.after_onset(x[:, COLUMN["since_onset"]], x[:, COLUMN["rise"]]),
        events={h: o.events for h, o in came.items()}, onset={h: o.onset for h, o in came.items()},
        counted={h: o.counted for h, o in came.items()}, judged={h: o.judged for h, o in came.items()},
        means={h: naive.counts(one, series, day, h) for h in HORIZONS},
        onsets={made.kind: (float((at > active[owner]).sum()), exposed)},
    )  # fmt: skip


def joined(samples: Sequence[Sample]) -> Sample:
    """Several samples as one."""
    first = samples[0]
    kinds = {kind for one in samples for kind in one.onsets}
    return Sample(
        x=np.concatenate([s.x for s in samples]), day=np.concatenate([s.day for s in samples]),
        country=np.concatenate([s.country for s in samples]), state=np.concatenate([s.state for s in samples]),
        events={h: np.concatenate([s.events[h] for s in samples]) for h in HORIZONS},
        onset={h: np.concatenate([s.onset[h] for s in samples]) for h in HORIZONS},
        counted={h: np.concatenate([s.counted[h] for s in samples]) for h in HORIZONS},
        judged={h: np.concatenate([s.judged[h] for s in samples]) for h in HORIZONS},
        means={h: {m: np.concatenate([s.means[h][m] for s in samples]) for m in first.means[h]} for h in HORIZONS},
        onsets={k: (sum(s.onsets.get(k, (0.0, 0.0))[0] for s in samples),
                    sum(s.onsets.get(k, (0.0, 0.0))[1] for s in samples)) for k in kinds},
    )  # fmt: skip


def until(one: Sample, day: int) -> Sample:
    """The sample as it could be had at the end of an ordinal day: what came later decides nothing."""
    return replace(
        one,
        counted={h: one.counted[h] & (one.day + h <= day) for h in HORIZONS},
        judged={h: one.judged[h] & (one.day + h + AHEAD - 1 <= day) for h in HORIZONS},
    )


def fit(one: Sample, folder: Path, *, about: Mapping[str, Any]) -> dict[str, Any]:
    """Fit all trees, calibrate them out of time, and write them with their figures; gives the figures.

    ``about`` is kept beside: what the model was made from.
    """
    folder.mkdir(parents=True, exist_ok=True)
    fold = _folds(one.day)
    facts: dict[str, Any] = {
        "format": FORMAT, "features": list(NAMES), **about, "platt": {}, "persistence": {}, "spread": {},
        "onset_rate": {kind: k / max(n, 1.0) for kind, (k, n) in one.onsets.items()},
    }  # fmt: skip
    for name in names():
        what, horizon = name.rsplit("_", 1)
        h = int(horizon)
        use = one.judged[h] if what == "onset" else one.counted[h]
        x, y = one.x[use], (one.onset[h] if what == "onset" else one.events[h][:, MEASURES.index(what)])[use]
        start = None if what == "onset" else offset(x, what, h)
        held = np.zeros(len(y))
        for k in range(FOLDS):
            # What a left-out question looks ahead to must not have been seen either.
            out = fold[use] == k
            near = _near(one.day[use], out, h + AHEAD)
            trees = _grow(what, x[~near], y[~near], None if start is None else start[~near])
            held[out] = trees.predict(x[out], raw_score=True)
        trees = _grow(what, x, y, start)
        (folder / f"{name}.txt").write_text(_plain(trees.model_to_string()), "utf-8")
        kinds = {"dyad": ~one.country[use], "country": one.country[use]}
        if what == "onset":
            facts["platt"][horizon] = {kind: _platt(held[rows], y[rows]) for kind, rows in kinds.items()}
            facts["persistence"][horizon] = {
                kind: _by_state(one.state[use][rows], y[rows]) for kind, rows in kinds.items()
            }
            continue
        n = MEASURES.index(what)
        means = {"model": np.exp(held + offset(x, what, h))} | {m: v[use, n] for m, v in one.means[h].items()}
        facts["spread"][name] = {m: [round(float(w), 5) for w in _spread(y, v, x)] for m, v in means.items()}
    (folder / FACTS).write_text(json.dumps(facts, indent=1) + "\n", "utf-8")
    return facts


def _grow(what: str, x: Floats, y: Floats, start: Floats | None) -> Any:
    import lightgbm

    data = lightgbm.Dataset(x, y, init_score=start, feature_name=list(NAMES))
    return lightgbm.train(dict(_ONSET if what == "onset" else _COUNT), data, _ROUNDS[what])


def _plain(text: str) -> str:
    """The trees without what only training needs."""
    return text.split("\nparameters:")[0].rstrip("\n") + "\n"


def _folds(day: Ints) -> Ints:
    """Blocks of time with about as many questions each."""
    edges = np.quantile(day, np.arange(1, FOLDS) / FOLDS)
    return np.searchsorted(edges, day, side="right").astype(np.int64)


def _near(day: Ints, out: npt.NDArray[np.bool_], reach: int) -> npt.NDArray[np.bool_]:
    return (day >= day[out].min() - reach) & (day <= day[out].max() + reach) if out.any() else out


def _platt(raw: Floats, y: Floats) -> list[float]:
    """Slope and shift of the logistic curve under which what came is likeliest; the slope is not negative."""

    def cost(w: Floats) -> float:
        z = w[0] * raw + w[1]
        return float(np.mean(np.logaddexp(0, z) - y * z) + 1e-4 * (w[0] - 1) ** 2)

    found = minimize(cost, np.array([1.0, 0.0]), method="BFGS").x
    return [round(float(max(found[0], 0.0)), 5), round(float(found[1]), 5)]


def _by_state(state: Floats, y: Floats) -> list[float]:
    """How often an onset came without one in the last month, and after one."""
    return [round(float((y[rows].sum() + 0.5) / (rows.sum() + 50)), 6) for rows in (state == 0, state == 1)]


def _spread(y: Floats, mean: Floats, x: Floats) -> Iterable[float]:
    """Weights of the dispersion under which what came is likeliest."""
    step = max(1, len(y) // 20_000)
    y, mean, x = y[::step], mean[::step], x[::step]
    columns = spread_columns(mean, x)

    def cost(w: Floats) -> float:
        r = 1 / dispersions(w, mean, x)
        log = gammaln(y + r) - gammaln(r) - gammaln(y + 1) + r * np.log(r / (r + mean)) + y * np.log(mean / (r + mean))
        return float(-log.mean())

    result: Floats = minimize(cost, np.zeros(columns.shape[1]), method="L-BFGS-B", options={"maxiter": 60}).x
    return [float(w) for w in result]
