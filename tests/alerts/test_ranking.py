"""The ranker's windows never look ahead, and what it says is fit for an officer in odd cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from alerts.panel import EventColumns, columns, panel
from alerts.ranking import ranker as ranking
from alerts.ranking.features import detected, facts, rises
from alerts.ranking.window import window
from alerts.warnings import drivers, judge_day, otherwise, signals
from domain.errors import ModelError

FIRST = date(2014, 1, 1).toordinal()
NAMES = ("CN", "JP", "KR", "PH", "US", "VN")


def table(rows: list[tuple[int, str, str, int]]) -> EventColumns:
    """(day offset, source, target, root) as columns."""
    at = {name: i for i, name in enumerate(NAMES)}
    return columns(
        day=[FIRST + d for d, *_ in rows], source=[at[s] for _, s, _, _ in rows], target=[at[t] for *_, t, _ in rows],
        names=NAMES, root=[r for *_, r in rows],
    )  # fmt: skip


def background(days: int, *, seed: int = 0, rate: float = 6.0) -> list[tuple[int, str, str, int]]:
    random = np.random.default_rng(seed)
    found = []
    for day in range(days):
        for _ in range(random.poisson(rate)):
            a, b = random.choice(len(NAMES), size=2, replace=False)
            found.append((day, NAMES[a], NAMES[b], int(random.choice([1, 2, 3, 4, 5, 4, 3, 11, 12]))))
    return found


CRISIS = [(100, "CN", "VN", 17)] * 3 + [(101, "CN", "VN", 19)] * 5 + [(101, "VN", "CN", 11)] * 3


def judged(events: EventColumns, offset: int):  # type: ignore[no-untyped-def]
    day = FIRST + offset
    known = events.until(day)
    made = judge_day(
        panel(known, last=day), panel(known, kind="country", last=day), date.fromordinal(day), ranker=ranking.load()
    )
    return made, {one.key.subject: one for one in made.warned}


def test_a_burst_is_likely_and_the_quiet_days_before_are_not() -> None:
    events = table([*background(130), *CRISIS])
    quiet = max(one.probability for offset in (80, 90, 99) for one in judged(events, offset)[1].values())
    _, first = judged(events, 100)
    _, second = judged(events, 101)
    assert second["CN", "VN"].probability > 0.3 > quiet
    assert first["CN", "VN"].probability > quiet


def test_what_comes_after_a_day_changes_nothing_of_it() -> None:
    before = [*background(101), *CRISIS[:3]]
    calm = judged(table(before), 100)[0]
    stormy = judged(table([*before, *[(101 + n % 9, "CN", "VN", 19) for n in range(90)]]), 100)[0]
    assert calm.warned == stormy.warned
    assert np.array_equal(calm.ranked.x, stormy.ranked.x)


def test_the_panel_may_hold_later_days_and_the_window_of_a_day_is_the_same() -> None:
    whole = table([*background(160), *CRISIS])
    day = FIRST + 101
    part = whole.until(day)
    late = window(panel(whole), panel(whole, kind="country"), day)
    then = window(panel(part, last=day), panel(part, kind="country", last=day), day)
    for one, other in (
        (rises(late), rises(then)),
        (facts(rises(late)), facts(rises(then))),
        (detected(late), detected(then)),
    ):
        assert all(np.array_equal(one[name], other[name]) for name in other)


def test_a_month_of_missing_days_is_no_calm_before_a_storm() -> None:
    steady = [(day, "CN", "VN", 12) for day in range(120) for _ in range(2)]
    whole = [*background(120), *steady]
    missing = [row for row in whole if not 80 <= row[0] < 110]
    _, seen = judged(table(whole), 111)
    _, gap = judged(table(missing), 111)
    assert gap["CN", "VN"].probability < 0.1
    assert gap["CN", "VN"].probability == pytest.approx(seen["CN", "VN"].probability, abs=0.05)


def test_a_day_with_a_hundred_times_the_usual_is_the_sources_fault() -> None:
    usual = background(120)
    random = np.random.default_rng(1)
    flood = [(115, NAMES[a], NAMES[b], int(random.choice([3, 4, 11, 12])))
             for a, b in (random.choice(len(NAMES), size=2, replace=False) for _ in range(600))]  # fmt: skip
    _, found = judged(table([*usual, *flood]), 115)
    _, crisis = judged(table([*usual, *[(115, "CN", "VN", 19)] * 8]), 115)
    assert max(one.probability for one in found.values()) < crisis["CN", "VN"].probability


def test_zeros_and_a_single_event() -> None:
    events = table([(0, "CN", "VN", 4), (119, "CN", "VN", 4)])
    made, found = judged(events, 119)
    assert made.warned == ()
    assert found == {}
    _, found = judged(table([(0, "CN", "VN", 4), (119, "CN", "VN", 19)]), 119)
    assert 0 < found["CN", "VN"].probability < 0.3


def test_a_warning_says_why_and_what_would_have_had_to_be_different() -> None:
    made, found = judged(table([*background(130), *CRISIS]), 101)
    one = found["CN", "VN"]
    other = otherwise(made, one, threshold=0.25)
    assert 0 <= other.events < one.observed
    assert other.probability < 0.25 <= one.probability
    assert len(drivers(made, one)) == 6
    told = {s.detector: s for s in signals(made, one, least=0.15)}
    assert told["ranker"].fired
    assert told["ears_c2"].fired
    assert told["ranker"].key.measure == "hostile"
    assert all(s.window[0] <= s.window[1] <= s.day for s in told.values())


def test_weights_that_were_changed_or_are_missing_are_refused(tmp_path: Path) -> None:
    ranking.save(replace(ranking.load(), calibration={}), tmp_path)
    assert ranking.load(tmp_path).names == ranking.load().names
    path = tmp_path / "first.txt"
    path.write_text(path.read_text("utf-8").replace("num_leaves=15", "num_leaves=14", 1), "utf-8")
    ranking.load.cache_clear()
    with pytest.raises(ModelError, match=r"first\.txt was changed"):
        ranking.load(tmp_path)
    path.unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        ranking.load(tmp_path)


def test_what_did_not_happen_is_missing_from_all_that_the_two_had() -> None:
    """An otherwise is what the day would have shown, had it been told with so many events fewer."""
    rows = [*background(130), *[r for r in CRISIS if r[0] < 101]]
    made, found = judged(table([*rows, *[(101, "CN", "VN", 19)] * 9]), 101)
    for threshold, events in ((0.1, 0), (0.15, 1)):
        fewer = otherwise(made, found["CN", "VN"], threshold=threshold)
        assert fewer.events == events
        _, told = judged(table([*rows, *[(101, "CN", "VN", 19)] * events]), 101)
        assert fewer.probability == pytest.approx(told["CN", "VN"].probability, rel=0.25)


def test_a_day_of_thousands_is_explained() -> None:
    rows = [*background(130), *[(99 - n, "CN", "VN", 19) for n in range(60) for _ in range(100)]]
    made, found = judged(table([*rows, *[(101, "CN", "VN", 19)] * 3000]), 101)
    one = found["CN", "VN"]
    assert one.observed > 500
    assert otherwise(made, one, threshold=0.02).events < one.observed
