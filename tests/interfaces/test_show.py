from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from interfaces.cli import main

ROWS = (
    {"id": "a", "source": "Wire", "title": "A rig is moved", "published": "2014-05-03T08:00:00Z",
     "text": "The rig was moved on Friday. Vietnam protested in Hanoi. Talks between the two sides go on next week."},
    {"id": "b", "source": "Daily", "title": "A rig is moved", "published": "2014-05-03T10:00:00Z",
     "text": "The rig was moved on Friday. Vietnam protested in Hanoi. Talks between the two sides go on next week."},
    {"id": "a", "source": "Wire", "title": "A rig is moved", "published": "2014-05-04T08:00:00Z",
     "text": "The rig was moved on Saturday. Vietnam protested in Hanoi. Talks between the two sides go on next week."},
)  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("show")
    path = folder / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in ROWS), "utf-8")
    done = CliRunner().invoke(main, ["ingest", str(path), "--home", str(folder / "home"), "--json"])
    assert done.exit_code == 0, done.output
    return folder / "home"


def run(home: Path, *argv: str, status: int = 0) -> str:
    done = CliRunner().invoke(main, ["show", *argv, "--home", str(home)])
    assert done.exit_code == status, done.output
    return done.output


def test_a_difference_is_read_at_a_glance(home: Path) -> None:
    text = run(home, "a", "--diff")
    assert "- The rig was moved on [-Friday-]." in text
    assert "+ The rig was moved on [+Saturday+]." in text
    assert "2 sentences unchanged" in text
    assert run(home, "a", "--diff", "1", "2") == text


def test_json_has_versions_copies_markup_and_the_difference(home: Path) -> None:
    value = json.loads(run(home, "a", "--json", "--diff"))
    assert [v["n"] for v in value["versions"]] == [1, 2]
    assert value["html"] is None
    assert [change["kind"] for change in value["diff"]["changes"]] == ["changed", "same", "same"]
    (copy,) = value["copies"]
    assert (copy["source"], copy["how"], copy["label"]) == ("Daily", "exact", "open")
    # It carried the first version word for word, and says so still: from then on in a document of its own.
    assert (copy["known"], copy["until"]) == ("2014-05-03T10:00:00Z", "2014-05-04T08:00:00Z")
    assert copy["document_id"] is not None


def test_as_of_a_day_the_copy_is_carried_and_there_is_nothing_to_compare(home: Path) -> None:
    text = run(home, "a", "--as-of", "2014-05-03")
    assert "exact copy: Daily" in text
    run(home, "a", "--as-of", "2014-05-03", "--diff", status=2)


def test_numbers_without_diff_and_more_than_two_are_refused(home: Path) -> None:
    run(home, "a", "1", status=2)
    run(home, "a", "--diff", "1", "2", "3", status=2)
    run(home, "a", "--diff", "0", status=2)
    assert "no version 9" in run(home, "a", "--diff", "9", status=2)
