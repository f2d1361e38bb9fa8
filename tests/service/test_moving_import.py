"""An import: an empty home becomes what was exported, another is merged with it, a hostile one is refused whole."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from domain.alert import Watchlist
from domain.errors import InputError
from domain.event import Event
from domain.label import Label
from index.store import events as event_store
from index.store import schema as s
from service import scan, watch
from service.export import export
from service.pipeline import ingest
from service.reading import Options
from service.restore import restore
from service.search import Query, search, show
from service.wiring import Home, open_home
from tests.service.moving_rows import differences, dump, fill_empty_tables

Jsonl = Callable[..., str]
ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = tuple(Query(str(i), text) for i, text in enumerate((
    "tàu cá bị đâm chìm", "oil rig towed away", "plate-forme pétrolière", "нефтяная платформа", "钻井平台", "Hanoi",
)))  # fmt: skip


def answers(home: Home) -> list[list[tuple[Any, ...]]]:
    return [[(h.document_id, h.title, h.text, round(h.score, 5), h.label) for h in one.hits]
            for one in search(home, QUESTIONS)]  # fmt: skip


@pytest.fixture
def new(tmp_path: Path) -> Iterator[Home]:
    made = open_home(tmp_path / "new")
    yield made
    made.close()


@pytest.mark.parametrize("encoding", ["jsonl", "parquet"])
def test_an_empty_home_becomes_what_was_exported(demo_home: Home, new: Home, tmp_path: Path, encoding: str) -> None:
    export(demo_home, tmp_path / "out", encoding=encoding)
    done = restore(new, tmp_path / "out")
    assert done.whole
    held = dump(demo_home, but=("audit", "changes"))
    assert differences(held, dump(new, but=("audit", "changes"))) == {}
    assert answers(new) == answers(demo_home)
    assert scan.listed(new) == scan.listed(demo_home)
    assert scan.listed(new, as_of=date(2014, 5, 10)) == scan.listed(demo_home, as_of=date(2014, 5, 10))
    record = "alerts.jsonl"
    assert (new.path / record).read_bytes() == (demo_home.path / record).read_bytes()
    with new.read() as c:
        assert c.execute(select(s.audit.c.action).order_by(s.audit.c.id.desc())).scalars().first() == "import"
    # What follows goes on as it would have there: nothing is raised or delivered twice.
    assert scan.scan(new, as_of=date(2014, 7, 31)) == []
    assert (new.path / record).read_bytes() == (demo_home.path / record).read_bytes()


def test_a_second_import_changes_nothing(home: Home, new: Home, jsonl: Jsonl, tmp_path: Path) -> None:
    ingest(home, [jsonl(*paper(1, 4), *paper(1, 3, text="Another text about the Mekong {i}."),
                        {**paper(3, 4)[0], "id": "twin", "source": "Echo"})])  # fmt: skip
    watch.add(home, Watchlist(name="rig", words=("Mekong",)))
    fill_empty_tables(home)
    export(home, tmp_path / "out")
    restore(new, tmp_path / "out")
    before = dump(new, but=("audit",))
    done = restore(new, tmp_path / "out")
    assert not done.whole
    assert done.added == dict.fromkeys(done.added, 0)
    assert differences(before, dump(new, but=("audit",))) == {}
    # Numbers that were given and taken back are not given again: marks name them.
    with home.write() as c:
        c.exec_driver_sql("UPDATE sqlite_sequence SET seq = 900 WHERE name = 'passages'")
    export(home, tmp_path / "later")
    other = open_home(tmp_path / "other")
    restore(other, tmp_path / "later")
    ingest(other, [jsonl({"id": "x", "text": "Something new from Peru."})])
    assert max(row[0] for row in dump(other)["passages"]) == 901
    other.close()


def paper(
    first: int, last: int, *, text: str = "China and Vietnam spoke of fishing, round {i}.", **more: Any
) -> list[Any]:
    return [{"id": f"p{i}", "title": f"Paper {i}", "text": text.format(i=i), "source": "Wire",
             "published": f"2014-05-{i + 1:02}", **more} for i in range(first, last)]  # fmt: skip


def state(home: Home) -> dict[str, Any]:
    """What is held, whatever numbers it has."""
    with home.read() as c:
        d, v, p, k, x = s.documents.c, s.versions.c, s.passages.c, s.carried.c, s.vectors.c
        versions = c.execute(
            select(v.document_id, v.n, v.content_hash, v.published, v.at, v.known, v.superseded, v.label, v.lang)
            .order_by(v.document_id, v.n)
        ).all()  # fmt: skip
        passages = c.execute(
            select(v.document_id, v.n, p.n, p.text, p.words, x.encoder, x.vector, x.parts)
            .select_from(s.passages.join(s.versions).join(s.vectors, x.passage_id == p.id))
            .order_by(v.document_id, v.n, p.n)
        ).all()  # fmt: skip
        named = c.execute(
            select(v.document_id, v.n, s.mentions.c.entity_id, s.mentions.c.start, s.mentions.c.surface)
            .select_from(s.mentions.join(s.versions)).order_by(*range_of(5))
        ).all()  # fmt: skip
        counted = c.execute(
            select(v.document_id, v.n, s.version_series.c.series)
            .select_from(s.version_series.join(s.versions)).order_by(*range_of(3))
        ).all()  # fmt: skip
        countries = c.execute(
            select(v.document_id, v.n, s.version_countries.c.country, s.version_countries.c.mentions)
            .select_from(s.version_countries.join(s.versions)).order_by(*range_of(4))
        ).all()  # fmt: skip
        copies = c.execute(select(k.document_id, k.copy_id, k.known, k.superseded, k.label).order_by(k.copy_id)).all()
        documents = c.execute(select(d.id, d.key, d.external_id, d.url, d.first_known).order_by(d.id)).all()
    return {"documents": documents, "versions": versions, "passages": passages, "mentions": named, "series": counted,
            "countries": countries, "copies": copies}  # fmt: skip


def range_of(n: int) -> list[Any]:
    from sqlalchemy import text

    return [text(str(i + 1)) for i in range(n)]


def test_two_homes_are_merged_as_if_all_had_been_read_in_one(
    home: Home, new: Home, jsonl: Jsonl, tmp_path: Path
) -> None:
    """What both hold, what one has changed, what the other says under another name, and what only one has."""
    ours = [*paper(1, 5), {**paper(7, 8)[0], "source": "Courier"}]
    theirs = [*paper(3, 7),
              {**paper(2, 3)[0], "text": "They spoke of rice instead in Hanoi.", "published": "2014-05-20"},
              {**paper(1, 2)[0], "id": "twin", "source": "Echo", "published": "2014-05-10"}]  # fmt: skip
    one, other = jsonl(*ours, name="ours.jsonl"), jsonl(*theirs, name="theirs.jsonl")
    both = open_home(tmp_path / "both")
    ingest(new, [one])
    ingest(home, [other])
    export(home, tmp_path / "out")
    done = restore(new, tmp_path / "out")
    assert not done.whole
    for path in (one, other):
        ingest(both, [path])
    merged, read = state(new), state(both)
    for what in read:
        assert merged[what] == read[what], what
    assert sorted(map(sorted, answers(new))) == sorted(map(sorted, answers(both)))
    assert search(new, [Query("q", "rice in Hanoi")])[0].hits[0].title == "Paper 2"
    before = dump(new, but=("audit",))
    restore(new, tmp_path / "out")
    assert differences(before, dump(new, but=("audit",))) == {}
    both.close()


def test_labels_never_fall_whichever_side_is_stricter(home: Home, new: Home, jsonl: Jsonl, tmp_path: Path) -> None:
    ingest(home, [jsonl(*paper(1, 2, label="secret"), *paper(2, 3), name="a.jsonl")])
    ingest(new, [jsonl(*paper(1, 2), *paper(2, 3), name="b.jsonl")])
    ingest(new, [jsonl(*paper(2, 3), name="c.jsonl")], options=Options(label=Label.CONFIDENTIAL))
    two = show(home, "p2").id
    event = Event(day=date(2014, 5, 3), known=datetime(2014, 5, 3, tzinfo=UTC), source_actor="a", target_actor="b",
                  source_country="CN", target_country="VN", cameo="036", goldstein=4.0, origin="t",
                  document_id=two)  # fmt: skip
    with home.write() as c:
        event_store.save_events(c, [event])
    export(home, tmp_path / "out")
    restore(new, tmp_path / "out")
    with new.read() as c:
        labels = dict(c.execute(select(s.documents.c.external_id, s.versions.c.label).join(s.versions)).all())
        assert c.scalar(select(s.events.c.label)) == Label.CONFIDENTIAL
    assert labels == {"p1": Label.SECRET, "p2": Label.CONFIDENTIAL}


def test_what_a_watchlist_here_looks_for_is_found_in_what_comes_in(
    home: Home, new: Home, jsonl: Jsonl, tmp_path: Path
) -> None:
    ingest(home, [jsonl(*paper(1, 2, text="Salmon from Norway."), name="a.jsonl")])
    watch.add(home, Watchlist(name="theirs", words=("herring",)))
    ingest(new, [jsonl(*paper(2, 3, text="Herring and rice."), name="b.jsonl")])
    watch.add(new, Watchlist(name="ours", words=("salmon",)))
    export(home, tmp_path / "out")
    restore(new, tmp_path / "out")
    with new.read() as c:
        m = s.watchlist_matches.c
        found = c.execute(select(m.name, s.versions.c.title).join(s.versions).order_by(m.name)).all()
    assert found == [("ours", "Paper 1"), ("theirs", "Paper 2")]


# --- damaged and hostile


@pytest.fixture
def exported(home: Home, jsonl: Jsonl, tmp_path: Path) -> Path:
    ingest(home, [jsonl(*paper(1, 4))])
    watch.add(home, Watchlist(name="rig", words=("fishing",)))
    fill_empty_tables(home)
    export(home, tmp_path / "out")
    return tmp_path / "out"


def refuse(new: Home, folder: Path, *, match: str) -> None:
    before = dump(new)
    with pytest.raises(InputError) as caught:
        print(folder, restore(new, folder))
    assert match in str(caught.value), str(caught.value)
    assert dump(new) == before
    assert [path.name for path in new.path.glob("import-*")] == []


def test_a_changed_cut_or_missing_file_is_refused_by_name(new: Home, exported: Path) -> None:
    path = exported / "passages.jsonl"
    whole = path.read_bytes()
    middle = len(whole) // 2
    for bad in (whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :], whole[:-20], whole + b"{}\n", b""):
        path.write_bytes(bad)
        refuse(new, exported, match="passages.jsonl")
    path.unlink()
    refuse(new, exported, match="passages.jsonl")
    path.symlink_to("/etc/hostname")
    refuse(new, exported, match="passages.jsonl")
    path.unlink()
    os.mkfifo(path)
    refuse(new, exported, match="passages.jsonl")
    path.unlink()
    path.write_bytes(whole)
    manifest = json.loads((exported / "manifest.json").read_text("utf-8"))
    for name, change in {
        "revision": "9999", "format": 2, "encoding": "csv",
        "files": {"../../etc/passwd": {"rows": 1, "bytes": 1, "sha256": ""}},
        "clearance": "ultra", "sequences": {"passages": -1}, "made": "yesterday",
    }.items():  # fmt: skip
        (exported / "manifest.json").write_text(json.dumps(manifest | {name: change}), "utf-8")
        refuse(new, exported, match="manifest.json")
    for body in (b"[]", b"nothing", b"[" * 100_000, b""):
        (exported / "manifest.json").write_bytes(body)
        refuse(new, exported, match="manifest.json")
    (exported / "manifest.json").unlink()
    refuse(new, exported, match="no export, or one that was broken off")
    refuse(new, exported / "nowhere", match="no such export")


def forge(folder: Path, table: str, change: Callable[[list[Any]], None]) -> None:
    """Change a table's rows and make the manifest fit."""
    path = folder / f"{table}.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    change(rows)
    rewrite(folder, table, b"".join(json.dumps(row).encode() + b"\n" for row in rows), rows=len(rows))


def rewrite(folder: Path, table: str, data: bytes, *, rows: int) -> None:
    (folder / f"{table}.jsonl").write_bytes(data)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["files"][f"{table}.jsonl"] = {"rows": rows, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")


def _set(**values: Any) -> Callable[[list[Any]], None]:
    return lambda rows: rows[0].update(values)


NAN = base64.b64encode(np.full(512, np.nan, "<f2").tobytes()).decode()
LONG = base64.b64encode(np.full(512, 9.0, "<f2").tobytes()).decode()
FORGED: list[tuple[str, Callable[[list[Any]], None]]] = [
    ("documents", _set(id="d" + "0" * 20)), ("documents", _set(source_id=99)), ("documents", _set(kind="virus")),
    ("documents", _set(url="javascript:alert(1)")), ("documents", _set(key="another")),
    ("documents", lambda rows: rows.append(rows[0])),
    ("versions", _set(text="other words")), ("versions", _set(label="ultra")), ("versions", _set(label=9)),
    ("versions", _set(known="2014-05-03")), ("versions", _set(known="never")), ("versions", _set(n=0)),
    ("versions", _set(id="1")), ("versions", _set(id=-1)), ("versions", _set(id=2**70)), ("versions", _set(title=None)),
    ("versions", _set(sentences=[[0, 10**9]])), ("versions", _set(sentences=7)), ("versions", _set(meta=[])),
    ("versions", _set(meta={"a": {"b": 1}})), ("versions", _set(superseded="1999-01-01T00:00:00Z")),
    ("versions", _set(nonsense=1)), ("versions", _set(known_basis="rumour")), ("versions", lambda rows: rows.clear()),
    ("versions", lambda rows: rows.append("text")),
    ("passages", _set(text="made up")), ("passages", _set(start=-1)), ("passages", _set(version_id=99)),
    ("passages", _set(end=2.5)), ("passages", lambda rows: rows.append(dict(rows[0]))),
    ("mentions", _set(surface="Atlantis")), ("mentions", _set(entity_id="iso:XX")), ("mentions", _set(start=True)),
    ("entities", _set(kind="wizard")), ("vectors", _set(vector=NAN)), ("vectors", _set(vector=LONG)),
    ("vectors", _set(vector="AAA")), ("vectors", _set(vector="AAAA")), ("vectors", _set(passage_id=99)),
    ("alerts", _set(series="everything")), ("alerts", _set(body={})), ("alerts", _set(state="odd")),
    ("alert_documents", _set(passage_id=99)), ("alert_documents", _set(document_id="d0")),
    ("watchlists", _set(definition={"name": "other"})), ("watchlists", _set(definition={"name": "rig", "evil": 1})),
    ("mutes", _set(series="x")), ("events", _set(facts=[1])), ("events", _set(goldstein="much")),
    ("sources", _set(settings=[])), ("sources", _set(name=5)), ("readings", _set(source_id=99)),
    ("failures", _set(tries="many")),
]  # fmt: skip


@pytest.mark.parametrize("into", ["empty", "filled"])
def test_rows_that_no_ingest_would_have_made_are_refused_by_file(
    new: Home, exported: Path, jsonl: Jsonl, tmp_path: Path, into: str
) -> None:
    if into == "filled":
        ingest(new, [jsonl(*paper(2, 6), name="held.jsonl")])
    for i, (table, change) in enumerate(FORGED):
        copy = shutil.copytree(exported, tmp_path / f"forged-{i}")
        forge(copy, table, change)
        refuse(new, copy, match=f"forged-{i}")
        shutil.rmtree(copy)
    for i, line in enumerate((b'{"id":1', b"\xff\xfe{}", b"[" * 200_000, b"null", b'"\\ud800"', b"NaN")):
        copy = shutil.copytree(exported, tmp_path / f"line-{i}")
        rewrite(copy, "versions", line + b"\n", rows=1)
        refuse(new, copy, match="versions.jsonl:1")
    rewrite(exported, "versions", b"", rows=3)
    refuse(new, exported, match="versions.jsonl")


def test_markup_that_comes_in_is_made_harmless(new: Home, exported: Path) -> None:
    evil = "<p>Hello <b>there</b><script>alert(1)</script><img src=x onerror=alert(2)><a href='javascript:1'>x</a></p>"
    forge(exported, "versions", _set(html=evil))
    restore(new, exported)
    with new.read() as c:
        stored = c.scalar(select(s.versions.c.html).where(s.versions.c.html.is_not(None))) or ""
    assert "Hello" in stored
    for word in ("script", "onerror", "javascript", "<img"):
        assert word not in stored


def test_damaged_parquet_is_refused_by_file(new: Home, home: Home, jsonl: Jsonl, tmp_path: Path) -> None:
    ingest(home, [jsonl(*paper(1, 3))])
    export(home, tmp_path / "out", encoding="parquet")
    path = tmp_path / "out" / "versions.parquet"
    rng = random.Random(5)
    whole = path.read_bytes()
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    for _ in range(12):
        data = bytearray(whole)
        for _ in range(20):
            data[rng.randrange(4, len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        manifest["files"]["versions.parquet"] |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        (tmp_path / "out" / "manifest.json").write_text(json.dumps(manifest), "utf-8")
        before = dump(new)
        try:
            restore(new, tmp_path / "out")
        except InputError as error:
            assert "out" in error.item  # noqa: PT017
            assert dump(new) == before
        else:  # the bits that were changed said nothing
            break


def test_older_exports_have_what_columns_were_without(new: Home, exported: Path) -> None:
    def older(rows: list[Any]) -> None:
        for row in rows:
            row.pop("html")
            row.pop("superseded")

    forge(exported, "versions", older)
    forge(exported, "sources", lambda rows: [row.pop("settings") for row in rows] and None)
    restore(new, exported)
    assert [row.settings for row in _all(new, s.sources)] == [{}] * len(dump(new)["sources"])


def _all(home: Home, table: Any) -> list[Any]:
    with home.read() as c:
        return list(c.execute(select(table)))


# --- killed


@pytest.mark.slow
@pytest.mark.parametrize("into", ["empty", "filled"])
def test_a_killed_import_run_again_leaves_what_an_uninterrupted_one_leaves(
    demo_home: Home, tmp_path: Path, jsonl: Jsonl, into: str
) -> None:
    export(demo_home, tmp_path / "out")
    held = jsonl(*paper(1, 30), name="held.jsonl")

    def begun(name: str) -> Path:
        home = open_home(tmp_path / name)
        if into == "filled":
            ingest(home, [held])
        home.close()
        return home.path

    def command(path: Path) -> list[str]:
        return [sys.executable, "-m", "interfaces", "import", str(tmp_path / "out"), "--home", str(path)]

    calm = begun("calm")
    started = time.monotonic()
    subprocess.run(command(calm), cwd=ROOT, check=True, capture_output=True)
    usual = time.monotonic() - started
    killed = shutil.copytree(begun("start"), tmp_path / "killed")
    rng = random.Random(11)
    cut = 0
    for _ in range(4):
        running = subprocess.Popen(command(killed), cwd=ROOT, stdout=subprocess.DEVNULL)
        time.sleep(usual * rng.uniform(0.3, 0.95))
        running.send_signal(signal.SIGKILL)
        cut += running.wait() == -signal.SIGKILL
    subprocess.run(command(killed), cwd=ROOT, check=True, capture_output=True)
    assert cut
    one, other = open_home(calm), open_home(killed)
    assert differences(dump(one, but=("audit", "sources")), dump(other, but=("audit", "sources"))) == {}
    assert answers(one) == answers(other)
    assert list(killed.glob("import-*")) == []
    one.close()
    other.close()


def test_a_reader_sees_the_old_state_or_the_new_one_while_an_import_runs(
    home: Home, new: Home, exported: Path, jsonl: Jsonl
) -> None:
    ingest(new, [jsonl(*paper(8, 9), name="held.jsonl")])
    reader = open_home(new.path, settings=replace(new.settings))
    with reader.read() as c:
        before = c.execute(select(s.documents.c.id)).all()
        restore(new, exported)
        assert c.execute(select(s.documents.c.id)).all() == before
    assert len(dump(reader)["documents"]) == 4
    reader.close()
