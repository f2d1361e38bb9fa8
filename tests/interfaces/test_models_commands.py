"""``vedette models`` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from index.store import schema as s
from interfaces.cli import main
from service.wiring import open_home
from tests.models import tiny

TEXTS = ("The oil rig was towed away from the islands.", "Việt Nam xuất khẩu gạo.", "Talks were held in Hanoi.")


def call(*args: str, status: int = 0) -> str:
    result = CliRunner().invoke(main, ["models", *args], catch_exceptions=False)
    assert result.exit_code == status, result.output
    return result.stdout if not status else result.output


def lines(*args: str) -> list[Any]:
    return [json.loads(line) for line in call(*args, "--json").splitlines()]


@pytest.fixture
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("VEDETTE_MODELS__RECOGNISERS", "false")
    home, path = str(tmp_path / "home"), tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS), "utf-8")
    done = CliRunner().invoke(main, ["ingest", str(path), "--home", home])
    assert done.exit_code == 0
    return home


def test_from_adding_a_model_to_pruning_the_one_before(filled: str, tmp_path: Path) -> None:
    folder = tiny.encoder(tmp_path / "small")
    at = ("--home", filled)
    (added,) = lines("add", "small", "--path", str(folder), "--dimension", "8", "--half", "--query-prefix", "q: ", *at)
    assert (added["truncate"], added["half"], added["query_prefix"]) == (8, True, "q: ")
    assert "8 dimensions" in added["loaded"]
    assert {one["name"]: one["built_in"] for one in lines("list", *at)}["small"] is False
    assert "Columns kept**: 8" in call("show", "small", *at)
    assert "# minilm-l6" in call("show", "minilm-l6", *at)
    (wished,) = lines("use", "small", *at)
    assert (wished["in_use"], wished["lacking"]) == (False, len(TEXTS))
    assert "wanted" in call("status", *at)
    assert lines("embed", "--stop", *at) == [{"stopped": True}]
    assert lines("status", *at)[1]["state"] == "stopped"
    (done,) = lines("embed", *at)
    assert done["made"] == len(TEXTS)
    assert done["in_use"] == wished["encoder"]
    assert lines("embed", *at)[0]["made"] == 0
    assert "in use  small@" in call("status", *at)
    kept = lines("status", *at)[1]
    assert lines("prune", *at) == [{kept["encoder"]: {"vectors": len(TEXTS), "bytes": len(TEXTS) * 1024}}]
    assert "in use" in call("remove", "small", *at, status=2)
    doctor = CliRunner().invoke(main, ["doctor", *at])
    assert "model small: encoder, 0, unknown, in use" in doctor.output
    assert "8 dimensions" in doctor.output


def test_a_folder_is_a_name_as_well(filled: str, tmp_path: Path) -> None:
    folder = tiny.encoder(tmp_path / "plain")
    call("use", str(folder), "--home", filled)
    assert lines("embed", "--home", filled)[0]["in_use"].startswith("plain@")


def test_what_cannot_be_says_why(filled: str, tmp_path: Path) -> None:
    at = ("--home", filled)
    assert "unknown model" in call("use", "nothing-known", *at, status=2)
    assert "allow_download" in call("use", "nobody/has-this-0815", *at, status=2)
    assert "LABEL=KIND" in call("add", "x", "--task", "recogniser", "--path", str(tmp_path), "--label", "PER", *at,
                                status=2)  # fmt: skip
    assert "path or a hub id" in call("add", "x", *at, status=2)
    assert "no encoder" in call("use", "lingua", *at, status=2)
    call("remove", "x", *at, status=1)
    assert lines("embed", "--stop", *at) == [{"stopped": False}]


def test_a_recogniser_of_ones_own_finds_the_names(tmp_path: Path) -> None:
    home, path = tmp_path / "home", tmp_path / "in.jsonl"
    folder = tiny.tagger(tmp_path / "tagger")
    call("add", "tags", "--task", "recogniser", "--path", str(folder), "--label", "LOC=place", "--home", str(home))
    (home / "vedette.toml").write_text('[models]\nrecogniser = { all = "tags" }\n', "utf-8")
    path.write_text(json.dumps({"id": "a", "text": "Maria Silva met the ships at sea.", "lang": "en"}) + "\n", "utf-8")
    assert CliRunner().invoke(main, ["ingest", str(path), "--home", str(home)]).exit_code == 0
    opened = open_home(home)
    with opened.read() as c:
        named = {(row.surface, row.method) for row in c.execute(select(s.mentions.c.surface, s.mentions.c.method))}
    opened.close()
    assert ("Maria Silva", "tags") in named
