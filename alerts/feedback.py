"""What officers said of alerts, fed back into the probabilities.

Method: one shift of the log odds, the same for all series, with a normal prior around 0 (maximum a posteriori of a
logistic model with the ranker's log odds as offset; Gelman and others, Bayesian Data Analysis, 3rd ed. 2013, chapter
16). A few verdicts move it little; many outweigh the prior. The order of alerts does not change by it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

PRIOR = 1.0
"""Standard deviation of the prior, in log odds."""
_NEAR = 1e-4


def shift(verdicts: Iterable[tuple[float, bool]], *, prior: float = PRIOR) -> float:
    """By how much the log odds are to be shifted, from (probability as raised, whether it was right).

    Raises:
        ValueError: a probability is not in 0..1.

    >>> shift([])
    0.0
    >>> shift([(0.3, True)] * 20) > 0.5, shift([(0.3, False)] * 20) < -0.5
    (True, True)
    """
    held = []
    for p, right in verdicts:
        if not 0 <= p <= 1:
            raise ValueError(f"{p} is no probability")
        q = min(max(p, _NEAR), 1 - _NEAR)
        held.append((math.log(q / (1 - q)), right))
    delta = 0.0
    for _ in range(50):
        now = [1 / (1 + math.exp(-(odds + delta))) for odds, _ in held]
        slope = sum(right - p for (_, right), p in zip(held, now, strict=True)) - delta / prior**2
        curve = sum(p * (1 - p) for p in now) + 1 / prior**2
        step = slope / curve
        delta += step
        if abs(step) < 1e-9:
            break
    return delta


def shifted(probability: float, delta: float) -> float:
    """A probability with its log odds shifted.

    >>> round(shifted(0.5, 1.0), 3)
    0.731
    """
    if delta == 0.0:
        return probability
    q = min(max(probability, _NEAR), 1 - _NEAR)
    return 1 / (1 + math.exp(-(math.log(q / (1 - q)) + delta)))
