"""A backup is one state of the database, whole, whatever is written meanwhile; a home made from it answers alike."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest
from sqlalchemy import select

from domain.errors import BusyError, InputError
from domain.label import Label
from index.store import schema as s
from service.backup import backup
from service.doctor import examine
from service.pipeline import ingest
from service.restore import restore
from service.search import Query, search
from service.wiring import Home, open_home
from tests.service.moving_rows import differences, dump

Jsonl = Callable[..., str]
ROOT = Path(__file__).resolve().parents[2]
WRITER = """
import sys
from pathlib import Path
from service.demo import corpus
from service.pipeline import ingest_documents
from service.wiring import open_home
home = open_home(Path(sys.argv[1]))
print("ready", flush=True)
for turn in range(100):
    for i, one in enumerate(corpus.documents()):
        from dataclasses import replace
        ingest_documents(home, [replace(one, external_id=f"{one.key}-{turn}", text=f"{one.text} Turn {turn}.")])
        print(i, flush=True)
"""


def answers(home: Home) -> list[list[tuple[object, ...]]]:
    questions = [Query(str(i), x) for i, x in enumerate(("oil rig", "tàu cá bị đâm chìm", "pétrole", "Hanoi"))]
    return [[(h.document_id, h.passage_id, round(h.score, 6)) for h in one.hits] for one in search(home, questions)]


@pytest.mark.parametrize("way", ["import", "copy"])
def test_a_home_restored_from_it_holds_and_answers_the_same(demo_home: Home, tmp_path: Path, way: str) -> None:
    made = backup(demo_home, tmp_path / "b.db")
    assert made.documents == 404
    assert (tmp_path / "b.db").stat().st_mode & 0o077 == 0
    if way == "copy":
        (tmp_path / "new").mkdir()
        shutil.copyfile(tmp_path / "b.db", tmp_path / "new" / "vedette.db")
    new = open_home(tmp_path / "new")
    if way == "import":
        assert restore(new, tmp_path / "b.db").whole
    but = ("audit", "changes")
    assert differences(dump(demo_home, but=but), dump(new, but=but)) == {}
    assert answers(new) == answers(demo_home)
    assert [f.detail for f in examine(new) if f.state == "broken"] == []
    with demo_home.read() as c:
        line = c.execute(select(s.audit).where(s.audit.c.action == "backup").order_by(s.audit.c.id.desc())).first()
    assert line is not None
    assert json.loads(line.detail)["sha256"] == made.sha256
    new.close()


def test_an_older_backup_put_back_meets_no_newer_index(home: Home, jsonl: Jsonl, tmp_path: Path) -> None:
    """The index beside it was made at the same sequence number, from other texts."""
    ingest(home, [jsonl({"id": "1", "text": "Salmon from Norway."})])
    answers(home)
    backup(home, tmp_path / "b.db")
    ingest(home, [jsonl({"id": "2", "text": "Rice from Vietnam."}, name="2.jsonl")])
    answers(home)
    home.close()
    for name in ("vedette.db", "vedette.db-wal", "vedette.db-shm"):
        (home.path / name).unlink(missing_ok=True)
    shutil.copyfile(tmp_path / "b.db", home.path / "vedette.db")
    again = open_home(home.path)
    ingest(again, [jsonl({"id": "3", "text": "Oil from Angola."}, name="3.jsonl")])
    again.close()
    last = open_home(home.path)
    assert [h.text for h in search(last, [Query("q", "petroleum")], mode="dense", k=1)[0].hits] == ["Oil from Angola."]
    assert [h.text for h in search(last, [Query("q", "Rice from Vietnam")])[0].hits if "Rice" in h.text] == []
    last.close()


def test_it_is_one_state_while_another_process_ingests(home: Home, tmp_path: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(home.path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert writer.stdout is not None
        while int(writer.stdout.readline().strip().replace("ready", "0") or 0) < 3:
            pass
        seen = []
        for i in range(5):
            made = backup(home, tmp_path / f"{i}.db")
            seen.append(made.documents)
            time.sleep(0.5)
        assert writer.poll() is None
    finally:
        writer.kill()
        writer.communicate()
    assert seen == sorted(seen)
    assert seen[-1] > seen[0]
    for i, n in enumerate(seen):
        c = sqlite.connect(str(tmp_path / f"{i}.db"))
        assert c.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert c.execute("PRAGMA foreign_key_check").fetchall() == []
        # Documents, versions and passages are stored in one transaction: no state has one without the others.
        assert c.execute("SELECT count(*) FROM documents d JOIN versions v ON v.document_id = d.id").fetchone() == (n,)
        bare = "SELECT count(*) FROM versions WHERE id NOT IN (SELECT version_id FROM passages)"
        assert c.execute(bare).fetchone() == (0,)
        missing = "SELECT count(*) FROM passages WHERE id NOT IN (SELECT passage_id FROM vectors)"
        assert c.execute(missing).fetchone() == (0,)
        assert c.execute("SELECT count(*) FROM passage_words").fetchone() == (
            c.execute("SELECT count(*) FROM passages").fetchone()[0],)  # fmt: skip
        c.close()


def test_a_backup_is_merged_into_a_home_that_holds_things(home: Home, jsonl: Jsonl, tmp_path: Path) -> None:
    ingest(home, [jsonl({"id": "1", "text": "Salmon from Norway."}, {"id": "2", "text": "Rice.", "label": "secret"})])
    backup(home, tmp_path / "b.db")
    before = (tmp_path / "b.db").read_bytes()
    new = open_home(tmp_path / "new")
    ingest(new, [jsonl({"id": "2", "text": "Rice."}, {"id": "3", "text": "Oil."}, name="3.jsonl")])
    restore(new, tmp_path / "b.db")
    with new.read() as c:
        held = dict(c.execute(select(s.documents.c.external_id, s.versions.c.label).join(s.versions)).all())
    assert held == {"1": 0, "2": Label.SECRET, "3": 0}
    assert (tmp_path / "b.db").read_bytes() == before
    new.close()


def test_it_never_overwrites_and_two_do_not_mix(home: Home, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "b.db.partial").write_text("my diary, and no database")
    for name in ("there", "link", "b.db"):
        with pytest.raises(InputError, match="is there already"):
            backup(home, tmp_path / name)
    assert (tmp_path / "b.db.partial").read_text().startswith("my diary")
    (tmp_path / "b.db.partial").unlink()
    code = (
        "import fcntl, os, sys, time; h = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)\n"
        "fcntl.flock(h, fcntl.LOCK_EX); print('held', flush=True); time.sleep(60)"
    )
    other = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "b.db.partial")], stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(BusyError):
            backup(home, tmp_path / "b.db")
    finally:
        other.kill()
        other.communicate()
    backup(home, tmp_path / "b.db")
    assert not (tmp_path / "b.db.partial").exists()


def test_a_killed_backup_has_no_name_and_the_next_one_works(demo_home: Home, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "interfaces", "backup", str(tmp_path / "b.db"), "--home", str(demo_home.path)]
    running = subprocess.Popen(command, cwd=ROOT)
    until = time.monotonic() + 60
    while not (tmp_path / "b.db.partial").exists() and time.monotonic() < until:
        time.sleep(0.001)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    assert not (tmp_path / "b.db").exists()
    assert backup(demo_home, tmp_path / "b.db").documents == 404


def test_what_is_no_backup_or_is_damaged_is_refused(demo_home: Home, tmp_path: Path) -> None:
    backup(demo_home, tmp_path / "b.db")
    whole = (tmp_path / "b.db").read_bytes()
    new = open_home(tmp_path / "new")
    page = 4096
    damaged = bytearray(whole)
    for start in range(20 * page, len(damaged) - page, 5 * page):
        damaged[start : start + 64] = b"\xff" * 64
    strange = sqlite.connect(str(tmp_path / "trigger.db"))
    strange.executescript("CREATE TABLE t(a); CREATE TRIGGER evil AFTER INSERT ON t BEGIN DELETE FROM t; END;")
    strange.close()
    plain = sqlite.connect(str(tmp_path / "plain.db"))
    plain.execute("CREATE TABLE t(a)")
    plain.close()
    (tmp_path / "short.db").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "damaged.db").write_bytes(damaged)
    (tmp_path / "text.db").write_text("nothing of the sort")
    (tmp_path / "empty.db").write_bytes(b"")
    for name in ("trigger", "plain", "short", "damaged", "text", "empty"):
        with pytest.raises(InputError, match=f"{name}.db"):
            restore(new, tmp_path / f"{name}.db")
    assert dump(new)["documents"] == []
    assert list(new.path.glob("import-*")) == []
    new.close()


def test_it_holds_nothing_that_was_deleted_before(home: Home, jsonl: Jsonl, tmp_path: Path) -> None:
    ingest(home, [jsonl({"id": "1", "text": "Countess Quillfeather of Zubrowka."}, {"id": "2", "text": "Rice."})])
    with home.write() as c:
        c.exec_driver_sql("DELETE FROM documents WHERE external_id = '1'")
        c.exec_driver_sql("DELETE FROM entities WHERE id NOT IN (SELECT entity_id FROM mentions)")
    backup(home, tmp_path / "b.db")
    assert b"Countess" not in (tmp_path / "b.db").read_bytes()


def test_the_reader_of_a_lower_clearance_cannot_take_a_backup(home: Home, tmp_path: Path) -> None:
    """A backup is of everything: it takes the clearance for everything."""
    settings = replace(home.settings, reader=replace(home.settings.reader, clearance=Label.OPEN))
    reader = open_home(home.path, settings=settings)
    with pytest.raises(InputError, match="clearance"):
        backup(reader, tmp_path / "b.db")
    reader.close()
