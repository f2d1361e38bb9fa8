"""``vedette events code``, ``events list --stats``, ``eval events``, and countries added on import, as they run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from interfaces.cli import main


def run(home: Path, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--home", str(home)])


def lines(result: Result) -> list[dict[str, Any]]:
    assert result.exception is None, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def coded(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    rows = [
        {"id": "a", "published": "2014-05-07", "lang": "en", "title": "Rig row",
         "text": "China attacked a Vietnamese boat. Vietnam will not sign a treaty with China."},
        {"id": "b", "published": "2014-05-08", "lang": "vi", "text": "Tàu cá Việt Nam bị tàu Trung Quốc đâm chìm."},
    ]  # fmt: skip
    path = tmp_path / "in.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    assert run(home, "ingest", str(path)).exit_code == 0
    return home


def test_code_says_what_it_did(coded: Path) -> None:
    (summary,) = lines(run(coded, "events", "code", "--json"))
    assert summary["documents"] == 2
    assert summary["events"] == 3
    assert summary["by_type"] == {"ASSAULT": 2, "SUPPORT": 1}
    assert summary["failures"] == []
    assert summary["seconds"] >= 0
    (again,) = lines(run(coded, "events", "code", "--json"))
    assert again["documents"] == 0
    (all_again,) = lines(run(coded, "events", "code", "--again", "--since", "2014-05-08", "--json"))
    assert (all_again["documents"], all_again["events"]) == (1, 1)
    shown = run(coded, "events", "code", "--again")
    assert "3 events from 2 documents" in shown.output


def test_what_is_coded_is_listed_and_shown(coded: Path) -> None:
    run(coded, "events", "code")
    listed = lines(run(coded, "events", "list", "--dyad", "CN,VN", "--json"))
    assert {(row["plover"], row["modality"]) for row in listed} == {("ASSAULT", "done"), ("SUPPORT", "negated")}
    assert all(row["document_id"] and row["passage_id"] and row["confidence"] for row in listed)
    text = run(coded, "events", "list").output
    assert "ASSAULT" in text
    assert "(negated)" in text
    (document,) = lines(run(coded, "show", "b", "--json"))
    assert [row["plover"] for row in document["events"]] == ["ASSAULT"]
    assert "event: 2014-05-08  190  ASSAULT" in run(coded, "show", "b").output
    (stats,) = lines(run(coded, "events", "list", "--stats", "--json"))
    assert stats["origin"] == "vedette"
    assert stats["events"] == 3
    assert stats["without_country"] == 0
    assert stats["by_modality"] == {"done": 2, "negated": 1}
    assert "vedette" in run(coded, "events", "list", "--stats").output


def test_countries_are_added_on_import_and_told(tmp_path: Path) -> None:
    table = tmp_path / "events.csv"
    table.write_text(
        "date,source,source_country,relation,cameo,goldstein,target,target_country,split\n"
        "2018-03-01,Angela Merkel,,Consult,040,1,Emmanuel Macron,France,train\n"
        "2018-03-01,Xi Jinping,,Consult,040,1,Vladimir Putin,,train\n"
        "2018-03-01,Unspecified Actor,,Consult,040,1,France,France,train\n",
        "utf-8",
    )
    (summary,) = lines(run(tmp_path / "home", "events", "import", str(table), "--json"))
    assert summary["events"] == 3
    assert summary["actors"] == {"named": 6, "without_country": 0.6667, "still_without": 0.1667}
    rows = {row["source_actor"]: row for row in lines(run(tmp_path / "home", "events", "list", "--json"))}
    merkel, xi, nobody = (rows[name] for name in ("Angela Merkel", "Xi Jinping", "Unspecified Actor"))
    assert (merkel["source_country"], merkel["target_country"]) == ("DE", "FR")
    assert merkel["facts"] == {"country_by": "gazetteer", "country_of": "source"}
    assert (xi["source_country"], xi["target_country"]) == ("CN", "RU")
    assert xi["facts"]["country_of"] == "both"
    assert nobody["source_country"] is None
    assert nobody["facts"] == {}
    (again,) = lines(run(tmp_path / "home", "events", "import", str(table), "--json"))
    assert (again["events"], again["duplicate"]) == (0, 3)


def test_eval_events_measures_a_file(tmp_path: Path) -> None:
    cases = tmp_path / "cases.jsonl"
    gold = {"source": "CN", "target": "VN", "type": "ASSAULT", "modality": "done"}
    cases.write_text(json.dumps({"lang": "en", "text": "China attacked Vietnam.", "events": [gold]}) + "\n", "utf-8")
    (found,) = lines(run(tmp_path / "home", "eval", "events", str(cases), "--json"))
    assert found["whole"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "found": 1, "told": 1}
    assert "precision 100.0 %" in run(tmp_path / "home", "eval", "events", str(cases)).output
    bad = run(tmp_path / "home", "eval", "events", str(tmp_path / "none"))
    assert bad.exit_code == 2
