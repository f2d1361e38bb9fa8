from __future__ import annotations

import re
from pathlib import Path

import pytest

from domain.event import _QUADS
from domain.plover import TYPES, code_of, goldstein_of, plover_of, quad_of


def test_every_code_of_the_conversion_table_has_the_type_it_has_there(shared: Path) -> None:
    table = (shared / "data/petrarch/CAMEO2PLOVER-2021.txt").read_text("utf-8")
    told: dict[str, set[str]] = {}
    for code, kind in re.findall(r"^(\d+): ([A-Z]+)", table, re.MULTILINE):
        told.setdefault(code, set()).add(kind)
    assert len(told) > 200
    wrong = {code: (kinds, plover_of(code)) for code, kinds in told.items() if plover_of(code) not in kinds}
    assert wrong == {}


@pytest.mark.parametrize("code", ["", "1", "0", "010", "01", "21", "99", "abc", "19x", "190000", "٠٤٠"])
def test_what_is_no_event_of_plover_has_no_type(code: str) -> None:
    assert plover_of(code) is None


def test_each_type_stands_for_itself() -> None:
    for kind in TYPES:
        code = code_of(kind)
        assert plover_of(code) == kind
        assert goldstein_of(code) is not None
        assert quad_of(kind) == _QUADS[int(code[:2])], kind


def test_hostile_types_have_negative_values_and_friendly_ones_positive() -> None:
    for kind in TYPES:
        value = goldstein_of(code_of(kind))
        assert value is not None
        assert (value < 0) == (quad_of(kind) >= 3), kind
    assert goldstein_of("999") is None
