"""Events as columns, tables read into them, panels, onsets."""

from __future__ import annotations

import gzip
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.onsets import needed, onset_days, panel_onsets, under_way
from alerts.panel import EventColumns, columns, panel, read_table
from domain.errors import InputError

HEAD = "date,source_country,target_country,cameo,goldstein\n"


def table(tmp_path: Path, *rows: str, head: str = HEAD) -> Path:
    path = tmp_path / "t.csv"
    path.write_text(head + "\n".join(rows) + "\n", "utf-8")
    return path


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def test_rows_become_columns_and_alike_ones_stay(tmp_path: Path) -> None:
    events = read_table(
        table(tmp_path, "2014-05-02,China,Vietnam,1823,-9.5", "2014-05-02,China,Vietnam,1823,-9.5",
              "2014-05-03,Vietnam,China,010,0", "2014-05-03,,China,040,", "2014-05-04,China,China,145,-7.5")
    )  # fmt: skip
    assert events.names == ("China", "Vietnam")
    assert events.root.tolist() == [18, 18, 1, 4, 14]
    assert events.source.tolist() == [0, 0, 1, -1, 0]
    assert events.known.tolist() == events.day.tolist()
    assert np.isnan(events.goldstein[3])
    made = panel(events)
    assert (len(made), made.find("Vietnam", "China"), made.find("China", "Laos")) == (1, 0, None)
    dense = made.dense([0])[0]
    assert dense[:, 0].tolist() == [2, 0, 0]
    assert dense[:, 1].tolist() == [0, 1, 0]
    assert dense[0, 3] == -19
    assert made.exposure.tolist() == [2, 2, 1], "what has no pair of countries is exposure all the same"
    countries = panel(events, kind="country")
    china = countries.find("China")
    assert china is not None
    assert countries.dense([china])[0, :, 2].tolist() == [2, 2, 1], "an event within a country counts once"


def test_bad_rows_are_told_by_line_and_the_rest_is_read(tmp_path: Path) -> None:
    path = table(
        tmp_path, "2014-05-02,China,Vietnam,---,0", "yesterday,China,Vietnam,190,-10", "2014-05-02,China",
        "2014-05-02,China,Vietnam,,",
        "2014-05-04,China,Vietnam,190,-10", "9999-01-01,China,Vietnam,190,-10", "2014-05-05,China,Vietnam,43,2.8",
        "2014-05-05,China,Vietnam,2100,0",
    )  # fmt: skip
    events = read_table(path)
    assert events.root.tolist() == [0, 0, 19, 4, 0]
    assert [line for line, _ in events.bad] == [2, 3, 4, 5, 7, 9]
    assert events.refused == 6
    assert "no CAMEO code: '---'" in events.bad[0][1]
    assert "no day: 'yesterday'" in events.bad[1][1]
    assert "2 columns, not 5" in events.bad[2][1]
    assert panel(events).dense([0])[0, :, 2].tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [("", "no table"), ("a,b\n1,2\n", "no column date"),
     ("date,source_country,cameo\n2014-01-01,A,010\n", "no column target")],
)  # fmt: skip
def test_what_is_no_table_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(content)
    with pytest.raises(InputError, match=reason):
        read_table(path)
    with pytest.raises(InputError, match="no such file"):
        read_table(tmp_path / "none.csv")


def test_bytes_that_are_no_text_and_packed_tables_are_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(HEAD.encode() + b"2014-05-02,C\xf4te,Vietnam,190,-10\n"))
    events = read_table(path)
    assert (len(events), events.refused) == (1, 0)
    assert events.names[0].startswith("C")


def test_only_what_was_known_and_stood_is_seen() -> None:
    events = columns(day=[10, 10, 11, 12], known=[10, 15, 11, 12], ended=[12, 99, 99, 99], source=[0] * 4,
                     target=[1] * 4, names=("A", "B"), root=[19] * 4)  # fmt: skip
    assert len(events.until(10)) == 1
    assert events.until(11).day.tolist() == [10, 11]
    assert events.until(12).day.tolist() == [11, 12], "the first row was replaced on day 12"
    assert events.until(15).day.tolist() == [10, 11, 12]


def test_columns_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="lengths"):
        columns(day=[1, 2], source=[0], target=[1], names=("A", "B"), root=[1])
    with pytest.raises(ValueError, match="sorted"):
        columns(day=[1], source=[0], target=[1], names=("B", "A"), root=[1])


def test_a_panel_of_nothing() -> None:
    nothing = columns(day=[], source=[], target=[], names=(), root=[])
    for kind in ("dyad", "country"):
        made = panel(nothing, kind=kind)  # type: ignore[arg-type]
        assert (len(made), made.dense([]).shape[0]) == (0, 0)
        assert [x.tolist() for x in panel_onsets(made)] == [[], []]


EVENTS = st.lists(
    st.tuples(st.integers(700, 780), st.integers(-1, 3), st.integers(-1, 3), st.integers(0, 20)), max_size=120
)


@given(EVENTS, st.integers(690, 790), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_a_panel_counts_as_one_would_by_hand(rows: list[tuple[int, int, int, int]], until: int, width: int) -> None:
    events = _events(rows)
    for kind in ("dyad", "country"):
        made = panel(events, kind=kind, first=700, last=780)  # type: ignore[arg-type]
        dense = made.dense(range(len(made)), until=until, width=width)
        for i in range(len(made)):
            members = set(made.members[i].tolist())
            for d in range(width):
                when = until - width + 1 + d
                hit = [r for r in rows if r[0] == when and _of(r, members, kind)]
                assert dense[i, d, 0] == sum(r[3] >= 10 for r in hit)
                assert dense[i, d, 1] == sum(1 <= r[3] <= 8 for r in hit)
                assert dense[i, d, 2] == sum(r[3] > 0 for r in hit)
            low, high = np.array([until - width + 1 - 700]), np.array([until + 1 - 700])
            assert made.between(np.array([i]), low, high)[0, 0] == dense[i, :, 0].sum()


def _of(row: tuple[int, int, int, int], members: set[int], kind: str) -> bool:
    pair = {row[1], row[2]}
    return pair == members and len(pair) == 2 if kind == "dyad" else bool(members & pair)


def _events(rows: list[tuple[int, int, int, int]]) -> EventColumns:
    d, a, b, root = zip(*rows, strict=True) if rows else ((), (), (), ())
    return columns(day=d, source=a, target=b, names=("A", "B", "C", "D"), root=root)


def test_an_onset_by_hand() -> None:
    assert onset_days([0] * 30 + [8] + [0] * 7) == [30]
    assert onset_days([0] * 30 + [7] + [0] * 7) == [], "seven are too few"
    assert onset_days([0] * 30 + [7, 0, 0, 0, 0, 0, 1, 0]) == [30], "the seventh day still counts"
    assert onset_days([0] * 30 + [7, 0, 0, 0, 0, 0, 0, 1]) == []
    assert onset_days([0] * 20 + [9] + [0] * 20) == [], "the first four weeks are no past"
    assert onset_days([1] * 56 + [4] * 7 + [0]) == [56]
    assert onset_days([1] * 56 + [3] * 7 + [0]) == [], "three times the usual is not four times"
    assert onset_days([0] * 30 + [9] + [0] * 13 + [9] + [0] * 7) == [30], "within a fortnight it is the same one"
    assert onset_days([0] * 30 + [9] + [0] * 14 + [9] + [0] * 7) == [30, 45]
    assert needed(56, 56) == 28


def test_a_rise_is_known_from_the_past_alone() -> None:
    counts = [0] * 30 + [3, 0, 4, 2, 50, 50]
    assert [round(under_way(counts, at).share, 3) for at in (29, 30, 32, 33)] == [0, 0.375, 0.875, 1.125]
    assert under_way(counts, 33).start == 30
    assert under_way(counts[:34], 33) == under_way(counts, 33)


@given(st.lists(st.sampled_from([0, 0, 0, 0, 1, 2, 5, 9]), min_size=1, max_size=120))
@settings(max_examples=150, deadline=None)
def test_onsets_of_a_panel_are_those_of_each_series(counts: list[int]) -> None:
    rows = [(700 + i, 0, 1, 19) for i, n in enumerate(counts) for _ in range(n)]
    made = panel(_events(rows), first=700, last=700 + len(counts) - 1)
    assert panel_onsets(made)[1].tolist() == onset_days(counts)
    for at in onset_days(counts):
        assert max(under_way(counts, t).share for t in range(at, at + 7)) >= 1, "each is seen to be under way in time"


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "number"), [("icews18_jan_jun", 131), ("icews14", 37), ("icews05-15_tail_complete", 48)]
)
def test_the_onsets_are_those_of_the_benchmark(shared: Path, name: str, number: int) -> None:
    path = shared / "data" / "icews" / f"{name}.csv.gz"
    began = time.process_time()
    events = read_table(path)
    seconds = time.process_time() - began
    assert seconds < 6, "a third of a million rows are a matter of a second"
    made = panel(events)
    owner, at = panel_onsets(made)
    scored = (made.totals(0)[owner] >= 12) & (at < made.days - 7)
    assert int(scored.sum()) == number
    sys.path.insert(0, str(shared / "eval"))
    try:
        import score_alerts
    except ImportError:
        return  # it needs pandas
    finally:
        sys.path.pop(0)
    gold = score_alerts.load(path)
    for dyad in gold.index:
        row = made.find(*dyad.split("|"))
        assert row is not None
        assert made.dense([row])[0, :, 0].tolist() == gold.loc[dyad].tolist()
        assert at[scored & (owner == row)].tolist() == score_alerts.onsets(gold.loc[dyad].values)
