"""Precedents: like episodes are found, nothing later is looked at, what followed is told as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from alerts.panel import EventColumns, columns, read_table
from alerts.precedents import precedents
from domain.alert import SeriesKey

FIRST = date(2020, 1, 1)


def made(*episodes: tuple[int, int, int, list[int], int], days: int = 400) -> EventColumns:
    """Episodes as (country, country, first day, daily events, root), and a harmless event of others every day."""
    rows = [(FIRST.toordinal() + i, 4, 5, 4) for i in range(days)]
    for a, b, start, daily, root in episodes:
        rows += [(FIRST.toordinal() + start + i, a, b, root) for i, n in enumerate(daily) for _ in range(n)]
    day, a, b, root = zip(*rows, strict=True)
    return columns(day=day, source=a, target=b, names=("A", "B", "C", "D", "E", "F"), root=root)


def at(day: int) -> date:
    return FIRST + timedelta(days=day)


AB = SeriesKey("dyad", ("A", "B"))
NOW = (0, 1, 350, [4, 3, 3], 19)


def test_the_episode_of_the_same_course_and_kind_comes_first() -> None:
    events = made(
        NOW, (1, 2, 100, [4, 3, 3] + [0] * 10 + [30], 19), (0, 2, 100, [4, 3, 3], 11), (2, 3, 150, [1, 1, 28], 19)
    )
    found = precedents(events, AB, as_of=at(352))
    assert (found.onset, found.age, found.hostile, found.searched) == (at(350), 3, 10, 3)
    first, second, third = found.found
    assert first.series == SeriesKey("dyad", ("B", "C"))
    assert (first.likeness, first.shape, first.kinds, first.level) == (1, 1, 1, 1)
    assert second.series == SeriesKey("dyad", ("C", "D"))
    assert (second.kinds, second.level < 0.5) == (1, True), "the same acts, three times as many"
    assert third.series == SeriesKey("dyad", ("A", "C"))
    assert (third.shape, third.kinds) == (1, 0), "the same course, of other acts"


def test_what_followed_is_told() -> None:
    events = made(NOW, (1, 2, 100, [4, 3, 3] + [0] * 10 + [30], 19), (1, 2, 105, [2], 5))
    (found,) = precedents(events, AB, as_of=at(352)).found
    after = found.aftermath
    assert (after.first, after.last) == (at(103), at(132))
    assert after.quads == (2, 0, 0, 30)
    assert after.before == (0, 0, 0, 0)
    assert (after.peak, after.week, after.escalated) == (30, 10, True)
    assert after.quiet == at(103), "a quiet week came before the second wave"
    calm = made(NOW, (1, 2, 100, [4, 3, 3] + [3] * 12, 14))
    (found,) = precedents(calm, AB, as_of=at(352)).found
    assert found.aftermath.quads == (0, 0, 0, 36)
    assert found.aftermath.quiet == at(115)
    assert found.aftermath.escalated, "three a day are 21 a week"


def test_episodes_that_are_not_over_and_the_own_are_left_out() -> None:
    events = made(NOW, (1, 2, 321, [10], 19), (0, 1, 300, [10], 19))
    found = precedents(events, AB, as_of=at(352))
    assert found.searched == 0, "one ended too late by a day, one is of the same series and near"
    assert found.note == "no past episode to compare: of none the 30 days after are over"
    later = precedents(events, AB, as_of=at(353), onset=at(350))
    assert later.searched == 0
    assert later.age == 4
    ended = made(NOW, (1, 2, 320, [10], 19))
    assert precedents(ended, AB, as_of=at(352)).searched == 1


def test_nothing_after_the_day_is_looked_at() -> None:
    events = made(NOW, (1, 2, 100, [4, 3, 3], 19), (0, 2, 200, [9], 11), (0, 1, 353, [50], 20))
    whole = precedents(events, AB, as_of=at(352))
    assert precedents(events.where(events.day <= at(352).toordinal()), AB, as_of=at(352)) == whole
    late = replace(events, known=np.where(events.day == at(100).toordinal(), at(352).toordinal() + 1, events.known))
    assert len(precedents(late, AB, as_of=at(352)).found) < len(whole.found), "what was not known yet cannot be told"


def test_without_an_episode_there_are_no_precedents() -> None:
    events = made(NOW, (1, 2, 100, [4, 3, 3], 19))
    quiet = precedents(events, AB, as_of=at(349))
    assert quiet.found == ()
    assert "nothing has been told" in quiet.note
    over = precedents(events, SeriesKey("dyad", ("B", "C")), as_of=at(300))
    assert over.found == ()
    assert "no episode" in over.note
    assert precedents(events, SeriesKey("dyad", ("A", "X")), as_of=at(352)).found == ()
    nothing = columns(day=[], source=[], target=[], names=(), root=[])
    assert precedents(nothing, AB, as_of=at(352)).note == "nothing has been told of this series"
    with pytest.raises(ValueError, match="after"):
        precedents(events, AB, as_of=at(352), onset=at(360))
    with pytest.raises(ValueError, match="dyads and countries"):
        precedents(events, SeriesKey("watchlist", ("rig",)), as_of=at(352))


def test_countries_have_precedents_too() -> None:
    events = made(NOW, (2, 2, 100, [4, 3, 3], 19))
    found = precedents(events, SeriesKey("country", ("A",)), as_of=at(352))
    assert [p.series for p in found.found] == [SeriesKey("country", ("C",))], "strife within a country"


@pytest.mark.data
def test_the_crisis_of_2014(shared: Path) -> None:
    events = read_table(shared / "data" / "icews" / "icews05-15_tail_complete.csv.gz")
    found = precedents(events, SeriesKey("dyad", ("China", "Vietnam")), as_of=date(2014, 5, 8))
    assert found.onset == date(2014, 5, 5)
    assert len(found.found) == 3
    assert found.found[0].likeness >= found.found[1].likeness >= found.found[2].likeness > 0.5
    for one in found.found:
        assert one.aftermath.last <= date(2014, 5, 8)
