from __future__ import annotations

import json
from pathlib import Path

import pytest

from domain.errors import InputError
from evaluation.judged import measure, read_judged
from service.wiring import Home


def test_measured_by_mode_language_and_pair(demo_home: Home, tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    rows = [
        {"query": "China moves oil rig HD-981 near Triton Island", "relevant": ["r-0503-en-a01"], "lang": "en"},
        {"query": "quite another thing", "relevant": ["nowhere"], "lang": "fr"},
    ]
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    judged, bad = read_judged(path)
    found = measure(demo_home, judged)
    assert bad == []
    assert set(found) == {"hybrid", "dense", "lexical"}
    assert set(found["hybrid"]) == {"", "en", "fr", "en>en"}
    assert found["hybrid"][""].n == 2
    assert found["hybrid"]["en"].ten.mean == 1.0
    assert found["hybrid"]["en>en"].ten.mean == 1.0
    assert found["hybrid"]["fr"].ten.mean == 0.0
    assert found["hybrid"][""].ten.mean == 0.5


def test_a_question_is_encoded_once(demo_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"query": "oil rig", "relevant": ["r-0503-en-a01"], "lang": "en"}\n', "utf-8")
    asked: list[str] = []
    plain = demo_home.encoder.encode

    def counted(texts: list[str], *, query: bool = False) -> object:
        asked.extend(texts)
        return plain(texts, query=query)

    monkeypatch.setattr(demo_home.encoder, "encode", counted)
    measure(demo_home, read_judged(path)[0])
    assert asked.count("oil rig") == 1
    assert demo_home.encoder.encode is counted, "the encoder is as it was"


LINES = [
    ("[]", "no object"), ("{", "no JSON"), ('{"query": "x"}', "relevant"),
    ('{"query": "x", "relevant": 3}', "relevant"),
    ('{"query": " ", "relevant": ["a"]}', "query"), ('{"query": "x", "relevant": []}', "relevant"),
    ('{"query": "x", "relevant": ["a"], "lang": ["en"]}', "lang"), ("\udcff", "UTF-8"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "reason"), LINES)
def test_a_line_that_is_no_question_is_named_and_left_out(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_bytes(line.encode("utf-8", "surrogateescape") + b'\n{"query": "x", "relevant": [7]}\r\n')
    judged, bad = read_judged(path)
    assert [one.relevant for one in judged] == [frozenset(("7",))]
    assert [one.item for one in bad] == ["q.jsonl:1"]
    assert reason in bad[0].error


@pytest.mark.parametrize("text", ["", "\n\n", "{", "[]\n[]"])
def test_a_file_without_questions_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"q\.jsonl"):
        read_judged(path)
