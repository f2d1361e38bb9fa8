from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.alert import SeriesKey
from domain.label import Label
from domain.time import now
from service import desks
from service.wiring import open_home
from tests.fakes.outside import Answer, Hooks, hooks
from tests.interfaces.test_cli import call, lines
from tests.service.sending import an_alert, raise_alerts

SECRET = an_alert(key=SeriesKey("dyad", ("CL", "PE")), label=Label.SECRET, title="Zubrowka")


@pytest.fixture
def home(tmp_path: Path) -> str:
    return str(tmp_path / "home")


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hooks]:
    monkeypatch.setenv("VEDETTE_DELIVERY__ALLOW_HOSTS", "localhost")
    with hooks() as made:
        yield made


def raised(home: str) -> None:
    made = open_home(Path(home))
    raise_alerts(made, an_alert(), SECRET)
    made.close()


def told(*args: str, status: int = 0) -> list[Any]:
    return lines(call(*args, "--json", status=status))


def test_a_desk_is_made_changed_shown_and_removed(home: str) -> None:
    call("desks", "add", "sea", "--title", "Biển Đông", "--country", "Philippines", "--dyad", "Vietnam,China",
         "--budget", "0.5", "--lang", "vi", "--digest-hour", "7", "--home", home)  # fmt: skip
    call("desks", "add", "sea", "--clearance", "secret", "--home", home)
    call("alerts", "budget", "sea", "1.5", "--home", home)
    everything, sea = told("desks", "list", "--home", home)
    assert (everything["name"], everything["channels"][0]["kind"]) == ("all", "log")
    assert (sea["title"], sea["countries"], sea["dyads"]) == ("Biển Đông", ["PH"], [["CN", "VN"]])
    assert (sea["budget"], sea["lang"], sea["digest_hour"], sea["clearance"]) == (1.5, "vi", 7, "secret")
    assert told("desks", "add", "sea", "--no-digest", "--home", home)[0]["digest_hour"] is None
    assert "follows PH, CN-VN; 1.5 alerts a day; vi; no digest" in call("desks", "list", "--home", home)
    call("desks", "remove", "sea", "--home", home)
    assert len(told("desks", "list", "--home", home)) == 1


@pytest.mark.parametrize("args", [
    ("add", "a/b"), ("add", "x", "--country", "Atlantis"), ("add", "x", "--dyad", "China"),
    ("add", "x", "--lang", "de"), ("add", "x", "--timezone", "Mars"),
    ("add", "x", "--clearance", "cosmic"), ("add", "x", "--digest-hour", "24"),
    ("channel", "add", "all", "smtp", "nobody"), ("channel", "add", "all", "apprise", "syslog://"),
    ("channel", "add", "all", "rss", "vedette.db"),
])  # fmt: skip
def test_what_makes_no_sense_ends_with_status_2(home: str, args: tuple[str, ...]) -> None:
    call("desks", *args, "--home", home, status=2)
    assert len(told("desks", "list", "--home", home)[0]["channels"]) == 1


def test_what_is_not_there_ends_with_status_1(home: str) -> None:
    for args in (("remove", "x"), ("inbox", "x"), ("channel", "remove", "all", "x"), ("resend", "7"), ("digest", "x"),
                 ("add", "x", "--watchlist", "none")):  # fmt: skip
        assert "error" in told("desks", *args, "--home", home, status=1)[-1]


def test_officers_work_through_their_inbox(home: str) -> None:
    call("desks", "add", "sea", "--dyad", "China,Vietnam", "--home", home)
    raised(home)
    (one,) = told("desks", "inbox", "sea", "--home", home)
    name = one["alert"]["id"]
    assert told("alerts", "ack", name, "--desk", "sea", "--by", "An", "--home", home)[0]["desk_state"] == "acknowledged"
    assert told("alerts", "assign", name, "--to", "Bình", "--desk", "sea", "--home", home)[0]["assigned_to"] == "Bình"
    later = f"{now().year + 1}-01-01"
    asleep = told("alerts", "snooze", name, "--until", later, "--desk", "sea", "--home", home)[0]
    assert asleep["snoozed_until"] == f"{now().year}-12-31T17:00:00Z"  # midnight in Hanoi
    call("alerts", "snooze", name, "--until", "2014-01-01", "--home", home, status=2)
    call("alerts", "snooze", name, "--until", "soon", "--home", home, status=2)
    call("alerts", "mark", name, "wrong", "--desk", "sea", "--note", "cũ", "--home", home)
    marked = told("alerts", "mark", name, "right", "--desk", "sea", "--by", "An", "--home", home)[0]
    assert marked["verdict"] == {"right": True, "by": "An"}
    assert (marked["series"], marked["dyad"]) == ("dyad:CN-VN", ["China", "Vietnam"])
    text = call("desks", "inbox", "sea", "--home", home)
    assert "snoozed" in text
    assert text.rstrip().endswith("with Bình  right")
    assert told("alerts", "ack", name, "--home", home)[0]["acknowledged_by"]
    assert len(told("desks", "inbox", "--home", home)) == 2
    call("alerts", "ack", SECRET.id, "--desk", "sea", "--home", home, status=1)


def test_messages_leave_fail_and_are_sent_again(home: str, web: Hooks) -> None:
    web.answers["/t0ken"] = Answer(404)
    call("desks", "add", "sea", "--home", home)
    call("desks", "channel", "add", "sea", "webhook", f"{web.url}/t0ken", "--name", "hook", "--home", home)
    call("desks", "channel", "add", "sea", "rss", "sea.xml", "--home", home)
    raised(home)
    done = told("desks", "send", "--home", home, status=1)[0]
    assert (done["sent"], done["failed"], done["withheld"]) == (3, 1, 2)  # two of the record of all
    stuck = told("desks", "outbox", "--home", home)
    assert sorted((x["channel"], x["state"]) for x in stuck) == [
        ("hook", "failed"),
        ("hook", "withheld"),
        ("rss", "withheld"),
    ]
    failed = next(x for x in stuck if x["state"] == "failed")
    web.answers.clear()
    call("desks", "resend", str(failed["id"]), "--home", home)
    assert "sent 1" in call("desks", "send", "--home", home)
    for one in stuck:
        if one["state"] == "withheld":
            call("desks", "drop", str(one["id"]), "--home", home)
    assert call("desks", "outbox", "--home", home) == "Nothing waits.\n"
    everything = call("desks", "outbox", "--all", "--home", home)
    assert everything.count("dropped by") == 2
    assert told("desks", "channel", "test", "sea", "hook", "--home", home)[0]["sent"] is True
    web.answers["/t0ken"] = Answer(500)
    assert "answered 500" in told("desks", "channel", "test", "sea", "hook", "--home", home, status=1)[0]["reason"]
    listed = call("desks", "list", "--home", home) + call("desks", "list", "--json", "--home", home) + everything
    assert "t0ken" not in listed
    assert "Zubrowka" not in json.dumps([one.json for one in web.posted])


def test_a_reader_sees_of_it_what_he_is_cleared_for(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    call("desks", "add", "sea", "--home", home)
    raised(home)
    monkeypatch.setenv("VEDETTE_READER__CLEARANCE", "open")
    assert [x["alert"]["title"] for x in told("desks", "inbox", "sea", "--home", home)] == [an_alert().title]
    assert [x["alert_id"] for x in told("desks", "outbox", "--all", "--home", home)] == [an_alert().id]
    call("alerts", "mark", SECRET.id, "right", "--home", home, status=1)
    call("desks", "channel", "add", "sea", "smtp", "a@b.example", "--clearance", "secret", "--home", home, status=2)
    assert "Zubrowka" not in call("desks", "digest", "sea", "--clearance", "secret", "--home", home)


def test_a_digest_is_shown_in_the_language_of_the_desk(home: str) -> None:
    call("desks", "add", "sea", "--lang", "vi", "--title", "Biển Đông", "--home", home)
    raised(home)
    text = call("desks", "digest", "sea", "--home", home)
    assert text.startswith("Biển Đông: điểm tin cảnh báo ngày")
    assert "Trung Quốc và Việt Nam" in text
    assert "không được gửi qua kênh này vì độ mật: 1" in text
    made = open_home(Path(home))
    assert desks.desk(made, "sea").lang == "vi"
    made.close()
