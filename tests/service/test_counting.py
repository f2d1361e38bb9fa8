"""What a scan counts: versions in force, once each; and what becomes of alerts when it has to go back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.alert import SeriesKey
from domain.errors import InputError
from domain.label import Label
from domain.time import end_of
from index.store import alerts as store
from service import scan
from service.counting import start_day, versions_known
from service.pipeline import ingest
from service.search import delete
from service.wiring import Home, open_home

Jsonl = Callable[..., str]
Row = dict[str, Any]
START = date(2014, 3, 1)
DAY = START + timedelta(days=41)
DYAD = SeriesKey("dyad", ("JP", "KR"))


def quiet(days: int) -> list[Row]:
    texts = ("Peru and Chile signed an accord", "Kenya hosts a forum with Ghana", "Finland and Norway talk about fish")
    return [{"id": f"q{i}-{n}", "text": f"{text} on day {i}.", "published": (START + timedelta(days=i)).isoformat()}
            for i in range(days) for n, text in enumerate(texts)]  # fmt: skip


def burst(day: date, n: int, *, tag: str = "b", **more: str) -> list[Row]:
    return [{"id": f"{tag}{day}-{i}", "published": day.isoformat(), "source": f"Outlet {i % 3}",
             "text": f"Japan protested to South Korea over the islets, statement {tag} {i} of {day}.", **more}
            for i in range(n)]  # fmt: skip


def of_dyad(home: Home, **kwargs: Any) -> list[tuple[date, date, int, str]]:
    return sorted((a.opened, a.last, a.peak, a.state) for a in scan.listed(home, **kwargs) if a.key == DYAD)


def test_an_updated_document_counts_once_and_in_its_last_version(home: Home, jsonl: Jsonl) -> None:
    first = burst(DAY, 8)
    updated = [{**row, "text": row["text"] + " The text was mended."} for row in first[:6]]
    away = [{**row, "text": "Brazil sold coffee to Egypt."} for row in first[6:7]]
    ingest(home, [jsonl(*quiet(45), *first), jsonl(*updated, *away, name="updates.jsonl")])
    scan.scan(home, as_of=DAY)
    assert of_dyad(home) == [(DAY, DAY, 7, "open")]


def test_a_scan_of_an_earlier_day_loses_no_alert_of_a_later_one(home: Home, jsonl: Jsonl) -> None:
    end = DAY + timedelta(days=3)
    ingest(home, [jsonl(*quiet(45), *burst(DAY, 8))])
    scan.scan(home, as_of=end)
    before = of_dyad(home)
    ingest(
        home, [jsonl({"id": "late", "text": "Ghana wrote to Kenya.", "published": START.isoformat()}, name="l.jsonl")]
    )
    scan.scan(home, as_of=START + timedelta(days=10))
    scan.scan(home, as_of=end)
    assert of_dyad(home) == before != []


def test_a_late_document_that_takes_the_place_of_a_deleted_one_is_not_overlooked(home: Home, jsonl: Jsonl) -> None:
    end = START + timedelta(days=44)
    ingest(home, [jsonl(*quiet(45))])
    ingest(
        home, [jsonl({"id": "last", "text": "Egypt hosts Brazil.", "published": end.isoformat()}, name="last.jsonl")]
    )
    scan.scan(home, as_of=end)
    delete(home, external_id="last")
    ingest(home, [jsonl(*burst(DAY, 8)[:1], name="one.jsonl")])
    top = Label.TOP_SECRET
    with home.read() as c:
        assert start_day(c, versions_known(c, until=end, clearance=top), clearance=top) == DAY


def test_an_episode_that_was_open_on_the_day_gone_back_to_goes_on(home: Home, jsonl: Jsonl) -> None:
    """One scan at the end, and a scan that goes back, tell the same episodes."""
    more, end = DAY + timedelta(days=5), DAY + timedelta(days=11)
    rows = [*quiet(60), *burst(DAY, 8)]
    late = [{"id": "late", "text": "Ghana wrote to Kenya.", "published": (DAY + timedelta(days=4)).isoformat()},
            *burst(more, 6)]  # fmt: skip
    ingest(home, [jsonl(*rows)])
    scan.scan(home, as_of=end)
    assert [state for *_, state in of_dyad(home)] == ["closed"]
    ingest(home, [jsonl(*late, name="late.jsonl")])
    scan.scan(home, as_of=end)
    other = open_home(home.path / "other")
    ingest(other, [jsonl(*rows, *late, name="all.jsonl")])
    scan.scan(other, as_of=end)
    assert of_dyad(home) == of_dyad(other) == [(DAY, more, 8, "open")]
    other.close()


def test_an_acknowledged_alert_lives_through_going_back_as_one_episode(home: Home, jsonl: Jsonl) -> None:
    end = DAY + timedelta(days=30)
    ingest(home, [jsonl(*quiet(75), *burst(DAY, 8))])
    found = scan.scan(home, as_of=DAY)
    scan.acknowledge(home, next(a for a in found if a.key == DYAD).id, by="desk")
    ingest(
        home, [jsonl({"id": "late", "text": "Ghana wrote to Kenya.", "published": START.isoformat()}, name="l.jsonl")]
    )
    scan.scan(home, as_of=end)
    assert of_dyad(home) == [(DAY, DAY, 8, "closed")]
    # What comes to be known raises it a day earlier: the acknowledged one is part of that episode then.
    ingest(home, [jsonl(*burst(DAY - timedelta(days=1), 8, tag="e"), name="early.jsonl")])
    scan.scan(home, as_of=end)
    assert [state for *_, state in of_dyad(home)] == ["closed"] * len(of_dyad(home))
    assert of_dyad(home)[0][0] == DAY - timedelta(days=1)


def test_what_was_suppressed_and_is_raised_now_is_suppressed_no_more(home: Home, jsonl: Jsonl) -> None:
    ingest(home, [jsonl(*quiet(45), *burst(DAY, 8))])
    scan.mute(home, DYAD, reason="known quarrel")
    scan.scan(home, as_of=DAY)
    scan.unmute(home, DYAD)
    ingest(
        home, [jsonl({"id": "late", "text": "Ghana wrote to Kenya.", "published": START.isoformat()}, name="l.jsonl")]
    )
    scan.scan(home, as_of=DAY)
    assert len(of_dyad(home)) == 1
    with home.read() as c:
        assert str(DYAD) not in {row.series for row in store.suppressed(c)}


def test_evidence_as_of_a_day_is_the_text_of_that_day_and_never_of_a_paper_closed_since(
    home: Home, jsonl: Jsonl
) -> None:
    ingest(home, [jsonl(*quiet(45), *burst(DAY, 8, label="restricted"))])
    scan.scan(home, as_of=DAY)
    one = next(a for a in scan.listed(home) if a.key == DYAD)
    later = {"text": "Japan and South Korea: a text of later days.", "label": "secret",
             "fetched": (DAY + timedelta(days=2)).isoformat()}  # fmt: skip
    ingest(home, [jsonl({**burst(DAY, 1)[0], **later}, name="u.jsonl")])
    with home.read() as c:
        whole, then, less = (
            store.load_alerts(c, ids=[one.id], **kwargs)[0].evidence  # type: ignore[arg-type]
            for kwargs in ({}, {"as_of": DAY}, {"clearance": Label.RESTRICTED})
        )
    assert len(whole) == len(then) == 8
    assert "later days" not in str(then)
    assert len(less) == 7
    assert end_of(DAY) > max(e.published for e in then if e.published)


def test_a_reader_with_less_clearance_scans_what_that_reader_may_see_and_spoils_no_others_alerts(
    home: Home, jsonl: Jsonl
) -> None:
    ingest(home, [jsonl(*quiet(45), *burst(DAY, 8, label="secret", source="Embassy"), *burst(DAY, 2, tag="o"))])
    low = open_home(
        home.path, settings=replace(home.settings, reader=replace(home.settings.reader, clearance=Label.OPEN))
    )
    assert scan.scan(low, as_of=DAY) == []
    found = scan.scan(home, as_of=DAY)
    assert [a.observed for a in found if a.key == DYAD] == [10]
    assert scan.listed(low) == []
    with pytest.raises(InputError, match="clearance"):
        scan.scan(low, as_of=DAY + timedelta(days=1))
    assert [a.observed for a in scan.listed(home) if a.key == DYAD] == [10]
    low.close()


def test_a_visible_alert_says_nothing_of_sources_above_its_label(home: Home, jsonl: Jsonl) -> None:
    closed = [
        {"id": "x", "text": "A note on Fiji.", "published": START.isoformat(), "source": "Embassy", "label": "secret"}
    ]
    ingest(home, [jsonl(*closed, *quiet(45), *burst(DAY, 8))])
    scan.scan(home, as_of=DAY)
    alert = next(a for a in scan.listed(home) if a.key == DYAD)
    assert alert.label == Label.OPEN
    assert "Embassy" not in {h.source for h in alert.health}


def test_an_alert_that_goes_on_by_secret_papers_takes_their_label(home: Home, jsonl: Jsonl) -> None:
    ingest(home, [jsonl(*quiet(45), *burst(DAY, 60), *burst(DAY + timedelta(days=1), 90, tag="s", label="secret"))])
    scan.scan(home, as_of=DAY)
    assert next(a for a in scan.listed(home) if a.key == DYAD).label == Label.OPEN
    scan.scan(home, as_of=DAY + timedelta(days=1))
    alert = next(a for a in scan.listed(home) if a.key == DYAD)
    assert (alert.peak, alert.label) == (90, Label.SECRET)


def test_an_alert_that_cannot_leave_stays_and_leaves_with_the_next_scan(home: Home, jsonl: Jsonl) -> None:
    ingest(home, [jsonl(*quiet(45), *burst(DAY, 8))])
    blocked = home.path / "alerts.jsonl"
    blocked.mkdir()
    assert scan.scan(home, as_of=DAY) != []
    blocked.rmdir()
    scan.scan(home, as_of=DAY)
    assert str(DYAD) in blocked.read_text("utf-8")


def test_a_paper_that_claims_to_be_known_since_the_year_one_does_not_stop_the_scan(home: Home, jsonl: Jsonl) -> None:
    odd = {"id": "odd", "text": "Japan and South Korea: a leaf.", "fetched": "0001-01-01"}
    ingest(home, [jsonl(odd, *quiet(45), *burst(DAY, 8))])
    scan.scan(home, as_of=DAY)
    assert [opened for opened, *_ in of_dyad(home)] == [DAY]
