"""What every delivery promises: an alert leaves the house once, also after a restart."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from alerts.delivery.log import LogDelivery
from domain.alert import Alert, Evidence, SeriesKey
from domain.ids import alert_id
from domain.label import Label
from domain.protocols import Delivery

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
