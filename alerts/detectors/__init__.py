"""Detectors, one a file, known by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from alerts.detectors.bocpd import Bocpd
from alerts.detectors.counts import CountTest
from alerts.detectors.ears import EarsC1, EarsC2, EarsC3
from alerts.detectors.ewma import Ewma
from alerts.detectors.kleinberg import Kleinberg
from alerts.detectors.nb_cusum import NbCusum
from alerts.detectors.seasonal import Seasonal
from alerts.detectors.sparse import Sparse
from alerts.detectors.w2 import W2
from alerts.detectors.windows import Measured, WindowDetector, judge_by_windows
from domain.protocols import Detector

DETECTORS: Mapping[str, Callable[..., Detector]] = MappingProxyType(
    {
        "bocpd": Bocpd,
        "counts": CountTest,
        "ears_c1": EarsC1,
        "ears_c2": EarsC2,
        "ears_c3": EarsC3,
        "ewma": Ewma,
        "kleinberg": Kleinberg,
        "nb_cusum": NbCusum,
        "seasonal": Seasonal,
        "sparse": Sparse,
        "w2": W2,
    }
)
"""Every detector's maker by its name; the options are keyword arguments of the maker."""


def make(name: str, **options: Any) -> Detector:
    """The detector of that name with these options.

    Raises:
        ValueError: there is no such detector, it has no such option, or an option is out of its range.

    >>> make("ears_c2", threshold=4.0).name
    'ears_c2'
    """
    if name not in DETECTORS:
        raise ValueError(f"unknown detector {name!r}; known: {', '.join(sorted(DETECTORS))}")
    try:
        return DETECTORS[name](**options)
    except TypeError as error:
        raise ValueError(f"{name}: {error}") from error


def window_detector(name: str) -> WindowDetector:
    """The detector of that name as one that measures rows of windows; all here do, and the contract suite holds it.

    Raises:
        ValueError: there is no such detector, or it does not measure windows.
    """
    made = make(name)
    if not isinstance(made, WindowDetector):
        raise ValueError(f"{name} does not measure windows")
    return made


__all__ = [
    "DETECTORS", "W2", "Bocpd", "CountTest", "EarsC1", "EarsC2", "EarsC3", "Ewma", "Kleinberg", "Measured", "NbCusum",
    "Seasonal", "Sparse", "WindowDetector", "judge_by_windows", "make", "window_detector",
]  # fmt: skip
