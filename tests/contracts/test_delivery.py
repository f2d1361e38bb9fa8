"""What every delivery promises: an alert leaves the house once, also after a restart.

First the record of all alerts by itself; then every kind of channel, from the outbox to a receiver that is there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import feedparser
import pytest

from alerts.delivery.log import LogDelivery
from domain.alert import Alert, Evidence, SeriesKey
from domain.desk import KINDS, Channel, ChannelKind
from domain.ids import alert_id
from domain.label import Label
from domain.protocols import Delivery
from index.store import outgoing
from service.delivering import deliver
from service.wiring import Home
from tests.fakes.outside import hooks, mail_server
from tests.service.sending import a_desk, a_home, an_alert, raise_alerts, states
from tests.service.sending import opened as open_with

DAY = date(2014, 5, 2)


def alert(day: date = DAY, *, title: str = "Trung Quốc và Việt Nam: 7 bài") -> Alert:
    key = SeriesKey("dyad", ("CN", "VN"))
    shown = Evidence(document_id="d1", passage_id=4, title="t", source="s", lang="vi", published=None, text="x")
    return Alert(
        id=alert_id(series=str(key), opened=day.isoformat()), key=key, title=title, opened=day, last=day, state="open",
        score=7.25, observed=7, expected=0.26, peak=7, signals=(), evidence=(shown,), label=Label.RESTRICTED,
    )  # fmt: skip


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out" / "alerts.jsonl"


def test_it_is_a_delivery(path: Path) -> None:
    assert isinstance(LogDelivery(path), Delivery)


def test_the_same_alert_is_delivered_once_also_by_another_process(path: Path) -> None:
    delivery = LogDelivery(path)
    delivery.deliver(alert(), day=DAY)
    delivery.deliver(replace(alert(), title="changed", peak=20), day=date(2014, 5, 3))
    LogDelivery(path).deliver(alert(), day=DAY)
    assert len(rows(path)) == 1


def test_another_episode_is_another_alert(path: Path) -> None:
    delivery = LogDelivery(path)
    for day in (DAY, date(2014, 7, 1), DAY):
        delivery.deliver(alert(day), day=day)
    assert [row["date"] for row in rows(path)] == ["2014-05-02", "2014-07-01"]


def test_a_line_can_be_scored_and_read_by_people(path: Path) -> None:
    LogDelivery(path).deliver(alert(), day=date(2014, 5, 3))
    (row,) = rows(path)
    assert (row["date"], row["dyad"], row["score"]) == ("2014-05-02", ["CN", "VN"], 7.25)
    assert (row["delivered"], row["series"], row["label"]) == ("2014-05-03", "dyad:CN-VN", "restricted")
    assert "Trung Quốc" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("cut", [1, 2, 40, -1])
def test_a_line_cut_short_by_a_crash_is_written_again_and_harms_no_other(path: Path, cut: int) -> None:
    delivery = LogDelivery(path)
    delivery.deliver(alert(), day=DAY)
    delivery.deliver(alert(date(2014, 7, 1)), day=DAY)
    whole = path.read_bytes()
    begin = whole.index(b"\n") + 1
    path.write_bytes(whole[: begin + cut] if cut > 0 else whole[:-1])
    again = LogDelivery(path)
    for _ in range(2):
        again.deliver(alert(date(2014, 7, 1)), day=DAY)
        again.deliver(alert(date(2014, 8, 1)), day=DAY)
    readable = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            readable.append(json.loads(line)["date"])
        except ValueError:
            continue
    assert readable == ["2014-05-02", "2014-07-01", "2014-08-01"]


def test_a_file_that_was_rotated_away_begins_anew(path: Path) -> None:
    delivery = LogDelivery(path)
    delivery.deliver(alert(), day=DAY)
    path.unlink()
    delivery.deliver(alert(), day=DAY)
    assert len(rows(path)) == 1


# --- every kind of channel


@dataclass
class Way:
    """A kind of channel with its receiver: the texts it has received, and the home opened once more."""

    home: Home
    channel: Channel
    received: Callable[[], list[str]]
    again: Callable[[], Home]


@pytest.fixture(params=KINDS)
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Way]:
    kind: ChannelKind = request.param
    folder = tmp_path / "home"
    with mail_server() as office, hooks() as web, a_home(folder, smtp_port=office.port) as home:
        address = {
            "smtp": "desk@mfa.example", "webhook": f"{web.url}/hook", "apprise": f"json://localhost:{web.port}/chat",
            "rss": "feeds/sea.xml", "log": "sea.jsonl",
        }[kind]  # fmt: skip
        receivers: dict[ChannelKind, Callable[[], list[str]]] = {
            "smtp": lambda: [f"{mail.message['Subject']}\n{mail.text}\n{mail.html}" for mail in office.mails],
            "webhook": lambda: [one.body.decode() for one in web.posted],
            "apprise": lambda: [f"{one.json['title']}\n{one.json['message']}" for one in web.posted],
            "rss": lambda: [f"{one.title}\n{one.id}\n{one.description}" for one in _feed(folder / address)],
            "log": lambda: (folder / address).read_text("utf-8").splitlines() if (folder / address).exists() else [],
        }
        opened: list[Home] = []

        def again() -> Home:
            opened.append(open_with(folder, smtp_port=office.port))
            return opened[-1]

        yield Way(home, Channel(name="way", kind=kind, address=address), receivers[kind], again)
        for one in opened:
            one.close()


def _feed(path: Path) -> list[feedparser.FeedParserDict]:
    return list(feedparser.parse(path.read_bytes()).entries) if path.exists() else []


def test_every_channel_delivers_once_also_after_a_restart(way: Way) -> None:
    a_desk(way.home, way.channel)
    one = an_alert(title="China and Vietnam: giàn khoan")
    raise_alerts(way.home, one)
    for home in (way.home, way.home, way.again()):
        deliver(home)
        raise_alerts(home, one)
    deliver(way.again())
    assert len(way.received()) == 1
    assert "giàn khoan" in way.received()[0]
    assert states(way.home) == {"way": "sent"}


def test_every_channel_delivers_each_episode(way: Way) -> None:
    a_desk(way.home, way.channel)
    raise_alerts(way.home, an_alert(title="First"))
    deliver(way.home)
    raise_alerts(way.home, an_alert(date(2014, 6, 2), title="Second"), an_alert(date(2014, 6, 3), title="Third"))
    deliver(way.again())
    found = way.received()
    assert len(found) == 3
    assert [sum(word in text for text in found) for word in ("First", "Second", "Third")] == [1, 1, 1]


def test_no_channel_carries_what_is_above_its_clearance(way: Way) -> None:
    a_desk(way.home, replace(way.channel, clearance=Label.RESTRICTED))
    raise_alerts(
        way.home, an_alert(title="Plain", label=Label.RESTRICTED),
        an_alert(key=SeriesKey("dyad", ("CL", "PE")), title="Zubrowka", label=Label.CONFIDENTIAL),
    )  # fmt: skip
    assert deliver(way.home).withheld == 1
    (text,) = way.received()
    assert "Plain" in text
    for word in ("Zubrowka", "Chile", "Peru", "confidential"):
        assert word not in text


def test_no_channel_delivers_twice_what_a_crash_overtook(way: Way) -> None:
    a_desk(way.home, way.channel)
    raise_alerts(way.home, an_alert())
    with way.home.write() as c:
        (row,) = outgoing.listed(c, desk="sea")
        assert outgoing.claim(c, row.id, at=datetime.now(UTC))
        assert not outgoing.claim(c, row.id, at=datetime.now(UTC))
    for _ in range(3):
        deliver(way.again())
    if way.channel.kind in ("rss", "log"):
        assert (len(way.received()), states(way.home)) == (1, {"way": "sent"})
    else:
        assert (way.received(), states(way.home)) == ([], {"way": "uncertain"})


@pytest.mark.parametrize(
    "evil", ["Rig\r\nBcc: all@evil.example", "<script>alert(1)</script>", "]]>&<x>\x00\x1b[31m", "\udcff"]
)
def test_no_title_breaks_a_channel(way: Way, evil: str) -> None:
    a_desk(way.home, way.channel)
    raise_alerts(
        way.home, an_alert(title=evil.encode("utf-8", "replace").decode()), an_alert(date(2014, 5, 3), title="Next")
    )
    deliver(way.home)
    found = way.received()
    assert len(found) == 2
    assert sum("Next" in text for text in found) == 1
    assert not any("\x1b" in text or "\r\nBcc" in text for text in found)
    if way.channel.kind == "smtp":
        assert not any("<script>" in text.partition("<!doctype")[2] for text in found)
