"""Detectors, one a file, known by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from alerts.detectors.counts import CountTest
from alerts.detectors.ears import EarsC2
from domain.protocols import Detector

DETECTORS: Mapping[str, Callable[..., Detector]] = MappingProxyType({"counts": CountTest, "ears_c2": EarsC2})
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


__all__ = ["DETECTORS", "CountTest", "EarsC2", "make"]
