"""Nothing is lost: ingest is killed at random moments and goes on, and the end is what it is without that.

By itself over some six hundred short documents without the slow recognisers. VEDETTE_CRASH=N does it over N of the
real papers with every model.
"""

from __future__ import annotations

import json
import lzma
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from domain.document import Document
from index.store.placing import sightings
from ingest import readers
from service.wiring import open_home
from tests.integration import harness
from tests.integration.harness import Row, answers, bundled, ingest_killed, same, write, zygote

KILLS = 30


def real(n: int, shared: Path) -> list[Row]:
    """Short real papers, with edits and copies among them."""
    rows: list[Row] = []
    for path in sorted((shared / "data" / "cables" / "docs").glob("*.xz")):
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            rows += [row for row in map(json.loads, lines) if 200 < len(row["text"]) < 4000]
    picked = random.Random(1).sample(rows, min(len(rows), n))
    kept = [{"id": r["id"], "source": r["volume_title"], "title": r["title"], "text": r["text"],
             "published": r["date"] or "1950-01-01"} for r in picked]  # fmt: skip
    return harness.mixed(kept)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_thirty_kills_leave_what_an_uninterrupted_run_leaves(
    tmp_path: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = int(os.environ.get("VEDETTE_CRASH", "0"))
    rows = real(wanted, request.getfixturevalue("shared")) if wanted else bundled()
    path = tmp_path / "rows.jsonl"
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    with zygote(tmp_path / "out", {} if wanted else None) as z:
        held = ingest_killed(z, killed, path, rows, kills=KILLS, seed=3, pause=6.0 if wanted else 0.25)
        write(rows, path)
        after = answers(z, killed, tmp_path)  # opens what the last kill left
        assert after
        summary = z.run("ingest", str(path), "--home", str(killed), "--json").json()[0]
        assert summary["failed"] == 0
        reference = z.run("ingest", str(path), "--home", str(whole), "--json").json()[0]
        same(killed, whole)
        assert answers(z, killed, tmp_path) == answers(z, whole, tmp_path)
        again = z.run("ingest", str(path), "--home", str(killed), "--json").json()[0]
        assert (again["new"], again["updated"], again["duplicate"]) == (0, 0, len(rows))
        same(killed, whole)
    kept = harness.state(whole)
    with capsys.disabled():
        print(f"\n{KILLS} kills over {len(rows)} readings; sightings held after each: {held}; "
              f"the last run: {summary['new']} new, {summary['updated']} updated; "
              f"uninterrupted: {reference['new']} new, {reference['updated']} updated; held in the end: "
              + ", ".join(f"{sum(kept[name].values())} {name}" for name in kept))  # fmt: skip
    assert len(set(held)) > KILLS // 2, "the kills came too early to say anything"
    assert all(sum(kept[name].values()) for name in ("carried", "near", "mentions", "words"))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_document_that_was_told_of_is_there_after_a_kill(tmp_path: Path) -> None:
    rows = bundled()
    path, draw = write(rows, tmp_path / "rows.jsonl"), random.Random(5)
    told = 0
    with zygote(tmp_path / "out") as z:
        for i in range(8):
            home = tmp_path / f"home{i % 2}"
            child = z.start(str(home), str(path), told=True)
            limit, wait = time.monotonic() + 60, draw.uniform(0, 0.7)
            while not told_of(child.out) and time.monotonic() < limit:
                time.sleep(0.01)
            time.sleep(wait)
            child.kill()
            assert child.wait() in (-signal.SIGKILL, 0)
            n = told_of(child.out)
            told += n
            assert missing(home, path, n) == []
    assert told > 40


def told_of(out: Path) -> int:
    """The last number that was told; a line cut short says nothing."""
    lines = out.read_text("utf-8").split("\n")[:-1] if out.exists() else []
    return int(lines[-1]) if lines else 0


def missing(home: Path, path: Path, n: int) -> list[str]:
    """Of the first so many documents of the file, those that the home does not know to have said what they say."""
    opened = open_home(home)
    try:
        with opened.read() as c:
            return [
                one.item for one in documents(path)[:n]
                if all(x.content != one.content_hash for x in sightings(c, one.id))
            ]  # fmt: skip
    finally:
        opened.close()


def documents(path: Path) -> list[Document]:
    from domain.protocols import ReadOptions
    from domain.time import now

    found = readers.read(path.read_bytes(), kind="jsonl", item=str(path), options=ReadOptions(read_at=now()))
    return [one.item for one in found if isinstance(one.item, Document)]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_after_the_batch_with_a_summary_and_the_next_run_goes_on(tmp_path: Path, number: int) -> None:
    rows = bundled()[:200]
    path = write(rows, tmp_path / "rows.jsonl")
    home, whole = tmp_path / "home", tmp_path / "whole"
    with zygote(tmp_path / "out") as z:
        child = z.start("ingest", str(path), "--home", str(home), "--json")
        limit = time.monotonic() + 60
        while harness.sightings_held(home) < 16 and time.monotonic() < limit:
            time.sleep(0.02)
        child.kill(number)
        assert child.wait() == 128 + number
        summary: dict[str, Any] = child.json()[0]
        assert summary["stopped"] is True
        done = summary["new"] + summary["updated"] + summary["duplicate"]
        assert 16 <= done < len(rows)
        assert missing(home, path, done) == []
        assert "stopping after the current batch" in child.err.read_text("utf-8")
        rest = z.run("ingest", str(path), "--home", str(home), "--json").json()[0]
        assert "stopped" not in rest
        assert rest["new"] + summary["new"] > 0
        z.run("ingest", str(path), "--home", str(whole), "--json")
        same(home, whole)
