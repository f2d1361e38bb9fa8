"""``vedette models train-language`` as it is typed: a language that nobody knew is found from another."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks.second_language import measure, rows
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
    assert taught["gained"] is taught["kept"] is True
    assert taught["warning"] == ""
    assert taught["found"]["forth"] > taught["found"]["before_forth"]
    assert json.loads(call("models", "embed"))["lacking"] == 0
    with closing(open_home(Path(home))) as opened:
        taught_as = opened.encoder.id
        assert "+lo@" in taught_as
    for words in about:
        answer = json.loads(call("search", " ".join(words), "--mode", "dense"))
        assert answer["hits"][0]["external_id"] == words[0]

    # What the encoder reads as well without a part: nothing can be gained, and the part that is there stays.
    known = [line.split("\t") for line in rows]
    plain = tmp_path / "plain.tsv"
    plain.write_text("doc\tlo\ten\n" + "".join(f"{doc}\t{en.strip()}\t{en}" for doc, _, en in known), "utf-8")
    before = {path: path.read_bytes() for path in Path(home, "models").rglob("*") if path.is_file()}
    train = ["models", "train-language", "--lang", "lo", "--columns", "100", str(plain)]
    result = CliRunner().invoke(main, [*train, "--home", home, "--json"])
    assert result.exit_code == 1
    again = json.loads(result.stdout)
    assert (again["gained"], again["kept"], again["size"]) == (False, False, 0)
    assert again["found"]["before_forth"] >= again["found"]["forth"]
    assert "finds no more than the encoder does without it" in again["warning"]
    assert f"warning: {again['warning']}" in result.stderr
    assert "--keep" in result.stderr
    assert {path: path.read_bytes() for path in Path(home, "models").rglob("*") if path.is_file()} == before
    with closing(open_home(Path(home))) as opened:
        assert opened.encoder.id == taught_as

    kept = CliRunner().invoke(main, [*train, "--home", home, "--json", "--keep"])
    assert kept.exit_code == 0
    assert json.loads(kept.stdout)["kept"] is True
    assert "kept because that was asked for" in kept.stderr
    assert json.loads(call("models", "embed"))["lacking"] == 0
    with closing(open_home(Path(home))) as opened:
        assert "+lo@" in opened.encoder.id
        assert opened.encoder.id != taught_as


def test_a_part_that_nobody_could_measure_is_kept_with_a_warning(tmp_path: Path) -> None:
    drawn, vocabulary = np.random.default_rng(3), WORDS.split()
    rows = []
    for i in range(90):
        words = [vocabulary[k] for k in drawn.integers(0, len(vocabulary), 6)]
        rows.append(f"d{i // 5}\t{_sentence(words)}\t{' '.join(words)}\n")
    parallel = tmp_path / "pairs.tsv"
    parallel.write_text("doc\tlo\ten\n" + "".join(rows), "utf-8")
    args = ["models", "train-language", "--lang", "lo", "--columns", "200", str(parallel), "--json"]
    result = CliRunner().invoke(main, [*args, "--home", str(tmp_path / "home")])
    assert result.exit_code == 0
    taught = json.loads(result.stdout)
    assert taught["found"] is taught["gained"] is None
    assert taught["kept"] is True
    assert "not known" in taught["warning"]
    assert taught["warning"] in result.stderr


@pytest.mark.data
def test_ukrainian_is_taught_and_indonesian_need_not_be(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEDETTE_MODELS__RECOGNISERS", "false")
    made = measure("uk", "en", test=0.5, columns=3000)
    assert made["gained"] is True
    assert made["after"] >= made["before"] + 8  # 73 to 88
    assert made["back_after"] >= made["back_before"] + 8
    assert made["other_language_unchanged"]

    # The encoder reads Indonesian though nobody said so: a part can only lose.
    parallel = tmp_path / "pairs.tsv"
    some = rows("id", "en")[:1000]
    parallel.write_text("doc\tid\ten\n" + "".join("\t".join(row) + "\n" for row in some), "utf-8")
    args = ["models", "train-language", "--lang", "id", "--columns", "1000", str(parallel)]
    result = CliRunner().invoke(main, [*args, "--home", str(tmp_path / "home")])
    assert result.exit_code == 1, result.output
    assert "was not taken into use" in result.stderr
    with closing(open_home(tmp_path / "home")) as opened:
        assert "+id@" not in opened.encoder.id


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
