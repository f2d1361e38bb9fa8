"""From a document to its alert: in time, and the same whenever a scan is killed."""

from __future__ import annotations

import random
import signal
import time
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite
import pytest

from domain.alert import SeriesKey
from service import scan, watch
from service.demo import corpus, replay
from service.pipeline import ingest_documents
from service.wiring import open_home
from tests.integration.harness import zygote
from tests.service.test_scan_events import END, START, clash, crisis, quiet, told

SECONDS = 2.0
"""From the storing of a document to its alert in the outbox, the models being loaded."""
LEFT = {
    "alerts": 'SELECT id, series, opened, "last", state, score, label, body FROM alerts',
    "days": "SELECT alert_id, day, observed, score FROM alert_days",
    "suppressions": "SELECT series, day, reason FROM suppressions",
    "candidates": "SELECT series, day, probability, score, label FROM candidates",
    "inboxes": "SELECT alert_id, desk, day, state FROM desk_alerts",
    "outbox": "SELECT key, kind, desk, channel, state FROM outgoing",
    "mark": "SELECT value FROM meta WHERE key = 'alerts.scanned'",
}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_document_that_tips_the_balance_is_told_of_within_two_seconds(tmp_path: Path) -> None:
    """The demo's weeks before are held; each document of the crisis' first days is stored and scanned as it comes."""
    home = open_home(tmp_path / "home")
    watch.add(home, replay.RIG)
    days = [day for day in corpus.days() if day.day <= date(2014, 5, 4)]
    for day in days:
        if day.day < date(2014, 5, 3):
            ingest_documents(home, day.documents)
    scan.scan(home, as_of=date(2014, 5, 2), send=False)
    took: dict[SeriesKey, float] = {}
    for one in (one for day in days if day.day >= date(2014, 5, 3) for one in day.documents):
        ingest_documents(home, [one])
        started = time.perf_counter()
        raised = scan.scan(home, as_of=one.known.date(), send=False)
        seconds = time.perf_counter() - started
        with home.read() as c:
            posted = {row[0] for row in c.exec_driver_sql("SELECT alert_id FROM outgoing WHERE kind = 'alert'")}
        assert {alert.id for alert in raised} <= posted
        took |= {alert.key: seconds for alert in raised}
    home.close()
    assert SeriesKey("dyad", ("CN", "VN")) in took
    assert max(took.values()) < SECONDS, took


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_scan_that_is_killed_leaves_what_an_uninterrupted_one_leaves(tmp_path: Path) -> None:
    table = told([*quiet(), *crisis(), *clash(one="Laos", other="Nepal")], tmp_path)
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    draw, cut = random.Random(2), 0
    with zygote(tmp_path / "out") as z:
        for home in (killed, whole):
            z.run("events", "import", table, "--home", str(home), "--json")
        z.run("alerts", "scan", "--as-of", END.isoformat(), "--home", str(whole), "--json")
        for days in (20, 58, 61, 61, 63, 65, 65, 65):
            day = date.fromordinal(START.toordinal() + days)
            child = z.start("alerts", "scan", "--as-of", day.isoformat(), "--home", str(killed), "--json")
            time.sleep(draw.uniform(0.5, 3.0))
            child.kill()
            status = child.wait()
            assert status in (-signal.SIGKILL, 0), child.err.read_text("utf-8")
            cut += status != 0
        z.run("alerts", "scan", "--as-of", END.isoformat(), "--home", str(killed), "--json")
        assert left(killed) == left(whole)
    assert len(left(whole)["alerts"]) == 2
    lines = {path: path.joinpath("alerts.jsonl").read_text("utf-8").splitlines() for path in (killed, whole)}
    assert len(lines[killed]) == len(lines[whole]) == 2
    assert cut >= 2, "the kills came too late to say anything"


def left(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What scans have left in a home, but numbers of rows and moments."""
    with closing(sqlite.connect(home / "vedette.db")) as c:
        assert c.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        return {name: sorted(map(tuple, c.execute(query)), key=repr) for name, query in LEFT.items()}
