"""The watch: it reads what is due, survives what goes wrong, stops cleanly, resumes, and is alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from domain.errors import BusyError, StoreError
from domain.source import Source
from domain.time import now
from index.store import documents as docs
from index.store import schema as s
from index.store import sources
from index.store.schema import AnyRow
from service import scheduler
from service.config import load
from service.doctor import examine
from service.scheduler import heartbeat, once, only_one, watch
from service.wiring import Home, open_home
from tests.fakes.site import Answer, Site, long_text, rss, site

FEED = "/feed.rss"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    plain = load(tmp_path / "home", environ={})
    made = open_home(tmp_path / "home", settings=replace(
        plain, ingest=replace(plain.ingest, allow_hosts=("127.0.0.1",)),
        models=replace(plain.models, recognisers=False),
        watch=replace(plain.watch, least_minutes=0.01, first_minutes=0.01, most_hours=0.01, scan_minutes=0.0),
    ))  # fmt: skip
    yield made
    made.close()


@pytest.fixture
def web() -> Iterator[Site]:
    with site() as made:
        yield made


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "TICK", 0.1)
    monkeypatch.setattr(scheduler, "BEAT", 0.3)


def follow(home: Home, name: str, url: str) -> int:
    with home.write() as c:
        return sources.follow(c, Source(name=name, kind="feed", url=url), at=now())


def row(home: Home, name: str) -> AnyRow:
    with home.read() as c:
        return next(r for r in sources.listed(c) if r.name == name)


def held(home: Home) -> int:
    with home.read() as c:
        return docs.counts(c)["documents"]


def until(what: Callable[[], bool], *, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come to that in time"
        time.sleep(0.05)


class Running:
    """A watch in a thread of its own, on a home of its own opening."""

    def __init__(self, home: Home) -> None:
        self.home = open_home(home.path, settings=home.settings)
        self.stop = threading.Event()
        self.error: BaseException | None = None
        ready = threading.Event()

        def run() -> None:
            try:
                watch(self.home, stop=self.stop, ready=ready.set)
            except BaseException as error:
                self.error = error
                ready.set()

        self.thread = threading.Thread(target=run)
        self.thread.start()
        assert ready.wait(30)

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *args: Any) -> None:
        self.stop.set()
        self.thread.join(60)
        self.home.close()
        assert not self.thread.is_alive()
        if self.error is not None:
            raise self.error


def test_what_is_due_is_read_again_and_again_until_it_is_stopped(home: Home, web: Site) -> None:
    texts = [("a", long_text("a"))]
    web.pages[FEED] = lambda: rss(*texts)
    follow(home, "Wire", web.url + FEED)
    with Running(home):
        until(lambda: held(home) == 1)
        texts.append(("b", long_text("b")))
        until(lambda: held(home) == 2)
        beat = heartbeat(home)
        assert beat is not None
        assert (beat.alive, beat.pid, beat.state) == (True, os.getpid(), "running")
        assert {f.what: f.state for f in examine(home)}["watch"] == "ok"
    beat = heartbeat(home)
    assert beat is not None
    assert (beat.alive, beat.state) == (False, "stopped")
    assert beat.new == 2
    found = {f.what: f for f in examine(home)}["watch"]
    assert (found.state, "does not run" in found.detail) == ("warning", True)


def test_a_second_watch_says_so_and_ends(home: Home, web: Site) -> None:
    with Running(home):
        for run in (watch, once):
            with pytest.raises(BusyError, match=str(os.getpid())):
                run(home, stop=threading.Event())
    with only_one(home.path):
        pass


def test_failing_sources_do_not_hold_up_the_others_nor_flood_the_log(
    home: Home, web: Site, caplog: pytest.LogCaptureFixture
) -> None:
    for n in range(30):
        web.pages[f"/broken{n}"] = Answer(status=500)
        follow(home, f"Broken {n}", f"{web.url}/broken{n}")
    web.pages[FEED] = rss(("a", long_text("a")))
    follow(home, "Wire", web.url + FEED)
    with caplog.at_level("INFO", "vedette"), Running(home):
        until(lambda: held(home) == 1 and all(len(web.asked(f"/broken{n}")) >= 2 for n in range(30)))
    told = [r.getMessage() for r in caplog.records if "news=" in r.getMessage()]
    assert 0 < len(told) <= 3 * scheduler.TOLD + 1
    assert not any("Traceback" in (r.exc_text or "") for r in caplog.records)


def test_a_store_that_refuses_is_waited_out(
    home: Home, web: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(scheduler, "_PATIENCE", (0.1, 0.2))
    monkeypatch.setattr(scheduler, "BEAT", 60.0)
    web.pages[FEED] = rss(("a", long_text("a")))
    follow(home, "Wire", web.url + FEED)
    store, refusals = scheduler.store, []

    def refusing(*args: Any, **kwargs: Any) -> Any:
        if len(refusals) < 4:
            refusals.append(1)
            raise StoreError("the database refused: database is locked", stage="store")
        return store(*args, **kwargs)

    monkeypatch.setattr(scheduler, "store", refusing)
    with caplog.at_level("INFO", "vedette"), Running(home):
        until(lambda: held(home) == 1)
        until(lambda: any("recovered" in r.getMessage() for r in caplog.records))
    told = [r.getMessage() for r in caplog.records if "event=trouble" in r.getMessage()]
    assert len(told) == 1, "one trouble is told once"
    assert "database is locked" in told[0]


def test_a_writer_that_holds_the_home_for_a_while_is_waited_for(home: Home, web: Site) -> None:
    web.pages[FEED] = rss(("a", long_text("a")))
    follow(home, "Wire", web.url + FEED)
    with Running(home):
        with home.writing():
            time.sleep(1.0)
            assert held(home) == 0
        until(lambda: held(home) == 1)


@pytest.mark.parametrize("seconds", [7200, -7200])
def test_a_clock_that_jumps_stops_nothing(
    home: Home, web: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, seconds: int
) -> None:
    web.pages[FEED] = rss(("a", long_text("a")))
    follow(home, "Wire", web.url + FEED)
    drift = [0.0]
    real = time.time
    monkeypatch.setattr(scheduler.time, "time", lambda: real() + drift[0])
    with caplog.at_level("INFO", "vedette"), Running(home):
        until(lambda: held(home) == 1)
        drift[0] = seconds
        until(lambda: any("clock-jumped" in r.getMessage() for r in caplog.records))
        seen = len(web.asked(FEED))
        until(lambda: len(web.asked(FEED)) > seen)


def test_a_check_set_by_a_clock_that_was_wrong_is_due(home: Home, web: Site) -> None:
    web.pages[FEED] = rss(("a", long_text("a")))
    n = follow(home, "Wire", web.url + FEED)
    with home.write() as c:
        c.execute(update(s.sources).where(s.sources.c.id == n).values(next_check=now() + timedelta(days=300)))
    assert once(home, stop=threading.Event()).new == 1


def test_what_is_overdue_after_a_long_stop_is_spread(home: Home) -> None:
    for n in range(40):
        one = follow(home, f"s{n}", f"http://127.0.0.1:1/{n}")
        with home.write() as c:
            c.execute(update(s.sources).where(s.sources.c.id == one).values(next_check=now() - timedelta(days=2)))
    fresh = follow(home, "fresh", "http://127.0.0.1:1/fresh")
    at = now()
    scheduler._resume(home)
    with home.read() as c:
        rows = {r.id: r.next_check for r in sources.listed(c)}
    assert rows.pop(fresh) is None, "what was never read does not wait"
    delays = sorted((check - at).total_seconds() for check in rows.values())
    assert delays[-1] > 500
    assert delays[20] - delays[0] > 200


def test_once_reads_what_is_due_and_scans(home: Home, web: Site) -> None:
    web.pages[FEED] = rss(("a", long_text("a")))
    follow(home, "Wire", web.url + FEED)
    assert once(home, stop=threading.Event()).new == 1
    with home.write() as c:
        c.execute(update(s.sources).values(next_check=now() + timedelta(seconds=30)))
    assert once(home, stop=threading.Event()).new == 0
    assert len(web.asked(FEED)) == 1, "what is not due is not asked"
    beat = heartbeat(home)
    assert beat is not None
    assert beat.state == "stopped"


# --- as a process

SETTINGS = """
[ingest]
allow_hosts = ["127.0.0.1"]
batch = 4
[watch]
least_minutes = 0.01
first_minutes = 0.01
most_hours = 0.01
scan_minutes = 0.0
[models]
recognisers = false
"""


def process(folder: Path, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "interfaces", "watch", "--home", str(folder), *args],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "served"
    made.mkdir()
    (made / "vedette.toml").write_text(SETTINGS, "utf-8")
    return made


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_and_the_next_start_goes_on(folder: Path, web: Site, number: signal.Signals) -> None:
    home = open_home(folder)
    texts = [(f"e{i}", long_text(f"e{i}")) for i in range(6)]
    web.pages[FEED] = lambda: rss(*texts)
    follow(home, "Wire", web.url + FEED)
    running = process(folder, "--json")
    until(lambda: held(home) == 6, seconds=120)
    until(lambda: row(home, "Wire").etag is not None)
    running.send_signal(number)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 0, err
    assert json.loads(out)["new"] == 6
    assert "event=stopped" in err
    texts.append(("late", long_text("late")))
    running = process(folder)
    until(lambda: held(home) == 7, seconds=120)
    assert 304 in {one.status for one in web.asked(FEED)} or len(web.asked(FEED)) >= 2
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=60)
    assert running.returncode == 0
    home.close()


def test_killed_at_any_moment_it_loses_nothing_and_doubles_nothing(folder: Path, web: Site) -> None:
    home = open_home(folder)
    for n in range(5):
        web.pages[f"/{n}"] = rss(*((f"{n}-{i}", long_text(f"{n}-{i}")) for i in range(8)))
        follow(home, f"Feed {n}", f"{web.url}/{n}")
    counts = []
    for least in (1, 9, 22):
        running = process(folder)
        until(lambda least=least: held(home) >= least, seconds=120)  # type: ignore[misc]
        running.kill()
        running.communicate()
        counts.append(held(home))
    assert counts == sorted(counts)
    assert once(home, stop=threading.Event()).failed == 0
    until(lambda: once(home, stop=threading.Event()).new == 0)
    assert held(home) == 40
    assert all(row(home, f"Feed {n}").etag for n in range(5))
    home.close()


def test_a_second_process_says_who_runs(folder: Path) -> None:
    home = open_home(folder)
    with only_one(folder):
        second = process(folder, "--json")
        out, err = second.communicate(timeout=120)
    assert second.returncode == 2
    assert str(os.getpid()) in err
    assert "another" in json.loads(out)["error"]
    home.close()
