"""The ranker: two stages of gradient-boosted trees and a calibration, kept as text.

The first stage says how many hostile events the next six days will bring. A negative binomial law makes of it the
chance that an onset has begun (``structural``). The second stage weighs that chance, the detectors and what kind of
series it is (``features``) into log odds, and the calibration (Platt 1999) into a probability that an onset of
sustained hostility is under way or comes within 7 days.

Source of the method: J. Friedman, Greedy function approximation, Annals of Statistics 29, 2001; G. Ke and others,
LightGBM, NIPS 2017.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from alerts.panel import Floats
from alerts.ranking.features import DETECTED, Features, detected, facts, rises
from alerts.ranking.structural import outlook
from alerts.ranking.window import Window
from domain.errors import ModelError

if TYPE_CHECKING:
    from lightgbm import Booster

FORMAT = 1
COUNTS_CAP = 12.0
"""The count test's scores lie under this where they were calibrated."""
FACTS = "ranker.json"
Population = Literal["all", "scored"]
FOLDER = Path(__file__).resolve().parents[2] / "models" / "weights" / "onsets"


@dataclass(frozen=True, slots=True, eq=False)
class Ranker:
    """Learned trees. ``size`` is that of the first stage's negative binomial law.

    ``calibration`` has for each population (``all`` dyads, or those ``scored`` by the benchmark, with at least 12
    hostile events in the table) the intercept, the slope on the log odds and that on log(1 + events of the past year).
    """

    first: Booster
    size: float
    second: tuple[Booster, ...]
    rising: tuple[str, ...]
    names: tuple[str, ...]
    calibration: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    # One thread throughout: a day's few hundred rows are done sooner than other threads are woken.

    def mean(self, f: Features) -> Floats:
        """Hostile events expected in the next six days."""
        return np.asarray(self.first.predict(matrix(f, self.rising), num_threads=1), dtype=np.float64)

    def seen(self, f: Features, told: Features, found: Features, *, mean: Floats | None = None) -> Floats:
        """The second stage's features, a row a dyad; ``mean`` is the first stage's answer where it is known already."""
        expected = self.mean(f) if mean is None else mean
        return matrix({**outlook(f, expected, self.size), **told, **found}, self.names)

    def odds(self, x: Floats) -> Floats:
        """Log odds of the second stage: by these alerts are ranked."""
        each = [np.asarray(b.predict(x, raw_score=True, num_threads=1), dtype=np.float64) for b in self.second]
        return np.asarray(np.mean(np.stack(each), axis=0), dtype=np.float64)

    def probability(self, odds: Floats, total: Floats, *, population: Population = "all") -> Floats:
        """Calibrated, of log odds and the hostile events of the dyad's past year."""
        a, b, c = self.calibration.get(population, (0.0, 1.0, 0.0))
        return np.asarray(1 / (1 + np.exp(-(a + b * odds + c * np.log1p(total)))), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """The ranker's answers for a window: one value a dyad.

    Attributes:
        odds: log odds, the score by which alerts are ranked. probability: calibrated. mean: expected in six days.
        x: the second stage's features, for explanations. rises: the first stage's. detected: by detector.
    """

    odds: Floats
    probability: Floats
    mean: Floats
    x: Floats
    rises: Features
    detected: Features


def rank(ranker: Ranker, w: Window, *, population: Population = "all") -> Ranked:
    """Rank the dyads of a window."""
    f = rises(w)
    found = detected(w, names=tuple(name for name in DETECTED if name in ranker.names))
    if not len(w):
        none = np.zeros(0)
        return Ranked(
            odds=none, probability=none, mean=none, x=np.zeros((0, len(ranker.names))), rises=f, detected=found
        )
    mean = ranker.mean(f)
    x = ranker.seen(f, facts(f), found, mean=mean)
    odds = ranker.odds(x)
    probability = ranker.probability(odds, f["total"], population=population)
    return Ranked(odds=odds, probability=probability, mean=mean, x=x, rises=f, detected=found)


def matrix(features: Features, names: Sequence[str]) -> Floats:
    """Features as columns in the order of the names."""
    return np.stack([np.asarray(features[name], dtype=np.float64) for name in names], axis=1)


def save(ranker: Ranker, folder: Path) -> None:
    """Write a ranker: trees as LightGBM's text, figures as JSON with the SHA-256 of each."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {"first.txt": ranker.first.model_to_string()}
    texts.update({f"second{n}.txt": b.model_to_string() for n, b in enumerate(ranker.second)})
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    body = {
        "format": FORMAT, "size": ranker.size, "rising": ranker.rising, "names": ranker.names,
        "calibration": ranker.calibration, "facts": ranker.facts,
        "files": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()},
    }  # fmt: skip
    (folder / FACTS).write_text(json.dumps(body, indent=1) + "\n", "utf-8")


@cache
def load(folder: Path = FOLDER) -> Ranker:
    """The ranker in a folder; nothing is unpickled.

    Raises:
        ModelError: a file is missing, was changed, or was made for other features.
    """
    from lightgbm import Booster
    from lightgbm.basic import LightGBMError

    def failed(reason: str) -> ModelError:
        return ModelError(reason, item=str(folder.name), stage="alerts")

    try:
        body = json.loads((folder / FACTS).read_text("utf-8"))
        texts = {name: (folder / name).read_text("utf-8") for name in body["files"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise failed(f"the ranker cannot be read: {error}") from error
    if body.get("format") != FORMAT:
        raise failed("the ranker is of another format")
    for name, text in texts.items():
        if hashlib.sha256(text.encode()).hexdigest() != body["files"][name]:
            raise failed(f"the ranker's file {name} was changed")
    try:
        trees = {name: Booster(model_str=text) for name, text in texts.items()}
    except LightGBMError as error:
        raise failed(f"the ranker's trees cannot be read: {error}") from error
    return Ranker(
        first=trees.pop("first.txt"), size=float(body["size"]), second=tuple(trees[name] for name in sorted(trees)),
        rising=tuple(body["rising"]), names=tuple(body["names"]),
        calibration={k: (float(v[0]), float(v[1]), float(v[2])) for k, v in body["calibration"].items()},
        facts=body["facts"],
    )  # fmt: skip


def likelihood(score: float, *, folder: Path = FOLDER) -> float:
    """The calibrated probability that goes with the count test's score, where nothing but counts is known."""
    a, b, _ = load(folder).calibration["counts"]
    return float(1 / (1 + np.exp(-(a + b * min(score, COUNTS_CAP)))))
