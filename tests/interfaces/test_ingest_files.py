"""``vedette ingest`` on files of many kinds at once, as an operator would run it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from interfaces.cli import main
from tests.fakes import papers


def ingest(*args: str, home: Path, status: int) -> dict[str, Any]:
    result = CliRunner().invoke(main, ["ingest", *args, "--home", str(home), "--json"], catch_exceptions=False)
    assert result.exit_code == status, result.output
    return dict(json.loads(result.stdout))


def test_a_folder_of_every_kind(tmp_path: Path) -> None:
    folder, home = tmp_path / "in", tmp_path / "home"
    folder.mkdir()
    letter = b"From: a@b.example\nSubject: Harbour\nMessage-ID: <1@b.example>\n\nThe harbour of Quito is open again.\n"
    files: dict[str, bytes] = {
        "a.docx": papers.word(["Minutes of the committee on rice exports from Vietnam."]),
        "b.odt": papers.opendocument("<text:p>Biên bản họp về xuất khẩu gạo.</text:p>"),
        "c.rtf": rb"{\rtf1 A note on the visit to Moscow.\par}",
        "d.mbox": b"From a@b.example Mon May  5 10:00:00 2014\n" + letter,
        "e.msg": papers.outlook({0x37: "Visit", 0x1000: "The visit to Paris is confirmed."}),
        "f.zip": papers.archive({"one.txt": "A report from Nairobi on the talks.", "../two.txt": "x"}),
        "g.xlsx": papers.workbook({"News": [["title", "text"], ["Ferry", "The ferry to Honshu sails again."]]}),
        "h.csv": b"title,text\nTrade,The talks on trade with Peru went on.\n",
        "i.pdf": papers.pdf([["The typed text of an agreement with Norway."]]),
        "j.json": b'{"talks": "none"}',
        "k.doc": papers.ole({"WordDocument": b"x" * 5000}),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    done = ingest(str(folder), home=home, status=1)
    assert (done["new"], done["failed"]) == (9, 3)
    assert [Path(one["item"]).name for one in done["failures"]] == ["two.txt", "j.json", "k.doc"]
    assert all(one["stage"] == "parse" and one["error"] for one in done["failures"])
    again = ingest(str(folder), home=home, status=1)
    assert (again["new"], again["updated"], again["duplicate"], again["failed"]) == (0, 0, 9, 3)


def test_a_mapping_of_ones_own(tmp_path: Path) -> None:
    table, mapping, home = tmp_path / "t.csv", tmp_path / "m.toml", tmp_path / "home"
    table.write_text("kop;romp;dag\nVeerboot;De veerboot vaart weer.;05.03.2014\n", "utf-8")
    refused = ingest(str(table), home=home, status=2)
    assert "--mapping" in refused["failures"][0]["error"]
    mapping.write_text('title = "kop"\ntext = "romp"\npublished = "dag"\ndate_format = "%d.%m.%Y"\n', "utf-8")
    assert ingest(str(table), "--mapping", str(mapping), home=home, status=0)["new"] == 1
    result = CliRunner().invoke(main, ["search", "veerboot", "--home", str(home), "--json"], catch_exceptions=False)
    (hit,) = json.loads(result.stdout)["hits"]
    assert (hit["title"], hit["published"][:10]) == ("Veerboot", "2014-03-05")


def test_a_mapping_that_means_nothing_is_refused_at_once(tmp_path: Path) -> None:
    table, mapping = tmp_path / "t.csv", tmp_path / "m.toml"
    table.write_text("a,b\n1,2\n", "utf-8")
    for content, why in (('tekst = "a"', "no key 'tekst'"), ("text = [", "cannot be read")):
        mapping.write_text(content, "utf-8")
        args = ["ingest", str(table), "--mapping", str(mapping), "--home", str(tmp_path / "home")]
        result = CliRunner().invoke(main, args)
        assert result.exit_code == 2
        assert why in result.output + str(result.exception)
    result = CliRunner().invoke(main, ["ingest", str(table), "--mapping", str(tmp_path / "none.toml")])
    assert result.exit_code == 2
