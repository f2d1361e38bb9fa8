"""What is sent leaves no trace of a document in the house that outlives it; and the watch sends while it reads."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from domain.desk import Channel
from index.store import schema as s
from service import desks, scan
from service.delivering import deliver
from service.export import export
from service.pipeline import ingest
from service.restore import restore
from service.scheduler import heartbeat, once, watch
from service.search import delete
from service.wiring import Home
from tests.fakes.outside import mail_server, wait_for
from tests.service.sending import a_desk, a_home, an_alert, lines, raise_alerts
from tests.service.test_scan import DYAD, START, burst, quiet

Jsonl = Callable[..., str]


def test_a_deleted_document_is_in_no_feed_no_record_and_no_outbox(tmp_path: Path, jsonl: Jsonl) -> None:
    day = START + timedelta(days=41)
    rows = burst(day, 8)
    for i, row in enumerate(rows):
        row["title"] = f"Quillfeather {i}"
    rows[0]["title"] = rows[0]["text"] = "Zubrowka: Japan protested to South Korea over the islets."
    with mail_server() as office, a_home(tmp_path / "home", smtp_port=office.port, tries=1) as home:
        a_desk(
            home, Channel(name="feed", kind="rss", address="feeds/sea.xml"),
            Channel(name="log", kind="log", address="l.jsonl"),
            Channel(name="mail", kind="smtp", address="desk@mfa.example", digest=True),
            Channel(name="down", kind="webhook", address="https://nowhere.invalid/x"), digest_hour=0,
        )  # fmt: skip
        ingest(home, [jsonl(*quiet(45), *rows)])
        alert = next(a for a in scan.scan(home, as_of=day) if a.key == DYAD)
        told = next(mail.text for mail in office.mails)
        assert "Quillfeather" in told
        kept = [home.path / "feeds" / "sea.xml", home.path / "l.jsonl", home.path / "alerts.jsonl"]
        assert all("Zubrowka" in path.read_text("utf-8") or "Quillfeather" in path.read_text("utf-8") for path in kept)
        for one in alert.evidence:
            delete(home, document=one.document_id)
        assert desks.inbox(home, "sea")[0].alert.evidence == ()
        for path in kept:
            text = path.read_text("utf-8")
            assert alert.id in text
            assert "Zubrowka" not in text
            assert "Quillfeather" not in text
        with home.read() as c:
            bodies = repr(c.execute(select(s.outgoing)).all())
        assert alert.id in bodies
        assert "Zubrowka" not in bodies
        assert "Quillfeather" not in bodies
        assert {x.channel: x.state for x in lines(home)}["down"] == "failed"


def test_an_alert_is_in_the_outbox_with_the_scan_that_raises_it(tmp_path: Path, jsonl: Jsonl) -> None:
    day = START + timedelta(days=41)
    with mail_server() as office, a_home(tmp_path / "home", smtp_port=office.port) as home:
        a_desk(home, Channel(name="mail", kind="smtp", address="desk@mfa.example"), countries=("KR",), lang="vi")
        ingest(home, [jsonl(*quiet(45), *burst(day, 8))])
        raised = scan.scan(home, as_of=day, send=False)
        assert office.mails == []
        assert {x.alert_id for x in lines(home)} == {a.id for a in raised if desks.desk(home, "sea").follows(a.key)}
        deliver(home)
        assert len(office.mails) == len(lines(home)) >= 1
        assert "Nhật Bản và Hàn Quốc" in "".join(str(mail.message["Subject"]) for mail in office.mails)
        assert scan.scan(home, as_of=day + timedelta(days=1)) == []
        deliver(home)
        assert len(office.mails) == len(lines(home))


def test_the_watch_sends_what_comes_and_stops_though_a_server_hangs(tmp_path: Path) -> None:
    with mail_server() as office, a_home(tmp_path / "home", smtp_port=office.port, seconds=1.0) as home:
        a_desk(home, Channel(name="mail", kind="smtp", address="desk@mfa.example"))
        stop, ready = threading.Event(), threading.Event()
        thread = threading.Thread(target=lambda: watch(_quiet(home), stop=stop, ready=ready.set))
        thread.start()
        assert ready.wait(30)
        raise_alerts(home, an_alert())
        wait_for(lambda: len(office.mails) == 1)
        office.hang.set()
        raise_alerts(home, an_alert(date(2014, 5, 3)))
        wait_for(lambda: len(office.mails) == 2)
        stop.set()
        thread.join(30)
        assert not thread.is_alive()
        beat = heartbeat(home)
        assert beat is not None
        assert beat.state == "stopped"
        assert sorted(x.state for x in lines(home)) == ["sent", "uncertain"]


def test_one_round_of_the_watch_sends_too(tmp_path: Path) -> None:
    with mail_server() as office, a_home(tmp_path / "home", smtp_port=office.port) as home:
        a_desk(home, Channel(name="mail", kind="smtp", address="desk@mfa.example"))
        raise_alerts(home, an_alert())
        once(_quiet(home), stop=threading.Event())
        assert len(office.mails) == 1


def _quiet(home: Home) -> Home:
    """Without scans, whose alerts those put in by hand are not."""
    return replace(home, settings=replace(home.settings, watch=replace(home.settings.watch, scan_minutes=0.0)))


def test_an_import_opens_no_channel_and_sends_nothing_twice(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with mail_server() as office, a_home(tmp_path / "a", smtp_port=office.port) as here:
        a_desk(here, Channel(name="mail", kind="smtp", address="desk@mfa.example", digest=True),
               Channel(name="feed", kind="rss", address="sea.xml"))  # fmt: skip
        raise_alerts(here, an_alert())
        deliver(here)
        raise_alerts(here, an_alert(date(2014, 5, 3)))
        export(here, tmp_path / "out")
        with a_home(tmp_path / "b", smtp_port=office.port) as there:
            logging.getLogger("vedette").propagate = True
            restore(there, tmp_path / "out")
            assert "are off: mail" in caplog.text
            assert [(x.name, x.alerts, x.digest) for x in desks.desk(there, "sea").channels] == [
                ("mail", False, False), ("feed", True, False)
            ]  # fmt: skip
            assert sorted(x.state for x in lines(there)) == ["sent", "sent", "uncertain", "uncertain"]
            raise_alerts(there, an_alert(date(2014, 5, 4)))
            deliver(there)
            assert len(office.mails) == 1
        deliver(here)
        assert len(office.mails) == 2


def test_one_alert_leaves_at_once(tmp_path: Path) -> None:
    with mail_server() as office, a_home(tmp_path / "home", smtp_port=office.port) as home:
        a_desk(home, Channel(name="mail", kind="smtp", address="desk@mfa.example"))
        deliver(home)
        begun = time.monotonic()
        raise_alerts(home, an_alert())
        queued = time.monotonic() - begun
        deliver(home)
        assert len(office.mails) == 1
        assert queued < 2
        assert time.monotonic() - begun < 10
