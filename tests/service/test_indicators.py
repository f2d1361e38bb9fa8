from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from domain.alert import Watchlist, parse_series
from domain.document import Document
from domain.errors import InputError, NotFoundError, StoreError
from domain.event import Event, Modality
from domain.indicator import Indicator, Scenario, parse_indicator
from domain.label import Label
from index.store import events as event_store
from index.store import schema as s
from index.store import tension
from interfaces.cli import main
from service import indicators, watch
from service.config import load
from service.pipeline import ingest_documents
from service.wiring import Home, open_home

DAY = date(2014, 6, 1)
HOSTILE = "dyad:CN-VN/hostile"


def at(day: date, hour: int = 6) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def event(
    day: date, n: int, *, known: datetime | None = None, cameo: str = "190", pair: tuple[str, str] = ("CN", "VN"),
    label: Label = Label.OPEN, modality: Modality = "done", goldstein: float = -10.0,
) -> Event:  # fmt: skip
    return Event(
        day=day, known=known or at(day), source_actor=pair[0], target_actor=pair[1], source_country=pair[0],
        target_country=pair[1], cameo=cameo, goldstein=goldstein, origin="table", label=label,
        external_id=f"table:{day}-{n}", modality=modality,
    )  # fmt: skip


@pytest.fixture
def told(home: Home) -> Home:
    """Half a year in which forty events a day are read, one of China and Vietnam each week, and six a day at last."""
    found = []
    for i in range(180):
        day = DAY - timedelta(days=i)
        found += [event(day, n, cameo="040", pair=("FR", "DE"), goldstein=1.0) for n in range(40)]
        if i % 7 == 0:
            found.append(event(day, 20, cameo="112", goldstein=-2.0))
        if i < 5:
            found += [event(day, 30 + n) for n in range(6)]
    with home.write() as c:
        event_store.save_events(c, found)
    return home


def scenario(*series: str, name: str = "standoff") -> Scenario:
    return Scenario(name=name, title="Biển Đông", indicators=tuple(parse_indicator(x) for x in series))


def levels(home: Home, one: Scenario, *, days: int = 30, as_of: date = DAY) -> list[float | None]:
    return [day.level for day in indicators.draw(home, one, as_of=as_of, days=days).days]


def test_a_board_rises_with_what_is_told(told: Home) -> None:
    assert indicators.add(told, scenario(HOSTILE, "dyad:CN-VN/intensity", "country:JP/cooperative")) == 1
    board = indicators.read(told, "standoff", as_of=DAY, days=30)
    assert (board.revision, len(board.days), board.days[-1].day) == (1, 30, DAY)
    known = [day.level for day in board.days]
    assert max(level or 0 for level in known[:20]) < 20
    assert (known[-1] or 0) > 60
    hostile, intensity, cooperation = board.states
    assert hostile.readings[-1].value == 31
    assert (hostile.level, intensity.level, cooperation.level) == (100, 100, 0)
    assert (hostile.origins, hostile.newest, hostile.sources) == (("table",), DAY, ())


def test_a_day_sees_nothing_that_became_known_after_it(told: Home) -> None:
    one = scenario(HOSTILE, "country:CN/hostile", "type:ASSAULT")
    before = levels(told, one)
    day = DAY - timedelta(days=12)
    with told.write() as c:
        # Told of that day and earlier ones, but only two days later; and much more, of days to come.
        event_store.save_events(c, [event(day, 100 + n, known=at(DAY - timedelta(days=10))) for n in range(40)])
        event_store.save_events(c, [event(DAY + timedelta(days=3), n, known=at(DAY + timedelta(3))) for n in range(9)])
    after = levels(told, one)
    assert before[:19] == after[:19]
    assert before[19:21] != after[19:21]
    # Asked as of an earlier day, each day is what it is asked as of a later one.
    assert levels(told, one, days=10, as_of=day) == after[8:18]


def test_a_row_that_its_table_changed_counts_until_it_was_known(told: Home) -> None:
    one, day = scenario(HOSTILE), DAY - timedelta(days=4)
    before = levels(told, one, days=5)
    with told.write() as c:
        event_store.save_events(c, [
            event(day, 30 + n, known=at(DAY - timedelta(days=1)), cameo="040", goldstein=1.0) for n in range(6)
        ])  # fmt: skip
    after = levels(told, one, days=5)
    board = indicators.draw(told, one, as_of=DAY, days=5)
    assert [r.value for r in board.states[0].readings][-2:] == [25 - 6, 31 - 6]
    assert before[:3] == after[:3]


def test_only_what_is_done_and_may_be_seen_counts(told: Home) -> None:
    one = scenario(HOSTILE)
    before = levels(told, one)
    with told.write() as c:
        odd = [event(DAY, 200 + n, modality=m) for n in range(20) for m in ("negated", "future", "hypothetical")]
        event_store.save_events(c, [*odd, *(event(DAY, 300 + n, label=Label.SECRET) for n in range(20))])
    secret = indicators.draw(told, one, as_of=DAY, days=30)
    assert secret.states[0].readings[-1].value == 51
    seen = indicators.draw(told, one, as_of=DAY, days=30, clearance=Label.OPEN)
    assert [day.level for day in seen.days] == before


def test_a_silence_is_a_gap_on_the_board(told: Home) -> None:
    board = indicators.draw(told, scenario(HOSTILE), as_of=DAY + timedelta(days=3), days=5)
    assert [day.level is None for day in board.days] == [False, False, True, True, True]
    assert {r.gap for r in board.states[0].readings[2:]} == {"nothing was read"}
    assert board.states[0].newest == DAY


@pytest.fixture
def papers(home: Home) -> Home:
    """A report a day on France, and for the last week on China and Vietnam too, some of them secret."""
    found = []
    for i in range(90):
        day = DAY - timedelta(days=i)
        found.append(paper(f"fr-{i}", f"France and Germany signed agreement {i * 31} on trains in Paris.", day))
        if i < 7:
            text = f"China's coast guard rammed {i + 2} boats of Vietnam near reef {i * 17}; the oil rig stays."
            found.append(paper(f"cn-{i}", text, day, source="Harbour Post"))
            found.append(paper(f"x-{i}", f"Secret {i * 7}: China warned Vietnam over the oil rig, cable {i * 19}.", day,
                               source="Station", label=Label.SECRET))  # fmt: skip
    watch.add(home, Watchlist(name="rig", words=("oil rig",)))
    assert ingest_documents(home, found).new == len(found)
    return home


def paper(key: str, text: str, day: date, *, source: str = "Wire", label: Label = Label.OPEN) -> Document:
    return Document(source=source, title=key, text=text, item=key, external_id=key, known=at(day, 12),
                    known_basis="published", published=at(day, 11), label=label)  # fmt: skip


def test_documents_watchlists_and_entities_are_counted_with_their_sources(papers: Home) -> None:
    one = scenario("dyad:CN-VN", "watchlist:rig=2", "entity:iso:VN")
    board = indicators.draw(papers, one, as_of=DAY, days=3)
    assert [x.readings[-1].value for x in board.states] == [14, 14, 14]
    assert board.days[-1].level == 100
    assert {h.source for h in board.states[0].sources} == {"Harbour Post", "Station"}
    open_only = indicators.draw(papers, one, as_of=DAY, days=3, clearance=Label.OPEN)
    assert [x.readings[-1].value for x in open_only.states] == [7, 7, 7]
    assert {h.source for x in open_only.states for h in x.sources} == {"Harbour Post"}
    assert {x.readings[-1].read for x in open_only.states} == {14}


def test_a_day_whose_papers_were_read_for_events_and_told_none_is_quiet(papers: Home) -> None:
    one = scenario(HOSTILE)
    assert {day.level for day in indicators.draw(papers, one, as_of=DAY, days=3).days} == {None}
    with papers.write() as c:
        rows = [{"version_id": n, "coder": "a", "events": 0, "at": at(DAY)} for n in c.scalars(select(s.versions.c.id))]
        c.execute(s.codings.insert(), rows)
    board = indicators.draw(papers, one, as_of=DAY, days=3)
    assert [day.level for day in board.days] == [0, 0, 0]
    assert board.states[0].readings[-1].read == 21
    low = indicators.draw(papers, one, as_of=DAY, days=3, clearance=Label.OPEN)
    assert low.states[0].readings[-1].read == 14
    with papers.read() as c:
        told = tension.event_days(c, parse_series("dyad:CN-VN"), since=DAY, as_of=DAY)
        assert [(d.day, d.hostile, d.cooperative, d.read) for d in told] == [(DAY, 0, 0, 3)]
        [seen] = tension.event_days(c, parse_series("dyad:CN-VN"), since=DAY, as_of=DAY, clearance=Label.OPEN)
        assert seen.read == 2


def test_a_change_made_to_what_has_changed_is_refused(told: Home) -> None:
    one = scenario(HOSTILE)
    assert indicators.add(told, one, revision=0) == 1
    assert indicators.add(told, one) == 1
    assert indicators.add(told, scenario(HOSTILE, "country:VN/hostile"), revision=1) == 2
    with pytest.raises(InputError, match="it is at revision 2, the change was made to revision 1"):
        indicators.add(told, one, revision=1)
    with pytest.raises(InputError, match="revision 0"):
        indicators.add(told, one, revision=0)
    indicators.remove(told, "standoff")
    with pytest.raises(NotFoundError):
        indicators.remove(told, "standoff")
    assert indicators.listed(told) == []
    with told.read() as c:
        a = s.audit.c
        kept = c.execute(select(a.action, a.detail).where(a.subject == "standoff").order_by(a.id)).all()
    assert [row.action for row in kept] == ["scenario", "scenario", "scenario removed"]
    assert [len(json.loads(row.detail)["definition"]["indicators"]) for row in kept[:2]] == [1, 2]


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (scenario(HOSTILE, name=" "), "needs a name"),
        (scenario(), "1 to 20 indicators, not 0"),
        (scenario(HOSTILE, HOSTILE), "stands twice"),
        (scenario("dyad:CN-VN=0"), "weight of 0"),
        (scenario("dyad:CN-VN=nan"), "weight of nan"),
        (scenario("dyad:CN-XX"), "no country has the code 'XX'"),
        (scenario("directed:CN-VN"), "documents tell no direction"),
        (scenario("type:FIGHT"), "no such type"),
        (scenario("watchlist:none"), "no such watchlist"),
        (scenario("watchlist:none/hostile"), "no such watchlist"),
        (scenario("entity:body:asean/hostile"), "leave out /hostile"),
        (Scenario(name="s", indicators=(Indicator(series=parse_series(HOSTILE)),), window=0), "window of 0 days"),
        (Scenario(name="s", indicators=(Indicator(series=parse_series(HOSTILE)),), scale="x"), "unknown scale"),  # type: ignore[arg-type]
    ],
)
def test_what_means_nothing_is_refused(home: Home, one: Scenario, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        indicators.add(home, one)
    assert indicators.listed(home) == []


def test_a_home_without_anything_has_a_board_of_gaps(home: Home) -> None:
    indicators.add(home, scenario(HOSTILE, "dyad:CN-VN"))
    board = indicators.read(home, "standoff", as_of=DAY, days=3)
    assert [(day.level, day.seen) for day in board.days] == [(None, 0)] * 3
    assert [(x.newest, x.sources, x.origins) for x in board.states] == [(None, (), ())] * 2
    with pytest.raises(InputError, match="731 days"):
        indicators.read(home, "standoff", as_of=DAY, days=731)
    with pytest.raises(NotFoundError):
        indicators.read(home, "another", as_of=DAY)


BROKEN: list[object] = [
    {}, [], {"name": "x", "indicators": 3},
    {"name": "x", "title": "", "indicators": [{"series": "dyad:CN", "weight": 1}], "scale": "deviation", "window": 7},
]  # fmt: skip


@pytest.mark.parametrize("bad", BROKEN)
def test_one_that_cannot_be_read_stops_no_other(told: Home, bad: object) -> None:
    indicators.add(told, scenario(HOSTILE))
    with told.write() as c:
        c.execute(s.scenarios.insert().values(name="broken", definition=bad))
    assert [one.name for one, _ in indicators.listed(told)] == ["standoff"]
    with pytest.raises(StoreError, match=r"broken.*not a"):
        indicators.read(told, "broken", as_of=DAY)
    indicators.remove(told, "broken")


def run(home: Home, *args: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["scenarios", *args, "--home", str(home.path)])
    return done.exit_code, done.output


def test_the_commands(told: Home) -> None:
    assert run(told, "list") == (0, "There are no scenarios. `vedette scenarios add` makes one.\n")
    code, said = run(told, "add", "standoff", "--title", "Biển Đông", "--indicator", "dyad:VN-CN/hostile=2",
                     "--indicator", "country:JP/cooperative", "--json")  # fmt: skip
    assert code == 0
    made = json.loads(said)
    assert made["revision"] == 1
    assert made["indicators"] == [
        {"series": HOSTILE, "weight": 2.0}, {"series": "country:JP/cooperative", "weight": -1.0}
    ]  # fmt: skip
    code, said = run(told, "show", "standoff", "--as-of", DAY.isoformat(), "--days", "9", "--json")
    shown = json.loads(said)
    assert (code, len(shown["days"]), shown["days"][-1]["day"]) == (0, 9, "2014-06-01")
    assert shown["days"][-1]["level"] == pytest.approx(66.7, abs=0.1)
    assert shown["indicators"][0]["origins"] == ["table"]
    code, said = run(told, "show", "standoff", "--as-of", "2014-06-03", "--days", "3")
    assert "2014-06-03    -  ?" in said
    assert "nothing was read; last read 2014-06-01" in said
    assert "Biển Đông" in run(told, "list")[1]
    assert run(told, "add", "x", "--indicator", "dyad:CN")[0] == 2
    assert run(told, "add", "standoff", "--indicator", HOSTILE, "--revision", "0")[0] == 2
    assert run(told, "show", "nothing")[0] == 1
    assert run(told, "remove", "standoff") == (0, "removed standoff\n")
    assert run(told, "remove", "standoff")[0] == 1


@pytest.fixture
def real(shared: Path, tmp_path: Path) -> Iterator[Home]:
    """The coded events of China and Vietnam of 2014, and a third of the others."""
    home = open_home(tmp_path / "real")
    table = tmp_path / "events.csv"
    with gzip.open(shared / "data" / "icews" / "icews14.csv.gz", "rt", encoding="utf-8") as lines:
        head = next(lines)
        kept = [line for i, line in enumerate(lines) if i % 3 == 0 or ("China" in line and "Vietnam" in line)]
    table.write_text(head + "".join(kept), "utf-8")
    done = CliRunner().invoke(main, ["events", "import", str(table), "--home", str(home.path)])
    assert done.exit_code == 0, done.output
    yield home
    home.close()


def test_the_crisis_of_2014_on_real_events(real: Home) -> None:
    one = scenario("dyad:CN-VN/hostile=2", "dyad:CN-VN/intensity")
    board = indicators.draw(real, one, as_of=date(2014, 6, 1), days=60)
    by = {day.day: day.level for day in board.days}
    assert max(by[date(2014, 4, 5) + timedelta(days=i)] or 0 for i in range(29)) < 40
    assert all((by[date(2014, 5, 7) + timedelta(days=i)] or 0) > 50 for i in range(25))


def test_the_clearance_of_the_settings_holds(papers: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEDETTE_READER__CLEARANCE", "open")
    low = open_home(papers.path, settings=load(papers.path))
    try:
        assert low.settings.reader.clearance is Label.OPEN
        board = indicators.draw(low, scenario("dyad:CN-VN"), as_of=DAY, days=1)
        assert board.states[0].readings[-1].value == 7
    finally:
        low.close()
