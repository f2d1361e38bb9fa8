from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from domain.alert import Watchlist, parse_series
from domain.document import Document
from domain.errors import InputError, QueryError
from domain.event import Event, Modality
from domain.label import Label
from index.store import events as event_store
from interfaces.cli import main
from interfaces.cli.series import key_of
from service import watch
from service.config import load
from service.pipeline import ingest_documents
from service.series import SeriesView, view
from service.wiring import Home, open_home

DAY = date(2014, 6, 1)
HOSTILE = "dyad:CN-VN/hostile"


def ago(n: int) -> date:
    return DAY - timedelta(days=n)


def at(day: date, hour: int = 6) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def event(
    day: date, n: int, *, known: datetime | None = None, cameo: str = "190", pair: tuple[str, str] = ("CN", "VN"),
    label: Label = Label.OPEN, modality: Modality = "done", origin: str = "table",
) -> Event:  # fmt: skip
    return Event(
        day=day, known=known or at(day), source_actor=pair[0], target_actor=pair[1], source_country=pair[0],
        target_country=pair[1], cameo=cameo, goldstein=-10.0 if cameo == "190" else 2.5, origin=origin, label=label,
        external_id=f"{origin}:{day}-{n}-{label}-{modality}", modality=modality,
    )  # fmt: skip


def save(home: Home, *events: Event) -> None:
    with home.write() as c:
        event_store.save_events(c, list(events))


def read(home: Home, key: str, *, days: int = 10, as_of: date = DAY, clearance: Label | None = None) -> SeriesView:
    first = as_of - timedelta(days=days - 1)
    return view(home, parse_series(key), since=first, as_of=as_of, clearance=clearance)


def counts(found: SeriesView) -> list[float | None]:
    return [line.day.value for line in found.lines]


@pytest.fixture
def told(home: Home) -> Home:
    """Ninety days of twenty events each, in which China acts on Vietnam twice a day and Vietnam once in three days."""
    found = []
    for i in range(90):
        found += [event(ago(i), n, cameo="040", pair=("FR", "DE")) for n in range(20)]
        found += [event(ago(i), 30 + n) for n in range(2)]
        if i % 3 == 0:
            found.append(event(ago(i), 40, pair=("VN", "CN")))
    save(home, *found)
    return home


def test_a_pair_either_way_and_by_one_to_the_other(told: Home) -> None:
    either, one, other = (
        counts(read(told, key, days=6))
        for key in (HOSTILE, "directed:CN-VN/hostile", "directed:VN-CN/hostile")
    )  # fmt: skip
    assert (either, one, other) == ([2, 2, 3, 2, 2, 3], [2] * 6, [0, 0, 1, 0, 0, 1])
    assert counts(read(told, "dyad:CN-VN/cooperative", days=2)) == [0, 0]
    assert counts(read(told, "country:VN/hostile", days=3)) == [2, 2, 3]
    assert counts(read(told, "dyad:DE-FR/cooperative", days=2)) == [20, 20]


def test_types_and_sums_with_a_sign(told: Home) -> None:
    assert counts(read(told, "type:ASSAULT", days=3)) == [2, 2, 3]
    assert counts(read(told, "type:CONSULT", days=2)) == [20, 20]
    found = read(told, "dyad:CN-VN/intensity", days=3)
    assert counts(found) == [-20, -20, -30]
    assert all((line.day.adjusted or 0) < -15 and (line.day.expected or 0) < -15 for line in found.lines)


def test_a_day_says_what_was_read_and_from_whom(told: Home) -> None:
    save(told, *(event(ago(1), n, origin="other table", pair=("US", "CN")) for n in range(3)))
    found = read(told, HOSTILE, days=2)
    assert (found.unit, found.known, found.newest) == ("events", True, DAY)
    assert [(x.day.read, x.documents, x.events, x.sources) for x in found.lines] == [(25, 0, 25, 2), (23, 0, 23, 1)]
    day = found.lines[0].day
    assert day.expected == pytest.approx(2.33 * 25 / 22.3, rel=0.1)
    assert found.reference == pytest.approx(22.3, abs=0.2)


def test_a_silent_week_is_a_gap(told: Home) -> None:
    after = DAY + timedelta(days=8)
    save(told, *(event(after, n, cameo="040", pair=("FR", "DE")) for n in range(20)), event(after, 30))
    found = read(told, HOSTILE, days=10, as_of=after)
    assert counts(found) == [2, 3, *[None] * 7, 1]
    assert [line.day.flags for line in found.lines[2:9]] == [("not read",)] * 7
    assert [line.sources for line in found.lines] == [1, 1, *[0] * 7, 1]
    assert found.lines[-1].day.expected == pytest.approx(2.33 * 21 / 22.3, rel=0.1)


def test_what_became_known_later_is_not_in_an_earlier_view(told: Home) -> None:
    before = read(told, HOSTILE, as_of=ago(3))
    save(told, *(event(ago(5), 100 + n, known=at(ago(1))) for n in range(30)))
    # A row that its table changed later counted until then.
    save(told, event(ago(4), 30, known=at(ago(1)), cameo="040"))
    assert read(told, HOSTILE, as_of=ago(3)) == before
    assert counts(before)[-4:] == [3, 2, 2, 3]
    later = read(told, HOSTILE, days=6, as_of=ago(0))
    assert counts(later) == [32, 1, 3, 2, 2, 3]
    assert "known late" in later.lines[0].day.flags
    # Those days were judged by what was known when they began; only the days after see it.
    rate = {x.day.day: (x.day.expected or 0) / x.day.read for x in read(told, HOSTILE, days=10).lines}
    same = [x.day for x in before.lines if x.day.day in rate]
    assert len(same) == 7
    assert all(rate[day.day] == pytest.approx((day.expected or 0) / day.read) for day in same)
    assert rate[DAY] > rate[ago(1)]


def test_what_may_not_be_seen_changes_nothing(told: Home) -> None:
    before = read(told, HOSTILE)
    hidden = [event(ago(i), 200 + n, label=Label.SECRET, origin="station") for i in range(40) for n in range(30)]
    undone = [event(ago(2), 300, modality=m) for m in ("negated", "future", "hypothetical")]
    tomorrow = [event(DAY + timedelta(days=1), 400, known=at(DAY))]
    save(told, *hidden, *undone, *tomorrow)
    assert read(told, HOSTILE, clearance=Label.OPEN) == before
    cleared = read(told, HOSTILE)
    assert counts(cleared)[-1] == 33
    assert cleared.lines[-1].sources == 2


def paper(key: str, text: str, day: date, *, source: str = "Wire", label: Label = Label.OPEN) -> Document:
    return Document(source=source, title=key, text=text, item=key, external_id=key, known=at(day, 12),
                    known_basis="published", published=at(day, 11), label=label)  # fmt: skip


@pytest.fixture
def papers(home: Home) -> Home:
    """Two reports a day on France, and for the last week one on China and Vietnam and a secret cable on them."""
    found = []
    for i in range(40):
        found += [paper(f"fr-{i}-{n}", f"France and Germany signed agreement {i * 31 + n} on trains in Paris.", ago(i))
                  for n in range(2)]  # fmt: skip
        if i < 7:
            text = f"China's coast guard rammed {i + 2} boats of Vietnam near reef {i * 17}; the oil rig stays."
            found.append(paper(f"cn-{i}", text, ago(i), source="Harbour Post"))
            found.append(paper(f"x-{i}", f"Secret {i * 7}: China warned Vietnam over the oil rig, cable {i * 19}.",
                               ago(i), source="Station", label=Label.SECRET))  # fmt: skip
    watch.add(home, Watchlist(name="rig", words=("oil rig",)))
    assert ingest_documents(home, found).new == len(found)
    return home


@pytest.mark.parametrize("key", ["dyad:CN-VN", "country:VN", "watchlist:rig", "entity:iso:VN"])
def test_documents_of_pairs_countries_watchlists_and_entities(papers: Home, key: str) -> None:
    found = read(papers, key, days=8)
    assert found.unit == "documents"
    assert counts(found) == [0, *[2] * 7]
    assert [(x.day.read, x.documents, x.sources) for x in found.lines] == [(2, 2, 1), *[(4, 4, 3)] * 7]
    assert (found.lines[1].day.expected or 0) < 0.1
    assert (found.lines[1].day.adjusted or 0) > 0.5
    seen = read(papers, key, days=8, clearance=Label.OPEN)
    assert counts(seen) == [0, *[1] * 7]
    assert [(x.day.read, x.sources) for x in seen.lines] == [(2, 1), *[(3, 2)] * 7]


def test_the_clearance_of_the_settings_holds(papers: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEDETTE_READER__CLEARANCE", "open")
    low = open_home(papers.path, settings=load(papers.path))
    try:
        assert counts(read(low, "dyad:CN-VN", days=2)) == [1, 1]
    finally:
        low.close()


def test_days_unless_given(told: Home) -> None:
    key = parse_series(HOSTILE)
    # Nothing was read for years: the last month of which something was.
    found = view(told, key)
    assert (found.since, found.until, found.newest) == (ago(29), DAY + timedelta(days=1), DAY)
    assert found.as_of > DAY
    # A feed that fell silent of late is seen to be silent.
    silent = view(told, key, as_of=DAY + timedelta(days=2))
    assert (silent.since, silent.until) == (ago(27), DAY + timedelta(days=3))
    assert [line.day.value for line in silent.lines[-3:]] == [3, None, None]
    assert len(view(told, key, since=ago(4), until=ago(1), as_of=DAY).lines) == 3
    # What is still to come is left out.
    assert view(told, key, since=ago(1), until=DAY + timedelta(days=9), as_of=DAY).until == DAY + timedelta(days=1)


def test_a_home_without_anything_has_gaps(home: Home) -> None:
    found = read(home, HOSTILE, days=3)
    assert (counts(found), found.known, found.newest, found.reference) == ([None] * 3, False, None, None)


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("dyad:CN-XX", "no country has the code 'XX'"), ("directed:CN-VN", "tell no direction"),
        ("type:FIGHT", "no such type"), ("watchlist:none", "no such watchlist"),
        ("entity:body:asean/hostile", "leave out /hostile"), ("dyad:CN-CN", "two countries"),
    ],
)  # fmt: skip
def test_what_means_nothing_is_refused(home: Home, key: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as raised:
        read(home, key)
    assert raised.value.stage == "series"


def test_days_that_cannot_be_are_refused(told: Home) -> None:
    key = parse_series(HOSTILE)
    for since, until, reason in (
        (DAY, ago(1), "before they begin"), (DAY + timedelta(days=1), None, "they begin|after"),
        (DAY + timedelta(days=5), DAY + timedelta(days=9), "come after"), (date(1900, 1, 1), None, "more than"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=reason):
            view(told, key, since=since, until=until, as_of=DAY)


def test_keys_as_they_are_typed() -> None:
    for text, measure, wanted in (
        ("Vietnam", None, "country:VN"), ("China,Viet Nam", None, "dyad:CN-VN"), ("vn,cn", "hostile", HOSTILE),
        ("China>Vietnam", None, "directed:CN-VN/hostile"), ("Vietnam > China", "intensity", "directed:VN-CN/intensity"),
        ("dyad:vn-cn", None, "dyad:CN-VN"), (HOSTILE, "hostile", HOSTILE),
        ("Việt Nam", "hostile", "country:VN/hostile"),
        ("type:ASSAULT", None, "type:ASSAULT"), ("entity:body:asean", None, "entity:body:asean"),
    ):  # fmt: skip
        assert str(key_of(text, measure)) == wanted  # type: ignore[arg-type]
    for text, measure in (("China,China", None), ("A,B,C", None), (HOSTILE, "cooperative"), ("Atlantis", None),
                          ("China,Vietnam,France", None), ("", None)):  # fmt: skip
        with pytest.raises((InputError, QueryError)):
            key_of(text, measure)  # type: ignore[arg-type]


def run(home: Home, *args: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["series", *args, "--home", str(home.path)])
    return done.exit_code, done.output


def rows(said: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.splitlines()]


def test_the_command(told: Home) -> None:
    span = ("--since", ago(2).isoformat(), "--as-of", (DAY + timedelta(days=1)).isoformat())
    code, said = run(told, "China,Vietnam", "--measure", "hostile", *span, "--json")
    found = rows(said)
    assert code == 0
    assert [(row["day"], row["count"], row["flags"]) for row in found] == [
        ("2014-05-30", 2, []), ("2014-05-31", 2, []), ("2014-06-01", 3, []), ("2014-06-02", None, ["not read"]),
    ]  # fmt: skip
    assert {key: found[2]["exposure"][key] for key in ("unit", "read", "documents", "events", "sources")} == {
        "unit": "events", "read": 23, "documents": 0, "events": 23, "sources": 1,
    }  # fmt: skip
    assert found[2]["value"] == 3
    code, said = run(told, HOSTILE, *span, "--json", "--adjusted")
    assert [row["value"] for row in rows(said)] == [row["adjusted"] for row in found]
    assert found[3]["adjusted"] is None
    assert 2 < found[2]["adjusted"] < 3.2
    code, said = run(told, "China > Vietnam", *span)
    assert code == 0
    assert "China → Vietnam: hostile events a day, as known at the end of 2014-06-02" in said
    assert "nothing was read of the days after 2014-06-01" in said
    [last] = [line for line in said.splitlines() if line.startswith("2014-06-02")]
    assert last.split()[2:5] == ["-"] * 3
    assert last.endswith("?                         not read")
    assert "no documents were read of these days; --measure hostile" in run(told, "Vietnam", *span)[1]
    assert "never told of, or misspelt" in run(told, "Peru", "--measure", "hostile", *span)[1]
    assert run(told, "Atlantis")[0] == 2
    assert run(told, "dyad:CN-VN/hostile", "--measure", "intensity")[0] == 2
    assert run(told, HOSTILE, "--since", "2014-06-01", "--until", "2014-05-01")[0] == 2
    assert "nothing has been read" not in said


def test_a_home_without_anything_says_so(home: Home) -> None:
    code, said = run(home, "China,Vietnam", "--measure", "hostile")
    assert code == 0
    assert "nothing has been read" in said


@pytest.fixture
def real(shared: Path, tmp_path: Path) -> Iterator[Home]:
    """The coded events of the first half of 2014, every third and those of China and Vietnam."""
    home = open_home(tmp_path / "real")
    table = tmp_path / "events.csv"
    with gzip.open(shared / "data" / "icews" / "icews14.csv.gz", "rt", encoding="utf-8") as lines:
        head = next(lines)
        kept = [line for i, line in enumerate(lines) if i % 3 == 0 or ("China" in line and "Vietnam" in line)]
    table.write_text(head + "".join(line for line in kept if line[:7] < "2014-07"), "utf-8")
    done = CliRunner().invoke(main, ["events", "import", str(table), "--home", str(home.path)])
    assert done.exit_code == 0, done.output
    yield home
    home.close()


def test_real_weekends_are_evened_out_and_the_crisis_stays(real: Home) -> None:
    found = view(real, parse_series("country:US/cooperative"), since=date(2014, 3, 1), as_of=date(2014, 6, 30))

    def weekend(values: list[tuple[date, float]]) -> float:
        rest, work = ([v for d, v in values if (d.weekday() >= 5) is ends] for ends in (True, False))
        return (sum(rest) / len(rest)) / (sum(work) / len(work))

    assert weekend([(x.day.day, x.day.value or 0.0) for x in found.lines]) < 0.7
    assert weekend([(x.day.day, x.day.adjusted or 0.0) for x in found.lines]) > 0.85
    crisis = view(real, parse_series(HOSTILE), since=date(2014, 4, 1), as_of=date(2014, 6, 1)).lines
    april = [x.day.adjusted or 0.0 for x in crisis if x.day.day.month == 4]
    may = [x.day.adjusted or 0.0 for x in crisis if date(2014, 5, 5) <= x.day.day < date(2014, 5, 24)]
    assert sum(may) / len(may) > 10 * sum(april) / len(april) + 1
