from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from domain.errors import InputError
from evaluation.langid import Labelled, length_of, measure, read_labelled
from interfaces.cli import main
from models.langid import LanguageDetector

ROWS = [
    Labelled("Oil rig dispute deepens between the neighbours", "en", "en"),
    Labelled("Bien Dong hom nay co gi moi", "vi", "vi-plain"),
    Labelled("The talks ended without a result, the minister said", "fr", "fr"),
    Labelled("12 34", "und", "und"),
]


def test_counted_by_language_and_length() -> None:
    told = measure(LanguageDetector(), ROWS)
    assert (told.all.n, told.all.right) == (4, 3)
    assert told.by_lang["vi-plain"].share == 1.0
    assert told.by_lang["fr"].taken_for == {"en": 1}
    assert told.by_length["up to 20"].n == 1
    assert told.by_both["fr", "20 to 60"].right == 0
    assert set(told.by_length) == {"up to 20", "20 to 60"}
    assert told.plain()["by_lang"]["fr"]["by_length"]["20 to 60"]["taken_for"] == {"en": 1}


@pytest.mark.parametrize(("n", "band"), [(1, "up to 20"), (20, "up to 20"), (21, "20 to 60"), (60, "20 to 60"),
                                         (200, "60 to 200"), (201, "over 200")])  # fmt: skip
def test_bands(n: int, band: str) -> None:
    assert length_of("x" * n) == band


def test_tables_and_lines(tmp_path: Path) -> None:
    table = tmp_path / "t.tsv"
    table.write_text("en\tone\ttwo\nno tab here\nxx!\tfoo\nzh-CN\t越南\n", "utf-8")
    found, bad = read_labelled(table)
    assert [(one.lang, one.text) for one in found] == [("en", "one\ttwo"), ("zh", "越南")]
    assert [one.item for one in bad] == ["t.tsv:2", "t.tsv:3"]
    lines = tmp_path / "t.jsonl"
    lines.write_text('{"text": "one", "lang": "en"}\n{"text": "", "lang": "en"}\n{"text": "two"}\n', "utf-8")
    found, bad = read_labelled(lines)
    assert len(found) == 1
    assert [one.item for one in bad] == ["t.jsonl:2", "t.jsonl:3"]
    with pytest.raises(InputError):
        read_labelled(tmp_path / "missing.jsonl")


def test_the_command(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text("".join(f"{one.group}\t{one.text}\n" for one in ROWS), "utf-8")
    done = CliRunner().invoke(main, ["eval", "langid", str(path), "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["all"] == {"n": 4, "accuracy": 0.75, "taken_for": {"en": 1}}
    shown = CliRunner().invoke(main, ["eval", "langid", str(path)])
    assert "vi-plain" in shown.stdout
    path.write_text("broken\nen\tone of the ministers\n", "utf-8")
    done = CliRunner().invoke(main, ["eval", "langid", str(path)])
    assert (done.exit_code, "t.tsv:1" in done.stderr) == (1, True)
