from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from interfaces.cli import _COMMANDS, main

TEXT = "The oil rig was towed away from the disputed islands. China and Vietnam will talk in Hanoi next week."


def call(*args: str, status: int = 0) -> str:
    result = CliRunner().invoke(main, list(args), catch_exceptions=False)
    assert result.exit_code == status, result.output
    return result.stdout


def lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def home(tmp_path: Path) -> str:
    return str(tmp_path / "home")


@pytest.fixture
def filled(home: str, tmp_path: Path) -> str:
    path = tmp_path / "in.jsonl"
    rice = "Việt Nam xuất khẩu gạo sang Philippines tăng mạnh."
    rows = [
        {"id": "a", "text": TEXT, "title": "Rig", "published": "2014-07-16", "source": "Wire", "lang": "en"},
        {"id": "b", "text": rice, "published": "2014-04-01"},
    ]
    path.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), "utf-8")
    call("ingest", str(path), "--home", home)
    return home


def test_every_command_has_help_that_says_what_it_does() -> None:
    assert "vedette demo" in call("--help")
    for name in _COMMANDS:
        text = call(name, "--help")
        assert len(text.splitlines()) > 5, name


def test_the_command_starts_without_the_heavy_libraries() -> None:
    heavy = "('torch', 'streamlit', 'spacy')"
    code = f"import sys; import interfaces.cli.search; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_ingest_prints_the_summary_of_the_contract(home: str, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(json.dumps({"text": TEXT}) + "\n[]\n", "utf-8")
    made = json.loads(call("ingest", str(tmp_path / "x.jsonl"), "--home", home, "--json", status=1))
    assert {k: made[k] for k in ("new", "updated", "duplicate", "failed")} == {
        "new": 1, "updated": 0, "duplicate": 0, "failed": 1,
    }  # fmt: skip
    assert set(made["failures"][0]) == {"item", "stage", "error"}
    assert made["seconds"] >= 0
    listed = lines(call("sources", "failures", "--home", home, "--json"))[0]
    assert listed[0]["item"].endswith("x.jsonl:2")


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"", "empty.txt"), (b"%PDF-1.4\n1 0 obj <<", "cut.pdf"), (b"<html><body>no feed</body></html>", "news.rss"),
     (b"\xff\xfe\x00", "odd.jsonl")],
)  # fmt: skip
def test_an_unusable_file_ends_with_name_and_reason(home: str, tmp_path: Path, content: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(content)
    result = CliRunner().invoke(main, ["ingest", str(tmp_path / name), "--home", home])
    assert result.exit_code in (1, 2)
    assert name in result.stderr
    assert "Traceback" not in result.output


def test_unusable_arguments_end_with_two(home: str, tmp_path: Path) -> None:
    for args in (
        ["ingest", "nowhere.txt"], ["ingest"], ["search"], ["search", "x", "--country", "Atlantis"], ["search", "  "],
        ["search", "x", "--since", "yesterday"], ["search", "--batch", str(tmp_path / "none.jsonl")],
        ["search", "x", "--since", "2014-05-02", "--until", "2014-05-01"], ["ingest", "x", "--label", "cosmic"],
        ["alerts", "mute", "nonsense"], ["brief", "--since", "2014-05-02", "--until", "2014-05-01"],
        ["events", "import", "nowhere.csv"], ["frobnicate"],
    ):  # fmt: skip
        result = CliRunner().invoke(main, [*args, "--home", home] if args != ["frobnicate"] else args)
        assert result.exit_code == 2, (args, result.output)
        assert result.stderr.strip()


def test_search_prints_the_objects_of_the_contract(filled: str, tmp_path: Path) -> None:
    one = lines(call("search", "oil rig", "--home", filled, "--json", "-k", "1"))[0]
    assert set(one) == {"id", "query", "hits"}
    hit = one["hits"][0]
    assert {"document_id", "external_id", "passage_id", "title", "source", "lang", "published", "url", "score",
            "text"} <= set(hit)  # fmt: skip
    assert (hit["external_id"], hit["source"], hit["published"]) == ("a", "Wire", "2014-07-16T00:00:00Z")
    assert {hit["text"][a:b].lower() for a, b in hit["marks"]} >= {"oil", "rig"}
    batch = tmp_path / "batch.jsonl"
    batch.write_text('{"id": "x", "query": "rig"}\n{"id": "y", "query": "xuat khau gao"}\n', "utf-8")
    found = lines(call("search", "--batch", str(batch), "--home", filled))
    assert [(o["id"], o["hits"][0]["external_id"]) for o in found] == [("x", "a"), ("y", "b")]


def test_show_delete_and_not_found(filled: str) -> None:
    shown = json.loads(call("show", "a", "--home", filled, "--json"))
    assert set(shown["countries"]) >= {"CN", "VN"}
    assert shown["versions"][0]["n"] == 1
    assert any(e["id"] == "iso:VN" and e["lat"] for e in shown["entities"])
    call("delete", "--external-id", "a", "--home", filled)
    call("show", "a", "--home", filled, status=1)
    call("delete", "--external-id", "a", "--home", filled, status=1)


def test_alerts_stories_brief_doctor_and_sources_speak_json(filled: str, tmp_path: Path) -> None:
    assert call("alerts", "scan", "--as-of", "2014-07-20", "--home", filled, "--json") == ""
    assert {frozenset(s["external_ids"]) for s in lines(call("stories", "--home", filled, "--json"))} == {
        frozenset({"a"}), frozenset({"b"}),
    }  # fmt: skip
    made = json.loads(call("brief", "--home", filled, "--json"))
    assert made["sections"]
    out = tmp_path / "b.html"
    call("brief", "--about", "Vietnam", "--home", filled, "-o", str(out))
    assert out.read_text("utf-8").lstrip().lower().startswith("<!doctype html")
    findings = lines(call("doctor", "--home", filled, "--json"))
    assert {f["state"] for f in findings} <= {"ok", "warning"}
    assert {h["source"] for h in lines(call("sources", "health", "--home", filled, "--json"))[0]} >= {"Wire"}


def test_watchlists_by_command(filled: str) -> None:
    made = json.loads(call("alerts", "watchlist", "add", "rigs", "--word", "oil rig", "--home", filled, "--json"))
    assert made["documents"] == 1
    assert lines(call("alerts", "watchlist", "list", "--home", filled, "--json"))[0]["name"] == "rigs"
    call("alerts", "watchlist", "remove", "rigs", "--home", filled)
    call("alerts", "watchlist", "remove", "rigs", "--home", filled, status=1)


def test_events_import_and_list(home: str, tmp_path: Path) -> None:
    table = tmp_path / "events.csv"
    table.write_text(
        "date,source,source_country,relation,cameo,goldstein,target,target_country,split\n"
        "2014-05-04,Ministry (Vietnam),Vietnam,Accuse,112,-2,China,China,train\n"
        "2014-05-32,A,Vietnam,x,112,-2,B,China,train\n", "utf-8")  # fmt: skip
    made = json.loads(call("events", "import", str(table), "--home", home, "--json", status=1))
    assert (made["events"], made["failed"]) == (1, 1)
    row = lines(call("events", "list", "--dyad", "Vietnam,China", "--home", home, "--json"))[0]
    assert (row["cameo"], row["source_country"], row["target_country"]) == ("112", "VN", "CN")


def test_an_answer_says_how_a_question_typed_without_marks_was_read(filled: str) -> None:
    (made,) = lines(call("search", "xua^'t kha^?u ga.o Vie^.t Nam", "--home", filled, "--json"))
    assert made["read_as"] == {"text": "xuất khẩu gạo Việt Nam", "typed": "VIQR"}
    assert made["query"] == "xua^'t kha^?u ga.o Vie^.t Nam"
    assert made["hits"][0]["external_id"] == "b"
    assert made["hits"][0]["marks"]
    assert "read as: xuất khẩu gạo Việt Nam  (VIQR)" in call(
        "search", "xua^'t kha^?u ga.o Vie^.t Nam", "--home", filled
    )
    (plain,) = lines(call("search", "rice exports", "--home", filled, "--json"))
    assert set(plain) == {"id", "query", "hits"}
