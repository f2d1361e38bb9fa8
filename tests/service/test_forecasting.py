"""Forecasts of a home's series: kept as they were made, scored when their day comes, with the skill so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from domain.alert import SeriesKey
from domain.desk import Desk
from domain.errors import InputError
from domain.event import Event
from domain.label import Label
from domain.time import end_of, now, start_of
from index.store import event_series
from index.store import forecasts as store
from index.store import schema as s
from index.store.desks import save_desk
from index.store.events import save_events
from service import forecasting
from service.wiring import Home, open_home

FIRST = date(2020, 1, 1)
CN_VN = SeriesKey("dyad", ("CN", "VN"))
JP_KR = SeriesKey("dyad", ("JP", "KR"))


def at(day: int) -> date:
    return FIRST + timedelta(days=day)


def events(one: str, other: str, day: int, n: int = 1, *, cameo: str = "190", label: Label = Label.OPEN,
           known: int | None = None) -> list[Event]:  # fmt: skip
    return [Event(day=at(day), known=start_of(at(day if known is None else known)), source_actor=f"{one} {i}",
                  target_actor=other, source_country=one, target_country=other, cameo=cameo, goldstein=-5.0,
                  origin="test", label=label) for i in range(n)]  # fmt: skip


def tell(home: Home, *lots: list[Event]) -> None:
    with home.write() as c:
        save_events(c, [event for lot in lots for event in lot])


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """Two hundred days: China and Vietnam clash once every second day with a pause, twenty times on day 121; others
    talk every day."""
    home = open_home(tmp_path / "home")
    tell(home, *(events("JP", "KR", day, 2, cameo="040") for day in range(200)),
         *(events("CN", "VN", day) for day in range(0, 200, 2) if not 101 < day < 130), events("CN", "VN", 121, 20),
         events("LA", "TH", 10, 2))  # fmt: skip
    yield home
    home.close()


def rows(home: Home) -> int:
    with home.read() as c:
        return int(c.scalar(select(func.count()).select_from(s.forecasts)) or 0)


def test_a_forecast_is_kept_as_it_was_made(home: Home) -> None:
    made = forecasting.forecast(home, CN_VN, as_of=at(100))
    assert made.enough
    assert (made.events, made.hostile) == (51, (4, 15))
    assert rows(home) == len(made.estimates) == 24
    kept = forecasting.past_forecasts(home, CN_VN)
    assert {(e.what, e.horizon, e.method) for e, _, _ in kept} == {
        (e.what, e.horizon, e.method) for e in made.estimates
    }
    for e, outcome, scores in kept:
        first = made.of(e.what, e.horizon, e.method)
        assert first is not None
        assert e.intervals == first.intervals
        assert (e.probability is None) == (first.probability is None)
        assert (outcome, scores) == (None, None)
    # What becomes known of the past later changes nothing of what was said.
    tell(home, events("CN", "VN", 99, 40, cameo="193", known=100))
    again = forecasting.forecast(home, CN_VN, as_of=at(100))
    assert again.estimates != made.estimates
    assert [e for e, _, _ in forecasting.past_forecasts(home, CN_VN)] == [e for e, _, _ in kept]


def test_a_forecast_of_a_day_that_is_not_over_gives_way_to_a_newer_one(home: Home) -> None:
    today = now().date()
    shift = (today - FIRST).days
    recent = [events("CN", "VN", shift - i, 2) for i in range(60)]
    tell(home, *recent)
    before = forecasting.forecast(home, CN_VN)
    assert before.as_of == today
    tell(home, events("CN", "VN", shift, 30, cameo="145"))
    after = forecasting.forecast(home, CN_VN)
    assert after.estimates != before.estimates
    kept = {(e.what, e.horizon, e.method): e for e, _, _ in forecasting.past_forecasts(home, CN_VN)}
    assert len(kept) == 24
    for e in after.estimates:
        held = kept[e.what, e.horizon, e.method]
        assert held.mean == (None if e.mean is None else pytest.approx(e.mean, abs=1e-3))


def test_each_is_scored_when_its_day_comes_and_no_sooner(home: Home) -> None:
    forecasting.forecast(home, CN_VN, as_of=at(118))
    assert forecasting.score_due(home, as_of=at(126)).scored == 0, "the last day is over, and news comes late"
    early = forecasting.score_due(home, as_of=at(127))
    assert early.scored == 8, "counts over 7 days, by four methods"
    assert forecasting.score_due(home, as_of=at(132)).scored == 0
    assert forecasting.score_due(home, as_of=at(133)).scored == 4, "the onset is judged six days later"
    late = forecasting.score_due(home, as_of=at(199))
    assert (late.scored, late.void, late.waiting) == (12, 0, 0)
    came = {(e.what, e.horizon): (outcome, scores) for e, outcome, scores in
            forecasting.past_forecasts(home, CN_VN) if e.method == "model"}  # fmt: skip
    assert came["hostile", 7][0] == 20
    assert came["onset", 7][0] == 1
    assert came["onset", 30][0] == 1
    assert came["cooperative", 30][0] == 0
    assert came["hostile", 7][1] is not None
    assert set(came["hostile", 7][1] or ()) == {"crps", "log"}
    assert set(came["onset", 7][1] or ()) == {"brier", "log"}
    naive = {e.method: scores for e, _, scores in forecasting.past_forecasts(home, CN_VN)
             if (e.what, e.horizon) == ("onset", 7)}  # fmt: skip
    assert (naive["no-change"] or {})["brier"] == 1, "it said none would come"
    assert forecasting.score_due(home, as_of=at(199)).scored == 0


def test_silence_is_waited_for_and_then_given_up(home: Home) -> None:
    forecasting.forecast(home, JP_KR, as_of=at(150))
    forecasting.forecast(home, CN_VN, as_of=at(195))
    waiting = forecasting.score_due(home, as_of=at(260))
    assert waiting.waiting == 24, "nothing is told of days 200 and later: that is not a quiet month"
    tell(home, events("JP", "KR", 240, 3, cameo="040"))
    done = forecasting.score_due(home, as_of=at(260))
    assert (done.waiting, done.void) == (0, 12), "told of again, but most of the 30 days were blank"
    void = [scores for e, outcome, scores in forecasting.past_forecasts(home, CN_VN) if outcome is None]
    assert {str((scores or {}).get("void")) for scores in void} == {"nothing was told of 87% of its days"}


def test_the_skill_is_of_what_was_scored_here_once_there_is_enough(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecasting, "FEW", 8)
    for day in range(60, 150, 9):
        forecasting.forecast(home, CN_VN, as_of=at(day), horizons=(7,))
    forecasting.score_due(home, as_of=at(199))
    seen = forecasting.forecast(home, CN_VN, as_of=at(190))
    told = seen.skill("hostile", 7)
    assert told is not None
    assert (told.basis, told.n) == ("here", 10)
    assert told.value == pytest.approx(1 - told.score / told.naive)
    onset = seen.skill("onset", 7)
    assert onset is not None
    assert onset.basis == "estimated", "too few onsets came to judge their probabilities"
    assert {s.basis for s in seen.skills if s.horizon == 30} == {"estimated"}
    early = forecasting.forecast(home, CN_VN, as_of=at(80)).skill("hostile", 7)
    assert early is not None
    assert early.basis == "estimated", "as of day 80 hardly any of them had been scored"
    for skill in seen.skills:
        name = f"{'onset' if skill.what == 'onset' else skill.what + ' events'} in {skill.horizon} days"
        said = [note for note in seen.notes if note.startswith(name)]
        assert bool(said) == (not skill.proven)
        if skill.value <= 0:
            assert "no skill" in said[0]


def test_what_a_reader_may_not_see_changes_nothing_for_them(home: Home) -> None:
    plain = forecasting.forecast(home, CN_VN, as_of=at(150), keep=False)
    tell(home, events("CN", "VN", 149, 15, cameo="204", label=Label.SECRET))
    cleared = replace(home.settings.reader, clearance=Label.OPEN)
    reader = Home(path=home.path, settings=replace(home.settings, reader=cleared), engine=home.engine)
    assert forecasting.forecast(reader, CN_VN, as_of=at(150), keep=False) == plain
    secret = forecasting.forecast(home, CN_VN, as_of=at(150))
    assert secret.label == Label.SECRET
    assert secret.estimates != plain.estimates
    assert forecasting.past_forecasts(reader, CN_VN) == []
    assert len(forecasting.past_forecasts(home, CN_VN)) == 24


def test_what_was_not_known_or_not_done_is_not_counted(home: Home) -> None:
    before = forecasting.forecast(home, CN_VN, as_of=at(150), keep=False)
    tell(home, events("CN", "VN", 149, 15, cameo="204", known=160))
    tell(home, [replace(e, modality="hypothetical") for e in events("CN", "VN", 148, 15, cameo="203")])
    tell(home, events("CN", "VN", 170, 15, cameo="202", known=140))
    assert forecasting.forecast(home, CN_VN, as_of=at(150), keep=False) == before


def test_a_replayed_row_is_seen_as_it_stood(home: Home) -> None:
    row = replace(events("US", "IR", 50)[0], external_id="t:1")
    tell(home, [row])
    tell(home, [replace(row, cameo="040", known=start_of(at(80)))])
    with home.read() as c:
        for day, root in ((60, 19), (90, 4)):
            loaded = event_series.load(c, as_of=at(day), origins=["test"])
            whole = event_series.load(c, as_of=at(199), replayed=True).until(at(day).toordinal())
            for found in (loaded, whole):
                mine = found.where(found.source == found.number("US"))
                assert mine.root.tolist() == [root]
        assert len(event_series.load(c, as_of=at(60), origins=["other"])) == 0


def test_all_that_desks_follow_and_the_busiest_are_forecast(home: Home) -> None:
    with home.write() as c:
        save_desk(c, Desk(name="mekong", dyads=(("LA", "TH"),), countries=("KH",)))
    made = forecasting.forecast_many(home, as_of=at(150))
    assert [str(one.series) for one in made] == ["dyad:LA-TH", "country:KH", "dyad:CN-VN", "country:CN", "country:VN"]
    laos, cambodia = made[:2]
    assert not laos.enough
    assert {e.method for e in laos.estimates} == {"climatology"}
    assert any("too little for the model" in note for note in laos.notes)
    assert any("nothing was ever told" in note for note in cambodia.notes)
    assert forecasting.forecast_followed(home, as_of=at(151)) == 5


def test_a_store_that_has_fallen_silent_says_so(home: Home) -> None:
    late = forecasting.forecast(home, CN_VN, as_of=at(215))
    assert {e.method for e in late.estimates} == {"climatology"}
    assert any("silence is not calm" in note for note in late.notes)
    today = forecasting.forecast(home, CN_VN)
    assert today.as_of == at(199), "without a day: the last that is told of"
    assert any("the forecast of that day" in note for note in today.notes)
    assert today.enough
    assert any("may be missing" in n for n in forecasting.forecast(home, CN_VN, as_of=at(202)).notes)


def test_an_empty_home_and_a_series_of_another_kind(tmp_path: Path, home: Home) -> None:
    empty = open_home(tmp_path / "empty")
    seen = forecasting.forecast(empty, CN_VN)
    assert seen.estimates == ()
    assert "no coded events" in seen.notes[0]
    assert forecasting.forecast_many(empty) == []
    assert forecasting.score_due(empty).scored == 0
    assert forecasting.precedents(empty, CN_VN).found == ()
    empty.close()
    with pytest.raises(InputError, match="countries"):
        forecasting.forecast(home, SeriesKey("watchlist", ("rig",)))
    with pytest.raises(InputError, match="precedents are of"):
        forecasting.precedents(home, SeriesKey("watchlist", ("rig",)))


def test_precedents_from_the_store(home: Home) -> None:
    tell(home, events("US", "IR", 60, 12), events("US", "IR", 75, 3, cameo="050"))
    found = forecasting.precedents(home, CN_VN, as_of=at(123), onset=at(121))
    assert [str(one.series) for one in found.found] == ["dyad:IR-US"]
    assert found.found[0].aftermath.quads == (3, 0, 0, 0)
    assert forecasting.precedents(home, CN_VN, as_of=at(123)).onset == at(121), "by its own rise"
    assert end_of(found.found[0].aftermath.last) <= end_of(at(123))
    with home.read() as c:
        assert store.due(c, at(199)) == [], "precedents keep nothing"
