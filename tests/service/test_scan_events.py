"""The scan over coded events: what tables do wrong, what comes late or twice, and what an officer is told of it."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from domain.alert import Alert, SeriesKey
from domain.desk import Channel, Desk
from domain.event import Event
from domain.label import Label
from domain.time import now, start_of
from index.store import events as event_store
from index.store import schema as s
from index.store.coded import save_coded
from service import desks, scan, tables
from service.pipeline import Summary
from service.wiring import Home, open_home

Row = list[str]
Make = Callable[..., Home]
START = date(2014, 1, 1)
DAYS = 66
DAY = START + timedelta(days=60)
END = START + timedelta(days=DAYS - 1)
DYAD = SeriesKey("dyad", ("CN", "VN"))
HEAD = ["date", "source", "source_country", "relation", "cameo", "goldstein", "target", "target_country", "split"]
OTHERS = ("Peru", "Chile", "Kenya", "Ghana", "Finland", "Norway", "Brazil", "Egypt", "Japan", "India")
ACTS = (("112", "-2"), ("130", "-4"), ("150", "-7"), ("173", "-5"), ("190", "-10"), ("120", "-4"))


def row(day: date, one: str, other: str, cameo: str = "040", goldstein: str = "1", *, n: int = 0) -> Row:
    """A line as ICEWS has it; ``n`` tells the actors of one line from those of another."""
    return [day.isoformat(), f"Ministry {n} ({one})", one, "as coded", cameo, goldstein, f"Office {n} ({other})", other,
            "train"]  # fmt: skip


def quiet(days: int = DAYS, *, start: date = START, seed: int = 1) -> list[Row]:
    """What the world does every day, and now and then a word between China and Vietnam."""
    draw, found = random.Random(seed), []
    for i in range(days):
        day = start + timedelta(days=i)
        for n in range(20):
            one, other = draw.sample(OTHERS, 2)
            found.append(row(day, one, other, *(("112", "-2") if draw.random() < 0.2 else ("040", "1")), n=n))
        if i % 10 == 0:
            found.append(row(day, "China", "Vietnam"))
        if i % 25 == 2:
            found.append(row(day, "China", "Vietnam", "111", "-2"))
    return found


def clash(day: date = DAY, n: int = 5, *, one: str = "China", other: str = "Vietnam", first: int = 0) -> list[Row]:
    """Hostile acts of a day; with another ``first``, by other actors."""
    return [row(day, one, other, *ACTS[i % len(ACTS)], n=first + i) for i in range(n)]


def crisis() -> list[Row]:
    return [*clash(n=5), *clash(DAY + timedelta(days=1), 7), *clash(DAY + timedelta(days=2), 6)]


def told(rows: Sequence[Row], folder: Path, name: str = "table.csv") -> str:
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([HEAD, *rows])
    return str(path)


def take(home: Home, rows: Sequence[Row], **more: Any) -> Summary:
    """Import lines as a table, by the importer that the command uses."""
    return tables.import_tables(home, [told(rows, home.path, f"t{random.random()}.csv")], **more)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes homes that hold these lines."""
    made: list[Home] = []

    def new(*rows: Row) -> Home:
        home = open_home(tmp_path / f"home{len(made)}")
        made.append(home)
        if rows:
            assert take(home, rows).failed == 0
        return home

    yield new
    for home in made:
        home.close()


def of(home: Home, key: SeriesKey = DYAD) -> list[Alert]:
    return sorted((a for a in scan.listed(home) if a.key == key), key=lambda a: a.opened)


def opened(home: Home) -> list[tuple[date, str]]:
    return sorted((a.opened, str(a.key)) for a in scan.listed(home))


def state(home: Home) -> dict[str, Any]:
    """All that a scan leaves behind, but the moments at which it ran and the numbers of rows."""
    with home.read() as c:
        found: dict[str, Any] = {
            t.name: sorted(map(tuple, c.execute(select(*(x for x in t.c if x.name not in left))).all()), key=repr)
            for t, left in (
                (s.suppressions, ()), (s.candidates, ()), (s.alert_days, ()), (s.desk_alerts, ("changed",)),
                (s.outgoing, ("id", "created", "claimed", "sent", "next_try", "tries", "state", "error")),
            )
        }  # fmt: skip
    found["alerts"] = sorted(scan.listed(home), key=lambda a: a.id)
    return found


def event(day: date, known: datetime, n: int = 0, *, cameo: str = "190", **more: Any) -> Event:
    return Event(day=day, known=known, source_actor=f"Ministry {n}", target_actor=f"Office {n}", source_country="CN",
                 target_country="VN", cameo=cameo, goldstein=-5.0, origin="wire", **more)  # fmt: skip


def save(home: Home, events: Sequence[Event]) -> None:
    with home.write() as c:
        save_coded(c, events)


def cleared(home: Home, label: Label) -> Home:
    """The same home as a reader with another clearance opens it."""
    settings = replace(home.settings, reader=replace(home.settings.reader, clearance=label))
    return open_home(home.path, settings=settings)


# --- what an alert says


def test_a_clash_is_raised_once_on_its_day_and_says_why(make: Make) -> None:
    home = make(*quiet(), *crisis())
    raised = scan.scan(home, as_of=END)
    assert [(a.opened, a.key) for a in raised] == [(DAY, DYAD)]
    alert = of(home)[0]
    assert (alert.opened, alert.last, alert.observed, alert.peak) == (DAY, DAY + timedelta(days=2), 5, 7)
    why = alert.explanation
    assert 0.15 <= why["probability"] <= 1
    assert why["severity"] in ("low", "medium", "high")
    assert why["measure"] == "hostile"
    assert f"instead of {alert.observed}" in why["counterfactual"]
    assert why["drivers"]
    assert all(isinstance(words, str) and isinstance(by, float) for words, by in why["drivers"])
    assert why["sources"]["documents"] == 0
    with home.read() as c:
        told = {row.id: row for row in event_store.by_ids(c, why["events"])}
    events = [told[one] for one in why["events"]]
    assert [one.day for one in events] == [DAY] * 5
    assert [one.goldstein for one in events] == sorted(one.goldstein for one in events)
    assert {one.origin for one in events} == {"icews"}
    names = {one.detector for one in alert.signals}
    assert {"ranker", "counts", "ears_c2", "bocpd"} <= names
    assert all(one.key == replace(DYAD, measure="hostile") for one in alert.signals)
    assert "5 hostile events" in alert.title


def test_scanned_twice_is_scanned_once_and_day_by_day_is_at_once(make: Make) -> None:
    rows = [*quiet(), *crisis()]
    once, daily = make(*rows), make(*rows)
    for home in (once, daily):
        desks.save(home, Desk(name="vn", countries=("VN",), budget=0.5))
    assert scan.scan(once, as_of=END)
    before = state(once)
    assert scan.scan(once, as_of=END) == []
    assert state(once) == before
    for i in range(DAYS):
        scan.scan(daily, as_of=START + timedelta(days=i))
    after = state(daily)
    assert before["alerts"]
    assert before["candidates"]
    assert after == before


def test_what_comes_later_changes_no_alert_before(make: Make) -> None:
    one, other = make(*quiet(), *clash()), make(*quiet(), *clash())
    take(other, [*clash(DAY + timedelta(days=3), 40), *clash(DAY + timedelta(days=2), 30, one="Peru", other="Chile")])
    for home in (one, other):
        scan.scan(home, as_of=DAY)
    assert of(one) == of(other) != []
    scan.scan(other, as_of=END)
    same = ("id", "opened", "observed", "expected", "score", "signals", "explanation")
    # The episode goes on, and is shown as it stood.
    then = next(a for a in scan.listed(other, as_of=DAY) if a.key == DYAD)
    assert [getattr(then, name) for name in same] == [getattr(of(one)[0], name) for name in same]


# --- what is wrong with a table


def test_rows_dated_in_the_future_are_refused_or_wait_for_their_day(make: Make) -> None:
    home = make(*quiet())
    summary = take(home, clash(now().date() + timedelta(days=400), 6))
    assert (summary.events, summary.failed) == (0, 6)
    assert all("implausible date" in failure["error"] for failure in summary.failures)
    # Announced five days before: counted when the day has come.
    save(home, [event(DAY, start_of(DAY - timedelta(days=5)), n) for n in range(6)])
    scan.scan(home, as_of=DAY - timedelta(days=1))
    assert of(home) == []
    scan.scan(home, as_of=DAY)
    assert [a.opened for a in of(home)] == [DAY]


def test_what_becomes_known_weeks_later_is_no_news(make: Make) -> None:
    home = make(*quiet())
    known = DAY + timedelta(days=4)
    save(home, [event(DAY - timedelta(days=20), start_of(known), n) for n in range(8)])
    scan.scan(home, as_of=END)
    assert of(home) == []


def test_what_was_known_then_and_is_told_late_sends_the_scan_back(make: Make) -> None:
    home, whole = make(*quiet()), make(*quiet(), *crisis())
    scan.scan(home, as_of=END)
    assert of(home) == []
    take(home, crisis())
    for one in (home, whole):
        scan.scan(one, as_of=END)
    assert [a.opened for a in of(home)] == [DAY]
    left, right = state(home), state(whole)
    assert left == right


def test_unknown_codes_are_failures_and_the_rest_is_scanned(make: Make) -> None:
    home, clean = make(*quiet()), make(*quiet(), *crisis())
    odd = [row(DAY, "China", "Vietnam", code, "-5", n=90 + i) for i, code in enumerate(("---", "", "999", "xyz"))]
    summary = take(home, [*crisis(), *odd])
    assert (summary.events, summary.failed) == (len(crisis()), 4)
    assert all("no CAMEO code" in failure["error"] for failure in summary.failures)
    for one in (home, clean):
        scan.scan(one, as_of=END)
    assert of(home) == of(clean) != []


def test_a_country_named_in_three_ways_is_one_series(make: Make) -> None:
    names = (("China", "Viet Nam"), ("CHN", "Vietnam"), ("People's Republic of China", "VNM"))
    mixed = [row(DAY, *names[i % 3], *ACTS[i], n=i) for i in range(6)]
    home = make(*quiet(), *mixed)
    scan.scan(home, as_of=END)
    assert [(a.opened, a.observed) for a in of(home)] == [(DAY, 6)]
    with home.read() as c:
        codes = {
            code for pair in c.execute(select(s.events.c.source_country, s.events.c.target_country)) for code in pair
        }
    assert {"CN", "VN"} <= codes
    assert all(code is not None and len(code) == 2 for code in codes)


def test_duplicate_rows_are_counted_once(make: Make) -> None:
    rows = [*quiet(), *crisis()]
    once, often = make(*rows), make(*rows, *rows)
    assert take(often, rows).events == 0
    for home in (once, often):
        scan.scan(home, as_of=END)
    assert of(often)[0].observed == 5
    assert state(often) == state(once)


def test_a_month_of_missing_data_is_no_calm_before_a_storm(make: Make) -> None:
    def gap(line: Row) -> bool:
        return date(2014, 1, 29) <= date.fromisoformat(line[0]) < date(2014, 2, 26)

    back = date(2014, 2, 26)
    home = make(*(line for line in quiet(90) if not gap(line)))
    scan.scan(home, as_of=back + timedelta(days=20))
    assert opened(home) == []
    # A real clash on the first day after it is told all the same.
    take(home, clash(back, 7))
    scan.scan(home, as_of=back + timedelta(days=20))
    assert opened(home) == [(back, str(DYAD))]


def test_a_series_of_zeros_is_never_in_question(make: Make) -> None:
    friendly = [row(START + timedelta(days=i), "Laos", "Nepal", n=n) for i in range(DAYS) for n in range(4)]
    home = make(*quiet(), *friendly, *crisis())
    scan.scan(home, as_of=END)
    with home.read() as c:
        asked = set(c.scalars(select(s.candidates.c.series)))
    assert asked
    assert not any("LA" in one or "NP" in one for one in asked)
    assert [key for _, key in opened(home)] == [str(DYAD)]
    # One bad word after months of none is no crisis.
    take(home, [row(END, "Laos", "Nepal", "111", "-2")])
    assert scan.scan(home, as_of=END) == []


def test_an_event_that_is_corrected_counts_as_it_was_known_on_each_day(make: Make) -> None:
    def told_as(cameo: str, day: date, n: int) -> Event:
        return event(DAY, start_of(day), n, cameo=cameo, external_id=f"wire:{n}")

    first = [told_as("190", DAY, n) for n in range(6)]
    mended = [told_as("040", DAY + timedelta(days=1), n) for n in range(6)]
    late, live = make(*quiet()), make(*quiet())
    save(late, first)
    save(late, mended)
    scan.scan(late, as_of=END)
    save(live, first)
    scan.scan(live, as_of=DAY)
    assert [a.opened for a in of(live)] == [DAY]
    save(live, mended)
    scan.scan(live, as_of=END)
    assert [(a.opened, a.observed) for a in of(late)] == [(a.opened, a.observed) for a in of(live)] == [(DAY, 6)]
    # Of the day after it, nothing hostile is left: the episode did not go on.
    assert of(live)[0].last == of(late)[0].last == DAY


def test_a_correction_of_what_was_scanned_already_sends_the_scan_back(make: Make) -> None:
    def ahead(cameo: str, known: date) -> list[Event]:
        return [event(DAY + timedelta(days=2), start_of(known), n, cameo=cameo, external_id=f"wire:{n}")
                for n in range(6)]  # fmt: skip

    home = make(*quiet(), *clash())
    save(home, ahead("190", DAY))
    scan.scan(home, as_of=END)
    assert [(a.opened, a.last) for a in of(home)] == [(DAY, DAY + timedelta(days=2))]
    save(home, ahead("040", DAY + timedelta(days=1)))
    scan.scan(home, as_of=END)
    assert [(a.opened, a.last) for a in of(home)] == [(DAY, DAY)]


# --- what a desk is told


def test_a_day_with_a_hundred_times_the_usual_is_no_flood(make: Make) -> None:
    """All the world told a hundred times over: a fault of the source. What is raised of it says so."""
    flood = [[cell if i not in (1, 6) else f"{cell} {k}" for i, cell in enumerate(line)]
             for line in quiet() if line[0] == DAY.isoformat() for k in range(100)]  # fmt: skip
    home = make(*quiet(), *flood)
    assert len(flood) >= 2000
    scan.scan(home, as_of=END)
    assert len(opened(home)) <= 4
    # What stands out even then is raised, and the officer reads that its figures are those of a surge.
    take(home, clash(DAY, 150))
    scan.scan(home, as_of=END)
    assert [a.opened for a in of(home)] == [DAY]
    reading = of(home)[0].explanation["reading"]
    assert reading["items"] == pytest.approx(len(flood) + 20 + 150, abs=2)
    assert reading["usual"] == pytest.approx(20, abs=1)
    assert reading["divided_by"] > 10
    assert "surge" in reading["note"]
    assert of(home)[0].observed < 150 / 10
    assert all("reading" in alert.explanation for alert in scan.listed(home))


def test_an_ordinary_days_alert_speaks_of_no_surge(make: Make) -> None:
    home = make(*quiet(), *crisis())
    scan.scan(home, as_of=END)
    assert "reading" not in of(home)[0].explanation


def test_events_above_the_readers_clearance_change_nothing(make: Make) -> None:
    plain, closed = make(*quiet(), *crisis()), make(*quiet(), *crisis())
    secret = [*clash(DAY - timedelta(days=9), 9, first=100), *clash(DAY, 9, one="Peru", other="Chile", first=100),
              *clash(DAY + timedelta(days=1), 40, first=100)]  # fmt: skip
    take(closed, secret, label=Label.SECRET)
    for home in (plain, closed):
        desks.save(home, Desk(name="vn", countries=("VN",), budget=0.5))
        scan.mute(home, SeriesKey("dyad", ("CL", "PE")), reason="not now")
    low = [cleared(home, Label.RESTRICTED) for home in (plain, closed)]
    for home in low:
        scan.scan(home, as_of=END)
    assert state(low[1]) == state(low[0])
    assert of(low[1])
    for home in low:
        home.close()
    # Scanned by one who may read them, they raise alerts that the others do not see, and suppressions neither.
    scan.scan(closed, as_of=END)
    assert DAY - timedelta(days=9) in [a.opened for a in of(closed)]
    assert {r.series for r in scan.suppressed(closed)} == {"dyad:CL-PE"}
    reader = cleared(closed, Label.RESTRICTED)
    assert all(a.label <= Label.RESTRICTED for a in scan.listed(reader))
    assert DAY - timedelta(days=9) not in [a.opened for a in of(reader)]
    assert scan.suppressed(reader) == []
    reader.close()


def test_a_mute_holds_for_coded_events_and_says_so(make: Make) -> None:
    home = make(*quiet(), *crisis())
    scan.mute(home, DYAD, reason="known quarrel")
    scan.scan(home, as_of=END)
    assert of(home) == []
    found = {(r.series, r.day): r.reason for r in scan.suppressed(home)}
    assert "known quarrel" in found[str(DYAD), DAY]
    with home.read() as c:
        asked = {(r.series, r.day): r.probability for r in c.execute(select(s.candidates))}
    assert asked[str(DYAD), DAY] >= 0.15


def test_what_a_desk_has_no_room_for_is_kept_with_the_reason(make: Make) -> None:
    pairs = (("China", "Vietnam"), ("Laos", "Nepal"), ("Cuba", "Haiti"))
    home = make(*quiet(), *(line for one, other in pairs for line in clash(DAY, 6, one=one, other=other)))
    desks.save(home, Desk(name="all", budget=0.25))
    scan.scan(home, as_of=DAY)
    scan.scan(home, as_of=DAY)  # the same day again brings no new room
    assert sum(day == DAY for day, _ in opened(home)) == 1
    reasons = [r.reason for r in scan.suppressed(home) if r.day == DAY]
    assert len(reasons) == 2
    assert all("beyond" in reason or "threshold" in reason for reason in reasons)


def test_an_escalation_is_told_to_the_desks_that_have_the_alert(make: Make) -> None:
    storm = [line for i, n in enumerate((4, 12, 25)) for line in clash(DAY + timedelta(days=i), n)]
    home = make(*quiet(), *storm)
    desks.save(home, Desk(name="vn", dyads=(("CN", "VN"),)))
    desks.save(home, Desk(name="peru", countries=("PE",)))
    for name in ("vn", "peru"):
        desks.add_channel(home, name, Channel(name="file", kind="log", address=f"{name}.jsonl"))
    scan.scan(home, as_of=END)
    alert = of(home)[0]
    steps = alert.explanation["escalations"]
    assert steps[0]["from"] == "low"
    assert steps[-1]["to"] == alert.explanation["severity"] != "low"
    with home.read() as c:
        kinds = {(r.kind, r.desk) for r in c.execute(select(s.outgoing))}
    assert {("alert", "vn"), ("escalation", "vn")} <= kinds
    assert not any(desk == "peru" for _, desk in kinds)
    # As of the day before it, it had not escalated yet.
    then = scan.listed(home, as_of=date.fromisoformat(steps[0]["day"]) - timedelta(days=1))
    assert [a.explanation["severity"] for a in then if a.key == DYAD] == [steps[0]["from"]]


# --- a real year


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_real_year_keeps_budgets_and_warns_of_china_and_vietnam_in_time(make: Make, shared: Path) -> None:
    home = make()
    tables.import_tables(home, [str(shared / "data" / "icews" / "icews14.csv.gz")])
    budgets = {"quarter": 0.25, "one": 1.0}
    for name, budget in budgets.items():
        desks.save(home, Desk(name=name, budget=budget))
    scan.scan(home, as_of=date(2014, 12, 31))
    opened_on = [a.opened for a in of(home)]
    assert sum(day < date(2014, 5, 1) for day in opened_on) <= 1
    assert any(date(2014, 5, 1) <= day <= date(2014, 5, 6) for day in opened_on)
    for name, budget in budgets.items():
        days = [one.day for one in desks.inbox(home, name)]
        for first in (date(2014, 1, 15), date(2014, 4, 16), date(2014, 7, 16), date(2014, 10, 1)):
            came = sum(first <= day < first + timedelta(days=91) for day in days)
            # Within a fifth, or the one alert by which a small budget's room cannot be met more closely.
            assert abs(came - 91 * budget) <= max(0.2 * 91 * budget, 5), (name, first, came)
    with home.read() as c:
        reasons = list(c.scalars(select(s.suppressions.c.reason)))
    assert reasons
    assert all(reasons)
