"""Search as a reader meets it: derived files damaged, missing or old; a home that may only be read; many at once."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from domain.document import Filters
from domain.errors import StoreError
from domain.label import Label
from index import derived
from index.store import facts
from index.store.reading import only_readable
from service.config import load
from service.pipeline import ingest
from service.search import Answer, Query, delete, search
from service.wiring import Home, open_home

ROOT = Path(__file__).resolve().parents[2]
Jsonl = Callable[..., str]
ROWS = [
    {"id": f"d{i}", "text": f"{text} Report {i}.", "source": ("Wire", "Post")[i % 2],
     "published": f"2014-05-{i + 1:02}"}
    for i, text in enumerate((
        "A Chinese drilling rig was moved near Triton Island.", "Vietnam protested against the drilling rig.",
        "Trade between Russia and Peru grew.", "Le ministre a parlé de la mer de Chine méridionale.",
        "Tàu cảnh sát biển Việt Nam ra khơi.", "Fishing boats of Manila came home.",
        "The price of rice fell in Bangkok.", "Talks on a border treaty began in Delhi.",
    ))
]  # fmt: skip
QUERIES = [Query("a", "drilling rig at sea"), Query("b", "biển Việt Nam"), Query("c", "price of rice")]


def opened(path: Path) -> Home:
    settings = load(path)
    return open_home(path, settings=replace(settings, models=replace(settings.models, recognisers=False)))


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stocked")
    source = folder / "in.jsonl"
    source.write_text("\n".join(json.dumps(row) for row in ROWS), "utf-8")
    home = opened(folder / "home")
    ingest(home, [str(source)])
    home.close()
    return folder / "home"


@pytest.fixture
def path(stocked: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(stocked, tmp_path / "home"))


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[str]]]:
    monkeypatch.setattr(logging.getLogger("vedette"), "propagate", True)  # the commands turn it off
    with caplog.at_level("WARNING", logger="vedette"):
        yield lambda: [r.getMessage() for r in caplog.records if "anew" in r.getMessage()]


def said(answers: list[Answer]) -> list[list[tuple[int, float]]]:
    return [[(hit.passage_id, round(hit.score, 9)) for hit in one.hits] for one in answers]


def all_said(path: Path) -> list[list[tuple[int, float]]]:
    home = opened(path)
    try:
        return [x for mode in ("hybrid", "dense", "lexical") for x in said(search(home, QUERIES, mode=mode))]  # type: ignore[arg-type]
    finally:
        home.close()


def data_files(path: Path) -> list[Path]:
    return sorted(p for p in (path / "index").rglob("*") if p.is_file() and p.stat().st_size)


def test_ingest_leaves_files_that_a_new_process_uses(path: Path, warned: Callable[[], list[str]]) -> None:
    home = opened(path)
    with home.snapshot() as (c, held):
        assert held.base is not None
        assert facts.store_id(c) == held.base.manifest.store
        assert len(held) == len(held.columns) == len(ROWS)
    assert {hit.external_id for hit in search(home, QUERIES[:1])[0].hits[:2]} == {"d0", "d1"}
    home.close()
    assert warned() == []


@pytest.mark.parametrize("name", ["columns.bin", "terms.bin", "slots.bin", "places.bin", "starts.bin", "vectors.faiss",
                                  "held.bin", "manifest.json"])  # fmt: skip
@pytest.mark.parametrize("harm", ["flip", "cut", "gone"])
def test_any_damaged_file_is_made_anew_with_a_word_and_no_answer_changes(
    path: Path, name: str, harm: str, warned: Callable[[], list[str]]
) -> None:
    before = all_said(path)
    (file,) = (p for p in data_files(path) if p.name == name)
    data = bytearray(file.read_bytes())
    if harm == "flip":
        for where in np.random.default_rng(len(name)).integers(0, len(data), 9).tolist():
            data[where] ^= 0x55
        file.write_bytes(data)
    elif harm == "cut":
        file.write_bytes(data[: len(data) // 2])
    else:
        file.unlink()
    assert all_said(path) == before
    assert len(warned()) == 1
    # It was mended by that search: the next process has nothing to say.
    derived.check(path / "index")
    assert all_said(path) == before
    assert len(warned()) == 1


def test_a_restored_backup_is_not_answered_from_the_files_of_what_came_after(
    path: Path, jsonl: Jsonl, warned: Callable[[], list[str]]
) -> None:
    shutil.copytree(path, path.parent / "backup")
    home = opened(path)
    ingest(home, [jsonl({"id": "new", "text": "A drilling rig came to Da Nang."}, name="a.jsonl")])
    home.rebuild_index()
    home.close()
    # The older database is put back without its index, and goes another way to the same sequence number.
    for name in ("vedette.db", "vedette.db-wal", "vedette.db-shm"):
        (path / name).unlink(missing_ok=True)
    shutil.copy(path.parent / "backup" / "vedette.db", path / "vedette.db")
    shutil.move(path / "index", path.parent / "aside")
    home = opened(path)
    ingest(home, [jsonl({"id": "other", "text": "The price of a drilling rig rose."}, name="b.jsonl")])
    home.close()
    shutil.rmtree(path / "index")
    shutil.move(path.parent / "aside", path / "index")
    home = opened(path)
    assert {h.external_id for h in search(home, QUERIES[:1])[0].hits} == {f"d{i}" for i in range(8)} | {"other"}
    home.close()
    assert any("another way" in one for one in warned())


def test_a_deleted_document_and_a_raised_label_are_gone_at_once_and_in_every_process(path: Path) -> None:
    home, other = opened(path), opened(path)
    low = Filters(clearance=Label.OPEN)
    assert "d0" in {h.external_id for h in search(other, QUERIES[:1], filters=low)[0].hits}
    delete(home, external_id="d0")
    third = opened(path)
    for one in (home, other, third):
        for mode in ("hybrid", "dense", "lexical"):
            assert "d0" not in {h.external_id for h in search(one, QUERIES[:1], mode=mode)[0].hits}  # type: ignore[arg-type]
    source = path.parent / "raised.jsonl"
    source.write_text(json.dumps({**ROWS[1], "label": "secret"}), "utf-8")
    assert ingest(home, [str(source)]).updated == 1
    for one in (home, other, third, fourth := opened(path)):
        assert "d1" not in {h.external_id for h in search(one, QUERIES[:1], filters=low)[0].hits}
        assert "d1" in {h.external_id for h in search(one, QUERIES[:1])[0].hits}
    for one in (home, other, third, fourth):
        one.close()


def test_files_are_written_again_only_when_much_has_come(
    path: Path, jsonl: Jsonl, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = opened(path)
    first = derived.read_manifest(path / "index").folder
    ingest(home, [jsonl({"id": "x", "text": "One more rig."}, name="x.jsonl")])
    assert derived.read_manifest(path / "index").folder == first
    monkeypatch.setattr(derived, "FEW", 1)
    reader = opened(path)
    assert "x" in {h.external_id for h in search(reader, QUERIES[:1])[0].hits}
    rows = [{"id": f"y{i}", "text": f"A rig in port {i}."} for i in range(4)]
    ingest(home, [jsonl(*rows, name="y.jsonl")])
    now = derived.read_manifest(path / "index")
    assert now.folder != first
    assert now.passages == len(ROWS) + 5
    # Whoever searched before takes the new files up with the next change, and misses nothing until then.
    wanted = {f"y{i}" for i in range(4)}
    assert wanted <= {h.external_id for h in search(reader, QUERIES[:1], k=20)[0].hits}
    with reader.snapshot() as (_, held):
        assert held.base is not None
        assert held.base.manifest.folder == now.folder
    reader.close()
    home.close()


def test_an_older_database_put_under_an_open_home_is_noticed(path: Path, jsonl: Jsonl) -> None:
    shutil.copytree(path, path.parent / "backup")
    home = opened(path)
    ingest(home, [jsonl({"id": "new", "text": "A drilling rig came to Da Nang."})])
    assert "new" in {h.external_id for h in search(home, QUERIES[:1])[0].hits}
    home.engine.dispose()
    for name in ("vedette.db", "vedette.db-wal", "vedette.db-shm"):
        (path / name).unlink(missing_ok=True)
    shutil.copy(path.parent / "backup" / "vedette.db", path / "vedette.db")
    assert "new" not in {h.external_id for h in search(home, QUERIES[:1])[0].hits}
    home.close()


def test_a_damaged_file_met_in_the_midst_of_use_is_left(path: Path, warned: Callable[[], list[str]]) -> None:
    home = opened(path)
    before = said(search(home, QUERIES, mode="lexical"))
    # Words alone were asked for, so the vectors were not looked at yet.
    (file,) = (path / "index").glob("*/vectors.faiss")
    with file.open("r+b") as handle:
        handle.seek(-30, os.SEEK_END)
        handle.write(b"\x00\x77\x00")
    fresh = opened(path)
    fresh.rebuild_index()
    expected = said(search(fresh, QUERIES))
    fresh.close()
    assert said(search(home, QUERIES)) == expected
    assert said(search(home, QUERIES, mode="lexical")) == before
    assert len(warned()) <= 1
    home.close()


# --- a home that may only be read

_AS_NOBODY = """
import json, os, sys
sys.path.insert(0, {root!r})
from pathlib import Path
from service.wiring import open_home
from service.search import Query, search
path, asked = Path({path!r}), [Query("q", "drilling rig at sea")]
# The programs may be such as only their owner can read: they are all loaded before.
first = open_home(Path({writable!r}))
search(first, asked)
encoder = first.encoder
first.close()
os.setgid(65534); os.setuid(65534)
home = open_home(path)
home.encoders.lend(encoder)
found = [[h.external_id for h in one.hits] for one in search(home, asked)]
print(json.dumps([home.reads_only, found[0][:2]]))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not write")
@pytest.mark.parametrize("state", ["closed", "open", "no files"])
def test_somebody_who_may_not_write_the_home_can_search_it(stocked: Path, path: Path, state: str) -> None:
    writable = path
    base = Path("/var/tmp") if os.access("/var/tmp", os.W_OK) else Path("/tmp")
    folder = base / f"vedette-read-{os.getpid()}-{state.replace(' ', '-')}"
    path = Path(shutil.copytree(stocked, folder / "home"))
    holder: Home | None = None
    try:
        if state == "no files":
            shutil.rmtree(path / "index")
        if state == "open":
            holder = opened(path)
            ingest(holder, [_one(folder)])
        for one in (folder, path, *path.rglob("*")):
            one.chmod(0o755 if one.is_dir() else 0o644)
        before = {p: p.stat().st_mtime_ns for p in path.rglob("*") if not p.name.endswith("-shm")}
        code = _AS_NOBODY.format(root=str(ROOT), path=str(path), writable=str(writable))
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        reads_only, found = json.loads(done.stdout.strip().splitlines()[-1])
        assert reads_only
        assert set(found) <= {"d0", "d1", "later"}
        assert {p: p.stat().st_mtime_ns for p in path.rglob("*") if not p.name.endswith("-shm")} == before
    finally:
        if holder is not None:
            holder.close()
        shutil.rmtree(folder, ignore_errors=True)


def _one(folder: Path) -> str:
    source = folder / "one.jsonl"
    source.write_text(json.dumps({"id": "later", "text": "Another drilling rig was seen at sea."}), "utf-8")
    return str(source)


def test_what_may_be_written_is_not_only_readable_and_nothing_is_no_home(path: Path) -> None:
    assert not only_readable(path / "vedette.db")
    assert not only_readable(path / "nothing.db")


def test_a_home_opened_for_reading_refuses_to_be_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.wiring.only_readable", lambda _: True)
    home = opened(path)
    assert len(search(home, QUERIES)[0].hits) == len(ROWS)
    with pytest.raises(StoreError, match="refused"), home.write() as c:
        c.exec_driver_sql("INSERT INTO meta VALUES ('a', 'b')")
    home.save_index()
    home.close()
    shutil.rmtree(path / "index")
    home = opened(path)
    assert len(search(home, QUERIES)[0].hits) == len(ROWS)
    assert not (path / "index").exists()
    home.close()


# --- many at once


def test_searches_in_many_threads_while_documents_come_and_go(path: Path, jsonl: Jsonl) -> None:
    home, writer = opened(path), opened(path)
    wrong: list[object] = []
    done = threading.Event()
    gone = threading.Event()

    def ask(mode: str, filters: Filters) -> None:
        while not done.is_set():
            was_gone = gone.is_set()
            try:
                hits = search(home, QUERIES[:1], mode=mode, filters=filters, k=50)[0].hits  # type: ignore[arg-type]
                names = {hit.external_id for hit in hits}
                if "d1" not in names:
                    wrong.append(("missed", mode))
                if was_gone and "d0" in names:
                    wrong.append(("deleted", mode))
                if len(names) != len(hits):
                    wrong.append(("twice", mode))
            except Exception as error:
                wrong.append(error)

    kinds = [("hybrid", Filters()), ("dense", Filters()), ("lexical", Filters(sources=frozenset({"Post"}))),
             ("hybrid", Filters(clearance=Label.OPEN))]  # fmt: skip
    asking = [threading.Thread(target=ask, args=one) for one in kinds]
    for one in asking:
        one.start()
    try:
        for turn in range(3):
            rows = [{"id": f"m{turn}-{i}", "text": f"Ships and a rig were seen, report {turn} {i}."} for i in range(20)]
            ingest(writer, [jsonl(*rows, name=f"{turn}.jsonl")])
            if turn == 1:
                delete(writer, external_id="d0")
                gone.set()
                writer.rebuild_index()
            time.sleep(0.2)
    finally:
        done.set()
        for one in asking:
            one.join()
    assert wrong == []
    fresh = opened(path)
    assert said(search(home, QUERIES, k=70)) == said(search(fresh, QUERIES, k=70))
    for each in (home, writer, fresh):
        each.close()
