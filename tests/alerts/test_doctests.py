"""The examples in the docstrings are true, and every detector and entry has one."""

from __future__ import annotations

import doctest
import importlib

import pytest

MODULES = [
    "alerts.series", "alerts.detectors", "alerts.detectors.bocpd", "alerts.detectors.counts", "alerts.detectors.ears",
    "alerts.detectors.ewma", "alerts.detectors.kleinberg", "alerts.detectors.nb_cusum", "alerts.detectors.seasonal",
    "alerts.detectors.sparse", "alerts.detectors.w2", "alerts.scoring",
    "alerts.policy", "alerts.titles", "alerts.watch",
]  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0
