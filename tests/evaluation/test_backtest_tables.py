"""Tables that are odd or spoilt: what a desk officer is told, and what the figures then are."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from alerts.panel import read_table
from alerts.ranking.ranker import Ranker, load
from domain.errors import InputError
from evaluation.backtest import Backtest, backtest
from evaluation.table_checks import notes, without_future
from tests.evaluation import backtest_tables as made

TODAY = date(2020, 1, 1)


@cache
def ranker() -> Ranker:
    return load()


def run(path: Path, *, first: date | None = None, last: date | None = None) -> Backtest:
    events = without_future(read_table(path), path, today=TODAY)
    return backtest(events, ranker(), name=path.name, first=first, last=last, notes=notes(events, path))


def on(day: int) -> str:
    return (made.START + timedelta(days=day)).isoformat()


def test_a_table_without_a_column_is_refused(tmp_path: Path) -> None:
    path = made.write(tmp_path / "t.csv", made.rows(60), head="date,source_country,target_country,code")
    with pytest.raises(InputError, match="no column cameo"):
        run(path)


@pytest.mark.parametrize("text", [made.HEAD + "\n", made.HEAD + "\nyesterday,A,B,190\n"])
def test_a_table_without_events_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError, match="no event in it"):
        run(tmp_path / "t.csv")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("")
    with pytest.raises(InputError):
        run(tmp_path / "t.csv")


def test_a_table_of_one_country_is_refused(tmp_path: Path) -> None:
    path = made.write(tmp_path / "t.csv", [(on(i), "Arcadia", "Arcadia", "190") for i in range(60)])
    with pytest.raises(InputError, match="no event between two countries"):
        run(path)


@pytest.mark.parametrize(("days", "fits"), [(35, False), (36, True)])
def test_fewer_than_36_days_are_too_few(tmp_path: Path, days: int, fits: bool) -> None:
    path = made.write(tmp_path / "t.csv", [(on(i), "Arcadia", "Borduria", "190") for i in range(days)])
    if fits:
        assert run(path).body["days"] == 1
        return
    with pytest.raises(InputError, match="35 days are too few"):
        run(path)


@pytest.mark.parametrize(("first", "last", "said"), [
    (date(2013, 12, 31), None, "--from 2013-12-31 is outside.*2014-01-01 to 2014-04-30"),
    (date(2014, 4, 29), None, "--from 2014-04-29 is outside"),
    (None, date(2014, 5, 1), "--to 2014-05-01 is outside"),
    (None, date(2014, 1, 20), "--to 2014-01-20 is outside"),
])  # fmt: skip
def test_days_outside_the_table_are_refused(tmp_path: Path, first: date | None, last: date | None, said: str) -> None:
    path = made.write(tmp_path / "t.csv", made.rows())
    with pytest.raises(InputError, match=said):
        run(path, first=first, last=last)


def test_only_the_days_asked_for_are_scored_and_written(tmp_path: Path) -> None:
    path = made.write(tmp_path / "t.csv", made.rows())
    first, last = date(2014, 2, 20), date(2014, 3, 31)
    found = run(path, first=first, last=last)
    assert found.body["span"] == [str(first), str(last)]
    assert found.body["days"] == 40
    assert len(found.body["daily"]) == 40
    assert {first, last} & {line.date for line in found.lines}
    assert all(first <= line.date <= last for line in found.lines)


def test_unknown_codes_and_unreadable_days_are_counted_by_line(tmp_path: Path) -> None:
    table = [*made.rows(), (on(50), "Arcadia", "Borduria", "XYZ"), ("05/06/2014", "Arcadia", "Borduria", "190")]
    path = made.write(tmp_path / "t.csv", table)
    events = read_table(path)
    n = len(table)
    assert events.bad == ((n, "no CAMEO code: 'XYZ'"), (n + 1, "no day: '05/06/2014'"))
    assert events.refused == 2
    found, without = run(path), run(made.write(tmp_path / "u.csv", table[:-2]))
    assert found.body["onsets"] == without.body["onsets"]
    assert [x.dyad for x in found.lines] == [x.dyad for x in without.lines]


def test_rows_of_the_future_are_left_out_by_line(tmp_path: Path) -> None:
    table = made.rows()
    late = [("2031-01-01", "Arcadia", "Borduria", "190"), ("2020-01-02", "Elbonia", "Florin", "190")]
    path = made.write(tmp_path / "t.csv", [*table[:5], *late, *table[5:]])
    events = without_future(read_table(path), path, today=TODAY)
    assert events.bad == ((7, "in the future: '2031-01-01'"), (8, "in the future: '2020-01-02'"))
    assert (events.refused, len(events)) == (2, len(table))
    assert run(path).body["span"] == ["2014-01-29", "2014-04-23"]


def test_a_row_of_today_is_none_of_the_future(tmp_path: Path) -> None:
    path = made.write(tmp_path / "t.csv", made.rows())
    events = read_table(path)
    assert without_future(events, path, today=date(2014, 4, 30)) is events


def test_rows_told_twice_count_and_are_said(tmp_path: Path) -> None:
    table = [row for n, row in enumerate(dict.fromkeys(made.rows())) for _ in range(2 if n < 10 else 1)]
    path = made.write(tmp_path / "t.csv", table)
    assert f"10 of {len(table)} rows are word for word as another" in " ".join(notes(read_table(path), path))


def test_a_country_under_three_names_is_said_and_not_renamed(tmp_path: Path) -> None:
    names = {0: "Viet Nam", 1: "Vietnam", 2: "VNM"}
    table = [(day, "China" if a == "Arcadia" else a, names[n % 3] if b == "Borduria" else b, code)
             for n, (day, a, b, code) in enumerate(made.rows())]  # fmt: skip
    path = made.write(tmp_path / "t.csv", table)
    found = run(path)
    [said] = [note for note in found.body["notes"] if note.startswith("VN ")]
    assert all(repr(name) in said for name in names.values())
    told = Counter(b for _, _, b, _ in table)
    share = 1 - max(told[name] for name in names.values()) / sum(told[name] for name in names.values())
    assert f"({share:.1%} of its rows)" in said
    assert {"Viet Nam", "Vietnam", "VNM"} <= {name for line in found.lines for name in line.dyad}


def test_a_month_of_missing_days_is_said_and_raises_nothing_when_it_ends(tmp_path: Path) -> None:
    gap = {on(day) for day in range(55, 76)}
    whole = [row for row in made.rows() if row[3] != "190"]
    path = made.write(tmp_path / "t.csv", [row for row in whole if row[0] not in gap])
    found = run(path)
    said = f"nothing is told of the 21 days between {on(54)} and {on(76)}"
    assert said in " ".join(found.body["notes"])
    after = [line for line in found.lines if on(56) <= str(line.date) <= on(82)]
    usual = [line.probability for line in run(made.write(tmp_path / "u.csv", whole)).lines]
    assert after
    assert all(str(line.date) >= on(76) for line in after)
    assert max(line.probability for line in after) <= 1.5 * max(usual)


def test_a_day_with_a_hundred_times_the_usual_is_said_and_does_not_flood(tmp_path: Path) -> None:
    table = made.rows()
    usual = [row for row in table if row[3] != "190"]
    day = on(65)
    path = made.write(tmp_path / "t.csv", [*usual, *(row for row in usual if row[0] == day for _ in range(99))])
    events = read_table(path)
    [said] = [note for note in notes(events, path) if note.startswith(day)]
    told = np.bincount(events.day - events.day.min())
    assert f"tells of {told[65]} events" in said
    found = run(path)
    assert sum(2.0 in line.budgets for line in found.lines if str(line.date) == day) <= 8


def test_a_pair_without_hostility_is_not_scored_and_costs_nothing(tmp_path: Path) -> None:
    table = made.rows()
    calm = [(on(i), "Ixania", "Jolliginki", "042") for i in range(120)]
    found, before = (run(made.write(tmp_path / f"{n}.csv", rows)) for n, rows in enumerate(([*table, *calm], table)))
    assert found.body["dyads"] == before.body["dyads"] == 4
    assert found.body["onsets"] == before.body["onsets"]
    assert not any("Ixania" in line.dyad for line in found.lines)


def test_a_table_of_calm_says_that_nothing_is_scored(tmp_path: Path) -> None:
    path = made.write(tmp_path / "t.csv", [(on(i), "Ixania", "Jolliginki", "042") for i in range(60)])
    found = run(path)
    assert found.lines == ()
    assert found.body["budgets"]["1"]["vedette"]["f1"] == 0
    assert found.body["budgets"]["1"]["vedette"]["f1_low"] is None
    assert found.body["reliability"] == []
    assert "no two countries have the 12 hostile events" in " ".join(found.body["notes"])
    assert found.body["ratio"]["value"] is None


def test_a_table_that_the_ranker_learned_from_is_said(tmp_path: Path) -> None:
    path = made.write(tmp_path / "icews14.csv", made.rows(60))
    assert "has learned from a table of this name" in " ".join(run(path).body["notes"])
    other = run(made.write(tmp_path / "other.csv", made.rows(60))).body["notes"]
    assert not any("learned" in note for note in other)
