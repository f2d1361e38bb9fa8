from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from evaluation.corpus import Paragraph, answerable, measure_corpus, read_corpus
from evaluation.judged import Judged
from interfaces.cli import main
from service.config import load

TEXTS = {
    "en": ["The foreign minister protested against the oil rig near the Paracel islands.",
           "Rice exports rose by a fifth in the first quarter of the year.",
           "The two presidents signed a treaty on the border in Geneva."],
    "de": ["Der Außenminister protestierte gegen die Bohrinsel bei den Paracel-Inseln.",
           "Die Ausfuhr von Reis stieg im ersten Quartal um ein Fünftel.",
           "Die beiden Präsidenten unterzeichneten in Genf einen Vertrag über die Grenze."],
}  # fmt: skip
PARAGRAPHS = [Paragraph(f"{lang}{n}", lang, text) for lang, own in TEXTS.items() for n, text in enumerate(own)]
QUESTIONS = [
    Judged("1", "protest against an oil rig", frozenset(("en0", "de0")), "en"),
    Judged("2", "Ausfuhr von Reis", frozenset(("en1", "de1")), "de"),
    Judged("3", "Vertrag über die Grenze", frozenset(("de2",)), "de"),
]


def write(path: Path, rows: list[dict[str, Any] | str]) -> Path:
    path.write_text("\n".join(x if isinstance(x, str) else json.dumps(x) for x in rows) + "\n", "utf-8")
    return path


def test_every_pair_is_asked_within_the_paragraphs_of_one_language(tmp_path: Path) -> None:
    told: list[int] = []
    found = measure_corpus(
        PARAGRAPHS, QUESTIONS, settings=load(tmp_path), together=True, progress=lambda n, _: told.append(n)
    )
    assert found.of == {"en": 3, "de": 3}
    assert found.failures == ()
    dense = found.modes["dense"]
    assert {name: q.n for name, q in dense.items()} == {
        "": 3, "en": 1, "de": 2, "en>en": 1, "en>de": 1, "de>en": 1, "de>de": 2,
    }  # fmt: skip
    assert dense["en>de"].first.mean == dense["de>en"].first.mean == dense["de>de"].first.mean == 1.0
    assert found.modes["lexical"]["de>de"].first.mean == 1.0
    assert told == sorted(told)
    assert told[-1] == len(PARAGRAPHS) + 3 * (3 + 2 + 3)


def test_the_encoder_that_is_named_is_the_one_measured(tmp_path: Path) -> None:
    settings = load(tmp_path)
    found = measure_corpus(PARAGRAPHS, QUESTIONS, settings=settings, encoder="minilm-l6", modes=["dense"])
    assert found.encoder.startswith("minilm-l6@")
    assert settings == replace(settings), "what was given is left as it was"


def test_lines_of_a_corpus_that_cannot_be_used(tmp_path: Path) -> None:
    rows: list[dict[str, Any] | str] = [
        {"id": "a", "lang": "en", "text": "One."}, {"id": "a", "lang": "en", "text": "Two."},
        {"id": "b", "lang": "en", "text": "One."}, {"id": "c", "text": "Three."},
        {"id": 4, "lang": "EN", "text": "Four."},
        "{",
    ]  # fmt: skip
    paragraphs, bad = read_corpus(write(tmp_path / "p.jsonl", rows))
    assert [(one.id, one.lang) for one in paragraphs] == [("a", "en"), ("4", "en")]
    assert [one.item for one in bad] == ["p.jsonl:2", "p.jsonl:3", "p.jsonl:4", "p.jsonl:6"]


def test_questions_without_language_or_answer_are_left_out() -> None:
    odd = [Judged("8", "x", frozenset(("en0",)), ""), Judged("9", "x", frozenset(("zz",)), "en")]
    good, bad = answerable(PARAGRAPHS, [*QUESTIONS, *odd], item="q")
    assert good == QUESTIONS
    assert [one.item for one in bad] == ["q:8", "q:9"]


def test_the_command(tmp_path: Path) -> None:
    corpus = write(tmp_path / "p.jsonl", [{"id": p.id, "lang": p.lang, "text": p.text} for p in PARAGRAPHS])
    questions = write(tmp_path / "q.jsonl", [
        *({"query": q.query, "lang": q.lang, "relevant": sorted(q.relevant)} for q in QUESTIONS), "not json",
    ])  # fmt: skip
    call = [
        "eval",
        "retrieval",
        str(questions),
        "--corpus",
        str(corpus),
        "--mode",
        "dense",
        "--home",
        str(tmp_path / "h"),
    ]
    done = CliRunner().invoke(main, [*call, "--json"])
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    (own,) = found["encoders"].values()
    assert own["dense"]["de>en"]["n"] == 1
    assert [one["item"] for one in found["failures"]] == ["q.jsonl:4"]
    shown = CliRunner().invoke(main, call)
    assert "de>en" in shown.stdout
    matrix = [line.split() for line in shown.stdout.splitlines()[-3:]]
    assert matrix == [["dense,", "first", "de", "en"], ["de", "100", "100"], ["en", "100", "100"]]
    assert "left out: q.jsonl:4" in shown.stderr
    assert not (tmp_path / "h").exists(), "the reader's own folder is left alone"


@pytest.mark.parametrize("extra", [["--encoder", "minilm-l6"], ["--corpus", "p", "--country", "VN"]])
def test_options_that_do_not_go_together(tmp_path: Path, extra: list[str]) -> None:
    path = write(tmp_path / "q.jsonl", [{"query": "x", "relevant": ["a"], "lang": "en"}])
    done = CliRunner().invoke(main, ["eval", "retrieval", str(path), *extra])
    assert done.exit_code == 2
