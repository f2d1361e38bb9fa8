from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from domain.alert import SeriesKey, Watchlist
from domain.errors import InputError, NotFoundError
from index.store import alerts as store
from service import scan, watch
from service.pipeline import ingest
from service.search import delete
from service.wiring import Home

Jsonl = Callable[..., str]
START = date(2014, 3, 1)
OTHER = ("Peru and Chile signed an accord", "Kenya hosts a forum with Ghana", "Finland and Norway talk about fish")


def quiet(days: int, *, start: date = START) -> list[dict[str, str]]:
    """Three reports a day about other countries, and one every ten days on Japan and Korea."""
    rows = []
    for i in range(days):
        day = start + timedelta(days=i)
        for n, text in enumerate(OTHER):
            rows.append(
                {"id": f"q{i}-{n}", "text": f"{text} on day {i}. It was report {n}.", "published": day.isoformat()}
            )
        if i % 10 == 0:
            rows.append(
                {"id": f"jk{i}", "text": f"Japan and South Korea traded cars, {i}.", "published": day.isoformat()}
            )
    return rows


def burst(day: date, n: int, *, tag: str = "b") -> list[dict[str, str]]:
    return [
        {"id": f"{tag}{day}-{i}", "published": day.isoformat(), "source": f"Outlet {i % 3}",
         "text": f"Japan protested to South Korea over the islets, statement {tag} {i} of {day}."}
        for i in range(n)
    ]  # fmt: skip


DYAD = SeriesKey("dyad", ("JP", "KR"))


def raised(home: Home, key: SeriesKey = DYAD) -> list[date]:
    return sorted(a.opened for a in scan.listed(home) if a.key == key)


def test_one_alert_an_episode_with_its_evidence_baseline_and_health(home: Home, jsonl: Jsonl) -> None:
    day = START + timedelta(days=41)
    ingest(home, [jsonl(*quiet(45), *burst(day, 8), *burst(day + timedelta(days=1), 6))])
    found = [a for a in scan.scan(home, as_of=day + timedelta(days=3)) if a.key == DYAD]
    assert [a.opened for a in found] == [day]
    alert = next(a for a in scan.listed(home) if a.key == DYAD)
    assert alert.observed == 8
    assert alert.expected < 1
    assert alert.last == day + timedelta(days=1)
    documents = {s.detector for s in alert.signals if s.key.measure == "documents"}
    assert documents == {"counts", "ears_c2"}
    assert alert.evidence
    assert all("Japan" in e.text for e in alert.evidence)
    assert {h.source for h in alert.health} >= {"Outlet 0", "Outlet 1", "Outlet 2"}
    assert "Japan and South Korea" in alert.title


def test_scanning_again_raises_nothing_and_sends_nothing_again(home: Home, jsonl: Jsonl) -> None:
    day = START + timedelta(days=41)
    ingest(home, [jsonl(*quiet(45), *burst(day, 8))])
    scan.scan(home, as_of=day)
    sent = (home.path / "alerts.jsonl").read_text("utf-8")
    assert scan.scan(home, as_of=day) == []
    assert scan.scan(home, as_of=day + timedelta(days=1)) == []
    assert (home.path / "alerts.jsonl").read_text("utf-8") == sent
    assert raised(home) == [day]


def test_a_day_by_day_scan_and_one_scan_at_the_end_agree(home: Home, jsonl: Jsonl) -> None:
    day = START + timedelta(days=35)
    rows = [*quiet(50), *burst(day, 7), *burst(day + timedelta(days=2), 5)]
    ingest(home, [jsonl(*rows)])
    for i in range(50):
        scan.scan(home, as_of=START + timedelta(days=i))
    stepwise = [(a.id, a.opened, a.last, a.observed, a.peak, a.state) for a in scan.listed(home)]
    with home.write() as c:
        c.exec_driver_sql("DELETE FROM alerts")
        c.exec_driver_sql("DELETE FROM meta WHERE key = 'alerts.scanned'")
    scan.scan(home, as_of=START + timedelta(days=49))
    assert [(a.id, a.opened, a.last, a.observed, a.peak, a.state) for a in scan.listed(home)] == stepwise
    assert stepwise


def test_what_comes_later_changes_no_alert_before(home: Home, jsonl: Jsonl) -> None:
    day = START + timedelta(days=41)
    ingest(home, [jsonl(*quiet(60), *burst(day, 8))])
    scan.scan(home, as_of=day)
    before = [(a.id, a.score, a.observed, a.expected) for a in scan.listed(home, as_of=day)]
    ingest(home, [jsonl(*burst(day + timedelta(days=5), 30, tag="later"), name="later.jsonl")])
    scan.scan(home, as_of=day + timedelta(days=19))
    assert [(a.id, a.score, a.observed, a.expected) for a in scan.listed(home, as_of=day)] == before


def test_documents_that_become_known_late_send_the_scan_back(home: Home, jsonl: Jsonl) -> None:
    day = START + timedelta(days=41)
    ingest(home, [jsonl(*quiet(60))])
    scan.scan(home, as_of=START + timedelta(days=59))
    assert raised(home) == []
    ingest(home, [jsonl(*burst(day, 8), name="late.jsonl")])
    scan.scan(home, as_of=START + timedelta(days=59))
    assert raised(home) == [day]


def test_a_muted_series_is_suppressed_with_the_reason_and_acknowledging_is_kept(home: Home, jsonl: Jsonl) -> None:
    day = START + timedelta(days=41)
    ingest(home, [jsonl(*quiet(45), *burst(day, 8))])
    scan.mute(home, DYAD, reason="known quarrel")
    scan.scan(home, as_of=day)
    assert raised(home) == []
    with home.read() as c:
        reasons = {r.series: r.reason for r in store.suppressed(c)}
    assert "known quarrel" in reasons[str(DYAD)]
    assert scan.unmute(home, DYAD)
    with pytest.raises(NotFoundError):
        scan.acknowledge(home, "a0", by="me")


def test_acknowledge(home: Home, jsonl: Jsonl) -> None:
    day = START + timedelta(days=41)
    ingest(home, [jsonl(*quiet(45), *burst(day, 8))])
    alert = scan.scan(home, as_of=day)[0]
    assert scan.acknowledge(home, alert.id, by="desk", note="seen").acknowledged_by == "desk"


def test_deleted_evidence_is_gone_from_the_alert(home: Home, jsonl: Jsonl) -> None:
    day = START + timedelta(days=41)
    ingest(home, [jsonl(*quiet(45), *burst(day, 8))])
    scan.scan(home, as_of=day)
    first = scan.listed(home)[0].evidence[0].document_id
    delete(home, document=first)
    assert first not in {e.document_id for a in scan.listed(home) for e in a.evidence}


def test_a_watchlist_matches_what_is_held_and_what_comes(home: Home, jsonl: Jsonl) -> None:
    day = START + timedelta(days=41)
    ingest(home, [jsonl(*quiet(45), *burst(day, 4))])
    assert watch.add(home, Watchlist(name="islets", words=("islets",))) == 4
    ingest(home, [jsonl(*burst(day + timedelta(days=1), 5), name="more.jsonl")])
    scan.scan(home, as_of=day + timedelta(days=2))
    assert raised(home, SeriesKey("watchlist", ("islets",))) in ([day], [day + timedelta(days=1)])
    with pytest.raises(InputError):
        watch.add(home, Watchlist(name="empty"))


def test_an_empty_home_scans_to_nothing(home: Home) -> None:
    assert scan.scan(home, as_of=START) == []
    assert scan.listed(home) == []
