"""The forecasting model: gradient-boosted trees for each thing and horizon, calibrated, kept as text.

Means come from trees with Poisson's loss that correct the series' own base rate, onsets from trees with the logistic
loss whose probabilities are calibrated (Platt 1999) on months the trees had not seen. The spread of the events is
negative binomial, its dispersion a function of the mean, of how unevenly the past came, and of the kind of series.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from alerts.forecasting import naive
from alerts.forecasting.features import NAMES, Past, features
from alerts.panel import Floats, Ints
from domain.errors import ModelError
from domain.forecast import HORIZONS, METHODS

if TYPE_CHECKING:
    from lightgbm import Booster

FORMAT = 1
FACTS = "forecast.json"
MEASURES = ("hostile", "cooperative")
COLUMN = {name: n for n, name in enumerate(NAMES)}
_LOWEST, _HIGHEST = 1e-3, 20.0


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Trees by ``what_horizon``, and the figures beside them (see ``fit.py``)."""

    trees: Mapping[str, Booster]
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """Forecasts of many questions over one horizon, by method.

    Attributes:
        onset: probabilities. mean, dispersion: by measure and method.
    """

    horizon: int
    onset: Mapping[str, Floats]
    mean: Mapping[str, Mapping[str, Floats]]
    dispersion: Mapping[str, Mapping[str, Floats]]


def load_model(folder: Path) -> Model:
    """The model in a folder; the trees are text, and nothing is unpickled.

    Raises:
        ModelError: a file is missing, or is of another format or for other features.
    """
    from lightgbm import Booster
    from lightgbm.basic import LightGBMError

    try:
        facts = json.loads((folder / FACTS).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"its figures cannot be read: {error}", item=folder.name, stage="forecast") from error
    if not isinstance(facts, dict) or facts.get("format") != FORMAT or tuple(facts.get("features", ())) != NAMES:
        raise ModelError("it was made for another version's features", item=folder.name, stage="forecast")
    trees = {}
    for name in names():
        try:
            text = (folder / f"{name}.txt").read_text("utf-8")
            trees[name] = Booster(model_str=text)
        except (OSError, ValueError, LightGBMError) as error:
            raise ModelError(f"its trees {name} cannot be read: {error}", item=folder.name, stage="forecast") from error
    return Model(trees=trees, facts=facts)


def names() -> tuple[str, ...]:
    """Of the sets of trees."""
    return tuple(f"{what}_{h}" for h in HORIZONS for what in ("onset", *MEASURES))


def predict(model: Model, past: Past, series: Ints, day: Ints, horizon: int) -> Predicted:
    """Forecasts of the model and of the naive ones for each series at the end of each day offset."""
    told = model.facts
    x = features(past, series, day)
    kind = past.made.kind
    mean: dict[str, dict[str, Floats]] = {name: {} for name in MEASURES}
    for method, values in naive.counts(past, series, day, horizon).items():
        for n, name in enumerate(MEASURES):
            mean[name][method] = values[:, n]
    base = float(told["onset_rate"][kind])
    pool = naive.pool_rates(past, day, base=base)
    rates = naive.onset_rates(past, series, day, pool=pool)
    state = naive.after_onset(x[:, COLUMN["since_onset"]], x[:, COLUMN["rise"]])
    by_state = told["persistence"][str(horizon)][kind]
    onset = dict(naive.onset_probabilities(rates, state, horizon, by_state=by_state))
    for name in MEASURES:
        raw = _raw(model.trees[f"{name}_{horizon}"], x) + offset(x, name, horizon)
        mean[name]["model"] = np.exp(np.clip(raw, -12, 12))
    slope, shift = told["platt"][str(horizon)][kind]
    # Where onsets come more often than they did in the tables of the past, all probabilities rise, and fall where not.
    here = shift + np.log(pool / base)
    onset["model"] = 1 / (1 + np.exp(-(slope * _raw(model.trees[f"onset_{horizon}"], x) + here)))
    dispersion = {
        name: {
            method: dispersions(told["spread"][f"{name}_{horizon}"][method], values, x)
            for method, values in mean[name].items()
        }
        for name in MEASURES
    }
    return Predicted(horizon=horizon, onset=_ordered(onset), mean={k: _ordered(v) for k, v in mean.items()},
                     dispersion=dispersion)  # fmt: skip


def offset(x: Floats, measure: str, horizon: int) -> Floats:
    """What the trees correct: the logarithm of the events expected by the recent and the long base rate together."""
    middle = (x[:, COLUMN[f"base_{measure}"]] + x[:, COLUMN[f"long_{measure}"]]) / 2
    return np.asarray(middle + np.log(horizon), dtype=np.float64)


def spread_columns(mean: Floats, x: Floats) -> Floats:
    """What the logarithm of the dispersion is linear in."""
    log = np.log(np.maximum(mean, 1e-6))
    return np.stack([np.ones(len(mean)), log, log**2, x[:, COLUMN["spread_112"]], x[:, COLUMN["country"]]], axis=1)


def dispersions(weights: Any, mean: Floats, x: Floats) -> Floats:
    """The dispersion of each forecast."""
    raw = spread_columns(mean, x) @ np.asarray(weights, dtype=np.float64)
    return np.asarray(np.exp(np.clip(raw, np.log(_LOWEST), np.log(_HIGHEST))), dtype=np.float64)


def _raw(trees: Booster, x: Floats) -> Floats:
    return np.asarray(trees.predict(x, raw_score=True, num_threads=1), dtype=np.float64)


def _ordered(by_method: Mapping[str, Floats]) -> dict[str, Floats]:
    return {method: by_method[method] for method in METHODS if method in by_method}
