"""The outbox against real servers on the loopback: once, also when killed; later where it failed; else never."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from domain.alert import Alert, SeriesKey
from domain.desk import EVERYTHING, Channel
from domain.errors import InputError, ItemError, NotFoundError
from domain.label import Label
from index.store import outgoing
from index.store import schema as s
from service import delivering, desks, digest
from service.delivering import deliver
from service.wiring import Home
from tests.fakes.outside import Answer, Hooks, MailServer, certificate, free_port, hooks, mail_server, wait_for
from tests.service.sending import DAY, Clock, a_desk, a_home, an_alert, lines, raise_alerts, states

ROOT = Path(__file__).resolve().parents[2]
MAIL = Channel(name="mail", kind="smtp", address="desk@mfa.example")
OTHER = SeriesKey("dyad", ("JP", "KR"))


@pytest.fixture
def office() -> Iterator[MailServer]:
    with mail_server() as made:
        yield made


@pytest.fixture
def web() -> Iterator[Hooks]:
    with hooks() as made:
        yield made


@pytest.fixture
def home(tmp_path: Path, office: MailServer) -> Iterator[Home]:
    with a_home(tmp_path / "home", smtp_port=office.port) as made:
        yield made


def hook(web: Hooks, path: str = "/hook", *, name: str = "hook", **more: object) -> Channel:
    return Channel(name=name, kind="webhook", address=f"{web.url}{path}", **more)  # type: ignore[arg-type]


def changed(home: Home, **delivery: object) -> Home:
    settings = home.settings
    return replace(home, settings=replace(settings, delivery=replace(settings.delivery, **delivery)))  # type: ignore[arg-type]


# --- once


def test_each_channel_gets_it_once(home: Home, office: MailServer, web: Hooks) -> None:
    a_desk(home, MAIL, hook(web), Channel(name="feed", kind="rss", address="feeds/sea.xml"), lang="vi")
    raise_alerts(home, an_alert())
    done = deliver(home)
    assert (done.sent, done.failed, done.uncertain) == (4, 0, 0)  # and the record of all alerts
    assert deliver(home).sent == 0
    raise_alerts(home, an_alert())
    assert deliver(home).sent == 0
    assert [mail.message["Subject"] for mail in office.mails] == [
        "Cảnh báo: Trung Quốc và Việt Nam: 7 bài trong một ngày, dự tính 0,3"
    ]
    (posted,) = web.posted
    assert posted.json["type"] == "alert"
    assert posted.headers["idempotency-key"] == posted.json["key"]
    assert an_alert().id in (home.path / "feeds" / "sea.xml").read_text("utf-8")
    assert set(states(home).values()) == {"sent"}


def test_an_alert_that_is_withdrawn_and_raised_again_is_not_sent_again(home: Home, office: MailServer) -> None:
    a_desk(home, MAIL)
    raise_alerts(home, an_alert())
    deliver(home)
    with home.write() as c:
        c.exec_driver_sql("DELETE FROM alerts")
    raise_alerts(home, an_alert())
    deliver(home)
    assert len(office.mails) == 1


def test_an_alert_that_is_withdrawn_before_it_left_does_not_leave_until_it_is_raised_again(
    home: Home, office: MailServer
) -> None:
    a_desk(home, MAIL)
    raise_alerts(home, an_alert())
    with home.write() as c:
        c.exec_driver_sql("DELETE FROM alerts")
    deliver(home)
    assert (office.mails, states(home)) == ([], {"mail": "withdrawn"})
    raise_alerts(home, an_alert())
    deliver(home)
    assert (len(office.mails), states(home)) == (1, {"mail": "sent"})


def test_two_houses_that_raise_the_same_alert_send_two_messages(home: Home, office: MailServer, tmp_path: Path) -> None:
    with a_home(tmp_path / "other", smtp_port=office.port) as other:
        for one in (home, other):
            a_desk(one, MAIL)
            raise_alerts(one, an_alert())
            deliver(one)
    ids = [mail.message["Message-ID"] for mail in office.mails]
    assert len(set(ids)) == 2


def test_an_escalation_is_told_once_a_day(home: Home, office: MailServer) -> None:
    a_desk(home, MAIL)
    raise_alerts(home, an_alert())
    for today in (DAY, DAY, DAY + timedelta(days=1)):
        raise_alerts(home, an_alert(), today=today, kind="escalation")
    deliver(home)
    told = [str(mail.message["Subject"]).partition(":")[0] for mail in office.mails]
    assert told == ["Alert", "Worse", "Worse"]


def test_what_is_told_later_is_as_old_as_its_telling(home: Home, office: MailServer) -> None:
    a_desk(home, MAIL)
    long_open = an_alert()
    today = DAY + timedelta(days=60)
    with home.write() as c:
        desks.alert_store.save_alert(c, long_open)
        desks.announce(home, c, [long_open], today=today, on=today - timedelta(days=1))
        desks.announce(home, c, [long_open], today=today, on=DAY + timedelta(days=9), kind="escalation")
        desks.announce(home, c, [long_open], today=today, on=today, kind="escalation")
    deliver(home)
    assert [str(mail.message["Subject"]).partition(":")[0] for mail in office.mails] == ["Alert", "Worse"]
    assert sorted(x.state for x in lines(home)) == ["dropped", "sent", "sent"]
    assert desks.inbox(home, "sea")[0].day == today - timedelta(days=1)


@contextmanager
def sender(home: Home, office: MailServer) -> Iterator[subprocess.Popen[bytes]]:
    environ = {
        **os.environ, "VEDETTE_DELIVERY__SMTP_HOST": "127.0.0.1", "VEDETTE_DELIVERY__SMTP_PORT": str(office.port),
        "VEDETTE_DELIVERY__SMTP_SECURITY": "off", "VEDETTE_DELIVERY__SENDER": "vedette@mfa.example",
        "VEDETTE_DELIVERY__ALLOW_HOSTS": "127.0.0.1",
    }  # fmt: skip
    command = [sys.executable, "-m", "interfaces", "desks", "send", "--home", str(home.path)]
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("when", ["before the server has it", "once the server has it"])
def test_killed_between_claim_and_mark_it_is_not_sent_twice(home: Home, office: MailServer, when: str) -> None:
    a_desk(home, MAIL)
    raise_alerts(home, an_alert(), an_alert(key=OTHER))
    reached = threading.Event()
    if when.startswith("before"):
        office.answers["RCPT"] = lambda _: (reached.set(), office.closing.wait(20), "250 OK")[2]  # type: ignore[func-returns-value]
    else:
        office.hang.set()
    with sender(home, office) as process:
        wait_for(lambda: reached.is_set() or bool(office.mails))
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    before = len(office.mails)
    assert sorted(x.state for x in lines(home)) == ["claimed", "waiting"]
    office.answers.clear()
    office.hang.clear()
    office.closing.set()
    with sender(home, office) as process:
        assert process.wait() == 0
    assert sorted(x.state for x in lines(home)) == ["sent", "uncertain"]
    assert len(office.mails) == before + 1
    ids = [mail.message["Message-ID"] for mail in office.mails]
    assert len(set(ids)) == len(ids)
    # An operator may have it sent all the same: under the id it had.
    (unclear,) = delivering.outbox(home, name="sea")
    delivering.decide(home, unclear.id, resend=True, by="An")
    deliver(home)
    assert len(office.mails) == before + 2
    again = office.mails[-1].message["Message-ID"]
    assert [mail.message["Message-ID"] for mail in office.mails].count(again) == (2 if before else 1)
    assert {x.state for x in lines(home)} == {"sent"}


def test_where_receivers_drop_copies_what_a_crash_overtook_is_sent_again_under_its_key(home: Home, web: Hooks) -> None:
    a_desk(home, hook(web), hook(web, "/b", name="b"))
    trusting = changed(home, resend_uncertain=("webhook",))
    raise_alerts(home, an_alert())
    (row,) = (x for x in lines(home) if x.channel == "hook")
    with home.write() as c:
        outgoing.claim(c, row.id, at=datetime.now(UTC))
    assert deliver(trusting).sent == 3
    assert sorted(web.paths()) == ["/b", "/hook"]
    web.answers["/hook"] = Answer(cut=True)
    raise_alerts(trusting, an_alert(key=OTHER))
    clock = Clock(datetime.now(UTC))
    assert deliver(trusting, at=clock).later == 1
    web.answers.clear()
    clock.go(minutes=2)
    assert deliver(trusting, at=clock).sent == 1
    keys = [one.headers["idempotency-key"] for one in web.posted if one.path == "/hook"]
    assert keys[-1] == keys[-2] != keys[0]


def test_a_record_and_a_feed_that_a_crash_overtook_are_simply_written(home: Home) -> None:
    a_desk(home, Channel(name="feed", kind="rss", address="sea.xml"))
    raise_alerts(home, an_alert())
    with home.write() as c:
        for row in c.execute(select(s.outgoing.c.id)).all():
            outgoing.claim(c, row.id, at=datetime.now(UTC))
    assert deliver(home).sent == 2
    assert (home.path / "alerts.jsonl").read_text("utf-8").count(an_alert().id) == 1


def test_one_process_sends_at_a_time(home: Home, office: MailServer) -> None:
    a_desk(home, MAIL)
    raise_alerts(home, *(an_alert(DAY + timedelta(days=n)) for n in range(6)))
    office.answers["MAIL"] = lambda _: time.sleep(0.05) or "250 OK"  # type: ignore[func-returns-value]
    busy = []
    threads = [threading.Thread(target=lambda: busy.append(deliver(home).busy)) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(office.mails) == 6
    assert len({mail.message["Message-ID"] for mail in office.mails}) == 6
    assert busy.count(True) == 3


# --- later, or never


def test_a_server_that_is_down_is_tried_again_later_and_given_up_in_the_end(home: Home, web: Hooks) -> None:
    patient = changed(home, tries=3, smtp_port=free_port())
    a_desk(patient, MAIL, hook(web))
    raise_alerts(patient, an_alert())
    clock = Clock()
    waits = []
    for _ in range(3):
        deliver(patient, at=clock)
        (row,) = (x for x in lines(patient) if x.channel == "mail")
        if row.next_try is None:
            break
        waits.append(row.next_try - clock.at)
        assert deliver(patient, at=clock).later == 0  # not before its time
        clock.at = row.next_try
    assert waits[0] < waits[1]
    assert (row.state, row.tries) == ("failed", 3)
    assert "given up after 3 tries: cannot be reached" in str(row.error)
    assert len(web.posted) == 1
    (stuck,) = delivering.outbox(patient, name="sea")
    assert stuck.id == row.id


def test_one_that_is_down_is_asked_once_for_all_that_goes_there(home: Home, office: MailServer, web: Hooks) -> None:
    a_desk(home, MAIL, hook(web))
    a_desk(home, MAIL, name="other")
    raise_alerts(home, *(an_alert(DAY + timedelta(days=n)) for n in range(5)))
    asked = []
    office.answers["MAIL"] = lambda who: asked.append(who) or "451 busy"  # type: ignore[func-returns-value]
    clock = Clock()
    done = deliver(home, at=clock)
    assert (len(asked), len(web.posted), done.later) == (1, 5, 10)
    tried = [x.tries for x in (*lines(home), *lines(home, desk="other")) if x.channel == "mail"]
    assert sorted(tried) == [0] * 9 + [1]
    office.answers.clear()
    clock.go(minutes=2)
    assert deliver(home, at=clock).sent == 10
    assert len(office.mails) == 10


def test_one_refused_recipient_does_not_hold_up_the_next_message(home: Home, office: MailServer) -> None:
    a_desk(home, MAIL)
    a_desk(home, replace(MAIL, address="gone@mfa.example"), name="gone")
    office.answers["RCPT"] = lambda who: "550 unknown" if "gone" in who else "250 OK"
    raise_alerts(home, an_alert(), an_alert(key=OTHER))
    done = deliver(home)
    assert (done.failed, len(office.mails)) == (2, 2)
    assert {x.state for x in lines(home, desk="gone")} == {"failed"}


@pytest.mark.parametrize(("answer", "state", "reason"), [
    (Answer(500), "waiting", "answered 500"), (Answer(429, {"retry-after": "7200"}), "waiting", "answered 429"),
    (Answer(404), "failed", "answered 404"), (Answer(302, {"location": "http://10.0.0.1/x"}), "failed", "redirect"),
    (Answer(307, {"location": "http://127.0.0.1:1/x"}), "failed", "redirect"), (Answer(cut=True), "uncertain", "sent"),
    (Answer(delay=3), "uncertain", "no answer within"),
])  # fmt: skip
def test_what_becomes_of_a_message_that_a_web_server_answers_oddly(
    home: Home, web: Hooks, answer: Answer, state: str, reason: str
) -> None:
    quick = changed(home, seconds=0.7)
    web.answers["/hook"] = answer
    a_desk(quick, hook(web), hook(web, "/fine", name="fine"))
    raise_alerts(quick, an_alert())
    clock = Clock(datetime.now(UTC))
    deliver(quick, at=clock)
    (row,) = (x for x in lines(quick) if x.channel == "hook")
    assert row.state == state
    assert reason in str(row.error)
    if answer.status == 429:
        assert row.next_try is not None
        assert row.next_try - clock.at > timedelta(minutes=119)
    clock.go(minutes=1.1)
    deliver(quick, at=clock)
    assert web.paths().count("/hook") == (2 if answer.status == 500 else 1)
    clock.go(minutes=5)
    deliver(quick, at=clock)
    assert web.paths().count("/fine") == 1


def test_no_address_inside_the_house_is_reached_unless_it_is_let_through(
    home: Home, office: MailServer, web: Hooks
) -> None:
    closed = changed(home, allow_hosts=("127.0.0.9",), smtp_security="starttls", smtp_host="localhost")
    rebound = f"https://127.0.0.1.nip.invalid:{web.port}/x"
    a_desk(
        closed, MAIL, hook(web), Channel(name="raw", kind="webhook", address=f"https://127.0.0.1:{web.port}/x"),
        Channel(name="six", kind="webhook", address=f"https://[::ffff:127.0.0.1]:{web.port}/x"),
        Channel(name="cloud", kind="webhook", address="https://169.254.169.254/latest"),
        Channel(name="number", kind="webhook", address=f"https://2130706433:{web.port}/x"),
        Channel(name="chat", kind="apprise", address=f"json://localhost:{web.port}/x"),
        Channel(name="none", kind="webhook", address=rebound),
    )  # fmt: skip
    raise_alerts(closed, an_alert())
    deliver(closed)
    found = {x.channel: x for x in lines(closed)}
    assert (web.posted, office.mails) == ([], [])
    for name in ("mail", "raw", "six", "cloud", "number", "chat", "hook"):
        assert found[name].state == "failed", name
        assert "no public address" in str(found[name].error) or "only https" in str(found[name].error), name
    assert found["none"].state == "waiting"


def test_mail_in_the_clear_goes_only_where_it_is_let_through(home: Home, office: MailServer) -> None:
    a_desk(home, MAIL)
    raise_alerts(home, an_alert())
    deliver(changed(home, allow_hosts=("localhost",)))
    assert (office.mails, states(home)) == ([], {"mail": "failed"})
    assert "unencrypted" in str(lines(home)[0].error)


def test_over_https_with_the_houses_own_authority(home: Home, tmp_path: Path) -> None:
    ca_file, context = certificate(tmp_path)
    with hooks(context) as web:
        a_desk(home, hook(web), Channel(name="chat", kind="apprise", address=f"jsons://localhost:{web.port}/c"))
        raise_alerts(home, an_alert())
        clock = Clock()
        assert deliver(home, at=clock).later == 2  # its certificate is not believed
        assert web.posted == []
        clock.go(minutes=2)
        assert deliver(changed(home, ca_file=str(ca_file)), at=clock).sent == 2
        assert sorted(web.paths()) == ["/c", "/hook"]


# --- labels and secrets


def test_a_channel_carries_nothing_above_its_clearance(home: Home, office: MailServer, web: Hooks) -> None:
    hidden = an_alert(key=OTHER, label=Label.CONFIDENTIAL, title="Zubrowka")
    a_desk(home, MAIL, hook(web, clearance=Label.SECRET), Channel(name="feed", kind="rss", address="sea.xml"))
    raise_alerts(home, an_alert(), hidden)
    done = deliver(home)
    assert done.withheld == 2
    assert [str(mail.message["Subject"]) for mail in office.mails] == ["Alert: China and Vietnam: 7 reports"]
    assert sorted(x.json["label"] for x in web.posted) == ["confidential", "open"]
    assert "Zubrowka" not in (home.path / "sea.xml").read_text("utf-8")
    withheld = [x for x in lines(home) if x.state == "withheld"]
    assert {(x.channel, x.alert_id) for x in withheld} == {("mail", hidden.id), ("feed", hidden.id)}
    assert all("Zubrowka" not in repr(x) for x in withheld)


def test_a_label_that_rises_while_it_waits_holds(home: Home, office: MailServer) -> None:
    a_desk(home, MAIL)
    raise_alerts(home, an_alert())
    with home.write() as c:
        c.execute(s.alerts.update().values(label=int(Label.SECRET)))
    deliver(home)
    assert (office.mails, states(home)) == ([], {"mail": "withheld"})


def test_the_desks_clearance_holds_for_its_channels_too(home: Home, office: MailServer) -> None:
    a_desk(home, replace(MAIL, clearance=Label.TOP_SECRET), clearance=Label.RESTRICTED)
    raise_alerts(home, an_alert(label=Label.CONFIDENTIAL))
    deliver(home)
    assert (office.mails, states(home)) == ([], {"mail": "withheld"})


def test_no_secret_is_logged_kept_or_told(
    home: Home, web: Hooks, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "hunter2")
    monkeypatch.setenv("SIGN", "hunter2-signing")
    monkeypatch.setenv("VEDETTE_SMTP_PASSWORD", "hunter2-mail")
    logging.getLogger("vedette").propagate = True
    for path in ("/500", "/404", "/cut"):
        web.answers[f"{path}/hunter2"] = Answer(cut=True) if path == "/cut" else Answer(int(path[1:]))
    ways = [hook(web, f"{path}/${{TOKEN}}?k=${{TOKEN}}", name=f"w{path[1:]}", secret_env="SIGN")
            for path in ("/500", "/404", "/cut", "/fine")]  # fmt: skip
    ways += [Channel(name=f"c{path[1:]}", kind="apprise", address=f"json://u:${{TOKEN}}@localhost:{web.port}{path}/${{TOKEN}}")
             for path in ("/500", "/404", "/cut", "/fine")]  # fmt: skip
    ways += [Channel(name="tg", kind="apprise", address="tgram://${TOKEN}/123"),
             Channel(name="gone", kind="webhook", address="https://gone.invalid/${TOKEN}"),
             Channel(name="in", kind="webhook", address="http://10.0.0.1/${TOKEN}"), MAIL]  # fmt: skip
    a_desk(changed(home, smtp_user="me", smtp_port=free_port()), *ways)
    raise_alerts(home, an_alert())
    with caplog.at_level(logging.DEBUG):
        deliver(changed(home, smtp_user="me", seconds=2.0))
    assert states(home)["wfine"] == states(home)["cfine"] == "sent"
    assert any("/hunter2?k=hunter2" in path for path in web.paths())
    ours = "\n".join(x.getMessage() for x in caplog.records if x.name.startswith("vedette"))
    told = ours + repr(lines(home)) + repr([x.shown for x in desks.desk(home, "sea").channels])
    assert "message" in ours
    assert "hunter2" not in told
    for path in home.path.iterdir():
        if path.is_file():
            assert b"hunter2" not in path.read_bytes(), path.name


def test_a_secret_that_is_not_there_yet_is_waited_for(home: Home, web: Hooks, monkeypatch: pytest.MonkeyPatch) -> None:
    a_desk(home, hook(web, "/${LATER_TOKEN}"))
    raise_alerts(home, an_alert())
    clock = Clock()
    deliver(home, at=clock)
    assert "LATER_TOKEN is not set" in str(lines(home)[0].error)
    monkeypatch.setenv("LATER_TOKEN", "t")
    clock.go(minutes=2)
    deliver(home, at=clock)
    assert web.paths() == ["/t"]


# --- chat services


@pytest.mark.parametrize("address", [
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/?template=/etc/passwd",
    "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js/?template=/etc/hostname", "nosuch://x", "json://",
])  # fmt: skip
def test_a_chat_service_reads_no_file_of_this_machine(home: Home, address: str) -> None:
    a_desk(home, Channel(name="chat", kind="apprise", address=address))
    raise_alerts(home, an_alert())
    deliver(home)
    (row,) = lines(home)
    assert row.state == "failed"
    assert "file of this machine" in str(row.error) or "apprise knows" in str(row.error)


def test_what_the_url_of_a_chat_service_says_of_retries_and_redirects_does_not_hold(home: Home, web: Hooks) -> None:
    web.answers["/c/"] = Answer(503)
    web.answers["/r/"] = Answer(307, {"location": f"{web.url}/elsewhere"})
    a_desk(home, *(Channel(name=x, kind="apprise", address=f"json://localhost:{web.port}/{x}/?retry=5&redirect=yes&wait=0")
                   for x in ("c", "r")))  # fmt: skip
    raise_alerts(home, an_alert())
    deliver(home)
    assert [path.partition("?")[0].rstrip("/") for path in web.paths()] in (["/c", "/r"], ["/r", "/c"])
    assert states(home) == {"c": "waiting", "r": "failed"}


# --- digests


def digest_home(home: Home, **changes: object) -> Clock:
    a_desk(home, replace(MAIL, digest=True, alerts=False), digest_hour=7, title="Biển Đông", **changes)
    with home.write() as c:  # as if it had been made on the third
        desks.store.digest_done(c, "sea", datetime(2026, 5, 3, 12, tzinfo=UTC))
    return Clock(datetime(2026, 5, 3, 12, tzinfo=UTC))


def subjects(office: MailServer) -> list[str]:
    return [str(mail.message["Subject"]) for mail in office.mails]


def test_a_digest_is_sent_once_a_day_also_after_a_restart(home: Home, office: MailServer, tmp_path: Path) -> None:
    clock = digest_home(home)
    raise_alerts(home, an_alert())
    for hours in range(0, 48, 3):
        clock.at = datetime(2026, 5, 3, 12, tzinfo=UTC) + timedelta(hours=hours)
        deliver(home, at=clock)
        with a_home(home.path, smtp_port=office.port) as restarted:
            deliver(restarted, at=clock)
    # Seven in Hanoi is midnight UTC.
    assert subjects(office) == ["Biển Đông: digest of 4 May 2026", "Biển Đông: digest of 5 May 2026"]
    first, second = (mail.text for mail in office.mails)
    assert "This is the first digest." in first
    assert "China and Vietnam: 7 reports (new)" in first
    assert "Nothing has changed." in second


def test_a_machine_that_was_off_sends_the_newest_digest_once(home: Home, office: MailServer) -> None:
    clock = digest_home(home, lang="vi")
    clock.go(days=9, hours=1)
    for _ in range(3):
        deliver(home, at=clock)
    assert subjects(office) == ["Biển Đông: điểm tin cảnh báo ngày 12/5/2026"]
    clock.go(days=-5)  # and a clock that is put back sends none
    deliver(home, at=clock)
    assert len(office.mails) == 1


def test_the_first_digest_of_a_new_desk_is_that_of_its_next_hour(home: Home, office: MailServer) -> None:
    a_desk(home, replace(MAIL, digest=True), digest_hour=7)
    clock = Clock(datetime.now(UTC))
    deliver(home, at=clock)
    assert office.mails == []
    clock.go(days=1)
    deliver(home, at=clock)
    assert len(office.mails) == 1


def test_a_digest_tells_what_changed_and_what_is_held_back_and_no_more(home: Home, office: MailServer) -> None:
    clock = digest_home(home, lang="fr")
    kept, grown = an_alert(), an_alert(key=OTHER, title="Japan and South Korea")
    hidden = an_alert(key=SeriesKey("dyad", ("CL", "PE")), label=Label.SECRET, title="Zubrowka")
    raise_alerts(home, kept, grown, hidden)
    clock.go(days=1)
    deliver(home, at=clock)
    with home.write() as c:
        desks.alert_store.save_alert(c, replace(kept, state="closed"))
        desks.alert_store.save_alert(c, replace(grown, peak=40))
        desks.alert_store.suppress(c, "dyad:CN-US", day=date(2026, 5, 5), reason="beyond the day's budget of 1")
    raise_alerts(home, an_alert(key=SeriesKey("country", ("VN",)), title="Vietnam"))
    clock.go(days=1)
    deliver(home, at=clock)
    text = office.mails[-1].text
    assert "2 alertes sont ouvertes." in text
    assert "Nouvelles: Viêt Nam" in text or "Nouvelles: Vietnam" in text
    assert "(7 → 40)" in text
    assert "Terminées: Chine et" in text
    assert "interdit d'envoyer par ce canal : 1." in text
    assert "déclenchés mais non levés : 1" in text
    everything = "".join(mail.text + mail.html + str(mail.raw) for mail in office.mails)
    assert "Zubrowka" not in everything
    assert "Chili" not in everything
    assert "Pérou" not in everything


def test_a_digest_can_be_looked_at_without_being_sent(home: Home, office: MailServer) -> None:
    a_desk(home, title="Biển Đông", lang="vi")
    raise_alerts(home, an_alert())
    told = digest.preview(home, "sea", clearance=Label.OPEN, at=datetime(2026, 5, 4, 12, tzinfo=UTC))
    assert told.subject == "Biển Đông: điểm tin cảnh báo ngày 4/5/2026"
    assert (office.mails, lines(home)) == ([], [])


# --- operators and the watch


def test_an_operator_drops_resends_and_tries(home: Home, office: MailServer, web: Hooks) -> None:
    web.answers["/hook"] = Answer(404)
    a_desk(home, MAIL, hook(web))
    raise_alerts(home, an_alert())
    deliver(home)
    (stuck,) = delivering.outbox(home)
    web.answers.clear()
    assert delivering.decide(home, stuck.id, resend=True, by="An").state == "waiting"
    assert deliver(home).sent == 1
    for resend in (True, False):
        with pytest.raises(InputError, match="it is sent"):
            delivering.decide(home, stuck.id, resend=resend, by="An")
    raise_alerts(home, an_alert(key=OTHER))
    row = next(x for x in delivering.outbox(home) if x.channel == "mail")
    assert delivering.decide(home, row.id, resend=False, by="An").state == "dropped"
    deliver(home)
    assert len(office.mails) == 1
    with pytest.raises(NotFoundError):
        delivering.decide(home, 10_000, resend=True, by="An")
    delivering.try_channel(home, "sea", "mail")
    assert "a test of this channel" in str(office.mails[-1].message["Subject"])
    with pytest.raises(ItemError):
        delivering.try_channel(home, EVERYTHING, "log")
    with pytest.raises(NotFoundError):
        delivering.try_channel(home, "sea", "pigeon")


def test_a_thread_delivers_what_comes_and_ends_when_told(home: Home, office: MailServer) -> None:
    a_desk(home, MAIL)
    stop = threading.Event()
    with delivering.running(home, stop=stop) as wake:
        raise_alerts(home, an_alert())
        wake()
        wait_for(lambda: len(office.mails) == 1)
        raise_alerts(home, an_alert(key=OTHER))
        wake()
        wait_for(lambda: len(office.mails) == 2)
        stop.set()
    assert not [one for one in threading.enumerate() if one.name == "delivery"]


def test_a_full_outbox_leaves_soon(home: Home, web: Hooks) -> None:
    a_desk(home, Channel(name="feed", kind="rss", address="sea.xml"), hook(web))
    alerts: list[Alert] = [an_alert(DAY + timedelta(days=n)) for n in range(60)]
    raise_alerts(changed(home, stale_days=0), *alerts)
    begun = time.monotonic()
    assert deliver(home).sent == 180
    assert time.monotonic() - begun < 60
    assert len(web.posted) == 60
    assert len((home.path / "alerts.jsonl").read_text("utf-8").splitlines()) == 60


def test_a_home_that_may_only_be_read_sends_nothing(home: Home, office: MailServer) -> None:
    a_desk(home, MAIL)
    raise_alerts(home, an_alert())
    assert deliver(replace(home, reads_only=True)).sent == 0
    assert office.mails == []


def test_a_name_that_does_not_resolve_is_tried_again(home: Home) -> None:
    a_desk(home, Channel(name="w", kind="webhook", address="https://nowhere.invalid/x"))
    raise_alerts(home, an_alert())
    deliver(home)
    assert states(home) == {"w": "waiting"}
