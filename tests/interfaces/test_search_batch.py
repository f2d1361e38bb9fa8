from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from interfaces.cli import main


def test_a_line_that_is_no_question_keeps_no_other_from_its_answer(tmp_path: Path) -> None:
    texts, batch, home = tmp_path / "texts.jsonl", tmp_path / "batch.jsonl", str(tmp_path / "home")
    texts.write_text('{"id": "a", "text": "The oil rig was towed home."}\n', "utf-8")
    assert CliRunner().invoke(main, ["ingest", str(texts), "--home", home]).exit_code == 0
    batch.write_bytes(b'{"id": 0, "query": "oil\\u2028rig"}\n{"id": "b", "query": "  "}\n\xff\nnone\n[1]\n{"id": "f"}\n'
                      b'{"query": "oil\xe2\x80\xa8rig"}\n')  # fmt: skip
    done = CliRunner().invoke(main, ["search", "--batch", str(batch), "--home", home])
    assert done.exit_code == 1
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
    assert [(one["id"], [hit["external_id"] for hit in one["hits"]]) for one in answers] == [("0", ["a"]), ("7", ["a"])]
    named = [line.split(": ")[1] for line in done.stderr.splitlines() if line.startswith("left out")]
    assert named == [f"batch.jsonl:{n}" for n in (2, 3, 4, 5, 6)]


def test_a_batch_without_a_question_is_refused(tmp_path: Path) -> None:
    batch = tmp_path / "batch.jsonl"
    batch.write_text('{"id": "b", "query": ""}\n', "utf-8")
    done = CliRunner().invoke(main, ["search", "--batch", str(batch), "--home", str(tmp_path / "home")])
    assert done.exit_code == 2
    assert "batch.jsonl:1" in done.stderr
