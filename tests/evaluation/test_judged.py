from __future__ import annotations

import json
from pathlib import Path

import pytest

from domain.errors import InputError
from evaluation.judged import measure, read_judged
from service.wiring import Home


def test_measured_by_mode_and_language(demo_home: Home, tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    rows = [
        {"query": "China moves oil rig HD-981 near Triton Island", "relevant": ["r-0503-en-a01"], "lang": "en"},
        {"query": "quite another thing", "relevant": ["nowhere"], "lang": "fr"},
    ]
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    found = measure(demo_home, read_judged(path))
    assert set(found) == {"hybrid", "dense", "lexical"}
    assert found["hybrid"][""].n == 2
    assert found["hybrid"]["en"].ten.mean == 1.0
    assert found["hybrid"]["fr"].ten.mean == 0.0
    assert found["hybrid"][""].ten.mean == 0.5


@pytest.mark.parametrize("line", ["[]", "{", '{"query": "x"}', '{"query": "x", "relevant": 3}', ""])
def test_a_line_that_is_no_question_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(line + "\n", "utf-8")
    with pytest.raises(InputError, match=r"q\.jsonl"):
        read_judged(path)
