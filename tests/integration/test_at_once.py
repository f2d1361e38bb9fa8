"""Several processes on one home, an index that cannot be believed, and a disk that is full."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest

from tests.integration.harness import (
    QUESTIONS,
    Child,
    Zygote,
    answers,
    bundled,
    same,
    sightings_held,
    state,
    write,
    zygote,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_two_ingests_and_three_searchers_at_once(tmp_path: Path) -> None:
    rows = bundled()[:420]
    # Both hold the middle third, so that they compete for the same documents.
    first = write(rows[: 2 * len(rows) // 3], tmp_path / "first.jsonl")
    second = write(rows[len(rows) // 3 :], tmp_path / "second.jsonl")
    questions = write([{"id": str(i), "query": q} for i, q in enumerate(QUESTIONS[:6])], tmp_path / "q.jsonl")
    home = tmp_path / "home"
    with zygote(tmp_path / "out") as z:
        started = [z.start("ingest", str(path), "--home", str(home), "--json") for path in (first, second)]
        while not sightings_held(home) and any(one.runs() for one in started):
            time.sleep(0.02)
        searched = 0
        while any(one.runs() for one in started):
            searching = [z.start("search", "--batch", str(questions), "--home", str(home)) for _ in range(3)]
            for one in searching:
                assert one.wait() == 0, one.err.read_text("utf-8")
                assert [line["id"] for line in one.json()] == [str(i) for i in range(6)]
                assert all(
                    {"document_id", "text", "score"} <= hit.keys() for line in one.json() for hit in line["hits"]
                )
                searched += 1
        assert [one.wait() for one in started] == [0, 0], [one.err.read_text("utf-8") for one in started]
        assert searched >= 3
        totals: Counter[str] = Counter()
        for one in started:
            totals.update({k: v for k, v in one.json()[0].items() if k in ("new", "updated", "duplicate", "failed")})
        assert sum(totals.values()) == len(rows[: 2 * len(rows) // 3]) + len(rows[len(rows) // 3 :])
        assert totals["failed"] == 0
        # Whoever was first: the same texts are in force, once each, as when one reads after the other.
        z.run("ingest", str(first), "--home", str(tmp_path / "turns"), "--json")
        z.run("ingest", str(second), "--home", str(tmp_path / "turns"), "--json")
        assert in_force(home) == in_force(tmp_path / "turns")
        assert state(home)["versions"].total() >= totals["new"]


def in_force(home: Path) -> list[dict[str, int]]:
    """What readers of either clearance see now, and since when: whose name it stands under depends on who was first."""
    query = "SELECT content_hash, min(known) FROM versions WHERE superseded IS NULL AND label <= ? GROUP BY 1"
    with closing(sqlite.connect(home / "vedette.db")) as c:
        return [dict(c.execute(query, (level,)).fetchall()) for level in (0, 4)]


@contextmanager
def small_disk(place: Path) -> Iterator[tuple[Callable[[], None], dict[str, int]]]:
    """A disk of few megabytes where one can be mounted, else a limit to the size of files; and the way to more."""
    place.mkdir()

    def mount(options: str) -> bool:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    mounted = os.geteuid() == 0 and mount("size=3m")

    def more() -> None:
        assert not mounted or mount("remount,size=200m")

    try:
        yield more, {} if mounted else {"limit": 1_500_000}
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Zygote, Path, list[object]]]:
    """A home with its index on disk, and its answers."""
    folder = tmp_path_factory.mktemp("searched")
    with zygote(folder / "out") as z:
        home = folder / "home"
        z.run("ingest", str(write(bundled()[:160], folder / "rows.jsonl")), "--home", str(home), "--json")
        yield z, home, answers(z, home, folder)


@pytest.mark.parametrize("harm", ["truncated", "flipped", "missing", "empty", "of another encoder"])
def test_an_index_that_cannot_be_believed_changes_no_answer(
    searched: tuple[Zygote, Path, list[object]], tmp_path: Path, harm: str
) -> None:
    z, whole, before = searched
    home = tmp_path / "home"
    shutil.copytree(whole, home)
    files = sorted(path for path in (home / "index").rglob("*") if path.is_file() and path.stat().st_size)
    assert files
    draw = random.Random(harm)
    if harm == "of another encoder":
        manifests = [path for path in files if path.suffix == ".json"]
        assert manifests
        for path in manifests:
            path.write_text(path.read_text("utf-8").replace("use-multilingual", "another"), "utf-8")
    else:
        for path in files if harm == "missing" else [draw.choice(files), max(files, key=lambda p: p.stat().st_size)]:
            harmed(path, harm, draw)
    assert answers(z, home, tmp_path) == before
    once = z.run("search", QUESTIONS[0], "--home", str(home))
    assert len(once.err.read_text("utf-8").splitlines()) <= 1


def harmed(path: Path, harm: str, draw: random.Random) -> None:
    data = bytearray(path.read_bytes())
    if harm == "missing":
        path.unlink(missing_ok=True)
    elif harm == "flipped":
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        path.write_bytes(data)
    else:
        path.write_bytes(data[: 0 if harm == "empty" else draw.randrange(len(data))])


def test_a_full_disk_stops_ingest_in_words_and_it_goes_on_when_there_is_space(tmp_path: Path) -> None:
    rows = bundled()[:260]
    path = write(rows, tmp_path / "rows.jsonl")
    whole = tmp_path / "whole"
    with zygote(tmp_path / "out") as z, small_disk(tmp_path / "disk") as (more, limits):
        home = tmp_path / "disk" / "home"
        full = z.start("ingest", str(path), "--home", str(home), "--json", **limits)
        assert full.wait() == 2, full.err.read_text("utf-8")
        told = full.json()[-1]
        assert told["stage"] == "store"
        assert "stored before that" in told["error"]
        assert "Traceback" not in full.err.read_text("utf-8")
        held = sightings_held(home)
        assert held
        with closing(sqlite.connect(home / "vedette.db")) as c:
            assert c.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        found: Child = z.run("search", QUESTIONS[0], "--home", str(home), "--json")  # what is there can be read
        assert found.json()[0]["hits"]
        more()
        z.run("ingest", str(path), "--home", str(home), "--json")
        z.run("ingest", str(path), "--home", str(whole), "--json")
        same(home, whole)
        assert answers(z, home, tmp_path) == answers(z, whole, tmp_path)
