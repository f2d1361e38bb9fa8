"""What is purged or deleted is in no answer, and its words are in no file of the home."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text, update

from briefing.render import render
from domain.alert import Watchlist
from domain.errors import InputError
from domain.label import Label
from index.store import schema as s
from service import scan, watch
from service.brief import brief
from service.doctor import examine
from service.due import owed
from service.erase import clear_traces
from service.pipeline import ingest
from service.purge import Terms, plan, purge
from service.search import Query, delete, search
from service.wiring import Home, open_home
from tests.service.moving_rows import dump
from tests.service.test_scan import DYAD, START, burst, quiet

Jsonl = Callable[..., str]
ROOT = Path(__file__).resolve().parents[2]
WORDS = ("quillfeather", "zubrowka", "glimmerstone", "mothballed", "thistledown")
OLD = {"id": "old", "title": "Glimmerstone accord", "source": "Embassy channel", "published": "2014-03-02",
       "text": "Countess Quillfeather of Zubrowka met Vietnam in Hanoi. The Mothballed fleet of Zubrowka stayed.",
       "url": "https://wire.example/thistledown"}  # fmt: skip
NEW = {"id": "new", "title": "Rice", "source": "Wire", "published": "2014-06-02",
       "text": "Vietnam sold two million tonnes of rice to the Philippines under an agreement signed in Hanoi. "
               "The ministry of agriculture said that the harvest was the best in ten years."}  # fmt: skip


def found_in(home: Home, words: tuple[str, ...] = WORDS) -> dict[str, list[str]]:
    """By file, the words whose bytes stand in it; and by the word index's own account of its terms."""
    found: dict[str, list[str]] = {}
    for path in sorted(home.path.rglob("*")):
        if path.is_file():
            data = path.read_bytes().lower()
            if held := [word for word in words if word.encode() in data]:
                found[str(path.relative_to(home.path))] = held
    with home.read() as c:
        c.execute(text("CREATE VIRTUAL TABLE IF NOT EXISTS temp.terms USING fts5vocab('main', 'passage_words', 'row')"))
        terms = set(c.scalars(text("SELECT term FROM temp.terms")))
        if held := [word for word in words if word in terms]:
            found["terms"] = held
    return found


@pytest.fixture
def filled(home: Home, jsonl: Jsonl) -> Home:
    """A home in which an old document has left traces everywhere that something can."""
    others = (
        {**NEW, "id": f"n{i}", "text": f"Oil report {i} of Angola.", "published": "2014-05-12"} for i in range(40)
    )
    ingest(home, [jsonl(OLD, NEW, *others)])
    watch.add(home, Watchlist(name="rice", words=("harvest", "fleet")))
    evidence_of(home, "old", "new")
    folder = home.path / "briefings"
    folder.mkdir()
    for name, since in (("old", date(2014, 3, 1)), ("new", date(2014, 6, 1))):
        made = brief(home, since=since, until=since + timedelta(days=7))
        assert made.citations, name
        for form, suffix in (("html", "html"), ("md", "md"), ("json", "json")):
            (folder / f"{name}.{suffix}").write_text(render(made, format=form), "utf-8")
    moment = datetime(2014, 3, 2, tzinfo=UTC)
    with home.write() as c:
        item = c.scalar(select(s.documents.c.item).where(s.documents.c.external_id == "old"))
        c.execute(insert(s.failures).values(item=item, stage="parse", error="near Quillfeather", source="x", origin="x",
                                            options={}, first_at=moment, last_at=moment, tries=1))  # fmt: skip
        c.execute(insert(s.gkg).values(
            id="g", at=moment, known=moment, outlet="x", identifier="x", url="https://wire.example/thistledown",
            title="Glimmerstone accord", themes=[], persons=["Quillfeather"], organisations=[], places=[],
            quotations=[], label=0))  # fmt: skip
    home.rebuild_index()
    return home


def evidence_of(home: Home, *names: str, state: str = "open") -> None:
    """An alert with these documents as evidence, delivered."""
    with home.write() as c:
        body = {"title": "Vietnam: 2 reports", "observed": 2, "expected": 0.1, "peak": 2, "signals": [], "health": []}
        c.execute(insert(s.alerts).values(id="a1", series="country:VN", opened=date(2014, 3, 2), last=date(2014, 3, 2),
                                          state=state, score=3.0, label=0, body=body))  # fmt: skip
        p, v, d = s.passages.c, s.versions.c, s.documents.c
        for rank, name in enumerate(names):
            row = c.execute(
                select(d.id, p.id.label("passage")).select_from(s.passages.join(s.versions).join(s.documents))
                .where(d.external_id == name, v.superseded.is_(None))
            ).first()  # fmt: skip
            assert row is not None
            c.execute(insert(s.alert_documents).values(alert_id="a1", document_id=row.id, passage_id=row.passage,
                                                       rank=rank))  # fmt: skip
        c.execute(insert(s.outgoing).values(
            key="alert/a1/all/log", kind="alert", alert_id="a1", desk="all", channel="log", body={}, label=0,
            created=datetime(2014, 3, 2, tzinfo=UTC)))  # fmt: skip
    assert scan.deliver(home) == 1


def test_the_traces_are_there_to_begin_with(filled: Home) -> None:
    found = found_in(filled)
    assert set(found.get("vedette.db", [])) | set(found.get("vedette.db-wal", [])) == set(WORDS)
    assert set(found["terms"]) >= {"quillfeather", "zubrowka", "mothballed", "glimmerstone"}
    assert "alerts.jsonl" in found
    assert {"briefings/old.html", "briefings/old.json", "briefings/old.md"} <= set(found)
    assert not any("new" in name for name in found)


@pytest.mark.parametrize("way", ["purge", "delete"])
def test_nothing_of_what_is_removed_is_left_in_any_file(filled: Home, way: str) -> None:
    if way == "purge":
        going, done = purge(filled, Terms(before=date(2014, 5, 1)))
        assert (len(going.documents), done.documents, done.complete) == (1, 1, True)
        assert (done.failures, done.articles, done.lines, done.briefings) == (1, 1, 1, 3)
    else:
        delete(filled, external_id="old")
    assert found_in(filled) == {}
    with filled.read() as c:
        names = c.scalars(select(s.entities.c.name)).all()
        assert not any(word in name.lower() for name in names for word in WORDS)
        assert {n.lower() for n in names} & {"vietnam"}
        assert not owed(c, "erasure")
        assert c.scalar(select(func.count()).select_from(s.documents)) == 41
    # What stays is whole: answers, the other briefing, the alert with its other document.
    assert [h.title for h in search(filled, [Query("q", "rice harvest")], k=1)[0].hits] == ["Rice"]
    assert search(filled, [Query("q", "Zubrowka Quillfeather")], mode="lexical")[0].hits == ()
    assert sorted(p.name for p in (filled.path / "briefings").iterdir()) == ["new.html", "new.json", "new.md"]
    assert [e.title for e in scan.listed(filled)[0].evidence] == ["Rice"]
    line = json.loads((filled.path / "alerts.jsonl").read_text("utf-8"))
    assert [e["title"] for e in line["evidence"]] == ["Rice"]
    assert scan.deliver(filled) == 0
    assert [f.what for f in examine(filled) if f.state == "broken"] == []


def test_another_process_finds_it_gone_at_once(filled: Home) -> None:
    other = open_home(filled.path)
    assert search(other, [Query("q", "Zubrowka")], mode="lexical")[0].hits != ()
    delete(filled, external_id="old")
    assert search(other, [Query("q", "Zubrowka")], mode="lexical")[0].hits == ()
    assert "old" not in {h.external_id for h in search(other, [Query("q", "Countess of Zubrowka")])[0].hits}
    other.close()


def test_a_dry_run_changes_nothing_and_says_what_would_go(filled: Home) -> None:
    before = dump(filled)
    going = plan(filled, Terms(before=date(2014, 5, 1)))
    assert dump(filled) == before
    assert going.plain() | {"oldest": None, "newest": None} == {
        "documents": 1, "copies": 0, "kept_as_evidence": 0, "by_source": {"Embassy channel": 1}, "oldest": None,
        "newest": None,
    }  # fmt: skip


def test_what_stands_behind_an_open_alert_can_be_kept(filled: Home) -> None:
    going, _ = purge(filled, Terms(before=date(2014, 5, 1), keep_evidence=True))
    assert (len(going.documents), len(going.kept)) == (0, 1)
    assert "terms" in found_in(filled)
    with filled.write() as c:
        c.execute(update(s.alerts).values(state="closed"))
    going, _ = purge(filled, Terms(before=date(2014, 5, 1), keep_evidence=True))
    assert (len(going.documents), len(going.kept)) == (1, 0)
    assert found_in(filled) == {}


def test_the_newest_publication_counts_and_the_terms_confine(home: Home, jsonl: Jsonl) -> None:
    rows = [
        {"id": "a", "text": "Salmon from Norway.", "source": "Wire", "published": "2014-03-01"},
        {"id": "b", "text": "Rice from Laos.", "source": "Courier", "published": "2014-03-02"},
        {"id": "c", "text": "Oil from Angola.", "source": "Courier", "published": "2014-03-03", "label": "secret"},
        {"id": "e", "text": "Tea from Kenya.", "source": "Courier", "published": "2014-03-31"},
    ]  # fmt: skip
    ingest(home, [jsonl(*rows)])
    ingest(home, [jsonl({**rows[0], "text": "Salmon from Norway, again.", "published": "2014-07-01"}, name="2.jsonl")])

    def going(home: Home = home, **terms: Any) -> set[str]:
        ids = plan(home, Terms(**{"before": date(2014, 3, 31), **terms})).documents
        with home.read() as c:
            d = s.documents.c
            return set(c.scalars(select(d.external_id).where(d.id.in_(ids))))

    assert going() == {"b", "c"}
    assert going(before=date(2014, 4, 1)) == {"b", "c", "e"}
    assert going(before=date(2014, 7, 2)) == {"a", "b", "c", "e"}
    assert going(source="Courier", before=date(2014, 7, 2)) == {"b", "c", "e"}
    assert going(label=Label.SECRET) == {"c"}
    assert going(label=Label.OPEN) == {"b"}
    with pytest.raises(InputError, match="no source"):
        going(source="Nobody")
    reader = open_home(home.path, settings=replace(home.settings, reader=replace(home.settings.reader,
                       clearance=Label.RESTRICTED)))  # fmt: skip
    assert going(reader) == {"b"}
    purge(reader, Terms(before=date(2015, 1, 1)))
    with home.read() as c:
        assert set(c.scalars(select(s.documents.c.external_id))) == {"c"}
    reader.close()


def test_a_text_that_others_carry_stays_theirs(home: Home, jsonl: Jsonl) -> None:
    """The same words from two outlets are held once; purging one outlet must not take them from the other."""
    same = {"title": "Accord", "text": "Countess Quillfeather of Zubrowka signed the Glimmerstone accord in Hanoi."}
    ingest(home, [jsonl({"id": "1", "source": "Wire", "published": "2014-03-02", **same},
                        {"id": "2", "source": "Echo", "published": "2014-03-03", **same})])  # fmt: skip
    purge(home, Terms(before=date(2014, 5, 1), source="Wire"))
    hits = search(home, [Query("q", "Zubrowka")])[0].hits
    assert [(h.source, h.title) for h in hits] == [("Echo", "Accord")]
    assert plan(home, Terms(before=date(2014, 5, 1), source="Wire")).documents == ()
    purge(home, Terms(before=date(2014, 5, 1)))
    assert found_in(home) == {}
    with home.read() as c:
        assert c.scalar(select(func.count()).select_from(s.carried)) == 0
        assert c.scalar(select(func.count()).select_from(s.sightings)) == 0


def test_the_audit_keeps_who_went_and_nothing_of_what_they_said(filled: Home) -> None:
    going, _ = purge(filled, Terms(before=date(2014, 5, 1)))
    with filled.read() as c:
        lines = c.execute(select(s.audit.c.action, s.audit.c.subject, s.audit.c.detail).order_by(s.audit.c.id)).all()
    assert [(r.action, r.subject) for r in lines][-2:] == [
        ("delete", going.documents[0]), ("purge", "before 2014-05-01"),
    ]  # fmt: skip
    assert json.loads(lines[-1].detail) == {
        "before": "2014-05-01", "source": None, "label": None, "keep_evidence": False, "documents": 1, "copies": 0,
        "passages": 1, "kept_as_evidence": 0,
    }  # fmt: skip


def test_a_reader_of_an_older_state_leaves_it_owed_and_the_next_purge_pays(
    filled: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.upkeep.PATIENCE_MS", 200)
    reader = open_home(filled.path)
    with reader.read() as c:
        c.execute(select(s.documents.c.id)).all()
        _, done = purge(filled, Terms(before=date(2014, 5, 1)))
        assert not done.complete
    with filled.read() as c:
        assert owed(c, "erasure")
    going, done = purge(filled, Terms(before=date(2014, 5, 1)))
    assert (going.documents, done.complete) == ((), True)
    assert found_in(filled) == {}
    reader.close()


def test_alerts_of_real_scans_lose_what_was_purged(home: Home, jsonl: Jsonl) -> None:
    day = START + timedelta(days=41)
    ingest(home, [jsonl(*quiet(45), *burst(day, 8), *burst(day + timedelta(days=1), 6))])
    scan.scan(home, as_of=day + timedelta(days=3))
    alert = next(a for a in scan.listed(home) if a.key == DYAD)
    assert "islets" in (home.path / "alerts.jsonl").read_text("utf-8")
    purge(home, Terms(before=day + timedelta(days=1)))
    kept = next(a for a in scan.listed(home) if a.id == alert.id)
    assert kept.observed == alert.observed
    assert {e.published.date() for e in kept.evidence if e.published} == {day + timedelta(days=1)}
    assert f"of {day}" not in (home.path / "alerts.jsonl").read_text("utf-8")


@pytest.mark.slow
def test_a_killed_purge_run_again_leaves_nothing(demo_home: Home, tmp_path: Path) -> None:
    demo_home.close()
    start = shutil.copytree(demo_home.path, tmp_path / "start")
    rng = random.Random(3)
    command = [sys.executable, "-m", "interfaces", "purge", "--before", "2014-05-20", "--yes", "--json", "--home"]
    calm = shutil.copytree(start, tmp_path / "calm")
    begun = time.monotonic()
    subprocess.run([*command, str(calm)], cwd=ROOT, check=True, capture_output=True)
    usual = time.monotonic() - begun
    one = open_home(calm)
    states = ("documents", "versions", "passages", "mentions", "entities", "vectors", "version_series", "alerts",
              "alert_documents", "sources", "meta")  # fmt: skip
    wanted = {name: rows for name, rows in dump(one).items() if name in states and name != "sources"}
    with one.read() as c:
        words = tuple(sorted(_words(c))[:400])
    cut = 0
    for turn in range(3):
        killed = shutil.copytree(start, tmp_path / f"killed-{turn}")
        running = subprocess.Popen([*command, str(killed)], cwd=ROOT, stdout=subprocess.DEVNULL)
        time.sleep(usual * rng.uniform(0.4, 0.95))
        os.kill(running.pid, signal.SIGKILL)
        cut += running.wait() == -signal.SIGKILL
        subprocess.run([*command, str(killed)], cwd=ROOT, check=True, capture_output=True)
        other = open_home(killed)
        assert {name: rows for name, rows in dump(other).items() if name in wanted} == wanted
        with other.read() as c:
            assert not owed(c, "erasure")
            assert _words(c) == _words_of(one)
        other.close()
        shutil.rmtree(killed)
    assert cut
    assert words
    one.close()


def _words(c: Any) -> set[str]:
    c.execute(text("CREATE VIRTUAL TABLE IF NOT EXISTS temp.terms USING fts5vocab('main', 'passage_words', 'row')"))
    return set(c.scalars(text("SELECT term FROM temp.terms")))


def _words_of(home: Home) -> set[str]:
    with home.read() as c:
        return _words(c)


def test_nothing_owed_costs_nothing(home: Home) -> None:
    before = (home.path / "vedette.db").stat().st_mtime_ns
    done = clear_traces(home)
    assert done.complete
    assert (home.path / "vedette.db").stat().st_mtime_ns == before
