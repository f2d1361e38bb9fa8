"""``vedette stories`` and ``vedette eval stories``, run as commands."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from interfaces.cli import main
from service.demo import corpus
from service.pipeline import ingest_documents
from service.wiring import open_home

FIRST, LAST = datetime(2014, 5, 6, tzinfo=UTC), datetime(2014, 5, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("stories") / "home"
    made = open_home(folder)
    settings = replace(made.settings, models=replace(made.settings.models, recognisers=False))
    made.close()
    made = open_home(folder, settings=settings)
    ingest_documents(made, [one for one in corpus.documents() if FIRST <= one.known < LAST])
    made.close()
    return str(folder)


def run(*args: str) -> Result:
    return CliRunner().invoke(main, args)


def lines(*args: str) -> list[dict[str, Any]]:
    done = run(*args, "--json")
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_list_keeps_its_contract(home: str) -> None:
    found = lines("stories", "--home", home)
    assert all({"story_id", "document_ids", "external_ids", "languages", "title"} <= set(one) for one in found)
    held = [d for one in found for d in one["document_ids"]]
    assert len(held) == len(set(held)) == sum(FIRST <= one.known < LAST for one in corpus.documents())
    some = lines("stories", "--home", home, "--lang", "vi", "--since", "2014-05-07")
    assert {lang for one in some for lang in one["languages"]} == {"vi"}
    assert {one["story_id"] for one in some} <= {one["story_id"] for one in found}


def test_a_story_is_shown_with_its_days_and_sides(home: str) -> None:
    largest = max(lines("stories", "--home", home), key=lambda one: len(one["languages"]))
    (view,) = lines("stories", "show", largest["story_id"], "--lang", "ru", "--home", home)
    assert view["story_id"] == largest["story_id"]
    assert {one["document_id"] for one in view["documents"]} == set(largest["document_ids"])
    assert view["headline_lang"] == "ru"
    assert all(one["contrasts"][0]["quote"]["passage_id"] for one in view["accounts"])
    told = run("stories", "show", largest["document_ids"][0], "--home", home)
    assert told.exit_code == 0
    assert "new:" in told.output
    missing = run("stories", "show", "s0", "--home", home)
    assert missing.exit_code == 1
    assert "no such story" in missing.output


def test_decisions_are_told_with_who_and_why(home: str) -> None:
    a, b = [one for one in lines("stories", "--home", home) if len(one["document_ids"]) >= 3][:2]
    (into,) = lines("stories", "merge", a["story_id"], b["story_id"], "--by", "desk", "--note", "one meeting",
                    "--home", home)  # fmt: skip
    assert into["story_id"] in (a["story_id"], b["story_id"])
    (new,) = lines("stories", "split", into["story_id"], "--documents", ",".join(b["document_ids"]), "--by", "desk",
                   "--home", home)  # fmt: skip
    (back,) = lines("stories", "move", b["document_ids"][0], "--to", into["story_id"], "--by", "desk", "--home", home)
    assert back == {"story_id": into["story_id"]}
    told = [one for one in lines("stories", "changes", "--home", home) if one["by"] == "desk"]
    assert [one["what"] for one in told] == ["merged", "split", "moved"]
    assert told[0]["reason"] == "one meeting"
    assert told[1]["story_id"] == new["story_id"]
    assert told[2]["document_id"] == b["document_ids"][0]
    shown = run("stories", "changes", "--home", home).output
    assert "by desk: one meeting" in shown
    assert lines("stories", "update", "--home", home) == [{"documents": 0, "opened": 0, "merged": 0, "split": 0}]


def test_eval_stories_measures_a_home(home: str, tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    known = [{"document": one.external_id or one.id, "story": corpus.happenings()[one.id]}
             for one in corpus.documents() if FIRST <= one.known < LAST]  # fmt: skip
    path.write_text("".join(json.dumps(one) + "\n" for one in known), "utf-8")
    (found,) = lines("eval", "stories", str(path), "--home", home)
    assert found["documents"] == len(known)
    assert found["missing"] == []
    assert found["whole"]["f1"] > 0.6
    assert found["across_languages"]["f1"] > 0.5
    path.write_text(path.read_text("utf-8") + "no json\n", "utf-8")
    done = run("eval", "stories", str(path), "--home", home)
    assert done.exit_code == 1
    assert f"left out: gold.jsonl:{len(known) + 1}: is no JSON" in done.output
    assert "two languages" in done.output
    assert run("eval", "stories", str(tmp_path / "none"), "--home", home).exit_code == 2
