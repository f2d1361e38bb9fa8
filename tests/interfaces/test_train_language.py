"""``vedette models train-language`` as it is typed: a language that nobody knew is found from another."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from interfaces.cli import main
from service.wiring import open_home

WORDS = """
    minister ship port treaty border army signed visited left bank river market price grain strike court judge island
    storm road train school doctor prize film song king village farm council island vessel
"""
LETTERS = "ກຂຄງຈສຊຍດຕຖທນບປຜຝພຟມຢຣລວຫອຮ"


def _word(english: str) -> str:
    """A made-up word in Lao letters."""
    drawn = np.random.default_rng([ord(c) for c in english])
    return "".join(LETTERS[k] for k in drawn.integers(0, len(LETTERS), 3))


def _sentence(words: list[str]) -> str:
    return " ".join(_word(word) for word in words)


def test_a_new_language_is_taught_and_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEDETTE_MODELS__RECOGNISERS", "false")
    home, drawn, vocabulary = str(tmp_path / "home"), np.random.default_rng(2), WORDS.split()
    rows = []
    for i in range(700):
        words = [vocabulary[k] for k in drawn.integers(0, len(vocabulary), 7)]
        rows.append(f"d{i // 5}\t{_sentence(words)}\t{' '.join(words)}\n")
    parallel = tmp_path / "pairs.tsv"
    parallel.write_text("doc\tlo\ten\n" + "".join(rows), "utf-8")
    about = [["storm", "island", "ship"], ["court", "judge", "prize"], ["treaty", "signed", "minister"]]
    documents = tmp_path / "in.jsonl"
    documents.write_text("".join(
        json.dumps({"id": words[0], "lang": "lo", "text": _sentence(words * 2)}) + "\n" for words in about
    ), "utf-8")  # fmt: skip

    def call(*args: str, status: int = 0) -> str:
        result = CliRunner().invoke(main, [*args, "--home", home, "--json"], catch_exceptions=False)
        assert result.exit_code == status, result.output
        return result.stdout

    call("ingest", str(documents))
    taught = json.loads(call("models", "train-language", "--lang", "lo", "--columns", "500", str(parallel)))
    assert taught["name"] == "language-lo-own"
    assert taught["pivot"] == "en"
    assert json.loads(call("models", "embed"))["lacking"] == 0
    with closing(open_home(Path(home))) as opened:
        assert "+lo@" in opened.encoder.id
    for words in about:
        answer = json.loads(call("search", " ".join(words), "--mode", "dense"))
        assert answer["hits"][0]["external_id"] == words[0]


def test_what_cannot_be_taught_is_refused(tmp_path: Path) -> None:
    parallel = tmp_path / "pairs.tsv"
    parallel.write_text("en\tlo\nship\tກຂຄ\n", "utf-8")

    def refused(lang: str) -> str:
        args = ["models", "train-language", "--lang", lang, str(parallel), "--home", str(tmp_path / "home")]
        result = CliRunner().invoke(main, args)
        assert result.exit_code == 2, result.output
        return result.output

    assert "knows this language itself" in refused("en")
    assert "too few" in refused("lo")
    assert "no column km" in refused("km")
    assert "ISO 639" in refused("Lao!")
