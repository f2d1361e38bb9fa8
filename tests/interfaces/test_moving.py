"""The commands that move, keep and remove what is held, as their user runs them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from interfaces.cli import main

ROWS = [
    {"id": "a", "text": "China and Vietnam spoke of fishing in Hanoi.", "title": "Talks", "published": "2014-05-03",
     "source": "Wire"},
    {"id": "b", "text": "Salmon from Norway.", "title": "=1+1", "published": "2014-07-03", "source": "Courier"},
]  # fmt: skip


def call(*args: str, status: int = 0, given: str | None = None) -> str:
    result = CliRunner().invoke(main, list(args), catch_exceptions=False, input=given)
    assert result.exit_code == status, result.output
    return result.stdout


def one(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text.splitlines()[-1])
    return found


@pytest.fixture
def home(tmp_path: Path) -> str:
    folder = str(tmp_path / "home")
    (tmp_path / "in.jsonl").write_text("\n".join(json.dumps(row) for row in ROWS), "utf-8")
    call("ingest", str(tmp_path / "in.jsonl"), "--home", folder)
    return folder


def test_export_import_backup_purge_and_the_audit_of_them(home: str, tmp_path: Path) -> None:
    made = one(call("export", str(tmp_path / "out"), "--home", home, "--json"))
    assert made["folder"] == str(tmp_path / "out")
    assert made["clearance"] == "top secret"
    assert made["files"]["documents.jsonl"]["rows"] == 2
    backed = one(call("backup", str(tmp_path / "b.db"), "--home", home, "--json"))
    assert (backed["documents"], backed["path"]) == (2, str(tmp_path / "b.db"))
    for name, path in (("from-export", "out"), ("from-backup", "b.db")):
        new = str(tmp_path / name)
        done = one(call("import", str(tmp_path / path), "--home", new, "--json"))
        assert done["into_empty"]
        assert done["added"]["documents"] == 2
        asked = ("search", "fishing talks", "--json", "--home")
        assert call(*asked, new) == call(*asked, home)
        again = one(call("import", str(tmp_path / path), "--home", new, "--json"))
        assert again == {"into_empty": False, "added": {}, "delivered": 0}
    dry = one(call("purge", "--before", "2014-06-01", "--dry-run", "--json", "--home", home))
    assert (dry["documents"], dry["by_source"], dry["before"]) == (1, {"Wire": 1}, "2014-06-01")
    gone = one(call("purge", "--before", "2014-06-01", "--yes", "--json", "--home", home))
    assert (gone["documents"], gone["erased"]["complete"]) == (1, True)
    lines = [json.loads(line) for line in call("audit", "--json", "--home", home).splitlines()]
    assert [line["action"] for line in lines] == ["purge", "delete", "backup", "export"]
    assert lines[0]["detail"]["documents"] == 1
    assert lines[2]["detail"]["sha256"] == backed["sha256"]
    exports = call("audit", "--json", "--action", "export", "--home", home).splitlines()
    assert [json.loads(line)["action"] for line in exports] == ["export"]


def test_they_say_in_words_what_they_did(home: str, tmp_path: Path) -> None:
    assert "rows" in call("export", str(tmp_path / "p"), "--format", "parquet", "--home", home)
    assert "up to open" in call("export", str(tmp_path / "c"), "--format", "csv", "--clearance", "open", "--home", home)
    with (tmp_path / "c" / "documents.csv").open(encoding="utf-8-sig", newline="") as handle:
        assert "'=1+1" in [row["title"] for row in csv.DictReader(handle)]
    assert "into an empty home: " in call("import", str(tmp_path / "p"), "--home", str(tmp_path / "new"))
    assert "merged: nothing that was not held" in call("import", str(tmp_path / "p"), "--home", str(tmp_path / "new"))
    assert "2 documents" in call("backup", str(tmp_path / "b.db"), "--home", home)
    assert "would go: 2 documents" in call("purge", "--before", "2015-01-01", "--dry-run", "--home", home)
    assert "gone: 2 documents" in call("purge", "--before", "2015-01-01", "--yes", "--home", home)
    assert "purge" in call("audit", "--home", home)


def test_a_purge_asks_first_and_wants_yes_where_nobody_can_be_asked(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    call("purge", "--before", "2015-01-01", "--home", home, status=2)
    monkeypatch.setattr("interfaces.cli.moving._can_ask", lambda: True)
    call("purge", "--before", "2015-01-01", "--home", home, given="n\n", status=1)
    assert one(call("purge", "--before", "2015-01-01", "--dry-run", "--json", "--home", home))["documents"] == 2
    call("purge", "--before", "2015-01-01", "--home", home, given="y\n")
    assert one(call("purge", "--before", "2015-01-01", "--dry-run", "--json", "--home", home))["documents"] == 0


def test_what_cannot_be_done_is_said_with_status_two(home: str, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("x")
    for args in (
        ("export", str(tmp_path / "full")), ("export", str(tmp_path / "e"), "--clearance", "ultra"),
        ("export", str(tmp_path / "e"), "--format", "xml"), ("import", str(tmp_path / "nowhere")),
        ("import", str(tmp_path / "full")), ("import", str(tmp_path / "in.jsonl")),
        ("backup", str(tmp_path / "in.jsonl")), ("purge", "--before", "yesterday"), ("purge",),
        ("purge", "--before", "2015-01-01", "--source", "Nobody", "--yes"),
        ("purge", "--before", "2015-01-01", "--label", "ultra", "--yes"), ("audit", "--limit", "0"),
    ):  # fmt: skip
        result = CliRunner().invoke(main, [*args, "--home", home], catch_exceptions=False)
        assert result.exit_code == 2, (args, result.output)
        assert "Traceback" not in result.output


def test_a_folder_that_cannot_be_written_is_named(home: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for command in ("export", "backup"):
        result = CliRunner().invoke(main, [command, str(tmp_path / "file" / "sub"), "--home", home])
        assert result.exit_code == 2, result.output
        assert str(tmp_path / "file") in result.output
